//! The Debian packages and the configuration that they bring.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{line, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

fn said(program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn packages_hold_programs_units_and_configurations_that_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::create_dir(at("built")).expect("a folder");
    // What is packed is not the matter here: both programs are a line of shell. One is asked for its pages.
    let own = format!("exec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_teiten"));
    for (program, does) in [("teiten", own.as_str()), ("teiten-sensor", "")] {
        let path = at(&format!("built/{program}"));
        std::fs::write(&path, format!("#!/bin/sh\n{does}")).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let script = root().join("scripts/deb.sh").display().to_string();
    let packages = said(&script, &[&at("out"), &at("built")]);
    let mut listed = String::new();
    for package in packages.lines() {
        let mut pages = 0;
        for row in said("dpkg-deb", &["-c", package]).lines().filter(|row| !row.ends_with('/')) {
            let words: Vec<&str> = row.split_whitespace().collect();
            // Of the pages for man the first one stands for all.
            match words[5].strip_prefix("./usr/share/man/man1/teiten-") {
                Some(_) => pages += 1,
                None => listed.push_str(&format!("{} {}\n", words[0], words[5])),
            }
        }
        assert!(package.contains("sensor") || pages > 50, "{pages} pages");
        said("dpkg-deb", &["-R", package, &at(&format!("{}-open", package.contains("sensor")))]);
        let kept =
            std::fs::read_to_string(at(&format!("{}-open/DEBIAN/conffiles", package.contains("sensor"))));
        listed.push_str(&format!("kept on an upgrade: {}", kept.expect("the list")));
        for script in ["postinst", "prerm"] {
            said("sh", &["-n", &at(&format!("{}-open/DEBIAN/{script}", package.contains("sensor")))]);
        }
    }
    expect_test::expect![[r#"
        -rw-r--r-- ./etc/teiten/teiten.toml
        -rwxr-xr-x ./usr/bin/teiten
        -rw-r--r-- ./usr/lib/systemd/system/teiten-collect.service
        -rw-r--r-- ./usr/share/bash-completion/completions/teiten
        -rw-r--r-- ./usr/share/doc/teiten/collector.md
        -rw-r--r-- ./usr/share/doc/teiten/copyright
        -rw-r--r-- ./usr/share/doc/teiten/live.md
        -rw-r--r-- ./usr/share/doc/teiten/teiten-failed@.service
        -rw-r--r-- ./usr/share/fish/vendor_completions.d/teiten.fish
        -rw-r--r-- ./usr/share/man/man1/teiten.1.gz
        -rw-r--r-- ./usr/share/zsh/vendor-completions/_teiten
        kept on an upgrade: /etc/teiten/teiten.toml
        -rw-r----- ./etc/teiten-sensor/sensor.toml
        -rwxr-xr-x ./usr/bin/teiten-sensor
        -rw-r--r-- ./usr/lib/systemd/system/teiten-sensor.service
        -rw-r--r-- ./usr/share/bash-completion/completions/teiten-sensor
        -rw-r--r-- ./usr/share/doc/teiten-sensor/copyright
        -rw-r--r-- ./usr/share/doc/teiten-sensor/sensor.md
        -rw-r--r-- ./usr/share/doc/teiten-sensor/teiten-failed@.service
        -rw-r--r-- ./usr/share/fish/vendor_completions.d/teiten-sensor.fish
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor-enroll.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor-filter.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor-run.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor-status.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor-test.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-sensor.8.gz
        -rw-r--r-- ./usr/share/zsh/vendor-completions/_teiten-sensor
        kept on an upgrade: /etc/teiten-sensor/sensor.toml
    "#]]
    .assert_eq(&listed);
}

#[test]
fn the_configuration_of_the_collector_is_one_and_says_what_holds_anyway() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(root().join("packaging/collect.toml")).expect("the example");
    std::fs::write(folder.path().join("teiten.toml"), text).expect("a configuration");
    let shown = line(folder.path(), "config show").well().text();
    let collect = shown.split_once("[collect]").expect("its part").1;
    let collect = collect.split_once("\n[").map_or(collect, |(own, _)| own);
    assert!(!collect.contains("# default"), "every key stands in the example: {collect}");
    let bare = tempfile::tempdir().expect("a folder");
    let defaults = run(bare.path(), &["config", "show"]).well().text();
    for key in ["listen", "operations", "group_seconds", "group_mib", "held_mib"] {
        let of = |text: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).expect("a key");
            line.split("  #").next().expect("a value").to_string()
        };
        assert_eq!(of(collect), of(&defaults));
    }
}
