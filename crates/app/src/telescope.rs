//! The file that describes the sensors: who they are, and which addresses they watched when.
//!
//! ```toml
//! [[sensor]]
//! name = "jp-01"
//! group = "jp"
//! region = "JP"
//! country = "JP"                  # of the site
//! asn = 64496                     # of the site
//! provider = "university"
//! owner = "campus-network"
//! [[sensor.watch]]
//! seen = "10.0.0.0/28"            # as the sensor sees its addresses
//! public = "192.0.2.0/28"         # what they are in the Internet, where they are translated
//! from = "2013-07-01"             # a UTC day, or a time with its offset; without: always
//! to = "2014-07-01T00:00:00+09:00"
//! ```
//!
//! A sensor that always watched one prefix says `prefix = "192.0.2.0/28"` and needs no `watch`.
//!
//! **Invariant:** at no time do two watches claim the same prefix, so that the owner of a packet does not
//! hang on the order of the sensors.
//! **Invariant:** no address is counted twice for one sensor.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{anyhow, bail};
use serde::Deserialize;
use teiten_model::address::Prefix;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::sensor::{APART, NAME_RULE, Sensor, Telescope, Watch, is_name};
use toml::Spanned;

use crate::toml_text::{self, place};

/// Start of a watch that says no `from`: before every packet, and so that lengths of intervals still count.
pub(crate) const ALWAYS_FROM: Timestamp = Timestamp(i64::MIN / 2);
/// End of a watch that says no `to`.
pub(crate) const ALWAYS_TO: Timestamp = Timestamp(i64::MAX / 2);
/// Most sensors in one file.
const SENSORS_MAX: usize = 10_000;
/// Most spans in the address history of one sensor.
const WATCHES_MAX: usize = 1_000;
/// Longest name of a sensor, in characters.
const NAME_CHARS_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SensorsFile {
    #[serde(default)]
    sensor: Vec<SensorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SensorEntry {
    name: Spanned<String>,
    /// Without it a sensor is a group of its own.
    #[serde(default)]
    group: Option<Spanned<String>>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    country: Option<Spanned<String>>,
    #[serde(default)]
    asn: Option<u32>,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    prefix: Option<Spanned<String>>,
    #[serde(default)]
    watch: Vec<WatchEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchEntry {
    seen: Spanned<String>,
    #[serde(default)]
    public: Option<Spanned<String>>,
    #[serde(default)]
    from: Option<Spanned<Moment>>,
    #[serde(default)]
    to: Option<Spanned<Moment>>,
}

/// A moment in quotes or as TOML's own.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Text(String),
    Toml(toml::value::Datetime),
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read or describes no instrument; the message names file and line.
pub(crate) fn read(path: &Path) -> anyhow::Result<Telescope> {
    parse(&toml_text::load(path)?, &path.display().to_string())
}

/// Reads the text; `origin` is what messages call it.
///
/// # Errors
/// When it describes no instrument.
pub(crate) fn parse(text: &str, origin: &str) -> anyhow::Result<Telescope> {
    let file: SensorsFile = toml_text::read(text, origin)?;
    let source = Source { text, origin };
    if file.sensor.is_empty() {
        bail!("{origin}: no sensor is described: write a [[sensor]] with name and prefix");
    }
    if file.sensor.len() > SENSORS_MAX {
        bail!("{origin}: more than {SENSORS_MAX} sensors");
    }
    let mut sensors = Vec::with_capacity(file.sensor.len());
    let mut claims = Claims::default();
    for entry in file.sensor {
        let at = entry.name.span();
        let watches = source.watches(&entry)?;
        let sensor = source.sensor(entry, watches)?;
        claims.add(&sensor).map_err(|said| anyhow!("{}: {said}", place(text, origin, &at)))?;
        sensors.push(sensor);
    }
    Ok(Telescope::new(sensors))
}

/// The text, for messages about it.
struct Source<'a> {
    text: &'a str,
    origin: &'a str,
}

impl Source<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, said: &str) -> anyhow::Error {
        anyhow!("{}: {said}", place(self.text, self.origin, &at.span()))
    }

    fn sensor(&self, entry: SensorEntry, watches: Vec<Watch>) -> anyhow::Result<Sensor> {
        let name = entry.name.get_ref();
        check_name(name).map_err(|said| self.wrong(&entry.name, &said))?;
        let country = match entry.country {
            None => String::new(),
            Some(country) if is_country(country.get_ref()) => country.into_inner(),
            Some(country) => {
                let said =
                    format!("{:?} is no country code: write two capitals such as JP", country.get_ref());
                return Err(self.wrong(&country, &said));
            }
        };
        let group = match entry.group {
            None => name.clone(),
            Some(group) => {
                check_group(group.get_ref()).map_err(|said| self.wrong(&group, &said))?;
                group.into_inner()
            }
        };
        Ok(Sensor {
            group,
            region: entry.region.unwrap_or_else(|| country.clone()),
            country,
            asn: entry.asn,
            provider: entry.provider,
            owner: entry.owner,
            watches,
            name: entry.name.into_inner(),
        })
    }

    fn watches(&self, entry: &SensorEntry) -> anyhow::Result<Vec<Watch>> {
        let always = Interval { start: ALWAYS_FROM, end: ALWAYS_TO };
        match (&entry.prefix, entry.watch.as_slice()) {
            (None, []) => Err(self.wrong(
                &entry.name,
                &format!(
                    "sensor {:?} watches nothing: write prefix = \"192.0.2.0/28\"",
                    entry.name.get_ref()
                ),
            )),
            (Some(prefix), []) => {
                Ok(vec![Watch { seen: self.prefix(prefix)?, public: None, during: always }])
            }
            (Some(prefix), _) => {
                Err(self.wrong(prefix, "prefix and watch exclude each other: write it as one more watch"))
            }
            (None, watches) if watches.len() > WATCHES_MAX => {
                Err(self.wrong(&entry.name, &format!("more than {WATCHES_MAX} watches for one sensor")))
            }
            (None, watches) => watches.iter().map(|watch| self.watch(watch)).collect(),
        }
    }

    fn watch(&self, entry: &WatchEntry) -> anyhow::Result<Watch> {
        let seen = self.prefix(&entry.seen)?;
        let public = entry.public.as_ref().map(|public| self.prefix(public)).transpose()?;
        if let (Some(public), Some(at)) = (public, &entry.public)
            && (public.length(), is_ipv4(public)) != (seen.length(), is_ipv4(seen))
        {
            let said =
                format!("public {public} must be as long as the prefix seen, {seen}, and of its family");
            return Err(self.wrong(at, &said));
        }
        let moment = |at: &Option<Spanned<Moment>>, open| at.as_ref().map_or(Ok(open), |at| self.moment(at));
        let during =
            Interval { start: moment(&entry.from, ALWAYS_FROM)?, end: moment(&entry.to, ALWAYS_TO)? };
        if during.start >= during.end {
            let said = format!("the watch of {seen} ends before it begins: `to` must be later than `from`");
            return Err(self.wrong(&entry.seen, &said));
        }
        Ok(Watch { seen, public, during })
    }

    fn prefix(&self, at: &Spanned<String>) -> anyhow::Result<Prefix> {
        at.get_ref().parse().map_err(|said: String| self.wrong(at, &said))
    }

    fn moment(&self, at: &Spanned<Moment>) -> anyhow::Result<Timestamp> {
        let text = match at.get_ref() {
            Moment::Text(text) => text.clone(),
            Moment::Toml(datetime) => datetime.to_string(),
        };
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp(moment.as_microsecond()));
        }
        if text.len() == "2014-04-01".len()
            && let Ok(date) = text.parse::<jiff::civil::Date>()
        {
            let days = (date - jiff::civil::date(1970, 1, 1)).get_days();
            return Ok(Timestamp(i64::from(days) * DAY_US));
        }
        let said = match text.parse::<jiff::civil::DateTime>() {
            Ok(_) => format!("{text:?} has no offset: write it as {text}Z or {text}+09:00"),
            Err(_) => {
                let shown: String = text.chars().take(NAME_CHARS_MAX).collect();
                format!("{shown:?} is no time: write 2014-04-01 (UTC) or 2014-04-01T00:00:00+09:00")
            }
        };
        Err(self.wrong(at, &said))
    }
}

