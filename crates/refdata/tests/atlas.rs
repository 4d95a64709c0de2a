//! Look-ups: which edition answers, what special addresses get, and what a block of packets is given.
//!
//! **Invariant:** an answer equals what a search through the rows of the edition in force finds.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use proptest::prelude::*;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::Day;
use teiten_model::special::{Special, find};
use teiten_refdata::atlas::{Atlas, NO_DATA};
use teiten_refdata::countries::Country;
use teiten_refdata::edition::{Kind, parse_day};
use teiten_refdata::library::{ImportRequest, Library};

fn day(text: &str) -> Day {
    parse_day(text).expect("a day")
}

fn import(dir: &Path, kind: Kind, name: &str, date: &str, content: &str) {
    let path = dir.join(name);
    fs::write(&path, content).expect("a file");
    let request = ImportRequest {
        paths: vec![path],
        kind: Some(kind),
        date: Some(day(date)),
        ..ImportRequest::default()
    };
    Library::open(dir.join("data")).expect("a library").import(&request).expect("an import");
}

/// A folder with two editions of countries, one of AS and two lists of scanners, all invented.
fn furnished() -> (tempfile::TempDir, Atlas) {
    let dir = tempfile::tempdir().expect("a folder");
    import(
        dir.path(),
        Kind::Country,
        "c1.csv",
        "2026-06-25",
        "11.0.0.0,11.255.255.255,US\n11.1.0.0,11.1.255.255,JP\n192.168.0.0,192.168.255.255,US\n2400::,2400:0:ffff:ffff:ffff:ffff:ffff:ffff,KR\nfe00::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,KR\n",
    );
    import(
        dir.path(),
        Kind::Country,
        "c2.csv",
        "2026-11-01",
        "0.0.0.0,255.255.255.255,TW\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,TW\n",
    );
    import(
        dir.path(),
        Kind::As,
        "a1.csv",
        "2026-06-17",
        "11.0.0.0,11.1.0.255,64500,\"Alpha, Inc.\"\n10.0.0.0,10.255.255.255,64501,Private\n2400::,2400::ff,64502,Gamma\n",
    );
    import(
        dir.path(),
        Kind::Scanner,
        "s1.csv",
        "2026-06-01",
        "11.1.2.0/24,Wide Scans\n11.1.2.3,Cloud Scans,2026-06-01\n10.0.0.1,Nobody\n",
    );
    import(dir.path(), Kind::Scanner, "s2.csv", "2026-07-01", "2400::1,Six Scans\n");
    let atlas = Atlas::load(&dir.path().join("data")).expect("an atlas");
    (dir, atlas)
}

#[test]
fn the_countries_of_all_editions_are_known_by_their_codes() {
    let (_dir, atlas) = furnished();
    let codes: Vec<String> =
        atlas.countries().expect("countries").iter().map(|country| country.code().to_string()).collect();
    assert_eq!(codes, ["JP", "KR", "TW", "US"]);
}

#[test]
fn the_newest_edition_not_after_the_day_answers() {
    let (_dir, atlas) = furnished();
    let address: IpAddr = "11.1.2.3".parse().expect("an address");
    let cases = [
        ("2014-04-01", "JP", "country=2026-06-25(later) as=2026-06-17(later) scanner=2026-07-01+1(later)"),
        ("2026-06-16", "JP", "country=2026-06-25(later) as=2026-06-17(later) scanner=2026-07-01+1(later)"),
        ("2026-06-25", "JP", "country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1(later)"),
        ("2026-10-31", "JP", "country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1"),
        ("2026-11-01", "TW", "country=2026-11-01 as=2026-06-17 scanner=2026-07-01+1"),
        ("2030-01-01", "TW", "country=2026-11-01 as=2026-06-17 scanner=2026-07-01+1"),
    ];
    for (text, country, word) in cases {
        let at = atlas.at(day(text)).expect("editions");
        assert_eq!(
            at.country_of(address).map(|country| country.to_string()).as_deref(),
            Some(country),
            "{text}"
        );
        assert_eq!(at.word(), word, "{text}");
    }
    let later: Vec<bool> = atlas.editions_at(day("2026-06-20")).iter().map(|(_, later)| *later).collect();
    assert_eq!(later, [true, false, false, true]);
}

