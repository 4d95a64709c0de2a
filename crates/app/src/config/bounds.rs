//! Bounds of detectors that the configuration changes: `[bounds.rsdos]` with `packets_min = 30`.
//!
//! **Invariant:** a bound that no detector has is refused with what there is.

use teiten_detect::detector::{About, DETECTORS, FIXED};
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
    if let Some(id) = FIXED.iter().find(|id| name.split('.').next() == Some(**id)) {
        return Err(format!("the bounds of {id} are part of its rule and cannot be changed"));
    }
    let known: Vec<String> = abouts()
        .filter(|about| !FIXED.contains(&about.id))
        .flat_map(|about| about.tunables.iter().map(move |bound| format!("{}.{}", about.id, bound.name)))
        .collect();
    if !known.iter().any(|own| own == name) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(toml_text::unknown_key(name, &known));
    }
    let text = match (value.as_integer(), value.as_float()) {
        (Some(number), _) => number.as_str(),
        (_, Some(number)) => number.as_str(),
        _ => return Err(format!("a number is wanted, not {}", value.type_str())),
    };
    let number: f64 = text.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))?;
    if !number.is_finite() || number < 0.0 {
        return Err(format!("`{text}` is no bound: write a number from 0 on"));
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
                let (value, origin) = config.bounds.get(&format!("{}.{}", about.id, bound.name))?;
                Some(format!("{} = {value}  # {}, else {}\n", bound.name, origin.escape_debug(), bound.value))
            })
            .collect();
        if !own.is_empty() {
            text.push_str(&format!("\n[{SECTION}.{}]\n{}", about.id, own.concat()));
        }
    }
    text
}
