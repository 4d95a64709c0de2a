//! How long catalogues take: the import of a generated edition of full size, and one look-up of each kind.
//!
//! The files have the form of the National Vulnerability Database's API 2.0, two thousand entries a page, each with what
//! real ones have: descriptions in two languages, two scores, weaknesses, configurations, references. Scanners are a list
//! of single addresses. Everything is drawn from the number of the entry, so each run measures the same.
//!
//! **Invariant:** every look-up that is measured is checked to have found what it must.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use teiten_intel::candidates;
use teiten_intel::import::{ImportRequest, import};
use teiten_intel::knowledge::own;
use teiten_intel::shelf::Shelf;
use teiten_model::interval::Day;
use teiten_refdata::atlas::Atlas;
use teiten_refdata::edition::parse_day;
use teiten_refdata::library::{self, Library};

use crate::clock::{self, Clock};

/// Entries of one page, as the API has them.
const PAGE: u32 = 2_000;
/// Entries of a year that are generated, at most: numbers of five digits.
const YEAR: u32 = 50_000;
/// Addresses of scanners.
const SCANNERS: u32 = 20_000;
/// Look-ups of each kind.
const ASKED: u32 = 2_000;
/// Most entries.
const ENTRIES_MAX: u32 = 1_000_000;
/// Vendors among which the entries are dealt out, and products of each.
const VENDORS: u32 = 3_000;
const PRODUCTS: u32 = 5;
/// Day of the editions.
const DATE: &str = "2026-01-01";

/// Spreads numbers, so that neighbours have nothing in common.
fn spread(number: u32) -> u32 {
    let mut mixed = number.wrapping_mul(0x9e37_79b1);
    mixed ^= mixed >> 15;
    mixed.wrapping_mul(0x85eb_ca77) ^ mixed >> 13
}

fn cve(entry: u32) -> String {
    format!("CVE-{}-{}", 2001 + entry / YEAR, 10_000 + entry % YEAR)
}

fn product(entry: u32) -> String {
    let drawn = spread(entry);
    format!("vendor{}:product{}", drawn % VENDORS, (drawn / VENDORS) % PRODUCTS)
}

