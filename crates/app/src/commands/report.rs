//! `teiten report make`: facts from the store, a document in each language, a folder to publish.

use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::civil::Date;
use teiten_report::kinds::quarterly::quarterly;
use teiten_report::words::Language;
use teiten_report::{folder, html};
use teiten_selection::period::{Period, PeriodKind};

use crate::args::Report;
use crate::exit::{Outcome, Usage};
use crate::facts::{self, Wanted};
use crate::output::Lang;
use crate::world::World;

pub(crate) fn run(world: &World, command: &Report) -> Result<Outcome> {
    let Report::Make { kind, period, region, write, issued } = command;
    if kind != "quarterly" {
        return Err(Usage(format!("`{kind}` is not a kind of report: write quarterly")).into());
    }
    let period = Period::parse(period, &world.zone, world.now())?;
    if !matches!(period.kind(), PeriodKind::Quarter | PeriodKind::FiscalQuarter) {
        return Err(Usage(format!(
            "a quarterly report is of a quarter, such as 2014Q2, not of {}",
            period.text()
        ))
        .into());
    }
    let issued: Date = match issued {
        Some(text) => text.parse().map_err(|_| Usage(format!("`{text}` is not a date: write YYYY-MM-DD")))?,
        None => date_of(world)?,
    };
    let out = write.clone().unwrap_or_else(|| PathBuf::from(format!("report-{kind}-{}", period.text())));
    let session = world.session("all")?;
    let wanted = Wanted { period: &period, region: region.as_deref(), issued };
    let facts = facts::quarter(world, &session, &wanted)?;
    let documents = world
        .langs
        .iter()
        .map(|lang| {
            let language = match lang {
                Lang::Ja => Language::Ja,
                Lang::En => Language::En,
            };
            quarterly(&facts, language)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut files = html::render(&documents)?;
    let provenance = provenance(world, &session, &out, &period);
    folder::add(&mut files, "provenance.json".to_string(), provenance)?;
    folder::seal(&files, &out)?;
    let note =
        format!("{} packets of {}: {}", facts.packets, period.text(), out.join("index.html").display());
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}

fn date_of(world: &World) -> Result<Date> {
    let now = jiff::Timestamp::from_microsecond(world.now().0).context("reading the clock")?;
    Ok(now.to_zoned(world.zone.rules().clone()).date())
}

/// What differs from run to run stays out of the report itself and stands here.
fn provenance(
    world: &World,
    session: &teiten_query::session::Session,
    out: &std::path::Path,
    period: &Period,
) -> Vec<u8> {
    let said = serde_json::json!({
        "period": period.text(),
        "store": world.store_place,
        "snapshot": session.snapshot().number,
        "tables": session.snapshot().tables,
        "made_at": world.now().to_string(),
        "written_to": out.display().to_string(),
        "program": concat!("teiten ", env!("CARGO_PKG_VERSION")),
    });
    let mut text = serde_json::to_vec_pretty(&said).unwrap_or_default();
    text.push(b'\n');
    text
}
