//! Invented facts in the shape of a quarter's: for tests and for the example. No number is an observation.
//!
//! **Invariant:** the facts are the same on every run.

use jiff::civil::{Date, date};
use teiten_model::account::{Account, Loss};
use teiten_model::interval::{Interval, Timestamp};
use teiten_report::facts::{
    Edition, Facts, Input, Period, Provenance, Publisher, RankRow, Ranking, SensorAccount, Series,
};
use teiten_report::words::names::Names;

/// Days of the second quarter.
const DAYS: usize = 91;
/// Days on which no sensor observed.
const SILENT: std::ops::Range<usize> = 32..35;

/// A row: key, Japanese name, English name, rank, rank before, average, average before.
type Line = (&'static str, &'static str, &'static str, Option<u32>, Option<u32>, f64, f64);

const PORTS: [Line; 11] = [
    ("445/TCP", "microsoft-ds", "microsoft-ds", Some(1), Some(1), 118.4, 121.0),
    ("22/TCP", "ssh", "ssh", Some(2), Some(3), 78.2, 52.6),
    ("23/TCP", "telnet", "telnet", Some(3), Some(2), 55.1, 68.9),
    ("0/ICMP", "", "", Some(4), Some(4), 40.3, 39.8),
    ("1433/TCP", "ms-sql-s", "ms-sql-s", Some(5), Some(5), 31.0, 33.2),
    ("3389/TCP", "ms-wbt-server", "ms-wbt-server", Some(6), Some(6), 22.4, 24.0),
    ("53/UDP", "domain", "domain", Some(7), Some(9), 20.1, 11.2),
    ("8080/TCP", "http-alt", "http-alt", Some(8), Some(7), 14.9, 15.3),
    ("80/TCP", "http", "http", Some(9), Some(8), 12.2, 14.0),
    ("3306/TCP", "mysql", "mysql", Some(10), None, 9.8, 6.1),
    ("135/TCP", "epmap", "epmap", None, Some(10), 7.0, 9.4),
];

const REGIONS: [Line; 8] = [
    ("CN", "中国", "China", Some(1), Some(1), 201.3, 188.0),
    ("US", "米国", "United States", Some(2), Some(2), 88.5, 86.1),
    ("NL", "オランダ", "Netherlands", Some(3), Some(4), 36.6, 24.2),
    ("TW", "台湾", "Taiwan", Some(4), Some(6), 27.0, 18.9),
    ("JP", "日本", "Japan", Some(5), Some(3), 24.8, 27.5),
    ("KR", "韓国", "Republic of Korea", Some(6), Some(5), 21.2, 22.0),
    ("RU", "ロシア", "Russian Federation", Some(7), Some(7), 18.0, 17.4),
    ("DE", "ドイツ", "Germany", Some(8), Some(8), 12.4, 12.9),
];

/// A whole quarter with 12 sensors.
pub(crate) fn quarter() -> Facts {
    let sensor_days = 12.0 * (DAYS - SILENT.len()) as f64;
    Facts {
        period: Period {
            name: "2014Q2".into(),
            label: Names::new("2014年4〜6月", "April to June 2014"),
            interval: Interval {
                start: Timestamp(1_396_278_000_000_000),
                end: Timestamp(1_404_140_400_000_000),
            },
            first: date(2014, 4, 1),
            last: date(2014, 6, 30),
        },
        previous: Some(Names::new("2014年1〜3月", "January to March 2014")),
        zone: "Asia/Tokyo".into(),
        zone_name: Names::new("日本標準時", "Japan Standard Time"),
        region: Some(Names::new("日本", "Japan")),
        sensors: 12,
        addresses: 192,
        packets: Some((470.0 * sensor_days) as i64),
        coverage: vec![Names::new(
            "5月3日から5月5日まで、収集装置の更新のため全センサーの観測を止めました。",
            "From 3 May to 5 May all sensors were stopped while the collector was replaced.",
        )],
        synthetic: Some(Names::new("2014年第2四半期", "second quarter of 2014")),
        withheld: Vec::new(),
        ports: ranking(&PORTS, &[0.0, 0.75, -0.22, 0.0, 0.05], sensor_days),
        regions: ranking(&REGIONS, &[0.05, 0.0, 0.6, 0.3, -0.05], sensor_days),
        phenomena: Default::default(),
        recurring: Default::default(),
        provenance: provenance(),
        publisher: Publisher {
            institution: Names::new("定点観測センター（例）", "Fixed-Point Observation Centre (example)"),
            contact: "report@example.org".into(),
            notices: vec![Names::new(
                "本文書を引用、転載する際は、上記の連絡先までご一報ください。",
                "Please tell the contact above when you quote or reprint this document.",
            )],
        },
        issued: date(2014, 7, 17),
        first_published: Some(date(2014, 7, 15)),
        correction: None,
    }
}

/// A few days, three ports, one sensor: small enough to read in a golden file.
pub(crate) fn tiny() -> Facts {
    let mut facts = quarter();
    facts.period.last = date(2014, 4, 4);
    facts.sensors = 1;
    facts.addresses = 16;
    facts.packets = Some(1_850);
    facts.coverage.clear();
    facts.ports.rows.truncate(3);
    facts.regions.rows.truncate(2);
    for ranking in [&mut facts.ports, &mut facts.regions] {
        let kept = ranking.rows.len();
        ranking.series.truncate(kept);
        ranking.series.iter_mut().for_each(|series| series.values.truncate(4));
        ranking.series.iter_mut().for_each(|series| series.values[1] = None);
    }
    facts.provenance.sensors.truncate(1);
    facts.provenance.inputs.truncate(1);
    facts
}

fn ranking(lines: &[Line], growth: &[f64], sensor_days: f64) -> Ranking {
    let rows = lines.iter().map(|(key, ja, en, rank, previous_rank, rate, previous_rate)| RankRow {
        key: (*key).into(),
        name: Names::new(*ja, *en),
        rank: *rank,
        previous_rank: *previous_rank,
        packets: (rate * sensor_days) as i64,
        share: rate / 470.0,
        rate: Some(*rate),
        previous_rate: Some(*previous_rate),
    });
    let series = lines.iter().zip(growth).enumerate().map(|(at, (line, growth))| Series {
        key: line.0.into(),
        label: if line.0.contains('/') { Names::same(line.0) } else { Names::new(line.1, line.2) },
        values: (0..DAYS).map(|day| value(at, day, line.5, *growth)).collect(),
    });
    Ranking {
        shown: 5,
        known: 10,
        rows: rows.collect(),
        series: series.collect(),
        origin: vec!["rollups".into()],
    }
}

/// A level that grows over the quarter, a weekly swing, and noise from a multiplicative generator.
fn value(series: usize, day: usize, rate: f64, growth: f64) -> Option<f64> {
    if SILENT.contains(&day) {
        return None;
    }
    let mut state = (series as u64 * 1_000 + day as u64 + 17).wrapping_mul(6_364_136_223_846_793_005);
    state ^= state >> 33;
    let noise = (state.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / f64::from(1 << 24) - 0.5;
    let swing = if day % 7 >= 5 { -0.08 } else { 0.03 };
    let place = day as f64 / DAYS as f64 - 0.5;
    Some(rate * (1.0 + growth * place + swing + noise * 0.18))
}

fn provenance() -> Provenance {
    let day = |month: i8, day: i8| -> Date { date(2014, month, day) };
    let sensors = (1..=12_u64).map(|at| {
        let mut account = Account::default();
        account.received = 42_000 + at * 131;
        account.lose(Loss::Kernel, if at % 4 == 0 { 12 } else { 0 });
        account.lose(Loss::Truncated, if at == 7 { 1 } else { 0 });
        account.stored = account.received - account.lost_total();
        let mut silent = vec![(day(5, 3), day(5, 5))];
        if at == 7 {
            silent.push((day(6, 11), day(6, 12)));
        }
        SensorAccount { name: format!("jp-{at:02}"), account, silent }
    });
    let inputs = (0..1_092_u64).map(|at| Input {
        sha256: format!(
            "{:064x}",
            (u128::from(at) + 1) << 108 | u128::from(at).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ),
        frames: 470,
    });
    let edition = |name: Names, edition: &str, origin: &str| Edition {
        name,
        edition: edition.into(),
        origin: origin.into(),
        ..Edition::default()
    };
    Provenance {
        lacks_as: false,
        inputs: inputs.collect(),
        inputs_digest: format!("{:064x}", 0x9E37_79B9_7F4A_7C15_u64),
        sensors: sensors.collect(),
        editions: vec![
            edition(Names::new("国・地域", "Countries"), "2014-06-30", "tor-geoipdb, CC BY-SA"),
            edition(Names::new("サービス名", "Service names"), "2014-06-12", "IANA"),
            edition(Names::new("シグネチャー", "Signatures"), "3", ""),
        ],
        software: "teiten 0.1.0".into(),
        command: "teiten report make quarterly --period 2014Q2 --region JP --issued 2014-07-17".into(),
    }
}
