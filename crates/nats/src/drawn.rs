//! Pages for `man` and completions of `teiten-nats`, drawn from its arguments into `packaging/nats`.
//!
//! They are drawn here and not by the program, which carries nothing for it: `UPDATE_EXPECT=1 cargo test -p teiten-nats`
//! draws them again.
//!
//! **Invariant:** the files are those of the arguments as they are.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::aot::{Shell, generate};
use clap_mangen::Man;

use crate::Arguments;

/// Relay and bridge are services of their machines.
const SECTION: &str = "8";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/nats").join(name)
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
        generate(shell, &mut Arguments::command(), "teiten-nats", &mut bytes);
        check(&format!("completions/teiten-nats.{name}"), &bytes);
    }
}
