//! Where statements run when it is not in this process alone.
//!
//! Whoever spreads statements over machines works on the engine's own plans, so this is the one place where public
//! signatures speak of the engine. A store carries who answers its questions ([`Store::answering`]): sessions are
//! opened in many places, and none of them needs to know.
//!
//! **Invariant:** what runs elsewhere knows the same functions and reads the same files as what runs here.

use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use teiten_store::store::Store;
use thiserror::Error;

use crate::functions;

/// The address under which plans name the files of a store.
pub const STORE_URL: &str = "teiten://store";

/// Who plans statements and runs them elsewhere.
pub trait Engine: Send + Sync {
    /// Adds to a session what plans its statements for elsewhere.
    ///
    /// # Errors
    /// When the engine refuses its settings.
    fn join(&self, session: SessionStateBuilder) -> Result<SessionStateBuilder>;
}

/// Why what runs elsewhere gave no answer: which machine, and what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

impl Unanswered {
    /// What was said, when that is why a statement failed.
    pub fn of(error: &DataFusionError) -> Option<&str> {
        match error.find_root() {
            DataFusionError::External(root) => root.downcast_ref().map(|Unanswered(said)| said.as_str()),
            _ => None,
        }
    }
}

impl From<Unanswered> for DataFusionError {
    fn from(unanswered: Unanswered) -> DataFusionError {
        DataFusionError::External(Box::new(unanswered))
    }
}

/// What a store carries: a type of ours, so that nothing else is taken for it.
struct Elsewhere(Box<dyn Engine>);

/// The same store, whose questions that engine answers.
pub fn answered_by(store: Store, engine: impl Engine + 'static) -> Store {
    store.answered_by(Arc::new(Elsewhere(Box::new(engine))))
}

/// The same state, which knows every function of ours.
pub fn with_functions(state: SessionState) -> SessionState {
    let context = SessionContext::new_with_state(state);
    functions::register(&context);
    context.state()
}

fn elsewhere(store: &Store) -> Option<&Elsewhere> {
    store.answering().and_then(|answering| answering.downcast_ref())
}

/// Whether another engine answers the questions about a store.
pub(crate) fn is_elsewhere(store: &Store) -> bool {
    elsewhere(store).is_some()
}

/// The context of a session on a store.
pub(crate) fn context(
    store: &Store,
    config: SessionConfig,
    runtime: Arc<RuntimeEnv>,
) -> Result<SessionContext> {
    let session =
        SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features();
    let session = match elsewhere(store) {
        None => session,
        Some(Elsewhere(engine)) => engine.join(session)?,
    };
    Ok(SessionContext::new_with_state(session.build()))
}
