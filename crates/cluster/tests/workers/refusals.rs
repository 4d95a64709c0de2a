//! Strangers and other versions are refused, with the worker's name and what to do.

use std::path::Path;
use std::process::Command;

use teiten_query::session::Session;

use crate::workers::{World, certificates, read};

/// Spread over both workers.
const ASKED: &str = "SELECT dst_port, count(*) FROM packets GROUP BY dst_port ORDER BY 1";

fn refusal(session: &Session) -> String {
    session.sql(ASKED).expect_err("a refusal").to_string()
}

#[test]
fn a_stranger_is_refused_whichever_side_it_is() {
    let world = World::new();
    let (ours, others) = (world.folder.path().join("keys"), world.folder.path().join("others"));
    certificates(&others);
    world.session().sql(ASKED).expect("who belongs to the cluster is answered");
    for (own, believed) in [(&others, &ours), (&ours, &others), (&others, &others)] {
        let said = refusal(&world.session_of(&world.cluster(read(own, believed))));
        assert!(said.starts_with("worker https://127.0.0.1:") && said.contains("does not answer"), "{said}");
    }
}

#[test]
fn another_version_is_refused_before_anything_is_asked() {
    let world = World::new();
    let keys = world.folder.path().join("keys");
    let said = refusal(&world.session_of(&world.cluster(read(&keys, &keys)).of_version("teiten 0.0.1")));
    assert!(said.starts_with("worker https://127.0.0.1:"), "{said}");
    assert!(said.contains("and this is `teiten 0.0.1`: run the same version"), "{said}");
}

#[test]
fn wrong_usage_is_told_by_the_status() {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path());
    let run = |words: &[&str]| {
        let mut program = Command::new(Path::new(env!("CARGO_BIN_EXE_teiten-cluster")));
        let ran = program.args(words).current_dir(folder.path()).output().expect("the program starts");
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).trim().to_string())
    };
    let ends = |first: &[&str]| {
        let keys = ["--cert", "127.0.0.1.pem", "--key", "127.0.0.1.key", "--ca", "ca.pem"];
        run(&[first, &keys].concat())
    };
    for bad in ["a/b", "../b", "", "one..example", "one.example:7470"] {
        let (status, said) = run(&["keys", "made", "one.example", bad]);
        assert!(status == Some(2) && said.contains(&format!("`{bad}` is no host")), "{status:?} {said}");
        assert!(!folder.path().join("made").try_exists().expect("the folder can be read"), "nothing is made");
    }
    for bad in ["http://127.0.0.1:1", "127.0.0.1:1", "https://127.0.0.1:1,https://127.0.0.1:1/path"] {
        let (status, said) = ends(&["check", bad]);
        assert!(status == Some(2) && said.contains("is no address of a worker"), "{status:?} {said}");
    }
    let (status, said) = ends(&["worker", "--store", "ftp://bucket/prefix"]);
    assert!(status == Some(2) && said.contains("ftp://bucket/prefix"), "{status:?} {said}");
    // What was written is well, and nobody answers there.
    let (status, said) = ends(&["check", "https://127.0.0.1:1"]);
    assert!(status == Some(1) && said.contains("does not answer"), "{status:?} {said}");
}