/// Who claims which prefix when, to find two who claim the same.
#[derive(Default)]
struct Claims {
    names: BTreeMap<String, ()>,
    of_prefix: BTreeMap<Prefix, Vec<(Interval, String)>>,
}

impl Claims {
    fn add(&mut self, sensor: &Sensor) -> Result<(), String> {
        let name = &sensor.name;
        if self.names.insert(name.clone(), ()).is_some() {
            return Err(format!("the name {name:?} is given to two sensors: names are unique"));
        }
        for (place, watch) in sensor.watches.iter().enumerate() {
            for other in &sensor.watches[..place] {
                if watch.during.overlaps(&other.during) && nested(watch.seen, other.seen) {
                    let (a, b) = (other.seen, watch.seen);
                    return Err(format!(
                        "sensor {name:?} watches {a} and {b} at the same time: they overlap"
                    ));
                }
            }
            let claims = self.of_prefix.entry(watch.seen).or_default();
            if let Some((_, other)) = claims.iter().find(|(during, _)| watch.during.overlaps(during)) {
                let seen = watch.seen;
                return Err(format!("sensors {other:?} and {name:?} both watch {seen} at the same time"));
            }
            claims.push((watch.during, name.clone()));
        }
        Ok(())
    }
}

fn nested(a: Prefix, b: Prefix) -> bool {
    if a.length() <= b.length() { a.contains(b.first()) } else { b.contains(a.first()) }
}

