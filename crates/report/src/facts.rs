//! What a report is made from: plain tables, names in both languages, and where all of it came from.
//!
//! Whoever asks the store fills these; a report kind reads them. Nothing here knows a query.
//!
//! **Invariant:** the numbers of both languages are the same because they exist once, here.

pub mod known;
pub mod phenomena;
pub mod recurring;

use jiff::civil::Date;
use teiten_model::account::Account;
use teiten_model::interval::Interval;

use crate::words::names::Names;

/// Days a report may cover; five years and a day.
pub const DAYS_MAX: usize = 1_827;
/// Series a figure may draw.
pub const SERIES_MAX: usize = 10;
/// Rows a ranking may hold.
pub const RANKING_ROWS_MAX: usize = 1_000;

/// Everything a periodic report says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The period.
    pub period: Period,
    /// Label of the period before; `None` when the store holds nothing of it: ranks are then not compared.
    pub previous: Option<Names>,
    /// IANA name of the zone in which days are cut (`Asia/Tokyo`).
    pub zone: String,
    /// The zone's name for readers (日本標準時, Japan Standard Time).
    pub zone_name: Names,
    /// Where the sensors are (日本, Japan); `None` for all sensors.
    pub region: Option<Names>,
    /// Sensors that were to observe in the period.
    pub sensors: i64,
    /// Addresses they watched at most at one time.
    pub addresses: i64,
    /// Packets counted in this report; `None` where too few sensors stand behind the number for its readers.
    pub packets: Option<i64>,
    /// What a person must know about coverage: silent sensors, moved addresses, estimates.
    pub coverage: Vec<Names>,
    /// Title of the scenario when the packets were simulated; every exit then says "synthetic".
    pub synthetic: Option<Names>,
    /// What the readers are not shown, and how much of it.
    pub withheld: Vec<Withheld>,
    /// Table 1 and Figure 1: destination ports.
    pub ports: Ranking,
    /// Table 2 and Figure 2: regions of the sources.
    pub regions: Ranking,
    /// Section 2: notable phenomena.
    pub phenomena: phenomena::Phenomena,
    /// The sections that recur, as far as they were asked for.
    pub recurring: recurring::Recurring,
    /// Where the numbers came from.
    pub provenance: Provenance,
    /// Who publishes the report.
    pub publisher: Publisher,
    /// Date of this edition; also the last update.
    pub issued: Date,
    /// Date of the first edition; `None` when this is the first.
    pub first_published: Option<Date>,
    /// Why this edition corrects the first one, in the publisher's words.
    pub correction: Option<Names>,
}

/// Rows or packets that are not shown, because too few sensors have seen them or they cannot be made fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// What was withheld.
    pub what: Names,
    /// How many rows, values or packets.
    pub cells: i64,
    /// Whether these are values of figures, which are drawn as gaps.
    pub is_drawn: bool,
}

/// The period of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Stable name (`2014Q2`): letters, digits and hyphens.
    pub name: String,
    /// Label for readers (2014年4〜6月, April to June 2014).
    pub label: Names,
    /// The period in UTC.
    pub interval: Interval,
    /// First day in the report's zone.
    pub first: Date,
    /// Last day in the report's zone, inside the period.
    pub last: Date,
}

/// A ranking with its daily series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// How many ranks the report shows (5).
    pub shown: u32,
    /// Down to which rank places are known (10): a row without a rank was "outside top 10".
    pub known: u32,
    /// Rows with a rank now, in its order, then rows that had one in the period before and have none now.
    pub rows: Vec<RankRow>,
    /// Daily series of the shown rows, in their order.
    pub series: Vec<Series>,
    /// The tables of the store that it was counted from.
    pub origin: Vec<String>,
}

