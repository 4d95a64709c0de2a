//! The configuration: `teiten.toml`, the files of `conf.d` beside it, and the environment.
//!
//! Later wins: defaults, the file, `conf.d/*.toml` in the order of their names, `TEITEN__KEY`. A path that
//! does not begin at the root is taken from the folder of `teiten.toml`; one from the environment from the
//! working folder.
//!
//! **Invariant:** every key stands once in [`KEYS`], with its default and its words; reading, drawing and
//! the reference all come from there.
//! **Invariant:** an unknown key is an error, and what [`Config::draw_effective`] draws reads back as the
//! same configuration.

mod bounds;
mod keys;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use toml::de::{DeTable, DeValue};

use crate::toml_text::{self, place};
use teiten_ask::output::{Format, Lang};

use keys::KEYS;

/// Most files in `conf.d`.
const CONF_FILES_MAX: usize = 1_000;
/// Where a configuration is sought when nobody says where, in this order.
const SOUGHT: [&str; 2] = ["teiten.toml", "/etc/teiten/teiten.toml"];

/// What holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// Where the store is: a folder, or a bucket as `s3://bucket/prefix`.
    pub(crate) store: String,
    /// The zone in which a new store cuts its days and reports their quarters, such as `Asia/Tokyo`.
    pub(crate) home_zone: String,
    /// The country whose infected sources are counted, as ISO 3166-1 alpha-2; `None` for no country.
    pub(crate) home: Option<String>,
    /// Language of what people read; `None` when the locale decides.
    pub(crate) lang: Option<Lang>,
    /// The zone that times are shown in; `None` for the home zone.
    pub(crate) tz: Option<String>,
    /// Folder of the reference data.
    pub(crate) data: Option<PathBuf>,
    /// The file that describes the sensors.
    pub(crate) sensors: Option<PathBuf>,
    /// The operator's table of kinds of victims, laid over ours.
    pub(crate) victims: Option<PathBuf>,
    /// Format of answers.
    pub(crate) output: Format,
    /// Who publishes reports.
    pub(crate) report: Publisher,
    /// How live sensors are collected.
    pub(crate) collect: Collect,
    /// How the portal is served.
    pub(crate) portal: PortalKeys,
    /// Who vouches for people of the portal besides their passwords.
    pub(crate) login: LoginKeys,
    /// How the store is kept small.
    pub(crate) keep: Keep,
    /// Which machines answer questions.
    pub(crate) cluster: ClusterKeys,
    /// Bounds of detectors that were changed, by `detector.bound`, with where.
    pub(crate) bounds: BTreeMap<String, (f64, String)>,
    /// Where each key was set, `teiten.toml:3` or `TEITEN__STORE`; a key that is not here has its default.
    pub(crate) origins: BTreeMap<&'static str, String>,
}

/// Who publishes reports, what they say at their end, and in which type they are printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Publisher {
    /// The institution, in Japanese.
    pub(crate) institution_ja: String,
    /// The institution, in English.
    pub(crate) institution_en: String,
    /// Where readers write to.
    pub(crate) contact: String,
    /// Funding, citation and other notices, in Japanese.
    pub(crate) notices_ja: Vec<String>,
    /// The same notices in the same order, in English.
    pub(crate) notices_en: Vec<String>,
    /// The font of PDF and pictures: a file or a folder; `None` for one that is installed.
    pub(crate) font: Option<PathBuf>,
}

/// How the store is kept small: when days are compacted, and how long what is kept. 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keep {
    /// How often a collector looks after its store, in minutes; 0 for never.
    pub(crate) every_minutes: u64,
    /// How long after its start a collector does so for the first time, in seconds.
    pub(crate) first_seconds: u64,
    /// Hours after its end until a day of packets is compacted.
    pub(crate) closed_hours: u64,
    /// The most that is read and written for it, in MiB a second.
    pub(crate) mib_per_second: u64,
    /// How long files that were replaced stay for readers, in hours.
    pub(crate) grace_hours: u64,
    /// Limits of raw frames, packets and rollups: days, MiB, MiB to be free.
    pub(crate) limits: [[u64; 3]; 3],
}

impl Default for Keep {
    fn default() -> Keep {
        Keep {
            every_minutes: 60,
            first_seconds: 60,
            closed_hours: 6,
            mib_per_second: 32,
            grace_hours: 24,
            limits: [[0; 3]; 3],
        }
    }
}

/// Workers that answer questions, and the certificates by which they and this machine know each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClusterKeys {
    /// Addresses of the workers; none for questions that this machine answers alone.
    pub(crate) workers: Vec<String>,
    /// This machine's certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key.
    pub(crate) key: Option<PathBuf>,
    /// The cluster's authority.
    pub(crate) authority: Option<PathBuf>,
    /// A worker more is asked for every so many MiB of files that a question reads; 0 asks all.
    pub(crate) share_mib: u64,
}

