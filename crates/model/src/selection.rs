//! What is asked about: a filter, a time range, sensors; and who asks.
//!
//! Every question, page, export and report section is a drawing of one selection for one viewer.

use crate::interval::Interval;

/// The packets a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Text of the filter; `None` for all packets.
    pub filter: Option<String>,
    /// Time range; `None` for everything in the store.
    pub interval: Option<Interval>,
    /// Names of sensors; empty for all.
    pub sensors: Vec<String>,
    /// Groups of sensors; empty for all.
    pub groups: Vec<String>,
}

/// Who asks: it decides views, hidden columns and how small a cell may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// The operator: everything.
    All,
    /// A member: own sensors as they are, other sensors only in cells of at least `sensors_min` sensors.
    Member {
        /// Names of the member's own sensors.
        sensors: Vec<String>,
        /// Fewest sensors that make a cell of others' data visible.
        sensors_min: u32,
    },
    /// Anyone: no source, no sensor, cells of at least `sensors_min` sensors.
    Public {
        /// Fewest sensors that make a cell visible.
        sensors_min: u32,
    },
}

/// Fewest sensors behind a published cell unless the publisher says otherwise (rule D119).
pub const SENSORS_MIN: u32 = 5;
