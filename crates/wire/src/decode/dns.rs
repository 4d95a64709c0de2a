//! DNS messages in UDP datagrams and TCP segments (RFC 1035), in short: header, first question, records,
//! EDNS size.
//!
//! On port 53 (and 5353) every datagram that can hold a header is a DNS message, and what cannot be read
//! of it makes it a broken one. Answers to forged queries also come from other ports, where a device
//! translates addresses (rules D31d, D80): there only a response that reads as one from its first
//! byte to its last is taken for DNS. NetBIOS names (port 137) share the format and are no DNS.
//!
//! In TCP a message stands behind its length (RFC 1035 section 4.2.2). Streams are not put together, so of a
//! segment the first message is read, and only when the segment holds all of it; on other ports it must fill
//! the segment.
//!
//! **Invariant:** texts are ASCII; a name has at most 255 octets before escaping, `dns_records` at most
//! [`RECORDS_TEXT_BYTES_MAX`] bytes.
//! **Invariant:** compression pointers lead backwards and are at most 255 a name, and records are at most
//! as many as fit into one datagram: reading always ends.

use std::fmt::Write;

use domain::base::iana::Rtype;
use domain::base::message::RecordSection;
use domain::base::wire::ParseError;
use domain::base::{Message, ParsedName, ParsedRecord};
use domain::dep::octseq::Parser;
use domain::rdata::{A, Aaaa, Cname, Dname, Mx, Ns, Ptr, Soa, Srv};

use crate::decode::part::Part;
use crate::decode::row::Row;

/// The longest text of records, in bytes; more records are shown as ` ...`.
pub(super) const RECORDS_TEXT_BYTES_MAX: usize = 512;

const HEADER_BYTES: usize = 12;
const FLAGS_END: usize = 4;
/// The length before a message in TCP.
const LENGTH_BYTES: usize = 2;
const MORE: &str = " ...";

type Name<'a> = ParsedName<&'a [u8]>;

/// Where a datagram or segment goes, as far as that says whether it is DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A port of DNS or multicast DNS.
    Dns,
    /// A port whose protocol has the same format.
    Lookalike,
    /// Any other port.
    Elsewhere,
}

impl Place {
    /// By the two ports.
    #[inline]
    pub(super) fn of(src_port: u16, dst_port: u16) -> Place {
        match (src_port, dst_port) {
            (53 | 5353, _) | (_, 53 | 5353) => Place::Dns,
            (137, _) | (_, 137) => Place::Lookalike,
            _ => Place::Elsewhere,
        }
    }
}

/// What has been read of a message; the buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Reading {
    name: String,
    records: String,
    question: Option<(u16, u16)>,
    edns_size: Option<u16>,
    end: usize,
}

/// Writes the DNS columns if the bytes are a DNS message.
#[inline]
pub(super) fn decode(row: &mut Row<'_>, reading: &mut Reading, message: Part<'_>, place: Place) {
    match place {
        // Without the flags nothing can be said of a message that the capture cut.
        Place::Dns if message.len() >= HEADER_BYTES && message.seen().len() >= FLAGS_END => {
            let broken = reading.read(message.seen()).is_err();
            write_row(row, reading, message, broken);
        }
        Place::Elsewhere if looks_like_response(message) => {
            let read = reading.read(message.seen());
            if read.is_ok() && reading.end == message.len() {
                write_row(row, reading, message, false);
            }
        }
        _ => {}
    }
}

/// Writes the DNS columns if the payload of a TCP segment begins with the length of a DNS message and all
/// of that message.
#[inline]
pub(super) fn decode_segment(row: &mut Row<'_>, reading: &mut Reading, payload: Part<'_>, place: Place) {
    let Some(len) = payload.be16(0).map(usize::from) else { return };
    let rest = payload.after(LENGTH_BYTES);
    let is_whole = match place {
        Place::Elsewhere => len == rest.len(),
        Place::Dns | Place::Lookalike => len <= rest.len(),
    };
    if is_whole && len >= HEADER_BYTES {
        decode(row, reading, rest.first(len), place);
    }
}

/// The first queried name of a message of which perhaps only the beginning is there; empty when it is not.
pub(super) fn first_name<'r>(reading: &'r mut Reading, message: Part<'_>) -> &'r str {
    reading.name.clear();
    let mut parser = Parser::from_ref(message.seen());
    if message.be16(4).is_some_and(|questions| questions > 0)
        && parser.advance(HEADER_BYTES).is_ok()
        && let Ok(name) = ParsedName::parse_ref(&mut parser)
    {
        push_name(&mut reading.name, &name.deref_octets());
    }
    &reading.name
}

/// A response to a standard query, with one question or none, the reserved bit clear, all of it captured.
#[inline]
fn looks_like_response(message: Part<'_>) -> bool {
    let Some(header) = message.seen().first_chunk::<HEADER_BYTES>() else { return false };
    // QR set, opcode 0; Z clear.
    let flags = header[2] & 0xf8 == 0x80 && header[3] & 0x40 == 0;
    let questions = u16::from_be_bytes([header[4], header[5]]);
    let answers = u16::from_be_bytes([header[6], header[7]]);
    flags && !message.is_cut() && (questions == 1 || (questions == 0 && answers > 0))
}

fn write_row(row: &mut Row<'_>, reading: &Reading, message: Part<'_>, broken: bool) {
    let (columns, at) = row.parts();
    let field = |offset: usize| message.be16(offset).map_or(-1, i32::from);
    columns.dns_id[at] = field(0);
    columns.dns_flags[at] = field(2);
    columns.dns_questions[at] = field(4);
    columns.dns_answers[at] = field(6);
    columns.dns_authorities[at] = field(8);
    columns.dns_additionals[at] = field(10);
    if !reading.name.is_empty() {
        columns.dns_name.set(at, reading.name.as_bytes());
    }
    if let Some((kind, class)) = reading.question {
        columns.dns_type[at] = i32::from(kind);
        columns.dns_class[at] = i32::from(class);
    }
    if let Some(size) = reading.edns_size {
        columns.dns_edns_size[at] = i32::from(size);
    }
    if !reading.records.is_empty() {
        columns.dns_records.set(at, reading.records.as_bytes());
    }
    columns.dns_broken[at] = i16::from(broken);
}

