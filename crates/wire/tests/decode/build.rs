//! Packets for tests, layer by layer; checksums are left 0.

/// The bytes of several parts, one after the other.
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// An Ethernet frame.
pub(crate) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2], &ether_type.to_be_bytes(), payload])
}

/// An IPv4 packet from 198.51.100.7 to 192.0.2.1.
pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_fragment(protocol, 0, payload)
}

/// The same with the fragment field given.
pub(crate) fn ipv4_fragment(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = (20 + payload.len() as u16).to_be_bytes();
    let [f0, f1] = fragment.to_be_bytes();
    let header = [0x45, 0, l0, l1, 0x12, 0x34, f0, f1, 64, protocol, 0, 0, 198, 51, 100, 7, 192, 0, 2, 1];
    join(&[&header, payload])
}

/// An IPv6 packet from 2001:db8::7 to 2001:db8::1.
pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = (payload.len() as u16).to_be_bytes();
    let prefix = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    join(&[&[0x60, 0, 0, 0, l0, l1, next, 64], &prefix, &[7], &prefix, &[1], payload])
}

/// A UDP datagram.
pub(crate) fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    let len = (8 + payload.len() as u16).to_be_bytes();
    join(&[&src_port.to_be_bytes(), &dst_port.to_be_bytes(), &len, &[0, 0], payload])
}

/// A TCP SYN from port 40000 to port 23; the header length follows from the options.
pub(crate) fn syn(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let offset = ((20 + options.len()) / 4) as u8;
    let header = [0x9c, 0x40, 0, 23, 0, 0, 0, 1, 0, 0, 0, 0, offset << 4, 2, 4, 0, 0, 0, 0, 0];
    join(&[&header, options, payload])
}

/// A TCP segment without options.
pub(crate) fn tcp(src_port: u16, dst_port: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 5 << 4, flags, 4, 0, 0, 0, 0, 0];
    join(&[&src_port.to_be_bytes(), &dst_port.to_be_bytes(), &header, payload])
}

/// A DNS message of the given flags and counts.
pub(crate) fn dns(flags: u16, counts: [u16; 4], sections: &[u8]) -> Vec<u8> {
    let counts: Vec<u8> = counts.iter().flat_map(|count| count.to_be_bytes()).collect();
    join(&[&[0x3f, 0xa2], &flags.to_be_bytes(), &counts, sections])
}

/// A name in wire form; labels are parted by dots.
pub(crate) fn name(text: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        wire.push(label.len() as u8);
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    wire
}

/// A question of class IN.
pub(crate) fn question(text: &str, kind: u16) -> Vec<u8> {
    join(&[&name(text), &kind.to_be_bytes(), &[0, 1]])
}

/// A record of class IN; the owner is in wire form.
pub(crate) fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let len = (data.len() as u16).to_be_bytes();
    join(&[owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &len, data])
}
