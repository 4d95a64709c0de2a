//! Configuration, stores and files that are wrong or missing.

use expect_test::{Expect, expect};

use crate::captures;
use crate::program::line;

#[test]
fn configuration_mistakes_name_file_and_line() {
    let cases: [(&str, Expect); 5] = [
        (
            "stroe = \"x\"\n",
            expect![[r#"
            error: teiten.toml:1: unknown key `stroe`: did you mean `store`?
        "#]],
        ),
        (
            "lang = \"ja\"\noutput = \"xml\"\n",
            expect![[r#"
            error: teiten.toml:2: output: `xml` is no output format: write one of table, csv, tsv, json, ndjson, md, parquet
        "#]],
        ),
        (
            "tz = \"Asia/Tokio\"\n",
            expect![[r#"
            error: `Asia/Tokio` is not a time zone: did you mean Asia/Tokyo?
        "#]],
        ),
        (
            "store = \n",
            expect![[r#"
            error: teiten.toml:1: string values must be quoted, expected literal string
        "#]],
        ),
        (
            "sensors = 3\n",
            expect![[r#"
            error: teiten.toml:1: sensors: a text is wanted, not integer
        "#]],
        ),
    ];
    for (text, expected) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("teiten.toml"), text).expect("a file");
        expected.assert_eq(&line(folder.path(), "top ports").ends(2).err);
    }
    let folder = tempfile::tempdir().expect("a folder");
    expect![[r#"
        error: cannot read none.toml: No such file or directory (os error 2)
    "#]]
    .assert_eq(&line(folder.path(), "--config none.toml config show").ends(2).err);
    captures::write(folder.path(), "a.pcap", &captures::pcap(1));
    std::fs::write(
        folder.path().join("sensors.toml"),
        "[[sensor]]\nname = \"A b\"\nprefix = \"192.0.2.0/29\"\n",
    )
    .expect("a file");
    let cases: [(&str, Expect); 5] = [
        (
            "import a.pcap --sensors sensors.toml",
            expect![[r#"
            error: sensors.toml:2: "A b" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all
        "#]],
        ),
        (
            "import a.pcap --sensors none.toml",
            expect![[r#"
            error: cannot read none.toml: No such file or directory (os error 2)
        "#]],
        ),
        (
            "import a.pcap --sensor -",
            expect![[r#"
            error: "-" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all
        "#]],
        ),
        (
            "import a.pcap --sensor Tokyo",
            expect![[r#"
            error: "Tokyo" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all
        "#]],
        ),
        (
            "import a.pcap --store gs://bucket/x",
            expect![[r#"
            error: gs://bucket/x cannot be the place of a store: stores behind `gs:` are not supported; use a folder or s3://bucket/prefix
        "#]],
        ),
    ];
    for (question, expected) in cases {
        expected.assert_eq(&line(folder.path(), question).ends(2).err);
    }
    assert!(!folder.path().join("teiten-store").try_exists().expect("a folder"), "nothing was half made");
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("other")).expect("a folder");
    captures::write(folder.path(), "other/thing.txt", b"not a store");
    captures::write(folder.path(), "bad/store.json", b"{");
    captures::write(folder.path(), "new/store.json", b"{\"format\":99,\"home_zone\":\"UTC\"}");
    captures::write(folder.path(), "a.pcap", &captures::pcap(1));
    captures::write(folder.path(), "broken.csv", b"1.0.0.0,not an address,AU\n");
    captures::write(folder.path(), "broken.mmdb", b"\xab\xcd\xefMaxMind.com");
    let cases: [(&str, i32, Expect); 9] = [
        (
            "top ports",
            1,
            expect![[r#"
            error: no store at teiten-store: make one with `teiten import` or name another with --store
        "#]],
        ),
        (
            "--store other top ports",
            1,
            expect![[r#"
            error: no store at other: make one with `teiten import` or name another with --store
        "#]],
        ),
        (
            "--store other import a.pcap",
            2,
            expect![[r#"
            error: other cannot be the place of a store: it is not empty and not a store
        "#]],
        ),
        (
            "--store bad top ports",
            1,
            expect![[r#"
            error: store.json cannot be read: EOF while parsing an object at line 1 column 1; `teiten store verify` says what else is damaged
        "#]],
        ),
        (
            "--store new top ports",
            1,
            expect![[r#"
            error: the store at new has format 99, this program reads format 1: use the version that made it
        "#]],
        ),
        (
            "simulate none.toml --out x",
            1,
            expect![[r#"
            error: reading none.toml: No such file or directory (os error 2)
        "#]],
        ),
        (
            "data import none.csv",
            1,
            expect![[r#"
            error: cannot open none.csv: No such file or directory (os error 2): No such file or directory (os error 2)
        "#]],
        ),
        (
            "data import broken.csv --date 2014-01-01",
            1,
            expect![[r#"
            error: broken.csv, line 1: `AU` is not a day as YYYY-MM-DD; nothing was imported
        "#]],
        ),
        (
            "data import broken.mmdb",
            1,
            expect![[r#"
            error: broken.mmdb is broken: invalid database at offset 14: unexpected end of buffer; fetch it again
        "#]],
        ),
    ];
    for (question, status, expected) in cases {
        let ran = line(folder.path(), question).ends(status);
        assert_eq!(ran.text(), "", "{question}");
        expected.assert_eq(&ran.err);
    }
}

#[test]
fn a_damaged_table_hinders_only_the_questions_that_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    captures::write(folder.path(), "a.pcap", &captures::pcap(1));
    line(folder.path(), "import a.pcap").ends(0);
    captures::write(
        folder.path(),
        "teiten-store/tables/ports_hourly/_delta_log/00000000000000000001.json",
        b"{",
    );
    let ran = line(folder.path(), "top ports").ends(1);
    assert_eq!(ran.text(), "");
    expect![[r#"
        error: table ports_hourly: Kernel error: Json error: Truncated record whilst reading object; `teiten store verify` says what is damaged
    "#]]
    .assert_eq(&ran.err);
    line(folder.path(), "top countries").ends(0);
}
