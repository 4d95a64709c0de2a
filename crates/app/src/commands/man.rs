//! `teiten man`: pages for `man`, made from the arguments as they are typed.
//!
//! **Invariant:** a page has no date and no path of this machine: the same program writes the same bytes.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Arguments;
use crate::exit::Outcome;

/// The collection that the pages belong to.
const MANUAL: &str = "teiten";

/// Writes every page into a folder, or the first one to standard output.
pub(crate) fn run(folder: Option<&Path>) -> Result<Outcome> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
            write(&command, folder)?;
        }
        None => std::io::stdout().write_all(&page(&command)?)?,
    }
    Ok(Outcome::default())
}

/// Writes the page of a command and those of the commands below it.
fn write(command: &clap::Command, folder: &Path) -> Result<()> {
    let path = folder.join(Man::new(command.clone()).get_filename());
    std::fs::write(&path, page(command)?).with_context(|| format!("writing {}", path.display()))?;
    command.get_subcommands().try_for_each(|inner| write(inner, folder))
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let page = Man::new(command.clone()).manual(MANUAL).source(concat!("teiten ", env!("CARGO_PKG_VERSION")));
    page.render(&mut bytes).context("writing a page for man")?;
    Ok(bytes)
}