impl Default for ClusterKeys {
    fn default() -> ClusterKeys {
        ClusterKeys { workers: Vec::new(), certificate: None, key: None, authority: None, share_mib: 32 }
    }
}

/// Where live sensors connect, and how their batches are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collect {
    /// Where sensors connect.
    pub(crate) listen: String,
    /// Names and addresses by which sensors reach it.
    pub(crate) names: Vec<String>,
    /// Folder of the authority and the collector's state; `None` for `authority` in the store.
    pub(crate) authority: Option<PathBuf>,
    /// Where health and metrics are served; empty for nowhere.
    pub(crate) operations: String,
    /// The longest that a batch waits for others to be stored with, in seconds.
    pub(crate) group_seconds: u64,
    /// The most that is stored together, in MiB.
    pub(crate) group_mib: u64,
    /// The most that is held until it is stored, in MiB.
    pub(crate) held_mib: u64,
}

/// How many requests the portal takes, and whom it believes where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PortalKeys {
    /// Requests a minute of one person; 0 for any number.
    pub(crate) person_requests: u64,
    /// Requests a minute of strangers from one address; 0 for any number.
    pub(crate) stranger_requests: u64,
    /// Addresses of servers before the portal, whose `X-Forwarded-For` is believed.
    pub(crate) proxies: Vec<String>,
}

/// A provider of OpenID Connect, and what is done with whom it vouches for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LoginKeys {
    /// The provider, such as `https://id.example`; empty for none.
    pub(crate) issuer: String,
    /// What the portal is called there.
    pub(crate) client: String,
    /// The file of the secret that it proves that by; `None` for a public client.
    pub(crate) secret: Option<PathBuf>,
    /// What readers call the provider; empty for its address.
    pub(crate) label: String,
    /// By which claim people are known here: `email` or `preferred_username`; empty for `email`.
    pub(crate) claim: String,
    /// The role of users that are made when nobody has the name; empty to make none.
    pub(crate) create: String,
    /// The file of authorities that the provider's certificate is checked by; `None` for the system's.
    pub(crate) authorities: Option<PathBuf>,
}

impl Default for PortalKeys {
    fn default() -> PortalKeys {
        PortalKeys { person_requests: 600, stranger_requests: 240, proxies: Vec::new() }
    }
}

impl Default for Collect {
    fn default() -> Collect {
        Collect {
            listen: "[::]:7460".into(),
            names: Vec::new(),
            authority: None,
            operations: "127.0.0.1:9464".into(),
            group_seconds: 5,
            group_mib: 64,
            held_mib: 256,
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            store: "teiten-store".into(),
            home_zone: "Asia/Tokyo".into(),
            home: Some("JP".into()),
            lang: None,
            tz: None,
            data: None,
            sensors: None,
            victims: None,
            output: Format::Table,
            report: Publisher::default(),
            collect: Collect::default(),
            portal: PortalKeys::default(),
            login: LoginKeys::default(),
            keep: Keep::default(),
            cluster: ClusterKeys::default(),
            bounds: BTreeMap::new(),
            origins: BTreeMap::new(),
        }
    }
}

/// A value as a file or the environment gives it.
pub(crate) enum Given {
    /// A text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// A whole number.
    Number(i64),
}

