//! Whose answers arrived: backscatter by victim and attacked protocol (rules D55-D59, D63, D68, D71, D85).
//!
//! Somebody sends packets to a victim with forged sources, some of them ours; the victim's answers come to us.
//! A SYN+ACK, a RST or an ICMP answer comes from the victim itself. An ICMP error may come from any router on
//! the way: its victim is the destination of the packet it quotes. UDP answers tell of no attack on their
//! source (D55), so they are not counted here.
//!
//! An error whose quoted source is not the address it came to is forged or translated on the way: it counts as
//! a mismatch only (D59, D86), and a victim with nothing else is left out.
//!
//! **Invariant:** victims ascend by address, then attacked protocol.

use teiten_model::class::Class;
use teiten_model::day::VictimDay;
use teiten_model::protocols;

use super::count::{distinct, keep_most, top};
use super::pace::{MINUTE_US, busiest_minute, most_distinct};
use super::row::{Quote, Row};
use super::settled::Settled;

/// Victims of a day: those with the most packets.
pub const VICTIMS_MAX: usize = 200_000;
/// Attacked and forged ports of a victim that are told apart.
pub const VICTIM_PORTS_MAX: i64 = 1_000;
/// Answers of a victim that are told apart.
pub const ANSWERS_MAX: i64 = 10_000;
/// Span within which sensors are near to each other in time (rule D68).
const NEAR_US: i64 = 10 * MINUTE_US;

const TCP: i16 = protocols::TCP as i16;
const UDP: i16 = protocols::UDP as i16;
const ICMP: i16 = protocols::ICMP as i16;
const ICMP6: i16 = protocols::ICMPV6 as i16;
/// Types of ICMP answers that are no errors: echo, timestamp, information and mask.
const REPLIES: [i16; 4] = [0, 14, 16, 18];
/// From here on types of ICMPv6 are no errors.
const ICMP6_INFORMATIONAL: i16 = 128;

/// One answer, as it tells of an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    victim: u32,
    ip_proto: i16,
    ts: i64,
    source: u32,
    destination: u32,
    sensor: u32,
    /// Attacked port.
    port: i32,
    /// Forged source port.
    forged: i32,
    acknowledged: i64,
    kind: Kind,
    bytes: u32,
    packets: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    SynAck,
    OtherAnswer,
    Error,
    Mismatch,
}

/// The victims of a day, and how many were beyond the bound.
pub(super) fn victims(day: &Settled) -> (Vec<VictimDay>, i64) {
    let mut answers: Vec<Answer> = day.rows.iter().filter_map(Answer::of_row).collect();
    answers.extend(day.quotes.iter().map(Answer::of_quote));
    answers.sort_unstable();
    let same = answers.chunk_by(|one, other| (one.victim, one.ip_proto) == (other.victim, other.ip_proto));
    let mut victims: Vec<VictimDay> = same.filter_map(|answers| victim(day, answers)).collect();
    let dropped = keep_most(&mut victims, VICTIMS_MAX, |victim| victim.packets);
    (victims, dropped)
}

impl Answer {
    /// What a packet tells that comes from the victim itself and quotes nothing.
    fn of_row(row: &Row) -> Option<Answer> {
        let is_reply = match row.ip_proto {
            ICMP6 => row.icmp_type >= ICMP6_INFORMATIONAL,
            _ => REPLIES.contains(&row.icmp_type),
        };
        let (ip_proto, kind) = match row.class {
            Class::BackscatterTcp if row.is_syn_ack => (TCP, Kind::SynAck),
            Class::BackscatterTcp => (TCP, Kind::OtherAnswer),
            Class::BackscatterIcmp if is_reply => (ICMP, Kind::OtherAnswer),
            _ => return None,
        };
        Some(Answer {
            victim: row.source,
            ip_proto,
            ts: row.ts,
            source: row.source,
            destination: row.destination,
            sensor: row.sensor,
            port: row.src_port,
            forged: row.dst_port,
            acknowledged: if ip_proto == TCP { row.tcp_ack.into() } else { -1 },
            kind,
            bytes: row.bytes,
            packets: row.packets,
        })
    }

