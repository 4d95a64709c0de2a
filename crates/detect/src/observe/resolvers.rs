//! Who resolves names for strangers: the sources of DNS answers (rules D78, D81).
//!
//! Nobody at a sensor asks, so an answer was caused by a forged question. A source that offers recursion (RA) and
//! gives an answer, even that a name does not exist or that it failed, resolves for anybody.
//!
//! **Invariant:** resolvers ascend by address.

use teiten_model::day::ResolverDay;

use super::count::{distinct, keep_most, only};
use super::row::Dns;
use super::settled::Settled;

/// Sources of DNS answers of a day: those with the most answers.
pub const RESOLVERS_MAX: usize = 200_000;

const RECURSION_AVAILABLE: i32 = 0x0080;
const NO_ERROR: i32 = 0;
const SERVER_FAILURE: i32 = 2;
const NO_SUCH_NAME: i32 = 3;
const REFUSED: i32 = 5;

/// The sources of DNS answers, and how many were beyond the bound.
pub(super) fn resolvers(day: &Settled) -> (Vec<ResolverDay>, i64) {
    let answers: Vec<&Dns> = day.dns.iter().filter(|dns| dns.is_answer()).collect();
    let same = answers.chunk_by(|one, other| one.source == other.source);
    let mut resolvers: Vec<ResolverDay> = same.map(|answers| resolver(day, answers)).collect();
    let dropped = keep_most(&mut resolvers, RESOLVERS_MAX, |resolver| resolver.answers);
    (resolvers, dropped)
}

/// The facts of a source, whose answers ascend in time.
fn resolver(day: &Settled, answers: &[&Dns]) -> ResolverDay {
    let (first, last) = (answers[0], answers[answers.len() - 1]);
    let (src, src6) = day.columns(first.source);
    let count = |is_meant: &dyn Fn(i32) -> bool| -> i64 {
        answers.iter().filter(|answer| is_meant(answer.flags)).map(|answer| i64::from(answer.packets)).sum()
    };
    let code = |flags: i32| flags & 0x000f;
    let resolves = |flags| {
        flags & RECURSION_AVAILABLE != 0 && matches!(code(flags), NO_ERROR | SERVER_FAILURE | NO_SUCH_NAME)
    };
    ResolverDay {
        at: day.at,
        src,
        src6,
        src_country: day.country(first.source).into(),
        src_asn: day.asn(first.source),
        first: first.ts,
        last: last.ts,
        answers: count(&|_| true),
        recursive: count(&resolves),
        refused: count(&|flags| code(flags) == REFUSED),
        no_such_name: count(&|flags| code(flags) == NO_SUCH_NAME),
        server_failure: count(&|flags| code(flags) == SERVER_FAILURE),
        sensors: distinct(answers.iter().map(|answer| answer.sensor)),
        src_port: only(answers.iter().map(|answer| answer.src_port.into())),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::observe::sample::{facts, table};

    #[test]
    fn a_resolver_offers_recursion_and_answers() {
        let answer = |second: u32, from: &str, flags: &str, more: &str| {
            format!(
                "{second} tokyo udp {from} > 203.0.113.9:4000 dnsid=1 dnsflags={flags} qname=a.example.com{more}"
            )
        };
        let lines = [
            answer(1, "9.0.0.1:53", "8183", " | country=JP asn=64500"),
            answer(2, "9.0.0.1:53", "8182", " | country=JP asn=64500 packets=3"),
            answer(3, "9.0.0.1:1053", "8180", " | country=JP asn=64500"),
            answer(4, "9.0.0.2:53", "8105", ""),
            answer(5, "9.0.0.2:53", "8185", ""),
            answer(6, "9.0.0.3:53", "8103", ""),
            answer(7, "[2001:db8::7]:53", "8180", "").replace("203.0.113.9", "[2001:db8:1::9]"),
            answer(8, "9.0.0.4:53", "0100", ""),
        ];
        let columns = [
            "src",
            "src6",
            "src_country",
            "src_asn",
            "first",
            "last",
            "answers",
            "recursive",
            "refused",
            "no_such_name",
            "server_failure",
            "sensors",
            "src_port",
        ];
        let facts = facts(&lines.each_ref().map(String::as_str));
        expect![[r#"
            src | src6 | src_country | src_asn | first | last | answers | recursive | refused | no_such_name | server_failure | sensors | src_port
            - | 2001:db8::7 | - | - | 7s | 7s | 1 | 1 | 0 | 0 | 0 | 1 | 53
            9.0.0.1 | - | JP | 64500 | 1s | 3s | 5 | 5 | 0 | 1 | 3 | 1 | -
            9.0.0.2 | - | - | - | 4s | 5s | 2 | 0 | 2 | 0 | 0 | 1 | 53
            9.0.0.3 | - | - | - | 6s | 6s | 1 | 0 | 0 | 1 | 0 | 1 | 53
        "#]].assert_eq(&table(&facts.resolvers, &columns));
    }
}
