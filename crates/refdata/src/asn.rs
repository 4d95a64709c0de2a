//! Tables of autonomous systems: CSV of start, end, number and name, and MMDB.
//!
//! **Invariant:** a number has one name, the first that the table gives; number 0 is nobody's.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Result;
use crate::flatten::Spans;
use crate::mmdb::{self, Facts};
use crate::text::{bad_line, clean, each_record, parse_address, parse_range};

/// Ranges with the AS that originates them, and the names of those.
#[derive(Debug, Default)]
pub(crate) struct AsTable {
    /// Ranges; 0 where the table says that nobody originates them.
    pub(crate) spans: Spans<u32>,
    /// Names by number.
    pub(crate) names: BTreeMap<u32, String>,
}

impl AsTable {
    /// Keeps the name of an AS unless one is known.
    pub(crate) fn name(&mut self, asn: u32, name: &str) {
        if asn != 0 && !name.is_empty() && !self.names.contains_key(&asn) {
            self.names.insert(asn, clean(name));
        }
    }
}

/// The number of an AS, with or without `AS` before it.
pub(crate) fn parse_asn(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Reads CSV `start,end,asn,name`, with addresses or numbers.
pub(crate) fn read_csv(bytes: &[u8], path: &Path, table: &mut AsTable) -> Result<u64> {
    let mut records = 0;
    each_record(bytes, path, |record| {
        let (first, last) = (record.field(0), record.field(1));
        if records == 0 && record.line <= 1 && parse_address(&first).is_none() && !first.is_empty() {
            return Ok(());
        }
        let Some((low, high)) = parse_range(&first, &last) else {
            return Err(bad_line(path, record.line, format!("`{first},{last}` is not a range of addresses")));
        };
        let number = record.field(2);
        let Some(asn) = parse_asn(&number) else {
            return Err(bad_line(path, record.line, format!("`{number}` is not the number of an AS")));
        };
        if !table.spans.add(low, high, asn) {
            return Err(bad_line(
                path,
                record.line,
                format!("the range ends at {high} before it begins at {low}"),
            ));
        }
        table.name(asn, &record.field(3));
        records += 1;
        Ok(())
    })?;
    Ok(records)
}

/// Reads an MMDB database with `autonomous_system_number` and `autonomous_system_organization`.
pub(crate) fn read_mmdb(bytes: &[u8], path: &Path, table: &mut AsTable) -> Result<u64> {
    let mut records = 0;
    mmdb::each_network(bytes, path, |first, last, facts: &Facts| {
        if let Some(asn) = facts.asn() {
            records += 1;
            table.spans.add(first, last, asn);
            table.name(asn, facts.organization());
        }
        Ok(())
    })?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_ranges_give_the_smaller_one() {
        let mut table = AsTable::default();
        let text = "1.0.0.0,1.0.0.255,64500,\"Wide, Inc.\"\n1.0.0.128,1.0.1.0,64501,Narrow\n1.0.2.0,1.0.2.255,AS0,\n";
        assert_eq!(read_csv(text.as_bytes(), Path::new("t.csv"), &mut table).expect("a sound table"), 3);
        let flat: Vec<_> = table
            .spans
            .flattened()
            .rows()
            .map(|(first, last, asn)| format!("{first} {last} {asn}"))
            .collect();
        assert_eq!(flat, ["1.0.0.0 1.0.0.127 64500", "1.0.0.128 1.0.1.0 64501", "1.0.2.0 1.0.2.255 0"]);
        assert_eq!(
            table.names.into_iter().collect::<Vec<_>>(),
            [(64500, "Wide, Inc.".into()), (64501, "Narrow".into())]
        );
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for number in ["", "AS", "4294967296", "+1", "x"] {
            let text = format!("1.0.0.0,1.0.0.255,{number},n\n");
            assert!(
                read_csv(text.as_bytes(), Path::new("t.csv"), &mut AsTable::default()).is_err(),
                "{number}"
            );
        }
    }
}
