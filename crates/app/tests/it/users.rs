//! Users of each role in a file of people, and what they do at a portal under test: log in, send forms.

use std::sync::LazyLock;

use crate::program::{run_fed, words};
use crate::scenario::small;
use crate::serving::{Answer, Serving};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// A file of people of each role, which every test copies.
static FILE: LazyLock<String> = LazyLock::new(|| {
    let name = "people.sqlite";
    for (user, rest) in [
        ("root", "--role admin"),
        ("ann", "--role analyst"),
        ("eve", "--role editor"),
        ("ed", "--role editor"),
        ("one", "--role member --sensor jp-01"),
        ("two", "--role member --sensor jp-02"),
    ] {
        let args = words(&format!("user add {user} {rest} --people {name}"));
        run_fed(&small().folder, &args, format!("{PASSWORD}\n").as_bytes()).well();
    }
    name.to_string()
});

/// A copy of the file of people.
pub(crate) fn people(copy: &str) {
    let folder = &small().folder;
    std::fs::copy(folder.join(&*FILE), folder.join(copy)).expect("a copy");
}

/// A portal with a copy of that file.
pub(crate) fn serving(copy: &str) -> Serving {
    serving_with(copy, &[])
}

/// The same with more arguments.
pub(crate) fn serving_with(copy: &str, more: &[&str]) -> Serving {
    people(copy);
    Serving::with(&[&["--people", copy], more].concat())
}

impl Serving {
    /// Sends a form as a browser does from one of the portal's own pages.
    pub(crate) fn form(&self, path: &str, cookie: &str, body: &str) -> Answer {
        let origin = format!("http://{}", self.address);
        let headers = [
            ("origin", origin.as_str()),
            ("cookie", cookie),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", path, &headers, body)
    }

    /// Logs in and gives the cookie.
    pub(crate) fn log_in(&self, name: &str) -> String {
        let body = format!("name={name}&password={}&back=/explore", PASSWORD.replace(' ', "+"));
        let answer = self.form("/login", "", &body).ends(303);
        assert_eq!(answer.header("location"), "/explore");
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
        cookie.split(';').next().expect("a pair").to_string()
    }

    /// The key of a session's forms.
    pub(crate) fn key(&self, cookie: &str) -> String {
        let page = self.get_with("/account", &[("cookie", cookie)]).ends(200).text();
        let key = page.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        key.expect("a key").to_string()
    }
}
