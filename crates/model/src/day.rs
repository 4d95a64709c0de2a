//! What one day held, counted once from its packets: the facts from which detectors judge.
//!
//! A day is a day of the store's home zone. Each fact is a row of a table of its own; a day's rows are
//! replaced together when its packets change. Packets that belong to no sensor are not counted.
//!
//! Numbers of distinct things are exact up to the bounds of the builder (`detect::observe`) and never above.
//!
//! **Invariant:** equal packets give equal facts, in whatever order and blocks they came.

use std::net::IpAddr;

use crate::address::{ipv4_of, ipv6_of};
use crate::fact;
use crate::fact::FactTable;
use crate::finding::FindingRow;

/// Everything that was counted of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayFacts {
    /// Who tried what (rules D90, D91).
    pub events: Vec<Event>,
    /// What each port was tried.
    pub ports: Vec<PortDay>,
    /// Whose answers arrived (rules D55-D58).
    pub victims: Vec<VictimDay>,
    /// Answers that crowd in on a sensor (rule D13).
    pub reflections: Vec<ReflectionDay>,
    /// Who resolves names for strangers (rule D81).
    pub resolvers: Vec<ResolverDay>,
    /// Header tuples that sources hold fixed (rule D43a).
    pub families: Vec<FamilyDay>,
    /// Sources that do the same (rule D100).
    pub groups: Vec<GroupDay>,
    /// The heaviest and the broadest sources (rules D97, D98).
    pub sources: Vec<SourceDay>,
    /// Questions to name servers that look for resolvers (rules D82, D83).
    pub questions: Vec<QuestionDay>,
    /// How much each sensor saw.
    pub sensors: Vec<SensorDay>,
    /// What DNS answers were about (rules D74, D75).
    pub zones: Vec<ZoneDay>,
    /// Calls of slow sources (rule D99).
    pub visits: Vec<VisitDay>,
    /// How many connection attempts each source port sent (rule D43).
    pub attempts: Vec<AttemptDay>,
    /// The attempts of the source ports with the most (rules D43, D99).
    pub source_ports: Vec<SourcePortDay>,
    /// Keys beyond the bounds of the builder, which were not kept, and packets for which it had no room.
    pub dropped: i64,
}

fact! {
    /// One source, one port, one class on one day; the pieces of an event that lasts over midnight are joined
    /// when they are asked for.
    Event in "events": "Who tried what: a source, a port and a class on a day. Single packets are left to the table of packets, but for those of Mirai's form.";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src: Int64, "", [], Source, "IPv4 source.";
    src6: Address16, "", [], Source, "IPv6 source.";
    src_country: Word, "", [], Open, "Country of the source.";
    src_asn: Int64, "", [], Open, "AS of the source.";
    ip_proto: Int16, "", [], Open, "Protocol above IP.";
    dst_port: Int32, "", [], Open, "Destination port: what the event is about, but for answers; of answers, when no packet had another.";
    src_port: Int32, "", [], Open, "Source port: what the event is about, of answers (SYN+ACK, RST, UDP responses); of others, when no packet had another.";
    icmp_type: Int16, "", [], Open, "ICMP type: what the event is about, of ICMP.";
    class: Word, "", [], Open, "Class of its packets.";
    tags: Word, "", [], Open, "Tool that every packet of the event has the mark of; with at least two packets, but for Mirai.";
    actor: Word, "", [], Open, "Known scanning organisation of the source.";
    shape: Word, "", ["shape"], Open, "What its source did that day, by its requests: single (one address, one or two ports), horizontal (many addresses, one or two ports), vertical (one address, three ports or more) or strobe (many addresses, three ports or more); absent for answers.";
    first: Timestamp, "us", [], Source, "First packet.";
    last: Timestamp, "us", [], Source, "Last packet.";
    packets: Int64, "packets", [], Open, "Packets.";
    bytes: Int64, "bytes", [], Open, "Bytes on the wire.";
    addresses: Int64, "addresses", [], Open, "Distinct destination addresses.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    peers: Int64, "ports", [], Open, "Distinct ports of the other side: source ports of attempts, destination ports of answers; at most 1,000 are told apart.";
    tcp_window: Int32, "bytes", [], Open, "TCP window, when no packet had another.";
    tcp_seq: Int64, "", [], Sensor, "TCP sequence number, when no packet had another.";
    minute: Int64, "packets", [], Open, "Most packets in six consecutive steps of ten seconds.";
}

