//! The table of packets: every column, once.
//!
//! The list below makes both the struct that the decoder fills and the table of columns from which
//! the store, the filter language and the manual are made. Adding a column is one line here and the
//! line that fills it.
//!
//! Which header fields are kept follows rule D54 (docs/rules.md). Addresses of IPv4 are
//! numbers (`src`, `dst`), those of IPv6 are 16 bytes (`src6`, `dst6`); a packet has one or the other.
//!
//! **Invariant:** after [`PacketColumns::reset`] and [`PacketColumns::finish`] every column has the
//! same number of rows, one for each frame.

use crate::column::{Column, ColumnType, Privacy};
use crate::values::{BytesColumn, Values, ValuesMut, WordColumn};

macro_rules! store_type {
    (Int16) => { Vec<i16> };
    (Int32) => { Vec<i32> };
    (Int64) => { Vec<i64> };
    (Timestamp) => { Vec<i64> };
    (Bytes) => { BytesColumn };
    (Address16) => { BytesColumn };
    (Text) => { BytesColumn };
    (Word) => { WordColumn };
}

macro_rules! view {
    (Int16, $column:expr) => {
        Values::Int16(&$column)
    };
    (Int32, $column:expr) => {
        Values::Int32(&$column)
    };
    (Int64, $column:expr) => {
        Values::Int64(&$column)
    };
    (Timestamp, $column:expr) => {
        Values::Int64(&$column)
    };
    (Bytes, $column:expr) => {
        Values::Bytes(&$column)
    };
    (Address16, $column:expr) => {
        Values::Bytes(&$column)
    };
    (Text, $column:expr) => {
        Values::Bytes(&$column)
    };
    (Word, $column:expr) => {
        Values::Words(&$column)
    };
}

macro_rules! view_mut {
    (Int16, $column:expr) => {
        ValuesMut::Int16(&mut $column)
    };
    (Int32, $column:expr) => {
        ValuesMut::Int32(&mut $column)
    };
    (Int64, $column:expr) => {
        ValuesMut::Int64(&mut $column)
    };
    (Timestamp, $column:expr) => {
        ValuesMut::Int64(&mut $column)
    };
    (Word, $column:expr) => {
        ValuesMut::Words(&mut $column)
    };
    ($bytes:ident, $column:expr) => {
        ValuesMut::Bytes(&mut $column)
    };
}

macro_rules! reset {
    (Int16, $column:expr, $rows:expr) => {
        $column.clear();
        $column.resize($rows, -1);
    };
    (Int32, $column:expr, $rows:expr) => {
        $column.clear();
        $column.resize($rows, -1);
    };
    (Int64, $column:expr, $rows:expr) => {
        $column.clear();
        $column.resize($rows, -1);
    };
    (Timestamp, $column:expr, $rows:expr) => {
        $column.clear();
        $column.resize($rows, 0);
    };
    (Word, $column:expr, $rows:expr) => {
        $column.codes.clear();
        $column.codes.resize($rows, 0);
    };
    ($bytes:ident, $column:expr, $rows:expr) => {
        $column.clear();
    };
}

macro_rules! append {
    (Word, $column:expr, $from:expr, $rows:expr) => {
        for row in $rows {
            let code = $column.code($from.get(row).unwrap_or_default());
            $column.codes.push(code);
        }
    };
    (Bytes, $column:expr, $from:expr, $rows:expr) => {
        for row in $rows {
            $column.push($from.get(row));
        }
    };
    (Address16, $column:expr, $from:expr, $rows:expr) => {
        for row in $rows {
            $column.push($from.get(row));
        }
    };
    (Text, $column:expr, $from:expr, $rows:expr) => {
        for row in $rows {
            $column.push($from.get(row));
        }
    };
    ($number:ident, $column:expr, $from:expr, $rows:expr) => {
        for row in $rows {
            $column.push($from[row]);
        }
    };
}

