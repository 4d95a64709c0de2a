//! The keys of the configuration: names, defaults, words, and how each is set and drawn.
//!
//! **Invariant:** `get` draws a value of TOML that `set` takes back.

use std::path::{Path, PathBuf};

use teiten_refdata::countries::Country;

use crate::config::{Config, Given};

/// A key.
pub(crate) struct Key {
    /// Name, with the name of its section before a dot.
    pub(crate) name: &'static str,
    /// What holds when nobody sets it: the value, or in words what decides then.
    pub(crate) default: &'static str,
    /// What it is, in a sentence.
    pub(crate) doc: &'static str,
    /// Sets it; paths are taken from the folder given.
    pub(crate) set: fn(&mut Config, Given, &Path) -> Result<(), String>,
    /// Its value as TOML; `None` when it is not set.
    pub(crate) get: fn(&Config) -> Option<toml::Value>,
}

impl Key {
    /// The variable of the environment that sets it: `TEITEN__REPORT__CONTACT`.
    pub(crate) fn variable(&self) -> String {
        format!("TEITEN__{}", self.name.replace('.', "__").to_uppercase())
    }
}

/// Every key, in the order in which it is drawn: those of a section together.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "store",
        default: "teiten-store",
        doc: "Where the store is: a folder, or a bucket as s3://bucket/prefix.",
        set: |config, given, base| {
            let location = text(given)?;
            // A URL is no path of this machine.
            let is_url = location.contains("://");
            config.store = if is_url { location } else { path_text(&location, base)? };
            Ok(())
        },
        get: |config| Some(config.store.as_str().into()),
    },
    Key {
        name: "home_zone",
        default: "Asia/Tokyo",
        doc: "Zone in which a new store cuts its days, and reports their quarters.",
        set: |config, given, _| text(given).map(|zone| config.home_zone = zone),
        get: |config| Some(config.home_zone.as_str().into()),
    },
    Key {
        name: "home",
        default: "JP",
        doc: "Country whose infected sources are counted for the notification of their networks: ISO 3166-1 alpha-2, or nothing.",
        set: |config, given, _| {
            let code = text(given)?;
            config.home = match code.as_str() {
                "" => None,
                code if Country::parse(code).is_some() => Some(code.to_string()),
                other => return Err(format!("`{other}` is no country: write a code such as JP")),
            };
            Ok(())
        },
        get: |config| Some(config.home.as_deref().unwrap_or_default().into()),
    },
    Key {
        name: "lang",
        default: "the locale decides",
        doc: "Language of what people read: `ja` or `en`.",
        set: |config, given, _| text(given)?.parse().map(|lang| config.lang = Some(lang)),
        get: |config| config.lang.map(|lang| lang.to_string().into()),
    },
    Key {
        name: "tz",
        default: "the home zone",
        doc: "Zone that times are shown in.",
        set: |config, given, _| text(given).map(|zone| config.tz = Some(zone)),
        get: |config| config.tz.as_deref().map(Into::into),
    },
    Key {
        name: "data",
        default: "the folder `data` in the store; of a store in a bucket, ./teiten-local/data",
        doc: "Folder of the reference data: countries, AS numbers, actors.",
        set: |config, given, base| path_text(&text(given)?, base).map(|path| config.data = Some(path.into())),
        get: |config| drawn(config.data.as_ref()),
    },
    Key {
        name: "sensors",
        default: "no sensors are described",
        doc: "File that describes the sensors.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.sensors = Some(path.into()))
        },
        get: |config| drawn(config.sensors.as_ref()),
    },
    Key {
        name: "victims",
        default: "our table alone",
        doc: "File of kinds of victims, laid over ours.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.victims = Some(path.into()))
        },
        get: |config| drawn(config.victims.as_ref()),
    },
    Key {
        name: "output",
        default: "table",
        doc: "Format of answers: `table`, `csv`, `tsv`, `json`, `ndjson`, `md` or `parquet`.",
        set: |config, given, _| text(given)?.parse().map(|format| config.output = format),
        get: |config| Some(config.output.to_string().into()),
    },
    Key {
        name: "report.institution_ja",
        default: "",
        doc: "The institution that publishes reports, in Japanese.",
        set: |config, given, _| text(given).map(|name| config.report.institution_ja = name),
        get: |config| Some(config.report.institution_ja.as_str().into()),
    },
    Key {
        name: "report.institution_en",
        default: "",
        doc: "The institution that publishes reports, in English.",
        set: |config, given, _| text(given).map(|name| config.report.institution_en = name),
        get: |config| Some(config.report.institution_en.as_str().into()),
    },
    Key {
        name: "report.contact",
        default: "",
        doc: "Where readers of reports write to.",
        set: |config, given, _| text(given).map(|contact| config.report.contact = contact),
        get: |config| Some(config.report.contact.as_str().into()),
    },
    Key {
        name: "report.notices_ja",
        default: "",
        doc: "Funding, citation and other notices at the end of reports, in Japanese: a list of texts.",
        set: |config, given, _| {
            config.report.notices_ja = list(given);
            Ok(())
        },
        get: |config| Some(config.report.notices_ja.clone().into()),
    },
    Key {
        name: "report.notices_en",
        default: "",
        doc: "The same notices in the same order, in English.",
        set: |config, given, _| {
            config.report.notices_en = list(given);
            Ok(())
        },
        get: |config| Some(config.report.notices_en.clone().into()),
    },
    Key {
        name: "report.font",
        default: "a Japanese font that is installed",
        doc: "Font of the PDF and of pictures: a file or a folder.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.report.font = Some(path.into()))
        },
        get: |config| drawn(config.report.font.as_ref()),
    },
    Key {
        name: "collect.listen",
        default: "[::]:7460",
        doc: "Where live sensors connect: an address with a port.",
        set: |config, given, _| text(given).map(|listen| config.collect.listen = listen),
        get: |config| Some(config.collect.listen.as_str().into()),
    },
    Key {
        name: "collect.names",
        default: "",
        doc: "Names and addresses by which sensors reach this collector, the first one first: a list of texts.",
        set: |config, given, _| {
            config.collect.names = list(given);
            Ok(())
        },
        get: |config| Some(config.collect.names.clone().into()),
    },
    Key {
        name: "collect.authority",
        default: "the folder `authority` in the store; of a store in a bucket, ./teiten-local/authority",
        doc: "Folder of the certificate authority, the list of sensors and the collector's state: keep it private.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.collect.authority = Some(path.into()))
        },
        get: |config| drawn(config.collect.authority.as_ref()),
    },
    Key {
        name: "collect.operations",
        default: "127.0.0.1:9464",
        doc: "Where health and metrics are served: an address with a port, or nothing for nowhere.",
        set: |config, given, _| text(given).map(|operations| config.collect.operations = operations),
        get: |config| Some(config.collect.operations.as_str().into()),
    },
    Key {
        name: "collect.group_seconds",
        default: "5",
        doc: "The longest that a batch waits for others to be stored with, in seconds: 1 to 300.",
        set: |config, given, _| number(given, 1, 300).map(|seconds| config.collect.group_seconds = seconds),
        get: |config| Some((config.collect.group_seconds as i64).into()),
    },
    Key {
        name: "collect.group_mib",
        default: "64",
        doc: "The most that is stored together, in MiB: 8 to 1024.",
        set: |config, given, _| number(given, 8, 1_024).map(|mib| config.collect.group_mib = mib),
        get: |config| Some((config.collect.group_mib as i64).into()),
    },
    Key {
        name: "collect.held_mib",
        default: "256",
        doc: "The most that is held in memory until it is stored, in MiB: 64 to 16384; beyond that sensors wait.",
        set: |config, given, _| number(given, 64, 16_384).map(|mib| config.collect.held_mib = mib),
        get: |config| Some((config.collect.held_mib as i64).into()),
    },
    Key {
        name: "portal.person_requests",
        default: "600",
        doc: "Requests that one person, with all their tokens, may send the portal in a minute: up to 1000000, 0 for any number.",
        set: |config, given, _| {
            number(given, 0, REQUESTS_MAX).map(|most| config.portal.person_requests = most)
        },
        get: |config| Some((config.portal.person_requests as i64).into()),
    },
    Key {
        name: "portal.stranger_requests",
        default: "240",
        doc: "Requests that strangers from one address may send the portal in a minute, where people log in: up to 1000000, 0 for any number.",
        set: |config, given, _| {
            number(given, 0, REQUESTS_MAX).map(|most| config.portal.stranger_requests = most)
        },
        get: |config| Some((config.portal.stranger_requests as i64).into()),
    },
    Key {
        name: "portal.proxies",
        default: "",
        doc: "Addresses of servers before the portal, whose `X-Forwarded-For` says where a request came from: a list of texts.",
        set: |config, given, _| {
            let proxies = list(given);
            if let Some(odd) = proxies.iter().find(|text| text.parse::<std::net::IpAddr>().is_err()) {
                return Err(format!("`{odd}` is no address: write 127.0.0.1 or ::1"));
            }
            config.portal.proxies = proxies;
            Ok(())
        },
        get: |config| Some(config.portal.proxies.clone().into()),
    },
    Key {
        name: "login.issuer",
        default: "",
        doc: "The provider of OpenID Connect by which people may log in to the portal, such as `https://id.example`; nothing for none.",
        set: |config, given, _| text(given).map(|issuer| config.login.issuer = issuer),
        get: |config| Some(config.login.issuer.as_str().into()),
    },
    Key {
        name: "login.client",
        default: "",
        doc: "What the portal is called at the provider: its client identifier.",
        set: |config, given, _| text(given).map(|client| config.login.client = client),
        get: |config| Some(config.login.client.as_str().into()),
    },
    Key {
        name: "login.secret",
        default: "a public client without a secret",
        doc: "File of the client's secret: keep it private.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.login.secret = Some(path.into()))
        },
        get: |config| drawn(config.login.secret.as_ref()),
    },
    Key {
        name: "login.label",
        default: "",
        doc: "What readers call the provider; nothing for its address.",
        set: |config, given, _| text(given).map(|label| config.login.label = label),
        get: |config| Some(config.login.label.as_str().into()),
    },
    Key {
        name: "login.claim",
        default: "",
        doc: "By which claim people are known here: `email`, which must be verified, or `preferred_username`; nothing for `email`.",
        set: |config, given, _| {
            let claim = text(given)?;
            if !["", "email", "preferred_username"].contains(&claim.as_str()) {
                return Err(format!("`{claim}` is no claim of a name: write email or preferred_username"));
            }
            config.login.claim = claim;
            Ok(())
        },
        get: |config| Some(config.login.claim.as_str().into()),
    },
    Key {
        name: "login.create",
        default: "",
        doc: "Role of users that are made at their first log-in by the provider: `public`, `member` or `analyst`; nothing to let in only whom an admin added.",
        set: |config, given, _| {
            let role = text(given)?;
            if !["", "public", "member", "analyst"].contains(&role.as_str()) {
                return Err(format!(
                    "`{role}` is no role that is given unasked: write public, member or analyst"
                ));
            }
            config.login.create = role;
            Ok(())
        },
        get: |config| Some(config.login.create.as_str().into()),
    },
    Key {
        name: "login.authorities",
        default: "those of the system",
        doc: "File of certificate authorities, in PEM, by which the provider's certificate is checked.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.login.authorities = Some(path.into()))
        },
        get: |config| drawn(config.login.authorities.as_ref()),
    },
    Key {
        name: "keep.every_minutes",
        default: "60",
        doc: "How often a collector compacts its store and lets expire what is due, in minutes: 1 to 1440, or 0 for never.",
        set: |config, given, _| number(given, 0, 1_440).map(|minutes| config.keep.every_minutes = minutes),
        get: |config| Some((config.keep.every_minutes as i64).into()),
    },
    Key {
        name: "keep.first_seconds",
        default: "60",
        doc: "How long after its start a collector compacts its store for the first time, in seconds: 0 to 86400.",
        set: |config, given, _| number(given, 0, 86_400).map(|seconds| config.keep.first_seconds = seconds),
        get: |config| Some((config.keep.first_seconds as i64).into()),
    },
    Key {
        name: "keep.closed_hours",
        default: "6",
        doc: "How long after its end a UTC day of packets is compacted, in hours: 0 to 8760.",
        set: |config, given, _| number(given, 0, 8_760).map(|hours| config.keep.closed_hours = hours),
        get: |config| Some((config.keep.closed_hours as i64).into()),
    },
    Key {
        name: "keep.mib_per_second",
        default: "32",
        doc: "The most that compaction reads and writes, in MiB a second: 1 to 65536, or 0 for no limit.",
        set: |config, given, _| number(given, 0, 65_536).map(|mib| config.keep.mib_per_second = mib),
        get: |config| Some((config.keep.mib_per_second as i64).into()),
    },
    Key {
        name: "keep.grace_hours",
        default: "24",
        doc: "How long files that were replaced stay for who reads an older snapshot, in hours: 1 to 8760.",
        set: |config, given, _| number(given, 1, 8_760).map(|hours| config.keep.grace_hours = hours),
        get: |config| Some((config.keep.grace_hours as i64).into()),
    },
    Key {
        name: "keep.frames_days",
        default: "0",
        doc: "How long raw frames of live sensors are kept after the end of their day, in days: 1 to 36500, or 0 for ever.",
        set: |config, given, _| number(given, 0, 36_500).map(|limit| config.keep.limits[0][0] = limit),
        get: |config| Some((config.keep.limits[0][0] as i64).into()),
    },
    Key {
        name: "keep.frames_mib",
        default: "0",
        doc: "The most that raw frames of live sensors may take, in MiB: beyond it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[0][1] = limit),
        get: |config| Some((config.keep.limits[0][1] as i64).into()),
    },
    Key {
        name: "keep.frames_free_mib",
        default: "0",
        doc: "How much of the disk must be free for raw frames of live sensors to be kept, in MiB: below it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[0][2] = limit),
        get: |config| Some((config.keep.limits[0][2] as i64).into()),
    },
    Key {
        name: "keep.packets_days",
        default: "0",
        doc: "How long packets are kept after the end of their day, in days: 1 to 36500, or 0 for ever.",
        set: |config, given, _| number(given, 0, 36_500).map(|limit| config.keep.limits[1][0] = limit),
        get: |config| Some((config.keep.limits[1][0] as i64).into()),
    },
    Key {
        name: "keep.packets_mib",
        default: "0",
        doc: "The most that packets may take, in MiB: beyond it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[1][1] = limit),
        get: |config| Some((config.keep.limits[1][1] as i64).into()),
    },
    Key {
        name: "keep.packets_free_mib",
        default: "0",
        doc: "How much of the disk must be free for packets to be kept, in MiB: below it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[1][2] = limit),
        get: |config| Some((config.keep.limits[1][2] as i64).into()),
    },
    Key {
        name: "keep.rollups_days",
        default: "0",
        doc: "How long rollups are kept after the end of their day, in days: 1 to 36500, or 0 for ever.",
        set: |config, given, _| number(given, 0, 36_500).map(|limit| config.keep.limits[2][0] = limit),
        get: |config| Some((config.keep.limits[2][0] as i64).into()),
    },
    Key {
        name: "keep.rollups_mib",
        default: "0",
        doc: "The most that rollups may take, in MiB: beyond it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[2][1] = limit),
        get: |config| Some((config.keep.limits[2][1] as i64).into()),
    },
    Key {
        name: "keep.rollups_free_mib",
        default: "0",
        doc: "How much of the disk must be free for rollups to be kept, in MiB: below it the oldest days go; 0 for no limit.",
        set: |config, given, _| number(given, 0, MIB_MAX).map(|limit| config.keep.limits[2][2] = limit),
        get: |config| Some((config.keep.limits[2][2] as i64).into()),
    },
    Key {
        name: "cluster.workers",
        default: "",
        doc: "Workers that answer questions together, as https://HOST:PORT; nothing to answer them here: a list of texts.",
        set: |config, given, _| {
            config.cluster.workers = list(given);
            Ok(())
        },
        get: |config| Some(config.cluster.workers.clone().into()),
    },
    Key {
        name: "cluster.certificate",
        default: "none",
        doc: "This machine's certificate, in PEM, by which workers know it.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.cluster.certificate = Some(path.into()))
        },
        get: |config| drawn(config.cluster.certificate.as_ref()),
    },
    Key {
        name: "cluster.key",
        default: "none",
        doc: "Its key: keep it private.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.cluster.key = Some(path.into()))
        },
        get: |config| drawn(config.cluster.key.as_ref()),
    },
    Key {
        name: "cluster.authority",
        default: "none",
        doc: "The certificate of the cluster's authority, in PEM, by which workers are known.",
        set: |config, given, base| {
            path_text(&text(given)?, base).map(|path| config.cluster.authority = Some(path.into()))
        },
        get: |config| drawn(config.cluster.authority.as_ref()),
    },
    Key {
        name: "cluster.share_mib",
        default: "32",
        doc: "A worker more is asked for every so many MiB of files that a question reads: up to 1048576, or 0 to ask all; what needs no worker is answered here.",
        set: |config, given, _| number(given, 0, 1_048_576).map(|mib| config.cluster.share_mib = mib),
        get: |config| Some((config.cluster.share_mib as i64).into()),
    },
];

