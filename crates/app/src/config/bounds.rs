//! Bounds of detectors that the configuration changes: `[bounds.rsdos]` with `packets_min = 30`.
//!
//! **Invariant:** a bound that no detector has is refused with what there is, and so is a value outside its range.

use teiten_detect::detector::{About, DETECTORS, Tunable};
use toml::de::DeValue;

use crate::config::Config;
use crate::toml_text;

/// The section of the configuration.
pub(crate) const SECTION: &str = "bounds";

/// The detectors' descriptions.
fn abouts() -> impl Iterator<Item = &'static About> {
    DETECTORS.iter().map(|detector| detector.about())
}

/// Sets a bound by its name, `rsdos.packets_min`.
pub(super) fn set(config: &mut Config, name: &str, value: &DeValue<'_>, origin: &str) -> Result<(), String> {
    let known = || abouts().flat_map(|about| about.tunables.iter().map(move |bound| (about, bound)));
    let full = |(about, bound): (&About, &Tunable)| about.key(bound.name);
    let Some((_, bound)) = known().find(|own| full(*own) == name) else {
        let known: Vec<String> = known().map(full).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(toml_text::unknown_key(name, &known));
    };
    let text = match (value.as_integer(), value.as_float()) {
        (Some(number), _) => number.as_str(),
        (_, Some(number)) => number.as_str(),
        _ => return Err(format!("a number is wanted, not {}", value.type_str())),
    };
    let number: f64 = text.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))?;
    if !bound.holds(number) {
        return Err(format!("{name} cannot be {text}: it is a number {}, in {}", bound.range(), bound.unit));
    }
    config.bounds.insert(name.to_string(), (number, origin.to_string()));
    Ok(())
}

/// The bounds that were changed, as TOML.
pub(super) fn draw(config: &Config) -> String {
    let mut text = String::new();
    for about in abouts() {
        let own: Vec<String> = about
            .tunables
            .iter()
            .filter_map(|bound| {
                let (value, origin) = config.bounds.get(&about.key(bound.name))?;
                Some(format!("{} = {value}  # {}, else {}\n", bound.name, origin.escape_debug(), bound.value))
            })
            .collect();
        if !own.is_empty() {
            text.push_str(&format!("\n[{SECTION}.{}]\n{}", about.id, own.concat()));
        }
    }
    text
}
