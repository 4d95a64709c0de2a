//! The server, its one bucket, and the surroundings in which the program finds it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{self, Ran, words};

/// How long the server may take to start.
const START: Duration = Duration::from_secs(60);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// This server takes every signature, and refuses some requests without one.
const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=teiten/20260101/us-east-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=0\r\n";

/// The bucket that is there.
pub(crate) const BUCKET: &str = "teiten";

/// A server, until it is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts one with one bucket.
    pub(crate) fn start(python: &Path) -> Server {
        let port = free_port();
        let child = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Server { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < START, "the server does not answer on port {port}");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(server.put(&format!("/{BUCKET}"), "", b""), 200, "the bucket is made");
        server
    }

    /// Puts an object, with more lines at its head; gives the status.
    pub(crate) fn put(&self, path: &str, more: &str, body: &[u8]) -> u16 {
        self.ask("PUT", path, more, body).0
    }

    /// Takes away all objects of the bucket below a prefix; gives how many there were.
    pub(crate) fn remove(&self, prefix: &str) -> usize {
        let (status, listed) = self.ask("GET", &format!("/{BUCKET}?list-type=2&prefix={prefix}"), "", b"");
        assert_eq!(status, 200, "{listed}");
        let keys: Vec<&str> =
            listed.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()).collect();
        for key in &keys {
            assert_eq!(self.ask("DELETE", &format!("/{BUCKET}/{key}"), "", b"").0, 204, "{key}");
        }
        keys.len()
    }

    /// Asks for something; gives the status and the whole answer.
    fn ask(&self, method: &str, path: &str, more: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server is there");
        stream.set_read_timeout(Some(ANSWER)).expect("a limit");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\nConnection: close\r\n{SIGNED}{more}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
        (status.unwrap_or_else(|| panic!("{answer}")), answer.into_owned())
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The program in that folder, with the credentials and the endpoint of this server.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = program::command(folder);
        self.surround(&mut command);
        command
    }

    /// Gives a program the credentials and the endpoint of this server.
    pub(crate) fn surround(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .env("AWS_ACCESS_KEY_ID", "teiten")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ALLOW_HTTP", "true")
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
    }

    /// Runs a command line in that folder.
    pub(crate) fn line(&self, folder: &Path, line: &str) -> Ran {
        self.command(folder).args(words(line)).output().expect("the program starts").into()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

/// What every turn rests on: the first put of a name is taken, every other one refused, also at once.
pub(crate) fn keeps_to_conditional_puts(server: &Server) {
    const ONCE: &str = "If-None-Match: *\r\n";
    for round in 0..20 {
        let path = format!("/{BUCKET}/race/{round}");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let putting: Vec<_> = (0..4)
                .map(|writer| {
                    scope.spawn({
                        let path = &path;
                        move || server.put(path, ONCE, &[writer])
                    })
                })
                .collect();
            putting.into_iter().map(|thread| thread.join().expect("a status")).collect()
        });
        let taken = statuses.iter().filter(|status| **status == 200).count();
        let refused = statuses.iter().filter(|status| matches!(status, 409 | 412)).count();
        assert_eq!((taken, refused), (1, 3), "{statuses:?}");
    }
}
