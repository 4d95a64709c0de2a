//! Payload groups against plain Rust over the same packets, for everybody and for a member.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;
use teiten_query::questions::payloads::{extent, payloads};

use crate::small::{Small, small};

/// A group: packets, sources, sensors, ports, first and last moment.
#[derive(Default)]
struct Group {
    packets: i64,
    sources: BTreeSet<i64>,
    sensors: BTreeSet<String>,
    ports: BTreeSet<(i64, i64)>,
    times: BTreeSet<i64>,
}

fn plain(small: &Small, is_of: impl Fn(&str) -> bool) -> BTreeMap<Vec<u8>, Group> {
    let mut groups: BTreeMap<Vec<u8>, Group> = BTreeMap::new();
    for block in small.blocks.iter().flat_map(|(_, blocks)| blocks) {
        for row in 0..block.rows() {
            let payload = block.payload.get(row);
            let sensor = block.sensor.get(row).unwrap_or_default();
            if payload.is_empty() || !is_of(sensor) {
                continue;
            }
            let group = groups.entry(payload.to_vec()).or_default();
            group.packets += 1;
            group.sources.insert(block.src[row]);
            group.sensors.insert(sensor.to_string());
            group.ports.insert((i64::from(block.ip_proto[row]), i64::from(block.dst_port[row]).max(0)));
            group.times.insert(block.ts[row]);
        }
    }
    groups
}

#[test]
fn groups_are_those_of_the_packets() {
    let small = small();
    let own = vec!["jp-01".to_string()];
    for viewer in [Viewer::All, Viewer::Member { sensors: own.clone(), sensors_min: 5 }] {
        let is_all = viewer == Viewer::All;
        let session = small.session(viewer);
        let expected = plain(small, |sensor| is_all || own.iter().any(|own| own == sensor));
        assert!(!expected.is_empty());
        let table = payloads(&session, &small.whole(), 10_000).expect("groups");
        assert_eq!(table.rows.len(), expected.len());
        let mut last = i64::MAX;
        for row in 0..table.rows.len() {
            let Some(Value::Bytes(payload)) = table.value(row, "payload") else { panic!("no payload") };
            let group = &expected[payload];
            let int = |number: usize| Some(Value::Int(number as i64));
            assert_eq!(table.value(row, "packets"), Some(&Value::Int(group.packets)));
            assert_eq!(table.value(row, "sources").cloned(), int(group.sources.len()));
            assert_eq!(table.value(row, "sensors").cloned(), int(group.sensors.len()));
            assert_eq!(table.value(row, "ports").cloned(), int(group.ports.len()));
            let time = |at: Option<&i64>| at.map(|at| Value::Time(*at));
            assert_eq!(table.value(row, "first").cloned(), time(group.times.first()));
            assert_eq!(table.value(row, "last").cloned(), time(group.times.last()));
            assert!(group.packets <= last, "the largest first");
            last = group.packets;
        }
        let all = expected.values().map(|group| group.packets).sum::<i64>();
        assert_eq!(extent(&session, &small.whole()).expect("an extent"), (expected.len() as i64, all));
        assert_eq!(payloads(&session, &small.whole(), 1).expect("one").rows, table.rows[..1]);
    }
}

#[test]
fn who_may_not_see_packets_sees_no_payloads() {
    let small = small();
    let none = Viewer::Member { sensors: Vec::new(), sensors_min: 5 };
    for viewer in [none, Viewer::Public { sensors_min: 5 }] {
        let session = small.session(viewer);
        assert!(payloads(&session, &Selection::default(), 10).is_err());
        assert!(extent(&session, &Selection::default()).is_err());
    }
}
