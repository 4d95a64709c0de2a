//! A capture file in the place of the interfaces, read to its end at its own times.
//!
//! **Invariant:** the times of the file are the only clock: the same file gives the same batches.

use std::sync::atomic::{AtomicBool, Ordering};

use teiten_model::address::Prefix;

use super::{Shell, at, take};
use crate::capture::Seen;
use crate::capture::file::{FileSource, Programs};
use crate::clock;
use crate::config::Watch;
use crate::error::SensorError;
use crate::filter::{self, Link};

impl Shell<'_> {
    /// Reads a file.
    pub(super) fn read(&mut self, mut file: FileSource, stop: &AtomicBool) -> Result<(), SensorError> {
        let (programs, watched) = self.programs()?;
        let mut latest: Option<i64> = None;
        let mut lost = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let has_more = file.take_block(
                &programs,
                |link, ts_ns, seen| self.one(link, ts_ns, seen, &mut latest, &watched),
                |loss, frames| lost.push((loss, frames)),
            );
            // What is lost before the first frame belongs to the batch that begins with it.
            if latest.is_some() {
                lost.drain(..).for_each(|(loss, frames)| self.sealer.lose(loss, frames));
            }
            self.tell(None, clock::now());
            if !has_more {
                break;
            }
        }
        for message in file.messages() {
            tracing::warn!("{message}");
        }
        lost.drain(..).for_each(|(loss, frames)| self.sealer.lose(loss, frames));
        self.seal(at(latest.unwrap_or_default()), false);
        Ok(())
    }

    /// The filter for a file: the prefixes of all interfaces, for both kinds of frames; none where no prefix
    /// is named.
    fn programs(&self) -> Result<(Programs, Vec<Prefix>), SensorError> {
        let watches = self.config.interfaces.iter().flat_map(|listen| &listen.watch);
        let mut watched: Vec<Prefix> = watches
            .filter_map(|watch| match watch {
                Watch::Prefix(prefix) => Some(*prefix),
                Watch::Auto => None,
            })
            .collect();
        watched.sort_unstable();
        watched.dedup();
        let given = self.config.interfaces.iter().find(|listen| listen.filter.is_some());
        let given = given.map_or(Ok(None), |listen| listen.given())?;
        if watched.is_empty() && given.is_none() {
            return Ok((None, watched));
        }
        let of = |link| match &given {
            Some(text) => filter::given(link, text, &self.config.exclusions),
            None => filter::program(link, &watched, &self.config.exclusions),
        };
        let programs = [(Link::Ethernet, of(Link::Ethernet)?), (Link::Ip, of(Link::Ip)?)];
        Ok((Some(programs), watched))
    }

    /// Takes one frame of a file, received at that time.
    fn one(&mut self, link: u16, ts_ns: i64, seen: Seen<'_>, latest: &mut Option<i64>, watched: &[Prefix]) {
        let ts_ns = latest.map_or(ts_ns, |latest| latest.max(ts_ns));
        match latest {
            None => self.sealer.open(watched.to_vec(), at(ts_ns)),
            Some(_) if self.sealer.is_due(at(ts_ns)) => self.seal(at(ts_ns), true),
            Some(_) => {}
        }
        *latest = Some(ts_ns);
        let port = self.sealer.port_of(link);
        take(&mut self.sealer, port, seen);
    }
}
