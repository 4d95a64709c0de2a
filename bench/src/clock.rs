//! Wall time, processor time and memory of this process.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

/// Moments of one process.
pub(crate) struct Clock {
    start: Instant,
}

/// A moment: wall and processor time since some beginning, in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: u64,
}

impl Clock {
    /// A clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "this shell measures time; nothing it stores depends on it"
    )]
    pub(crate) fn new() -> Clock {
        Clock { start: Instant::now() }
    }

    /// Wall time alone, which costs next to nothing to read.
    pub(crate) fn wall_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    /// Now; processor time is that of all threads that live.
    pub(crate) fn now(&self) -> Result<Moment> {
        // The kernel brings a thread's count up to date when it yields, and otherwise only at its ticks.
        std::thread::yield_now();
        let mut cpu_ns = 0;
        for thread in std::fs::read_dir("/proc/self/task").context("listing this process's threads")? {
            cpu_ns += spent_ns(&thread?.path().join("schedstat"))?;
        }
        Ok(Moment { wall_ns: self.start.elapsed().as_nanos() as u64, cpu_ns })
    }

    /// Now; processor time is that of this thread, which costs a fraction of asking for all.
    pub(crate) fn now_here(&self) -> Result<Moment> {
        std::thread::yield_now();
        let cpu_ns = spent_ns(Path::new("/proc/thread-self/schedstat"))?;
        Ok(Moment { wall_ns: self.start.elapsed().as_nanos() as u64, cpu_ns })
    }
}

/// Processor time of a thread, in nanoseconds.
fn spent_ns(path: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.split_whitespace().next().and_then(|text| text.parse().ok()).context("no processor time")
}

/// User and system time of all threads, in nanoseconds; the kernel counts in hundredths of a second.
pub(crate) fn process_cpu_ns() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = text.rsplit_once(')').context("/proc/self/stat has no name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks =
        |place: usize| -> Result<u64> { Ok(fields.get(place).context("a field is missing")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) * 10_000_000)
}

/// The most memory this process had at once, in KiB.
pub(crate) fn peak_kib() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    Ok(line.split_whitespace().next().context("the peak is empty")?.parse()?)
}
