//! Room for bodies that are being read and verified: memory that no inbox has counted yet.
//!
//! **Invariant:** room is given back when its [`Seat`] is dropped; one sensor has two largest batches' room at most.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use teiten_wire::batch::BATCH_BYTES_MAX;

/// The most bytes of one sensor that are being read or verified.
pub const SENSOR_READING_BYTES_MAX: usize = 2 * BATCH_BYTES_MAX;

#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    by_sensor: BTreeMap<String, usize>,
}

/// The room there is.
#[derive(Debug, Clone)]
pub(super) struct Room {
    bytes_max: usize,
    taken: Arc<Mutex<Taken>>,
}

/// Room that is taken.
#[derive(Debug)]
pub(super) struct Seat {
    taken: Arc<Mutex<Taken>>,
    sensor: String,
    bytes: usize,
}

impl Room {
    pub(super) fn new(bytes_max: usize) -> Room {
        Room { bytes_max, taken: Arc::default() }
    }

    /// Takes room for a body of that many bytes, if there is any.
    pub(super) fn take(&self, sensor: &str, bytes: usize) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_sensor.get(sensor).copied().unwrap_or(0);
        if taken.bytes + bytes > self.bytes_max || own + bytes > SENSOR_READING_BYTES_MAX {
            return None;
        }
        taken.bytes += bytes;
        taken.by_sensor.insert(sensor.to_string(), own + bytes);
        Some(Seat { taken: Arc::clone(&self.taken), sensor: sensor.to_string(), bytes })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.bytes -= self.bytes;
        if let Some(own) = taken.by_sensor.get_mut(&self.sensor) {
            *own -= self.bytes;
            if *own == 0 {
                taken.by_sensor.remove(&self.sensor);
            }
        }
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
