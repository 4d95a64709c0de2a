//! What is known of a vulnerability, a product, malware or a tool, beside what was seen of its ports.
//!
//! What catalogues say is that of `teiten data lookup`, how strongly it is tied to what was seen is that of
//! `teiten intel related`: both are asked in `ask`, and only drawn here.
//!
//! **Invariant:** a date or a port is no proof that something is exploited; each tie is told with its level and reason.

use askama::Template;
use teiten_ask::known::{self, Found, OfPort};
use teiten_ask::narrow;
use teiten_ask::output::Lang;
use teiten_ask::relations::{self, Desk as Shelf, cut_note};
use teiten_ask::wanted;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{DAY_US, Day, Interval, Timestamp};
use teiten_model::protocols;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_report::chart::Mark;
use teiten_report::words::number;
use teiten_selection::period::Period;

use crate::desk::Desk;
use crate::fault::{Fault, allowed};
use crate::links;
use crate::look::Look;
use crate::pages::drawn;
use crate::pages::findings::{self, Brief};
use crate::view::chart::{Axes, Drawing, Measure};
use crate::view::frame::Frame;
use crate::view::grid::{Grid, usual_step};
use crate::view::rows::Rows;
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 90;
/// Longest name that is asked for, in bytes.
const NAME_BYTES_MAX: usize = 200;
/// Things of one name that are shown.
const THINGS_MAX: usize = 40;
/// Ports whose series are drawn; the others are named.
const PORTS_DRAWN_MAX: usize = 4;
/// Ports that are named.
const PORTS_MAX: usize = 64;
/// Findings of each port that are shown.
const FINDINGS_MAX: usize = 6;
/// References of one thing that are shown.
const REFERENCES_MAX: usize = 20;
/// Identifiers of charts.
const CHARTS: [&str; PORTS_DRAWN_MAX] = ["port-1", "port-2", "port-3", "port-4"];

/// A thing as its editions describe it.
struct Card {
    title: String,
    /// What it is, and what it is called there.
    kind: String,
    /// Facts: what, and texts with where they lead.
    facts: Vec<(String, Vec<(String, String)>)>,
    references: Vec<(String, bool)>,
    told_by: String,
}

/// A port of it.
struct Seen {
    label: String,
    href: String,
    explore: String,
    /// What was seen of it in all of the store.
    here: String,
    /// How strongly what was seen is tied to it: level and reason.
    tie: Vec<(String, String)>,
    against: Vec<String>,
    chart: String,
    trust: String,
}

#[derive(Template)]
#[template(path = "known.html")]
struct Page {
    frame: Frame,
    cards: Vec<Card>,
    more: usize,
    notes: Vec<String>,
    seen: Vec<Seen>,
    others: Vec<(String, String)>,
    findings: Vec<Brief>,
    command: String,
    period: String,
}

impl Page {
    fn is_whole(&self) -> bool {
        self.more == 0
    }
}

/// The page of a vulnerability.
pub(crate) fn vulnerability(desk: &Desk, name: &str) -> Result<String, Fault> {
    let id = known::number_of(name)
        .ok_or_else(|| Fault::missing(format!("`{name}` is no number: write /cve/CVE-2014-0160")))?;
    page(desk, &id)
}

/// The page of a product, malware, a tool, or whatever else has that name.
pub(crate) fn named(desk: &Desk, name: &str) -> Result<String, Fault> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(Fault::missing(format!("a name has 1 to {NAME_BYTES_MAX} bytes: write /known/mirai")));
    }
    page(desk, name)
}

/// The page about an identifier of a catalogue or of our table.
pub(crate) fn path(id: &str) -> String {
    match known::number_of(id) {
        Some(id) => format!("/cve/{id}"),
        None => format!("/known/{}", links::segment(id)),
    }
}

/// A table of what is related, with links to the pages about it.
pub(crate) fn related(desk: &Desk, caption: String, table: &Table) -> Rows {
    let text = |row: usize, name: &str| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let mut shown = table.clone();
    // What nothing is told of has no column.
    let names: Vec<String> = shown.columns.iter().skip(2).map(|column| column.name.clone()).collect();
    shown.leave_out_empty(&names.iter().map(String::as_str).collect::<Vec<_>>());
    Rows::plain(desk, caption, &shown).linked("id", |row| match text(row, "id") {
        id if id.is_empty() => String::new(),
        id => path(&id),
    })
}

/// Whether catalogues or our table know a word.
pub(crate) fn is_known(desk: &Desk, word: &str) -> Result<bool, Fault> {
    if word.len() > NAME_BYTES_MAX {
        return Ok(false);
    }
    let shelf = Shelf::open(&desk.portal.settings.data)?;
    Ok(!known::find(&shelf, word, desk.reader.lang())?.lines.is_empty())
}

