//! Pages for `man` and completions of a program that serves its machine, drawn from its arguments into `packaging/`.
//!
//! They are drawn here and not by the program, so that what runs with rights on a sensor carries nothing for it. The
//! package installs the files; `UPDATE_EXPECT=1 cargo test -p teiten-sensor` draws them again. `teiten-nats` and
//! `teiten-cluster` have this file, too.
//!
//! **Invariant:** the files are those of the arguments as they are.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::aot::{Shell, generate};
use clap_mangen::Man;

use crate::{Arguments, PACKAGING};

/// Services of a machine; section 1 has a page of `teiten sensor` by the name of the program.
const SECTION: &str = "8";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PACKAGING).join(name)
}

fn check(name: &str, drawn: &[u8]) {
    expect_test::expect_file![file(name)].assert_eq(&String::from_utf8_lossy(drawn));
}

fn pages(command: &Command) {
    let page = Man::new(command.clone()).section(SECTION).manual("teiten");
    let page = page.source(concat!("teiten ", env!("CARGO_PKG_VERSION")));
    let mut bytes = Vec::new();
    page.render(&mut bytes).expect("a page");
    check(&format!("man/{}", page.get_filename()), &bytes);
    command.get_subcommands().for_each(pages);
}

#[test]
fn pages_for_man_say_what_the_arguments_are() {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    pages(&command);
}

#[test]
fn completions_know_what_the_arguments_are() {
    for (shell, name) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
        let mut bytes = Vec::new();
        let mut command = Arguments::command();
        let program = command.get_name().to_string();
        generate(shell, &mut command, &program, &mut bytes);
        check(&format!("completions/{program}.{name}"), &bytes);
    }
}
