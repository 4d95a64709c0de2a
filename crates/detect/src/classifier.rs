//! Fills `class`, `tags` and `rules` of a block.
//!
//! The tags of a packet are a set of bits until the end of the row; each combination of tags that
//! occurs becomes a word once, so no packet costs an allocation.
//!
//! **Invariant:** codes of words belong to one [`PacketColumns`] and are looked up anew for each
//! block, so one classifier may serve any number of column buffers.

use std::collections::HashMap;

use teiten_model::class::Class;
use teiten_model::columns::PacketColumns;

use crate::builtin;
use crate::classify::class_of;
use crate::compile::compile;
use crate::edition::edition_of;
use crate::error::DetectError;
use crate::matcher::{Matcher, Set, TOGETHER, insert};
use crate::signature::{Evidence, SIGNATURES_MAX, Signature};
use crate::tags::{Tag, tags_of};
use crate::udp_kind::UdpKind;

/// Combinations of tags that are remembered; further ones are put together for each packet.
const COMBINATIONS_MAX: usize = 4096;

/// Combinations of one block that are found without hashing in earnest.
const RECENT: usize = 64;

/// The code of a combination that the block has not met yet.
const NOT_YET: u16 = u16::MAX;

/// Gives every packet its class and its tags.
#[derive(Debug)]
pub struct Classifier {
    signatures: Vec<Signature>,
    tags: Vec<Tag>,
    /// Place in `tags` of the tag of each signature.
    tag_of: Vec<usize>,
    /// Signatures whose match says that a UDP packet asks.
    requests: Set,
    /// Signatures whose match says that a UDP packet answers.
    responses: Set,
    matcher: Matcher,
    edition: String,
    combinations: HashMap<Set, usize>,
    words: Vec<String>,
    /// The code in the present block of each word, or [`NOT_YET`].
    codes: Vec<u16>,
    /// Combinations met in the present block, by [`place_of`]; the empty one has code 0.
    recent: Box<[(Set, u16); RECENT]>,
}

impl Classifier {
    /// A classifier with these signatures; their ids must differ.
    pub fn new(signatures: &[Signature]) -> Result<Classifier, DetectError> {
        if signatures.len() > SIGNATURES_MAX {
            let what = "signatures";
            return Err(DetectError::TooMany { what, count: signatures.len(), max: SIGNATURES_MAX });
        }
        let tags = tags_of(signatures);
        let (mut rules, mut tag_of) = (Vec::new(), Vec::new());
        let (mut requests, mut responses) = (Set::default(), Set::default());
        for (place, signature) in signatures.iter().enumerate() {
            if signatures[..place].iter().any(|other| other.id == signature.id) {
                return Err(DetectError::Twice { id: signature.id.clone() });
            }
            let refused = |reason| DetectError::Content { id: signature.id.clone(), reason };
            rules.extend(compile(place, &signature.when).map_err(refused)?);
            tag_of.push(tags.partition_point(|tag| tag.name < signature.tag));
            match signature.evidence {
                Some(Evidence::Request) => insert(&mut requests, place),
                Some(Evidence::Response) => insert(&mut responses, place),
                None => {}
            }
        }
        Ok(Classifier {
            matcher: Matcher::new(&rules)?,
            edition: edition_of(signatures),
            signatures: signatures.to_vec(),
            tags,
            tag_of,
            requests,
            responses,
            combinations: HashMap::new(),
            words: Vec::new(),
            codes: Vec::new(),
            recent: Box::new([(Set::default(), 0); RECENT]),
        })
    }

    /// A classifier with the signatures that come with the program.
    pub fn builtin() -> Result<Classifier, DetectError> {
        Classifier::new(&builtin::signatures()?)
    }

    /// The signatures, in the order they were given.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Every tag that can be given, in alphabetical order.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The word for the column `rules`, such as `r1-3f9a2c1b`.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Fills `class`, `tags` and `rules` of every row; the block must be finished.
    pub fn classify(&mut self, packets: &mut PacketColumns) {
        let class_codes = Class::ALL.map(|class| packets.class.code(class.name()));
        let edition = packets.rules.code(&self.edition);
        packets.rules.codes.fill(edition);
        self.codes.fill(NOT_YET);
        self.recent.fill((Set::default(), 0));
        let mut matched = [Set::default(); TOGETHER];
        for first in (0..packets.rows()).step_by(TOGETHER) {
            let rows = first..packets.rows().min(first + TOGETHER);
            self.matcher.find(packets, rows.clone(), &mut matched);
            for (row, matched) in rows.zip(&matched) {
                let class = class_of(packets, row, || self.udp_kind(packets, row, matched));
                packets.class.codes[row] = class_codes[class as usize];
                packets.tags.codes[row] = self.code_of(packets, *matched);
            }
        }
    }

