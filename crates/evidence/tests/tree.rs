//! The tree of a packet, as a golden text.
//!
//! **Invariant:** the tree from the columns alone is the tree from the frame without raw bytes and checksums.

use expect_test::expect;
use teiten_evidence::tree;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_wire::decode::Decoder;

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> =
        text.chars().map(|digit| digit.to_digit(16).expect("a hexadecimal digit")).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn drawn(hex: &str, with_frame: bool) -> String {
    let frame = unhex(hex);
    let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
    block.push(&frame, frame.len() as u32, 1_398_902_400_123_456_789, 101, 7);
    Decoder::new().decode(&block, &mut columns);
    columns.sensor.codes[0] = columns.sensor.code("tokyo-1");
    columns.src_country.codes[0] = columns.src_country.code("JP");
    columns.src_asn[0] = 64_500;
    columns.class.codes[0] = columns.class.code("scan-syn");
    columns.tags.codes[0] = columns.tags.code("zmap-54321");
    columns.rules.codes[0] = columns.rules.code("2014-05");
    let mut out = String::new();
    tree::draw(&tree::tree(&columns, 0, with_frame.then_some(&frame[..]), Some(32_400)), &mut out);
    out
}

#[test]
fn a_syn_is_drawn_layer_by_layer() {
    let hex = "4500002cd4310000f506055ec6336407c00002019c4101bb1a2b3c4d000000006002ffffb7750000020405b4";
    expect![[r#"
        Frame 7: 44 bytes on wire, 44 bytes captured
            Arrival time: 2014-05-01 09:00:00.123456+09:00
            Nanoseconds beyond: 789
        Link: RAW (101)
        Internet Protocol Version 4, Src: 198.51.100.7, Dst: 192.0.2.1
            Type of service: 0 (0x00)
            Total length: 44
            Identification: 54321 (0xd431)
            Flags: 0x0 (none)
            Fragment offset: 0
            Time to live: 245
            Protocol: TCP (6)
            Header checksum: 0x055e [correct]
            Raw: 4500002cd4310000f506055ec6336407c0000201
        Transmission Control Protocol, Src Port: 40001, Dst Port: 443
            Source port: 40001
            Destination port: 443
            Sequence number: 439041101 (0x1a2b3c4d)
            Acknowledgement number: 0 (0x00000000)
            Header length: 24
            Flags: 0x002 [SYN]
            Window: 65535
            Urgent pointer: 0
            Options (4 bytes): 020405b4
                Maximum segment size (2): 1460
            Checksum: 0xb775 [correct]
            Raw: 9c4101bb1a2b3c4d000000006002ffffb7750000020405b4
        teiten
            Sensor: tokyo-1
            Source country: JP
            Source AS: 64500
            Class: scan-syn
            Tag: zmap-54321
                Given by rules 2014-05: IP ID 54321, or the options and window of later versions
            Rules: 2014-05
    "#]]
    .assert_eq(&drawn(hex, true));
}

#[test]
fn an_icmp_error_shows_what_it_quotes() {
    let hex = "450000380000000032019c89c6336407c000020103036b1300000000450000464321000031115a4ac0000201c63364073039003500326149";
    expect![[r#"
        Frame 7: 56 bytes on wire, 56 bytes captured
            Arrival time: 2014-05-01 09:00:00.123456+09:00
            Nanoseconds beyond: 789
        Link: RAW (101)
        Internet Protocol Version 4, Src: 198.51.100.7, Dst: 192.0.2.1
            Type of service: 0 (0x00)
            Total length: 56
            Identification: 0 (0x0000)
            Flags: 0x0 (none)
            Fragment offset: 0
            Time to live: 50
            Protocol: ICMP (1)
            Header checksum: 0x9c89 [correct]
            Raw: 450000380000000032019c89c6336407c0000201
        Internet Control Message Protocol
            Type: 3 (Destination unreachable)
            Code: 3 (Port unreachable)
            Quoted packet, Src: 192.0.2.1, Dst: 198.51.100.7
                Protocol: UDP (17)
                Source port: 12345
                Destination port: 53
                Time to live: 49
                Identification: 17185 (0x4321)
                Total length: 70
            Checksum: 0x6b13 [correct]
            Raw: 03036b1300000000
        Payload: 28 bytes
            First 28 bytes: 450000464321000031115a4ac0000201c63364073039003500326149
            Text: E\000\000FC!\000\0001\021ZJ\300\000\002\001\3063d\00709\0005\0002aI
        teiten
            Sensor: tokyo-1
            Source country: JP
            Source AS: 64500
            Class: scan-syn
            Tag: zmap-54321
                Given by rules 2014-05: IP ID 54321, or the options and window of later versions
            Rules: 2014-05
    "#]]
    .assert_eq(&drawn(hex, true));
}

#[test]
fn a_dns_answer_is_drawn_from_columns_when_the_frame_is_gone() {
    let hex = "450000460000000032119c6bc6336407c0000201003530390032e0c53fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001";
    expect![[r#"
        Frame 7: 70 bytes on wire, 70 bytes captured
            Arrival time: 2014-05-01 09:00:00.123456+09:00
            Nanoseconds beyond: 789
            The captured bytes are gone: this tree is drawn from the stored columns
        Link: RAW (101)
        Internet Protocol Version 4, Src: 198.51.100.7, Dst: 192.0.2.1
            Type of service: 0 (0x00)
            Total length: 70
            Identification: 0 (0x0000)
            Flags: 0x0 (none)
            Fragment offset: 0
            Time to live: 50
            Protocol: UDP (17)
        User Datagram Protocol, Src Port: 53, Dst Port: 12345
            Source port: 53
            Destination port: 12345
            Length: 50
        Domain Name System (response)
            Identifier: 16290 (0x3fa2)
            Flags: 0x8183, Standard query, recursion desired, recursion available
            Response code: 3 (No such name)
            Questions: 1
            Answers: 0
            Authorities: 0
            Additionals: 0
            Queried name: qxkzjtbv.www.example.com
            Type: A (1)
            Class: 1
        Payload: 42 bytes
            First 42 bytes: 3fa2818300010000000000000871786b7a6a74627603777777076578616d706c6503636f6d0000010001
            Text: ?\242\201\203\000\001\000\000\000\000\000\000\010qxkzjtbv\003www\007example\003com\000\000\001\000\001
        teiten
            Sensor: tokyo-1
            Source country: JP
            Source AS: 64500
            Class: scan-syn
            Tag: zmap-54321
                Given by rules 2014-05: IP ID 54321, or the options and window of later versions
            Rules: 2014-05
    "#]].assert_eq(&drawn(hex, false));
}
