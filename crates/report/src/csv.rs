//! Tables as CSV (RFC 4180): values as they are, under stable column names, for machines.
//!
//! **Invariant:** there is no unit, no localised number and no summary in the rows; a missing value is
//! an empty field.
//! **Invariant:** a text never begins with a sign that makes a spreadsheet take it for a formula.

use teiten_model::hex::hex;
use teiten_model::interval::Timestamp;
use teiten_model::table::Value;

use crate::document::TableBlock;

/// The table with all its rows and columns.
pub fn write(table: &TableBlock) -> String {
    let mut out = String::new();
    write_row(&mut out, table.columns.iter().map(|column| text(column.machine_name())));
    for row in &table.rows {
        write_row(&mut out, row.iter().map(|cell| field(&cell.value)));
    }
    out
}

fn write_row(out: &mut String, fields: impl Iterator<Item = String>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            out.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) {
            out.push_str(&format!("\"{}\"", field.replace('"', "\"\"")));
        } else {
            out.push_str(&field);
        }
    }
    out.push_str("\r\n");
}

fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => number.to_string(),
        Value::Float(_) => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Text(found) => text(found),
        Value::Time(time_us) => Timestamp(*time_us).to_string(),
        Value::Address(address) => address.to_string(),
        Value::Bytes(bytes) => hex(bytes),
    }
}

/// Spreadsheets run a cell that begins so; an apostrophe makes it a text again.
fn text(found: &str) -> String {
    if found.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{found}") } else { found.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Column, Form};

    #[test]
    fn fields_are_quoted_as_rfc_4180_has_it() {
        let column = |name| Column::new(name, String::new(), String::new(), Form::Text);
        let mut table = TableBlock::new("t", String::new(), vec![column("a"), column("b")]);
        table.push(vec![Value::from("x,\"y\"\nz"), Value::Float(-0.5)]);
        table.push(vec![Value::from("=cmd()"), Value::Null]);
        table.push(vec![Value::from("中国"), Value::Int(-1)]);
        assert_eq!(write(&table), "a,b\r\n\"x,\"\"y\"\"\nz\",-0.5\r\n'=cmd(),\r\n中国,-1\r\n");
    }
}
