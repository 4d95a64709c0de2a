//! Answers from many servers that crowd in on one sensor: somebody forged its address (rule D13).
//!
//! **Invariant:** answers come from the service's port, to few addresses of the sensor.

use crate::dns::put_labels;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, Udp, flag};
use crate::random::Stream;
use crate::sink::{Note, Stamp};
use teiten_model::protocols;

/// What answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// SYN+ACK of servers that were sent forged SYNs.
    SynAck,
    /// NTP: a list of clients (mode 7).
    NtpMonlist,
    /// DNS: a large answer.
    DnsAny,
    /// CLDAP: the entry of a directory.
    Cldap,
    /// memcached: statistics.
    Memcached,
    /// SSDP: a device.
    Ssdp,
    /// SNMP: a description.
    Snmp,
    /// chargen: characters.
    Chargen,
}

impl Service {
    /// The services by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Service); 8] = [
        ("syn-ack", Service::SynAck),
        ("ntp-monlist", Service::NtpMonlist),
        ("dns-any", Service::DnsAny),
        ("cldap", Service::Cldap),
        ("memcached", Service::Memcached),
        ("ssdp", Service::Ssdp),
        ("snmp", Service::Snmp),
        ("chargen", Service::Chargen),
    ];

    /// The protocol above IP.
    pub(crate) fn protocol(self) -> u8 {
        if self == Service::SynAck { protocols::TCP } else { protocols::UDP }
    }

    fn port(self) -> u16 {
        match self {
            Service::SynAck => 443,
            Service::NtpMonlist => 123,
            Service::DnsAny => 53,
            Service::Cldap => 389,
            Service::Memcached => 11_211,
            Service::Ssdp => 1_900,
            Service::Snmp => 161,
            Service::Chargen => 19,
        }
    }

    fn payload(self, stream: &mut Stream) -> Vec<u8> {
        let padded = |head: &[u8], bytes: usize| {
            let mut payload = head.to_vec();
            payload.resize(bytes, 0);
            payload
        };
        match self {
            Service::SynAck => Vec::new(),
            // Six entries of 72 bytes.
            Service::NtpMonlist => padded(&[0xd7, 0, 3, 0x2a, 0, 6, 0, 72], 440),
            Service::DnsAny => {
                let mut payload = stream.half().to_be_bytes().to_vec();
                payload.extend_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
                put_labels(&mut payload, "large.example");
                payload.extend_from_slice(&[0, 255, 0, 1, 0xc0, 12, 0, 16, 0, 1, 0, 0, 14, 16, 1, 0, 255]);
                let bytes = payload.len() + 255;
                padded(&payload, bytes)
            }
            Service::Cldap => padded(b"\x30\x84\x00\x00\x01\x8a\x02\x01\x07\x64\x84\x00\x00\x01\x81", 400),
            Service::Memcached => {
                b"\x00\x00\x00\x00\x00\x01\x00\x00STAT pid 1\r\nSTAT uptime 86400\r\nEND\r\n".to_vec()
            }
            Service::Ssdp => {
                b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: upnp:rootdevice\r\nEXT:\r\n\
                  SERVER: Linux/3.14 UPnP/1.0\r\nUSN: uuid:0::upnp:rootdevice\r\n\r\n"
                    .to_vec()
            }
            Service::Snmp => {
                b"\x30\x35\x02\x01\x01\x04\x06public\xa2\x28\x02\x04\x00\x00\x00\x01\x02\x01\x00\x02\x01\x00\
                  \x30\x1a\x30\x18\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x0cRouterBoard1"
                    .to_vec()
            }
            Service::Chargen => (0..74u8).map(|place| 0x20 + place).collect(),
        }
    }
}

/// How answers come.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) service: Service,
    /// The port of the servers, where it is not the usual one.
    pub(crate) src_port: Option<u16>,
    /// How many addresses of the sensor were forged.
    pub(crate) addresses: u32,
}

impl Manner {
    /// The port that answers.
    pub(crate) fn port(&self) -> u16 {
        self.src_port.unwrap_or(self.service.port())
    }
}

/// Sends the answers of a day.
pub(crate) fn send(turn: &mut Turn<'_>, manner: &Manner) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let aim = turn.stream.below(u64::from(manner.addresses));
        let Some(destination) = turn.destination(at, turn.key ^ aim) else { return };
        let ttl = [64, 64, 128, 255][(source.key >> 8) as usize % 4] - source.hops();
        let ip = Ip { id: turn.stream.half(), ..Ip::new(source.address, destination.seen, ttl) };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        let forged_port = turn.stream.port(1_024, u16::MAX);
        if manner.service == Service::SynAck {
            let (seq, ack) = (turn.stream.word(), turn.stream.word());
            let tcp = Tcp {
                src_port: manner.port(),
                dst_port: forged_port,
                seq,
                ack,
                flags: flag::SYN | flag::ACK,
                window: [29_200, 65_535, 14_600, 8_192][(source.key >> 16) as usize % 4],
                urgent: 0,
                options: &[2, 4, 5, 0xb4],
            };
            return turn.sink.tcp(stamp, &ip, &tcp, &[]);
        }
        let payload = manner.service.payload(&mut turn.stream);
        turn.sink.udp(stamp, &ip, Udp::new(manner.port(), forged_port), &payload);
    });
}
