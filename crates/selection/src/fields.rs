//! The fields of the filter language: name, type, meaning, and the columns that answer.
//!
//! A field that needs more than "this column" stands in the table of [`crate::field_table`]; every
//! other name in the list of columns becomes a field by itself, so that a new column needs no line here.
//!
//! A field has *sources*: a column, and guards that say when the column means this field. Wireshark
//! finds a field in every layer of a frame; an ICMP error quotes a packet, so `ip.src`, the ports and
//! others have two sources, the outer packet and the quoted one.
//!
//! **Invariant:** every source and guard names a column of the table of packets, and guards name
//! columns of numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use teiten_model::column::ColumnType;
use teiten_model::columns::COLUMNS;

use crate::field_table::TABLE;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of that many bits.
    Number {
        /// Bits; the largest value is 2^bits - 1.
        bits: u8,
    },
    /// The number of an AS; `AS64500` and `64500` are one.
    AsNumber,
    /// 0 or 1.
    Boolean,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An address of either family.
    Address,
    /// A text.
    Text,
    /// A word of a list of few.
    Word,
    /// Several words; each is a value.
    Words,
    /// Bytes.
    Bytes,
    /// A moment.
    Time,
    /// A protocol or a property: it is there or not, and has no value.
    Condition,
}

impl Kind {
    /// The largest value of a number; 0 for what is no number.
    pub fn max(self) -> i64 {
        match self {
            Kind::Number { bits } => i64::MAX >> (63 - u32::from(bits.clamp(1, 63))),
            Kind::AsNumber => i64::from(u32::MAX),
            Kind::Boolean => 1,
            _ => 0,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Number { .. } => f.write_str("a number"),
            Kind::AsNumber => f.write_str("an AS number"),
            Kind::Boolean => f.write_str("0 or 1"),
            Kind::Ipv4 => f.write_str("an IPv4 address"),
            Kind::Ipv6 => f.write_str("an IPv6 address"),
            Kind::Address => f.write_str("an address"),
            Kind::Text => f.write_str("a text"),
            Kind::Word => f.write_str("a word"),
            Kind::Words => f.write_str("a list of words"),
            Kind::Bytes => f.write_str("bytes"),
            Kind::Time => f.write_str("a time"),
            Kind::Condition => f.write_str("there or not"),
        }
    }
}

/// A condition on a column of numbers, both ends included; -1 stands for an absent value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) column: &'static str,
    pub(crate) low: i64,
    pub(crate) high: i64,
}

/// A column that answers for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) column: &'static str,
    /// All must hold, or the packet has no such field.
    pub(crate) guards: &'static [Guard],
    /// The value is `(column >> shift) & mask`; a mask of 0 takes the column as it is.
    pub(crate) shift: u8,
    pub(crate) mask: i64,
}

/// A field of the filter language.
#[derive(Debug, Clone)]
pub struct Field {
    /// Wireshark's name where it has one.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// One sentence that says what it is.
    pub doc: &'static str,
    pub(crate) sources: Cow<'static, [Source]>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.name == other.name
    }
}

impl Field {
    /// The column that answers first.
    pub fn column(&self) -> &'static str {
        self.sources[0].column
    }

    /// Whether the column that answers holds text, not bytes or numbers.
    pub fn is_textual(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Word | Kind::Words)
    }
}

static FIELDS: LazyLock<BTreeMap<&'static str, Field>> = LazyLock::new(|| {
    let mut fields = BTreeMap::new();
    for column in COLUMNS {
        let kind = match column.kind {
            ColumnType::Int16 => Kind::Number { bits: 15 },
            ColumnType::Int32 => Kind::Number { bits: 31 },
            ColumnType::Int64 => Kind::Number { bits: 63 },
            ColumnType::Timestamp => Kind::Time,
            ColumnType::Bytes => Kind::Bytes,
            ColumnType::Address16 => Kind::Ipv6,
            ColumnType::Text => Kind::Text,
            ColumnType::Word => Kind::Word,
        };
        let source = Source { column: column.name, guards: &[], shift: 0, mask: 0 };
        for &name in column.fields {
            let sources = Cow::Owned(vec![source]);
            fields.insert(name, Field { name, kind, doc: column.doc, sources });
        }
    }
    for &(name, kind, sources, doc) in TABLE {
        let known = fields.get(name).map(|field: &Field| field.doc);
        let doc = if doc.is_empty() { known.unwrap_or("") } else { doc };
        fields.insert(name, Field { name, kind, doc, sources: Cow::Borrowed(sources) });
    }
    fields
});

/// Every field, by name.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    FIELDS.values()
}

/// The field of that name.
pub fn find(name: &str) -> Option<&'static Field> {
    FIELDS.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::columns::find as column;

    #[test]
    fn every_source_is_a_column_and_every_guard_a_column_of_numbers() {
        for field in fields() {
            assert!(field.doc.ends_with('.'), "the doc of {} is a sentence", field.name);
            assert!(!field.sources.is_empty(), "{} has a source", field.name);
            for source in field.sources.iter() {
                let kind = column(source.column).map(|column| column.kind);
                assert!(kind.is_some(), "{} reads column {}", field.name, source.column);
                for guard in source.guards {
                    let kind = column(guard.column).map(|column| column.kind);
                    assert!(
                        matches!(kind, Some(ColumnType::Int16 | ColumnType::Int32 | ColumnType::Int64)),
                        "{} is guarded by {}",
                        field.name,
                        guard.column
                    );
                }
            }
        }
    }

    #[test]
    fn the_type_of_a_field_fits_the_columns_it_reads() {
        for field in fields() {
            for source in field.sources.iter() {
                let Some(column) = column(source.column) else { continue };
                let fits = match column.kind {
                    ColumnType::Int16 | ColumnType::Int32 | ColumnType::Int64 => matches!(
                        field.kind,
                        Kind::Number { .. }
                            | Kind::AsNumber
                            | Kind::Boolean
                            | Kind::Ipv4
                            | Kind::Address
                            | Kind::Condition
                    ),
                    ColumnType::Timestamp => field.kind == Kind::Time,
                    ColumnType::Bytes => field.kind == Kind::Bytes,
                    ColumnType::Address16 => matches!(field.kind, Kind::Ipv6 | Kind::Address),
                    ColumnType::Text => matches!(field.kind, Kind::Text | Kind::Condition),
                    ColumnType::Word => matches!(field.kind, Kind::Word | Kind::Words),
                };
                assert!(fits, "{} of {:?} reads {}", field.name, field.kind, column.name);
            }
        }
    }

    #[test]
    fn every_name_in_the_list_of_columns_is_a_field() {
        for column in COLUMNS {
            for name in column.fields {
                assert!(find(name).is_some(), "{name}");
            }
        }
    }
}
