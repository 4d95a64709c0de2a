//! What DNS answers were about, by registered domain (rules D74-D78).
//!
//! Answers count from any source port, because a forwarder behind translation answers from another (rule D80).
//! ICMP errors count when the quoted packet carries our address as its source (D86).
//!
//! **Invariant:** zones ascend by name; names themselves are not kept.

use teiten_model::day::ZoneDay;
use teiten_model::smallest::Smallest;

use super::count::{distinct, keep_most};
use super::row::{Dns, Quote};
use super::settled::Settled;

/// Zones of a day: those with the most answers.
pub const ZONES_MAX: usize = 2_000;

const SERVER_FAILURE: i32 = 2;
const NO_SUCH_NAME: i32 = 3;
const REFUSED: i32 = 5;

/// The zones of a day, and how many were beyond the bound.
pub(super) fn zones(day: &Settled) -> (Vec<ZoneDay>, i64) {
    let mut answers: Vec<&Dns> = day.dns.iter().filter(|dns| dns.is_answer() && dns.zone != 0).collect();
    answers.sort_by_key(|dns| dns.zone);
    let mut errors: Vec<&Quote> = day.quotes.iter().filter(|quote| quote.fits && quote.zone != 0).collect();
    errors.sort_by_key(|quote| quote.zone);
    // A zone may have errors on a day on which nobody answered about it: they are a part of its attack all the same.
    let mut numbers: Vec<u32> =
        answers.iter().map(|dns| dns.zone).chain(errors.iter().map(|quote| quote.zone)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut zones: Vec<ZoneDay> = numbers
        .into_iter()
        .map(|number| {
            let from = answers.partition_point(|dns| dns.zone < number);
            let length = answers[from..].partition_point(|dns| dns.zone == number);
            let errors = &errors[errors.partition_point(|quote| quote.zone < number)..];
            let errors = errors.iter().take_while(|quote| quote.zone == number);
            ZoneDay {
                errors: errors.map(|quote| i64::from(quote.packets)).sum(),
                ..zone(day, number, &answers[from..from + length])
            }
        })
        .collect();
    let dropped = keep_most(&mut zones, ZONES_MAX, |zone| zone.answers);
    (zones, dropped)
}

fn zone(day: &Settled, number: u32, answers: &[&Dns]) -> ZoneDay {
    let count = |is_meant: &dyn Fn(&Dns) -> bool| -> i64 {
        answers.iter().filter(|dns| is_meant(dns)).map(|dns| i64::from(dns.packets)).sum()
    };
    let code = |code: i32| count(&|dns| dns.flags & 0x000f == code);
    let mut sources: Vec<u32> = answers.iter().map(|dns| dns.source).collect();
    sources.sort_unstable();
    let sensors = answers.iter().map(|dns| day.sensor_hash(dns.sensor));
    ZoneDay {
        at: day.at,
        zone: day.zones[number as usize].clone(),
        answers: count(&|_| true),
        names: distinct(answers.iter().map(|dns| dns.name_hash)),
        random: count(&|dns| dns.is_random),
        no_such_name: code(NO_SUCH_NAME),
        server_failure: code(SERVER_FAILURE),
        refused: code(REFUSED),
        responders: distinct(sources.iter()),
        sensors: distinct(answers.iter().map(|dns| dns.sensor)),
        errors: 0,
        sketch: day.sketch(sources.into_iter()),
        sensor_sketch: Smallest::of(sensors).write(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use teiten_model::smallest::Smallest;

    use crate::observe::sample::{facts, table};

    #[test]
    fn answers_are_counted_by_registered_domain_and_errors_with_them() {
        let answer = |second: u32, sensor: &str, from: &str, flags: &str, name: &str| {
            format!("{second} {sensor} udp {from} > 203.0.113.9:4000 dnsid=1 dnsflags={flags} qname={name}")
        };
        let lines = [
            answer(1, "tokyo", "9.0.0.1:53", "8183", "kqzvbnxw.News.example"),
            answer(2, "osaka", "9.0.0.2:1053", "8182", "xqwbvnmp.news.example") + " | packets=3",
            answer(3, "tokyo", "9.0.0.1:53", "8185", "KQZVBNXW.news.example"),
            answer(4, "tokyo", "9.0.0.1:53", "8180", "www.other.example"),
            answer(5, "tokyo", "9.0.0.1:53", "8180", "example"),
            answer(6, "tokyo", "9.0.0.1:53", "0100", "www.asked.example"),
        ];
        let facts = facts(&lines.each_ref().map(String::as_str));
        let columns = [
            "zone",
            "answers",
            "names",
            "random",
            "no_such_name",
            "server_failure",
            "refused",
            "responders",
            "sensors",
            "errors",
        ];
        expect![[r#"
            zone | answers | names | random | no_such_name | server_failure | refused | responders | sensors | errors
            news.example | 5 | 2 | 5 | 1 | 3 | 1 | 2 | 2 | 0
            other.example | 1 | 1 | 0 | 0 | 0 | 0 | 1 | 1 | 0
        "#]].assert_eq(&table(&facts.zones, &columns));
        assert_eq!(Smallest::read(&facts.zones[0].sensor_sketch).sources().round() as i64, 2);
    }

    #[test]
    fn an_error_counts_for_the_zone_that_it_quotes_when_its_source_is_ours() {
        let answer =
            "1 tokyo udp 9.0.0.1:53 > 203.0.113.9:4000 dnsid=1 dnsflags=8183 qname=kqzvbnxw.news.example";
        let error = |second: u32, source: &str, port: u32| {
            format!(
                "{second} tokyo icmp 9.0.0.7 > 203.0.113.9 3/3 | quote_src={source} quote_dst=9.0.0.7 quote_proto=17 \
                 quote_ports=4000>{port} quote_name=a.news.example packets=2"
            )
        };
        let lines = [error(2, "203.0.113.9", 53), error(3, "203.0.113.8", 53), error(4, "203.0.113.9", 54)];
        let whole = facts(&[answer, &lines[0], &lines[1], &lines[2]]);
        assert_eq!(table(&whole.zones, &["zone", "errors"]), "zone | errors\nnews.example | 2\n");
        // On another day nobody answers about it any more.
        let late = facts(&[&lines[0]]);
        let columns = ["zone", "answers", "responders", "errors"];
        let expected = "zone | answers | responders | errors\nnews.example | 0 | 0 | 2\n";
        assert_eq!(table(&late.zones, &columns), expected);
    }
}
