//! Notes: who writes and who reads them, where charts mark them, and what a member is never told.

use crate::portal::PERIOD;
use crate::program::line;
use crate::scenario::small;
use crate::serving::{Answer, Serving};
use crate::users::serving;

/// Writes a note and gives the page it was written on.
fn write(portal: &Serving, cookie: &str, note: &str) -> Answer {
    let key = portal.key(cookie);
    portal.form("/notes/add", cookie, &format!("key={key}&back=/explore&{note}"))
}

#[test]
fn a_note_is_written_marked_listed_and_taken_away() {
    let portal = serving("notes-life.sqlite");
    let ann = portal.log_in("ann");
    let page = |path: &str| portal.get_with(path, &[("cookie", &ann)]).ends(200).text();
    let port = format!("/port/1433-tcp?p={PERIOD}");
    assert!(page(&format!("{port}&lang=en")).contains("Write a note about this"));
    let written = write(
        &portal,
        &ann,
        "about=port/1433-TCP&period=2014-06-30&ja=%E6%B3%A2%3Cb%3E&en=a+wave+%3Cb%3E&label=TLP:GREEN",
    );
    assert_eq!(written.ends(303).header("location"), "/explore");
    write(&portal, &ann, "about=time&period=2014-07-01&en=maintenance&label=TLP:RED").ends(303);
    for (language, text, other) in [("ja", "波&#60;b&#62;", "a wave"), ("en", "a wave &#60;b&#62;", "波")] {
        let page = page(&format!("{port}&lang={language}"));
        assert!(page.contains(text) && !page.contains(other), "{language}: {page}");
        assert!(page.contains("class=\"mark\"") && page.contains("maintenance"), "{page}");
        // The note's, and so the page's, above and below.
        assert_eq!(page.matches("<span class=\"tlp\">TLP:RED</span>").count(), 3, "{page}");
    }
    for graph in ["stacked", "lines"] {
        let drawn = page(&format!("/explore?p={PERIOD}&by=port&g={graph}&lang=en"));
        assert!(drawn.contains("a wave") && drawn.contains("class=\"mark\""), "{graph}");
    }
    let other = page(&format!("/explore?p={PERIOD}&by=country&lang=en"));
    assert!(!other.contains("a wave") && other.contains("maintenance"), "of the time, not of ports");
    assert!(!page("/explore?p=2014-06-29&by=country").contains("maintenance"), "of another time");
    for wrong in [
        "about=port/1433-tcp&en=&label=TLP:GREEN",
        "about=nothing/x&en=x&label=TLP:GREEN",
        "about=port/1433-tcp&en=x&label=TLP:PINK",
        "about=time&en=x&label=TLP:GREEN",
        "about=port/1433-tcp&period=2014Q9&en=x&label=TLP:GREEN",
    ] {
        assert_eq!(write(&portal, &ann, wrong).status, 400, "{wrong}");
    }
    let key = portal.key(&ann);
    let root = portal.log_in("root");
    let root_key = portal.key(&root);
    let two = portal.log_in("two");
    let of_two = format!("key={}&id=1&back=/", portal.key(&two));
    assert_eq!(portal.form("/notes/delete", &two, &of_two).status, 403, "members take nothing away");
    assert_eq!(portal.form("/notes/delete", &ann, "id=1&back=/").status, 403, "no key");
    portal.form("/notes/delete", &ann, &format!("key={key}&id=1&back=/")).ends(303);
    portal.form("/notes/delete", &root, &format!("key={root_key}&id=2&back=/")).ends(303);
    assert_eq!(portal.form("/notes/delete", &ann, &format!("key={key}&id=1&back=/")).status, 400);
    assert!(!page(&port).contains("class=\"mark\""));
    let log = line(&small().folder, "user log --people notes-life.sqlite -o csv").well().text();
    assert!(log.contains("ann,127.0.0.1,note-added,1 about port/1433-tcp TLP:GREEN"), "{log}");
    assert!(
        log.contains("root,127.0.0.1,note-deleted,2 about time/ TLP:RED") && !log.contains("wave"),
        "{log}"
    );
}

