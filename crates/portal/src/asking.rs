//! The questions that pages ask, each asked once a snapshot and viewer; and several of them side by side.
//!
//! A page needs a dozen answers before it can be drawn. One question alone leaves a part of a machine idle, while it is
//! planned and where its parts come together; so a page says what it will ask, and two are asked at a time.
//!
//! **Invariant:** what is asked ahead has the answer that it has when the page asks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::dimension::Dimension;
use teiten_query::questions::books::{self, Alive};
use teiten_query::questions::top::{self, Top};
use teiten_query::questions::trend::{self, Trend};
use teiten_query::questions::{by_day, payloads, resolvers, victims};
use teiten_query::session::Session;

use crate::fault::{Fault, allowed};
use crate::portal::Portal;

/// Questions of one page that are asked side by side.
const SIDE_BY_SIDE: usize = 2;

/// How much was watched, as it is kept among answers.
const ALIVE: [(&str, &str); 6] = [
    ("sensors", "sensors"),
    ("sensor_hours", "hours"),
    ("silent_hours", "hours"),
    ("addresses", "addresses"),
    ("address_hours", "hours"),
    ("hours", "hours"),
];

/// A question about a selection.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// A ranking.
    Top(Top),
    /// A series.
    Trend(Trend),
    /// All packets; nothing where that is withheld.
    Total,
    /// All packets and all sources; nothing where these are withheld.
    Numbers,
    /// How much was watched, which no filter changes.
    Alive,
    /// The open resolvers, each or summed up by country or AS.
    Resolvers(&'static str, usize),
    /// Victims with at least so many packets.
    Victims(i64, usize),
    /// The distinct payloads with the most packets.
    Payloads(usize),
    /// Who was there on each day, who came and who went.
    Days,
}

impl Question {
    /// What it is called among answers.
    fn key(&self, selection: &Selection) -> String {
        match self {
            Question::Top(question) => {
                let by = (question.by.name, question.metric, question.lines);
                let rest =
                    (question.versus, question.by_change, question.threshold, question.without_sources);
                format!("top {by:?} {rest:?} {selection:?}")
            }
            Question::Trend(question) => {
                let (by, bare) = (question.by.map(|by| by.name), question.without_sources);
                let (step, zone) = (&question.step, &question.zone);
                format!("trend {step} {zone} {by:?} {} {bare} {selection:?}", question.lines)
            }
            Question::Total => format!("total {selection:?}"),
            Question::Numbers => format!("numbers {selection:?}"),
            Question::Alive => format!("alive {selection:?}"),
            Question::Resolvers(by, lines) => format!("resolvers {by} {lines} {selection:?}"),
            Question::Victims(packets_min, lines) => format!("victims {packets_min} {lines} {selection:?}"),
            Question::Payloads(lines) => format!("payloads {lines} {selection:?}"),
            Question::Days => format!("days {selection:?}"),
        }
    }

    /// By what it divides packets, and whether into hours.
    fn divides(&self) -> (Option<&'static Dimension>, bool) {
        match self {
            Question::Top(question) => (Some(question.by), false),
            Question::Trend(question) => (question.by, question.step == "hour"),
            _ => (None, false),
        }
    }

    /// Asks.
    pub(crate) fn ask(&self, session: &Session, selection: &Selection) -> Result<Table, Fault> {
        match self {
            Question::Top(question) => Ok(top::top(session, selection, question)?),
            Question::Trend(question) => Ok(trend::trend(session, selection, question)?),
            Question::Total => {
                let mut table = Table::new(&[("packets", "packets")]);
                table.push(vec![
                    books::if_seen(books::total(session, selection))?.map_or(Value::Null, Value::Int),
                ]);
                Ok(table)
            }
            Question::Numbers => {
                let total = books::if_seen(books::total(session, selection))?;
                let sources = books::if_seen(books::sources(session, selection))?.map(|(sources, _)| sources);
                let mut table = Table::new(&[("packets", "packets"), ("sources", "sources")]);
                table.push([total, sources].map(|number| number.map_or(Value::Null, Value::Int)).to_vec());
                Ok(table)
            }
            Question::Resolvers(by, lines) => Ok(resolvers::resolvers(session, selection, by, *lines)?),
            Question::Victims(packets_min, lines) => {
                Ok(victims::victims(session, selection, *packets_min, *lines)?)
            }
            Question::Payloads(lines) => Ok(payloads::payloads(session, selection, *lines)?),
            Question::Days => Ok(by_day::days(session, selection)?),
            Question::Alive => {
                let Alive { sensors, sensor_hours, silent_hours, addresses, address_hours, hours } =
                    books::alive(session, selection)?;
                let mut table = Table::new(&ALIVE);
                let address_hours = address_hours.map_or(Value::Null, Value::Int);
                let known = [sensors, sensor_hours, silent_hours, addresses].map(Value::Int);
                table.push(known.into_iter().chain([address_hours, Value::Int(hours)]).collect());
                Ok(table)
            }
        }
    }
}

/// What [`Question::Alive`] answered.
pub(crate) fn alive_of(table: &Table) -> Alive {
    let int = |place: usize| match table.rows.first().map(|row| &row[place]) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let number = |place: usize| int(place).unwrap_or(0);
    Alive {
        sensors: number(0),
        sensor_hours: number(1),
        silent_hours: number(2),
        addresses: number(3),
        address_hours: int(4),
        hours: number(5),
    }
}

/// Who asks: the portal with its answers, what snapshot and viewer are called there, and the session.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) portal: &'a Portal,
    pub(crate) key: &'a str,
    pub(crate) session: &'a Session,
}

impl Asking<'_> {
    /// Asks, unless the same was asked before.
    pub(crate) fn once(
        &self,
        question: &str,
        ask: impl FnOnce(&Session) -> Result<Table, Fault>,
    ) -> Result<Arc<Table>, Fault> {
        self.portal.answer(format!("{} {question}", self.key), || ask(self.session))
    }

    /// Asks a question about a selection, unless it was asked before.
    pub(crate) fn answer(&self, selection: &Selection, question: &Question) -> Result<Arc<Table>, Fault> {
        self.once(&question.key(selection), |session| question.ask(session, selection))
    }

    /// Whether a question was answered before.
    pub(crate) fn knows(&self, selection: &Selection, question: &Question) -> bool {
        self.portal.knows(&format!("{} {}", self.key, question.key(selection)))
    }

    /// Whether a question reads packets, for want of a rollup that answers it.
    pub(crate) fn reads_packets(&self, selection: &Selection, question: &Question) -> Result<bool, Fault> {
        let (by, is_hourly) = question.divides();
        match question {
            Question::Alive | Question::Resolvers(..) | Question::Victims(..) => Ok(false),
            _ => Ok(self.session.reads_packets(selection, by, is_hourly)?),
        }
    }

    /// Asks several questions side by side. What is forbidden or withheld is for the page to tell.
    pub(crate) fn ahead(&self, questions: &[(Selection, Question)]) -> Result<(), Fault> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<(), Fault> {
            while let Some((selection, question)) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                allowed(self.answer(selection, question))?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..SIDE_BY_SIDE.min(questions.len())).map(|_| scope.spawn(work)).collect();
            let mine = work();
            others.into_iter().fold(mine, |all, other| {
                let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                all.and(other)
            })
        })
    }
}
