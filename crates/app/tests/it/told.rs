//! What the program tells of its work: progress for programs, and what a question would read.

use expect_test::expect;

use crate::captures::{self, pcap};
use crate::program::line;
use crate::scenario::ask;

#[test]
fn progress_is_an_object_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &pcap(10));
    captures::write(at, "in/notes.txt", b"words");
    expect![[r#"
        {"stage":"looking","done":0,"total":789,"unit":"bytes"}
        {"stage":"looking","done":784,"total":789,"unit":"bytes"}
        {"stage":"looking","done":789,"total":789,"unit":"bytes"}
        {"stage":"looking","done":789,"total":789,"unit":"bytes"}
        {"stage":"importing","done":0,"total":784,"unit":"bytes"}
        {"stage":"importing","done":784,"total":784,"unit":"bytes"}
        {"stage":"importing","done":784,"total":784,"unit":"bytes"}
    "#]]
    .assert_eq(&line(at, "import a.pcap in --progress json -q").well().err);
    expect![[r#"
        {"stage":"reading","done":0,"total":784,"unit":"bytes"}
        {"stage":"reading","done":784,"total":784,"unit":"bytes"}
        {"stage":"reading","done":784,"total":784,"unit":"bytes"}
    "#]]
    .assert_eq(&line(at, "top ports -r a.pcap --progress json -q").well().err);
    assert_eq!(line(at, "top ports -r a.pcap -q").well().err, "", "nobody asked");
    assert_eq!(line(at, "top ports -r a.pcap -q --progress never").well().err, "");
}

/// Numbers of bytes as `N`: they change with every version of the encoder.
fn without_sizes(text: &str) -> String {
    let words = text.split(' ').collect::<Vec<_>>();
    let is_size = |place: usize| words.get(place + 1).is_some_and(|next| next.starts_with("bytes"));
    let shown = words.iter().enumerate().map(|(place, word)| if is_size(place) { "N" } else { word });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_question_is_explained_without_being_asked() {
    let questions = [
        "top ports --explain --period 2014-06-29",
        "top sources --explain -Y 'tcp.dstport == 23' --from 2014-06-29T09:00 --to 2014-06-29T10:00",
        "compare --explain --period 2014-06-30 --by country",
        "trend --explain --by class --step week",
        "packets --explain -c 5 --period 2014-06-30 -Y 'udp'",
        "packets --explain --only-count --apart",
        "packets --explain --publish -w x.pcapng -c 2",
        "query --explain 'SELECT class, sum(packets) AS packets FROM cells_daily GROUP BY class'",
    ];
    let told: String = questions
        .iter()
        .map(|question| {
            let ran = ask(question).well();
            assert_eq!(ran.err, "", "{question}");
            format!("$ {question}\n{}", without_sizes(&ran.text()))
        })
        .collect();
    expect![[r#"
        $ top ports --explain --period 2014-06-29
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM (SELECT sensor, at, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY sensor, at));
        -- ports_hourly: 1 of 1 files, at most N bytes, 5 columns
        SELECT key_0, key_1, n_0, n_1, n_2, sensors FROM (SELECT ip_proto AS key_0, CASE WHEN ip_proto IN (1, 58) THEN NULL ELSE dst_port END AS key_1, sum(packets) AS n_0, 0 AS n_1, true AS n_2, CAST(NULL AS bigint) AS sensors FROM ports_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY 1, 2) ORDER BY n_0 DESC, key_0 ASC NULLS FIRST, key_1 ASC NULLS FIRST LIMIT 10;
        SELECT ip_proto AS key_0, CASE WHEN ip_proto IN (1, 58) THEN NULL ELSE dst_port END AS key_1, sum(packets) AS n_0, distinct_told(sources)['sources'] AS n_1, distinct_told(sources)['exact'] AS n_2, CAST(NULL AS bigint) AS sensors FROM ports_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') AND (false) GROUP BY 1, 2;
        -- countries_hourly: 1 of 1 files, at most N bytes, 3 columns
        SELECT sum(packets) AS n_0, CAST(NULL AS bigint) AS sensors FROM countries_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))');
        $ top sources --explain -Y 'tcp.dstport == 23' --from 2014-06-29T09:00 --to 2014-06-29T10:00
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM (SELECT sensor, at, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' AND at >= arrow_cast(1404000000000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404003600000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY sensor, at));
        -- packets: 1 of 5 files, day 2014-06-29, at most N bytes, 10 columns
        SELECT key_0, key_1, n_0, n_1, n_2, sensors FROM (SELECT src AS key_0, src6 AS key_1, sum(packets) AS n_0, count(DISTINCT src) + distinct_count(src6) AS n_1, true AS n_2, distinct_count(sensor) AS sensors FROM packets WHERE sensor <> '-' AND ts >= arrow_cast(1404000000000000, 'Timestamp(Microsecond, Some("UTC"))') AND day >= '2014-06-29' AND ts < arrow_cast(1404003600000000, 'Timestamp(Microsecond, Some("UTC"))') AND day <= '2014-06-29' AND (((ip_proto IS NOT NULL AND ip_proto = 6 AND dst_port IS NOT NULL AND dst_port = 23) OR (quote_proto IS NOT NULL AND quote_proto = 6 AND quote_dst_port IS NOT NULL AND quote_dst_port = 23))) AND NOT (src IS NULL AND src6 IS NULL) GROUP BY 1, 2) ORDER BY n_0 DESC, key_0 ASC NULLS FIRST, key_1 ASC NULLS FIRST LIMIT 10;
        -- packets: 1 of 5 files, day 2014-06-29, at most N bytes, 8 columns
        SELECT sum(packets) AS n_0, distinct_count(sensor) AS sensors FROM packets WHERE sensor <> '-' AND ts >= arrow_cast(1404000000000000, 'Timestamp(Microsecond, Some("UTC"))') AND day >= '2014-06-29' AND ts < arrow_cast(1404003600000000, 'Timestamp(Microsecond, Some("UTC"))') AND day <= '2014-06-29' AND (((ip_proto IS NOT NULL AND ip_proto = 6 AND dst_port IS NOT NULL AND dst_port = 23) OR (quote_proto IS NOT NULL AND quote_proto = 6 AND quote_dst_port IS NOT NULL AND quote_dst_port = 23)));
        $ compare --explain --period 2014-06-30 --by country
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM (SELECT sensor, at, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' AND at >= arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404140400000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY sensor, at));
        -- countries_hourly: 1 of 1 files, at most N bytes, 5 columns
        SELECT src_country AS key_0, sum(packets) AS n_0, distinct_told(sources)['sources'] AS n_1, distinct_told(sources)['exact'] AS n_2, CAST(NULL AS bigint) AS sensors FROM countries_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404140400000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY 1;
        -- countries_hourly: 1 of 1 files, at most N bytes, 3 columns
        SELECT sum(packets) AS n_0, CAST(NULL AS bigint) AS sensors FROM countries_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404140400000000, 'Timestamp(Microsecond, Some("UTC"))');
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM (SELECT sensor, at, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY sensor, at));
        -- countries_hourly: 1 of 1 files, at most N bytes, 5 columns
        SELECT src_country AS key_0, sum(packets) AS n_0, distinct_told(sources)['sources'] AS n_1, distinct_told(sources)['exact'] AS n_2, CAST(NULL AS bigint) AS sensors FROM countries_hourly WHERE sensor_group <> '-' AND at >= arrow_cast(1403967600000000, 'Timestamp(Microsecond, Some("UTC"))') AND at < arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') GROUP BY 1;
        $ trend --explain --by class --step week
        -- cells_daily: 1 of 1 files, at most N bytes, 3 columns
        SELECT key_0, n_0, n_1, n_2, sensors FROM (SELECT class AS key_0, sum(packets) AS n_0, 0 AS n_1, true AS n_2, CAST(NULL AS bigint) AS sensors FROM cells_daily WHERE sensor_group <> '-' AND NOT ((class) IS NULL) GROUP BY 1) ORDER BY n_0 DESC, key_0 ASC NULLS FIRST LIMIT 5;
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT span_start(at, 'week', 'Asia/Tokyo') AS step, distinct_count(sensor), distinct_count(stranger), count(*), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, sensor AS stranger, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' GROUP BY 1, 2, 3) GROUP BY 1 ORDER BY 1;
        SELECT span_start(at, 'week', 'Asia/Tokyo') AS key_0, class AS key_1, sum(packets) AS n_0, distinct_told(sources)['sources'] AS n_1, CAST(NULL AS bigint) AS sensors FROM cells_daily WHERE sensor_group <> '-' AND (false) GROUP BY 1, 2;
        -- sensors: 1 of 1 files, at most N bytes, 3 columns
        SELECT distinct_count(sensor), count(*), max(per_hour), distinct_count(sensor) * coalesce((max(arrow_cast(at, 'Int64')) - min(arrow_cast(at, 'Int64'))) / 3600000000 + 1, 0), CASE WHEN count(addresses) = count(*) THEN sum(addresses) END, count(DISTINCT at) FROM (SELECT sensor, at, addresses, sum(addresses) OVER (PARTITION BY at) AS per_hour FROM (SELECT sensor, at, max(addresses) AS addresses FROM sensors WHERE sensor <> '-' GROUP BY sensor, at));
        $ packets --explain -c 5 --period 2014-06-30 -Y 'udp'
        -- packets: 2 of 5 files, 2 days from 2014-06-29 to 2014-06-30, at most N bytes, 76 columns
        SELECT * FROM packets WHERE sensor <> '-' AND ts >= arrow_cast(1404054000000000, 'Timestamp(Microsecond, Some("UTC"))') AND day >= '2014-06-29' AND ts < arrow_cast(1404140400000000, 'Timestamp(Microsecond, Some("UTC"))') AND day <= '2014-06-30' AND (((ip_proto IS NOT NULL AND ip_proto = 17 AND (frag_offset IS NULL OR frag_offset <= 0) AND ip_proto IS NOT NULL) OR (quote_proto IS NOT NULL AND quote_proto = 17 AND quote_proto IS NOT NULL))) ORDER BY ts, CASE WHEN ts_ns > 0.5 THEN ts_ns END NULLS FIRST, input, frame LIMIT 5;
        $ packets --explain --only-count --apart
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        SELECT sum(packets) FROM apart_packets WHERE sensor = '-';
        $ packets --explain --publish -w x.pcapng -c 2
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 7 columns
        SELECT ts, ts_ns, input, frame, sensor, tags, dst_public FROM packets WHERE sensor <> '-';
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        SELECT DISTINCT src FROM packets WHERE sensor <> '-' AND src IN (SELECT DISTINCT dst FROM packets WHERE sensor <> '-' UNION SELECT DISTINCT dst_public FROM packets WHERE sensor <> '-');
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        -- packets: 5 of 5 files, 5 days from 2014-06-28 to 2014-07-02, at most N bytes, 2 columns
        SELECT DISTINCT src6 FROM packets WHERE sensor <> '-' AND src6 IN (SELECT DISTINCT dst6 FROM packets WHERE sensor <> '-');
        $ query --explain 'SELECT class, sum(packets) AS packets FROM cells_daily GROUP BY class'
        -- cells_daily: 1 of 1 files, at most N bytes, 3 columns
        SELECT class, sum(packets) AS packets FROM cells_daily GROUP BY class;
    "#]].assert_eq(&told);
}

#[test]
fn what_is_explained_can_be_asked() {
    let told = ask("top ports --explain --period 2014-06-29").well().text();
    let statements: Vec<&str> = told.lines().filter(|line| !line.starts_with("--")).collect();
    assert!(statements.len() >= 2, "{told}");
    for statement in statements {
        let statement = statement.trim_end_matches(';');
        let folder = &crate::scenario::small().folder;
        crate::program::run(folder, &["--store", "st", "query", statement]).well();
    }
    let table = ask("top ports --explain --period 2014-06-29 -o csv").well().text();
    assert!(table.starts_with("statement,table,files,files_all,days,first_day,last_day,bytes,columns,sql\n"));
    ask("top ports --explain -r sim/jp-01/2014-06-29.pcapng.zst").ends(2);
    ask("top ports --explain -Y 'tag == \"mirrai\"'").ends(2);
    ask("query --explain 'SELECT nope FROM packets'").ends(2);
    ask("query --explain 'DROP TABLE packets'").ends(2);
    ask("packets --explain --as public").ends(2);
}
