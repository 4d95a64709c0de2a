//! What a capture file is: its container, its compression, its interfaces and their clocks.
//!
//! These are the facts that are printed when a file is opened; nothing here reads bytes.
//!
//! **Invariant:** [`Resolution::to_ns`] neither divides by zero nor overflows, whatever a file says of its clock.

use std::fmt;

/// A compression that is recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
    /// xz, any number of streams.
    Xz,
    /// The LZ4 frame format, any number of frames, and its legacy form.
    Lz4,
    /// bzip2, any number of streams.
    Bzip2,
}

impl Compression {
    /// Every compression, in the order in which they are looked for.
    pub const ALL: [Compression; 5] =
        [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Lz4, Compression::Bzip2];

    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
            Compression::Lz4 => "lz4",
            Compression::Bzip2 => "bzip2",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The kind of capture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// The classic file of libpcap: one link type, one clock.
    Pcap,
    /// The classic file as Kuznetzov's patched libpcap wrote it, with longer record headers.
    PcapModified,
    /// The block file: sections, interfaces, comments.
    Pcapng,
}

impl Container {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Container::Pcap => "pcap",
            Container::PcapModified => "modified pcap",
            Container::Pcapng => "pcapng",
        }
    }
}

/// The length of one tick of a capture's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// 10 to the minus this many seconds.
    Decimal(u8),
    /// 2 to the minus this many seconds.
    Binary(u8),
}

impl Resolution {
    /// Microseconds: what a file means that says nothing.
    pub const MICROSECONDS: Resolution = Resolution::Decimal(6);

    /// Nanoseconds.
    pub const NANOSECONDS: Resolution = Resolution::Decimal(9);

    /// Reads the byte of the option `if_tsresol`: the top bit chooses powers of two.
    pub fn from_option(byte: u8) -> Resolution {
        if byte & 0x80 == 0 { Resolution::Decimal(byte) } else { Resolution::Binary(byte & 0x7f) }
    }

    /// Converts a time in ticks to nanoseconds, rounding down; ticks too short to matter give 0.
    pub fn to_ns(self, ticks: u64) -> i128 {
        const NS_PER_SECOND: u128 = 1_000_000_000;
        match self {
            Resolution::Decimal(digits @ 0..=9) => {
                i128::from(ticks) * i128::from(10_u64.pow(9 - u32::from(digits)))
            }
            Resolution::Decimal(digits) => match 10_u64.checked_pow(u32::from(digits) - 9) {
                Some(ticks_per_ns) => i128::from(ticks / ticks_per_ns),
                None => 0,
            },
            // The product stays below 2^94 and the shift below 128.
            Resolution::Binary(bits) => {
                ((u128::from(ticks) * NS_PER_SECOND) >> u32::from(bits & 0x7f)) as i128
            }
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resolution::Decimal(0) => f.write_str("seconds"),
            Resolution::Decimal(3) => f.write_str("milliseconds"),
            Resolution::Decimal(6) => f.write_str("microseconds"),
            Resolution::Decimal(9) => f.write_str("nanoseconds"),
            Resolution::Decimal(digits) => write!(f, "10^-{digits} s"),
            Resolution::Binary(bits) => write!(f, "2^-{bits} s"),
        }
    }
}

/// What was recognised when an input was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The kind of file.
    pub container: Container,
    /// Whether the (first section of the) file is in big-endian byte order.
    pub is_big_endian: bool,
    /// The clock of a classic file; `None` for pcapng, where each interface has its own.
    pub resolution: Option<Resolution>,
    /// The compressions around the file, outermost first; empty for a plain one.
    pub compressions: Vec<Compression>,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = if self.is_big_endian { "big-endian" } else { "little-endian" };
        write!(f, "{}, {order}", self.container.name())?;
        if let Some(resolution) = self.resolution {
            write!(f, ", {resolution}")?;
        }
        for compression in self.compressions.iter().rev() {
            write!(f, ", in {compression}")?;
        }
        Ok(())
    }
}

/// One interface of a capture, as the file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Section of a pcapng file it belongs to, counted from 1; 1 in a classic file.
    pub section: u64,
    /// Name of the device, if told; cut to [`TEXT_BYTES_MAX`].
    pub name: Option<String>,
    /// Description of the device, if told; cut to [`TEXT_BYTES_MAX`].
    pub description: Option<String>,
    /// LINKTYPE_ number.
    pub link: u16,
    /// Longest captured length, in bytes; 0 when the file sets none.
    pub snaplen: u32,
    /// The length of a tick of its clock.
    pub resolution: Resolution,
    /// Seconds to add to every time.
    pub offset_secs: i64,
    /// Comments on the interface, at most [`COMMENTS_MAX`], each cut to [`TEXT_BYTES_MAX`].
    pub comments: Vec<String>,
}

/// The most bytes of one name, description or comment that are kept.
pub const TEXT_BYTES_MAX: usize = 4096;

/// The most comments of one interface that are kept.
pub const COMMENTS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_gives_a_time_without_dividing_by_zero() {
        let table = [
            (0x00, 7, 7_000_000_000),
            (0x06, 1_500_000, 1_500_000_000),
            (0x09, 123, 123),
            (0x0c, 123_999, 123),
            (0x1c, u64::MAX, 1),
            (0x1d, u64::MAX, 0),
            (0x7f, u64::MAX, 0),
            (0x80, 3, 3_000_000_000),
            (0x8a, 1024, 1_000_000_000),
            (0xc0, u64::MAX, 999_999_999),
            (0xff, u64::MAX, 0),
            (0x00, u64::MAX, 18_446_744_073_709_551_615_000_000_000),
        ];
        for (byte, ticks, ns) in table {
            assert_eq!(Resolution::from_option(byte).to_ns(ticks), ns, "if_tsresol {byte:#x}, {ticks} ticks");
        }
        for byte in 0..=u8::MAX {
            assert!(Resolution::from_option(byte).to_ns(u64::MAX) >= 0, "if_tsresol {byte:#x}");
        }
    }

    #[test]
    fn a_format_reads_as_one_line() {
        let format = Format {
            container: Container::Pcap,
            is_big_endian: true,
            resolution: Some(Resolution::NANOSECONDS),
            compressions: vec![Compression::Gzip, Compression::Xz],
        };
        assert_eq!(format.to_string(), "pcap, big-endian, nanoseconds, in xz, in gzip");
    }
}
