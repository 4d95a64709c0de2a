//! Findings: what the detectors said about a period, and why.
//!
//! The portal tells what was judged; judging is the work of `teiten detect`, which writes.

use askama::Template;
use teiten_ask::finding;
use teiten_detect::detector::{self, About, DETECTORS};
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::facts;
use teiten_report::words::number;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::about::About as Thing;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::notes::Gathered;
use crate::pages::{campaigns, drawn, known};
use crate::view::acknowledged;
use crate::view::frame::Frame;
use crate::view::rows::Rows;
use crate::view::take;

/// The kind of computed rows that say which periods were judged.
const FINDINGS: &str = "findings";
/// Periods that are offered.
pub(crate) const PERIODS_MAX: usize = 40;
/// Findings of one page.
const CARDS_MAX: usize = 500;

/// A finding in one line.
pub(crate) struct Brief {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) subject: String,
    pub(crate) when: String,
    pub(crate) seen: String,
}

struct Card {
    href: String,
    title: String,
    subject: String,
    when: String,
    confidence: String,
    sensors: String,
    seen: String,
    /// Who acknowledged it, in words; empty when nobody did.
    acknowledged: String,
}

#[derive(Template)]
#[template(path = "findings.html")]
struct ListPage {
    frame: Frame,
    periods: Vec<(String, String, bool)>,
    detectors: Vec<(String, String, bool)>,
    cards: Vec<Card>,
    take: String,
}

#[derive(Template)]
#[template(path = "finding.html")]
struct OnePage {
    frame: Frame,
    id: String,
    when: String,
    confidence: String,
    sensors: String,
    acknowledged: String,
    measures: String,
    why: Vec<(String, String)>,
    bounds: String,
    related: String,
    explore: String,
    packets: String,
    export: String,
    filter: String,
    command: String,
    notes: String,
}

/// The intervals that were judged, the latest first.
pub(crate) fn judged(desk: &Desk) -> Result<Vec<Interval>, Fault> {
    let judged = desk.times("judged", |session| {
        let computed = facts::computed(session)?.into_iter().filter(|kept| kept.kind == FINDINGS);
        let mut times: Vec<(i64, i64)> = computed.map(|kept| (kept.start, kept.end)).collect();
        times.sort_by_key(|(start, end)| (std::cmp::Reverse(*end), *start));
        times.dedup();
        Ok(times)
    })?;
    let interval = |(start, end)| Interval { start: Timestamp(start), end: Timestamp(end) };
    Ok(judged.into_iter().map(interval).collect())
}

/// The findings of a judged interval.
pub(crate) fn of(desk: &Desk, interval: Interval, filter: Option<String>) -> Result<Vec<FindingRow>, Fault> {
    let selection = Selection { filter, interval: Some(interval), ..Selection::default() };
    Ok(facts::findings(&desk.session, &selection)?)
}

/// A judgement: its interval and all that was found.
pub(crate) struct Judgement {
    interval: Interval,
    pub(crate) rows: Vec<FindingRow>,
}

/// The latest judgement that reaches into an interval.
pub(crate) fn latest(desk: &Desk, interval: &Interval) -> Result<Option<Judgement>, Fault> {
    let found = judged(desk)?.into_iter().find(|judged| judged.overlaps(interval));
    found.map(|interval| Ok(Judgement { interval, rows: of(desk, interval, None)? })).transpose()
}

impl Judgement {
    /// What was found about one subject.
    pub(crate) fn about(&self, desk: &Desk, subject: &str, most: usize) -> Result<Vec<Brief>, Fault> {
        let about = self.rows.iter().filter(|row| row.subject == subject).take(most);
        about.map(|row| brief(desk, row, self.interval)).collect()
    }
}

/// Findings that were seen in an interval, the latest first, from the latest judgement that reaches into it.
pub(crate) fn newest(desk: &Desk, interval: &Interval, most: usize) -> Result<Vec<Brief>, Fault> {
    let Some(Judgement { interval: judged, mut rows }) = latest(desk, interval)? else {
        return Ok(Vec::new());
    };
    rows.retain(|row| row.first < interval.end.0 && row.last >= interval.start.0);
    rows.sort_by_key(|row| (std::cmp::Reverse(row.first), row.place));
    rows.truncate(most);
    rows.iter().map(|row| brief(desk, row, judged)).collect()
}

