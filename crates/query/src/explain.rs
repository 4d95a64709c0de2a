//! What a question would read, told without reading it.
//!
//! A session that explains plans every statement and runs none: each question goes its usual way over empty
//! answers, so what is told is what would be done.
//!
//! **Invariant:** a statement that is told can be asked as it stands by whoever sees every view.

use std::sync::{Arc, Mutex, PoisonError};

use teiten_model::table::{Table, Value};

use crate::session::BASE;

/// What one statement would read of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Name of the table.
    pub table: &'static str,
    /// Files that may hold what is asked for.
    pub files: usize,
    /// Files of the table.
    pub files_all: usize,
    /// UTC days of those files, for a table that is partitioned by day.
    pub days: usize,
    /// The first and the last of those days.
    pub span: Option<(String, String)>,
    /// Size of those files: what is read at most, because columns and row groups are passed over too.
    pub bytes: u64,
    /// Columns that are read.
    pub columns: usize,
}

/// One statement and what it would read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, over the views.
    pub sql: String,
    /// What is read of each table.
    pub scans: Vec<Scan>,
}

/// Where scans tell what they would read, while somebody listens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Option<Vec<Scan>>>>);

impl Recorder {
    /// Begins to listen.
    pub(crate) fn listen(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// Tells of a scan.
    pub(crate) fn tell(&self, scan: Scan) {
        if let Some(scans) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            scans.push(scan);
        }
    }

    /// What was told since the last time.
    pub(crate) fn take(&self) -> Vec<Scan> {
        let mut scans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = scans.as_mut().map(std::mem::take).unwrap_or_default();
        told.sort_by(|a, b| (a.table, a.files, a.columns).cmp(&(b.table, b.files, b.columns)));
        told
    }
}

/// A statement of ours in the words of the views.
pub(crate) fn over_views(sql: &str) -> String {
    let packets = if sql.contains("sensor = '-'") { "apart_packets" } else { "packets" };
    sql.replace(&format!("{BASE}packets"), packets).replace(BASE, "")
}

/// The statements as SQL with what each reads in comments before it.
pub fn text(statements: &[Statement]) -> String {
    let mut text = String::new();
    for statement in statements {
        for scan in &statement.scans {
            let days = match &scan.span {
                Some((first, last)) if first == last => format!(", day {first}"),
                Some((first, last)) => format!(", {} days from {first} to {last}", scan.days),
                None => String::new(),
            };
            text.push_str(&format!(
                "-- {}: {} of {} files{days}, at most {} bytes, {} columns\n",
                scan.table, scan.files, scan.files_all, scan.bytes, scan.columns
            ));
        }
        text.push_str(&statement.sql);
        text.push_str(";\n");
    }
    text
}

/// The same as a table: a row for each table that a statement reads.
pub fn table(statements: &[Statement]) -> Table {
    let mut table = Table::new(&[
        ("statement", ""),
        ("table", ""),
        ("files", "files"),
        ("files_all", "files"),
        ("days", "days"),
        ("first_day", ""),
        ("last_day", ""),
        ("bytes", "bytes"),
        ("columns", "columns"),
        ("sql", ""),
    ]);
    for (place, statement) in statements.iter().enumerate() {
        for scan in &statement.scans {
            let (first, last) = match &scan.span {
                Some((first, last)) => (Value::Text(first.clone()), Value::Text(last.clone())),
                None => (Value::Null, Value::Null),
            };
            table.push(vec![
                Value::Int(place as i64 + 1),
                Value::from(scan.table),
                Value::Int(scan.files as i64),
                Value::Int(scan.files_all as i64),
                if scan.span.is_some() { Value::Int(scan.days as i64) } else { Value::Null },
                first,
                last,
                Value::Int(i64::try_from(scan.bytes).unwrap_or(i64::MAX)),
                Value::Int(scan.columns as i64),
                Value::Text(statement.sql.clone()),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_statement_says_what_it_reads() {
        let scan = Scan {
            table: "packets",
            files: 3,
            files_all: 40,
            days: 2,
            span: Some(("2014-06-29".into(), "2014-06-30".into())),
            bytes: 1200,
            columns: 4,
        };
        let rollup = Scan { table: "sensors", span: None, days: 0, ..scan };
        let sql = over_views("SELECT 1 FROM base_packets, base_sensors WHERE sensor <> '-'");
        let statements = [
            Statement { sql, scans: vec![scan.clone(), rollup] },
            Statement { sql: over_views("SELECT 1 FROM base_packets WHERE sensor = '-'"), scans: vec![scan] },
        ];
        expect![[r#"
            -- packets: 3 of 40 files, 2 days from 2014-06-29 to 2014-06-30, at most 1200 bytes, 4 columns
            -- sensors: 3 of 40 files, at most 1200 bytes, 4 columns
            SELECT 1 FROM packets, sensors WHERE sensor <> '-';
            -- packets: 3 of 40 files, 2 days from 2014-06-29 to 2014-06-30, at most 1200 bytes, 4 columns
            SELECT 1 FROM apart_packets WHERE sensor = '-';
        "#]]
        .assert_eq(&text(&statements));
        assert_eq!(table(&statements).rows.len(), 3);
    }
}
