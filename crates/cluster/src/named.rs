//! Whatever a worker says or fails to say, with its name.
//!
//! The engine passes errors on as they are: a connection that broke does not say whose it was.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_distributed::{
    CoordinatorToWorkerMsg, ExecuteTaskRequest, GetWorkerInfoRequest, GetWorkerInfoResponse, SetPlanRequest,
    WorkerChannel, WorkerToCoordinatorMsg,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use http::HeaderMap;
use teiten_query::engine::Unanswered;
use tonic::Status;
use url::Url;

use crate::reach::chain;

/// The way to a worker.
pub(crate) struct Named {
    pub(crate) worker: Url,
    pub(crate) inner: Box<dyn WorkerChannel>,
}

#[async_trait]
impl WorkerChannel for Named {
    async fn coordinator_channel(
        &mut self,
        headers: HeaderMap,
        plan: SetPlanRequest,
        told: BoxStream<'static, CoordinatorToWorkerMsg>,
        metrics: ExecutionPlanMetricsSet,
        context: &Arc<TaskContext>,
    ) -> Result<BoxStream<'static, Result<WorkerToCoordinatorMsg>>> {
        let asked = self.inner.coordinator_channel(headers, plan, told, metrics, context).await;
        let answers = asked.map_err(|error| named(&self.worker, error))?;
        Ok(every(&self.worker, answers))
    }

    async fn execute_task(
        &mut self,
        headers: HeaderMap,
        request: ExecuteTaskRequest,
        metrics: ExecutionPlanMetricsSet,
        context: &Arc<TaskContext>,
    ) -> Result<Vec<BoxStream<'static, Result<RecordBatch>>>> {
        let asked = self.inner.execute_task(headers, request, metrics, context).await;
        let answers = asked.map_err(|error| named(&self.worker, error))?;
        Ok(answers.into_iter().map(|answer| every(&self.worker, answer)).collect())
    }

    async fn get_worker_info(&mut self, request: GetWorkerInfoRequest) -> Result<GetWorkerInfoResponse> {
        self.inner.get_worker_info(request).await.map_err(|error| named(&self.worker, error))
    }
}

fn every<T: 'static>(worker: &Url, stream: BoxStream<'static, Result<T>>) -> BoxStream<'static, Result<T>> {
    let worker = worker.clone();
    stream.map_err(move |error| named(&worker, error)).boxed()
}

/// An error with the name of the worker. That there is not memory enough stays what it is.
pub(crate) fn named(worker: &Url, error: DataFusionError) -> DataFusionError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(said) => {
            DataFusionError::ResourcesExhausted(format!("worker {worker}: {said}"))
        }
        DataFusionError::External(root) if root.is::<Unanswered>() => error,
        DataFusionError::External(root) => match root.downcast_ref::<Status>() {
            Some(status) => silent(worker, &why(status)),
            None => Unanswered(format!("worker {worker}: {root}")).into(),
        },
        root => Unanswered(format!("worker {worker}: {}", root.strip_backtrace())).into(),
    }
}

/// What a status says, with its causes.
fn why(status: &Status) -> String {
    match status.source() {
        None => status.message().to_string(),
        Some(cause) => format!("{}: {}", status.message(), chain(cause)),
    }
}

/// The error that a worker cannot be heard.
pub(crate) fn silent(worker: &Url, why: &str) -> DataFusionError {
    let why = if why.is_empty() { "the connection broke" } else { why };
    Unanswered(format!("worker {worker} does not answer: {why}; see that it runs, then ask again")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: DataFusionError) -> String {
        let worker = Url::parse("https://one:7470").expect("an address");
        let error = named(&worker, error);
        Unanswered::of(&error).map_or_else(|| error.to_string(), ToString::to_string)
    }

    #[test]
    fn every_error_has_a_name_once() {
        let broken = DataFusionError::External(Box::new(Status::unavailable("broken pipe")));
        let once = DataFusionError::Shared(Arc::new(silent(
            &Url::parse("https://two:1").expect("an address"),
            "gone",
        )));
        let cases = [
            (
                broken,
                "worker https://one:7470/ does not answer: broken pipe; see that it runs, then ask again",
            ),
            (once, "worker https://two:1/ does not answer: gone; see that it runs, then ask again"),
            (DataFusionError::Plan("no".to_string()), "worker https://one:7470/: Error during planning: no"),
        ];
        for (error, expected) in cases {
            assert_eq!(said(error), expected);
        }
        let small = named(
            &Url::parse("https://one:1").expect("an address"),
            DataFusionError::ResourcesExhausted("9".into()),
        );
        assert!(matches!(small, DataFusionError::ResourcesExhausted(_)), "{small}");
    }
}
