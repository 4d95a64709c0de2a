//! A packet line into columns, and a row of columns into a line.
//!
//! **Invariant:** columns that the notation cannot say (VLAN, quoted packet, IP options ...) stay absent.

use std::net::IpAddr;

use teiten_model::address::{ipv4_number, ipv4_of, ipv6_of};
use teiten_model::columns::PacketColumns;

use super::{Above, DnsLine, IcmpLine, NotationError, PacketLine, TcpLine};

/// Link type of a packet that begins with its IP header (LINKTYPE_RAW).
const LINK_RAW: i32 = 101;

/// The rows that these lines describe, as a finished block.
pub fn columns_of<S: AsRef<str>>(lines: &[S]) -> Result<PacketColumns, NotationError> {
    let mut packets = PacketColumns::default();
    packets.reset(lines.len());
    for (row, line) in lines.iter().enumerate() {
        line.as_ref().parse::<PacketLine>()?.write(&mut packets, row);
    }
    packets.finish();
    Ok(packets)
}

impl PacketLine {
    /// A finished block with this packet alone.
    pub fn to_columns(&self) -> PacketColumns {
        let mut packets = PacketColumns::default();
        packets.reset(1);
        self.write(&mut packets, 0);
        packets.finish();
        packets
    }

    /// Fills a row; rows are filled in ascending order.
    pub fn write(&self, packets: &mut PacketColumns, row: usize) {
        packets.frame[row] = row as i64 + 1;
        packets.link[row] = LINK_RAW;
        packets.packets[row] = 1;
        match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                packets.src[row] = ipv4_number(src);
                packets.dst[row] = ipv4_number(dst);
                packets.ip_id[row] = i32::from(self.ip_id);
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                packets.src6.set(row, &src.octets());
                packets.dst6.set(row, &dst.octets());
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
        }
        packets.ip_version[row] = if self.src.is_ipv4() { 4 } else { 6 };
        packets.dst_public[row] = self.dst_public.map_or(-1, ipv4_number);
        packets.ttl[row] = i16::from(self.ttl);
        packets.tos[row] = i16::from(self.tos);
        packets.ip_flags[row] = i16::from(self.dont_fragment) << 1 | i16::from(self.more_fragments);
        packets.frag_offset[row] = i32::from(self.frag_offset);
        packets.ip_proto[row] = i16::from(self.proto());
        let ip_len = self.ip_len.map_or_else(|| self.ip_len_by_parts(), i32::from);
        packets.ip_len[row] = ip_len;
        packets.frame_len[row] = ip_len;
        packets.cap_len[row] = ip_len;
        self.write_above(packets, row);
        packets.payload_len[row] = self.payload_len_by_parts();
        if !self.payload.is_empty() {
            packets.payload.set(row, &self.payload);
        }
        if let Some(dns) = &self.dns {
            packets.dns_id[row] = i32::from(dns.id);
            packets.dns_flags[row] = i32::from(dns.flags);
            packets.dns_questions[row] = i32::from(dns.questions);
            packets.dns_answers[row] = 0;
            packets.dns_authorities[row] = 0;
            packets.dns_additionals[row] = i32::from(dns.additionals);
            packets.dns_type[row] = i32::from(dns.kind);
            packets.dns_class[row] = i32::from(dns.class);
            packets.dns_broken[row] = 0;
            packets.dns_name.set(row, dns.name.as_bytes());
        }
    }

    fn write_above(&self, packets: &mut PacketColumns, row: usize) {
        match &self.above {
            Above::Tcp(tcp) => {
                packets.src_port[row] = i32::from(tcp.src_port);
                packets.dst_port[row] = i32::from(tcp.dst_port);
                let Some(flags) = tcp.flags else { return };
                packets.tcp_flags[row] = flags as i16;
                packets.tcp_seq[row] = i64::from(tcp.seq);
                packets.tcp_ack[row] = i64::from(tcp.ack);
                packets.tcp_window[row] = i32::from(tcp.window);
                packets.tcp_urgent[row] = i32::from(tcp.urgent);
                packets.tcp_offset[row] = i16::from(tcp.offset_by_parts());
                packets.tcp_mss[row] = mss_of(&tcp.options);
                if !tcp.options.is_empty() {
                    packets.tcp_options.set(row, &tcp.options);
                }
            }
            Above::Udp(src_port, dst_port) => {
                packets.src_port[row] = i32::from(*src_port);
                packets.dst_port[row] = i32::from(*dst_port);
                packets.udp_len[row] = 8 + self.payload_len_by_parts();
            }
            Above::Icmp(icmp) => {
                packets.icmp_type[row] = i16::from(icmp.kind);
                packets.icmp_code[row] = i16::from(icmp.code);
                packets.icmp_id[row] = icmp.id.map_or(-1, i32::from);
                packets.icmp_seq[row] = icmp.seq.map_or(-1, i32::from);
            }
            Above::Other(_) => {}
        }
    }

    /// The packet in a row, as far as the notation can say it; `None` when it is not IP or its
    /// addresses are not there.
    pub fn of(packets: &PacketColumns, row: usize) -> Option<PacketLine> {
        let (src, dst) = match packets.ip_version[row] {
            4 => (IpAddr::V4(ipv4_of(packets.src[row])?), IpAddr::V4(ipv4_of(packets.dst[row])?)),
            6 => (IpAddr::V6(ipv6_of(packets.src6.get(row))?), IpAddr::V6(ipv6_of(packets.dst6.get(row))?)),
            _ => return None,
        };
        let flags = packets.ip_flags[row].max(0);
        let line = PacketLine {
            src,
            dst,
            dst_public: ipv4_of(packets.dst_public[row]),
            ttl: u8::try_from(packets.ttl[row]).unwrap_or(0),
            tos: u8::try_from(packets.tos[row]).unwrap_or(0),
            ip_id: u16::try_from(packets.ip_id[row]).unwrap_or(0),
            dont_fragment: src.is_ipv4() && flags & 2 != 0,
            more_fragments: flags & 1 != 0,
            frag_offset: u16::try_from(packets.frag_offset[row]).unwrap_or(0),
            ip_len: u16::try_from(packets.ip_len[row]).ok(),
            above: above_of(packets, row),
            payload: packets.payload.get(row).to_vec(),
            payload_len: u16::try_from(packets.payload_len[row]).ok(),
            dns: dns_of(packets, row),
        };
        Some(line.plain())
    }

    /// The line without what follows from the rest.
    pub(super) fn plain(mut self) -> PacketLine {
        if self.payload_len.is_some_and(|len| usize::from(len) == self.payload.len()) {
            self.payload_len = None;
        }
        if self.ip_len.map(i32::from) == Some(self.ip_len_by_parts()) {
            self.ip_len = None;
        }
        self
    }

    fn proto(&self) -> u8 {
        match &self.above {
            Above::Tcp(_) => 6,
            Above::Udp(..) => 17,
            Above::Icmp(_) if self.src.is_ipv4() => 1,
            Above::Icmp(_) => 58,
            Above::Other(proto) => *proto,
        }
    }

    fn payload_len_by_parts(&self) -> i32 {
        self.payload_len.map_or(self.payload.len() as i32, i32::from)
    }

    fn ip_len_by_parts(&self) -> i32 {
        let header = match &self.above {
            Above::Tcp(TcpLine { flags: None, .. }) => 4,
            Above::Tcp(tcp) => i32::from(tcp.offset_by_parts()),
            Above::Udp(..) | Above::Icmp(_) => 8,
            Above::Other(_) => 0,
        };
        let ip_header = if self.src.is_ipv4() { 20 } else { 40 };
        ip_header + header + self.payload_len_by_parts()
    }
}

