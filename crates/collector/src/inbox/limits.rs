//! How much the inbox holds, and when it lets a group go.
//!
//! **Invariant:** one sensor can hold an eighth of the whole at most, so that it takes eight to fill the inbox; or
//! one largest batch, where that is more: a batch that finds no room in an empty inbox would never be taken.

use teiten_wire::batch::BATCH_BYTES_MAX;

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
    /// Bounds for an inbox that holds that many bytes at most, and one largest batch at least; the others as by
    /// default.
    pub fn holding(held_bytes_max: usize) -> Limits {
        let held_bytes_max = held_bytes_max.max(BATCH_BYTES_MAX);
        Limits {
            group_bytes_max: 64 << 20,
            group_count_max: 4_096,
            group_age_max_us: 5_000_000,
            held_bytes_max,
            held_count_max: 16_384,
            sensor_bytes_max: (held_bytes_max / 8).max(BATCH_BYTES_MAX),
            sensor_count_max: 2_048,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_batch_finds_room_in_every_empty_inbox() {
        for held_bytes_max in [0, 1 << 20, 8 << 20, 63 << 20, 64 << 20, 256 << 20] {
            let limits = Limits::holding(held_bytes_max);
            assert!(limits.sensor_bytes_max >= BATCH_BYTES_MAX, "{held_bytes_max}");
            assert!(limits.held_bytes_max >= limits.sensor_bytes_max, "{held_bytes_max}");
        }
        assert_eq!(Limits::holding(256 << 20).sensor_bytes_max, 32 << 20, "an eighth");
    }
}
