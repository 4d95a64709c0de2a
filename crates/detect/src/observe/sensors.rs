//! How much each sensor saw (rule D111).
//!
//! Every packet counts, whatever its class: a sensor that sees nothing but noise is well.
//!
//! **Invariant:** sensors ascend by name.

use teiten_model::day::{SensorDay, numbers};

use super::settled::{HOURS, Settled};

/// The sensors that saw something.
pub(super) fn sensors(day: &Settled) -> Vec<SensorDay> {
    let mut facts: Vec<SensorDay> = day.sensors.iter().map(|place| fact(day.at, place)).collect();
    let mut counts = vec![[0u32; HOURS]; facts.len()];
    let mut ports: Vec<u64> = Vec::new();
    let mut met = vec![u32::MAX; facts.len()];
    for row in &day.rows {
        let sensor = row.sensor as usize;
        let fact = &mut facts[sensor];
        fact.packets += row.weight();
        let hour = day.hour(row.ts);
        counts[sensor][hour] = counts[sensor][hour].saturating_add(row.packets);
        if met[sensor] != row.source {
            met[sensor] = row.source;
            fact.sources += 1;
        }
        if row.is_request() {
            fact.requests += row.weight();
            ports.push(u64::from(row.sensor) << 32 | u64::from(row.service()));
        }
    }
    ports.sort_unstable();
    ports.dedup();
    ports.iter().for_each(|key| facts[(key >> 32) as usize].ports += 1);
    facts.iter_mut().zip(&counts).for_each(|(fact, counts)| fact.hours = numbers(counts));
    facts.retain(|fact| fact.packets > 0);
    facts
}

fn fact(at: i64, place: &super::settled::Place) -> SensorDay {
    SensorDay { at, sensor: place.name.clone(), sensor_group: place.group.clone(), ..SensorDay::default() }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use teiten_model::day::numbers_of;

    use crate::observe::sample::{facts, table};

    #[test]
    fn every_packet_of_a_sensor_counts() {
        let facts = facts(&[
            "1 tokyo tcp 9.0.0.1:1025 > 203.0.113.9:23 S | packets=2",
            "2 osaka tcp 9.0.0.1:1025 > 203.0.114.9:23 S",
            "3 tokyo udp 9.0.0.1:1025 > 203.0.113.9:23 payload=00",
            "4 tokyo tcp 9.0.0.1:80 > 203.0.113.9:1025 SA",
            "3600 tokyo ip 9.0.0.2 > 203.0.113.9 proto=47",
        ]);
        let columns = ["sensor", "sensor_group", "packets", "requests", "sources", "ports"];
        expect![[r#"
            sensor | sensor_group | packets | requests | sources | ports
            osaka | group-o | 1 | 1 | 1 | 1
            tokyo | group-t | 5 | 3 | 2 | 2
        "#]]
        .assert_eq(&table(&facts.sensors, &columns));
        assert_eq!(numbers_of(&facts.sensors[1].hours).take(3).collect::<Vec<_>>(), [4, 1, 0]);
    }
}
