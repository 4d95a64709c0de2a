//! Writing a scenario to a folder: captures per sensor and day, sensors, truth.
//!
//! **Invariant:** nothing is written into a folder that holds something; every file or its neighbour says
//! that it is synthetic.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use teiten_model::interval::{Day, Interval};
use teiten_model::synthetic::SYNTHETIC as MARK;
use teiten_wire::error::WireError;
use teiten_wire::write::pcapng::PcapngWriter;

use crate::address::Family;
use crate::aim::Site;
use crate::countries::Countries;
use crate::engine::{LINK_ETHERNET, World};
use crate::error::SimulateError;
use crate::organisations::Organisations;
use crate::scenario::Scenario;
use crate::sink::{Event, Sink};
use crate::truth::Truth;

/// How many sensor-days are made before their truth is counted: bounds the memory.
const BATCH: usize = 128;
/// The zstd level of the captures.
const ZSTD_LEVEL: i32 = 1;

const BESIDE: &str = "\
The captures in this folder are synthetic: `teiten simulate` made them from scenario.toml.
No packet in them was ever sent. Their sources are invented; an address in them says nothing about its holder.
truth.json holds what was planted.
";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Packets of all sensors.
    pub packets: u64,
    /// Capture files.
    pub files: u64,
    /// Their size as written, in bytes.
    pub bytes: u64,
}

/// A sensor-day whose capture has been written.
pub(crate) struct Made {
    /// Place of the sensor in the scenario.
    pub(crate) sensor: usize,
    /// Its packets, in order of time.
    pub(crate) events: Vec<Event>,
    /// The size of the capture, in bytes.
    pub(crate) bytes: u64,
}

