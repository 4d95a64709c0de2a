//! `teiten simulate`: captures of a scenario, with the truth beside them.

use std::fs;
use std::net::IpAddr;

use anyhow::{Context, Result};
use teiten_model::interval::Day;
use teiten_refdata::atlas::{Atlas, AtlasDay};
use teiten_refdata::countries::{self, Country};
use teiten_simulate::{Countries, Scenario, made_up_countries, simulate};

use crate::args::Simulate;
use crate::exit::{Outcome, Usage};
use crate::progress::Unit;
use crate::world::World;

/// The countries of an edition of reference data, for the simulator.
struct Edition(AtlasDay);

impl Countries for Edition {
    fn edition(&self) -> String {
        self.0.word().to_string()
    }

    fn codes(&self) -> Vec<String> {
        countries::all()
            .iter()
            .map(|entry| entry.country.code().to_string())
            .filter(|code| !self.ranges(code).is_empty())
            .collect()
    }

    fn ranges(&self, code: &str) -> Vec<(u32, u32)> {
        let Some(country) = Country::parse(code) else { return Vec::new() };
        let ranges = self.0.country_ranges(country);
        ranges.into_iter().map(|(first, last)| (u32::from(first), u32::from(last))).collect()
    }

    fn ranges_v6(&self, code: &str) -> Vec<(u128, u128)> {
        let Some(country) = Country::parse(code) else { return Vec::new() };
        let ranges = self.0.country_ranges_v6(country);
        ranges.into_iter().map(|(first, last)| (first.to_bits(), last.to_bits())).collect()
    }

    fn asn(&self, address: IpAddr) -> Option<u32> {
        self.0.as_of(address).map(|(number, _)| number)
    }
}

pub(crate) fn run(world: &World, args: &Simulate) -> Result<Outcome> {
    let text =
        fs::read_to_string(&args.scenario).with_context(|| format!("reading {}", args.scenario.display()))?;
    let scenario = Scenario::parse(&text, &args.scenario.display().to_string())
        .and_then(|scenario| match args.seed {
            Some(seed) => scenario.with_seed(seed),
            None => Ok(scenario),
        })
        .map_err(|error| Usage(error.to_string()))?;
    let countries: Box<dyn Countries> = match args.countries.as_str() {
        "made-up" => Box::new(made_up_countries()),
        "data" => {
            let atlas = Atlas::load(&world.data_folder())?;
            if atlas.editions().is_empty() {
                return Err(Usage(format!(
                    "{} holds no country table: import one with `teiten data import`, or use --countries made-up",
                    world.data_folder().display()
                ))
                .into());
            }
            Box::new(Edition(atlas.at(Day::of(world.now()))?))
        }
        other => return Err(Usage(format!("--countries is made-up or data, not `{other}`")).into()),
    };
    let progress = world.progress("simulating", 0, Unit::SensorDays);
    let summary = simulate(&scenario, countries.as_ref(), &args.out, &mut |done, total| {
        progress.set_length(total);
        progress.set(done);
    })?;
    progress.finish();
    let note = format!(
        "{} synthetic packets in {} captures of {} bytes below {}",
        summary.packets,
        summary.files,
        summary.bytes,
        args.out.display()
    );
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}
