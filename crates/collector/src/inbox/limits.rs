//! How much the inbox holds, and when it lets a group go.
//!
//! **Invariant:** one sensor can hold an eighth of the whole at most, so that it takes eight to fill the inbox.

/// Bounds of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A group goes when its batches have this many bytes.
    pub group_bytes_max: usize,
    /// A group goes when it has this many batches.
    pub group_count_max: usize,
    /// A group goes when its oldest batch has waited that long, in microseconds.
    pub group_age_max_us: u64,
    /// The most bytes held: accepted and not yet stored.
    pub held_bytes_max: usize,
    /// The most batches held.
    pub held_count_max: usize,
    /// The most bytes held of one sensor.
    pub sensor_bytes_max: usize,
    /// The most batches held of one sensor.
    pub sensor_count_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::holding(256 << 20)
    }
}

impl Limits {
    /// Bounds for an inbox that holds that many bytes at most; the others as by default.
    pub fn holding(held_bytes_max: usize) -> Limits {
        Limits {
            group_bytes_max: 64 << 20,
            group_count_max: 4_096,
            group_age_max_us: 5_000_000,
            held_bytes_max,
            held_count_max: 16_384,
            sensor_bytes_max: held_bytes_max / 8,
            sensor_count_max: 2_048,
        }
    }
}
