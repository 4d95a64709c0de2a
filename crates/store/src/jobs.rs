//! Threads that do a list of jobs together: whoever is free takes the next one.
//!
//! Jobs are begun in the order of the list: those that take long should come first.
//!
//! **Invariant:** results stand in the order of the jobs, whoever did them, so that what is made of them does not
//! depend on the threads.

use std::sync::{Mutex, PoisonError};

/// Does all jobs, on a thread for each tool, and gives their results in the order of the jobs.
///
/// # Panics
/// Without a tool, and when a job does.
pub(crate) fn share<J: Send, R: Send, T: Send>(
    jobs: Vec<J>,
    tools: &mut [T],
    work: impl Fn(J, &mut T) -> R + Sync,
) -> Vec<R> {
    let n_threads = tools.len().min(jobs.len()).max(1);
    let (mine, others) = tools[..n_threads].split_first_mut().expect("a tool for each thread");
    if others.is_empty() {
        return jobs.into_iter().map(|job| work(job, mine)).collect();
    }
    let left = Mutex::new(jobs.into_iter().enumerate());
    let do_some = |tool: &mut T| {
        let mut done = Vec::new();
        loop {
            // A thread that panics leaves a list behind from which one job was taken whole.
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, job)) = next else { return done };
            done.push((place, work(job, tool)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = others.iter_mut().map(|tool| scope.spawn(|| do_some(tool))).collect();
        let mut done = do_some(mine);
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_done_once_and_results_keep_their_order() {
        for (n, n_tools) in [0u64, 1, 2, 1000].into_iter().flat_map(|n| [1, 2, 3].map(|tools| (n, tools))) {
            let mut tools = vec![0u64; n_tools];
            let results = share((0..n).collect(), &mut tools, |job, done: &mut u64| {
                *done += 1;
                job * 3
            });
            assert_eq!(results, (0..n).map(|job| job * 3).collect::<Vec<_>>());
            assert_eq!(tools.iter().sum::<u64>(), n);
        }
    }
}