macro_rules! finish {
    (Bytes, $column:expr, $rows:expr) => {
        $column.finish($rows);
    };
    (Address16, $column:expr, $rows:expr) => {
        $column.finish($rows);
    };
    (Text, $column:expr, $rows:expr) => {
        $column.finish($rows);
    };
    (Timestamp, $column:expr, $rows:expr) => {
        assert_eq!($column.len(), $rows);
    };
    (Word, $column:expr, $rows:expr) => {
        assert_eq!($column.codes.len(), $rows);
    };
    ($number:ident, $column:expr, $rows:expr) => {
        assert_eq!($column.len(), $rows);
    };
}

macro_rules! packet_columns {
    ($($name:ident: $kind:ident, $unit:literal, [$($field:literal),*], $privacy:ident, $doc:literal;)*) => {
        /// Decoded packets of one block, column by column; the buffers are reused from block to block.
        #[derive(Debug, Default)]
        pub struct PacketColumns {
            rows: usize,
            $(#[doc = $doc] pub $name: store_type!($kind),)*
        }

        /// Every column of the table of packets, in the order of the store.
        pub const COLUMNS: &[Column] = &[
            $(Column {
                name: stringify!($name), kind: ColumnType::$kind, unit: $unit,
                fields: &[$($field),*], privacy: Privacy::$privacy, doc: $doc,
            },)*
        ];

        impl PacketColumns {
            /// Makes `rows` rows in which every field is absent.
            pub fn reset(&mut self, rows: usize) {
                self.rows = rows;
                $(reset!($kind, self.$name, rows);)*
            }

            /// Closes the block: byte columns get their missing rows.
            pub fn finish(&mut self) {
                let rows = self.rows;
                $(finish!($kind, self.$name, rows);)*
            }

            /// The columns, in the order of [`COLUMNS`].
            pub fn all(&self) -> [Values<'_>; COLUMNS.len()] {
                [$(view!($kind, self.$name)),*]
            }

            /// Makes this block a copy of some rows of another, in the order given.
            pub fn take_rows(&mut self, from: &PacketColumns, rows: &[u32]) {
                self.reset(0);
                self.rows = rows.len();
                $(append!($kind, self.$name, from.$name, rows.iter().map(|row| *row as usize));)*
                self.finish();
            }

            /// Makes this block all rows of others, one after the other.
            pub fn join<'a>(&mut self, parts: impl Iterator<Item = &'a PacketColumns>) {
                self.reset(0);
                for part in parts {
                    self.rows += part.rows;
                    $(append!($kind, self.$name, part.$name, 0..part.rows);)*
                }
                self.finish();
            }

            /// The column of that name, to be filled.
            pub fn by_name_mut(&mut self, name: &str) -> Option<ValuesMut<'_>> {
                match name {
                    $(stringify!($name) => Some(view_mut!($kind, self.$name)),)*
                    _ => None,
                }
            }

            /// The column of that name.
            pub fn by_name(&self, name: &str) -> Option<Values<'_>> {
                match name {
                    $(stringify!($name) => Some(view!($kind, self.$name)),)*
                    _ => None,
                }
            }
        }
    };
}

