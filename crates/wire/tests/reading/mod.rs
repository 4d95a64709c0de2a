//! What the tests of capture files share: reading a whole input, building files by hand, the captures at hand.
//!
//! Files of the other byte order come from here and not from the writers, so that a mistake in both
//! cannot cancel out.
//!
//! **Invariant:** a missing folder of captures is a failure with its path, never a skipped test.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::io::Cursor;
use std::path::PathBuf;

use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;
use teiten_wire::error::WireError;

/// One frame, taken out of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) ts_ns: i64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) wire_len: u32,
    pub(crate) link: u16,
    pub(crate) number: u64,
}

/// Everything one input gave.
pub(crate) struct Whole {
    pub(crate) capture: Capture,
    pub(crate) frames: Vec<Frame>,
}

/// Opens and reads an input to its end, checking the balance after every block.
pub(crate) fn read_all(bytes: &[u8]) -> Result<Whole, WireError> {
    let mut capture = Capture::open(Box::new(Cursor::new(bytes.to_vec())))?;
    let mut block = FrameBlock::default();
    let mut frames = Vec::new();
    while capture.next_block(&mut block) {
        for frame in &block.frames {
            frames.push(Frame {
                ts_ns: frame.ts_ns,
                bytes: block.bytes_of(frame).to_vec(),
                wire_len: frame.wire_len,
                link: frame.link,
                number: frame.number,
            });
        }
        capture.account().check();
    }
    assert!(block.frames.is_empty(), "the last block is empty");
    assert!(!capture.next_block(&mut block), "an end stays an end");
    let account = capture.account();
    account.check();
    assert_eq!(account.received, frames.len() as u64 + account.lost_total(), "received = given + lost");
    assert!(frames.windows(2).all(|pair| pair[0].number < pair[1].number), "numbers ascend");
    assert!(
        frames.last().is_none_or(|last| last.number <= account.received),
        "numbers count received frames"
    );
    if !capture.is_whole() {
        assert!(!capture.messages().is_empty(), "what is not whole says why");
    }
    Ok(Whole { capture, frames })
}

/// A capture file written byte by byte, in either byte order.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) is_big: bool,
    pub(crate) bytes: Vec<u8>,
}

impl Hand {
    pub(crate) fn new(is_big: bool) -> Hand {
        Hand { is_big, bytes: Vec::new() }
    }

    pub(crate) fn half(&self, value: u16) -> [u8; 2] {
        if self.is_big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(crate) fn word(&self, value: u32) -> [u8; 4] {
        if self.is_big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// The header of a classic file.
    pub(crate) fn pcap_header(
        &mut self,
        magic: u32,
        version: (u16, u16),
        snaplen: u32,
        network: u32,
    ) -> &mut Hand {
        let parts = [
            &self.word(magic)[..],
            &self.half(version.0),
            &self.half(version.1),
            &[0; 8],
            &self.word(snaplen),
            &self.word(network),
        ];
        self.bytes.extend(parts.concat());
        self
    }

    /// A record of a classic file, whatever its lengths claim.
    pub(crate) fn pcap_record(
        &mut self,
        secs: u32,
        ticks: u32,
        cap_len: u32,
        wire_len: u32,
        frame: &[u8],
    ) -> &mut Hand {
        for value in [secs, ticks, cap_len, wire_len] {
            self.bytes.extend(self.word(value));
        }
        self.bytes.extend(frame);
        self
    }

    /// A pcapng block; `body` is padded.
    pub(crate) fn block(&mut self, kind: u32, body: &[u8]) -> &mut Hand {
        let len = 12 + body.len().next_multiple_of(4) as u32;
        self.bytes.extend(self.word(kind));
        self.bytes.extend(self.word(len));
        self.bytes.extend(body);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.bytes.extend(self.word(len));
        self
    }

    pub(crate) fn section(&mut self, version: (u16, u16)) -> &mut Hand {
        let body =
            [&self.word(0x1a2b_3c4d)[..], &self.half(version.0), &self.half(version.1), &[0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    /// An interface with options, each a code and a value.
    pub(crate) fn interface(&mut self, link: u16, snaplen: u32, options: &[(u16, &[u8])]) -> &mut Hand {
        let mut body = [&self.half(link)[..], &[0; 2], &self.word(snaplen)].concat();
        for (code, value) in options {
            body.extend(self.half(*code));
            body.extend(self.half(value.len() as u16));
            body.extend(*value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        body.extend([0; 4]);
        self.block(1, &body)
    }

    pub(crate) fn enhanced(&mut self, interface: u32, ticks: u64, frame: &[u8], wire_len: u32) -> &mut Hand {
        let words = [interface, (ticks >> 32) as u32, ticks as u32, frame.len() as u32, wire_len];
        let mut body = words.map(|value| self.word(value)).concat();
        body.extend(frame);
        self.block(6, &body)
    }

    pub(crate) fn obsolete(&mut self, interface: u16, ticks: u64, frame: &[u8], wire_len: u32) -> &mut Hand {
        let words = [(ticks >> 32) as u32, ticks as u32, frame.len() as u32, wire_len];
        let mut body = [self.half(interface), self.half(7)].concat();
        body.extend(words.map(|value| self.word(value)).concat());
        body.extend(frame);
        self.block(2, &body)
    }

    pub(crate) fn simple(&mut self, frame: &[u8], wire_len: u32) -> &mut Hand {
        let body = [&self.word(wire_len)[..], frame].concat();
        self.block(3, &body)
    }
}

/// The folder of real captures beside the repository.
pub(crate) fn data() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    assert!(
        folder.join("FILES.tsv").is_file(),
        "{} is missing: the real captures are the oracle of this test and must stand beside the repository",
        folder.display()
    );
    folder
}

/// The rows of a table among the captures, without its head, split at tabs.
pub(crate) fn table(name: &str) -> Vec<Vec<String>> {
    let path = data().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The bytes of one of the captures.
pub(crate) fn capture_bytes(name: &str) -> Vec<u8> {
    let path = data().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
