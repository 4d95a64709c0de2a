//! Strange and damaged files, one row each: what is given, what is lost for which reason, what is said.
//!
//! **Invariant:** every input here is made by the test itself.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod reading;

use expect_test::{Expect, expect};
use reading::{Hand, read_all};
use teiten_model::account::Loss;
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;

/// Checks the frames (number, time, length), the losses, and the sentences of an input.
fn check(hand: &Hand, expect: &Expect) {
    let mut told = String::new();
    match read_all(&hand.bytes) {
        Ok(whole) => {
            for frame in &whole.frames {
                told += &format!(
                    "frame {} at {} ns: {} of {} bytes, link {}\n",
                    frame.number,
                    frame.ts_ns,
                    frame.bytes.len(),
                    frame.wire_len,
                    frame.link
                );
            }
            for loss in Loss::ALL {
                let frames = whole.capture.account().lost(loss);
                if frames > 0 {
                    told += &format!("lost {frames} {}\n", loss.name());
                }
            }
            for message in whole.capture.messages() {
                told += &format!("{message}\n");
            }
            told += if whole.capture.is_whole() { "whole\n" } else { "not whole\n" };
        }
        Err(error) => told += &format!("refused: {error}\n"),
    }
    expect.assert_eq(&told);
}

fn pcap(network: u32, snaplen: u32) -> Hand {
    let mut hand = Hand::new(false);
    hand.pcap_header(0xa1b2_c3d4, (2, 4), snaplen, network);
    hand
}

fn pcapng() -> Hand {
    let mut hand = Hand::new(false);
    hand.section((1, 0));
    hand
}

fn bytes(bytes: &[u8]) -> Hand {
    Hand { is_big: false, bytes: bytes.to_vec() }
}

