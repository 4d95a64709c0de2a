//! The life of sensors with a collector: enrolment, batches, renewal, revocation, restarts, failing commits.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use teiten_collector::authority::{SENSOR_LIFE_US, TOKEN_LIFE_US};
use teiten_collector::sink::SinkError;
use teiten_collector::status::{Activity, Status};
use teiten_model::account::Loss;
use teiten_wire::batch;
use teiten_wire::exchange::{self, Answer};

#[allow(dead_code, reason = "each test program uses its part")]
mod world;

use world::{BEGIN_US, DAY_US, World, request, sealed};

fn frames(world: &World, sensor: &str) -> u64 {
    world.sink.0.lock().unwrap().frames.get(sensor).copied().unwrap_or(0)
}

#[test]
fn a_sensor_enrols_sends_and_is_answered_after_the_commit() {
    let world = World::start(|_| ());
    let credentials = world.enrol("tokyo-1");
    let mut client = world.client(Some(&credentials));
    for sequence in 1..=3 {
        let response = client.post(exchange::BATCHES, sealed("tokyo-1", 7, sequence, 10));
        assert_eq!(response.status, Answer::Stored.status(), "{}", response.body);
        assert_eq!(response.number(exchange::EXPECTED), Some(sequence as i64 + 1));
        assert_eq!(response.number(exchange::RECEIVED_US), Some(BEGIN_US));
        assert_eq!(response.number(exchange::ANSWERED_US), Some(BEGIN_US));
        assert_eq!(frames(&world, "tokyo-1"), 10 * sequence);
    }
    let again = client.post(exchange::BATCHES, sealed("tokyo-1", 7, 2, 10));
    assert_eq!(again.status, Answer::Stored.status());
    let early = client.post(exchange::BATCHES, sealed("tokyo-1", 7, 50, 10));
    assert_eq!((early.status, early.number(exchange::EXPECTED)), (Answer::Early.status(), Some(4)));
    assert_eq!(frames(&world, "tokyo-1"), 30, "stored once");

    let status = world.handle().status();
    let [sensor] = status.sensors.as_slice() else { panic!("one sensor: {status:?}") };
    sensor.account().check();
    assert_eq!((sensor.frames_received, sensor.frames_stored, sensor.frames_held), (36, 30, 0));
    assert_eq!((sensor.batches, sensor.duplicates, sensor.sequence), (3, 1, Some(3)));
    assert_eq!((sensor.activity, sensor.clock_offset_ns), (Activity::Sending, Some(1_500_000)));
    assert_eq!(sensor.watched, ["192.0.2.0/28"]);
    assert_eq!(world.metric("teiten_frames_stored_total{sensor=\"tokyo-1\"}"), Some(30.0));
    assert_eq!(world.metric("teiten_frames_lost_total{sensor=\"tokyo-1\",reason=\"kernel\"}"), Some(6.0));
    assert_eq!(world.ask("/healthz").0, 200);
    assert_eq!(world.ask("/readyz"), (200, "ok\n".to_string()));
    let asked = Status::ask(world.handle().operations_address().unwrap(), std::time::Duration::from_secs(60));
    assert_eq!(asked.unwrap().sensors[0].frames_stored, 30);
}

#[test]
fn a_sensor_that_does_not_send_is_silent() {
    let world = World::start(|_| ());
    let credentials = world.enrol("quiet");
    world.enrol("new");
    world.send(&credentials, &sealed("quiet", 1, 1, 1));
    let activity = |world: &World| {
        let status = world.handle().status();
        let of = |name: &str| status.sensors.iter().find(|sensor| sensor.sensor == name).unwrap().activity;
        (of("quiet"), of("new"))
    };
    assert_eq!(activity(&world), (Activity::Sending, Activity::New));
    world.pass_time(300_000_000);
    assert_eq!(activity(&world).0, Activity::Sending);
    world.pass_time(1);
    assert_eq!(activity(&world).0, Activity::Silent, "five minutes after a batch of one minute");
    assert_eq!(world.metric("teiten_sensor_silent{sensor=\"quiet\"}"), Some(1.0));
}

