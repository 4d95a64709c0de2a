//! From a scenario to the packets of one sensor on one day.
//!
//! **Invariant:** a sensor-day is a function of scenario, country ranges, sensor and day; sensor-days can be
//! made in any order and on any thread.

use teiten_model::frame::FrameBlock;
use teiten_model::interval::{DAY_US, Day, Interval, Timestamp};

use crate::address::Family;
use crate::aim::{Destination, Site};
use crate::book::Book;
use crate::countries::{Countries, Range};
use crate::curve::{hours_of, middle, overlap};
use crate::error::SimulateError;
use crate::plan::{Plan, moment_in};
use crate::pool::{ReadyPool, Source};
use crate::random::{Stream, key_of};
use crate::scenario::{Actor, Kind, Scenario};
use crate::sink::{PACKETS_PER_SENSOR_DAY_MAX, Sink};
use crate::{
    background, balancer, dns, dns_answers, family, icmp, misconfiguration, os_probe, periodic, reflection,
    rsdos, source_port, syn, udp,
};

/// LINKTYPE_ETHERNET.
pub(crate) const LINK_ETHERNET: u16 = 1;

/// A scenario whose countries have been looked up.
pub(crate) struct World<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) book: Book,
    pools: Vec<ReadyPool<'a>>,
    plans: Vec<Option<Plan>>,
}

/// One actor's turn at one sensor on one day.
pub(crate) struct Turn<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) pool: &'a ReadyPool<'a>,
    pub(crate) site: &'a Site,
    pub(crate) day: Day,
    /// Place of the actor in the scenario.
    pub(crate) place: u16,
    /// Key of the actor.
    pub(crate) key: u64,
    /// When the actor is there.
    pub(crate) life: Interval,
    pub(crate) stream: Stream,
    pub(crate) sink: &'a mut Sink,
    actor: &'a Actor,
    /// The plan of an actor that has one, and the place of this sensor in it.
    plan: Option<(&'a Plan, usize)>,
}

/// The frames that a sensor captures on a UTC day, in order of time.
pub fn frames(
    scenario: &Scenario,
    countries: &dyn Countries,
    sensor: &str,
    day: Day,
) -> Result<Vec<FrameBlock>, SimulateError> {
    let place = scenario.sensors.iter().position(|site| site.sensor.name == sensor).ok_or_else(|| {
        let known: Vec<&str> = scenario.sensors.iter().map(|site| site.sensor.name.as_str()).collect();
        SimulateError::Sensor { name: sensor.to_owned(), known: known.join(", ") }
    })?;
    let sink = World::new(scenario, countries)?.sensor_day(place, day)?;
    let mut blocks = vec![FrameBlock::default()];
    for (number, event) in sink.events.iter().enumerate() {
        if blocks.last().is_none_or(FrameBlock::is_full) {
            blocks.push(FrameBlock::default());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(sink.frame(event), event.length, event.at.0 * 1_000, LINK_ETHERNET, number as u64 + 1);
        }
    }
    Ok(blocks)
}

impl<'a> World<'a> {
    /// Looks up the countries of every actor.
    pub(crate) fn new(scenario: &'a Scenario, countries: &dyn Countries) -> Result<World<'a>, SimulateError> {
        let watched: Vec<(Family, Range)> = scenario.sensors.iter().flat_map(Site::ranges).collect();
        let book = Book::new(countries, &watched);
        let mut pools = Vec::with_capacity(scenario.actors.len());
        for actor in &scenario.actors {
            let look_up = |code: &String| {
                book.country_of(code, actor.family).ok_or_else(|| SimulateError::Country {
                    actor: actor.name.clone(),
                    country: code.clone(),
                    edition: countries.edition(),
                })
            };
            let places =
                actor.pool.countries.shares().map(|(code, _)| look_up(code)).collect::<Result<_, _>>()?;
            let (family, key) = (actor.family, actor.key);
            pools.push(ReadyPool { pool: &actor.pool, countries: places, family, key });
        }
        let plans = scenario.actors.iter().map(|actor| Plan::new(actor, &scenario.sensors)).collect();
        Ok(World { scenario, book, pools, plans })
    }

    /// The UTC days that the scenario touches.
    pub(crate) fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let during = self.scenario.during;
        (Day::of(during.start).0..=Day::of(Timestamp(during.end.0 - 1)).0).map(Day)
    }

    /// What a sensor captures on a day.
    pub(crate) fn sensor_day(&self, sensor: usize, day: Day) -> Result<Sink, SimulateError> {
        let site = &self.scenario.sensors[sensor];
        let mut sink = Sink::new(site.key);
        for (place, actor) in self.scenario.actors.iter().enumerate() {
            let Ok(aimed) = actor.aim.binary_search(&sensor) else { continue };
            let mut turn = Turn {
                world: self,
                pool: &self.pools[place],
                site,
                day,
                place: place as u16,
                key: actor.key,
                life: actor.life,
                stream: Stream::new(key_of(&[actor.key, site.key, day.0 as u64])),
                sink: &mut sink,
                actor,
                plan: self.plans[place].as_ref().map(|plan| (plan, aimed)),
            };
            turn.play();
        }
        if sink.excess > 0 {
            return Err(SimulateError::TooMany {
                sensor: site.sensor.name.clone(),
                day: day.to_string(),
                packets: sink.events.len() as u64 + sink.excess,
                packets_max: PACKETS_PER_SENSOR_DAY_MAX,
            });
        }
        sink.seal();
        Ok(sink)
    }
}

