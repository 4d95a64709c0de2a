//! The API: the questions of the pages, as files and for programs.
//!
//! One list of operations makes the routes, the description in OpenAPI and the page about it.
//!
//! **Invariant:** an operation takes the parameters of its list and no others, and the description says which.

pub(crate) mod answer;
pub(crate) mod asked;
pub(crate) mod body;
pub(crate) mod cursor;
pub(crate) mod lists;
pub(crate) mod notes;
pub(crate) mod openapi;
pub(crate) mod problem;
pub(crate) mod questions;

use axum::response::Response;
use teiten_people::{Deed, Role, Scope};

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;

/// What can be asked.
pub(crate) struct Operation {
    /// Identifier; stable.
    pub(crate) id: &'static str,
    /// The path.
    pub(crate) path: &'static str,
    /// What it answers, in a sentence.
    pub(crate) summary: &'static str,
    /// Names of the parameters that it takes.
    pub(crate) parameters: &'static [&'static str],
    /// An address to try.
    pub(crate) example: &'static str,
    /// The least role that may ask.
    pub(crate) least: Role,
    /// The scope of a token that may ask.
    pub(crate) scope: Scope,
    /// Lines or packets of an answer when `limit` is not given, and the most of them; `None` where nothing is cut.
    pub(crate) lines: Option<(usize, usize)>,
    /// Asks.
    pub(crate) ask: fn(&Desk) -> Result<Response, Fault>,
    /// The same for what is sent in a body.
    pub(crate) posted: Option<Posted>,
}

/// What can be asked by sending a body.
pub(crate) struct Posted {
    /// Identifier; stable.
    pub(crate) id: &'static str,
    /// What it answers, in a sentence.
    pub(crate) summary: &'static str,
    /// The body, in a sentence.
    pub(crate) body: &'static str,
    /// Names of the parameters that it takes.
    pub(crate) parameters: &'static [&'static str],
    /// Largest body, in bytes.
    pub(crate) bytes_max: usize,
    /// Asks.
    pub(crate) ask: fn(&Desk, &[u8]) -> Result<Response, Fault>,
}

impl Operation {
    /// Whether the snapshot tells two answers apart, so that an answer need not be sent again.
    pub(crate) fn is_of_snapshot(&self) -> bool {
        self.id != NOTES
    }

    /// What an answer is written down as; `None` for what is not.
    pub(crate) fn deed(&self, look: &Look) -> Option<Deed> {
        match self.scope {
            Scope::Packets if matches!(look.format.as_deref(), Some("pcapng" | "pcap")) => {
                Some(Deed::Exported)
            }
            Scope::Sql => Some(Deed::Asked),
            Scope::Packets | Scope::Read | Scope::Notes => None,
        }
    }
}

/// The operation whose answers change without a new snapshot.
const NOTES: &str = "notes";

/// Parameters of a selection.
macro_rules! selection {
    ($($more:literal),*) => {
        &["filter", "period", "from", "to", "scanners", "sensor", "group", "tz", $($more),*]
    };
}

