//! One request at the store: the session, the zone, the period, and the questions that pages ask.
//!
//! **Invariant:** all numbers of one page come from one snapshot.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use teiten_ask::labels::{self, Naming};
use teiten_ask::wanted;
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_people::Label;
use teiten_query::held::Holding;
use teiten_query::questions::books::{self, Alive};
use teiten_query::questions::top::{self, Top};
use teiten_query::questions::trend::{self, Trend};
use teiten_query::session::Session;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::api::cursor::Cursor;
use crate::fault::Fault;
use crate::look::Look;
use crate::portal::Portal;
use crate::reader::Reader;
use crate::view::frame;
use crate::view::picture::Picture;
use crate::words::{self, Words};

/// The grain of `now`: what is asked twice within it is one question.
const NOW_US: i64 = 10_000_000;
/// A store whose last packet is younger is live: periods that nobody names end now.
const LIVE_US: i64 = 24 * HOUR_US;

/// How much was watched, as it is kept among answers.
const ALIVE: [(&str, &str); 6] = [
    ("sensors", "sensors"),
    ("sensor_hours", "hours"),
    ("silent_hours", "hours"),
    ("addresses", "addresses"),
    ("address_hours", "hours"),
    ("hours", "hours"),
];

/// A request at the store.
pub(crate) struct Desk {
    pub(crate) portal: Arc<Portal>,
    pub(crate) reader: Reader,
    pub(crate) look: Look,
    pub(crate) session: Arc<Session>,
    /// What snapshot and viewer are called among answers.
    key: String,
    pub(crate) now: Timestamp,
    /// Drawings of the page, where one is wanted as a file.
    pub(crate) pictures: RefCell<Vec<Picture>>,
    /// What many questions will be about, until it is held.
    close: RefCell<Option<Selection>>,
    /// What is held until the request is answered.
    holding: RefCell<Option<Holding>>,
    /// The narrowest label of what was told until now.
    label: Cell<Option<Label>>,
}

impl Desk {
    /// Takes a session on the newest snapshot, or on that of a cursor.
    pub(crate) fn open(portal: Arc<Portal>, reader: Reader, look: Look) -> Result<Desk, Fault> {
        reader.who.check(&look)?;
        let now = (portal.settings.clock)();
        let now = Timestamp(now.0.div_euclid(NOW_US) * NOW_US);
        let (now, (key, session)) = match look.cursor.as_deref().map(Cursor::read).transpose()? {
            None => (now, portal.session(&reader.who.viewer)?),
            Some(cursor) => (cursor.now, portal.session_at(&reader.who.viewer, &cursor)?),
        };
        if let Some(zone) = &look.tz {
            Zone::parse(zone).map_err(|error| Fault::parameter("tz", error.to_string()))?;
        }
        Ok(Desk {
            portal,
            reader,
            look,
            session,
            key,
            now,
            pictures: RefCell::default(),
            close: RefCell::default(),
            holding: RefCell::default(),
            label: Cell::default(),
        })
    }

    /// Something of this label is told.
    pub(crate) fn narrow(&self, label: Option<Label>) {
        self.label.set(self.label.get().max(label));
    }

