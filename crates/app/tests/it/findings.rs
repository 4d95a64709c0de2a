//! Findings and facts on the command line: kept, computed again when packets come late, asked by a filter.

use std::path::Path;

use serde_json::Value;

use crate::program::{Ran, line};
use crate::scenario::{ask, simulate, small};

fn rows(ran: &Ran) -> Vec<Value> {
    ran.text().lines().map(|line| serde_json::from_str(line).expect("a row as JSON")).collect()
}

/// Imports those captures of the small scenario whose path has a word, and asks.
fn import(folder: &Path, store: &str, word: &str) {
    let list: Vec<String> = walk(&small().folder.join("sim"))
        .into_iter()
        .filter(|path| path.contains(word) && path.ends_with(".pcapng.zst"))
        .collect();
    assert!(!list.is_empty(), "captures with {word}");
    let sensors = small().folder.join("sim/sensors.toml");
    line(folder, &format!("import {} --sensors {} --store {store}", list.join(" "), sensors.display()))
        .well();
}

fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => paths.extend(walk(&path)),
            false => paths.push(path.display().to_string()),
        }
    }
    paths.sort();
    paths
}

#[test]
fn lists_answer_in_every_format_and_by_a_filter() {
    let question = "event list --top 5 --period 2014-06-30";
    let all = rows(&ask(&format!("{question} -o ndjson")).well());
    assert_eq!(all.len(), 5, "{all:?}");
    for format in ["table", "csv", "tsv", "json", "md", "parquet"] {
        assert!(!ask(&format!("{question} -o {format}")).well().out.is_empty(), "{format}");
    }
    let telnet = rows(&ask(&format!("{question} -Y 'tcp.dstport == 445' -o ndjson")).well());
    assert!(telnet.iter().all(|row| row["port"] == "445/TCP"), "{telnet:?}");
    for list in ["finding list", "campaign list", "backscatter list", "resolver list --by country"] {
        ask(&format!("{list} --period 2014-06-30..2014-07-03 -o csv")).well();
    }
    let refused = ask("resolver list -Y 'tcp.dstport == 23'").ends(2);
    assert!(
        refused.err.contains("this list cannot be asked by tcp.dstport, ip.proto: it has ip.src"),
        "{}",
        refused.err
    );
    let refused = ask("finding list --as public").ends(2);
    assert!(refused.err.contains("leave --as out"), "{}", refused.err);
    let refused = ask("finding explain no-such").ends(2);
    assert!(refused.err.contains("dns-aftermath, "), "{}", refused.err);
}

#[test]
fn events_agree_with_the_packets_they_are_made_of() {
    let events =
        rows(&ask("event list --top 20 --period 2014-06-30 -Y 'class == \"scan-syn\"' -o ndjson").well());
    assert!(events.len() >= 10, "{}", events.len());
    for event in events {
        let (source, port) =
            (event["source"].as_str().expect("a source"), event["port"].as_str().expect("a port"));
        let number = port.trim_end_matches("/TCP");
        let field = if source.contains(':') { "ipv6.src" } else { "ip.src" };
        let filter = format!("{field} == {source} && tcp.dstport == {number} && class == \"scan-syn\"");
        let count = ask(&format!("packets --only-count --period 2014-06-30 -Y '{filter}'")).well().text();
        assert_eq!(count.trim(), event["packets"].to_string(), "{filter}");
    }
}

#[test]
fn findings_are_the_same_whenever_they_are_asked_and_change_with_late_packets() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    let list = |store: &str| {
        let period = "--period 2014-06-29..2014-07-03";
        let facts =
            line(place, &format!("--store {store} event list --top 100000 {period} -o csv")).well().text();
        let found = line(place, &format!("--store {store} finding list {period} -o csv")).well().text();
        (facts, found)
    };
    import(place, "late", "jp-01");
    let early = list("late");
    assert_eq!(list("late"), early, "asked twice");
    import(place, "late", "jp-02");
    import(place, "late", "id-01");
    let late = list("late");
    assert_ne!(late.0, early.0, "late packets are counted");
    import(place, "once", "-0");
    assert_eq!(list("once"), late, "in one import or in three");
    let counted = line(place, "--store late store verify").well();
    assert!(counted.text().contains("packets"), "{}", counted.text());
}

#[test]
fn another_seed_gives_other_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    simulate(folder.path(), "sim", 7);
    line(folder.path(), "import sim --sensors sim/sensors.toml --store st").well();
    let own = line(folder.path(), "--store st backscatter list -o csv").well().text();
    assert_ne!(own, ask("backscatter list -o csv").well().text());
    assert!(own.lines().count() > 1, "{own}");
}