#[test]
fn a_note_is_not_told_to_whoever_may_not_know_its_sensor() {
    let portal = serving("notes-told.sqlite");
    let ann = portal.log_in("ann");
    for note in [
        "about=port/1433-tcp&en=known+to+all&label=TLP:GREEN",
        "about=port/1433-tcp&en=secret+of+JP-02&label=TLP:CLEAR",
        "about=time&period=2014-06-30&ja=jp-02%E3%81%AE%E5%81%9C%E6%AD%A2+secret&label=TLP:CLEAR",
        "about=sensor/jp-02&en=secret+move&label=TLP:CLEAR",
        "about=port/1433-tcp&en=secret+inside&label=TLP:AMBER%2BSTRICT",
        "about=sensor/jp-01&en=known+to+one&label=TLP:AMBER",
    ] {
        write(&portal, &ann, note).ends(303);
    }
    let told = |path: &str, cookie: &str| portal.get_with(path, &[("cookie", cookie)]).text();
    let one = portal.log_in("one");
    let pages = [
        format!("/port/1433-tcp?p={PERIOD}"),
        format!("/explore?p={PERIOD}&by=port"),
        format!("/sensor/jp-01?p={PERIOD}"),
        format!("/sensor/jp-02?p={PERIOD}"),
        "/api/v1/notes".to_string(),
        "/api/v1/notes?q=sensor/jp-02".to_string(),
        format!("/api/v1/notes?period={PERIOD}"),
    ];
    let seen: String = pages.iter().map(|path| told(path, &one)).collect();
    assert!(
        seen.contains("known to all") && seen.contains("known to one") && !seen.contains("secret"),
        "{seen}"
    );
    assert!(!seen.contains("Write a note") && !seen.contains("メモを書く"), "members do not write");
    let two = portal.log_in("two");
    let seen: String = pages.iter().map(|path| told(path, &two)).collect();
    assert!(
        seen.contains("secret move") && seen.contains("secret of JP-02") && !seen.contains("known to one")
    );
    assert!(!seen.contains("secret inside"), "it stays in our institution");
    let open = told(&format!("/port/1433-tcp?p={PERIOD}"), "");
    assert!(!open.contains("known to") && !open.contains("secret"), "the public reads none");
    assert_eq!(portal.get("/api/v1/notes").status, 401);
    let all = portal.get_with("/api/v1/notes?format=csv", &[("cookie", &ann)]).ends(200);
    assert_eq!((all.text().lines().count(), all.header("teiten-tlp")), (7, "TLP:AMBER+STRICT"));
    assert_eq!(write(&portal, &one, "about=port/1433-tcp&en=x&label=TLP:GREEN").status, 403);
}

#[test]
fn a_program_writes_notes_with_a_token_for_that() {
    let portal = serving("notes-api.sqlite");
    let token = |scope: &str, user: &str| {
        let args = format!("user token {user} --scope {scope} --people notes-api.sqlite");
        format!("Bearer {}", line(&small().folder, &args).well().text().trim())
    };
    let (notes, read, member) = (token("notes", "ann"), token("read", "ann"), token("notes", "one"));
    let body = r#"{"about":"as/AS64496","period":"2014-06-30","en":"an outage","label":"TLP:GREEN"}"#;
    let post =
        |token: &str, body: &str| portal.send("POST", "/api/v1/notes", &[("authorization", token)], body);
    assert_eq!(post(&notes, body).ends(201).text(), "{\"id\":1}\n");
    assert_eq!((post(&read, body).status, post(&member, body).status), (403, 403));
    let ann = portal.log_in("ann");
    let by_cookie = portal.send("POST", "/api/v1/notes", &[("cookie", &ann)], body);
    assert_eq!(by_cookie.status, 401, "a browser's session is not enough");
    for wrong in ["", "{}", "[]", r#"{"about":"as/1","en":"x","labl":""}"#, r#"{"about":"as/x","en":"x"}"#] {
        let answer = post(&notes, wrong).ends(400);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{wrong}");
    }
    let found =
        portal.get_with("/api/v1/notes?q=as/64496&format=csv", &[("authorization", &read)]).ends(200).text();
    assert!(found.contains("1,as/64496,") && found.contains(",an outage,TLP:GREEN,ann,"), "{found}");
    let period = "/api/v1/notes?period=2014-06-30";
    let first = portal.get_with(period, &[("authorization", &read)]).ends(200);
    assert_eq!(first.header("etag"), "", "notes change without a snapshot");
    let delete =
        |path: &str, token: &str| portal.send("DELETE", path, &[("authorization", token)], "").status;
    assert_eq!(delete("/api/v1/notes/1", &read), 403);
    assert_eq!((delete("/api/v1/notes/x", &notes), delete("/api/v1/notes/9", &notes)), (404, 400));
    assert_eq!((delete("/api/v1/notes/1", &notes), delete("/api/v1/notes/1", &notes)), (204, 400));
}
