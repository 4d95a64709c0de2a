//! The heaviest and the broadest sources of requests (rules D97, D98).
//!
//! Three lists are joined: the sources with the most packets, those that reached the most addresses, and those
//! that tried the most ports. A source stands once, with all three numbers.
//!
//! **Invariant:** sources ascend by address.

use teiten_model::day::SourceDay;

use super::count::distinct;
use super::marks::Marks;
use super::row::{Row, requests};
use super::settled::Settled;

/// Sources of each of the three lists.
pub const SOURCES_MAX: usize = 500;
/// Ports of a source that are told apart.
pub const SOURCE_PORTS_MAX: i64 = 100_000;

/// What decides whether a source is among the first.
#[derive(Debug, Clone, Copy)]
struct Candidate<'d> {
    packets: i64,
    addresses: i64,
    ports: i64,
    rows: &'d [Row],
}

/// The first sources of a day.
pub(super) fn sources(day: &Settled) -> Vec<SourceDay> {
    let candidates: Vec<Candidate<'_>> = day.by_source().filter_map(candidate).collect();
    let mut chosen = vec![false; candidates.len()];
    for number in
        [|it: &Candidate<'_>| it.packets, |it: &Candidate<'_>| it.addresses, |it: &Candidate<'_>| it.ports]
    {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by_key(|place| std::cmp::Reverse(number(&candidates[*place])));
        order.iter().take(SOURCES_MAX).for_each(|place| chosen[*place] = true);
    }
    let chosen = candidates.iter().zip(chosen).filter(|(_, is_chosen)| *is_chosen);
    chosen.map(|(candidate, _)| fact(day, candidate)).collect()
}

/// The numbers of a source; `None` when it only answered.
fn candidate(rows: &[Row]) -> Option<Candidate<'_>> {
    let packets = requests(rows).map(Row::weight).sum();
    let (addresses, ports) = match rows {
        [_] => (1, 1),
        _ => (
            distinct(requests(rows).map(|row| row.destination)),
            distinct(requests(rows).map(|row| (row.ip_proto, row.port()))),
        ),
    };
    (packets > 0).then_some(Candidate { packets, addresses, ports, rows })
}

fn fact(day: &Settled, candidate: &Candidate<'_>) -> SourceDay {
    let rows = candidate.rows;
    let source = rows[0].source;
    let (src, src6) = day.columns(source);
    let marks = Marks::of_all(requests(rows));
    SourceDay {
        at: day.at,
        src,
        src6,
        src_country: day.country(source).into(),
        src_asn: day.asn(source),
        actor: day.actor(source).into(),
        tags: marks.tool(candidate.packets).into(),
        packets: candidate.packets,
        addresses: candidate.addresses,
        sensors: distinct(requests(rows).map(|row| row.sensor)),
        regions: distinct(requests(rows).map(|row| day.group(row.sensor))),
        ports: candidate.ports.min(SOURCE_PORTS_MAX),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::SOURCES_MAX;
    use crate::observe::sample::{facts, table};

    const COLUMNS: [&str; 8] =
        ["src", "src_country", "actor", "packets", "addresses", "sensors", "regions", "ports"];

    #[test]
    fn a_source_is_counted_by_its_requests() {
        let facts = facts(&[
            "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S | country=JP actor=Census packets=7",
            "2 tokyo-2 tcp 9.0.0.1:1025 > 203.0.113.8:23 S | country=JP",
            "3 osaka udp 9.0.0.1:1025 > 203.0.114.8:23 payload=00",
            "4 osaka tcp 9.0.0.1:80 > 203.0.114.7:1025 SA",
            "5 osaka tcp 9.0.0.2:80 > 203.0.114.7:1025 SA",
        ]);
        expect![[r#"
            src | src_country | actor | packets | addresses | sensors | regions | ports
            9.0.0.1 | JP | Census | 9 | 3 | 3 | 2 | 2
        "#]]
        .assert_eq(&table(&facts.sources, &COLUMNS));
    }

    #[test]
    fn the_first_by_packets_addresses_and_ports_are_joined() {
        let mut lines = vec![
            "1 tokyo tcp 10.9.0.1:1 > 203.0.113.9:1 S".to_string(),
            "1 tokyo tcp 10.9.0.2:1 > 203.0.113.9:1 S | packets=9".to_string(),
        ];
        for number in 1..=2 {
            lines.push(format!("1 tokyo tcp 10.9.0.3:1 > 203.0.113.{number}:1 S"));
            lines.push(format!("1 tokyo tcp 10.9.0.4:1 > 203.0.113.1:{number} S"));
        }
        lines.extend(
            (0..SOURCES_MAX).map(|number| {
                format!("1 tokyo tcp 9.0.{}.{}:1 > 203.0.113.9:1 S", number / 250, number % 250)
            }),
        );
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let facts = facts(&lines).sources;
        let broad: Vec<_> = facts.iter().filter(|fact| fact.src >= 10 << 24).cloned().collect();
        expect![[r#"
            src | src_country | actor | packets | addresses | sensors | regions | ports
            10.9.0.2 | - | - | 9 | 1 | 1 | 1 | 1
            10.9.0.3 | - | - | 2 | 2 | 1 | 1 | 1
            10.9.0.4 | - | - | 2 | 1 | 1 | 1 | 2
        "#]]
        .assert_eq(&table(&broad, &COLUMNS));
        assert_eq!(facts.len(), SOURCES_MAX + 2);
    }
}
