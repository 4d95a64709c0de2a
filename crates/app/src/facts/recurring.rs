//! The facts of the sections that recur, asked as far as the plan has them.
//!
//! **Invariant:** a section that the plan has not costs no question.

mod convert;
mod home;

use anyhow::{Context, Result};
use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension;
use teiten_query::questions::{
    accesses, books, damage, hosts, mirai, per_address, responses, scanners, sensors, signatures, top, trend,
};
use teiten_query::session::Session;
use teiten_report::facts::Period;
use teiten_report::facts::recurring::{Curves, Recurring, Sheet, SheetCell};
use teiten_report::plan::Plan;
use teiten_report::words::names::Names;

use convert::{Drawn, From};

use crate::facts::if_told;
use crate::world::World;

/// Lines that a ranking of these sections holds.
const LINES: usize = 10;
/// Curves of one figure.
const CURVES: usize = 5;
/// The step of the curves.
const DAY: &str = "day";

/// What the questions need.
pub(super) struct Ask<'a> {
    pub(super) world: &'a World,
    /// What answers, for a table by its name.
    pub(super) session: &'a dyn Fn(&str) -> &'a Session,
    pub(super) selection: &'a Selection,
    /// The period before.
    pub(super) versus: Option<Interval>,
    pub(super) period: &'a Period,
    /// Whether the readers may not see everything.
    pub(super) is_restricted: bool,
    /// The home country's code.
    pub(super) home: Option<&'a str>,
    /// The service of a port.
    pub(super) service: &'a dyn Fn(&str) -> Names,
}

