//! UDP requests: what is asked, at which port, in whose words.
//!
//! Payloads follow rules D35c, D38b and D88 to D88v (docs/rules.md); none of them does anything but ask. Where
//! a program has words of its own they are here, otherwise those of the protocol.
//!
//! **Invariant:** every payload is a request: none has the bit or the word of an answer.

use crate::dns::put_labels;
use crate::random::Stream;

/// Whose packets they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Nobody in particular.
    Plain,
    /// ZMap up to 4.0: IP ID 54321, TTL 255, no UDP checksum (D34, D35c).
    Zmap,
    /// ZMap 4.1 and later: a random IP ID, TTL 64, no UDP checksum (D35).
    Zmap4,
    /// masscan: TTL 255, texts that name it (D38b).
    Masscan,
    /// Nmap -sU: one source port a run, the texts of its payload file (D83, D88).
    Nmap,
}

impl Asker {
    /// The programs by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Asker); 5] = [
        ("plain", Asker::Plain),
        ("zmap-classic", Asker::Zmap),
        ("zmap-4", Asker::Zmap4),
        ("masscan-1.3", Asker::Masscan),
        ("nmap", Asker::Nmap),
    ];

    fn is_zmap(self) -> bool {
        matches!(self, Asker::Zmap | Asker::Zmap4)
    }
}

macro_rules! requests {
    ($( $name:literal $variant:ident $port:literal, )*) => {
        /// What is asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Request {
            $( #[doc = concat!("`", $name, "`")] $variant, )*
        }

        impl Request {
            /// The requests by their names in scenarios.
            pub(crate) const ALL: &'static [(&'static str, Request)] = &[ $( ($name, Request::$variant), )* ];

            /// The destination port.
            pub(crate) fn port(self) -> u16 {
                match self { $( Request::$variant => $port, )* }
            }
        }
    };
}

requests! {
    "ntp-monlist" NtpMonlist 123,
    "ntp-client" NtpClient 123,
    "ntp-readvar" NtpReadvar 123,
    "ssdp" Ssdp 1_900,
    "sip" Sip 5_060,
    "snmp" Snmp 161,
    "netis" Netis 53_413,
    "realtek" Realtek 9_034,
    "dns-any" DnsAny 53,
    "dns-txt" DnsTxt 53,
    "dns-key" DnsKey 53,
    "dns-version" DnsVersion 53,
    "dns-a" DnsA 53,
    "chargen" Chargen 19,
    "qotd" Qotd 17,
    "memcached" Memcached 11_211,
    "cldap" Cldap 389,
    "mssql-resolution" MssqlResolution 1_434,
    "portmap" Portmap 111,
    "netbios" Netbios 137,
    "tftp" Tftp 69,
    "coap" Coap 5_683,
    "ws-discovery" WsDiscovery 3_702,
    "mdns" Mdns 5_353,
    "ard" Ard 3_283,
    "ubiquiti" Ubiquiti 10_001,
    "ike" Ike 500,
    "openvpn" OpenVpn 1_194,
    "stun" Stun 3_478,
    "dtls" Dtls 443,
    "quic" Quic 443,
    "dht" Dht 6_881,
    "source-query" SourceQuery 27_015,
    "quake" Quake 27_960,
    "ipmi" Ipmi 623,
    "bacnet" Bacnet 47_808,
    "rip" Rip 520,
    "xdmcp" Xdmcp 177,
    "nat-pmp" NatPmp 5_351,
    "l2tp" L2tp 1_701,
    "citrix" Citrix 1_604,
    "db2" Db2 523,
    "sentinel" Sentinel 5_093,
    "digi" Digi 2_362,
    "kademlia" Kademlia 4_672,
    "gtp" Gtp 2_123,
    "vxworks" Vxworks 17_185,
    "empty" Empty 7,
}

