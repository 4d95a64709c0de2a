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
    std::fs::create_dir(at("built/with-cluster")).expect("a folder");
    // What is packed is not the matter here: programs are a line of shell. `teiten` is asked for its pages.
    let own = format!("exec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_teiten"));
    let programs = [
        ("teiten", own.as_str()),
        ("with-cluster/teiten", &own),
        ("teiten-sensor", ""),
        ("teiten-cluster", ""),
        ("teiten-nats", ""),
    ];
    for (program, does) in programs {
        let path = at(&format!("built/{program}"));
        std::fs::write(&path, format!("#!/bin/sh\n{does}")).expect("a program");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let script = root().join("scripts/deb.sh").display().to_string();
    let (out, built) = (at("out"), at("built"));
    let usual = said(&script, &[&out, &built]);
    let more = said(&script, &[&out, &built, "teiten-with-cluster", "teiten-cluster", "teiten-nats"]);
    let mut listed = String::new();
    for package in usual.lines().chain(more.lines()) {
        let name = said("dpkg-deb", &["-f", package, "Package"]).trim().to_string();
        let open = at(&format!("{name}-open"));
        listed.push_str(&format!("{name}\n"));
        let mut pages = 0;
        for row in said("dpkg-deb", &["-c", package]).lines().filter(|row| !row.ends_with('/')) {
            let words: Vec<&str> = row.split_whitespace().collect();
            // Of the pages for man the first one stands for all.
            match words[5].strip_prefix("./usr/share/man/man1/teiten-") {
                Some(_) => pages += 1,
                None => listed.push_str(&format!("{} {}\n", words[0], words[5])),
            }
        }
        assert_eq!(pages > 50, ["teiten", "teiten-with-cluster"].contains(&name.as_str()), "{pages} pages");
        said("dpkg-deb", &["-R", package, &open]);
        let kept = std::fs::read_to_string(format!("{open}/DEBIAN/conffiles"))
            .unwrap_or_else(|_| "nothing".to_string());
        listed.push_str(&format!("kept on an upgrade: {}\n", kept.trim_end()));
        for script in ["postinst", "prerm"] {
            said("sh", &["-n", &format!("{open}/DEBIAN/{script}")]);
        }
    }
    expect_test::expect![[r#"
        teiten
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
        teiten-sensor
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
        teiten-with-cluster
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
        teiten-cluster
        -rw------- ./etc/teiten-cluster/worker.env
        -rwxr-xr-x ./usr/bin/teiten-cluster
        -rw-r--r-- ./usr/lib/systemd/system/teiten-cluster-worker.service
        -rw-r--r-- ./usr/share/bash-completion/completions/teiten-cluster
        -rw-r--r-- ./usr/share/doc/teiten-cluster/bucket.md
        -rw-r--r-- ./usr/share/doc/teiten-cluster/cluster.md
        -rw-r--r-- ./usr/share/doc/teiten-cluster/copyright
        -rw-r--r-- ./usr/share/doc/teiten-cluster/teiten-failed@.service
        -rw-r--r-- ./usr/share/fish/vendor_completions.d/teiten-cluster.fish
        -rw-r--r-- ./usr/share/man/man8/teiten-cluster-check.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-cluster-keys.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-cluster-worker.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-cluster.8.gz
        -rw-r--r-- ./usr/share/zsh/vendor-completions/_teiten-cluster
        kept on an upgrade: /etc/teiten-cluster/worker.env
        teiten-nats
        -rwxr-xr-x ./usr/bin/teiten-nats
        -rw-r--r-- ./usr/lib/systemd/system/teiten-nats-bridge.service
        -rw-r--r-- ./usr/lib/systemd/system/teiten-nats-relay.service
        -rw-r--r-- ./usr/share/bash-completion/completions/teiten-nats
        -rw-r--r-- ./usr/share/doc/teiten-nats/bridge.toml
        -rw-r--r-- ./usr/share/doc/teiten-nats/copyright
        -rw-r--r-- ./usr/share/doc/teiten-nats/nats.md
        -rw-r--r-- ./usr/share/doc/teiten-nats/relay.toml
        -rw-r--r-- ./usr/share/doc/teiten-nats/teiten-failed@.service
        -rw-r--r-- ./usr/share/fish/vendor_completions.d/teiten-nats.fish
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-bridge.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-check.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-enroll.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-invite.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-relay.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats-retire.8.gz
        -rw-r--r-- ./usr/share/man/man8/teiten-nats.8.gz
        -rw-r--r-- ./usr/share/zsh/vendor-completions/_teiten-nats
        kept on an upgrade: nothing
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
