//! The table for people: aligned columns, heads with their units, nothing but the result.
//!
//! **Invariant:** every column begins at the same terminal column in every line, counted as a terminal
//! counts, where `中` takes two; only the last may end early.
//! **Invariant:** without colour no byte of the output steers a terminal, save the line feeds.

use std::io::{self, Write};

use teiten_model::table::{Table, Value};
use unicode_width::UnicodeWidthStr;

use crate::output::cell::ColumnForm;
use crate::output::{Style, tame, words};

/// Widest cell, in terminal columns; longer texts are cut, machine formats have them whole.
const CELL_COLUMNS_MAX: usize = 200;
/// Narrowest that a column is made to fit the terminal, in terminal columns.
const CELL_COLUMNS_MIN: usize = 8;
/// Terminal columns between two columns.
const GAP: usize = 2;
/// What stands at the end of a cell that was cut.
const CUT: char = '…';

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// Writes the table.
pub(super) fn write(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let forms = ColumnForm::all(table, style);
    let heads: Vec<String> =
        table.columns.iter().map(|column| tame::tame(words::head(&column.name, style.lang)).into()).collect();
    let units: Vec<String> = table
        .columns
        .iter()
        .map(|column| match words::unit(&column.unit, style.lang) {
            unit if unit == column.name => String::new(),
            unit => tame::tame(unit).into_owned(),
        })
        .collect();
    let has_units = units.iter().any(|unit| !unit.is_empty());
    let mut widths: Vec<usize> = heads.iter().zip(&units).map(|(a, b)| a.width().max(b.width())).collect();
    let mut natural = widths.clone();
    for row in &table.rows {
        for ((width, form), value) in natural.iter_mut().zip(&forms).zip(row) {
            *width = (*width).max(form.draw(value).width());
        }
    }
    for (width, natural) in widths.iter_mut().zip(&natural) {
        *width = (*natural).min(CELL_COLUMNS_MAX);
    }
    if let Some(columns) = style.width {
        fit(&mut widths, &forms, usize::from(columns));
    }
    let page = Page { widths, forms };
    let (bold, dim) = if style.color { (BOLD, DIM) } else { ("", "") };
    page.line(&heads, |_| bold, out)?;
    if has_units {
        page.line(&units, |_| dim, out)?;
    }
    let rule: Vec<String> = page.widths.iter().map(|width| "-".repeat(*width)).collect();
    page.line(&rule, |_| dim, out)?;
    for row in &table.rows {
        let cells: Vec<String> = page.forms.iter().zip(row).map(|(form, value)| form.draw(value)).collect();
        page.line(&cells, |place| if matches!(row.get(place), Some(Value::Null)) { dim } else { "" }, out)?;
    }
    Ok(())
}

/// Makes the widest columns of texts narrower until the line fits, or none can be.
fn fit(widths: &mut [usize], forms: &[ColumnForm], columns: usize) {
    let taken = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    while taken(widths) > columns {
        let texts = widths
            .iter()
            .enumerate()
            .filter(|(place, width)| forms[*place].is_cuttable && **width > CELL_COLUMNS_MIN);
        let Some((widest, _)) = texts.max_by_key(|(_, width)| **width) else { return };
        widths[widest] -= 1;
    }
}

struct Page {
    widths: Vec<usize>,
    forms: Vec<ColumnForm>,
}

impl Page {
    /// One line; `paint` gives what is sent before a cell of that place.
    fn line<'a>(
        &self,
        cells: &[String],
        paint: impl Fn(usize) -> &'a str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut line = String::new();
        let mut owed = 0;
        for (place, cell) in cells.iter().enumerate() {
            let width = self.widths[place];
            let cell = cut(cell, width);
            let spare = width.saturating_sub(cell.width());
            let (before, after) = if self.forms[place].is_right { (spare, 0) } else { (0, spare) };
            // Spaces are written only before something, so that no line ends in them.
            owed += before;
            if !cell.is_empty() {
                line.extend(std::iter::repeat_n(' ', owed));
                owed = 0;
                let paint = paint(place);
                line.push_str(paint);
                line.push_str(&cell);
                line.push_str(if paint.is_empty() { "" } else { RESET });
            }
            owed += after + GAP;
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }
}

