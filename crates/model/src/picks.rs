//! Packets picked out of their inputs: where the frame of each lies, and what its row knows of it.
//!
//! A selection of a million packets is held as a million small numbers; names of inputs and labels stand
//! beside them once. Frames are read from the inputs when they are needed.
//!
//! **Invariant:** every pick names an input and a label that are in the lists beside it.

use std::collections::HashMap;

use crate::columns::PacketColumns;

/// One packet that was picked.
///
/// Picks are ordered by time, then as they lie in their inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pick {
    /// Capture time, in nanoseconds since 1970-01-01T00:00Z.
    pub ts_ns: i64,
    /// Place of its input in [`Picks::inputs`].
    pub input: u32,
    /// Position of the frame in its input, counted from 1.
    pub frame: u64,
    /// Place of its label in [`Picks::labels`].
    pub label: u32,
    /// Public IPv4 destination where the sensor sits behind address translation, as in the column
    /// `dst_public`.
    pub dst_public: i64,
}

/// What the rows of some packets say alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PickLabel {
    /// Name of the sensor; empty when the row has none.
    pub sensor: String,
    /// Tags, parted by blanks; empty when the row has none.
    pub tags: String,
}

/// Picked packets with the names they share.
#[derive(Debug, Clone, Default)]
pub struct Picks {
    /// The packets.
    pub picks: Vec<Pick>,
    inputs: Vec<String>,
    input_places: HashMap<String, u32>,
    labels: Vec<PickLabel>,
    label_places: HashMap<PickLabel, u32>,
}

impl Picks {
    /// The inputs, in the order in which they were first named.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The labels, in the order in which they were first given.
    pub fn labels(&self) -> &[PickLabel] {
        &self.labels
    }

    /// The place of an input, which is added unless it is there.
    pub fn input(&mut self, name: &str) -> u32 {
        if let Some(place) = self.input_places.get(name) {
            return *place;
        }
        let place = self.inputs.len() as u32;
        self.inputs.push(name.to_string());
        self.input_places.insert(name.to_string(), place);
        place
    }

    /// The place of a label, which is added unless it is there.
    pub fn label(&mut self, sensor: &str, tags: &str) -> u32 {
        let label = PickLabel { sensor: sensor.to_string(), tags: tags.to_string() };
        if let Some(place) = self.label_places.get(&label) {
            return *place;
        }
        let place = self.labels.len() as u32;
        self.labels.push(label.clone());
        self.label_places.insert(label, place);
        place
    }

    /// Picks rows of a block.
    pub fn extend(&mut self, columns: &PacketColumns, rows: impl IntoIterator<Item = usize>) {
        for row in rows {
            let input = self.input(columns.input.get(row).unwrap_or_default());
            let (sensor, tags) = (columns.sensor.get(row), columns.tags.get(row));
            let label = self.label(sensor.unwrap_or_default(), tags.unwrap_or_default());
            self.picks.push(Pick {
                ts_ns: time_ns(columns, row),
                input,
                frame: columns.frame[row].unsigned_abs(),
                label,
                dst_public: columns.dst_public[row],
            });
        }
    }

    /// Gives inputs their places anew, in the order of their names.
    fn place_by_name(&mut self) {
        let mut order: Vec<u32> = (0..self.inputs.len() as u32).collect();
        order.sort_by(|a, b| self.inputs[*a as usize].cmp(&self.inputs[*b as usize]));
        let mut places = vec![0; order.len()];
        for (place, before) in order.iter().enumerate() {
            places[*before as usize] = place as u32;
        }
        self.inputs.sort();
        self.input_places =
            self.inputs.iter().enumerate().map(|(place, name)| (name.clone(), place as u32)).collect();
        for pick in &mut self.picks {
            pick.input = places[pick.input as usize];
        }
    }

    /// As [`Picks::earliest`] for packets that came in any order: of packets of one moment those come first
    /// whose input has the lesser name, however the rows were handed over.
    pub fn earliest_by_name(&mut self, count: usize) {
        self.place_by_name();
        self.earliest(count);
    }

    /// The same packets, with inputs and labels in the order in which the packets name them.
    pub fn in_order_of_use(&self) -> Picks {
        let mut used = Picks::default();
        let mut inputs: Vec<Option<u32>> = vec![None; self.inputs.len()];
        let mut labels: Vec<Option<u32>> = vec![None; self.labels.len()];
        used.picks.reserve_exact(self.picks.len());
        for pick in &self.picks {
            let (input, label) = (pick.input as usize, pick.label as usize);
            let input = *inputs[input].get_or_insert_with(|| used.input(&self.inputs[input]));
            let PickLabel { sensor, tags } = &self.labels[label];
            let label = *labels[label].get_or_insert_with(|| used.label(sensor, tags));
            used.picks.push(Pick { input, label, ..*pick });
        }
        used.picks.sort_unstable();
        used
    }

    /// Puts the packets in the order of time, input and frame, and keeps the first `count`.
    pub fn earliest(&mut self, count: usize) {
        self.picks.sort_unstable();
        self.picks.truncate(count);
    }
}

/// Capture time of a row, in nanoseconds since 1970-01-01T00:00Z.
pub fn time_ns(columns: &PacketColumns, row: usize) -> i64 {
    columns.ts[row].saturating_mul(1000).saturating_add(i64::from(columns.ts_ns[row].max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_the_earliest_stay() {
        let mut picks = Picks::default();
        for (ts_ns, input, frame) in [(30, "b", 1), (10, "a", 2), (10, "a", 1), (20, "b", 7)] {
            let (input, label) = (picks.input(input), picks.label("jp-01", "mirai"));
            picks.picks.push(Pick { ts_ns, input, frame, label, dst_public: -1 });
        }
        picks.earliest(3);
        assert_eq!(picks.inputs(), ["b", "a"]);
        assert_eq!(picks.labels().len(), 1);
        let order: Vec<(i64, u64)> = picks.picks.iter().map(|pick| (pick.ts_ns, pick.frame)).collect();
        assert_eq!(order, [(10, 1), (10, 2), (20, 7)]);
    }

    #[test]
    fn in_whatever_order_rows_come_the_same_packets_are_picked() {
        let rows =
            [(10, "b", 4, "x"), (10, "a", 9, "y"), (20, "c", 1, "x"), (10, "c", 2, "y"), (5, "c", 1, "z")];
        let picked = |rows: &[(i64, &str, u64, &str)]| {
            let mut picks = Picks::default();
            for (ts_ns, input, frame, tags) in rows {
                let (input, label) = (picks.input(input), picks.label("jp-01", tags));
                picks.picks.push(Pick { ts_ns: *ts_ns, input, frame: *frame, label, dst_public: -1 });
                if picks.picks.len() > 3 {
                    picks.earliest_by_name(3);
                }
            }
            picks.earliest_by_name(3);
            picks.in_order_of_use()
        };
        for turn in 0..rows.len() {
            let mut turned = rows;
            turned.rotate_left(turn);
            let picks = picked(&turned);
            assert_eq!(picks.inputs(), ["c", "a", "b"], "in the order in which packets name them");
            let tags: Vec<&str> = picks.labels().iter().map(|label| label.tags.as_str()).collect();
            assert_eq!(tags, ["z", "y", "x"]);
            let order: Vec<(i64, u64)> = picks.picks.iter().map(|pick| (pick.ts_ns, pick.frame)).collect();
            assert_eq!(order, [(5, 1), (10, 9), (10, 4)]);
        }
    }
}
