//! Text into a packet line; the other way is `draw`.
//!
//! **Invariant:** every key is known and stands once; no text makes the parser panic.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::{Above, DnsLine, IcmpLine, NotationError, PacketLine, TcpLine};
use crate::compile::parse_flags;
use crate::hex::{digit, parse_hex};

/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 4096;
/// The most payload bytes, as many as a row keeps.
const PAYLOAD_BYTES_MAX: usize = 256;
/// The most option bytes a TCP header can have.
const OPTIONS_BYTES_MAX: usize = 40;

impl FromStr for PacketLine {
    type Err = NotationError;

    fn from_str(line: &str) -> Result<PacketLine, NotationError> {
        read(line).map_err(|reason| NotationError { line: line.chars().take(200).collect(), reason })
    }
}

fn read(line: &str) -> Result<PacketLine, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("it is longer than {LINE_BYTES_MAX} bytes"));
    }
    let words = words_of(line)?;
    let mut words = words.iter().map(Vec::as_slice).map(|word| String::from_utf8_lossy(word).into_owned());
    let kind = words.next().unwrap_or_default();
    if !["tcp", "udp", "icmp", "icmp6", "ip"].contains(&kind.as_str()) {
        return Err("it begins with none of tcp, udp, icmp, icmp6, ip".to_string());
    }
    let has_ports = kind == "tcp" || kind == "udp";
    let (src, src_port) = end_of(&words.next().unwrap_or_default(), has_ports)?;
    if words.next().as_deref() != Some(">") {
        return Err("`>` must stand between source and destination".to_string());
    }
    let (dst, dst_port) = end_of(&words.next().unwrap_or_default(), has_ports)?;
    if src.is_ipv4() != dst.is_ipv4() {
        return Err("both addresses must be of the same version".to_string());
    }
    let shape = match kind.as_str() {
        "tcp" | "icmp" | "icmp6" => words.next().unwrap_or_default(),
        _ => String::new(),
    };
    drop(words);
    let skipped = if shape.is_empty() { 4 } else { 5 };
    let mut keys = Keys::new(line, skipped)?;
    let above = match kind.as_str() {
        "tcp" => Above::Tcp(tcp_of(src_port, dst_port, &shape, &mut keys)?),
        "udp" => Above::Udp(src_port, dst_port),
        "ip" => Above::Other(keys.number("proto")?.ok_or("it needs proto= and the protocol's number")?),
        _ => {
            if (kind == "icmp6") == src.is_ipv4() {
                return Err("icmp6 goes with IPv6 addresses, icmp with IPv4".to_string());
            }
            let (kind, code) = shape.split_once('/').ok_or("type/code must follow the addresses")?;
            let number = |text: &str| text.parse().map_err(|_| format!("`{shape}` is not type/code"));
            let (id, seq) = (keys.number("id")?, keys.number("seq")?);
            Above::Icmp(IcmpLine { kind: number(kind)?, code: number(code)?, id, seq })
        }
    };
    let packet = PacketLine {
        src,
        dst,
        dst_public: keys.parsed("public")?,
        ttl: keys.number("ttl")?.unwrap_or(64),
        tos: keys.number("tos")?.unwrap_or(0),
        ip_id: keys.number("ipid")?.unwrap_or(0),
        dont_fragment: keys.word("df"),
        more_fragments: keys.word("mf"),
        frag_offset: keys.number("frag")?.unwrap_or(0),
        ip_len: keys.number("iplen")?,
        above,
        payload: payload_of(&mut keys)?,
        payload_len: keys.number("len")?,
        dns: dns_of(&mut keys)?,
    };
    keys.finish()?;
    if src.is_ipv6() && (packet.ip_id != 0 || packet.dont_fragment) {
        return Err("IPv6 has neither ipid nor df".to_string());
    }
    Ok(packet.plain())
}

fn tcp_of(src_port: u16, dst_port: u16, flags: &str, keys: &mut Keys) -> Result<TcpLine, String> {
    if flags == "?" {
        return Ok(TcpLine { src_port, dst_port, ..TcpLine::default() });
    }
    let refused = || "TCP flags must follow the addresses: letters of FSRPAUECN, `.`, 0x8c2 or ?".to_string();
    let flags = parse_flags(flags).and_then(|flags| u16::try_from(flags).ok()).ok_or_else(refused)?;
    let options = keys.bytes("opts", OPTIONS_BYTES_MAX)?.unwrap_or_default();
    let offset = keys.number::<u8>("hdr")?.filter(|offset| usize::from(*offset) != 20 + options.len());
    Ok(TcpLine {
        src_port,
        dst_port,
        flags: Some(flags),
        seq: keys.number("seq")?.unwrap_or(0),
        ack: keys.number("ack")?.unwrap_or(0),
        window: keys.number("win")?.unwrap_or(0),
        urgent: keys.number("urg")?.unwrap_or(0),
        options,
        offset,
    })
}

