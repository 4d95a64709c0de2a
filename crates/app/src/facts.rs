//! The facts of a report, asked of the store: ranks, series, coverage, provenance.
//!
//! Small cells of a public form are withheld by the questions themselves, which know the sensors behind
//! each; findings are looked for in everything, and told as far as the readers may know.
//!
//! **Invariant:** equal inputs, rules, reference data and date of issue give equal facts, however the
//! inputs were grouped on their way into the store.

mod bursts;
mod provenance;
mod ranking;
mod recurring;
mod region;

pub(crate) use region::selection;

use anyhow::{Context, Result};
use jiff::civil::Date;
use teiten_model::interval::Timestamp;
use teiten_model::selection::{Selection, Viewer};
use teiten_query::error::QueryError;
use teiten_query::questions::books;
use teiten_query::session::Session;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;
use teiten_report::facts::{Facts, Period as ReportPeriod, Withheld};
use teiten_report::plan::Readers;
use teiten_report::words::names::Names;
use teiten_selection::period::Period;

use crate::judge;
use crate::phenomena;
use crate::request::Request;
use crate::world::World;
use teiten_ask::labels;
use teiten_ask::output::Lang;
use teiten_ask::wanted;

/// The sessions that a report asks: everything, and what its readers may see of it.
pub(crate) struct Sessions {
    /// Everything.
    pub(crate) all: Session,
    /// What the readers may see; `None` when that is everything.
    restricted: Option<Session>,
}

impl Sessions {
    /// Judges the period and opens them on one snapshot.
    pub(crate) fn open(world: &World, request: &Request) -> Result<Sessions> {
        let store = world.store()?;
        let all = judge::judge(world, &store, judge::whole_days(&store, request.period.interval()))?;
        let restricted = match request.plan.readers {
            Readers::Internal | Readers::Members => None,
            Readers::Public => {
                let viewer = Viewer::Public { sensors_min: request.plan.sensors_min };
                Some(Session::open_at(&store, all.snapshot().clone(), viewer)?.for_publisher())
            }
        };
        Ok(Sessions { all, restricted })
    }

    /// What the readers may see.
    pub(crate) fn seen(&self) -> &Session {
        self.restricted.as_ref().unwrap_or(&self.all)
    }

    /// What answers for a table: everything where the publisher exempts it.
    pub(crate) fn of(&self, table: &str, request: &Request) -> &Session {
        if request.plan.exempt.iter().any(|exempt| exempt == table) { &self.all } else { self.seen() }
    }
}

