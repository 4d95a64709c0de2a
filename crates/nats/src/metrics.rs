//! What the bridge tells of a site, for Prometheus' textfile collector: `STATE/metrics/SITE.prom`.
//!
//! **Invariant:** what is not known is not in the file; labels are names of sites and sensors, which need no escape.

use std::fmt::Write as _;
use std::path::Path;

use teiten_sensor::error::SensorError;
use teiten_sensor::own_file::replace;

use crate::stream::Held;

/// Writes the file of a site; without anything held the stream could not be asked.
///
/// # Errors
/// When the folder takes no file.
pub fn write(folder: &Path, site: &str, held: Option<&Held>) -> Result<(), SensorError> {
    let fault = |error| SensorError::Write { path: folder.to_path_buf(), error };
    std::fs::create_dir_all(folder).map_err(fault)?;
    replace(&folder.join(format!("{site}.prom")), text(site, held).as_bytes(), 0o644)
}

fn text(site: &str, held: Option<&Held>) -> String {
    let mut text = String::new();
    let mut one = |name: &str, help: &str, values: &[(String, u64)]| {
        let _infallible = writeln!(text, "# HELP teiten_bridge_{name} {help}");
        let _infallible = writeln!(text, "# TYPE teiten_bridge_{name} gauge");
        for (labels, value) in values {
            let _infallible = writeln!(text, "teiten_bridge_{name}{{site=\"{site}\"{labels}}} {value}");
        }
    };
    let plain = |value: u64| [(String::new(), value)];
    one("stream_reached", "Whether the site's stream could be asked.", &plain(held.is_some().into()));
    let Some(held) = held else { return text };
    one("stream_bytes", "Bytes of the site's stream.", &plain(held.bytes));
    one("stream_bytes_max", "The most bytes of the site's stream.", &plain(held.bytes_max));
    let by_sensor = |(sensor, count): (&String, &usize)| (format!(",sensor=\"{sensor}\""), *count as u64);
    let messages: Vec<_> = held.sensors.iter().map(by_sensor).collect();
    one("stream_batches", "Batches in the stream, the last one included that was stored.", &messages);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_cannot_be_asked_has_no_numbers() {
        assert!(text("osaka", None).ends_with("teiten_bridge_stream_reached{site=\"osaka\"} 0\n"));
        let held = Held { bytes: 5, bytes_max: 9, sensors: [("a.1".to_string(), 2)].into() };
        let told = text("osaka", Some(&held));
        for line in [
            "teiten_bridge_stream_reached{site=\"osaka\"} 1\n",
            "teiten_bridge_stream_bytes{site=\"osaka\"} 5\n",
            "teiten_bridge_stream_bytes_max{site=\"osaka\"} 9\n",
            "teiten_bridge_stream_batches{site=\"osaka\",sensor=\"a.1\"} 2\n",
        ] {
            assert!(told.contains(line), "{line}{told}");
        }
    }
}
