//! The figures that a plan is made from: each measured once, or assumed, and where that stands.
//!
//! **Invariant:** a plan uses no number about packets, machines or readers that is not in this list.

/// A number with its unit, what it is, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// Its name, as `teiten plan --figures` prints it.
    pub(crate) name: &'static str,
    /// The number.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What it is.
    pub(crate) doc: &'static str,
    /// Where it was measured, or that it is assumed.
    pub(crate) source: &'static str,
}

macro_rules! figures {
    ($($id:ident = $value:expr, $unit:expr, $doc:expr, $source:expr;)*) => {
        $(#[doc = $doc] pub(crate) const $id: Figure = Figure {
            name: stringify!($id), value: $value, unit: $unit, doc: $doc, source: $source,
        };)*
        /// All of them.
        pub(crate) const FIGURES: &[Figure] = &[$($id),*];
    };
}

figures! {
    PACKETS_PER_ADDRESS_DAY = 6_600.0, "packets/address/day", "what an unused address receives, when nothing else is said",
        "NICTER Observation Report 2024: a packet every 13 seconds";
    PEAK = 3.0, "times the mean", "the busiest hour against the mean", "assumed";
    ROWS_BYTES = 18.29, "bytes/packet", "rows in `packets`, compacted, as all but the last days are",
        "docs/performance.md, Compaction, whole parts";
    ROWS_FRESH_BYTES = 26.29, "bytes/packet", "rows in `packets`, as they are written first",
        "docs/performance.md, Bytes, whole parts";
    ROLLUPS_WIDE_BYTES = 7.2, "bytes/packet", "rollups of a telescope of many addresses",
        "docs/performance.md, Rollups";
    ROLLUPS_NARROW_BYTES = 43.1, "bytes/packet", "rollups of a sensor of a few addresses, imported alone",
        "docs/performance.md, Rollups";
    NARROW_ADDRESSES_MAX = 255.0, "addresses/sensor", "up to here a sensor counts as one of a few addresses",
        "assumed: both kinds of sensors were measured, nothing between";
    FACTS_BYTES = 2.7, "bytes/packet", "facts of days, most of them packed calls",
        "docs/performance.md, Judging a quarter: 136 MB of 49,970,730 packets";
    FRAMES_BYTES = 34.7, "bytes/packet", "frames in zstd, on the line and kept",
        "`teiten simulate scenarios/small.toml`: 818,164 bytes of 23,561 packets";
    COLLECT_NS = 1_310.0, "ns CPU/packet", "from frames to rows and rollups",
        "docs/performance.md, Stages, all";
    FACTS_NS = 1_460.0, "ns CPU/packet", "counting the facts of a day",
        "docs/performance.md, Judging a quarter: 87 s less 14 s for 49,970,730 packets";
    SENSOR_NS = 184.0, "ns CPU/packet", "capturing at a sensor", "docs/performance.md, Capturing";
    COLLECT_MIB = 402.0, "MiB", "peak of an import, whatever its size", "docs/performance.md, Memory";
    FACTS_MIB = 662.0, "MiB", "peak of counting a day and judging a quarter of a hundred sensors",
        "docs/performance.md, Judging a quarter";
    QUESTION_MIB = 1_024.0, "MiB", "the most that the questions of one session take",
        "crates/query/src/session.rs, MEMORY_BYTES_MAX";
    PAGE_MS = 31.0, "ms CPU/page", "a page of the portal, asked before; a build for development",
        "docs/performance.md, The portal";
    PAGE_EVERY_SECS = 20.0, "s", "how often a reader opens a page", "assumed";
    READERS_PER_QUESTION = 10.0, "readers", "readers of which one waits for a question at any time", "assumed";
    LOAD = 0.7, "of a core", "how far a core is filled", "assumed";
    DISK_SPARE = 1.25, "times", "disk for what is replaced, not yet removed, and free", "assumed";
    COLLECT_CORES_MAX = 1.0, "cores", "cores that the rows of one collector fill: they are made on one thread",
        "crates/app/src/collect/sink.rs";
    FACTS_CORES_MAX = 1.4, "cores", "cores that counting the facts of a day fills",
        "docs/performance.md, Judging a quarter: 61 s on the clock for 87 s of CPU";
    MACHINE_CORES_MAX = 64.0, "cores", "cores of one machine", "assumed";
    MACHINE_DISK_TB_MAX = 100.0, "TB", "usable disk of one machine", "assumed";
    LINE_GBIT_MAX = 10.0, "Gbit/s", "line of one machine", "assumed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_source_and_what_is_measured_names_its_place() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for figure in FIGURES {
            assert!(figure.value > 0.0 && !figure.doc.is_empty(), "{}", figure.name);
            let Some((file, rest)) = figure.source.split_once(", ") else { continue };
            if file.ends_with(".md") || file.ends_with(".rs") {
                let text = std::fs::read_to_string(root.join(file)).expect(file);
                let section = rest.split([',', ':']).next().unwrap_or_default();
                assert!(text.contains(section), "{file} has no {section}");
            }
        }
    }
}
