//! Tests of the configuration: where it is sought, what wins, what is refused.
//!
//! **Invariant:** no test reads this process's environment or working folder.

use expect_test::expect;

use super::*;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    dir
}

fn no_env(_: &str) -> Option<String> {
    None
}

fn load(dir: &tempfile::TempDir) -> anyhow::Result<(Config, Vec<PathBuf>)> {
    Config::load(Some(&dir.path().join("teiten.toml")), &no_env)
}

/// The message, with the folder left out.
fn error(files: &[(&str, &str)]) -> String {
    let dir = folder(files);
    let error = format!("{:#}", load(&dir).expect_err("a mistake"));
    error.replace(&format!("{}/", dir.path().display()), "")
}

const FULL: &str = r#"
store = "store"
home_zone = "Europe/Paris"
home = "FR"
lang = "ja"
tz = "UTC"
data = "/srv/data"
sensors = "sensors.toml"
victims = "victims.toml"
output = "csv"

[report]
institution_ja = "定点"
institution_en = "Teiten \"Centre\""
contact = "report@teiten.example"
notices_ja = ["一", "二"]
notices_en = ["one", "two"]
font = "fonts"

[collect]
listen = "[::1]:7461"
names = ["collector.example"]
authority = "authority"
operations = ""
group_seconds = 10
group_mib = 32
held_mib = 128

[portal]
person_requests = 60
stranger_requests = 0
proxies = ["127.0.0.1"]

[login]
issuer = "https://id.example"
client = "teiten"
secret = "oidc.secret"
label = "the university"
claim = "preferred_username"
create = "member"
authorities = "authorities.pem"

[keep]
every_minutes = 5
first_seconds = 7
closed_hours = 12
mib_per_second = 8
grace_hours = 2
frames_days = 1
frames_mib = 2
frames_free_mib = 3
packets_days = 4
packets_mib = 5
packets_free_mib = 6
rollups_days = 7
rollups_mib = 8
rollups_free_mib = 9

[cluster]
workers = ["https://one.example:7470"]
certificate = "portal.pem"
key = "portal.key"
authority = "ca.pem"
share_mib = 0
"#;

#[test]
fn every_field_has_a_key_and_every_key_a_field() {
    // Fields named one by one, so that a new one does not compile before it is counted here.
    let Config {
        store: _,
        home_zone: _,
        home: _,
        bounds: _,
        lang: _,
        tz: _,
        data: _,
        sensors: _,
        victims: _,
        output: _,
        report,
        collect,
        portal,
        login,
        keep,
        cluster,
        origins: _,
    } = Config::default();
    let Publisher { institution_ja: _, institution_en: _, contact: _, notices_ja: _, notices_en: _, font: _ } =
        report;
    let Collect {
        listen: _,
        names: _,
        authority: _,
        operations: _,
        group_seconds: _,
        group_mib: _,
        held_mib: _,
    } = collect;
    let PortalKeys { person_requests: _, stranger_requests: _, proxies: _ } = portal;
    let LoginKeys { issuer: _, client: _, secret: _, label: _, claim: _, create: _, authorities: _ } = login;
    let Keep {
        every_minutes: _,
        first_seconds: _,
        closed_hours: _,
        mib_per_second: _,
        grace_hours: _,
        limits,
    } = keep;
    let ClusterKeys { workers: _, certificate: _, key: _, authority: _, share_mib: _ } = cluster;
    assert_eq!(KEYS.len(), 9 + 6 + 7 + 3 + 7 + 5 + limits.as_flattened().len() + 5);
    let names: std::collections::BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(names.len(), KEYS.len());
    let (full, _) = load(&folder(&[("teiten.toml", FULL)])).expect("a configuration");
    for key in KEYS {
        assert_ne!((key.get)(&full), (key.get)(&Config::default()), "{} sets a field of its own", key.name);
        assert!(key.doc.ends_with('.'), "{} is documented in a sentence", key.name);
        let default = (key.get)(&Config::default());
        let texts = default.as_ref().and_then(toml::Value::as_str);
        assert!(texts.is_none_or(|text| text == key.default), "{} says its default", key.name);
        assert!(default.is_some() || !key.default.is_empty(), "{} says what decides", key.name);
    }
}