#[test]
fn inputs_that_are_no_captures_are_refused_by_name() {
    check(
        &bytes(b""),
        &expect![[r#"
        refused: the input is empty: it has no bytes, not even the header of a capture
    "#]],
    );
    check(
        &bytes(b"time,src\n1,192.0.2.1\n"),
        &expect![[r#"
        refused: not a pcap or pcapng capture: this looks like text (first bytes 74 69 6d 65 2c 73 72 63 0a 31 2c 31); convert it to pcapng, for example with editcap
    "#]],
    );
    check(
        &bytes(b"\xd4\xc3\xb2\xa1\x02\x00"),
        &expect![[r#"
        refused: the pcap header is cut short: 6 bytes of 24; the file was not written to its end
    "#]],
    );
    check(
        &bytes(b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00"),
        &expect![[r#"
        refused: the pcapng header is cut short: 8 bytes of 12; the file was not written to its end
    "#]],
    );
    check(
        &bytes(b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x01\x02\x03\x04"),
        &expect![[r#"
        refused: the pcapng header cannot be followed: a section has no byte-order magic
    "#]],
    );
    check(
        &bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff"),
        &expect![[r#"
        refused: the compressed stream is damaged before the capture begins: gzip: corrupt deflate stream
    "#]],
    );
    check(
        &bytes(&[0; 5]),
        &expect![[r#"
        refused: not a pcap or pcapng capture: the file begins with zeros (first bytes 00 00 00 00 00); convert it to pcapng, for example with editcap
    "#]],
    );
}

#[test]
fn headers_that_cannot_be_followed_are_refused() {
    check(
        Hand::new(true).pcap_header(0xa1b2_c3d4, (1, 4), 0, 1),
        &expect![[r#"
        refused: the pcap header cannot be followed: version 1.4; only version 2 is read
    "#]],
    );
    check(
        &pcap(0x0030_0001, 0),
        &expect![[r#"
        refused: the pcap header cannot be followed: reserved bits of the link type are set (0x00300001)
    "#]],
    );
    check(
        &pcap(127, 0),
        &expect![[r#"
        refused: link type 127 (IEEE802_11_RADIOTAP) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG
    "#]],
    );
    check(
        &pcap(4711, 0),
        &expect![[r#"
        refused: link type 4711 (unknown) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG
    "#]],
    );
    check(
        Hand::new(true).section((2, 0)),
        &expect![[r#"
        refused: the pcapng header cannot be followed: a section is of version 2.0; only 1.0 is read
    "#]],
    );
}

#[test]
fn a_capture_without_frames_is_whole() {
    check(
        &pcap(1, 65535),
        &expect![[r#"
        whole
    "#]],
    );
    check(
        &pcapng(),
        &expect![[r#"
        whole
    "#]],
    );
    check(
        pcapng().interface(1, 0, &[]),
        &expect![[r#"
        whole
    "#]],
    );
    check(
        pcapng().interface(127, 0, &[]),
        &expect![[r#"
        whole
    "#]],
    );
}

#[test]
fn old_versions_give_their_lengths_in_their_own_order() {
    let table = [((2, 4), 2, 60), ((2, 3), 60, 2), ((2, 3), 2, 60), ((2, 2), 60, 2)];
    for (version, first, second) in table {
        let mut hand = Hand::new(false);
        hand.pcap_header(0xa1b2_c3d4, version, 0, 1).pcap_record(0, 0, first, second, &[1, 2]);
        let whole = read_all(&hand.bytes).unwrap();
        assert_eq!((whole.frames[0].bytes.len(), whole.frames[0].wire_len), (2, 60), "{version:?}");
    }
}

#[test]
fn the_check_sequence_bits_of_the_link_type_are_left_aside() {
    for network in [0x3000_0001, 0x4000_0001, 0x3400_0001] {
        assert_eq!(read_all(&pcap(network, 0).bytes).unwrap().capture.interfaces()[0].link, 1);
    }
}

#[test]
fn records_too_long_are_skipped_when_credible_and_else_end_the_file() {
    let long = vec![0; 300_000];
    let with = |cap_len: u32, wire_len: u32, snaplen: u32| {
        let mut hand = pcap(1, snaplen);
        hand.pcap_record(1, 0, 1, 1, &[9]).pcap_record(2, 0, cap_len, wire_len, &long);
        hand.pcap_record(3, 0, 2, 2, &[9, 9]).clone()
    };
    check(
        &with(300_000, 300_000, 0),
        &expect![[r#"
        frame 1 at 1000000000 ns: 1 of 1 bytes, link 1
        frame 3 at 3000000000 ns: 2 of 2 bytes, link 1
        lost 1 oversized
        offset 41: a frame of 300000 bytes is skipped; the limit is 262144
        whole
    "#]],
    );
    check(
        &with(300_000, 300_000, 65535),
        &expect![[r#"
        frame 1 at 1000000000 ns: 1 of 1 bytes, link 1
        lost 1 corrupt
        offset 41: a record claims 300000 captured bytes of 300000, which cannot be true; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(300_000, 20, 0),
        &expect![[r#"
        frame 1 at 1000000000 ns: 1 of 1 bytes, link 1
        lost 1 corrupt
        offset 41: a record claims 300000 captured bytes of 20, which cannot be true; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(0xffff_ffff, 0xffff_ffff, 0),
        &expect![[r#"
        frame 1 at 1000000000 ns: 1 of 1 bytes, link 1
        lost 1 corrupt
        offset 41: a record claims 4294967295 captured bytes of 4294967295, which cannot be true; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(1_000_000, 1_000_000, 0),
        &expect![[r#"
        frame 1 at 1000000000 ns: 1 of 1 bytes, link 1
        lost 1 truncated
        offset 41: the input ends inside a record of 1000000 bytes
        not whole
    "#]],
    );
}

#[test]
fn strange_times_and_lengths_are_kept_as_they_are() {
    check(
        pcap(1, 10).pcap_record(u32::MAX, u32::MAX, 1, 0, &[1]).pcap_record(0, 0, 20, 0, &[2; 20]),
        &expect![[r#"
            frame 1 at 4294971589967295000 ns: 1 of 0 bytes, link 1
            frame 2 at 0 ns: 20 of 0 bytes, link 1
            whole
        "#]],
    );
}

#[test]
fn clocks_of_interfaces_are_followed() {
    let mut hand = pcapng();
    hand.interface(1, 0, &[]);
    hand.interface(1, 0, &[(9, &[3]), (14, &(-1_i64).to_le_bytes())]);
    hand.interface(1, 0, &[(9, &[0x8a])]);
    hand.interface(1, 0, &[(9, &[200])]);
    hand.interface(1, 0, &[(9, &[0]), (14, &i64::MAX.to_le_bytes())]);
    hand.interface(1, 0, &[(14, &i64::MIN.to_le_bytes())]);
    for interface in 0..6 {
        hand.enhanced(interface, 2048, &[1], 1);
    }
    hand.simple(&[1, 2, 3], 3);
    check(
        &hand,
        &expect![[r#"
        frame 1 at 2048000 ns: 1 of 1 bytes, link 1
        frame 2 at 1048000000 ns: 1 of 1 bytes, link 1
        frame 3 at 2000000000 ns: 1 of 1 bytes, link 1
        frame 4 at 0 ns: 1 of 1 bytes, link 1
        frame 5 at 9223372036854775807 ns: 1 of 1 bytes, link 1
        frame 6 at -9223372036854775808 ns: 1 of 1 bytes, link 1
        frame 7 at 0 ns: 3 of 3 bytes, link 1
        whole
    "#]],
    );
}

#[test]
fn a_snap_length_cuts_simple_packets() {
    check(
        pcapng().interface(1, 4, &[]).simple(&[1, 2, 3, 4], 60),
        &expect![[r#"
        frame 1 at 0 ns: 4 of 60 bytes, link 1
        whole
    "#]],
    );
}

#[test]
fn packets_that_contradict_their_block_are_lost_alone() {
    let mut hand = pcapng();
    hand.simple(&[1], 1).interface(1, 0, &[]);
    hand.enhanced(7, 0, &[1], 1).block(6, &[0; 8]).simple(&[1, 2, 3], 400);
    let mut too_long = [0; 24];
    too_long[12] = 200;
    hand.block(6, &too_long).block(3, &[]).block(2, &[0; 16]).enhanced(0, 5000, &[1], 1);
    check(
        &hand,
        &expect![[r#"
        frame 8 at 5000000 ns: 1 of 1 bytes, link 1
        lost 7 corrupt
        offset 28: a packet names interface 0, but 0 are described; this packet is lost
        offset 72: a packet names interface 7, but 1 are described; this packet is lost
        offset 108: an enhanced packet block is too short; this packet is lost
        offset 128: a packet has 400 captured bytes, its block has 4; this packet is lost
        offset 148: a packet claims 200 captured bytes, its block has 4; this packet is lost
        offset 184: a simple packet block is too short; this packet is lost
        offset 196: a packet block is too short; this packet is lost
        not whole
    "#]],
    );
}

#[test]
fn a_broken_block_ends_the_file() {
    let good = pcapng().interface(1, 0, &[]).enhanced(0, 1000, &[1, 2], 2).clone();
    let with = |tail: &[u8]| {
        let mut hand = good.clone();
        hand.bytes.extend(tail);
        hand
    };
    check(
        &with(&[0xee; 40]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a block claims a length of 4008636142 bytes; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(&[6, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a block claims a length of 8 bytes; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(&[9, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a block of 12 bytes ends with the length 16; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(&[6, 0, 0, 0, 0, 0, 0, 0x7f, 16, 0, 0, 0]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a block of type 6 claims 2130706432 bytes; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        &with(&[9, 0, 0, 0, 0, 0, 0, 0x7f, 16, 0, 0, 0]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        offset 88: the input ends inside a block of 2130706432 bytes
        not whole
    "#]],
    );
    check(
        &with(&[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 1, 1, 1, 1]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a section has no byte-order magic; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        good.clone().section((1, 1)),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: a section is of version 1.1; only 1.0 is read; the rest of the file is lost
        not whole
    "#]],
    );
    check(
        good.clone().block(1, &[]),
        &expect![[r#"
        frame 1 at 1000000 ns: 2 of 2 bytes, link 1
        lost 1 corrupt
        offset 88: an interface description is too short; the rest of the file is lost
        not whole
    "#]],
    );
}

#[test]
fn frames_of_unsupported_interfaces_are_counted_and_named_once() {
    let mut hand = pcapng();
    hand.interface(127, 0, &[]).enhanced(0, 1000, &[1], 1).enhanced(0, 1000, &[1], 1);
    check(
        &hand,
        &expect![[r#"
        lost 2 link-unsupported
        offset 52: interface 0 of section 1 has link type 127 (IEEE802_11_RADIOTAP), which is not supported; its packets are lost
        not whole
    "#]],
    );
    hand.interface(1, 0, &[]).enhanced(1, 1000, &[1], 1).enhanced(0, 1000, &[1], 1);
    check(
        &hand,
        &expect![[r#"
        frame 3 at 1000000 ns: 1 of 1 bytes, link 1
        lost 3 link-unsupported
        offset 52: interface 0 of section 1 has link type 127 (IEEE802_11_RADIOTAP), which is not supported; its packets are lost
        whole
    "#]],
    );
}

#[test]
fn blocks_too_long_to_hold_are_skipped() {
    let mut hand = pcapng();
    let long = vec![0; 2 << 20];
    hand.interface(1, 0, &[]).block(0xbad, &long).enhanced(0, 1000, &long, 5).enhanced(0, 2000, &[1], 1);
    hand.enhanced(0, 3000, &long[..300_000], 5);
    check(
        &hand,
        &expect![[r#"
        frame 2 at 2000000 ns: 1 of 1 bytes, link 1
        lost 2 oversized
        offset 2097216: a packet of about 2097184 bytes is skipped; the limit is 262144
        offset 4194436: a packet of about 300000 bytes is skipped; the limit is 262144
        whole
    "#]],
    );
}

#[test]
fn sentences_are_limited_and_losses_are_not() {
    let mut hand = pcapng();
    for _ in 0..500 {
        hand.simple(&[1], 1);
    }
    let whole = read_all(&hand.bytes).unwrap();
    assert_eq!(whole.capture.messages().len(), teiten_wire::capture::MESSAGES_MAX);
    assert_eq!(whole.capture.account().lost(Loss::Corrupt), 500);
}

/// Gives its bytes and then fails, as a disk or a connection does.
struct Failing(std::io::Cursor<Vec<u8>>);

impl std::io::Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            len => Ok(len),
        }
    }
}

#[test]
fn an_input_that_fails_gives_the_frames_before_the_failure() {
    let mut hand = pcap(1, 0);
    hand.pcap_record(0, 0, 2, 2, &[1, 2]).pcap_record(0, 0, 2, 2, &[1]);
    let open =
        |len: usize| Capture::open(Box::new(Failing(std::io::Cursor::new(hand.bytes[..len].to_vec()))));
    let mut capture = open(hand.bytes.len()).unwrap();
    let mut block = FrameBlock::default();
    assert!(capture.next_block(&mut block) && block.frames.len() == 1);
    assert!(!capture.next_block(&mut block) && !capture.is_whole());
    assert_eq!(capture.account().lost(Loss::Truncated), 1);
    expect!["offset 42: the input cannot be read further (the disk is gone)"]
        .assert_eq(&capture.messages()[0]);
    for len in [0, 3, 10] {
        let error = open(len).err().unwrap().to_string();
        assert_eq!(error, "cannot read the input: the disk is gone", "{len} bytes");
    }
}