/// Every operation, in the order of the description.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "top",
        path: "/api/v1/top",
        summary: "Ranks: ports, countries, sources ... with packets, share, rate and sources; compared with another period when `compare` is given.",
        parameters: selection!("by", "compare", "limit", "cursor", "metric", "lang", "format", "bom"),
        example: "/api/v1/top?by=port&limit=5",
        least: Role::Member,
        scope: Scope::Read,
        lines: Some((questions::LINES, questions::LINES_MAX)),
        ask: questions::top,
        posted: None,
    },
    Operation {
        id: "series",
        path: "/api/v1/series",
        summary: "Packets, rate and sources step by step; one series for each of the busiest lines when `by` is given. A step that nobody observed is not there.",
        parameters: selection!("by", "limit", "step", "lang", "format", "bom"),
        example: "/api/v1/series?step=day",
        least: Role::Member,
        scope: Scope::Read,
        lines: Some((questions::LINES, questions::SERIES_MAX)),
        ask: questions::series,
        posted: None,
    },
    Operation {
        id: "packets",
        path: "/api/v1/packets",
        summary: "The packets themselves in the order of time: a list, or a capture file with format=pcapng or pcap.",
        parameters: selection!("limit", "skip", "cursor", "format", "bom", "publish"),
        example: "/api/v1/packets?limit=10",
        least: Role::Member,
        scope: Scope::Packets,
        lines: Some((questions::LISTED, questions::LISTED_MAX)),
        ask: questions::packets,
        posted: None,
    },
    Operation {
        id: "count",
        path: "/api/v1/count",
        summary: "How many packets the selection has.",
        parameters: selection!("format", "bom"),
        example: "/api/v1/count",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: questions::count,
        posted: None,
    },
    Operation {
        id: "findings",
        path: "/api/v1/findings",
        summary: "What the detectors said about a period that was judged; the latest when none is named. The filter asks for columns of findings, `q` names a detector.",
        parameters: &["period", "filter", "q", "limit", "cursor", "format", "bom"],
        example: "/api/v1/findings",
        least: Role::Analyst,
        scope: Scope::Read,
        lines: Some((questions::LINES_MAX, questions::LINES_MAX)),
        ask: questions::findings,
        posted: None,
    },
    Operation {
        id: "payloads",
        path: "/api/v1/payloads",
        summary: "The distinct payloads of the selection (their first 256 bytes), those of most packets first, with packets, sources, sensors and ports.",
        parameters: selection!("limit", "format", "bom"),
        example: "/api/v1/payloads?limit=5",
        least: Role::Member,
        scope: Scope::Packets,
        lines: Some((lists::GROUPS, lists::GROUPS_MAX)),
        ask: lists::groups,
        posted: None,
    },
    Operation {
        id: "resolvers",
        path: "/api/v1/resolvers",
        summary: "Open resolvers that answered questions with our addresses as forged sources, those with the most answers first; summed up when `by` is country or as.",
        parameters: selection!("by", "limit", "format", "bom"),
        example: "/api/v1/resolvers?limit=5",
        least: Role::Analyst,
        scope: Scope::Read,
        lines: Some((lists::LINES, lists::LINES_MAX)),
        ask: lists::open_resolvers,
        posted: None,
    },
    Operation {
        id: "victims",
        path: "/api/v1/victims",
        summary: "Victims whose answers arrived, attacked with our addresses as forged sources, those with the most packets first; three packets at least.",
        parameters: selection!("limit", "format", "bom"),
        example: "/api/v1/victims?limit=5",
        least: Role::Analyst,
        scope: Scope::Read,
        lines: Some((lists::LINES, lists::LINES_MAX)),
        ask: lists::attacked,
        posted: None,
    },
    Operation {
        id: "days",
        path: "/api/v1/days",
        summary: "Day by day, packets and sources of the selection, and how many sources were seen for the first time or no longer.",
        parameters: selection!("format", "bom"),
        example: "/api/v1/days?filter=tag%3D%3D%22masscan%22",
        least: Role::Analyst,
        scope: Scope::Read,
        lines: None,
        ask: lists::days,
        posted: None,
    },
    Operation {
        id: "sensors",
        path: "/api/v1/sensors",
        summary: "The sensors: group, addresses, first and last hour, hours with packets and hours silent between.",
        parameters: &["period", "from", "to", "tz", "format", "bom"],
        example: "/api/v1/sensors",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: questions::sensors,
        posted: None,
    },
    Operation {
        id: "accounts",
        path: "/api/v1/accounts",
        summary: "The account of all time by sensor: received = stored + lost + held, and the reasons of losses.",
        parameters: &["format", "bom"],
        example: "/api/v1/accounts",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: questions::accounts,
        posted: None,
    },
    Operation {
        id: "inputs",
        path: "/api/v1/inputs",
        summary: "What was imported or collected: name, first and last packet, packets, bytes, when it was stored.",
        parameters: &["tz", "format", "bom"],
        example: "/api/v1/inputs",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: lists::inputs,
        posted: None,
    },
    Operation {
        id: "editions",
        path: "/api/v1/editions",
        summary: "The editions of reference data in use: kind, date, name.",
        parameters: &["format", "bom"],
        example: "/api/v1/editions",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: lists::editions,
        posted: None,
    },
    Operation {
        id: "sql",
        path: "/api/v1/sql",
        summary: "A statement of SQL that only reads, over the views that `SHOW TABLES` lists.",
        parameters: &["q", "tz", "limit", "cursor", "format", "bom"],
        example: "/api/v1/sql?q=SHOW+TABLES",
        least: Role::Member,
        scope: Scope::Sql,
        lines: Some((questions::ROWS_MAX, questions::ROWS_MAX)),
        ask: questions::sql,
        posted: None,
    },
    Operation {
        id: "lookup",
        path: "/api/v1/lookup",
        summary: "What is known about addresses, at most 1,000, given in `q` and parted by spaces or commas: country, AS, organisation that openly scans, special range.",
        parameters: &["q", "lang", "format", "bom"],
        example: "/api/v1/lookup?q=192.0.2.1",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: questions::lookup,
        posted: Some(Posted {
            id: "lookup-many",
            summary: "The same for many addresses, which the body lists.",
            body: "At most 100,000 lines in at most 8 MiB: an address each, bare or as JSON (`\"192.0.2.1\"` or `{\"address\":\"192.0.2.1\"}`).",
            parameters: &["lang", "format", "bom"],
            bytes_max: questions::BULK_BYTES_MAX,
            ask: questions::bulk,
        }),
    },
    Operation {
        id: "fields",
        path: "/api/v1/fields",
        summary: "The fields of the filter language.",
        parameters: &["format", "bom"],
        example: "/api/v1/fields",
        least: Role::Public,
        scope: Scope::Read,
        lines: None,
        ask: questions::fields,
        posted: None,
    },
    Operation {
        id: "filter-check",
        path: "/api/v1/filter/check",
        summary: "Whether a filter can be read, and what can be typed at its end.",
        parameters: &["filter", "skip"],
        example: "/api/v1/filter/check?filter=tcp.dstp",
        least: Role::Member,
        scope: Scope::Read,
        lines: None,
        ask: questions::check,
        posted: None,
    },
    Operation {
        id: NOTES,
        path: "/api/v1/notes",
        summary: "Notes that you may read, about the thing that `q` names (`port/6379-tcp`), about times (`q=time`), or all; of a period, those that reach into it.",
        parameters: &["q", "period", "from", "to", "tz", "limit", "skip", "format", "bom"],
        example: "/api/v1/notes",
        least: Role::Member,
        scope: Scope::Read,
        lines: Some((notes::LISTED, notes::LISTED_MAX)),
        ask: notes::list,
        posted: None,
    },
    Operation {
        id: "status",
        path: "/api/v1/status",
        summary: "The snapshot that answers, the first and the last packet.",
        parameters: &["format", "bom"],
        example: "/api/v1/status",
        least: Role::Public,
        scope: Scope::Read,
        lines: None,
        ask: questions::status,
        posted: None,
    },
];