#[test]
fn a_file_is_read_with_its_paths_taken_from_its_folder() {
    let dir = folder(&[("teiten.toml", FULL)]);
    let (config, files) = load(&dir).expect("a configuration");
    assert_eq!(files, [dir.path().join("teiten.toml")]);
    assert_eq!(config.store, dir.path().join("store").display().to_string());
    assert_eq!(config.sensors, Some(dir.path().join("sensors.toml")));
    assert_eq!(config.data, Some("/srv/data".into()));
    assert_eq!(config.report.font, Some(dir.path().join("fonts")));
    assert_eq!((config.lang, config.output), (Some(Lang::Ja), Format::Csv));
    assert_eq!(config.report.notices_ja, ["一", "二"]);
    assert!(config.origin_of("tz").ends_with("teiten.toml:6"));
    let url = folder(&[("teiten.toml", "store = \"s3://bucket/store\"")]);
    assert_eq!(load(&url).expect("a configuration").0.store, "s3://bucket/store");
}

#[test]
fn later_files_win_and_the_environment_last() {
    let dir = folder(&[
        ("teiten.toml", "tz = \"UTC\"\nlang = \"ja\"\nstore = \"a\""),
        ("conf.d/20-late.toml", "tz = \"Asia/Seoul\""),
        ("conf.d/10-early.toml", "tz = \"Europe/Paris\"\n[report]\ncontact = \"x\""),
        ("conf.d/30-not.toml.bak", "this is not read"),
    ]);
    let env = |name: &str| match name {
        "TEITEN__STORE" => Some("elsewhere".to_string()),
        "TEITEN__REPORT__NOTICES_EN" => Some("one\ntwo\n".to_string()),
        _ => None,
    };
    let (config, files) = Config::load(Some(&dir.path().join("teiten.toml")), &env).expect("a configuration");
    let names: Vec<_> = files.iter().filter_map(|file| file.file_name()).collect();
    assert_eq!(names, ["teiten.toml", "10-early.toml", "20-late.toml"]);
    assert_eq!((config.tz.as_deref(), config.lang), (Some("Asia/Seoul"), Some(Lang::Ja)));
    assert_eq!((config.store.as_str(), config.report.contact.as_str()), ("elsewhere", "x"));
    assert_eq!(config.report.notices_en, ["one", "two"]);
    assert_eq!(config.origin_of("store"), "TEITEN__STORE");
}

#[test]
fn the_file_is_sought_in_order() {
    let dir = folder(&[
        ("a.toml", "tz = \"a\""),
        ("b.toml", "tz = \"b\""),
        ("c.toml", "tz = \"c\""),
        ("d.toml", "tz = \"d\""),
    ]);
    let path = |name: &str| dir.path().join(name);
    let env = |name: &str| (name == "TEITEN_CONFIG").then(|| path("b.toml").display().to_string());
    let (c, d, none) = (path("c.toml"), path("d.toml"), path("none.toml"));
    let tz = |explicit: Option<&Path>, env: &dyn Fn(&str) -> Option<String>, sought: &[&Path]| {
        Config::load_from(explicit, env, sought).expect("a configuration").0.tz
    };
    assert_eq!(tz(Some(&path("a.toml")), &env, &[&c]).as_deref(), Some("a"));
    assert_eq!(tz(None, &env, &[&c, &d]).as_deref(), Some("b"));
    assert_eq!(tz(None, &no_env, &[&c, &d]).as_deref(), Some("c"));
    assert_eq!(tz(None, &no_env, &[&none, &d]).as_deref(), Some("d"));
    assert_eq!(
        Config::load_from(None, &no_env, &[&none]).expect("defaults"),
        (Config::default(), Vec::new())
    );
    assert!(Config::load(Some(&none), &no_env).is_err());
}