/// The text in at most that many terminal columns.
fn cut(text: &str, columns: usize) -> std::borrow::Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        // Widths of letters do not add up: a mark can widen the one before it.
        if kept.width() >= columns {
            kept.pop();
            break;
        }
    }
    kept.push(CUT);
    kept.into()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::output::samples;
    use crate::output::{Format, Lang};

    fn drawn(table: &Table, change: impl Fn(&mut Style)) -> String {
        let mut style = samples::style(Format::Table);
        change(&mut style);
        samples::written(table, &style)
    }

    fn check(table: &Table, change: impl Fn(&mut Style), expected: Expect) {
        expected.assert_eq(&drawn(table, change));
    }

    #[test]
    fn columns_are_aligned_with_units_below_the_heads() {
        check(
            &samples::top(),
            |_| (),
            expect![[r#"
            rank  country          packets  share                rate  change
                                                %  packets/sensor/day       %
            ----  -------------  ---------  -----  ------------------  ------
               1  中国           1,234,567   61.2             1,130.5   +12.5
               2  United States     98,765    4.9                90.2    -3.0
               3  -                      7   <0.1                 n/a     n/a
        "#]],
        );
    }

    #[test]
    fn japanese_heads_keep_the_columns_aligned() {
        check(
            &samples::top(),
            |style| style.lang = Lang::Ja,
            expect![[r#"
            順位  国・地域       パケット数  割合             平均   増減
                                         個     %  個/センサー・日      %
            ----  -------------  ----------  ----  ---------------  -----
               1  中国            1,234,567  61.2          1,130.5  +12.5
               2  United States      98,765   4.9             90.2   -3.0
               3  -                       7  <0.1             なし   なし
        "#]],
        );
    }

    #[test]
    fn every_kind_of_value_has_a_form() {
        check(
            &samples::every_kind(),
            |_| (),
            expect![[r#"
            at                              src            asn  name                      payload  is_exact  score
            ------------------------------  -----------  -----  ------------------------  -------  --------  -----
            2014-04-01 09:00:00.000000 JST  192.0.2.7    64496  a.example                 dead00   yes        0.00
            2014-04-01 10:00:00.000001 JST  2001:db8::1  64497  evil\x1b[2J\r\n"x",\ty|z  dead01   no         0.50
            2014-04-01 11:00:00.000000 JST  192.0.2.7    64498  国.example\               dead02   yes        1.00
            2014-04-01 12:00:00.000001 JST  2001:db8::1  64499                            dead03   no          n/a
            n/a                             n/a            n/a  n/a                       n/a      n/a         n/a
        "#]],
        );
    }

    #[test]
    fn texts_give_way_to_the_width_of_the_terminal() {
        check(
            &samples::every_kind(),
            |style| style.width = Some(60),
            expect![[r#"
                at                              src            asn  name      payload  is_exact  score
                ------------------------------  -----------  -----  --------  -------  --------  -----
                2014-04-01 09:00:00.000000 JST  192.0.2.7    64496  a.examp…  dead00   yes        0.00
                2014-04-01 10:00:00.000001 JST  2001:db8::1  64497  evil\x1…  dead01   no         0.50
                2014-04-01 11:00:00.000000 JST  192.0.2.7    64498  国.exam…  dead02   yes        1.00
                2014-04-01 12:00:00.000001 JST  2001:db8::1  64499            dead03   no          n/a
                n/a                             n/a            n/a  n/a       n/a      n/a         n/a
            "#]],
        );
    }

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        let colored = drawn(&samples::top(), |style| style.color = true);
        assert!(colored.starts_with("\x1b[1mrank\x1b[0m"));
        let bare = colored.replace(BOLD, "").replace(DIM, "").replace(RESET, "");
        assert_eq!(bare, drawn(&samples::top(), |_| ()));
    }

    #[test]
    fn a_table_without_rows_is_its_heads() {
        check(
            &Table::new(&[("port", ""), ("packets", "packets")]),
            |_| (),
            expect![[r#"
            port  packets
            ----  -------
        "#]],
        );
        check(&Table::default(), |_| (), expect![[""]]);
    }

    proptest! {
        #[test]
        fn no_text_steers_the_terminal_or_moves_a_column(name in ".{0,300}", text in ".{0,300}", width in 0u16..300) {
            let mut table = Table::new(&[(&name, ""), ("packets", "packets")]);
            table.push(vec![Value::Text(text), Value::Int(1)]);
            let drawn = drawn(&table, |style| style.width = Some(width));
            prop_assert!(drawn.chars().all(|letter| letter == '\n' || !letter.is_control()));
            let ends: Vec<usize> = drawn.lines().skip(1).map(UnicodeWidthStr::width).collect();
            prop_assert_eq!(ends.len(), 2);
            prop_assert_eq!(ends[0], ends[1]);
        }
    }
}