/// One row of a ranking.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RankRow {
    /// Stable key, the same in both languages (`445/TCP`, `CN`).
    pub key: String,
    /// What readers see: the service of a port (may be empty), the name of a region.
    pub name: Names,
    /// Rank now; `None` outside the known ranks.
    pub rank: Option<u32>,
    /// Rank in the period before; `None` outside the known ranks.
    pub previous_rank: Option<u32>,
    /// Packets in the period.
    pub packets: i64,
    /// Part of all packets of the report, 0 to 1.
    pub share: f64,
    /// Packets per sensor and day, over the sensor-days that were observed; `None` when there were none.
    pub rate: Option<f64>,
    /// The same for the period before.
    pub previous_rate: Option<f64>,
}

/// A daily series: packets per sensor and day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Key of its row.
    pub key: String,
    /// Label in the figure.
    pub label: Names,
    /// One value for each day of the period; `None` where nothing was observed.
    pub values: Vec<Option<f64>>,
}

/// Who publishes a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publisher {
    /// The institution.
    pub institution: Names,
    /// Where to write.
    pub contact: String,
    /// Funding and citation notices.
    pub notices: Vec<Names>,
}

/// Where the numbers came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Inputs, by the hash of their content, in ascending order of the hash.
    pub inputs: Vec<Input>,
    /// SHA-256 over the inputs' hashes, hexadecimal; empty without inputs.
    pub inputs_digest: String,
    /// The balance of each sensor.
    pub sensors: Vec<SensorAccount>,
    /// Whether no edition of AS numbers was known to any input, so that every AS is unknown.
    pub lacks_as: bool,
    /// Reference data, signatures and other rules, with their editions.
    pub editions: Vec<Edition>,
    /// Name and version of the software.
    pub software: String,
    /// The command that makes this report again.
    pub command: String,
}

/// One input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Frames in it.
    pub frames: i64,
}

/// The balance of one sensor over the period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SensorAccount {
    /// Name or pseudonym; empty for all sensors together.
    pub name: String,
    /// received = stored + lost + held.
    pub account: Account,
    /// Spans of whole days in the report's zone without a packet, both ends inside.
    pub silent: Vec<(Date, Date)>,
}

/// A table of reference data or a set of rules, in one edition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edition {
    /// What it is (countries, signatures).
    pub name: Names,
    /// Which edition: date or version; empty when there was none.
    pub edition: String,
    /// How many other editions count beside it: lists of scanners do.
    pub beside: i64,
    /// Of how many packets it is later: no edition was old enough for them.
    pub later: Later,
    /// Where it is from and under which licence.
    pub origin: String,
}

/// Of how many packets an edition is later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Later {
    /// Of none: it was in force when they came.
    #[default]
    No,
    /// Of some.
    Some,
    /// Of all.
    All,
}

impl Later {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Later::No => "no",
            Later::Some => "some",
            Later::All => "all",
        }
    }
}

impl Default for Period {
    fn default() -> Period {
        let start = teiten_model::interval::Timestamp(0);
        Period {
            name: String::new(),
            label: Names::default(),
            interval: Interval { start, end: start },
            first: Date::constant(1970, 1, 1),
            last: Date::constant(1970, 1, 1),
        }
    }
}

impl Period {
    /// The number of days, the last included; 0 when the last lies before the first.
    pub fn days(&self) -> usize {
        let span = self.first.until(self.last).map_or(-1, |span| span.get_days());
        usize::try_from(span + 1).unwrap_or(0)
    }
}

impl RankRow {
    /// The change against the period before, as a part of it; `None` when either is missing or was zero.
    pub fn change(&self) -> Option<f64> {
        match (self.rate, self.previous_rate) {
            (Some(now), Some(before)) if before > 0.0 => Some(now / before - 1.0),
            _ => None,
        }
    }
}

impl Ranking {
    /// The rows a reader is shown.
    pub fn shown_rows(&self) -> impl Iterator<Item = (usize, &RankRow)> {
        self.rows.iter().enumerate().filter(|(_, row)| row.rank.is_some_and(|rank| rank <= self.shown))
    }
}
