//! The page about one thing: a port, an address, a network, an AS, a country, a tag.
//!
//! **Invariant:** an entity is a filter and a time; every number of its page is one of that selection.

use std::net::IpAddr;

use askama::Template;
use teiten_ask::labels;
use teiten_ask::narrow;
use teiten_ask::wanted;
use teiten_detect::tags::tags_of;
use teiten_model::address::Prefix;
use teiten_model::interval::Day;
use teiten_model::protocols;
use teiten_model::selection::Selection;
use teiten_model::special;
use teiten_model::table::{Table, Value};
use teiten_query::dimension::{self, Dimension};
use teiten_query::questions::books;
use teiten_query::questions::top::Top;
use teiten_refdata::countries::Country;
use teiten_refdata::services::port_use;
use teiten_report::words::number;
use teiten_selection::period::Period;

use crate::about::About;
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::{Graph, Look};
use crate::notes::Gathered;
use crate::pages::findings::{self, Brief};
use crate::pages::{drawn, explore};
use crate::view::chart::{Axes, Drawing, Measure};
use crate::view::frame::Frame;
use crate::view::grid::{Grid, usual_step};
use crate::view::map;
use crate::view::rows::Rows;
use crate::view::take::{self, Source, Take};
use crate::view::trust::Trust;

/// Days that are shown when nobody says how many.
const DAYS: i64 = 90;
/// Lines of each ranking.
const LINES: usize = 5;
/// Findings that are shown.
const FINDINGS_MAX: usize = 10;

/// A part of the page: its title, where it leads, markup.
pub(crate) type Section = (String, String, String);

/// What makes the parts below a page's tables.
pub(crate) type Below<'a> = Box<dyn FnOnce(&Desk) -> Result<Vec<Section>, Fault> + 'a>;

/// What the page is about.
pub(crate) struct Entity<'a> {
    /// Its path.
    pub(crate) path: String,
    pub(crate) title: String,
    /// The filter of its packets.
    pub(crate) filter: String,
    pub(crate) facts: Vec<(String, String)>,
    pub(crate) disclaimer: String,
    /// By what its packets are divided.
    pub(crate) tables: &'static [&'static str],
    /// The subject of findings about it; empty for none.
    pub(crate) subject: String,
    /// What notes about it are about; a time for a page about no thing.
    pub(crate) about: About,
    /// What is asked besides.
    pub(crate) coming: Vec<(Selection, Question)>,
    /// Makes what stands below the tables, when everything was asked.
    pub(crate) more: Below<'a>,
    /// The period that is shown when nobody names one; `None` for the last days of the store.
    pub(crate) period: Option<String>,
}

#[derive(Template)]
#[template(path = "entity.html")]
struct Page {
    frame: Frame,
    facts: Vec<(String, String)>,
    disclaimer: String,
    periods: Vec<(String, String)>,
    explore: String,
    packets: String,
    total: String,
    chart: String,
    trust: String,
    tables: Vec<Section>,
    /// Tables that need the whole width.
    more: Vec<Section>,
    findings: Vec<Brief>,
    notes: String,
    take: String,
}

/// The page of a thing that an address names: `port` and `6379-tcp`.
pub(crate) fn page(desk: &Desk, kind: &str, name: &str) -> Result<String, Fault> {
    let entity = match kind {
        "port" => port(desk, name)?,
        "ip" => address(desk, name)?,
        "net" => network(desk, name)?,
        "as" => autonomous_system(desk, name)?,
        "country" => country(desk, name)?,
        "tag" => tag(desk, name)?,
        "dns" => dns_name(desk, name)?,
        other => return Err(Fault::missing(format!("there are no pages about `{other}`"))),
    };
    draw(desk, entity, "")
}

