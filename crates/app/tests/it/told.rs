//! What the program tells of its work: progress for programs.

use expect_test::expect;

use crate::captures::{self, pcap};
use crate::program::line;

#[test]
fn progress_is_an_object_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &pcap(10));
    captures::write(at, "in/notes.txt", b"words");
    expect![[r#"
        {"stage":"looking","done":0,"total":789,"unit":"bytes"}
        {"stage":"looking","done":784,"total":789,"unit":"bytes"}
        {"stage":"looking","done":789,"total":789,"unit":"bytes"}
        {"stage":"looking","done":789,"total":789,"unit":"bytes"}
        {"stage":"importing","done":0,"total":784,"unit":"bytes"}
        {"stage":"importing","done":784,"total":784,"unit":"bytes"}
        {"stage":"importing","done":784,"total":784,"unit":"bytes"}
    "#]]
    .assert_eq(&line(at, "import a.pcap in --progress json -q").well().err);
    expect![[r#"
        {"stage":"reading","done":0,"total":784,"unit":"bytes"}
        {"stage":"reading","done":784,"total":784,"unit":"bytes"}
        {"stage":"reading","done":784,"total":784,"unit":"bytes"}
    "#]]
    .assert_eq(&line(at, "top ports -r a.pcap --progress json -q").well().err);
    assert_eq!(line(at, "top ports -r a.pcap -q").well().err, "", "nobody asked");
    assert_eq!(line(at, "top ports -r a.pcap -q --progress never").well().err, "");
}
