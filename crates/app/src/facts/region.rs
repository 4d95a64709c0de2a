//! Which packets a report is about: those to the sensors of a region, a group, or by name.
//!
//! **Invariant:** a region, group or sensor that the store does not know is refused, never empty.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use teiten_model::selection::Selection;
use teiten_model::table::Value;
use teiten_query::questions::books;
use teiten_query::session::Session;

use crate::exit::Usage;
use crate::request::Request;

/// The selection of a region: whole groups where the region is made of them, else sensors by name.
pub(crate) fn selection(session: &Session, request: &Request) -> Result<Selection> {
    let scope = &request.scope;
    let all = Selection {
        interval: Some(request.period.interval()),
        sensors: scope.sensors.clone(),
        groups: scope.groups.clone(),
        ..Selection::default()
    };
    teiten_ask::wanted::known(session, &scope.sensors, &scope.groups)?;
    let Some(region) = scope.region.as_deref() else { return Ok(all) };
    let sensors = books::sensors(session, &Selection::default())?;
    let text = |row, name| match sensors.value(row, name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let mut regions_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names = Vec::new();
    for row in 0..sensors.rows.len() {
        regions_of.entry(text(row, "group")).or_default().insert(text(row, "region"));
        let is_asked = |asked: &[String], name: String| asked.is_empty() || asked.contains(&name);
        if text(row, "region") == region
            && is_asked(&scope.groups, text(row, "group"))
            && is_asked(&scope.sensors, text(row, "sensor"))
        {
            names.push((text(row, "sensor"), text(row, "group")));
        }
    }
    if names.is_empty() && !sensors.rows.is_empty() {
        let known: BTreeSet<String> = (0..sensors.rows.len()).map(|row| text(row, "region")).collect();
        let known: Vec<String> = known.into_iter().filter(|region| !region.is_empty()).collect();
        return Err(Usage(format!(
            "no sensor is in region `{region}`: the store knows {}",
            if known.is_empty() {
                "none; describe the sensors when importing".to_string()
            } else {
                known.join(", ")
            }
        ))
        .into());
    }
    let groups: BTreeSet<String> = names.iter().map(|(_, group)| group.clone()).collect();
    let is_whole = scope.sensors.is_empty() && groups.iter().all(|group| regions_of[group].len() == 1);
    Ok(if is_whole {
        Selection { groups: groups.into_iter().collect(), ..all }
    } else {
        Selection { groups: Vec::new(), sensors: names.into_iter().map(|(name, _)| name).collect(), ..all }
    })
}
