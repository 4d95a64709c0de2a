//! Section 2 of a report: findings first, then the facts around each of them.
//!
//! **Invariant:** what is not behind a finding is not asked for and not said.

mod known;

use std::collections::BTreeMap;
use std::net::IpAddr;

use anyhow::{Context, Result};
use jiff::civil::Date;
use teiten_detect::detector::{About, DETECTORS, Detector, is_experimental};
use teiten_detect::detectors::{dns_aftermath, fixed_source_port};
use teiten_evidence::{info, list};
use teiten_model::columns::PacketColumns;
use teiten_model::finding::{Confidence, Finding, FindingRow as Kept, Subject};
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::Value;
use teiten_model::window::Window;
use teiten_query::dimension;
use teiten_query::questions::shapes::{Shape, first_of_each};
use teiten_query::questions::top::{Top, top};
use teiten_query::questions::trend::{Trend, trend};
use teiten_query::questions::{dns_window, facts, packets, source_port_window, window};
use teiten_query::session::Session;
use teiten_refdata::countries::Country;
use teiten_refdata::victims::Found;
use teiten_report::facts::phenomena::{
    DnsAftermath, DnsLine, DnsMonth, DnsSeries, EvidencePacket, FindingRow, FixedSourcePort, FoundKind,
    HomeNetwork, PartRow, Phenomena, ResolverRegion, VictimZone,
};
use teiten_report::kinds::phenomena::found;
use teiten_report::words::names::Names;

use crate::facts::country_names as country;
use crate::judge;
use crate::known::Victims;
use crate::world::World;

/// Packets in a list of evidence.
const EVIDENCE: usize = 8;
/// Findings of a kind among those behind the section.
const FOUND_MAX: usize = 20;
/// Lines of a division by port or region.
const LINES: usize = 1_000;

/// The filter of DNS answers from port 53/UDP.
const ANSWERS: &str = "udp.srcport == 53 && dns.flags.response == 1";
/// The filter of ICMP errors about packets to 53/UDP.
const ERRORS: &str = "icmp.type == 3 && quote.proto == 17 && quote.dstport == 53";

/// What a report of a period needs to know to tell its phenomena.
pub(crate) struct Around<'a> {
    pub(crate) world: &'a World,
    /// Everything, in which is looked for findings.
    pub(crate) session: &'a Session,
    /// What the readers may see: small cells are withheld.
    pub(crate) seen: &'a Session,
    /// The sensors and the period.
    pub(crate) selection: &'a Selection,
    /// The home country's code; `None` when the region is not a country.
    pub(crate) home: Option<&'a str>,
    /// First and last day of the period.
    pub(crate) days: (Date, Date),
    /// The service of a label such as `445/TCP`.
    pub(crate) service: &'a dyn Fn(&str) -> Names,
}

/// Findings of a selection's period, and the window they were found in.
pub(crate) fn found(
    world: &World,
    session: &Session,
    selection: &Selection,
) -> Result<(Window, Vec<Finding>)> {
    let mut window = window::window(session, selection)?;
    window.bounds = judge::bounds(world);
    // The others judge facts of days, which are of all sensors; what they say is kept.
    let detectors: [&dyn Detector; 2] = [&dns_aftermath::DnsAftermath, &fixed_source_port::FixedSourcePort];
    let mut findings: Vec<Finding> = detectors.iter().flat_map(|detector| detector.detect(&window)).collect();
    for finding in &mut findings {
        finding.evidence.sensors.clone_from(&selection.sensors);
        finding.evidence.groups.clone_from(&selection.groups);
    }
    Ok((window, findings))
}