impl Request {
    /// The payload in an asker's words.
    pub(crate) fn payload(
        self,
        asker: Asker,
        src_port: u16,
        dns_name: Option<&str>,
        stream: &mut Stream,
    ) -> Vec<u8> {
        let large = dns_name.unwrap_or("large.example");
        let padded = |head: &[u8], bytes: usize| {
            let mut payload = head.to_vec();
            payload.resize(bytes, 0);
            payload
        };
        if asker == Asker::Masscan
            && let Some(payload) = masscan_words(self)
        {
            return payload;
        }
        match self {
            Request::NtpMonlist => padded(&[0x17, 0, 3, 0x2a], if asker.is_zmap() { 192 } else { 48 }),
            Request::NtpClient if asker.is_zmap() => padded(&[0xe3], 48),
            Request::NtpClient => {
                let mut payload = padded(&[0xe3, 0, 4, 0xfa, 0, 1, 0, 0, 0, 1], 40);
                payload.extend_from_slice(b"\xc6\xf1\x5e\xdb\x78\x00\x00\x00");
                payload
            }
            Request::NtpReadvar => padded(&[0x16, 2, 0, 1], 12),
            Request::Ssdp if asker == Asker::Nmap => {
                b"M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: \"ssdp:discover\"\r\nMX: 5\r\nST: ssdp:all\r\n\r\n".to_vec()
            }
            Request::Ssdp => b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:upnp:rootdevice\r\nMan:\"ssdp:discover\"\r\nMX:3\r\n\r\n".to_vec(),
            Request::Sip if asker == Asker::Nmap => {
                b"OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/UDP nm;branch=foo;rport\r\nFrom: <sip:nm@nm>;tag=root\r\nTo: <sip:nm2@nm2>\r\n\
                  Call-ID: 50000\r\nCSeq: 42 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\nContact: <sip:nm@nm>\r\n\
                  Accept: application/sdp\r\n\r\n".to_vec()
            }
            Request::Sip => sipvicious(src_port, stream.bits()),
            Request::Snmp => snmp_get(stream.word() >> 1),
            Request::Netis => padded(&[0x0a], 18),
            // The command itself does nothing: what counts is how it begins (D88w).
            Request::Realtek => padded(b"orf;true", 18),
            Request::DnsAny => large_question(stream.half(), large, 255),
            Request::DnsTxt => large_question(stream.half(), large, 16),
            Request::DnsKey => large_question(stream.half(), large, 48),
            Request::DnsVersion => match asker {
                Asker::Nmap => question(0x0006, 0x0100, "version.bind", 16, 3),
                _ => question(0x34ef, 0x0100, "VERSION.BIND", 16, 3),
            },
            Request::DnsA => match asker {
                Asker::Nmap => padded(&[0, 0, 0x10], 12),
                _ => question(0xae0d, 0x0100, "www.google.com", 1, 1),
            },
            Request::Memcached => match asker {
                Asker::Nmap => b"\x00\x01\x00\x00\x00\x01\x00\x00version\r\n".to_vec(),
                Asker::Zmap | Asker::Zmap4 => b"ZM\x00\x00\x00\x01\x00\x00stats\r\n".to_vec(),
                Asker::Plain | Asker::Masscan => b"\x00\x00\x00\x00\x00\x01\x00\x00stats\r\n".to_vec(),
            },
            Request::Cldap => b"\x30\x84\x00\x00\x00\x2d\x02\x01\x07\x63\x84\x00\x00\x00\x24\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x64\x01\x01\x00\x87\x0bobjectClass\x30\x84\x00\x00\x00\x00".to_vec(),
            Request::Portmap => match asker {
                Asker::Nmap => rpc(b"\x72\xfe\x1d\x13", b"\x00\x01\x97\x7c", 0),
                _ => rpc(b"\x1a\xa9\xff\xe1", b"\x00\x00\x00\x02", 4),
            },
            Request::Netbios => {
                let id: &[u8] = if asker == Asker::Nmap { b"\x80\xf0\x00\x10" } else { b"\xe5\xd8\x00\x00" };
                let name = [b" CK".as_slice(), &[b'A'; 30], b"\x00\x00\x21\x00\x01"].concat();
                [id, b"\x00\x01\x00\x00\x00\x00\x00\x00", &name].concat()
            }
            Request::Tftp => match asker {
                Asker::Nmap => b"\x00\x01r7tftp.txt\x00octet\x00".to_vec(),
                _ => b"\x00\x01/a\x00netascii\x00".to_vec(),
            },
            Request::Coap => {
                let id: &[u8] = if asker.is_zmap() { b"\x7d\x70" } else { b"\x01\xce" };
                [b"\x40\x01", id, b"\xbb.well-known\x04core"].concat()
            }
            Request::Dht => {
                let node = [stream.bits().to_be_bytes(), stream.bits().to_be_bytes(), [0x5a; 8]].concat();
                [b"d1:ad2:id20:".as_slice(), &node[..20], b"e1:q4:ping1:t2:aa1:y1:qe"].concat()
            }
            Request::OpenVpn => {
                [&[0x38][..], &stream.bits().to_be_bytes(), &[0, 0, 0, 0, 0]].concat()
            }
            Request::Ike => {
                let cookie = match asker {
                    Asker::Nmap => 0x0011_2233_4455_6677,
                    _ => stream.bits() | 1,
                };
                let head = [cookie.to_be_bytes().as_slice(), &[0; 8], b"\x01\x10\x02\x00"].concat();
                padded(&head, 84)
            }
            Request::Quic => padded(&[0xc0, 0, 0, 0, 1, 0], 1_200),
            Request::Stun => {
                [b"\x00\x01\x00\x00\x21\x12\xa4\x42".as_slice(), &stream.bits().to_be_bytes(), &[0; 4]].concat()
            }
            other => other.fixed().to_vec(),
        }
    }