#[test]
fn a_token_makes_one_sensor_once() {
    let world = World::start(|_| ());
    let key = rcgen::KeyPair::generate().unwrap();
    let token = world.authority.invite("a", TOKEN_LIFE_US, world.now_us()).unwrap().to_string();
    let enrol = |token: &str, name: &str, key: &rcgen::KeyPair| {
        world.client(None).post(exchange::ENROLL, format!("{token}\n{}", request(name, key))).status
    };
    assert_eq!(enrol(&token, "b", &key), Answer::Refused.status(), "another name");
    assert_eq!(
        enrol(&token.replace("a.", "b."), "b", &key),
        Answer::Unknown.status(),
        "another sensor's token"
    );
    assert_eq!(enrol("a.b.c", "a", &key), Answer::Unknown.status());
    assert_eq!(enrol(&token, "a", &key), 200);
    assert_eq!(enrol(&token, "a", &key), Answer::Unknown.status(), "used, with the same key too");
    assert_eq!(enrol(&token, "a", &rcgen::KeyPair::generate().unwrap()), Answer::Unknown.status(), "used");
    let valid = world.handle().status();
    assert_eq!(valid.sensors.len(), 1);
    world.authority.refresh().unwrap();
    assert_eq!(world.authority.roll().certificates.len(), 1, "one token makes one certificate");
    let late = world.authority.invite("c", TOKEN_LIFE_US, world.now_us()).unwrap().to_string();
    world.pass_time(TOKEN_LIFE_US);
    assert_eq!(enrol(&late, "c", &key), Answer::Unknown.status(), "ended");
    for reason in ["unknown-token", "used-token", "ended-token", "other-name"] {
        let line = format!("teiten_outsiders_refused_total{{reason=\"{reason}\"}}");
        assert!(world.metric(&line).is_some_and(|count| count >= 1.0), "{reason}");
    }
    let roll = std::fs::read_to_string(world.folder.path().join("authority/roll.json")).unwrap();
    let secret = token.rsplit('.').nth(1).unwrap();
    assert!(!roll.contains(secret), "only the hash is kept");
}

#[test]
fn one_token_used_by_many_at_once_makes_one_certificate() {
    let world = World::start(|_| ());
    let token = world.authority.invite("a", TOKEN_LIFE_US, world.now_us()).unwrap().to_string();
    let world = &world;
    let enrolled = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let body = format!("{token}\n{}", request("a", &rcgen::KeyPair::generate().unwrap()));
                scope.spawn(move || world.client(None).post(exchange::ENROLL, body).status)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(|status| *status == 200).count()
    });
    assert_eq!(enrolled, 1);
}

#[test]
fn a_certificate_is_renewed_and_ends() {
    let world = World::start(|_| ());
    let old = world.enrol("a");
    let key = rcgen::KeyPair::generate().unwrap();
    world.pass_time(60 * DAY_US);
    let renew =
        |credentials, name: &str| world.client(credentials).post(exchange::RENEW, request(name, &key));
    assert_eq!(renew(None, "a").status, Answer::Unknown.status());
    assert_eq!(renew(Some(&old), "b").status, Answer::Refused.status());
    let response = renew(Some(&old), "a");
    assert_eq!(response.status, 200);
    let new = world::Credentials { key_pem: key.serialize_pem(), certificate_pem: response.body };
    let ends_us = world.handle().status().sensors[0].certificate_ends_us;
    assert_eq!(ends_us, Some(BEGIN_US + 60 * DAY_US + SENSOR_LIFE_US));
    assert_eq!(world.send(&old, &sealed("a", 1, 1, 1)).status, 200, "valid until its end");
    world.pass_time(30 * DAY_US + 1_000_000);
    assert_eq!(world.send(&old, &sealed("a", 1, 2, 1)).status, Answer::Unknown.status());
    assert_eq!(world.metric("teiten_outsiders_refused_total{reason=\"ended-certificate\"}"), Some(1.0));
    assert_eq!(world.send(&new, &sealed("a", 1, 2, 1)).status, 200);
}

#[test]
fn a_retired_sensor_is_refused_on_its_open_connection() {
    let world = World::start(|_| ());
    let credentials = world.enrol("a");
    let mut client = world.client(Some(&credentials));
    assert_eq!(client.post(exchange::BATCHES, sealed("a", 1, 1, 1)).status, 200);
    // Another process retires it; the collector looks at the roll every second.
    assert_eq!(world.authority.retire("a", world.now_us()).unwrap(), 1);
    let mut sequence = 2;
    let refused = loop {
        let response = client.post(exchange::BATCHES, sealed("a", 1, sequence, 1));
        if response.status != 200 {
            break response;
        }
        sequence += 1;
    };
    assert_eq!(refused.status, Answer::Unknown.status());
    assert!(client.is_ended());
    assert_eq!(world.handle().status().sensors[0].activity, Activity::Retired);
    // It comes back with a new token, and the old certificate does not.
    let again = world.enrol("a");
    assert_eq!(world.send(&again, &sealed("a", 2, 1, 1)).status, 200);
    assert_eq!(world.send(&credentials, &sealed("a", 1, sequence, 1)).status, Answer::Unknown.status());
}

