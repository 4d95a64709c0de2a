//! How each operation asks: parameters to question, question to table.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use teiten_ask::export::{self, Form, Picked};
use teiten_ask::lookup::Lookup;
use teiten_ask::thing::Thing;
use teiten_ask::{finding, frames, wanted};
use teiten_detect::detector::{self, DETECTORS};
use teiten_evidence::list::Listing;
use teiten_model::interval::{Day, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};
use teiten_people::Label;
use teiten_query::label::OTHER;
use teiten_query::questions::top::Top;
use teiten_query::questions::trend::Trend;
use teiten_query::questions::{books, packets as rows, top as ranks};
use teiten_refdata::library::Library;
use teiten_refdata::names::Names;
use teiten_selection::complete;
use teiten_selection::distance::nearest;
use teiten_selection::fields as filter_fields;

use crate::api::answer::{self, Wanted};
use crate::api::{body, cursor};
use crate::asking::Question;
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::look::{self, Look};
use crate::pages::findings as judged;
use crate::pages::packets as evidence;
use crate::view::{frame, grid};

/// Lines of a ranking when nobody says how many.
pub(crate) const LINES: usize = 10;
/// Most lines of a ranking or a series.
pub(crate) const LINES_MAX: usize = 10_000;
/// Most lines of a series.
pub(crate) const SERIES_MAX: usize = 100;
/// Packets of a list when nobody says how many.
pub(crate) const LISTED: usize = 100;
/// Most packets of a list.
pub(crate) const LISTED_MAX: usize = 10_000;
/// Most rows of a statement's answer.
pub(crate) const ROWS_MAX: usize = 1_000_000;
/// Most addresses that are looked up at once in an address.
pub(crate) const LOOKED_UP_MAX: usize = 1_000;
/// Most addresses that are looked up at once in a body.
pub(crate) const BULK_MAX: usize = 100_000;
/// Largest body of addresses, in bytes: the most of them, written as objects of JSON.
pub(crate) const BULK_BYTES_MAX: usize = 8 << 20;

/// What an answer is about, with its parameters said.
pub(crate) struct About {
    pub(crate) selection: Selection,
    pub(crate) meta: Vec<(String, String)>,
}

/// The selection of an address; without a period it is all time, as on the command line.
pub(crate) fn about(desk: &Desk) -> Result<About, Fault> {
    let look = &desk.look;
    let selection = look.wanted.selection(&desk.reader.zone, desk.now)?;
    wanted::check(&desk.session, &selection)?;
    let period = look.wanted.period(&desk.reader.zone, desk.now)?;
    let mut meta = Vec::new();
    meta.extend(look.wanted.filter_text()?.map(|filter| ("filter".to_string(), filter)));
    meta.push(("period".to_string(), period.map_or_else(|| "all".to_string(), |period| period.text())));
    meta.push(("tz".to_string(), desk.reader.zone.to_string()));
    Ok(About { selection, meta })
}

pub(crate) fn limit(look: &Look, usual: usize, most: usize) -> Result<usize, Fault> {
    let asked = look.top.unwrap_or(usual);
    if asked > most {
        return Err(Fault {
            kind: Kind::TooLarge,
            ..Fault::parameter("limit", format!("at most {most} are answered at once, not {asked}"))
        });
    }
    Ok(asked)
}

pub(crate) fn top(desk: &Desk) -> Result<Response, Fault> {
    let look = &desk.look;
    let About { selection, meta } = about(desk)?;
    let by = wanted::dimension(look.by.as_deref().unwrap_or("port"))?;
    let question = Top {
        metric: wanted::metric(look.metric.as_deref().unwrap_or("packets"))?,
        versus: look.wanted.versus(look.vs.as_deref(), &desk.reader.zone, desk.now)?,
        ..Top::of(by, limit(look, LINES, LINES_MAX)?)
    };
    if answer::wanted(look)? == Wanted::Statements {
        return answer::table(desk, "top", meta, |session| Ok(ranks::top(session, &selection, &question)?));
    }
    let (from, count) = (cursor::offset(desk, "top")?, question.lines);
    // One line more than is given tells whether there are more.
    let further = Top { lines: from.saturating_add(count).saturating_add(1), ..question };
    let mut lines = (*desk.top(&selection, &further)?).clone();
    // What is withheld line by line is told as one, which is no line: it stands below the first ones.
    let withheld = lines.rows.pop_if(|row| row[0] == Value::Null && row[1] == Value::from(OTHER));
    let (mut part, next) = cursor::part(desk, "top", &lines, from, count)?;
    part.rows.extend(withheld.filter(|_| from == 0));
    let found = desk.named(&part, selection.interval, false)?;
    answer::part(desk, "top", meta, (found, next))
}

