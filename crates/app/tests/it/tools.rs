//! The scenario of every tool through the whole way: what each tool is tagged as, IPv6, forwarders, routers,
//! organisations; and an oracle for the bytes.

use std::path::Path;
use std::process::Command;

use expect_test::expect;
use serde_json::Value;

use crate::program::{Ran, line, rows, run};
use crate::sheets::list;

/// The scenario simulated and imported, with its countries, AS and organisations.
struct Tools {
    folder: tempfile::TempDir,
    truth: Value,
}

impl Tools {
    fn new() -> Tools {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tools.toml");
        run(folder.path(), &["simulate", &scenario.display().to_string(), "--out", "sim"]).well();
        for table in ["countries", "as", "scanners"] {
            let command = format!("data import sim/{table}.csv --date 2024-06-01 --store st");
            line(folder.path(), &command).well();
        }
        line(folder.path(), "import sim --sensors sim/sensors.toml --store st").well();
        let text = std::fs::read_to_string(folder.path().join("sim/truth.json")).expect("the truth");
        Tools { truth: serde_json::from_str(&text).expect("JSON"), folder }
    }

    fn ask(&self, question: &str) -> Ran {
        line(self.folder.path(), &format!("--store st --tz UTC {question}")).well()
    }

    fn query(&self, sql: &str) -> Vec<Vec<String>> {
        let ran = run(self.folder.path(), &["--store", "st", "query", sql, "-o", "csv"]);
        rows(&ran.well())
    }

    /// The numbers of a statement's only row.
    fn numbers(&self, sql: &str) -> Vec<i64> {
        self.query(sql)[0].iter().map(|cell| cell.parse().unwrap_or(0)).collect()
    }
}

fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number, not {value}"))
}

