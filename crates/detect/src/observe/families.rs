//! Header fields that sources hold fixed: one tool has one tuple (rule D43a).
//!
//! A program that makes its packets by itself often writes a constant where an operating system counts or
//! draws: the source port or the IP identification. A source belongs to a family when one of the two never
//! changed over its attempts of connections, and window, options and initial time to live did not either.
//! What varies is absent in the tuple, so that sources of one program meet in one family.
//!
//! **Invariant:** families ascend by their tuple.

use teiten_model::class::Class;
use teiten_model::day::FamilyDay;

use super::count::{distinct, keep_most, only, top};
use super::row::Row;
use super::settled::Settled;

/// Families of a day: those with the most packets.
pub const FAMILIES_MAX: usize = 1_000;
/// Destination ports of a family that are told apart.
pub const FAMILY_PORTS_MAX: i64 = 1_000;
/// Attempts over which a source must hold its fields.
const PACKETS_MIN: i64 = 3;
/// Addresses of ours that a source must reach: to one address alone, one connection is tried again.
const SOURCE_ADDRESSES_MIN: i64 = 2;
/// Addresses of ours that a family must reach.
const ADDRESSES_MIN: i64 = 3;
/// Values of the time to live that systems begin with.
const INITIAL_TTLS: [i16; 4] = [32, 64, 128, 255];

/// What sources of a family have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tuple {
    /// -1 when it varies.
    src_port: i64,
    /// -1 when it varies.
    ip_id: i64,
    window: i64,
    options: u32,
    ttl: i16,
}

/// The families of a day, and how many were beyond the bound.
pub(super) fn families(day: &Settled) -> (Vec<FamilyDay>, i64) {
    let several = day.by_source().filter(|rows| rows.len() > 1);
    let mut sources: Vec<(Tuple, &[Row])> = several.filter_map(|rows| Some((tuple(rows)?, rows))).collect();
    sources.sort_by_key(|(tuple, _)| *tuple);
    let same = sources.chunk_by(|one, other| one.0 == other.0);
    let mut families: Vec<FamilyDay> = same.filter_map(|sources| family(day, sources)).collect();
    let dropped = keep_most(&mut families, FAMILIES_MAX, |family| family.packets);
    (families, dropped)
}

fn attempts(rows: &[Row]) -> impl Iterator<Item = &Row> + Clone {
    rows.iter().filter(|row| row.class == Class::ScanSyn)
}

/// What a source holds fixed; `None` when it holds too little.
fn tuple(rows: &[Row]) -> Option<Tuple> {
    let attempts = || attempts(rows);
    let first = attempts().next()?;
    let ttl = initial(first.ttl)?;
    let is_alike = |row: &Row| {
        row.tcp_window == first.tcp_window && row.options == first.options && initial(row.ttl) == Some(ttl)
    };
    if attempts().map(Row::weight).sum::<i64>() < PACKETS_MIN || !attempts().all(is_alike) {
        return None;
    }
    let src_port = only(attempts().map(|row| row.src_port.into()));
    let ip_id = only(attempts().map(|row| row.ip_id.into()));
    let is_held = src_port >= 0 || ip_id >= 0;
    if !is_held || distinct(attempts().map(|row| row.destination)) < SOURCE_ADDRESSES_MIN {
        return None;
    }
    Some(Tuple { src_port, ip_id, window: first.tcp_window.into(), options: first.options, ttl })
}

/// The time to live as it was sent; `None` when there is none.
fn initial(ttl: i16) -> Option<i16> {
    INITIAL_TTLS.into_iter().find(|initial| (0..=*initial).contains(&ttl))
}

/// The facts of the sources with a tuple; `None` when they reach too little.
fn family(day: &Settled, sources: &[(Tuple, &[Row])]) -> Option<FamilyDay> {
    let rows = || sources.iter().flat_map(|(_, rows)| attempts(rows));
    let addresses = distinct(rows().map(|row| row.destination));
    if addresses < ADDRESSES_MIN {
        return None;
    }
    let numbers = || sources.iter().map(|(_, rows)| rows[0].source);
    let tuple = sources.first()?.0;
    Some(FamilyDay {
        at: day.at,
        src_port: tuple.src_port,
        ip_id: tuple.ip_id,
        tcp_window: tuple.window,
        tcp_options: day.shapes[tuple.options as usize].clone(),
        ttl: tuple.ttl.into(),
        packets: rows().map(Row::weight).sum(),
        sources: sources.len() as i64,
        addresses,
        sensors: distinct(rows().map(|row| row.sensor)),
        ports: distinct(rows().map(|row| row.dst_port)).min(FAMILY_PORTS_MAX),
        dst_port: top(rows().map(|row| (row.dst_port, row.weight()))).0.into(),
        countries: distinct(numbers().map(|source| day.country_number(source)).filter(|number| *number > 0)),
        sketch: day.sketch(numbers()),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::observe::sample::{facts, table};

    #[test]
    fn a_family_holds_a_port_or_an_identification() {
        let attempt = |source: u32, port: u32, host: u32, more: &str| {
            format!("1 tokyo tcp 9.0.0.{source}:{port} > 203.0.113.{host}:{} S {more}", 1430 + host)
        };
        let mut lines = Vec::new();
        for host in 1..=3 {
            let varies = host * 7;
            // A family of two sources, of which one is nearer.
            lines.push(attempt(1, 6000, host, "win=16384 ipid=256 ttl=107 | country=CN"));
            lines.push(attempt(2, 6000, host, "win=16384 ipid=256 ttl=99 | country=JP"));
            // The port alone, with options whose timestamps differ.
            lines.push(attempt(
                3,
                2222,
                host,
                &format!("win=1024 ipid={varies} opts=080a0000000{host}00000000"),
            ));
            // The identification alone.
            lines.push(attempt(4, 1000 + host, host, "win=1024 ipid=54321"));
            // Nothing, or a window, a time to live or options that vary.
            lines.push(attempt(5, 1000 + host, host, &format!("win=1024 ipid={varies}")));
            lines.push(attempt(6, 6000, host, &format!("win={varies} ipid=256")));
            lines.push(attempt(7, 6000, host, &format!("win=1024 ttl={}", 63 + host)));
            lines.push(attempt(8, 6000, host, &format!("win=1024 opts=020405b{host}")));
            // One address only, tried again; and answers.
            lines.push(attempt(9, 6000, 1, "win=1025"));
            lines.push(attempt(10, 6000, host, "win=1026").replace(" S ", " SA "));
        }
        // Two attempts are too few, three to two addresses are too few in all.
        lines.push(attempt(11, 6000, 1, "win=1027"));
        lines.push(attempt(11, 6000, 2, "win=1027"));
        lines.extend([1, 2, 2].map(|host| attempt(12, 6000, host, "win=1028")));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let columns = [
            "src_port",
            "ip_id",
            "tcp_window",
            "tcp_options",
            "ttl",
            "packets",
            "sources",
            "addresses",
            "ports",
            "dst_port",
            "countries",
        ];
        expect![[r#"
            src_port | ip_id | tcp_window | tcp_options | ttl | packets | sources | addresses | ports | dst_port | countries
            - | 54321 | 1024 | - | 64 | 3 | 1 | 3 | 3 | 1431 | 0
            2222 | - | 1024 | 080a | 64 | 3 | 1 | 3 | 3 | 1431 | 0
            6000 | 256 | 16384 | - | 128 | 6 | 2 | 3 | 3 | 1431 | 2
        "#]].assert_eq(&table(&facts(&lines).families, &columns));
    }
}
