//! Packets that carry a number each, and the numbers that a store has.

use std::net::UdpSocket;
use std::process::ExitCode;

use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;

use crate::world::World;

/// The first bytes of each payload.
pub(crate) const MARK: &[u8; 8] = b"numbered";

/// `send ADDRESS FIRST COUNT`: UDP packets with the numbers from FIRST on.
pub(crate) fn send(arguments: &[String]) -> ExitCode {
    let [to, first, count] = arguments else { panic!("send ADDRESS FIRST COUNT") };
    let (first, count): (u64, u64) = (first.parse().expect("a number"), count.parse().expect("a number"));
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    for number in first..first + count {
        let payload = [*MARK, number.to_be_bytes()].concat();
        let port = 1024 + number % 50_000;
        socket.send_to(&payload, format!("{to}:{port}")).expect("sent");
    }
    ExitCode::SUCCESS
}

impl World {
    /// Sends that many numbered packets to a sensor, from that number on.
    pub(crate) fn send(&self, to: &str, first: u64, count: u64) {
        let me = std::env::current_exe().expect("this program");
        let mut command = self.inside("x", me);
        let status = command.args(["as:send", to, &first.to_string(), &count.to_string()]).status();
        assert!(status.expect("it starts").success());
    }

    /// The numbers in the store, in ascending order, with how often each is there.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let path = self.file("numbers.pcapng");
        self.teiten(&format!("packets -q -w {}", path.display()));
        let file = std::fs::File::open(&path).expect("the capture");
        let mut capture = Capture::open(Box::new(file)).expect("a capture");
        let mut block = FrameBlock::default();
        let mut numbers = Vec::new();
        while capture.next_block(&mut block) {
            for frame in &block.frames {
                let bytes = block.bytes_of(frame);
                let at = bytes.windows(8).position(|part| part == MARK).expect("a numbered packet");
                numbers.push(u64::from_be_bytes(bytes[at + 8..at + 16].try_into().expect("eight bytes")));
            }
        }
        numbers.sort_unstable();
        numbers
    }
}
