//! What a telescope of some size needs: disk, cores, memory, network and machines, by the figures of one packet.
//!
//! **Invariant:** plain arithmetic over the list of figures; nothing is looked up, and nothing depends on a store.

pub(crate) mod figures;
mod limits;

use figures as f;
pub(crate) use limits::Limit;

/// What is to be observed, kept and asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    /// Addresses that are watched.
    pub(crate) addresses: u64,
    /// Sensors that they are divided among.
    pub(crate) sensors: u64,
    /// Packets that one of them receives a day.
    pub(crate) packets_per_address_day: f64,
    /// How long rows, rollups and facts are kept.
    pub(crate) years: f64,
    /// How long raw frames are kept.
    pub(crate) frame_days: f64,
    /// People who read the portal at the same time.
    pub(crate) readers: u64,
}

/// A number of the plan.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What it belongs to: traffic, disk and so on.
    pub(crate) part: &'static str,
    /// What it is.
    pub(crate) item: &'static str,
    /// How much.
    pub(crate) amount: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// How it was made.
    pub(crate) how: String,
}

/// Everything that a demand needs.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Line by line.
    pub(crate) lines: Vec<Line>,
    /// What one machine can take, that which breaks first in front.
    pub(crate) limits: Vec<Limit>,
    /// What costs most, a sentence each.
    pub(crate) drivers: Vec<String>,
}

const GB: f64 = 1e9;
const DAYS_PER_YEAR: f64 = 365.0;
const SECS_PER_DAY: f64 = 86_400.0;

impl Demand {
    fn packets_a_day(&self) -> f64 {
        self.addresses as f64 * self.packets_per_address_day
    }

    fn rate(&self) -> f64 {
        self.packets_a_day() / SECS_PER_DAY
    }

    fn is_narrow(&self) -> bool {
        self.addresses as f64 / self.sensors.max(1) as f64 <= f::NARROW_ADDRESSES_MAX.value
    }

    fn rollups(&self) -> f::Figure {
        if self.is_narrow() { f::ROLLUPS_NARROW_BYTES } else { f::ROLLUPS_WIDE_BYTES }
    }

    /// Bytes that are kept for ever or for years, by packet.
    fn kept_bytes(&self) -> f64 {
        f::ROWS_BYTES.value + self.rollups().value + f::FACTS_BYTES.value
    }

    /// Disk in all, with what is spare, in GB.
    fn disk_gb(&self) -> f64 {
        let kept = self.kept_bytes() * self.years * DAYS_PER_YEAR;
        let frames = f::FRAMES_BYTES.value * self.frame_days;
        self.packets_a_day() * (kept + frames) * f::DISK_SPARE.value / GB
    }
}

/// A number with its digits in threes.
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let threes: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    threes.iter().map(|three| String::from_utf8_lossy(three)).collect::<Vec<_>>().join(",")
}

