//! What goes wrong around a bucket: each error says what, on which URL, and what to do, and comes promptly.

use std::time::{Duration, Instant};

use crate::server::{BUCKET, Server, free_port};

/// A server that is away is given up after so long.
const PROMPT: Duration = Duration::from_secs(20);

pub(crate) fn are_told(server: &Server) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path();
    let said = |line: &str, changes: &[(&str, Option<&str>)], status: i32, parts: &[&str]| {
        let mut command = server.command(folder);
        for (name, value) in changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let begun = Instant::now();
        let ran = crate::program::Ran::from(
            command.args(crate::program::words(line)).output().expect("the program starts"),
        );
        assert!(begun.elapsed() < PROMPT, "{line} took {:?}", begun.elapsed());
        let ran = ran.ends(status);
        for part in parts {
            assert!(ran.err.contains(part), "`{part}` is not in: {}", ran.err);
        }
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    };
    let top = format!("--store s3://{BUCKET}/st top ports");
    said(&top, &[], 1, &[&format!("no store at s3://{BUCKET}/st"), "teiten import"]);
    let url = server.url();
    said("--store s3://absent/st top ports", &[], 1, &["NoSuchBucket", &url, "make the bucket"]);
    let none = [("AWS_ACCESS_KEY_ID", None), ("AWS_SECRET_ACCESS_KEY", None)];
    said(&top, &none, 2, &[&format!("s3://{BUCKET}/st"), "no credentials", "AWS_ACCESS_KEY_ID"]);
    let half = [("AWS_SECRET_ACCESS_KEY", None)];
    said(&top, &half, 2, &[&format!("s3://{BUCKET}/st"), "SecretAccessKey"]);
    let plain = [("AWS_ALLOW_HTTP", None)];
    said(&top, &plain, 1, &[&url, "AWS_ALLOW_HTTP=true"]);
    let away = format!("http://127.0.0.1:{}", free_port());
    let elsewhere = [("AWS_ENDPOINT_URL", Some(away.as_str()))];
    said(&top, &elsewhere, 1, &[&away, "Connection refused", "AWS_ENDPOINT_URL"]);
    let unconditional = [("AWS_CONDITIONAL_PUT", Some("disabled"))];
    let scenario = "../../scenarios/small.toml";
    let scenario = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    server.line(folder, &format!("simulate {} --out sim", scenario.display())).well();
    let import = format!("--store s3://{BUCKET}/st import sim -q");
    said(&import, &unconditional, 1, &["conditional puts", "AWS_CONDITIONAL_PUT"]);
    said("--store s3://bucket/../x top ports", &[], 2, &["s3://bucket/prefix"]);
    said("--store gs://bucket/x top ports", &[], 2, &["`gs:`", "s3://bucket/prefix"]);
    // What is no store is not made one.
    assert_eq!(server.put(&format!("/{BUCKET}/full/x"), "", b"x"), 200);
    let import = format!("--store s3://{BUCKET}/full import sim -q");
    said(&import, &[], 2, &[&format!("s3://{BUCKET}/full"), "it is not empty and not a store"]);
}