/// A finding in one line.
pub(crate) fn brief(desk: &Desk, row: &FindingRow, judged: Interval) -> Result<Brief, Fault> {
    Ok(Brief {
        href: href(desk, row, judged),
        title: title(desk, &row.detector),
        subject: row.subject.clone(),
        when: when(desk, row),
        seen: finding::seen(&finding::measures(row)?),
    })
}

/// The address of a finding: with the period that was judged, since another judgement may say otherwise.
fn href(desk: &Desk, row: &FindingRow, judged: Interval) -> String {
    if row.detector == campaigns::DETECTOR {
        return campaigns::href(desk, &row.id, judged);
    }
    let period = period_text(desk, judged);
    links::with(&format!("/finding/{}", links::segment(&row.id)), &[("p", period)])
}

fn title(desk: &Desk, detector: &str) -> String {
    match detector::find(detector).map(|detector| detector.about()) {
        Some(about) => finding::words_of(about, desk.reader.lang()).title.to_string(),
        None => detector.to_string(),
    }
}

/// How sure a finding is, in the reader's language.
pub(crate) fn confidence(desk: &Desk, row: &FindingRow) -> String {
    let w = desk.words();
    match row.confidence.as_str() {
        "high" => w.t("confidence-high"),
        "medium" => w.t("confidence-medium"),
        "low" => w.t("confidence-low"),
        "weak" => w.t("confidence-weak"),
        other => other.to_string(),
    }
}

/// The finding of an identifier, in the judged period of that text or in the latest that has it.
pub(crate) fn find(
    desk: &Desk,
    id: &str,
    period: Option<&str>,
) -> Result<Option<(FindingRow, Interval)>, Fault> {
    let judged = judged(desk)?;
    let named =
        judged.iter().filter(|interval| period.is_none_or(|text| period_text(desk, **interval) == text));
    for interval in named.take(PERIODS_MAX) {
        if let Some(row) = of(desk, *interval, None)?.into_iter().find(|row| row.id == id) {
            return Ok(Some((row, *interval)));
        }
    }
    Ok(None)
}

/// The time of a finding as an address writes it: in whole seconds, so that its last moment lies inside. What is told
/// by days ends where its last day ends.
pub(crate) fn span_text(desk: &Desk, row: &FindingRow) -> String {
    let write = |at: i64| desk.reader.zone.write_for_machines(Timestamp(at));
    let midnight = jiff::civil::Time::midnight();
    let last = jiff::Timestamp::from_microsecond(row.last).map(|at| at.to_zoned(home(desk).rules().clone()));
    let end = match last {
        Ok(last) if last.time() == midnight => row.last,
        _ => row.last + 1_000_000 - row.last.rem_euclid(1_000_000),
    };
    format!("{}..{}", write(row.first), write(end))
}

/// The zone in which days of the store are cut.
fn home(desk: &Desk) -> Zone {
    let name = desk.portal.settings.store.home_zone_name().to_string();
    Zone::parse(&name).unwrap_or_else(|_| desk.reader.zone.clone())
}

/// The time of a finding, for people.
pub(crate) fn when(desk: &Desk, row: &FindingRow) -> String {
    let write = |at: i64| desk.reader.zone.write_for_people(Timestamp(at));
    format!("{} – {}", write(row.first), write(row.last))
}

/// An interval as an address writes it: by its name where it has one.
pub(crate) fn period_text(desk: &Desk, interval: Interval) -> String {
    let zone = home(desk);
    let start = jiff::Timestamp::from_microsecond(interval.start.0)
        .map(|at| at.to_zoned(zone.rules().clone()).date());
    let Ok(first) = start else { return String::new() };
    let quarter = (first.month() - 1) / 3 + 1;
    let candidates = [
        format!("{}Q{quarter}", first.year()),
        first.strftime("%Y-%m").to_string(),
        first.to_string(),
        first.year().to_string(),
    ];
    let named = candidates
        .into_iter()
        .find(|text| Period::parse(text, &zone, desk.now).is_ok_and(|period| period.interval() == interval));
    named.unwrap_or_else(|| {
        let write = |at: Timestamp| zone.write_for_machines(at);
        let text = format!("{}..{}", write(interval.start), write(interval.end));
        Period::parse(&text, &zone, desk.now).map_or(text, |period| period.short_text())
    })
}

