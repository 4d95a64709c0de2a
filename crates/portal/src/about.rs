//! What a note is about: a thing that has a page, or a time alone.
//!
//! **Invariant:** a thing has one name, however an address wrote it, so that its notes are found.

use std::net::IpAddr;

use teiten_model::address::Prefix;
use teiten_model::protocols;
use teiten_model::sensor;
use teiten_model::table::Value;
use teiten_people::KINDS;
use teiten_refdata::countries::Country;

use crate::fault::Fault;
use crate::links;

/// The kind of notes about times alone.
const TIME: &str = "time";
/// Longest name of a thing, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// What a note is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    /// One of the kinds of notes.
    pub(crate) kind: &'static str,
    /// The name, without the escapes of addresses; empty for a time.
    pub(crate) name: String,
}

impl About {
    /// A time alone.
    pub(crate) fn time() -> About {
        About { kind: TIME, name: String::new() }
    }

    /// A thing by the name that the address of its page has.
    pub(crate) fn new(kind: &str, name: &str) -> Result<About, Fault> {
        let wrong = || Fault::parameter("about", format!("`{kind}/{name}` is nothing that notes are about"));
        let kind = KINDS.into_iter().find(|own| *own == kind).ok_or_else(wrong)?;
        if name.len() > NAME_BYTES_MAX
            || name.chars().any(char::is_control)
            || name.is_empty() != (kind == TIME)
        {
            return Err(wrong());
        }
        let name = match kind {
            "port" => {
                let label = name.replace('-', "/").to_ascii_uppercase();
                let (proto, number) = protocols::read_port_label(&label).ok_or_else(wrong)?;
                let label = protocols::port_label(Some(i64::from(proto)), Some(i64::from(number)));
                port_name(&label)
            }
            "ip" => name.parse::<IpAddr>().map_err(|_| wrong())?.to_string(),
            "net" => {
                let prefix: Prefix = name.replace('_', "/").parse().map_err(|_| wrong())?;
                prefix.to_string().replace('/', "_")
            }
            "as" => {
                let digits = name.trim_start_matches(['A', 'a', 'S', 's']);
                digits.parse::<u32>().map_err(|_| wrong())?.to_string()
            }
            "country" => Country::parse(name).ok_or_else(wrong)?.code().to_string(),
            "sensor" if !sensor::is_name(name) => return Err(wrong()),
            _ => name.to_string(),
        };
        Ok(About { kind, name })
    }

    /// A thing as a form or a program writes it: `port/6379-tcp`, or `time`.
    pub(crate) fn read(text: &str) -> Result<About, Fault> {
        let (kind, name) = text.split_once('/').unwrap_or((text, ""));
        About::new(kind, name)
    }

    /// The thing that a value of a division is; `None` where there are no notes about such.
    pub(crate) fn of(by: &str, value: &Value) -> Option<About> {
        let (kind, name) = match (by, value) {
            ("port", Value::Text(label)) => ("port", port_name(label)),
            ("source", Value::Address(address)) => ("ip", address.to_string()),
            ("as", Value::Int(number)) => ("as", number.to_string()),
            ("country" | "tag" | "sensor", Value::Text(name)) => (by, name.clone()),
            ("dnsname", Value::Text(name)) => ("dns", name.clone()),
            _ => return None,
        };
        About::new(kind, &name).ok()
    }

    /// As it is written: `port/6379-tcp`, or `time`.
    pub(crate) fn text(&self) -> String {
        if self.name.is_empty() { self.kind.to_string() } else { format!("{}/{}", self.kind, self.name) }
    }

    /// The page of the thing; empty for a time.
    pub(crate) fn href(&self) -> String {
        match self.kind {
            TIME => String::new(),
            kind => format!("/{kind}/{}", links::segment(&self.name)),
        }
    }
}

/// A port as addresses write it: `6379/TCP` is `6379-tcp`.
fn port_name(label: &str) -> String {
    label.to_ascii_lowercase().replace('/', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_has_one_name() {
        for (written, expected) in [
            ("port/6379-TCP", Some("port/6379-tcp")),
            ("ip/2001:DB8::0:1", Some("ip/2001:db8::1")),
            ("net/192.0.2.0_24", Some("net/192.0.2.0_24")),
            ("as/AS64496", Some("as/64496")),
            ("time", Some("time")),
            ("time/2014", None),
            ("port/", None),
            ("port/99999-tcp", None),
            ("sensor/JP 01", None),
            ("user/root", None),
            ("dns/a\nb", None),
        ] {
            assert_eq!(About::read(written).ok().map(|about| about.text()).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn values_of_a_division_are_things() {
        let text = |by, value: Value| About::of(by, &value).map(|about| about.href());
        assert_eq!(text("port", "6379/TCP".into()).as_deref(), Some("/port/6379-tcp"));
        assert_eq!(text("as", 64_496.into()).as_deref(), Some("/as/64496"));
        assert_eq!(text("dnsname", "a/b".into()).as_deref(), Some("/dns/a%2Fb"));
        assert_eq!(text("class", "syn".into()), None);
        assert_eq!(text("port", Value::Null), None);
    }
}