fn payload_of(keys: &mut Keys) -> Result<Vec<u8>, String> {
    let text = keys.take("text");
    let bytes = keys.bytes("payload", PAYLOAD_BYTES_MAX)?;
    match (text, bytes) {
        (Some(_), Some(_)) => Err("payload= and text= say the same thing twice".to_string()),
        (Some(text), None) if text.len() > PAYLOAD_BYTES_MAX => {
            Err(format!("text= is longer than {PAYLOAD_BYTES_MAX} bytes; use len= for the real length"))
        }
        (Some(text), None) => Ok(text),
        (None, bytes) => Ok(bytes.unwrap_or_default()),
    }
}

fn dns_of(keys: &mut Keys) -> Result<Option<DnsLine>, String> {
    let Some(id) = keys.hex("dnsid")? else { return Ok(None) };
    Ok(Some(DnsLine {
        id,
        flags: keys.hex("dnsflags")?.unwrap_or(0),
        questions: keys.number("qd")?.unwrap_or(1),
        additionals: keys.number("ar")?.unwrap_or(0),
        name: String::from_utf8_lossy(&keys.take("qname").unwrap_or_default()).into_owned(),
        kind: keys.number("qtype")?.unwrap_or(1),
        class: keys.number("qclass")?.unwrap_or(1),
    }))
}

/// An address, with a port where there must be one.
fn end_of(text: &str, has_port: bool) -> Result<(IpAddr, u16), String> {
    if has_port {
        let socket: SocketAddr =
            text.parse().map_err(|_| format!("`{text}` is not address:port (IPv6 in brackets)"))?;
        return Ok((socket.ip(), socket.port()));
    }
    text.parse().map(|address| (address, 0)).map_err(|_| format!("`{text}` is not an address"))
}

/// The words of a line; quotes keep blanks together and may hold escapes, which are resolved here.
fn words_of(line: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            b'\\' if quoted => {
                let escaped = match bytes.next() {
                    Some(b'r') => b'\r',
                    Some(b'n') => b'\n',
                    Some(b't') => b'\t',
                    Some(same @ (b'"' | b'\\')) => same,
                    Some(b'x') => match (bytes.next().and_then(digit), bytes.next().and_then(digit)) {
                        (Some(high), Some(low)) => high << 4 | low,
                        _ => return Err("`\\x` needs two hexadecimal digits".to_string()),
                    },
                    _ => return Err("only \\r \\n \\t \\\" \\\\ and \\xHH can be escaped".to_string()),
                };
                word.get_or_insert_default().push(escaped);
            }
            b' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_string());
    }
    words.extend(word);
    Ok(words)
}

/// The keys of a line, each taken once.
struct Keys {
    left: Vec<(String, Option<Vec<u8>>)>,
}

impl Keys {
    fn new(line: &str, skipped: usize) -> Result<Keys, String> {
        let mut left: Vec<(String, Option<Vec<u8>>)> = Vec::new();
        for word in words_of(line)?.into_iter().skip(skipped) {
            let (key, value) = match word.iter().position(|byte| *byte == b'=') {
                Some(place) => (&word[..place], Some(word[place + 1..].to_vec())),
                None => (word.as_slice(), None),
            };
            let key = String::from_utf8_lossy(key).into_owned();
            if left.iter().any(|(other, _)| *other == key) {
                return Err(format!("`{key}` stands twice"));
            }
            left.push((key, value));
        }
        Ok(Keys { left })
    }

    fn take(&mut self, key: &str) -> Option<Vec<u8>> {
        let place = self.left.iter().position(|(other, value)| other == key && value.is_some())?;
        self.left.remove(place).1
    }

    fn word(&mut self, key: &str) -> bool {
        let place = self.left.iter().position(|(other, value)| other == key && value.is_none());
        place.map(|place| self.left.remove(place)).is_some()
    }

    fn parsed<T: FromStr>(&mut self, key: &str) -> Result<Option<T>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let text = String::from_utf8_lossy(&value).into_owned();
        text.parse().map(Some).map_err(|_| format!("`{key}={text}` is not a value that `{key}` can have"))
    }

    fn number<T: FromStr>(&mut self, key: &str) -> Result<Option<T>, String> {
        self.parsed(key)
    }

    fn hex(&mut self, key: &str) -> Result<Option<u16>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let text = String::from_utf8_lossy(&value).into_owned();
        u16::from_str_radix(&text, 16).map(Some).map_err(|_| format!("`{key}={text}` is not hexadecimal"))
    }

    fn bytes(&mut self, key: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let text = String::from_utf8_lossy(&value).into_owned();
        parse_hex(&text)
            .filter(|bytes| bytes.len() <= bytes_max)
            .map(Some)
            .ok_or_else(|| format!("`{key}=` is not hexadecimal of at most {bytes_max} bytes"))
    }

    fn finish(&self) -> Result<(), String> {
        match self.left.first() {
            None => Ok(()),
            Some((key, _)) => Err(format!("`{key}` is not known here, or has no value")),
        }
    }
}
