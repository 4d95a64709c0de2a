//! `distinct_count(texts or bytes)`: how many different values there are, for many groups at once.
//!
//! The engine's own `count(DISTINCT ...)` keeps a set of kilobytes for every group where values are no numbers: ten
//! thousand sources with the sensors they reached take seconds. Here each value has a number, and all groups share one
//! set of (group, value).
//!
//! **Invariant:** the answer is that of `count(DISTINCT ...)`, for any number of parts in any order.

use std::mem::size_of;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{HashMap, HashSet, ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};

#[derive(Debug, PartialEq, Eq, Hash)]
struct DistinctCount {
    signature: Signature,
}

/// `distinct_count(text or bytes) -> bigint`.
pub(crate) fn distinct_count() -> AggregateUDF {
    let signature = Signature::uniform(1, vec![DataType::Utf8, DataType::Binary], Volatility::Immutable);
    AggregateUDF::from(DistinctCount { signature })
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Binary, true))
}

impl AggregateUDFImpl for DistinctCount {
    fn name(&self) -> &'static str {
        "distinct_count"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _type: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One::default()))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Counting::default()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[values]", args.name), DataType::List(item()), true))])
    }
}

/// Values with their numbers, and which of them each group has.
#[derive(Debug, Default)]
struct Counting {
    numbers: HashMap<Arc<[u8]>, u32>,
    values: Vec<Arc<[u8]>>,
    bytes: usize,
    seen: HashSet<(usize, u32)>,
    counts: Vec<i64>,
}

impl Counting {
    fn add(&mut self, group: usize, value: &[u8]) {
        let number = match self.numbers.get(value) {
            Some(number) => *number,
            None => {
                let (number, value) = (self.values.len() as u32, Arc::<[u8]>::from(value));
                self.bytes += value.len();
                self.values.push(Arc::clone(&value));
                self.numbers.insert(value, number);
                number
            }
        };
        if self.seen.insert((group, number)) {
            self.counts[group] += 1;
        }
    }

    /// Takes the first groups out, with their values in order; the others move up.
    fn take(&mut self, emit: EmitTo) -> (Vec<i64>, Vec<(usize, u32)>) {
        let counts = emit.take_needed(&mut self.counts);
        let (mut taken, left): (Vec<_>, Vec<_>) =
            self.seen.drain().partition(|(group, _)| *group < counts.len());
        self.seen.extend(left.into_iter().map(|(group, number)| (group - counts.len(), number)));
        taken.sort_unstable();
        (counts, taken)
    }
}

/// Hands over every value that is there, with its place.
fn each(values: &ArrayRef, mut take: impl FnMut(usize, &[u8])) -> Result<()> {
    match values.data_type() {
        DataType::Utf8 => {
            let texts = values.as_string::<i32>();
            texts
                .iter()
                .enumerate()
                .for_each(|(place, text)| text.into_iter().for_each(|text| take(place, text.as_bytes())));
        }
        DataType::Binary => {
            let texts = values.as_binary::<i32>();
            texts
                .iter()
                .enumerate()
                .for_each(|(place, text)| text.into_iter().for_each(|text| take(place, text)));
        }
        other => return internal_err!("distinct_count was given {other}"),
    }
    Ok(())
}

