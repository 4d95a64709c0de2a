//! How numbers are written; the same in Japanese and English.
//!
//! **Invariant:** digits are grouped by comma in threes, decimals are parted by a point, and the text
//! depends on nothing but the number.

/// A count: `1,234,567`.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        grouped.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An average: no decimals from 100, one from 1, two below.
pub fn rate(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_string();
    }
    let size = number.abs();
    let text = if size == 0.0 {
        "0".to_string()
    } else if size >= 99.95 {
        return count(number.round() as i64);
    } else if size >= 0.995 {
        format!("{size:.1}")
    } else if size >= 0.005 {
        format!("{size:.2}")
    } else {
        "<0.01".to_string()
    };
    if number < 0.0 { format!("\u{2212}{text}") } else { text }
}

/// A part of one: `21.4%`; what is there but rounds to nothing is `<0.1%`, what is not all but rounds to
/// it `>99.9%`.
pub fn share(part: f64) -> String {
    if !part.is_finite() {
        return "–".to_string();
    }
    if part > 0.0 && part < 0.000_5 {
        return "<0.1%".to_string();
    }
    if (0.999_5..1.0).contains(&part) {
        return ">99.9%".to_string();
    }
    format!("{:.1}%", (part * 100.0).abs())
}

/// A number with two decimals, as ranks per address are printed: `9,145.02`.
pub fn exact(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_string();
    }
    let hundredths = (number.abs() * 100.0).round() as i64;
    let sign = if number < 0.0 && hundredths > 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{:02}", count(hundredths / 100), hundredths % 100)
}

/// A difference with its sign: `+42.10`, `−3.00`.
pub fn difference(number: f64) -> String {
    let text = exact(number);
    if text.starts_with(['\u{2212}', '–']) {
        return text;
    }
    if text == "0.00" { "±0.00".to_string() } else { format!("+{text}") }
}

/// A change as a part of what was before: `+79.8%`, `−2.6%`.
pub fn change(part: f64) -> String {
    if !part.is_finite() {
        return "–".to_string();
    }
    let text = format!("{:.1}%", (part * 100.0).abs());
    match text.as_str() {
        "0.0%" => "±0.0%".to_string(),
        _ if part < 0.0 => format!("\u{2212}{text}"),
        _ => format!("+{text}"),
    }
}

/// The size of a file: `840 B`, `312 kB`, `1.2 MB`, in powers of a thousand.
pub fn bytes(size: usize) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..999_500 => format!("{} kB", (size + 500) / 1_000),
        _ => format!("{:.1} MB", size as f64 / 1e6),
    }
}

/// A number's text without its sign.
pub fn without_sign(text: &str) -> String {
    text.trim_start_matches(['+', '\u{2212}', '±']).to_string()
}

/// A number on an axis whose steps are so far apart.
pub fn tick(number: f64, step: f64) -> String {
    if step >= 1.0 && step.fract() == 0.0 {
        return count(number.round() as i64);
    }
    let mut decimals = 1;
    let mut scaled = step * 10.0;
    while decimals < 6 && (scaled - scaled.round()).abs() > 1e-6 {
        decimals += 1;
        scaled *= 10.0;
    }
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-1_234_567, "−1,234,567"),
            (i64::MIN, "−9,223,372,036,854,775,808"),
        ] {
            assert_eq!(count(number), text);
        }
        for (number, text) in [
            (0.0, "0"),
            (0.001, "<0.01"),
            (0.25, "0.25"),
            (1.0, "1.0"),
            (42.06, "42.1"),
            (99.96, "100"),
            (12_345.6, "12,346"),
            (-3.2, "−3.2"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(rate(number), text);
        }
        for (part, text) in
            [(0.0, "0.0%"), (0.214, "21.4%"), (0.000_1, "<0.1%"), (0.999_7, ">99.9%"), (1.0, "100.0%")]
        {
            assert_eq!(share(part), text);
        }
        for (part, text) in [(0.798, "+79.8%"), (-0.026, "−2.6%"), (-0.000_1, "±0.0%"), (f64::INFINITY, "–")]
        {
            assert_eq!(change(part), text);
        }
        for (number, step, text) in
            [(1500.0, 500.0, "1,500"), (0.5, 0.5, "0.5"), (0.04, 0.02, "0.04"), (2.5, 2.5, "2.5")]
        {
            assert_eq!(tick(number, step), text);
        }
        assert_eq!(without_sign("−2.6%"), "2.6%");
        for (size, text) in [(840, "840 B"), (1_499, "1 kB"), (999_499, "999 kB"), (1_240_000, "1.2 MB")] {
            assert_eq!(bytes(size), text);
        }
    }
}
