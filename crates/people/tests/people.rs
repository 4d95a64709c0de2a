//! People from the day they are added to the day they are disabled, with a clock that the test holds.

use std::cell::Cell;
use std::path::Path;

use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::selection::Viewer;
use teiten_people::{Label, NewNote, People, PeopleError, Role, Scope, Vouched};

const NOW: Timestamp = Timestamp(1_400_000_000_000_000);
const PASSWORD: &str = "correct horse battery";
const BY: (&str, &str) = ("root", "command line");

thread_local! {
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// Secrets that differ and are the same in every run.
fn chance(bytes: &mut [u8]) -> Result<(), String> {
    let drawn = DRAWN.with(|drawn| drawn.replace(drawn.get() + 1));
    bytes.fill(0);
    bytes[..8].copy_from_slice(&drawn.to_be_bytes());
    Ok(())
}

fn after(secs: i64) -> Timestamp {
    Timestamp(NOW.0 + secs * 1_000_000)
}

fn open(path: &Path) -> People {
    People::open(path, chance).expect("a file")
}

fn with_users() -> (tempfile::TempDir, People) {
    let folder = tempfile::tempdir().expect("a folder");
    let people = open(&folder.path().join("people.sqlite"));
    people.add_user(("root", Role::Admin, &[]), PASSWORD, BY, NOW).expect("an admin");
    let sensors = ["jp-01".to_string()];
    people.add_user(("ann", Role::Member, &sensors), PASSWORD, BY, NOW).expect("a member");
    (folder, people)
}

#[test]
fn a_session_lasts_until_it_is_over() {
    let (_folder, people) = with_users();
    let started = people.log_in("ann", PASSWORD, "192.0.2.1", NOW).expect("a session");
    let who = |at| people.session(&started.secret, at).expect("an answer").map(|person| person.name);
    assert_eq!(who(after(60)).as_deref(), Some("ann"));
    assert_eq!(who(after(3 * 3_600)), None, "nobody used it for two hours");
    for hour in 1..12 {
        assert_eq!(who(after(3_600 * hour)).as_deref(), Some("ann"), "hour {hour}");
    }
    assert_eq!(who(after(12 * 3_600)), None, "half a day is the end");
    assert_eq!(people.session("", NOW).expect("an answer"), None);
    let started = people.log_in("ann", PASSWORD, "192.0.2.1", NOW).expect("a session");
    people.log_out(&started.person, &started.secret, "192.0.2.1", NOW).expect("it ends");
    assert_eq!(people.session(&started.secret, NOW).expect("an answer"), None);
}

#[test]
fn wrong_names_and_wrong_passwords_are_told_alike_and_counted() {
    let (_folder, people) = with_users();
    for name in ["ann", "nobody"] {
        for _ in 0..10 {
            let refused = people.log_in(name, "wrong password", "192.0.2.1", NOW).err();
            assert!(matches!(refused, Some(PeopleError::Refused)), "{name} {refused:?}");
        }
        let refused = people.log_in(name, PASSWORD, "192.0.2.1", NOW).err();
        assert!(matches!(refused, Some(PeopleError::TooMany(15))), "{name} {refused:?}");
    }
    assert!(people.log_in("ann", PASSWORD, "192.0.2.1", after(901)).is_ok());
    let log = people.log(1_000).expect("a log");
    assert!(log.iter().all(|entry| !format!("{entry:?}").contains("nobody")), "nobody's names are not kept");
}

#[test]
fn whoever_is_changed_has_to_log_in_again() {
    let (_folder, people) = with_users();
    let start = || people.log_in("ann", PASSWORD, "192.0.2.1", NOW).expect("a session").secret;
    let is_in = |secret: &str| people.session(secret, NOW).expect("an answer").is_some();
    let secret = start();
    people.change_user(("ann", Role::Analyst, &[]), false, BY, NOW).expect("a change");
    assert!(!is_in(&secret));
    let secret = start();
    people.set_password("ann", "another long password", BY, NOW).expect("a change");
    assert!(!is_in(&secret));
    assert!(people.log_in("ann", PASSWORD, "192.0.2.1", NOW).is_err());
    people.change_user(("ann", Role::Analyst, &[]), true, BY, NOW).expect("a change");
    let refused = people.log_in("ann", "another long password", "192.0.2.1", NOW).err();
    assert!(matches!(refused, Some(PeopleError::Refused)));
}

#[test]
fn the_last_admin_stays() {
    let (_folder, people) = with_users();
    for (role, is_disabled) in [(Role::Member, false), (Role::Admin, true)] {
        let refused = people.change_user(("root", role, &[]), is_disabled, BY, NOW).err();
        assert!(matches!(refused, Some(PeopleError::Rule(_))), "{role:?} {refused:?}");
    }
    let root = people.user("root").expect("an answer").expect("a user");
    assert_eq!((root.person.role, root.is_disabled), (Role::Admin, false), "nothing was half done");
}

#[test]
fn a_token_ends_is_taken_back_and_follows_its_user() {
    let (_folder, people) = with_users();
    let ann = people.user("ann").expect("an answer").expect("a user").person;
    let root = people.user("root").expect("an answer").expect("a user").person;
    let secret = people.add_token(&ann, ("cron", &[Scope::Read], 30), "192.0.2.1", NOW).expect("a token");
    let used = |at: Timestamp| people.token(&secret, at).expect("an answer");
    assert_eq!(used(NOW).expect("allowed").scopes, [Scope::Read]);
    assert_eq!(used(Timestamp(NOW.0 + 30 * 24 * HOUR_US)), None);
    assert_eq!(people.token(&secret[1..], NOW).expect("an answer"), None);
    people.change_user(("ann", Role::Public, &[]), false, BY, NOW).expect("a change");
    assert_eq!(used(NOW).expect("allowed").person.role, Role::Public, "the role is that of today");
    people.change_user(("ann", Role::Public, &[]), true, BY, NOW).expect("a change");
    assert_eq!(used(NOW), None, "a disabled user's token is none");
    people.change_user(("ann", Role::Public, &[]), false, BY, NOW).expect("a change");
    let id = people.tokens(&ann).expect("tokens")[0].id;
    assert!(people.revoke_token(&root, id, "192.0.2.1", NOW).is_err(), "of another user");
    people.revoke_token(&ann, id, "192.0.2.1", NOW).expect("gone");
    assert_eq!(used(NOW), None);
    for (name, scopes, days) in
        [("", &[Scope::Read][..], 1), ("a", &[], 1), ("a", &[Scope::Read], 0), ("a", &[Scope::Read], 367)]
    {
        assert!(people.add_token(&ann, (name, scopes, days), "192.0.2.1", NOW).is_err(), "{name} {days}");
    }
}

#[test]
fn the_file_holds_no_secret_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.sqlite");
    let (session, token) = {
        let people = open(&path);
        people.add_user(("root", Role::Admin, &[]), PASSWORD, BY, NOW).expect("an admin");
        let started = people.log_in("root", PASSWORD, "192.0.2.1", NOW).expect("a session");
        let token = people.add_token(&started.person, ("a", &[Scope::Sql], 1), "192.0.2.1", NOW);
        (started.secret, token.expect("a token"))
    };
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("bytes");
        for secret in [PASSWORD, &session, &token[7..]] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{path:?}");
        }
        #[cfg(unix)]
        {
            let rights = std::os::unix::fs::PermissionsExt::mode(
                &std::fs::metadata(&path).expect("a file").permissions(),
            );
            assert_eq!(rights & 0o077, 0, "{path:?} {rights:o}");
        }
    }
    let again = open(&path);
    assert_eq!(again.users().expect("users").len(), 1, "it is opened again as it was");
    assert_eq!(
        again.session(&session, NOW).expect("an answer").map(|person| person.name).as_deref(),
        Some("root")
    );
}

