//! UDP requests as scanners send them.
//!
//! Payloads follow rules D88 to D88v (docs/rules.md); none of them does anything but ask.

use crate::dns::put_labels;
use crate::engine::Turn;
use crate::frame::Ip;
use crate::random::{Mix, Stream};
use crate::sink::{Note, Stamp};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    NtpMonlist,
    Ssdp,
    Sip,
    Snmp,
    Netis,
    DnsAny,
    DnsVersion,
    Chargen,
    Memcached,
    Cldap,
    MssqlResolution,
}

impl Request {
    /// The requests by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Request); 11] = [
        ("ntp-monlist", Request::NtpMonlist),
        ("ssdp", Request::Ssdp),
        ("sip", Request::Sip),
        ("snmp", Request::Snmp),
        ("netis", Request::Netis),
        ("dns-any", Request::DnsAny),
        ("dns-version", Request::DnsVersion),
        ("chargen", Request::Chargen),
        ("memcached", Request::Memcached),
        ("cldap", Request::Cldap),
        ("mssql-resolution", Request::MssqlResolution),
    ];

    /// The destination port.
    pub(crate) fn port(self) -> u16 {
        match self {
            Request::NtpMonlist => 123,
            Request::Ssdp => 1_900,
            Request::Sip => 5_060,
            Request::Snmp => 161,
            Request::Netis => 53_413,
            Request::DnsAny | Request::DnsVersion => 53,
            Request::Chargen => 19,
            Request::Memcached => 11_211,
            Request::Cldap => 389,
            Request::MssqlResolution => 1_434,
        }
    }

    fn payload(self, src_port: u16, stream: &mut Stream) -> Vec<u8> {
        match self {
            Request::NtpMonlist => {
                let mut payload = vec![0x17, 0, 3, 0x2a];
                payload.resize(48, 0);
                payload
            }
            Request::Ssdp => b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:upnp:rootdevice\r\nMan:\"ssdp:discover\"\r\nMX:3\r\n\r\n".to_vec(),
            Request::Sip => {
                let call = stream.bits();
                format!(
                    "OPTIONS sip:100@1.1.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.1.1:{src_port};branch=z9hG4bK-{call:x};rport\r\n\
                     From: \"sipvicious\"<sip:100@1.1.1.1>;tag={call:x}\r\nTo: \"sipvicious\"<sip:100@1.1.1.1>\r\n\
                     Contact: sip:100@127.0.1.1:{src_port}\r\nCSeq: 1 OPTIONS\r\nCall-ID: {call}\r\nMax-Forwards: 70\r\n\
                     User-Agent: friendly-scanner\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
                )
                .into_bytes()
            }
            // GET of sysDescr.0, version 2c, community `public`.
            Request::Snmp => {
                let mut payload = b"\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c\x02\x04".to_vec();
                payload.extend_from_slice(&(stream.word() >> 1).to_be_bytes());
                payload.extend_from_slice(
                    b"\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00",
                );
                payload
            }
            Request::Netis => {
                let mut payload = vec![0x0a];
                payload.resize(18, 0);
                payload
            }
            // ANY for a name, with EDNS and room for 4096 bytes.
            Request::DnsAny => {
                let mut payload = stream.half().to_be_bytes().to_vec();
                payload.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
                put_labels(&mut payload, "large.example");
                payload.extend_from_slice(&[0, 255, 0, 1, 0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
                payload
            }
            Request::DnsVersion => {
                let mut payload = vec![0x34, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
                put_labels(&mut payload, "VERSION.BIND");
                payload.extend_from_slice(&[0, 16, 0, 3]);
                payload
            }
            Request::Chargen => vec![1],
            Request::Memcached => b"\x00\x00\x00\x00\x00\x01\x00\x00stats\r\n".to_vec(),
            Request::Cldap => b"\x30\x25\x02\x01\x01\x63\x20\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0b\x6f\x62\x6a\x65\x63\x74\x63\x6c\x61\x73\x73\x30\x00".to_vec(),
            Request::MssqlResolution => vec![2],
        }
    }
}

/// Sends the requests of a day.
pub(crate) fn send(turn: &mut Turn<'_>, requests: &Mix<Request>) {
    turn.each(1.0, 0, |turn, at| {
        let source = turn.draw_source(at);
        let Some(destination) = turn.site.destination(at, turn.stream.bits()) else { return };
        let request = *requests.draw(&mut turn.stream);
        let src_port = if request == Request::Sip { 5_060 + (source.key % 40) as u16 } else { 0 };
        let src_port = if src_port == 0 { turn.stream.port(1_024, u16::MAX) } else { src_port };
        let payload = request.payload(src_port, &mut turn.stream);
        let ip = Ip {
            src: source.address,
            dst: destination.seen,
            ttl: if source.key & 1 == 0 { 64 } else { 255 } - source.hops(),
            id: turn.stream.half(),
            dont_fragment: false,
        };
        let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
        turn.sink.udp(stamp, &ip, (src_port, request.port()), &payload);
    });
}
