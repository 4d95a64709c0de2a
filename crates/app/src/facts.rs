//! The facts of a report, asked of the store: ranks, series, coverage, provenance.
//!
//! **Invariant:** equal inputs, rules, reference data and date of issue give equal facts, however the
//! inputs were grouped on their way into the store.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use teiten_model::account::{Account, Loss};
use teiten_model::interval::Timestamp;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::books;
use teiten_query::questions::top::{Metric, Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::session::Session;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;
use teiten_report::facts::{
    Edition, Facts, Input, Period as ReportPeriod, Provenance, Publisher, RankRow, Ranking, SensorAccount,
    Series,
};
use teiten_report::words::names::Names;
use teiten_selection::period::Period;

use crate::exit::Usage;
use crate::labels;
use crate::output::Lang;
use crate::phenomena;
use crate::world::World;

/// Lines whose ranks are known, so that a line's previous rank can be told.
const KNOWN: usize = 10;
/// Lines shown in the tables and figures of the seed's report.
const SHOWN: usize = 5;

/// What the report is to be of.
pub(crate) struct Wanted<'a> {
    /// The quarter.
    pub(crate) period: &'a Period,
    /// Packets to sensors of this reporting region; `None` for all.
    pub(crate) region: Option<&'a str>,
    /// Date of issue.
    pub(crate) issued: Date,
}

/// The facts of a quarter.
pub(crate) fn quarter(world: &World, session: &Session, wanted: &Wanted<'_>) -> Result<Facts> {
    let period = report_period(world, wanted.period)?;
    let before = wanted.period.previous()?;
    let selection = in_region(session, wanted)?;
    let earlier = Selection { interval: Some(before.interval()), ..selection.clone() };
    let alive = books::alive(session, &selection)?;
    let alive_before = books::alive(session, &earlier)?;
    let versus = (alive_before.sensor_hours > 0).then(|| before.interval());
    let services = Services::load(&Library::open(world.data_folder())?)?;
    let ask = Ask { world, session, selection: &selection, versus, period: &period };
    let port_names = |label: &str| Names::same(labels::service(&services, label));
    let country_names =
        |code: &str| Names::new(labels::country(code, Lang::Ja), labels::country(code, Lang::En));
    let report = &world.config.report;
    let zone = world.zone_name.clone();
    let zone_name = match zone.as_str() {
        "Asia/Tokyo" => Names::new("日本標準時", "Japan Standard Time"),
        "UTC" => Names::new("協定世界時", "UTC"),
        other => Names::same(other),
    };
    let synthetic = is_synthetic(session, &selection)?
        .then(|| Names::new("シミュレーション(teiten simulate)", "a simulation by teiten simulate"));
    Ok(Facts {
        previous: versus.map(|_| Names::new(before.label_ja(), before.label_en())),
        zone,
        zone_name,
        region: wanted.region.map(country_names),
        sensors: alive.sensors,
        addresses: alive.addresses,
        packets: books::total(session, &selection)?,
        coverage: coverage(alive.silent_hours),
        synthetic,
        ports: ask.ranking("port", &port_names, &|label| {
            let service = labels::service(&services, label);
            Names::same(if service.is_empty() { label.to_string() } else { format!("{label} ({service})") })
        })?,
        regions: ask.ranking("country", &country_names, &country_names)?,
        phenomena: phenomena::phenomena(&phenomena::Around {
            world,
            session,
            selection: &selection,
            home: phenomena::home(wanted.region),
            days: (period.first, period.last),
            service: &port_names,
        })?,
        provenance: provenance(world, session, &selection, &earlier, wanted)?,
        publisher: Publisher {
            institution: Names::new(report.institution_ja.clone(), report.institution_en.clone()),
            contact: report.contact.clone(),
            notices: notices(&report.notices_ja, &report.notices_en),
        },
        issued: wanted.issued,
        first_published: None,
        period,
    })
}

