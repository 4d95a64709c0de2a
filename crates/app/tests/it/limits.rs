//! Limits of requests: of strangers by address, of people whatever they send by, and none on one's own machine.

use crate::program::line;
use crate::scenario::small;
use crate::serving::Serving;
use crate::users::serving_with;

#[test]
fn whoever_sends_too_much_is_told_when_to_go_on() {
    let folder = &small().folder;
    let config = "[portal]\nperson_requests = 3\nstranger_requests = 3\nproxies = [\"127.0.0.1\"]\n";
    std::fs::write(folder.join("limits.toml"), config).expect("a file");
    let portal = serving_with("limits.sqlite", &["--config", "limits.toml"]);
    let token = line(folder, "user token ann --scope read --people limits.sqlite").well().text();
    let bearer = format!("Bearer {}", token.trim());
    let from = |path: &str, address: &str| portal.get_with(path, &[("x-forwarded-for", address)]);
    for _ in 0..3 {
        from("/login", "192.0.2.1").ends(200);
    }
    let page = from("/login?lang=en", "203.0.113.9, 192.0.2.1").ends(429);
    assert!(page.text().contains("Too many requests"), "{}", page.text());
    let secs: u64 = page.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&secs), "{secs}");
    let problem = from("/api/v1/status", "192.0.2.1").ends(429);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert!(!problem.header("retry-after").is_empty() && problem.text().contains("/api#problem-too-many"));
    from("/login", "192.0.2.2").ends(200);
    from("/healthz", "192.0.2.1").ends(200);
    // A token that is none is a stranger's.
    let wrong = |address: &str| {
        portal
            .get_with("/api/v1/status", &[("x-forwarded-for", address), ("authorization", "Bearer teiten_0")])
    };
    for _ in 0..3 {
        wrong("192.0.2.3").ends(401);
    }
    wrong("192.0.2.3").ends(429);
    // A person's requests count from wherever they come.
    let asked = |address: &str| {
        let headers = [("x-forwarded-for", address), ("authorization", bearer.as_str())];
        portal.get_with("/api/v1/fields", &headers).status
    };
    assert!((0..3).all(|place| asked(&format!("198.51.100.{place}")) == 200));
    assert_eq!((asked("198.51.100.99"), asked("192.0.2.2")), (429, 429));
    let log = line(folder, "user log --people limits.sqlite -o csv").well().text();
    assert!(log.contains("token-added"), "{log}");
    let own = Serving::with(&["--config", "limits.toml"]);
    assert!((0..20).all(|_| own.get("/api/v1/fields").status == 200), "nobody logs in there");
}