fn port(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let w = desk.words();
    let label = name.replace('-', "/").to_ascii_uppercase();
    let wrong = || Fault::missing(format!("`{name}` is no port: write /port/6379-tcp"));
    let (proto, number) = protocols::read_port_label(&label).ok_or_else(wrong)?;
    let label = protocols::port_label(Some(i64::from(proto)), Some(i64::from(number)));
    let by = wanted::dimension("port")?;
    let filter = narrow::of(by, &Value::Text(label.clone())).ok_or_else(wrong)?;
    let services = &desk.portal.services;
    let mut facts = Vec::new();
    let mut title = label.clone();
    if let Some(name) = services.service_name(proto, number) {
        title = format!("{label} ({name})");
        let described = services.description(proto, number).filter(|text| !text.is_empty());
        facts.push((
            w.t("fact-registered"),
            described.map_or_else(|| name.to_string(), |text| format!("{name}: {text}")),
        ));
    }
    if let Some(row) = port_use(proto, number) {
        facts.push((w.t("fact-used-for"), labels::used_for(row, desk.reader.lang()).to_string()));
    }
    Ok(Entity {
        path: format!("/port/{}", label.to_ascii_lowercase().replace('/', "-")),
        title,
        filter,
        facts,
        disclaimer: w.t("port-disclaimer"),
        tables: &["country", "as", "tag", "class", "window", "source"],
        subject: label,
        about: About::new("port", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

fn atlas_facts(desk: &Desk, address: IpAddr, facts: &mut Vec<(String, String)>) -> Result<(), Fault> {
    let w = desk.words();
    let atlas = desk.portal.atlas()?;
    let at = desk.span()?.map_or(desk.now.0, |(_, last)| last);
    let atlas =
        atlas.at(Day::of(teiten_model::interval::Timestamp(at))).map_err(|error| Fault::internal(&error))?;
    if let Some(country) = atlas.country_of(address) {
        facts.push((w.t("fact-country"), labels::country(country.code(), desk.reader.lang())));
    }
    if let Some((number, name)) = atlas.as_of(address) {
        facts.push((w.t("fact-as"), format!("AS{number} {name}")));
    }
    if let Some(actor) = atlas.actor_of(address) {
        facts.push((w.t("fact-actor"), actor.to_string()));
    }
    if let Some(range) = special::find(address) {
        facts.push((w.t("fact-special"), format!("{} ({})", range.name, range.rule)));
    }
    Ok(())
}

fn address(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let wrong = || Fault::missing(format!("`{name}` is no address: write /ip/192.0.2.1"));
    let address: IpAddr = name.parse().map_err(|_| wrong())?;
    let filter = narrow::of(wanted::dimension("source")?, &Value::Address(address)).ok_or_else(wrong)?;
    let mut facts = Vec::new();
    atlas_facts(desk, address, &mut facts)?;
    Ok(Entity {
        path: format!("/ip/{address}"),
        title: address.to_string(),
        filter,
        facts,
        disclaimer: desk.words().t("source-disclaimer"),
        tables: &["port", "class", "tag", "window", "ttl", "group"],
        subject: address.to_string(),
        about: About::new("ip", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

fn network(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let wrong = || Fault::missing(format!("`{name}` is no network: write /net/192.0.2.0_24"));
    let text = name.replace('_', "/");
    let prefix: Prefix = text.parse().map_err(|_| wrong())?;
    let field = if text.contains(':') { "ipv6.src" } else { "ip.src" };
    let mut facts = Vec::new();
    if let Some(Ok(first)) = text.split_once('/').map(|(first, _)| first.parse()) {
        atlas_facts(desk, first, &mut facts)?;
    }
    Ok(Entity {
        path: format!("/net/{name}"),
        title: prefix.to_string(),
        filter: format!("{field} == {prefix}"),
        facts,
        disclaimer: desk.words().t("source-disclaimer"),
        tables: &["source", "port", "class", "tag", "window", "ttl"],
        subject: String::new(),
        about: About::new("net", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

fn autonomous_system(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let digits = name.trim_start_matches(['A', 'a', 'S', 's']);
    let number: u32 =
        digits.parse().map_err(|_| Fault::missing(format!("`{name}` is no AS: write /as/64496")))?;
    let atlas = desk.portal.atlas()?;
    let at = desk.span()?.map_or(desk.now.0, |(_, last)| last);
    let atlas =
        atlas.at(Day::of(teiten_model::interval::Timestamp(at))).map_err(|error| Fault::internal(&error))?;
    let name = atlas.view().as_name(number).unwrap_or_default().to_string();
    let w = desk.words();
    let mut facts = Vec::new();
    let addresses = atlas.addresses_of_as(number);
    if addresses > 0 {
        facts.push((w.t("fact-addresses"), number::count(i64::try_from(addresses).unwrap_or(i64::MAX))));
    }
    Ok(Entity {
        path: format!("/as/{number}"),
        title: format!("AS{number} {name}").trim_end().to_string(),
        filter: format!("src.asn == AS{number}"),
        facts,
        disclaimer: w.t("source-disclaimer"),
        tables: &["port", "source", "country", "tag", "class", "actor"],
        subject: String::new(),
        about: About::new("as", digits)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

fn country(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let wrong = || Fault::missing(format!("`{name}` is no country: write /country/JP"));
    let country = Country::parse(name).ok_or_else(wrong)?;
    let filter = narrow::of(wanted::dimension("country")?, &Value::from(country.code())).ok_or_else(wrong)?;
    let shown = labels::country(country.code(), desk.reader.lang());
    let w = desk.words();
    Ok(Entity {
        path: format!("/country/{}", country.code()),
        title: format!("{shown} ({})", country.code()),
        filter,
        facts: Vec::new(),
        disclaimer: w.t("source-disclaimer"),
        tables: &["port", "as", "tag", "class", "source", "actor"],
        subject: String::new(),
        about: About::new("country", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

fn tag(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let w = desk.words();
    let signatures = teiten_detect::builtin::signatures().map_err(|error| Fault::internal(&error))?;
    let known = tags_of(&signatures).into_iter().find(|tag| tag.name == name);
    let known = known
        .ok_or_else(|| Fault::missing(format!("there is no tag `{name}`: `teiten tag list` names them")))?;
    let title = match desk.reader.language {
        teiten_report::words::Language::Ja => known.title_ja.clone(),
        teiten_report::words::Language::En => known.title.clone(),
    };
    let category = labels::category(known.category.name());
    let facts = vec![
        (w.t("fact-category"), category.of(desk.reader.language).to_string()),
        (w.t("fact-signatures"), known.signatures.join(", ")),
    ];
    Ok(Entity {
        path: format!("/tag/{name}"),
        title: format!("{title} ({name})"),
        filter: format!("tag == \"{name}\""),
        facts,
        disclaimer: w.t("tag-disclaimer"),
        tables: &["port", "country", "as", "class", "source", "window"],
        subject: String::new(),
        about: About::new("tag", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

/// Longest name that is asked about, in bytes: escapes make four of one.
const NAME_BYTES_MAX: usize = 1_024;

fn dns_name(desk: &Desk, name: &str) -> Result<Entity<'static>, Fault> {
    let wrong = || Fault::missing(format!("`{name}` is no name: write /dns/example.org"));
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(wrong());
    }
    let filter = narrow::of(wanted::dimension("dnsname")?, &Value::from(name)).ok_or_else(wrong)?;
    Ok(Entity {
        path: format!("/dns/{}", links::segment(name)),
        title: name.to_string(),
        filter,
        facts: Vec::new(),
        disclaimer: desk.words().t("dns-disclaimer"),
        tables: &["source", "as", "country", "rcode", "class", "tag"],
        subject: name.to_string(),
        about: About::new("dns", name)?,
        coming: Vec::new(),
        more: Box::new(|_| Ok(Vec::new())),
        period: None,
    })
}

/// Draws the page about a filter and a time.
pub(crate) fn draw(desk: &Desk, entity: Entity<'_>, place: &'static str) -> Result<String, Fault> {
    let w = desk.words();
    let named = desk.look.wanted.period(&desk.reader.zone, desk.now)?;
    let period = match (named, &entity.period) {
        (None, Some(usual)) => Period::parse(usual, &desk.reader.zone, desk.now)?,
        _ => desk.period(DAYS)?,
    };
    let mut look = desk.look.selection().with_period(period.short_text());
    look.wanted.filter = Some(narrow::both(desk.look.filter(), &entity.filter));
    let selection = Selection {
        filter: look.wanted.filter_text()?,
        interval: Some(period.interval()),
        sensors: look.wanted.sensors.clone(),
        groups: look.wanted.groups.clone(),
    };
    let doubts = wanted::check(&desk.session, &selection)?;
    let divided: Vec<&Dimension> = entity.tables.iter().filter_map(|name| dimension::find(name)).collect();
    desk.look_closely(&selection, &divided);
    let step = usual_step(&period.interval());
    let grid = Grid::new(&period.interval(), step, &desk.reader.zone)?;
    let question = desk.series(step, None, 1);
    let watched = Selection { filter: None, ..selection.clone() };
    let mut coming = vec![
        (watched, Question::Alive),
        (selection.clone(), Question::Trend(question.clone())),
        (selection.clone(), Question::Total),
    ];
    coming.extend(entity.coming);
    let has_map = entity.path.starts_with("/port/");
    if has_map {
        coming.push((selection.clone(), Question::Top(map::packets_alone()?)));
    }
    coming.extend(divided.iter().map(|by| (selection.clone(), Question::Top(Top::of(by, LINES)))));
    desk.ahead(coming)?;
    let series = desk.trend(&selection, &question)?;
    let lines = grid.lines(&series, None, "packets");
    let caption = w.say("entity-caption", &[("name", &entity.title), ("period", &period.short_text())]);
    let notes = Gathered::of(desk, std::slice::from_ref(&entity.about), period.interval())?;
    let (measure, marks) = (Measure::Packets, notes.marks(&grid));
    let axes = Axes { id: "series", caption, grid: &grid, by: None, measure, marks };
    let drawing = Drawing::lines(desk, axes, &lines, None);
    let data = Look { step: Some(step.to_string()), vs: None, ..look.clone() }.url("/api/v1/series");
    let mut tables = Vec::new();
    if has_map {
        tables.push(whence(desk, &look, &selection, &period.short_text())?);
    }
    for name in entity.tables {
        tables.extend(ranking(desk, &look, &selection, name)?);
    }
    let found = match findings::newest_of(desk, &entity.subject, &period.interval(), FINDINGS_MAX) {
        Ok(found) => found,
        Err(fault) if fault.kind == Kind::Forbidden => Vec::new(),
        Err(fault) => return Err(fault),
    };
    let alive = desk.alive(&selection)?;
    let source = Source {
        page: "/explore",
        command: format!("trend --step {step}"),
        command_look: None,
        api: "/api/v1/series",
        look: Look { step: Some(step.to_string()), ..look.clone() },
        drawing: "series",
        has_packets: true,
    };
    let frame = Frame::new(desk, place, entity.title)?;
    drawn(&Page {
        frame,
        facts: entity.facts,
        disclaimer: entity.disclaimer,
        periods: periods(desk, &entity.path)?,
        explore: look.url("/explore"),
        packets: look.url("/packets"),
        total: explore::total(desk, &selection)?,
        chart: drawn(&drawing.with_data(Measure::Packets, data).in_menu())?,
        trust: drawn(&Trust::new(desk, &alive, &[&series], &doubts)?)?,
        tables,
        more: (entity.more)(desk)?,
        findings: found,
        notes: notes.section(desk, &entity.about, &period)?,
        take: drawn(&Take::new(desk, source))?,
    })
}

/// The map of where the entity's packets came from.
fn whence(desk: &Desk, look: &Look, selection: &Selection, period: &str) -> Result<Section, Fault> {
    let (question, measure) = (map::packets_alone()?, Measure::Packets);
    let drawing =
        map::amounts(desk, &map::Asked { id: "where", period, selection, question, measure, look })?;
    let by = Some("country".to_string());
    let href = Look { by, graph: Some(Graph::Map), ..look.clone() }.url("/explore");
    Ok((desk.words().t("map-where"), href, drawn(&drawing)?))
}

/// A ranking of the entity's packets; nothing where the viewer may not divide by it.
fn ranking(desk: &Desk, look: &Look, selection: &Selection, name: &str) -> Result<Option<Section>, Fault> {
    let by = dimension::find(name).ok_or_else(|| Fault::missing(format!("no dimension {name}")))?;
    let answer = match desk.top(selection, &Top::of(by, LINES)) {
        Ok(answer) => answer,
        Err(fault) if fault.kind == Kind::Forbidden => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let table: Table = desk.named(&answer, selection.interval, true)?;
    let title = teiten_ask::output::drawn::word(name, desk.reader.lang()).to_string();
    let href = Look { by: Some(name.to_string()), ..look.clone() }.url("/explore");
    let hidden = ["rank", "rate", "sensors", "service", "used_for"];
    let rows = Rows::ranking(desk, title.clone(), &table, by, &hidden);
    if rows.is_empty() {
        return Ok(None);
    }
    let menu = take::of_ranking(desk, &Look { vs: None, ..look.clone() }, by, LINES);
    Ok(Some((title, href, drawn(&rows)? + &drawn(&menu)?)))
}

/// The last days and the last year of what the store has.
fn periods(desk: &Desk, path: &str) -> Result<Vec<(String, String)>, Fault> {
    let w = desk.words();
    let Some((first, last)) = books::span(&desk.session)? else { return Ok(Vec::new()) };
    let rules = desk.reader.zone.rules().clone();
    let day = |at: i64| jiff::Timestamp::from_microsecond(at).map(|at| at.to_zoned(rules.clone()).date());
    let (Ok(first), Ok(last)) = (day(first), day(last)) else { return Ok(Vec::new()) };
    let Ok(after) = last.tomorrow() else { return Ok(Vec::new()) };
    let spans = [(7, w.t("p-week")), (30, w.t("p-month")), (90, w.t("p-quarter")), (365, w.t("p-year"))];
    Ok(spans
        .into_iter()
        .filter_map(|(days, text)| {
            let start = after.checked_sub(jiff::Span::new().days(days)).ok()?.max(first);
            Some((desk.look.selection().with_period(format!("{start}..{after}")).url(path), text))
        })
        .collect())
}
