//! `intel` as it is typed: other people's catalogues with the counts their page states, what two editions differ in, and
//! what is said of planted waves, of findings, series and reports.
//!
//! **Invariant:** the catalogues of others are read where they lie; one that is not there fails the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::program::{Ran, line, rows, run, shared};

/// A folder that is empty at first.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.try_exists().expect("a folder") {
        std::fs::remove_dir_all(&folder).expect("what an earlier run left goes away");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Imports catalogues of the shared data.
fn import(folder: &Path, paths: &[&str], date: &str) -> Ran {
    let paths: Vec<String> = paths.iter().map(|path| shared().join(path).display().to_string()).collect();
    let all = ["--store", "st", "intel", "import", "--date", date].map(str::to_string);
    run(folder, &all.into_iter().chain(paths).collect::<Vec<_>>())
}

/// The catalogues of the shared data.
static REAL: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = folder("intel-real");
    let whole = import(&folder, &["vuln", "threat"], "2026-08-22").well();
    assert!(whole.err.contains("kev=2025-08-25: 1404 records"), "{}", whole.err);
    folder
});

/// A store of planted waves and decoys, and what became known beside them.
static WAVES: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = folder("intel-waves");
    let eval = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/eval");
    let (scenario, known) = (eval.join("exploit.toml"), eval.join("exploit.known.csv"));
    run(&folder, &["simulate", &scenario.display().to_string(), "--out", "sim", "--seed", "7"]).well();
    for table in ["countries", "as", "scanners"] {
        line(&folder, &format!("--store st data import sim/{table}.csv")).well();
    }
    line(&folder, "--store st import sim --sensors sim/sensors.toml").well();
    run(&folder, &["--store", "st", "intel", "import", &known.display().to_string(), "--date", "2025-12-01"])
        .well();
    folder
});

const PERIOD: &str = "--from 2025-05-05 --to 2025-06-30";

fn waves(question: &str) -> Ran {
    line(&WAVES, &format!("--store st {question}")).well()
}

#[test]
fn every_catalogue_is_imported_with_the_counts_its_page_states() {
    let status = rows(&line(&REAL, "--store st intel status -o csv").well());
    let counts: BTreeMap<String, u64> = status
        .iter()
        .map(|row| (format!("{}/{}", row[0], row[1]), row[4].parse::<u64>().expect("a count")))
        .collect();
    let expected = [
        ("kev/kev", 1_404),
        ("nvd/nvd", 49),
        ("cve/cve", 2),
        ("jvn/jvn", 10),
        ("epss/epss", 1_556),
        ("rules/emerging-exploit", 359),
        ("rules/emerging-scan", 57),
        ("galaxy/backdoor", 29),
        ("galaxy/botnet", 148),
        ("galaxy/exploit-kit", 53),
        ("galaxy/mitre-attack-pattern", 1_266),
        ("galaxy/mitre-malware", 850),
        ("galaxy/mitre-tool", 97),
        ("galaxy/rat", 270),
        ("galaxy/stealer", 18),
        ("galaxy/tool", 608),
    ];
    for (name, count) in expected {
        assert_eq!(counts.get(name), Some(&count), "{name} of {counts:?}");
    }
    let lists = counts.keys().filter(|name| name.starts_with("lists/")).count();
    assert_eq!((lists, counts.len()), (22, 22 + expected.len()), "{counts:?}");
    // Lists of scanners are reference data, because packets carry what they say.
    let data = rows(&line(&REAL, "--store st data status -o csv").well());
    let scanners: Vec<u64> = data
        .iter()
        .filter(|row| row[0] == "scanner" && row[1].starts_with("maltrail"))
        .map(|row| row[4].parse().expect("a count"))
        .collect();
    assert_eq!(scanners, [19_220, 1_106]);
    assert_eq!(data.len(), 34);
    let again = import(&REAL, &["vuln/cisa_kev_2025-08-25.csv"], "2025-08-25").well();
    assert!(again.err.contains("holds that already"), "{}", again.err);
}