impl Reading {
    /// Reads a message to its end; after an error what stands before the fault is kept.
    fn read(&mut self, bytes: &[u8]) -> Result<(), ParseError> {
        self.name.clear();
        self.records.clear();
        self.question = None;
        self.edns_size = None;
        self.end = 0;
        let message = Message::from_slice(bytes).map_err(|_| ParseError::ShortInput)?;
        let mut questions = message.question();
        while let Some(question) = questions.next().transpose()? {
            if self.question.is_none() {
                push_name(&mut self.name, question.qname());
                self.question = Some((question.qtype().to_int(), question.qclass().to_int()));
            }
        }
        let mut section = questions.answer()?;
        self.show(&mut section)?;
        if let Some(mut authorities) = section.next_section()? {
            self.show(&mut authorities)?;
            if let Some(mut additionals) = authorities.next_section()? {
                self.additionals(&mut additionals)?;
                self.end = additionals.pos();
            }
        }
        Ok(())
    }

    /// Adds the records of a section to the text.
    fn show(&mut self, section: &mut RecordSection<'_, [u8]>) -> Result<(), ParseError> {
        while let Some(record) = section.next().transpose()? {
            let before = self.records.len();
            let shown = push_record(&mut self.records, &record);
            self.keep_within_bounds(before);
            shown?;
        }
        Ok(())
    }

    fn additionals(&mut self, section: &mut RecordSection<'_, [u8]>) -> Result<(), ParseError> {
        while let Some(record) = section.next().transpose()? {
            if record.rtype() == Rtype::OPT && self.edns_size.is_none() {
                self.edns_size = Some(record.class().to_int());
                let before = self.records.len();
                push_type(&mut self.records, Rtype::OPT);
                self.keep_within_bounds(before);
            }
        }
        Ok(())
    }

    /// Takes back what was added last when the text became too long.
    fn keep_within_bounds(&mut self, before: usize) {
        if self.records.ends_with(MORE) || self.records.len() > RECORDS_TEXT_BYTES_MAX - MORE.len() {
            self.records.truncate(before);
            if !self.records.ends_with(MORE) {
                self.records.push_str(MORE);
            }
        }
    }
}

fn push_type(text: &mut String, kind: Rtype) {
    if !text.is_empty() {
        text.push(' ');
    }
    push(text, format_args!("{kind}"));
}

/// Writing into a string cannot fail.
fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok());
}

/// The type of a record and, where a packet list shows it, its data (rules D135, D136).
fn push_record(text: &mut String, record: &ParsedRecord<'_, [u8]>) -> Result<(), ParseError> {
    push_type(text, record.rtype());
    match record.rtype() {
        Rtype::A => {
            if let Some(record) = record.to_record::<A>()? {
                push(text, format_args!(" {}", record.data().addr()));
            }
        }
        Rtype::AAAA => {
            if let Some(record) = record.to_record::<Aaaa>()? {
                push(text, format_args!(" {}", record.data().addr()));
            }
        }
        Rtype::NS => {
            if let Some(record) = record.to_record::<Ns<Name<'_>>>()? {
                push_after_blank(text, record.data().nsdname());
            }
        }
        Rtype::CNAME => {
            if let Some(record) = record.to_record::<Cname<Name<'_>>>()? {
                push_after_blank(text, record.data().cname());
            }
        }
        Rtype::DNAME => {
            if let Some(record) = record.to_record::<Dname<Name<'_>>>()? {
                push_after_blank(text, record.data().dname());
            }
        }
        Rtype::PTR => {
            if let Some(record) = record.to_record::<Ptr<Name<'_>>>()? {
                push_after_blank(text, record.data().ptrdname());
            }
        }
        Rtype::SOA => {
            if let Some(record) = record.to_record::<Soa<Name<'_>>>()? {
                push_after_blank(text, record.data().mname());
            }
        }
        Rtype::MX => {
            if let Some(record) = record.to_record::<Mx<Name<'_>>>()? {
                push(text, format_args!(" {}", record.data().preference()));
                push_after_blank(text, record.data().exchange());
            }
        }
        Rtype::SRV => {
            if let Some(record) = record.to_record::<Srv<Name<'_>>>()? {
                let data = record.data();
                push(text, format_args!(" {} {} {}", data.priority(), data.weight(), data.port()));
                push_after_blank(text, data.target());
            }
        }
        _ => {}
    }
    Ok(())
}

fn push_after_blank(text: &mut String, name: &Name<'_>) {
    text.push(' ');
    push_name(text, name);
}

/// A name in presentation form without the last dot; the root is a dot.
///
/// Dots and backslashes inside labels get a backslash, bytes that cannot be printed become `\DDD`
/// (RFC 4343 section 2.1).
fn push_name(text: &mut String, name: &Name<'_>) {
    let before = text.len();
    for label in name.iter().filter(|label| !label.is_root()) {
        if text.len() > before {
            text.push('.');
        }
        for byte in label.as_slice() {
            match byte {
                b'.' | b'\\' => {
                    text.push('\\');
                    text.push(char::from(*byte));
                }
                0x21..=0x7e => text.push(char::from(*byte)),
                _ => push(text, format_args!("\\{byte:03}")),
            }
        }
    }
    if text.len() == before {
        text.push('.');
    }
}