packet_columns! {
    input: Word, "", ["input"], Open, "Identifier of the input the packet came in: the first 16 hexadecimal digits of its content hash, or sensor and spool epoch.";
    frame: Int64, "", ["frame.number"], Open, "Position of the frame in its input, counted from 1.";
    ts: Timestamp, "us", ["frame.time_epoch", "frame.time"], Open, "Capture time.";
    ts_ns: Int16, "ns", [], Open, "Nanoseconds beyond `ts`, 0 to 999; absent when the input has microseconds only.";
    sensor: Word, "", ["sensor"], Sensor, "Name of the sensor that captured the packet; `-` when the destination belongs to no described sensor.";
    sensor_group: Word, "", ["sensor.group"], Open, "Group of that sensor.";
    frame_len: Int32, "bytes", ["frame.len"], Open, "Length of the frame on the wire.";
    cap_len: Int32, "bytes", ["frame.cap_len"], Open, "Length of the frame as captured.";
    link: Int32, "", ["link"], Open, "Link type (LINKTYPE_ number).";
    vlan: Int32, "", ["vlan.id"], Sensor, "Outermost VLAN identifier.";
    malformed: Word, "", ["malformed"], Open, "What is wrong with the packet; absent when nothing is.";
    ip_version: Int16, "", ["ip.version"], Open, "Version in the outer IP header: 4 or 6; absent when the frame is not IP.";
    src: Int64, "", ["ip.src"], Source, "IPv4 source address.";
    dst: Int64, "", ["ip.dst"], Sensor, "IPv4 destination address as seen by the sensor.";
    dst_public: Int64, "", ["ip.dst_public"], Sensor, "Public IPv4 destination address where the sensor sits behind address translation; absent when it is `dst`.";
    src6: Address16, "", ["ipv6.src"], Source, "IPv6 source address.";
    dst6: Address16, "", ["ipv6.dst"], Sensor, "IPv6 destination address.";
    ttl: Int16, "", ["ip.ttl", "ipv6.hlim"], Open, "Time to live or hop limit.";
    tos: Int16, "", ["ip.dsfield", "ipv6.tclass"], Open, "Type of service or traffic class, all 8 bits.";
    ip_len: Int32, "bytes", ["ip.len"], Open, "Total length in the IP header; for IPv6 the payload length plus 40.";
    ip_id: Int32, "", ["ip.id"], Sensor, "IPv4 identification.";
    ip_flags: Int16, "", ["ip.flags"], Open, "IPv4 flags: 4 reserved, 2 don't fragment, 1 more fragments; for IPv6 1 when a fragment header says more.";
    frag_offset: Int32, "bytes", ["ip.frag_offset"], Open, "Fragment offset.";
    ip_options: Bytes, "", ["ip.options"], Sensor, "IPv4 options as sent.";
    ip_proto: Int16, "", ["ip.proto", "ipv6.nxt"], Open, "Protocol above the outer IP header, extension headers passed over.";
    flow_label: Int32, "", ["ipv6.flow"], Open, "IPv6 flow label.";
    ext_headers: Bytes, "", [], Open, "Numbers of the IPv6 extension headers, in order.";
    src_port: Int32, "", ["tcp.srcport", "udp.srcport"], Open, "Source port of TCP, UDP, SCTP or DCCP.";
    dst_port: Int32, "", ["tcp.dstport", "udp.dstport"], Open, "Destination port of TCP, UDP, SCTP or DCCP.";
    tcp_flags: Int16, "", ["tcp.flags"], Open, "TCP flags, 9 bits with NS, and the reserved bits above.";
    tcp_seq: Int64, "", ["tcp.seq_raw"], Sensor, "TCP sequence number.";
    tcp_ack: Int64, "", ["tcp.ack_raw"], Sensor, "TCP acknowledgement number.";
    tcp_window: Int32, "bytes", ["tcp.window_size_value"], Open, "TCP window as sent, not scaled.";
    tcp_urgent: Int32, "", ["tcp.urgent_pointer"], Open, "TCP urgent pointer.";
    tcp_offset: Int16, "bytes", ["tcp.hdr_len"], Open, "Length of the TCP header.";
    tcp_options: Bytes, "", ["tcp.options"], Sensor, "TCP options as sent.";
    tcp_mss: Int32, "bytes", ["tcp.options.mss_val"], Open, "Maximum segment size option.";
    udp_len: Int32, "bytes", ["udp.length"], Open, "Length in the UDP header.";
    payload_len: Int32, "bytes", ["payload.len"], Open, "Bytes above the transport header by the IP length, captured or not.";
    payload: Bytes, "", ["payload"], Sensor, "The first 256 bytes above the TCP, UDP or ICMP header, or above IP for other protocols.";
    icmp_type: Int16, "", ["icmp.type", "icmpv6.type"], Open, "ICMP or ICMPv6 type.";
    icmp_code: Int16, "", ["icmp.code", "icmpv6.code"], Open, "ICMP or ICMPv6 code.";
    icmp_id: Int32, "", ["icmp.ident"], Sensor, "Identifier of an ICMP echo, timestamp, information or mask message.";
    icmp_seq: Int32, "", ["icmp.seq"], Sensor, "Sequence number of such a message.";
    quote_src: Int64, "", ["quote.src"], Sensor, "IPv4 source of the packet quoted in an ICMP error.";
    quote_dst: Int64, "", ["quote.dst"], Source, "IPv4 destination of the quoted packet: the host that was addressed.";
    quote_src6: Address16, "", [], Sensor, "IPv6 source of the quoted packet.";
    quote_dst6: Address16, "", [], Source, "IPv6 destination of the quoted packet.";
    quote_proto: Int16, "", ["quote.proto"], Open, "Protocol of the quoted packet.";
    quote_src_port: Int32, "", ["quote.srcport"], Open, "Source port of the quoted packet.";
    quote_dst_port: Int32, "", ["quote.dstport"], Open, "Destination port of the quoted packet.";
    quote_ttl: Int16, "", ["quote.ttl"], Open, "Time to live of the quoted packet when it was quoted.";
    quote_id: Int32, "", ["quote.id"], Sensor, "IPv4 identification of the quoted packet.";
    quote_len: Int32, "bytes", ["quote.len"], Open, "Total length in the quoted IP header.";
    quote_dns_name: Text, "", ["quote.dns.name"], Sensor, "Queried name, when the quote reaches that far into a DNS message.";
    dns_id: Int32, "", ["dns.id"], Sensor, "DNS message identifier.";
    dns_flags: Int32, "", ["dns.flags"], Open, "DNS flags, opcode and response code: the 16 bits after the identifier.";
    dns_questions: Int32, "", ["dns.count.queries"], Open, "Entries in the question section, as the header says.";
    dns_answers: Int32, "", ["dns.count.answers"], Open, "Entries in the answer section, as the header says.";
    dns_authorities: Int32, "", ["dns.count.auth_rr"], Open, "Entries in the authority section, as the header says.";
    dns_additionals: Int32, "", ["dns.count.add_rr"], Open, "Entries in the additional section, as the header says.";
    dns_name: Text, "", ["dns.qry.name"], Sensor, "First queried name, in presentation form as sent, without the last dot.";
    dns_type: Int32, "", ["dns.qry.type"], Open, "Type of the first question.";
    dns_class: Int32, "", ["dns.qry.class"], Open, "Class of the first question.";
    dns_edns_size: Int32, "bytes", ["dns.edns.size"], Open, "UDP size offered by EDNS; absent without EDNS.";
    dns_records: Text, "", ["dns.records"], Sensor, "Answers and authorities in short: type and data, as a packet list shows them.";
    dns_broken: Int16, "", ["dns.broken"], Open, "1 when the message could not be read to its end, 0 when it could; absent when not DNS.";
    src_country: Word, "", ["src.country", "ip.geoip.src_country_iso"], Open, "Country of the source by the edition named in `data`: ISO 3166-1 alpha-2; absent for special addresses.";
    src_asn: Int64, "", ["src.asn", "ip.geoip.src_asnum"], Open, "Number of the AS that originates the source's prefix.";
    class: Word, "", ["class"], Open, "Traffic class: exactly one a packet.";
    tags: Word, "", ["tag"], Open, "Tools and families that signatures name, in alphabetical order, parted by blanks.";
    actor: Word, "", ["actor"], Open, "Organisation that openly scans from this source, by a known list.";
    packets: Int64, "packets", ["packets"], Open, "Weight of the row: 1 for a captured packet, more for an imported flow record.";
    rules: Word, "", ["rules"], Open, "Edition of the rules that gave class and tags.";
    data: Word, "", ["data"], Open, "Editions of the reference data that gave country, AS and actor.";
}

impl PacketColumns {
    /// The number of packets in the block.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// The column of that name.
pub fn find(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_fields_are_unique_and_documented() {
        let mut names = BTreeSet::new();
        let mut fields = BTreeSet::new();
        for column in COLUMNS {
            assert!(names.insert(column.name), "column {} stands twice", column.name);
            assert!(column.doc.ends_with('.'), "the doc of {} is a sentence", column.name);
            for field in column.fields {
                assert!(fields.insert(*field), "field {field} stands twice");
            }
        }
    }

    #[test]
    fn reset_makes_every_field_absent() {
        let mut block = PacketColumns::default();
        block.reset(2);
        block.payload.set(0, b"x");
        block.finish();
        assert_eq!(block.all().len(), COLUMNS.len());
        assert_eq!(block.src_port, [-1, -1]);
        assert_eq!(block.payload.get(1), b"");
        assert_eq!(block.class.get(0), None);
    }
}
