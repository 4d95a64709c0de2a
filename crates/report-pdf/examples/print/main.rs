//! Writes PDF files from invented facts, and every kind of chart as PNG, to look at: `cargo run -p teiten-report-pdf --example print -- FOLDER [FONT]`.
//!
//! **Invariant:** the facts are invented; the pages say "synthetic".

#[path = "../../../report/tests/report/gallery.rs"]
mod gallery;
#[path = "../../../report/tests/report/invented.rs"]
mod invented;
mod specimen;

use std::path::PathBuf;
use std::{env, fs};

use teiten_report::exits;
use teiten_report::kinds::periodic::periodic;
use teiten_report::plan::Plan;
use teiten_report::words::Language;
use teiten_report_pdf::{Fonts, missing, pdf, png};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder to write")?;
    let font = env::args_os().nth(2).map(PathBuf::from);
    let fonts = Fonts::find(font.as_deref())?;
    fs::create_dir_all(&folder)?;
    for language in Language::ALL {
        let documents = [
            ("quarter", periodic(&invented::quarter(), &Plan::default(), language)?),
            ("tiny", periodic(&invented::tiny(), &Plan::default(), language)?),
            ("blocks", specimen::blocks(language)?),
            ("hostile", specimen::hostile(language)?),
            ("gallery", gallery::gallery(language)),
        ];
        for (name, document) in documents {
            let lacking = missing(&document, &fonts)?;
            if !lacking.is_empty() {
                eprintln!("{name}: {} has no {lacking:?}", fonts.body());
            }
            fs::write(folder.join(format!("{name}.{}.pdf", language.code())), pdf(&document, &fonts, true)?)?;
            for figure in exits::figures(&document) {
                let file = folder.join(format!("{name}-{}.{}.png", figure.id, language.code()));
                fs::write(file, png(&document, figure, &fonts)?)?;
            }
        }
    }
    Ok(())
}
