//! Sources that do the same: one tool, one set of ports (rule D100).
//!
//! A botnet's sources all try the same ports. Sets of up to eight ports are told; sources with more are one
//! group of `many` for each tool, because no two sets of hundreds are equal. The TCP window is told where all
//! of a group have one; it does not part groups, because many tools draw one for each source.
//!
//! **Invariant:** each source with a request is in one group; groups ascend by tool and ports.

use teiten_model::day::GroupDay;
use teiten_model::protocols::port_label;

use super::count::{distinct, keep_most, top};
use super::interner::Interner;
use super::marks::Marks;
use super::row::{Row, requests};
use super::settled::Settled;

/// Groups of a day: those with the most sources.
pub const GROUPS_MAX: usize = 2_000;
/// Sources from which on a group is one.
const SOURCES_MIN: usize = 3;
/// Ports of a set that are told.
const PORTS_MAX: usize = 8;

/// What the sources of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Manner {
    tool: &'static str,
    ports: Ports,
}

/// A set of ports, ascending by port and protocol; `None` when there are too many to be told.
type Ports = Option<([(i32, i16); PORTS_MAX], usize)>;

/// A source and what it sent.
#[derive(Debug, Clone, Copy)]
struct Member<'d> {
    /// Number of its manner.
    manner: u32,
    source: u32,
    packets: i64,
    /// TCP window; -1 when it varies or there is none.
    window: i32,
    rows: &'d [Row],
}

/// The groups of a day, and how many were beyond the bound.
pub(super) fn groups(day: &Settled) -> (Vec<GroupDay>, i64) {
    let mut manners = Interner::<Manner>::default();
    let mut members: Vec<Member<'_>> =
        day.by_source().filter_map(|rows| member(rows, &mut manners)).collect();
    members.sort_by_key(|member| member.manner);
    let same = members.chunk_by(|one, other| one.manner == other.manner);
    let same = same.filter(|members| members.len() >= SOURCES_MIN);
    let mut groups: Vec<GroupDay> =
        same.map(|members| group(day, members, manners.thing(members[0].manner))).collect();
    groups.sort_by(|one, other| key(one).cmp(&key(other)));
    let dropped = keep_most(&mut groups, GROUPS_MAX, |group| group.sources);
    (groups, dropped)
}

fn key(group: &GroupDay) -> (&str, &str) {
    (&group.tags, &group.ports)
}

/// A source with its manner; `None` when it only answered.
fn member<'d>(rows: &'d [Row], manners: &mut Interner<Manner>) -> Option<Member<'d>> {
    let source = requests(rows).next()?.source;
    let packets = requests(rows).map(Row::weight).sum();
    let marks = Marks::of_all(requests(rows));
    let mut windows = requests(rows).map(|row| row.tcp_window).filter(|window| *window >= 0);
    let first = windows.next().unwrap_or(-1);
    let window = if windows.all(|window| window == first) { first } else { -1 };
    let manner = Manner { tool: marks.tool(packets), ports: ports(rows) };
    Some(Member { manner: manners.number(&manner), source, packets, window, rows })
}

fn ports(rows: &[Row]) -> Ports {
    let (mut set, mut length) = ([(0, 0); PORTS_MAX], 0);
    for row in requests(rows) {
        let port = (row.port(), row.ip_proto);
        if let Err(place) = set[..length].binary_search(&port) {
            if length == PORTS_MAX {
                return None;
            }
            set.copy_within(place..length, place + 1);
            set[place] = port;
            length += 1;
        }
    }
    Some((set, length))
}

/// A set of ports in words.
fn text(ports: Ports) -> String {
    let Some((set, length)) = ports else { return "many".into() };
    let words = set[..length].iter().map(|(port, proto)| {
        let port = Some(i64::from(*port)).filter(|port| *port >= 0);
        port_label(Some((*proto).into()), port).to_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn group(day: &Settled, members: &[Member<'_>], manner: &Manner) -> GroupDay {
    let rows = || members.iter().flat_map(|member| requests(member.rows));
    let sources = || members.iter().map(|member| member.source);
    let countries = || sources().map(|source| day.country_number(source)).filter(|number| *number > 0);
    let window = members[0].window;
    let is_one = members.iter().all(|member| member.window == window);
    let (country, country_sources) = top(countries().map(|country| (country, 1)));
    GroupDay {
        at: day.at,
        tags: manner.tool.into(),
        ports: text(manner.ports),
        tcp_window: if is_one { window.into() } else { -1 },
        packets: members.iter().map(|member| member.packets).sum(),
        sources: members.len() as i64,
        sensors: distinct(rows().map(|row| row.sensor)),
        asns: distinct(sources().map(|source| day.asn(source)).filter(|asn| *asn >= 0)),
        country: day.word(country).into(),
        country_sources,
        countries: distinct(countries()),
        sketch: day.sketch(sources()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::observe::sample::{facts, table};

    #[test]
    fn three_sources_of_one_manner_are_a_group() {
        let mut lines = Vec::new();
        for source in 1..=3 {
            let from = |kind: u32, port: u32| format!("1 tokyo tcp 9.0.{kind}.{source}:{port} > 203.0.113.9");
            let country = if source < 3 { "country=BR asn=64500" } else { "country=VN" };
            lines.push(format!("{}:2323 S win=14600 seq=3405803785 | {country}", from(1, 1025)));
            lines.push(format!("{}:23 S win=14600 seq=3405803785 | {country} packets=2", from(1, 1026)));
            lines.push(format!("{}:23 SA | {country}", from(1, 1026)));
            // Two windows; no TCP; ICMP of both versions; too many ports.
            lines.push(format!("{}:80 S win={source}", from(2, 1025)));
            lines.push(format!("{}:80 S win=9{source}", from(2, 1025)));
            lines.push(format!("1 osaka udp 9.0.3.{source}:1 > 203.0.113.9:53 payload=00"));
            lines.push(format!("1 osaka icmp 9.0.3.{source} > 203.0.113.9 8/0"));
            lines.push(format!("1 osaka icmp6 2001:db8::{source} > 2001:db8:1::9 128/0"));
            lines.extend((1..=9).map(|port| format!("{}:{port} S win=1", from(4, 1025))));
            lines.extend((1..=8).map(|port| format!("{}:{port} S win=1", from(5, 1025))));
            // Only two sources alike.
            lines.push(format!("{}:{} S win=1", from(6, 1025), 23 + source / 3));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let columns = [
            "tags",
            "ports",
            "tcp_window",
            "packets",
            "sources",
            "sensors",
            "asns",
            "country",
            "country_sources",
            "countries",
        ];
        expect![[r#"
            tags | ports | tcp_window | packets | sources | sensors | asns | country | country_sources | countries
            - | 1/tcp 2/tcp 3/tcp 4/tcp 5/tcp 6/tcp 7/tcp 8/tcp | 1 | 24 | 3 | 1 | 0 | - | 0 | 0
            - | 128/icmpv6 | - | 3 | 3 | 1 | 0 | - | 0 | 0
            - | 8/icmp 53/udp | - | 6 | 3 | 1 | 0 | - | 0 | 0
            - | 80/tcp | - | 6 | 3 | 1 | 0 | - | 0 | 0
            - | many | 1 | 27 | 3 | 1 | 0 | - | 0 | 0
            mirai | 23/tcp 2323/tcp | 14600 | 9 | 3 | 1 | 1 | BR | 2 | 2
        "#]].assert_eq(&table(&facts(&lines).groups, &columns));
    }
}
