//! Files that are often taken for captures: recognised only to be refused by name.
//!
//! A refusal that says "this is ERF" saves the reader a walk through hexadecimal.
//!
//! **Invariant:** nothing here opens a file; a wrong guess costs a phrase in a message, nothing else.

/// What the first bytes look like, as a phrase for the refusal, and whether that is a capture of another
/// kind.
pub(crate) fn recognise(first: &[u8]) -> (&'static str, bool) {
    let known = |magics: &[(usize, &[u8], &'static str)]| {
        let begins = |offset: usize, magic| first.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        magics.iter().find(|(offset, magic, _)| begins(*offset, magic)).map(|(_, _, phrase)| *phrase)
    };
    if let Some(phrase) = known(&CAPTURES) {
        return (phrase, true);
    }
    if let Some(phrase) = known(&OTHERS) {
        return (phrase, false);
    }
    if is_text(first) {
        return ("this looks like text", false);
    }
    if let Some(phrase) = recognise_endace(first) {
        return (phrase, true);
    }
    if first.iter().all(|byte| *byte == 0) {
        return ("the file begins with zeros", false);
    }
    ("the format is not known", false)
}

/// Captures that are not read here.
const CAPTURES: [(usize, &[u8], &str); 9] = [
    (0, b"snoop\0\0\0", "this is a snoop capture (RFC 1761)"),
    (0, b"RTSS", "this is a Microsoft Network Monitor 1 capture"),
    (0, b"GMBU", "this is a Microsoft Network Monitor 2 capture"),
    (0, b"XCP\0", "this is a NetXRay or Windows Sniffer capture"),
    (0, b"TRSNIFF data    \x1a", "this is a DOS Sniffer capture"),
    (0, b"\xac\x01\x00\x1c", "this is an IXIA lcap capture"),
    (0, b"\xab\x01\x00\x1c", "this is an IXIA lcap capture"),
    (0, b"\x54\x52\x00\x64", "this is an iptrace capture"),
    (0, b"iptrace ", "this is an iptrace capture"),
];

/// What is no capture at all.
const OTHERS: [(usize, &[u8], &str); 13] = [
    (0, b"PAR1", "this is a Parquet file"),
    (0, b"Obj\x01", "this is an Avro file"),
    (0, b"ARROW1", "this is an Arrow file"),
    (0, b"SQLite format 3\0", "this is an SQLite database"),
    (0, b"PK\x03\x04", "this is a zip archive: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "this is a 7z archive: unpack it first"),
    (0, b"Rar!\x1a\x07", "this is a rar archive: unpack it first"),
    (0, b"LZIP", "this is an lzip file: decompress it first"),
    (0, b"\x1f\x9d", "this is a compress (.Z) file: decompress it first"),
    (0, b"\x89LZO", "this is an lzop file: decompress it first"),
    (0, b"\x7fELF", "this is a program"),
    (0, b"%PDF", "this is a PDF document"),
    (257, b"ustar", "this is a tar archive: unpack it first"),
];

fn is_text(first: &[u8]) -> bool {
    first.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e) || *byte >= 0x80)
        && first.iter().filter(|byte| **byte < 0x80).count() * 2 > first.len()
}

/// Endace records have no magic: a time in this century or the last, then a type and lengths that fit.
fn recognise_endace(first: &[u8]) -> Option<&'static str> {
    const YEAR_1995_SECS: u32 = 788_918_400;
    const YEAR_2100_SECS: u32 = 4_102_444_800;
    const ERF_TYPE_MAX: u8 = 48;
    const ERF_HEADER_BYTES: u16 = 16;
    let header: &[u8; 16] = first.first_chunk()?;
    let secs = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    if !(YEAR_1995_SECS..YEAR_2100_SECS).contains(&secs) {
        return None;
    }
    let kind = header[8] & 0x7f;
    let record_len = u16::from_be_bytes([header[10], header[11]]);
    let wire_len = u16::from_be_bytes([header[14], header[15]]);
    if (1..=ERF_TYPE_MAX).contains(&kind) && record_len >= ERF_HEADER_BYTES && wire_len > 0 {
        return Some("this is an ERF (Endace) trace");
    }
    // The older records give the length as 32 bits, little-endian, where type and length stand now.
    let old_len = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
    (1..=u32::from(u16::MAX)).contains(&old_len).then_some("this looks like an old DAG (Endace) trace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_captures_are_named() {
        let mut tar = vec![1; 300];
        tar[257..262].copy_from_slice(b"ustar");
        let table: [(&[u8], &str, bool); 8] = [
            (b"snoop\0\0\0\0\0\0\x02", "this is a snoop capture (RFC 1761)", true),
            (b"No.,Time,Source\n1,0.0,192.0.2.1\n", "this looks like text", false),
            (b"PK\x03\x04\x14\0", "this is a zip archive: unpack it first", false),
            (&tar, "this is a tar archive: unpack it first", false),
            (
                b"\x00\x47\x2f\x00\x81\xd7\x48\x41\x02\x05\x00\x48\x00\x00\x03\x3b",
                "this is an ERF (Endace) trace",
                true,
            ),
            (
                b"\x00\x81\x59\x00\x40\x69\x68\x39\x99\x02\x00\x00\x0c\x59\x8d\xd1",
                "this looks like an old DAG (Endace) trace",
                true,
            ),
            (&[0; 40], "the file begins with zeros", false),
            (b"\x01\x02\x03", "the format is not known", false),
        ];
        for (first, expected, is_capture) in table {
            assert_eq!(recognise(first), (expected, is_capture), "{first:02x?}");
        }
    }
}