#[test]
fn every_detector_explains_itself() {
    let said = ask("finding explain").well().text();
    for detector in teiten_detect::detector::DETECTORS {
        let about = detector.about();
        assert!(said.contains(&format!("{} (version {})", about.id, about.version)), "{}", about.id);
    }
    for thing in ["event", "resolver", "backscatter", "infected"] {
        assert!(ask(&format!("{thing} explain")).well().text().lines().count() >= 3, "{thing}");
    }
}

#[test]
fn a_bound_is_configured_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |text: &str| std::fs::write(folder.path().join("teiten.toml"), text).expect("a configuration");
    write("[bounds.rsdos]\npackets_min = 1_000_000\n");
    let shown = line(folder.path(), "config show").well().text();
    assert!(shown.contains("[bounds.rsdos]\npackets_min = 1000000  # teiten.toml:2"), "{shown}");
    write("[bounds.rsdos]\npacket_min = 3\n");
    let refused = line(folder.path(), "config show").ends(2);
    assert!(refused.err.contains("packets_min"), "{}", refused.err);
    write("[bounds.rsdos]\npackets_min = \"many\"\n");
    let refused = line(folder.path(), "config show").ends(2);
    assert!(refused.err.contains("a number is wanted"), "{}", refused.err);
    for (bound, said) in [
        (
            "surge]\nbase_days = 90",
            "surge.base_days cannot be 90: it is a number from 14 to 42, whole, in days",
        ),
        ("drop]\nafter_days = 7.5", "from 3 to 42, whole"),
        ("noise-storm]\nonce_min = 1.5", "from 0 to 1, in share of sources"),
        ("dns-aftermath]\nanswers_min = 5", "from 20 on"),
    ] {
        write(&format!("[bounds.{bound}\n"));
        let refused = line(folder.path(), "config show").ends(2);
        assert!(refused.err.contains(said) && refused.err.contains("teiten.toml:2"), "{}", refused.err);
    }
    write("[bounds.surge]\nsources_min = 4\n");
    let explained = line(folder.path(), "finding explain surge").well().text();
    assert!(explained.contains("(rule: 3)"), "{explained}");
}

#[test]
fn a_campaign_is_shown_day_by_day() {
    let campaigns = rows(&ask("campaign list -o ndjson").well());
    let mirai = campaigns.iter().find(|row| row["subject"] == "mirai 23/tcp").expect("a campaign of Mirai");
    let id = mirai["id"].as_str().expect("an identifier");
    let days = rows(&ask(&format!("campaign show {id} -o ndjson")).well());
    assert_eq!(days.len(), 4, "{days:?}");
    let sum = |name: &str| days.iter().map(|day| day[name].as_i64().expect("a count")).sum::<i64>();
    assert_eq!(Value::from(sum("packets")), mirai["packets"]);
    let filter = mirai["filter"].as_str().expect("a filter");
    let sources = rows(&ask(&format!("top sources --top 100000 -Y '{filter}' -o ndjson")).well()).len();
    assert_eq!(sum("new"), sources as i64, "each source is new once");
    assert_eq!(days[0]["new"], days[0]["sources"]);
    assert_eq!(days[0]["gone"], 0);
    for pair in days.windows(2) {
        let number = |row: &Value, name: &str| row[name].as_i64().expect("a count");
        assert!(number(&pair[1], "gone") <= number(&pair[0], "sources"), "{pair:?}");
        assert!(number(&pair[1], "new") <= number(&pair[1], "sources"), "{pair:?}");
    }
    let text = ask(&format!("campaign show {id}")).well().text();
    assert!(text.contains("sources_peak") && text.contains("teiten ask mirai-ports --from"), "{text}");
}

#[test]
fn every_finding_has_a_day_on_which_it_was_first_made() {
    let alarms = rows(&ask("finding alarms -o ndjson").well());
    for finding in rows(&ask("finding list -o ndjson").well()) {
        let own = alarms.iter().find(|alarm| alarm["id"] == finding["id"]).expect("an alarm");
        assert!(own["alarm"].as_str() > finding["first"].as_str(), "{own} {finding}");
        assert!(own["delay"].as_f64().is_some_and(|days| days > 0.0), "{own}");
    }
    let late = rows(&ask("finding alarms --every 3 -o ndjson").well());
    let days: std::collections::BTreeSet<&str> =
        late.iter().filter_map(|alarm| alarm["alarm"].as_str()).collect();
    assert_eq!(days.len(), 2, "the third day and the last: {days:?}");
    let refused = ask("finding alarms --every 0").ends(2);
    assert!(refused.err.contains("from 1 to 366"), "{}", refused.err);
}

