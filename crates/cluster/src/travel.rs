//! What can travel: a plan whose leaves are files, or rows that stand in the statement itself, and that needs to know
//! nothing which is not sent with it.
//!
//! What else a plan may begin with lives in this process: the lists of tables and columns, a series that is made as it
//! is read, the rows of a recursion. And that a condition holds a column to one value (`sensor = 'a'`) is known where a
//! statement is planned, so a window over that column (`PARTITION BY sensor`) is not sorted by it; the rows that a
//! worker gets from others no longer tell, and it refuses the window as unsorted. Such a plan is run here, as a whole,
//! rather than refused.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNode;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
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
    Ok(!plan.exists(is_bound)? && !plan.exists(|node| Ok(is_window_over_one_value(node)))?)
}

/// Whether a window is told apart by what has the same value in every row.
fn is_window_over_one_value(node: &Arc<dyn ExecutionPlan>) -> bool {
    let (input, windows) = if let Some(window) = node.downcast_ref::<BoundedWindowAggExec>() {
        (window.input(), window.window_expr())
    } else if let Some(window) = node.downcast_ref::<WindowAggExec>() {
        (window.input(), window.window_expr())
    } else {
        return false;
    };
    let known = input.equivalence_properties();
    let parts = windows.iter().flat_map(|window| window.partition_by());
    parts.into_iter().any(|part| known.is_expr_constant(part).is_some())
}
