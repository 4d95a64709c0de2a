//! Each form on a file written from its specification, with what breaks it.
//!
//! **Invariant:** broken records are named, sound ones beside them are read.

use std::path::Path;

use super::*;

fn read_text(text: &str) -> Loaded {
    let form = form_of(text.as_bytes()).expect("a known form");
    read(form, text.as_bytes(), Path::new("f")).expect("a sound file")
}

fn said(loaded: &Loaded) -> String {
    let mut lines: Vec<String> =
        loaded.records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    lines.extend(loaded.withdrawn.iter().map(|(_, id)| format!("withdrawn {id}")));
    lines.extend(loaded.skipped.iter().map(|skip| format!("skipped {}: {}", skip.record, skip.reason)));
    let date = loaded.date.map_or("-".to_string(), |date| date.to_string());
    format!("{} {date}\n{}", loaded.source, lines.join("\n"))
}

#[test]
fn kev_passes_over_what_is_broken() {
    let loaded = read_text(
        r#"{"catalogVersion":"2025.01.02","dateReleased":"2025-01-02T03:04:05Z","vulnerabilities":[
        {"cveID":"CVE-2024-0001","vendorProject":"A B","product":"C","vulnerabilityName":"N","dateAdded":"2025-01-01",
         "shortDescription":"S","requiredAction":"R","dueDate":"2025-02-01","knownRansomwareCampaignUse":"Known","notes":"https://a.example/ ; b"},
        {"cveID":"CVE-2024-0002","vendorProject":"A"},
        {"cveID":"CVE-24-2","vendorProject":"A","product":"C","vulnerabilityName":"N","dateAdded":"2025-01-01","shortDescription":""}]}"#,
    );
    expect_test::expect![[r#"
        kev 2025-01-02
        {"id":"CVE-2024-0001","kind":"vulnerability","title":"N","text":"S","products":["a_b:c"],"references":["https://a.example/"],"kev":"2025-01-01","ransomware":true}
        skipped CVE-2024-0002: missing field `product` at line 1 column 45
        skipped CVE-24-2: `CVE-24-2` is no CVE number"#]].assert_eq(&said(&loaded));
}

#[test]
fn the_daily_file_of_epss_is_read() {
    let loaded = read_text(
        "#model_version:v2025.03.14,score_date:2026-08-22T12:55:00Z\ncve,epss,percentile\nCVE-1999-0001,0.01025,0.76\nCVE-1999-0002,1.5,0.1\nx,0.1,0.1\nCVE-1999-0003,0.1\n",
    );
    expect_test::expect![[r#"
        epss 2026-08-22
        {"id":"CVE-1999-0001","kind":"vulnerability","epss":0.01025,"epss_percentile":0.76}
        skipped CVE-1999-0002: `1.5` is no probability from 0 to 1
        skipped x: `x` is no CVE number
        skipped CVE-1999-0003 (line 6): it has 2 fields, not 3"#]]
    .assert_eq(&said(&loaded));
}

#[test]
fn rules_name_ports_vulnerabilities_and_days() {
    let loaded = read_text(
        r#"# a remark
drop udp any any -> $HOME_NET 9034 (msg:"ET EXPLOIT X; y (CVE-2021-35394)"; content:"orf|3b|"; reference:cve,2021-35394; reference:url,a.example/b; sid:2044008; rev:2; metadata:affected_product IoT, created_at 2023_01_27, updated_at 2023_02_01;)
alert tcp any any -> [10.0.0.0/8, 192.168.0.0/16] [23, 2323,1000:60000,!80] (msg:"two"; sid:2000001; rev:1;)
alert tcp any any -> any any (msg:"paid"; sid:2800001; rev:1;)
alert tcp any any -> any
alert tcp any any -> any 1 (msg:"no sid";)"#,
    );
    expect_test::expect![[r#"
        rules 2023-02-01
        {"id":"sid:2044008","kind":"rule","title":"ET EXPLOIT X; y (CVE-2021-35394)","names":["IoT"],"ports":[[17,9034,9034]],"cves":["CVE-2021-35394"],"references":["https://a.example/b"],"published":"2023-01-27","modified":"2023-02-01"}
        {"id":"sid:2000001","kind":"rule","title":"two","ports":[[6,23,23],[6,2323,2323]]}
        skipped line 4: sid 2800001 is of the paid set, whose licence is another
        skipped line 5: it has no options in brackets
        skipped line 6: it has no sid"#]].assert_eq(&said(&loaded));
}

#[test]
fn a_bundle_ties_malware_to_vulnerabilities_and_ports() {
    let loaded = read_text(
        r#"{"type":"bundle","id":"bundle--1","objects":[
        {"type":"identity","id":"identity--1","name":"us"},
        {"type":"malware","spec_version":"2.1","id":"malware--1","name":"Gafgyt","aliases":["BASHLITE"],"is_family":true,"created":"2026-01-01T00:00:00.000Z","modified":"2026-02-01T00:00:00.000Z"},
        {"type":"vulnerability","id":"vulnerability--1","name":"CVE-2017-17215","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","external_references":[{"source_name":"cve","external_id":"CVE-2017-17215"}]},
        {"type":"vulnerability","id":"vulnerability--2","name":"CVE-2017-17216","revoked":true},
        {"type":"relationship","id":"relationship--1","relationship_type":"exploits","source_ref":"malware--1","target_ref":"vulnerability--1"},
        {"type":"indicator","id":"indicator--1","pattern":"[network-traffic:dst_port = 37215]","pattern_type":"stix","valid_from":"2026-01-05T00:00:00Z"},
        {"type":"malware","id":"malware--2","name":7}]}"#,
    );
    expect_test::expect![[r#"
        stix 2026-02-01
        {"id":"Gafgyt","kind":"malware","title":"Gafgyt","names":["BASHLITE"],"cves":["CVE-2017-17215"],"published":"2026-01-01","modified":"2026-02-01"}
        {"id":"CVE-2017-17215","kind":"vulnerability","title":"CVE-2017-17215","published":"2026-01-01","modified":"2026-01-01"}
        {"id":"indicator--1","kind":"indicator","ports":[[6,37215,37215]],"published":"2026-01-05"}
        withdrawn CVE-2017-17216
        skipped malware--2: invalid type: integer `7`, expected a string at line 1 column 44"#]].assert_eq(&said(&loaded));
}

#[test]
fn an_own_list_is_read_by_its_header() {
    let loaded = read_text(
        "kind,id,title_ja,ports,cves,published\nmalware,Own bot,\"独自, ボット\",23/tcp; 9000-9002/udp,cve-2020-0001,2026-01-02\nworm,x,,,,\ntool,y,,80,,\ntool,z,,,,soon\n",
    );
    expect_test::expect![[r#"
        own -
        {"id":"Own bot","kind":"malware","title_ja":"独自, ボット","ports":[[6,23,23],[17,9000,9002]],"cves":["CVE-2020-0001"],"published":"2026-01-02"}
        skipped x: `worm` is no kind
        skipped y: `80` is no port such as 23/tcp or 8000-8010/udp
        skipped z: `soon` is no day as YYYY-MM-DD"#]].assert_eq(&said(&loaded));
}

#[test]
fn what_is_cut_short_is_refused_whole() {
    let feeds = [
        r#"{"catalogVersion":"1","dateReleased":"2025-01-02","vulnerabilities":[{"cveID":"CVE-2024-0001""#,
        r#"<?xml version="1.0"?><VULDEF-Document><Vulinfo><VulinfoID>JVNDB-2020-000001</VulinfoID>"#,
    ];
    for text in feeds {
        let form = form_of(text.as_bytes());
        // A catalogue whose array breaks off is not even told from other JSON.
        assert!(form.is_none_or(|form| read(form, text.as_bytes(), Path::new("f")).is_err()), "{text}");
    }
}

#[test]
fn a_detail_of_jvn_is_read_with_its_japanese_title() {
    let loaded = read_text(
        r#"<?xml version="1.0" encoding="UTF-8"?><VULDEF-Document xmlns="http://jvn.jp/vuldef/">
        <Vulinfo><VulinfoID>JVNDB-2026-000001</VulinfoID><VulinfoData><Title>製品 A &amp; B の脆弱性</Title>
        <VulinfoDescription><Overview>概要</Overview></VulinfoDescription>
        <Affected><AffectedItem><Name>Kaisha</Name><ProductName>製品</ProductName><Cpe version="2.2">cpe:/a:maker:thing</Cpe></AffectedItem></Affected>
        <Impact><Cvss version="3.0"><Base>7.5</Base></Cvss></Impact>
        <Related><RelatedItem type="advisory"><Name>CVE</Name><VulinfoID>CVE-2026-0001</VulinfoID><URL>https://a.example/?a=1&amp;b=2</URL></RelatedItem></Related>
        <DateLastUpdated>2026-02-02T00:00:00+09:00</DateLastUpdated><DatePublic>2026-02-01T00:00:00+09:00</DatePublic></VulinfoData></Vulinfo>
        <Vulinfo><VulinfoID>JVNDB-2026-000002</VulinfoID></Vulinfo></VULDEF-Document>"#,
    );
    expect_test::expect![[r#"
        jvn 2026-02-02
        {"id":"JVNDB-2026-000001","kind":"vulnerability","title_ja":"製品 A & B の脆弱性","text":"概要","names":["製品"],"products":["kaisha:製品","maker:thing"],"cves":["CVE-2026-0001"],"references":["https://a.example/?a=1&b=2"],"published":"2026-02-01","modified":"2026-02-02","cvss":7.5}
        skipped JVNDB-2026-000002: it has no day of publication"#]].assert_eq(&said(&loaded));
}
