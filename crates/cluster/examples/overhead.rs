//! What workers cost and gain, question by question, against this process alone: seconds here, and ratios to them.
//!
//! ```text
//! cargo run -p teiten-cluster --example overhead -- STORE CERT KEY CA https://HOST:PORT https://HOST:PORT
//! ```
//!
//! Every question is asked in turn of this process, of the first worker and of all of them, three times; the fastest
//! counts. Only ratios within one run say anything: the machine is the same for all.
#![allow(clippy::print_stdout, reason = "this is what it is for")]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::path::Path;
use std::time::Instant;

use teiten_cluster::coordinator::Cluster;
use teiten_cluster::keys::Keys;
use teiten_model::selection::{Selection, Viewer};
use teiten_query::dimension::find;
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{books, damage, hosts, mirai, packets, payloads, scanners};
use teiten_query::session::Session;
use teiten_store::store::Store;

const ROUNDS: usize = 3;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
type Ask = Box<dyn Fn(&Session) -> Result<String>>;
type Question = (&'static str, Ask);

fn filtered(filter: &str) -> Selection {
    Selection { filter: Some(filter.to_string()), ..Selection::default() }
}

fn rank(by: &'static str, selection: Selection) -> Ask {
    Box::new(move |session| {
        let by = find(by).ok_or("no such dimension")?;
        let asked = Top::of(by, 20);
        Ok(format!("{:?}", top(session, &selection, &asked)?.rows))
    })
}

fn questions() -> Vec<Question> {
    let all = Selection::default;
    let by_day = Trend {
        step: "day".to_string(),
        zone: "Asia/Tokyo".to_string(),
        by: None,
        lines: 1,
        without_sources: false,
    };
    vec![
        ("first and last packet (a book)", Box::new(|session| Ok(format!("{:?}", books::span(session)?)))),
        ("top ports (a rollup)", rank("port", all())),
        ("top ports of a filter (rows)", rank("port", filtered("ip.ttl < 64"))),
        ("top sources (rows)", rank("source", filtered("tcp"))),
        ("top windows (rows)", rank("window", filtered("tcp"))),
        (
            "by day (rows)",
            Box::new(move |session| {
                Ok(format!("{:?}", trend(session, &filtered("ip.ttl < 64"), &by_day)?.rows))
            }),
        ),
        (
            "count of a filter",
            Box::new(|session| {
                Ok(packets::count(session, &filtered("tcp.dstport == 445"), false)?.to_string())
            }),
        ),
        (
            "hosts-tcp",
            Box::new(move |session| {
                Ok(format!("{:?}", hosts::hosts(session, &all(), hosts::By::TcpPorts, 10, None)?.rows))
            }),
        ),
        (
            "damage-ports",
            Box::new(move |session| Ok(format!("{:?}", damage::ports(session, &all(), 10)?.rows))),
        ),
        (
            "mirai-ports",
            Box::new(move |session| {
                Ok(format!("{:?}", mirai::ports(session, &all(), None, mirai::MIRAI, 10)?.rows))
            }),
        ),
        (
            "payloads",
            Box::new(move |session| Ok(format!("{:?}", payloads::payloads(session, &all(), 10)?.rows))),
        ),
        (
            "networks",
            Box::new(move |session| Ok(format!("{:?}", scanners::networks(session, &all(), 10)?.rows))),
        ),
        (
            "distinct sources of a filter",
            Box::new(|session| Ok(format!("{:?}", books::sources(session, &filtered("ip.ttl < 64"))?))),
        ),
    ]
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [store, certificate, key, authority, workers @ ..] = arguments.as_slice() else {
        return Err("write STORE CERT KEY CA and the addresses of workers".into());
    };
    let keys = Keys::read(Path::new(certificate), Path::new(key), Path::new(authority))?;
    let open = |workers: &[String]| -> Result<Session> {
        let store = Store::open(store)?;
        let store = match workers {
            [] => store,
            workers => Cluster::new(workers, keys.clone(), 0)?.answer(store),
        };
        Ok(Session::open(&store, Viewer::All)?)
    };
    let (Some(first), sides) = (workers.first(), &mut Vec::new()) else { return Err("name a worker".into()) };
    for some in [&[], std::slice::from_ref(first), workers] {
        sides.push(open(some)?);
    }
    println!("| question | here, s | 1 worker | {} workers | workers against one |", workers.len());
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, ask) in questions() {
        let mut best = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            let mut answers = Vec::new();
            for (side, best) in sides.iter().zip(&mut best) {
                let begun = Instant::now();
                // An answer that is short is remembered, so every round asks a session that has asked nothing.
                answers.push(ask(&Session::open(side.store(), Viewer::All)?)?);
                *best = best.min(begun.elapsed().as_secs_f64());
            }
            if answers.iter().any(|answer| *answer != answers[0]) {
                return Err(format!("{name}: the answers differ").into());
            }
        }
        let [here, one, all] = best;
        println!("| {name} | {here:.3} | {:.2} | {:.2} | {:.2} |", one / here, all / here, all / one);
    }
    Ok(())
}