impl TcpLine {
    fn offset_by_parts(&self) -> u8 {
        self.offset.unwrap_or(20 + self.options.len() as u8)
    }
}

fn above_of(packets: &PacketColumns, row: usize) -> Above {
    let port = |number: i32| u16::try_from(number).ok();
    let ports = port(packets.src_port[row]).zip(port(packets.dst_port[row]));
    let proto = packets.ip_proto[row];
    match (proto, ports) {
        (6, Some((src_port, dst_port))) => {
            let flags = u16::try_from(packets.tcp_flags[row]).ok().map(|flags| flags & 0xfff);
            if flags.is_none() {
                return Above::Tcp(TcpLine { src_port, dst_port, ..TcpLine::default() });
            }
            let options = packets.tcp_options.get(row).to_vec();
            let offset = u8::try_from(packets.tcp_offset[row]).ok();
            Above::Tcp(TcpLine {
                src_port,
                dst_port,
                flags,
                seq: u32::try_from(packets.tcp_seq[row]).unwrap_or(0),
                ack: u32::try_from(packets.tcp_ack[row]).unwrap_or(0),
                window: u16::try_from(packets.tcp_window[row]).unwrap_or(0),
                urgent: u16::try_from(packets.tcp_urgent[row]).unwrap_or(0),
                offset: offset.filter(|offset| usize::from(*offset) != 20 + options.len()),
                options,
            })
        }
        (17, Some((src_port, dst_port))) => Above::Udp(src_port, dst_port),
        (1 | 58, _) if packets.icmp_type[row] >= 0 => Above::Icmp(IcmpLine {
            kind: u8::try_from(packets.icmp_type[row]).unwrap_or(0),
            code: u8::try_from(packets.icmp_code[row]).unwrap_or(0),
            id: port(packets.icmp_id[row]),
            seq: port(packets.icmp_seq[row]),
        }),
        _ => Above::Other(u8::try_from(proto).unwrap_or(255)),
    }
}

fn dns_of(packets: &PacketColumns, row: usize) -> Option<DnsLine> {
    let number = |number: i32| u16::try_from(number).ok();
    Some(DnsLine {
        id: number(packets.dns_id[row])?,
        flags: number(packets.dns_flags[row])?,
        questions: number(packets.dns_questions[row]).unwrap_or(0),
        additionals: number(packets.dns_additionals[row]).unwrap_or(0),
        name: String::from_utf8_lossy(packets.dns_name.get(row)).into_owned(),
        kind: number(packets.dns_type[row]).unwrap_or(0),
        class: number(packets.dns_class[row]).unwrap_or(0),
    })
}

/// The value of the first maximum segment size option; -1 without one.
fn mss_of(mut options: &[u8]) -> i32 {
    while let [kind, rest @ ..] = options {
        options = match (kind, rest) {
            (0, _) => return -1,
            (1, _) => rest,
            (2, [4, high, low, ..]) => return i32::from(*high) << 8 | i32::from(*low),
            (_, [length, ..]) if *length >= 2 => options.get(usize::from(*length)..).unwrap_or_default(),
            _ => return -1,
        };
    }
    -1
}
