//! Bytes of Parquet pages: headers, levels, packed codes, deltas.
//!
//! The layout is that of the Parquet format's own documents (its encodings; parquet.thrift, compact
//! protocol). Only what our columns need stands here: flat optional columns, pages of version 1.

use zstd::bulk::Compressor;

use crate::error::StoreError;

/// Level of zstd for fresh parts: 3 takes a fifth more time for 0.6 per cent less (docs/performance.md).
pub(super) const FRESH_LEVEL: i32 = 1;

/// Level of zstd for compacted parts: they are written once and read for years.
const COMPACTED_LEVEL: i32 = 9;

/// Numbers of encodings in the format.
pub(super) const PLAIN: i32 = 0;
const RLE: i32 = 3;
pub(super) const DELTA_BINARY_PACKED: i32 = 5;
pub(super) const RLE_DICTIONARY: i32 = 8;

/// Values in a block of deltas, and in each of its quarters.
const DELTA_BLOCK: usize = 128;
const DELTA_QUARTER: usize = 32;

/// Bytes of values of a page of fresh parts: what is collected for it, and what is packed, stays in the second cache.
const FRESH_PAGE_BYTES: usize = 256 << 10;

/// The same of compacted parts, where zstd finds more in more.
const COMPACTED_PAGE_BYTES: usize = 1 << 20;

/// Compresses pages; one serves all parts of a writer, because each holds a megabyte.
pub struct Packer {
    level: i32,
    /// A page is closed when its values take about this much, in bytes.
    pub(super) page_bytes_max: usize,
    compressor: Option<Compressor<'static>>,
    packed: Vec<u8>,
}

impl Default for Packer {
    /// For fresh parts.
    fn default() -> Packer {
        Packer { level: FRESH_LEVEL, page_bytes_max: FRESH_PAGE_BYTES, compressor: None, packed: Vec::new() }
    }
}

impl Packer {
    /// For compacted parts.
    pub(super) fn of_compacted() -> Packer {
        Packer { level: COMPACTED_LEVEL, page_bytes_max: COMPACTED_PAGE_BYTES, ..Packer::default() }
    }

    fn pack(&mut self, body: &[u8]) -> std::io::Result<&[u8]> {
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(self.level)?),
        };
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(body.len()));
        compressor.compress_to_buffer(body, &mut self.packed)?;
        Ok(&self.packed)
    }
}

/// Whether the pages of a column chunk are compressed; its first page decides it for all, as the format wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Zstd,
    /// What zstd would make less than a sixteenth smaller stays as it is: deltas that are packed to the bit, and
    /// columns without a value. Readers make a decompressor for each chunk that needs one.
    Plain,
}

/// Appends the body as one page, compressed if its chunk is, with its header; gives the uncompressed size with the
/// header.
fn seal(
    out: &mut Vec<u8>,
    body: &[u8],
    (packer, packing): (&mut Packer, &mut Option<Packing>),
    head: impl Fn(&mut Vec<u8>, usize),
) -> Result<usize, StoreError> {
    let failed = |source| StoreError::File { what: "compressing a page".to_string(), source };
    let packed = match packing {
        Some(Packing::Plain) => body,
        Some(Packing::Zstd) => packer.pack(body).map_err(failed)?,
        None => {
            let packed = packer.pack(body).map_err(failed)?;
            let is_worth_it = packed.len() < body.len() - body.len() / 16;
            *packing = Some(if is_worth_it { Packing::Zstd } else { Packing::Plain });
            if is_worth_it { packed } else { body }
        }
    };
    let start = out.len();
    head(out, packed.len());
    let header_bytes = out.len() - start;
    out.extend_from_slice(packed);
    Ok(header_bytes + body.len())
}

/// A page of values: rows (absent ones included), encoding of the values.
pub(super) fn data_page(
    out: &mut Vec<u8>,
    body: &[u8],
    rows: usize,
    encoding: i32,
    packing: (&mut Packer, &mut Option<Packing>),
) -> Result<usize, StoreError> {
    seal(out, body, packing, |out, packed| {
        field(out, 1, 0);
        field(out, 1, body.len() as i64);
        field(out, 1, packed as i64);
        out.push(0x2c);
        field(out, 1, rows as i64);
        field(out, 1, i64::from(encoding));
        field(out, 1, i64::from(RLE));
        field(out, 1, i64::from(RLE));
        out.extend_from_slice(&[0, 0]);
    })
}

/// The page of a dictionary's values.
pub(super) fn dictionary_page(
    out: &mut Vec<u8>,
    body: &[u8],
    values: usize,
    packing: (&mut Packer, &mut Option<Packing>),
) -> Result<usize, StoreError> {
    seal(out, body, packing, |out, packed| {
        field(out, 1, 2);
        field(out, 1, body.len() as i64);
        field(out, 1, packed as i64);
        out.push(0x4c);
        field(out, 1, values as i64);
        field(out, 1, i64::from(PLAIN));
        out.extend_from_slice(&[0, 0]);
    })
}

/// A 32-bit field of a thrift structure, `step` after the one before it.
fn field(out: &mut Vec<u8>, step: u8, value: i64) {
    out.push(step << 4 | 5);
    zigzag(out, value);
}

fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, (value << 1 ^ value >> 63) as u64);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Definition levels of a flat optional column: `bitmap` has one bit a row, set where there is a value.
pub(super) fn levels(out: &mut Vec<u8>, bitmap: &[u8], rows: usize, nulls: usize) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    if nulls == 0 || nulls == rows {
        varint(out, (rows as u64) << 1);
        out.push(u8::from(nulls == 0));
    } else {
        let bytes = rows.div_ceil(8);
        varint(out, (bytes as u64) << 1 | 1);
        out.extend_from_slice(&bitmap[..bytes]);
    }
    let length = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Dictionary codes: their width in bits, then one run or all of them packed.
///
/// Widths are powers of two, so that zstd finds whole bytes where codes are many.
pub(super) fn codes(out: &mut Vec<u8>, codes: &[u16], values: usize) {
    let Some(first) = codes.first() else {
        out.push(0);
        return;
    };
    let width: usize = match values {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        17..=256 => 8,
        _ => 16,
    };
    out.push(width as u8);
    if codes.iter().all(|code| code == first) {
        varint(out, (codes.len() as u64) << 1);
        out.extend_from_slice(&first.to_le_bytes()[..width.div_ceil(8)]);
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint(out, (groups as u64) << 1 | 1);
    let end = out.len() + groups * width;
    match width {
        16 => out.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
        8 => out.extend(codes.iter().map(|code| *code as u8)),
        4 => bytes_of(out, codes, |two: &[u16; 2]| (two[0] | two[1] << 4) as u8),
        2 => bytes_of(out, codes, |four: &[u16; 4]| {
            (four[0] | four[1] << 2 | four[2] << 4 | four[3] << 6) as u8
        }),
        _ => bytes_of(out, codes, |eight: &[u16; 8]| {
            eight.iter().rev().fold(0, |byte, code| byte << 1 | *code as u8)
        }),
    }
    out.resize(end, 0);
}

/// Bytes of as many codes each; what is missing in the last is 0.
fn bytes_of<const N: usize>(out: &mut Vec<u8>, codes: &[u16], byte: impl Fn(&[u16; N]) -> u8) {
    let (whole, rest) = codes.as_chunks::<N>();
    out.extend(whole.iter().map(&byte));
    if !rest.is_empty() {
        let mut last = [0; N];
        last[..rest.len()].copy_from_slice(rest);
        out.push(byte(&last));
    }
}

/// Values as differences, packed in the width each quarter of a block needs.
pub(super) fn deltas(out: &mut Vec<u8>, values: &[i64]) {
    varint(out, DELTA_BLOCK as u64);
    varint(out, (DELTA_BLOCK / DELTA_QUARTER) as u64);
    varint(out, values.len() as u64);
    zigzag(out, values.first().copied().unwrap_or(0));
    let following = values.get(1..).unwrap_or_default();
    for (befores, chunk) in values.chunks(DELTA_BLOCK).zip(following.chunks(DELTA_BLOCK)) {
        let mut deltas = [0i64; DELTA_BLOCK];
        for ((delta, value), before) in deltas.iter_mut().zip(chunk).zip(befores) {
            *delta = value.wrapping_sub(*before);
        }
        let deltas = &deltas[..chunk.len()];
        let (least, greatest) = deltas
            .iter()
            .fold((i64::MAX, i64::MIN), |(low, high), delta| (low.min(*delta), high.max(*delta)));
        zigzag(out, least);
        let widths_at = out.len();
        out.extend_from_slice(&[0; DELTA_BLOCK / DELTA_QUARTER]);
        if least == greatest {
            continue;
        }
        for (place, quarter) in deltas.chunks(DELTA_QUARTER).enumerate() {
            let mut above = [0u64; DELTA_QUARTER];
            for (above, delta) in above.iter_mut().zip(quarter) {
                *above = delta.wrapping_sub(least) as u64;
            }
            let width = 64 - above.iter().fold(0, |all, value| all | value).leading_zeros();
            out[widths_at + place] = width as u8;
            pack(out, &above, width);
        }
    }
}

/// Packs values end to end, the lowest bit first.
fn pack(out: &mut Vec<u8>, values: &[u64; DELTA_QUARTER], width: u32) {
    if width > 32 {
        return pack_wide(out, values, width);
    }
    // Together they fill whole words of 32 bits.
    let mut words = [0u32; DELTA_QUARTER];
    let (mut held, mut bits, mut n) = (0u64, 0, 0);
    for value in values {
        // Fewer than 32 bits are held and at most 32 come: nothing here goes beyond 64.
        held |= value.wrapping_shl(bits);
        bits = bits.wrapping_add(width);
        words[n] = held as u32;
        let is_full = bits >> 5;
        n = n.wrapping_add(is_full as usize).min(DELTA_QUARTER - 1);
        held = held.wrapping_shr(is_full.wrapping_mul(32));
        bits &= 31;
    }
    let words = words.map(u32::to_le_bytes);
    out.extend_from_slice(&words.as_flattened()[..4 * width as usize]);
}

fn pack_wide(out: &mut Vec<u8>, values: &[u64; DELTA_QUARTER], width: u32) {
    let (mut held, mut bits) = (0u128, 0);
    for value in values {
        held |= u128::from(*value) << bits;
        bits += width;
        while bits >= 32 {
            out.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= 32;
            bits -= 32;
        }
    }
}
