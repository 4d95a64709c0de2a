//! Words and what they mean; words that mean nothing and what is said to them.

use super::*;

fn told(arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    match read(&arguments, &Services::default()) {
        Err(Usage(sentence)) => sentence,
        Ok(things) => {
            let word = |thing: &Thing| match thing {
                Thing::Address(address) => address.to_string(),
                Thing::Port(proto, port) => {
                    protocols::port_label(Some(i64::from(*proto)), Some(i64::from(*port)))
                }
                Thing::Protocol(number) => format!("protocol {number}"),
                Thing::Message(family, kind, code) => {
                    icmp::label(*family, i64::from(*kind), code.map(i64::from))
                }
                Thing::Country(country) => country.to_string(),
                Thing::As(number) => format!("AS{number}"),
            };
            things.iter().map(word).collect::<Vec<_>>().join(", ")
        }
    }
}

#[test]
fn words_mean_what_a_person_means_by_them() {
    let cases: &[(&[&str], &str)] = &[
        (&["192.0.2.1", "2001:DB8::1"], "192.0.2.1, 2001:db8::1"),
        (&["445/tcp"], "445/TCP"),
        (&["445/TCP", "53/udp", "9899/sctp"], "445/TCP, 53/UDP, 9899/SCTP"),
        (&["6000"], "6000/TCP, 6000/UDP"),
        (&["0"], "0/TCP, 0/UDP"),
        (&["port", "22"], "22/TCP, 22/UDP"),
        (&["proto", "47"], "protocol 47"),
        (&["proto 47"], "protocol 47"),
        (&["protocol", "ipv6-icmp", "GRE"], "protocol 58, protocol 47"),
        (&["gre", "icmp", "tcp"], "protocol 47, protocol 1, protocol 6"),
        (&["icmp", "3/3"], "ICMP 3/3"),
        (&["icmp 3/3", "icmpv6", "135"], "ICMP 3/3, ICMPv6 135"),
        (&["icmp", "11"], "ICMP 11, ICMP 11/0, ICMP 11/1"),
        (&["icmpv6", "1/4", "icmp", "53/udp"], "ICMPv6 1/4, protocol 1, 53/UDP"),
        (&["icmp", "192.0.2.1", "as", "8.8.8.8"], "protocol 1, 192.0.2.1, AS, 8.8.8.8"),
        (&["icmp", "echo-request"], "ICMP 8"),
        (&["a/n", "Mobility Header"], "protocol 107, protocol 135"),
        (&["port-unreachable"], "ICMP 3/3, ICMPv6 1/4"),
        (&["JP", "kr", "country", "de"], "JP, KR, DE"),
        (&["Japan", "South Korea", "中国"], "JP, KR, CN"),
        (&["AS64496", "as64497", "as", "64498"], "AS64496, AS64497, AS64498"),
        // American Samoa, Israel and a protocol.
        (&["AS", "IL"], "AS, IL, protocol 40"),
        (&["ssh", "domain"], "22/TCP, 53/TCP, 53/UDP"),
    ];
    for (arguments, expected) in cases {
        assert_eq!(told(arguments), *expected, "{arguments:?}");
    }
}

#[test]
fn what_is_not_understood_is_answered_with_what_to_write() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["nowhere-at-all"],
            "`nowhere-at-all` is nothing that can be looked up: write 192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496",
        ),
        (&["grre"], "`grre` is nothing that can be looked up: did you mean `gre`?"),
        (&["ehco-request"], "`ehco-request` is nothing that can be looked up: did you mean `echo-request`?"),
        (
            &[" "],
            "nothing was named: write 192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496",
        ),
        (&["445/tpc"], "`tpc` is no protocol with ports: write `445/tcp`"),
        (&["445/gre"], "`gre` is no protocol with ports: write `445/tcp`"),
        (&["tcp/445"], "`tcp/445` is not understood: write `445/tcp`"),
        (&["icmp/3"], "`icmp/3` is not understood: write `icmp 3`"),
        (
            &["70000"],
            "`70000` is not a port: ports are 0 to 65535, such as 445/tcp; an AS is written AS64496",
        ),
        (&["192.0.2.0/24"], "`192.0.2.0/24` is a network: write an address inside it, such as 192.0.2.0"),
        (
            &["192.0.2.300"],
            "`192.0.2.300` is nothing that can be looked up: write 192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496",
        ),
        (&["proto"], "`proto` says what the next word is: write `proto 47`"),
        (
            &["proto", "300"],
            "`300` is no protocol above IP: write a number from 0 to 255 or a word such as gre",
        ),
        (
            &["proto", "eirgp"],
            "`eirgp` is no protocol above IP: write a number from 0 to 255 or a word such as gre, or did you mean `eigrp`?",
        ),
        (&["icmp", "300"], "`300` is no type of ICMP: types and codes are 0 to 255, such as `icmp 3/3`"),
        (&["icmpv6", "1/"], "`1/` is no type of ICMPv6: types and codes are 0 to 255, such as `icmpv6 3/3`"),
        (&["country", "Japann"], "`Japann` is no country: did you mean `Japan`?"),
        (
            &["AS99999999999"],
            "`99999999999` is no number of an AS: numbers are 0 to 4294967295, such as AS64496",
        ),
    ];
    for (arguments, expected) in cases {
        assert_eq!(told(arguments), *expected, "{arguments:?}");
    }
}
