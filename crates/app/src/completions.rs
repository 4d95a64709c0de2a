//! What a shell proposes while a command line is typed: options, words of the filter language, names of the store.
//!
//! The shell calls the program for every proposal, with the line so far behind `--`. Which words an argument can have
//! stands in one list here, by the name of the argument, and not beside each argument.
//!
//! **Invariant:** a proposal never says anything on standard error and never fails: what cannot be read (no store, a
//! wrong configuration) is not proposed.

mod stored;
mod words;

use std::ffi::OsStr;
use std::io::Write;

use anyhow::{Context, Result};
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::args::Arguments;
use crate::exit::Usage;

/// The variable by which a shell asks for proposals; its value is the name of the shell.
const VARIABLE: &str = "TEITEN_COMPLETE";
/// The program, as shells know it.
const PROGRAM: &str = "teiten";
/// The shells that can be asked for.
pub(crate) const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];
/// What zsh needs besides, where it loads the file as a function by itself: the first call is a question already.
const ZSH_FIRST_CALL: &str =
    "if [ \"$funcstack[1]\" = \"_teiten\" ]; then\n    _clap_dynamic_completer_teiten \"$@\"\nfi\n";

/// Answers a shell that asks for proposals; `false` when none does.
pub(crate) fn answered() -> bool {
    let is_asked = std::env::var_os(VARIABLE).is_some_and(|shell| !shell.is_empty());
    let here = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(command).var(VARIABLE).bin(PROGRAM).completer(PROGRAM);
    // A line that cannot be completed has no proposals, which is an answer.
    asked.try_complete(std::env::args_os(), here.as_deref()).unwrap_or(is_asked)
}

/// Prints what a shell reads to ask this program for proposals.
pub(crate) fn print(shell: &str) -> Result<()> {
    let shells = Shells::builtins();
    let Some(completer) = SHELLS.iter().find(|name| **name == shell).and_then(|name| shells.completer(name))
    else {
        return Err(Usage(format!(
            "`{shell}` is no shell that is known: write one of {}",
            SHELLS.join(", ")
        ))
        .into());
    };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .with_context(|| format!("writing completions of {shell}"))?;
    let mut text = String::from_utf8(script).context("completions are text")?.trim().to_string() + "\n";
    if shell == "zsh" {
        text.push_str(ZSH_FIRST_CALL);
    }
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// The command line, each argument with the words that it can have.
fn command() -> Command {
    taught(Arguments::command(), &[])
}

/// Teaches a command, and those below it, what their arguments can be.
fn taught(command: Command, above: &[&str]) -> Command {
    let name = command.get_name().to_string();
    let mut path = above.to_vec();
    path.push(&name);
    let inner = path[1..].join(" ");
    command
        .mut_args(|arg| match proposer(&inner, &arg) {
            Some(Proposer::Words(words)) => {
                arg.add(ArgValueCompleter::new(move |typed: &OsStr| begun(typed, words)))
            }
            Some(Proposer::Filter) => arg.add(ArgValueCompleter::new(filter)),
            Some(Proposer::Hint(hint)) => arg.value_hint(hint),
            None => arg,
        })
        .mut_subcommands(|command| taught(command, &path))
}

/// A word that can be typed, and what it means.
pub(crate) type Word = (String, String);

/// How the values of an argument are proposed.
enum Proposer {
    /// By a list that is filtered by how the word begins; it is told what was typed.
    Words(fn(&str) -> Vec<Word>),
    /// As a filter.
    Filter,
    /// By the shell.
    Hint(ValueHint),
}

/// What proposes the values of an argument of a command; the command is its words without the program.
fn proposer(command: &str, arg: &Arg) -> Option<Proposer> {
    use Proposer::{Filter, Hint, Words};
    let name = arg.get_long().unwrap_or_else(|| arg.get_id().as_str());
    Some(match (command, name) {
        (_, "store") => Hint(ValueHint::DirPath),
        (_, "filter") => Filter,
        (_, "period" | "from" | "to") => Words(stored::periods),
        (_, "vs") => Words(stored::compared),
        ("import", "sensor" | "group") | ("sensor enroll", "name") => return None,
        (_, "sensor") | ("sensor test" | "sensor retire" | "sensor show", "name") => Words(stored::sensors),
        (_, "group") => Words(stored::groups),
        (_, "as") => Words(stored::viewers),
        ("top", "by") => Words(words::rankings),
        ("resolver list", "by") => Words(words::resolver_lists),
        (_, "by") => Words(words::dimensions),
        (_, "metric") => Words(words::metrics),
        (_, "step") => Words(words::steps),
        (_, "output") => Words(words::formats),
        (_, "lang") => Words(words::languages),
        (_, "color") => Words(words::colors),
        (_, "progress") => Words(words::progress),
        (_, "tz") => Words(words::zones),
        (_, "scanners") => Words(words::scanners),
        (_, "home" | "country") => Words(words::countries),
        ("ask", "question") => Words(words::questions),
        ("finding explain" | "campaign explain", "name") => Words(words::detectors),
        ("tag show", "name") => Words(words::tags),
        ("completions", "shell") => Words(words::shells),
        ("data import", "kind") => Words(words::editions),
        (of, "kind") if of.starts_with("report") => Words(words::reports),
        (of, "form") if of.starts_with("report") => Words(words::readers),
        (_, "tlp") => Words(words::labels),
        (of, "role") if of.starts_with("user") => Words(words::roles),
        ("user token", "scope") => Words(words::scopes),
        _ => return None,
    })
}

/// The words of a list that begin as typed.
fn begun(typed: &OsStr, words: fn(&str) -> Vec<Word>) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str().map(unquoted) else { return Vec::new() };
    let fitting = words(typed).into_iter().filter(|(word, _)| word.starts_with(typed));
    fitting.map(|(word, means)| candidate(word, &means)).collect()
}

