//! What the detectors say of real captures: the answers that docs/guide/real-captures.md explains.
//!
//! A capture is imported with sensors at the addresses it was taken at, so that its packets belong to somebody.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use crate::program::{line, shared};

/// A capture, and where it was taken: one sensor an address or prefix.
struct Real {
    capture: &'static str,
    watched: &'static [&'static str],
}

fn folder_of(real: &Real) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let sensors: String = real
        .watched
        .iter()
        .enumerate()
        .map(|(place, seen)| {
            format!(
                "[[sensor]]\nname = \"s{place:02}\"\ngroup = \"g{}\"\nregion = \"R\"\ncountry = \"US\"\n\
                 provider = \"access\"\nowner = \"o\"\nwatch = [{{ seen = \"{seen}\" }}]\n",
                place % 3
            )
        })
        .collect();
    std::fs::write(folder.path().join("sensors.toml"), sensors).expect("sensors");
    let capture = shared().join("pcap").join(real.capture);
    line(folder.path(), &format!("import {} --sensors sensors.toml --store st --tz UTC", capture.display()));
    (folder, capture)
}

/// Findings as `detector, subject, confidence, packets, sources, sensors`, and the first lines of a list.
fn said(folder: &Path, list: &str) -> String {
    let found = line(folder, "--store st finding list -o csv --tz UTC").well().text();
    let mut text = String::new();
    for row in found.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        text.push_str(&format!("{} | {} | {}\n", cells[1], cells[2], cells[5..9].join(" ")));
    }
    if !list.is_empty() {
        text.push_str(&line(folder, &format!("--store st {list} -o csv --tz UTC")).well().text());
    }
    text
}

fn check(real: &Real, list: &str, expected: Expect) {
    let (folder, _) = folder_of(real);
    expected.assert_eq(&said(folder.path(), list));
}

