//! How numbers are written: in groups and with few decimals for people, whole for machines.
//!
//! A whole number is grouped only in a column that has a unit: without one it may be a port, an AS or a
//! year. Decimals are chosen for the column as a whole, so that the points stand below each other.
//!
//! **Invariant:** what is not zero is never written as zero for people: it is `<0.1` or the like.
//! **Invariant:** what machines read parses back to the same number.

use teiten_model::table::{TableColumn, Value};

/// Most decimals that people read.
const DECIMALS_MAX: usize = 4;
/// From here on a number is written with an exponent for people.
const EXPONENT_FROM: f64 = 1e15;

/// How the numbers of one column are written for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    is_grouped: bool,
    is_signed: bool,
    decimals: usize,
}

impl Form {
    /// The form for a column with these values.
    pub(super) fn of<'a>(column: &TableColumn, values: impl Iterator<Item = &'a Value>) -> Form {
        let floats: Vec<f64> = values
            .filter_map(|value| match value {
                Value::Float(number) if number.is_finite() => Some(number.abs()),
                _ => None,
            })
            .collect();
        let largest = floats.iter().copied().fold(0.0, f64::max);
        let decimals = match column.unit.as_str() {
            _ if floats.iter().all(|number| number.fract() == 0.0) && column.unit.is_empty() => 0,
            "%" => 1,
            _ if largest >= 100.0 => 1,
            _ if largest >= 1.0 => 2,
            _ => DECIMALS_MAX,
        };
        Form { is_grouped: !column.unit.is_empty(), is_signed: column.name == "change", decimals }
    }

    /// A whole number.
    pub(super) fn int(&self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let digits = if self.is_grouped { grouped(&digits) } else { digits };
        format!("{}{digits}", self.sign(number < 0, number != 0))
    }

    /// Another number; `None` when it is not finite.
    pub(super) fn float(&self, number: f64) -> Option<String> {
        if !number.is_finite() {
            return None;
        }
        let sign = self.sign(number < 0.0, number != 0.0);
        let size = number.abs();
        if size >= EXPONENT_FROM {
            return Some(format!("{sign}{size:.3e}"));
        }
        let text = format!("{size:.*}", self.decimals);
        if number != 0.0 && text.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
            let least = format!("{:.*}", self.decimals, 0.1_f64.powi(self.decimals as i32));
            return Some(if number < 0.0 { format!(">-{least}") } else { format!("<{least}") });
        }
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let whole = if self.is_grouped { grouped(whole) } else { whole.to_string() };
        let point = if part.is_empty() { "" } else { "." };
        Some(format!("{sign}{whole}{point}{part}"))
    }

    fn sign(&self, is_negative: bool, is_something: bool) -> &'static str {
        match (is_negative, self.is_signed && is_something) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        }
    }
}

/// The digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The shortest decimal text that reads back to the same number, which is also a number of JSON; `None`
/// when it is not finite.
pub(super) fn for_machines(number: f64) -> Option<String> {
    number.is_finite().then(|| format!("{number:?}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(name: &str, unit: &str, floats: &[f64]) -> Form {
        let values: Vec<Value> = floats.iter().copied().map(Value::Float).collect();
        Form::of(&TableColumn { name: name.into(), unit: unit.into() }, values.iter())
    }

    #[test]
    fn whole_numbers_are_grouped_only_where_they_count_something() {
        let cases = [
            ("packets", "packets", 0, "0"),
            ("packets", "packets", 999, "999"),
            ("packets", "packets", 1_000, "1,000"),
            ("packets", "packets", 1_234_567, "1,234,567"),
            ("packets", "packets", i64::MIN, "-9,223,372,036,854,775,808"),
            ("asn", "", 64_496, "64496"),
            ("change", "packets", 1_500, "+1,500"),
        ];
        for (name, unit, number, expected) in cases {
            assert_eq!(form(name, unit, &[]).int(number), expected);
        }
    }

    #[test]
    fn decimals_follow_the_unit_and_the_largest_of_the_column() {
        let cases: [(&str, &str, &[f64], &[&str]); 8] = [
            ("share", "%", &[25.125, 0.04, 0.0, 100.0], &["25.1", "<0.1", "0.0", "100.0"]),
            ("change", "%", &[12.34, -50.0, -0.01, 0.0], &["+12.3", "-50.0", ">-0.1", "0.0"]),
            ("rate", "packets/sensor/day", &[12_345.678, 3.21], &["12,345.7", "3.2"]),
            ("rate", "packets/sensor/day", &[12.345, 0.001], &["12.35", "<0.01"]),
            ("rate", "packets/sensor/day", &[0.012_345], &["0.0123"]),
            ("rate", "packets/sensor/day", &[12.0], &["12.00"]),
            ("avg", "", &[3.0, 40_000.0], &["3", "40000"]),
            ("avg", "", &[3.5, 1e300], &["3.5", "1.000e300"]),
        ];
        for (name, unit, numbers, expected) in cases {
            let form = form(name, unit, numbers);
            let drawn: Vec<String> = numbers.iter().filter_map(|number| form.float(*number)).collect();
            assert_eq!(drawn, expected, "{name} {unit}");
        }
    }

    #[test]
    fn what_is_not_finite_is_no_number() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(form("x", "%", &[number]).float(number), None);
            assert_eq!(for_machines(number), None);
        }
    }

    proptest! {
        #[test]
        fn machines_read_back_the_same_number(number in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            let text = for_machines(number).expect("it is finite");
            prop_assert_eq!(text.parse::<f64>().expect("a number"), number);
            prop_assert_eq!(serde_json::from_str::<f64>(&text).is_ok(), true);
        }

        #[test]
        fn something_is_never_written_as_nothing(number in proptest::num::f64::NORMAL) {
            let text = form("share", "%", &[number]).float(number).expect("it is finite");
            prop_assert!(text.contains('<') || text.contains('>') || text.bytes().any(|b| matches!(b, b'1'..=b'9')));
        }
    }
}
