//! Every route of the portal, with what a member asks there about the sensor of another one.
//!
//! The routes are those of the program; what is asked at each stands here. A route without an entry fails: whoever adds
//! one says how it could tell.
//!
//! **Invariant:** no answer names a sensor of others, whatever its form and whether it is a page, an error or a file.

use crate::portal::{PERIOD, all_pages};
use crate::serving::{Answer, Serving};

/// What is asked at each route; `{other}` is a sensor of somebody else. An empty list says that a route holds nothing
/// of a store, and why that is so stands beside it.
const ASKED: &[(&str, &[&str])] = &[
    ("/", &["/?{period}", "/?{period}&sensor={other}", "/?{period}&f=sensor+==+%22{other}%22"]),
    (
        "/explore",
        &[
            "/explore?{period}&by=sensor",
            "/explore?{period}&by=sensor&g=heat",
            "/explore?{period}&sensor={other}",
            "/explore?{period}&f=sensor+!=+%22{other}%22",
            "/explore?{period}&f=sensor+==+%22nobody%22&lang=ja",
            "/explore?{period}&group=overseas&by=sensor&vs=prev",
        ],
    ),
    (
        "/packets",
        &[
            "/packets?{period}&row=1",
            "/packets?{period}&sensor={other}",
            "/packets?{period}&f=sensor+==+%22{other}%22",
            "/packets?{period}&f=ip.dst+==+10.20.0.8/30&row=1",
        ],
    ),
    ("/findings", &["/findings", "/findings?{period}&q=silence"]),
    ("/campaigns", &["/campaigns", "/campaigns?{period}"]),
    (
        "/payloads",
        &[
            "/payloads?{period}",
            "/payloads?{period}&sensor={other}",
            "/payloads?{period}&f=sensor+==+%22{other}%22",
        ],
    ),
    ("/dns", &["/dns?{period}", "/dns?{period}&sensor={other}"]),
    ("/backscatter", &["/backscatter?{period}", "/backscatter?{period}&sensor={other}"]),
    ("/reports", &["/reports"]),
    ("/sensors", &["/sensors?{period}", "/sensors?{period}&sensor={other}"]),
    ("/data", &["/data"]),
    (
        "/sql",
        &[
            "/sql?q=SELECT+DISTINCT+sensor+FROM+packets",
            "/sql?q=SELECT+*+FROM+sensors",
            "/sql?q=SELECT+*+FROM+sensor_ports_daily",
            "/sql?q=SELECT+max(sensor)+FROM+packets+WHERE+sensor+%3C%3E+%27x%27",
            "/sql?q=SELECT+1/(CASE+WHEN+max(sensor)%3E%27a%27+THEN+0+ELSE+1+END)+FROM+sensors",
            "/sql?q=EXPLAIN+SELECT+*+FROM+sensors",
            "/sql?q=SELECT+*+FROM+base_sensors",
            "/sql?q=SHOW+TABLES",
        ],
    ),
    ("/api", &["/api"]),
    ("/port/{name}", &["/port/6000-tcp?{period}", "/port/6000-tcp?{period}&sensor={other}"]),
    ("/ip/{name}", &["/ip/192.0.2.1?{period}", "/ip/198.51.100.8?{period}", "/ip/10.20.0.8?{period}"]),
    ("/net/{name}", &["/net/10.20.0.8_30?{period}"]),
    ("/as/{name}", &["/as/64496?{period}", "/as/64497?{period}"]),
    ("/country/{name}", &["/country/CN?{period}", "/country/CN?{period}&sensor={other}"]),
    ("/tag/{name}", &["/tag/masscan?{period}", "/tag/{other}?{period}"]),
    ("/dns/{name}", &["/dns/example.org?{period}", "/dns/{other}?{period}"]),
    ("/cve/{name}", &["/cve/CVE-2014-0160?{period}", "/cve/{other}"]),
    ("/known/{name}", &["/known/mirai?{period}", "/known/{other}"]),
    ("/campaign/{id}", &["/campaign/campaign:x", "/campaign/{other}"]),
    ("/finding/{id}", &["/finding/silence:{other}:2014-06-30", "/finding/none"]),
    ("/sensor/{name}", &["/sensor/{other}?{period}", "/sensor/{other}?{period}&lang=ja"]),
    (
        "/api/v1/top",
        &[
            "/api/v1/top?by=sensor",
            "/api/v1/top?by=group",
            "/api/v1/top?sensor={other}",
            "/api/v1/top?by=port&metric=sensors&{period}",
            "/api/v1/top?by=sensor&format=sql&{period}",
        ],
    ),
    ("/api/v1/series", &["/api/v1/series?by=sensor", "/api/v1/series?sensor={other}"]),
    (
        "/api/v1/packets",
        &[
            "/api/v1/packets",
            "/api/v1/packets?sensor={other}",
            "/api/v1/packets?period=2014-06-30&format=csv",
            "/api/v1/packets?period=2014-06-30&format=sql",
            "/api/v1/packets?period=2014-06-30&format=pcapng",
            "/api/v1/packets?period=2014-06-30&format=pcapng&publish=1",
            "/api/v1/packets?sensor={other}&format=pcapng",
            "/api/v1/packets?cursor=1.1.0.1.0123456789abcdef.",
        ],
    ),
    (
        "/api/v1/count",
        &["/api/v1/count", "/api/v1/count?sensor={other}", "/api/v1/count?filter=sensor+==+%22{other}%22"],
    ),
    (
        "/api/v1/findings",
        &[
            "/api/v1/findings",
            "/api/v1/findings?q=silence",
            "/api/v1/findings?filter=sensor+==+%22{other}%22",
        ],
    ),
    (
        "/api/v1/payloads",
        &[
            "/api/v1/payloads",
            "/api/v1/payloads?sensor={other}",
            "/api/v1/payloads?filter=sensor+==+%22{other}%22&format=csv",
            "/api/v1/payloads?{period}&format=sql",
        ],
    ),
    (
        "/api/v1/resolvers",
        &["/api/v1/resolvers", "/api/v1/resolvers?by=as&sensor={other}", "/api/v1/resolvers?format=sql"],
    ),
    ("/api/v1/victims", &["/api/v1/victims", "/api/v1/victims?sensor={other}", "/api/v1/victims?format=sql"]),
    (
        "/api/v1/days",
        &["/api/v1/days", "/api/v1/days?sensor={other}", "/api/v1/days?filter=sensor+==+%22{other}%22"],
    ),
    ("/api/v1/sensors", &["/api/v1/sensors", "/api/v1/sensors?format=csv", "/api/v1/sensors?format=ndjson"]),
    ("/api/v1/accounts", &["/api/v1/accounts", "/api/v1/accounts?format=md"]),
    ("/api/v1/inputs", &["/api/v1/inputs", "/api/v1/inputs?format=csv"]),
    ("/api/v1/editions", &["/api/v1/editions"]),
    (
        "/api/v1/sql",
        &[
            "/api/v1/sql?q=SELECT+sensor,count(*)+FROM+packets+GROUP+BY+sensor",
            "/api/v1/sql?q=SELECT+*+FROM+sensors&format=parquet",
            "/api/v1/sql?q=SELECT+*+FROM+sensors+WHERE+sensor=%27{other}%27",
            "/api/v1/sql?q=SELECT+CAST(max(sensor)+AS+int)+FROM+sensors",
        ],
    ),
    ("/api/v1/lookup", &["/api/v1/lookup?q=198.51.100.8,192.0.2.1,10.20.0.8"]),
    ("/api/v1/fields", &["/api/v1/fields"]),
    (
        "/api/v1/filter/check",
        &["/api/v1/filter/check?filter=sensor+==+%22", "/api/v1/filter/check?filter=sensor+==+"],
    ),
    ("/api/v1/notes", &["/api/v1/notes", "/api/v1/notes?q=time", "/api/v1/notes?q=sensor/{other}"]),
    ("/api/v1/status", &["/api/v1/status"]),
    ("/jump", &["/jump?q={other}", "/jump?q=10.20.0.8", "/jump?q=198.51.100.8"]),
    // What editors alone open.
    ("/drafts", &["/drafts"]),
    ("/drafts/{name}", &["/drafts/quarterly-2014Q2"]),
    ("/drafts/{name}/{section}", &["/drafts/quarterly-2014Q2/overview"]),
    ("/drafts/{name}/preview/{*path}", &["/drafts/quarterly-2014Q2/preview/ja/index.html"]),
    // Short addresses lead to what somebody saved for all.
    ("/v/{word}", &["/v/abcdefg", "/v/{other}"]),
    // Doors, one's own account, and what only an admin sees.
    ("/login", &["/login?q=/sensor/{other}"]),
    ("/login/oidc", &["/login/oidc?q=/sensor/{other}"]),
    ("/login/oidc/callback", &["/login/oidc/callback?state={other}&code=x"]),
    ("/account", &["/account"]),
    ("/admin", &["/admin"]),
    // Choices of the reader's own, files that are the same for all, and how the program is.
    ("/choose", &["/choose?theme=dark&back=/sensor/{other}"]),
    ("/reports/{*path}", &["/reports/{other}.html"]),
    ("/assets/{name}", &["/assets/islands.js"]),
    ("/api/v1/openapi.json", &["/api/v1/openapi.json"]),
    ("/healthz", &["/healthz"]),
    ("/readyz", &["/readyz"]),
    ("/version", &["/version"]),
];