fn page(desk: &Desk, name: &str) -> Result<String, Fault> {
    let (w, lang) = (desk.words(), desk.reader.lang());
    let shelf = Shelf::open(&desk.portal.settings.data)?;
    let known::Finds { lines: found, is_cut } = known::find(&shelf, name, lang)?;
    let Some((_, first)) = found.first() else {
        let mut said = format!("no catalogue and no table knows `{name}`");
        for note in shelf.notes() {
            said = format!("{said}; {note}");
        }
        return Err(Fault::missing(said));
    };
    let period = desk.period(DAYS)?;
    let title = match known::title(&first.record, lang) {
        text if text.is_empty() || text == name => name.to_string(),
        text => format!("{name}: {text}"),
    };
    let mut ports: Vec<(u8, u16)> = Vec::new();
    for range in found.iter().take(THINGS_MAX).flat_map(|thing| known::ports(&shelf, thing)) {
        for port in (range.1..=range.2).map(|port| (range.0, port)) {
            if !ports.contains(&port) && ports.len() < PORTS_MAX {
                ports.push(port);
            }
        }
    }
    let judged = allowed(findings::latest(desk, &period.interval()))?.flatten();
    let rows = judged.as_ref().map_or(&[][..], |judged| judged.rows.as_slice());
    let mut seen = Vec::new();
    for (place, port) in ports.iter().take(PORTS_DRAWN_MAX).enumerate() {
        let about = About { shelf: &shelf, found: &found, port: *port, rows, period: &period };
        seen.push(of_port(desk, &about, CHARTS[place])?);
    }
    let others = ports.iter().skip(PORTS_DRAWN_MAX).map(|port| (label(*port), href(*port))).collect();
    let mut about: Vec<Brief> = Vec::new();
    for port in ports.iter().take(PORTS_DRAWN_MAX) {
        if let Some(judged) = &judged {
            about.extend(judged.about(desk, &label(*port), FINDINGS_MAX)?);
        }
    }
    drawn(&Page {
        cards: found.iter().take(THINGS_MAX).map(|found| card(desk, found)).collect(),
        more: found.len().saturating_sub(THINGS_MAX),
        notes: is_cut.then(|| cut_note(name)).into_iter().chain(shelf.notes()).collect(),
        seen,
        others,
        findings: about,
        command: format!("teiten data lookup {}", links::quoted(name)),
        period: w.say("known-period", &[("period", &period.short_text())]),
        frame: Frame::new(desk, "", title)?,
    })
}

fn label((proto, port): (u8, u16)) -> String {
    protocols::port_label(Some(i64::from(proto)), Some(i64::from(port)))
}

fn href(port: (u8, u16)) -> String {
    format!("/port/{}", label(port).to_ascii_lowercase().replace('/', "-"))
}

/// What a catalogue or our table says of a thing.
fn card(desk: &Desk, (word, told): &Found) -> Card {
    let (w, lang, record) = (desk.words(), desk.reader.lang(), &told.record);
    let mut facts: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut add = |what: String, texts: Vec<(String, String)>| {
        if texts.iter().any(|(text, _)| !text.is_empty()) {
            facts.push((what, texts));
        }
    };
    let plain = |text: String| vec![(text, String::new())];
    let other = if lang == Lang::Ja { &record.title } else { &record.title_ja };
    if !record.title.is_empty() && !record.title_ja.is_empty() {
        add(w.t("known-other-title"), plain(other.clone()));
    }
    add(w.t("known-text"), plain(record.text.clone()));
    for (what, day) in [
        (w.t("known-published"), record.published),
        (w.t("known-kev"), record.kev),
        (w.t("known-exploit"), record.exploit),
    ] {
        add(what, plain(day.map_or(String::new(), |day| day.to_string())));
    }
    add("CVSS".to_string(), plain(record.cvss.map_or(String::new(), |score| format!("{score:.1}"))));
    add("EPSS".to_string(), plain(record.epss.map_or(String::new(), number::share)));
    if record.ransomware {
        add(w.t("known-ransomware"), plain(w.t("known-yes")));
    }
    let linked = |names: &[String]| names.iter().map(|name| (name.clone(), path(name))).collect::<Vec<_>>();
    add(w.t("known-products"), linked(&record.products));
    add(w.t("known-names"), plain(record.names.join(", ")));
    add(w.t("known-cves"), linked(&record.cves));
    let references = record.references.iter().take(REFERENCES_MAX);
    // What a stranger wrote is a link where it is an address of the web, and else a text.
    let is_link = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    let title = known::title(record, lang);
    Card {
        title: if title.is_empty() { record.id.clone() } else { title },
        kind: format!("{word} {}", record.id),
        facts,
        references: references.map(|text| (text.clone(), is_link(text))).collect(),
        told_by: told.told_by.join("; "),
    }
}