impl GroupsAccumulator for Counting {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        n_groups: usize,
    ) -> Result<()> {
        self.counts.resize(n_groups, 0);
        each(&values[0], |place, value| {
            if filter.is_none_or(|filter| filter.is_valid(place) && filter.value(place)) {
                self.add(groups[place], value);
            }
        })
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], n_groups: usize) -> Result<()> {
        self.counts.resize(n_groups, 0);
        let lists = values[0].as_list::<i32>();
        for (place, group) in groups.iter().enumerate() {
            if lists.is_valid(place) {
                each(&lists.value(place), |_, value| self.add(*group, value))?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (counts, _) = self.take(emit);
        Ok(Arc::new(Int64Array::from(counts)))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (counts, taken) = self.take(emit);
        let lengths = OffsetBuffer::from_lengths(counts.iter().map(|count| *count as usize));
        let mut values = BinaryBuilder::new();
        taken.iter().for_each(|(_, number)| values.append_value(&self.values[*number as usize]));
        Ok(vec![Arc::new(ListArray::try_new(item(), lengths, Arc::new(values.finish()), None)?)])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let (mut lengths, mut bytes) = (vec![0; values[0].len()], BinaryBuilder::new());
        each(&values[0], |place, value| {
            if filter.is_none_or(|filter| filter.is_valid(place) && filter.value(place)) {
                lengths[place] = 1;
                bytes.append_value(value);
            }
        })?;
        let lengths = OffsetBuffer::from_lengths(lengths);
        Ok(vec![Arc::new(ListArray::try_new(item(), lengths, Arc::new(bytes.finish()), None)?)])
    }

    fn size(&self) -> usize {
        let value = size_of::<Arc<[u8]>>();
        size_of::<Self>()
            + self.bytes
            + self.values.capacity() * value
            + self.numbers.capacity() * (value + size_of::<u32>())
            + self.seen.capacity() * size_of::<(usize, u32)>()
            + self.counts.capacity() * size_of::<i64>()
    }
}

/// The same for all rows together.
#[derive(Debug, Default)]
struct One {
    values: HashSet<Box<[u8]>>,
    bytes: usize,
}

impl One {
    fn add(&mut self, values: &ArrayRef) -> Result<()> {
        each(values, |_, value| {
            if !self.values.contains(value) {
                self.bytes += value.len();
                self.values.insert(value.into());
            }
        })
    }
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        (0..lists.len())
            .filter(|place| lists.is_valid(*place))
            .try_for_each(|place| self.add(&lists.value(place)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut values: Vec<Box<[u8]>> = self.values.drain().collect();
        values.sort_unstable();
        let lengths = OffsetBuffer::from_lengths([values.len()]);
        let mut bytes = BinaryBuilder::new();
        values.iter().for_each(|value| bytes.append_value(value));
        let list = ListArray::try_new(item(), lengths, Arc::new(bytes.finish()), None)?;
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.values.len() as i64)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes + self.values.capacity() * size_of::<Box<[u8]>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;

    /// Rows as (group, value), split into parts that are merged: counts of the groups.
    fn merged(parts: &[&[(usize, Option<&str>)]], n_groups: usize) -> Vec<i64> {
        let mut whole = Counting::default();
        for part in parts {
            let mut partial = Counting::default();
            let groups: Vec<usize> = part.iter().map(|(group, _)| *group).collect();
            let values: ArrayRef = Arc::new(part.iter().map(|(_, value)| *value).collect::<StringArray>());
            partial.update_batch(&[values], &groups, None, n_groups).expect("texts");
            // What is emitted early is counted as what is emitted in the end.
            for emit in [EmitTo::First(1), EmitTo::All] {
                let first = if matches!(emit, EmitTo::All) { 1 } else { 0 };
                let state = partial.state(emit).expect("a state");
                let groups: Vec<usize> = (first..first + state[0].len()).collect();
                whole.merge_batch(&state, &groups, n_groups).expect("a state of ours");
            }
        }
        whole
            .evaluate(EmitTo::All)
            .expect("numbers")
            .as_primitive::<arrow::datatypes::Int64Type>()
            .values()
            .to_vec()
    }

    #[test]
    fn groups_count_each_value_once_however_rows_are_split() {
        let rows = [
            (0, Some("a")),
            (1, Some("a")),
            (0, Some("b")),
            (0, Some("a")),
            (2, None),
            (1, Some("")),
            (0, None),
        ];
        assert_eq!(merged(&[&rows], 3), [2, 2, 0]);
        let groups: Vec<usize> = rows.iter().map(|(group, _)| *group).collect();
        let values: ArrayRef = Arc::new(rows.iter().map(|(_, value)| *value).collect::<StringArray>());
        let mut whole = Counting::default();
        let state = whole.convert_to_state(&[values], None).expect("texts");
        whole.merge_batch(&state, &groups, 3).expect("a state of ours");
        assert_eq!(whole.counts, [2, 2, 0]);
        for cut in 0..rows.len() {
            assert_eq!(merged(&[&rows[..cut], &rows[cut..]], 3), [2, 2, 0], "cut at {cut}");
        }
    }
}
