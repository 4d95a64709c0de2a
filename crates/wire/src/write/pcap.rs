//! The writer of classic pcap files, little-endian, with microseconds or nanoseconds.
//!
//! For programs that read nothing else; names and comments need pcapng.
//!
//! **Invariant:** a time outside 1970 to 2106 is written as the nearest one the format can hold.

use std::io::Write;

use crate::error::WireError;
use crate::write::checked_len;

const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;

/// Writes frames of one link type.
pub struct PcapWriter<W: Write> {
    output: W,
    ns_per_tick: i64,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file header; `snaplen` is the longest captured length, in bytes.
    pub fn new(mut output: W, link: u16, nanoseconds: bool, snaplen: u32) -> Result<Self, WireError> {
        let (magic, ns_per_tick) =
            if nanoseconds { (MAGIC_NANOSECONDS, 1) } else { (MAGIC_MICROSECONDS, 1000) };
        let mut header = Vec::with_capacity(24);
        header.extend_from_slice(&magic.to_le_bytes());
        header.extend_from_slice(&2_u16.to_le_bytes());
        header.extend_from_slice(&4_u16.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(&snaplen.to_le_bytes());
        header.extend_from_slice(&u32::from(link).to_le_bytes());
        output.write_all(&header)?;
        Ok(PcapWriter { output, ns_per_tick })
    }

    /// Writes one frame; `wire_len` is its length on the wire, in bytes.
    pub fn packet(&mut self, ts_ns: i64, bytes: &[u8], wire_len: u32) -> Result<(), WireError> {
        const LAST_NS: i64 = u32::MAX as i64 * 1_000_000_000 + 999_999_999;
        let cap_len = checked_len(bytes)?;
        let ts_ns = ts_ns.clamp(0, LAST_NS);
        let secs = (ts_ns / 1_000_000_000) as u32;
        let ticks = (ts_ns % 1_000_000_000 / self.ns_per_tick) as u32;
        let mut header = [0; 16];
        for (place, word) in header.chunks_exact_mut(4).zip([secs, ticks, cap_len, wire_len]) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.output.write_all(&header)?;
        self.output.write_all(bytes)?;
        Ok(())
    }

    /// Flushes and gives the output back.
    pub fn finish(mut self) -> Result<W, WireError> {
        self.output.flush()?;
        Ok(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_header_and_its_records() {
        let mut writer = PcapWriter::new(Vec::new(), 101, false, 65535).unwrap();
        writer.packet(1_500_000_000_123_456_789, &[0x45, 0x00], 60).unwrap();
        writer.packet(-5, &[], 0).unwrap();
        let written = writer.finish().unwrap();
        let expected = [
            0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0,
            0, // header
            0x00, 0x2f, 0x68, 0x59, 0x40, 0xe2, 0x01, 0x00, 2, 0, 0, 0, 60, 0, 0, 0, 0x45,
            0x00, // first
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // second
        ];
        assert_eq!(written, expected);
    }
}
