//! What report is asked for: options and a definition file become a plan, a period and a selection of sensors.
//!
//! An option wins over the definition, which wins over the configuration.
//!
//! **Invariant:** whatever contradicts itself is refused before the store is opened.

use std::path::Path;

use anyhow::{Context, Result};
use jiff::civil::Date;
use teiten_ask::wanted::scanners;
use teiten_model::selection::SENSORS_MIN;
use teiten_report::definition::Definition;
use teiten_report::facts::Publisher;
use teiten_report::plan::{Kind, Plan, Readers, Tlp};
use teiten_report::words::names::Names;
use teiten_selection::period::{Period, PeriodKind};

use crate::args::ReportArgs;
use crate::commands::report_site;
use crate::exit::Usage;
use crate::world::World;

/// Fewest sensors that a publisher may ask for behind a cell: one is no rule.
const SENSORS_LEAST: u32 = 2;

/// A report that is asked for.
pub(crate) struct Request {
    /// Kind, readers, sections, edits.
    pub(crate) plan: Plan,
    /// The period.
    pub(crate) period: Period,
    /// Which sensors.
    pub(crate) scope: Scope,
    /// Who publishes it.
    pub(crate) publisher: Publisher,
    /// Date of issue.
    pub(crate) issued: Date,
    /// Date of the first edition.
    pub(crate) first_published: Option<Date>,
    /// Why this edition corrects the first one.
    pub(crate) correction: Option<Names>,
    /// Where the definition lies, for the command in the provenance.
    pub(crate) definition: Option<String>,
}

/// Which sensors a report is about; empty means all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Reporting region.
    pub(crate) region: Option<String>,
    /// Groups.
    pub(crate) groups: Vec<String>,
    /// Sensors.
    pub(crate) sensors: Vec<String>,
    /// Organisations that scan openly, in ranks and series: `without` or `only`; `None` for all packets.
    pub(crate) scanners: Option<String>,
}

/// The world in the zone of the definition, and what is asked for in it.
pub(crate) fn read(world: &World, args: &ReportArgs) -> Result<(World, Request)> {
    let definition = match &args.with {
        Some(path) => load(path)?,
        None => Definition::default(),
    };
    let world = match (&definition.zone, &world.zone_asked) {
        (Some(zone), None) => world.in_zone(zone)?,
        _ => world.clone(),
    };
    let request = request(&world, args, &definition)?;
    Ok((world, request))
}

fn load(path: &Path) -> Result<Definition> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the definition {}", path.display()))?;
    Definition::parse(&text)
        .map_err(|fault| Usage(format!("the definition {}: {fault}", path.display())).into())
}

fn request(world: &World, args: &ReportArgs, definition: &Definition) -> Result<Request> {
    let kind = args.kind.as_deref().or(definition.kind.as_deref());
    let Some(text) = args.period.as_deref().or(definition.period.as_deref()) else {
        return Err(Usage("a report needs its period: --period 2014Q2".to_string()).into());
    };
    let period = Period::parse(text, &world.zone, world.now())?;
    let readers = match args.form.as_deref().or(definition.form.as_deref()) {
        Some(name) => Readers::parse(name).ok_or_else(|| {
            Usage(format!("`{name}` is not a form of a report: write internal, members or public"))
        })?,
        None => Readers::Internal,
    };
    let mut plan = Plan::new(kind_of(kind, &period)?, readers);
    if let Some(name) = args.tlp.as_deref().or(definition.tlp.as_deref()) {
        plan.tlp = Tlp::parse(name).ok_or_else(|| {
            Usage(format!("`{name}` is no TLP label: write clear, green, amber, amber+strict or red"))
        })?;
    }
    plan.sensors_min = args.sensors_min.or(definition.sensors_min).unwrap_or(SENSORS_MIN);
    if plan.sensors_min < SENSORS_LEAST {
        return Err(Usage(format!(
            "the fewest sensors behind a published value are at least {SENSORS_LEAST}, not {}",
            plan.sensors_min
        ))
        .into());
    }
    plan.exempt.clone_from(&definition.exempt);
    let sections = if args.sections.is_empty() { &definition.sections } else { &args.sections };
    if !sections.is_empty() {
        plan.choose(sections).map_err(Usage)?;
    }
    plan.phenomena =
        definition.phenomenon.iter().map(|phenomenon| (phenomenon.id.clone(), phenomenon.show)).collect();
    plan.edits = definition.edits().map_err(Usage)?;
    let issued = date(args.issued.as_deref().or(definition.issued.as_deref()))?;
    let issued = issued.map_or_else(|| today(world), Ok)?;
    let first_published = match &args.site {
        Some(site) => report_site::first_published(site, plan.kind.name(), &period.text())?,
        None => date(args.first_published.as_deref().or(definition.first_published.as_deref()))?,
    };
    if let Some(first) = first_published.filter(|first| *first > issued) {
        return Err(Usage(format!(
            "the report was first published {first}, after its date of issue {issued}: give a later --issued"
        ))
        .into());
    }
    let correction = definition.correction.as_ref().map(|note| Names::new(&*note.ja, &*note.en));
    if correction.is_some() && first_published.is_none() {
        return Err(Usage(
            "the definition says why the report is corrected, but nothing says when it was first published: \
             give --site or --first-published, or take `correction` out"
                .to_string(),
        )
        .into());
    }
    Ok(Request {
        plan,
        scope: Scope {
            region: args.region.clone().or_else(|| definition.region.clone()),
            groups: if args.group.is_empty() { definition.groups.clone() } else { args.group.clone() },
            sensors: if args.sensor.is_empty() { definition.sensors.clone() } else { args.sensor.clone() },
            scanners: which(args.scanners.as_deref().or(definition.scanners.as_deref()))?,
        },
        publisher: publisher(world, definition),
        issued,
        first_published,
        correction,
        definition: args.with.as_ref().map(|path| {
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        }),
        period,
    })
}