/// The phenomena of a period.
pub(crate) fn phenomena(around: &Around<'_>) -> Result<Phenomena> {
    let (window, findings) = found(around.world, around.session, around.selection)?;
    let mut hidden = Hidden::default();
    let dns = around.dns(&window, &findings, &mut hidden)?;
    let mut source_ports = Vec::new();
    for finding in &findings {
        if let Subject::TcpSourcePort(port) = finding.subject {
            source_ports.push(around.source_port(&window, finding, port, &mut hidden)?);
        }
    }
    let (kinds, kept) = around.kinds()?;
    let mut rows: Vec<FindingRow> =
        findings.iter().map(|finding| around.row(finding)).collect::<Result<_>>()?;
    rows.extend(kept);
    let known = known::gather(around, &mut hidden)?;
    Ok(Phenomena {
        dns,
        source_ports,
        kinds,
        known,
        is_withheld: false,
        is_scoped: !(around.selection.sensors.is_empty() && around.selection.groups.is_empty()),
        findings: rows,
        home: around.home.map(|code| (country(code), top_level_domain(code))),
        withheld: hidden.days,
    })
}

/// The country-code top-level domain: the code in lower case, but for the one that differs.
fn top_level_domain(code: &str) -> String {
    if code == "GB" { "uk".to_string() } else { code.to_ascii_lowercase() }
}

/// The home country of a report: its region, when that is a country.
pub(crate) fn home(region: Option<&str>) -> Option<&str> {
    region.filter(|region| Country::parse(region).is_some())
}

/// What is not told: destinations that were replaced, in the order of first appearance, and days of series.
#[derive(Default)]
struct Hidden {
    days: i64,
    places: BTreeMap<IpAddr, usize>,
}

impl Hidden {
    fn place(&mut self, address: IpAddr) -> usize {
        let next = self.places.len();
        *self.places.entry(address).or_insert(next)
    }
}

/// The names of a kind of victims.
fn kind_names(found: &Found<'_>) -> Names {
    Names::new(found.kind.ja.as_str(), found.kind.en.as_str())
}

/// Whether a text holds an address in a form that a reader could recognise.
fn betrays(text: &str, address: IpAddr) -> bool {
    let text = text.to_ascii_lowercase();
    let mut forms = vec![address.to_string()];
    if let IpAddr::V4(v4) = address {
        let [a, b, c, d] = v4.octets();
        forms.push(format!("{a}-{b}-{c}-{d}"));
        forms.push(format!("{d}.{c}.{b}.{a}"));
        forms.push(format!("{:08x}", u32::from(v4)));
        forms.push(u32::from(v4).to_string());
    }
    forms.iter().any(|form| text.contains(form.as_str()))
}

fn part(of: i64, whole: i64) -> f64 {
    if whole > 0 { of as f64 / whole as f64 } else { 0.0 }
}

