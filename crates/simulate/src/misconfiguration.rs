//! Clients that were told a wrong address: one protocol, periodic, always from the same few sources.
//!
//! Source: rules D14 and D15.
//!
//! **Invariant:** the packets of one client are evenly spaced.

use teiten_model::interval::{DAY_US, Timestamp};
use teiten_model::protocols;

use crate::dns::put_labels;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, Udp, flag};
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// What the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// NTP, mode 3, port 123.
    Ntp,
    /// DNS queries to port 53.
    Dns,
    /// SIP REGISTER to port 5060.
    SipRegister,
    /// Syslog to port 514.
    Syslog,
    /// TCP to port 8443, three tries with one sequence number.
    Tcp,
}

impl Client {
    /// The clients by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Client); 5] = [
        ("ntp", Client::Ntp),
        ("dns", Client::Dns),
        ("sip-register", Client::SipRegister),
        ("syslog", Client::Syslog),
        ("tcp", Client::Tcp),
    ];

    /// The protocol above IP.
    pub(crate) fn protocol(self) -> u8 {
        if self == Client::Tcp { protocols::TCP } else { protocols::UDP }
    }

    /// The destination port.
    pub(crate) fn port(self) -> u16 {
        match self {
            Client::Ntp => 123,
            Client::Dns => 53,
            Client::SipRegister => 5_060,
            Client::Syslog => 514,
            Client::Tcp => 8_443,
        }
    }
}

/// Sends the packets of a day.
pub(crate) fn send(turn: &mut Turn<'_>, client: Client) {
    let tries: i64 = if client == Client::Tcp { 3 } else { 1 };
    let noon = Timestamp(turn.day.start().0 + DAY_US / 2);
    let rate = turn.mean_at(noon) / tries as f64;
    if rate <= 0.0 || !turn.sink.has_room_for((rate * tries as f64) as u64) {
        return;
    }
    let period_us = (DAY_US as f64 / rate).max(1.0) as i64;
    let phase_us = (key_of(&[turn.key, turn.site.key]) % period_us as u64) as i64;
    let first = (turn.day.start().0 - phase_us).div_euclid(period_us) + 1;
    for count in first.. {
        let start = Timestamp(count * period_us + phase_us);
        if start >= teiten_model::interval::Day(turn.day.0 + 1).start() {
            break;
        }
        let slot = (count as u64) % (turn.pool.pool.sources.at(start) as u64).max(1);
        let place = turn.pool.pool.countries.draw_place(&mut Stream::new(key_of(&[turn.key, slot])));
        let source = turn.pool.holder(&turn.world.book, place, slot, turn.day);
        let draw = turn.stream.bits();
        for attempt in 0..tries {
            let at = Timestamp(start.0 + attempt * 3_000_000);
            if turn.life.contains(at) && teiten_model::interval::Day::of(at) == turn.day {
                send_one(turn, client, source, at, draw);
            }
        }
    }
}

fn send_one(turn: &mut Turn<'_>, client: Client, source: crate::pool::Source, at: Timestamp, draw: u64) {
    let Some(destination) = turn.destination(at, source.key) else { return };
    let mut stream = Stream::new(draw);
    let id = turn.stream.half();
    let ttl = 64 - source.hops();
    let ip = Ip { id, dont_fragment: true, ..Ip::new(source.address, destination.seen, ttl) };
    let stamp = Stamp { at, actor: turn.place, country: source.country, note: Note::Plain };
    let ephemeral = stream.port(32_768, 60_999);
    let (src_port, payload) = match client {
        Client::Ntp => {
            let mut payload = vec![0x23, 0, 6, 0xec];
            payload.resize(40, 0);
            payload.extend_from_slice(&stream.bits().to_be_bytes());
            (123, payload)
        }
        Client::Dns => {
            let mut payload = stream.half().to_be_bytes().to_vec();
            payload.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
            put_labels(&mut payload, "mail.office.example");
            payload.extend_from_slice(&[0, 1, 0, 1]);
            (ephemeral, payload)
        }
        Client::SipRegister => {
            let call = stream.word();
            let text = format!(
                "REGISTER sip:pbx.office.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.21:5060;branch=z9hG4bK{call:08x}\r\n\
                 From: <sip:21@pbx.office.example>;tag={call:x}\r\nTo: <sip:21@pbx.office.example>\r\n\
                 Call-ID: {call:08x}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            );
            (5_060, text.into_bytes())
        }
        Client::Syslog => (514, b"<134>printer: paper tray 2 is empty".to_vec()),
        Client::Tcp => {
            let tcp = Tcp {
                src_port: ephemeral,
                dst_port: client.port(),
                seq: stream.word(),
                ack: 0,
                flags: flag::SYN,
                window: 8_192,
                urgent: 0,
                options: &[2, 4, 5, 0xb4, 1, 1, 4, 2],
            };
            turn.sink.tcp(stamp, &ip, &tcp, &[]);
            return;
        }
    };
    turn.sink.udp(stamp, &ip, Udp::new(src_port, client.port()), &payload);
}
