//! The one report that is worked on at a time, what became of the last ones, and what was read for each draft.
//!
//! A work runs on a thread of its own. When the server stops, it stops with it: a draft is renamed into place whole,
//! a publication that was interrupted is completed by the next one, and so is what was being counted.
//!
//! **Invariant:** one work runs at a time; another one is refused, and told what runs.
//! **Invariant:** what is kept in memory is bounded.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use teiten_report::definition::Definition;
use teiten_report::folder::Files;
use teiten_report::manuscript::Manuscript;

use crate::fault::{Fault, Kind};
use crate::portal::Portal;
use crate::portal::lock;

/// Works that ended and are still told of.
const ENDED_MAX: usize = 16;
/// Drafts for which the data are kept.
const READ_MAX: usize = 8;
/// Previews that are kept.
const PREVIEWS_MAX: usize = 2;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A new draft.
    Draft,
    /// The data of a draft are read.
    Read,
    /// A preview is set.
    Preview,
    /// A report is published.
    Publish,
}

impl What {
    #[cfg(test)]
    pub(crate) const ALL: [What; 4] = [What::Draft, What::Read, What::Preview, What::Publish];

    pub(crate) fn word(self) -> &'static str {
        match self {
            What::Draft => "draft",
            What::Read => "read",
            What::Preview => "preview",
            What::Publish => "publish",
        }
    }
}

/// A work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) what: What,
    /// The draft, or the period of one that is not there yet.
    pub(crate) about: String,
    /// When it began, in microseconds.
    pub(crate) since: i64,
    /// Who asked for it.
    pub(crate) by: String,
}

/// A work that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) work: Work,
    /// When, in microseconds.
    pub(crate) at: i64,
    pub(crate) is_done: bool,
    /// What came of it, or what is wrong.
    pub(crate) said: Vec<String>,
}

/// A preview of a draft.
#[derive(Clone)]
pub(crate) struct Preview {
    draft: String,
    /// Of which text.
    pub(crate) mark: String,
    pub(crate) files: Arc<Files>,
}

struct Known {
    draft: String,
    /// What the draft said, without its texts: what the data were read for.
    head: Definition,
    manuscript: Arc<Manuscript>,
    at: i64,
}

#[derive(Default)]
struct State {
    running: Option<Work>,
    ended: VecDeque<Ended>,
    known: VecDeque<Known>,
    previews: VecDeque<Preview>,
}

/// The works of a portal.
#[derive(Default)]
pub(crate) struct Works {
    state: Mutex<State>,
}

/// What came of a work: the name of the draft it was about, and what to say; or what is wrong.
pub(crate) type Result = std::result::Result<(String, Vec<String>), Vec<String>>;

impl Works {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What runs.
    pub(crate) fn running(&self) -> Option<Work> {
        self.state().running.clone()
    }

    /// What ended, the newest first.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        self.state().ended.iter().cloned().collect()
    }

    /// What was read for a draft that says this, and when.
    pub(crate) fn manuscript(&self, draft: &str, said: &Definition) -> Option<(Arc<Manuscript>, i64)> {
        let head = head(said);
        let state = self.state();
        let known = state.known.iter().find(|known| known.draft == draft && known.head == head)?;
        Some((Arc::clone(&known.manuscript), known.at))
    }

    /// Keeps what was read.
    pub(crate) fn keep(&self, draft: &str, said: &Definition, manuscript: Manuscript, at: i64) {
        let mut state = self.state();
        state.known.retain(|known| known.draft != draft);
        state.known.truncate(READ_MAX - 1);
        let (draft, head, manuscript) = (draft.to_string(), head(said), Arc::new(manuscript));
        state.known.push_front(Known { draft, head, manuscript, at });
    }

    /// The preview of a draft.
    pub(crate) fn preview(&self, draft: &str) -> Option<Preview> {
        self.state().previews.iter().find(|preview| preview.draft == draft).cloned()
    }

    /// Keeps a preview.
    pub(crate) fn keep_preview(&self, draft: &str, mark: String, files: Files) {
        let mut state = self.state();
        state.previews.retain(|preview| preview.draft != draft);
        state.previews.truncate(PREVIEWS_MAX - 1);
        state.previews.push_front(Preview { draft: draft.to_string(), mark, files: Arc::new(files) });
    }
}

/// What a definition says besides its texts.
fn head(said: &Definition) -> Definition {
    Definition { text: Vec::new(), ..said.clone() }
}

/// Begins a work, unless one runs.
pub(crate) fn start(
    portal: &Arc<Portal>,
    work: Work,
    run: impl FnOnce(&Arc<Portal>) -> Result + Send + 'static,
) -> std::result::Result<(), Fault> {
    {
        let mut state = portal.works.state();
        if let Some(running) = &state.running {
            let said = format!(
                "one report is worked on at a time, and `{}` of {} runs: look again when it has ended",
                running.what.word(),
                running.about
            );
            return Err(Fault::new(Kind::Busy, said));
        }
        state.running = Some(work);
    }
    let own = Arc::clone(portal);
    let thread = std::thread::Builder::new().name("press".to_string()).spawn(move || {
        let ran = catch_unwind(AssertUnwindSafe(|| run(&own)));
        end(&own, ran.unwrap_or_else(|_| Err(vec!["the program failed: its log says where".to_string()])));
    });
    if let Err(error) = thread {
        portal.works.state().running = None;
        return Err(Fault::internal(&error));
    }
    Ok(())
}

fn end(portal: &Portal, ran: Result) {
    let at = (portal.settings.clock)().0;
    let mut state = portal.works.state();
    let Some(mut work) = state.running.take() else { return };
    let (is_done, said) = match ran {
        Ok((draft, said)) => {
            work.about = draft;
            (true, said)
        }
        Err(said) => (false, said),
    };
    state.ended.truncate(ENDED_MAX - 1);
    state.ended.push_front(Ended { work, at, is_done, said });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_work_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = What::ALL.iter().map(|what| what.word()).collect();
        assert_eq!(words.len(), What::ALL.len());
    }

    #[test]
    fn what_is_kept_has_an_end_and_the_newest_stays() {
        let works = Works::default();
        for number in 0..READ_MAX + 3 {
            works.keep_preview(&number.to_string(), String::new(), Files::new());
        }
        let kept = (0..READ_MAX + 3).filter(|number| works.preview(&number.to_string()).is_some());
        assert_eq!(kept.collect::<Vec<_>>(), [READ_MAX + 1, READ_MAX + 2]);
    }
}
