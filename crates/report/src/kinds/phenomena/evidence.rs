//! Packets of the evidence as a list.
//!
//! **Invariant:** at most as many packets as facts may hand in; destinations are letters.

use crate::document::{PacketLine, PacketList};
use crate::facts::Facts;
use crate::facts::phenomena::{EVIDENCE_PACKETS_MAX, EvidencePacket};
use crate::words::Words;

/// The letter of a destination: A to Z, then AA.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    if place < 26 { last.to_string() } else { format!("{}{last}", letter(place / 26 - 1)) }
}

/// A list of packets.
pub(super) fn list(
    id: &str,
    caption: String,
    chosen: String,
    packets: &[EvidencePacket],
    facts: &Facts,
    words: &Words,
) -> PacketList {
    let zone = facts.zone_name.of(words.language);
    let lines = packets.iter().take(EVIDENCE_PACKETS_MAX).enumerate();
    PacketList {
        id: id.to_string(),
        label: String::new(),
        caption,
        packets: lines
            .map(|(place, packet)| PacketLine {
                number: place as i64 + 1,
                time: packet.time.clone(),
                // Readers who may not know an address read where it is registered.
                source: if packet.source.is_empty() {
                    packet.country.of(words.language).to_string()
                } else {
                    packet.source.clone()
                },
                destination: letter(packet.destination),
                protocol: packet.protocol.clone(),
                length: packet.length,
                info: packet.info.clone(),
            })
            .collect(),
        notes: notes(packets, chosen, zone, words),
    }
}

fn notes(packets: &[EvidencePacket], chosen: String, zone: &str, words: &Words) -> Vec<String> {
    let mut notes = vec![chosen, words.say("evidence-note", &[], &[("zone", zone)])];
    if packets.iter().any(|packet| packet.source.is_empty()) {
        notes.push(words.text("evidence-public"));
    }
    notes
}

#[cfg(test)]
mod tests {
    #[test]
    fn destinations_have_letters() {
        let letters: Vec<String> = [0, 25, 26, 27, 701, 702].into_iter().map(super::letter).collect();
        assert_eq!(letters, ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
