//! JSON: one object with `meta` and `rows`, or one object a row and line.
//!
//! `meta` says what the answer is: what the caller tells in the style, then `columns` with their units,
//! `notes` and `origin`. Keys of a row stand in the order of the columns.
//!
//! **Invariant:** the keys of one row differ: a name that comes again is numbered (`x`, `x_2`).
//! **Invariant:** memory does not grow with the rows beyond the table itself.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value as Json, json};
use teiten_model::hex::hex;
use teiten_model::table::{Table, Value};

use crate::output::{Style, moment, number};

/// Writes one object.
pub(super) fn write(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let keys = keys(table);
    out.write_all(b"{\n\"meta\":{")?;
    let columns =
        keys.iter().zip(&table.columns).map(|(key, column)| json!({"name": key, "unit": column.unit}));
    let own = [
        ("columns", columns.collect::<Json>()),
        ("notes", json!(table.notes)),
        ("origin", json!(table.origin)),
    ];
    let told = style.meta.iter().filter(|(key, _)| own.iter().all(|(own, _)| own != key));
    for (key, value) in told {
        write!(out, "{}:{},", text(key), text(value))?;
    }
    for (place, (key, value)) in own.iter().enumerate() {
        write!(out, "{}{}:{value}", if place > 0 { "," } else { "" }, text(key))?;
    }
    out.write_all(b"},\n\"rows\":[")?;
    for (place, row) in table.rows.iter().enumerate() {
        out.write_all(if place > 0 { b",\n" } else { b"\n" })?;
        object(&keys, row, style, out)?;
    }
    out.write_all(if table.rows.is_empty() { b"]\n}\n" } else { b"\n]\n}\n" })
}

/// Writes one object a line.
pub(super) fn write_lines(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let keys = keys(table);
    for row in &table.rows {
        object(&keys, row, style, out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn object(keys: &[String], row: &[Value], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (place, (key, value)) in keys.iter().zip(row).enumerate() {
        write!(out, "{}{}:{}", if place > 0 { "," } else { "{" }, text(key), drawn(value, style))?;
    }
    out.write_all(if keys.is_empty() { b"{}" } else { b"}" })
}

fn drawn(value: &Value, style: &Style) -> String {
    let null = || "null".to_string();
    match value {
        Value::Null => null(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number::for_machines(*number).unwrap_or_else(null),
        Value::Bool(is_true) => is_true.to_string(),
        Value::Text(said) => text(said),
        Value::Time(us) => text(&moment::for_machines(*us, &style.zone)),
        Value::Address(address) => text(&address.to_string()),
        Value::Bytes(bytes) => text(&hex(bytes)),
    }
}

fn text(said: &str) -> String {
    Json::from(said).to_string()
}

/// The names of the columns, made different.
fn keys(table: &Table) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let names: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut keys = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let mut key = column.name.clone();
        let mut count = 1;
        while taken.contains(&key) || (count > 1 && names.contains(key.as_str())) {
            count += 1;
            key = format!("{}_{count}", column.name);
        }
        taken.insert(key.clone());
        keys.push(key);
    }
    keys
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;
    use crate::output::Format;
    use crate::output::samples;

    #[test]
    fn an_object_says_what_it_is_and_has_the_rows() {
        let text = samples::written(&samples::every_kind(), &samples::style(Format::Json));
        expect![[r#"
            {
            "meta":{"filter":"tcp.flags.syn == 1","range":"2014Q2","columns":[{"name":"at","unit":""},{"name":"src","unit":""},{"name":"asn","unit":""},{"name":"name","unit":""},{"name":"payload","unit":""},{"name":"is_exact","unit":""},{"name":"score","unit":""}],"notes":[],"origin":[]},
            "rows":[
            {"at":"2014-04-01T09:00:00+09:00","src":"192.0.2.7","asn":64496,"name":"a.example","payload":"dead00","is_exact":true,"score":0.0},
            {"at":"2014-04-01T10:00:00.000001+09:00","src":"2001:db8::1","asn":64497,"name":"evil\u001b[2J\r\n\"x\",\ty|z","payload":"dead01","is_exact":false,"score":0.5},
            {"at":"2014-04-01T11:00:00+09:00","src":"192.0.2.7","asn":64498,"name":"国.example\\","payload":"dead02","is_exact":true,"score":1.0},
            {"at":"2014-04-01T12:00:00.000001+09:00","src":"2001:db8::1","asn":64499,"name":"","payload":"dead03","is_exact":false,"score":null},
            {"at":null,"src":null,"asn":null,"name":null,"payload":null,"is_exact":null,"score":null}
            ]
            }
        "#]].assert_eq(&text);
    }

    #[test]
    fn lines_are_objects() {
        let text = samples::written(&samples::top(), &samples::style(Format::Ndjson));
        expect![[r#"
            {"rank":1,"country":"中国","packets":1234567,"share":61.25,"rate":1130.5,"change":12.5}
            {"rank":2,"country":"United States","packets":98765,"share":4.9,"rate":90.25,"change":-3.0}
            {"rank":3,"country":"-","packets":7,"share":0.00035,"rate":null,"change":null}
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn a_table_without_rows_is_an_object_too() {
        let text = samples::written(&Table::new(&[("port", "")]), &samples::style(Format::Json));
        let read: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (read["rows"].clone(), read["meta"]["columns"][0]["name"].clone()),
            (json!([]), json!("port"))
        );
        assert_eq!(samples::written(&Table::new(&[("port", "")]), &samples::style(Format::Ndjson)), "");
    }

    #[test]
    fn keys_of_a_row_differ() {
        assert_eq!(
            keys(&Table::new(&[("x", ""), ("x", ""), ("x_2", ""), ("x", "")])),
            ["x", "x_3", "x_2", "x_4"]
        );
    }

    #[test]
    fn what_the_caller_tells_never_hides_the_columns() {
        let mut style = samples::style(Format::Json);
        style.meta = vec![("columns".into(), "mine".into()), ("filter".into(), "a == \"b\"".into())];
        let read: Json = serde_json::from_str(&samples::written(&samples::top(), &style)).expect("JSON");
        assert!(read["meta"]["columns"].is_array());
        assert_eq!(read["meta"]["filter"], json!("a == \"b\""));
    }

    proptest! {
        #[test]
        fn every_text_reads_back(name in ".{0,40}", said in ".{0,200}") {
            let mut table = Table::new(&[(&name, "")]);
            table.push(vec![Value::Text(said.clone())]);
            let line = samples::written(&table, &samples::style(Format::Ndjson));
            let read: Json = serde_json::from_str(&line).expect("JSON");
            prop_assert_eq!(&read[&name], &json!(said));
            prop_assert_eq!(line.matches('\n').count(), 1);
        }
    }
}