#[test]
fn every_tool_is_known_by_its_packets() {
    let tools = Tools::new();
    let told = tools.query(
        "SELECT dst_port, tags, class, sum(packets) FROM packets WHERE ip_proto = 6 AND dst_port BETWEEN 21001 AND \
         21060 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    );
    let names = std::fs::read_to_string(tools.folder.path().join("sim/scenario.toml")).expect("the scenario");
    let tool_of = |port: &str| -> String {
        let at = names.find(&format!("{{ {port} = 1 }}")).expect("the port of an actor");
        let name = names[..at].rfind("name = \"").expect("its name");
        names[name + 8..].split('"').next().expect("a name").to_string()
    };
    let said: String =
        told.iter().map(|row| format!("{}: {} {} {}\n", tool_of(&row[0]), row[3], row[2], row[1])).collect();
    expect![[r#"
        zmap-classic: 20 scan-syn zmap
        zmap-3: 20 scan-syn zmap
        zmap-4-windows: 20 scan-syn zmap-4
        zmap-4-linux: 20 scan-syn zmap-4
        zmap-4-bsd: 20 scan-syn zmap-4
        zmap-4-smallest: 20 scan-syn zmap-4
        masscan-1.0: 20 scan-syn masscan
        masscan-1.3: 20 scan-syn masscan
        masscan-2023: 20 scan-syn masscan
        nmap-syn: 20 scan-syn nmap-syn
        nmap-syn-old: 20 scan-syn nmap-syn
        nmap-ack: 20 scan-ack nmap-ack
        nmap-null: 20 scan-stealth nmap-stealth
        nmap-fin: 20 scan-stealth nmap-stealth
        nmap-xmas: 20 scan-stealth nmap-stealth
        unicornscan: 20 scan-syn 
        hping3: 20 scan-syn hping3
        nping: 20 scan-syn 
        scapy: 20 scan-syn 
        linux-connect: 20 scan-syn 
        windows-connect: 20 scan-syn 
        plain-syn: 20 scan-syn 
        nmap-tries: 48 scan-syn nmap-syn
        two-phase: 58 scan-syn masscan
        two-phase: 34 scan-syn 
    "#]]
    .assert_eq(&said);
    // UDP and ICMP: which tags each source of an asker's packets got, whatever was asked.
    let askers = tools.query(
        "SELECT tags, ip_proto, sum(packets) FROM packets WHERE ip_id = 54321 AND ip_proto <> 6 GROUP BY 1, 2 \
         ORDER BY 2, 1",
    );
    assert!(askers.iter().all(|row| row[0].split(' ').any(|tag| tag == "zmap")), "{askers:?}");
    let packets = |protocol: &str| -> i64 {
        let own = askers.iter().filter(|row| row[1] == protocol);
        own.map(|row| row[2].parse::<i64>().expect("a number")).sum()
    };
    assert_eq!((packets("17"), packets("1")), (60, 30), "all that ZMap before 4.1 sent");
}

#[test]
fn both_families_are_counted_as_planted() {
    let tools = Tools::new();
    let whole = &tools.truth["groups"]["*"]["whole"];
    for (by, of, key) in [("ports", "ports", "port"), ("countries", "countries", "country")] {
        let found = rows(&tools.ask(&format!("top {by} --top 5000 -o csv")));
        for planted in list(&whole[of]) {
            let name = planted[key].as_str().expect("a name");
            let row = found.iter().find(|row| row[1] == name).unwrap_or_else(|| panic!("{name} is there"));
            assert_eq!(row[3], planted["count"].to_string(), "{name}");
        }
    }
    for (name, sensor) in tools.truth["sensors"].as_object().expect("sensors") {
        let stored = tools.ask(&format!("packets --sensor {name} --only-count")).text();
        assert_eq!(stored.trim(), sensor["quarters"]["2024Q2"]["packets"].to_string(), "{name}");
    }
    assert_eq!(tools.ask("packets --apart --only-count").text().trim(), "0");
    let actors = rows(&tools.ask("top actors -o csv"));
    let planted = whole["organisations"].as_object().expect("organisations");
    assert_eq!(actors.len(), planted.len());
    for row in actors {
        assert_eq!(row[2], planted[&row[1]].to_string(), "{}", row[1]);
    }
}

#[test]
fn answers_errors_and_victims_are_those_that_were_planted() {
    let tools = Tools::new();
    let whole = &tools.truth["groups"]["*"]["whole"];
    let dns = &whole["dns"];
    let answers = tools.numbers(
        "SELECT sum(packets), sum(CASE WHEN src_port = 53 THEN packets ELSE 0 END), count(DISTINCT src) + count(DISTINCT \
         src6) FROM packets WHERE ip_proto = 17 AND dns_flags >= 32768",
    );
    let planted = ["answers", "answers_from_53", "responders"].map(|what| count(&dns[what]));
    assert_eq!(answers, planted);
    assert!(planted[1] < planted[0], "some forwarders answer from other ports");
    let found = rows(&tools.ask("finding list --period 2024-06-03 -o csv"));
    let zones = found.iter().filter(|row| row[1] == "dns-aftermath");
    let mut zones: Vec<&str> = zones.map(|row| row[2].as_str()).collect();
    let mut under_attack: Vec<&str> =
        list(&dns["zones"]).iter().map(|zone| zone["zone"].as_str().expect("a zone")).collect();
    zones.sort_unstable();
    under_attack.sort_unstable();
    assert_eq!(zones, under_attack, "zones that are asked over IPv4 and over IPv6");
    for (family, source, error) in [("four", "src", "quote_dst"), ("six", "src6", "quote_dst6")] {
        let victims = tools.numbers(&format!(
            "SELECT count(DISTINCT CASE WHEN quote_proto IS NULL THEN {source} ELSE {error} END) FROM packets WHERE \
             class LIKE 'backscatter-%' AND dns_flags IS NULL AND coalesce(quote_dst_port, 0) <> 53 AND \
             {source} IS NOT NULL"
        ));
        let most =
            ["tcp", "icmp", "udp"].iter().flat_map(|attack| list(&whole["backscatter"][*attack]["most"]));
        let own = most
            .filter(|row| row["victim"].as_str().is_some_and(|text| text.contains(':') == (family == "six")));
        assert_eq!(victims[0], own.count() as i64, "victims over IPv{family}");
    }
}

#[test]
fn another_reader_finds_nothing_wrong_with_the_bytes() {
    let tools = Tools::new();
    for sensor in ["jp-01", "jp-02", "id-01"] {
        for file in std::fs::read_dir(tools.folder.path().join("sim").join(sensor)).expect("captures") {
            let path = file.expect("an entry").path();
            let checked = |fields: &[&str], filter: &str| {
                let mut command = Command::new("tshark");
                command.arg("-n").arg("-r").arg(&path).args(["-Y", filter, "-T", "fields"]);
                for kind in ["ip", "tcp", "udp"] {
                    command.args(["-o", &format!("{kind}.check_checksum:TRUE")]);
                }
                command.args(fields.iter().flat_map(|field| ["-e", field]));
                let output = command.output().expect("tshark is there");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                String::from_utf8_lossy(&output.stdout).into_owned()
            };
            let wrong = "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || \
                         icmp.checksum.status == 0 || icmpv6.checksum.status == 0";
            assert_eq!(checked(&["frame.number"], wrong), "", "{}: checksums", path.display());
            // UDP payloads of background noise may look like anything; headers may not be broken.
            let broken = "_ws.malformed && tcp";
            assert_eq!(checked(&["frame.number"], broken), "", "{}: headers", path.display());
        }
    }
}
