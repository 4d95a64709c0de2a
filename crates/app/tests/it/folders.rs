//! Folders to import: what is a capture by content, what is passed over, what cannot hold an import up.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use expect_test::expect;

use crate::captures::{self, pcap, pcapng};
use crate::program::{line, run, run_fed, shared};

#[test]
fn captures_are_told_by_content_and_what_is_none_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "in/really.txt", &pcap(3));
    captures::write(at, "in/sub/also.csv", &pcapng(4));
    captures::write(at, "in/notes.pcap", b"no packets, but words about packets");
    for name in ["a.txt", "b.md", "c.toml"] {
        captures::write(at, &format!("in/{name}"), b"words beside the captures");
    }
    captures::write(at, "in/empty.pcapng", b"");
    captures::write(at, "in/day.zip", b"PK\x03\x04\x14\0\0\0");
    captures::write(at, "in/table.parquet", b"PAR1\x15\0");
    captures::write(at, "in/words.gz", &gzip(b"words beside the captures, in gzip"));
    expect![[r#"
        status 0
        --- err
        note: 7 packets of 2 inputs stored, 0 lost, 0 belong to no described sensor
        note: 1 file is no capture and was passed over (it is empty): in/empty.pcapng
        note: 1 file is no capture and was passed over (this is a Parquet file): in/table.parquet
        note: 1 file is no capture and was passed over (this is a zip archive: unpack it first): in/day.zip
        note: 5 files are no captures and were passed over (this looks like text): in/a.txt, in/b.md, in/c.toml and 2 more
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]].assert_eq(&line(at, "import in").well().whole());
    assert_eq!(line(at, "packets --only-count").well().text(), "7\n");
    let named = line(at, "import in/notes.pcap in/a.txt --store other").ends(1);
    expect![[r#"
        status 1
        --- err
        error: reading in/notes.pcap: not a pcap or pcapng capture: this looks like text (first bytes 6e 6f 20 70 61 63 6b 65 74 73 2c 20); convert it to pcapng, for example with editcap
        error: reading in/a.txt: not a pcap or pcapng capture: this looks like text (first bytes 77 6f 72 64 73 20 62 65 73 69 64 65); convert it to pcapng, for example with editcap
    "#]].assert_eq(&named.whole());
}

#[test]
fn a_capture_that_is_damaged_or_foreign_is_no_file_to_pass_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "in/good.pcap", &pcap(3));
    captures::write(at, "in/cut-header.pcap", &pcap(3)[..10]);
    captures::write(at, "in/solaris.snoop", b"snoop\0\0\0\0\0\0\x02\0\0\0\x04");
    std::fs::copy(shared().join("pcap/format/libtrace_100_packets.erf"), at.join("in/trace.erf"))
        .expect("a copy");
    let mut radio = pcap(1);
    radio[20] = 127;
    captures::write(at, "in/radio.pcap", &radio);
    expect![[r#"
        status 3
        --- err
        note: 3 packets of 1 inputs stored, 0 lost, 0 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
        error: reading in/cut-header.pcap: the pcap header is cut short: 10 bytes of 24; the file was not written to its end
        error: reading in/radio.pcap: link type 127 (IEEE802_11_RADIOTAP) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG
        error: reading in/solaris.snoop: not a pcap or pcapng capture: this is a snoop capture (RFC 1761) (first bytes 73 6e 6f 6f 70 00 00 00 00 00 00 02); convert it to pcapng, for example with editcap
        error: reading in/trace.erf: not a pcap or pcapng capture: this is an ERF (Endace) trace (first bytes 00 47 2f 00 81 d7 48 41 02 05 00 48); convert it to pcapng, for example with editcap
    "#]].assert_eq(&line(at, "import in").ends(3).whole());
}

#[test]
fn a_folder_without_a_capture_is_said_to_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::create_dir_all(at.join("empty/inside")).expect("a folder");
    captures::write(at, "one/a.txt", b"words");
    captures::write(at, "two/a.txt", b"words");
    captures::write(at, "two/b.txt", b"words");
    expect![[r#"
        status 0
        --- err
        note: empty is an empty folder: there was nothing to import
        note: one holds no capture: the one file in it is none
        note: two holds no capture: none of the 2 files in it is one
        note: 3 files are no captures and were passed over (this looks like text): one/a.txt, two/a.txt and two/b.txt
    "#]].assert_eq(&line(at, "import empty one two").well().whole());
    assert!(!at.join("teiten-store").try_exists().expect("a folder"), "nothing to store makes no store");
    expect![[r#"
        status 1
        --- err
        note: empty is an empty folder: there was nothing to import
        error: missing: No such file or directory (os error 2)
    "#]]
    .assert_eq(&line(at, "import empty missing").ends(1).whole());
    expect![[r#"
        status 0
        --- out
        input   size  name
               bytes
        -----  -----  ----
        --- err
        note: empty is an empty folder: there was nothing to import
    "#]]
    .assert_eq(&line(at, "import empty --dry-run").well().whole());
}

#[test]
fn links_lead_to_captures_and_never_in_a_circle() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "elsewhere/a.pcap", &pcap(3));
    captures::write(at, "in/deep/b.pcap", &pcap(4));
    for (to, from) in [
        ("../elsewhere/a.pcap", "in/link.pcap"),
        ("../elsewhere", "in/folder"),
        ("..", "in/deep/up"),
        (".", "in/here"),
        ("nowhere.pcap", "in/dangling.pcap"),
        ("itself.pcap", "in/itself.pcap"),
    ] {
        symlink(to, at.join(from)).expect("a link");
    }
    expect![[r#"
        status 3
        --- err
        note: 7 packets of 2 inputs stored, 0 lost, 0 belong to no described sensor
        note: 1 of 3 captures are stored already
        note: 2 links back to a folder were not followed: in/deep/up and in/here
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
        error: in/dangling.pcap: the link leads to nothing
        error: in/itself.pcap: Too many levels of symbolic links (os error 40)
    "#]].assert_eq(&line(at, "import in").ends(3).whole());
    assert_eq!(line(at, "packets --only-count").well().text(), "7\n");
    symlink("in", at.join("entry")).expect("a link");
    let again = line(at, "import entry").ends(3);
    assert!(again.err.contains("captures are stored already"), "{}", again.err);
}

#[test]
fn pipes_sockets_and_devices_in_a_folder_are_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "in/a.pcap", &pcap(3));
    make_pipe(&at.join("in/pipe.pcap"));
    let _socket = UnixListener::bind(at.join("in/socket")).expect("a socket");
    symlink("/dev/zero", at.join("in/zero.pcap")).expect("a link");
    expect![[r#"
        status 0
        --- err
        note: 3 packets of 1 inputs stored, 0 lost, 0 belong to no described sensor
        note: 1 file is no capture and was passed over (a device): in/zero.pcap
        note: 1 file is no capture and was passed over (a named pipe): in/pipe.pcap
        note: 1 file is no capture and was passed over (a socket): in/socket
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]].assert_eq(&line(at, "import in").well().whole());
    expect![[r#"
        status 1
        --- err
        error: in/socket: a socket is not read: name a file
        error: in/zero.pcap: a device is not read: name a file
    "#]]
    .assert_eq(&line(at, "import in/socket in/zero.pcap --store other").ends(1).whole());
}

#[test]
fn a_pipe_that_is_named_is_taken_like_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    make_pipe(&at.join("pipe"));
    captures::write(at, "a.pcap", &pcap(3));
    let mut feeding =
        Command::new("sh").args(["-c", "cat a.pcap > pipe"]).current_dir(at).spawn().expect("a shell");
    expect![[r#"
        status 0
        --- err
        note: 3 packets of 1 inputs stored, 0 lost, 0 belong to no described sensor
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]].assert_eq(&line(at, "import pipe").well().whole());
    assert!(feeding.wait().expect("it ends").success());
    assert_eq!(line(at, "packets -x -q").well().text().matches("0000  02").count(), 3, "frames are at hand");
    expect![[r#"
        status 2
        --- err
        error: --dry-run cannot look at pipe without taking it
    "#]]
    .assert_eq(&line(at, "import pipe --dry-run").ends(2).whole());
    expect![[r#"
        status 2
        --- err
        error: -V, -x and -w read a capture twice, which pipe cannot be: name a file
    "#]]
    .assert_eq(&line(at, "packets -r pipe -V").ends(2).whole());
    let fed = run_fed(at, &["import", "/dev/stdin"], &pcap(5)).well();
    assert!(fed.err.contains("5 packets of 1 inputs stored"), "{}", fed.err);
}

#[test]
fn a_path_that_is_no_text_keeps_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let name = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    std::fs::create_dir(at.join(name(b"d\xe9p\xf4t"))).expect("a folder");
    std::fs::write(at.join(name(b"d\xe9p\xf4t/a\xff.pcap")), pcap(3)).expect("a file");
    std::fs::write(at.join(name(b"d\xe9p\xf4t/a\xfe.pcap")), pcap(4)).expect("a file");
    std::fs::write(at.join(name(b"d\xe9p\xf4t/new\nline.pcap")), pcap(2)).expect("a file");
    std::fs::write(at.join(name(b"d\xe9p\xf4t/\xfe.txt")), b"words").expect("a file");
    let imported = run(at, &[OsString::from("import"), name(b"d\xe9p\xf4t")]).well();
    expect![[r#"
        status 0
        --- err
        note: 9 packets of 3 inputs stored, 0 lost, 0 belong to no described sensor
        note: 1 file is no capture and was passed over (this looks like text): $'d\xe9p\xf4t/\xfe.txt'
        note: teiten-store/data holds no reference data, so these rows have no country, AS or actor, and keep none: import it first with `teiten data import`
    "#]].assert_eq(&imported.whole());
    let inputs = line(at, "query 'SELECT name FROM inputs ORDER BY packets' -o csv").well().text();
    let inputs = inputs.replace(&at.canonicalize().expect("a path").display().to_string(), "AT");
    expect![[r#"
        name
        $'AT/d\xe9p\xf4t/new\x0aline.pcap'
        $'AT/d\xe9p\xf4t/a\xff.pcap'
        $'AT/d\xe9p\xf4t/a\xfe.pcap'
    "#]]
    .assert_eq(&inputs);
    let bytes = line(at, "packets -x -q").well().text();
    assert_eq!(bytes.matches("0000  02").count(), 9, "the bytes are found again by the name");
    let missing = run(at, &[OsString::from("import"), name(b"no\xff.pcap")]).ends(1);
    expect![[r#"
        status 1
        --- err
        error: $'no\xff.pcap': No such file or directory (os error 2)
    "#]]
    .assert_eq(&missing.whole());
    let args = ["packets", "-q", "--only-count", "-r"].map(OsString::from).to_vec();
    let both =
        [args, vec![name(b"d\xe9p\xf4t/a\xff.pcap"), OsString::from("-r"), name(b"d\xe9p\xf4t/a\xfe.pcap")]];
    assert_eq!(run(at, &both.concat()).well().text(), "7\n", "two files, not one");
}

#[test]
fn a_file_that_is_used_as_a_folder_is_a_wrong_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &pcap(3));
    expect![[r#"
        status 1
        --- err
        error: a.pcap/b.pcap: Not a directory (os error 20)
    "#]]
    .assert_eq(&line(at, "import a.pcap/b.pcap").ends(1).whole());
}

fn make_pipe(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut child = Command::new("gzip")
        .arg("-nc")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("gzip");
    child.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
    child.wait_with_output().expect("it ends").stdout
}