#[test]
fn kinds_of_victims_are_told_by_our_table_and_the_operators() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = small().folder.join("st").display().to_string();
    let asked = |question: &str| line(folder.path(), &format!("--store {store} {question}"));
    let victims = rows(&ask("backscatter list --min-packets 25 -o ndjson").well());
    assert!(victims.iter().all(|row| row["victim_kind"] == "unknown"), "{victims:?}");
    let victim = victims[0]["source"].as_str().expect("an address");
    std::fs::write(folder.path().join("teiten.toml"), "victims = \"v.toml\"\n").expect("a configuration");
    let write = |kind: &str| {
        let row = format!(
            "[[victim]]\nkind = \"{kind}\"\nprefix = \"{victim}\"\nsource = \"ours\"\ndate = \"2026-11-26\"\n"
        );
        std::fs::write(folder.path().join("v.toml"), row).expect("a table");
    };
    write("game");
    let found = rows(&asked("finding list -o ndjson").well());
    let own = found.iter().find(|row| row["detector"] == "rsdos" && row["victim_kind"] == "game");
    let own = own.expect("the victim of the operator's table");
    assert!(own["subject"].as_str().is_some_and(|subject| subject.starts_with(victim)), "{own}");
    let zone = found.iter().find(|row| row["subject"] == "morning-news.example").expect("a zone");
    assert_eq!(zone["victim_kind"], "news");
    assert!(found.iter().any(|row| row["detector"] == "rsdos" && row["victim_kind"] == "unknown"));
    assert!(found.iter().any(|row| row["detector"] == "campaign" && row["victim_kind"].is_null()));
    let id = own["id"].as_str().expect("an identifier");
    let shown = asked(&format!("--lang ja finding show {id}")).well().text();
    assert!(shown.contains("victim: ゲームサーバー") && shown.contains("(prefix "), "{shown}");
    assert!(asked("finding explain rsdos").well().text().contains("Kinds: game, shop, "));
    write("gmae");
    let refused = asked("backscatter list").ends(1);
    assert!(refused.err.contains("v.toml:2: there is no kind `gmae`: there are game, "), "{}", refused.err);
    assert!(asked("check").ends(1).text().contains("failed  kinds of victims"));
}

#[test]
fn reverse_names_are_imported_shown_and_tell_survey_scanners_weakly() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    import(place, "st", "jp-01");
    let sources = rows(&line(place, "--store st top sources --top 2 -o ndjson").well());
    let [own, forged] =
        [0, 1].map(|place| sources[place]["source"].as_str().expect("an address").to_string());
    assert!(!line(place, "--store st finding list -o csv").well().text().contains("survey-scanner"));
    let names = format!("address,name\n{own},Red.Census.Shodan.IO.\n{forged},x.shodan.io.evil.example\n");
    std::fs::write(place.join("ptr.csv"), names).expect("a file");
    let said = line(place, "--store st data import ptr.csv --date 2014-06-01").well().err;
    assert!(said.contains("names edition ptr of 2014-06-01: 2 rows from 2 records"), "{said}");
    let found = rows(&line(place, "--store st finding list -o ndjson").well());
    let scanners: Vec<&Value> = found.iter().filter(|row| row["detector"] == "survey-scanner").collect();
    assert_eq!(scanners.len(), 1, "{scanners:?}");
    assert_eq!(scanners[0]["subject"], "Shodan (*.shodan.io)");
    assert!(["weak", "low"].contains(&scanners[0]["confidence"].as_str().expect("a word")));
    let shown = line(place, "--store st finding show survey-scanner:Shodan").well().text();
    assert!(shown.contains(&format!("reverse name of {own}: red.census.shodan.io")), "{shown}");
    let known = line(place, &format!("--store st data lookup {own} --day 2014-06-30 -o csv")).well().text();
    assert!(known.contains("red.census.shodan.io,names=2014-06-01"), "{known}");
    let explained = line(place, &format!("--store st finding explain rsdos:{own}-tcp:2014-07-01")).well();
    assert!(explained.text().contains("it proves nothing"), "{}", explained.text());
    let infected = line(place, "--store st infected show -o csv").well().text();
    assert!(infected.lines().next().is_some_and(|head| head.ends_with(",reverse_name")), "{infected}");
}