#[test]
fn mistakes_name_file_line_and_remedy() {
    let cases = [
        ("strore = \"x\"", "teiten.toml:1: unknown key `strore`: did you mean `store`?"),
        (
            "\n[report]\ninstitution = \"x\"",
            "teiten.toml:3: unknown key `report.institution`: did you mean `report.institution_ja`?",
        ),
        (
            "[reprot]\ncontact = \"x\"",
            "teiten.toml:2: unknown key `reprot.contact`: did you mean `report.contact`?",
        ),
        ("[report.contact]\nx = 1", "teiten.toml:1: report.contact: a text is wanted, not table"),
        (
            "report = 5",
            "teiten.toml:1: unknown key `report`: known here are store, home_zone, home, lang, tz, data, sensors, victims, output, report.institution_ja, report.institution_en, report.contact, report.notices_ja, report.notices_en, report.font, collect.listen, collect.names, collect.authority, collect.operations, collect.group_seconds, collect.group_mib, collect.held_mib, portal.person_requests, portal.stranger_requests, portal.proxies, login.issuer, login.client, login.secret, login.label, login.claim, login.create, login.authorities, keep.every_minutes, keep.first_seconds, keep.closed_hours, keep.mib_per_second, keep.grace_hours, keep.frames_days, keep.frames_mib, keep.frames_free_mib, keep.packets_days, keep.packets_mib, keep.packets_free_mib, keep.rollups_days, keep.rollups_mib, keep.rollups_free_mib, cluster.workers, cluster.certificate, cluster.key, cluster.authority, cluster.share_mib",
        ),
        (
            "[collect]\ngroup_seconds = 0",
            "teiten.toml:2: collect.group_seconds: a whole number from 1 to 300 is wanted",
        ),
        (
            "[portal]\nproxies = [\"proxy\"]",
            "teiten.toml:2: portal.proxies: `proxy` is no address: write 127.0.0.1 or ::1",
        ),
        (
            "[login]\ncreate = \"admin\"",
            "teiten.toml:2: login.create: `admin` is no role that is given unasked: write public, member or analyst",
        ),
        ("store = 5", "teiten.toml:1: store: a text is wanted, not integer"),
        ("store = []", "teiten.toml:1: store: one text is wanted, not a list"),
        ("data = \"\"", "teiten.toml:1: data: a path is wanted, not an empty text"),
        ("lang = \"fr\"", "teiten.toml:1: lang: `fr` is no language of ours: write ja or en"),
        (
            "tz = \"UTC\"\noutput = \"xml\"",
            "teiten.toml:2: output: `xml` is no output format: write one of table, csv, tsv, json, ndjson, md, parquet",
        ),
        ("tz = ", "teiten.toml:1: string values must be quoted, expected literal string"),
        ("tz = \"a\"\ntz = \"b\"", "teiten.toml:2: duplicate key"),
    ];
    for (text, expected) in cases {
        assert_eq!(error(&[("teiten.toml", text)]), expected, "{text}");
    }
    assert_eq!(
        error(&[("teiten.toml", ""), ("conf.d/x.toml", "\nlnag = \"ja\"")]),
        "conf.d/x.toml:2: unknown key `lnag`: did you mean `lang`?"
    );
    let env = |name: &str| (name == "TEITEN__LANG").then(|| "fr".to_string());
    let error = Config::load_from(None, &env, &[]).expect_err("a mistake").to_string();
    assert_eq!(error, "TEITEN__LANG: `fr` is no language of ours: write ja or en");
}

