//! Tables of countries: tor-geoipdb's text files, CSV of start, end and country, MMDB.
//!
//! **Invariant:** where ranges nest the most specific wins; an unknown country (`??`, or anything that
//! is not two letters) wins too and leaves the range without one.

use std::path::Path;

use crate::countries::Country;
use crate::error::Result;
use crate::flatten::Spans;
use crate::mmdb::{self, Facts};
use crate::text::{bad_line, each_record, parse_address, parse_range};

/// Ranges with their country; `None` where the table says that it is unknown.
pub(crate) type CountrySpans = Spans<Option<Country>>;

/// Reads a table of either textual form: `start,end,country`, with addresses or numbers.
pub(crate) fn read_text(bytes: &[u8], path: &Path, spans: &mut CountrySpans) -> Result<u64> {
    let mut records = 0;
    each_record(bytes, path, |record| {
        let (first, last) = (record.field(0), record.field(1));
        if records == 0 && record.line <= 1 && parse_address(&first).is_none() && !first.is_empty() {
            return Ok(());
        }
        let Some((low, high)) = parse_range(&first, &last) else {
            return Err(bad_line(path, record.line, format!("`{first},{last}` is not a range of addresses")));
        };
        if record.len() < 3 {
            return Err(bad_line(path, record.line, "the country is missing"));
        }
        if !spans.add(low, high, Country::parse(&record.field(2))) {
            return Err(bad_line(
                path,
                record.line,
                format!("the range ends at {high} before it begins at {low}"),
            ));
        }
        records += 1;
        Ok(())
    })?;
    Ok(records)
}

/// Reads an MMDB database with `country.iso_code` or `country_code`.
pub(crate) fn read_mmdb(bytes: &[u8], path: &Path, spans: &mut CountrySpans) -> Result<u64> {
    let mut records = 0;
    mmdb::each_network(bytes, path, |first, last, facts: &Facts| {
        if let Some(code) = facts.country() {
            records += 1;
            spans.add(first, last, Country::parse(code));
        }
        Ok(())
    })?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn read(text: &str) -> String {
        let mut spans = CountrySpans::default();
        match read_text(text.as_bytes(), Path::new("t.csv"), &mut spans) {
            Err(error) => error.to_string(),
            Ok(records) => {
                let flat = spans.flattened();
                let rows = flat.rows().map(|(first, last, country)| {
                    format!("{first} {last} {}", country.as_ref().map_or("-", Country::code))
                });
                format!("{records} records\n{}\n", rows.collect::<Vec<_>>().join("\n"))
            }
        }
    }

    #[test]
    fn nested_ranges_of_a_csv_come_apart() {
        expect![[r#"
            4 records
            1.0.0.0 1.0.0.127 AU
            1.0.0.128 1.0.0.191 JP
            1.0.0.192 1.0.0.255 AU
            1.0.1.0 1.0.1.255 -
            2400:: 2400:0:ffff:ffff:ffff:ffff:ffff:ffff KR
        "#]]
        .assert_eq(&read("start,end,country\n1.0.0.0,1.0.0.255,AU\n1.0.0.128,1.0.0.191,jp\n1.0.1.0,1.0.1.255,ZZ\n2400::,2400:0:ffff:ffff:ffff:ffff:ffff:ffff,KR\n"));
    }

    #[test]
    fn text_of_tor_is_read_with_comments_and_unknown_countries() {
        expect![[r#"
            3 records
            0.239.248.0 0.239.248.7 -
            1.0.0.0 1.0.0.255 AU
            1.0.1.0 1.0.3.255 CN
        "#]]
        .assert_eq(&read(
            "# Generated: Thu\n#\n15726592,15726599,??\n16777216,16777471,AU\n16777472,16778239,CN\n",
        ));
    }

    #[test]
    fn a_broken_line_is_named() {
        let cases = [
            (
                "1.0.0.0,1.0.0.255,AU\n1.0.1.0,AU\n",
                "t.csv, line 2: `1.0.1.0,AU` is not a range of addresses; nothing was imported",
            ),
            (
                "1.0.0.9,1.0.0.1,AU\n",
                "t.csv, line 1: the range ends at 1.0.0.1 before it begins at 1.0.0.9; nothing was imported",
            ),
            (
                "1.0.0.0,::1,AU\n",
                "t.csv, line 1: `1.0.0.0,::1` is not a range of addresses; nothing was imported",
            ),
            ("1.0.0.0,1.0.0.1\n", "t.csv, line 1: the country is missing; nothing was imported"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text), message);
        }
    }
}