fn is_ipv4(prefix: Prefix) -> bool {
    matches!(prefix.first(), IpAddr::V4(_))
}

/// Says what is wrong with the name of a sensor.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if is_name(name) {
        return Ok(());
    }
    let shown = name.chars().take(NAME_CHARS_MAX).collect::<String>();
    Err(format!("{shown:?} is no name of a sensor: {NAME_RULE}"))
}

/// Says what is wrong with the name of a group.
pub(crate) fn check_group(name: &str) -> Result<(), String> {
    let is_fit = |letter: char| !letter.is_control();
    if name != APART
        && !name.trim().is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && name.chars().all(is_fit)
    {
        return Ok(());
    }
    let shown = name.chars().take(NAME_CHARS_MAX).collect::<String>();
    Err(format!(
        "{shown:?} is no name of a group: write a word of at most {NAME_CHARS_MAX} characters, not `{APART}`"
    ))
}

pub(crate) fn is_country(code: &str) -> bool {
    code.is_empty() || (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, "sensors.toml").expect_err(text).to_string()
    }

    #[test]
    fn a_full_description_is_read() {
        let telescope = parse(
            r#"
            [[sensor]]
            name = "jp-01"
            group = "jp"
            region = "JP"
            country = "JP"
            asn = 64496
            provider = "university"
            owner = "campus-network"
            [[sensor.watch]]
            seen = "10.0.0.0/28"
            public = "192.0.2.0/28"
            from = "2013-07-01"
            to = "2014-07-01T00:00:00+09:00"
            [[sensor.watch]]
            seen = "10.0.0.0/28"
            from = 2014-07-01T00:00:00+09:00
            [[sensor]]
            name = "v6.x_1"
            country = "FR"
            prefix = "2001:db8::/64"
            "#,
            "sensors.toml",
        )
        .expect("a telescope");
        let prefix = |text: &str| text.parse::<Prefix>().expect("a prefix");
        let span = |start, end| Interval { start: Timestamp(start), end: Timestamp(end) };
        let cut = 1_404_140_400_000_000;
        let expected = [
            Sensor {
                name: "jp-01".into(),
                group: "jp".into(),
                region: "JP".into(),
                country: "JP".into(),
                asn: Some(64_496),
                provider: "university".into(),
                owner: "campus-network".into(),
                watches: vec![
                    Watch {
                        seen: prefix("10.0.0.0/28"),
                        public: Some(prefix("192.0.2.0/28")),
                        during: span(1_372_636_800_000_000, cut),
                    },
                    Watch { seen: prefix("10.0.0.0/28"), public: None, during: span(cut, ALWAYS_TO.0) },
                ],
            },
            Sensor {
                name: "v6.x_1".into(),
                group: "v6.x_1".into(),
                region: "FR".into(),
                country: "FR".into(),
                asn: None,
                provider: String::new(),
                owner: String::new(),
                watches: vec![Watch {
                    seen: prefix("2001:db8::/64"),
                    public: None,
                    during: span(ALWAYS_FROM.0, ALWAYS_TO.0),
                }],
            },
        ];
        assert_eq!(telescope.sensors(), expected);
        let always = expected[1].watches[0].during;
        assert!(always.length_us() > 0 && always.contains(Timestamp(0)));
    }

    #[test]
    fn what_simulate_writes_is_read() {
        let text = concat!(
            "# synthetic: sensors of the scenario \"x\", made by teiten simulate\n\n",
            "[[sensor]]\nname = \"jp-01\"\ngroup = \"jp\"\nregion = \"JP\"\ncountry = \"JP\"\nasn = 64496\n",
            "provider = \"access\"\nowner = \"centre\"\n\n[[sensor.watch]]\nseen = \"10.20.0.8/29\"\n",
            "public = \"192.0.2.16/29\"\nfrom = \"2013-06-30T15:00:00.000000Z\"\n",
            "to = \"2014-06-30T15:00:00.000000Z\"\n",
        );
        let telescope = parse(text, "sensors.toml").expect("a telescope");
        assert_eq!(telescope.sensors()[0].watches[0].during.start.to_string(), "2013-06-30T15:00:00.000000Z");
    }

    #[test]
    fn one_sensor_may_move_and_another_take_its_place() {
        let text = r#"
            sensor = [
              { name = "a", watch = [{ seen = "192.0.2.0/28", to = "2014-01-01" }, { seen = "192.0.2.16/28" }] },
              { name = "b", watch = [{ seen = "192.0.2.0/28", from = "2014-01-01" }] },
              { name = "c", prefix = "192.0.2.0/24" },
            ]"#;
        assert_eq!(parse(text, "sensors.toml").expect("a telescope").sensors().len(), 3);
    }

    #[test]
    fn mistakes_name_line_and_remedy() {
        let prefix = "prefix = \"192.0.2.0/28\"";
        let cases = [
            (format!("[[sensor]]\nname = \"a\"\n{prefix}\nregoin = \"JP\""), "4: unknown key `regoin`: did you mean `region`?"),
            ("[[sensors]]\nname = \"a\"".into(), "1: unknown key `sensors`: did you mean `sensor`?"),
            (
                "[[sensor]]\nname = \"a\"\n[[sensor.watch]]\nsene = \"192.0.2.0/28\"".into(),
                "4: unknown key `sene`: did you mean `seen`?",
            ),
            (format!("[[sensor]]\n{prefix}"), "1: missing field `name`"),
            (format!("[[sensor]]\nname = \"-\"\n{prefix}"), "2: \"-\" is no name of a sensor: begin with a to z or a digit, go on with those, `_`, `.` or `-`, at most 64 in all"),
            (
                format!("[[sensor]]\nname = \"a\"\ngroup = \"-\"\n{prefix}"),
                "3: \"-\" is no name of a group: write a word of at most 64 characters, not `-`",
            ),
            ("[[sensor]]\nname = \"a\"".into(), "2: sensor \"a\" watches nothing: write prefix = \"192.0.2.0/28\""),
            ("[[sensor]]\nname = \"a\"\nprefix = \"192.0.2.1/28\"".into(), "3: `192.0.2.1/28` is not a prefix: too long, or bits are set beyond its length"),
            (format!("[[sensor]]\nname = \"a\"\ncountry = \"Japan\"\n{prefix}"), "3: \"Japan\" is no country code: write two capitals such as JP"),
            (
                format!("[[sensor]]\nname = \"a\"\n{prefix}\n[[sensor]]\nname = \"a\"\nprefix = \"192.0.2.16/28\""),
                "5: the name \"a\" is given to two sensors: names are unique",
            ),
            (
                format!("[[sensor]]\nname = \"a\"\n{prefix}\n[[sensor]]\nname = \"b\"\n{prefix}"),
                "5: sensors \"a\" and \"b\" both watch 192.0.2.0/28 at the same time",
            ),
            (
                "[[sensor]]\nname = \"a\"\nwatch = [{ seen = \"192.0.2.0/28\" }, { seen = \"192.0.2.8/29\" }]".into(),
                "2: sensor \"a\" watches 192.0.2.0/28 and 192.0.2.8/29 at the same time: they overlap",
            ),
            (
                "[[sensor]]\nname = \"a\"\n[[sensor.watch]]\nseen = \"10.0.0.0/28\"\npublic = \"192.0.2.0/29\"".into(),
                "5: public 192.0.2.0/29 must be as long as the prefix seen, 10.0.0.0/28, and of its family",
            ),
            (
                "[[sensor]]\nname = \"a\"\n[[sensor.watch]]\nseen = \"10.0.0.0/28\"\nfrom = \"2014-04-01T00:00\"".into(),
                "5: \"2014-04-01T00:00\" has no offset: write it as 2014-04-01T00:00Z or 2014-04-01T00:00+09:00",
            ),
            (
                "[[sensor]]\nname = \"a\"\n[[sensor.watch]]\nseen = \"10.0.0.0/28\"\nfrom = \"spring\"".into(),
                "5: \"spring\" is no time: write 2014-04-01 (UTC) or 2014-04-01T00:00:00+09:00",
            ),
            (
                "[[sensor]]\nname = \"a\"\n[[sensor.watch]]\nseen = \"10.0.0.0/28\"\nfrom = 2014-04-01\nto = 2014-03-01".into(),
                "4: the watch of 10.0.0.0/28 ends before it begins: `to` must be later than `from`",
            ),
            ("# nobody\n".into(), " no sensor is described: write a [[sensor]] with name and prefix"),
        ];
        for (text, expected) in cases {
            assert_eq!(error(&text), format!("sensors.toml:{expected}"), "{text}");
        }
    }
}
