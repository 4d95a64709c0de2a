//! Sources of the home country: with and without the trait of Mirai, their kinds, their ports (T12, N7).
//!
//! **Invariant:** without a home country nothing is asked.

use anyhow::Result;
use teiten_model::table::Value;
use teiten_query::questions::{mirai, origin_kinds, shares};
use teiten_report::facts::recurring::{Recurring, Sheet, SheetCell};
use teiten_report::words::names::Names;

use super::convert::From;
use super::{Ask, CURVES, DAY, LINES, insert, means};

/// Lines of each division, so that a port that is busy everywhere is found at home too.
const LINES_COMPARED: usize = 1_000;
/// 23/TCP.
const TELNET: (i64, i64) = (6, 23);

impl Ask<'_> {
    pub(super) fn home_sources(&self, facts: &mut Recurring) -> Result<()> {
        let Some(home) = self.home else { return Ok(()) };
        let of = mirai::Of { country: Some(home), port: Some(TELNET) };
        let session = (self.session)("home-telnet-by-day");
        let table = mirai::per_step(session, self.selection, of, mirai::MIRAI, DAY, self.zone())?;
        let traits = |key: &str| match key {
            "with" => Names::new("Mirai型", "Mirai type"),
            _ => Names::new("Mirai型以外", "not Mirai type"),
        };
        insert(facts, "home-telnet-by-day", self.curves(&table, Some("trait"), "sources", &traits)?);
        let ports =
            mirai::ports((self.session)("home-ports"), self.selection, Some(home), mirai::MIRAI, CURVES)?;
        let columns =
            [From::Port("port"), From::Same("packets"), From::Same("packets_with"), From::PerCent("share")];
        facts.sheets.insert("home-ports", self.sheet(&ports, &columns)?);
        let session = (self.session)("home-kinds");
        let kinds = origin_kinds::per_step(session, self.selection, home, DAY, self.zone())?;
        let curves = self.curves(&kinds, Some("kind"), "sources", &kind)?;
        facts.sheets.insert("home-kinds", means(&curves.curves, &kind));
        insert(facts, "home-kinds-by-day", curves);
        Ok(())
    }

    pub(super) fn home_shares(&self, facts: &mut Recurring) -> Result<()> {
        let Some(home) = self.home else { return Ok(()) };
        let table = shares::ports((self.session)("home-shares"), self.selection, home, LINES_COMPARED)?;
        // Two divisions one after the other become one table: the ports of all, and their share at home.
        let share = |scope: &str, port: &str| {
            let text = |row: usize, name: &str| match table.value(row, name) {
                Some(Value::Text(text)) => text.clone(),
                _ => String::new(),
            };
            let row =
                (0..table.rows.len()).find(|row| text(*row, "scope") == scope && text(*row, "port") == port);
            match row.and_then(|row| table.value(row, "share")) {
                Some(Value::Float(part)) => Some(part / 100.0),
                _ => None,
            }
        };
        let mut ports: Vec<String> = Vec::new();
        for row in 0..table.rows.len() {
            if let (Some(Value::Text(port)), Some(Value::Int(_))) =
                (table.value(row, "port"), table.value(row, "rank"))
                && !ports.contains(port)
            {
                ports.push(port.clone());
            }
        }
        let rows = ports.into_iter().take(LINES).map(|port| {
            let (all, home) = (share("all", &port), share(home, &port));
            let service = (self.service)(&port);
            vec![SheetCell::Named(port, service), SheetCell::float(all), SheetCell::float(home)]
        });
        facts.sheets.insert("home-shares", Sheet { rows: rows.collect(), origin: table.origin.clone() });
        Ok(())
    }
}

/// A kind of source for readers.
fn kind(key: &str) -> Names {
    match key {
        "mirai" => Names::new("Mirai型", "Mirai type"),
        "gre" => Names::same("GRE"),
        "445-window" => Names::new("445/TCP（特定のウィンドウサイズ）", "445/TCP with one window"),
        _ => Names::new("その他", "other"),
    }
}