    /// The words of what every asker asks alike.
    fn fixed(self) -> &'static [u8] {
        match self {
            Request::Chargen => b"\x01",
            Request::Qotd => b"\r\n",
            Request::MssqlResolution => b"\x02",
            Request::WsDiscovery => b"<:/>\n",
            Request::Mdns => b"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09_services\x07_dns-sd\x04_udp\x05local\x00\x00\x0c\x00\x01",
            Request::Ard => b"\x00\x14\x00\x01\x03",
            Request::Ubiquiti => b"\x01\x00\x00\x00",
            Request::Dtls => b"\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36\x01\x00\x00\x2a",
            Request::SourceQuery => b"\xff\xff\xff\xffTSource Engine Query\x00",
            Request::Quake => b"\xff\xff\xff\xffgetstatus",
            Request::Ipmi => b"\x06\x00\xff\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x20\x18\xc8\x81\x00\x38\x8e\x04\xb5",
            Request::Bacnet => b"\x81\x0a\x00\x11\x01\x04\x00\x05\x01\x0c\x0c\x02\x3f\xff\xff\x19\x4b",
            Request::Rip => b"\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10",
            Request::Xdmcp => b"\x00\x01\x00\x02\x00\x01\x00",
            Request::NatPmp => b"\x00\x00",
            Request::L2tp => b"\xc8\x02\x00\x3c",
            Request::Citrix => b"\x1e\x00\x01\x30\x02\xfd\xa8\xe3\x00\x00\x00\x00",
            Request::Db2 => b"DB2GETADDR\x00SQL08010\x00",
            Request::Sentinel => b"\x7a\x00\x00\x00\x00\x00",
            Request::Digi => b"DIGI\x00\x01\x00\x06\xff\xff\xff\xff\xff\xff",
            Request::Kademlia => b"\xe4\x60",
            Request::Gtp => b"\x32\x01\x00\x04\x00\x00\x00\x00\x50\x00\x00\x00",
            Request::Vxworks => b"\x1a\x09\xfa\xba\x00\x00\x00\x00\x00\x00\x00\x02\x55\x55\x55\x55\x00\x00\x00\x01",
            _ => b"",
        }
    }
}

/// The requests of masscan that name it (D38b).
fn masscan_words(request: Request) -> Option<Vec<u8>> {
    Some(match request {
        Request::Chargen | Request::Qotd | Request::Empty => b"masscan-test 0123456789".to_vec(),
        Request::Tftp => b"\x00\x01masscan-test\x00netascii\x00".to_vec(),
        Request::Ssdp => b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\nUSER-AGENT: unix/1.0 UPnP/1.1 masscan/1.x\r\n\r\n".to_vec(),
        Request::Sip => b"OPTIONS sip:carol@chicago.com SIP/2.0\r\nVia: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877\r\nMax-Forwards: 70\r\n\r\n".to_vec(),
        Request::DnsVersion => question(0x5000, 0x0120, "version.bind", 16, 3),
        _ => return None,
    })
}

fn question(id: u16, flags: u16, name: &str, kind: u16, class: u16) -> Vec<u8> {
    let mut payload = Vec::with_capacity(18 + name.len());
    for word in [id, flags, 1, 0, 0, 0] {
        payload.extend_from_slice(&word.to_be_bytes());
    }
    put_labels(&mut payload, name);
    for word in [kind, class] {
        payload.extend_from_slice(&word.to_be_bytes());
    }
    payload
}

/// A question whose answer is large, with EDNS and room for 4096 bytes (rule D82).
fn large_question(id: u16, name: &str, kind: u16) -> Vec<u8> {
    let mut payload = question(id, 0x0100, name, kind, 1);
    payload[11] = 1;
    payload.extend_from_slice(&[0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]);
    payload
}

/// GET of sysDescr.0, version 2c, community `public`.
fn snmp_get(id: u32) -> Vec<u8> {
    let mut payload = b"\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c\x02\x04".to_vec();
    payload.extend_from_slice(&id.to_be_bytes());
    payload.extend_from_slice(
        b"\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00",
    );
    payload
}

/// A call of the portmapper: identifier, version and procedure.
fn rpc(id: &[u8; 4], version: &[u8; 4], procedure: u32) -> Vec<u8> {
    let call = b"\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa0";
    [id.as_slice(), call, version, &procedure.to_be_bytes(), &[0; 16]].concat()
}

fn sipvicious(src_port: u16, call: u64) -> Vec<u8> {
    format!(
        "OPTIONS sip:100@1.1.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.1.1:{src_port};branch=z9hG4bK-{call:x};rport\r\n\
         From: \"sipvicious\"<sip:100@1.1.1.1>;tag={call:x}\r\nTo: \"sipvicious\"<sip:100@1.1.1.1>\r\n\
         Contact: sip:100@127.0.1.1:{src_port}\r\nCSeq: 1 OPTIONS\r\nCall-ID: {call}\r\nMax-Forwards: 70\r\n\
         User-Agent: friendly-scanner\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}
