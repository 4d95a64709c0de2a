//! Filters as SQL: goldens.
//!
//! **Invariant:** every comparison stands behind an IS NOT NULL.

use expect_test::expect;
use teiten_selection::parse;

#[test]
fn filters_become_sql_that_is_never_null() {
    let filters = [
        "tcp.dstport == 6379",
        "!(dst.port == 23)",
        "ip.src != 198.51.100.0/24",
        "ipv6.src == 2001:db8::/32",
        "src.net in {10.0.0.0/8, 2001:db8::1}",
        "proto in {1, 6, 17} && frame.len > 60",
        "tcp.flags.syn == 1 && tcp.flags & 0x10",
        "frame.time >= \"2014-04-01 09:00+09:00\" && frame.time < 1396396800",
        "sensor == \"o'clock\" && sensor matches \"^a'b\"",
        "tag == \"mirai_50%\" || tag contains \"mirai\"",
        "payload contains \"GET\" && payload matches r\"\\x00$\" && payload >= de:ad",
        "dns.qry.name in {\"a\"..\"c\", \"x\"}",
        "dns.flags.rcode == 3",
        "spoofable",
        "ip.src < 0.0.0.1",
    ];
    let written: Vec<String> =
        filters.iter().map(|text| format!("{text}\n    {}", parse(text).expect("a filter").sql())).collect();
    expect![[r#"
        tcp.dstport == 6379
            ((ip_proto IS NOT NULL AND ip_proto = 6 AND dst_port IS NOT NULL AND dst_port = 6379) OR (quote_proto IS NOT NULL AND quote_proto = 6 AND quote_dst_port IS NOT NULL AND quote_dst_port = 6379))
        !(dst.port == 23)
            (NOT ((ip_proto IS NOT NULL AND ip_proto = 6 AND dst_port IS NOT NULL AND dst_port = 23) OR (ip_proto IS NOT NULL AND ip_proto = 17 AND dst_port IS NOT NULL AND dst_port = 23) OR (ip_proto IS NOT NULL AND ip_proto = 132 AND dst_port IS NOT NULL AND dst_port = 23) OR (ip_proto IS NOT NULL AND ip_proto = 33 AND dst_port IS NOT NULL AND dst_port = 23)))
        ip.src != 198.51.100.0/24
            (((src IS NOT NULL) OR (quote_src IS NOT NULL)) AND NOT ((src IS NOT NULL AND src BETWEEN 3325256704 AND 3325256959) OR (quote_src IS NOT NULL AND quote_src BETWEEN 3325256704 AND 3325256959)))
        ipv6.src == 2001:db8::/32
            ((src6 IS NOT NULL AND src6 BETWEEN X'20010db8000000000000000000000000' AND X'20010db8ffffffffffffffffffffffff') OR (quote_src6 IS NOT NULL AND quote_src6 BETWEEN X'20010db8000000000000000000000000' AND X'20010db8ffffffffffffffffffffffff'))
        src.net in {10.0.0.0/8, 2001:db8::1}
            ((src IS NOT NULL AND src BETWEEN 167772160 AND 184549375) OR (src6 IS NOT NULL AND src6 = X'20010db8000000000000000000000001'))
        proto in {1, 6, 17} && frame.len > 60
            ((ip_proto IS NOT NULL AND ip_proto IN (1, 6, 17)) AND (frame_len IS NOT NULL AND frame_len >= 61))
        tcp.flags.syn == 1 && tcp.flags & 0x10
            ((tcp_flags IS NOT NULL AND ((tcp_flags >> 1) & 1) = 1) AND (tcp_flags IS NOT NULL AND (tcp_flags & 16) <> 0))
        frame.time >= "2014-04-01 09:00+09:00" && frame.time < 1396396800
            ((ts IS NOT NULL AND ts >= to_timestamp_micros(1396310400000000)) AND (ts IS NOT NULL AND ts <= to_timestamp_micros(1396396799999999)))
        sensor == "o'clock" && sensor matches "^a'b"
            ((sensor IS NOT NULL AND sensor = 'o''clock') AND (sensor IS NOT NULL AND regexp_like(sensor, '^a''b', 'i')))
        tag == "mirai_50%" || tag contains "mirai"
            ((tags IS NOT NULL AND contains(' ' || tags || ' ', ' mirai_50% ')) OR (tags IS NOT NULL AND contains(tags, 'mirai')))
        payload contains "GET" && payload matches r"\x00$" && payload >= de:ad
            ((payload IS NOT NULL AND bytes_contain(payload, X'474554')) AND (payload IS NOT NULL AND bytes_match(payload, '\x00$')) AND (payload IS NOT NULL AND payload >= X'dead'))
        dns.qry.name in {"a".."c", "x"}
            ((dns_name IS NOT NULL AND (dns_name = 'x' OR dns_name BETWEEN 'a' AND 'c')) OR (quote_dns_name IS NOT NULL AND (quote_dns_name = 'x' OR quote_dns_name BETWEEN 'a' AND 'c')))
        dns.flags.rcode == 3
            (dns_flags IS NOT NULL AND dns_flags BETWEEN 32768 AND 65535 AND dns_flags IS NOT NULL AND (dns_flags & 15) = 3)
        spoofable
            (((ip_proto IS NULL OR ip_proto <= 5) AND ip_version IS NOT NULL) OR (ip_proto IS NOT NULL AND ip_proto BETWEEN 7 AND 255 AND ip_version IS NOT NULL) OR (ip_proto IS NOT NULL AND ip_proto = 6 AND (payload_len IS NULL OR payload_len <= 0) AND ip_version IS NOT NULL))
        ip.src < 0.0.0.1
            ((src IS NOT NULL AND src = 0) OR (quote_src IS NOT NULL AND quote_src = 0))"#]].assert_eq(&written.join("\n"));
}