fn sensors(desk: &Desk, row: &FindingRow) -> String {
    desk.words().say("trust-sensors", &[("count", &number::count(row.sensors.max(0)))])
}

/// The judged interval that an address names, or the latest.
pub(crate) fn chosen(desk: &Desk, judged: &[Interval]) -> Result<Option<Interval>, Fault> {
    let zone = teiten_selection::zone::Zone::parse(desk.portal.settings.store.home_zone_name())?;
    let Some(period) = desk.look.wanted.period(&zone, desk.now)? else { return Ok(judged.first().copied()) };
    let interval = period.interval();
    let exact = judged.iter().find(|judged| **judged == interval);
    let reaching =
        || judged.iter().find(|judged| judged.start.0 < interval.end.0 && judged.end.0 > interval.start.0);
    Ok(exact.or_else(reaching).copied())
}

/// The page of all findings of a period.
pub(crate) fn list(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let judged = judged(desk)?;
    let chosen = chosen(desk, &judged)?;
    let only = desk.look.q.clone();
    let mut rows = match chosen {
        Some(interval) => of(desk, interval, None)?,
        None => Vec::new(),
    };
    let known: Vec<&About> = DETECTORS
        .iter()
        .map(|detector| detector.about())
        .filter(|about| rows.iter().any(|row| row.detector == about.id))
        .collect();
    let link = |q: Option<&str>| {
        let period = chosen.map_or(String::new(), |interval| period_text(desk, interval));
        let mut pairs = vec![("p", period)];
        pairs.extend(q.map(|q| ("q", q.to_string())));
        links::with("/findings", &pairs)
    };
    let mut detectors = vec![(link(None), w.t("findings-all"), only.is_none())];
    detectors.extend(known.iter().map(|about| {
        (
            link(Some(about.id)),
            finding::words_of(about, desk.reader.lang()).title.to_string(),
            only.as_deref() == Some(about.id),
        )
    }));
    rows.retain(|row| only.as_ref().is_none_or(|only| row.detector == *only));
    rows.truncate(CARDS_MAX);
    let periods = judged.iter().take(PERIODS_MAX).map(|interval| {
        let text = period_text(desk, *interval);
        (links::with("/findings", &[("p", text.clone())]), text, Some(*interval) == chosen)
    });
    let acknowledged = acknowledged::of(desk, rows.iter().map(|row| row.id.as_str()))?;
    let mut cards = Vec::new();
    for row in &rows {
        cards.push(Card {
            href: chosen.map_or(String::new(), |judged| href(desk, row, judged)),
            title: title(desk, &row.detector),
            subject: row.subject.clone(),
            when: when(desk, row),
            confidence: confidence(desk, row),
            sensors: sensors(desk, row),
            seen: finding::seen(&finding::measures(row)?),
            acknowledged: acknowledged
                .get(&row.id)
                .map_or(String::new(), |found| acknowledged::said(desk, found)),
        });
    }
    // The command line lists those of all detectors, and of campaigns alone.
    let take = match chosen {
        Some(interval) => {
            let command = match only.as_deref() {
                Some(campaigns::DETECTOR) => "campaign list",
                _ => "finding list",
            };
            let look = Look { q: only.clone(), ..Look::default() }.with_period(period_text(desk, interval));
            let take = take::of_table(desk, "/findings", command.to_string(), "/api/v1/findings", look);
            drawn(&take)?
        }
        None => String::new(),
    };
    let frame = Frame::new(desk, "findings", w.t("nav-findings"))?;
    drawn(&ListPage { frame, periods: periods.collect(), detectors, cards, take })
}

