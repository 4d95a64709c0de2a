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
        doc: "Where the store is: a folder or a URL.",
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
        default: "the folder `data` in the store",
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
];

fn text(given: Given) -> Result<String, String> {
    match given {
        Given::Text(text) => Ok(text),
        Given::List(_) => Err("one text is wanted, not a list".into()),
    }
}

/// One text is a list of its lines, so that the environment can give a list too.
fn list(given: Given) -> Vec<String> {
    match given {
        Given::Text(text) => text.lines().filter(|line| !line.trim().is_empty()).map(Into::into).collect(),
        Given::List(texts) => texts,
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
