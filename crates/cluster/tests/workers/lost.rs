//! A worker that is lost while a statement runs: an error that names it, and never an answer that lacks its share.

use teiten_query::error::QueryError;

use crate::running::Worker;
use crate::workers::World;

const ASKED: &str = "SELECT src, dst_port, count(*) FROM packets GROUP BY src, dst_port ORDER BY 1, 2";

/// What the error says; it is of a kind of its own.
fn said(error: QueryError) -> String {
    match error {
        QueryError::Elsewhere(said) => said,
        other => panic!("not from elsewhere: {other}"),
    }
}

/// Whether an error begins with the lost worker, as who asks or the other worker says that noticed first.
fn is_named(said: &str, lost: &Worker, other: &Worker) -> bool {
    let lost = format!("worker {}/ does not answer", lost.address);
    said.starts_with(&lost) || said.starts_with(&format!("worker {}/: {lost}", other.address))
}

#[test]
fn a_worker_that_is_killed_in_the_middle_is_named() {
    let world = World::new();
    let session = world.session();
    session.sql(ASKED).expect("both answer");
    // It stands still, so the statement cannot end before it is killed.
    let lost = &world.workers[1];
    lost.stand_still();
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| session.sql(ASKED));
        lost.kill();
        asked.join().expect("no panic")
    });
    let said = said(asked.expect_err("its share is missing"));
    assert!(is_named(&said, lost, &world.workers[0]), "{said}");
}

#[test]
fn a_worker_that_stands_still_is_given_up() {
    let world = World::new();
    let session = world.session();
    session.sql(ASKED).expect("both answer");
    let lost = &world.workers[0];
    lost.stand_still();
    let said = said(session.sql(ASKED).expect_err("its share is missing"));
    assert!(is_named(&said, lost, &world.workers[1]), "{said}");
}
