//! What can go wrong with a scenario or its output.

use std::path::PathBuf;

/// Why a scenario was refused or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The text is not TOML, a key is unknown, missing or of the wrong type.
    #[error("{origin}, line {line}: {message}")]
    Form {
        /// File or name of the scenario.
        origin: String,
        /// Line, counted from 1.
        line: usize,
        /// What the TOML reader says.
        message: String,
    },
    /// A value cannot be.
    #[error("{origin}: {place}: `{key}`: {message}")]
    Value {
        /// File or name of the scenario.
        origin: String,
        /// Which sensor or actor, or `scenario`.
        place: String,
        /// The key in the file.
        key: String,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// A country of the scenario has no usable range.
    #[error(
        "actor `{actor}`: country `{country}` has no address range in {edition}: import another edition or take it out of `countries`"
    )]
    Country {
        /// The actor.
        actor: String,
        /// The country's code.
        country: String,
        /// The edition of the ranges.
        edition: String,
    },
    /// A sensor that the scenario does not have.
    #[error("the scenario has no sensor `{name}`: it has {known}")]
    Sensor {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The scenario would make too many packets for one file.
    #[error(
        "sensor `{sensor}` would capture {packets} packets on {day}, more than {packets_max}: lower the rates"
    )]
    TooMany {
        /// The sensor.
        sensor: String,
        /// The UTC day.
        day: String,
        /// Expected packets.
        packets: u64,
        /// The limit.
        packets_max: u64,
    },
    /// The output folder holds something already.
    #[error("{path} is not empty: name a new folder, so that captures of two scenarios are not mixed")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