impl Config {
    /// The configuration that holds, and the files it was read from.
    ///
    /// The file is the one named, or the one `TEITEN_CONFIG` names, or `teiten.toml` here, or
    /// `/etc/teiten/teiten.toml`; the first two must be there.
    ///
    /// # Errors
    /// When a file cannot be read, a key is unknown or a value is not one of its key.
    pub(crate) fn load(
        explicit: Option<&Path>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<(Config, Vec<PathBuf>)> {
        Config::load_from(explicit, env, &SOUGHT.map(Path::new))
    }

    fn load_from(
        explicit: Option<&Path>,
        env: &dyn Fn(&str) -> Option<String>,
        sought: &[&Path],
    ) -> anyhow::Result<(Config, Vec<PathBuf>)> {
        let mut config = Config::default();
        let mut files = Vec::new();
        if let Some(main) = chosen(explicit, env, sought)? {
            let base = main.parent().unwrap_or(Path::new("")).to_path_buf();
            files.extend(beside(&base)?);
            files.insert(0, main);
            for file in &files {
                config.lay(&toml_text::load(file)?, &file.display().to_string(), &base)?;
            }
        }
        for key in KEYS {
            let variable = key.variable();
            if let Some(text) = env(&variable) {
                (key.set)(&mut config, Given::Text(text), Path::new(""))
                    .map_err(|said| anyhow!("{variable}: {said}"))?;
                config.origins.insert(key.name, variable);
            }
        }
        Ok((config, files))
    }

    /// Lays one file over what holds so far.
    fn lay(&mut self, text: &str, origin: &str, base: &Path) -> anyhow::Result<()> {
        let table = DeTable::parse(text).map_err(|error| toml_text::mistake(text, origin, &error))?;
        let mut leaves = Vec::new();
        flatten("", table.get_ref(), &mut leaves);
        for leaf in leaves {
            let at = place(text, origin, &leaf.span);
            if let Some(name) =
                leaf.name.strip_prefix(bounds::SECTION).and_then(|rest| rest.strip_prefix('.'))
            {
                bounds::set(self, name, leaf.value, &at).map_err(|said| anyhow!("{at}: {said}"))?;
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.name == leaf.name) else {
                let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
                bail!("{at}: {}", toml_text::unknown_key(&leaf.name, &known));
            };
            given(leaf.value)
                .and_then(|given| (key.set)(self, given, base))
                .map_err(|said| anyhow!("{at}: {}: {said}", key.name))?;
            self.origins.insert(key.name, at);
        }
        Ok(())
    }

    /// Where a key was set, for messages about its value.
    pub(crate) fn origin_of(&self, name: &str) -> &str {
        self.origins.get(name).map_or("default", String::as_str)
    }

    /// What holds as TOML, each key with where it was set.
    pub(crate) fn draw_effective(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for key in KEYS {
            let (within, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if within != section {
                text.push_str(&format!("\n[{within}]\n"));
                section = within;
            }
            let origin = self.origin_of(key.name).escape_debug();
            match (key.get)(self) {
                Some(value) => text.push_str(&format!("{name} = {value}  # {origin}\n")),
                None => text.push_str(&format!("# {name} is not set: {}\n", key.default)),
            }
        }
        text.push_str(&bounds::draw(self));
        text
    }
}

/// Every key as a table of Markdown, for the reference.
pub(crate) fn draw_reference() -> String {
    let mut text = String::from("| key | environment | default | meaning |\n| --- | --- | --- | --- |\n");
    for key in KEYS {
        let default = match (key.get)(&Config::default()) {
            Some(value) => format!("`{value}`"),
            None => key.default.to_string(),
        };
        text.push_str(&format!("| `{}` | `{}` | {default} | {} |\n", key.name, key.variable(), key.doc));
    }
    text
}

/// The file to begin with.
fn chosen(
    explicit: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
    sought: &[&Path],
) -> anyhow::Result<Option<PathBuf>> {
    if let Some(path) = explicit {
        return Ok(Some(path.to_path_buf()));
    }
    if let Some(path) = env("TEITEN_CONFIG").filter(|path| !path.is_empty()) {
        return Ok(Some(path.into()));
    }
    for path in sought {
        if path.try_exists().with_context(|| format!("cannot look for {}", path.display()))? {
            return Ok(Some(path.to_path_buf()));
        }
    }
    Ok(None)
}

/// The files of `conf.d` in that folder, in the order of their names.
fn beside(base: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = base.join("conf.d");
    let unreadable = || format!("cannot read the folder {}", folder.display());
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(unreadable),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
        if files.len() > CONF_FILES_MAX {
            bail!("{} holds more than {CONF_FILES_MAX} files", folder.display());
        }
    }
    files.sort();
    Ok(files)
}

/// A key of a file with its value.
struct Leaf<'t, 'i> {
    name: String,
    span: std::ops::Range<usize>,
    value: &'t DeValue<'i>,
}

/// The keys of a table, `report.contact` for `contact` in `[report]`, in the order of the file.
fn flatten<'t, 'i>(within: &str, table: &'t DeTable<'i>, leaves: &mut Vec<Leaf<'t, 'i>>) {
    for (key, value) in table.iter() {
        let name = match within {
            "" => key.get_ref().to_string(),
            _ => format!("{within}.{}", key.get_ref()),
        };
        match value.get_ref() {
            // Bounds have a level more, the detector's; what lies deeper is unknown and said with the level above.
            DeValue::Table(inner)
                if (within.is_empty() || within == bounds::SECTION) && !inner.is_empty() =>
            {
                flatten(&name, inner, leaves);
            }
            value => leaves.push(Leaf { name, span: key.span(), value }),
        }
    }
    leaves.sort_by_key(|leaf| leaf.span.start);
}

fn given(value: &DeValue<'_>) -> Result<Given, String> {
    let text = |value: &DeValue<'_>| {
        value
            .as_str()
            .map(str::to_string)
            .ok_or_else(|| format!("a text is wanted, not {}", value.type_str()))
    };
    match value.as_array() {
        None => match value.as_integer().and_then(|number| number.to_string().parse().ok()) {
            Some(number) => Ok(Given::Number(number)),
            None => text(value).map(Given::Text),
        },
        Some(array) => {
            array.iter().map(|value| text(value.get_ref())).collect::<Result<_, _>>().map(Given::List)
        }
    }
}

#[cfg(test)]
mod tests;