/// The plan of a demand.
pub(crate) fn plan(demand: &Demand) -> Plan {
    let day = demand.packets_a_day();
    let rate = demand.rate();
    let peak = rate * f::PEAK.value;
    let kept_days = demand.years * DAYS_PER_YEAR;
    let mut lines = Vec::new();
    let mut line =
        |part, item, amount: f64, unit, how: String| lines.push(Line { part, item, amount, unit, how });
    line(
        "traffic",
        "packets a day",
        day,
        "packets",
        format!("{} addresses x {}", grouped(demand.addresses as f64), demand.packets_per_address_day),
    );
    line("traffic", "mean rate", rate, "packets/s", "a day / 86,400 s".into());
    line("traffic", "busiest hour", peak, "packets/s", format!("mean x {}", f::PEAK.value));
    let disk = |bytes: f64, days: f64| day * bytes * days / GB;
    let rows = disk(f::ROWS_BYTES.value, kept_days);
    let rollups = disk(demand.rollups().value, kept_days);
    let facts = disk(f::FACTS_BYTES.value, kept_days);
    let frames = disk(f::FRAMES_BYTES.value, demand.frame_days);
    let all = demand.disk_gb();
    let of = |figure: f::Figure, days: f64| format!("{} B a packet, {days} days", figure.value);
    line("disk", "rows", rows, "GB", of(f::ROWS_BYTES, kept_days));
    line("disk", "rollups", rollups, "GB", of(demand.rollups(), kept_days));
    line("disk", "facts", facts, "GB", of(f::FACTS_BYTES, kept_days));
    line("disk", "raw frames", frames, "GB", of(f::FRAMES_BYTES, demand.frame_days));
    line("disk", "in all", all, "GB", format!("the sum x {}", f::DISK_SPARE.value));
    line(
        "disk",
        "written a day",
        disk(f::ROWS_FRESH_BYTES.value + demand.kept_bytes() + f::FRAMES_BYTES.value, 1.0),
        "GB",
        format!("rows twice: {} B a packet fresh, then compacted", f::ROWS_FRESH_BYTES.value),
    );
    let collect = peak * f::COLLECT_NS.value / 1e9;
    let counting = rate * f::FACTS_NS.value / 1e9;
    let reading = demand.readers as f64 * f::PAGE_MS.value / 1e3 / f::PAGE_EVERY_SECS.value;
    let cores = ((collect + counting + reading) / f::LOAD.value).ceil().max(2.0);
    line("cores", "collecting", collect, "cores", format!("busiest hour x {} ns", f::COLLECT_NS.value));
    line("cores", "facts of days", counting, "cores", format!("mean x {} ns", f::FACTS_NS.value));
    line(
        "cores",
        "readers",
        reading,
        "cores",
        format!("{} x {} ms in {} s", demand.readers, f::PAGE_MS.value, f::PAGE_EVERY_SECS.value),
    );
    line("cores", "in all", cores, "cores", format!("the sum / {}, at least 2", f::LOAD.value));
    let collectors = (collect / (f::COLLECT_CORES_MAX.value * f::LOAD.value)).ceil().max(1.0);
    let questions = (demand.readers as f64 / f::READERS_PER_QUESTION.value).ceil().max(1.0);
    let memory = (collectors * f::COLLECT_MIB.value + f::FACTS_MIB.value + questions * f::QUESTION_MIB.value)
        / 1_024.0;
    line(
        "memory",
        "in all",
        memory,
        "GiB",
        format!("collectors: {collectors}; facts; questions at once: {questions}"),
    );
    let mbit = |rate: f64| rate * f::FRAMES_BYTES.value * 8.0 / 1e6;
    line("network", "from sensors", mbit(rate), "Mbit/s", of(f::FRAMES_BYTES, 1.0).replace(", 1 days", ""));
    line("network", "from sensors, busiest hour", mbit(peak), "Mbit/s", format!("x {}", f::PEAK.value));
    line(
        "network",
        "at each sensor",
        rate / demand.sensors.max(1) as f64 * f::SENSOR_NS.value / 1e9,
        "cores",
        format!("{} ns a packet, {} sensors", f::SENSOR_NS.value, demand.sensors),
    );
    let is_one = cores <= f::MACHINE_CORES_MAX.value
        && all <= f::MACHINE_DISK_TB_MAX.value * 1e3
        && collectors <= 1.0
        && mbit(peak) <= f::LINE_GBIT_MAX.value * 1e3 * f::LOAD.value;
    if is_one {
        line("machines", "one for all", 1.0, "machines", format!("{cores} cores, its own disk"));
    } else {
        line(
            "machines",
            "collectors",
            collectors,
            "machines",
            "one process each; more than one need a store in a bucket".into(),
        );
        let asking = ((counting + reading) / f::LOAD.value / f::MACHINE_CORES_MAX.value).ceil().max(1.0);
        line(
            "machines",
            "facts, reports, portal",
            asking,
            "machines",
            format!("of {} cores", f::MACHINE_CORES_MAX.value),
        );
        let holding = (all / 1e3 / f::MACHINE_DISK_TB_MAX.value).ceil();
        line(
            "machines",
            "disk",
            holding,
            "machines",
            format!("of {} TB, each byte once", f::MACHINE_DISK_TB_MAX.value),
        );
    }
    let share = |part: f64, whole: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    let mut parts = [("rows", rows), ("rollups", rollups), ("facts", facts), ("raw frames", frames)];
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let drivers = vec![
        format!(
            "cost, disk: {} take {:.0} %, {} {:.0} % of {:.1} GB without what is spare",
            parts[0].0,
            share(parts[0].1, all / f::DISK_SPARE.value),
            parts[1].0,
            share(parts[1].1, all / f::DISK_SPARE.value),
            all / f::DISK_SPARE.value
        ),
        format!(
            "cost, cores: collecting {:.0} %, facts {:.0} %, readers {:.0} %",
            share(collect, collect + counting + reading),
            share(counting, collect + counting + reading),
            share(reading, collect + counting + reading)
        ),
    ];
    Plan { lines, limits: limits::of(demand), drivers }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(addresses: u64, sensors: u64) -> Demand {
        Demand {
            addresses,
            sensors,
            packets_per_address_day: 6_600.0,
            years: 1.0,
            frame_days: 90.0,
            readers: 5,
        }
    }

    fn amount(plan: &Plan, part: &str, item: &str) -> f64 {
        plan.lines.iter().find(|line| line.part == part && line.item == item).expect(item).amount
    }

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([1.0, 999.0, 1e3, 16_777_216.0].map(grouped), ["1", "999", "1,000", "16,777,216"]);
    }

    #[test]
    fn twice_the_addresses_are_twice_the_disk() {
        let (one, two) = (plan(&demand(65_536, 1)), plan(&demand(131_072, 1)));
        for item in ["rows", "rollups", "facts", "raw frames", "in all"] {
            let (one, two) = (amount(&one, "disk", item), amount(&two, "disk", item));
            assert!((two - 2.0 * one).abs() < 1e-6 * two, "{item}");
        }
    }

    #[test]
    fn from_one_address_to_a_slash_8_the_first_to_break_is_said() {
        for (addresses, breaks) in [(1, false), (65_536, false), (12_582_912, true), (16_777_216, true)] {
            let plan = plan(&demand(addresses, 1));
            let first = &plan.limits[0];
            assert_eq!(first.share > 1.0, breaks, "{addresses}: {first:?}");
            let expected = addresses as f64 / first.share;
            assert!((first.breaks_at - expected).abs() < 1e-6 * expected, "{first:?}");
            assert_eq!(plan.lines.iter().any(|line| line.item == "one for all"), !breaks);
        }
    }

    #[test]
    fn many_small_sensors_have_larger_rollups_than_one_telescope() {
        let rollups = |sensors| amount(&plan(&demand(1_024, sensors)), "disk", "rollups");
        assert!(rollups(1_024) > 5.0 * rollups(1));
    }
}
