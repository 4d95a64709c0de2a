//! Who tried what: the events of a day (rules D11, D40, D42, D45, D90, D91).
//!
//! An event is what one source sent of one protocol, port and class. Most sources send a single packet to a
//! port; those stay in the table of packets, but for Mirai's form, of which each packet tells.
//!
//! Packets whose source cannot have sent them (spoofed) and those that could not be read make no event.
//!
//! **Invariant:** events ascend by source, protocol, port and class.

use teiten_model::class::Class;
use teiten_model::day::Event;

use super::count::{distinct, keep_most, only};
use super::marks::Marks;
use super::pace::busiest_minute;
use super::pairs;
use super::row::{Row, requests};
use super::settled::Settled;

/// Events of a day: those with the most packets.
pub const EVENTS_MAX: usize = 500_000;
/// Packets from which on an event is kept that is not Mirai's.
const PACKETS_MIN: i64 = 2;
/// Ports of the other side that are told apart.
pub const PEERS_MAX: i64 = 1_000;
/// Ports from which on a source tries many: fewer may be one service, as 23/TCP and 2323/TCP are.
const MANY_PORTS: i64 = 3;

/// The events of a day, and how many were beyond the bound.
pub(super) fn events(day: &Settled) -> (Vec<Event>, i64) {
    let mut events = Vec::new();
    for rows in day.by_source() {
        if rows.len() == 1 && rows[0].weight() < PACKETS_MIN && !rows[0].marks.is_mirai() {
            continue;
        }
        let shape = shape(rows);
        let mut order: Vec<&Row> = rows.iter().filter(|row| is_told(row.class)).collect();
        order.sort_by_key(|row| key(row));
        for rows in order.chunk_by(|one, other| key(one) == key(other)) {
            events.extend(event(day, rows, shape));
        }
    }
    let dropped = keep_most(&mut events, EVENTS_MAX, |event| event.packets);
    (events, dropped)
}

fn key(row: &Row) -> (i16, i32, Class) {
    (row.ip_proto, row.port(), row.class)
}

fn is_told(class: Class) -> bool {
    !matches!(class, Class::Unparsed | Class::NotIp | Class::Spoofed)
}

/// What a source did that day, from its requests; empty when it only answered.
fn shape(rows: &[Row]) -> &'static str {
    let addresses = distinct(requests(rows).map(|row| row.destination));
    let ports = distinct(requests(rows).map(|row| (row.ip_proto, row.port())));
    match (addresses, ports < MANY_PORTS) {
        (0, _) => "",
        (1, true) => "single",
        (1, false) => "vertical",
        (_, true) => "horizontal",
        (_, false) => "strobe",
    }
}

/// The event of these rows, which ascend in time; `None` when they are too few.
fn event(day: &Settled, rows: &[&Row], shape: &str) -> Option<Event> {
    let each = || rows.iter().copied();
    let (first, last) = (rows.first()?, rows.last()?);
    let marks = Marks::of_all(each());
    let packets = each().map(Row::weight).sum();
    if packets < PACKETS_MIN && !marks.is_mirai() {
        return None;
    }
    let (src, src6) = day.columns(first.source);
    let (dst_port, src_port, icmp_type) = ports(rows);
    Some(Event {
        at: day.at,
        src,
        src6,
        src_country: day.country(first.source).into(),
        src_asn: day.asn(first.source),
        ip_proto: first.ip_proto.into(),
        dst_port,
        src_port,
        icmp_type,
        class: first.class.name().into(),
        tags: pairs::tool(day, rows, marks.tool(packets)).into(),
        actor: day.actor(first.source).into(),
        shape: if first.is_request() { shape } else { "" }.into(),
        first: first.ts,
        last: last.ts,
        packets,
        bytes: each().map(|row| i64::from(row.bytes)).sum(),
        addresses: distinct(each().map(|row| row.destination)),
        sensors: distinct(each().map(|row| row.sensor)),
        peers: distinct(each().map(Row::peer).filter(|port| *port >= 0)).min(PEERS_MAX),
        tcp_window: only(each().map(|row| row.tcp_window.into())),
        tcp_seq: only(each().map(Row::sequence)),
        minute: busiest_minute(each().map(|row| (row.ts, row.weight())), day.at),
    })
}

