//! `teiten event`, `resolver`, `backscatter` and `infected`: what was counted of days, as lists.
//!
//! A question first counts the days that are new or changed, so its answer is that of today.

use std::io::Write;
use std::net::IpAddr;

use anyhow::Result;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::Table;
use teiten_query::questions::{books, events, infected, resolvers, victims};
use teiten_query::session::Session;

use super::finding::{Question, asked, nothing};
use crate::args::{Backscatter, Event, Infected, Resolver, SelectionArgs};
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::known::{self, KINDS_EXPLAINED};
use crate::world::World;

/// Lines when one source is asked about.
const LINES_MAX: usize = 100_000;

const EVENT: &str = "\
An event is what one source did to one port, in one class: its packets with pauses of at most 24 hours.
With few addresses a source that goes on may be silent for long (rule D94), so an event's end is known to a day.
Single packets are no event; they are in the table of packets. Mirai's are kept, because its mark cannot be chance.
`tool` is named when every packet of the event has its mark (rule D45).
`shape` is what the source did that day: single, horizontal (many addresses), vertical (many ports), strobe (both).
`rate_low` and `rate_high` bound what the whole Internet would see per second, if targets are drawn evenly: 95 of
100 such counts lie between; below thirty packets, and for what is aimed at few, nothing is told (rule D95).";
const RESOLVER: &str = "\
An open resolver answered a question that carried our address as forged source: with `recursion available` set, and
a result, a missing name or a server failure (rule D81). We asked nothing and send nothing.
`first` and `last` are the first and last answer seen, not the life of the resolver. `src_port` is that of all its
answers: another than 53 tells of a forwarder behind address translation (rule D80).
What is not listed is not closed: it was only not seen.";
const BACKSCATTER: &str = "\
Backscatter is the answer of a victim to packets that carried our addresses as forged sources (rules D55-D59).
The victim of SYN+ACK and RST is who sent them; the victim of an ICMP error is the host it quotes.
`port` is the attacked port with the most packets, `minute` the most packets in six steps of ten seconds.
Errors about packets to 53/UDP (`errors_dns`) tell of forged questions to hosts that are no name servers (rule D71).
`mismatches` quote a source that is not the address they came to; they are counted nowhere else.
Whether it was an attack, and how surely, says `teiten finding list` (detector rsdos).";
const INFECTED: &str = "\
A source at home looks infected when its packets have Mirai's sequence number (mirai), when it sends GRE to addresses
that never asked (gre), or when it tries 445/TCP at three addresses and more with one TCP window (smb).
An address is not a host: it may change owner within a day. Use it to tell the network's operator, with the times.
`reverse_name` is what the network wrote in the DNS, by the imported edition of names; it proves nothing.";

/// `teiten event`.
pub(crate) fn event(world: &World, command: &Event) -> Result<Outcome> {
    let list = |session: &Session, selection: &Selection, interval: &Interval, lines: usize| {
        let addresses = books::addresses(session, interval)?;
        Ok(events::events(session, selection, lines, addresses)?)
    };
    match command {
        Event::Explain => said(EVENT),
        Event::List { selection, top } => answer(world, selection, None, *top, list),
        Event::Show(asked) => answer(world, &asked.selection, Some(asked.source), LINES_MAX, list),
    }
}

/// `teiten resolver`.
pub(crate) fn resolver(world: &World, command: &Resolver) -> Result<Outcome> {
    match command {
        Resolver::Explain => said(RESOLVER),
        Resolver::List { selection, by, top } => {
            answer(world, selection, None, *top, |session, selection, _, lines| {
                Ok(resolvers::resolvers(session, selection, by, lines)?)
            })
        }
        Resolver::Show(asked) => {
            answer(world, &asked.selection, Some(asked.source), LINES_MAX, |session, selection, _, lines| {
                Ok(resolvers::days(session, selection, lines)?)
            })
        }
    }
}

/// `teiten backscatter`.
pub(crate) fn backscatter(world: &World, command: &Backscatter) -> Result<Outcome> {
    match command {
        Backscatter::Explain => said(&format!("{BACKSCATTER}\n{KINDS_EXPLAINED}")),
        Backscatter::List { selection, min_packets, top } => {
            answer(world, selection, None, *top, |session, selection, _, lines| {
                let mut table = victims::victims(session, selection, *min_packets, lines)?;
                known::add_kinds(world, &mut table)?;
                Ok(table)
            })
        }
        Backscatter::Show(asked) => {
            answer(world, &asked.selection, Some(asked.source), LINES_MAX, |session, selection, _, lines| {
                let mut table = victims::days(session, selection, lines)?;
                known::add_kinds(world, &mut table)?;
                Ok(table)
            })
        }
    }
}

/// `teiten infected`.
pub(crate) fn infected(world: &World, command: &Infected) -> Result<Outcome> {
    let home = || {
        let no_home = "no country is at home: set `home` in the configuration, or TEITEN__HOME=JP";
        world.config.home.clone().ok_or_else(|| Usage(no_home.to_string()))
    };
    match command {
        Infected::Explain => said(INFECTED),
        Infected::List(selection) => {
            let home = home()?;
            answer(world, selection, None, LINES_MAX, |session, selection, interval, _| {
                Ok(infected::table(session, selection, &home, interval)?)
            })
        }
        Infected::Show(selection) => {
            let home = home()?;
            answer(world, selection, None, LINES_MAX, |session, selection, interval, _| {
                let mut table = infected::sources(session, selection, &home, interval)?;
                known::add_names(world, &mut table, Day::of(Timestamp(interval.end.0 - 1)))?;
                Ok(table)
            })
        }
    }
}

fn said(text: &str) -> Result<Outcome> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(Outcome::default())
}

/// Counts the days of the period, asks, prints.
fn answer(
    world: &World,
    args: &SelectionArgs,
    source: Option<IpAddr>,
    lines: usize,
    ask: impl FnOnce(&Session, &Selection, &Interval, usize) -> Result<Table>,
) -> Result<Outcome> {
    let Some(Question { mut selection, session, interval, mut notes }) = asked(world, args)? else {
        return Ok(nothing(world));
    };
    let session = judge::count(world, session.store(), interval)?;
    if let Some(source) = source {
        let field = if source.is_ipv4() { "ip.src" } else { "ipv6.src" };
        let own = format!("{field} == {source}");
        selection.filter = Some(match &selection.filter {
            Some(filter) => format!("({filter}) && {own}"),
            None => own,
        });
    }
    let table = ask(&session, &selection, &interval, lines)?;
    world.print(&table)?;
    if table.rows.len() == lines {
        notes.push(format!("the first {lines} lines; --top asks for more"));
    }
    Ok(Outcome { notes, ..Outcome::default() })
}
