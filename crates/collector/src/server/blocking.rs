//! Work that blocks a thread, a few at once of each kind.
//!
//! A request whose peer hangs up is dropped in the middle; the thread that works for it goes on. So the place
//! belongs to the work, not to the request: else a peer that connects, sends and hangs up had as many threads
//! as it likes.
//!
//! **Invariant:** a place is given back when its work has ended, whether anybody still waits for it or not.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::listener::TASKS;

/// Batches that are verified at once: each may take 32 MiB.
pub(super) const VERIFYING_MAX: usize = 4;
/// Certificates that are issued at once: the roll is changed by one at a time anyway.
pub(super) const ISSUING_MAX: usize = 1;
/// Answers of operations that are drawn at once.
pub(super) const TELLING_MAX: usize = 1;
/// Threads for all that blocks at once: no kind of work waits for another.
pub(super) const BLOCKING_MAX: usize = VERIFYING_MAX + ISSUING_MAX + TELLING_MAX + TASKS;

/// Waits for a place and does the work on a blocking thread. Nothing when the work panics: that costs the one
/// who asked for it, and nobody else.
pub(super) async fn limited<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let working = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    working.await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::room::{Room, SENSOR_READING_BYTES_MAX};
    use super::*;

    #[test]
    fn whoever_hangs_up_leaves_place_and_room_with_the_work() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (places, room) = (Arc::new(Semaphore::new(1)), Room::new(SENSOR_READING_BYTES_MAX));
        let (began, has_begun) = sync_channel(1);
        let (end, may_end) = sync_channel::<()>(1);
        let seat = room.take("a", SENSOR_READING_BYTES_MAX).unwrap();
        runtime.block_on(async {
            let work = limited(&places, move || {
                began.send(()).unwrap();
                may_end.recv().unwrap();
                drop(seat);
            });
            tokio::select! {
                biased;
                _ = work => panic!("it cannot have ended"),
                () = async { has_begun.recv().unwrap() } => {}
            }
        });
        assert_eq!(places.available_permits(), 0, "the work goes on");
        assert!(room.take("a", 1).is_none(), "and holds what it works on");
        end.send(()).unwrap();
        let place = runtime.block_on(Arc::clone(&places).acquire_owned());
        assert!(place.is_ok(), "and gives both back at its end");
        assert!(room.take("a", 1).is_some());
    }

    #[test]
    fn a_panic_costs_its_own_work_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let places = Arc::new(Semaphore::new(1));
        let panics = runtime.block_on(limited(&places, || panic!("as the test wants it")));
        assert_eq!(panics, None::<()>);
        assert_eq!(runtime.block_on(limited(&places, || 7)), Some(7));
    }
}
