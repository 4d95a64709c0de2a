//! Every signature holds what its own examples promise, and says what a reader needs.

use teiten_detect::builtin;
use teiten_detect::classifier::Classifier;
use teiten_detect::notation::columns_of;

#[test]
fn every_example_of_every_signature_holds() {
    let classifier = Classifier::builtin().unwrap();
    let mut wrong = Vec::new();
    for signature in classifier.signatures() {
        for (lines, expected) in [(&signature.matches, true), (&signature.misses, false)] {
            let packets = columns_of(lines).unwrap_or_else(|error| panic!("{}: {error}", signature.id));
            for (row, line) in lines.iter().enumerate() {
                let found = classifier.explain(&packets, row).iter().any(|other| other.id == signature.id);
                if found != expected {
                    wrong.push(format!("{}: match {found}, should be {expected}: {line}", signature.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_tag_is_the_id_of_a_signature_that_gives_it() {
    let classifier = Classifier::builtin().unwrap();
    for tag in classifier.tags() {
        assert!(tag.signatures.contains(&tag.name), "{}: {:?}", tag.name, tag.signatures);
    }
}

#[test]
fn every_builtin_signature_names_the_fact_it_rests_on() {
    for signature in builtin::signatures().unwrap() {
        let named = signature.sources.iter().any(|source| source.starts_with('D'));
        assert!(named, "{} has no D number in its sources", signature.id);
    }
}

#[test]
fn a_request_signature_makes_a_udp_packet_a_request_and_a_response_signature_a_response() {
    let mut classifier = Classifier::builtin().unwrap();
    let mut wrong = Vec::new();
    for signature in builtin::signatures().unwrap() {
        let Some(evidence) = signature.evidence else { continue };
        let mut packets = columns_of(&signature.matches).unwrap();
        classifier.classify(&mut packets);
        let expected = match evidence {
            teiten_detect::signature::Evidence::Request => "scan-udp",
            teiten_detect::signature::Evidence::Response => "backscatter-udp",
        };
        for (row, line) in signature.matches.iter().enumerate() {
            if packets.class.get(row) != Some(expected) {
                wrong.push(format!("{}: {:?} {line}", signature.id, packets.class.get(row)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
