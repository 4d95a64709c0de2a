//! Words of a filter that captures read without a store cannot have.

use std::collections::BTreeSet;

use anyhow::Result;
use teiten_ask::doubt::{COUNTRY, questioned, refuse};
use teiten_refdata::atlas::Atlas;
use teiten_selection::Filter;

use crate::reading::UNNAMED;
use crate::telescope;
use crate::world::World;

/// Refuses tags and countries that captures read without a store cannot have, and gives notes on their
/// sensors and groups.
pub(crate) fn doubts(world: &World, filter: &Filter) -> Result<Vec<String>> {
    refuse::<anyhow::Error>(filter, |column| match column {
        COUNTRY => {
            let countries = Atlas::load(&world.data_folder())?.countries()?;
            Ok(countries.into_iter().map(|country| country.code().to_string()).collect())
        }
        _ => Ok(BTreeSet::new()),
    })?;
    if !(filter.asks("sensor") || filter.asks("sensor_group")) {
        return Ok(Vec::new());
    }
    let (sensors, groups) = match &world.config.sensors {
        Some(path) => telescope::read(path)?
            .sensors()
            .iter()
            .map(|sensor| (sensor.name.clone(), sensor.group.clone()))
            .unzip(),
        None => ([UNNAMED.to_string()].into(), [UNNAMED.to_string()].into()),
    };
    let (place, advice) = ("these captures", "the description of the sensors names them");
    let mut notes = questioned(filter, "sensor", sensors, place, advice);
    notes.extend(questioned(filter, "sensor_group", groups, place, advice));
    Ok(notes)
}