/// What was said of organisations that scan openly; nothing where all packets count.
fn which(said: Option<&str>) -> Result<Option<String>> {
    Ok(scanners(said)?.and(said).map(ToString::to_string))
}

/// The kind, said or told by the period; a period of another length is refused.
fn kind_of(said: Option<&str>, period: &Period) -> Result<Kind> {
    let natural = match period.kind() {
        PeriodKind::Week => Some(Kind::Weekly),
        PeriodKind::Month => Some(Kind::Monthly),
        PeriodKind::Quarter | PeriodKind::FiscalQuarter => Some(Kind::Quarterly),
        PeriodKind::Year => Some(Kind::Yearly),
        PeriodKind::FiscalYear => Some(Kind::FiscalYearly),
        PeriodKind::Day | PeriodKind::Span => None,
    };
    if let Some(said) = said
        && Kind::ALL.iter().all(|kind| kind.name() != said)
    {
        return Err(Usage(format!(
            "`{said}` is not a kind of report: write weekly, monthly, quarterly or yearly"
        ))
        .into());
    }
    match natural {
        Some(kind) if said.is_none_or(|said| said == kind.name()) => Ok(kind),
        _ => {
            let (kind, example) = match said {
                Some("weekly") => ("a weekly report is of a week", "2014-W23"),
                Some("monthly") => ("a monthly report is of a month", "2014-06"),
                Some("yearly") => ("a yearly report is of a year", "2014 or FY2014"),
                Some(_) => ("a quarterly report is of a quarter", "2014Q2 or FY2014Q1"),
                None => {
                    ("a report is of a week, month, quarter or year", "2014-W23, 2014-06, 2014Q2 or FY2014")
                }
            };
            Err(Usage(format!("{kind}, such as {example}, not of {}", period.text())).into())
        }
    }
}

fn publisher(world: &World, definition: &Definition) -> Publisher {
    let report = &world.config.report;
    let configured = report.notices_ja.iter().zip(&report.notices_en);
    let notices = match definition.notices() {
        own if own.is_empty() => configured.map(|(ja, en)| Names::new(ja.clone(), en.clone())).collect(),
        own => own,
    };
    match &definition.publisher {
        Some(own) => Publisher {
            institution: Names::new(own.institution_ja.clone(), own.institution_en.clone()),
            contact: own.contact.clone(),
            notices,
        },
        None => Publisher {
            institution: Names::new(report.institution_ja.clone(), report.institution_en.clone()),
            contact: report.contact.clone(),
            notices,
        },
    }
}

/// A date as it is typed.
pub(crate) fn date(text: Option<&str>) -> Result<Option<Date>> {
    text.map(|text| {
        text.parse().map_err(|_| Usage(format!("`{text}` is not a date: write YYYY-MM-DD")).into())
    })
    .transpose()
}

/// The day it is in the zone.
pub(crate) fn today(world: &World) -> Result<Date> {
    let now = jiff::Timestamp::from_microsecond(world.now().0).context("reading the clock")?;
    Ok(now.to_zoned(world.zone.rules().clone()).date())
}

impl Request {
    /// The command that makes this report again.
    pub(crate) fn command(&self, world: &World) -> String {
        let mut command =
            format!("teiten report make {} --period {}", self.plan.kind.name(), self.period.text());
        let mut add = |option: &str, value: &str| command.push_str(&format!(" {option} {value}"));
        if let Some(file) = &self.definition {
            add("--with", file);
        }
        if let Some(region) = &self.scope.region {
            add("--region", region);
        }
        self.scope.groups.iter().for_each(|group| add("--group", group));
        // The public form names no sensor.
        if self.plan.readers == Readers::Internal {
            self.scope.sensors.iter().for_each(|sensor| add("--sensor", sensor));
        }
        self.scope.scanners.iter().for_each(|which| add("--scanners", which));
        add("--form", self.plan.readers.name());
        let usual = Plan::new(self.plan.kind, self.plan.readers);
        if self.plan.sections != usual.sections {
            let names: Vec<&str> = self.plan.sections.iter().map(|section| section.name).collect();
            add("--sections", &names.join(","));
        }
        if self.plan.tlp != usual.tlp {
            add("--tlp", &self.plan.tlp.name().to_ascii_lowercase());
        }
        if self.plan.sensors_min != SENSORS_MIN {
            add("--sensors-min", &self.plan.sensors_min.to_string());
        }
        add("--tz", &world.zone_name);
        add("--lang", &world.langs.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
        add("--issued", &self.issued.to_string());
        if let Some(first) = self.first_published {
            add("--first-published", &first.to_string());
        }
        command
    }
}