pub(crate) fn series(desk: &Desk) -> Result<Response, Fault> {
    let look = &desk.look;
    let About { selection, meta } = about(desk)?;
    let by = look.by.as_deref().map(look::by).transpose()?;
    let usual = selection.interval.as_ref().map_or("day", grid::usual_step);
    let question = Trend {
        step: look.step.clone().unwrap_or_else(|| usual.to_string()),
        zone: desk.reader.zone.to_string(),
        by,
        lines: limit(look, LINES, SERIES_MAX)?,
        without_sources: false,
    };
    answer::question(desk, "series", meta, &selection, &Question::Trend(question))
}

pub(crate) fn packets(desk: &Desk) -> Result<Response, Fault> {
    let look = &desk.look;
    let About { selection, meta } = about(desk)?;
    let wanted = answer::wanted(look)?;
    if look.publish && !matches!(wanted, Wanted::Capture { .. }) {
        let said = "only a capture file is written without any trace of a sensor: ask for format=pcapng";
        return Err(Fault::parameter("publish", said));
    }
    match wanted {
        Wanted::Capture { is_pcap } => return capture(desk, &selection, is_pcap),
        Wanted::Statements => {
            return answer::table(desk, "packets", meta, |session| {
                rows::hours(session, &selection)?;
                rows::packets(session, &selection, LISTED, false)?;
                Ok(Table::default())
            });
        }
        Wanted::Table(_) => {}
    }
    let count = limit(look, LISTED, LISTED_MAX)?;
    let hours = evidence::hours(desk, &selection)?;
    let from = cursor::offset(desk, "packets")?.max(look.skip);
    let columns = rows::page(&desk.session, &selection, &hours, from, count)?;
    let at = Timestamp(columns.ts.first().copied().unwrap_or(0));
    let offset = Some(desk.reader.zone.offset_secs(at)).filter(|secs| *secs != 0);
    let listing = Listing { zone_offset_secs: offset, with_notes: true };
    let mut table = listing.table();
    listing.push(&columns, &mut table);
    let all: usize = hours.iter().map(|hour| usize::try_from(hour.rows).unwrap_or(0)).sum();
    let end = from.saturating_add(columns.rows());
    let is_more = columns.rows() > 0 && end < all;
    answer::part(desk, "packets", meta, (table, is_more.then(|| cursor::next(desk, "packets", end))))
}

/// The packets as a capture file: as they were, or without any trace of a sensor.
fn capture(desk: &Desk, selection: &Selection, is_pcap: bool) -> Result<Response, Fault> {
    let look = &desk.look;
    let count = limit(look, rows::PACKETS_MAX, rows::PACKETS_MAX)?;
    let picks = rows::picks(&desk.session, selection, count, false)?;
    let inputs: BTreeSet<u32> = picks.picks.iter().map(|pick| pick.input).collect();
    if is_pcap && inputs.len() > 1 {
        let said =
            "the packets come from several inputs, which pcap cannot tell apart: ask for format=pcapng";
        return Err(Fault::parameter("format", said));
    }
    let telescope = desk.portal.settings.telescope.as_ref().filter(|_| look.publish);
    let own = match look.publish {
        true => {
            let sensors = telescope.into_iter().flat_map(teiten_model::sensor::Telescope::sensors);
            let described: Vec<String> = sensors.map(|sensor| sensor.name.clone()).collect();
            export::own(telescope, rows::answering(&desk.session, selection, &described)?)
        }
        false => export::own(None, []),
    };
    let is_synthetic = books::synthetic(&desk.session)?.0 > 0;
    let picked = Picked { picks, paths: frames::stored_paths(&desk.session)?, own, is_synthetic };
    let aside = std::env::temp_dir();
    let form =
        Form { is_published: look.publish, is_pcap, filter: selection.filter.as_deref(), aside: &aside };
    let mut faults = Vec::new();
    // A file without a name: it goes with the answer, however the answer ends.
    let mut file = nameless(&aside)?;
    let done = {
        let mut out = std::io::BufWriter::new(&mut file);
        export::write(&picked, form, &mut out, &mut faults)?
    };
    if done.written == 0 && !faults.is_empty() {
        let said = "the captures of these packets are no longer where they were imported from, so only what was stored of them can be shown";
        return Err(Fault::missing(said));
    }
    std::io::Seek::rewind(&mut file).map_err(|error| Fault::internal(&error))?;
    let body = Body::from_stream(body::chunks(tokio::fs::File::from_std(file)));
    let (kind, ending) = answer::CAPTURES[usize::from(is_pcap)];
    let disposition = format!("attachment; filename=\"teiten-packets.{ending}\"");
    let counts = [
        ("teiten-packets-written", done.written),
        ("teiten-packets-withheld", done.withheld + done.own + done.apart),
        ("teiten-packets-missing", done.missing),
    ];
    let mut response =
        Response::builder().header(CONTENT_TYPE, kind).header(CONTENT_DISPOSITION, disposition);
    for (name, count) in counts {
        response = response.header(name, count);
    }
    if look.publish {
        response = response.header(frame::TLP_HEADER, Label::Clear.word());
    }
    response.body(body).map_err(|error| Fault::internal(&error))
}

