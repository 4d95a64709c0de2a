//! `distinct_sources(sketch)` and `distinct_exact(sketch)`: merges the rollups' sketches.
//!
//! The first gives the number of distinct sources, the second whether that number is exact. Merging
//! is independent of order, so any number of partitions gives the same answer.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use std::sync::Arc;
use teiten_store::distinct::union::Union;

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
        Ok(Box::new(Merging::new(self.gives_exactness)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(MergingGroups { gives_exactness: self.gives_exactness, groups: Vec::new(), bytes: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[merged]", args.name), DataType::Binary, true))])
    }
}

/// The union of one group.
#[derive(Debug)]
struct Merging {
    gives_exactness: bool,
    merged: Union,
}

fn no_sketch() -> DataFusionError {
    DataFusionError::Execution("the column holds no sketch of sources".to_string())
}

impl Merging {
    fn new(gives_exactness: bool) -> Merging {
        Merging { gives_exactness, merged: Union::default() }
    }

    fn add(&mut self, sketch: &[u8]) -> Result<()> {
        // An estimate never becomes exact again.
        if self.gives_exactness && !self.merged.is_exact() {
            return Ok(());
        }
        self.merged.merge_bytes(sketch).ok_or_else(no_sketch)
    }

    fn add_all(&mut self, values: &ArrayRef) -> Result<()> {
        values.as_binary::<i32>().iter().flatten().try_for_each(|sketch| self.add(sketch))
    }
}

impl Accumulator for Merging {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add_all(&values[0])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add_all(&states[0])
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.merged.whole().write()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(if self.gives_exactness {
            ScalarValue::Boolean(Some(self.merged.is_exact()))
        } else {
            ScalarValue::Int64(Some(self.merged.whole().count() as i64))
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.merged.memory_bytes()
    }
}

/// The unions of many groups, by their numbers: most have a member or two in a batch, and an accumulator for each
/// would cost more than what it adds.
struct MergingGroups {
    gives_exactness: bool,
    groups: Vec<Merging>,
    /// Memory of the groups beside themselves.
    bytes: usize,
}

impl MergingGroups {
    fn add(
        &mut self,
        values: &ArrayRef,
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let gives_exactness = self.gives_exactness;
        self.groups.resize_with(total, || Merging::new(gives_exactness));
        let sketches = values.as_binary::<i32>();
        for (row, group) in group_indices.iter().enumerate() {
            let is_wanted = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if is_wanted && sketches.is_valid(row) {
                let group = &mut self.groups[*group];
                let before = group.merged.memory_bytes();
                group.add(sketches.value(row))?;
                self.bytes = self.bytes + group.merged.memory_bytes() - before;
            }
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Merging> {
        let taken = emit_to.take_needed(&mut self.groups);
        self.bytes -= taken.iter().map(|group| group.merged.memory_bytes()).sum::<usize>();
        taken
    }
}

impl GroupsAccumulator for MergingGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.add(&values[0], group_indices, opt_filter, total_num_groups)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.add(&values[0], group_indices, None, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let groups = self.take(emit_to);
        Ok(if self.gives_exactness {
            let exact = groups.iter().map(|group| Some(group.merged.is_exact()));
            Arc::new(exact.collect::<BooleanArray>())
        } else {
            let counts = groups.iter().map(|group| group.merged.whole().count() as i64);
            Arc::new(Int64Array::from_iter_values(counts))
        })
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = self.take(emit_to);
        let states = groups.iter().map(|group| group.merged.whole().write());
        Ok(vec![Arc::new(BinaryArray::from_iter_values(states))])
    }

    /// A sketch is the state of a group of one row.
    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let Some(filter) = opt_filter else { return Ok(vec![Arc::clone(&values[0])]) };
        let sketches = values[0].as_binary::<i32>();
        let is_wanted = |row| filter.is_valid(row) && filter.value(row);
        let kept = sketches.iter().enumerate().map(|(row, sketch)| sketch.filter(|_| is_wanted(row)));
        Ok(vec![Arc::new(kept.collect::<BinaryArray>())])
    }

    fn size(&self) -> usize {
        self.groups.capacity() * size_of::<Merging>() + self.bytes
    }
}