#[test]
fn names_that_are_none_and_files_of_later_versions_are_refused() {
    let (folder, people) = with_users();
    for name in ["", "Ann", "a b", "ann", "<b>", &"a".repeat(65)] {
        assert!(people.add_user((name, Role::Member, &[]), PASSWORD, BY, NOW).is_err(), "{name}");
    }
    drop(people);
    let path = folder.path().join("people.sqlite");
    rusqlite::Connection::open(&path)
        .expect("a file")
        .pragma_update(None, "user_version", 9)
        .expect("a version");
    assert!(People::open(&path, chance).err().expect("refused").to_string().contains("version 9"));
}

#[test]
fn a_note_is_told_to_whoever_may_know_what_it_names() {
    let (_folder, people) = with_users();
    let root = people.user("root").expect("an answer").expect("a user").person;
    let ann = people.user("ann").expect("an answer").expect("a user").person;
    let known = ["jp-01".to_string(), "jp-02".to_string()];
    let note = |kind: &str, name: &str, text: &str, label: Label| NewNote {
        kind: kind.into(),
        name: name.into(),
        interval: (kind == "time").then_some(Interval { start: NOW, end: after(60) }),
        ja: String::new(),
        en: text.into(),
        label,
    };
    let add = |note: &NewNote| people.add_note(&root, note, &known, "192.0.2.1", NOW).expect("a note");
    let open = add(&note("port", "23-tcp", "a wave", Label::Amber));
    let own = add(&note("sensor", "jp-01", "moved", Label::Green));
    add(&note("port", "23-tcp", "seen by JP-02 first", Label::Clear));
    add(&note("sensor", "jp-02", "moved", Label::Clear));
    add(&note("dns", "jp-02.example.org", "asked for", Label::Clear));
    add(&note("sensor", "jp-09", "to come", Label::Clear));
    add(&note("time", "", "a storm", Label::AmberStrict));
    let ids = |viewer: &Viewer, about| {
        let notes = people.notes(viewer, about, None).expect("notes");
        notes.iter().map(|note| note.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&ann.viewer(), None), [own, open]);
    assert_eq!(ids(&root.viewer(), None).len(), 7);
    assert_eq!(ids(&root.viewer(), Some(("port", Some("23-tcp")))).len(), 2);
    assert_eq!(ids(&Viewer::Public { sensors_min: 5 }, None), Vec::<i64>::new());
    let within =
        |interval| people.notes(&root.viewer(), Some(("time", None)), Some(interval)).expect("notes").len();
    assert_eq!(within(Interval { start: after(59), end: after(99) }), 1);
    assert_eq!(within(Interval { start: after(60), end: after(99) }), 0);
    assert!(people.add_note(&ann, &note("port", "23-tcp", "x", Label::Clear), &known, "", NOW).is_err());
    for wrong in [
        note("port", "23-tcp", " ", Label::Clear),
        note("port", "", "x", Label::Clear),
        note("user", "root", "x", Label::Clear),
        note("port", "23-tcp", &"x".repeat(2_001), Label::Clear),
        note("port", "23-tcp", "a\u{1b}[2J", Label::Clear),
        NewNote { interval: None, ..note("time", "", "x", Label::Clear) },
    ] {
        assert!(people.add_note(&root, &wrong, &known, "", NOW).is_err(), "{wrong:?}");
    }
    assert!(people.delete_note(&ann, open, "", NOW).is_err());
    people.delete_note(&root, open, "192.0.2.1", NOW).expect("gone");
    assert!(people.delete_note(&root, open, "", NOW).is_err());
    let log = people.log(100).expect("a log");
    let deeds: Vec<&str> = log.iter().map(|entry| entry.deed.as_str()).collect();
    assert_eq!((deeds[0], deeds.iter().filter(|deed| **deed == "note-added").count()), ("note-deleted", 7));
}

