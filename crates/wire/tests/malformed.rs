//! Files other projects keep because a program once failed on them: each is read or refused, none is trouble.
//!
//! The oracle is capinfos (MALFORMED.tsv). Where it stops, we stop or have less; where it reads to the
//! end, so do we, unless the link type is one we refuse.
//!
//! **Invariant:** every row of the table is judged; how many of each outcome is written down.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod reading;

use expect_test::expect;
use reading::{capture_bytes, read_all, table};
use teiten_model::account::Loss;
use teiten_wire::error::WireError;

#[test]
fn every_malformed_file_ends_as_capinfos_says() {
    let (mut whole_files, mut refused_links, mut damaged, mut refused) = (0, 0, String::new(), String::new());
    for row in table("MALFORMED.tsv") {
        let name = &row[0];
        let packets: u64 = row[2].parse().unwrap();
        let is_sound = row[3] == "0";
        match read_all(&capture_bytes(name)) {
            Err(WireError::LinkUnsupported { .. }) => refused_links += 1,
            Err(error) => {
                assert!(!is_sound, "{name} is refused: {error}");
                refused += &format!("{name}: {error}\n");
            }
            Ok(read) if is_sound => {
                let account = read.capture.account();
                assert_eq!(account.received, packets, "{name}: {:?}", read.capture.messages());
                assert_eq!(account.lost_total(), account.lost(Loss::LinkUnsupported), "{name}");
                let is_all_unsupported = packets > 0 && read.frames.is_empty();
                assert_eq!(
                    read.capture.is_whole(),
                    !is_all_unsupported,
                    "{name}: {:?}",
                    read.capture.messages()
                );
                whole_files += 1;
            }
            Ok(read) => {
                assert!(!read.capture.is_whole(), "{name} is damaged");
                assert!(read.frames.len() as u64 <= packets, "{name}");
                assert_eq!(read.capture.account().lost_total(), 1, "{name} names its loss");
                damaged += &format!("{name}: {} frames, {:?}\n", read.frames.len(), read.capture.messages());
            }
        }
    }
    expect![[r#"
        278 read whole, 38 of other link types
        pcap/malformed/gopacket_pcapgo__be__test901.pcapng: 1 frames, ["offset 480: a section is of version 2.0; only 1.0 is read; the rest of the file is lost"]
        pcap/malformed/gopacket_pcapgo__le__test901.pcapng: 1 frames, ["offset 480: a section is of version 2.0; only 1.0 is read; the rest of the file is lost"]
        pcap/malformed/ndpi_fuzz-2021-10-13.pcap: 1 frames, ["offset 237: the input ends inside a packet record, 2 bytes after its beginning"]
        pcap/malformed/suricata_bug-6875-01__fuzz.pcap: 1 frames, ["offset 228: a record claims 1409179648 captured bytes of 4211277, which cannot be true; the rest of the file is lost"]
        pcap/malformed/libpcap_linktype-reserved-field-not-zero.pcap: the pcap header cannot be followed: reserved bits of the link type are set (0x00300000)
        pcap/malformed/libpcap_pcap-invalid-version-1.pcap: the pcap header cannot be followed: version 1.4; only version 2 is read
        pcap/malformed/libpcap_pcapng-invalid-vers-1.pcapng: the pcapng header cannot be followed: a section is of version 0.1; only 1.0 is read
        pcap/malformed/libpcap_pcapng-invalid-vers-2.pcapng: the pcapng header cannot be followed: a section is of version 1.1; only 1.0 is read
    "#]].assert_eq(&format!("{whole_files} read whole, {refused_links} of other link types\n{damaged}{refused}"));
}
