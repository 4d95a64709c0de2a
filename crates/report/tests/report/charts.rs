//! Charts of every kind: what they tell in both languages, how two of them look.
//!
//! **Invariant:** every golden here is small enough to be read.

use expect_test::{expect, expect_file};
use teiten_report::chart::{
    Chart, Dress, Labels, PairKind, PairedBar, PairedBarChart, Part, Size, StackedChart, Step, Unit,
};
use teiten_report::document::Form;
use teiten_report::words::{Language, Words};
use teiten_report::{exits, html};

use crate::gallery::gallery;
use crate::told;

#[test]
fn every_chart_is_told_in_both_languages() {
    let told = Language::ALL.map(|language| told(&gallery(language))).concat();
    expect_file!["golden/gallery.txt"].assert_eq(&told);
}

#[test]
fn every_chart_has_its_table_in_the_folder() {
    let documents = Language::ALL.map(gallery);
    let files = html::render(&documents).unwrap();
    for figure in exits::figures(&documents[0]) {
        let table = String::from_utf8(files[&exits::csv(&figure.id, Language::En)].clone()).unwrap();
        let same = String::from_utf8(files[&exits::csv(&figure.id, Language::Ja)].clone()).unwrap();
        assert_eq!(table.lines().count(), same.lines().count(), "{}", figure.id);
        assert!(table.lines().count() > figure.data.rows.len(), "{}", figure.id);
    }
}

fn drawn(chart: Chart, dress: Dress) -> String {
    let labels =
        Labels {
            id: "f", title: "図1:見本", alt: "見本です。", mark: "合成データ", language: Language::Ja
        };
    chart.draw(labels, Size::Narrow, dress)
}

