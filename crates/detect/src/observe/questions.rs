//! DNS questions by kind and name: scans for resolvers and for amplifiers (rules D82-D84).
//!
//! The same question from many sources at many addresses is one survey or one hunt for amplifiers. Which file of
//! a scanner it is from, the signatures say; kinds are tried in the order of [`kind`].
//!
//! **Invariant:** questions ascend by kind, name, type and tool; a name that carries the address it came to is
//! absent.

use teiten_model::day::QuestionDay;

use super::count::{distinct, keep_most};
use super::row::Dns;
use super::settled::Settled;

/// Questions of a day: those that were asked most.
pub const QUESTIONS_MAX: usize = 5_000;
/// Bytes from which on an answer is big.
const BIG_BYTES: i32 = 4_096;

const RECURSION_DESIRED: i32 = 0x0100;
const TXT: i32 = 16;
const DNSKEY: i32 = 48;
const ANY: i32 = 255;
const CHAOS: i32 = 3;
/// Names by which servers tell their version.
const VERSION_NAMES: [&str; 2] = ["version.bind", "version.server"];

/// Kind, number of the name, type and tool.
type Key = (&'static str, u32, i32, &'static str);

/// The questions of a day, and how many were beyond the bound.
pub(super) fn questions(day: &Settled) -> (Vec<QuestionDay>, i64) {
    let asked = day.dns.iter().filter(|dns| !dns.is_answer());
    let mut keyed: Vec<(Key, &Dns)> = asked.map(|dns| (key(day, dns), dns)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    let same = keyed.chunk_by(|one, other| one.0 == other.0);
    let mut questions: Vec<QuestionDay> = same.map(|asked| question(day, asked)).collect();
    let dropped = keep_most(&mut questions, QUESTIONS_MAX, |question| question.packets);
    (questions, dropped)
}

fn key(day: &Settled, dns: &Dns) -> Key {
    let name = day.names[dns.name as usize].as_str();
    let tool = dns.marks.file();
    (kind(dns, name, tool), dns.name, dns.kind, tool)
}

/// What a question is for: the file of a scanner it is from is told first, then what it asks.
fn kind(dns: &Dns, name: &str, tool: &str) -> &'static str {
    let is_version = VERSION_NAMES.contains(&name) && dns.kind == TXT && dns.class == CHAOS;
    let is_large = matches!(dns.kind, TXT | DNSKEY | ANY);
    match dns.flags & RECURSION_DESIRED != 0 {
        _ if !tool.is_empty() => "tool",
        _ if is_version => "version",
        true if is_large => "amplification",
        _ => "other",
    }
}

fn question(day: &Settled, asked: &[(Key, &Dns)]) -> QuestionDay {
    let each = || asked.iter().map(|(_, dns)| *dns);
    let packets = |is_meant: &dyn Fn(&Dns) -> bool| -> i64 {
        each().filter(|dns| is_meant(dns)).map(|dns| i64::from(dns.packets)).sum()
    };
    let (kind, name, dns_type, tool) = asked[0].0;
    QuestionDay {
        at: day.at,
        kind: kind.into(),
        dns_name: day.names[name as usize].clone(),
        dns_type: dns_type.into(),
        tags: tool.into(),
        packets: packets(&|_| true),
        sources: distinct(each().map(|dns| dns.source)),
        sensors: distinct(each().map(|dns| dns.sensor)),
        addresses: distinct(each().map(|dns| dns.destination)),
        big: packets(&|dns| dns.edns_size >= BIG_BYTES),
        encoded: packets(&|dns| dns.is_encoded),
        sketch: day.sketch(each().map(|dns| dns.source)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::observe::sample::{facts, table};

    #[test]
    fn questions_have_a_kind_and_encoded_names_are_hidden() {
        let asked = |second: u32, source: u32, id: &str, flags: &str, question: &str| {
            let from = format!("udp 9.0.0.{source}:4000 > 203.0.113.9:53");
            format!("{second} tokyo {from} dnsid={id} dnsflags={flags} {question}")
        };
        let version = "qname=VERSION.BIND qtype=16 qclass=3";
        let lines = [
            asked(1, 1, "34ef", "0100", version),
            asked(2, 2, "ae0d", "0100", "qname=www.google.com"),
            asked(3, 3, "0006", "0100", version),
            asked(4, 4, "5000", "0120", version),
            asked(5, 5, "1234", "0100", version),
            asked(6, 6, "1234", "0100", "qname=ISC.org qtype=255 | edns=4096 packets=2"),
            asked(7, 7, "1234", "0100", "qname=isc.org qtype=255 | edns=512"),
            asked(8, 7, "1234", "0000", "qname=isc.org qtype=255"),
            asked(9, 8, "1234", "0100", "qname=cb007109.scan.example.com"),
            asked(10, 9, "1234", "0100", "qname=203-0-113-9.scan.example.com"),
            asked(11, 9, "1234", "8180", "qname=isc.org"),
        ];
        let facts = facts(&lines.each_ref().map(String::as_str));
        let columns =
            ["kind", "dns_name", "dns_type", "tags", "packets", "sources", "addresses", "big", "encoded"];
        expect![[r#"
            kind | dns_name | dns_type | tags | packets | sources | addresses | big | encoded
            amplification | isc.org | 255 | - | 3 | 2 | 1 | 2 | 0
            other | - | 1 | - | 2 | 2 | 1 | 0 | 2
            other | isc.org | 255 | - | 1 | 1 | 1 | 0 | 0
            tool | version.bind | 16 | masscan | 1 | 1 | 1 | 0 | 0
            tool | version.bind | 16 | nmap-payload | 1 | 1 | 1 | 0 | 0
            tool | version.bind | 16 | zmap-payload | 1 | 1 | 1 | 0 | 0
            tool | www.google.com | 1 | zmap-payload | 1 | 1 | 1 | 0 | 0
            version | version.bind | 16 | - | 1 | 1 | 1 | 0 | 0
        "#]]
        .assert_eq(&table(&facts.questions, &columns));
    }

    #[test]
    fn a_name_with_the_public_address_is_hidden_too() {
        let facts = facts(&[
            "1 tokyo udp 9.0.0.1:4000 > 10.0.0.5:53 public=203.0.113.9 dnsid=1 dnsflags=0100 qname=203.0.113.9.x.jp",
            "1 tokyo udp 9.0.0.1:4000 > 10.0.0.5:53 public=203.0.113.9 dnsid=1 dnsflags=0100 qname=10-0-0-5.x.jp",
        ]);
        assert_eq!((facts.questions.len(), facts.questions[0].encoded), (1, 2));
        assert!(facts.questions[0].dns_name.is_empty());
    }
}
