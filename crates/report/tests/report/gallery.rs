//! A document with every kind of chart, as full as they come: for tests and to look at.
//!
//! **Invariant:** no number is an observation; the document is the same on every run.

use jiff::civil::date;
use teiten_model::interval::{Interval, Timestamp};
use teiten_report::chart::{
    Bar, BarChart, Chart, LineChart, LineSeries, Mark, PairKind, PairedBar, PairedBarChart, Part,
    StackedChart, Step, Unit,
};
use teiten_report::document::{Block, Document, Figure, Form, Frame, Section};
use teiten_report::words::names::explained;
use teiten_report::words::{Language, Words};

const REGIONS: [(&str, &str, f64); 10] = [
    ("中国", "China", 201.0),
    ("米国", "United States", 88.0),
    (
        "グレートブリテン及び北アイルランド連合王国",
        "United Kingdom of Great Britain and Northern Ireland",
        61.0,
    ),
    ("オランダ", "Netherlands", 58.0),
    ("台湾", "Taiwan", 55.0),
    ("ボスニア・ヘルツェゴビナ", "Bosnia and Herzegovina", 22.0),
    ("アラブ首長国連邦", "United Arab Emirates", 20.0),
    ("韓国", "Republic of Korea", 18.0),
    ("ロシア", "Russian Federation", 12.0),
    ("その他", "others", 4.0),
];

const PORTS: [(&str, &str, f64, f64); 6] = [
    ("23/TCP", "telnet", 54_555.0, 51_468.0),
    ("37215/TCP", "", 6_554.0, 6_551.0),
    ("22/TCP", "ssh", 5_351.0, 1_906.0),
    ("2323/TCP", "3d-nfsd", 3_180.0, 2_679.0),
    ("3389/TCP", "ms-wbt-server", 2_214.0, 0.0),
    ("5501/TCP", "fcp-addr-srvr2", 1_285.0, 1_285.0),
];

/// The document.
pub(crate) fn gallery(language: Language) -> Document {
    let words = Words::new(language);
    let say = |ja: &str, en: &str| if language == Language::Ja { ja.to_string() } else { en.to_string() };
    let charts = [
        (
            "line-quarter",
            say("送信元地域別パケット数の推移", "Packets by region of the source"),
            lines(&words),
        ),
        ("line-year", say("一年間の推移", "A year"), year(&words)),
        ("line-weeks", say("週ごとの推移", "Week by week"), steps(Step::Week, 26, &words)),
        ("line-months", say("月ごとの推移", "Month by month"), steps(Step::Month, 30, &words)),
        ("bar", say("送信元地域の割合", "Shares of regions"), bars(&words)),
        (
            "before",
            say(
                "宛先ポート番号別パケット数（前四半期との比較）",
                "Packets by port, against the previous quarter",
            ),
            pairs(PairKind::Before, &words),
        ),
        (
            "part",
            say(
                "国内の送信元アドレス数（すべてとMirai型の特徴を持つもの）",
                "Sources in Japan: all and those with the trait of Mirai",
            ),
            pairs(PairKind::Part, &words),
        ),
        (
            "stack-days",
            say("パケットの種類別内訳の日ごとの推移", "Kinds of packets day by day"),
            stack(Step::Day, 91, &words),
        ),
        (
            "stack-months",
            say("パケットの種類別内訳の月ごとの推移", "Kinds of packets month by month"),
            stack(Step::Month, 12, &words),
        ),
    ];
    let blocks = charts
        .into_iter()
        .map(|(id, caption, chart)| {
            Block::Figure(Box::new(Figure::new(id, caption, chart, &["rollups".into()], &words)))
        })
        .collect();
    let title = say("図の見本", "Specimen of figures");
    let document = Document {
        kind: "gallery",
        readers: Default::default(),
        name: "2014Q2".into(),
        interval: Interval { start: Timestamp(0), end: Timestamp(1) },
        zone: "Asia/Tokyo".into(),
        language,
        title: title.clone(),
        summary: title.clone(),
        frame: Frame {
            institution: say("定点観測センター（例）", "Fixed-Point Observation Centre (example)"),
            warning: Some(words.say("synthetic", &[], &[("scenario", &title)])),
            ..Frame::default()
        },
        sections: vec![Section { id: "figures".into(), heading: title, blocks }],
    };
    document.finish(&words).expect("the gallery refers to nothing")
}

