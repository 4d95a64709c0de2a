//! Closed pipes, strange names, other locales, the environment.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use crate::captures;
use crate::program::{Ran, command, line, words};
use crate::scenario::{ask, small};

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for question in [
        "query 'SELECT frame, ts, src FROM packets'",
        "packets -c 20000",
        "packets -V -c 5000",
        "packets -w -",
        "top sources --top 100000 -o csv",
        "--help",
    ] {
        let mut child = command(&small().folder)
            .args(["--store", "st"])
            .args(words(question))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = [0; 10];
        let mut out = child.stdout.take().expect("a pipe");
        out.read_exact(&mut first).expect("it begins");
        drop(out);
        let ran: Ran = child.wait_with_output().expect("it ends").into();
        let ran = ran.well();
        assert!(!ran.err.contains("error"), "{question}: {}", ran.err);
    }
}

#[test]
fn a_reader_of_notes_that_goes_away_is_no_error_either() {
    for question in ["top ports --period 2014-07-01 --vs prev", "store status", "config show"] {
        let mut child = command(&small().folder)
            .args(["--store", "st"])
            .args(words(question))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stderr.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{question}");
    }
}

#[test]
fn names_that_are_not_utf8_and_wide_names_are_files_like_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let name = OsStr::from_bytes(b"caf\xe9-\xff.pcap");
    std::fs::write(at.join(name), captures::pcap(3)).expect("a file");
    std::fs::create_dir(at.join("定点")).expect("a folder");
    std::fs::write(at.join("定点/観測 1.pcap"), captures::pcap(4)).expect("a file");
    std::fs::write(at.join("定点/noise.pcap"), b"noise").expect("a file");
    for lang in ["C", "C.UTF-8", "ja_JP.UTF-8", "ja_JP.eucJP"] {
        let ran: Ran = command(at)
            .args(["import", "定点", "--store", lang])
            .arg(name)
            .env("LANG", lang)
            .output()
            .expect("the program starts")
            .into();
        let ran = ran.well();
        assert!(
            ran.err.contains("7 packets of 2 inputs")
                && ran.err.contains("passed over (this looks like text): 定点/noise.pcap"),
            "{lang}: {}",
            ran.err
        );
        let frames = line(at, &format!("--store {lang} packets -x -q -Y 'frame.number == 1'")).well();
        assert!(frames.text().contains("0000  02"), "{lang}");
    }
    let direct: Ran =
        command(at).args(["packets", "--only-count", "-r"]).arg(name).output().expect("it starts").into();
    assert_eq!(direct.well().text(), "3\n");
    let store: Ran =
        command(at).arg("--store").arg(name).args(["top", "ports"]).output().expect("it starts").into();
    assert_eq!(store.status, 2, "{}", store.err);
}

#[test]
fn the_environment_sets_what_options_set() {
    let asked = |name: &str, value: &str, question: &str| -> Ran {
        command(&small().folder).args(words(question)).env(name, value).output().expect("it starts").into()
    };
    let by_option = ask("top ports --top 1 -o csv").well().text();
    assert_eq!(asked("TEITEN_STORE", "st", "top ports --top 1 -o csv").well().text(), by_option);
    assert_eq!(asked("TEITEN__STORE", "st", "top ports --top 1 -o csv").well().text(), by_option);
    assert_eq!(asked("TEITEN_OUTPUT", "csv", "--store st top ports --top 1").well().text(), by_option);
    assert_eq!(asked("TEITEN__OUTPUT", "csv", "--store st top ports --top 1").well().text(), by_option);
    let wrong = asked("TEITEN__OUTPUT", "xml", "--store st top ports").ends(2);
    assert!(wrong.err.starts_with("error: TEITEN__OUTPUT: "), "{}", wrong.err);
    let zone = asked("TEITEN__TZ", "UTC", "--store st trend --period 2014-07-01 -o csv").well().text();
    assert!(zone.contains("2014-07-01T00:00:00Z"), "{zone}");
}

#[test]
fn progress_is_drawn_for_terminals_only() {
    let folder = tempfile::tempdir().expect("a folder");
    captures::write(folder.path(), "a.pcap", &captures::pcap(3));
    let ran = line(folder.path(), "import a.pcap").well();
    assert!(!ran.err.contains('\x1b') && !ran.err.contains('\r'), "{}", ran.err);
    assert!(ran.out.is_empty());
}
