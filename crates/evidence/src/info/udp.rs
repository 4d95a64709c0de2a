//! Info of UDP: which application a datagram is shown as, and the plain text otherwise (D142a).
//!
//! As Wireshark does, the application of the lower port is tried first, then that of the higher, then
//! those that are known by their bytes on any port; each may decline.
//!
//! **Invariant:** an empty datagram is plain UDP whatever its ports.

use super::{
    cldap, coap, dns, fault, isakmp, memcache, netbios, ntp, openvpn, quic, rpc, services, sip, snmp, ssdp,
    stun, tftp,
};
use std::fmt::Write;
use teiten_model::columns::PacketColumns;

/// One datagram as the applications see it.
pub(super) struct Datagram<'a> {
    pub(super) columns: &'a PacketColumns,
    pub(super) row: usize,
    /// The first bytes above UDP, at most 256.
    pub(super) payload: &'a [u8],
    /// Bytes above UDP on the wire.
    pub(super) len: usize,
    pub(super) src_port: i32,
    pub(super) dst_port: i32,
}

impl Datagram<'_> {
    /// What to append when the application's header ends too early.
    pub(super) fn fault(&self) -> &'static str {
        fault(self.columns, self.row)
    }
}

/// Appends the text and gives the Protocol, or appends nothing and declines.
type Application = fn(&Datagram<'_>, &mut String) -> Option<&'static str>;

/// Applications that are recognised by their bytes on any port.
const ANYWHERE: [Application; 5] =
    [sip::draw, stun::draw, services::draw_dht, quic::draw, dns::draw_anywhere];

fn by_port(port: i32) -> Option<Application> {
    let application: Application = match port {
        7 => services::draw_echo,
        13 => services::draw_daytime,
        19 => services::draw_chargen,
        53 => dns::draw,
        69 => tftp::draw,
        111 => rpc::draw,
        123 => ntp::draw,
        137 => netbios::draw,
        161 | 162 => snmp::draw,
        177 => services::draw_xdmcp,
        389 => cldap::draw,
        427 => services::draw_srvloc,
        443 | 4433 => quic::draw,
        500 => isakmp::draw,
        514 => services::draw_syslog,
        520 => services::draw_rip,
        623 => services::draw_rmcp,
        1194 => openvpn::draw,
        1645 | 1646 | 1812 | 1813 => services::draw_radius,
        1701 => services::draw_l2tp,
        1900 => ssdp::draw,
        2123 | 2152 | 3386 => services::draw_gtp,
        3478 => stun::draw,
        4500 => isakmp::draw_encapsulated,
        5060 => sip::draw,
        5351 => services::draw_nat_pmp,
        5353 => dns::draw_multicast,
        5355 => dns::draw_link_local,
        5683 => coap::draw,
        11211 => memcache::draw,
        27960 => services::draw_quake3,
        _ => return None,
    };
    Some(application)
}

pub(super) fn draw(columns: &PacketColumns, row: usize, out: &mut String) -> &'static str {
    let (src_port, dst_port) = (columns.src_port[row], columns.dst_port[row]);
    let udp_len = columns.udp_len[row];
    let room = columns.payload_len[row].max(0);
    if udp_len < 0 {
        let _ = write!(out, "{src_port} → {dst_port}{}", fault(columns, row));
        return "UDP";
    }
    if udp_len < 8 {
        let _ = write!(out, "{src_port} → {dst_port} [BAD UDP LENGTH {udp_len} < 8]");
        return "UDP";
    }
    let len = udp_len - 8;
    let fragment = columns.ip_flags[row] > 0 && columns.ip_flags[row] & 1 != 0;
    if len > room && !fragment && columns.malformed.codes[row] != 0 {
        let _ =
            write!(out, "{src_port} → {dst_port} [BAD UDP LENGTH {udp_len} > IP PAYLOAD LENGTH] Len={len}");
        return "UDP";
    }
    let len = usize::try_from(len).unwrap_or(0);
    let seen = columns.payload.get(row);
    let datagram = Datagram { columns, row, payload: &seen[..seen.len().min(len)], len, src_port, dst_port };
    if datagram.len > 0 {
        let ports = [src_port.min(dst_port), src_port.max(dst_port)].map(by_port);
        for application in ports.into_iter().flatten().chain(ANYWHERE) {
            let start = out.len();
            if let Some(name) = application(&datagram, out) {
                return name;
            }
            out.truncate(start);
        }
    }
    push_plain(&datagram, out);
    "UDP"
}

/// Appends the text of a datagram whose application is not known: `40003 → 53413 Len=18`.
pub(super) fn push_plain(datagram: &Datagram<'_>, out: &mut String) {
    let _ = write!(out, "{} → {} Len={}", datagram.src_port, datagram.dst_port, datagram.len);
}
