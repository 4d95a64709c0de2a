//! ZMap, masscan, Nmap and hping3 against two sensors, with tcpdump beside each.

use std::path::PathBuf;
use std::process::Command;

use crate::packets::MARK;
use crate::world::{MAC, Running, STRANGER, WATCHED, World};

/// What is scanned with, at which sensor, and the tag that its packets must have.
fn scans(world: &World) -> [(Command, &'static str, usize); 5] {
    let tool = |program: &str, line: String| {
        let mut command = world.inside("x", program);
        command.args(line.split(' '));
        command
    };
    let dashed = MAC[0].replace(':', "-");
    [
        (
            tool(
                "zmap",
                format!(
                    "-q -p 23 -b /dev/null -i out1 -S {} -G {} -c 0 -r 2000 -o /dev/null {}",
                    STRANGER[0], MAC[0], WATCHED[0]
                ),
            ),
            "zmap",
            0,
        ),
        (
            tool(
                "masscan",
                format!(
                    "-p22,80,443,8080 --rate 2000 --wait 0 -e out1 --adapter-ip {} --router-mac {dashed} {}",
                    STRANGER[0], WATCHED[0]
                ),
            ),
            "masscan",
            0,
        ),
        (
            tool(
                "nmap",
                "-sS -Pn -n --send-ip -e out2 --max-retries 0 --min-rate 1000 -p 1-300 198.51.100.5"
                    .to_string(),
            ),
            "nmap-syn",
            1,
        ),
        (tool("hping3", "-q -S -p 445 -c 50 -i u1000 -I out2 198.51.100.7".to_string()), "hping3", 1),
        (
            tool(
                "zmap",
                format!(
                    "-q -M icmp_echoscan -b /dev/null -i out2 -S {} -G {} -c 0 -r 2000 -o /dev/null {}",
                    STRANGER[1], MAC[1], WATCHED[1]
                ),
            ),
            "zmap",
            1,
        ),
    ]
}

/// Where tcpdump beside a sensor writes.
fn witness(world: &World, sensor: usize) -> PathBuf {
    world.file(&format!("beside-{sensor}.pcap"))
}

/// tcpdump beside a sensor: what it saw is what there was.
fn beside(world: &World, sensor: usize) -> Running {
    let mut command = world.inside(&format!("s{sensor}"), "tcpdump");
    command.args(["-i", "dark", "-n", "-U", "--immediate-mode", "-B", "32768", "-w"]);
    command.arg(witness(world, sensor)).args(["ip", "and", "dst", "net", WATCHED[sensor]]);
    let running = Running::start(&mut command);
    running.says("listening on");
    running
}

/// Ends it once it has seen a last packet, so that none before is missing; gives how many it saw.
fn captured(world: &World, sensor: usize, tcpdump: Running) -> u64 {
    let last = WATCHED[sensor].replace("0/27", "31");
    world.send(&last, 0, 1);
    world.until("tcpdump to see the last packet", || {
        let seen = std::fs::read(witness(world, sensor)).expect("its file");
        seen.windows(MARK.len()).any(|part| part == MARK)
    });
    let said = tcpdump.end("-INT");
    let number = |what: &str| -> u64 {
        let line = said.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {said}"));
        line.split(' ').next().and_then(|count| count.parse().ok()).expect("a number")
    };
    assert_eq!(number("dropped by kernel"), 0, "tcpdump lost packets: nothing can be compared");
    number("captured")
}

pub(crate) fn are_named(world: &World) {
    let collector = world.collect();
    let sensors = [0, 1].map(|sensor| {
        world.enrol(sensor);
        world.listen(sensor)
    });
    let witnesses = [0, 1].map(|sensor| beside(world, sensor));
    for (mut scan, tag, _) in scans(world) {
        let output = scan.output().unwrap_or_else(|error| panic!("{tag}: {error}"));
        // hping3 ends with 1 when nothing answers, as it must be here.
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{tag}: {} {said}", output.status);
    }
    let mut witnesses = witnesses.into_iter();
    let seen = [0, 1].map(|sensor| captured(world, sensor, witnesses.next().expect("one each")));
    for (sensor, seen) in seen.iter().enumerate() {
        // Each target of each tool once at least, and the last packet.
        assert!(*seen >= [32 + 4 * 32 + 1, 300 + 50 + 32 + 1][sensor], "sensor {sensor}: {seen} packets");
        world.wait(sensor, "acknowledged", *seen);
        assert_eq!(world.status(sensor, "received"), *seen, "sensor {sensor}");
        assert_eq!(world.status(sensor, "held"), 0, "sensor {sensor}");
    }
    assert!(world.teiten("doctor -o csv").contains("ok"));
    for sensor in sensors {
        sensor.end("-TERM");
    }
    collector.end("-TERM");
    world.teiten("store verify -q");
    for (sensor, seen) in seen.iter().enumerate() {
        let stored = world.teiten(&format!("packets --only-count -q --sensor tokyo-{sensor} -o csv"));
        assert!(stored.contains(&seen.to_string()), "sensor {sensor}: {stored} of {seen}");
    }
    for (_, tag, sensor) in scans(world) {
        let said = world.teiten(&format!("top tags --top 50 -q --sensor tokyo-{sensor} -o csv"));
        let is_named = said.lines().any(|line| line.split(',').any(|cell| cell == tag));
        assert!(is_named, "`{tag}` at sensor {sensor}:\n{said}");
    }
}