impl Turn<'_> {
    fn play(&mut self) {
        match &self.actor.kind {
            Kind::Syn(manner) => syn::send(self, manner),
            Kind::OsProbe => os_probe::send(self),
            Kind::SourcePort { ports, every_days, src_port, window } => {
                source_port::send(self, ports, *every_days, (*src_port, *window));
            }
            Kind::RandomSubdomain { zones, outcome } => dns::send(self, zones, outcome),
            Kind::Rsdos(assault) => rsdos::send(self, assault),
            Kind::Misconfiguration { client } => misconfiguration::send(self, *client),
            Kind::Storm { ports, storm } => syn::send_storm(self, ports, storm),
            Kind::Reflection(manner) => reflection::send(self, manner),
            Kind::Balancer { ports, repeats } => balancer::send(self, ports, *repeats),
            Kind::Periodic { ports, every_hours, tool } => periodic::send(self, ports, *every_hours, *tool),
            Kind::Family { ports, header } => family::send(self, ports, header),
            Kind::DnsAnswers { names, zone } => dns_answers::send(self, *names, zone),
            Kind::UdpRequests { requests, asker, dns_name } => {
                udp::send(self, requests, *asker, dns_name.as_deref());
            }
            Kind::IcmpEcho { ping } => icmp::send(self, *ping),
            Kind::Background => background::send(self),
            Kind::Gre => background::send_gre(self),
        }
    }

    /// Calls `send` at random times of the day, as often as the rate says: each call stands for `packets`
    /// packets, the last of which comes `tail_us` after the first.
    pub(crate) fn each(&mut self, packets: f64, tail_us: i64, mut send: impl FnMut(&mut Self, Timestamp)) {
        for hour in hours_of(self.day) {
            let inside = overlap(hour, self.life);
            if let Some((plan, place)) = self.plan {
                self.each_planned(plan.count(place, hour.start), inside, &mut send);
                continue;
            }
            let count = self.stream.poisson(hour_mean(self.actor, self.site, hour) / packets);
            if count == 0 {
                continue;
            }
            if !self.sink.has_room_for((count as f64 * packets).ceil() as u64) {
                return;
            }
            let room = (inside.length_us() - tail_us).max(1) as u64;
            for _ in 0..count {
                let at = Timestamp(inside.start.0 + self.stream.below(room) as i64);
                send(self, at);
            }
        }
    }

    /// Calls `send` exactly so often, at times of an hour at which the sensor captures.
    fn each_planned(&mut self, count: u64, hour: Interval, send: &mut impl FnMut(&mut Self, Timestamp)) {
        if count == 0 || !self.sink.has_room_for(count) {
            return;
        }
        let spans = self.site.up(self.family(), hour);
        let room: i64 = spans.iter().map(Interval::length_us).sum();
        for _ in 0..count {
            let offset = self.stream.below(room as u64) as i64;
            if let Some(at) = moment_in(&spans, offset) {
                send(self, at);
            }
        }
    }

    /// Which Internet the actor sends through.
    pub(crate) fn family(&self) -> Family {
        self.actor.family
    }

    /// Where a packet goes at a time; the key says which of the sensor's addresses.
    pub(crate) fn destination(&self, at: Timestamp, key: u64) -> Option<Destination> {
        self.site.destination(self.actor.family, at, key)
    }

    /// A source that sends at this time.
    pub(crate) fn draw_source(&mut self, at: Timestamp) -> Source {
        self.pool.draw(&self.world.book, at, &mut self.stream)
    }

    /// The rate at a time, in packets of this sensor per day.
    pub(crate) fn mean_at(&self, at: Timestamp) -> f64 {
        self.actor.rate.at(at) * self.site.exposure
    }

    /// The expected packets of the day, outages left aside.
    pub(crate) fn mean_of_day(&self) -> f64 {
        hours_of(self.day).map(|hour| hour_mean(self.actor, self.site, hour)).sum()
    }
}

/// The expected packets of an actor at a sensor in an hour, outages left aside.
pub(crate) fn hour_mean(actor: &Actor, site: &Site, hour: Interval) -> f64 {
    let lived = overlap(hour, actor.life);
    if lived.length_us() == 0 || !actor.kind.is_active(middle(lived)) {
        return 0.0;
    }
    actor.rate.at(middle(lived)) * site.exposure * lived.length_us() as f64 / DAY_US as f64
}
