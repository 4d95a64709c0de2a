//! A packet line as text; the other way is `parse`.
//!
//! **Invariant:** what has its plain value is not written.

use std::fmt::{self, Display, Formatter, Write};
use std::net::IpAddr;

use teiten_model::hex::hex;

use super::{Above, PacketLine, TcpLine};
use crate::compile::FLAG_LETTERS;

/// A payload of so many printable bytes is written as text.
const TEXT_BYTES_MIN: usize = 4;

impl Display for PacketLine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.above {
            Above::Tcp(tcp) => {
                write!(f, "tcp {} > {} ", Socket(self.src, tcp.src_port), Socket(self.dst, tcp.dst_port))?;
                draw_tcp(tcp, f)?;
            }
            Above::Udp(src_port, dst_port) => {
                write!(f, "udp {} > {}", Socket(self.src, *src_port), Socket(self.dst, *dst_port))?;
            }
            Above::Icmp(icmp) => {
                let word = if self.src.is_ipv4() { "icmp" } else { "icmp6" };
                write!(f, "{word} {} > {} {}/{}", self.src, self.dst, icmp.kind, icmp.code)?;
                for (key, value) in [("id", icmp.id), ("seq", icmp.seq)] {
                    if let Some(value) = value {
                        write!(f, " {key}={value}")?;
                    }
                }
            }
            Above::Other(proto) => write!(f, "ip {} > {} proto={proto}", self.src, self.dst)?,
        }
        self.draw_ip(f)?;
        self.draw_dns(f)?;
        if is_text(&self.payload) {
            write!(f, " text={}", quote(&self.payload))?;
        } else if !self.payload.is_empty() {
            write!(f, " payload={}", hex(&self.payload))?;
        }
        self.payload_len.map_or(Ok(()), |len| write!(f, " len={len}"))
    }
}

impl PacketLine {
    fn draw_ip(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.ttl != 64 {
            write!(f, " ttl={}", self.ttl)?;
        }
        for (key, value) in [("tos", u16::from(self.tos)), ("ipid", self.ip_id), ("frag", self.frag_offset)] {
            if value != 0 {
                write!(f, " {key}={value}")?;
            }
        }
        if self.dont_fragment {
            f.write_str(" df")?;
        }
        if self.more_fragments {
            f.write_str(" mf")?;
        }
        if let Some(ip_len) = self.ip_len {
            write!(f, " iplen={ip_len}")?;
        }
        self.dst_public.map_or(Ok(()), |public| write!(f, " public={public}"))
    }

    fn draw_dns(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(dns) = &self.dns else { return Ok(()) };
        write!(f, " dnsid={:04x} dnsflags={:04x}", dns.id, dns.flags)?;
        for (key, value, plain) in [
            ("qd", dns.questions, 1),
            ("ar", dns.additionals, 0),
            ("qtype", dns.kind, 1),
            ("qclass", dns.class, 1),
        ] {
            if value != plain {
                write!(f, " {key}={value}")?;
            }
        }
        if dns.name.is_empty() {
            return Ok(());
        }
        let is_plain = dns.name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if is_plain {
            write!(f, " qname={}", dns.name)
        } else {
            write!(f, " qname={}", quote(dns.name.as_bytes()))
        }
    }
}

fn draw_tcp(tcp: &TcpLine, f: &mut Formatter<'_>) -> fmt::Result {
    match tcp.flags {
        None => return f.write_char('?'),
        Some(0) => f.write_char('.')?,
        Some(flags) if flags < 0x200 => {
            for (bit, letter) in FLAG_LETTERS.chars().enumerate() {
                if flags >> bit & 1 == 1 {
                    f.write_char(letter)?;
                }
            }
        }
        Some(flags) => write!(f, "{flags:#x}")?,
    }
    for (key, value) in
        [("seq", tcp.seq), ("ack", tcp.ack), ("win", u32::from(tcp.window)), ("urg", u32::from(tcp.urgent))]
    {
        if value != 0 {
            write!(f, " {key}={value}")?;
        }
    }
    if !tcp.options.is_empty() {
        write!(f, " opts={}", hex(&tcp.options))?;
    }
    tcp.offset.map_or(Ok(()), |offset| write!(f, " hdr={offset}"))
}

/// Address and port; IPv6 in brackets.
struct Socket(IpAddr, u16);

impl Display for Socket {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => write!(f, "{v4}:{}", self.1),
            IpAddr::V6(v6) => write!(f, "[{v6}]:{}", self.1),
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.len() >= TEXT_BYTES_MIN
        && bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
}

/// Bytes between quotes, with `\r \n \t \" \\` and `\xHH` for the rest.
fn quote(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            other => {
                let _ = write!(text, "\\x{other:02x}");
            }
        }
    }
    text.push('"');
    text
}
