//! What can travel: a plan whose leaves are files, or rows that stand in the statement itself.
//!
//! What else a plan may begin with lives in this process: the lists of tables and columns, a series that is made as it
//! is read, the rows of a recursion. A plan with such a leaf is run here, as a whole, rather than refused.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNode;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion_distributed::{DistributedExec, DistributedLeafExec};

/// Plans for workers what can travel to them.
#[derive(Debug)]
struct Traveling {
    spreading: Arc<dyn QueryPlanner + Send + Sync>,
}

/// The same session, which runs here what cannot travel.
pub(crate) fn careful(mut session: SessionStateBuilder) -> SessionStateBuilder {
    match session.query_planner().take() {
        None => session,
        Some(spreading) => session.with_query_planner(Arc::new(Traveling { spreading })),
    }
}

#[async_trait]
impl QueryPlanner for Traveling {
    async fn create_physical_plan(
        &self,
        statement: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = self.spreading.create_physical_plan(statement, session).await?;
        if plan.is::<DistributedExec>() && !can_travel(&plan)? {
            return DefaultPhysicalPlanner::default().create_physical_plan(statement, session).await;
        }
        Ok(plan)
    }
}

fn can_travel(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let is_bound = |node: &Arc<dyn ExecutionPlan>| {
        Ok(node.children().is_empty()
            && !node.is::<DataSourceExec>()
            && !node.is::<DistributedLeafExec>()
            && !node.is::<PlaceholderRowExec>()
            && !node.is::<EmptyExec>())
    };
    Ok(!plan.exists(is_bound)?)
}
