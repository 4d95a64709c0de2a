//! Observation of live interfaces: the loop that walks rings, seals, and follows what the plan says.
//!
//! **Invariant:** however it ends, what was taken is sealed; a prefix is told as watched only while a filter
//! takes its frames.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use teiten_model::account::Loss;

use super::{Shell, take};
use crate::capture::ring::RETIRE_MS;
use crate::clock;
use crate::error::SensorError;
use crate::live::Live;
use crate::plan::Plan;
use crate::sealer::Moment;

/// How often the plan is looked at and the watchdog told, in nanoseconds.
const LOOK_NS: i64 = 1_000_000_000;
/// After how long a plan that holds in part is tried again, in nanoseconds: that costs the other interfaces a
/// moment, so it doubles each time.
const RETRY_NS_MIN: i64 = 5_000_000_000;
/// The longest that may become.
const RETRY_NS_MAX: i64 = 600_000_000_000;
/// How long the capture stands still at once while the thread that writes batches takes no more.
const PATIENCE_NS: i64 = 50_000_000;
/// The most blocks that are walked before anything else is looked at.
const BLOCKS_MAX: usize = 8;
/// How often the rings are waited for when they are to be emptied: each time as long as a block may take.
const CLOSE_ROUNDS_MAX: u32 = 20;

impl Shell<'_> {
    /// Listens until a signal comes, another process takes our place, or the kernel refuses what cannot be done
    /// without.
    pub(super) fn listen(&mut self, mut live: Live, stop: &AtomicBool) -> Result<(), SensorError> {
        let observed = self.observe(&mut live, stop);
        let closed = self.close(&mut live);
        observed.and(closed)?;
        let passed = live.received()?;
        assert_eq!(passed, self.pushed, "every frame that the kernel let through is sealed or lost");
        self.tell(Some(&mut live), clock::now());
        Ok(())
    }

    fn observe(&mut self, live: &mut Live, stop: &AtomicBool) -> Result<(), SensorError> {
        let (mut looked_at, mut changed_at) = (i64::MIN, i64::MIN);
        let mut retry_ns = RETRY_NS_MIN;
        let (mut is_ready, mut is_blind) = (false, false);
        loop {
            let now = clock::now();
            if now.steady_ns.saturating_sub(looked_at) >= LOOK_NS {
                looked_at = now.steady_ns;
                match live.look(self.shared.peers.wanted()) {
                    Ok(plan) => {
                        is_blind = false;
                        let is_new = live.plan() != Some(&plan);
                        let is_due = now.steady_ns.saturating_sub(changed_at) >= retry_ns;
                        // A plan is put into force when the batch of the one before can be handed over.
                        if (is_new || !live.is_whole() && is_due) && self.hand_over() {
                            retry_ns = if is_new { RETRY_NS_MIN } else { (retry_ns * 2).min(RETRY_NS_MAX) };
                            changed_at = now.steady_ns;
                            self.change(live, plan)?;
                        }
                    }
                    // What was watched before is watched on; the next look may see more.
                    Err(error) if !is_blind => {
                        is_blind = true;
                        tracing::warn!("{error}: trying again");
                    }
                    Err(_) => {}
                }
                self.tell(Some(live), now);
                let state =
                    if is_ready { sd_notify::NotifyState::Watchdog } else { sd_notify::NotifyState::Ready };
                // Without systemd nobody is told, which is no fault.
                let _nobody = sd_notify::notify(&[state]);
                is_ready = true;
            }
            if stop.load(Ordering::Relaxed) || self.shared.is_superseded() {
                return Ok(());
            }
            // Who writes batches waits for a disk: frames stay in the ring, and what finds no room is counted there.
            if !self.hand_over() {
                std::thread::park_timeout(Duration::from_nanos(PATIENCE_NS as u64));
                continue;
            }
            let rest = self.sealer.rest_ns(now).min(LOOK_NS - (now.steady_ns - looked_at)).max(1_000_000);
            live.wait(rest);
            for _ in 0..BLOCKS_MAX {
                if !self.hand_over() || !self.walk(live)? {
                    break;
                }
            }
            let now = clock::now();
            if self.sealer.is_due(now) && self.hand_over() {
                self.seal_counted(live, now, true)?;
            }
            self.sealer.look(now);
        }
    }

    /// Walks one block, if there is one, and seals when the batch is full: a batch grows beyond its bound by one
    /// block at most, so that it never has more bytes than a batch may have.
    fn walk(&mut self, live: &mut Live) -> Result<bool, SensorError> {
        let sealer = &mut self.sealer;
        let has_walked = live.walk(&mut |port, seen| take(sealer, port, seen));
        if self.sealer.is_full() {
            self.seal_counted(live, clock::now(), true)?;
        }
        Ok(has_walked)
    }

    /// Ends observation: closes the filters, walks what is left, seals, whatever the kernel says.
    fn close(&mut self, live: &mut Live) -> Result<(), SensorError> {
        let emptied = self.empty(live);
        let sealed = self.seal_counted(live, clock::now(), false);
        emptied.and(sealed)
    }

    /// Closes the filters and walks what is left in the rings. What cannot be walked, because the kernel keeps a
    /// block for itself, is given up and counted. When the kernel refuses to close, what lies there now is walked.
    fn empty(&mut self, live: &mut Live) -> Result<(), SensorError> {
        if let Err(error) = live.close() {
            for _ in 0..live.blocks() {
                if !self.walk(live)? {
                    break;
                }
            }
            return Err(error);
        }
        for _ in 0..CLOSE_ROUNDS_MAX {
            while self.walk(live)? {}
            if live.waiting()? == 0 {
                return Ok(());
            }
            live.wait(i64::from(RETIRE_MS) * 1_000_000);
        }
        let stuck = live.skip()?;
        if stuck > 0 {
            tracing::error!("{stuck} frames stay in the ring: counted as lost by the kernel");
            self.sealer.lose(Loss::Kernel, stuck);
        }
        Ok(())
    }

    /// Seals with what was lost before it could be walked. When the kernel does not say that, what there is is
    /// sealed all the same.
    fn seal_counted(&mut self, live: &mut Live, now: Moment, goes_on: bool) -> Result<(), SensorError> {
        let losses = live.losses();
        for (loss, frames) in losses.as_ref().into_iter().flatten() {
            self.sealer.lose(*loss, *frames);
        }
        self.seal(now, goes_on);
        losses.map(|_| ())
    }

    /// Puts another plan into force, as far as the kernel takes it.
    fn change(&mut self, live: &mut Live, plan: Plan) -> Result<(), SensorError> {
        if live.plan().is_some() {
            self.close(live)?;
        }
        let peers = plan.peers.clone();
        let holds = live.resume(plan);
        let watched = holds.watched();
        if holds.is_observing() {
            self.sealer.open(watched.clone(), clock::now());
        }
        self.shared.peers.installed(&peers);
        let names = match watched.is_empty() {
            true => "nothing".to_string(),
            false => watched.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        tracing::info!("watching {names}, without {} addresses of the collector", peers.len());
        Ok(())
    }
}
