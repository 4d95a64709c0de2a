//! Packets as evidence: list, tree, bytes, capture files, publication.

use std::process::Command;

use expect_test::{Expect, expect};

use crate::captures;
use crate::program::{line, run_fed};
use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn packets_are_listed_as_wireshark_lists_them() {
    check(
        "packets -c 4",
        expect![[r#"
        status 0
        --- out
        No.  Time                              Source           Destination  Protocol  Length  Info
                                                                                        bytes
        ---  --------------------------------  ---------------  -----------  --------  ------  ----------------------------------------------------------------------------------------------------------------
          1  2014-06-29 00:00:01.526651+09:00  209.38.82.122    192.0.2.6    ICMP         125  Destination unreachable (Port unreachable)
          1  2014-06-29 00:00:12.154425+09:00  197.114.200.107  203.0.113.5  TCP           60  6000 → 22 [SYN] Seq=0 Win=16384 Len=0
          2  2014-06-29 00:00:24.929233+09:00  79.250.233.110   192.0.2.0    TCP           60  36400 → 22 [SYN] Seq=0 Win=1024 Len=0 MSS=1460
          2  2014-06-29 00:01:13.671922+09:00  43.203.219.180   203.0.113.5  DNS          148  Standard query response 0x711e No such name A dywdvqepdrsascub.morning-news.example SOA ns1.morning-news.example
        --- err
        note: the first 4 packets; -c asks for more
    "#]],
    );
    check(
        "packets -c 3 -l --sensor jp-02 -Y 'tcp.dstport == 6379'",
        expect![[r#"
            status 0
            --- out
            No.  Time                              Source          Destination  Protocol  Length  Info                                              Sensor  Country          AS  Class     Tags
                                                                                           bytes
            ---  --------------------------------  --------------  -----------  --------  ------  ------------------------------------------------  ------  -------  ----------  --------  -------
             17  2014-06-29 00:15:28.145394+09:00  67.217.113.106  10.20.0.9    TCP           60  56904 → 6379 [SYN] Seq=0 Win=1025 Len=0 MSS=1460  jp-02   NL       4200001100  scan-syn  masscan
             26  2014-06-29 00:23:13.849392+09:00  44.78.98.135    10.20.0.9    TCP           60  56842 → 6379 [SYN] Seq=0 Win=1025 Len=0 MSS=1460  jp-02   NL       4200001101  scan-syn  masscan
             54  2014-06-29 00:50:11.839554+09:00  118.227.205.63  10.20.0.9    TCP           60  57991 → 6379 [SYN] Seq=0 Win=1025 Len=0 MSS=1460  jp-02   NL       4200001103  scan-syn  masscan
            --- err
            note: the first 3 packets; -c asks for more
        "#]],
    );
    check(
        "packets -c 1 -V -x --sensor jp-02 -Y 'tag == \"masscan\"'",
        expect![[r#"
            status 0
            --- out
            Frame 3: 60 bytes on wire, 60 bytes captured
                Arrival time: 2014-06-29 00:04:02.540327+09:00
                Input: ffac8b56e886fbb1
            Link: ETHERNET (1)
                Destination: 02:53:12:e1:4d:b2
                Source: 02:52:36:2b:2e:ff
                Type: 0x0800
            Internet Protocol Version 4, Src: 83.7.224.83, Dst: 10.20.0.8
                Public destination: 198.51.100.8
                Type of service: 0 (0x00)
                Total length: 40
                Identification: 29166 (0x71ee)
                Flags: 0x0 (none)
                Fragment offset: 0
                Time to live: 243
                Protocol: TCP (6)
                Header checksum: 0x186b [correct]
                Raw: 4500002871ee0000f306186b5307e0530a140008
            Transmission Control Protocol, Src Port: 45897, Dst Port: 5900
                Source port: 45897
                Destination port: 5900
                Sequence number: 3065840362 (0xb6bd02ea)
                Acknowledgement number: 0 (0x00000000)
                Header length: 20
                Flags: 0x002 [SYN]
                Window: 1024
                Urgent pointer: 0
                Checksum: 0xea6e [correct]
                Raw: b349170cb6bd02ea0000000050020400ea6e0000
            teiten
                Sensor: jp-02
                Sensor group: jp
                Source country: NL
                Source AS: 4200001103
                Class: scan-syn
                Tag: masscan
                    Given by rules r1-7b3719f1: the IP ID is the low half of destination, port and sequence number combined
                Rules: r1-7b3719f1
                Reference data: country=2014-06-01 as=2014-06-01
            0000  02 53 12 e1 4d b2 02 52 36 2b 2e ff 08 00 45 00   .S..M..R6+....E.
            0010  00 28 71 ee 00 00 f3 06 18 6b 53 07 e0 53 0a 14   .(q......kS..S..
            0020  00 08 b3 49 17 0c b6 bd 02 ea 00 00 00 00 50 02   ...I..........P.
            0030  04 00 ea 6e 00 00 00 00 00 00 00 00               ...n........

            --- err
            note: the first 1 packets; -c asks for more
        "#]],
    );
    check(
        "packets -c 2 -Y 'dns' -o csv",
        expect![[r#"
        status 0
        --- out
        No.,Time,Source,Destination,Protocol,Length,Info
        1,2014-06-29 00:00:01.526651+09:00,209.38.82.122,192.0.2.6,ICMP,125,Destination unreachable (Port unreachable)
        2,2014-06-29 00:01:13.671922+09:00,43.203.219.180,203.0.113.5,DNS,148,Standard query response 0x711e No such name A dywdvqepdrsascub.morning-news.example SOA ns1.morning-news.example
        --- err
        note: the first 2 packets; -c asks for more
    "#]],
    );
    check(
        "packets --only-count --apart",
        expect![[r#"
        status 0
        --- out
        0
    "#]],
    );
}

#[test]
fn captures_are_listed_straight_from_files_and_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    captures::write(folder.path(), "a.pcap", &captures::pcap(5));
    expect![[r#"
        status 0
        --- out
        No.  Time                              Source        Destination  Protocol  Length  Info
                                                                                     bytes
        ---  --------------------------------  ------------  -----------  --------  ------  -------------------------------------
          1  2014-06-30 12:00:00.000000+09:00  198.51.100.1  192.0.2.1    TCP           60  40000 → 22 [SYN] Seq=0 Win=1024 Len=0
          2  2014-06-30 12:00:01.000000+09:00  198.51.100.2  192.0.2.2    TCP           60  40000 → 23 [SYN] Seq=0 Win=1024 Len=0
        --- err
        note: the first 2 packets; -c asks for more
    "#]].assert_eq(&line(folder.path(), "packets -r a.pcap -c 2").well().whole());
    let fed = run_fed(folder.path(), &["packets", "-r", "-", "--only-count"], &captures::pcap(7)).well();
    assert_eq!(fed.text(), "7\n");
    let fed = run_fed(folder.path(), &["top", "ports", "-r", "-", "-o", "csv"], &captures::pcapng(9)).well();
    expect![[r#"
        status 0
        --- out
        rank,port,service,packets,share,sources,used_for
        1,22/TCP,ssh,3,33.333333333333336,3,
        2,23/TCP,telnet,3,33.333333333333336,3,
        3,445/TCP,microsoft-ds,3,33.333333333333336,3,
        --- err
        note: 9 packets counted, 3 lines, distinct sources exact
    "#]]
    .assert_eq(&fed.whole());
    line(folder.path(), "packets -r a.pcap -w b.pcap -Y 'tcp.dstport == 22'").well();
    let read = line(folder.path(), "packets -r b.pcap -x").well();
    assert_eq!(read.text().matches("0000  02").count(), 2);
    assert!(!folder.path().join("teiten-store").try_exists().expect("a folder"), "no store was made");
}

#[test]
fn a_capture_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let to = |name: &str| folder.path().join(name).display().to_string();
    ask(&format!("packets -w {}", to("all.pcapng"))).well();
    assert_eq!(capinfos(&to("all.pcapng")), 23_561, "without -c everything is written");
    let note = ask(&format!("packets -c 7 -w {}", to("seven.pcapng"))).well();
    expect![[r#"
        note: 7 packets written, 0 withheld, 0 not at hand
        note: the first 7 packets; -c asks for more
    "#]]
    .assert_eq(&note.err);
    assert_eq!(capinfos(&to("seven.pcapng")), 7);
    let one_day = "packets --sensor jp-01 --from 2014-06-29T09:00 --to 2014-06-30T09:00";
    ask(&format!("{one_day} -w {}", to("day.pcap"))).well();
    assert_eq!(capinfos(&to("day.pcap")), 1_833);
    let to_stdout = ask("packets -c 7 -w -").well();
    assert_eq!(to_stdout.out, std::fs::read(folder.path().join("seven.pcapng")).expect("a capture"));
    ask(&format!("packets -w {}", to("several-inputs.pcap"))).ends(2);
    ask(&format!("packets -c 1 -w {}", to("no/such/folder.pcapng"))).ends(1);
    for name in ["none.pcapng", "none.pcap"] {
        ask(&format!("packets -Y 'tcp.dstport == 1' -w {}", to(name))).well();
        assert_eq!(capinfos(&to(name)), 0, "an empty selection is a capture that opens");
        std::fs::remove_file(to(name)).expect("it goes");
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["all.pcapng", "day.pcap", "seven.pcapng"], "nothing half-written lies about");
}

#[test]
fn a_published_capture_does_not_name_a_sensor() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("public.pcapng").display().to_string();
    ask(&format!("packets --publish -w {path}")).well();
    let shown = fields(&path, "ip.addr == 10.20.0.8/30", "ip.dst");
    assert!(shown.is_empty(), "addresses behind translation stay inside: {shown:?}");
    let names = fields(&path, "frame", "frame.interface_name");
    assert!(names.iter().all(|name| !name.contains("jp-0") && !name.contains("id-0")), "no name of a sensor");
}

#[test]
fn frames_whose_file_is_gone_are_said_to_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    captures::write(at, "a.pcap", &captures::pcap(3));
    line(at, "import a.pcap").well();
    std::fs::remove_file(at.join("a.pcap")).expect("it goes");
    assert_eq!(line(at, "packets -o csv").well().text().lines().count(), 4, "the rows are still there");
    expect![[r#"
        status 0
        --- out
        The captured bytes are not here: the capture file is no longer where it was imported from.

        --- err
        note: the frames of input 64d2734d4173ce32 are not at hand: opening AT/a.pcap: No such file or directory (os error 2)
        note: the first 1 packets; -c asks for more
    "#]].assert_eq(&line(at, "packets -c 1 -x").well().whole().replace(&at.display().to_string(), "AT"));
    expect![[r#"
        status 3
        --- err
        note: 0 packets written, 0 withheld, 3 not at hand
        error: the frames of input 64d2734d4173ce32 are not at hand: opening AT/a.pcap: No such file or directory (os error 2)
    "#]].assert_eq(&line(at, "packets -w x.pcapng").ends(3).whole().replace(&at.display().to_string(), "AT"));
}

fn fields(file: &str, filter: &str, field: &str) -> Vec<String> {
    let ran = Command::new("tshark")
        .args(["-n", "-r", file, "-Y", filter, "-T", "fields", "-e", field])
        .output()
        .expect("tshark reads beside us: install the package tshark");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).lines().map(ToString::to_string).collect()
}

fn capinfos(file: &str) -> usize {
    fields(file, "frame", "frame.number").len()
}