/// Destination port, source port and ICMP type of an event.
fn ports(rows: &[&Row]) -> (i64, i64, i64) {
    let each = || rows.iter();
    match rows[0].class {
        Class::IcmpRequest | Class::BackscatterIcmp => (-1, -1, rows[0].icmp_type.into()),
        _ => (only(each().map(|row| row.dst_port.into())), only(each().map(|row| row.src_port.into())), -1),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::observe::sample::{facts, table};

    fn check(lines: &[&str], columns: &[&str], expected: Expect) {
        expected.assert_eq(&table(&facts(lines).events, columns));
    }

    #[test]
    fn an_event_is_a_source_a_port_and_a_class() {
        check(
            &[
                "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:22 S win=1024",
                "2 tokyo tcp 9.0.0.1:1026 > 203.0.113.8:22 S win=1024",
                "3 osaka tcp 9.0.0.1:1026 > 203.0.114.9:22 S win=1025",
                "4 osaka tcp 9.0.0.1:1026 > 203.0.114.9:22 A",
                "5 osaka tcp 9.0.0.1:1026 > 203.0.114.9:80 S",
                "6 osaka udp 9.0.0.1:1026 > 203.0.114.9:80 payload=00",
                "7 osaka udp 9.0.0.1:1026 > 203.0.114.9:80 payload=00",
                "8 osaka icmp 9.0.0.1 > 203.0.114.9 8/0",
                "9 osaka icmp 9.0.0.1 > 203.0.114.9 8/0",
            ],
            &[
                "src",
                "ip_proto",
                "dst_port",
                "src_port",
                "icmp_type",
                "class",
                "packets",
                "addresses",
                "sensors",
                "peers",
                "tcp_window",
                "shape",
            ],
            expect![[r#"
                src | ip_proto | dst_port | src_port | icmp_type | class | packets | addresses | sensors | peers | tcp_window | shape
                9.0.0.1 | 1 | - | - | 8 | scan-icmp | 2 | 1 | 1 | 0 | - | strobe
                9.0.0.1 | 6 | 22 | - | - | scan-syn | 3 | 3 | 2 | 2 | - | strobe
                9.0.0.1 | 17 | 80 | 1026 | - | udp-unknown | 2 | 1 | 1 | 1 | - | strobe
            "#]],
        );
    }

    #[test]
    fn answers_are_about_their_source_port() {
        check(
            &[
                "1 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1025 SA win=8192 seq=7",
                "2 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1026 RA win=0 seq=7",
                "3 tokyo udp 9.0.0.1:53 > 203.0.113.9:40000 dnsid=3fa2 dnsflags=8183 qname=a.example.com",
                "4 tokyo udp 9.0.0.1:53 > 203.0.113.9:40000 dnsid=3fa2 dnsflags=8183 qname=a.example.com",
                "5 tokyo icmp6 2001:db8::7 > 2001:db8:1::9 129/0",
                "65 tokyo icmp6 2001:db8::7 > 2001:db8:1::9 129/0",
            ],
            &[
                "src",
                "src6",
                "ip_proto",
                "dst_port",
                "src_port",
                "icmp_type",
                "class",
                "peers",
                "tcp_seq",
                "shape",
                "minute",
            ],
            expect![[r#"
                src | src6 | ip_proto | dst_port | src_port | icmp_type | class | peers | tcp_seq | shape | minute
                - | 2001:db8::7 | 58 | - | - | 129 | backscatter-icmp | 0 | - | - | 1
                9.0.0.1 | - | 6 | - | 80 | - | backscatter-tcp | 2 | 7 | - | 2
                9.0.0.1 | - | 17 | 40000 | 53 | - | backscatter-udp | 1 | - | - | 2
            "#]],
        );
    }

    #[test]
    fn single_packets_make_no_event_unless_they_are_of_mirai() {
        check(
            &[
                "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S seq=3405803785",
                "2 tokyo tcp 9.0.0.2:1025 > 203.0.113.9:23 S seq=1",
                "3 tokyo tcp 9.0.0.3:40000 > 203.0.113.9:23 S ipid=54321",
                "4 tokyo tcp 9.0.0.3:40001 > 203.0.113.9:23 S ipid=54321",
                "5 tokyo tcp 9.0.0.4:40000 > 203.0.113.9:23 S ipid=54321",
                "6 tokyo tcp 9.0.0.4:40001 > 203.0.113.9:23 S ipid=54320",
            ],
            &["src", "dst_port", "packets", "tags", "tcp_seq"],
            expect![[r#"
                src | dst_port | packets | tags | tcp_seq
                9.0.0.1 | 23 | 1 | mirai | 3405803785
                9.0.0.3 | 23 | 2 | ipid-54321 | 0
                9.0.0.4 | 23 | 2 | - | 0
            "#]],
        );
    }

    #[test]
    fn the_shape_is_of_the_whole_day_of_a_source() {
        let shape = |targets: &[(u8, u16)]| {
            let mut lines: Vec<String> = Vec::new();
            for (host, port) in targets {
                let line = format!("1 tokyo tcp 9.0.0.1:1025 > 203.0.113.{host}:{port} S");
                lines.extend([line.clone(), line]);
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            facts(&lines).events[0].shape.clone()
        };
        let cases: &[(&[(u8, u16)], &str)] = &[
            (&[(1, 23)], "single"),
            (&[(1, 23), (1, 2323)], "single"),
            (&[(1, 23), (2, 23)], "horizontal"),
            (&[(1, 23), (2, 2323)], "horizontal"),
            (&[(1, 21), (1, 22), (1, 23)], "vertical"),
            (&[(1, 21), (2, 22), (2, 23)], "strobe"),
        ];
        for (targets, expected) in cases {
            assert_eq!(shape(targets), *expected, "{targets:?}");
        }
    }
}
