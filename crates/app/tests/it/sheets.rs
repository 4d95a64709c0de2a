//! A report's tables as a machine reads them: from its JSON, by identifier.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// One table, or the data of one figure.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// A report in one language.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) whole: Value,
    /// Tables and figures by identifier.
    pub(crate) sheets: BTreeMap<String, Sheet>,
}

impl Report {
    /// Reads the JSON of a language in a report's folder.
    pub(crate) fn read(folder: &Path, language: &str) -> Report {
        let path = folder.join(language).join("report.json");
        let text = std::fs::read_to_string(&path).expect("the report");
        let whole: Value = serde_json::from_str(&text).expect("JSON");
        let mut sheets = BTreeMap::new();
        for section in list(&whole["sections"]) {
            for block in list(&section["blocks"]) {
                let sheet = match block["block"].as_str() {
                    Some("table") => block,
                    Some("figure") => &block["data"],
                    _ => continue,
                };
                let id = sheet["id"].as_str().expect("an identifier").to_string();
                let name = |column: &Value| column["name"].as_str().expect("a name").to_string();
                let columns = list(&sheet["columns"]).iter().map(name).collect();
                let values = |row: &Value| list(row).iter().map(|cell| cell["value"].clone()).collect();
                let rows = list(&sheet["rows"]).iter().map(values).collect();
                assert!(sheets.insert(id.clone(), Sheet { columns, rows }).is_none(), "{id} stands once");
            }
        }
        Report { whole, sheets }
    }

    /// All paragraphs and notices as text, one a line.
    pub(crate) fn prose(&self) -> String {
        let mut text = String::new();
        for section in list(&self.whole["sections"]) {
            for block in list(&section["blocks"]) {
                if let Some(spans) = block["spans"].as_array() {
                    text.extend(spans.iter().filter_map(|span| span["text"].as_str()));
                    text.push('\n');
                }
            }
        }
        text
    }
}

impl Sheet {
    /// The value in a row under a column.
    pub(crate) fn at(&self, row: usize, column: &str) -> &Value {
        let place = self.columns.iter().position(|name| name == column);
        let place = place.unwrap_or_else(|| panic!("no column {column} among {:?}", self.columns));
        &self.rows[row][place]
    }

    /// The number there; `None` where there is none.
    pub(crate) fn number(&self, row: usize, column: &str) -> Option<f64> {
        self.at(row, column).as_f64()
    }

    /// The text there; empty where there is none.
    pub(crate) fn text(&self, row: usize, column: &str) -> &str {
        self.at(row, column).as_str().unwrap_or_default()
    }
}

/// The values of a list.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list, not {value}"))
}

/// Asserts that two numbers are the same, but for the last bits of a quotient.
pub(crate) fn same(found: Option<f64>, expected: Option<f64>, what: &str) {
    let is_same = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        (found, expected) => found == expected,
    };
    assert!(is_same, "{what}: {found:?} for {expected:?}");
}