#[test]
fn a_restart_goes_on_where_it_was_and_remembers_who_is_superseded() {
    let mut world = World::start(|_| ());
    let credentials = world.enrol("a");
    for (epoch, sequence) in [(1, 1), (1, 2), (2, 1)] {
        assert_eq!(world.send(&credentials, &sealed("a", epoch, sequence, 1)).status, 200);
    }
    world.restart(|_| ());
    assert_eq!(world.send(&credentials, &sealed("a", 1, 3, 1)).status, Answer::Superseded.status());
    assert_eq!(world.send(&credentials, &sealed("a", 2, 1, 1)).status, Answer::Stored.status());
    assert_eq!(world.send(&credentials, &sealed("a", 2, 2, 1)).status, Answer::Stored.status());
    assert_eq!(world.metric("teiten_second_process_total{sensor=\"a\"}"), Some(1.0));
    assert_eq!(frames(&world, "a"), 4);
}

#[test]
fn a_failed_commit_is_told_and_the_batch_comes_again() {
    let world = World::start(|_| ());
    let credentials = world.enrol("a");
    let failure = SinkError { message: "no space left on the disk".to_string(), is_passing: true };
    world.sink.0.lock().unwrap().failures = vec![failure; 3];
    let mut client = world.client(Some(&credentials));
    for tried in 1..=3 {
        let response = client.post(exchange::BATCHES, sealed("a", 1, 1, 5));
        assert_eq!(response.status, Answer::Busy.status());
        assert!(response.number("retry-after").is_some_and(|seconds| seconds >= 1));
        assert_eq!(response.number(exchange::EXPECTED), Some(1));
        assert_eq!(world.metric("teiten_commits_failed_total"), Some(f64::from(tried)));
    }
    let (status, why) = world.ask("/readyz");
    assert_eq!(status, 503);
    assert!(why.contains("no space left"), "{why}");
    assert_eq!(world.ask("/healthz").0, 200);
    assert_eq!(client.post(exchange::BATCHES, sealed("a", 1, 1, 5)).status, 200);
    assert_eq!(world.ask("/readyz").0, 200);
    assert_eq!(frames(&world, "a"), 5);
}

#[test]
fn a_store_that_panics_is_a_failed_commit() {
    let world = World::start(|_| ());
    let credentials = world.enrol("a");
    let failure = SinkError { message: world::PANIC.to_string(), is_passing: false };
    world.sink.0.lock().unwrap().failures = vec![failure];
    let mut client = world.client(Some(&credentials));
    assert_eq!(client.post(exchange::BATCHES, sealed("a", 1, 1, 5)).status, Answer::Busy.status());
    assert_eq!(world.ask("/healthz").0, 200);
    assert_eq!(client.post(exchange::BATCHES, sealed("a", 1, 1, 5)).status, Answer::Stored.status());
}

#[test]
fn a_full_inbox_sends_away_and_lets_the_group_go() {
    let world = World::start(|options| {
        options.limits.group_age_max_us = 3_600_000_000;
        options.limits.sensor_count_max = 1;
    });
    let (a, b) = (world.enrol("a"), world.enrol("b"));
    let mut first = world.client(Some(&a));
    first.write(world::Client::request(exchange::BATCHES, sealed("a", 1, 1, 3)));
    let held = |world: &World| world.metric("teiten_held_batches").unwrap();
    while held(&world) < 1.0 {
        std::thread::yield_now();
    }
    let mut second = world.client(Some(&b));
    second.write(world::Client::request(exchange::BATCHES, sealed("b", 1, 1, 3)));
    while held(&world) < 2.0 {
        std::thread::yield_now();
    }
    // One of each sensor is held, and only the want of room lets them go.
    let refused = world.send(&a, &sealed("a", 1, 2, 3));
    assert_eq!(refused.status, Answer::Busy.status());
    assert!(refused.number("retry-after").is_some());
    for client in [&mut first, &mut second] {
        assert_eq!(client.read().map(|response| response.status), Some(Answer::Stored.status()));
    }
    assert_eq!(world.metric("teiten_sensor_refused_total{sensor=\"a\",reason=\"no-room\"}"), Some(1.0));
    assert_eq!(held(&world), 0.0);
}