/// Routes that something is sent to, in the order of the program.
pub(crate) const WRITES: &[&str] = &[
    "/login",
    "/logout",
    "/account/password",
    "/account/token",
    "/account/revoke",
    "/admin/add",
    "/admin/change",
    "/admin/password",
    "/findings/acknowledge",
    "/notes/add",
    "/notes/delete",
    "/saved/add",
    "/saved/delete",
    "/drafts",
    "/drafts/{name}/save",
    "/drafts/{name}/head",
    "/drafts/{name}/check",
    "/drafts/{name}/preview",
    "/drafts/{name}/publish",
    "/api/v1/notes",
    "/api/v1/notes/{id}",
    "/api/v1/lookup",
];

/// Something that is asked, perhaps with a body.
pub(crate) struct Probe {
    pub(crate) path: String,
    body: &'static str,
}

impl Probe {
    /// Asks it as whoever has that cookie; without one as everybody is.
    pub(crate) fn ask(&self, portal: &Serving, cookie: &str) -> Answer {
        let headers = [("cookie", cookie)];
        let headers = if cookie.is_empty() { &[][..] } else { &headers[..] };
        portal.send(if self.body.is_empty() { "GET" } else { "POST" }, &self.path, headers, self.body)
    }
}

/// Everything that could tell of a sensor of somebody else, at every route.
pub(crate) fn probes(other: &str) -> Vec<Probe> {
    let filled = |path: &str| path.replace("{other}", other).replace("{period}", &format!("p={PERIOD}"));
    let asked = ASKED.iter().flat_map(|(_, asked)| asked.iter()).map(|path| filled(path));
    let read = all_pages().into_iter().chain(asked).map(|path| Probe { path, body: "" });
    let sent = Probe { path: "/api/v1/lookup".to_string(), body: "198.51.100.8\n192.0.2.1\n" };
    read.chain([sent]).collect()
}

#[test]
fn every_route_says_how_it_could_tell_of_the_sensors_of_others() {
    let routes = teiten_portal::paths();
    assert!(routes.len() > 30, "{routes:?}");
    for route in &routes {
        let entry = ASKED.iter().find(|(path, _)| path == route);
        let (_, asked) =
            entry.unwrap_or_else(|| panic!("{route} is new: say in ASKED what a member asks there"));
        let start = route.split('{').next().expect("a start");
        assert!(asked.iter().any(|path| path.starts_with(start)), "{route}");
    }
    for (path, _) in ASKED {
        assert!(routes.contains(path), "{path} is no route any more: take it out of ASKED");
    }
    assert_eq!(teiten_portal::sent_paths(), WRITES, "what is sent where is said in WRITES");
}
