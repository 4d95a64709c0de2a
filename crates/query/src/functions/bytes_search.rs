//! `bytes_contain(column, pattern)` and `bytes_match(column, regex)`: search in bytes.
//!
//! The engine has neither for binary columns. A null column gives null. The regular expression is
//! matched against the bytes without regard to case, as Wireshark's `matches` does.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Largest compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Search {
    name: &'static str,
    is_regex: bool,
    signature: Signature,
}

/// `bytes_contain(binary, binary) -> boolean`.
pub(crate) fn bytes_contain() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Binary, DataType::Binary], Volatility::Immutable);
    ScalarUDF::from(Search { name: "bytes_contain", is_regex: false, signature })
}

/// `bytes_match(binary, text) -> boolean`.
pub(crate) fn bytes_match() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Binary, DataType::Utf8], Volatility::Immutable);
    ScalarUDF::from(Search { name: "bytes_match", is_regex: true, signature })
}

/// Whether `needle` occurs in `hay`.
fn contains(hay: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || hay.windows(needle.len()).any(|window| window == needle)
}

impl ScalarUDFImpl for Search {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let hay = args.args[0].to_array(args.number_rows)?;
        let hay = hay.as_binary::<i32>();
        let found: BooleanArray = match &args.args[1] {
            ColumnarValue::Scalar(ScalarValue::Binary(Some(needle))) if !self.is_regex => {
                hay.iter().map(|value| value.map(|value| contains(value, needle))).collect()
            }
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(text))) if self.is_regex => {
                let regex = regex::bytes::RegexBuilder::new(text)
                    .case_insensitive(true)
                    .unicode(false)
                    .dfa_size_limit(REGEX_BYTES_MAX)
                    .size_limit(REGEX_BYTES_MAX)
                    .build()
                    .map_err(|error| DataFusionError::Plan(error.to_string()))?;
                hay.iter().map(|value| value.map(|value| regex.is_match(value))).collect()
            }
            _ => return exec_err!("the pattern of {} must be a constant", self.name),
        };
        debug_assert_eq!(found.len(), args.number_rows);
        Ok(ColumnarValue::Array(Arc::new(found) as ArrayRef))
    }
}
