//! `teiten sensor enroll` and `retire`: who may send.
//!
//! **Invariant:** a token is shown once and kept nowhere in the clear.

use anyhow::Result;
use teiten_collector::authority::Authority;
use teiten_model::table::{Table, Value};

use crate::args::Enroll;
use crate::collect::authority_folder;
use crate::collect::registry::{Entry, Registry};
use crate::exit::{Outcome, Usage};
use crate::telescope;
use crate::world::World;

const HOUR_US: i64 = 3_600_000_000;
/// What stands for the collector where the configuration does not name it.
const UNNAMED: &str = "COLLECTOR";

/// Where sensors reach the collector: its first name, and the port that it listens on.
pub(super) fn address(world: &World) -> String {
    let collect = &world.config.collect;
    let name = collect.names.first().map_or(UNNAMED, String::as_str);
    let port = collect.listen.rsplit_once(':').map_or("7460", |(_, port)| port);
    let is_six = name.contains(':') && !name.starts_with('[');
    if is_six { format!("[{name}]:{port}") } else { format!("{name}:{port}") }
}

/// Makes a token and says what to type on the machine of the sensor.
pub(super) fn enroll(world: &World, args: &Enroll) -> Result<Outcome> {
    let group = args.group.clone().unwrap_or_else(|| args.name.clone());
    telescope::check_name(&args.name).and_then(|()| telescope::check_group(&group)).map_err(Usage)?;
    if !telescope::is_country(&args.country) {
        return Err(Usage(format!("`{}` is no country: write a code such as JP", args.country)).into());
    }
    let (folder, now) = (authority_folder(world), world.now().0);
    let authority = Authority::open(&folder, now)?;
    let entry = Entry {
        group: group.clone(),
        region: args.region.clone(),
        country: args.country.clone(),
        asn: args.asn,
        provider: args.provider.clone(),
        owner: args.owner.clone(),
        enrolled_us: now,
    };
    Registry::add(&folder, &args.name, entry)?;
    let life_us = i64::from(args.hours) * HOUR_US;
    let token = authority.invite(&args.name, life_us, now)?;
    let line = format!("teiten-sensor enroll https://{} {token}", address(world));
    let mut table = Table::new(&[("sensor", ""), ("group", ""), ("until", ""), ("line", "")]);
    table.push(vec![
        Value::Text(args.name.clone()),
        Value::Text(group),
        Value::Time(now + life_us),
        Value::Text(line),
    ]);
    world.print(&table)?;
    let mut notes = vec!["type that line on the machine of the sensor; it can be used once".to_string()];
    if world.config.collect.names.is_empty() {
        notes.push(format!(
            "put the collector's name for {UNNAMED}, and into the configuration: `names = [...]` in `[collect]`"
        ));
    }
    Ok(Outcome { notes, ..Outcome::default() })
}

/// Takes the certificates of a sensor back.
pub(super) fn retire(world: &World, name: &str) -> Result<Outcome> {
    let folder = authority_folder(world);
    if !folder.join("ca.pem").is_file() {
        return Err(Usage(format!("no sensor was ever enrolled in {}", folder.display())).into());
    }
    let certificates = Authority::open(&folder, world.now().0)?.retire(name, world.now().0)?;
    let note = format!("{name} may not send any more; {certificates} certificates were taken back");
    Ok(Outcome { notes: vec![note], ..Outcome::default() })
}
