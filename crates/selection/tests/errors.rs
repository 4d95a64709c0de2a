//! What is said about a wrong filter: goldens.
//!
//! **Invariant:** every message names the place and, where we can guess, what to write.

use expect_test::expect;
use teiten_selection::parse;
use teiten_selection::vocabulary::Vocabulary;

#[test]
fn wrong_filters_are_told_with_a_caret_and_a_proposal() {
    let wrong = [
        // Names.
        "tcp.dsport == 6379",
        "udp && sesnor == \"tokyo\"",
        "dst_port == 23",
        "tls.handshake.ja3 == \"x\"",
        "port \n tcp",
        "udp &&\t\u{1b}[31m tcp.dsport",
        "定点 == 1 && tcp.dsport == 1",
        "src.country == \"日本\" && tcp.dsport == 1",
        // Habits.
        "dst port 6379",
        "host 1.2.3.4",
        "src net 10.0.0.0/8 and tcp",
        "tcp dst port 23",
        "port 80",
        "udp portrange 1-1024",
        "dst 2001:db8::1",
        "ip proto 17",
        "tcp[tcpflags] & tcp-syn != 0",
        "tcp.dstport:23",
        "tcp.dsport: 23",
        "tcp.dstport = 23",
        "sensor = 'tokyo'",
        "sensor == 'tokyo'",
        "tcp.dstport <> 23",
        "tcp.dstport in (22, 23)",
        "tcp AND udp",
        "tcp.dstport between 1 and 5",
        "sensor like \"t%\"",
        // Grammar.
        "",
        "tcp.dstport 23",
        "tcp.dstport ==",
        "tcp.dstport == 22 or 23",
        "10.0.0.1",
        "(tcp || udp",
        "tcp)",
        "tcp | udp",
        "tcp udp",
        "tcp.dstport in {22, }",
        "tcp.dstport in {22 23}",
        "tcp.dstport in {90..80}",
        "tcp.port not in {22}",
        "ip.src in {10.0.0.0/8..11.0.0.0/8}",
        "payload[0:4] == \"GET\"",
        "tcp.port == 80 == 1",
        "$tcp",
        "ip.src in @bad",
        "ip.src in {@bad}",
        // Types.
        "tcp.dstport == \"ssh\"",
        "tcp.dstport == \"22\"",
        "tcp.dstport == 70000",
        "tcp.dstport == -1",
        "ip.src == 2001:db8::1",
        "ip.src == localhost",
        "ip.src > 10.0.0.0/8",
        "class == scan-syn",
        "class == \"scan-sin\"",
        "tag == \"a b\"",
        "tcp == 1",
        "tcp.flags.syn > 0",
        "tcp.flags.syn == 2",
        "tcp.dstport contains \"2\"",
        "tag matches \"m\"",
        "src.asn & 1",
        "sensor == \"\"",
        "payload == xyz",
        "frame.time > 2026-08-20",
        "frame.time > \"2026-08-20 03:12\"",
        "frame.time > soon",
        // Values that can never match.
        "ip.src == 300.1.1.1",
        "tcp.dstport > 65535",
        "tcp.dstport < 0",
        "ip.src > 255.255.255.255",
        "ip.src < 0.0.0.0",
        "ipv6.src < ::",
        "src.asn > AS4294967295",
        "tcp.flags == 0x1000",
        "tcp.flags & 0x1000",
        "tcp.flags & 0",
        "quote.ttl == 256",
        "quote.id == 70000",
        "dns.broken == 2",
        "ip.ttl in {1, 300}",
        "class in {\"scan-syn\", \"scam\"}",
        "malformed == \"bad-offset\"",
        // Texts and patterns.
        "sensor == \"tokyo",
        "dns.qry.name matches \"\\.com$\"",
        "dns.qry.name matches \"a(\"",
        "dns.qry.name matches \"(a{1000}){1000}\"",
        "dns.qry.name matches com",
    ];
    let drawn: Vec<String> = wrong
        .iter()
        .map(|text| match parse(text) {
            Ok(filter) => format!("accepted: {filter}"),
            Err(error) => error.drawn(),
        })
        .collect();
    expect![[r#"
        error: unknown field `tcp.dsport`
            tcp.dsport == 6379
            ^~~~~~~~~~  did you mean tcp.dstport?
        error: unknown field `sesnor`
            udp && sesnor == "tokyo"
                   ^~~~~~  did you mean sensor?
        error: unknown field `dst_port`
            dst_port == 23
            ^~~~~~~~  `dst_port` is a column; its field is tcp.dstport or udp.dstport
        error: unknown field `tls.handshake.ja3`
            tls.handshake.ja3 == "x"
            ^~~~~~~~~~~~~~~~~  Wireshark has it, the table of packets has not
        error: `port   tcp` is how tcpdump writes it
            port   tcp
            ^~~~~~~~~~  write tcp.port == tcp
        error: ` ` means nothing in a filter
            udp &&  [31m tcp.dsport
                   ^
        error: unknown field `定点`
            定点 == 1 && tcp.dsport == 1
            ^~~~
        error: unknown field `tcp.dsport`
            src.country == "日本" && tcp.dsport == 1
                                     ^~~~~~~~~~  did you mean tcp.dstport?
        error: `dst port 6379` is how tcpdump writes it
            dst port 6379
            ^~~~~~~~~~~~~  write tcp.dstport == 6379
        error: `host 1.2.3.4` is how tcpdump writes it
            host 1.2.3.4
            ^~~~~~~~~~~~  write ip.addr == 1.2.3.4
        error: `src net 10.0.0.0/8` is how tcpdump writes it
            src net 10.0.0.0/8 and tcp
            ^~~~~~~~~~~~~~~~~~  write ip.src == 10.0.0.0/8
        error: `tcp dst port 23` is how tcpdump writes it
            tcp dst port 23
            ^~~~~~~~~~~~~~~  write tcp.dstport == 23
        error: `port 80` is how tcpdump writes it
            port 80
            ^~~~~~~  write tcp.port == 80
        error: `udp portrange 1-1024` is how tcpdump writes it
            udp portrange 1-1024
            ^~~~~~~~~~~~~~~~~~~~  write udp.port in {1..1024}
        error: `dst 2001:db8::1` is how tcpdump writes it
            dst 2001:db8::1
            ^~~~~~~~~~~~~~~  write ipv6.dst == 2001:db8::1
        error: `ip proto 17` is how tcpdump writes it
            ip proto 17
            ^~~~~~~~~~~  write ip.proto == 17
        error: expected `&&`, `||` or the end, found `[`
            tcp[tcpflags] & tcp-syn != 0
               ^  slices are not part of the language: write a field such as tcp.flags & 0x02, or contains
        error: `tcp.dstport:23` is how KQL writes it
            tcp.dstport:23
            ^~~~~~~~~~~~~~  write tcp.dstport == 23
        error: `tcp.dsport:` is how KQL writes it
            tcp.dsport: 23
            ^~~~~~~~~~~  write tcp.dstport == 23
        error: `=` is how SQL writes it
            tcp.dstport = 23
                        ^  write ==
        error: `=` is how SQL writes it
            sensor = 'tokyo'
                   ^  write ==
        error: `'tokyo'` is how SQL writes it
            sensor == 'tokyo'
                      ^~~~~~~  write "tokyo"
        error: `<>` is how SQL writes it
            tcp.dstport <> 23
                        ^~  write !=
        error: `in (` is how SQL writes it
            tcp.dstport in (22, 23)
                           ^  write in {VALUE, VALUE}
        error: `AND` is how SQL writes it
            tcp AND udp
                ^~~  write and
        error: `between` is how SQL writes it
            tcp.dstport between 1 and 5
                        ^~~~~~~  write in {LOW..HIGH}
        error: `like` is how SQL writes it
            sensor like "t%"
                   ^~~~  write contains, or matches with a pattern
        error: the filter is empty

            ^  write a test such as tcp.dstport == 23
        error: expected an operator such as ==, found `23`
            tcp.dstport 23
                        ^~  write tcp.dstport == 23
        error: expected a value, found the end
            tcp.dstport ==
                          ^
        error: expected a field, found `23`
            tcp.dstport == 22 or 23
                                 ^~  write a test such as tcp.port == 23; several values go in a set: tcp.port in {22, 23}
        error: expected a field, found `10.0.0.1`
            10.0.0.1
            ^~~~~~~~  write ip.addr == 10.0.0.1
        error: expected `)`, found the end
            (tcp || udp
            ^  this bracket is not closed
        error: expected `&&`, `||` or the end, found `)`
            tcp)
               ^  no bracket was opened before it
        error: expected `&&`, `||` or the end, found `|`
            tcp | udp
                ^  write ||
        error: expected `&&`, `||` or the end, found `udp`
            tcp udp
                ^~~  write tcp && udp
        error: expected a value, found `}`
            tcp.dstport in {22, }
                                ^
        error: expected `,` or `}`, found `23`
            tcp.dstport in {22 23}
                               ^~
        error: the range ends before it starts
            tcp.dstport in {90..80}
                            ^~~~~~
        error: expected an operator such as ==, found `not`
            tcp.port not in {22}
                     ^~~  write !(tcp.port in {...})
        error: expected two addresses of one version, found `10.0.0.0/8..11.0.0.0/8`
            ip.src in {10.0.0.0/8..11.0.0.0/8}
                       ^~~~~~~~~~~~~~~~~~~~~~  a prefix is a range by itself
        error: expected `&&`, `||` or the end, found `[`
            payload[0:4] == "GET"
                   ^  slices are not part of the language: write a field such as tcp.flags & 0x02, or contains
        error: expected `&&`, `||` or the end, found `==`
            tcp.port == 80 == 1
                           ^~  write each comparison as a test of its own
        error: `$` means nothing in a filter
            $tcp
            ^
        error: expected `{`, found `@bad`
            ip.src in @bad
                      ^~~~
        error: ip.src is an IPv4 address, and `@bad` is not
            ip.src in {@bad}
                       ^~~~  write an address or prefix such as 192.0.2.0/24
        error: tcp.dstport is a number, and "ssh" is not
            tcp.dstport == "ssh"
                           ^~~~~  write a number such as 22 or 0x16
        error: tcp.dstport is a number, and "22" is not
            tcp.dstport == "22"
                           ^~~~  write 22 without quotes
        error: 70000 is too large for tcp.dstport, which is at most 65535
            tcp.dstport == 70000
                           ^~~~~
        error: tcp.dstport is a number, and `-1` is not
            tcp.dstport == -1
                           ^~  write a number such as 22 or 0x16
        error: ip.src is an IPv4 address, and `2001:db8::1` is not
            ip.src == 2001:db8::1
                      ^~~~~~~~~~~  write ipv6.src
        error: ip.src is an IPv4 address, and `localhost` is not
            ip.src == localhost
                      ^~~~~~~~~  write an address or prefix such as 192.0.2.0/24
        error: `>` does not work on ip.src, which is compared with a prefix
            ip.src > 10.0.0.0/8
                     ^~~~~~~~~~  write one address, or == for all of the prefix
        error: expected a text in double quotes, found `scan-syn`
            class == scan-syn
                     ^~~~~~~~  write "scan-syn"
        error: class is never "scan-sin"
            class == "scan-sin"
                     ^~~~~~~~~~  did you mean "scan-syn"?
        error: tag is never "a b"
            tag == "a b"
                   ^~~~~  a tag has no blanks: ask for each with &&
        error: `==` does not work on tcp, which is there or not
            tcp == 1
                ^~  write tcp alone, or !tcp
        error: `>` does not work on tcp.flags.syn, which is 0 or 1
            tcp.flags.syn > 0
                          ^  write == 0 or == 1
        error: 2 is too large for tcp.flags.syn, which is at most 1
            tcp.flags.syn == 2
                             ^
        error: `contains` does not work on tcp.dstport, which is a number
            tcp.dstport contains "2"
                        ^~~~~~~~  write ==, !=, <, <=, >, >= or in
        error: `matches` does not work on tag, which is a list of words
            tag matches "m"
                ^~~~~~~  write ==, !=, in or contains
        error: `&` does not work on src.asn, which is an AS number
            src.asn & 1
                    ^  only numbers have bits
        error: expected a text that is not empty, found ""
            sensor == ""
                      ^~  an absent field is !sensor
        error: payload is bytes, and `xyz` is not
            payload == xyz
                       ^~~  write bytes such as de:ad:be:ef, or a text in double quotes
        error: expected a time with its zone, found `2026-08-20`
            frame.time > 2026-08-20
                         ^~~~~~~~~~  write the zone too: 2026-08-20T00:00+09:00, or 2026-08-20T00:00Z
        error: expected a time with its zone, found `2026-08-20 03:12`
            frame.time > "2026-08-20 03:12"
                         ^~~~~~~~~~~~~~~~~~  write the zone too: 2026-08-20T03:12+09:00, or 2026-08-20T03:12Z
        error: frame.time is a time, and `soon` is not
            frame.time > soon
                         ^~~~  write a time with its zone such as 2026-08-20T03:12+09:00
        error: ip.src is an IPv4 address, and `300.1.1.1` is not
            ip.src == 300.1.1.1
                      ^~~~~~~~~  write an address or prefix such as 192.0.2.0/24
        error: tcp.dstport is never > 65535
            tcp.dstport > 65535
                          ^~~~~  65535 is the greatest
        error: tcp.dstport is never < 0
            tcp.dstport < 0
                          ^  0 is the least
        error: ip.src is never > 255.255.255.255
            ip.src > 255.255.255.255
                     ^~~~~~~~~~~~~~~  255.255.255.255 is the last address
        error: ip.src is never < 0.0.0.0
            ip.src < 0.0.0.0
                     ^~~~~~~  0.0.0.0 is the first address
        error: ipv6.src is never < ::
            ipv6.src < ::
                       ^~  :: is the first address
        error: src.asn is never > AS4294967295
            src.asn > AS4294967295
                      ^~~~~~~~~~~~  4294967295 is the greatest
        error: 0x1000 is too large for tcp.flags, which is at most 4095
            tcp.flags == 0x1000
                         ^~~~~~
        error: 0x1000 is too large for tcp.flags, which is at most 4095
            tcp.flags & 0x1000
                        ^~~~~~
        error: expected at least one bit, found `0`
            tcp.flags & 0
                        ^  write bits such as 0x02; == 0 asks that none is set
        error: 256 is too large for quote.ttl, which is at most 255
            quote.ttl == 256
                         ^~~
        error: 70000 is too large for quote.id, which is at most 65535
            quote.id == 70000
                        ^~~~~
        error: 2 is too large for dns.broken, which is at most 1
            dns.broken == 2
                          ^
        error: 300 is too large for ip.ttl, which is at most 255
            ip.ttl in {1, 300}
                          ^~~
        error: class is never "scam"
            class in {"scan-syn", "scam"}
                                  ^~~~~~  it is one of unparsed, not-ip, spoofed, scan-syn, scan-ack, scan-stealth, scan-udp, scan-icmp, backscatter-tcp, backscatter-icmp, backscatter-udp, udp-unknown, tcp-other, ip-other
        error: malformed is never "bad-offset"
            malformed == "bad-offset"
                         ^~~~~~~~~~~~  did you mean "tcp-bad-offset"?
        error: the text is not closed
            sensor == "tokyo
                      ^~~~~~  write " at its end
        error: `\.` is no escape in a text
            dns.qry.name matches "\.com$"
                                  ^~  write \\., or r"..." for a pattern
        error: the pattern cannot be used: unclosed group
            dns.qry.name matches "a("
                                 ^~~~
        error: the pattern cannot be used: it is too large
            dns.qry.name matches "(a{1000}){1000}"
                                 ^~~~~~~~~~~~~~~~~  repeat less often
        error: expected a pattern in double quotes, found `com`
            dns.qry.name matches com
                                 ^~~"#]].assert_eq(&drawn.join("\n"));
}

#[test]
fn a_word_that_a_vocabulary_does_not_have_is_told_like_any_other_fault() {
    let tags = Vocabulary::new(
        "tags",
        ["masscan", "mirai", "nmap-os", "nmap-syn"].map(|tag| (tag.to_string(), Vec::new())),
        "`teiten tag list` names them",
    );
    let wrong = [
        "tag == \"mirrai\"",
        "udp || !(tag in {\"mirai\", \"mascan\"})",
        "定点 == 1 || tag == \"nmap\"",
        "tag != \"nmap\"",
        "tag == \"mirai-syn\"",
        "tag contains \"mirrai\"",
    ];
    let drawn: Vec<String> = wrong
        .iter()
        .map(|text| match parse(text).and_then(|filter| filter.check(&tags)) {
            Ok(()) => "accepted".to_string(),
            Err(error) => error.drawn(),
        })
        .collect();
    expect![[r#"
        error: tag is never "mirrai"
            tag == "mirrai"
                   ^~~~~~~~  did you mean "mirai"?
        error: tag is never "mascan"
            udp || !(tag in {"mirai", "mascan"})
                                      ^~~~~~~~  did you mean "masscan"?
        error: unknown field `定点`
            定点 == 1 || tag == "nmap"
            ^~~~
        error: tag is never "nmap"
            tag != "nmap"
                   ^~~~~~  did you mean one of "nmap-os", "nmap-syn"?
        error: tag is never "mirai-syn"
            tag == "mirai-syn"
                   ^~~~~~~~~~~  did you mean "mirai"?
        accepted"#]]
    .assert_eq(&drawn.join("\n"));
}

#[test]
fn a_long_filter_is_shown_around_the_place() {
    let text = format!("{} tcp.dsport == 1 {}", "udp || ".repeat(50), "|| udp".repeat(50));
    let error = parse(&text).expect_err("the name is wrong");
    expect![[r#"
        error: unknown field `tcp.dsport`
            … || udp || udp || udp || udp ||  tcp.dsport == 1 || udp|| udp|| udp|| udp|| …
                                              ^~~~~~~~~~  did you mean tcp.dstport?"#]]
    .assert_eq(&error.drawn());
}

#[test]
fn more_than_is_read_is_refused() {
    let cases = [
        "(".repeat(30) + "tcp",
        "!".repeat(30) + "tcp",
        vec!["tcp"; 1001].join("||"),
        format!("tcp.port in {{{}}}", vec!["1"; 10_001].join(",")),
        vec!["sensor matches \"a\""; 17].join("||"),
        " ".repeat(300_000),
    ];
    let drawn: Vec<String> = cases
        .iter()
        .map(|text| parse(text).map_or_else(|error| error.reason().to_string(), |_| "accepted".into()))
        .collect();
    expect![[r#"
        nested brackets and negations: at most 20
        nested brackets and negations: at most 20
        tests in a filter: at most 1000
        members of sets: at most 10000
        patterns in a filter: at most 16
        bytes in a filter: at most 262144"#]]
    .assert_eq(&drawn.join("\n"));
}
