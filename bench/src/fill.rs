//! Makes a large store without captures: days of packets like those of a sample, straight into its tables.
//!
//! Each day is an input of its own, synthetic and committed by itself: a day that is in the store is not made
//! again, so that who was stopped goes on where it was, and a store grows when it is filled with more days. One thread draws packets, the intake counts and encodes
//! them on two others. Rows come in the order of a compacted day, which takes least room.
//!
//! **Invariant:** equal arguments, equal packets; they pass through the store's own intake and nothing else.
//! **Invariant:** memory is that of the sample, of three blocks and of the intake.

mod sample;

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::{Context, Result, anyhow, bail};
use teiten_model::account::Account;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::sensor::{Sensor, Telescope, Watch};
use teiten_model::synthetic::SYNTHETIC;
use teiten_refdata::atlas::Atlas;
use teiten_store::intake::Input;
use teiten_store::store::Store;

use crate::HOME_ZONE;
use crate::clock::{Clock, peak_kib, process_cpu_ns};
use sample::{FIRST_ADDRESS, Runs, Sample, Scene};

/// Packets of a block.
const BLOCK_ROWS: u64 = 16_384;

/// Blocks of columns under way between the threads.
const BLOCKS_UNDER_WAY: usize = 3;

/// 2024-01-01, the first day.
const FIRST_DAY: i32 = 19_723;

/// Most days: beyond the hundredth year times are doubtful.
const DAYS_MAX: u64 = 36_525;

/// Most sensors: one has 256 addresses of 198.18.0.0/15.
const SENSORS_MAX: u64 = 512;

const USAGE: &str = "usage: teiten-bench fill STORE --like FILE --days N --daily PACKETS [--seed N] [--sensors N] \
                     [--tables FILE...]";

/// What is to be made.
struct Plan<'a> {
    store: &'a str,
    like: &'a str,
    days: u64,
    /// Packets of a day.
    daily: u64,
    seed: u64,
    sensors: u64,
}