/// A level with a weekly swing and noise from a multiplicative generator.
fn value(series: usize, at: usize, level: f64) -> f64 {
    let mut state = (series as u64 * 1_000 + at as u64 + 17).wrapping_mul(6_364_136_223_846_793_005);
    state ^= state >> 33;
    let noise = (state.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / f64::from(1 << 24) - 0.5;
    level * (1.0 + if at % 7 >= 5 { -0.08 } else { 0.03 } + noise * 0.2)
}

fn name(both: (&str, &str), words: &Words) -> String {
    if words.language == Language::Ja { both.0.to_string() } else { both.1.to_string() }
}

fn lines(words: &Words) -> Chart {
    let series = REGIONS.iter().enumerate().map(|(at, (ja, en, level))| LineSeries {
        key: (*en).into(),
        label: name((ja, en), words),
        values: (0..91).map(|day| (!(32..35).contains(&day)).then(|| value(at, day, *level))).collect(),
    });
    let mut chart = LineChart::new(date(2014, 4, 1), Step::Day, Unit::rate(words), series.collect(), words);
    chart.marks = vec![Mark { at: 60, label: name(("収集装置の更新", "collector replaced"), words) }];
    Chart::Line(chart)
}

fn year(words: &Words) -> Chart {
    let values = (0..365).map(|day| (day != 200).then(|| value(1, day, 4.0 + day as f64 / 10.0))).collect();
    let series = vec![LineSeries { key: "6000/TCP".into(), label: "6000/TCP".into(), values }];
    Chart::Line(LineChart::new(date(2013, 7, 1), Step::Day, Unit::rate(words), series, words))
}

fn steps(step: Step, count: usize, words: &Words) -> Chart {
    let series = REGIONS.iter().take(3).enumerate().map(|(at, (ja, en, level))| LineSeries {
        key: (*en).into(),
        label: name((ja, en), words),
        values: (0..count).map(|place| (place != 7).then(|| value(at, place, *level))).collect(),
    });
    Chart::Line(LineChart::new(date(2013, 1, 1), step, Unit::rate(words), series.collect(), words))
}

fn bars(words: &Words) -> Chart {
    let all: f64 = REGIONS.iter().map(|region| region.2).sum();
    let bars = REGIONS.iter().map(|(ja, en, level)| Bar { label: name((ja, en), words), share: level / all });
    Chart::Bar(BarChart { unit: words.text("unit-share"), bars: bars.collect() })
}

fn pairs(kind: PairKind, words: &Words) -> Chart {
    let row = |(port, service, first, second): &(&str, &str, f64, f64)| PairedBar {
        key: (*port).into(),
        label: explained(port, service, words.language),
        first: Some(*first),
        second: (*port != "37215/TCP" || kind == PairKind::Part).then_some(*second),
    };
    let names = match kind {
        PairKind::Before => {
            [("2014年4〜6月", "April to June 2014"), ("2014年1〜3月", "January to March 2014")]
        }
        PairKind::Part => [("すべて", "all"), ("Mirai型の特徴を持つもの", "with the trait of Mirai")],
    };
    let unit = Unit {
        axis: name(("送信元アドレス数", "Source addresses"), words),
        column: name(("アドレス", "addresses"), words),
        form: Form::Count,
    };
    let names = names.map(|both| name(both, words));
    Chart::PairedBar(PairedBarChart { unit, kind, names, rows: PORTS.iter().map(row).collect() })
}

fn stack(step: Step, count: usize, words: &Words) -> Chart {
    let kinds =
        ["TCP SYN", "UDP", "ICMP", "backscatter TCP", "backscatter UDP", "backscatter ICMP", "GRE", "SCTP"];
    let parts = kinds.iter().enumerate().map(|(at, kind)| Part {
        key: (*kind).into(),
        label: (*kind).into(),
        values: (0..count)
            .map(|place| (place != 5).then(|| value(at, place, 90.0 / (at + 1) as f64 + place as f64 / 9.0)))
            .collect(),
    });
    Chart::Stacked(StackedChart::new(date(2013, 7, 1), step, Unit::rate(words), parts.collect(), words))
}