/// The facts of the plan's sections that recur.
pub(super) fn gather(ask: &Ask<'_>, plan: &Plan) -> Result<Recurring> {
    let mut facts = Recurring::default();
    type Part = fn(&Ask<'_>, &mut Recurring) -> Result<()>;
    let parts: [(&str, Part); 13] = [
        ("year", |ask, facts| ask.year(facts)),
        ("accesses", |ask, facts| ask.accesses(facts)),
        ("hosts", |ask, facts| ask.hosts(facts)),
        ("home-sources", |ask, facts| ask.home_sources(facts)),
        ("shares", |ask, facts| ask.home_shares(facts)),
        ("mirai", |ask, facts| ask.mirai(facts)),
        ("groups", |ask, facts| ask.groups(facts)),
        ("sensor-ports", |ask, facts| ask.sensor_ports(facts)),
        ("scanners", |ask, facts| ask.scanners(facts)),
        ("signatures", |ask, facts| ask.signatures(facts)),
        ("damage", |ask, facts| ask.damage(facts)),
        ("reflection", |ask, facts| ask.reflection(facts)),
        ("per-address", |ask, facts| ask.per_address(facts)),
    ];
    for (_, part) in parts.iter().filter(|(section, _)| plan.has(section)) {
        part(ask, &mut facts)?;
    }
    Ok(facts)
}

impl Ask<'_> {
    fn zone(&self) -> &str {
        &self.world.zone_name
    }

    /// A year of the busiest ports and regions, to the end of the period (T8).
    fn year(&self, facts: &mut Recurring) -> Result<()> {
        let interval = self.selection.interval.context("a report has a period")?;
        let last = self.period.last;
        let first = last.saturating_sub(jiff::Span::new().years(1)).tomorrow().context("a year before")?;
        let start = first.to_zoned(self.world.zone.rules().clone()).context("the start of a day")?;
        let start = teiten_model::interval::Timestamp(start.timestamp().as_microsecond());
        let selection =
            Selection { interval: Some(Interval { start, end: interval.end }), ..self.selection.clone() };
        let days = first.until(last).map_or(0, |span| span.get_days() + 1);
        for (id, by) in [("ports-by-year", "port"), ("regions-by-year", "country")] {
            let question = trend::Trend {
                step: DAY.into(),
                zone: self.zone().to_string(),
                by: dimension::find(by),
                lines: CURVES,
                without_sources: false,
            };
            let table = trend::trend((self.session)(id), &selection, &question)?;
            let names = |key: &str| {
                if by == "port" { self.port_label(key) } else { crate::facts::country_names(key) }
            };
            let days = (first, usize::try_from(days).unwrap_or(0));
            insert(facts, id, self.curves_over(days, &table, Some(by), "rate", &names)?);
        }
        Ok(())
    }

    fn port_label(&self, key: &str) -> Names {
        Names::explained(key, &(self.service)(key))
    }

    /// Packets per address and day (N1-N4).
    fn accesses(&self, facts: &mut Recurring) -> Result<()> {
        let session = (self.session)("accesses");
        let figures = accesses::figures(session, self.selection, self.zone(), self.versus)?;
        let rows = [
            (
                "packets-per-address",
                "パケット（一日・一アドレスあたり）",
                "packets per address and day",
                false,
            ),
            ("sources-per-day", "送信元アドレス（一日平均）", "source addresses a day", false),
        ];
        facts.sheets.insert("accesses", figure_rows(&figures, &rows));
        let by_day = accesses::per_step(session, self.selection, DAY, self.zone())?;
        insert(facts, "accesses-by-day", self.curves(&by_day, None, "rate", &same)?);
        for (id, risers, by) in
            [("address-ports", "port-risers", "port"), ("address-regions", "region-risers", "country")]
        {
            let dimension = dimension::find(by).context("a dimension of the list")?;
            let key = || if by == "port" { From::Port("port") } else { From::Country("country") };
            let ranks = accesses::ranking((self.session)(id), self.selection, dimension, LINES, self.versus)?;
            let columns = [
                key(),
                From::Same("rank"),
                From::Same("rank_before"),
                From::Same("rate"),
                From::PerCent("change"),
            ];
            facts.sheets.insert(id, ranked(self.sheet(&ranks, &columns)?));
            let Some(versus) = self.versus else { continue };
            let rose = accesses::risers((self.session)(risers), self.selection, dimension, CURVES, versus)?;
            let columns = [
                key(),
                From::Same("rate"),
                From::Same("before"),
                From::Same("difference"),
                From::PerCent("change"),
            ];
            facts.sheets.insert(risers, self.sheet(&rose, &columns)?);
        }
        Ok(())
    }

    /// Distinct sources (NICTER).
    fn hosts(&self, facts: &mut Recurring) -> Result<()> {
        for (id, by) in [
            ("hosts-regions", hosts::By::Countries),
            ("hosts-tcp", hosts::By::TcpPorts),
            ("hosts-udp", hosts::By::UdpPorts),
        ] {
            let table = hosts::hosts((self.session)(id), self.selection, by, LINES, self.versus)?;
            let key = if by == hosts::By::Countries { From::Country("country") } else { From::Port("port") };
            let columns = [key, From::Same("rank"), From::Same("sources"), From::PerCent("share")];
            facts.sheets.insert(id, ranked(self.sheet(&table, &columns)?));
        }
        let by_day = hosts::per_step((self.session)("hosts-by-day"), self.selection, DAY, self.zone())?;
        insert(facts, "hosts-by-day", self.curves(&by_day, None, "sources", &same)?);
        Ok(())
    }

    /// Sources with the trait of Mirai by region (overflow).
    fn mirai(&self, facts: &mut Recurring) -> Result<()> {
        let session = (self.session)("mirai-regions");
        let table = mirai::by_country(session, self.selection, mirai::MIRAI, CURVES, DAY, self.zone())?;
        let curves = self.curves(&table, Some("country"), "sources", &crate::facts::country_names)?;
        let mut regions = means(&curves.curves, &crate::facts::country_names);
        regions.rows.retain(|row| row.get(1).and_then(float).is_some_and(|mean| mean > 0.0));
        facts.sheets.insert("mirai-regions", regions);
        insert(facts, "mirai-by-day", curves);
        Ok(())
    }

    /// Groups of sensors by month (overflow).
    fn groups(&self, facts: &mut Recurring) -> Result<()> {
        let place = match self.home {
            Some(home) => sensors::Place::Home(home),
            None => sensors::Place::Group,
        };
        let session = (self.session)("groups");
        // At home and overseas are compared over every sensor, whatever region the report is about.
        let all = Selection { interval: self.selection.interval, ..Selection::default() };
        let names = |key: &str| match key {
            sensors::DOMESTIC => Names::new("国内", "domestic"),
            sensors::OVERSEAS => Names::new("海外", "overseas"),
            other => Names::same(other),
        };
        let by_month = sensors::per_step(session, &all, place, "month", self.zone())?;
        let columns =
            [From::Word("place", &names), From::Month("at"), From::Same("sensors"), From::Same("rate")];
        facts.sheets.insert("groups", self.sheet(&by_month, &columns)?);
        let by_day = sensors::per_step(session, &all, place, DAY, self.zone())?;
        insert(facts, "groups-by-day", self.curves(&by_day, Some("place"), "rate", &names)?);
        Ok(())
    }

    /// Top ports of each sensor (overflow); never asked for the public.
    fn sensor_ports(&self, facts: &mut Recurring) -> Result<()> {
        let table = sensors::ports((self.session)("sensor-ports"), self.selection, LINES)?;
        let columns = [
            From::Same("sensor"),
            From::Same("rank"),
            From::Port("port"),
            From::Same("packets"),
            From::PerCent("share"),
        ];
        facts.sheets.insert("sensor-ports", self.sheet(&table, &columns)?);
        Ok(())
    }

    /// Sources that look for many ports (overflow).
    fn scanners(&self, facts: &mut Recurring) -> Result<()> {
        let session = (self.session)("scanners");
        let table = scanners::organisations(session, self.selection, self.zone(), usize::MAX)?;
        let unknown = |key: &str| match key {
            "" | scanners::UNKNOWN => Names::new("不明", "unknown"),
            other => Names::same(other),
        };
        let columns = [
            From::Word("actor", &unknown),
            From::Same("days"),
            From::Same("sources"),
            From::Same("packets"),
            From::PerCent("share"),
        ];
        let sheet = self.sheet(&table, &columns)?;
        let sum = |place: usize| -> i64 { sheet.rows.iter().filter_map(|row| int(row.get(place)?)).sum() };
        if !sheet.rows.is_empty() {
            let total = if_told(books::total(session, self.selection))?.unwrap_or(0);
            let (sources, packets) = (sum(2), sum(3));
            let share = (total > 0).then(|| packets as f64 / total as f64);
            let row = |key: &str, ja: &str, en: &str, value: i64, share: Option<f64>| {
                vec![
                    SheetCell::Named(key.into(), Names::new(ja, en)),
                    SheetCell::count(value),
                    SheetCell::float(share),
                ]
            };
            let rows = vec![
                row("sources", "送信元アドレス", "source addresses", sources, None),
                row("packets", "パケット", "packets", packets, share),
            ];
            facts.sheets.insert("scanner-totals", Sheet { rows, origin: table.origin });
        }
        facts.sheets.insert("scanners", sheet);
        let by_day = scanners::per_day(session, self.selection, self.zone(), CURVES)?;
        insert(facts, "scanners-by-day", self.curves(&by_day, Some("actor"), "sources", &unknown)?);
        let networks = scanners::networks(session, self.selection, LINES)?;
        let columns =
            [From::Port("port"), From::Same("networks"), From::Same("sources"), From::Same("packets")];
        let mut sheet = self.sheet(&networks, &columns)?;
        // The sentence names the port with most networks, so that line comes first.
        sheet.rows.sort_by_key(|row| std::cmp::Reverse(row.get(1).and_then(int)));
        facts.sheets.insert("scanner-networks", sheet);
        Ok(())
    }

    /// Detections by trait (N5).
    fn signatures(&self, facts: &mut Recurring) -> Result<()> {
        let categories = teiten_ask::labels::categories()?;
        let pairs: Vec<(&str, &str)> =
            categories.iter().map(|(tag, category)| (tag.as_str(), *category)).collect();
        let session = (self.session)("signatures");
        let by = signatures::by_category(session, self.selection, &pairs, self.versus)?;
        let category = |key: &str| teiten_ask::labels::category(key);
        let columns = [From::Word("category", &category), From::Same("packets"), From::Same("sources")];
        facts.sheets.insert("signature-kinds", self.sheet(&by, &columns)?);
        let question = top::Top::of(dimension::find("tag").context("a dimension of the list")?, 2 * LINES);
        let tags = top::top(session, self.selection, &question)?;
        let columns = [
            From::Word("tag", &same),
            From::Word("tag", &|tag: &str| {
                let found = pairs.iter().find(|(known, _)| *known == tag);
                found.map_or_else(Names::default, |(_, category)| teiten_ask::labels::category(category))
            }),
            From::Same("packets"),
            From::Same("sources"),
            From::PerCent("share"),
        ];
        facts.sheets.insert("signatures", self.sheet(&tags, &columns)?);
        Ok(())
    }

    /// Backscatter of denial of service (N6).
    fn damage(&self, facts: &mut Recurring) -> Result<()> {
        let session = (self.session)("damage");
        let figures = damage::figures(session, self.selection, self.zone(), self.versus)?;
        let rows = [
            ("packets-per-day", "跳ね返りパケット（一日平均）", "backscatter packets a day", false),
            ("victims", "被害アドレス", "victim addresses", true),
        ];
        let sheet = figure_rows(&figures, &rows);
        // Without a packet there is no damage to tell of.
        if sheet.rows.first().and_then(|row| row.get(1)).and_then(float).is_none_or(|rate| rate == 0.0) {
            return Ok(());
        }
        facts.sheets.insert("damage", sheet);
        let by_day = damage::per_step(session, self.selection, DAY, self.zone())?;
        let kinds = |key: &str| Names::same(key.to_uppercase());
        insert(facts, "damage-by-day", self.curves(&by_day, Some("kind"), "rate", &kinds)?);
        let ports = damage::ports((self.session)("damage-ports"), self.selection, LINES)?;
        let columns =
            [From::Port("port"), From::Same("packets"), From::Same("victims"), From::PerCent("share")];
        facts.sheets.insert("damage-ports", self.sheet(&ports, &columns)?);
        Ok(())
    }

    /// Answers that nobody asked for (DRDoS).
    fn reflection(&self, facts: &mut Recurring) -> Result<()> {
        let table = responses::services((self.session)("reflection"), self.selection)?;
        let columns =
            [From::Port("port"), From::Same("packets"), From::Same("sources"), From::PerCent("share")];
        facts.sheets.insert("reflection", self.sheet(&table, &columns)?);
        Ok(())
    }

    /// Years side by side (NICTER).
    fn per_address(&self, facts: &mut Recurring) -> Result<()> {
        let interval = self.selection.interval.context("a report has a period")?;
        let start = teiten_model::interval::Timestamp(0);
        let selection =
            Selection { interval: Some(Interval { start, end: interval.end }), ..self.selection.clone() };
        let table = per_address::per_step((self.session)("years"), &selection, "year", self.zone())?;
        let columns = [
            From::Year("at"),
            From::Same("packets"),
            From::Same("addresses"),
            From::Same("per_address"),
            From::PerCent("scanner_share"),
            From::PerCent("telnet_share"),
        ];
        let mut sheet = self.sheet(&table, &columns)?;
        // The line of the whole has no year. The newest year comes first: it is the one that is told.
        sheet.rows.retain(|row| matches!(row.first(), Some(SheetCell::Named(..))));
        sheet.rows.reverse();
        facts.sheets.insert("years", sheet);
        Ok(())
    }
}

