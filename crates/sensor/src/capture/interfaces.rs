//! The host's interfaces, their addresses and counters, as the kernel lists them.
//!
//! **Invariant:** the list is ordered by name; nothing of the C library's list is kept.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::filter::Link;

/// The most interfaces and addresses looked at.
const ENTRIES_MAX: usize = 65_536;
/// Place of a counter in `struct rtnl_link_stats`. The sum of all drops in the kernel (`rx_dropped`) is not taken: it
/// is mostly of protocols nobody listens to, which a packet socket has seen all the same.
const RX_MISSED: usize = 15;

/// What the kernel says of one interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its number; another one when it was made anew.
    pub index: u32,
    /// Whether it is up and has a carrier.
    pub is_up: bool,
    /// ARPHRD_ number.
    pub hardware: u16,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Frames the interface had no room for (`rx_missed_errors`), modulo 2^32.
    pub missed: u32,
}

/// What frames of that hardware begin with; `None` for a kind that is not understood. The numbers are those
/// of `linux/if_arp.h`: Ethernet, loopback; none (tun), raw IP, PPP, tunnels.
pub fn link(hardware: u16) -> Option<Link> {
    match hardware {
        1 | 772 => Some(Link::Ethernet),
        0xfffe | 519 | 512 | 256 | 768 | 769 | 776 | 778 | 823 => Some(Link::Ip),
        _ => None,
    }
}

/// Every interface of the host.
///
/// # Errors
/// When the kernel does not say.
pub fn list() -> io::Result<BTreeMap<String, Interface>> {
    let mut head: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: the call writes one pointer, which is freed below and nowhere else.
    if unsafe { libc::getifaddrs(&raw mut head) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = BTreeMap::new();
    let mut at = head;
    for _ in 0..ENTRIES_MAX {
        // SAFETY: the list is that of a call that succeeded; it ends with a null pointer.
        let Some(entry) = (unsafe { at.as_ref() }) else { break };
        // SAFETY: the name is a string that lives as long as the list.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
        let interface: &mut Interface = found.entry(name).or_default();
        let up = (libc::IFF_UP | libc::IFF_RUNNING) as u32;
        interface.is_up = entry.ifa_flags & up == up;
        if !entry.ifa_addr.is_null() {
            read(entry, interface);
        }
        at = entry.ifa_next;
    }
    // SAFETY: it is the list of the call above, and nothing points into it any more.
    unsafe { libc::freeifaddrs(head) };
    for interface in found.values_mut() {
        interface.addresses.sort_unstable();
        interface.addresses.dedup();
    }
    Ok(found)
}

/// Reads one entry that has an address.
fn read(entry: &libc::ifaddrs, into: &mut Interface) {
    // SAFETY: the pointer is not null, and every socket address begins with its family.
    let family = i32::from(unsafe { (*entry.ifa_addr).sa_family });
    match family {
        libc::AF_INET => {
            // SAFETY: an address of this family is a `sockaddr_in`.
            let address = unsafe { entry.ifa_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            into.addresses.push(IpAddr::V4(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))));
        }
        libc::AF_INET6 => {
            // SAFETY: an address of this family is a `sockaddr_in6`.
            let address = unsafe { entry.ifa_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            into.addresses.push(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)));
        }
        libc::AF_PACKET => {
            // SAFETY: an address of this family is a `sockaddr_ll`.
            let address = unsafe { entry.ifa_addr.cast::<libc::sockaddr_ll>().read_unaligned() };
            into.index = address.sll_ifindex as u32;
            into.hardware = address.sll_hatype;
            if !entry.ifa_data.is_null() {
                let counters = entry.ifa_data.cast::<u32>();
                // SAFETY: for this family the data are a `rtnl_link_stats`, 23 or more words.
                into.missed = unsafe { counters.add(RX_MISSED).read_unaligned() };
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_listed() {
        let all = list().unwrap();
        let lo = &all["lo"];
        assert!(lo.index > 0);
        assert_eq!(link(lo.hardware), Some(Link::Ethernet));
        assert_eq!((link(512), link(803)), (Some(Link::Ip), None));
    }
}
