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
use teiten_query::dimension::Dimension;
use teiten_query::held::Holding;
use teiten_query::questions::books::{self, Alive};
use teiten_query::questions::top::Top;
use teiten_query::questions::trend::Trend;
use teiten_query::session::Session;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::api::cursor::Cursor;
use crate::asking::{Asking, Question, alive_of};
use crate::fault::{Fault, allowed};
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

/// A selection that many questions of a page are about.
struct Close {
    selection: Selection,
    /// By what they divide it.
    by: Vec<&'static Dimension>,
    /// Whether the rows of rollups, and of packets, were read to be held.
    rollups: bool,
    packets: bool,
}

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
    /// What many questions will be about.
    close: RefCell<Option<Close>>,
    /// What is held until the request is answered.
    holding: RefCell<Vec<Holding>>,
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
        let found = self.times("span", |session| Ok(books::span(session)?.into_iter().collect()))?;
        Ok(found.first().copied())
    }

    /// Pairs of times that answer a question, unless the same was asked before.
    pub(crate) fn times(
        &self,
        question: &str,
        ask: impl FnOnce(&Session) -> Result<Vec<(i64, i64)>, Fault>,
    ) -> Result<Vec<(i64, i64)>, Fault> {
        let found = self.once(question, |session| {
            let mut table = Table::new(&[("first", ""), ("last", "")]);
            let times = ask(session)?.into_iter();
            table.rows.extend(times.map(|(first, last)| vec![Value::Time(first), Value::Time(last)]));
            Ok(table)
        })?;
        let times = found.rows.iter().filter_map(|row| match row.as_slice() {
            [Value::Time(first), Value::Time(last)] => Some((*first, *last)),
            _ => None,
        });
        Ok(times.collect())
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

    /// Many questions are about this selection, which divide it so: rows of rollups are read once, when the first of
    /// them has to be asked, and its packets when the first has to be asked that no rollup answers.
    pub(crate) fn look_closely(&self, selection: &Selection, by: &[&'static Dimension]) {
        // Without a filter the rollups answer, and all of them would be held.
        let close = Close { selection: selection.clone(), by: by.to_vec(), rollups: false, packets: false };
        self.close.replace(selection.filter.is_some().then_some(close));
    }

    /// Who asks.
    fn asking(&self) -> Asking<'_> {
        Asking { portal: &self.portal, key: &self.key, session: &self.session }
    }

    /// Reads what is looked at closely, if it was not read yet and one of the questions needs it.
    fn hold<'q>(&self, questions: impl Iterator<Item = (&'q Selection, &'q Question)>) -> Result<(), Fault> {
        let asking = self.asking();
        let mut close = self.close.borrow_mut();
        let Some(close) = close.as_mut() else { return Ok(()) };
        let about: Vec<&Question> = questions
            .filter(|(selection, question)| {
                **selection == close.selection && !asking.knows(selection, question)
            })
            .map(|(_, question)| question)
            .collect();
        let mut reads_packets = false;
        for question in &about {
            reads_packets |= !close.packets && asking.reads_packets(&close.selection, question)?;
        }
        let reads_rollups = !about.is_empty() && !std::mem::replace(&mut close.rollups, true);
        if !reads_rollups && !reads_packets {
            return Ok(());
        }
        close.packets |= reads_packets;
        let (session, selection, by) = (&*self.session, &close.selection, close.by.as_slice());
        let rollups = || if reads_rollups { session.hold_rollups(selection, by) } else { Ok(Vec::new()) };
        let packets = || if reads_packets { session.hold(selection, by) } else { Ok(None) };
        let (rollups, packets) = std::thread::scope(|scope| {
            let rollups = scope.spawn(rollups);
            let packets = packets();
            (rollups.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), packets)
        });
        let mut holding = self.holding.borrow_mut();
        holding.extend(rollups?);
        holding.extend(packets?);
        Ok(())
    }

    /// Asks, unless the same was asked before.
    pub(crate) fn once(
        &self,
        question: &str,
        ask: impl FnOnce(&Session) -> Result<Table, Fault>,
    ) -> Result<Arc<Table>, Fault> {
        self.asking().once(question, ask)
    }

    /// Asks a question about a selection, unless it was asked before.
    pub(crate) fn answer(&self, selection: &Selection, question: &Question) -> Result<Arc<Table>, Fault> {
        self.hold(std::iter::once((selection, question)))?;
        self.asking().answer(selection, question)
    }

    /// Asks what the page will ask, side by side; what was asked before is not asked again.
    pub(crate) fn ahead(&self, mut questions: Vec<(Selection, Question)>) -> Result<(), Fault> {
        let asking = self.asking();
        questions.retain(|(selection, question)| !asking.knows(selection, question));
        allowed(self.hold(questions.iter().map(|(selection, question)| (selection, question))))?;
        asking.ahead(&questions)
    }

    /// The question for a series of packets alone, as most pages draw them.
    pub(crate) fn series(&self, step: &str, by: Option<&'static Dimension>, lines: usize) -> Trend {
        let zone = self.reader.zone.to_string();
        Trend { step: step.to_string(), zone, by, lines, without_sources: true }
    }

    /// Ranks.
    pub(crate) fn top(&self, selection: &Selection, question: &Top) -> Result<Arc<Table>, Fault> {
        self.answer(selection, &Question::Top(question.clone()))
    }

    /// A series.
    pub(crate) fn trend(&self, selection: &Selection, question: &Trend) -> Result<Arc<Table>, Fault> {
        self.answer(selection, &Question::Trend(question.clone()))
    }

    /// How much was watched, which no filter changes.
    pub(crate) fn alive(&self, selection: &Selection) -> Result<Alive, Fault> {
        let selection = Selection { filter: None, ..selection.clone() };
        Ok(alive_of(&*self.answer(&selection, &Question::Alive)?))
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
