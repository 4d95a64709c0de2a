//! Every filter of the list counts the same here and by workers; so does SQL of every shape that is spread.

use teiten_model::selection::{Selection, Viewer};
use teiten_query::questions::packets;
use teiten_query::session::Session;

use crate::workers::World;

/// Statements whose plans have every kind of border between stages: shuffle, broadcast, one task, many.
const STATEMENTS: &[&str] = &[
    "SELECT count(*) FROM packets",
    "SELECT count(*), min(ts), max(ts), sum(ip_len), count(DISTINCT src) FROM packets WHERE dst_port = 80",
    "SELECT dst_port, sum(ip_len) AS bytes FROM packets GROUP BY dst_port ORDER BY bytes DESC, dst_port LIMIT 20",
    "SELECT sensor, tag, count(*) FROM (SELECT sensor, unnest(string_to_array(tags, ' ')) AS tag FROM packets) GROUP BY sensor, tag ORDER BY 1, 2",
    "SELECT a.dst_port, a.n, b.n FROM (SELECT dst_port, count(*) AS n FROM packets GROUP BY dst_port) a JOIN (SELECT src_port, count(*) AS n FROM packets GROUP BY src_port) b ON a.dst_port = b.src_port ORDER BY 1",
    "SELECT count(*) FROM packets p WHERE EXISTS (SELECT 1 FROM packets q WHERE q.src = p.dst)",
    "SELECT p.sensor, count(*) FROM packets p LEFT JOIN (SELECT DISTINCT src FROM packets WHERE sensor = 'dns') d ON p.src = d.src WHERE d.src IS NULL GROUP BY p.sensor ORDER BY 1",
    "SELECT day, count(*) * 1.0 / (SELECT count(*) FROM packets) FROM packets GROUP BY day ORDER BY day",
    "SELECT sensor, dst_port, n FROM (SELECT sensor, dst_port, count(*) AS n, row_number() OVER (PARTITION BY sensor ORDER BY count(*) DESC, dst_port) AS place FROM packets GROUP BY sensor, dst_port) WHERE place <= 3 ORDER BY sensor, n DESC, dst_port",
    // Windows over a column that the condition holds to one value: that it does is not sent to workers.
    "SELECT ts, src, place FROM (SELECT ts, src, row_number() OVER (PARTITION BY sensor ORDER BY ts DESC, src, dst, src_port, dst_port) AS place FROM packets WHERE sensor = 'dns') WHERE place <= 3 ORDER BY place",
    "SELECT DISTINCT dst_port, sum(ip_len) OVER (PARTITION BY sensor, dst_port) AS bytes FROM packets WHERE sensor = 'dns' ORDER BY bytes DESC, dst_port LIMIT 20",
    "SELECT sensor, dst_port, sum(n) OVER (PARTITION BY sensor ORDER BY dst_port) AS running FROM (SELECT sensor, dst_port, count(*) AS n FROM packets WHERE sensor = 'dns' GROUP BY sensor, dst_port) ORDER BY dst_port",
    "SELECT 'a' AS what, count(*) FROM packets UNION ALL SELECT 'b', count(*) FROM inputs ORDER BY 1",
    "SELECT v.port, count(p.ts) FROM (VALUES (80), (443), (1)) v(port) LEFT JOIN packets p ON p.dst_port = v.port GROUP BY v.port ORDER BY 1",
    "SELECT t.table_name, count(p.ts) FROM information_schema.tables t LEFT JOIN packets p ON p.sensor = t.table_name GROUP BY t.table_name ORDER BY 1",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT n.i, c.packets FROM n, (SELECT count(*) AS packets FROM packets) c ORDER BY 1",
    "SELECT s.value, count(p.ts) FROM generate_series(20, 25) s LEFT JOIN packets p ON p.dst_port = s.value GROUP BY s.value ORDER BY 1",
    "SELECT i.input, p.n FROM inputs i LEFT JOIN (SELECT input, count(*) AS n FROM packets GROUP BY input) p ON p.input = i.input ORDER BY 1",
    // Of a table that has one part: what makes one answer of several parts is not in such a plan.
    "SELECT p.dst_port, count(*) FROM packets p, (SELECT count(*) AS n FROM inputs) i WHERE p.dst_port > i.n GROUP BY p.dst_port ORDER BY 1",
    "SELECT i.input, count(*) FROM packets p JOIN (SELECT input FROM inputs ORDER BY input LIMIT 2) i ON p.input >= i.input GROUP BY i.input ORDER BY 1",
    "SELECT count(*) FROM packets p JOIN (SELECT sum(bytes) + 1 AS more FROM inputs) i ON p.ip_len < i.more",
    "SELECT count(*) FROM packets a, inputs b WHERE a.input = b.input AND a.dst_port > 1000",
    "SELECT sensor FROM packets EXCEPT SELECT sensor FROM packets WHERE dst_port = 80 ORDER BY 1",
    "SELECT dst_port FROM packets WHERE sensor = 'dns' INTERSECT SELECT src_port FROM packets ORDER BY 1",
    "SELECT approx_distinct(dst_port) > 0, bool_and(dst_port > 0), string_agg(DISTINCT sensor, ' ' ORDER BY sensor) FROM packets",
    "SELECT ts, src, dst, src_port, dst_port FROM packets ORDER BY ts, src, dst, src_port, dst_port LIMIT 100",
];

fn oracle_filters() -> impl Iterator<Item = &'static str> {
    let list = include_str!("../../../selection/tests/oracle_filters.txt");
    list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[test]
fn a_worker_that_is_alone_is_asked_all_the_same() {
    let world = World::new();
    let (here, there) =
        (Session::open(&world.store, Viewer::All).expect("a session"), world.session_of(&world.alone()));
    let plan = there
        .sql("EXPLAIN ANALYZE SELECT dst_port, count(*) FROM packets GROUP BY dst_port")
        .expect("a plan");
    assert!(format!("{plan:?}").contains("DistributedExec"), "it is asked at all: {plan:?}");
    for statement in STATEMENTS {
        let answers = [&here, &there].map(|session| format!("{:?}", session.sql(statement)));
        assert!(answers[0] == answers[1], "{statement}\n{}\n{}", answers[0], answers[1]);
    }
}

#[test]
fn filters_and_statements_have_the_same_answers_here_and_by_workers() {
    let world = World::new();
    let (here, there) = (Session::open(&world.store, Viewer::All).expect("a session"), world.session());
    let plan = there
        .sql("EXPLAIN ANALYZE SELECT dst_port, count(*) FROM packets GROUP BY dst_port")
        .expect("a plan");
    assert!(format!("{plan:?}").contains("DistributedExec"), "workers are asked at all: {plan:?}");
    let mut differ = Vec::new();
    for statement in STATEMENTS {
        let answers = [&here, &there].map(|session| format!("{:?}", session.sql(statement)));
        if answers[0] != answers[1] || !answers[0].starts_with("Ok") {
            differ.push(format!("{statement}\n--- here\n{}\n--- there\n{}", answers[0], answers[1]));
        }
    }
    for filter in oracle_filters() {
        let selection = Selection { filter: Some(filter.to_string()), ..Selection::default() };
        let counts =
            [&here, &there].map(|session| format!("{:?}", packets::count(session, &selection, false)));
        if counts[0] != counts[1] || !counts[0].starts_with("Ok") {
            differ.push(format!("{filter}: here {}, there {}", counts[0], counts[1]));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