fn nameless(folder: &Path) -> Result<std::fs::File, Fault> {
    export::nameless(folder).map_err(|error| Fault::internal(&error))
}

pub(crate) fn count(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    answer::table(desk, "count", meta, |session| {
        let count = match session.viewer() {
            Viewer::All => rows::count(session, &selection, false)?,
            Viewer::Member { .. } | Viewer::Public { .. } => books::total(session, &selection)?,
        };
        let mut table = Table::new(&[("packets", "packets")]);
        table.push(vec![Value::Int(count)]);
        Ok(table)
    })
}

pub(crate) fn findings(desk: &Desk) -> Result<Response, Fault> {
    let all = judged::judged(desk)?;
    let chosen = judged::chosen(desk, &all)?;
    let only = desk.look.q.as_deref();
    if let Some(name) = only.filter(|name| detector::find(name).is_none()) {
        let known = DETECTORS.iter().map(|detector| detector.about().id);
        let near = nearest(name, known).map_or(String::new(), |near| format!(": did you mean `{near}`?"));
        return Err(Fault::parameter("q", format!("there is no detector `{name}`{near}")));
    }
    let mut found = match chosen {
        Some(interval) => judged::of(desk, interval, desk.look.wanted.filter_text()?)?,
        None => Vec::new(),
    };
    found.retain(|row| only.is_none_or(|only| row.detector == only));
    let period = chosen.map_or_else(String::new, |interval| judged::period_text(desk, interval));
    let table = finding::table(&found)?;
    let (from, count) = (cursor::offset(desk, "findings")?, limit(&desk.look, LINES_MAX, LINES_MAX)?);
    let part = cursor::part(desk, "findings", &table, from, count)?;
    answer::part(desk, "findings", vec![("period".to_string(), period)], part)
}

pub(crate) fn sensors(desk: &Desk) -> Result<Response, Fault> {
    let About { selection, meta } = about(desk)?;
    answer::table(desk, "sensors", meta, |session| Ok(books::sensors(session, &selection)?))
}

pub(crate) fn accounts(desk: &Desk) -> Result<Response, Fault> {
    answer::table(desk, "accounts", Vec::new(), |session| Ok(books::accounts(session)?))
}

pub(crate) fn sql(desk: &Desk) -> Result<Response, Fault> {
    let statement = desk.look.q.clone();
    let statement =
        statement.ok_or_else(|| Fault::parameter("q", "`q` is the statement: write q=SHOW+TABLES"))?;
    let meta = vec![("sql".to_string(), statement.clone())];
    if answer::wanted(&desk.look)? == Wanted::Statements {
        return answer::table(desk, "sql", meta, |session| Ok(session.sql(&statement)?));
    }
    let (from, count) = (cursor::offset(desk, "sql")?, limit(&desk.look, ROWS_MAX, ROWS_MAX)?);
    let rows =
        desk.once(&format!("sql {} {statement}", desk.now.0), |session| Ok(session.sql(&statement)?))?;
    answer::part(desk, "sql", meta, cursor::checked_part(desk, "sql", &rows, from, count)?)
}

pub(crate) fn lookup(desk: &Desk) -> Result<Response, Fault> {
    let text = desk.look.q.clone().unwrap_or_default();
    let words: Vec<&str> = text.split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > LOOKED_UP_MAX {
        let said = format!(
            "`q` has 1 to {LOOKED_UP_MAX} addresses, parted by spaces or commas, not {}",
            words.len()
        );
        return Err(Fault::parameter("q", said));
    }
    let addresses = words.iter().map(|word| {
        word.parse::<IpAddr>().map_err(|_| {
            Fault::parameter("q", format!("`{word}` is no address: write 192.0.2.1 or 2001:db8::1"))
        })
    });
    looked_up(desk, addresses.collect::<Result<Vec<IpAddr>, Fault>>()?)
}

/// The same for the addresses of a body: a line each, bare or as JSON.
pub(crate) fn bulk(desk: &Desk, body: &[u8]) -> Result<Response, Fault> {
    looked_up(desk, addresses(body)?)
}