    /// What an error tells by the packet it quotes.
    fn of_quote(quote: &Quote) -> Answer {
        Answer {
            victim: quote.victim,
            ip_proto: if quote.ip_proto == ICMP6 { ICMP } else { quote.ip_proto },
            ts: quote.ts,
            source: quote.source,
            destination: quote.destination,
            sensor: quote.sensor,
            port: quote.dst_port,
            forged: quote.src_port,
            acknowledged: -1,
            kind: if quote.fits { Kind::Error } else { Kind::Mismatch },
            bytes: quote.bytes,
            packets: quote.packets,
        }
    }

    fn weight(&self) -> i64 {
        self.packets.into()
    }
}

/// The facts of a victim, whose answers ascend in time; `None` when no answer fits.
fn victim(day: &Settled, answers: &[Answer]) -> Option<VictimDay> {
    let fitting = || answers.iter().filter(|answer| answer.kind != Kind::Mismatch);
    let packets = |is_meant: &dyn Fn(&Answer) -> bool| -> i64 {
        answers.iter().filter(|answer| is_meant(answer)).map(Answer::weight).sum()
    };
    let (first, last) = (fitting().next()?, fitting().next_back()?);
    let (src, src6) = day.columns(first.victim);
    let is_seen = fitting().any(|answer| answer.source == answer.victim);
    let is_error = |answer: &Answer| answer.kind == Kind::Error;
    let ports = || fitting().filter(|answer| answer.port >= 0);
    let (port, port_packets) = top(ports().map(|answer| (answer.port, answer.weight())));
    let is_attacked_port = port_packets > 0;
    Some(VictimDay {
        at: day.at,
        src,
        src6,
        src_country: if is_seen { day.country(first.victim).into() } else { String::new() },
        src_asn: if is_seen { day.asn(first.victim) } else { -1 },
        ip_proto: first.ip_proto.into(),
        first: first.ts,
        last: last.ts,
        packets: packets(&|answer| answer.kind != Kind::Mismatch),
        bytes: fitting().map(|answer| i64::from(answer.bytes)).sum(),
        minute: busiest_minute(fitting().map(|answer| (answer.ts, answer.weight())), day.at),
        sensors: distinct(fitting().map(|answer| answer.sensor)),
        near_sensors: most_distinct(fitting().map(|answer| (answer.ts, answer.sensor)), NEAR_US),
        addresses: distinct(fitting().map(|answer| answer.destination)),
        src_port: if is_attacked_port { port.into() } else { -1 },
        port_packets,
        ports: distinct(ports().map(|answer| answer.port)).min(VICTIM_PORTS_MAX),
        forged_ports: distinct(fitting().map(|answer| answer.forged).filter(|port| *port >= 0))
            .min(VICTIM_PORTS_MAX),
        syn_acks: packets(&|answer| answer.kind == Kind::SynAck),
        answers: distinct(fitting().map(|answer| (answer.destination, answer.forged, answer.acknowledged)))
            .min(ANSWERS_MAX),
        errors: packets(&is_error),
        routers: packets(&|answer| is_error(answer) && answer.source != answer.victim),
        errors_dns: packets(&|answer| is_error(answer) && answer.ip_proto == UDP && answer.port == 53),
        mismatches: packets(&|answer| answer.kind == Kind::Mismatch),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::observe::sample::{facts, table};

    fn check(lines: &[&str], columns: &[&str], expected: Expect) {
        expected.assert_eq(&table(&facts(lines).victims, columns));
    }

    #[test]
    fn tcp_answers_tell_of_their_source_and_its_port() {
        check(
            &[
                "1 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1025 SA ack=7 | country=JP asn=64500",
                "2 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1025 SA ack=7 | country=JP asn=64500",
                "3 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1026 RA ack=7 | country=JP asn=64500",
                "602 osaka tcp 9.0.0.1:443 > 203.0.114.9:1026 SA | country=JP asn=64500",
                "603 nara tcp 9.0.0.1:443 > 203.0.115.9:1026 R | country=JP asn=64500 packets=2",
                "4 tokyo tcp [2001:db8::7]:80 > [2001:db8:1::9]:1025 SA",
                "5 tokyo udp 9.0.0.1:53 > 203.0.113.9:40000 dnsid=3fa2 dnsflags=8183 qname=a.example.com",
            ],
            &[
                "src",
                "src6",
                "src_country",
                "src_asn",
                "ip_proto",
                "first",
                "last",
                "packets",
                "minute",
                "sensors",
                "near_sensors",
                "addresses",
                "src_port",
                "port_packets",
                "ports",
                "forged_ports",
                "syn_acks",
                "answers",
            ],
            expect![[r#"
                src | src6 | src_country | src_asn | ip_proto | first | last | packets | minute | sensors | near_sensors | addresses | src_port | port_packets | ports | forged_ports | syn_acks | answers
                - | 2001:db8::7 | - | - | 6 | 4s | 4s | 1 | 1 | 1 | 1 | 1 | 80 | 1 | 1 | 1 | 1 | 1
                9.0.0.1 | - | JP | 64500 | 6 | 1s | 603s | 6 | 3 | 3 | 2 | 3 | 80 | 3 | 2 | 2 | 3 | 4
            "#]],
        );
    }

    #[test]
    fn errors_tell_of_the_quoted_destination() {
        let quote = "quote_src=203.0.113.9 quote_dst=9.0.0.1";
        let lines = [
            format!(
                "1 tokyo icmp 9.0.0.1 > 203.0.113.9 3/3 | {quote} quote_proto=17 quote_ports=4000>53 country=JP"
            ),
            format!(
                "2 tokyo icmp 9.9.9.9 > 203.0.113.9 11/0 | {quote} quote_proto=17 quote_ports=4001>80 country=US"
            ),
            format!(
                "3 tokyo icmp 9.9.9.9 > 203.0.113.9 11/0 | {quote} quote_proto=6 quote_ports=4001>80 country=US"
            ),
            format!("4 tokyo icmp 9.9.9.9 > 203.0.113.8 11/0 | {quote} quote_proto=17 quote_ports=4001>80"),
            format!("5 tokyo icmp 9.9.9.9 > 10.0.0.5 11/0 public=203.0.113.9 | {quote} quote_proto=1"),
            "6 tokyo icmp 9.9.9.9 > 203.0.113.9 11/0".to_string(),
            "7 tokyo icmp 9.9.9.9 > 203.0.113.9 3/3 | quote_src=9.1.1.1 quote_dst=9.0.0.2 quote_proto=6"
                .to_string(),
            "8 tokyo icmp 9.0.0.3 > 203.0.113.9 0/0".to_string(),
            "9 tokyo icmp6 2001:db8::7 > 2001:db8:1::9 129/0".to_string(),
        ];
        check(
            &lines.each_ref().map(String::as_str),
            &[
                "src",
                "src6",
                "src_country",
                "ip_proto",
                "packets",
                "src_port",
                "forged_ports",
                "errors",
                "routers",
                "errors_dns",
                "mismatches",
            ],
            expect![[r#"
                src | src6 | src_country | ip_proto | packets | src_port | forged_ports | errors | routers | errors_dns | mismatches
                - | 2001:db8::7 | - | 1 | 1 | - | 0 | 0 | 0 | 0 | 0
                9.0.0.1 | - | - | 1 | 1 | - | 0 | 1 | 1 | 0 | 0
                9.0.0.1 | - | - | 6 | 1 | 80 | 1 | 1 | 1 | 0 | 0
                9.0.0.1 | - | JP | 17 | 2 | 53 | 2 | 2 | 1 | 1 | 1
                9.0.0.3 | - | - | 1 | 1 | - | 0 | 0 | 0 | 0 | 0
            "#]],
        );
    }
}
