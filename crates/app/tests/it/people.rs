//! Whoever logs in to the portal, and whoever does not: sessions, tokens, roles, forms, the audit log.

use crate::portal::{ENTITIES, PAGES, PERIOD, sensors, tells_of_none};
use crate::program::line;
use crate::scenario::small;
use crate::serving::Serving;
use crate::tenants::{WRITES, probes};
use crate::users::{PASSWORD, people, serving};

/// Pages that anybody may open where people log in.
const OPEN: [&str; 3] = ["/", "/reports", "/api"];

#[test]
fn whoever_does_not_log_in_is_one_of_the_public() {
    let portal = serving("people-public.sqlite");
    let all = sensors();
    let others: Vec<&String> = all.iter().collect();
    for path in PAGES.iter().chain(&ENTITIES) {
        let is_open =
            OPEN.contains(path) || ["/port/", "/country/"].iter().any(|start| path.starts_with(start));
        let answer = portal.get(path);
        if is_open {
            assert!(answer.status == 200 && answer.text().contains("TLP:CLEAR"), "{path}: {}", answer.status);
            tells_of_none(&answer, path, &others);
        } else {
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, &*format!("/login?q={path}")),
                "{path}"
            );
        }
    }
    for path in ["/?f=tcp", "/port/6000-tcp?p=2014-06-30T10:00..2014-06-30T11:00", "/country/CN?sensor=jp-01"]
    {
        assert!(portal.get(path).ends(303).header("location").starts_with("/login?q="), "{path}");
    }
    for path in
        ["/api/v1/top", "/api/v1/packets?format=pcapng", "/api/v1/sql?q=SHOW+TABLES", "/api/v1/sensors"]
    {
        let answer = portal.get(path).ends(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
        assert!(answer.text().contains("/api#problem-log-in"), "{path}");
    }
    for path in ["/account", "/admin"] {
        assert!(portal.get(path).ends(303).header("location").starts_with("/login"), "{path}");
    }
    assert!(portal.get("/login?lang=ja").ends(200).text().contains("ログイン"));
}

#[test]
fn two_members_see_their_own_sensors_and_nothing_of_the_other() {
    let portal = serving("people-members.sqlite");
    let all = sensors();
    // Somebody who sees all wrote about each sensor, and shared what each saw.
    let root = portal.log_in("root");
    let key = portal.key(&root);
    for sensor in &all {
        for note in [
            format!("about=sensor/{sensor}&en=moved"),
            format!("about=time&period={PERIOD}&en=seen+by+{sensor}"),
        ] {
            let body = format!("key={key}&back=/&label=TLP:CLEAR&{note}");
            portal.form("/notes/add", &root, &body).ends(303);
        }
        let body = format!("key={key}&shared=1&name=theirs&address=/explore%3Fsensor%3D{sensor}");
        portal.form("/saved/add", &root, &body).ends(303);
    }
    for (name, own, other) in [("one", "jp-01", "jp-02"), ("two", "jp-02", "jp-01")] {
        let cookie = portal.log_in(name);
        let others: Vec<&String> = all.iter().filter(|sensor| *sensor != own).collect();
        for probe in probes(other) {
            let answer = probe.ask(&portal, &cookie);
            assert!(answer.status < 500, "{name} {}: {}", probe.path, answer.status);
            tells_of_none(&answer, &probe.path, &others);
        }
        // Forms about others are for admins alone; those of one's own account name no sensor.
        for path in WRITES.iter().filter(|path| path.starts_with("/admin")) {
            let answer = portal.form(path, &cookie, &format!("key={}&name=root", portal.key(&cookie)));
            assert_eq!(answer.status, 403, "{name} {path}");
            tells_of_none(&answer, path, &others);
        }
        let listed = portal.get_with(&format!("/sensors?p={PERIOD}"), &[("cookie", &cookie)]).ends(200);
        assert!(listed.text().contains(own), "{name} sees {own}");
        // That a sensor of somebody else is there cannot be told from the answer.
        let shape = |sensor: &str| {
            let answer = portal.get_with(&format!("/sensor/{sensor}?p={PERIOD}"), &[("cookie", &cookie)]);
            (answer.status, answer.text().replace(sensor, ""))
        };
        assert_eq!(shape(other), shape("nobody-01"), "{name}");
        // Nor from the work that it makes: the same is asked of the store, which is where time goes.
        for question in ["top?by=port", "series?step=day", "packets?", "count?"] {
            let work = |sensor: &str| {
                let path = format!("/api/v1/{question}&period=2014-06-30&sensor={sensor}&format=sql");
                let answer = portal.get_with(&path, &[("cookie", &cookie)]);
                (answer.status, answer.text().replace(sensor, ""))
            };
            assert_eq!(work(other), work("nobody-01"), "{name} {question}");
        }
    }
}

