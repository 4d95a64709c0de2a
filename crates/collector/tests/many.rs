//! A thousand connections under mutual TLS at once: four of each of 250 sensors, over which its batches go in turn.
//!
//! **Invariant:** every batch is stored once, in order, and what the collector holds stays in its bounds.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use teiten_collector::authority::{Authority, TOKEN_LIFE_US};
use teiten_wire::exchange::{self, Answer, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Barrier;
use tokio_rustls::TlsConnector;

#[allow(dead_code, reason = "each test program uses its part")]
mod world;

use world::{BEGIN_US, Client, Credentials, World, client_config, request, sealed};

const SENSORS: usize = 250;
const CONNECTIONS: usize = 4;
const ALL: usize = SENSORS * CONNECTIONS;
/// Batches of each connection.
const BATCHES: usize = 3;
const FRAMES: u64 = 100;

fn enrol(authority: &Authority, token: &Token) -> Credentials {
    let key = rcgen::KeyPair::generate().unwrap();
    let issued = authority.enroll(&token.to_string(), &request(&token.sensor, &key), BEGIN_US).unwrap();
    Credentials { key_pem: key.serialize_pem(), certificate_pem: issued.certificate_pem }
}

/// The status of the next answer; answers of the collector to batches have no long body.
async fn status(stream: &mut (impl AsyncReadExt + Unpin)) -> u16 {
    let mut read = Vec::new();
    loop {
        let len = stream.read_buf(&mut read).await.unwrap();
        assert!(len > 0, "the collector hung up");
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == len.parse::<usize>().unwrap() {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

/// Sends what falls to one of a sensor's connections, each batch until it is stored.
async fn send(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), sensor: usize, turn: usize) {
    for round in 0..BATCHES {
        let sequence = (round * CONNECTIONS + turn + 1) as u64;
        let batch = sealed(&format!("s{sensor}"), 1, sequence, FRAMES);
        loop {
            stream.write_all(&Client::request(exchange::BATCHES, &batch)).await.unwrap();
            stream.flush().await.unwrap();
            let status = status(stream).await;
            if status == Answer::Stored.status() {
                break;
            }
            // On the way it was overtaken for longer than the collector waits.
            assert_eq!(status, Answer::Early.status());
        }
    }
}

#[test]
fn a_thousand_connections_send_at_once() {
    let world = World::start(|options| {
        options.limits.group_age_max_us = 200_000;
        options.connections.outsiders_max = 2 * ALL;
        options.connections.address_max = ALL;
        options.patience.handshake = Duration::from_secs(120);
        options.patience.outsider = Duration::from_secs(120);
    });
    let names: Vec<String> = (0..SENSORS).map(|n| format!("s{n}")).collect();
    let tokens = world.authority.invite_all(&names, TOKEN_LIFE_US, BEGIN_US).unwrap();
    let credentials: Vec<Credentials> = tokens.iter().map(|token| enrol(&world.authority, token)).collect();
    // The collector learns of them by looking at the roll.
    let is_known = |world: &World| {
        let sensors = world.handle().status().sensors;
        sensors.iter().filter(|sensor| sensor.certificate_ends_us.is_some()).count() == SENSORS
    };
    while !is_known(&world) {
        std::thread::yield_now();
    }
    let address = world.handle().address();
    let connected = Arc::new(Barrier::new(ALL));
    let began = tokio::time::Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..ALL {
            let (sensor, turn) = (n % SENSORS, n / SENSORS);
            let config = client_config(&world.authority, Some(&credentials[sensor]));
            let connector = TlsConnector::from(Arc::new(config));
            let connected = Arc::clone(&connected);
            tasks.spawn(async move {
                let stream = tokio::net::TcpStream::connect(address).await.unwrap();
                let name = ServerName::try_from("collector.example.org").unwrap();
                let mut stream = connector.connect(name, stream).await.unwrap();
                if connected.wait().await.is_leader() {
                    println!("{ALL} connections in {:?}", began.elapsed());
                }
                send(&mut stream, sensor, turn).await;
                stream
            });
        }
        let open = tasks.join_all().await;
        let sensors = world.handle().status().sensors;
        assert_eq!(sensors.iter().map(|sensor| sensor.connections).sum::<u64>(), ALL as u64);
        drop(open);
    });
    let given = world.sink.0.lock().unwrap();
    println!("{} batches in {} groups in {:?}", ALL * BATCHES, given.groups, began.elapsed());
    assert_eq!(given.marks.len(), SENSORS);
    assert!(given.frames.values().all(|frames| *frames == (CONNECTIONS * BATCHES) as u64 * FRAMES));
    assert!(given.groups < ALL, "groups hold the batches of many");
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line =
        |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_string();
    println!("both ends together: {}, {}", line("VmHWM"), line("VmRSS"));
}
