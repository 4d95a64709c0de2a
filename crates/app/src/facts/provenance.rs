//! Where a report's numbers came from: inputs, editions, the balance of each sensor, the command.
//!
//! **Invariant:** inputs are named by their content, so equal inputs give equal provenance.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use teiten_model::account::{Account, Loss};
use teiten_model::hex::hex;
use teiten_model::interval::Timestamp;
use teiten_model::selection::Selection;
use teiten_model::table::Value;
use teiten_query::questions::books;
use teiten_query::session::Session;
use teiten_refdata::atlas::NO_DATA;
use teiten_refdata::edition::Kind;
use teiten_report::facts::{Edition, Input, Later, Provenance, SensorAccount};
use teiten_report::words::names::Names;

use super::date;
use crate::request::Request;
use crate::world::World;

/// An input: hash, kind, packets, edition of the rules, editions of the reference data.
type InputFacts = (String, String, i64, String, String);

/// Inputs that reach into a selection's time.
fn inputs(session: &Session, selection: &Selection) -> Result<Vec<InputFacts>> {
    let table = books::inputs(session)?;
    let text = |row, name| match table.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let int = |row, name| match table.value(row, name) {
        Some(Value::Int(number) | Value::Time(number)) => *number,
        _ => 0,
    };
    Ok((0..table.rows.len())
        .filter(|row| {
            int(*row, "packets") > 0
                && selection.interval.is_none_or(|interval| {
                    int(*row, "first") < interval.end.0 && int(*row, "last") >= interval.start.0
                })
        })
        .map(|row| {
            (text(row, "hash"), text(row, "kind"), int(row, "packets"), text(row, "rules"), text(row, "data"))
        })
        .collect())
}

/// Whether inputs of that time are synthetic; where there are none, whether any of the store is.
pub(super) fn is_synthetic(session: &Session, selection: &Selection) -> Result<bool> {
    let mut all = inputs(session, selection)?;
    if all.is_empty() {
        all = inputs(session, &Selection::default())?;
    }
    Ok(all.iter().any(|(_, kind, ..)| kind == "synthetic"))
}

pub(super) fn provenance(
    world: &World,
    session: &Session,
    selection: &Selection,
    earlier: &Selection,
    request: &Request,
) -> Result<Provenance> {
    let mut all: BTreeSet<InputFacts> = BTreeSet::new();
    all.extend(inputs(session, selection)?);
    all.extend(inputs(session, earlier)?);
    let digest = all.iter().fold(Sha256::new(), |hasher, (hash, ..)| hasher.chain_update(hash)).finalize();
    let words = |of: fn(&InputFacts) -> &String| -> BTreeSet<&str> {
        all.iter().map(of).map(String::as_str).filter(|word| !word.is_empty()).collect()
    };
    let rules = words(|input| &input.3).into_iter().map(|edition| Edition {
        name: Names::new("分類規則", "classification rules"),
        edition: edition.to_string(),
        ..Edition::default()
    });
    let data = words(|input| &input.4);
    let editions: Vec<Edition> = rules.chain(data_editions(&data)).collect();
    Ok(Provenance {
        inputs: all
            .iter()
            .map(|(hash, _, frames, ..)| Input { sha256: hash.clone(), frames: *frames })
            .collect(),
        inputs_digest: hex(&digest),
        sensors: sensor_accounts(world, session, selection)?,
        lacks_as: !data.is_empty() && !data.iter().any(|word| word_of(word, Kind::As).is_some()),
        editions,
        software: concat!("teiten ", env!("CARGO_PKG_VERSION")).to_string(),
        command: request.command(world),
    })
}

/// The part of a word such as `country=2026-06-25 as=2026-11-01(later)` that tells of a kind.
fn word_of(word: &str, kind: Kind) -> Option<&str> {
    word.split(' ').find_map(|part| part.strip_prefix(kind.word())?.strip_prefix('='))
}

