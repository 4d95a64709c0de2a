//! Captures written on the fly: SYN packets to addresses of documentation.

use std::path::{Path, PathBuf};

use teiten_wire::write::pcap::PcapWriter;
use teiten_wire::write::pcapng::PcapngWriter;

/// 2014-06-30T12:00:00 in Japan, in seconds since 1970.
pub(crate) const NOON: i64 = 1_404_097_200;

/// The bytes of an Ethernet frame with a SYN from 198.51.100.`source` to 192.0.2.`to` and that port.
pub(crate) fn syn(source: u8, to: u8, port: u16) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend_from_slice(&[0x45, 0, 0, 40, 0, source, 0, 0, 64, 6, 0, 0]);
    frame.extend_from_slice(&[198, 51, 100, source, 192, 0, 2, to]);
    frame.extend_from_slice(&40_000_u16.to_be_bytes());
    frame.extend_from_slice(&port.to_be_bytes());
    frame.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
    frame.resize(60, 0);
    frame
}

/// A pcap of `n` SYN packets, a second apart from [`NOON`] on, sources and ports in turn.
pub(crate) fn pcap(n: usize) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), 1, false, 65_535).expect("a header");
    for place in 0..n {
        let frame = syn((place % 20) as u8 + 1, (place % 4) as u8 + 1, [22, 23, 445][place % 3]);
        writer.packet((NOON + place as i64) * 1_000_000_000, &frame, 60).expect("a packet");
    }
    writer.finish().expect("a capture")
}

/// The same packets as [`pcap`] in pcapng.
pub(crate) fn pcapng(n: usize) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), None).expect("a section");
    let interface = writer.interface("eth0", 1, None).expect("an interface");
    for place in 0..n {
        let frame = syn((place % 20) as u8 + 1, (place % 4) as u8 + 1, [22, 23, 445][place % 3]);
        let at = (NOON + place as i64) * 1_000_000_000;
        writer.packet(interface, at, &frame, 60, None).expect("a packet");
    }
    writer.finish().expect("a capture")
}

/// Writes a file into that folder.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).expect("a folder");
    }
    std::fs::write(&path, bytes).expect("a file");
    path
}