/// What must be said of hours that nobody observed.
fn coverage(silent_hours: i64) -> Vec<Names> {
    if silent_hours <= 0 {
        return Vec::new();
    }
    vec![Names::new(
        format!("センサーがパケットを一つも記録しなかった時間は延べ{silent_hours}時間です。"),
        format!("Hours in which a sensor stored no packet, added over the sensors: {silent_hours}."),
    )]
}

fn notices(ja: &[String], en: &[String]) -> Vec<Names> {
    ja.iter().zip(en).map(|(ja, en)| Names::new(ja.clone(), en.clone())).collect()
}

fn date(world: &World, at: Timestamp) -> Result<Date> {
    let (year, month, day) = world.zone.date(at);
    Date::new(year, month, day).context("reading a date of the zone")
}

fn report_period(world: &World, period: &Period) -> Result<ReportPeriod> {
    let interval = period.interval();
    Ok(ReportPeriod {
        name: period.text(),
        label: Names::new(period.label_ja(), period.label_en()),
        interval,
        first: date(world, interval.start)?,
        last: date(world, Timestamp(interval.end.0 - 1))?,
    })
}

/// The selection of a region: whole groups where the region is made of them, else sensors by name.
fn in_region(session: &Session, wanted: &Wanted<'_>) -> Result<Selection> {
    let all = Selection { interval: Some(wanted.period.interval()), ..Selection::default() };
    let Some(region) = wanted.region else { return Ok(all) };
    let sensors = books::sensors(session, &Selection::default())?;
    let text = |row, name| match sensors.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let mut regions_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names = Vec::new();
    for row in 0..sensors.rows.len() {
        regions_of.entry(text(row, "group")).or_default().insert(text(row, "region"));
        if text(row, "region") == region {
            names.push((text(row, "sensor"), text(row, "group")));
        }
    }
    if names.is_empty() && !sensors.rows.is_empty() {
        let known: BTreeSet<String> = (0..sensors.rows.len()).map(|row| text(row, "region")).collect();
        let known: Vec<String> = known.into_iter().filter(|region| !region.is_empty()).collect();
        return Err(Usage(format!(
            "no sensor is in region `{region}`: the store knows {}",
            if known.is_empty() {
                "none; describe the sensors when importing".to_string()
            } else {
                known.join(", ")
            }
        ))
        .into());
    }
    let groups: BTreeSet<String> = names.iter().map(|(_, group)| group.clone()).collect();
    let is_whole = groups.iter().all(|group| regions_of[group].len() == 1);
    Ok(if is_whole {
        Selection { groups: groups.into_iter().collect(), ..all }
    } else {
        Selection { sensors: names.into_iter().map(|(name, _)| name).collect(), ..all }
    })
}

struct Ask<'a> {
    world: &'a World,
    session: &'a Session,
    selection: &'a Selection,
    versus: Option<teiten_model::interval::Interval>,
    period: &'a ReportPeriod,
}

