//! Any bytes on any link type: never a panic, always one row a frame.

use proptest::prelude::*;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_wire::decode::Decoder;
use teiten_wire::link_type::is_supported;

use crate::build::{dns, ethernet, ipv4, ipv6, join, question, record, syn, udp};
use crate::shown::{ETHERNET, bytes, row};

fn link_type() -> impl Strategy<Value = u16> {
    prop_oneof![
        3 => (0..300_u16).prop_filter("a link type that is decoded", |link| is_supported(*link)),
        1 => any::<u16>(),
    ]
}

/// Packets of every decoder, to be damaged.
fn packets() -> Vec<Vec<u8>> {
    let message = join(&[&question("www.example.com", 1), &record(&[0xc0, 12], 1, &[203, 0, 113, 5])]);
    let answer = udp(53, 4000, &dns(0x8180, [1, 1, 0, 0], &message));
    let quote = join(&[&bytes("0303 0000 00000000"), &ipv4(17, &answer)]);
    let chain = join(&[&bytes("2c00010400000000 1100000000000001"), &answer]);
    vec![
        ethernet(0x0800, &ipv4(6, &syn(&bytes("020405b4 0402080a00000001 00000000 01 030307"), b"data"))),
        ethernet(0x0800, &ipv4(17, &answer)),
        ethernet(0x0800, &ipv4(1, &quote)),
        ethernet(0x86dd, &ipv6(0, &chain)),
        ethernet(0x86dd, &ipv6(58, &join(&[&bytes("0104 0000 00000000"), &ipv6(0, &chain)]))),
        ethernet(0x8847, &join(&[&bytes("00010040 00020140"), &ipv4(132, &[7; 30])])),
        ethernet(0x8100, &join(&[&bytes("0001 8864 1100 0001 0030 0021"), &ipv4(33, &[3; 40])])),
    ]
}

/// Decodes the block and looks at every field of every row.
fn rows_of(block: &FrameBlock) -> usize {
    let mut columns = PacketColumns::default();
    Decoder::new().decode(block, &mut columns);
    for at in 0..columns.rows() {
        row(&columns, at);
    }
    columns.rows()
}

proptest! {
    #[test]
    fn any_frames_give_one_row_each(
        frames in proptest::collection::vec(
            (link_type(), proptest::collection::vec(any::<u8>(), 0..200), any::<u16>(), any::<i64>()),
            0..20,
        ),
    ) {
        let mut block = FrameBlock::default();
        for (link, bytes, wire_len, ts_ns) in &frames {
            block.push(bytes, u32::from(*wire_len), *ts_ns, *link, u64::MAX);
        }
        prop_assert_eq!(rows_of(&block), frames.len());
    }

    #[test]
    fn damaged_packets_give_one_row_each(
        at in 0..7_usize, damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        wire_len in 0..400_u32,
    ) {
        let mut packet = packets().swap_remove(at);
        for (place, value) in damage {
            let place = place.index(packet.len());
            packet[place] = value;
        }
        let mut block = FrameBlock::default();
        block.push(&packet, wire_len, 0, ETHERNET, 1);
        prop_assert_eq!(rows_of(&block), 1);
    }
}

#[test]
fn packets_cut_at_every_length_give_one_row_each() {
    let mut block = FrameBlock::default();
    for packet in packets() {
        for seen in 0..=packet.len() {
            block.push(&packet[..seen], packet.len() as u32, 0, ETHERNET, 1);
            block.push(&packet[..seen], seen as u32, 0, ETHERNET, 1);
        }
    }
    assert_eq!(rows_of(&block), block.frames.len());
}

#[test]
fn a_frame_outside_its_block_is_an_empty_frame() {
    let mut block = FrameBlock::default();
    block.push(&[1; 60], 60, 0, ETHERNET, 1);
    block.frames[0].start = u32::MAX;
    block.frames[0].cap_len = u32::MAX;
    assert_eq!(rows_of(&block), 1);
}