#[test]
fn look_ups_hold_at_the_edges_of_ranges() {
    let (_dir, atlas) = furnished();
    let cases = [
        ("10.255.255.255", None, None),
        ("11.0.0.0", Some("US"), Some((64500, "Alpha, Inc."))),
        ("11.0.255.255", Some("US"), Some((64500, "Alpha, Inc."))),
        ("11.1.0.0", Some("JP"), Some((64500, "Alpha, Inc."))),
        ("11.1.0.255", Some("JP"), Some((64500, "Alpha, Inc."))),
        ("11.1.1.0", Some("JP"), None),
        ("11.2.0.0", Some("US"), None),
        ("11.255.255.255", Some("US"), None),
        ("12.0.0.0", None, None),
        ("192.168.1.1", None, None),
        ("2400::", Some("KR"), Some((64502, "Gamma"))),
        ("2400::ff", Some("KR"), Some((64502, "Gamma"))),
        ("2400::100", Some("KR"), None),
        ("2400:1::", None, None),
        ("ff02::1", None, None),
    ];
    let at = atlas.at(day("2026-07-02")).expect("editions");
    for (text, country, asn) in cases {
        let address = text.parse().expect("an address");
        assert_eq!(at.country_of(address).map(|country| country.to_string()).as_deref(), country, "{text}");
        assert_eq!(at.as_of(address), asn, "{text}");
    }
}

#[test]
fn an_entry_counts_until_ninety_days_after_it_was_seen() {
    let (_dir, atlas) = furnished();
    let cases = [
        ("11.1.2.3", "2026-08-30", Some("Cloud Scans")),
        ("11.1.2.3", "2026-08-31", Some("Wide Scans")),
        ("11.1.2.4", "2026-08-30", Some("Wide Scans")),
        ("11.1.3.0", "2026-08-30", None),
        ("10.0.0.1", "2026-08-30", None),
        ("2400::1", "2026-08-30", Some("Six Scans")),
    ];
    for (address, text, expected) in cases {
        let found = atlas.actor_of(address.parse().expect("an address"), day(text)).expect("editions");
        assert_eq!(found.as_deref(), expected, "{address} {text}");
    }
}

#[test]
fn a_special_address_never_has_a_country() {
    let (_dir, atlas) = furnished();
    let at = atlas.at(day("2026-12-01")).expect("editions");
    // The edition in force says TW everywhere.
    let mut v4 = (0..=u32::MAX).step_by(65_521);
    assert!(v4.all(|number| {
        let address = IpAddr::from(Ipv4Addr::from(number));
        at.country_of(address).is_none() == find(address).is_some_and(Special::is_nowhere)
    }));
    for head in 0..=u16::MAX {
        for second in [0, 1, 0xdb8, 0xffff] {
            let address = IpAddr::from(Ipv6Addr::new(head, second, 0, 0, 0, 0, 0, 1));
            assert_eq!(
                at.country_of(address).is_none(),
                find(address).is_some_and(Special::is_nowhere),
                "{address}"
            );
        }
    }
}

#[test]
fn an_atlas_without_editions_enriches_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let atlas = Atlas::load(&dir.path().join("not-there")).expect("an atlas");
    let mut columns = PacketColumns::default();
    columns.reset(1);
    columns.src[0] = 0x0b00_0001;
    columns.finish();
    atlas.enrich(&mut columns).expect("nothing to read");
    assert_eq!((columns.src_country.get(0), columns.src_asn[0], columns.actor.get(0)), (None, -1, None));
    assert_eq!(columns.data.get(0), Some(NO_DATA));
}