#[test]
fn a_pair_looks_like_this() {
    let row = |label: &str, first, second| PairedBar {
        key: label.into(),
        label: label.into(),
        first: Some(first),
        second,
    };
    let chart = |kind| {
        Chart::PairedBar(PairedBarChart {
            unit: Unit { axis: "アドレス数".into(), column: String::new(), form: Form::Count },
            kind,
            names: ["すべて".into(), "Mirai型".into()],
            rows: vec![row("23/TCP", 400.0, Some(300.0)), row("22/TCP", 100.0, None)],
        })
    };
    let svg = drawn(chart(PairKind::Part), Dress::Inline) + &drawn(chart(PairKind::Before), Dress::Paper);
    expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 340 116.8" font-family="'BIZ UDPGothic','Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP',sans-serif" font-size="12.5" lang="ja" role="img" aria-labelledby="f-narrow-title f-narrow-desc"><title id="f-narrow-title">図1:見本</title><desc id="f-narrow-desc">見本です。</desc>
        <defs><pattern id="f-narrow-texture" width="6" height="6" patternUnits="userSpaceOnUse"><path class="texture" d="M-1 1 1-1M0 6 6 0M5 7 7 5" fill="none" stroke="#ffffff" stroke-width="1"/></pattern></defs>
        <text class="muted" x="0" y="12.5" text-anchor="start" fill="#595959">アドレス数</text>
        <rect class="part f1" x="0" y="19.4" width="17.5" height="10" fill="#0072b2"/>
        <text class="ink" x="23.5" y="28.8" text-anchor="start" fill="#1a1a1a">すべて</text>
        <rect class="part f2" x="80.8" y="19.4" width="17.5" height="10" fill="#c97b00"/>
        <rect class="over" x="80.8" y="19.4" width="17.5" height="10" fill="url(#f-narrow-texture)"/>
        <text class="ink" x="104.3" y="28.8" text-anchor="start" fill="#1a1a1a">Mirai型</text>
        <text class="ink" x="241" y="52.3" text-anchor="start" fill="#1a1a1a">400</text>
        <text class="ink" x="197.9" y="68.7" text-anchor="start" fill="#1a1a1a">300 (75.0%)</text>
        <rect class="part f1" x="62.6" y="40.6" width="172.4" height="14.4" fill="#0072b2"/>
        <rect class="part f2" x="62.6" y="57" width="129.3" height="14.4" fill="#c97b00"/>
        <rect class="over" x="62.6" y="57" width="129.3" height="14.4" fill="url(#f-narrow-texture)"/>
        <text class="ink" x="111.7" y="89.3" text-anchor="start" fill="#1a1a1a">100</text>
        <text class="ink" x="68.6" y="105.7" text-anchor="start" fill="#1a1a1a">–</text>
        <rect class="part f1" x="62.6" y="77.6" width="43.1" height="14.4" fill="#0072b2"/>
        <text class="ink" x="54.6" y="60.5" text-anchor="end" fill="#1a1a1a">23/TCP</text>
        <text class="ink" x="54.6" y="97.5" text-anchor="end" fill="#1a1a1a">22/TCP</text>
        <path class="base" d="M62.6 38.8 62.6 112.8" stroke="#1a1a1a"/>
        </svg>
        <svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="-12.5 -36.9 365 151.5" font-family="'BIZ UDPGothic','Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP',sans-serif" font-size="12.5" lang="ja" role="img" aria-labelledby="f-narrow-title f-narrow-desc"><title id="f-narrow-title">図1:見本</title><desc id="f-narrow-desc">見本です。</desc>
        <rect class="paper" x="-12.5" y="-36.9" width="365" height="151.5" fill="#ffffff"/>
        <text class="ink strong" x="0" y="-15" text-anchor="start" fill="#1a1a1a" font-weight="bold">図1:見本</text>
        <text class="muted strong" x="340" y="102.1" text-anchor="end" fill="#595959" font-weight="bold">合成データ</text>
        <defs><pattern id="f-narrow-texture" width="6" height="6" patternUnits="userSpaceOnUse"><path class="texture" d="M-1 1 1-1M0 6 6 0M5 7 7 5" fill="none" stroke="#ffffff" stroke-width="1"/></pattern></defs>
        <text class="muted" x="0" y="12.5" text-anchor="start" fill="#595959">アドレス数</text>
        <rect class="part f1" x="0" y="19.4" width="17.5" height="10" fill="#0072b2"/>
        <text class="ink" x="23.5" y="28.8" text-anchor="start" fill="#1a1a1a">すべて</text>
        <path class="halo" d="M89.6 17.9 89.6 30.9" stroke="#ffffff" stroke-width="5"/>
        <path class="before" d="M89.6 17.9 89.6 30.9" stroke="#1a1a1a" stroke-width="1.5"/>
        <path class="diamond" d="M89.6 19.8L94.2 24.4L89.6 29L85 24.4Z" fill="#ffffff" stroke="#1a1a1a" stroke-width="1.5"/>
        <text class="ink" x="104.3" y="28.8" text-anchor="start" fill="#1a1a1a">(Mirai型)</text>
        <text class="ink" x="256.4" y="52.3" text-anchor="start" fill="#1a1a1a">400 (300)</text>
        <rect class="part f1" x="62.6" y="40.6" width="187.8" height="14.4" fill="#0072b2"/>
        <path class="halo" d="M203.5 39.1 203.5 56.5" stroke="#ffffff" stroke-width="5"/>
        <path class="before" d="M203.5 39.1 203.5 56.5" stroke="#1a1a1a" stroke-width="1.5"/>
        <path class="diamond" d="M203.5 43.2L208.1 47.8L203.5 52.4L198.9 47.8Z" fill="#ffffff" stroke="#1a1a1a" stroke-width="1.5"/>
        <text class="ink" x="115.6" y="72.9" text-anchor="start" fill="#1a1a1a">100 (–)</text>
        <rect class="part f1" x="62.6" y="61.3" width="46.9" height="14.4" fill="#0072b2"/>
        <text class="ink" x="54.6" y="52.3" text-anchor="end" fill="#1a1a1a">23/TCP</text>
        <text class="ink" x="54.6" y="72.9" text-anchor="end" fill="#1a1a1a">22/TCP</text>
        <path class="base" d="M62.6 38.8 62.6 80" stroke="#1a1a1a"/>
        </svg>
    "##]].assert_eq(&svg);
}

