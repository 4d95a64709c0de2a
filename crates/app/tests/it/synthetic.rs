//! What is synthetic says so, wherever it goes: captures by themselves, answers, exports, reports.

use std::path::Path;

use crate::program::{Ran, line, rows};
use crate::scenario::{ask, small};

/// The kinds of a store's inputs.
fn kinds(folder: &Path) -> Vec<String> {
    let listed = line(folder, "--store st query 'SELECT DISTINCT kind FROM inputs ORDER BY 1' -o csv").well();
    rows(&listed).into_iter().map(|row| row[0].clone()).collect()
}

fn is_told(ran: Ran, text: &str) {
    assert!(ran.synthetic.contains(text), "`{text}` in: {}", ran.synthetic);
}

#[test]
fn a_capture_says_so_itself_wherever_it_lies() {
    let folder = tempfile::tempdir().expect("a folder");
    let sim = small().folder.join("sim");
    // Away from the mark beside it, under a name that says nothing.
    let alone = folder.path().join("alone.bin");
    std::fs::copy(sim.join("jp-01/2014-06-29.pcapng.zst"), &alone).expect("a copy");
    is_told(line(folder.path(), "top ports -r alone.bin").well(), "synthetic packets are among those read");
    is_told(line(folder.path(), "packets -r alone.bin -c 1").well(), "synthetic");
    let taken = line(folder.path(), "import alone.bin --sensor a --store st").well();
    is_told(taken, "synthetic packets are among those stored");
    assert_eq!(kinds(folder.path()), ["synthetic"]);
    is_told(line(folder.path(), "--store st top ports").well(), "every packet of this store is synthetic");
    is_told(line(folder.path(), "--store st query 'SELECT 1'").well(), "synthetic");
    assert!(line(folder.path(), "--store st top ports -q").well().synthetic.is_empty(), "but for the quiet");
}

#[test]
fn an_export_carries_the_mark_on_and_a_pcap_cannot() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |name: &str| folder.path().join(name).display().to_string();
    ask(&format!("packets -Y 'tcp.dstport == 6379' -w {}", name("out.pcapng"))).well();
    is_told(line(folder.path(), "top ports -r out.pcapng").well(), "synthetic");
    line(folder.path(), "import out.pcapng --sensor a --store st").well();
    assert_eq!(kinds(folder.path()), ["synthetic"]);
    ask(&format!("packets -Y 'tcp.dstport == 6379' --publish -w {}", name("public.pcapng"))).well();
    is_told(line(folder.path(), "top ports -r public.pcapng").well(), "synthetic");
    let first = "packets -Y 'tcp.dstport == 6379' --sensor jp-02 --period 2014-06-30 -c 1";
    let classic = ask(&format!("{first} -w {}", name("out.pcap"))).well();
    is_told(classic, "a pcap file cannot say that its packets are synthetic");
}

#[test]
fn a_mixture_is_told_by_its_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = small().folder.join("sim/jp-01/2014-06-29.pcapng.zst").display().to_string();
    crate::captures::write(folder.path(), "real.pcap", &crate::captures::pcap(5));
    line(folder.path(), &format!("import real.pcap {capture} --sensor a --store st")).well();
    assert_eq!(kinds(folder.path()), ["capture", "synthetic"]);
    is_told(line(folder.path(), "--store st top ports").well(), "1 of 2 inputs of this store are synthetic");
}

#[test]
fn everything_a_simulation_writes_says_so() {
    let sim = small().folder.join("sim");
    for name in ["SYNTHETIC.txt", "sensors.toml", "truth.json", "countries.csv", "as.csv"] {
        let text = std::fs::read_to_string(sim.join(name)).expect("a file");
        let head: String = text.chars().take(300).collect();
        let is_field = text.contains("\"synthetic\":true");
        assert!(is_field || head.to_lowercase().contains("synthetic"), "{name}: {head}");
    }
}

#[test]
fn every_page_of_a_report_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("r");
    ask(&format!(
        "report make --period 2014Q2 --region JP --issued 2014-07-01 --lang ja,en -w {}",
        out.display()
    ))
    .well();
    for (file, word) in [
        ("en/index.html", "synthetic"),
        ("en/report.md", "synthetic"),
        ("en/report.json", "synthetic"),
        ("ja/index.html", "合成データ"),
        ("ja/report.md", "合成データ"),
        ("ja/report.json", "合成データ"),
    ] {
        let text = std::fs::read_to_string(out.join(file)).expect("a page").to_lowercase();
        assert!(text.contains(word), "{file}");
    }
}
