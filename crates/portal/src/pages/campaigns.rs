//! Campaigns: sources that do the same, who they are, how they came and went.
//!
//! A campaign is a finding of one detector; its page is that of the selection that its rule describes. The days are
//! those of `teiten campaign show`, asked by the same question.
//!
//! **Invariant:** members, ports and days are counted on the packets of the campaign's own filter.

use askama::Template;
use teiten_ask::finding;
use teiten_ask::relations::Desk as Shelf;
use teiten_detect::detector;
use teiten_model::finding::FindingRow;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_report::words::number;

use crate::about::About;
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::pages::entity::{self, Entity};
use crate::pages::{drawn, findings, known};
use crate::view::frame::Frame;
use crate::view::rows::Rows;
use crate::view::take::{self, Source, Take};

/// The detector of campaigns.
pub(crate) const DETECTOR: &str = "campaign";
/// Campaigns of one page.
const CAMPAIGNS_MAX: usize = 500;
/// Days of one campaign that are listed.
const DAYS_MAX: usize = 400;

#[derive(Template)]
#[template(path = "campaigns.html")]
struct Page {
    frame: Frame,
    periods: Vec<(String, String, bool)>,
    about: String,
    rows: String,
    take: String,
    has_period: bool,
}

/// The page of a campaign.
fn path(id: &str) -> String {
    format!("/campaign/{}", links::segment(id))
}

/// The address of a campaign: with the period that was judged.
pub(crate) fn href(desk: &Desk, id: &str, judged: Interval) -> String {
    links::with(&path(id), &[("q", findings::period_text(desk, judged))])
}

/// The page of all campaigns of a judged period.
pub(crate) fn list(desk: &Desk) -> Result<String, Fault> {
    let w = desk.words();
    let judged = findings::judged(desk)?;
    let chosen = findings::chosen(desk, &judged)?;
    let mut rows = match chosen {
        Some(interval) => findings::of(desk, interval, None)?,
        None => Vec::new(),
    };
    rows.retain(|row| row.detector == DETECTOR);
    rows.truncate(CAMPAIGNS_MAX);
    let mut table = Table::new(&[
        ("subject", ""),
        ("first", ""),
        ("last", ""),
        ("packets", "packets"),
        ("sources", "sources"),
        ("sensors", "sensors"),
        ("confidence", ""),
        ("seen", ""),
    ]);
    let count = |number: i64| if number < 0 { Value::Null } else { Value::Int(number) };
    for row in &rows {
        table.push(vec![
            Value::Text(row.subject.clone()),
            Value::Time(row.first),
            Value::Time(row.last),
            count(row.packets),
            count(row.sources),
            count(row.sensors),
            Value::Text(findings::confidence(desk, row)),
            Value::Text(finding::seen(&finding::measures(row)?)),
        ]);
    }
    let shown = Rows::plain(desk, w.t("campaigns-title"), &table)
        .linked("subject", |at| chosen.map_or(String::new(), |judged| href(desk, &rows[at].id, judged)));
    let periods = judged.iter().map(|interval| {
        let text = findings::period_text(desk, *interval);
        (links::with("/campaigns", &[("p", text.clone())]), text, Some(*interval) == chosen)
    });
    let take = match chosen {
        Some(interval) => {
            let look = Look { q: Some(DETECTOR.to_string()), ..Look::default() }
                .with_period(findings::period_text(desk, interval));
            drawn(&take::of_table(desk, "/campaigns", "campaign list".to_string(), "/api/v1/findings", look))?
        }
        None => String::new(),
    };
    drawn(&Page {
        take,
        periods: periods.take(findings::PERIODS_MAX).collect(),
        about: detector::find(DETECTOR).map_or(String::new(), |found| found.about().rule.to_string()),
        rows: drawn(&shown)?,
        has_period: chosen.is_some(),
        frame: Frame::new(desk, "findings", w.t("campaigns-title"))?,
    })
}

/// The page of one campaign; `q` names the period that was judged.
pub(crate) fn one(desk: &Desk, id: &str) -> Result<String, Fault> {
    let (w, lang) = (desk.words(), desk.reader.lang());
    let missing = || Fault::missing(format!("there is no campaign `{id}`: /campaigns lists those there are"));
    let (row, judged) = findings::find(desk, id, desk.look.q.as_deref())?.ok_or_else(missing)?;
    if row.detector != DETECTOR || row.filter.is_empty() {
        return Err(missing());
    }
    let mut facts = vec![
        (w.t("campaign-members"), row.filter.clone()),
        (w.t("campaign-time"), findings::when(desk, &row)),
        (w.t("finding-confidence"), findings::confidence(desk, &row)),
        (w.t("campaign-seen"), finding::seen(&finding::measures(&row)?)),
    ];
    if row.sources >= 0 {
        facts.push((w.t("unit-sources"), number::count(row.sources)));
    }
    if let Some(about) = detector::find(DETECTOR).map(|found| found.about()) {
        let told = finding::words_of(about, desk.reader.lang());
        facts.push((w.t("why-rule"), told.rule.to_string()));
        facts.push((w.t("why-wrong"), told.wrong.to_string()));
    }
    facts.push(("ID".to_string(), row.id.clone()));
    let mut more = vec![(w.t("campaign-days"), String::new(), days(desk, &row, judged)?)];
    let shelf = Shelf::open(&desk.portal.settings.data)?;
    let related = shelf.of_finding(&desk.session, &row, lang)?;
    if !related.rows.is_empty() {
        let title = w.t("finding-related");
        more.push((title.clone(), String::new(), drawn(&known::related(desk, title, &related))?));
    }
    let finding = links::with(
        &format!("/finding/{}", links::segment(&row.id)),
        &[("p", findings::period_text(desk, judged))],
    );
    more.push((w.t("finding-why"), finding, String::new()));
    let entity = Entity {
        path: path(&row.id),
        title: format!("{}: {}", w.t("campaign-title"), row.subject),
        filter: row.filter.clone(),
        facts,
        disclaimer: w.t("source-disclaimer"),
        tables: &["source", "as", "country", "port", "tag", "window"],
        subject: row.subject.clone(),
        about: About::new("finding", &row.id)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(more)),
        period: Some(findings::span_text(desk, &row)),
    };
    entity::draw(desk, entity, "findings")
}

/// Who was there on each day, who came and who went.
fn days(desk: &Desk, row: &FindingRow, judged: Interval) -> Result<String, Fault> {
    let interval = Interval { start: Timestamp(row.first), end: Timestamp(row.last) };
    let selection =
        Selection { filter: Some(row.filter.clone()), interval: Some(interval), ..Selection::default() };
    let mut table = (*desk.answer(&selection, &Question::Days)?).clone();
    table.rows.truncate(DAYS_MAX);
    // `new` is another thing in tables of changes, which have words of their own.
    for column in table.columns.iter_mut().filter(|column| column.name == "new") {
        column.name = "came".to_string();
    }
    let rows = drawn(&Rows::plain(desk, desk.words().t("campaign-days"), &table))?;
    // The command is told which judgement, the call what the campaign is.
    let source = Source {
        page: &path(&row.id),
        command: format!("campaign show {}", links::quoted(&row.id)),
        command_look: Some(Look::default().with_period(findings::period_text(desk, judged))),
        api: "/api/v1/days",
        look: Look::default().with_filter(row.filter.clone()).with_period(findings::span_text(desk, row)),
        drawing: "",
        has_packets: false,
    };
    Ok(rows + &drawn(&Take::new(desk, source))?)
}