fact! {
    /// Requests to one port on one day: attempts of connections, UDP that is no answer, ICMP requests.
    PortDay in "port_days": "Requests to a port or ICMP type by day: packets and distinct sources, hour by hour.";
    at: Timestamp, "us", [], Open, "Start of the day.";
    ip_proto: Int16, "", [], Open, "Protocol above IP.";
    dst_port: Int32, "", [], Open, "Destination port; of ICMP the type.";
    packets: Int64, "packets", [], Open, "Packets.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    asns: Int64, "AS", [], Open, "Distinct AS of the sources.";
    top_source_packets: Int64, "packets", [], Open, "Packets of the busiest source.";
    top_sensor: Word, "", [], Sensor, "The sensor with the most packets.";
    top_sensor_packets: Int64, "packets", [], Open, "Packets at that sensor.";
    top_sensor_sources: Int64, "sources", [], Open, "Distinct sources at that sensor.";
    scanner_packets: Int64, "packets", [], Open, "Packets of known scanning organisations.";
    scanner_sources: Int64, "sources", [], Open, "Distinct sources of known scanning organisations.";
    mirai_packets: Int64, "packets", [], Open, "Packets of Mirai's form.";
    once_sources: Int64, "sources", [], Open, "Sources with one packet that day in all.";
    ttl_high: Int64, "packets", [], Open, "Packets with a time to live of 120 to 200 (rule D102).";
    windows: Int64, "values", [], Open, "Distinct TCP windows; at most 100 are told apart.";
    hour_packets: Bytes, "packets", [], Open, "Packets of each hour of the day: 25 little-endian 32-bit numbers, the last for days of 25 hours; absent below 48 packets.";
    hour_sources: Bytes, "sources", [], Open, "Distinct sources of each hour, likewise.";
    sketch: Bytes, "", [], Sensor, "The sources with the smallest hashes: at most 64 little-endian 64-bit numbers, ascending.";
}

fact! {
    /// Answers of one victim on one day, to packets that carried our addresses as forged sources.
    VictimDay in "victim_days": "Backscatter by victim, attacked protocol and day (rules D55-D59).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src: Int64, "", [], Source, "IPv4 address of the victim.";
    src6: Address16, "", [], Source, "IPv6 address of the victim.";
    src_country: Word, "", [], Open, "Country of the victim; absent when only a quote names it.";
    src_asn: Int64, "", [], Open, "AS of the victim; absent when only a quote names it.";
    ip_proto: Int16, "", [], Open, "Protocol of the attack: 6, 17, 1 for ICMP of either version, or another that was quoted.";
    first: Timestamp, "us", [], Open, "First packet.";
    last: Timestamp, "us", [], Open, "Last packet.";
    packets: Int64, "packets", [], Open, "Packets, without those whose quote does not fit.";
    bytes: Int64, "bytes", [], Open, "Bytes on the wire.";
    minute: Int64, "packets", [], Open, "Most packets in six consecutive steps of ten seconds (rule D63).";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    near_sensors: Int64, "sensors", [], Open, "Most distinct sensors within ten minutes (rule D68).";
    addresses: Int64, "addresses", [], Open, "Distinct addresses of ours.";
    src_port: Int32, "", [], Open, "The attacked port (source port of the answers) with the most packets.";
    port_packets: Int64, "packets", [], Open, "Packets of that port.";
    ports: Int64, "ports", [], Open, "Distinct attacked ports; at most 1,000 are told apart.";
    forged_ports: Int64, "ports", [], Open, "Distinct forged source ports; at most 1,000 are told apart.";
    syn_acks: Int64, "packets", [], Open, "SYN+ACK among the packets.";
    answers: Int64, "values", [], Open, "Distinct (address of ours, forged port, acknowledgement number): what is left when a repeated answer counts once; at most 10,000 are told apart.";
    errors: Int64, "packets", [], Open, "ICMP errors that quote the attack.";
    routers: Int64, "packets", [], Open, "Of these, from another address than the victim.";
    errors_dns: Int64, "packets", [], Open, "Of these, quoting a packet to 53/UDP (rules D71, D85).";
    mismatches: Int64, "packets", [], Open, "ICMP errors whose quoted source is not the address they came to (rule D59); not counted above.";
}