/// The addresses of a body.
fn addresses(body: &[u8]) -> Result<Vec<IpAddr>, Fault> {
    let wrong = |said: String| Fault::parameter("body", said);
    let text = std::str::from_utf8(body)
        .map_err(|_| wrong("the body is no text: write an address a line".into()))?;
    let lines = || {
        text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty())
    };
    let count = lines().count();
    if count == 0 || count > BULK_MAX {
        let kind = if count > BULK_MAX { Kind::TooLarge } else { Kind::Parameter };
        return Err(Fault {
            kind,
            ..wrong(format!("the body has 1 to {BULK_MAX} addresses, a line each, not {count}"))
        });
    }
    lines()
        .map(|(at, line)| {
            let bare: Option<IpAddr> = line.parse().ok();
            let read = || serde_json::from_str::<serde_json::Value>(line).ok();
            let said = || {
                let value = read()?;
                value.as_str().or_else(|| value.get("address")?.as_str())?.parse().ok()
            };
            bare.or_else(said).ok_or_else(|| {
                wrong(format!(
                    "line {at} of the body is no address: write 192.0.2.1 or {{\"address\":\"2001:db8::1\"}}"
                ))
            })
        })
        .collect()
}

fn looked_up(desk: &Desk, addresses: Vec<IpAddr>) -> Result<Response, Fault> {
    let atlas = desk.portal.atlas()?;
    let last = desk.span()?.map_or(desk.now.0, |(_, last)| last);
    let langs = [desk.reader.lang()];
    let services = &desk.portal.services;
    let day = Day::of(Timestamp(last));
    let library = Library::open(&desk.portal.settings.data).map_err(|error| Fault::internal(&error))?;
    let names = Names::load(&library, day).map_err(|error| Fault::internal(&error))?;
    let lookup = Lookup { services, atlas: &atlas, names: &names, day, langs: &langs };
    let mut table = lookup.table();
    for address in addresses {
        table.push(lookup.row(Thing::Address(address))?);
    }
    answer::table(desk, "lookup", Vec::new(), |_| Ok(table.clone()))
}

pub(crate) fn fields(desk: &Desk) -> Result<Response, Fault> {
    let mut table = Table::new(&[("field", ""), ("type", ""), ("doc", "")]);
    for field in filter_fields::fields() {
        table.push(vec![field.name.into(), Value::Text(field.kind.to_string()), field.doc.into()]);
    }
    answer::table(desk, "fields", Vec::new(), |_| Ok(table.clone()))
}

/// Whether a filter can be read, and what can be typed at the cursor, which `skip` gives in bytes.
pub(crate) fn check(desk: &Desk) -> Result<Response, Fault> {
    let text = desk.look.filter();
    let cursor = if desk.look.skip > 0 { desk.look.skip } else { text.len() };
    let offered: Vec<serde_json::Value> = complete::complete(text, cursor)
        .into_iter()
        .map(|offer| {
            json!({"start": offer.replaced.start, "end": offer.replaced.end, "text": offer.text, "doc": offer.doc})
        })
        .collect();
    let mut body = json!({"filter": text, "completions": offered, "ok": true});
    if !text.trim().is_empty() {
        match teiten_ask::doubt::read(text).map_err(Fault::from) {
            Ok(filter) => body["canonical"] = json!(filter.to_string()),
            Err(fault) => {
                body["ok"] = json!(false);
                body["message"] = json!(fault.detail);
                body["hint"] = json!(fault.hint);
                if let Some((start, end)) = fault.span {
                    (body["start"], body["end"]) = (json!(start), json!(end));
                }
            }
        }
    }
    Ok(([(CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response())
}

pub(crate) fn status(desk: &Desk) -> Result<Response, Fault> {
    let snapshot = desk.session.snapshot();
    let mut table = Table::new(&[("snapshot", ""), ("published", ""), ("first", ""), ("last", "")]);
    let span = desk.span()?;
    let end = |pick: fn((i64, i64)) -> i64| span.map_or(Value::Null, |span| Value::Time(pick(span)));
    table.push(vec![
        Value::Int(i64::try_from(snapshot.number).unwrap_or(i64::MAX)),
        Value::Time(snapshot.published_us),
        end(|span| span.0),
        end(|span| span.1),
    ]);
    answer::table(desk, "status", Vec::new(), |_| Ok(table.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_body_are_lines_bare_or_as_json() {
        let body = "192.0.2.1\r\n\n \"2001:db8::1\"\n{\"address\": \"198.51.100.7\", \"why\": 1}\n";
        let read: Vec<String> =
            addresses(body.as_bytes()).expect("three").iter().map(ToString::to_string).collect();
        assert_eq!(read, ["192.0.2.1", "2001:db8::1", "198.51.100.7"]);
        for (body, said) in [
            (&b""[..], "1 to 100000 addresses"),
            (b"\xff", "no text"),
            (b"192.0.2.1\n{\"address\":7}", "line 2"),
            (b"192.0.2.1, 192.0.2.2", "line 1"),
        ] {
            assert!(addresses(body).unwrap_err().detail.contains(said), "{said}");
        }
        let many = "192.0.2.1\n".repeat(BULK_MAX + 1);
        assert_eq!(addresses(many.as_bytes()).unwrap_err().kind, Kind::TooLarge);
    }
}