#[test]
fn a_store_that_was_put_back_gets_the_gap_declared() {
    let mut world = World::start(|_| ());
    let credentials = world.enrol("a");
    for sequence in 1..=4 {
        assert_eq!(world.send(&credentials, &sealed("a", 1, sequence, 1)).status, 200);
    }
    world.end();
    world.sink.0.lock().unwrap().marks.values_mut().for_each(|mark| mark.sequence = 2);
    world.restart(|_| ());
    let early = world.send(&credentials, &sealed("a", 1, 5, 1));
    assert_eq!((early.status, early.number(exchange::EXPECTED)), (Answer::Early.status(), Some(3)));
    let declared = batch::Head { first: 3, lost: vec![(Loss::Gap, 2)], ..world::head("a", 1, 4, 0) };
    let declared = batch::seal(&declared, &[], 3).unwrap();
    assert_eq!(world.send(&credentials, &declared).status, 200);
    assert_eq!(world.send(&credentials, &sealed("a", 1, 5, 1)).status, 200);
    assert_eq!(world.metric("teiten_frames_lost_total{sensor=\"a\",reason=\"gap\"}"), Some(2.0));
}

#[test]
fn a_sensor_that_comes_from_another_collector_goes_on_where_it_was() {
    let world = World::start_with(|given| given.is_shared = true);
    let credentials = world.enrol("a");
    assert_eq!(world.send(&credentials, &sealed("a", 1, 1, 1)).status, 200);
    // Another collector stores the next four, and the first two of a spool that nobody here has seen.
    let elsewhere = |epoch, sequence| {
        let mark = teiten_collector::sink::Mark { sequence, sum: 0 };
        world.sink.0.lock().unwrap().marks.insert(("a".to_string(), epoch), mark);
    };
    elsewhere(1, 5);
    let asked = world.sink.0.lock().unwrap().marks_asked;
    assert_eq!(world.send(&credentials, &sealed("a", 1, 6, 1)).status, Answer::Stored.status());
    assert_eq!(world.sink.0.lock().unwrap().marks_asked, asked + 1);
    // What it stored is known, too, when the sensor did not hear so.
    assert_eq!(world.send(&credentials, &sealed("a", 1, 4, 1)).status, Answer::Stored.status());
    assert_eq!(frames(&world, "a"), 2);
    elsewhere(2, 2);
    let come = |sequence| loop {
        // Marks are asked for every two seconds at most: until then it is sent away, and never told of a gap.
        match world.send(&credentials, &sealed("a", 2, sequence, 1)).status {
            status if status == Answer::Busy.status() => {}
            status => break status,
        }
    };
    assert_eq!(come(3), Answer::Stored.status());
    assert_eq!(frames(&world, "a"), 3);
    // A gap that nobody stored is told as one.
    assert_eq!(come(9), Answer::Early.status());
}

#[test]
fn nobody_is_told_of_a_gap_while_it_is_not_known_what_others_stored() {
    let world = World::start_with(|given| given.is_shared = true);
    let credentials = world.enrol("a");
    assert_eq!(world.send(&credentials, &sealed("a", 1, 1, 1)).status, 200);
    world.sink.0.lock().unwrap().untold_marks = vec![untold(true)];
    assert_eq!(world.send(&credentials, &sealed("a", 1, 9, 1)).status, Answer::Busy.status());
}

#[test]
fn what_was_accepted_is_stored_before_the_end() {
    // Nothing but the end lets this group go.
    let mut world = World::start(|options| options.limits.group_age_max_us = 3_600_000_000);
    let credentials = world.enrol("a");
    let mut client = world.client(Some(&credentials));
    client.write(world::Client::request(exchange::BATCHES, sealed("a", 1, 1, 3)));
    while world.handle().status().sensors[0].frames_held == 0 {
        std::thread::yield_now();
    }
    world.end();
    assert_eq!(client.read().map(|response| response.status), Some(Answer::Stored.status()));
    assert_eq!(frames(&world, "a"), 3);
    let status = Status::read(world.folder.path()).unwrap().unwrap();
    assert!(status.is_ended);
    assert_eq!(status.sensors[0].frames_stored, 3);
}

