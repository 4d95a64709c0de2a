//! The bytes of a batch's head.
//!
//! Numbers are little-endian. The head lies in a skippable zstd frame: 4 bytes of magic, 4 of length, then
//! the fields in the order in which they are written here, the sum of the payload, and last the sum of the
//! head. A field is added behind the others, with another [`super::MAGIC`].
//!
//! **Invariant:** what is written is read back as the same; nothing is read beyond the length.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use teiten_model::account::Loss;
use teiten_model::address::Prefix;

use super::{BatchError, HEAD_BYTES_MAX, Head, MAGIC, SKIPPABLE};

/// Bytes of the skippable frame's own header.
const FRAME_HEADER_BYTES: usize = 8;
/// What stands where the clock's offset was never measured.
const UNMEASURED: i64 = i64::MIN;

impl Head {
    /// The bytes of the head of this payload.
    pub(super) fn written(&self, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(&SKIPPABLE.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(MAGIC);
        out.push(self.sensor.len() as u8);
        out.extend_from_slice(self.sensor.as_bytes());
        for number in [self.epoch, self.first, self.sequence, self.instance, self.frames] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for moment in [self.opened_ns, self.sealed_ns, self.clock_offset_ns.unwrap_or(UNMEASURED)] {
            out.extend_from_slice(&moment.to_le_bytes());
        }
        out.push(self.lost.len() as u8);
        for (loss, frames) in &self.lost {
            out.push(*loss as u8);
            out.extend_from_slice(&frames.to_le_bytes());
        }
        out.extend_from_slice(&(self.watched.len() as u16).to_le_bytes());
        for prefix in &self.watched {
            out.push(prefix.length());
            match prefix.first() {
                IpAddr::V4(address) => {
                    out.push(4);
                    out.extend_from_slice(&address.octets());
                }
                IpAddr::V6(address) => {
                    out.push(16);
                    out.extend_from_slice(&address.octets());
                }
            }
        }
        out.extend_from_slice(&self.plain_bytes.to_le_bytes());
        out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        let length = (out.len() + 4 - FRAME_HEADER_BYTES) as u32;
        out[4..8].copy_from_slice(&length.to_le_bytes());
        let sum = crc32c::crc32c(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }
}

/// Reads the head; gives the payload that follows it, and the sum of both.
pub(super) fn read(bytes: &[u8]) -> Result<(Head, &[u8], u32), BatchError> {
    let mut start = Fields(bytes);
    if start.u32()? != SKIPPABLE {
        return Err(BatchError::Foreign);
    }
    let length = start.u32()? as usize;
    if !(MAGIC.len() + 4..=HEAD_BYTES_MAX).contains(&length) {
        return Err(BatchError::Foreign);
    }
    let end = FRAME_HEADER_BYTES + length;
    if bytes.len() < end {
        return Err(BatchError::Cut { len: bytes.len(), needed: end });
    }
    let (head, rest) = bytes.split_at(end);
    if head[FRAME_HEADER_BYTES..][..MAGIC.len()] != *MAGIC {
        return Err(BatchError::Foreign);
    }
    let (summed, sum) = head.split_at(end - 4);
    if crc32c::crc32c(summed).to_le_bytes() != sum {
        return Err(BatchError::Checksum("head"));
    }
    let mut fields = Fields(&summed[FRAME_HEADER_BYTES + MAGIC.len()..]);
    let (head, payload_bytes, payload_sum) = fields.head()?;
    if !fields.0.is_empty() {
        return Err(BatchError::Head("bytes follow its last field".to_string()));
    }
    match rest.len() {
        len if len < payload_bytes => {
            return Err(BatchError::Cut { len: end + len, needed: end + payload_bytes });
        }
        len if len > payload_bytes => {
            return Err(BatchError::Long { len: end + len, max: end + payload_bytes });
        }
        _ => {}
    }
    if crc32c::crc32c(rest) != payload_sum {
        return Err(BatchError::Checksum("frames"));
    }
    // The head holds the payload's sum, so its own tells of both.
    Ok((head, rest, crc32c::crc32c(summed)))
}

/// Fields that are still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], BatchError> {
        match self.0.split_at_checked(n) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(taken)
            }
            None => Err(BatchError::Cut { len: self.0.len(), needed: n }),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BatchError> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were asked for"))
    }

    fn u8(&mut self) -> Result<u8, BatchError> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, BatchError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, BatchError> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Result<i64, BatchError> {
        self.array().map(i64::from_le_bytes)
    }

    /// The fields of a head, then the length and the sum of the payload.
    fn head(&mut self) -> Result<(Head, usize, u32), BatchError> {
        let length = self.u8()?;
        let sensor = std::str::from_utf8(self.take(length.into())?)
            .map_err(|_| BatchError::Head("the sensor's name is no text".to_string()))?
            .to_string();
        let (epoch, first, sequence, instance) = (self.u64()?, self.u64()?, self.u64()?, self.u64()?);
        let frames = self.u64()?;
        let (opened_ns, sealed_ns, offset) = (self.i64()?, self.i64()?, self.i64()?);
        let n_lost = self.u8()?;
        let lost = (0..n_lost).map(|_| self.loss()).collect::<Result<_, _>>()?;
        let n_watched = u16::from_le_bytes(self.array()?);
        let watched = (0..n_watched).map(|_| self.prefix()).collect::<Result<_, _>>()?;
        let head = Head {
            sensor,
            epoch,
            first,
            sequence,
            instance,
            opened_ns,
            sealed_ns,
            frames,
            lost,
            watched,
            clock_offset_ns: Some(offset).filter(|offset| *offset != UNMEASURED),
            plain_bytes: self.u32()?,
        };
        Ok((head, self.u32()? as usize, self.u32()?))
    }

    fn loss(&mut self) -> Result<(Loss, u64), BatchError> {
        let code = self.u8()?;
        let loss = Loss::ALL
            .get(usize::from(code))
            .ok_or_else(|| BatchError::Head(format!("no reason for a loss has the number {code}")))?;
        Ok((*loss, self.u64()?))
    }

    fn prefix(&mut self) -> Result<Prefix, BatchError> {
        let length = self.u8()?;
        let address = match self.u8()? {
            4 => IpAddr::V4(Ipv4Addr::from(self.array::<4>()?)),
            16 => IpAddr::V6(Ipv6Addr::from(self.array::<16>()?)),
            n => return Err(BatchError::Head(format!("no address has {n} bytes"))),
        };
        Prefix::new(address, length).ok_or_else(|| BatchError::Head(format!("no prefix: {address}/{length}")))
    }
}