impl Around<'_> {
    fn date(&self, at: Timestamp) -> Result<Date> {
        let (year, month, day) = self.world.zone.date(at);
        Date::new(year, month, day).context("reading a date of the zone")
    }

    fn dates(&self, interval: Interval) -> Result<(Date, Date)> {
        Ok((self.date(interval.start)?, self.date(Timestamp(interval.end.0 - 1))?))
    }

    fn row(&self, finding: &Finding) -> Result<FindingRow> {
        let about =
            DETECTORS.iter().map(|detector| detector.about()).find(|about| about.id == finding.detector);
        let (first, last) = self.dates(finding.interval)?;
        Ok(FindingRow {
            id: finding.id.clone(),
            detector: about
                .map_or(Names::same(finding.detector), |about| Names::new(about.title_ja, about.title)),
            rule: finding.rule,
            subject: finding.subject.to_string(),
            kind: None,
            first,
            last,
            confidence: finding.confidence.name(),
            packets: finding.seen("answers").or(finding.seen("packets")).unwrap_or(0.0) as i64,
            sources: finding.seen("responders").or(finding.seen("sources")).unwrap_or(-1.0) as i64,
            sensors: finding.sensors,
            filter: finding.evidence.filter.clone().unwrap_or_default(),
            is_public: true,
            is_sensor: false,
            is_told: true,
        })
    }

    /// What was found of the kinds that are told alike, by kind, and all of it as rows. Experimental detectors
    /// and those that are told with their own facts are left out.
    fn kinds(&self) -> Result<(Vec<FoundKind>, Vec<FindingRow>)> {
        let days = |interval| judge::whole_days(self.session.store(), interval);
        let asked = Selection { interval: self.selection.interval.map(days), ..Selection::default() };
        let kept = facts::findings(self.session, &asked)?;
        let victims = Victims::load(self.world)?;
        let mut kinds: Vec<(usize, FoundKind)> = Vec::new();
        for detector in DETECTORS {
            let about = detector.about();
            let Some(place) = found::place(about.id).filter(|_| !is_experimental(about.id)) else { continue };
            let own = kept.iter().filter(|row| row.detector == about.id && row.confidence != "weak");
            let rows: Vec<FindingRow> =
                own.map(|row| self.kept_row(row, about, &victims)).collect::<Result<_>>()?;
            if !rows.is_empty() {
                let title = Names::new(about.title_ja, about.title);
                kinds.push((place, FoundKind { detector: about.id, title, rows }));
            }
        }
        kinds.sort_by_key(|(place, _)| *place);
        let kinds: Vec<FoundKind> = kinds.into_iter().map(|(_, kind)| kind).collect();
        let rows = kinds.iter().flat_map(|kind| kind.rows.iter().take(FOUND_MAX).cloned()).collect();
        Ok((kinds, rows))
    }

    fn kept_row(&self, row: &Kept, about: &About, victims: &Victims) -> Result<FindingRow> {
        let interval = Interval { start: Timestamp(row.first), end: Timestamp(row.last) };
        let (first, last) = self.dates(interval)?;
        let is_address = row.src >= 0 || !row.src6.is_empty();
        Ok(FindingRow {
            id: row.id.clone(),
            detector: Names::new(about.title_ja, about.title),
            rule: row.rule as u32,
            subject: row.subject.clone(),
            kind: victims.of_finding(row)?.flatten().map(|found| kind_names(&found)),
            first,
            last,
            confidence: Confidence::find(&row.confidence).unwrap_or(Confidence::Weak).name(),
            packets: row.packets,
            sources: row.sources,
            sensors: row.sensors,
            filter: row.filter.clone(),
            is_public: !is_address && row.sensor.is_empty(),
            is_sensor: !row.sensor.is_empty(),
            is_told: true,
        })
    }

    /// The period's last month, from which packets are chosen as evidence.
    fn last_month(&self) -> Selection {
        let (first, last) = self.days;
        let start = last.first_of_month().max(first);
        let zoned = start.to_zoned(self.world.zone.rules().clone());
        let interval = self.selection.interval.map(|interval| Interval {
            start: zoned.map_or(interval.start, |zoned| Timestamp(zoned.timestamp().as_microsecond())),
            end: interval.end,
        });
        Selection { interval, ..self.selection.clone() }
    }

    /// Rows as a list, destinations hidden; a packet that says its destination is left out.
    fn lines(&self, columns: &PacketColumns, hidden: &mut Hidden) -> Vec<EvidencePacket> {
        let mut lines = Vec::new();
        for row in 0..columns.rows() {
            let Some(destination) = list::destination(columns, row) else { continue };
            let mut text = String::new();
            let protocol = info::draw(columns, row, &mut text);
            let public = teiten_model::address::ipv4_of(columns.dst_public[row]).map(IpAddr::V4);
            if betrays(&text, destination) || public.is_some_and(|public| betrays(&text, public)) {
                continue;
            }
            let offset = jiff::Timestamp::from_microsecond(columns.ts[row])
                .map_or(0, |at| self.world.zone.rules().to_offset(at).seconds());
            let time = list::time(columns.ts[row], Some(offset));
            lines.push(EvidencePacket {
                time: time.split_once('.').map_or(time.as_str(), |(whole, _)| whole).to_string(),
                source: list::source(columns, row).map_or(String::new(), |source| source.to_string()),
                country: country(columns.src_country.get(row).unwrap_or_default()),
                destination: hidden.place(destination),
                protocol: protocol.to_string(),
                length: i64::from(columns.frame_len[row]),
                info: text,
            });
        }
        lines
    }

    fn chosen(&self, filter: String, shape: Shape, hidden: &mut Hidden) -> Result<Vec<EvidencePacket>> {
        let selection = Selection { filter: Some(filter), ..self.last_month() };
        Ok(self.lines(&first_of_each(self.session, &selection, shape, EVIDENCE)?, hidden))
    }

    fn dns(
        &self,
        window: &Window,
        findings: &[Finding],
        hidden: &mut Hidden,
    ) -> Result<Option<DnsAftermath>> {
        let victims = Victims::load(self.world)?;
        let mut zones = Vec::new();
        for finding in findings {
            let Subject::Zone(zone) = &finding.subject else { continue };
            let (first, last) = self.dates(finding.interval)?;
            let seen = |name| finding.seen(name).unwrap_or(0.0);
            zones.push(VictimZone {
                zone: zone.clone(),
                kind: victims.of_zone(zone).map(|found| kind_names(&found)),
                first,
                last,
                answers: seen("answers") as i64,
                unique: seen("unique_names"),
                no_such_name: seen("no_such_name"),
                server_failure: seen("server_failure"),
                responders: seen("responders") as i64,
                sensors: finding.sensors,
            });
        }
        if zones.is_empty() {
            return Ok(None);
        }
        let mut names: Vec<String> = zones.iter().map(|zone| zone.zone.clone()).collect();
        names.sort();
        names.dedup();
        let by_country = dns_window::responders(self.session, self.selection, &names)?;
        let sum =
            |name| (0..by_country.rows.len()).map(|row| by_country.int(row, name).unwrap_or(0)).sum::<i64>();
        let resolvers = sum("resolvers");
        let regions: Vec<ResolverRegion> = (0..by_country.rows.len())
            .map(|row| {
                let key = match by_country.value(row, "country") {
                    Some(Value::Text(code)) => code.clone(),
                    _ => String::new(),
                };
                let own = by_country.int(row, "resolvers").unwrap_or(0);
                ResolverRegion {
                    name: country(&key),
                    key,
                    resolvers: own,
                    share: part(own, resolvers),
                    answers: by_country.int(row, "answers").unwrap_or(0),
                    sensors: by_country.int(row, "sensors").unwrap_or(0),
                }
            })
            .collect();
        let (home_resolvers, home_ases) = match self.home {
            Some(code) => self.at_home(&names, code, &regions)?,
            None => (0, Vec::new()),
        };
        let domain = self.home.map(|code| format!(".{}", top_level_domain(code)));
        let (errors, error_sources, errors_of_zones) =
            dns_window::errors(self.session, self.selection, &names)?;
        let inside = || window.dns_days.iter();
        let any =
            names.iter().map(|name| format!("{}$", name.replace('.', "\\."))).collect::<Vec<_>>().join("|");
        let answer = |code: u8| {
            format!(
                "src.port == 53 && dns.flags.response == 1 && dns.flags.rcode == {code} && dns.qry.name matches r\"(^|\\.)({any})\""
            )
        };
        Ok(Some(DnsAftermath {
            series: self.dns_series(hidden)?,
            months: self.dns_months(window)?,
            regions,
            answers: inside().map(|day| day.answers).sum(),
            zone_answers: sum("answers"),
            responders: sum("responders"),
            resolvers,
            errors,
            error_sources,
            errors_named: inside().map(|day| day.errors_named).sum(),
            errors_of_zones,
            home_ases,
            home_resolvers,
            home_zones: names
                .iter()
                .filter(|name| domain.as_ref().is_some_and(|domain| name.ends_with(domain)))
                .count() as i64,
            no_such_name: self.chosen(answer(3), Shape::DnsZone, hidden)?,
            unreachable: self.chosen(ERRORS.to_string(), Shape::Country, hidden)?,
            server_failure: self.chosen(answer(2), Shape::DnsZone, hidden)?,
            zones,
            origin: vec!["packets".to_string()],
        }))
    }

    /// Open resolvers of the home country, whole and by AS.
    fn at_home(
        &self,
        names: &[String],
        code: &str,
        regions: &[ResolverRegion],
    ) -> Result<(i64, Vec<HomeNetwork>)> {
        let resolvers = regions.iter().find(|region| region.key == code).map_or(0, |region| region.resolvers);
        let by_as = dns_window::responders_of(self.session, self.selection, names, code)?;
        let ases = (0..by_as.rows.len())
            .map(|row| {
                let asn = by_as.int(row, "asn").unwrap_or(0);
                HomeNetwork {
                    asn: if asn > 0 { format!("AS{asn}") } else { String::new() },
                    resolvers: by_as.int(row, "resolvers").unwrap_or(0),
                    sensors: by_as.int(row, "sensors").unwrap_or(0),
                }
            })
            .collect();
        Ok((resolvers, ases))
    }

    /// Packets of a filter per sensor and day, from a first day on; days that nobody watched, or that the
    /// readers may not see, have none.
    fn daily(
        &self,
        filter: &str,
        (first, last): (Date, Date),
        hidden: &mut Hidden,
    ) -> Result<Vec<Option<f64>>> {
        let interval = self.selection.interval.context("a report has a period")?;
        let zoned = first.to_zoned(self.world.zone.rules().clone()).context("the start of a day")?;
        let start = Timestamp(zoned.timestamp().as_microsecond());
        let selection = Selection {
            filter: Some(filter.to_string()),
            interval: Some(Interval { start, end: interval.end }),
            ..self.selection.clone()
        };
        let question = Trend {
            step: "day".into(),
            zone: self.world.zone_name.clone(),
            by: None,
            lines: 1,
            without_sources: false,
        };
        let table = trend(self.seen, &selection, &question)?;
        let days = first.until(last).map_or(0, |span| span.get_days());
        let mut values = vec![None; usize::try_from(days + 1).unwrap_or(0)];
        for row in 0..table.rows.len() {
            let Some(Value::Time(at)) = table.value(row, "at") else { continue };
            let place = first.until(self.date(Timestamp(*at))?).map_or(-1, |span| span.get_days());
            let value = usize::try_from(place).ok().and_then(|place| values.get_mut(place));
            if let (Some(value), Some(Value::Float(rate))) = (value, table.value(row, "rate")) {
                *value = Some(*rate);
            }
            hidden.days += i64::from(table.value(row, "packets") == Some(&Value::Null));
        }
        Ok(values)
    }

    fn dns_series(&self, hidden: &mut Hidden) -> Result<Vec<DnsSeries>> {
        let lines = [
            (DnsLine::Answers, "udp.srcport == 53".to_string()),
            (DnsLine::NoSuchName, format!("{ANSWERS} && dns.flags.rcode == 3")),
            (DnsLine::ServerFailure, format!("{ANSWERS} && dns.flags.rcode == 2")),
            (DnsLine::Errors, ERRORS.to_string()),
        ];
        lines
            .into_iter()
            .map(|(line, filter)| Ok(DnsSeries { line, values: self.daily(&filter, self.days, hidden)? }))
            .collect()
    }

    fn dns_months(&self, window: &Window) -> Result<Vec<DnsMonth>> {
        let mut sums: BTreeMap<Date, [i64; 5]> = BTreeMap::new();
        for day in &window.dns_days {
            let month = self.date(Timestamp(day.start))?.first_of_month();
            let counts = [day.answers, day.no_such_name, day.server_failure, day.refused, day.errors];
            let sum = sums.entry(month).or_default();
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        Ok(sums
            .into_iter()
            .map(|(first, [answers, no_such_name, server_failure, refused, errors])| DnsMonth {
                first,
                answers,
                no_such_name: part(no_such_name, answers),
                server_failure: part(server_failure, answers),
                refused: part(refused, answers),
                errors,
            })
            .collect())
    }

    /// A finding's packets by port or region, most first.
    fn parts(&self, finding: &Finding, by: &str, names: &dyn Fn(&str) -> Names) -> Result<Vec<PartRow>> {
        let by_that = dimension::find(by).context("a dimension of the list")?;
        let question = Top { without_sources: true, ..Top::of(by_that, LINES) };
        let table = top(self.seen, &finding.evidence, &question)?;
        let whole: i64 = (0..table.rows.len()).map(|row| table.int(row, "packets").unwrap_or(0)).sum();
        Ok((0..table.rows.len())
            .map(|row| {
                let key = match table.value(row, by) {
                    Some(Value::Text(key)) => key.clone(),
                    _ => String::new(),
                };
                let packets = table.int(row, "packets").unwrap_or(0);
                PartRow { name: names(&key), key, packets, share: part(packets, whole) }
            })
            .collect())
    }

    fn source_port(
        &self,
        window: &Window,
        finding: &Finding,
        number: i64,
        hidden: &mut Hidden,
    ) -> Result<FixedSourcePort> {
        let place = window.source_ports.iter().position(|port| port.port == number);
        let place = place.context("a finding is about a port of its window")?;
        let port = &window.source_ports[place];
        let watched = window.days.first().map_or(window.interval.start, |day| day.start);
        let first = self.date(watched)?;
        let filter = finding.evidence.filter.as_deref().context("a finding has its filter")?;
        Ok(FixedSourcePort {
            port: finding.subject.to_string(),
            packets: port.packets,
            share: part(port.packets, window.packets),
            place: place as i64 + 1,
            neighbour_packets: port.neighbour_packets,
            sources: port.sources,
            first,
            values: self.daily(filter, (first, self.days.1), hidden)?,
            sensors: finding.sensors,
            onset: fixed_source_port::onset(port, window).map(|at| self.date(at)).transpose()?,
            ports: self.parts(finding, "port", self.service)?,
            regions: self.parts(finding, "country", &country)?,
            window_bytes: port.window_bytes,
            sources_repeated: port.sources_repeated,
            one_window: part(port.sources_one_window, port.sources_repeated),
            pairs: port.pairs,
            steady: part(port.pairs_steady, port.pairs),
            pause_days: port.pause_secs / 86_400.0,
            bare: part(port.bare_packets, port.packets),
            evidence: self.one_pair(finding, number, hidden)?,
            origin: vec!["packets".to_string()],
        })
    }

    fn one_pair(&self, finding: &Finding, number: i64, hidden: &mut Hidden) -> Result<Vec<EvidencePacket>> {
        let pair = source_port_window::steadiest(self.session, self.selection, number)?;
        let pair = pair.and_then(|(src, dst)| {
            Some((teiten_model::address::ipv4_of(src)?, teiten_model::address::ipv4_of(dst)?))
        });
        let (Some((src, dst)), Some(filter)) = (pair, &finding.evidence.filter) else {
            return Ok(Vec::new());
        };
        let filter = format!("{filter} && ip.src == {src} && ip.dst == {dst}");
        let selection = Selection { filter: Some(filter), ..self.selection.clone() };
        Ok(self.lines(&packets::packets(self.session, &selection, EVIDENCE, false)?, hidden))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_recognised_in_every_form() {
        let address: IpAddr = "192.0.2.17".parse().expect("an address");
        for (text, is_betrayed) in [
            ("A 192.0.2.17.list.example", true),
            ("A 17.2.0.192.list.example", true),
            ("A 192-0-2-17.example", true),
            ("A C0000211.example", true),
            ("A 3221226001.example", true),
            ("A kqzvbnxw.example", false),
        ] {
            assert_eq!(betrays(text, address), is_betrayed, "{text}");
        }
    }

    #[test]
    fn home_is_a_country() {
        assert_eq!(home(Some("JP")), Some("JP"));
        assert_eq!(home(Some("overseas")), None);
        assert_eq!(top_level_domain("JP"), "jp");
    }
}
