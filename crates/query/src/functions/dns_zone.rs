//! `registered_domain(name)` and `looks_random(name)`: what a queried name lies under, and whether its
//! leftmost label looks drawn at random.
//!
//! The registered domain is by the Public Suffix List (rules D75), in lower case, because resolvers may
//! change the case of a question. Names that are a suffix themselves, or none, give null.
//!
//! **Invariant:** no name, whatever its bytes, makes these panic.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Letters of the shortest label that can look random.
const LABEL_MIN: usize = 6;
/// Entropy of a random label, in bits a letter: eight letters of the alphabet have 2.8 on average (D77).
const ENTROPY_MIN: f64 = 2.2;
/// Lengths of hexadecimal hashes that lists of files are asked by.
const HASH_LENGTHS: [usize; 3] = [32, 40, 64];

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfName {
    name: &'static str,
    gives_domain: bool,
    signature: Signature,
}

fn of_name(name: &'static str, gives_domain: bool) -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    ScalarUDF::from(OfName { name, gives_domain, signature })
}

/// `registered_domain(text) -> text`.
pub(crate) fn registered_domain() -> ScalarUDF {
    of_name("registered_domain", true)
}

/// `looks_random(text) -> boolean`.
pub(crate) fn looks_random() -> ScalarUDF {
    of_name("looks_random", false)
}

/// The registered domain of a name that is in lower case.
pub fn domain(name: &str) -> Option<&str> {
    psl::domain_str(name).filter(|domain| !domain.is_empty())
}

/// Whether a name's leftmost label looks random: long enough, mixed enough, no address and no hash.
pub fn is_random(name: &str) -> bool {
    let bytes = name.split('.').next().unwrap_or_default().as_bytes();
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit);
    if bytes.len() < LABEL_MIN
        || !bytes.iter().any(u8::is_ascii_alphabetic)
        || (is_hex && HASH_LENGTHS.contains(&bytes.len()))
    {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(byte.to_ascii_lowercase())] += 1;
    }
    let whole = bytes.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / whole)
        .map(|part| -part * part.log2())
        .sum();
    entropy >= ENTROPY_MIN
}

impl ScalarUDFImpl for OfName {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(if self.gives_domain { DataType::Utf8 } else { DataType::Boolean })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let names = args.args[0].to_array(args.number_rows)?;
        let names = names.as_string::<i32>();
        let answer: ArrayRef = if self.gives_domain {
            let of = |name: &str| domain(&name.to_ascii_lowercase()).map(str::to_string);
            Arc::new(names.iter().map(|name| name.and_then(of)).collect::<StringArray>())
        } else {
            Arc::new(names.iter().map(|name| name.map(is_random)).collect::<BooleanArray>())
        };
        Ok(ColumnarValue::Array(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_domain_follows_the_public_suffix_list() {
        let cases = [
            ("a.b.news.example", Some("news.example")),
            ("xkqv.www.Shop.CO.JP", Some("shop.co.jp")),
            ("x.city.kawasaki.jp", Some("city.kawasaki.jp")),
            ("example", None),
            ("co.jp", None),
            ("", None),
            ("..", None),
        ];
        for (name, expected) in cases {
            assert_eq!(domain(&name.to_ascii_lowercase()), expected, "{name}");
        }
    }

    #[test]
    fn random_labels_are_told_from_addresses_hashes_and_short_words() {
        let cases = [
            ("kqzvbnxw.www.news.example", true),
            ("a8f3k2m9p1.news.example", true),
            ("www.news.example", false),
            ("aaaaaaaaaa.news.example", false),
            ("4.2.0.192.list.example", false),
            ("192000004.list.example", false),
            ("d41d8cd98f00b204e9800998ecf8427e.hash.example", false),
            ("", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_random(name), expected, "{name}");
        }
    }
}