#[test]
fn forms_of_other_pages_are_refused() {
    let portal = serving("people-forms.sqlite");
    let right = format!("name=root&password={}", PASSWORD.replace(' ', "+"));
    let own = format!("http://{}", portal.address);
    for headers in [
        &[][..],
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        &[("origin", own.as_str()), ("sec-fetch-site", "same-site")],
    ] {
        let answer = portal.send("POST", "/login", headers, &right);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{headers:?}");
    }
    let cookie = portal.log_in("root");
    let key = portal.key(&cookie);
    let two = portal.log_in("two");
    let wrong = portal.key(&two);
    for body in ["", "key=", &format!("key={wrong}")] {
        let body = format!("{body}&name=two&role=admin&sensors=");
        assert_eq!(portal.form("/admin/change", &cookie, &body).status, 403, "{body}");
    }
    let body = format!("key={wrong}&name=two&role=admin&sensors=");
    assert_eq!(portal.form("/admin/change", &two, &body).status, 403, "a member decides nothing");
    assert_eq!(portal.form("/logout", &cookie, &format!("key={key}")).ends(303).header("location"), "/");
    assert!(
        portal
            .get_with("/account", &[("cookie", &cookie)])
            .ends(303)
            .header("location")
            .starts_with("/login")
    );
    let large = format!("name={}", "a".repeat(70_000));
    assert_eq!(portal.form("/login", "", &large).status, 413);
}

#[test]
fn wrong_passwords_are_told_alike_and_then_refused() {
    let portal = serving("people-wrong.sqlite");
    for name in ["ann", "nobody"] {
        let body = format!("name={name}&password=wrong-password");
        for _ in 0..10 {
            let answer = portal.form("/login", "", &body).ends(200);
            assert!(answer.text().contains("role=\"alert\"") && answer.header("set-cookie").is_empty());
        }
        let answer = portal.form("/login", "", &body).ends(429);
        assert!(answer.header("set-cookie").is_empty());
    }
    let back = format!("name=root&password={}&back=//evil.example", PASSWORD.replace(' ', "+"));
    assert_eq!(portal.form("/login", "", &back).ends(303).header("location"), "/");
}

#[test]
fn a_token_asks_what_it_is_for_as_long_as_its_user_may() {
    let portal = serving("people-tokens.sqlite");
    let token = |scope: &str, user: &str| {
        let args = format!("user token {user} --scope {scope} --people people-tokens.sqlite");
        format!("Bearer {}", line(&small().folder, &args).well().text().trim())
    };
    let (read, sql) = (token("read", "one"), token("sql", "ann"));
    let status = |path: &str, token: &str| portal.get_with(path, &[("authorization", token)]).status;
    let top = format!("/api/v1/top?period={PERIOD}");
    assert_eq!(status(&top, &read), 200);
    assert_eq!(status("/api/v1/packets", &read), 403, "not its scope");
    assert_eq!(status("/api/v1/sql?q=SELECT+1", &read), 403);
    assert_eq!(status("/api/v1/sql?q=SELECT+1", &sql), 200);
    assert_eq!(status(&top, &sql), 403);
    for wrong in ["Bearer teiten_0000", "Bearer", "Basic b25lOng=", &read[..read.len() - 1]] {
        assert_eq!(status(&top, wrong), 401, "{wrong}");
    }
    let answer = portal.get_with(&top, &[("authorization", &read)]);
    assert_eq!(answer.header("teiten-tlp"), "TLP:AMBER");
    // The member's token has the member's eyes.
    let all = sensors();
    let others: Vec<&String> = all.iter().filter(|sensor| *sensor != "jp-01").collect();
    let sensors = portal.get_with("/api/v1/sensors", &[("authorization", &read)]).ends(200);
    assert!(sensors.text().contains("jp-01"));
    tells_of_none(&sensors, "", &others);
    line(
        &small().folder,
        "user change one --role member --sensor jp-01 --disable --people people-tokens.sqlite",
    )
    .well();
    assert_eq!(status(&top, &read), 401, "its user is disabled");
}

#[test]
fn a_token_sends_no_form_and_opens_pages_of_its_scope_alone() {
    let portal = serving("people-forms.sqlite");
    let args = "user token root --scope read --people people-forms.sqlite";
    let bearer = format!("Bearer {}", line(&small().folder, args).well().text().trim());
    let own = format!("http://{}", portal.address);
    let headers = [("origin", own.as_str()), ("authorization", bearer.as_str())];
    for path in teiten_portal::sent_paths().into_iter().filter(|path| !path.starts_with("/api/")) {
        let path = path.replace("{name}", "q");
        let answer = portal.send(
            "POST",
            &path,
            &headers,
            "key=&name=one&role=admin&sensors=&new=another+long+password",
        );
        let is_refused = answer.status == 403 || (answer.status == 404 && path.starts_with("/drafts"));
        assert!(is_refused && answer.header("set-cookie").is_empty(), "{path}: {}", answer.status);
    }
    let status = |path: &str| portal.get_with(path, &[("authorization", &bearer)]).status;
    assert_eq!(status(&format!("/explore?period={PERIOD}")), 200);
    for path in ["/sql", "/packets", "/payloads", "/account", "/admin"] {
        assert_eq!(status(path), 403, "{path} is not for a token that reads numbers");
    }
    let log = line(&small().folder, "user log --people people-forms.sqlite -o csv").well().text();
    assert!(!log.contains("user-changed"), "{log}");
}