impl Ask<'_> {
    fn lines(&self, by: &str, selection: &Selection, versus: bool, lines: usize) -> Result<Table> {
        let question = Top {
            by: dimension::find(by).context("a dimension of the list")?,
            metric: Metric::Packets,
            lines,
            versus: self.versus.filter(|_| versus),
            by_change: false,
            threshold: 0,
        };
        Ok(top(self.session, selection, &question)?)
    }

    fn ranking(
        &self,
        by: &str,
        names: &dyn Fn(&str) -> Names,
        labels: &dyn Fn(&str) -> Names,
    ) -> Result<Ranking> {
        let now = self.lines(by, self.selection, true, usize::MAX)?;
        let mut rows: Vec<RankRow> = (0..now.rows.len()).map(|row| rank_row(&now, row, by, names)).collect();
        // Beyond the known ranks only lines stay that had one before; their numbers are told all the same.
        let is_known = |rank: Option<u32>| rank.is_some_and(|rank| rank as usize <= KNOWN);
        rows.retain(|row| is_known(row.rank) || is_known(row.previous_rank));
        for row in &mut rows {
            row.rank = row.rank.filter(|rank| *rank as usize <= KNOWN);
        }
        if let Some(interval) = self.versus {
            let earlier = Selection { interval: Some(interval), ..self.selection.clone() };
            let before = self.lines(by, &earlier, false, KNOWN)?;
            for row in 0..before.rows.len() {
                let gone = rank_row(&before, row, by, names);
                if rows.iter().all(|row| row.key != gone.key) {
                    rows.push(RankRow {
                        rank: None,
                        previous_rank: gone.rank,
                        packets: 0,
                        share: 0.0,
                        rate: None,
                        previous_rate: gone.rate,
                        ..gone
                    });
                }
            }
        }
        rows.retain(|row| !row.key.is_empty());
        let series = self.series(by, labels)?;
        Ok(Ranking { shown: SHOWN as u32, known: KNOWN as u32, rows, series, origin: now.origin })
    }

    fn series(&self, by: &str, labels: &dyn Fn(&str) -> Names) -> Result<Vec<Series>> {
        let question = Trend {
            step: "day".into(),
            zone: self.world.zone_name.clone(),
            by: dimension::find(by),
            lines: SHOWN,
        };
        let table = trend(self.session, self.selection, &question)?;
        let days = self.period.days();
        let mut series: Vec<Series> = Vec::new();
        for row in &table.rows {
            let (Value::Time(at), Value::Text(key)) = (&row[0], &row[1]) else { continue };
            let day =
                self.period.first.until(date(self.world, Timestamp(*at))?).map_or(-1, |span| span.get_days());
            let Ok(day) = usize::try_from(day) else { continue };
            let place = series.iter().position(|series| series.key == *key).unwrap_or_else(|| {
                series.push(Series { key: key.clone(), label: labels(key), values: vec![None; days] });
                series.len() - 1
            });
            if let (Some(value), Value::Float(rate)) = (series[place].values.get_mut(day), &row[3]) {
                *value = Some(*rate);
            }
        }
        Ok(series)
    }
}

