//! Pieces of pages: the frame around them, charts, tables, what stands below a chart.

pub(crate) mod acknowledged;
pub(crate) mod chart;
pub(crate) mod form;
pub(crate) mod frame;
pub(crate) mod grid;
pub(crate) mod heat;
pub(crate) mod map;
pub(crate) mod picture;
pub(crate) mod rows;
pub(crate) mod saved;
pub(crate) mod take;
pub(crate) mod trust;
pub(crate) mod zoom;

/// Keys of texts that are put together from a word of a list.
#[cfg(test)]
pub(crate) fn made_keys() -> Vec<String> {
    let graphs = crate::look::Graph::ALL.map(|graph| format!("graph-{}", graph.word()));
    let metrics = teiten_ask::wanted::METRICS.map(|(word, _)| format!("metric-{word}"));
    let steps = teiten_ask::wanted::STEPS.map(|word| format!("step-{word}"));
    let faults = crate::fault::Kind::ALL.map(|kind| format!("fault-{}", kind.word()));
    let places = frame::PLACES.map(|(word, _)| format!("nav-{word}"));
    let tasks = take::Task::ALL.map(|task| format!("take-{}", task.word()));
    let roles = teiten_people::Role::ALL.map(|role| format!("role-{}", role.word()));
    let works = crate::drafts::works::What::ALL.map(|what| format!("work-{}", what.word()));
    let health = crate::pages::doctor::made_keys();
    let lists: [&[String]; 9] =
        [&graphs, &metrics, &steps, &faults, &places, &tasks, &roles, &works, &health];
    lists.concat()
}
