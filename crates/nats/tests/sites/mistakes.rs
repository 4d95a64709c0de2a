//! What is told of mistakes: which server, what is wrong there, and what to do.

use std::path::Path;

use crate::running::{told, until};
use crate::world::World;

/// Runs until it fails; gives what it said.
fn failed(world: &World, folder: &str, arguments: &[&str], status: i32) -> String {
    let output = world.nats(folder, arguments).output().expect("it starts");
    assert_eq!(output.status.code(), Some(status), "{}", told(&output));
    told(&output)
}

fn edit(world: &World, name: &str, from: &str, to: &str) {
    let path = world.home().join(name);
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "{name}: {text}");
    std::fs::write(path, text.replace(from, to)).expect("a file");
}

pub(crate) fn are_told(server: &Path) {
    let world = World::new(server, &["osaka"]);
    let said = failed(&world, "osaka", &["check"], 1);
    assert!(said.contains("NATS server nats://127.0.0.1:") && said.contains("no connection"), "{said}");
    let said = failed(&world, "osaka", &["bridge"], 2);
    assert!(said.contains("it has no [bridge]"), "{said}");
    let said = failed(&world, "bridge", &["enroll", "--site", "nara", "https://127.0.0.1:1", "x"], 2);
    assert!(said.contains("no [[bridge.site]] has the name `nara`"), "{said}");

    edit(&world, "osaka/leaf.conf", "max_payload: 9437184", "max_payload: 1048576");
    let leaf = world.leaf(0);
    let said = failed(&world, "osaka", &["relay"], 1);
    assert!(said.contains("messages of 1048576 bytes") && said.contains("max_payload: 9437184"), "{said}");
    leaf.kill();
    edit(&world, "osaka/leaf.conf", "max_payload: 1048576", "max_payload: 9437184");

    let hub = world.hub();
    let leaf = world.leaf(0);
    until("the site at the hub", || {
        let said = failed(&world, "bridge", &["check"], 1);
        said.contains("stream teiten-osaka on NATS server") && said.contains("not found")
    });
    edit(&world, "osaka/nats.toml", "stream_mib = 64", "stream_mib = 4096");
    let said = failed(&world, "osaka", &["relay"], 1);
    assert!(said.contains("relay.stream_mib") && said.contains("teiten-osaka"), "{said}");
    edit(&world, "osaka/nats.toml", "stream_mib = 4096", "stream_mib = 64");
    edit(&world, "password", "secret", "wrong");
    let said = failed(&world, "osaka", &["check"], 1);
    assert!(said.contains("nats.user"), "{said}");
    edit(&world, "password", "wrong", "secret");

    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let config = async_nats::jetstream::stream::Config {
            name: "teiten-osaka".to_string(),
            subjects: vec!["teiten.batches.osaka.*".to_string()],
            max_bytes: 1 << 20,
            num_replicas: 1,
            ..Default::default()
        };
        world.stream(0).await.create_stream(config).await.expect("a stream");
    });
    let said = failed(&world, "osaka", &["relay"], 1);
    assert!(said.contains("it discards old messages"), "{said}");
    drop((hub, leaf));
}