    /// The ids of the signatures that a row matches, for explaining its tags.
    pub fn explain(&self, packets: &PacketColumns, row: usize) -> Vec<&Signature> {
        members(&self.matcher.signatures(packets, row)).map(|place| &self.signatures[place]).collect()
    }

    /// The packet's own bits decide; where they say nothing, a signature may.
    fn udp_kind(&self, packets: &PacketColumns, row: usize, matched: &Set) -> UdpKind {
        match UdpKind::of(packets, row) {
            UdpKind::Unknown if meets(matched, &self.responses) => UdpKind::Response,
            UdpKind::Unknown if meets(matched, &self.requests) => UdpKind::Request,
            kind => kind,
        }
    }

    /// The code in this block of the tags of these signatures.
    #[inline]
    fn code_of(&mut self, packets: &mut PacketColumns, matched: Set) -> u16 {
        let place = place_of(&matched);
        if self.recent[place].0 == matched {
            return self.recent[place].1;
        }
        let code = match self.combinations.get(&matched) {
            Some(place) => {
                if self.codes[*place] == NOT_YET {
                    self.codes[*place] = packets.tags.code(&self.words[*place]);
                }
                self.codes[*place]
            }
            None => {
                let word = self.word_of(&matched);
                let code = packets.tags.code(&word);
                if self.combinations.len() < COMBINATIONS_MAX {
                    self.combinations.insert(matched, self.words.len());
                    self.words.push(word);
                    self.codes.push(code);
                }
                code
            }
        };
        self.recent[place] = (matched, code);
        code
    }

    /// The tags of these signatures, in alphabetical order, parted by blanks.
    fn word_of(&self, matched: &Set) -> String {
        let mut tags: Vec<usize> = members(matched).map(|place| self.tag_of[place]).collect();
        tags.sort_unstable();
        tags.dedup();
        tags.iter().map(|place| self.tags[*place].name.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Where a combination is remembered for the length of a block.
#[inline]
fn place_of(set: &Set) -> usize {
    let folded =
        set.iter().fold(0u64, |sum, word| (sum.rotate_left(17) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (folded >> 58) as usize % RECENT
}

/// Whether the sets have a member in common.
fn meets(one: &Set, other: &Set) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}

/// The members of a set, in ascending order.
fn members(set: &Set) -> impl Iterator<Item = usize> {
    let set = *set;
    (0..256).filter(move |member| set[member >> 6] >> (member & 63) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::columns_of;

    #[test]
    fn one_classifier_serves_buffers_whose_words_have_other_codes() {
        let lines =
            ["tcp 192.0.2.7:1025 > 203.0.113.9:23 S seq=3405803785", "tcp 9.9.9.9:1 > 203.0.113.9:23 A"];
        let mut classifier = Classifier::builtin().unwrap();
        let mut first = columns_of(&lines).unwrap();
        let mut second = columns_of(&lines).unwrap();
        second.tags.code("something");
        second.class.code("else");
        classifier.classify(&mut first);
        classifier.classify(&mut second);
        for packets in [&first, &second, &first] {
            assert_eq!(packets.tags.get(0), Some("mirai special-source"));
            assert_eq!(packets.tags.get(1), None);
            assert_eq!((packets.class.get(0), packets.class.get(1)), (Some("scan-syn"), Some("scan-ack")));
            assert_eq!(packets.rules.get(1), Some(classifier.edition()));
        }
    }

    #[test]
    fn the_edition_changes_with_a_signature_and_not_with_their_order() {
        let mut signatures = builtin::signatures().unwrap();
        let before = edition_of(&signatures);
        signatures.reverse();
        assert_eq!(edition_of(&signatures), before);
        signatures[0].text.push(' ');
        assert_ne!(edition_of(&signatures), before);
        assert!(before.starts_with("r1-") && before.len() == 11, "{before}");
    }

    #[test]
    fn two_signatures_of_one_name_are_refused() {
        let mut signatures = builtin::signatures().unwrap();
        signatures.push(signatures[0].clone());
        assert!(Classifier::new(&signatures).unwrap_err().to_string().contains("stands twice"));
    }
}
