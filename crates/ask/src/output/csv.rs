//! CSV as RFC 4180 has it, and TSV with the escapes that databases read.
//!
//! CSV: lines end in CR LF, a cell is quoted when it must be, nothing stands for an absent value and `""`
//! for an empty text. TSV: lines end in LF; tab, line feed, carriage return and backslash in a text are
//! `\t`, `\n`, `\r` and `\\`.
//!
//! **Invariant:** without a byte order mark texts are never changed, only quoted or escaped.
//! **Invariant:** with one no text begins with what a spreadsheet runs as a formula.

use std::borrow::Cow;
use std::io::{self, Write};

use teiten_model::hex::hex;
use teiten_model::table::{Table, Value};

use crate::output::{Style, moment, number};

/// What a spreadsheet takes as the beginning of a formula, in both widths.
const FORMULA_BEGINS: [char; 10] =
    ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Writes CSV.
pub(super) fn write_csv(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    Dialect { comma: ",", line_end: "\r\n", escape: quoted }.write(table, style, out)
}

/// Writes TSV.
pub(super) fn write_tsv(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    Dialect { comma: "\t", line_end: "\n", escape: escaped }.write(table, style, out)
}

struct Dialect {
    comma: &'static str,
    line_end: &'static str,
    escape: fn(&str) -> Cow<'_, str>,
}

impl Dialect {
    fn write(&self, table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        if style.bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        if style.header_comment {
            self.comment(table, style, out)?;
        }
        if table.columns.is_empty() {
            return Ok(());
        }
        self.line(table.columns.iter().map(|column| self.text(&column.name, style)), out)?;
        for row in &table.rows {
            self.line(row.iter().map(|value| self.cell(value, style)), out)?;
        }
        Ok(())
    }

    fn line<'a>(&self, cells: impl Iterator<Item = Cow<'a, str>>, out: &mut dyn Write) -> io::Result<()> {
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                out.write_all(self.comma.as_bytes())?;
            }
            out.write_all(cell.as_bytes())?;
        }
        out.write_all(self.line_end.as_bytes())
    }

    fn cell<'a>(&self, value: &'a Value, style: &Style) -> Cow<'a, str> {
        match value {
            Value::Null => "".into(),
            Value::Int(number) => number.to_string().into(),
            Value::Float(number) => number::for_machines(*number).unwrap_or_default().into(),
            Value::Bool(is_true) => if *is_true { "true" } else { "false" }.into(),
            Value::Text(text) => self.text(text, style),
            Value::Time(us) => moment::for_machines(*us, &style.zone).into(),
            Value::Address(address) => address.to_string().into(),
            Value::Bytes(bytes) => hex(bytes).into(),
        }
    }

    fn text<'a>(&self, text: &'a str, style: &Style) -> Cow<'a, str> {
        // A lone dash is the name of packets apart and no formula.
        if style.bom && text.starts_with(FORMULA_BEGINS) && text != "-" {
            return (self.escape)(&format!("'{text}")).into_owned().into();
        }
        (self.escape)(text)
    }

    /// Lines after `#`: what the answer is, and what must be known to read it.
    fn comment(&self, table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let meta = style.meta.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let notes = table.notes.iter().map(|note| ("note", note.as_str()));
        let origin = table.origin.iter().map(|origin| ("origin", origin.as_str()));
        for (key, value) in meta.chain(origin).chain(notes) {
            let line = format!("# {key}: {value}").replace(['\r', '\n'], " ");
            out.write_all(line.as_bytes())?;
            out.write_all(self.line_end.as_bytes())?;
        }
        Ok(())
    }
}