#[test]
fn what_is_known_is_listed_shown_and_looked_up() {
    let shown =
        line(&REAL, "--store st intel show CVE-2021-35394 mirai dahua-recorder 9034/udp -o csv").well();
    let text = shown.text();
    for part in ["CVE-2021-35394", "2021-12-10", "kev=2025-08-25", "mirai", "37777/TCP", "9034/UDP"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let same = line(&REAL, "--store st data lookup CVE-2021-35394 -o csv").well().text();
    assert!(same.contains("2021-12-10"), "{same}");
    let listed =
        line(&REAL, "--store st intel list --source kev --since 2025-08-01 --top 500 -o csv").well().text();
    assert!(listed.lines().count() > 5, "{listed}");
    assert!(listed.lines().skip(1).all(|row| row.contains(",2025-08-")), "{listed}");
    let of_port = line(&REAL, "--store st intel list --port 9034/udp -o csv").well().text();
    assert!(of_port.contains("CVE-2021-35394"), "{of_port}");
    let japanese = line(&REAL, "--store st intel show CVE-2021-36745 --lang ja -o csv").well().text();
    assert!(japanese.contains("認証回避の脆弱性"), "{japanese}");
    let wrong = line(&REAL, "--store st intel show no-such-thing").ends(2);
    assert!(wrong.err.contains("no catalogue and no table knows `no-such-thing`"), "{}", wrong.err);
}

#[test]
fn a_list_names_the_edition_of_each_record() {
    let listed = rows(&line(&REAL, "--store st intel list --source galaxy --top 5000 -o csv").well());
    let told_by = |id: &str| -> Vec<&str> {
        let rows = listed.iter().filter(|row| row[0] == id);
        rows.filter_map(|row| row.last()).map(String::as_str).collect()
    };
    assert!(told_by("Mirai").iter().any(|by| by.starts_with("galaxy/botnet=")), "{:?}", told_by("Mirai"));
    let editions: std::collections::BTreeSet<&String> = listed.iter().filter_map(|row| row.last()).collect();
    assert!(editions.len() > 5, "{editions:?}");
}

#[test]
fn a_damaged_catalogue_keeps_nothing_else_from_answering_and_is_named() {
    let folder = folder("intel-damaged");
    import(&folder, &["vuln/cisa_kev_2025-08-25.csv", "vuln/nvd"], "2025-08-25").well();
    let edition = folder.join("st/data/intel/kev/2025-08-25.1-kev");
    std::fs::write(edition.join("records.lines"), "torn").expect("the edition is there");
    let plain = line(&folder, "--store st data lookup 23/tcp -o csv").well();
    assert!(plain.text().contains("telnet") && !plain.err.contains("damaged"), "{}", plain.err);
    for question in ["data lookup", "intel show"] {
        let told = line(&folder, &format!("--store st {question} CVE-2021-26855 -o csv")).well();
        assert!(told.text().contains("nvd="), "{}", told.text());
        assert!(
            told.err.contains("answered without it") && told.err.contains("2025-08-25.1-kev"),
            "{}",
            told.err
        );
    }
    let listed = line(&folder, "--store st intel list --source kev -o csv").well();
    assert!(listed.err.contains("answered without it"), "{}", listed.err);
}

#[test]
fn a_store_that_cannot_be_read_is_no_store_without_the_port() {
    let folder = folder("intel-torn-store");
    let without = line(&folder, "--store st intel show 23/tcp -o csv").well();
    assert!(without.text().contains("23/TCP"), "{}", without.text());
    std::fs::create_dir_all(folder.join("st")).expect("a folder");
    std::fs::write(folder.join("st/store.json"), "torn").expect("a file");
    let torn = line(&folder, "--store st intel show 23/tcp -o csv").ends(1);
    assert!(torn.err.contains("store.json cannot be read"), "{}", torn.err);
}

#[test]
fn two_editions_differ_in_what_was_changed() {
    let folder = folder("intel-editions");
    let newer = shared().join("vuln/cisa_kev_2025-08-25.json");
    let text = std::fs::read_to_string(&newer).expect("the catalogue");
    let mut older: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    older["dateReleased"] = "2025-08-20T00:00:00Z".into();
    let list = older["vulnerabilities"].as_array_mut().expect("a list");
    let gone = list.remove(3);
    list[9]["knownRansomwareCampaignUse"] = "Changed".into();
    list[9]["vulnerabilityName"] = "Another name".into();
    let (gone, changed) = (gone["cveID"].clone(), list[9]["cveID"].clone());
    std::fs::write(folder.join("older.json"), older.to_string()).expect("a file");
    line(&folder, "--store st intel import older.json").well();
    run(&folder, &["--store", "st", "intel", "import", &newer.display().to_string()]).well();
    let told = line(&folder, "--store st intel diff kev -o csv").well();
    let mut found: Vec<(String, String)> =
        rows(&told).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    found.sort();
    let word = |value: &serde_json::Value| value.as_str().expect("a number").to_string();
    assert_eq!(found, [("added".to_string(), word(&gone)), ("changed".to_string(), word(&changed))]);
    assert!(told.err.contains("1 added, 0 removed, 1 changed, 1402 the same"), "{}", told.err);
    let unknown = line(&folder, "--store st intel diff kev --old 2020-01-01").ends(2);
    assert!(unknown.err.contains("there is no edition of 2020-01-01"), "{}", unknown.err);
}

#[test]
fn a_wave_is_beside_what_became_known_and_a_decoy_is_not() {
    let related = rows(&waves(&format!("intel related 37777/tcp 41234/tcp {PERIOD} -o csv")));
    let strongest =
        |port: &str| related.iter().find(|row| row[0] == port).map(|row| (row[1].clone(), row[3].clone()));
    assert_eq!(strongest("37777/TCP"), Some(("window".to_string(), "CVE-1990-1001".to_string())));
    assert!(related.iter().all(|row| row[0] != "41234/TCP"), "{related:?}");
    let timeline = rows(&waves(&format!("intel timeline 37777/tcp {PERIOD} -o csv")));
    let marks: Vec<(&str, &str)> = timeline.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(
        marks,
        [("2025-05-06", "kev"), ("2025-05-10", "first-here"), ("2025-05-10", "finding")],
        "{timeline:?}"
    );
    let series = waves("trend -Y 'tcp.dstport == 37777' --period 2025-05 --marks 37777/tcp -o csv");
    let marked: Vec<String> = rows(&series)
        .into_iter()
        .filter_map(|row| row.last().filter(|mark| !mark.is_empty()).cloned())
        .collect();
    assert_eq!(
        marked,
        ["2025-05-01 published CVE-1990-1001", "2025-05-06 kev CVE-1990-1001", "2025-05-10 first-here"]
    );
}

#[test]
fn lead_times_stand_beside_what_other_ports_did() {
    let catalogue = r#"{"catalogVersion":"2025.07.01","dateReleased":"2025-07-01T00:00:00Z","count":1,"vulnerabilities":[{"cveID":"CVE-1990-1001","vendorProject":"Dahua","product":"DVR","vulnerabilityName":"Recorder","dateAdded":"2025-05-14","shortDescription":"Recorder.","requiredAction":"Update.","dueDate":"2025-06-01","knownRansomwareCampaignUse":"Unknown","notes":""}]}"#;
    let folder = WAVES.join("listed.json");
    std::fs::write(&folder, catalogue).expect("a file");
    waves("--data lead-data intel import listed.json");
    let told = waves("--data lead-data intel lead -o csv");
    let found = rows(&told);
    assert_eq!(found.len(), 1, "{found:?} {}", told.err);
    let lead = (found[0][1].as_str(), found[0][2].as_str(), found[0][3].as_str(), found[0][4].as_str());
    assert_eq!(lead, ("CVE-1990-1001", "37777/TCP", "2025-05-10", "4"), "four days before it was listed");
    assert!(told.err.contains("1 pairs of entry and port were observed 45 days around"), "{}", told.err);
    assert!(told.err.contains("1 ports changed, 1 of them before it"), "{}", told.err);
}

#[test]
fn a_finding_shows_what_is_related() {
    let found = rows(&waves(&format!("finding list {PERIOD} -o csv")));
    let id = found.iter().map(|row| &row[0]).find(|id| id.starts_with("new-port:37777")).expect("the wave");
    for question in ["finding show", "finding explain"] {
        let text = waves(&format!("{question} {id} {PERIOD}")).text();
        assert!(text.contains("CVE-1990-1001") && text.contains("window"), "{question}: {text}");
    }
    let told = rows(&waves(&format!("finding explain {id} {PERIOD} -o csv")));
    assert_eq!((told[0][1].as_str(), told[0][3].as_str()), ("window", "CVE-1990-1001"));
    let campaign = found.iter().find(|row| row[1] == "campaign").map(|row| row[0].clone());
    if let Some(campaign) = campaign {
        waves(&format!("campaign show {campaign} {PERIOD}"));
    }
}

#[test]
fn organisations_that_scan_openly_are_apart_everywhere_and_told_with_their_list() {
    let packets = |which: &str| -> i64 {
        let told = waves(&format!("packets --only-count --period 2025-05 --scanners {which}")).text();
        told.trim().parse().expect("a number")
    };
    let (with, without, only) = (packets("with"), packets("without"), packets("only"));
    assert!(only > 0 && without > 0);
    assert_eq!(with, without + only);
    for question in ["top ports --top 100000", "trend"] {
        let sum = |which: &str| -> i64 {
            let told = waves(&format!("{question} --period 2025-05 --scanners {which} -o json"));
            let rows: serde_json::Value = serde_json::from_str(&told.text()).expect("JSON");
            let rows = rows["rows"].as_array().or_else(|| rows.as_array()).cloned().expect("rows");
            rows.iter().filter_map(|row| row["packets"].as_i64()).sum()
        };
        assert_eq!(sum("with"), sum("without") + sum("only"), "{question}");
    }
    let actors = waves("top actors --period 2025-05 -o csv");
    let head = actors.text().lines().next().unwrap_or_default().to_string();
    let rows = rows(&actors);
    let at = |name: &str| head.split(',').position(|column| column == name).expect("a column");
    let institute =
        rows.iter().find(|row| row[at("actor")] == "Example Institute").expect("the organisation");
    assert!(institute[at("lists")].starts_with("scanners 20"), "{institute:?}");
    let wrong = line(&WAVES, "--store st top ports --scanners some").ends(2);
    assert!(wrong.err.contains("--scanners is with, without or only, not `some`"), "{}", wrong.err);
}

#[test]
fn a_report_cites_what_became_known_in_both_languages() {
    waves(
        "report make --period 2025-05 --lang ja,en --form public --issued 2025-07-01 -w told --format md,json",
    );
    let read = |name: &str| std::fs::read_to_string(WAVES.join("told").join(name)).expect("an exit");
    let (ja, en) = (read("ja/report.md"), read("en/report.md"));
    for (text, parts) in [
        (
            &en,
            [
                "What became known of ports that rose",
                "CVE-1990-1002 \\[",
                "listed in KEV",
                "first packet here",
            ],
        ),
        (&ja, ["増加したポートと公開情報", "CVE-1990-1002 \\[", "KEV掲載", "最初のパケット"]),
    ] {
        for part in parts {
            assert!(text.contains(part), "{part} is not in the report");
        }
    }
    assert!(!en.contains("41234/TCP by day, and what"), "a port that nobody knows has no cause");
    let made = |which: &str, form: &str| {
        waves(&format!(
            "report make --period 2025-05 --lang en --issued 2025-07-01 --scanners {which} -w {which} --format {form}"
        ));
    };
    made("without", "md");
    let without = std::fs::read_to_string(WAVES.join("without/en/report.md")).expect("an exit");
    assert!(without.contains("leave out packets of organisations that scan openly"));
    assert!(without.contains("--scanners without"), "the command that makes it again says so");
}