#[test]
fn a_file_of_an_earlier_version_gets_what_is_new() {
    let (folder, people) = with_users();
    drop(people);
    let path = folder.path().join("people.sqlite");
    let old = rusqlite::Connection::open(&path).expect("a file");
    old.execute_batch("DROP TABLE notes; DROP TABLE saved; DROP TABLE logins; DROP TABLE acknowledged; PRAGMA user_version = 1")
        .expect("as it was");
    drop(old);
    let people = open(&path);
    assert_eq!(people.users().expect("users").len(), 2);
    assert_eq!(people.notes(&Viewer::All, None, None).expect("notes"), []);
}

#[test]
fn a_finding_is_acknowledged_once_and_can_be_opened_again() {
    let (folder, people) = with_users();
    let person = |name: &str| people.log_in(name, PASSWORD, "192.0.2.1", NOW).expect("a session").person;
    let (root, ann) = (person("root"), person("ann"));
    let id = "rsdos:192.0.2.1-tcp:2014-04-01";
    assert!(people.acknowledge(&ann, (id, true), "192.0.2.1", NOW).is_err(), "a member sees no findings");
    for odd in ["", "a\nb", &"x".repeat(401)] {
        assert!(people.acknowledge(&root, (odd, true), "192.0.2.1", NOW).is_err(), "{odd:?}");
    }
    for at in [NOW, after(60)] {
        people.acknowledge(&root, (id, true), "192.0.2.1", at).expect("acknowledged");
    }
    let found = people.acknowledged([id, "none"]).expect("an answer");
    let told: Vec<_> = found.iter().map(|(id, found)| (id.as_str(), found.by.as_str(), found.at)).collect();
    assert_eq!(told, [(id, "root", NOW.0)], "whoever was first stays");
    // It is there when the file is opened again.
    assert_eq!(open(&folder.path().join("people.sqlite")).acknowledged([id]).expect("an answer"), found);
    for _ in 0..2 {
        people.acknowledge(&root, (id, false), "192.0.2.1", after(90)).expect("opened again");
    }
    assert!(people.acknowledged([id]).expect("an answer").is_empty());
    let log = people.log(100).expect("a log");
    let deeds = log.iter().filter(|entry| entry.about == id).map(|entry| entry.deed.as_str());
    assert_eq!(deeds.collect::<Vec<_>>(), ["finding-reopened", "finding-acknowledged"], "once each");
}

