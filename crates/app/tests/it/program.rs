//! Running the program in a folder of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// How one run ended.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    /// What went to standard output.
    pub(crate) out: Vec<u8>,
    /// What went to standard error, but for the note that packets are synthetic.
    pub(crate) err: String,
    /// The note that packets are synthetic, which nearly every answer here has; empty without it.
    pub(crate) synthetic: String,
    /// The exit status.
    pub(crate) status: i32,
}

impl Ran {
    /// Standard output as text; CSV ends its lines as RFC 4180 has them, which no golden can hold.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).expect("standard output is UTF-8").replace("\r\n", "\n")
    }

    /// Status, standard output and standard error, for goldens.
    pub(crate) fn whole(&self) -> String {
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("--- {name}\n{text}"),
        };
        format!("status {}\n{}{}", self.status, part("out", &self.text()), part("err", &self.err))
    }

    /// Asserts the status, showing what was said.
    pub(crate) fn ends(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "out: {}\nerr: {}", String::from_utf8_lossy(&self.out), self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Asserts that all went well.
    pub(crate) fn well(self) -> Ran {
        self.ends(0)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let status = output.status.code().unwrap_or(-1);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_mark = |line: &&str| line.starts_with("note: ") && line.contains("synthetic");
        let (marks, rest): (Vec<&str>, Vec<&str>) = said.split_inclusive('\n').partition(is_mark);
        Ran { out: output.stdout, err: rest.concat(), synthetic: marks.concat(), status }
    }
}

/// The program, to run in that folder, with nothing of the caller's surroundings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_teiten"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy().starts_with("TEITEN");
        if ours || matches!(name.to_str(), Some("LC_ALL" | "LC_MESSAGES" | "LANG" | "NO_COLOR" | "TZ")) {
            command.env_remove(name);
        }
    }
    command.env("LANG", "C.UTF-8");
    command
}

/// Runs it with these arguments in that folder.
pub(crate) fn run(folder: &Path, args: &[impl AsRef<OsStr>]) -> Ran {
    command(folder).args(args).output().expect("the program starts").into()
}

/// Runs it with this standard input.
pub(crate) fn run_fed(folder: &Path, args: &[impl AsRef<OsStr>], input: &[u8]) -> Ran {
    use std::io::Write;
    let mut child = command(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that stops reading early is what some tests are about.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the program ends").into()
}

/// A command line as a person types it, split at spaces; what stands between `'` is one word.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split('\'')
        .enumerate()
        .flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().map(ToString::to_string).collect(),
            _ => vec![part.to_string()],
        })
        .collect()
}

/// Runs a command line in that folder.
pub(crate) fn line(folder: &Path, line: &str) -> Ran {
    run(folder, &words(line))
}

/// The captures of others, which must be there: a missing oracle is a failure.
pub(crate) fn shared() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    assert!(
        folder.join("pcap").is_dir(),
        "the captures must lie at ../shared/data/pcap beside the repository"
    );
    folder.canonicalize().expect("a folder")
}

/// The rows of an answer in CSV, without its head.
pub(crate) fn rows(ran: &Ran) -> Vec<Vec<String>> {
    let text = ran.text();
    text.lines().skip(1).map(|line| line.split(',').map(ToString::to_string).collect()).collect()
}

/// A text in which every snapshot is the first.
pub(crate) fn first_snapshot(text: &str) -> String {
    const WORD: &str = "snapshot ";
    let mut parts = text.split(WORD);
    let mut said = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        said.push_str(WORD);
        said.push_str(if rest.len() < part.len() { "1" } else { "" });
        said.push_str(rest);
    }
    said
}
