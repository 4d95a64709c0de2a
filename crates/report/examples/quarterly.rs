//! Writes a quarterly report from invented facts, and every kind of chart, to look at: `cargo run -p teiten-report --example quarterly -- FOLDER`.
//!
//! **Invariant:** the facts are invented; the pages say "synthetic".

#[path = "../tests/report/gallery.rs"]
mod gallery;
#[path = "../tests/report/invented.rs"]
mod invented;

use std::path::PathBuf;

use teiten_report::error::ReportError;
use teiten_report::html;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::Plan;
use teiten_report::words::Language;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder to write")?;
    for (name, facts) in [("quarter", invented::quarter()), ("tiny", invented::tiny())] {
        let documents = Language::ALL
            .map(|language| periodic(&facts, &Plan::default(), language))
            .into_iter()
            .collect::<Result<Vec<_>, ReportError>>()?;
        html::write(&documents, &folder.join(name))?;
    }
    html::write(&Language::ALL.map(gallery::gallery), &folder.join("gallery"))?;
    Ok(())
}