/// RFC 4180: in quotes when it holds a comma, a quote or a line break, or could be mistaken without.
fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = !text.is_empty()
        && !text.contains([',', '"', '\r', '\n'])
        && !text.starts_with([' ', '#'])
        && !text.ends_with(' ');
    if is_plain { text.into() } else { format!("\"{}\"", text.replace('"', "\"\"")).into() }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\t', '\n', '\r', '\\']) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            _ => escaped.push(letter),
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::output::samples;
    use crate::output::{Format, Lang};

    /// What would not be seen in a golden is drawn: CR, tab and ESC.
    fn visible(text: &str) -> String {
        text.replace('\r', "␍").replace('\t', "␉").replace('\x1b', "␛")
    }

    fn check(format: Format, change: impl Fn(&mut Style), expected: Expect) {
        let mut style = samples::style(format);
        change(&mut style);
        expected.assert_eq(&visible(&samples::written(&samples::every_kind(), &style)));
    }

    #[test]
    fn csv_is_rfc_4180() {
        check(
            Format::Csv,
            |_| (),
            expect![[r#"
                at,src,asn,name,payload,is_exact,score␍
                2014-04-01T09:00:00+09:00,192.0.2.7,64496,a.example,dead00,true,0.0␍
                2014-04-01T10:00:00.000001+09:00,2001:db8::1,64497,"evil␛[2J␍
                ""x"",␉y|z",dead01,false,0.5␍
                2014-04-01T11:00:00+09:00,192.0.2.7,64498,国.example\,dead02,true,1.0␍
                2014-04-01T12:00:00.000001+09:00,2001:db8::1,64499,"",dead03,false,␍
                ,,,,,,␍
            "#]],
        );
    }

    #[test]
    fn tsv_escapes_what_divides_cells_and_lines() {
        check(
            Format::Tsv,
            |_| (),
            expect![[r#"
                at␉src␉asn␉name␉payload␉is_exact␉score
                2014-04-01T09:00:00+09:00␉192.0.2.7␉64496␉a.example␉dead00␉true␉0.0
                2014-04-01T10:00:00.000001+09:00␉2001:db8::1␉64497␉evil␛[2J\r\n"x",\ty|z␉dead01␉false␉0.5
                2014-04-01T11:00:00+09:00␉192.0.2.7␉64498␉国.example\\␉dead02␉true␉1.0
                2014-04-01T12:00:00.000001+09:00␉2001:db8::1␉64499␉␉dead03␉false␉
                ␉␉␉␉␉␉
            "#]],
        );
    }

    #[test]
    fn a_comment_says_what_the_answer_is_when_wanted() {
        let top =
            samples::written(&samples::top(), &Style { header_comment: true, ..samples::style(Format::Csv) });
        expect![[r#"
            # filter: tcp.flags.syn == 1␍
            # range: 2014Q2␍
            # origin: rollups␍
            # note: 2 sensors were silent for a day␍
            rank,country,packets,share,rate,change␍
            1,中国,1234567,61.25,1130.5,12.5␍
            2,United States,98765,4.9,90.25,-3.0␍
            3,-,7,0.00035,,␍
        "#]]
        .assert_eq(&visible(&top));
    }

    #[test]
    fn a_spreadsheet_gets_a_mark_and_no_formula() {
        let mut table = Table::new(&[("=name", ""), ("n", "")]);
        for text in ["=1+1", "+1", "@x", "-", "-1", "\u{ff1d}A1", "a=b"] {
            table.push(vec![text.into(), Value::Int(-1)]);
        }
        let guarded = samples::written(&table, &Style { bom: true, ..samples::style(Format::Csv) });
        assert_eq!(
            guarded,
            "\u{feff}'=name,n\r\n'=1+1,-1\r\n'+1,-1\r\n'@x,-1\r\n-,-1\r\n'-1,-1\r\n'\u{ff1d}A1,-1\r\na=b,-1\r\n"
        );
        let bare = samples::written(&table, &samples::style(Format::Csv));
        assert!(bare.starts_with("=name,n\r\n=1+1,-1\r\n"));
    }

    #[test]
    fn machines_get_the_same_bytes_in_every_language() {
        for format in [Format::Csv, Format::Tsv, Format::Json, Format::Ndjson] {
            let style = samples::style(format);
            let other = Style { lang: Lang::Ja, color: true, width: Some(10), ..style.clone() };
            let table = samples::every_kind();
            assert_eq!(samples::written(&table, &style), samples::written(&table, &other));
        }
    }
}