    /// How far what is told may travel: as the viewer, or narrower as what was told.
    pub(crate) fn tlp(&self) -> &'static str {
        let usual = frame::tlp(self.session.viewer());
        self.label.get().max(Label::read(usual)).map_or(usual, Label::word)
    }

    /// What snapshot and viewer are called among answers.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The texts of the page.
    pub(crate) fn words(&self) -> &'static Words {
        words::of(self.reader.language)
    }

    /// First and last packet of the store; `None` when it is empty.
    pub(crate) fn span(&self) -> Result<Option<(i64, i64)>, Fault> {
        let found = self.once("span", |session| {
            let mut table = Table::new(&[("first", ""), ("last", "")]);
            if let Some((first, last)) = books::span(session)? {
                table.push(vec![Value::Time(first), Value::Time(last)]);
            }
            Ok(table)
        })?;
        Ok(match found.rows.first().map(Vec::as_slice) {
            Some([Value::Time(first), Value::Time(last)]) => Some((*first, *last)),
            _ => None,
        })
    }

    /// The period that is asked for; else the last days that the store has, in whole days.
    pub(crate) fn period(&self, days: i64) -> Result<Period, Fault> {
        let zone = &self.reader.zone;
        if let Some(period) = self.look.wanted.period(zone, self.now)? {
            return Ok(period);
        }
        let last = self.span()?.map_or(self.now.0, |(_, last)| last);
        let last = if self.now.0 - last < LIVE_US { self.now.0 } else { last };
        let day = |at: i64| -> Result<jiff::civil::Date, Fault> {
            let moment = jiff::Timestamp::from_microsecond(at).map_err(|error| Fault::internal(&error))?;
            Ok(moment.to_zoned(zone.rules().clone()).date())
        };
        let last = day(last)?;
        let first =
            last.checked_sub(jiff::Span::new().days(days - 1)).map_err(|error| Fault::internal(&error))?;
        let after = last.tomorrow().map_err(|error| Fault::internal(&error))?;
        Ok(Period::between(&first.to_string(), &after.to_string(), zone, self.now)?)
    }

    /// The selection of a period, checked: names that are not there are refused; and what is doubtful about it.
    pub(crate) fn selection(&self, period: &Period) -> Result<(Selection, Vec<String>), Fault> {
        self.look.wanted.filter()?;
        let selection = Selection {
            filter: self.look.wanted.filter_text()?,
            interval: Some(period.interval()),
            sensors: self.look.wanted.sensors.clone(),
            groups: self.look.wanted.groups.clone(),
        };
        let doubts = wanted::check(&self.session, &selection)?;
        Ok((selection, doubts))
    }

    /// The interval to compare with.
    pub(crate) fn versus(&self, period: &Period) -> Result<Option<(String, Interval)>, Fault> {
        let Some(vs) = &self.look.vs else { return Ok(None) };
        let other = period.compared(vs, self.now)?;
        Ok(Some((other.short_text(), other.interval())))
    }

    /// Many questions are about this selection: its packets are read once, when the first of them has to be asked.
    pub(crate) fn look_closely(&self, selection: &Selection) {
        // Without a filter the rollups answer, which are smaller than what would be held.
        self.close.replace(selection.filter.is_some().then(|| selection.clone()));
    }

    /// Reads what is looked at closely, if it was not read yet and the question is about it.
    fn hold(&self, session: &Session, selection: &Selection) -> Result<(), Fault> {
        if self.close.borrow().as_ref() == Some(selection) {
            self.close.take();
            self.holding.replace(session.hold(selection)?);
        }
        Ok(())
    }

    /// Asks, unless the same was asked before.
    pub(crate) fn once(
        &self,
        question: &str,
        ask: impl FnOnce(&Session) -> Result<Table, Fault>,
    ) -> Result<Arc<Table>, Fault> {
        self.portal.answer(format!("{} {question}", self.key), || ask(&self.session))
    }

    /// Ranks.
    pub(crate) fn top(&self, selection: &Selection, question: &Top) -> Result<Arc<Table>, Fault> {
        let by = (question.by.name, question.metric, question.lines);
        let rest = (question.versus, question.by_change, question.threshold);
        self.once(&format!("top {by:?} {rest:?} {selection:?}"), |session| {
            self.hold(session, selection)?;
            Ok(top::top(session, selection, question)?)
        })
    }

    /// A series.
    pub(crate) fn trend(&self, selection: &Selection, question: &Trend) -> Result<Arc<Table>, Fault> {
        let by = question.by.map(|by| by.name);
        let key =
            format!("trend {} {} {by:?} {} {selection:?}", question.step, question.zone, question.lines);
        self.once(&key, |session| {
            self.hold(session, selection)?;
            Ok(trend::trend(session, selection, question)?)
        })
    }

    /// How much was watched, which no filter changes.
    pub(crate) fn alive(&self, selection: &Selection) -> Result<Alive, Fault> {
        let selection = &Selection { filter: None, ..selection.clone() };
        let found = self.once(&format!("alive {selection:?}"), |session| {
            let Alive { sensors, sensor_hours, silent_hours, addresses, address_hours, hours } =
                books::alive(session, selection)?;
            let mut table = Table::new(&ALIVE);
            let address_hours = address_hours.map_or(Value::Null, Value::Int);
            let known = [sensors, sensor_hours, silent_hours, addresses].map(Value::Int);
            table.push(known.into_iter().chain([address_hours, Value::Int(hours)]).collect());
            Ok(table)
        })?;
        let int = |place: usize| match found.rows.first().map(|row| &row[place]) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let number = |place: usize| int(place).unwrap_or(0);
        Ok(Alive {
            sensors: number(0),
            sensor_hours: number(1),
            silent_hours: number(2),
            addresses: number(3),
            address_hours: int(4),
            hours: number(5),
        })
    }

    /// The answer about some time with names of ports, protocols, messages and countries, and the lists that name
    /// organisations.
    pub(crate) fn named(
        &self,
        table: &Table,
        until: Option<Interval>,
        is_for_people: bool,
    ) -> Result<Table, Fault> {
        let mut table = table.clone();
        let naming = Naming {
            services: &self.portal.services,
            data: &self.portal.settings.data,
            lang: self.reader.lang(),
            now: self.now,
            until,
            is_for_people,
        };
        labels::add(&mut table, &naming)?;
        Ok(table)
    }
}