/// A port of what the page is about.
struct About<'a> {
    shelf: &'a Shelf,
    found: &'a [Found],
    port: (u8, u16),
    rows: &'a [FindingRow],
    period: &'a Period,
}

fn of_port(desk: &Desk, about: &About<'_>, id: &'static str) -> Result<Seen, Fault> {
    let (w, lang, port) = (desk.words(), desk.reader.lang(), about.port);
    let interval = about.period.interval();
    let name = label(port);
    let onset = relations::rises(about.rows)
        .into_iter()
        .find(|(rise, _)| (rise.proto, rise.port) == port)
        .map(|(rise, _)| rise.onset);
    let (mut tie, mut against) = (Vec::new(), Vec::new());
    let related = about.shelf.of_port(&desk.session, port, interval, onset).map_err(Fault::from);
    if let Some(related) = allowed(related)? {
        let ids: Vec<&str> = about.found.iter().map(|(_, told)| told.record.id.as_str()).collect();
        for one in related.related.iter().filter(|one| ids.contains(&one.id.as_str())).take(FINDINGS_MAX) {
            tie.push((format!("{} {}", one.id, one.level.word()), relations::reason(one, lang)));
        }
        against = related.against.iter().map(|one| relations::spoken_against(*one, lang)).collect();
    }
    let here = match desk.span()? {
        None => None,
        Some((first, last)) => {
            let whole = Interval { start: Timestamp(first), end: Timestamp(last + 1) };
            allowed(known::of_port(&desk.session, &whole, port).map_err(Fault::from))?.flatten()
        }
    };
    let by = wanted::dimension("port")?;
    let filter = narrow::of(by, &Value::Text(name.clone()));
    let look = Look { vs: None, ..desk.look.selection() }
        .with_filter(filter.clone().unwrap_or_default())
        .with_period(about.period.short_text());
    let selection = Selection { filter, interval: Some(interval), ..Selection::default() };
    let step = usual_step(&interval);
    let grid = Grid::new(&interval, step, &desk.reader.zone)?;
    let question = desk.series(step, None, 1);
    let (mut chart, mut trust) = (String::new(), String::new());
    if let Some(series) = allowed(desk.trend(&selection, &question))? {
        let caption = w.say("known-caption", &[("name", &name), ("period", &about.period.short_text())]);
        let marks = marks(about, &grid, onset, desk);
        let axes = Axes { id, caption, grid: &grid, by: None, measure: Measure::Packets, marks };
        if let Some(line) = grid.lines(&series, None, "packets").first() {
            let data = Look { step: Some(step.to_string()), ..look.clone() }.url("/api/v1/series");
            chart = drawn(&Drawing::marked(desk, axes, line).with_data(Measure::Packets, data))?;
        }
        let alive = desk.alive(&selection)?;
        trust = drawn(&Trust::new(desk, &alive, &[&series], &[])?)?;
    }
    Ok(Seen {
        href: look.selection().with_filter(String::new()).url(&href(port)),
        explore: look.url("/explore"),
        here: told_of(desk, here),
        label: name,
        tie,
        against,
        chart,
        trust,
    })
}

/// What became known on days of the grid, and when a detector says that the port rose.
fn marks(about: &About<'_>, grid: &Grid, onset: Option<Day>, desk: &Desk) -> Vec<Mark> {
    let interval = about.period.interval();
    let span = (Day::of(interval.start), Day::of(Timestamp(interval.end.0 - 1)));
    let mut days: Vec<(Day, String)> = about
        .found
        .iter()
        .flat_map(|(_, told)| known::marks(about.shelf, told, about.port, span, desk.reader.lang()))
        .collect();
    days.extend(onset.map(|day| (day, desk.words().t("known-rise"))));
    days.sort();
    days.dedup();
    // Noon lies on the same day in every zone in which days of the store are cut.
    let noon = |day: Day| i64::from(day.0) * DAY_US + DAY_US / 2;
    days.into_iter().filter_map(|(day, label)| Some(Mark { at: grid.place(noon(day))?, label })).collect()
}

/// What was seen of a port, in one sentence.
fn told_of(desk: &Desk, here: Option<OfPort>) -> String {
    let Some(here) = here else { return desk.words().t("known-not-counted") };
    let day = |at: i64| desk.reader.zone.write_for_people(Timestamp(at));
    let (first, last) = (day(here.first), day(here.last));
    let (packets, sources) = (number::count(here.packets), number::count(here.sources));
    let told: [(&str, &str); 4] =
        [("first", first.as_str()), ("last", &last), ("packets", &packets), ("sources", &sources)];
    desk.words().say("known-here", &told)
}
