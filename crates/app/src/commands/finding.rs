//! `teiten finding list`: what the detectors say about a period.

use anyhow::Result;
use teiten_model::selection::Viewer;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;

use crate::args::Finding;
use crate::exit::{Outcome, Usage};
use crate::phenomena;
use crate::world::{Asked, World};

pub(crate) fn run(world: &World, command: &Finding) -> Result<Outcome> {
    let Finding::List(args) = command;
    let Asked { mut selection, session, .. } = world.asked(args)?;
    if selection.filter.is_some() {
        return Err(Usage("findings are about all packets of a period: leave -Y out".to_string()).into());
    }
    if *session.viewer() != Viewer::All {
        return Err(Usage("findings name what others may not see: leave --as out".to_string()).into());
    }
    if selection.interval.is_none() {
        selection.interval = books::span(&session)?.map(|(first, last)| teiten_model::interval::Interval {
            start: teiten_model::interval::Timestamp(first),
            end: teiten_model::interval::Timestamp(last + 1),
        });
    }
    let findings = match selection.interval {
        Some(_) => phenomena::found(&session, &selection)?.1,
        None => Vec::new(),
    };
    let mut table = Table::new(&[
        ("id", ""),
        ("detector", ""),
        ("subject", ""),
        ("from", ""),
        ("to", ""),
        ("confidence", ""),
        ("sensors", "sensors"),
        ("seen", ""),
        ("filter", ""),
    ]);
    for finding in &findings {
        let seen: Vec<String> = finding
            .measures
            .iter()
            .filter(|measure| measure.name != "onset")
            .map(|measure| match measure.unit {
                "share" => format!("{} {:.1} %", measure.name, 100.0 * measure.seen),
                _ => format!("{} {}", measure.name, (measure.seen * 10.0).round() / 10.0),
            })
            .collect();
        table.push(vec![
            Value::Text(finding.id.clone()),
            Value::from(finding.detector),
            Value::Text(finding.subject.to_string()),
            Value::Time(finding.interval.start.0),
            Value::Time(finding.interval.end.0),
            Value::from(finding.confidence.name()),
            Value::Int(finding.sensors),
            Value::Text(seen.join(", ")),
            finding.evidence.filter.clone().map_or(Value::Null, Value::Text),
        ]);
    }
    world.print(&table)?;
    let note = format!("{} findings, snapshot {}", findings.len(), session.snapshot().number);
    Ok(Outcome { notes: vec![note], is_nothing: findings.is_empty(), ..Outcome::default() })
}
