//! A table of Markdown, as GitHub and most others read it, for people.
//!
//! **Invariant:** a cell stays one cell and is shown as it is: it cannot end the table, begin a link or
//! become HTML.

use std::io::{self, Write};

use teiten_model::table::Table;

use crate::output::cell::ColumnForm;
use crate::output::{Style, tame, words};

/// Writes the table.
pub(super) fn write(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let forms = ColumnForm::all(table, style);
    let heads = table.columns.iter().map(|column| {
        let head = escaped(&tame::tame(words::head(&column.name, style.lang)));
        match words::unit(&column.unit, style.lang) {
            unit if unit.is_empty() || unit == column.name => head,
            unit => words::with_unit(&head, &escaped(&tame::tame(unit)), style.lang),
        }
    });
    line(heads, out)?;
    line(forms.iter().map(|form| if form.is_right { "---:" } else { "---" }.to_string()), out)?;
    for row in &table.rows {
        line(forms.iter().zip(row).map(|(form, value)| escaped(&form.draw(value))), out)?;
    }
    Ok(())
}

fn line(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    out.write_all(b"|\n")
}

/// The text with everything that Markdown or HTML would act on escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_between =
            before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => escaped.extend(['\\', letter]),
            // Inside a word an underscore is itself; a column name stays readable.
            '_' if !is_between => escaped.push_str("\\_"),
            // What would be made a link: a scheme, a mail address, and `www.`.
            ':' if letters.peek() == Some(&'/') => escaped.push_str("\\:"),
            '@' => escaped.push_str("\\@"),
            '.' if matches!(before, 'w' | 'W') => escaped.push_str("\\."),
            _ => escaped.push(letter),
        }
        before = letter;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::output::samples;
    use crate::output::{Format, Lang};

    fn check(table: &Table, lang: Lang, expected: Expect) {
        expected.assert_eq(&samples::written(table, &Style { lang, ..samples::style(Format::Markdown) }));
    }

    #[test]
    fn heads_carry_units_and_numbers_stand_at_the_right() {
        check(
            &samples::top(),
            Lang::En,
            expect![[r#"
            | rank | country | packets | share (%) | rate (packets/sensor/day) | change (%) |
            | ---: | --- | ---: | ---: | ---: | ---: |
            | 1 | 中国 | 1,234,567 | 61.2 | 1,130.5 | +12.5 |
            | 2 | United States | 98,765 | 4.9 | 90.2 | -3.0 |
            | 3 | - | 7 | &lt;0.1 | n/a | n/a |
        "#]],
        );
        check(
            &samples::top(),
            Lang::Ja,
            expect![[r#"
                | 順位 | 国・地域 | パケット数（個） | 割合（%） | 平均（個/センサー・日） | 増減（%） |
                | ---: | --- | ---: | ---: | ---: | ---: |
                | 1 | 中国 | 1,234,567 | 61.2 | 1,130.5 | +12.5 |
                | 2 | United States | 98,765 | 4.9 | 90.2 | -3.0 |
                | 3 | - | 7 | &lt;0.1 | なし | なし |
            "#]],
        );
    }

    #[test]
    fn every_kind_of_value_has_a_form() {
        check(
            &samples::every_kind(),
            Lang::En,
            expect![[r#"
            | at | src | asn | name | payload | is_exact | score |
            | --- | --- | ---: | --- | --- | --- | ---: |
            | 2014-04-01 09:00:00.000000 JST | 192.0.2.7 | 64496 | a.example | dead00 | yes | 0.00 |
            | 2014-04-01 10:00:00.000001 JST | 2001:db8::1 | 64497 | evil\\x1b\[2J\\r\\n"x",\\ty\|z | dead01 | no | 0.50 |
            | 2014-04-01 11:00:00.000000 JST | 192.0.2.7 | 64498 | 国.example\\ | dead02 | yes | 1.00 |
            | 2014-04-01 12:00:00.000001 JST | 2001:db8::1 | 64499 |  | dead03 | no | n/a |
            | n/a | n/a | n/a | n/a | n/a | n/a | n/a |
        "#]],
        );
    }

    #[test]
    fn a_cell_cannot_leave_its_cell() {
        let cases = [
            ("a|b", "a\\|b"),
            ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
            ("&lt;", "&amp;lt;"),
            ("[x](http://h.example)", "\\[x\\](http\\://h.example)"),
            ("www.h.example a@h.example", "www\\.h.example a\\@h.example"),
            ("rank_before _x_ *y* `z` \\", "rank_before \\_x\\_ \\*y\\* \\`z\\` \\\\"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
    }
}
