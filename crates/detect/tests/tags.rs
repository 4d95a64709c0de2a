//! The list of tags, as a golden: a tag that goes or changes its name is a change of every store.

use std::fmt::Write;

use expect_test::expect_file;
use teiten_detect::category::Category;
use teiten_detect::classifier::Classifier;
use teiten_detect::signature::Evidence;

#[test]
fn the_list_of_tags_is_the_known_one() {
    let mut list = String::new();
    for tag in Classifier::builtin().unwrap().tags() {
        let (category, signatures) = (tag.category.name(), tag.signatures.join(" "));
        writeln!(list, "{}\t{category}\t{}\t{}\t{signatures}", tag.name, tag.title, tag.title_ja).unwrap();
    }
    expect_file!["golden/tags.tsv"].assert_eq(&list);
}

#[test]
fn every_signature_of_ours_says_its_category_and_answers_are_told_from_requests() {
    for signature in teiten_detect::builtin::signatures().unwrap() {
        assert_ne!(signature.category, Category::Other, "{}", signature.id);
        let is_answer = signature.evidence == Some(Evidence::Response);
        assert_eq!(signature.category == Category::Response, is_answer, "{}", signature.id);
    }
}