#[test]
fn batches_that_overtake_each_other_are_all_taken() {
    let world = World::start(|_| ());
    let credentials = world.enrol("a");
    let mut clients: Vec<_> = (1..=4).map(|_| world.client(Some(&credentials))).collect();
    for (client, sequence) in clients.iter_mut().zip([4, 3, 2, 1]) {
        client.write(world::Client::request(exchange::BATCHES, sealed("a", 1, sequence, 1)));
    }
    for client in &mut clients {
        assert_eq!(client.read().map(|response| response.status), Some(Answer::Stored.status()));
    }
    assert_eq!(frames(&world, "a"), 4);
}

#[test]
fn renewals_that_wait_for_the_roll_keep_no_batch_waiting() {
    let world = World::start(|_| ());
    let credentials = world.enrol("a");
    // Another process holds the roll, for as long as it likes.
    let lock = std::fs::File::options().write(true).open(world.folder.path().join("authority/lock")).unwrap();
    lock.lock().unwrap();
    let mut renewals: Vec<_> = (0..12).map(|_| world.client(Some(&credentials))).collect();
    for client in &mut renewals {
        let key = rcgen::KeyPair::generate().unwrap();
        client.write(world::Client::request(exchange::RENEW, request("a", &key)));
    }
    for sequence in 1..=20 {
        assert_eq!(world.send(&credentials, &sealed("a", 1, sequence, 1)).status, Answer::Stored.status());
    }
    lock.unlock().unwrap();
    for client in &mut renewals {
        assert_eq!(client.read().map(|response| response.status), Some(200));
    }
}

fn untold(is_passing: bool) -> SinkError {
    SinkError { message: "marks are not told".to_string(), is_passing }
}

#[test]
fn a_commit_that_failed_after_it_was_durable_is_not_repeated() {
    for untold_marks in 0..3 {
        let world = World::start(|_| ());
        let credentials = world.enrol("a");
        let late = SinkError { message: world::LATE.to_string(), is_passing: true };
        {
            let mut given = world.sink.0.lock().unwrap();
            (given.failures, given.untold_marks) = (vec![late], vec![untold(true); untold_marks]);
        }
        let mut client = world.client(Some(&credentials));
        // The sink asserts that no number comes twice.
        for sequence in 1..=3 {
            let batch = sealed("a", 1, sequence, 5);
            while client.post(exchange::BATCHES, &batch).status != Answer::Stored.status() {}
        }
        assert_eq!(frames(&world, "a"), 15, "marks that were not told: {untold_marks}");
        let status = world.handle().status();
        assert_eq!((status.sensors[0].frames_held, status.sensors[0].sequence), (0, Some(3)));
        assert_eq!(status.sensors[0].frames_stored, 15);
        assert!(world.metric("teiten_commits_failed_total").is_some_and(|failed| failed >= 1.0));
    }
}

#[test]
fn marks_that_are_not_told_make_no_sensor_suspect_and_are_asked_for_once_a_group() {
    // Only two batches make a group.
    let world = World::start(|options| {
        (options.limits.group_age_max_us, options.limits.group_count_max) = (3_600_000_000, 2);
    });
    let given = || world.sink.0.lock().unwrap();
    let mut clients = ["a", "b"].map(|sensor| (sensor, world.client(Some(&world.enrol(sensor)))));
    {
        let mut given = given();
        given.failures =
            vec![SinkError { message: "no space left on the disk".to_string(), is_passing: true }];
        given.untold_marks = vec![untold(false); 2];
    }
    // At the start, after the commit that failed, and before the next two.
    for (answer, asked) in [(Answer::Busy, 2), (Answer::Busy, 3), (Answer::Stored, 4)] {
        for (sensor, client) in &mut clients {
            client.write(world::Client::request(exchange::BATCHES, sealed(sensor, 1, 1, 5)));
        }
        for (sensor, client) in &mut clients {
            assert_eq!(client.read().map(|response| response.status), Some(answer.status()));
            // Spools that are suspect had been stored one by one.
            let stored = if answer == Answer::Stored { 2 } else { 0 };
            let given = given();
            assert_eq!((given.frames.len(), given.marks_asked), (stored, asked), "{sensor}");
        }
    }
    assert_eq!(given().groups, 1);
}

#[test]
fn a_collector_that_is_dropped_leaves_no_thread_behind() {
    let mut world = World::start(|_| ());
    let sink = std::sync::Arc::clone(&world.sink.0);
    let others = std::sync::Arc::strong_count(&sink);
    world.drop_handle();
    // The thread that stores has the sink.
    while std::sync::Arc::strong_count(&sink) == others {
        std::thread::yield_now();
    }
}