fn rank_row(table: &Table, row: usize, by: &str, names: &dyn Fn(&str) -> Names) -> RankRow {
    let text = |name| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let int = |name| match table.value(row, name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let float = |name| match table.value(row, name) {
        Some(Value::Float(number)) => Some(*number),
        _ => None,
    };
    let key = text(by);
    RankRow {
        name: names(&key),
        key,
        rank: int("rank").map(|rank| rank as u32),
        previous_rank: int("rank_before").map(|rank| rank as u32),
        packets: int("packets").unwrap_or(0),
        share: float("share").unwrap_or(0.0) / 100.0,
        rate: float("rate"),
        previous_rate: float("before"),
    }
}

/// An input: hash, kind, packets, edition of the rules, editions of the reference data.
type InputFacts = (String, String, i64, String, String);

/// Inputs that reach into a selection's time.
fn inputs(session: &Session, selection: &Selection) -> Result<Vec<InputFacts>> {
    let table = books::inputs(session)?;
    let text = |row, name| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let int = |row, name| match table.value(row, name) {
        Some(Value::Int(number) | Value::Time(number)) => *number,
        _ => 0,
    };
    Ok((0..table.rows.len())
        .filter(|row| {
            int(*row, "packets") > 0
                && selection.interval.is_none_or(|interval| {
                    int(*row, "first") < interval.end.0 && int(*row, "last") >= interval.start.0
                })
        })
        .map(|row| {
            (text(row, "hash"), text(row, "kind"), int(row, "packets"), text(row, "rules"), text(row, "data"))
        })
        .collect())
}

/// Whether inputs of that time are synthetic; where there are none, whether any of the store is.
fn is_synthetic(session: &Session, selection: &Selection) -> Result<bool> {
    let mut all = inputs(session, selection)?;
    if all.is_empty() {
        all = inputs(session, &Selection::default())?;
    }
    Ok(all.iter().any(|(_, kind, ..)| kind == "synthetic"))
}

fn provenance(
    world: &World,
    session: &Session,
    selection: &Selection,
    earlier: &Selection,
    wanted: &Wanted<'_>,
) -> Result<Provenance> {
    let mut all: BTreeSet<InputFacts> = BTreeSet::new();
    all.extend(inputs(session, selection)?);
    all.extend(inputs(session, earlier)?);
    let digest = all.iter().fold(Sha256::new(), |hasher, (hash, ..)| hasher.chain_update(hash)).finalize();
    let editions = |of: fn(&InputFacts) -> String, ja: &str, en: &str| {
        let words: BTreeSet<String> = all.iter().map(of).filter(|word| !word.is_empty()).collect();
        words
            .into_iter()
            .map(|edition| Edition { name: Names::new(ja, en), edition, origin: String::new() })
            .collect::<Vec<_>>()
    };
    let mut named = editions(|input| input.3.clone(), "分類規則", "classification rules");
    named.extend(editions(|input| input.4.clone(), "参照データ", "reference data"));
    let region = wanted.region.map_or(String::new(), |region| format!(" --region {region}"));
    Ok(Provenance {
        inputs: all
            .iter()
            .map(|(hash, _, frames, ..)| Input { sha256: hash.clone(), frames: *frames })
            .collect(),
        inputs_digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        sensors: sensor_accounts(world, session, selection)?,
        editions: named,
        software: concat!("teiten ", env!("CARGO_PKG_VERSION")).to_string(),
        command: format!(
            "teiten report make quarterly --period {}{region} --tz {} --lang {} --issued {}",
            wanted.period.text(),
            world.zone_name,
            world.langs.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            wanted.issued
        ),
    })
}

/// What each sensor stored in the period, and the whole days on which it stored nothing.
fn sensor_accounts(world: &World, session: &Session, selection: &Selection) -> Result<Vec<SensorAccount>> {
    let hours = books::sensor_hours(session, selection)?;
    let mut stored: BTreeMap<String, (u64, BTreeSet<Date>)> = BTreeMap::new();
    for row in &hours.rows {
        if let (Value::Text(sensor), Value::Time(at), Value::Int(packets)) = (&row[0], &row[1], &row[2]) {
            let known = stored.entry(sensor.clone()).or_default();
            known.0 += packets.unsigned_abs();
            known.1.insert(date(world, Timestamp(*at))?);
        }
    }
    let mut losses: BTreeMap<String, Vec<(Loss, u64)>> = BTreeMap::new();
    for (sensor, reason, lost) in books::losses(session, selection)? {
        let reason = Loss::ALL.into_iter().find(|loss| loss.name() == reason);
        losses.entry(sensor).or_default().extend(reason.map(|reason| (reason, lost)));
    }
    // Losses that no sensor is known for stand in a line of their own.
    let names: BTreeSet<String> = stored.keys().chain(losses.keys()).cloned().collect();
    Ok(names
        .into_iter()
        .map(|name| {
            let (packets, days) = stored.remove(&name).unwrap_or_default();
            let mut account = Account::default();
            account.store(packets);
            for (reason, lost) in losses.remove(&name).unwrap_or_default() {
                account.lose(reason, lost);
            }
            SensorAccount { name, account, silent: silent(&days) }
        })
        .collect())
}

/// Runs of days between the first and the last that are not among `days`.
fn silent(days: &BTreeSet<Date>) -> Vec<(Date, Date)> {
    let days: Vec<Date> = days.iter().copied().collect();
    days.windows(2)
        .filter_map(|pair| {
            let (after, before) = (pair[0].tomorrow().ok()?, pair[1].yesterday().ok()?);
            (after <= before).then_some((after, before))
        })
        .collect()
}
