//! The edition of the rules: a word that changes whenever class or tags of some packet might.
//!
//! **Invariant:** the same signatures in any order give the same word.

use sha2::{Digest, Sha256};
use teiten_model::hex::hex;

use crate::signature::Signature;

/// Version of the rules that stand in Rust (`classify`, `udp_kind`, `special`, the meaning of the
/// fields); raise it when one of them changes.
pub const CLASSIFIER_VERSION: u32 = 1;

/// The edition, such as `r1-3f9a2c1b`.
pub fn edition_of(signatures: &[Signature]) -> String {
    let mut sorted: Vec<&Signature> = signatures.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut hash = Sha256::new();
    for signature in sorted {
        for part in [&signature.id, &signature.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    let digest = hash.finalize();
    format!("r{CLASSIFIER_VERSION}-{}", hex(&digest[..4]))
}
