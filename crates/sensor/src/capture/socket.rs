//! Options and addresses of a packet socket that the safe libraries do not have.
//!
//! Numbers and structures are those of `linux/if_packet.h` and `linux/filter.h`; packet(7) tells what they do.
//!
//! **Invariant:** a length handed to the kernel is the length of what the pointer beside it points to.

use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, OwnedFd};

use crate::filter::Instruction;

/// Opens a packet socket that receives nothing until it is bound.
pub(super) fn open(is_raw: bool) -> io::Result<OwnedFd> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let kind = if is_raw { SocketType::RAW } else { SocketType::DGRAM };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::PACKET, kind, flags, None)?)
}

/// Sets an option of packet sockets.
pub(super) fn set<T: Copy>(socket: &OwnedFd, option: i32, value: &T) -> io::Result<()> {
    set_at(socket, libc::SOL_PACKET, option, value)
}

fn set_at<T: Copy>(socket: &OwnedFd, level: i32, option: i32, value: &T) -> io::Result<()> {
    let len = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: the pointer is to a whole `T` that lives until the call returns, and `len` is its size.
    let result =
        unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, std::ptr::from_ref(value).cast(), len) };
    told(result)
}

/// Gives the socket a program; the kernel copies and checks it.
pub(super) fn attach(socket: &OwnedFd, program: &[Instruction]) -> io::Result<()> {
    let mut filters: Vec<libc::sock_filter> = program
        .iter()
        .map(|one| libc::sock_filter { code: one.code, jt: one.jt, jf: one.jf, k: one.k })
        .collect();
    let len = u16::try_from(filters.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let described = libc::sock_fprog { len, filter: filters.as_mut_ptr() };
    set_at(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &described)
}

/// Binds the socket to an interface: from now on it receives every protocol.
pub(super) fn bind(socket: &OwnedFd, index: u32) -> io::Result<()> {
    // SAFETY: all fields of the structure are plain numbers, for which zero is a value.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index as i32;
    let len = mem::size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the pointer is to a whole `sockaddr_ll` that lives until the call returns, and `len` is its size.
    let result = unsafe { libc::bind(socket.as_raw_fd(), std::ptr::from_ref(&address).cast(), len) };
    told(result)
}

/// What the kernel counted since the last call.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(super) struct Statistics {
    /// Frames that passed the filter, those without room included.
    pub(super) packets: u32,
    /// Frames for which there was no room.
    pub(super) drops: u32,
    pub(super) freezes: u32,
}

/// Reads and resets the kernel's counters.
pub(super) fn statistics(socket: &OwnedFd) -> io::Result<Statistics> {
    get(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS)
}

/// Takes the error that waits on the socket, such as an interface that went down.
pub(super) fn take_error(socket: &OwnedFd) -> io::Result<i32> {
    get(socket, libc::SOL_SOCKET, libc::SO_ERROR)
}

/// Reads an option into a structure of plain numbers.
fn get<T: Copy + Default>(socket: &OwnedFd, level: i32, option: i32) -> io::Result<T> {
    let mut value = MaybeUninit::new(T::default());
    let mut len = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: the pointer is to a whole `T`, of which the kernel writes at most `len` bytes.
    let result = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, option, value.as_mut_ptr().cast(), &raw mut len)
    };
    told(result)?;
    // SAFETY: it was initialised with a default; what the kernel wrote over it are plain numbers.
    Ok(unsafe { value.assume_init() })
}

fn told(result: i32) -> io::Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