impl<'a> Plan<'a> {
    fn parse(arguments: &'a [String]) -> Result<Plan<'a>> {
        let [store, options @ ..] = arguments else { bail!(USAGE) };
        let mut plan = Plan { store, like: "", days: 0, daily: 0, seed: 1, sensors: 8 };
        for pair in options.chunks(2) {
            let [name, value] = pair else { bail!(USAGE) };
            let number = || value.parse().with_context(|| format!("{name} {value}: it wants a number"));
            match name.as_str() {
                "--like" => plan.like = value,
                "--days" => plan.days = number()?,
                "--daily" => plan.daily = number()?,
                "--seed" => plan.seed = number()?,
                "--sensors" => plan.sensors = number()?,
                _ => bail!(USAGE),
            }
        }
        let is_whole = !plan.like.is_empty() && plan.daily > 0 && plan.days <= DAYS_MAX;
        if !is_whole || !(1..=SENSORS_MAX).contains(&plan.sensors) {
            bail!(USAGE);
        }
        Ok(plan)
    }

    /// The identifier of a day's input.
    fn input(&self, day: u64) -> String {
        format!("f{:07x}{:08x}", self.seed & 0xfff_ffff, day)
    }

    /// Name and group of each sensor.
    fn sensors(&self) -> Vec<(String, String)> {
        let group = |place| if place % 2 == 0 { "even" } else { "odd" };
        (0..self.sensors).map(|place| (format!("dark-{place:03}"), group(place).to_string())).collect()
    }

    fn telescope(&self) -> Result<Telescope> {
        let always = Interval { start: Timestamp(0), end: Timestamp(i64::MAX) };
        let sensors = self.sensors().into_iter().zip(0..).map(|((name, group), place)| {
            let first = std::net::Ipv4Addr::from((FIRST_ADDRESS + 256 * place) as u32);
            let seen =
                format!("{first}/24").parse().map_err(|why| anyhow!("the prefix {first}/24: {why}"))?;
            Ok(Sensor {
                region: group.clone(),
                name,
                group,
                country: String::new(),
                asn: None,
                provider: String::new(),
                owner: String::new(),
                watches: vec![Watch { seen, public: None, during: always }],
            })
        });
        Ok(Telescope::new(sensors.collect::<Result<Vec<_>>>()?))
    }
}

/// Fills a store and tells what that cost.
pub(crate) fn run(arguments: &[String], atlas: &Atlas) -> Result<String> {
    let plan = Plan::parse(arguments)?;
    let sample = Sample::read(Path::new(plan.like), atlas)?;
    let (telescope, sensors) = (plan.telescope()?, plan.sensors());
    let store = Store::open_or_make(plan.store, HOME_ZONE)?;
    let (clock, cpu_before) = (Clock::new(), process_cpu_ns()?);
    let (mut made, mut days) = (0, 0);
    for day in 0..plan.days {
        let input = plan.input(day);
        let mut intake = store.begin()?;
        if intake.is_stored(&input) {
            continue;
        }
        let day = FIRST_DAY + day as i32;
        let scene = Scene { seed: plan.seed, day, input: &input, sensors: &sensors };
        let (give, blocks) = sync_channel(BLOCKS_UNDER_WAY);
        let (back, taken_back) = sync_channel(BLOCKS_UNDER_WAY);
        for _ in 0..BLOCKS_UNDER_WAY {
            back.try_send(Box::default()).context("the channel has room for exactly these")?;
        }
        std::thread::scope(|scope| {
            let drawing = scope.spawn(|| draw(&sample, &scene, plan.daily, give, taken_back));
            for columns in blocks {
                intake.append(&columns)?;
                // A full or closed channel means that the drawer needs no more.
                let _ = back.try_send(columns);
            }
            drawing.join().map_err(|_| anyhow!("the drawing thread panicked"))?
        })?;
        let mut account = Account::default();
        account.store(plan.daily);
        let name = format!("{SYNTHETIC}: {} like {}", Day(day), plan.like);
        let of = Input { id: input.clone(), kind: SYNTHETIC, name, whole: true, ..Input::default() };
        intake.end_input(of, account)?;
        // It is said to have been imported when its day was over.
        intake.commit(&telescope, Day(day + 1).start().0)?;
        (made, days) = (made + plan.daily, days + 1);
        eprintln!("{} {made} packets, {:.0} s", Day(day), clock.wall_ns() as f64 / 1e9);
    }
    let each = |ns: u64| ns as f64 / made.max(1) as f64;
    let (wall_ns, cpu_ns) = (clock.wall_ns(), process_cpu_ns()? - cpu_before);
    Ok(format!(
        "{made} packets in {days} days: {:.1} ns wall, {:.1} ns CPU a packet; {:.2} s, {:.2} s of CPU; peak memory {} MiB\n",
        each(wall_ns),
        each(cpu_ns),
        wall_ns as f64 / 1e9,
        cpu_ns as f64 / 1e9,
        peak_kib()? / 1024
    ))
}

/// Draws the packets of a day in blocks.
fn draw(
    sample: &Sample,
    scene: &Scene<'_>,
    packets: u64,
    give: SyncSender<Box<PacketColumns>>,
    taken_back: Receiver<Box<PacketColumns>>,
) -> Result<()> {
    let awake = sample.awake(scene.seed, scene.day);
    let until = |place: u64| (u128::from(packets) * u128::from(place) / awake.len().max(1) as u128) as u64;
    let (mut rows, mut drawn) = (Vec::new(), 0);
    let mut block_rows = 0;
    for (place, row) in awake.iter().enumerate() {
        let times = until(place as u64 + 1) - until(place as u64);
        rows.push((*row, times as u32));
        block_rows += times;
        let is_last = place + 1 == awake.len();
        if (block_rows >= BLOCK_ROWS || is_last) && block_rows > 0 {
            let mut block = taken_back.recv().context("the intake has gone")?;
            sample.draw(scene, &Runs { rows: &rows, frame: drawn }, &mut block);
            give.send(block).map_err(|_| anyhow!("the intake has gone"))?;
            drawn += block_rows;
            block_rows = 0;
            rows.clear();
        }
    }
    Ok(())
}