/// The editions of reference data that the words of inputs name, by kind and date.
fn data_editions(data: &BTreeSet<&str>) -> Vec<Edition> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        // An edition, how many count beside it, and whether it is later than packets, or in force for some.
        let mut editions: BTreeMap<(&str, i64), (bool, bool)> = BTreeMap::new();
        for part in data.iter().filter_map(|word| word_of(word, kind)) {
            let (edition, is_later) = part.strip_suffix("(later)").map_or((part, false), |part| (part, true));
            let (edition, beside) = edition.split_once('+').unwrap_or((edition, "0"));
            let seen = editions.entry((edition, beside.parse().unwrap_or(0))).or_default();
            *seen = (seen.0 || is_later, seen.1 || !is_later);
        }
        found.extend(editions.into_iter().map(|((edition, beside), seen)| Edition {
            name: kind_names(kind),
            edition: edition.to_string(),
            beside,
            later: match seen {
                (true, false) => Later::All,
                (true, true) => Later::Some,
                (false, _) => Later::No,
            },
            origin: String::new(),
        }));
    }
    if data.contains(NO_DATA) {
        found.push(Edition { name: Names::new("参照データ", "reference data"), ..Edition::default() });
    }
    found
}

fn kind_names(kind: Kind) -> Names {
    match kind {
        Kind::Country => Names::new("国・地域", "countries and regions"),
        Kind::As => Names::new("AS番号", "AS numbers"),
        Kind::Scanner => Names::new("調査目的のスキャナー", "scanners for research"),
        Kind::Services => Names::new("サービス名", "names of services"),
        Kind::Names => Names::new("逆引き名", "reverse names"),
    }
}

/// What each sensor stored in the period, and the whole days on which it stored nothing.
fn sensor_accounts(world: &World, session: &Session, selection: &Selection) -> Result<Vec<SensorAccount>> {
    let hours = books::sensor_hours(session, selection)?;
    let mut stored: BTreeMap<String, (u64, BTreeSet<Date>)> = BTreeMap::new();
    for row in &hours.rows {
        if let (Value::Text(sensor), Value::Time(at), Value::Int(packets)) = (&row[0], &row[1], &row[2]) {
            let known = stored.entry(sensor.clone()).or_default();
            known.0 += packets.unsigned_abs();
            known.1.insert(date(world, Timestamp(*at))?);
        }
    }
    let mut losses: BTreeMap<String, Vec<(Loss, u64)>> = BTreeMap::new();
    for (sensor, reason, lost) in books::losses(session, selection)? {
        let reason = Loss::ALL.into_iter().find(|loss| loss.name() == reason);
        losses.entry(sensor).or_default().extend(reason.map(|reason| (reason, lost)));
    }
    // Losses that no sensor is known for stand in a line of their own.
    let names: BTreeSet<String> = stored.keys().chain(losses.keys()).cloned().collect();
    Ok(names
        .into_iter()
        .map(|name| {
            let (packets, days) = stored.remove(&name).unwrap_or_default();
            let mut account = Account::default();
            account.store(packets);
            for (reason, lost) in losses.remove(&name).unwrap_or_default() {
                account.lose(reason, lost);
            }
            SensorAccount { name, account, silent: silent(&days) }
        })
        .collect())
}

/// Runs of days between the first and the last that are not among `days`.
fn silent(days: &BTreeSet<Date>) -> Vec<(Date, Date)> {
    let days: Vec<Date> = days.iter().copied().collect();
    days.windows(2)
        .filter_map(|pair| {
            let (after, before) = (pair[0].tomorrow().ok()?, pair[1].yesterday().ok()?);
            (after <= before).then_some((after, before))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_are_read_from_the_words_of_rows() {
        let words = [
            "country=2014-06-01 as=2026-06-17(later) scanner=2026-07-01+2(later)",
            "country=2014-06-01(later) as=2026-06-17(later)",
            "none",
        ];
        let found: Vec<(String, String, i64, Later)> = data_editions(&words.into_iter().collect())
            .into_iter()
            .map(|edition| (edition.name.en, edition.edition, edition.beside, edition.later))
            .collect();
        let expected = [
            ("countries and regions", "2014-06-01", 0, Later::Some),
            ("AS numbers", "2026-06-17", 0, Later::All),
            ("scanners for research", "2026-07-01", 2, Later::All),
            ("reference data", "", 0, Later::No),
        ];
        let expected = expected
            .map(|(name, edition, beside, later)| (name.to_string(), edition.to_string(), beside, later));
        assert_eq!(found, expected);
    }
}
