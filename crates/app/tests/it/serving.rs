//! A portal under test: started from the built binary on a free port of loopback, asked over a socket, ended with the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::program::command;
use crate::scenario::small;

/// A portal that runs until it is dropped.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) address: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn ends(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

impl Serving {
    /// A portal over the small scenario, for readers of one kind.
    pub(crate) fn start(viewer: &str, more: &[&str]) -> Serving {
        Serving::with(&[&["--as", viewer], more].concat())
    }

    /// The same with these arguments.
    pub(crate) fn with(more: &[&str]) -> Serving {
        Serving::of("st", more)
    }

    /// A portal over a store beside that of the scenario.
    pub(crate) fn of(store: &str, more: &[&str]) -> Serving {
        Serving::at(&small().folder, store, more)
    }

    /// A portal over a store in a folder.
    pub(crate) fn at(folder: &Path, store: &str, more: &[&str]) -> Serving {
        let mut command = command(folder);
        command.args(["--store", store, "serve", "--listen", "127.0.0.1:0"]).args(more);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut said = String::new();
        let stderr = child.stderr.take().expect("a pipe");
        BufReader::new(stderr).read_line(&mut said).expect("a line");
        let address =
            said.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        Serving { address: address.to_string(), child }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "")
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut socket = TcpStream::connect(&self.address).expect("the portal listens");
        let host =
            headers.iter().find(|(name, _)| *name == "host").map_or(self.address.as_str(), |(_, host)| host);
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        // What is refused by its length is answered before it is read, and the way is closed then: what was said until
        // then is the answer.
        let written = socket.write_all(format!("{request}\r\n{body}").as_bytes());
        let mut bytes = Vec::new();
        let read = socket.read_to_end(&mut bytes);
        assert!(!bytes.is_empty(), "{method} {path} has no answer: {written:?}, {read:?}");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("a head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()))
            .collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            body = unchunked(&body);
        }
        Answer { status: status.expect("a status"), headers, body }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A body without the lengths of its pieces.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length =
            std::str::from_utf8(&rest[..end]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let length = length.expect("the length of a piece");
        if length == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    body
}
