//! What shells propose, asked in the shells themselves; and the pages for `man`.

use std::path::Path;
use std::process::{Command, Output};

use crate::program::{line, run};
use crate::scenario::small;

/// A shell in that folder, which finds our program and nothing of the caller's surroundings.
fn shell(program: &str, args: &[&str], folder: &Path) -> Output {
    let own = Path::new(env!("CARGO_BIN_EXE_teiten")).parent().expect("a folder");
    Command::new(program)
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", own.display()))
        .env("HOME", folder)
        .env("LANG", "C.UTF-8")
        // However busy the machine is, the store may answer.
        .env("TEITEN_COMPLETE_MS", "60000")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// Whether something is installed.
fn is_file(path: &Path) -> bool {
    path.try_exists().expect("a folder that can be read")
}

/// What bash proposes for a line, whose last word is being typed.
fn bash(folder: &Path, words: &[&str]) -> Vec<String> {
    // What readline does when a tab is typed: the words, the place, and the function that was registered.
    let script = "source <(teiten completions bash); COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9\n\
        registered=$(complete -p teiten); registered=${registered##*-F }; ${registered%% *} teiten \"${@: -1}\" \"\"\n\
        for word in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$word\"; done";
    let args = [&["--norc", "--noprofile", "-c", script, "bash"], words].concat();
    let ran = shell("bash", &args, folder);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.is_empty(), "{words:?}: {said}");
    String::from_utf8(ran.stdout).expect("text").lines().map(ToString::to_string).collect()
}

#[test]
fn bash_proposes_commands_fields_and_what_the_store_has() {
    let folder = &small().folder;
    for (words, expected) in [
        (&["teiten", "compl"][..], "completions"),
        (&["teiten", "--store", "st", "packets", "-Y", "tcp.dstp"], "tcp.dstport"),
        (&["teiten", "packets", "-Y", "udp && class == \"scan-sy"], "udp && class == \"scan-syn\""),
        (&["teiten", "--store", "st", "top", "ports", "--sensor", "jp"], "jp-01|jp-02"),
        (&["teiten", "--store=st", "top", "ports", "--group", "o"], "overseas"),
        (&["teiten", "--store", "st", "packets", "-Y", "sensor == \"id"], "sensor == \"id-01\""),
        (&["teiten", "--store", "st", "top", "ports", "--period", "2014-07-0"], "2014-07-01|2014-07-02"),
        (&["teiten", "--store", "st", "top", "ports", "--vs", "prev"], "prev|prev-year"),
        (&["teiten", "finding", "explain", "rsdo"], "rsdos"),
        (&["teiten", "tag", "show", "mira"], "mirai"),
        (&["teiten", "top", "por"], "ports"),
        (&["teiten", "-o", "nd"], "ndjson"),
    ] {
        assert_eq!(bash(folder, words).join("|"), expected, "{words:?}");
    }
}

#[test]
fn without_a_store_or_with_a_wrong_configuration_nothing_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(bash(folder.path(), &["teiten", "top", "ports", "--sensor", ""]).is_empty());
    assert!(
        bash(folder.path(), &["teiten", "--store", "/nowhere", "top", "ports", "--group", "j"]).is_empty()
    );
    assert_eq!(bash(folder.path(), &["teiten", "top", "ports", "--period", "now-7"]), ["now-7d"]);
    std::fs::write(folder.path().join("teiten.toml"), "store = 7\nnonsense").expect("a file");
    assert!(bash(folder.path(), &["teiten", "top", "ports", "--sensor", ""]).is_empty());
    std::fs::create_dir(folder.path().join("teiten-store")).expect("a folder");
    std::fs::write(folder.path().join("teiten-store/store.json"), "{").expect("a file");
    assert!(bash(folder.path(), &["teiten", "top", "ports", "--sensor", ""]).is_empty());
    let ran = run(folder.path(), &["completions", "tcsh"]).ends(2);
    assert!(ran.err.contains("write one of bash, zsh, fish, elvish, powershell"), "{}", ran.err);
}

#[test]
fn every_shell_reads_what_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = line(folder.path(), &format!("completions {name}")).well().text();
        assert!(text.contains("TEITEN_COMPLETE") && text.contains("teiten"), "{name}: {text}");
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        // The other shells are asked where they are installed.
        let is_there = ["/bin", "/usr/bin"].iter().any(|place| is_file(&Path::new(place).join(name)));
        if matches!(name, "bash" | "zsh" | "fish") && (is_there || name == "bash") {
            let file = file.display().to_string();
            let ran = shell(name, &["-n", &file], folder.path());
            assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        }
        if name == "fish" && is_there {
            let script = "teiten completions fish | source; complete -C 'teiten packets -Y tcp.dstp'";
            let ran = shell("fish", &["--no-config", "-c", script], folder.path());
            assert!(String::from_utf8_lossy(&ran.stdout).starts_with("tcp.dstport\t"), "{ran:?}");
        }
    }
}

/// Asserts that a text is a page of that name.
fn is_page(text: &str, name: &str) {
    assert!(
        text.contains(&format!(".TH {name} ")) && text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"),
        "{name}: {text}"
    );
}

#[test]
fn there_is_a_page_for_man_about_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    line(folder.path(), "man pages").well();
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("pages"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    for name in [
        "teiten.1",
        "teiten-import.1",
        "teiten-packets.1",
        "teiten-report-site-init.1",
        "teiten-completions.1",
    ] {
        assert!(names.iter().any(|own| own == name), "{name} is not among {names:?}");
    }
    for name in &names {
        let text = std::fs::read_to_string(folder.path().join("pages").join(name)).expect("a page");
        is_page(&text, name.trim_end_matches(".1"));
    }
    let first = line(folder.path(), "man").well().text();
    assert_eq!(first, std::fs::read_to_string(folder.path().join("pages/teiten.1")).expect("a page"));
    assert!(first.contains("定点観測") && first.contains("EXTRA"), "{first}");
    if is_file(Path::new("/usr/bin/man")) {
        let pages: Vec<String> = names.iter().map(|name| format!("pages/{name}")).collect();
        let args: Vec<&str> =
            ["--warnings", "-l"].into_iter().chain(pages.iter().map(String::as_str)).collect();
        let ran = shell("man", &args, folder.path());
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.is_empty(), "{said}");
        assert!(String::from_utf8_lossy(&ran.stdout).contains("--filter"));
    }
}
