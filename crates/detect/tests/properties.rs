//! Whatever stands in the columns, a row gets exactly one class and one edition, and nothing panics.

use std::cell::RefCell;

use proptest::prelude::*;
use teiten_detect::classifier::Classifier;
use teiten_detect::notation::PacketLine;
use teiten_model::class::Class;
use teiten_model::columns::PacketColumns;

/// Numbers that rules look at, absent ones, and anything.
fn number() -> impl Strategy<Value = i64> {
    let known = vec![-1, 0, 1, 2, 4, 6, 8, 17, 18, 19, 53, 58, 123, 161, 1024, 5060, 6000, 54321, 65535];
    prop_oneof![3 => prop::sample::select(known), 1 => any::<i64>()]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let known =
        ["\u{17}\0\u{3}*", "M-SEARCH", "SIP/2.0", "0)\u{2}\u{1}\u{1}\u{4}\u{6}public", "d1:ad2:id20:", ""];
    let known: Vec<Vec<u8>> = known.map(|text| text.as_bytes().to_vec()).to_vec();
    prop_oneof![prop::sample::select(known), prop::collection::vec(any::<u8>(), 0..64)]
}

fn block(numbers: &[i64], strings: &[Vec<u8>]) -> PacketColumns {
    let mut packets = PacketColumns::default();
    packets.reset(1);
    let mut numbers = numbers.iter().copied().cycle();
    let mut next = || numbers.next().unwrap_or(-1);
    macro_rules! fill {
        ($($column:ident)*) => { $(packets.$column[0] = next() as _;)* };
    }
    fill!(frame_len cap_len ip_version src dst dst_public ttl tos ip_len ip_id ip_flags frag_offset ip_proto);
    fill!(src_port dst_port tcp_flags tcp_seq tcp_ack tcp_window tcp_urgent tcp_offset tcp_mss udp_len payload_len);
    fill!(icmp_type icmp_code icmp_id icmp_seq dns_id dns_flags dns_questions dns_additionals dns_type dns_class);
    fill!(dns_broken);
    packets.src6.set(0, &strings[0]);
    packets.dst6.set(0, &strings[1]);
    packets.tcp_options.set(0, &strings[2]);
    packets.payload.set(0, &strings[3]);
    packets.dns_name.set(0, &strings[4]);
    packets.finish();
    packets
}

#[test]
fn arbitrary_rows_have_exactly_one_class_and_the_edition() {
    let classifier = RefCell::new(Classifier::builtin().unwrap());
    let edition = classifier.borrow().edition().to_string();
    let names = Class::ALL.map(Class::name);
    let strategy = (prop::collection::vec(number(), 34), prop::collection::vec(bytes(), 5));
    proptest!(ProptestConfig::with_cases(3000), |((numbers, strings) in strategy)| {
        let mut packets = block(&numbers, &strings);
        classifier.borrow_mut().classify(&mut packets);
        let class = packets.class.get(0).unwrap_or("none");
        prop_assert!(names.contains(&class), "{}", class);
        prop_assert_eq!(packets.rules.get(0), Some(edition.as_str()));
        let tags: Vec<&str> = packets.tags.get(0).unwrap_or_default().split(' ').collect();
        prop_assert!(tags.is_sorted() && tags.iter().all(|tag| tags.iter().filter(|it| *it == tag).count() == 1));
        let _ = PacketLine::of(&packets, 0).map(|line| line.to_string());
    });
}
