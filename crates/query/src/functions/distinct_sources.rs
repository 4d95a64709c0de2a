//! `distinct_sources(sketch)`, `distinct_exact(sketch)` and `distinct_told(sketch)`: merge the rollups' sketches.
//!
//! The first gives the number of distinct sources, the second whether that number is exact, the third both, so that
//! who needs both merges once. Merging is independent of order, so any number of partitions gives the same answer.

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use std::sync::Arc;
use teiten_store::distinct::Merged;

/// What is told of the merged sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    Number,
    Exactness,
    Both,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Merge {
    name: &'static str,
    told: Told,
    signature: Signature,
}

fn merge(name: &'static str, told: Told) -> AggregateUDF {
    let signature = Signature::exact(vec![DataType::Binary], Volatility::Immutable);
    AggregateUDF::from(Merge { name, told, signature })
}

/// `distinct_sources(sketch) -> bigint`.
pub(crate) fn distinct_sources() -> AggregateUDF {
    merge("distinct_sources", Told::Number)
}

/// `distinct_exact(sketch) -> boolean`.
pub(crate) fn distinct_exact() -> AggregateUDF {
    merge("distinct_exact", Told::Exactness)
}

/// `distinct_told(sketch) -> struct(sources bigint, exact boolean)`.
pub(crate) fn distinct_told() -> AggregateUDF {
    merge("distinct_told", Told::Both)
}

/// The fields of what [`distinct_told`] gives.
fn fields() -> Fields {
    let field = |name: &str, kind| Field::new(name, kind, false);
    vec![field("sources", DataType::Int64), field("exact", DataType::Boolean)].into()
}

impl AggregateUDFImpl for Merge {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.told {
            Told::Number => DataType::Int64,
            Told::Exactness => DataType::Boolean,
            Told::Both => DataType::Struct(fields()),
        })
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Merging { told: self.told, merged: Merged::default() }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[merged]", args.name), DataType::Binary, true))])
    }
}

#[derive(Debug)]
struct Merging {
    told: Told,
    merged: Merged,
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
        Ok(vec![ScalarValue::Binary(Some(self.merged.set().write()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let merged = self.merged.set();
        let (sources, exact) = (merged.count() as i64, merged.is_exact());
        Ok(match self.told {
            Told::Number => ScalarValue::Int64(Some(sources)),
            Told::Exactness => ScalarValue::Boolean(Some(exact)),
            Told::Both => {
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(Int64Array::from(vec![sources])),
                    Arc::new(BooleanArray::from(vec![exact])),
                ];
                ScalarValue::Struct(Arc::new(StructArray::try_new(fields(), columns, None)?))
            }
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.merged.bytes()
    }
}
