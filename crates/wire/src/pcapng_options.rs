//! The numbers and options of pcapng blocks: byte order, and what an interface says of itself.
//!
//! Options are a list of code, length and padded value. A list that breaks is read up to the break:
//! names and comments are no reason to lose a packet.
//!
//! **Invariant:** no text longer than [`TEXT_BYTES_MAX`] and no more than [`COMMENTS_MAX`] comments are kept.

use crate::format::{COMMENTS_MAX, Interface, Resolution, TEXT_BYTES_MAX};

/// The byte order of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
}

impl Order {
    /// The 16-bit number at `at`, which the caller has checked to be there.
    pub(crate) fn half(self, bytes: &[u8], at: usize) -> u16 {
        let half = [bytes[at], bytes[at + 1]];
        match self {
            Order::Big => u16::from_be_bytes(half),
            Order::Little => u16::from_le_bytes(half),
        }
    }

    /// The 32-bit number at `at`, which the caller has checked to be there.
    pub(crate) fn word(self, bytes: &[u8], at: usize) -> u32 {
        let word = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        match self {
            Order::Big => u32::from_be_bytes(word),
            Order::Little => u32::from_le_bytes(word),
        }
    }

    fn signed(self, bytes: [u8; 8]) -> i64 {
        match self {
            Order::Big => i64::from_be_bytes(bytes),
            Order::Little => i64::from_le_bytes(bytes),
        }
    }

    /// Compares the length at the end of a block of at least twelve bytes with that at its beginning.
    pub(crate) fn check_trailer(self, block: &[u8]) -> Result<(), String> {
        let (len, repeated) = (self.word(block, 4), self.word(block, block.len() - 4));
        if len == repeated {
            Ok(())
        } else {
            Err(format!("a block of {len} bytes ends with the length {repeated}"))
        }
    }
}

/// What an interface description says; `options` is the rest of its block.
pub(crate) fn interface(order: Order, section: u64, link: u16, snaplen: u32, options: &[u8]) -> Interface {
    let mut interface = Interface {
        section,
        name: None,
        description: None,
        link,
        snaplen,
        resolution: Resolution::MICROSECONDS,
        offset_secs: 0,
        comments: Vec::new(),
    };
    let mut rest = options;
    while let Some((code, value, after)) = next_option(order, rest) {
        rest = after;
        match code {
            1 if interface.comments.len() < COMMENTS_MAX => interface.comments.push(text(value)),
            2 => interface.name = Some(text(value)),
            3 => interface.description = Some(text(value)),
            9 => {
                if let [byte] = value {
                    interface.resolution = Resolution::from_option(*byte);
                }
            }
            14 => {
                if let Ok(bytes) = <[u8; 8]>::try_from(value) {
                    interface.offset_secs = order.signed(bytes);
                }
            }
            _ => {}
        }
    }
    interface
}

/// The comments among the options of a section header.
pub(crate) fn comments(order: Order, options: &[u8]) -> Vec<String> {
    let mut comments = Vec::new();
    let mut rest = options;
    while let Some((code, value, after)) = next_option(order, rest) {
        rest = after;
        if code == 1 && comments.len() < COMMENTS_MAX {
            comments.push(text(value));
        }
    }
    comments
}

/// The next option, and what follows it; `None` at the end of the list or where it breaks.
fn next_option(order: Order, options: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (head, rest) = options.split_first_chunk::<4>()?;
    let (code, len) = (order.half(head, 0), usize::from(order.half(head, 2)));
    if code == 0 {
        return None;
    }
    let value = rest.get(..len)?;
    let after = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    Some((code, value, after))
}

/// Text as the file gives it, without the zero some programs end it with.
fn text(value: &[u8]) -> String {
    let kept = &value[..value.len().min(TEXT_BYTES_MAX)];
    String::from_utf8_lossy(kept).trim_end_matches('\0').to_owned()
}
