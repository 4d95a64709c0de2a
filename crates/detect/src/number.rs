//! A set of numbers as a signature writes it: `23`, `"40000-59999"`, or a list of both.
//!
//! **Invariant:** every range has its lower end first and no negative number, so an absent field
//! (-1) is in no set.

use serde::Deserialize;

/// The most ranges one set may have.
pub const RANGES_MAX: usize = 64;

/// Numbers, as inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct NumberSet {
    ranges: Vec<(i64, i64)>,
}

/// The three ways to write a set.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a number, a range such as \"40000-59999\", or a list of them")]
enum Written {
    One(u32),
    Range(String),
    List(Vec<Item>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    One(u32),
    Range(String),
}

impl NumberSet {
    /// The set of those numbers.
    pub(crate) fn any(numbers: &[i64]) -> Result<NumberSet, String> {
        if numbers.is_empty() || numbers.len() > RANGES_MAX {
            return Err(format!("a set has 1 to {RANGES_MAX} numbers or ranges"));
        }
        Ok(NumberSet { ranges: numbers.iter().map(|number| (*number, *number)).collect() })
    }

    /// Whether it is one number.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self.ranges.as_slice(), [(low, high)] if low == high)
    }

    /// Whether the number is in the set.
    #[inline]
    pub fn has(&self, number: i64) -> bool {
        self.ranges.iter().any(|(low, high)| *low <= number && number <= *high)
    }

    /// Its ranges, each with its lower end first.
    pub(crate) fn ranges(&self) -> &[(i64, i64)] {
        &self.ranges
    }
}

impl TryFrom<Written> for NumberSet {
    type Error = String;

    fn try_from(written: Written) -> Result<NumberSet, String> {
        let ranges = match written {
            Written::One(number) => vec![(i64::from(number), i64::from(number))],
            Written::Range(text) => vec![parse_range(&text)?],
            Written::List(items) => items
                .into_iter()
                .map(|item| match item {
                    Item::One(number) => Ok((i64::from(number), i64::from(number))),
                    Item::Range(text) => parse_range(&text),
                })
                .collect::<Result<_, String>>()?,
        };
        if ranges.is_empty() || ranges.len() > RANGES_MAX {
            return Err(format!("a set has 1 to {RANGES_MAX} numbers or ranges"));
        }
        Ok(NumberSet { ranges })
    }
}

fn parse_range(text: &str) -> Result<(i64, i64), String> {
    let refused = || format!("`{text}` is not a range; write the lower end first, such as \"40000-59999\"");
    let (low, high) = text.split_once('-').ok_or_else(refused)?;
    let end = |part: &str| part.trim().parse::<u32>().map(i64::from).map_err(|_| refused());
    let (low, high) = (end(low)?, end(high)?);
    if low <= high { Ok((low, high)) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        it: NumberSet,
    }

    fn parse(text: &str) -> Result<NumberSet, String> {
        toml::from_str::<Case>(&format!("it = {text}")).map(|case| case.it).map_err(|error| error.to_string())
    }

    #[test]
    fn a_set_is_a_number_a_range_or_a_list() {
        for (text, inside, outside) in [
            ("23", vec![23], vec![22, 24, -1]),
            ("\"10-12\"", vec![10, 11, 12], vec![9, 13, -1]),
            ("[1, \"5-6\"]", vec![1, 5, 6], vec![0, 2, 4, 7]),
            ("4294967295", vec![0xffff_ffff], vec![0]),
        ] {
            let set = parse(text).unwrap();
            assert!(inside.iter().all(|number| set.has(*number)), "{text}");
            assert!(!outside.iter().any(|number| set.has(*number)), "{text}");
        }
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["-1", "\"12-10\"", "\"a\"", "[]", "true", "4294967296", "1.5"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