#[test]
fn what_is_drawn_reads_back() {
    for text in [FULL, ""] {
        let (config, _) = load(&folder(&[("teiten.toml", text)])).expect("a configuration");
        let drawn = config.draw_effective();
        let again = folder(&[("teiten.toml", &drawn)]);
        let (mut read, _) = load(&again).expect(&drawn);
        if text.is_empty() {
            // A relative default is taken from the folder of the file that now says it.
            read.store = Config::default().store;
        }
        assert_eq!(
            Config { origins: BTreeMap::new(), ..read },
            Config { origins: BTreeMap::new(), ..config }
        );
    }
    expect![[r#"
        store = "teiten-store"  # default
        home_zone = "Asia/Tokyo"  # default
        home = "JP"  # default
        # lang is not set: the locale decides
        # tz is not set: the home zone
        # data is not set: the folder `data` in the store; of a store in a bucket, ./teiten-local/data
        # sensors is not set: no sensors are described
        # victims is not set: our table alone
        output = "table"  # default

        [report]
        institution_ja = ""  # default
        institution_en = ""  # default
        contact = ""  # default
        notices_ja = []  # default
        notices_en = []  # default
        # font is not set: a Japanese font that is installed

        [collect]
        listen = "[::]:7460"  # default
        names = []  # default
        # authority is not set: the folder `authority` in the store; of a store in a bucket, ./teiten-local/authority
        operations = "127.0.0.1:9464"  # default
        group_seconds = 5  # default
        group_mib = 64  # default
        held_mib = 256  # default

        [portal]
        person_requests = 600  # default
        stranger_requests = 240  # default
        proxies = []  # default

        [login]
        issuer = ""  # default
        client = ""  # default
        # secret is not set: a public client without a secret
        label = ""  # default
        claim = ""  # default
        create = ""  # default
        # authorities is not set: those of the system

        [keep]
        every_minutes = 60  # default
        first_seconds = 60  # default
        closed_hours = 6  # default
        mib_per_second = 32  # default
        grace_hours = 24  # default
        frames_days = 0  # default
        frames_mib = 0  # default
        frames_free_mib = 0  # default
        packets_days = 0  # default
        packets_mib = 0  # default
        packets_free_mib = 0  # default
        rollups_days = 0  # default
        rollups_mib = 0  # default
        rollups_free_mib = 0  # default

        [cluster]
        workers = []  # default
        # certificate is not set: none
        # key is not set: none
        # authority is not set: none
        share_mib = 32  # default
    "#]]
    .assert_eq(&Config::default().draw_effective());
}

#[test]
fn the_reference_names_every_key() {
    expect![[r#"
        | key | environment | default | meaning |
        | --- | --- | --- | --- |
        | `store` | `TEITEN__STORE` | `"teiten-store"` | Where the store is: a folder, or a bucket as s3://bucket/prefix. |
        | `home_zone` | `TEITEN__HOME_ZONE` | `"Asia/Tokyo"` | Zone in which a new store cuts its days, and reports their quarters. |
        | `home` | `TEITEN__HOME` | `"JP"` | Country whose infected sources are counted for the notification of their networks: ISO 3166-1 alpha-2, or nothing. |
        | `lang` | `TEITEN__LANG` | the locale decides | Language of what people read: `ja` or `en`. |
        | `tz` | `TEITEN__TZ` | the home zone | Zone that times are shown in. |
        | `data` | `TEITEN__DATA` | the folder `data` in the store; of a store in a bucket, ./teiten-local/data | Folder of the reference data: countries, AS numbers, actors. |
        | `sensors` | `TEITEN__SENSORS` | no sensors are described | File that describes the sensors. |
        | `victims` | `TEITEN__VICTIMS` | our table alone | File of kinds of victims, laid over ours. |
        | `output` | `TEITEN__OUTPUT` | `"table"` | Format of answers: `table`, `csv`, `tsv`, `json`, `ndjson`, `md` or `parquet`. |
        | `report.institution_ja` | `TEITEN__REPORT__INSTITUTION_JA` | `""` | The institution that publishes reports, in Japanese. |
        | `report.institution_en` | `TEITEN__REPORT__INSTITUTION_EN` | `""` | The institution that publishes reports, in English. |
        | `report.contact` | `TEITEN__REPORT__CONTACT` | `""` | Where readers of reports write to. |
        | `report.notices_ja` | `TEITEN__REPORT__NOTICES_JA` | `[]` | Funding, citation and other notices at the end of reports, in Japanese: a list of texts. |
        | `report.notices_en` | `TEITEN__REPORT__NOTICES_EN` | `[]` | The same notices in the same order, in English. |
        | `report.font` | `TEITEN__REPORT__FONT` | a Japanese font that is installed | Font of the PDF and of pictures: a file or a folder. |
        | `collect.listen` | `TEITEN__COLLECT__LISTEN` | `"[::]:7460"` | Where live sensors connect: an address with a port. |
        | `collect.names` | `TEITEN__COLLECT__NAMES` | `[]` | Names and addresses by which sensors reach this collector, the first one first: a list of texts. |
        | `collect.authority` | `TEITEN__COLLECT__AUTHORITY` | the folder `authority` in the store; of a store in a bucket, ./teiten-local/authority | Folder of the certificate authority, the list of sensors and the collector's state: keep it private. |
        | `collect.operations` | `TEITEN__COLLECT__OPERATIONS` | `"127.0.0.1:9464"` | Where health and metrics are served: an address with a port, or nothing for nowhere. |
        | `collect.group_seconds` | `TEITEN__COLLECT__GROUP_SECONDS` | `5` | The longest that a batch waits for others to be stored with, in seconds: 1 to 300. |
        | `collect.group_mib` | `TEITEN__COLLECT__GROUP_MIB` | `64` | The most that is stored together, in MiB: 8 to 1024. |
        | `collect.held_mib` | `TEITEN__COLLECT__HELD_MIB` | `256` | The most that is held in memory until it is stored, in MiB: 64 to 16384; beyond that sensors wait. |
        | `portal.person_requests` | `TEITEN__PORTAL__PERSON_REQUESTS` | `600` | Requests that one person, with all their tokens, may send the portal in a minute: up to 1000000, 0 for any number. |
        | `portal.stranger_requests` | `TEITEN__PORTAL__STRANGER_REQUESTS` | `240` | Requests that strangers from one address may send the portal in a minute, where people log in: up to 1000000, 0 for any number. |
        | `portal.proxies` | `TEITEN__PORTAL__PROXIES` | `[]` | Addresses of servers before the portal, whose `X-Forwarded-For` says where a request came from: a list of texts. |
        | `login.issuer` | `TEITEN__LOGIN__ISSUER` | `""` | The provider of OpenID Connect by which people may log in to the portal, such as `https://id.example`; nothing for none. |
        | `login.client` | `TEITEN__LOGIN__CLIENT` | `""` | What the portal is called at the provider: its client identifier. |
        | `login.secret` | `TEITEN__LOGIN__SECRET` | a public client without a secret | File of the client's secret: keep it private. |
        | `login.label` | `TEITEN__LOGIN__LABEL` | `""` | What readers call the provider; nothing for its address. |
        | `login.claim` | `TEITEN__LOGIN__CLAIM` | `""` | By which claim people are known here: `email`, which must be verified, or `preferred_username`; nothing for `email`. |
        | `login.create` | `TEITEN__LOGIN__CREATE` | `""` | Role of users that are made at their first log-in by the provider: `public`, `member` or `analyst`; nothing to let in only whom an admin added. |
        | `login.authorities` | `TEITEN__LOGIN__AUTHORITIES` | those of the system | File of certificate authorities, in PEM, by which the provider's certificate is checked. |
        | `keep.every_minutes` | `TEITEN__KEEP__EVERY_MINUTES` | `60` | How often a collector compacts its store and lets expire what is due, in minutes: 1 to 1440, or 0 for never. |
        | `keep.first_seconds` | `TEITEN__KEEP__FIRST_SECONDS` | `60` | How long after its start a collector compacts its store for the first time, in seconds: 0 to 86400. |
        | `keep.closed_hours` | `TEITEN__KEEP__CLOSED_HOURS` | `6` | How long after its end a UTC day of packets is compacted, in hours: 0 to 8760. |
        | `keep.mib_per_second` | `TEITEN__KEEP__MIB_PER_SECOND` | `32` | The most that compaction reads and writes, in MiB a second: 1 to 65536, or 0 for no limit. |
        | `keep.grace_hours` | `TEITEN__KEEP__GRACE_HOURS` | `24` | How long files that were replaced stay for who reads an older snapshot, in hours: 1 to 8760. |
        | `keep.frames_days` | `TEITEN__KEEP__FRAMES_DAYS` | `0` | How long raw frames of live sensors are kept after the end of their day, in days: 1 to 36500, or 0 for ever. |
        | `keep.frames_mib` | `TEITEN__KEEP__FRAMES_MIB` | `0` | The most that raw frames of live sensors may take, in MiB: beyond it the oldest days go; 0 for no limit. |
        | `keep.frames_free_mib` | `TEITEN__KEEP__FRAMES_FREE_MIB` | `0` | How much of the disk must be free for raw frames of live sensors to be kept, in MiB: below it the oldest days go; 0 for no limit. |
        | `keep.packets_days` | `TEITEN__KEEP__PACKETS_DAYS` | `0` | How long packets are kept after the end of their day, in days: 1 to 36500, or 0 for ever. |
        | `keep.packets_mib` | `TEITEN__KEEP__PACKETS_MIB` | `0` | The most that packets may take, in MiB: beyond it the oldest days go; 0 for no limit. |
        | `keep.packets_free_mib` | `TEITEN__KEEP__PACKETS_FREE_MIB` | `0` | How much of the disk must be free for packets to be kept, in MiB: below it the oldest days go; 0 for no limit. |
        | `keep.rollups_days` | `TEITEN__KEEP__ROLLUPS_DAYS` | `0` | How long rollups are kept after the end of their day, in days: 1 to 36500, or 0 for ever. |
        | `keep.rollups_mib` | `TEITEN__KEEP__ROLLUPS_MIB` | `0` | The most that rollups may take, in MiB: beyond it the oldest days go; 0 for no limit. |
        | `keep.rollups_free_mib` | `TEITEN__KEEP__ROLLUPS_FREE_MIB` | `0` | How much of the disk must be free for rollups to be kept, in MiB: below it the oldest days go; 0 for no limit. |
        | `cluster.workers` | `TEITEN__CLUSTER__WORKERS` | `[]` | Workers that answer questions together, as https://HOST:PORT; nothing to answer them here: a list of texts. |
        | `cluster.certificate` | `TEITEN__CLUSTER__CERTIFICATE` | none | This machine's certificate, in PEM, by which workers know it. |
        | `cluster.key` | `TEITEN__CLUSTER__KEY` | none | Its key: keep it private. |
        | `cluster.authority` | `TEITEN__CLUSTER__AUTHORITY` | none | The certificate of the cluster's authority, in PEM, by which workers are known. |
        | `cluster.share_mib` | `TEITEN__CLUSTER__SHARE_MIB` | `32` | A worker more is asked for every so many MiB of files that a question reads: up to 1048576, or 0 to ask all; what needs no worker is answered here. |
    "#]].assert_eq(&draw_reference());
}
