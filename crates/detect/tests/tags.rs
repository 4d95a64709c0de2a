//! The list of tags, as a golden: a tag that goes or changes its name is a change of every store.

use std::fmt::Write;

use expect_test::expect_file;
use teiten_detect::classifier::Classifier;

#[test]
fn the_list_of_tags_is_the_known_one() {
    let mut list = String::new();
    for tag in Classifier::builtin().unwrap().tags() {
        writeln!(list, "{}\t{}\t{}\t{}", tag.name, tag.title, tag.title_ja, tag.signatures.join(" "))
            .unwrap();
    }
    expect_file!["golden/tags.tsv"].assert_eq(&list);
}