/// Writes the captures of a scenario, the sensors for import and the planted truth into a new folder.
///
/// `progress` is told how many of how many sensor-days are done.
pub fn simulate(
    scenario: &Scenario,
    countries: &dyn Countries,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Summary, SimulateError> {
    let world = World::new(scenario, countries)?;
    claim(out)?;
    write(&out.join("SYNTHETIC.txt"), BESIDE.as_bytes())?;
    write(&out.join("scenario.toml"), scenario.text.as_bytes())?;
    write(&out.join("sensors.toml"), sensors_toml(scenario).as_bytes())?;
    if let Some(table) = countries.made_up() {
        let edition = Day::of(scenario.during.start);
        write(&out.join("countries.csv"), table.countries_csv(edition).as_bytes())?;
        write(&out.join("as.csv"), table.as_csv(edition).as_bytes())?;
    }
    for site in &scenario.sensors {
        make_folder(&out.join(&site.sensor.name))?;
    }
    let tasks: Vec<(usize, Day)> = world
        .days()
        .flat_map(|day| (0..scenario.sensors.len()).map(move |sensor| (sensor, day)))
        .filter(|(sensor, day)| is_up_on(&scenario.sensors[*sensor], *day, scenario))
        .collect();
    let mut truth = Truth::new(&world);
    let mut organisations = Organisations::new(scenario);
    let comment = comment(scenario);
    let mut summary = Summary { packets: 0, files: 0, bytes: 0 };
    progress(0, tasks.len() as u64);
    for batch in tasks.chunks(BATCH) {
        let made: Vec<Made> = batch
            .par_iter()
            .map(|(sensor, day)| {
                let sink = world.sensor_day(*sensor, *day)?;
                let name = &scenario.sensors[*sensor].sensor.name;
                let path = out.join(name).join(format!("{day}.pcapng.zst"));
                let bytes = write_capture(&path, &sink, name, &comment)?;
                Ok(Made { sensor: *sensor, events: sink.events, bytes })
            })
            .collect::<Result<_, SimulateError>>()?;
        truth.add(&made);
        for of_day in &made {
            organisations.add(&of_day.events);
            summary.packets += of_day.events.len() as u64;
            summary.files += 1;
            summary.bytes += of_day.bytes;
        }
        progress(summary.files, tasks.len() as u64);
    }
    if let Some(list) = organisations.csv() {
        write(&out.join("scanners.csv"), list.as_bytes())?;
    }
    let text = serde_json::to_string(&truth.document(countries)).unwrap_or_default();
    write(&out.join("truth.json"), text.as_bytes())?;
    Ok(summary)
}

/// What every capture says of itself.
fn comment(scenario: &Scenario) -> String {
    let title: String = scenario.title.replace('\n', " ").chars().take(200).collect();
    format!(
        "{MARK}: no packet in this file was ever sent. Made by teiten simulate from the scenario \
         \"{title}\", seed {}.",
        scenario.seed
    )
}

/// A day on which a sensor was never up has no capture; a quiet day has an empty one.
fn is_up_on(site: &Site, day: Day, scenario: &Scenario) -> bool {
    let whole = Interval { start: day.start(), end: Day(day.0 + 1).start() };
    let inside = crate::curve::overlap(whole, scenario.during);
    [Family::V4, Family::V6].iter().any(|family| site.share_up(*family, inside) > 0.0)
}

fn write_capture(path: &Path, sink: &Sink, sensor: &str, comment: &str) -> Result<u64, SimulateError> {
    let failed = |source| SimulateError::Write { path: path.to_owned(), source };
    let capture = capture_of(sink, sensor, comment).map_err(|error| failed(io::Error::other(error)))?;
    let packed = zstd::bulk::compress(&capture, ZSTD_LEVEL).map_err(failed)?;
    fs::write(path, &packed).map_err(failed)?;
    Ok(packed.len() as u64)
}

/// The frames of a sensor-day as pcapng: the section says that they are synthetic, the interface whose they are.
fn capture_of(sink: &Sink, sensor: &str, comment: &str) -> Result<Vec<u8>, WireError> {
    let bytes = Vec::with_capacity(1_024 + sink.bytes.len() + sink.events.len() * 36);
    let mut writer = PcapngWriter::new(bytes, Some(comment))?;
    let interface = writer.interface(sensor, LINK_ETHERNET, None)?;
    for event in &sink.events {
        writer.packet(interface, event.at.0 * 1_000, sink.frame(event), event.length, None)?;
    }
    writer.finish()
}

fn claim(out: &Path) -> Result<(), SimulateError> {
    make_folder(out)?;
    let failed = |source| SimulateError::Write { path: out.to_owned(), source };
    match fs::read_dir(out).map_err(failed)?.next() {
        Some(_) => Err(SimulateError::NotEmpty { path: out.to_owned() }),
        None => Ok(()),
    }
}

fn make_folder(path: &Path) -> Result<(), SimulateError> {
    fs::create_dir_all(path).map_err(|source| SimulateError::Write { path: path.to_owned(), source })
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<(), SimulateError> {
    fs::write(path, bytes).map_err(|source: io::Error| SimulateError::Write { path: path.clone(), source })
}

#[derive(Serialize)]
struct SensorsFile {
    sensor: Vec<SensorEntry>,
}

#[derive(Serialize)]
struct SensorEntry {
    name: String,
    group: String,
    region: String,
    country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asn: Option<u32>,
    provider: String,
    owner: String,
    watch: Vec<WatchEntry>,
}

#[derive(Serialize)]
struct WatchEntry {
    seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<String>,
    from: String,
    to: String,
}

fn sensors_toml(scenario: &Scenario) -> String {
    let sensor = scenario
        .sensors
        .iter()
        .map(|site| {
            let sensor = &site.sensor;
            let watch = |watch: &teiten_model::sensor::Watch| WatchEntry {
                seen: watch.seen.to_string(),
                public: watch.public.map(|public| public.to_string()),
                from: watch.during.start.to_string(),
                to: watch.during.end.to_string(),
            };
            SensorEntry {
                name: sensor.name.clone(),
                group: sensor.group.clone(),
                region: sensor.region.clone(),
                country: sensor.country.clone(),
                asn: sensor.asn,
                provider: sensor.provider.clone(),
                owner: sensor.owner.clone(),
                watch: sensor.watches.iter().map(watch).collect(),
            }
        })
        .collect();
    let text = toml::to_string(&SensorsFile { sensor }).unwrap_or_default();
    format!(
        "# synthetic: sensors of the scenario \"{}\", made by teiten simulate\n\n{text}",
        scenario.title.replace('\n', " ")
    )
}
