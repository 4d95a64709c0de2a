//! `distinct_sources(sketch)`, `distinct_exact(sketch)` and `distinct_told(sketch)`: merge the rollups' sketches.
//!
//! The first gives the number of distinct sources, the second whether that number is exact, the third both, so that
//! who needs both merges once. Merging is independent of order, so any number of partitions gives the same answer.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use std::sync::Arc;
use teiten_store::distinct::union::Union;

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

impl Told {
    /// What is told of unions, one value each.
    fn of(self, groups: &mut [Merging]) -> Result<ArrayRef> {
        let mut exact = Vec::new();
        let mut sources = Vec::new();
        for group in groups {
            if self != Told::Number {
                exact.push(group.merged.is_exact());
            }
            if self != Told::Exactness {
                sources.push(group.merged.whole().count() as i64);
            }
        }
        let (sources, exact): (ArrayRef, ArrayRef) =
            (Arc::new(Int64Array::from(sources)), Arc::new(BooleanArray::from(exact)));
        Ok(match self {
            Told::Number => sources,
            Told::Exactness => exact,
            Told::Both => Arc::new(StructArray::try_new(fields(), vec![sources, exact], None)?),
        })
    }
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
        Ok(Box::new(Merging::new(self.told)))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(MergingGroups { told: self.told, groups: Vec::new(), bytes: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[merged]", args.name), DataType::Binary, true))])
    }
}

/// The union of one group.
#[derive(Debug)]
struct Merging {
    told: Told,
    merged: Union,
}

fn no_sketch() -> DataFusionError {
    DataFusionError::Execution("the column holds no sketch of sources".to_string())
}

impl Merging {
    fn new(told: Told) -> Merging {
        Merging { told, merged: Union::default() }
    }

    fn add(&mut self, sketch: &[u8]) -> Result<()> {
        // An estimate never becomes exact again.
        if self.told == Told::Exactness && self.merged.is_settled() {
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
        ScalarValue::try_from_array(&self.told.of(std::slice::from_mut(self))?, 0)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.merged.memory_bytes()
    }
}

/// The unions of many groups, by their numbers: most have a member or two in a batch, and an accumulator for each
/// would cost more than what it adds.
struct MergingGroups {
    told: Told,
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
        let told = self.told;
        self.groups.resize_with(total, || Merging::new(told));
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
        self.told.of(&mut self.take(emit_to))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut groups = self.take(emit_to);
        let states = groups.iter_mut().map(|group| group.merged.whole().write());
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
