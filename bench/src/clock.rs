//! Wall time, processor time and memory of this process.
//!
//! Processor time is the kernel's count for the calling thread, brought up to date at each of its
//! ticks: exact in the sum over many blocks, not over one.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use anyhow::{Context, Result};

/// Moments of one thread.
pub(crate) struct Clock {
    start: Instant,
    processor: File,
}

/// A moment: wall and processor time since some beginning, in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moment {
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: u64,
}

impl Clock {
    /// A clock for the calling thread.
    #[expect(
        clippy::disallowed_methods,
        reason = "this shell measures time; nothing it stores depends on it"
    )]
    pub(crate) fn new() -> Result<Clock> {
        let processor =
            File::open("/proc/thread-self/schedstat").context("reading this thread's processor time")?;
        Ok(Clock { start: Instant::now(), processor })
    }

    /// Now.
    pub(crate) fn now(&self) -> Result<Moment> {
        let mut text = [0; 64];
        let n = self.processor.read_at(&mut text, 0)?;
        let cpu_ns = std::str::from_utf8(&text[..n])
            .ok()
            .and_then(|text| text.split_whitespace().next()?.parse().ok())
            .context("this thread's processor time is no number")?;
        Ok(Moment { wall_ns: self.start.elapsed().as_nanos() as u64, cpu_ns })
    }
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
