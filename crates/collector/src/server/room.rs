//! Room for bodies that are being read and verified: memory that no inbox has counted yet.
//!
//! **Invariant:** room is given back when its [`Seat`] is dropped; one sensor has two largest batches' room at most.

use teiten_wire::batch::BATCH_BYTES_MAX;

use super::shares::{Share, Shares};

/// The most bytes of one sensor that are being read or verified.
pub const SENSOR_READING_BYTES_MAX: usize = 2 * BATCH_BYTES_MAX;

/// The room there is.
#[derive(Debug, Clone)]
pub(super) struct Room {
    bytes_max: usize,
    taken: Shares<String>,
}

/// Room that is taken.
pub(super) type Seat = Share<String>;

impl Room {
    pub(super) fn new(bytes_max: usize) -> Room {
        Room { bytes_max, taken: Shares::default() }
    }

    /// Takes room for a body of that many bytes, if there is any.
    pub(super) fn take(&self, sensor: &str, bytes: usize) -> Option<Seat> {
        self.taken.take(sensor.to_string(), bytes, |all, own| {
            all + bytes <= self.bytes_max && own + bytes <= SENSOR_READING_BYTES_MAX
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_and_given_back() {
        let room = Room::new(3 * BATCH_BYTES_MAX);
        let seats = [room.take("a", BATCH_BYTES_MAX), room.take("a", BATCH_BYTES_MAX)];
        assert!(seats.iter().all(Option::is_some));
        assert!(room.take("a", 1).is_none(), "two largest batches");
        let other = room.take("b", BATCH_BYTES_MAX);
        assert!(other.is_some());
        assert!(room.take("c", 1).is_none(), "all of it");
        drop(seats);
        assert!(room.take("c", 1).is_some());
    }
}
