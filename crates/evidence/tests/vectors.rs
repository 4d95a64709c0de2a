//! Protocol and Info of hand-made packets, as a table.
//!
//! `vectors.tsv` has an IP packet in hexadecimal, the Protocol and the Info that tshark 4.0.17 shows for
//! it alone without state, and, where ours differs on purpose, our Protocol and Info after those.
//!
//! **Invariant:** every packet of the table is shown as the table says.

use proptest::prelude::*;
use std::fmt::Write;
use teiten_evidence::{bytes, info, tree};
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_wire::decode::Decoder;

const VECTORS: &str = include_str!("vectors.tsv");

fn decoded(frame: &[u8], link: u16) -> PacketColumns {
    let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
    block.push(frame, frame.len() as u32, 1_398_902_400_123_456_789, link, 1);
    Decoder::new().decode(&block, &mut columns);
    columns
}

fn shown(columns: &PacketColumns, row: usize) -> (String, String) {
    let mut text = String::new();
    let protocol = info::draw(columns, row, &mut text);
    (protocol.to_string(), text)
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> =
        text.chars().map(|digit| digit.to_digit(16).expect("a hexadecimal digit")).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

#[test]
fn every_vector_is_shown_as_the_table_says() {
    let mut wrong = String::new();
    let (mut as_tshark, mut on_purpose) = (0, 0);
    for line in VECTORS.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let columns = decoded(&unhex(cells[0]), 101);
        let (protocol, mut text) = shown(&columns, 0);
        let (expected_protocol, expected) = match cells[..] {
            [_, _, _, protocol, info] => {
                on_purpose += 1;
                (protocol, info)
            }
            _ => {
                as_tshark += 1;
                // tshark without sequence analysis prints the number of a SYN, we print 0 (D141).
                if columns.tcp_flags[0] >= 0 && columns.tcp_flags[0] & 2 != 0 {
                    text = text.replacen("Seq=0", &format!("Seq={}", columns.tcp_seq[0]), 1);
                }
                (cells[1], cells[2])
            }
        };
        if (protocol.as_str(), text.as_str()) != (expected_protocol, expected) {
            let _ = writeln!(wrong, "{}\t{}\t{}\t{protocol}\t{text}", cells[0], cells[1], cells[2]);
        }
    }
    assert_eq!(wrong, "", "{as_tshark} as tshark, {on_purpose} on purpose");
}

#[test]
fn a_syn_shows_sequence_number_zero() {
    let packet = unhex("45000028010000006b066294c6336407c0000201177000161000000000000000500240005c200000");
    let columns = decoded(&packet, 101);
    assert_eq!(shown(&columns, 0), ("TCP".into(), "6000 → 22 [SYN] Seq=0 Win=16384 Len=0".into()));
}

proptest! {
    #[test]
    fn nothing_panics_whatever_the_frame(
        frame in proptest::collection::vec(any::<u8>(), 0..200),
        link in proptest::sample::select(vec![0u16, 1, 9, 101, 108, 113, 276]),
        head in proptest::sample::select(vec!["", "4500", "6000000000ff", "45000080000000004011", "45000080000000004006", "45000080000000004001"]),
    ) {
        let frame = [unhex(head), frame].concat();
        let columns = decoded(&frame, link);
        let (_, text) = shown(&columns, 0);
        prop_assert!(text.replace('→', "").bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{text:?}");
        let mut drawn = String::new();
        tree::draw(&tree::tree(&columns, 0, Some(&frame), Some(32_400)), &mut drawn);
        tree::draw(&tree::tree(&columns, 0, None, None), &mut drawn);
        bytes::draw(Ok(&frame), &mut drawn);
    }

    #[test]
    fn nothing_panics_whatever_the_columns(
        numbers in proptest::collection::vec(any::<i64>(), 45),
        port in proptest::sample::select(vec![-9i32, 0, 7, 13, 19, 53, 69, 111, 123, 137, 161, 177, 389, 427, 500, 514, 520, 623, 1194, 1701, 1812, 1900, 2152, 3478, 4500, 5060, 5351, 5353, 5355, 5683, 11211, 27960, 70000]),
        proto in proptest::sample::select(vec![-1i16, 1, 2, 6, 17, 47, 50, 58, 132, 300]),
        version in proptest::sample::select(vec![-1i16, 4, 6]),
        payload in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut columns = PacketColumns::default();
        columns.reset(1);
        let mut next = numbers.iter().copied();
        let mut number = || next.next().unwrap_or(-1);
        columns.ts[0] = number();
        columns.src[0] = number();
        columns.ip_version[0] = version;
        columns.ip_proto[0] = proto;
        columns.src_port[0] = number() as i32;
        columns.dst_port[0] = port;
        for column in [&mut columns.frame_len, &mut columns.cap_len, &mut columns.link, &mut columns.ip_len, &mut columns.ip_id,
            &mut columns.tcp_window, &mut columns.tcp_urgent, &mut columns.udp_len, &mut columns.payload_len, &mut columns.icmp_id,
            &mut columns.icmp_seq, &mut columns.dns_id, &mut columns.dns_flags, &mut columns.dns_questions, &mut columns.dns_type,
            &mut columns.dns_class, &mut columns.dns_edns_size, &mut columns.flow_label] {
            column[0] = number() as i32;
        }
        columns.frag_offset[0] = (number() as i32).min(8);
        for column in [&mut columns.ttl, &mut columns.tos, &mut columns.ip_flags, &mut columns.tcp_flags, &mut columns.tcp_offset,
            &mut columns.icmp_type, &mut columns.icmp_code, &mut columns.quote_proto, &mut columns.dns_broken] {
            column[0] = number() as i16;
        }
        columns.payload.set(0, &payload);
        columns.tcp_options.set(0, &payload);
        columns.ip_options.set(0, &payload);
        columns.dns_name.set(0, &payload);
        columns.dns_records.set(0, &payload);
        columns.finish();
        shown(&columns, 0);
        let mut drawn = String::new();
        tree::draw(&tree::tree(&columns, 0, Some(&payload), Some(-1)), &mut drawn);
    }
}