/// What can follow in a filter; each proposal is the whole filter so far.
fn filter(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str().map(unquoted) else { return Vec::new() };
    let offers = teiten_selection::complete::complete_with(typed, typed.len(), &stored::vocabulary(typed));
    offers
        .into_iter()
        .map(|offer| candidate(format!("{}{}", &typed[..offer.replaced.start], offer.text), &offer.doc))
        .collect()
}

fn candidate(word: String, means: &str) -> CompletionCandidate {
    let means = (!means.is_empty()).then(|| means.to_string().into());
    CompletionCandidate::new(word).help(means)
}

/// The word without the quote that some shells leave before it while it is open.
fn unquoted(typed: &str) -> &str {
    typed.strip_prefix(['\'', '"']).unwrap_or(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(line: &[&str]) -> Vec<String> {
        let args = line.iter().map(|word| (*word).into()).collect();
        let found = clap_complete::engine::complete(&mut command(), args, line.len() - 1, None);
        found.expect("proposals").iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn words_are_proposed_by_what_an_argument_can_be() {
        for (line, expected) in [
            (&["teiten", "comple"][..], "completions"),
            (&["teiten", "top", "count"], "countries"),
            (&["teiten", "trend", "--by", "count"], "country"),
            (&["teiten", "trend", "--step", "w"], "week"),
            (&["teiten", "top", "ports", "--metric", "per"], "per-address"),
            (&["teiten", "-o", "nd"], "ndjson"),
            (&["teiten", "--tz", "Asia/Tok"], "Asia/Tokyo"),
            (&["teiten", "packets", "-Y", "tcp.dstp"], "tcp.dstport"),
            (
                &["teiten", "packets", "-Y", "'tcp.dstport == 23 && class == \"scan-s"],
                "tcp.dstport == 23 && class == \"scan-syn\" tcp.dstport == 23 && class == \"scan-stealth\"",
            ),
            (&["teiten", "packets", "-Y", "tag == \"mira"], "tag == \"mirai\""),
            (&["teiten", "packets", "-Y", "src.country == \"JP"], "src.country == \"JP\""),
            (&["teiten", "packets", "--filter=udp.le"], "--filter=udp.length"),
            (&["teiten", "finding", "explain", "rsd"], "rsdos"),
            (&["teiten", "tag", "show", "mira"], "mirai"),
            (&["teiten", "report", "make", "quart"], "quarterly"),
            (&["teiten", "user", "add", "--role", "ana"], "analyst"),
            (&["teiten", "packets", "-Y", "$"], ""),
        ] {
            assert_eq!(proposed(line).join(" "), expected, "{line:?}");
        }
    }

    #[test]
    fn every_name_in_the_list_is_one_of_an_argument() {
        let mut met = Vec::new();
        collect(&Arguments::command(), "", &mut met);
        for name in
            ["period", "vs", "sensor", "group", "as", "by", "metric", "step", "scanners", "tlp", "form"]
        {
            assert!(met.iter().any(|(_, arg)| arg == name), "no argument is called {name}");
        }
        for command in ["resolver list", "ask", "finding explain", "tag show", "data import", "user token"] {
            assert!(met.iter().any(|(of, _)| of == command), "no command is called {command}");
        }
    }

    fn collect(command: &Command, path: &str, met: &mut Vec<(String, String)>) {
        for arg in command.get_arguments() {
            met.push((path.to_string(), arg.get_long().unwrap_or_else(|| arg.get_id().as_str()).to_string()));
        }
        for inner in command.get_subcommands() {
            collect(inner, format!("{path} {}", inner.get_name()).trim(), met);
        }
    }
}