/// Rows of a table of figures by their names, in that order; the last part says that it is a count.
fn figure_rows(table: &Table, names: &[(&str, &str, &str, bool)]) -> Sheet {
    let mut sheet = Sheet { rows: Vec::new(), origin: table.origin.clone() };
    for (figure, ja, en, is_count) in names {
        let row = (0..table.rows.len())
            .find(|row| matches!(table.value(*row, "figure"), Some(Value::Text(name)) if name == figure));
        let Some(row) = row else { continue };
        let value = |name| match table.value(row, name).cloned().unwrap_or(Value::Null) {
            Value::Float(number) if *is_count => Value::Int(number.round() as i64),
            other => other,
        };
        let change = match table.value(row, "change") {
            Some(Value::Float(part)) => Value::Float(part / 100.0),
            _ => Value::Null,
        };
        let mut cells = vec![SheetCell::Named((*figure).to_string(), Names::new(*ja, *en))];
        let plain = [value("now"), value("before"), value("difference"), change];
        cells.extend(plain.map(SheetCell::Plain));
        sheet.rows.push(cells);
    }
    sheet
}

/// A name that is the same in both languages.
fn same(key: &str) -> Names {
    Names::same(key)
}

/// Curves that have a value above zero; a figure of nothing is none.
fn insert(facts: &mut Recurring, id: &'static str, drawn: Drawn) {
    let curves = drawn.curves;
    facts.withheld += drawn.withheld;
    if curves
        .series
        .iter()
        .flat_map(|series| &series.values)
        .any(|value| value.is_some_and(|value| value > 0.0))
    {
        facts.curves.insert(id, curves);
    }
}

