//! Reference data, configuration and the store itself.

use expect_test::{Expect, expect};

use crate::program::line;
use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn reference_data_is_imported_and_looked_up() {
    check(
        "data status -o csv",
        expect![[r#"
            status 0
            --- out
            kind,name,date,rows,records,skipped,licence,source,digest
            country,countries,2014-06-01,11477,14176,0,not stated,countries.csv,380eee16aa819859
            as,as,2014-06-01,14008,14176,0,not stated,as.csv,8b696fcd748f6036
        "#]],
    );
    check(
        "data lookup 8.8.8.8 192.0.2.1 ::1 --day 2014-07-01",
        expect![[r#"
            status 0
            --- out
            kind     item       country  country_name          asn  organisation            special                     told_by
            -------  ---------  -------  -------------  ----------  ----------------------  --------------------------  -------------------------------------------------------
            address  8.8.8.8    US       United States  4200000005  Synthetic Network US-6  n/a                         country=2014-06-01 as=2014-06-01
            address  192.0.2.1  n/a      n/a                   n/a  n/a                     documentation (TEST-NET-1)  country=2014-06-01 as=2014-06-01; RFC 5737 192.0.2.0/24
            address  ::1        n/a      n/a                   n/a  n/a                     loopback                    country=2014-06-01 as=2014-06-01; RFC 4291 ::1/128
        "#]],
    );
    let folder = tempfile::tempdir().expect("a folder");
    expect![[r#"
        status 0
        --- out
        kind  name  date  rows  records  skipped  licence  source  digest
                                         records
        ----  ----  ----  ----  -------  -------  -------  ------  ------
        --- err
        note: teiten-store/data holds no edition: `teiten data import FILE` adds one
    "#]]
    .assert_eq(&line(folder.path(), "data status").well().whole());
    std::fs::write(folder.path().join("geo.csv"), "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n")
        .expect("a file");
    let made = line(folder.path(), "data import geo.csv --date 2014-01-02 --name mine --licence CC0");
    expect![[r#"
        status 0
        --- err
        note: country edition mine of 2014-01-02: 2 rows from 2 records, 0 passed over, licence CC0
    "#]]
    .assert_eq(&made.well().whole());
    let found = line(folder.path(), "data lookup 1.0.1.9 --day 2014-02-01 -o csv");
    expect![[r#"
        status 0
        --- out
        kind,item,name,description,used_for,country,country_name,asn,organisation,actor,special,addresses,reverse_name,told_by
        address,1.0.1.9,,,,CN,China,,,,,,,country=2014-01-02
    "#]]
    .assert_eq(&found.well().whole());
    // An import of packets comes after, into the same folder.
    crate::captures::write(folder.path(), "a.pcap", &crate::captures::pcap(3));
    line(folder.path(), "import a.pcap").well();
}

#[test]
fn the_configuration_is_shown_with_its_origins() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = "lang = \"ja\"\n[report]\ncontact = \"info@example.org\"\n";
    std::fs::write(folder.path().join("teiten.toml"), file).expect("a file");
    expect![[r#"
        status 0
        --- out
        store = "teiten-store"  # default
        home_zone = "Asia/Tokyo"  # default
        home = "JP"  # default
        lang = "ja"  # teiten.toml:1
        # tz is not set: the home zone
        # data is not set: the folder `data` in the store; of a store in a bucket, ./teiten-local/data
        # sensors is not set: no sensors are described
        # victims is not set: our table alone
        output = "table"  # default

        [report]
        institution_ja = ""  # default
        institution_en = ""  # default
        contact = "info@example.org"  # teiten.toml:3
        notices_ja = []  # default
        notices_en = []  # default
        # font is not set: a Japanese font that is installed

        [collect]
        listen = "[::]:7460"  # default
        names = []  # default
        # authority is not set: the folder `authority` in the store; of a store in a bucket, ./teiten-local/authority
        operations = "127.0.0.1:9464"  # default
        group_seconds = 5  # default
        group_mib = 64  # default
        held_mib = 256  # default

        [portal]
        person_requests = 600  # default
        stranger_requests = 240  # default
        proxies = []  # default

        [login]
        issuer = ""  # default
        client = ""  # default
        # secret is not set: a public client without a secret
        label = ""  # default
        claim = ""  # default
        create = ""  # default
        # authorities is not set: those of the system

        [keep]
        every_minutes = 60  # default
        first_seconds = 60  # default
        closed_hours = 6  # default
        mib_per_second = 32  # default
        grace_hours = 24  # default
        frames_days = 0  # default
        frames_mib = 0  # default
        frames_free_mib = 0  # default
        packets_days = 0  # default
        packets_mib = 0  # default
        packets_free_mib = 0  # default
        rollups_days = 0  # default
        rollups_mib = 0  # default
        rollups_free_mib = 0  # default

        [cluster]
        workers = []  # default
        # certificate is not set: none
        # key is not set: none
        # authority is not set: none
        share_mib = 32  # default
        --- err
        note: read teiten.toml
    "#]]
    .assert_eq(&line(folder.path(), "config show").well().whole());
    assert!(line(folder.path(), "config keys").well().text().contains("`TEITEN__REPORT__CONTACT`"));
    expect![[r#"
        status 1
        --- out
        ok      configuration: 1 files
        ok      signatures: 81 signatures, edition r1-7b3719f1
        ok      kinds of victims: 11 kinds
        ok      reference data: 0 editions in teiten-store/data
        failed  store: no store at teiten-store: make one with `teiten import` or name another with --store
    "#]]
    .assert_eq(&line(folder.path(), "check").ends(1).whole());
    crate::captures::write(folder.path(), "a.pcap", &crate::captures::pcap(3));
    line(folder.path(), "import a.pcap").well();
    expect![[r#"
        status 0
        --- out
        ok      configuration: 1 files
        ok      signatures: 81 signatures, edition r1-7b3719f1
        ok      kinds of victims: 11 kinds
        ok      reference data: 0 editions in teiten-store/data
        ok      store: snapshot 1 in teiten-store
    "#]]
    .assert_eq(&line(folder.path(), "check").well().whole());
}

#[test]
fn the_store_says_what_it_holds() {
    let status = ask("store status -o csv").well();
    assert!(status.text().lines().any(|line| line.starts_with("packets,1,") && line.contains(",23561,")));
    check(
        "store account",
        expect![[r#"
            status 0
            --- out
            sensor  reason  received   stored     held     lost
                             packets  packets  packets  packets
            ------  ------  --------  -------  -------  -------
            id-01              5,949    5,949        0        0
            jp-01              7,247    7,247        0        0
            jp-02             10,365   10,365        0        0
        "#]],
    );
    let inputs = ask("store inputs -o csv").well();
    assert_eq!(inputs.text().lines().count(), 16, "fifteen captures and the head");
    let verified = ask("store verify -o csv").well();
    assert!(verified.text().lines().skip(1).all(|line| line.ends_with(",0")), "{}", verified.text());
    expect![[r#"
        note: rollups and packets agree: 23561 packets
        note: the account balances: received 23561 = stored 23561 + lost 0 + held 0
    "#]]
    .assert_eq(&verified.err);
}
