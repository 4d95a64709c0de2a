//! What a wrong scenario is told.
//!
//! **Invariant:** every message names the file, the place and the key, and says what to write instead.

use expect_test::expect;
use proptest::prelude::*;
use std::fmt::Write as _;
use teiten_model::interval::Day;
use teiten_simulate::{Scenario, frames, made_up_countries, simulate};

const RIGHT: &str = r#"title = "t"
seed = 1
zone = "Asia/Tokyo"
from = "2014-04-01"
to = "2014-04-03"

[[sensor]]
name = "a"
group = "jp"
region = "JP"
watch = [{ seen = "192.0.2.0/30" }]

[[actor]]
name = "worm"
kind = "worm"
rate = 10
ports = { 445 = 1 }
countries = { CN = 1 }
"#;

#[test]
fn errors_name_the_file_the_place_and_the_key() {
    let changes = [
        ("seed = 1", "sed = 1"),
        ("seed = 1", "seed = \"one\""),
        ("rate = 10", "rate = 10\nrat = 10"),
        ("rate = 10", "rate = \"ten\""),
        ("rate = 10", "rate = -1"),
        ("rate = 10", "rate = [[\"2014-04-02\", 1], [\"2014-04-01\", 2]]"),
        ("rate = 10", ""),
        ("rate = 10", "rate = 10\nzones = []"),
        ("Asia/Tokyo", "Asia/Edo"),
        ("to = \"2014-04-03\"", "to = \"2014-04-01\""),
        ("from = \"2014-04-01\"", "from = \"1 April\""),
        ("kind = \"worm\"", "kind = \"wurm\""),
        ("kind = \"worm\"", "kind = \"worm\"\ntool = \"zmap\""),
        ("kind = \"worm\"", "kind = \"worm\"\nsensors = [\"b\"]"),
        ("445 = 1", "http = 1"),
        ("445 = 1", "445 = 0"),
        ("445 = 1", ""),
        ("CN = 1", "China = 1"),
        ("name = \"a\"", "name = \"../a\""),
        ("name = \"a\"", "name = \"Tokyo-1\""),
        ("192.0.2.0/30", "192.0.2.1/30"),
        ("seen = \"192.0.2.0/30\"", "seen = \"192.0.2.0/30\", public = \"192.0.2.8/29\""),
        ("192.0.2.0/30", "2001:db8::/64"),
        ("192.0.2.0/30", "2001::/16"),
        ("rate = 10", "rate = 10\nip = 6"),
        ("rate = 10", "rate = 10\nip = 5"),
        ("kind = \"worm\"\nrate", "kind = \"botnet\"\nip = 6\nrate"),
        ("rate = 10", "rate = 10\npackets = 10"),
        ("rate = 10", "packets = 10\ntries = 2"),
        ("rate = 10", "packets = 10.5"),
        ("kind = \"worm\"", "kind = \"burst\""),
        ("kind = \"worm\"", "kind = \"survey\"\norganisation = \"Research, Ltd\""),
    ];
    let mut said = String::new();
    for (right, wrong) in changes {
        let text = RIGHT.replace(right, wrong);
        let error = Scenario::parse(&text, "s.toml").expect_err(wrong);
        let _ = writeln!(said, "{error}");
    }
    expect![[r#"
        s.toml, line 2: `sed = 1`: unknown field `sed`, expected one of `title`, `seed`, `zone`, `from`, `to`, `home`, `judge`, `expect`, `tolerate`, `sensor`, `actor`
        s.toml, line 2: `seed = "one"`: invalid type: string "one", expected u64
        s.toml, line 17: `rat = 10`: unknown field `rat`, expected one of `name`, `kind`, `ip`, `from`, `to`, `sensors`, `groups`, `regions`, `rate`, `weekly`, `daily`, `peak_hour`, `jitter`, `bursts`, `countries`, `sources`, `life_days`, `skew`, `organisation`, `tool`, `ports`, `tries`, `second_phase`, `packets`, `every_days`, `src_port`, `window`, `zones`, `servfail`, `refused`, `unreachable`, `forwarders`, `attack`, `episodes_per_day`, `minutes`, `routers`, `client`, `requests`, `ping`, `dns_name`, `ttls`, `icmp`, `service`, `addresses`, `repeats`, `every_hours`, `header`, `names`, `zone`, `expect`, `tolerate`
        s.toml, line 16: `rate = "ten"`: expected a number, or points such as [["2014-01-01", 12.5], ["2014-04-01", 30]]
        s.toml: actor `worm`: `rate`: -1 is not between 0 and 10000000
        s.toml: actor `worm`: `rate`: the dates are not in ascending order
        s.toml: actor `worm`: `rate`: it is missing
        s.toml: actor `worm`: `zones`: kind `worm` does not use it, only rate, packets, tool, ports, tries
        s.toml: scenario: `zone`: `Asia/Edo` is not a time zone: write an IANA name such as `Asia/Tokyo`
        s.toml: scenario: `to`: not after `from`
        s.toml: scenario: `from`: `1 April` is not a date: write `2014-04-01` or `2014-04-01T09:30`
        s.toml: actor `worm`: `kind`: `wurm` is not one of scanner, survey, worm, botnet, burst, os-probe, source-port, random-subdomain, rsdos, misconfiguration, storm, reflection, repeated-answer, periodic, family, dns-answers, udp-requests, icmp-echo, background, gre
        s.toml: actor `worm`: `tool`: `zmap` is not one of zmap-classic, zmap-3, zmap-4-windows, zmap-4-linux, zmap-4-bsd, zmap-4-smallest, masscan-1.0, masscan-1.3, masscan-2023, nmap-syn, nmap-syn-old, nmap-ack, nmap-null, nmap-fin, nmap-xmas, unicornscan, hping3, nping, scapy, linux-connect, windows-connect, plain-syn, syn-ack-scan
        s.toml: actor `worm`: `sensors`: no sensor has `b`
        s.toml: actor `worm`: `ports`: `http` is not a port: write 0 to 65535 or `random`
        s.toml: actor `worm`: `ports`: 0 is not between 0.000000001 and 1000000000
        s.toml: actor `worm`: `ports`: there is none
        s.toml: actor `worm`: `countries`: `China` is not a country code such as `JP`
        s.toml: sensor `../a`: `name`: it is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all
        s.toml: sensor `Tokyo-1`: `name`: it is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all
        s.toml: sensor `a`: `seen`: `192.0.2.1/30` is not a prefix: too long, or bits are set beyond its length
        s.toml: sensor `a`: `public`: not an IPv4 prefix of the same length as `seen`
        s.toml: actor `worm`: `ip`: no sensor it aims at watches IPv4 addresses
        s.toml: sensor `a`: `seen`: `2001::/16` is too wide: write an IPv4 prefix from /8 or an IPv6 one from /32 on
        s.toml: actor `worm`: `ip`: no sensor it aims at watches IPv6 addresses
        s.toml: actor `worm`: `ip`: 5 is not 4 or 6
        s.toml: actor `worm`: `ip`: there is no such thing over IPv6: write 4 or leave it out
        s.toml: actor `worm`: `packets`: write either `rate` or `packets`
        s.toml: actor `worm`: `packets`: it counts single packets: leave out `tries` and `second_phase`
        s.toml: actor `worm`: `packets`: 10.5 is not a whole number
        s.toml: actor `worm`: `sensors`: a burst has one sensor in `sensors`, a `from` and a `to`
        s.toml: actor `worm`: `organisation`: `Research, Ltd` is not a name of up to 100 bytes without commas and quotes
    "#]].assert_eq(&said);
}

#[test]
fn what_only_a_run_can_find_is_named_too() {
    let countries = made_up_countries();
    let mut said = String::new();
    let scenario = Scenario::parse(&RIGHT.replace("CN = 1", "XX = 1"), "s.toml").expect("right so far");
    let _ =
        writeln!(said, "{}", frames(&scenario, &countries, "a", Day(16_161)).expect_err("no such country"));
    let scenario = Scenario::parse(RIGHT, "s.toml").expect("right");
    let _ =
        writeln!(said, "{}", frames(&scenario, &countries, "b", Day(16_161)).expect_err("no such sensor"));
    let many =
        Scenario::parse(&RIGHT.replace("rate = 10", "rate = 10_000_000"), "s.toml").expect("right so far");
    let error = frames(&many, &countries, "a", Day(16_161)).expect_err("too many").to_string();
    assert!(error.contains("on 2014-04-01, more than 3000000: lower the rates"), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine"), "x").expect("a file");
    let error = simulate(&scenario, &countries, folder.path(), &mut |_, _| {}).expect_err("not empty");
    let _ = writeln!(said, "{}", error.to_string().replace(&folder.path().display().to_string(), "OUT"));
    expect![[r#"
        actor `worm`: country `XX` has no address range in the made-up table of teiten simulate: import another edition or take it out of `countries`
        the scenario has no sensor `b`: it has a
        OUT is not empty: name a new folder, so that captures of two scenarios are not mixed
    "#]].assert_eq(&said);
}

#[test]
fn two_sensors_may_not_watch_one_address_at_one_time() {
    let second = "[[sensor]]\nname = \"b\"\ngroup = \"jp\"\nregion = \"JP\"\nwatch = [{ seen = \"192.0.2.2/32\" }]\n\n[[actor]]";
    let text = RIGHT.replace("[[actor]]", second);
    let error = Scenario::parse(&text, "s.toml").expect_err("they overlap").to_string();
    expect!["s.toml: sensor `b`: `seen`: sensor `a` watches it at the same time"].assert_eq(&error);
}

proptest! {
    #[test]
    fn a_scenario_with_strange_text_in_it_is_read_or_refused(at in 0..RIGHT.len(), cut in 0usize..40, text in "\\PC{0,12}") {
        let end = (at + cut).min(RIGHT.len());
        let changed = format!("{}{text}{}", &RIGHT[..at], &RIGHT[end..]);
        if let Err(error) = Scenario::parse(&changed, "s.toml") {
            prop_assert!(error.to_string().starts_with("s.toml"));
        }
    }
}
