//! What filters count: a table of filters and the packets that pass.
//!
//! **Invariant:** where Wireshark has the field, the packets are those that Wireshark's rules give.

mod notation;

use teiten_selection::parse;

/// Filters and the numbers of the packets that pass.
const FILTERS: &[(&str, &str)] = &[
    // What is there.
    ("frame", "0 1 2 3 4 5 6 7 8 9 10 11 12"),
    ("ip", "0 1 2 3 4 5 6 9 10 12"),
    ("ipv6", "7 8"),
    ("tcp", "0 1 2 7 8"),
    ("udp", "3 4 5"),
    ("icmp", "5 6"),
    ("icmpv6", "8"),
    ("gre", "10"),
    ("dns", "3 4 5"),
    ("vlan", "11"),
    ("!ip && !ipv6", "11"),
    ("spoofable", "0 1 3 4 5 6 7 8 9 10 12"),
    ("malformed", "12"),
    // Ports: of their protocol only, and of the quoted packet.
    ("tcp.dstport == 23", "0"),
    ("tcp.dstport eq 0x17 or tcp.dstport eq 027", "0"),
    ("tcp.srcport == 80", "1"),
    ("tcp.port == 80", "1 2"),
    ("tcp.port != 80", "0 7 8"),
    ("!(tcp.port == 80)", "0 3 4 5 6 7 8 9 10 11 12"),
    ("udp.port == 53", "3 4 5"),
    ("udp.dstport == 53", "4 5"),
    ("udp.srcport == 53", "3"),
    ("tcp.dstport == 6379", "8"),
    ("tcp.dstport == 53", ""),
    ("tcp.port in {22..25, 443, 80}", "0 1 2 7"),
    ("tcp.port < 24", "0"),
    ("tcp.port >= 50000", "1 7"),
    ("dst.port == 53", "4"),
    ("src.port == 53 || dst.port == 23", "0 3"),
    ("proto == 6", "0 1 2 7"),
    // Addresses, of either end and of the quoted packet.
    ("ip.src == 198.51.100.7", "0 2"),
    ("ip.src == 198.51.100.0/24", "0 2 4 6 9 10"),
    ("ip.src == 198.51.100.99/24", "0 2 4 6 9 10"),
    ("ip.src != 198.51.100.0/24", "1 3 5"),
    ("ip.src == 192.0.2.5", "5"),
    ("ip.dst == 203.0.113.54", "5"),
    ("ip.addr == 192.0.2.6", "1"),
    ("ip.addr != 192.0.2.5", "1 4"),
    ("ip.src in {203.0.113.50..203.0.113.60, 198.51.100.10}", "3 6"),
    ("ip.src < 198.51.100.8", "0 2 5"),
    ("ip.src == 0.0.0.0/0", "0 1 2 3 4 5 6 9 10"),
    ("ipv6.src == 2001:db8::/32", "7 8"),
    ("ipv6.src == 2001:db8:1::7", "7"),
    ("ipv6.dst == 2001:db8:3::9", "8"),
    ("ipv6.addr == 2001:db8:ffff::1 && ipv6.src > 2001:db8:1::7", "8"),
    ("src.net == 198.51.100.0/24 || src.net == 2001:db8:1::/48", "0 2 4 6 7 9 10"),
    ("src.net in {203.0.113.1, 2001:db8:2::1}", "5 8"),
    ("src.net != 198.51.100.0/24", "1 3 5 7 8"),
    // Headers.
    ("ip.ttl < 50", "5"),
    ("ip.ttl > 200", "1"),
    ("ip.ttl == 55", ""),
    ("ipv6.hlim == 55", "7"),
    ("ip.proto == 17", "3 4 5 9"),
    ("ip.proto != 17", "0 1 2 6 10"),
    ("ip.id == 77", "5"),
    ("ip.flags.df == 1", "1"),
    ("ip.flags.mf == 1", "9"),
    ("ip.flags.df == true", "1"),
    ("ip.frag_offset == 185", "9"),
    ("ip.dsfield.dscp == 46", "1"),
    ("ip.version == 6", "7 8"),
    ("tcp.flags == 0x12", "1"),
    ("tcp.flags & 0x10", "1 2"),
    ("tcp.flags.syn == 1 and tcp.flags.ack == 0", "0 7"),
    ("tcp.flags.syn", "0 1 2 7"),
    ("tcp.flags.push == 1", "2"),
    ("tcp.len > 0", "2"),
    ("tcp.options.mss_val", "1"),
    ("tcp.seq_raw == 3221225989", "0"),
    ("udp.length == 40", "4"),
    ("icmp.type == 3 && icmp.code == 3", "5"),
    ("icmpv6.type == 1", "8"),
    ("icmp.type == 1", ""),
    ("icmp.ident == 512", "6"),
    ("frame.len == 60", "0 1 11"),
    // Bytes.
    ("tcp.payload contains \"GET\"", "2"),
    ("payload contains 47:45:54", "2"),
    ("payload contains \"get\"", ""),
    ("payload matches \"^get .*http\"", "2"),
    (r#"payload matches r"\x81\x83""#, "3"),
    ("udp.payload == 1a:2b:81:83:00:01:00", "3"),
    ("udp.payload contains \"\\x81\\x83\"", "3"),
    ("tcp.payload", "2"),
    // DNS.
    ("dns.flags.response == 1", "3"),
    ("dns.flags.rcode == 3", "3"),
    ("dns.flags.rcode == 0", ""),
    ("dns.flags.recdesired == 1", "3 4"),
    ("dns.flags.opcode == 0", "3 4"),
    ("dns.qry.name == \"abc.example.com\"", "3"),
    ("dns.qry.name == \"example.com\"", ""),
    ("dns.qry.name matches \"example\\\\.com$\"", "3 4"),
    ("dns.qry.name contains \"example.\"", "3 5"),
    ("dns.qry.name > \"b\"", "5"),
    ("dns.qry.type == 255", "4"),
    // What was added.
    ("class == \"scan-syn\"", "0 7"),
    ("class != \"scan-syn\"", "1 2 3 4 5 6 8 9 10 11 12"),
    ("class contains \"scan\"", "0 4 6 7"),
    ("class in {\"scan-udp\", \"scan-icmp\"}", "4 6"),
    ("tag == \"telnet\"", "0"),
    ("tag == \"mirai\"", ""),
    ("tag contains \"mirai\"", "0"),
    ("tag != \"telnet\"", "4"),
    ("tag in {\"telnet\", \"dns-any\"}", "0 4"),
    ("tag", "0 4"),
    ("actor", "6"),
    ("sensor matches \"^TOKYO\"", "0 1 2"),
    ("sensor.group == \"jp\"", "0 1"),
    ("src.country in {\"CN\", \"US\"}", "0 1"),
    ("ip.geoip.src_country_iso == \"CN\"", "0"),
    ("src.asn == AS64500", "0"),
    ("ip.geoip.src_asnum == 64500", "0"),
    // Time.
    ("frame.time < \"2014-04-01 09:00:02+09:00\"", "0 1"),
    ("frame.time >= 2014-04-01T00:00:12Z", "12"),
    ("frame.time_epoch == 1396310403.5", "3"),
    ("frame.time in {1396310401..1396310402}", "1 2"),
    // Precedence.
    ("udp || tcp && ip.ttl == 52", "0 2 3 4 5"),
    ("(udp || tcp) && ip.ttl == 52", "0 2"),
    ("!tcp && ip.ttl == 64", "4 6 9 10"),
    ("not not tcp.dstport == 23", "0"),
];

#[test]
fn each_filter_lets_its_packets_pass() {
    let block = notation::block(notation::PACKETS);
    let mut rows = Vec::new();
    for (text, expected) in FILTERS {
        let filter = parse(text).unwrap_or_else(|error| panic!("{}", error.drawn()));
        filter.select(&block, &mut rows);
        let found: Vec<String> = rows.iter().map(u32::to_string).collect();
        assert_eq!(found.join(" "), *expected, "{text}");
    }
}

#[test]
fn one_row_and_many_rows_are_asked_alike_and_negation_turns_the_answer() {
    let block = notation::block(notation::PACKETS);
    let mut rows = Vec::new();
    for (text, _) in FILTERS {
        let filter = parse(text).expect("the table above holds filters");
        let negated = parse(&format!("!({text})")).expect("a filter in brackets is a filter");
        filter.select(&block, &mut rows);
        for row in 0..block.rows() {
            let passes = rows.contains(&(row as u32));
            assert_eq!(filter.matches(&block, row), passes, "{text}, row {row}");
            assert_eq!(negated.matches(&block, row), !passes, "!({text}), row {row}");
        }
    }
}

#[test]
fn the_canonical_form_reads_back_to_the_same_filter() {
    for (text, _) in FILTERS {
        let filter = parse(text).expect("the table above holds filters");
        let again = parse(&filter.to_string()).unwrap_or_else(|error| panic!("{}", error.drawn()));
        assert_eq!(again.expr(), filter.expr(), "{text}");
        assert_eq!(again.to_string(), filter.to_string(), "{text}");
    }
}

#[test]
fn every_filter_for_the_oracle_is_one_of_ours() {
    for text in include_str!("oracle_filters.txt").lines().filter(|line| !line.starts_with('#')) {
        let filter = parse(text).unwrap_or_else(|error| panic!("{}", error.drawn()));
        assert_eq!(filter.text(), text);
    }
}

#[test]
fn a_rollup_answers_what_its_keys_hold() {
    let ports = ["sensor_group", "ip_proto", "dst_port"];
    let cells = ["sensor_group", "ip_proto", "dst_port", "src_country", "class", "tags"];
    let cases: &[(&str, &[&str], bool)] = &[
        ("dst.port == 23 && proto == 6", &ports, true),
        ("src.country == \"CN\" && tag == \"mirai-syn\"", &cells, true),
        ("src.country == \"CN\"", &ports, false),
        // A packet quoted by an ICMP error has such a port too, and no rollup knows it.
        ("tcp.dstport == 23", &cells, false),
        ("frame.len > 60", &cells, false),
    ];
    for (text, keys, expected) in cases {
        let filter = parse(text).expect("a filter");
        assert_eq!(filter.is_rollup_answerable(keys), *expected, "{text} on {keys:?}");
    }
}
