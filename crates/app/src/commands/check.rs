//! `teiten check`: reads everything that a service would read, and says what is wrong, all of it.

use std::io::Write;

use anyhow::Result;
use teiten_detect::classifier::Classifier;
use teiten_refdata::atlas::Atlas;

use crate::exit::Outcome;
use crate::known;
use crate::telescope;
use crate::world::World;

pub(crate) fn run(world: &World) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let mut outcome = Outcome::default();
    let mut step = |name: &str, result: Result<String>| -> Result<()> {
        match result {
            Ok(said) => writeln!(out, "ok      {name}: {said}")?,
            Err(error) => {
                writeln!(out, "failed  {name}: {error:#}")?;
                outcome.faults.push(format!("{name}: {error:#}"));
            }
        }
        Ok(())
    };
    step("configuration", Ok(format!("{} files", world.config_files.len())))?;
    step(
        "signatures",
        Classifier::builtin()
            .map(|classifier| {
                format!("{} signatures, edition {}", classifier.signatures().len(), classifier.edition())
            })
            .map_err(Into::into),
    )?;
    if let Some(path) = &world.config.sensors {
        step(
            "sensors",
            telescope::read(path)
                .map(|telescope| format!("{} in {}", telescope.sensors().len(), path.display())),
        )?;
    }
    step("kinds of victims", known::kinds(world).map(|table| format!("{} kinds", table.kinds().len())))?;
    let folder = world.data_folder();
    step(
        "reference data",
        Atlas::load(&folder)
            .map(|atlas| format!("{} editions in {}", atlas.editions().len(), folder.display()))
            .map_err(Into::into),
    )?;
    step(
        "store",
        world.store().and_then(|store| {
            let snapshot = store.snapshot()?;
            Ok(format!("snapshot {} in {}", snapshot.number, world.store_place))
        }),
    )?;
    drop(out);
    outcome.is_failure = !outcome.faults.is_empty();
    outcome.faults.clear();
    Ok(outcome)
}