fact! {
    /// Answers from many sources to one sensor on one day.
    ReflectionDay in "reflection_days": "Answers of one service to one sensor by day, from ten sources and more (rule D13).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    sensor: Word, "", [], Sensor, "The sensor.";
    ip_proto: Int16, "", [], Open, "Protocol above IP.";
    src_port: Int32, "", [], Open, "Source port of the answers.";
    class: Word, "", [], Open, "Class of the answers.";
    packets: Int64, "packets", [], Open, "Packets.";
    bytes: Int64, "bytes", [], Open, "Bytes on the wire.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    addresses: Int64, "addresses", [], Open, "Distinct addresses of the sensor that they came to.";
    minute: Int64, "sources", [], Open, "Most distinct sources in one minute.";
    others: Int64, "sources", [], Open, "Most distinct sources of such answers at any other sensor that day.";
    first: Timestamp, "us", [], Open, "First packet.";
    last: Timestamp, "us", [], Open, "Last packet.";
}

fact! {
    /// One source of DNS answers on one day.
    ResolverDay in "resolver_days": "Sources of DNS answers by day (rule D81).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src: Int64, "", [], Source, "IPv4 source.";
    src6: Address16, "", [], Source, "IPv6 source.";
    src_country: Word, "", [], Open, "Country of the source.";
    src_asn: Int64, "", [], Open, "AS of the source.";
    first: Timestamp, "us", [], Source, "First answer.";
    last: Timestamp, "us", [], Source, "Last answer.";
    answers: Int64, "packets", [], Open, "Answers.";
    recursive: Int64, "packets", [], Open, "Of these, with RA set and response code 0, 2 or 3: the source resolves for strangers.";
    refused: Int64, "packets", [], Open, "Of these, refused.";
    no_such_name: Int64, "packets", [], Open, "Of these, the name does not exist.";
    server_failure: Int64, "packets", [], Open, "Of these, server failure.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    src_port: Int32, "", [], Open, "Source port, when no answer had another: 53, or that of a forwarder behind translation.";
}

fact! {
    /// Sources that hold the same header fields fixed while they reach several addresses.
    FamilyDay in "family_days": "Sources by the header fields of connection attempts that they never change, by day (rule D43a).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src_port: Int32, "", [], Open, "Source port; absent when it varies.";
    ip_id: Int32, "", [], Open, "IP identification; absent when it varies.";
    tcp_window: Int32, "bytes", [], Open, "TCP window.";
    tcp_options: Bytes, "", [], Open, "TCP options: kinds and lengths, with the value of MSS and window scale.";
    ttl: Int16, "", [], Open, "Time to live as it was sent: the next of 32, 64, 128, 255.";
    packets: Int64, "packets", [], Open, "Packets.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    addresses: Int64, "addresses", [], Open, "Distinct addresses of ours.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    ports: Int64, "ports", [], Open, "Distinct destination ports; at most 1,000 are told apart.";
    dst_port: Int32, "", [], Open, "The destination port with the most packets.";
    countries: Int64, "countries", [], Open, "Distinct countries.";
    sketch: Bytes, "", [], Sensor, "The sources with the smallest hashes, as in port_days.";
}

fact! {
    /// Sources with the same tool and the same set of ports.
    GroupDay in "group_days": "Sources by the tool and the set of ports of their requests, by day (rule D100).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    tags: Word, "", [], Open, "Tool, when all packets of the source have its mark.";
    ports: Text, "", [], Open, "The set: ports such as `23/tcp 2323/tcp`, ascending; of more than 8 ports, `many`.";
    tcp_window: Int32, "bytes", [], Open, "TCP window, when all sources of the group had one and the same; absent otherwise.";
    packets: Int64, "packets", [], Open, "Packets.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    asns: Int64, "AS", [], Open, "Distinct AS.";
    country: Word, "", [], Open, "The country with the most sources.";
    country_sources: Int64, "sources", [], Open, "Sources of that country.";
    countries: Int64, "countries", [], Open, "Distinct countries.";
    sketch: Bytes, "", [], Sensor, "The sources with the smallest hashes, as in port_days.";
}

