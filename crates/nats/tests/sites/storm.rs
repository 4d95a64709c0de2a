//! Everybody dies once while sensors send: the hub, the bridge, a leaf node, a relay, the collector; and what was sent
//! comes again when the broker has forgotten that it had it.

use std::path::Path;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;

use crate::running::Running;
use crate::world::{FRAMES, World};

/// Sensors, each with the place of its site.
const SENSORS: [(usize, &str); 3] = [(0, "osaka-1"), (0, "osaka.2"), (1, "kobe-1")];
/// Batches of each sensor in each part.
const BATCHES: u64 = 6;

/// Everybody, as long as they live.
struct Everybody {
    hub: Option<Running>,
    leaves: [Option<Running>; 2],
    relays: [Option<Running>; 2],
    bridge: Option<Running>,
    second: Option<Running>,
    collector: Option<Running>,
}

fn kill(one: &mut Option<Running>) {
    one.take().expect("it runs").kill();
}

pub(crate) fn every_batch_is_stored_once(server: &Path) {
    let world = World::new(server, &["osaka", "kobe"]);
    let mut all = Everybody {
        hub: Some(world.hub()),
        leaves: [0, 1].map(|site| Some(world.leaf(site))),
        relays: [0, 1].map(|site| Some(world.relay(site))),
        bridge: None,
        second: None,
        collector: Some(world.collect()),
    };
    for (site, sensor) in SENSORS {
        world.enrol(site, sensor);
    }
    all.bridge = Some(world.bridge());
    type Step = fn(&World, &mut Everybody);
    // Each happens while a part is under way.
    let steps: [Step; 6] = [
        // Sites go on without the hub: sensors are told *stored* by their leaf node's disk.
        |_, all| kill(&mut all.hub),
        |world, all| {
            all.hub = Some(world.hub());
            kill(&mut all.bridge);
            all.bridge = Some(world.bridge());
        },
        |world, all| {
            kill(&mut all.leaves[0]);
            all.leaves[0] = Some(world.leaf(0));
        },
        |world, all| {
            // Two bridges fetch from the same sites from here on.
            all.second = Some(world.bridge());
            kill(&mut all.relays[0]);
            all.relays[0] = Some(world.relay(0));
        },
        |world, all| {
            kill(&mut all.collector);
            kill(&mut all.hub);
            all.collector = Some(world.collect());
            all.hub = Some(world.hub());
        },
        |world, all| {
            kill(&mut all.bridge);
            kill(&mut all.hub);
            // It waits for the hub.
            let bridge = Running::start(&mut world.nats("bridge", &["bridge"]), "no connection");
            all.hub = Some(world.hub());
            bridge.says("are fetched");
            all.bridge = Some(bridge);
        },
    ];
    for (part, step) in steps.iter().enumerate() {
        let sending = SENSORS.map(|(_, sensor)| world.send(sensor, part as u64, BATCHES));
        step(&world, &mut all);
        sending.into_iter().for_each(Running::ends);
        if part == 0 {
            // A disk was replaced while batches of the spool before still wait at the site.
            world.lose_spool("osaka.2");
        }
    }
    let sensors = SENSORS.map(|(_, sensor)| sensor);
    world.until_empty(&sensors);
    come_again(&world);
    world.until_empty(&sensors);
    let Everybody { hub, leaves, relays, bridge, second, collector } = all;
    // Told to end, each ends well; the servers last.
    for one in relays.into_iter().chain([bridge, second, collector]).flatten() {
        one.end();
    }
    for one in leaves.into_iter().chain([hub]).flatten() {
        one.kill();
    }
    is_all_there(&world, steps.len() as u64);
}

/// The last batch of a sensor comes again: by its name the broker knows it, without one, as after the time for which it
/// remembers names, it does not.
fn come_again(world: &World) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let stream = world.stream(0).await;
        let held = stream.get_stream("teiten-osaka").await.expect("the stream");
        let subject = "teiten.batches.osaka.osaka~2";
        let last = held.get_last_raw_message_by_subject(subject).await.expect("the mark");
        let name = last.headers.get(NATS_MESSAGE_ID).expect("its name").to_string();
        assert!(name.starts_with("osaka.2-"), "{name}");
        for is_named in [true, false, false] {
            let mut headers = HeaderMap::new();
            if is_named {
                headers.insert(NATS_MESSAGE_ID, name.as_str());
            }
            let sent = stream.publish_with_headers(subject, headers, last.payload.clone()).await;
            let acknowledged = sent.expect("it goes").await.expect("it is there");
            assert_eq!(acknowledged.duplicate, is_named);
        }
    });
}

/// Everything that was sent is there, once, and the books say so.
fn is_all_there(world: &World, parts: u64) {
    let each = parts * BATCHES * FRAMES;
    let packets = each * SENSORS.len() as u64;
    assert_eq!(world.number("SELECT count(*) FROM packets"), packets);
    for (_, sensor) in SENSORS {
        let of = format!("FROM packets WHERE sensor = '{sensor}'");
        assert_eq!(world.number(&format!("SELECT count(*) {of}")), each, "{sensor}");
        let numbers = world.number(&format!("SELECT count(DISTINCT tcp_seq) {of}"));
        assert_eq!(numbers, each, "{sensor}: no frame twice, and none in the place of another");
    }
    let batches = parts * BATCHES * SENSORS.len() as u64;
    assert_eq!(world.number("SELECT count(DISTINCT input) FROM packets"), batches);
    for rollup in ["ports_hourly", "countries_hourly"] {
        assert_eq!(world.number(&format!("SELECT sum(packets) FROM {rollup}")), packets, "{rollup}");
    }
    world.teiten(&["store", "verify", "-q"]);
    let lost = world.number("SELECT coalesce(sum(received - stored), 0) FROM accounts");
    assert_eq!(lost, 0, "nothing was given up");
    let aside = world.home().join("bridge/state/sites/osaka/osaka-1/aside");
    assert!(!aside.is_dir(), "nothing was laid aside");
}
