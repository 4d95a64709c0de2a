//! `teiten config`: the values in effect.

use std::io::Write;

use anyhow::Result;

use crate::args::ConfigCommand;
use crate::config::draw_reference;
use crate::exit::Outcome;
use crate::world::World;

pub(crate) fn run(world: &World, command: &ConfigCommand) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    match command {
        ConfigCommand::Show => {
            out.write_all(world.config.draw_effective().as_bytes())?;
            let notes = match world.config_files.as_slice() {
                [] => vec!["no configuration file was found: these are the defaults".to_string()],
                files => files.iter().map(|file| format!("read {}", file.display())).collect(),
            };
            Ok(Outcome { notes, ..Outcome::default() })
        }
        ConfigCommand::Keys => {
            out.write_all(draw_reference().as_bytes())?;
            Ok(Outcome::default())
        }
    }
}