/// One entry, about as long as a real one.
fn entry(number: u32, out: &mut String) -> std::fmt::Result {
    let (id, product) = (cve(number), product(number));
    let (year, month, day) = (2001 + number / YEAR, number % 12 + 1, number % 28 + 1);
    let score = spread(number) % 100;
    let told = "improper neutralization of input in the management interface allows a remote attacker \
                to run commands by a crafted request to the device, if the service is reachable from the network";
    write!(
        out,
        r#"{{"cve":{{"id":"{id}","sourceIdentifier":"cve@example.org","published":"{year}-{month:02}-{day:02}T10:15:07.970","lastModified":"{year}-{month:02}-{day:02}T17:46:36.623","vulnStatus":"Analyzed","cveTags":[],"#
    )?;
    write!(
        out,
        r#""descriptions":[{{"lang":"en","value":"In {product} before 1.{number}, {told}."}},{{"lang":"es","value":"En {product} antes de 1.{number}, {told}."}}],"#
    )?;
    write!(
        out,
        r#""metrics":{{"cvssMetricV31":[{{"source":"nvd@nist.gov","type":"Primary","cvssData":{{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N","attackVector":"NETWORK","attackComplexity":"LOW","privilegesRequired":"NONE","userInteraction":"NONE","scope":"UNCHANGED","confidentialityImpact":"LOW","integrityImpact":"NONE","availabilityImpact":"NONE","baseScore":{}.{},"baseSeverity":"MEDIUM"}},"exploitabilityScore":3.9,"impactScore":1.4}}],"cvssMetricV2":[{{"source":"nvd@nist.gov","type":"Primary","cvssData":{{"version":"2.0","vectorString":"AV:N/AC:L/Au:N/C:P/I:N/A:N","accessVector":"NETWORK","accessComplexity":"LOW","authentication":"NONE","confidentialityImpact":"PARTIAL","integrityImpact":"NONE","availabilityImpact":"NONE","baseScore":5.0}},"baseSeverity":"MEDIUM","exploitabilityScore":10.0,"impactScore":2.9,"acInsufInfo":false,"obtainAllPrivilege":false,"obtainUserPrivilege":false,"obtainOtherPrivilege":false,"userInteractionRequired":false}}]}},"#,
        score / 10,
        score % 10
    )?;
    out.push_str(r#""weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-78"}]}],"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":["#);
    for version in 0..4 {
        let comma = if version == 0 { "" } else { "," };
        write!(
            out,
            r#"{comma}{{"vulnerable":true,"criteria":"cpe:2.3:o:{product}:1.{version}:*:*:*:*:*:*:*","matchCriteriaId":"B80E157F-FBE3-46EB-80F5-{number:012}"}}"#
        )?;
    }
    out.push_str(r#"]}]}],"references":["#);
    for place in 0..4 {
        let comma = if place == 0 { "" } else { "," };
        write!(
            out,
            r#"{comma}{{"url":"https://advisories{place}.example.org/{id}/details","source":"cve@example.org","tags":["Third Party Advisory"]}}"#
        )?;
    }
    out.push_str("]}}");
    Ok(())
}

/// Writes the pages of some entries, and gives their bytes.
fn pages(folder: &Path, entries: std::ops::Range<u32>, all: u32) -> Result<u64> {
    fs::create_dir_all(folder)?;
    let mut bytes = 0;
    let mut text = String::new();
    for first in entries.clone().step_by(PAGE as usize) {
        text.clear();
        let last = (first + PAGE).min(entries.end);
        write!(
            text,
            r#"{{"resultsPerPage":{},"startIndex":{first},"totalResults":{all},"format":"NVD_CVE","version":"2.0","timestamp":"{DATE}T00:00:00.000","vulnerabilities":["#,
            last - first
        )?;
        for number in first..last {
            if number > first {
                text.push(',');
            }
            entry(number, &mut text)?;
        }
        text.push_str("]}");
        fs::write(folder.join(format!("page-{first:07}.json")), &text)?;
        bytes += text.len() as u64;
    }
    Ok(bytes)
}

fn address(number: u32) -> std::net::Ipv4Addr {
    // Of 1.0.0.0/8 to 8.0.0.0/8: no special address is there.
    std::net::Ipv4Addr::from(0x0100_0000 + (spread(number) >> 5))
}

/// A list of scanners as maltrail writes it.
fn scanners(path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..SCANNERS {
        writeln!(file, "{} # scan{}.organisation{}.example.org", address(number), number, number % 40)?;
    }
    file.flush()?;
    Ok(())
}

/// Processor time of one on average, then wall time: the middle, the 99th of a hundred and the longest, in microseconds.
fn times(clock: &Clock, mut ask: impl FnMut(u32) -> Result<()>) -> Result<String> {
    let mut spent = Vec::new();
    let before = clock.now()?.cpu_ns;
    for number in 0..ASKED {
        let start = clock.wall_ns();
        ask(number)?;
        spent.push(clock.wall_ns() - start);
    }
    let cpu_us = (clock.now()?.cpu_ns - before) as f64 / f64::from(ASKED) / 1_000.0;
    spent.sort_unstable();
    let us = |place: usize| spent[place] as f64 / 1_000.0;
    let (middle, late, longest) = (us(spent.len() / 2), us(spent.len() * 99 / 100), us(spent.len() - 1));
    Ok(format!("{cpu_us:.1}\t{middle:.1}\t{late:.1}\t{longest:.1}"))
}

fn seconds(before_ns: u64, after_ns: u64) -> f64 {
    (after_ns - before_ns) as f64 / 1e9
}

/// Generates, imports and asks.
pub(crate) fn run(entries: &str) -> Result<String> {
    let entries: u32 = entries.parse().with_context(|| format!("`{entries}` is no number of entries"))?;
    if !(ASKED..=ENTRIES_MAX).contains(&entries) {
        bail!("entries are from {ASKED} to {ENTRIES_MAX}, not {entries}");
    }
    let folder = tempfile::tempdir().context("making a folder for the catalogues")?;
    let at = |name: &str| folder.path().join(name);
    let clock = Clock::new();
    let shelf = Shelf::open(at("intel"));
    let mut told = String::from("what\tnumber\tbytes\tseconds\tCPU s\n");
    let take_in = |paths: Vec<PathBuf>, told: &mut String, what: &str, bytes: u64| -> Result<u64> {
        let before = clock.now()?;
        let imported = import(&shelf, &ImportRequest { paths, ..ImportRequest::default() })?;
        let after = clock.now()?;
        let (wall_s, cpu_s) = (seconds(before.wall_ns, after.wall_ns), seconds(before.cpu_ns, after.cpu_ns));
        ensure!(imported.failed.is_empty(), "the import failed: {:?}", imported.failed);
        let edition = &imported.editions.first().context("an edition")?.0;
        writeln!(told, "{what}\t{}\t{bytes}\t{wall_s:.1}\t{cpu_s:.1}", edition.added + edition.changed)?;
        Ok(edition.records)
    };
    let year = entries.min(YEAR);
    let bytes = pages(&at("year"), entries - year..entries, year)?;
    take_in(vec![at("year")], &mut told, "import of a year", bytes)?;
    if entries > year {
        let bytes = pages(&at("rest"), 0..entries - year, entries - year)?;
        take_in(vec![at("rest")], &mut told, "import of the years before, beside it", bytes)?;
    }
    let bytes = pages(&at("day"), 0..200, 200)?;
    let records = take_in(vec![at("day")], &mut told, "import of 200 that are known", bytes)?;
    ensure!(records == u64::from(entries), "{records} of {entries} are there");
    scanners(&at("mass_scanner.txt"))?;
    let library = Library::open(at("data"))?;
    let before = clock.now()?;
    let wanted = library::ImportRequest {
        paths: vec![at("mass_scanner.txt")],
        date: parse_day(DATE),
        ..library::ImportRequest::default()
    };
    library.import(&wanted)?;
    let after = clock.now()?;
    let (wall_s, cpu_s) = (seconds(before.wall_ns, after.wall_ns), seconds(before.cpu_ns, after.cpu_ns));
    writeln!(told, "import of a list of scanners\t{SCANNERS}\t\t{wall_s:.2}\t{cpu_s:.2}")?;

    told.push_str("\nlook-up\tCPU us\tmiddle us\t99 of 100 us\tlongest us\n");
    let catalogue = shelf.catalogue()?;
    let drawn = |number: u32| spread(number ^ 0x5bd1_e995) % entries;
    writeln!(
        told,
        "CVE\t{}",
        times(&clock, |number| {
            let id = cve(drawn(number));
            ensure!(
                catalogue.vulnerability(&id)?.is_some_and(|found| found.record.id == id),
                "{id} is missing"
            );
            Ok(())
        })?
    )?;
    writeln!(
        told,
        "CVE that is not there\t{}",
        times(&clock, |number| {
            ensure!(
                catalogue.vulnerability(&format!("CVE-1999-{}", 10_000 + number))?.is_none(),
                "a stranger"
            );
            Ok(())
        })?
    )?;
    writeln!(
        told,
        "product\t{}",
        times(&clock, |number| {
            let name = product(drawn(number));
            ensure!(!catalogue.of_product(&name)?.told.is_empty(), "{name} is missing");
            Ok(())
        })?
    )?;
    writeln!(
        told,
        "vulnerabilities of a port\t{}",
        times(&clock, |number| {
            candidates::of_port(&catalogue, own(), 6, (number % 65_535) as u16)?;
            Ok(())
        })?
    )?;
    let atlas = Atlas::load(&at("data"))?;
    let day = atlas.at(parse_day(DATE).unwrap_or(Day(0)))?;
    writeln!(
        told,
        "scanner by address\t{}",
        times(&clock, |number| {
            let address = address(spread(number) % SCANNERS);
            ensure!(day.actor_of(address.into()).is_some(), "{address} is missing");
            Ok(())
        })?
    )?;
    writeln!(told, "\npeak of memory\t{} MiB", clock::peak_kib()? / 1024)?;
    Ok(told)
}