/// The page of one finding.
pub(crate) fn one(desk: &Desk, id: &str) -> Result<String, Fault> {
    let w = desk.words();
    let judged = judged(desk)?;
    let missing = || {
        Fault::missing(format!("there is no finding `{id}` in that period: /findings lists those there are"))
    };
    let interval = chosen(desk, &judged)?.ok_or_else(missing)?;
    let rows = of(desk, interval, None)?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(missing)?;
    let about = detector::find(&row.detector).map(|detector| detector.about());
    let mut measures = Table::new(&[("measure", ""), ("unit", ""), ("seen", ""), ("expected", "")]);
    for measure in finding::measures(row)? {
        let text = |value: f64| Value::Text(finding::number(value, &measure.unit));
        measures.push(vec![
            Value::Text(measure.name.clone()),
            Value::Text(measure.unit.clone()),
            text(measure.seen),
            measure.expected.map_or(Value::Null, text),
        ]);
    }
    let mut bounds = Table::new(&[("bound", ""), ("value", ""), ("unit", ""), ("doc", "")]);
    let mut why = Vec::new();
    if let Some(about) = about {
        let told = finding::words_of(about, desk.reader.lang());
        why = vec![
            (w.t("why-rule"), told.rule.to_string()),
            (w.t("why-matters"), told.why.to_string()),
            (w.t("why-wrong"), told.wrong.to_string()),
            (w.t("why-sources"), about.sources.join("; ")),
            (w.t("why-version"), format!("{} {}", about.id, row.rule)),
        ];
        for bound in about.tunables {
            let value = Value::Text(format!("{}", bound.value));
            bounds.push(vec![bound.name.into(), value, bound.unit.into(), bound.doc.into()]);
        }
    }
    let (from, to) = (Timestamp(row.first), Timestamp(row.last));
    let look = Look::default().with_filter(row.filter.clone()).with_period(span_text(desk, row));
    let shelf = teiten_ask::relations::Desk::open(&desk.portal.settings.data)?;
    let related = shelf.of_finding(&desk.session, row, desk.reader.lang())?;
    let has_filter = !row.filter.is_empty();
    let if_any = |text: String| if has_filter { text } else { String::new() };
    let mut export = look.pairs();
    export.push(("format", "pcapng".to_string()));
    let thing = Thing::new("finding", &row.id)?;
    let notes = Gathered::of_thing(desk, &thing)?;
    let title = format!("{}: {}", title(desk, &row.detector), row.subject);
    let frame = Frame::new(desk, "findings", title)?;
    let judged = Period::parse(&period_text(desk, interval), &desk.reader.zone, desk.now)?;
    drawn(&OnePage {
        notes: notes.section(desk, &thing, &judged)?,
        acknowledged: acknowledged::section(desk, &row.id, &period_text(desk, interval))?,
        id: row.id.clone(),
        when: when(desk, row),
        confidence: confidence(desk, row),
        sensors: sensors(desk, row),
        measures: drawn(&Rows::plain(desk, w.t("finding-measures"), &measures).titled())?,
        why,
        bounds: if bounds.rows.is_empty() {
            String::new()
        } else {
            drawn(&Rows::plain(desk, w.t("finding-bounds"), &bounds))?
        },
        related: match related.rows.is_empty() {
            true => String::new(),
            false => drawn(&known::related(desk, w.t("finding-related"), &related))?,
        },
        explore: if_any(look.url("/explore")),
        packets: if_any(look.url("/packets")),
        export: if_any(links::with("/api/v1/packets", &export)),
        command: if_any(format!("teiten packets -Y {} --from {from} --to {to}", links::quoted(&row.filter))),
        filter: row.filter.clone(),
        frame,
    })
}

/// Findings about one subject that were seen in an interval.
pub(crate) fn newest_of(
    desk: &Desk,
    subject: &str,
    interval: &Interval,
    most: usize,
) -> Result<Vec<Brief>, Fault> {
    if subject.is_empty() {
        return Ok(Vec::new());
    }
    latest(desk, interval)?.map_or(Ok(Vec::new()), |judged| judged.about(desk, subject, most))
}