#[test]
fn a_saved_selection_keeps_its_word_and_leads_nobody_to_a_sensor_they_may_not_know() {
    let (_folder, people) = with_users();
    let root = people.user("root").expect("an answer").expect("a user").person;
    let ann = people.user("ann").expect("an answer").expect("a user").person;
    let known = ["jp-01".to_string(), "jp-02".to_string()];
    let save = |person: &teiten_people::Person, name: &str, address: &str, is_shared, said: &str| {
        people.save(person, (name, address, is_shared), (said, &known), "192.0.2.1", NOW)
    };
    let open = save(&root, "telnet", "/explore?f=tcp.dstport==23", true, "tcp.dstport==23").expect("a word");
    let other = save(&root, "other", "/explore?f=x", true, "sensor.name == \"jp-02\"").expect("a word");
    let own = save(&ann, "own", "/packets", false, "").expect("a word");
    let names = |person| {
        people.saved(person).expect("a list").into_iter().map(|saved| saved.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&ann), ["own", "telnet"]);
    assert_eq!(names(&root), ["other", "telnet"]);
    let leads = |person: &teiten_people::Person, word: &str| {
        people.follow(&person.viewer(), word).expect("an answer").map(|saved| saved.address)
    };
    assert_eq!(leads(&ann, &open).as_deref(), Some("/explore?f=tcp.dstport==23"));
    assert_eq!(leads(&ann, &other), None);
    assert_eq!(leads(&root, &own).as_deref(), Some("/packets"), "whoever is given the word may follow it");
    assert_eq!(leads(&root, "nothing"), None);
    assert!(save(&ann, "mine", "/explore", true, "").is_err(), "members share nothing");
    let long = "x".repeat(81);
    for (name, address) in [("", "/explore"), ("a\nb", "/explore"), ("a", "explore"), (&*long, "/explore")] {
        assert!(save(&root, name, address, false, "").is_err(), "{name} {address}");
    }
    for place in 1..100 {
        save(&ann, &place.to_string(), "/explore", false, "").expect("a word");
    }
    assert!(save(&ann, "one more", "/explore", false, "").is_err());
    let id = |person, name: &str| {
        people
            .saved(person)
            .expect("a list")
            .into_iter()
            .find(|saved| saved.name == name)
            .expect("it is there")
            .id
    };
    assert!(people.forget(&ann, id(&ann, "telnet"), "", NOW).is_err(), "not hers");
    people.forget(&ann, id(&ann, "own"), "", NOW).expect("gone");
    assert_eq!(leads(&ann, &own), None);
}

#[test]
fn a_provider_vouches_for_one_user_and_a_name_that_moves_there_moves_nothing_here() {
    let (_folder, people) = with_users();
    let vouched = |subject: &'static str, name: Option<&'static str>, create| {
        let vouched = Vouched { issuer: "https://id.example", subject, name, create };
        people.log_in_by(vouched, "192.0.2.1", NOW).map(|started| started.person.name)
    };
    assert_eq!(vouched("s-1", Some("Ann"), None).expect("a session"), "ann");
    assert_eq!(vouched("s-1", Some("renamed"), None).expect("a session"), "ann", "the subject counts");
    assert_eq!(vouched("s-1", None, None).expect("a session"), "ann");
    for (subject, name) in [("s-2", Some("ann")), ("s-2", Some("nobody")), ("s-2", None), ("", Some("root"))]
    {
        assert!(matches!(vouched(subject, name, None), Err(PeopleError::Refused)), "{subject} {name:?}");
    }
    let create = Some(Role::Member);
    assert_eq!(vouched("s-3", Some("new@example.org"), create).expect("a session"), "new@example.org");
    assert_eq!(people.user("new@example.org").expect("an answer").expect("a user").person.role, Role::Member);
    assert!(vouched("s-4", Some("ann"), create).is_err(), "a name that somebody has makes nobody");
    assert!(vouched("s-5", Some("not a name"), create).is_err());
    let elsewhere =
        Vouched { issuer: "https://other.example", subject: "s-1", name: Some("root"), create: None };
    assert_eq!(people.log_in_by(elsewhere, "", NOW).expect("a session").person.name, "root");
    people.change_user(("ann", Role::Member, &[]), true, BY, NOW).expect("a change");
    assert!(vouched("s-1", Some("ann"), create).is_err(), "disabled");
    let log = people.log(1_000).expect("a log");
    assert!(log.iter().any(|entry| entry.deed == "vouched" && entry.who == "ann"));
    assert!(log.iter().all(|entry| !format!("{entry:?}").contains("nobody")), "nobody's names are not kept");
}