/// The mean of each curve over the days that have a value, and its share of all; the largest first.
fn means(curves: &Curves, names: &dyn Fn(&str) -> Names) -> Sheet {
    let mean = |values: &[Option<f64>]| {
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let all = curves.series.iter().find(|series| series.key == "all").and_then(|all| mean(&all.values));
    let mut rows: Vec<(f64, Vec<SheetCell>)> = curves
        .series
        .iter()
        .filter(|series| series.key != "all")
        .filter_map(|series| {
            let mean = mean(&series.values)?;
            let share = all.filter(|all| *all > 0.0).map(|all| mean / all);
            let cells = vec![
                SheetCell::Named(series.key.clone(), names(&series.key)),
                SheetCell::float(Some(mean)),
                SheetCell::float(share),
            ];
            Some((mean, cells))
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    Sheet { rows: rows.into_iter().map(|(_, cells)| cells).collect(), origin: curves.origin.clone() }
}

/// The lines that have a rank: not the one of all others.
fn ranked(mut sheet: Sheet) -> Sheet {
    sheet.rows.retain(|row| row.get(1).and_then(int).is_some());
    sheet
}

fn int(cell: &SheetCell) -> Option<i64> {
    match cell {
        SheetCell::Plain(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

fn float(cell: &SheetCell) -> Option<f64> {
    match cell {
        SheetCell::Plain(Value::Float(number)) => Some(*number),
        SheetCell::Plain(Value::Int(number)) => Some(*number as f64),
        _ => None,
    }
}