/// Most requests a minute that can be asked for.
const REQUESTS_MAX: u64 = 1_000_000;

/// The most MiB that a limit can be: a pebibyte.
const MIB_MAX: u64 = 1 << 30;

/// A whole number within bounds; the environment gives it as a text.
fn number(given: Given, min: u64, max: u64) -> Result<u64, String> {
    let number = match &given {
        Given::Number(number) => u64::try_from(*number).ok(),
        Given::Text(text) => text.parse().ok(),
        Given::List(_) => None,
    };
    let fit = number.filter(|number| (min..=max).contains(number));
    fit.ok_or_else(|| format!("a whole number from {min} to {max} is wanted"))
}

fn text(given: Given) -> Result<String, String> {
    match given {
        Given::Text(text) => Ok(text),
        Given::List(_) => Err("one text is wanted, not a list".into()),
        Given::Number(_) => Err("a text is wanted, not integer".into()),
    }
}

/// One text is a list of its lines, so that the environment can give a list too.
fn list(given: Given) -> Vec<String> {
    match given {
        Given::Text(text) => text.lines().filter(|line| !line.trim().is_empty()).map(Into::into).collect(),
        Given::List(texts) => texts,
        Given::Number(number) => vec![number.to_string()],
    }
}

/// The path from that folder, as text: what the configuration cannot draw it cannot hold.
fn path_text(path: &str, base: &Path) -> Result<String, String> {
    if path.is_empty() {
        return Err("a path is wanted, not an empty text".into());
    }
    base.join(path).into_os_string().into_string().map_err(|_| format!("the folder of {path:?} is not UTF-8"))
}

fn drawn(path: Option<&PathBuf>) -> Option<toml::Value> {
    path.map(|path| path.to_string_lossy().into_owned().into())
}
