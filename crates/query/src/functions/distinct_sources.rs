//! `distinct_sources(sketch)` and `distinct_exact(sketch)`: merges the rollups' sketches.
//!
//! The first gives the number of distinct sources, the second whether that number is exact. Merging
//! is independent of order, so any number of partitions gives the same answer.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use std::sync::Arc;
use teiten_store::distinct::Distinct;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Merge {
    name: &'static str,
    gives_exactness: bool,
    signature: Signature,
}

fn merge(name: &'static str, gives_exactness: bool) -> AggregateUDF {
    let signature = Signature::exact(vec![DataType::Binary], Volatility::Immutable);
    AggregateUDF::from(Merge { name, gives_exactness, signature })
}

/// `distinct_sources(sketch) -> bigint`.
pub(crate) fn distinct_sources() -> AggregateUDF {
    merge("distinct_sources", false)
}

/// `distinct_exact(sketch) -> boolean`.
pub(crate) fn distinct_exact() -> AggregateUDF {
    merge("distinct_exact", true)
}

impl AggregateUDFImpl for Merge {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(if self.gives_exactness { DataType::Boolean } else { DataType::Int64 })
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Merging { gives_exactness: self.gives_exactness, merged: Distinct::default() }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[merged]", args.name), DataType::Binary, true))])
    }
}

#[derive(Debug)]
struct Merging {
    gives_exactness: bool,
    merged: Distinct,
}

impl Merging {
    fn add(&mut self, values: &ArrayRef) -> Result<()> {
        let sketches = values.as_binary::<i32>();
        for sketch in sketches.iter().flatten() {
            self.merged.merge_bytes(sketch).ok_or_else(|| {
                DataFusionError::Execution("the column holds no sketch of sources".to_string())
            })?;
        }
        Ok(())
    }
}

impl Accumulator for Merging {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add(&states[0])
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.merged.write()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(if self.gives_exactness {
            ScalarValue::Boolean(Some(self.merged.is_exact()))
        } else {
            ScalarValue::Int64(Some(self.merged.count() as i64))
        })
    }

    fn size(&self) -> usize {
        match &self.merged {
            Distinct::Exact(hashes) => size_of::<Self>() + 8 * hashes.capacity(),
            Distinct::Hll(sketch) => size_of::<Self>() + sketch.estimated_size(),
        }
    }
}