fact! {
    /// One of the sources with the most packets, or that reached the most sensors.
    SourceDay in "source_days": "The heaviest and the broadest sources of requests by day: the first 500 by packets, by addresses and by ports (rules D97, D98).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src: Int64, "", [], Source, "IPv4 source.";
    src6: Address16, "", [], Source, "IPv6 source.";
    src_country: Word, "", [], Open, "Country of the source.";
    src_asn: Int64, "", [], Open, "AS of the source.";
    actor: Word, "", [], Open, "Known scanning organisation of the source.";
    tags: Word, "", [], Open, "Tool, when all packets of the source have its mark.";
    packets: Int64, "packets", [], Open, "Packets.";
    addresses: Int64, "addresses", [], Open, "Distinct addresses of ours.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    regions: Int64, "groups", [], Open, "Distinct sensor groups.";
    ports: Int64, "ports", [], Open, "Distinct (protocol, port); at most 100,000 are told apart.";
}

fact! {
    /// Questions to name servers of one form on one day.
    QuestionDay in "question_days": "DNS questions by kind, name and day: scans for resolvers and for amplifiers (rules D82, D83).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    kind: Word, "", [], Open, "amplification (ANY, TXT or DNSKEY with recursion wanted), version (version.bind), tool (the constant identifier of a scanner's file) or other.";
    dns_name: Text, "", [], Sensor, "The name asked about, in lower case; absent when it carries an address of ours (rule D84).";
    dns_type: Int32, "", [], Open, "Type of the question.";
    tags: Word, "", [], Open, "Tool by the constant identifier.";
    packets: Int64, "packets", [], Open, "Questions.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    addresses: Int64, "addresses", [], Open, "Distinct addresses of ours.";
    big: Int64, "packets", [], Open, "Questions that accept answers of 4,096 bytes and more.";
    encoded: Int64, "packets", [], Open, "Questions whose name carries the address they came to (rule D84).";
    sketch: Bytes, "", [], Sensor, "The sources with the smallest hashes, as in port_days.";
}

fact! {
    /// One sensor on one day.
    SensorDay in "sensor_days": "What a sensor saw by day: whether it is well is judged before anything else (rule D111).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    sensor: Word, "", [], Sensor, "The sensor.";
    sensor_group: Word, "", [], Open, "Its group.";
    packets: Int64, "packets", [], Open, "Packets.";
    requests: Int64, "packets", [], Open, "Of these, requests.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    ports: Int64, "ports", [], Open, "Distinct (protocol, port) of requests.";
    hours: Bytes, "packets", [], Open, "Packets of each hour of the day, as in port_days.";
}

fact! {
    /// DNS answers about names under one registered domain on one day.
    ZoneDay in "zone_days": "DNS answers by registered domain and day: the aftermath of attacks on name servers (rules D74-D78).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    zone: Text, "", [], Open, "The registered domain, in lower case.";
    answers: Int64, "packets", [], Open, "Answers.";
    names: Int64, "names", [], Open, "Distinct names asked about.";
    random: Int64, "packets", [], Open, "Answers whose leftmost label looks drawn at random (rule D77).";
    no_such_name: Int64, "packets", [], Open, "Answers that the name does not exist.";
    server_failure: Int64, "packets", [], Open, "Answers that the server failed.";
    refused: Int64, "packets", [], Open, "Answers that the question was refused.";
    responders: Int64, "sources", [], Open, "Distinct sources.";
    sensors: Int64, "sensors", [], Open, "Distinct sensors.";
    errors: Int64, "packets", [], Open, "ICMP destination unreachable that quotes a question of ours to 53/UDP about a name under the domain (rules D85, D86).";
    sketch: Bytes, "", [], Sensor, "The sources with the smallest hashes, as in port_days.";
    sensor_sketch: Bytes, "", [], Sensor, "The sensors with the smallest hashes, likewise.";
}

fact! {
    /// A part of the calls of slow sources on one day.
    VisitDay in "visit_days": "Calls of the slow IPv4 sources of a day, packed: which of them come back in a rhythm shows over weeks (rule D99).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    part: Int32, "", [], Open, "Number of the part, from 0; sources ascend.";
    sources: Int64, "sources", [], Open, "Distinct sources.";
    visits: Int64, "visits", [], Open, "Calls; those of one source at one port of one address within ten minutes are one.";
    sensors: Text, "", [], Sensor, "The sensors of the day, a line each.";
    callers: Bytes, "", [], Sensor, "Each source and its packets of the day: two little-endian 32-bit numbers.";
    calls: Bytes, "", [], Sensor, "The calls by source, 24 bytes each, all first bytes before all second ones.";
}

fact! {
    /// How many connection attempts came from each TCP source port on one day.
    AttemptDay in "attempt_days": "Connection attempts by TCP source port and day: a port that is set by hand stands far above its neighbours (rule D43).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    packets: Int64, "packets", [], Open, "Attempts.";
    counts: Bytes, "packets", [], Open, "Attempts from each port: 65,536 little-endian 32-bit numbers.";
}

fact! {
    /// The connection attempts from one of the busiest TCP source ports on one day.
    SourcePortDay in "source_port_days": "Attempts from the 64 TCP source ports with the most, packed, by day (rules D43, D99).";
    at: Timestamp, "us", [], Open, "Start of the day.";
    src_port: Int32, "", [], Open, "Source port.";
    packets: Int64, "packets", [], Open, "Attempts.";
    sensors: Text, "", [], Sensor, "The sensors of the day, a line each.";
    calls: Bytes, "", [], Sensor, "The attempts, as in visit_days.";
}

fact! {
    /// That something was computed, and from what: while that is unchanged it need not be computed again.
    Computed in "computed": "Days that were counted and periods that detectors judged, with what they were made from.";
    start: Timestamp, "us", [], Open, "Start of the day or the period.";
    end: Timestamp, "us", [], Open, "Its end.";
    kind: Word, "", [], Open, "day, or findings.";
    fingerprint: Text, "", [], Open, "Hash of the files and rules it was made from.";
    packets: Int64, "packets", [], Open, "Packets that were counted; for findings, their number.";
    dropped: Int64, "", [], Open, "Keys beyond the bounds, which were not kept.";
    computed: Timestamp, "us", [], Open, "When it was computed.";
}

/// Every table of what is counted of days and of what is made of that.
pub const FACT_TABLES: &[FactTable] = &[
    FactTable::of::<Event>(),
    FactTable::of::<PortDay>(),
    FactTable::of::<VictimDay>(),
    FactTable::of::<ReflectionDay>(),
    FactTable::of::<ResolverDay>(),
    FactTable::of::<FamilyDay>(),
    FactTable::of::<GroupDay>(),
    FactTable::of::<SourceDay>(),
    FactTable::of::<QuestionDay>(),
    FactTable::of::<SensorDay>(),
    FactTable::of::<ZoneDay>(),
    FactTable::of::<VisitDay>(),
    FactTable::of::<AttemptDay>(),
    FactTable::of::<SourcePortDay>(),
    FactTable::of::<Computed>(),
    FactTable::of::<FindingRow>(),
];

/// The address that stands in a pair of columns; `None` where both are absent.
pub fn address(src: i64, src6: &[u8]) -> Option<IpAddr> {
    ipv4_of(src).map(IpAddr::V4).or_else(|| ipv6_of(src6).map(IpAddr::V6))
}

/// An address as the pair of columns.
pub fn columns(address: IpAddr) -> (i64, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (i64::from(u32::from(address)), Vec::new()),
        IpAddr::V6(address) => (-1, address.octets().to_vec()),
    }
}

/// Numbers as they stand in a column of bytes: four bytes each, the lowest first.
pub fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers of such a column.
pub fn numbers_of(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|number| u32::from_le_bytes([number[0], number[1], number[2], number[3]]))
}