#[test]
fn service_location_probes_at_ten_addresses_over_fifteen_days() {
    let slp = Real {
        capture: "scan/ndpi_slp427_15days_10sensors.pcap",
        watched: &[
            "165.114.202.61/32",
            "165.144.84.62/32",
            "90.141.37.56/32",
            "74.111.203.55/32",
            "69.109.187.54/32",
            "85.111.52.57/32",
            "90.147.171.51/32",
            "90.111.212.50/32",
            "186.112.202.53/32",
            "90.145.180.58/32",
        ],
    };
    check(
        &slp,
        "event list --top 5",
        expect![[r#"
        source,country,asn,actor,port,class,tool,shape,first,last,packets,bytes,addresses,sensors,minute,rate_low,rate_high
        200.31.144.158,,,,427/UDP,scan-udp,zmap,horizontal,2023-06-01T18:30:47.091385Z,2023-06-01T20:17:49.220572Z,10,710,10,10,1,,
        200.31.144.158,,,,427/UDP,scan-udp,zmap,horizontal,2023-06-08T20:53:27.667798Z,2023-06-08T22:31:30.143641Z,10,710,10,10,1,,
        200.31.144.158,,,,427/UDP,scan-udp,zmap,horizontal,2023-06-11T05:27:25.285022Z,2023-06-11T07:38:50.125468Z,10,710,10,10,2,,
        173.161.10.173,,,,427/UDP,scan-udp,zmap,horizontal,2023-06-12T08:00:16.084247Z,2023-06-13T02:14:10.094352Z,10,670,6,6,1,,
        81.24.43.106,,,,427/UDP,scan-udp,zmap,horizontal,2023-06-05T10:27:25.026064Z,2023-06-05T23:14:21.718393Z,9,603,5,5,1,,
    "#]],
    );
}

#[test]
fn answers_of_ftp_servers_crowd_in_on_one_address() {
    let ftp = Real { capture: "backscatter/synack_ftp21_reflection.pcapng", watched: &["10.10.10.10/32"] };
    check(
        &ftp,
        "backscatter list --top 3",
        expect![[r#"
            source,country,asn,port,ports,forged_ports,packets,bytes,minute,sensors,days,first,last,syn_acks,errors,routers,errors_dns,mismatches,victim_kind
            75.136.225.254,,,21/TCP,1,1,396,23760,30,1,1,2021-06-20T19:42:57.409323Z,2021-06-20T19:56:35.453656Z,396,0,0,0,0,unknown
            93.114.150.139,,,21/TCP,1,1,136,8160,10,1,1,2021-06-20T19:43:02.377906Z,2021-06-20T19:56:32.376618Z,136,0,0,0,0,unknown
            104.18.0.89,,,443/TCP,1,4,4,264,2,1,1,2021-06-20T19:43:55.996030Z,2021-06-20T19:55:56.091917Z,4,0,0,0,0,unknown
        "#]],
    );
}

#[test]
fn answers_of_snmp_agents_crowd_in_on_one_address() {
    let snmp = Real { capture: "amplification/snmp161_reflection.pcapng", watched: &["10.10.10.10/32"] };
    check(
        &snmp,
        "backscatter list --top 3",
        expect![[r#"
            udp-reflection | 161/UDP | weak 1 4079 4028
            source,country,asn,port,ports,forged_ports,packets,bytes,minute,sensors,days,first,last,syn_acks,errors,routers,errors_dns,mismatches,victim_kind
        "#]],
    );
}

#[test]
fn a_flood_of_syn_with_ecn_bits_from_forged_sources() {
    let flood = Real { capture: "backscatter/synflood_ecn_cwr.pcapng", watched: &["10.10.10.10/32"] };
    check(
        &flood,
        "event list --top 3",
        expect![[r#"
        source,country,asn,actor,port,class,tool,shape,first,last,packets,bytes,addresses,sensors,minute,rate_low,rate_high
    "#]],
    );
}

#[test]
fn answers_of_a_root_server_are_no_attack_on_a_zone() {
    let root = Real { capture: "dns/rootserver_knot_live_52s.pcap.xz", watched: &["0.0.0.0/0", "::/0"] };
    check(
        &root,
        "resolver list --top 3",
        expect![[r#"
        source,country,asn,answers,recursive,no_such_name,server_failure,refused,first,last,days,sensors,src_port
    "#]],
    );
}

#[test]
fn answers_of_name_servers_to_one_address_are_few() {
    let dns = Real { capture: "dns/ndpi_badpackets_dns_backscatter.pcap", watched: &["204.186.80.229/32"] };
    check(
        &dns,
        "resolver list --top 3",
        expect![[r#"
            source,country,asn,answers,recursive,no_such_name,server_failure,refused,first,last,days,sensors,src_port
            131.78.81.254,,,13,13,13,0,0,2017-05-22T11:03:49.466717Z,2017-05-22T11:18:35.752227Z,1,1,53
            206.38.35.3,,,2,2,2,0,0,2017-05-22T11:15:20.070227Z,2017-05-22T11:18:11.093884Z,1,1,53
        "#]],
    );
}

#[test]
fn an_imitated_victim_of_a_flood_is_found_with_its_port() {
    let victim =
        Real { capture: "toolmade/hping3_backscatter_synack_rst.pcap", watched: &["203.0.113.0/24"] };
    check(
        &victim,
        "backscatter list --top 3",
        expect![[r#"
            source,country,asn,port,ports,forged_ports,packets,bytes,minute,sensors,days,first,last,syn_acks,errors,routers,errors_dns,mismatches,victim_kind
            198.51.100.21,,,80/TCP,1,60,60,3240,60,1,1,2026-11-23T01:01:13.505096Z,2026-11-23T01:01:17.867693Z,45,0,0,0,0,unknown
        "#]],
    );
}

#[test]
fn tools_that_were_run_are_named_and_nothing_else() {
    let mut text = String::new();
    let mut captures: Vec<String> = std::fs::read_dir(shared().join("pcap/tool-scans"))
        .expect("the captures of tools")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".pcap"))
        .collect();
    captures.sort();
    for capture in captures {
        let name: &'static str = format!("tool-scans/{capture}").leak();
        let (folder, _) = folder_of(&Real { capture: name, watched: &["203.0.113.0/24"] });
        let sql = "SELECT tags AS tool, shape, count(*) AS events, sum(packets) AS packets FROM events GROUP BY 1, 2 ORDER BY 1, 2";
        line(folder.path(), "--store st event list").well();
        let rows = line(folder.path(), &format!("--store st query '{sql}' -o csv")).well().text();
        let rows: Vec<&str> = rows.lines().skip(1).collect();
        text.push_str(&format!("{capture}: {}\n", rows.join("; ")));
    }
    expect![[r#"
        connect_linux_bash.pcap: ,horizontal,1,8
        dig_query.pcap: ,horizontal,1,5
        fping_sweep.pcap: ,horizontal,1,254
        hping3_icmp.pcap: ,single,1,100
        hping3_randdest.pcap: hping3,horizontal,1,256
        hping3_randsource.pcap: 
        hping3_rst.pcap: 
        hping3_syn.pcap: hping3,single,1,200
        hping3_syn_portinc.pcap: 
        hping3_udp.pcap: ,single,1,200
        ikescan_500.pcap: ,horizontal,1,64
        masscan132_ping.pcap: masscan,horizontal,1,256
        masscan132_seed.pcap: masscan,horizontal,1,256
        masscan132_syn_80_23.pcap: masscan,horizontal,2,512
        masscan132_syn_ports.pcap: 
        nmap793_frag.pcap: ,,2,24
        nmap793_sA.pcap: nmap-ack,horizontal,2,32
        nmap793_sF.pcap: nmap-stealth,horizontal,2,32
        nmap793_sN.pcap: nmap-stealth,horizontal,2,32
        nmap793_sS.pcap: nmap-syn,strobe,3,96
        nmap793_sT.pcap: ,horizontal,2,32
        nmap793_sU.pcap: nmap-payload,strobe,3,80; ,strobe,4,80
        nmap793_sX.pcap: nmap-stealth,horizontal,2,32
        nmap793_sn_ping.pcap: nmap-ack,strobe,1,11; nmap-syn,strobe,1,12; ,strobe,2,267
        nping_syn.pcap: ,horizontal,2,256
        nping_udp.pcap: ,horizontal,1,64
        onesixtyone_snmp.pcap: ,horizontal,1,64
        ping_linux.pcap: ,single,1,10
        scapy_syn_sweep.pcap: sport-6000,horizontal,1,64
        snmpget_v2c.pcap: ,horizontal,1,3
        traceroute_icmp.pcap: ,single,1,20
        traceroute_tcp.pcap: ,single,1,20
        traceroute_udp.pcap: 
        zmap211_icmp_echo.pcap: zmap,horizontal,1,256
        zmap211_syn_80.pcap: zmap,horizontal,1,256
        zmap211_udp_ntp.pcap: zmap,horizontal,1,256
        zmap211_udp_text.pcap: zmap,horizontal,1,256
        zmap211_upnp.pcap: zmap,horizontal,1,256
        zmap4_dns.pcap: ,horizontal,1,256
        zmap4_icmp_echo.pcap: zmap-4,horizontal,1,256
        zmap4_syn_22_opt_smallest-probes.pcap: zmap-4,horizontal,1,256
        zmap4_syn_22_opt_windows.pcap: zmap-4,horizontal,1,256
        zmap4_syn_80.pcap: zmap-4,horizontal,1,256
        zmap4_syn_80_443.pcap: zmap-4,horizontal,2,512
        zmap4_udp_ntp_hex.pcap: ,horizontal,1,256
    "#]]
    .assert_eq(&text);
}
