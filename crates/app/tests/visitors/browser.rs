//! The browser: Debian's Chromium, led by `web/test/browser.mjs`, which is told what to look at and answers with what
//! it found wrong.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use libtest_mimic::{Completion, Failed, Trial};
use serde::Deserialize;

use crate::world;

/// The least version of Node that leads the browser.
const NODE_MIN: u32 = 20;
/// Routes that are no page to look at, and why.
const NO_PAGES: [(&str, &str); 17] = [
    ("/login/oidc", "it leads to a provider"),
    ("/login/oidc/callback", "it leads on"),
    ("/drafts", "it leads to the reports"),
    ("/drafts/{name}/preview/{*path}", "a report's own page, looked at by `make look`"),
    ("/reports/{*path}", "a report's own page, looked at by `make look`"),
    ("/v/{word}", "it leads on"),
    ("/campaign/{id}", "opened from the list of campaigns"),
    ("/drafts/{name}/{section}", "opened from the draft"),
    ("/finding/{id}", "opened from the list of findings"),
    ("/ip/{name}", "opened from the ranking of sources"),
    ("/as/{name}", "opened from the ranking of networks"),
    ("/sensor/{name}", "opened from the list of sensors"),
    ("/choose", "it leads back"),
    ("/assets/{name}", "a file"),
    ("/healthz", "for machines"),
    ("/readyz", "for machines"),
    ("/version", "for machines"),
];

/// What `web/test/visits.json` lists; what else stands there is for the browser.
#[derive(Debug, Deserialize)]
struct Visits {
    journeys: Vec<Visit>,
    pages: Vec<Visit>,
}

/// A page, or a journey, which begins anywhere.
#[derive(Debug, Deserialize)]
struct Visit {
    name: String,
    #[serde(default)]
    path: String,
}

/// What the browser answers.
#[derive(Debug, Deserialize)]
struct Told {
    name: String,
    faults: Vec<String>,
}

/// A browser that waits for the next name.
struct Browser {
    child: Child,
    asked: ChildStdin,
    told: BufReader<ChildStdout>,
}

static BROWSER: LazyLock<Mutex<Option<Browser>>> = LazyLock::new(Mutex::default);

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web")
}

fn visits() -> Visits {
    let text = include_str!("../../../../web/test/visits.json");
    serde_json::from_str(text).expect("web/test/visits.json lists journeys and pages")
}

/// A test for each journey and each page.
pub(crate) fn trials() -> Vec<Trial> {
    let Visits { journeys, pages } = visits();
    let trial = |Visit { name, .. }| {
        Trial::ignorable_test(format!("browser_{}", name.replace('-', "_")), move || match missing() {
            Some(why) => Ok(Completion::ignored_with(why)),
            None => look(&name).map(|()| Completion::Completed),
        })
    };
    journeys.into_iter().chain(pages).map(trial).collect()
}

/// What is missing to run the browser; `None` when everything is there.
fn missing() -> Option<&'static str> {
    static MISSING: LazyLock<Option<String>> = LazyLock::new(|| {
        let Ok(node) = Command::new("node").arg("--version").output() else {
            return Some("no Node: `scripts/setup.sh test` installs it".to_string());
        };
        let version = String::from_utf8_lossy(&node.stdout).trim().to_string();
        let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
        if major.is_none_or(|major: u32| major < NODE_MIN) {
            return Some(format!("Node {version} is too old: {NODE_MIN} or later leads the browser"));
        }
        let chromium = std::env::var("CHROMIUM").unwrap_or("/usr/bin/chromium".to_string());
        if !Path::new(&chromium).exists() {
            return Some(format!("no {chromium}: `scripts/setup.sh test` installs it"));
        }
        let modules = ["playwright-core", "axe-core"].map(|name| web().join("node_modules").join(name));
        modules
            .iter()
            .find(|module| !module.exists())
            .map(|module| format!("no {}: `npm --prefix web ci` installs it", module.display()))
    });
    MISSING.as_deref()
}

/// Has the browser look at something, and fails with what it found.
fn look(name: &str) -> Result<(), Failed> {
    let open = world::open();
    let mut browser = BROWSER.lock().expect("no look broke it");
    let browser = browser.get_or_insert_with(|| Browser::start(&open.portal().address));
    writeln!(browser.asked, "{name}").and_then(|()| browser.asked.flush()).expect("the browser is asked");
    let mut line = String::new();
    browser.told.read_line(&mut line).expect("the browser answers");
    let told: Told = serde_json::from_str(&line)
        .map_err(|error| format!("the browser ended, or answered what is no answer ({error}): {line}"))?;
    assert_eq!(told.name, name, "the browser answers what it was asked");
    match told.faults.as_slice() {
        [] => Ok(()),
        faults => Err(faults.join("\n").into()),
    }
}

impl Browser {
    fn start(address: &str) -> Browser {
        let mut command = Command::new("node");
        command.arg(web().join("test/browser.mjs"));
        command.args([&format!("http://{address}"), "--asked", "--time", &format!("p={}", world::PERIOD)]);
        command.arg("--people").arg(world::passes());
        if let Some(folder) = std::env::var_os("TEITEN_PICTURES") {
            command.arg("--all").arg("--pictures").arg(folder);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node starts");
        let asked = child.stdin.take().expect("a pipe");
        let told = BufReader::new(child.stdout.take().expect("a pipe"));
        Browser { child, asked, told }
    }
}

/// Ends the browser: it goes when nothing more is asked.
pub(crate) fn leave() {
    let browser = BROWSER.lock().ok().and_then(|mut browser| browser.take());
    if let Some(Browser { mut child, asked, .. }) = browser {
        drop(asked);
        // What it says last is nothing that a test waits for.
        let _ = child.wait();
    }
}

/// Every route that is a page has its line in `web/test/visits.json`.
pub(crate) fn knows_every_page() {
    let looked: Vec<String> = visits()
        .pages
        .iter()
        .map(|page| page.path.split('?').next().unwrap_or_default().to_string())
        .collect();
    for route in teiten_portal::paths() {
        let is_page = !route.starts_with("/api/") && NO_PAGES.iter().all(|(path, _)| *path != route);
        assert!(
            !is_page || looked.iter().any(|path| is_of(path, route)),
            "{route} is looked at by no browser: give it a line in web/test/visits.json"
        );
    }
}

/// Whether an address is one of a route such as `/drafts/{name}/{section}`.
fn is_of(address: &str, route: &str) -> bool {
    let (address, route): (Vec<&str>, Vec<&str>) = (address.split('/').collect(), route.split('/').collect());
    address.len() == route.len()
        && address.iter().zip(&route).all(|(own, part)| own == part || part.starts_with('{'))
}
