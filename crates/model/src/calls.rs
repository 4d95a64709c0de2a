//! Single packets of a day that facts cannot do without, packed: who called whom, and when.
//!
//! Whether a source comes back in a rhythm shows over weeks and not on a day, so its calls are kept with the other
//! facts of the day. They stand byte by byte, all first bytes before all second ones, which compresses well.
//!
//! **Invariant:** calls written and read again are equal; bytes that are none of ours give no call and no panic.

/// Bytes of a packed call.
pub const CALL_BYTES: usize = 24;

/// A packet of an IPv4 source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Source.
    pub src: u32,
    /// Destination, the public address behind translation.
    pub dst: u32,
    /// Protocol.
    pub ip_proto: u8,
    /// Destination port.
    pub dst_port: u16,
    /// Seconds since the start of its day.
    pub second: u32,
    /// Place of its sensor in the list beside it.
    pub sensor: u16,
    /// TCP window; 0 where it is not told.
    pub tcp_window: u16,
    /// Whether it has no TCP options; false where it is not told.
    pub is_bare: bool,
    /// Packets it stands for.
    pub packets: u32,
}

impl Call {
    fn to_bytes(self) -> [u8; CALL_BYTES] {
        let mut bytes = [0; CALL_BYTES];
        bytes[0..4].copy_from_slice(&self.src.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.dst.to_be_bytes());
        bytes[8] = self.ip_proto;
        bytes[9..11].copy_from_slice(&self.dst_port.to_be_bytes());
        bytes[11..15].copy_from_slice(&self.second.to_be_bytes());
        bytes[15..17].copy_from_slice(&self.sensor.to_be_bytes());
        bytes[17..19].copy_from_slice(&self.tcp_window.to_be_bytes());
        bytes[19] = u8::from(self.is_bare);
        bytes[20..24].copy_from_slice(&self.packets.to_be_bytes());
        bytes
    }

    fn of_bytes(bytes: [u8; CALL_BYTES]) -> Call {
        let two = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let four = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Call {
            src: four(0),
            dst: four(4),
            ip_proto: bytes[8],
            dst_port: two(9),
            second: four(11),
            sensor: two(15),
            tcp_window: two(17),
            is_bare: bytes[19] != 0,
            packets: four(20),
        }
    }
}

/// Calls as they stand in a column.
pub fn write(calls: &[Call]) -> Vec<u8> {
    let mut bytes = vec![0; calls.len() * CALL_BYTES];
    for (row, call) in calls.iter().enumerate() {
        for (plane, byte) in call.to_bytes().into_iter().enumerate() {
            bytes[plane * calls.len() + row] = byte;
        }
    }
    bytes
}

/// The calls of a column.
pub fn read(bytes: &[u8]) -> impl Iterator<Item = Call> + '_ {
    let calls = bytes.len() / CALL_BYTES;
    (0..calls).map(move |row| Call::of_bytes(std::array::from_fn(|plane| bytes[plane * calls + row])))
}

/// The calls of a column whose sources are among these, which ascend.
pub fn read_of(bytes: &[u8], sources: &[u32]) -> Vec<Call> {
    let calls = bytes.len() / CALL_BYTES;
    let byte = |row: usize, plane: usize| bytes[plane * calls + row];
    let (mut found, mut last, mut is_among) = (Vec::new(), None, false);
    for row in 0..calls {
        let src = u32::from_be_bytes([byte(row, 0), byte(row, 1), byte(row, 2), byte(row, 3)]);
        if last != Some(src) {
            (last, is_among) = (Some(src), sources.binary_search(&src).is_ok());
        }
        if is_among {
            found.push(Call::of_bytes(std::array::from_fn(|plane| byte(row, plane))));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_survive_a_column() {
        let call = |number: u32| Call {
            src: 0x0a00_0001 + number,
            dst: 0xcb00_7109,
            ip_proto: 6,
            dst_port: 65_535 - number as u16,
            second: 89_999,
            sensor: 700,
            tcp_window: 14_600,
            is_bare: number == 1,
            packets: 1 << (10 * number),
        };
        let calls: Vec<Call> = (0..3).map(call).collect();
        assert_eq!(read(&write(&calls)).collect::<Vec<_>>(), calls);
        assert_eq!(read_of(&write(&calls), &[calls[0].src, calls[2].src]), [calls[0], calls[2]]);
        assert_eq!(read(&[]).count() + read(&[7; CALL_BYTES - 1]).count(), 0);
        assert_eq!(read(&[7; 2 * CALL_BYTES + 5]).count(), 2);
    }
}
