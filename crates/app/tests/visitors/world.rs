//! The portal that is visited: the small scenario with findings, a published report, a draft, notes and a saved
//! selection, and people of each role.
//!
//! **Invariant:** it is made anew in each run, from nothing that another test made.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use serde_json::json;

use crate::program::{line, run, shared};
use crate::scenario::small;
use crate::serving::Serving;
use crate::users::{PASSWORD, people};

/// The period that is looked at: what the scenario has, and nothing besides.
pub(crate) const PERIOD: &str = "2014-06-29..2014-07-03";
/// Who visits in which role.
const VISITORS: [(&str, &str); 4] =
    [("member", "one"), ("analyst", "ann"), ("editor", "eve"), ("admin", "root")];

/// The portal, once somebody visits it.
static PORTAL: Mutex<Option<Serving>> = Mutex::new(None);

/// The portal, started when it is visited first.
pub(crate) struct Open(MutexGuard<'static, Option<Serving>>);

impl Open {
    /// The portal itself.
    pub(crate) fn portal(&self) -> &Serving {
        self.0.as_ref().expect("it was started")
    }

    /// A token of a user.
    pub(crate) fn token(&self, name: &str, scopes: &[&str]) -> String {
        let scopes: String = scopes.iter().map(|scope| format!(" --scope {scope}")).collect();
        let args = format!("user token {name}{scopes} --people visited.sqlite");
        line(&small().folder, &args).well().text().trim().to_string()
    }
}

/// The portal.
pub(crate) fn open() -> Open {
    let mut portal = PORTAL.lock().expect("no visitor broke it");
    if portal.is_none() {
        *portal = Some(start());
    }
    Open(portal)
}

/// Ends the portal.
pub(crate) fn leave() {
    drop(PORTAL.lock().map(|mut portal| portal.take()));
}

/// The file that tells the browser who may log in.
pub(crate) fn passes() -> PathBuf {
    let file = small().folder.join("passes.json");
    let passes: serde_json::Map<String, serde_json::Value> = VISITORS
        .iter()
        .map(|(role, name)| ((*role).to_string(), json!({ "name": name, "password": PASSWORD })))
        .collect();
    std::fs::write(&file, serde_json::Value::Object(passes).to_string()).expect("a file");
    file
}

fn start() -> Serving {
    let folder = &small().folder;
    people("visited.sqlite");
    line(folder, &format!("--store st detect --period {PERIOD} -q")).well();
    let catalogue = shared().join("vuln/cisa_kev_2025-08-25.json");
    run(folder, &["--store", "st", "intel", "import", &catalogue.display().to_string(), "-q"]).well();
    publish(folder);
    std::fs::create_dir_all(folder.join("drafts")).expect("a folder");
    line(
        folder,
        "--store st report draft --period 2014Q2 --form internal --region JP -w drafts/quarterly-2014Q2.toml",
    )
    .well();
    // A browser opens more pages in a minute than a person does.
    std::fs::write(folder.join("hasty.toml"), "[portal]\nperson_requests = 0\nstranger_requests = 0\n")
        .expect("a configuration");
    let portal = Serving::with(&[
        "--people",
        "visited.sqlite",
        "--site",
        "site",
        "--drafts",
        "drafts",
        "--config",
        "hasty.toml",
    ]);
    write(&portal);
    portal
}

/// A site with a published report.
fn publish(folder: &Path) {
    line(
        folder,
        "report site init site --url https://www.example.org/r/ --form internal --created 2014-07-01",
    )
    .well();
    line(
        folder,
        "--store st report make monthly --period 2014-06 --region JP --issued 2014-07-10 --lang ja,en --form internal \
         --site site -w made",
    )
    .well();
    line(folder, "report publish made --to site").well();
}

/// What people leave on pages: notes about times and things, and a selection for all.
fn write(portal: &Serving) {
    let cookie = portal.log_in("eve");
    let key = portal.key(&cookie);
    for (path, body) in [
        ("/notes/add", "about=time&period=2014-06-30&en=maintenance&ja=%E4%BF%9D%E5%AE%88&label=TLP:GREEN"),
        ("/notes/add", "about=time&period=2014-07-02&en=a+storm&label=TLP:GREEN"),
        ("/notes/add", "about=port/1433-tcp&period=2014-07-01&en=a+wave&ja=%E6%B3%A2&label=TLP:GREEN"),
        ("/notes/add", "about=sensor/jp-01&en=moved&label=TLP:AMBER"),
        ("/saved/add", "shared=1&name=ports&address=/explore%3Fp%3D2014-06-30"),
    ] {
        portal.form(path, &cookie, &format!("key={key}&back=/&{body}")).ends(303);
    }
}