#[test]
fn a_stack_looks_like_this() {
    let part = |key: &str, values: [Option<f64>; 3]| Part {
        key: key.into(),
        label: key.into(),
        values: values.to_vec(),
    };
    let words = Words::new(Language::Ja);
    let parts = vec![
        part("TCP", [Some(6.0), None, Some(3.0)]),
        part("UDP", [Some(2.0), None, Some(1.0)]),
        part("", [Some(1.0), None, None]),
    ];
    let chart =
        StackedChart::new(jiff::civil::date(2014, 4, 1), Step::Month, Unit::rate(&words), parts, &words);
    expect![[r##"
        <svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 340 330" font-family="'BIZ UDPGothic','Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP',sans-serif" font-size="12.5" lang="ja" role="img" aria-labelledby="f-narrow-title f-narrow-desc"><title id="f-narrow-title">図1:見本</title><desc id="f-narrow-desc">見本です。</desc>
        <defs><pattern id="f-narrow-hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path class="hatch" d="M-1 1 1-1M0 6 6 0M5 7 7 5" stroke="#8a8a8a" stroke-width="1"/></pattern></defs>
        <path class="base" d="M25.5 287.5 262 287.5" stroke="#1a1a1a"/>
        <text class="muted" x="19.5" y="291.9" text-anchor="end" fill="#595959">0</text>
        <path class="grid" d="M25.5 165.3 262 165.3" stroke="#d9d9d9"/>
        <text class="muted" x="19.5" y="169.7" text-anchor="end" fill="#595959">5</text>
        <path class="grid" d="M25.5 43.1 262 43.1" stroke="#d9d9d9"/>
        <text class="muted" x="19.5" y="47.5" text-anchor="end" fill="#595959">10</text>
        <text class="muted" x="0" y="12.5" text-anchor="start" fill="#595959">パケット数（個/センサー・日）</text>
        <rect class="gap" x="104.3" y="43.1" width="78.8" height="244.4" fill="url(#f-narrow-hatch)"/>
        <text class="muted" x="143.8" y="38.1" text-anchor="middle" fill="#595959">欠測 2014年5月</text>
        <defs><path id="f-narrow-part-1" d="M33.4 287.5V140.9H96.5V287.5ZM191 287.5V214.2H254.1V287.5Z"/></defs>
        <use class="part f1" href="#f-narrow-part-1" fill="#0072b2"/>
        <defs><path id="f-narrow-part-2" d="M33.4 140.9V92H96.5V140.9ZM191 214.2V189.8H254.1V214.2Z"/></defs>
        <use class="part f2" href="#f-narrow-part-2" fill="#c97b00"/>
        <defs><pattern id="f-narrow-texture-2" width="6" height="6" patternUnits="userSpaceOnUse"><path class="texture" d="M-1 1 1-1M0 6 6 0M5 7 7 5" fill="none" stroke="#ffffff" stroke-width="1"/></pattern></defs>
        <use class="over" href="#f-narrow-part-2" fill="url(#f-narrow-texture-2)"/>
        <defs><path id="f-narrow-part-3" d="M33.4 92V67.6H96.5V92Z"/></defs>
        <use class="part f7" href="#f-narrow-part-3" fill="#8c9299"/>
        <path class="base" d="M64.9 287.5 64.9 292.5" stroke="#1a1a1a"/>
        <text class="muted" x="64.9" y="306" text-anchor="middle" fill="#595959">4月</text>
        <path class="base" d="M143.8 287.5 143.8 292.5" stroke="#1a1a1a"/>
        <text class="muted" x="143.8" y="306" text-anchor="middle" fill="#595959">5月</text>
        <path class="base" d="M222.6 287.5 222.6 292.5" stroke="#1a1a1a"/>
        <text class="muted" x="222.6" y="306" text-anchor="middle" fill="#595959">6月</text>
        <text class="muted" x="64.9" y="321" text-anchor="middle" fill="#595959">2014年</text>
        <path class="lead" d="M254.1 250.8 271.3 250.8" stroke="#8a8a8a"/>
        <rect class="part f1" x="273.3" y="245.8" width="11.3" height="10" fill="#0072b2"/>
        <text class="ink" x="289.5" y="255.3" text-anchor="start" fill="#1a1a1a">TCP</text>
        <path class="lead" d="M254.1 202 271.3 205.4" stroke="#8a8a8a"/>
        <rect class="part f2" x="273.3" y="200.4" width="11.3" height="10" fill="#c97b00"/>
        <rect class="over" x="273.3" y="200.4" width="11.3" height="10" fill="url(#f-narrow-texture-2)"/>
        <text class="ink" x="289.5" y="209.9" text-anchor="start" fill="#1a1a1a">UDP</text>
        <path class="lead" d="M254.1 189.8 271.3 189.8" stroke="#8a8a8a"/>
        <rect class="part f7" x="273.3" y="184.8" width="11.3" height="10" fill="#8c9299"/>
        <text class="ink" x="289.5" y="194.3" text-anchor="start" fill="#1a1a1a">その他</text>
        </svg>
    "##]].assert_eq(&drawn(Chart::Stacked(chart), Dress::Inline));
}