#[test]
fn every_row_of_a_block_is_enriched_as_of_its_own_day() {
    let (_dir, atlas) = furnished();
    let rows = [
        ("2026-07-02", "11.1.2.3"),
        ("2026-11-02", "11.1.2.3"),
        ("2026-07-02", "2400::1"),
        ("2026-07-02", "10.0.0.1"),
        ("2026-07-02", "-"),
        ("2014-05-01", "11.0.0.1"),
    ];
    let mut columns = PacketColumns::default();
    // The second round uses the buffers and words of the first.
    for _ in 0..2 {
        columns.reset(rows.len() + 2);
        for (row, (text, address)) in rows.iter().enumerate() {
            columns.ts[row] = day(text).start().0 + 5;
            match address.parse() {
                Ok(IpAddr::V4(v4)) => columns.src[row] = i64::from(u32::from(v4)),
                Ok(IpAddr::V6(v6)) => columns.src6.set(row, &v6.octets()),
                Err(_) => {}
            }
        }
        // Times that no calendar has are a packet's business, not an error.
        (columns.ts[rows.len()], columns.ts[rows.len() + 1]) = (i64::MIN, i64::MAX);
        columns.finish();
        atlas.enrich(&mut columns).expect("sound editions");
    }
    let seen: Vec<String> = (0..rows.len() + 2)
        .map(|row| {
            let word = |found: Option<&str>| found.unwrap_or("-").to_string();
            let (country, actor, data) =
                (columns.src_country.get(row), columns.actor.get(row), columns.data.get(row));
            format!("{} {} {} | {}", word(country), columns.src_asn[row], word(actor), word(data))
        })
        .collect();
    expect_test::expect![[r#"
        JP -1 Cloud Scans | country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1
        TW -1 Wide Scans | country=2026-11-01 as=2026-06-17 scanner=2026-07-01+1
        KR 64502 Six Scans | country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1
        - -1 - | country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1
        - -1 - | country=2026-06-25 as=2026-06-17 scanner=2026-07-01+1
        US 64500 - | country=2026-06-25(later) as=2026-06-17(later) scanner=2026-07-01+1(later)
        - -1 - | country=2026-06-25(later) as=2026-06-17(later) scanner=2026-07-01+1(later)
        - -1 - | country=2026-11-01 as=2026-06-17 scanner=2026-07-01+1"#]]
    .assert_eq(&seen.join("\n"));
}

#[test]
fn ranges_of_a_country_leave_out_what_is_special_or_nested() {
    let (_dir, atlas) = furnished();
    let country = Country::parse("US").expect("a code");
    let ranges = atlas.country_ranges(country, day("2026-07-02")).expect("editions");
    let text: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
    assert_eq!(text, ["11.0.0.0-11.0.255.255", "11.2.0.0-11.255.255.255"]);
    let at = atlas.at(day("2026-07-02")).expect("editions");
    assert_eq!(at.addresses_of_country(country), (1 << 24) - (1 << 16));
    // What an edition says of private addresses counts for nobody.
    assert_eq!([64500, 64501, 0].map(|asn| at.addresses_of_as(asn)), [(1 << 16) + 256, 0, 0]);
    assert_eq!(Country::parse("QQ").map(|country| at.addresses_of_country(country)), Some(0));
    let korea = Country::parse("KR").expect("a code");
    let of_day = atlas.at(day("2026-07-02")).expect("editions");
    let six = of_day.country_ranges_v6(korea);
    assert!(!six.is_empty());
    for (first, last) in six {
        assert!(first <= last);
        assert_eq!([first, last].map(|end| of_day.country_of(end.into())), [Some(korea); 2]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn look_ups_equal_a_search_through_the_rows(
        rows in proptest::collection::vec((0u32..1 << 20, 0u32..1 << 18, 0usize..3), 1..25),
    ) {
        // Public addresses around the border of several /16.
        let base = 0x0b00_0000u32;
        let rows: Vec<(u32, u32, &str)> =
            rows.into_iter().map(|(first, length, code)| (base + first, base + first + length, ["JP", "KR", "??"][code])).collect();
        prop_assume!(rows.iter().any(|row| row.2 != "??"));
        let dir = tempfile::tempdir().expect("a folder");
        let text: String = rows.iter().map(|(first, last, code)| format!("{first},{last},{code}\n")).collect();
        let flat_is_empty = rows.iter().filter(|row| row.2 != "??").all(|row| {
            rows.iter().any(|other| other.2 == "??" && other.0 <= row.0 && row.1 <= other.1)
        });
        prop_assume!(!flat_is_empty);
        import(dir.path(), Kind::Country, "c.csv", "2026-01-01", &text);
        let atlas = Atlas::load(&dir.path().join("data")).expect("an atlas");
        let at = atlas.at(day("2026-01-01")).expect("an edition");
        for probe in rows.iter().flat_map(|row| [row.0 - 1, row.0, row.1, row.1 + 1]) {
            let naive = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.0 <= probe && probe <= row.1)
                .min_by_key(|(place, row)| (row.1 - row.0, *place))
                .and_then(|(_, row)| Country::parse(row.2));
            prop_assert_eq!(at.country_of(Ipv4Addr::from(probe).into()), naive, "{}", Ipv4Addr::from(probe));
        }
    }
}