/// The facts of a report.
pub(crate) fn gather(world: &World, sessions: &Sessions, request: &Request) -> Result<Facts> {
    let period = report_period(world, &request.period)?;
    let before = request.period.previous()?;
    let selection = region::selection(&sessions.all, request)?;
    let earlier = Selection { interval: Some(before.interval()), ..selection.clone() };
    // Ranks and series may leave organisations out that scan openly; detectors judge all packets.
    let about = wanted::scanners(request.scope.scanners.as_deref())?;
    let counted = Selection { filter: about.map(ToString::to_string), ..selection.clone() };
    let alive = books::alive(&sessions.all, &selection)?;
    let alive_before = books::alive(&sessions.all, &earlier)?;
    let versus = (alive_before.sensor_hours > 0).then(|| before.interval());
    let services = Services::load(&Library::open(world.data_folder())?)?;
    let ask = |table| ranking::Ask {
        world,
        all: &sessions.all,
        session: sessions.of(table, request),
        selection: &counted,
        versus,
        period: &period,
    };
    let port_names = |label: &str| Names::same(labels::service(&services, label));
    let port_labels = |label: &str| Names::explained(label, &port_names(label));
    let (ports, ports_withheld) = ask("ports").ranking("port", &port_names, &port_labels)?;
    let (regions, regions_withheld) = ask("regions").ranking("country", &country_names, &country_names)?;
    let home = phenomena::home(request.scope.region.as_deref());
    let mut recurring = recurring::gather(
        &recurring::Ask {
            world,
            session: &|table| sessions.of(table, request),
            selection: &counted,
            versus,
            period: &period,
            is_restricted: request.plan.readers == Readers::Public,
            home,
            service: &port_names,
        },
        &request.plan,
    )?;
    recurring.bursts = bursts::gather(world, &sessions.all, &counted, &port_names)?;
    let phenomena = phenomena::phenomena(&phenomena::Around {
        world,
        session: &sessions.all,
        seen: sessions.seen(),
        selection: &selection,
        home,
        days: (period.first, period.last),
        service: &port_names,
    })?;
    let withheld = [
        ("宛先ポート番号", "destination ports", ports_withheld.lines, false),
        ("送信元地域", "regions of sources", regions_withheld.lines, false),
        ("宛先ポート番号の一日ごとの値", "daily values of destination ports", ports_withheld.days, true),
        ("送信元地域の一日ごとの値", "daily values of regions of sources", regions_withheld.days, true),
        ("その他の図の一日ごとの値", "daily values of other figures", recurring.withheld, true),
    ];
    Ok(Facts {
        previous: versus.map(|_| Names::new(before.label_ja(), before.label_en())),
        zone: world.zone_name.clone(),
        zone_name: zone_name(&world.zone_name),
        region: request.scope.region.as_deref().map(country_names),
        sensors: alive.sensors,
        addresses: alive.addresses,
        packets: if_told(books::total(sessions.of("coverage", request), &counted))?,
        coverage: coverage(alive.silent_hours, request.scope.scanners.as_deref()),
        synthetic: provenance::is_synthetic(&sessions.all, &selection)?
            .then(|| Names::new("シミュレーション（teiten simulate）", "a simulation by teiten simulate")),
        withheld: withheld
            .into_iter()
            .filter(|(_, _, cells, _)| *cells > 0)
            .map(|(ja, en, cells, is_drawn)| Withheld { what: Names::new(ja, en), cells, is_drawn })
            .collect(),
        ports,
        regions,
        phenomena,
        recurring,
        provenance: provenance::provenance(world, &sessions.all, &selection, &earlier, request)?,
        publisher: request.publisher.clone(),
        issued: request.issued,
        first_published: request.first_published,
        correction: request.correction.clone(),
        period,
    })
}

/// A number, or nothing where too few sensors stand behind it for the readers.
pub(crate) fn if_told(number: Result<i64, QueryError>) -> Result<Option<i64>, QueryError> {
    match number {
        Err(QueryError::Withheld(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// A country's name in both languages; another region's name is its own.
pub(crate) fn country_names(code: &str) -> Names {
    Names::new(labels::country(code, Lang::Ja), labels::country(code, Lang::En))
}

fn zone_name(zone: &str) -> Names {
    match zone {
        "Asia/Tokyo" => Names::new("日本標準時", "Japan Standard Time"),
        "UTC" => Names::new("協定世界時", "UTC"),
        other => Names::same(other),
    }
}

/// What must be said of hours that nobody observed, and of packets that were left out.
fn coverage(silent_hours: i64, scanners: Option<&str>) -> Vec<Names> {
    let mut told = Vec::new();
    if silent_hours > 0 {
        told.push(Names::new(
            format!("センサーがパケットを一つも記録しなかった時間は延べ{silent_hours}時間です。"),
            format!("Hours in which a sensor stored no packet, added over the sensors: {silent_hours}."),
        ));
    }
    told.extend(scanners.map(|which| match which {
        "only" => Names::new(
            "パケット数、順位、推移は、調査目的で公然と探索を行う組織（公開リストによる）からのパケットだけを数えています。検知は全パケットを対象としています。",
            "Numbers of packets, ranks and series count only packets of organisations that scan openly, by known lists. Detectors judge all packets.",
        ),
        _ => Names::new(
            "パケット数、順位、推移には、調査目的で公然と探索を行う組織（公開リストによる）からのパケットを含めていません。検知は全パケットを対象としています。",
            "Numbers of packets, ranks and series leave out packets of organisations that scan openly, by known lists. Detectors judge all packets.",
        ),
    }));
    told
}

/// The date of a moment in the zone.
pub(crate) fn date(world: &World, at: Timestamp) -> Result<Date> {
    let (year, month, day) = world.zone.date(at);
    Date::new(year, month, day).context("reading a date of the zone")
}

fn report_period(world: &World, period: &Period) -> Result<ReportPeriod> {
    let interval = period.interval();
    Ok(ReportPeriod {
        name: period.text(),
        label: Names::new(period.label_ja(), period.label_en()),
        interval,
        first: date(world, interval.start)?,
        last: date(world, Timestamp(interval.end.0 - 1))?,
    })
}