#[test]
fn strangers_choose_no_zone_by_a_cookie_either() {
    let portal = serving("people-zone.sqlite");
    let page = |headers: &[(&str, &str)]| portal.get_with("/port/23-tcp?period=2014-06", headers);
    let usual = page(&[]).ends(200).text();
    assert_eq!(page(&[("cookie", "tz=Asia/Kathmandu")]).ends(200).text(), usual);
    assert_eq!(portal.get_with("/port/23-tcp?period=2014-06&tz=Asia/Kathmandu", &[]).status, 303);
    let ann = portal.log_in("ann");
    let chosen = page(&[("cookie", &format!("{ann}; tz=Asia/Kathmandu"))]).ends(200).text();
    assert!(chosen.contains("Asia/Kathmandu") && !usual.contains("Asia/Kathmandu"));
}

#[test]
fn an_admin_decides_who_is_who_and_all_of_it_is_written_down() {
    let portal = serving("people-admin.sqlite");
    let root = portal.log_in("root");
    let key = portal.key(&root);
    let ann = portal.log_in("ann");
    assert_eq!(portal.get_with("/admin", &[("cookie", &ann)]).status, 403);
    for (language, word) in [("ja", "監査記録"), ("en", "Audit log")] {
        let page = portal.get_with(&format!("/admin?lang={language}"), &[("cookie", &root)]).ends(200).text();
        assert!(page.contains(word) && !page.contains(" style=") && !page.contains("<script>"), "{page}");
    }
    let body = format!("key={key}&name=new.one&role=member&sensors=jp-01,jp-02&new=another+long+password");
    portal.form("/admin/add", &root, &body).ends(303);
    portal.form("/admin/add", &root, &body).ends(400);
    portal.form("/admin/change", &root, &format!("key={key}&name=root&role=member&sensors=")).ends(400);
    portal.form("/admin/change", &root, &format!("key={key}&name=ann&role=public&sensors=")).ends(303);
    let location = portal.get_with("/explore", &[("cookie", &ann)]).ends(303).header("location").to_string();
    assert!(location.starts_with("/login"), "ann has to log in again");
    let made = portal.form("/account/token", &root, &format!("key={key}&name=cron&read=1&packets=1&days=30"));
    let page = made.ends(200).text();
    let token = page.split("<code>teiten_").nth(1).and_then(|rest| rest.split('<').next()).expect("a token");
    let bearer = format!("Bearer teiten_{token}");
    portal
        .get_with("/api/v1/packets?format=pcapng&period=2014-06-30&limit=3", &[("authorization", &bearer)])
        .ends(200);
    assert!(!portal.get_with("/account", &[("cookie", &root)]).text().contains(token), "it is shown once");
    let log = line(&small().folder, "user log --people people-admin.sqlite -o csv").well().text();
    for deed in ["log-in", "user-added", "user-changed", "token-added", "exported"] {
        assert!(log.contains(deed), "{deed} in {log}");
    }
    assert!(log.contains("root,127.0.0.1,exported,"), "{log}");
    for secret in [PASSWORD, "another long password", token] {
        assert!(!log.contains(secret));
    }
}

#[test]
fn a_portal_that_others_reach_wants_encryption_and_its_own_name() {
    let folder = &small().folder;
    people("people-origin.sqlite");
    let refused = |args: &str| line(folder, &format!("--store st serve {args}")).ends(2).err;
    let said = refused("--listen 0.0.0.0:0 --people people.sqlite --origin http://teiten.example");
    assert!(said.contains("in the clear"), "{said}");
    assert!(refused("--origin https://teiten.example").contains("--people"));
    assert!(refused("--people people.sqlite --origin teiten").contains("no address of a portal"));
    assert!(refused("--people nobody.sqlite").contains("nobody may log in yet"));
    let portal = Serving::with(&["--people", "people-origin.sqlite", "--origin", "https://teiten.example"]);
    portal.get_with("/", &[("host", "teiten.example")]).ends(200);
    assert_eq!(portal.get_with("/", &[("host", "rebound.example")]).status, 421);
    let headers = [("host", "teiten.example"), ("origin", "https://teiten.example")];
    let body = format!("name=root&password={}", PASSWORD.replace(' ', "+"));
    let answer = portal.send("POST", "/login", &headers, &body).ends(303);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-teiten=") && cookie.ends_with("; Secure"), "{cookie}");
}
