//! Style and scripts, compiled in, under names that change with their content.
//!
//! The colours of charts are the report's; here they are put under the theme that a reader chose, too.
//!
//! **Invariant:** a name means one content for ever, so browsers may keep it.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_report::html::CHART_STYLE_SHEET;

use crate::fault::Fault;

/// What the browser may keep: for a year, without asking.
const KEPT: &str = "public, max-age=31536000, immutable";
/// Digits of a hash in a name.
const HASH_DIGITS: usize = 12;

/// Files that were built from `web`; empty where they were not built.
const ISLANDS_SCRIPT: &str = include_str!("../assets/islands.js");
const ISLANDS_STYLE: &str = include_str!("../assets/islands.css");

/// A file under a name of its own.
pub(crate) struct Asset {
    /// Its address.
    pub(crate) path: String,
    content: Vec<u8>,
    kind: &'static str,
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("teiten", "css", "text/css; charset=utf-8", sheet().into_bytes()));
static SCRIPT: LazyLock<Option<Asset>> = LazyLock::new(|| {
    let built = Some(ISLANDS_SCRIPT).filter(|script| !script.is_empty())?;
    Some(Asset::new("islands", "js", "text/javascript; charset=utf-8", built.as_bytes().to_vec()))
});

/// The style sheet.
pub(crate) fn style() -> &'static Asset {
    &STYLE
}

/// The script of the islands; `None` when it was not built.
pub(crate) fn script() -> Option<&'static Asset> {
    SCRIPT.as_ref()
}

impl Asset {
    fn new(name: &str, ending: &str, kind: &'static str, content: Vec<u8>) -> Asset {
        let hash = hex(&Sha256::digest(&content));
        Asset { path: format!("/assets/{name}-{}.{ending}", &hash[..HASH_DIGITS]), content, kind }
    }
}

/// Serves a file.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let path = format!("/assets/{name}");
    let found = [Some(style()), script()].into_iter().flatten().find(|asset| asset.path == path);
    match found {
        Some(asset) => {
            ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, KEPT)], asset.content.clone()).into_response()
        }
        None => Fault::missing("this file is of another version of the portal: load the page again")
            .into_response(),
    }
}

/// The style sheet of pages, with the report's chart colours under both themes.
fn sheet() -> String {
    let (light, dark) = chart_colours(CHART_STYLE_SHEET);
    format!(
        "{CHART_STYLE_SHEET}\n@media screen{{:root[data-theme=light]{{{light}}}:root[data-theme=dark]{{{dark}}}}}\n{ISLANDS_STYLE}\n{}",
        include_str!("../assets/portal.css")
    )
}

/// The colours of the light and of the dark theme in a chart's style sheet.
fn chart_colours(sheet: &str) -> (&str, &str) {
    let block = |opening: &str| {
        let (_, rest) = sheet.split_once(opening)?;
        rest.split_once('}').map(|(colours, _)| colours)
    };
    let dark = block("@media screen and (prefers-color-scheme:dark){:root{");
    (block(":root{").unwrap_or_default(), dark.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_have_the_same_colours_by_name() {
        let names = |colours: &str| {
            let names = colours.split(';').filter_map(|part| part.split_once(':'));
            names.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
        };
        let (light, dark) = chart_colours(CHART_STYLE_SHEET);
        assert!(light.contains("--ink:#1a1a1a") && dark.contains("--ink:#f0f0f0"), "{light} {dark}");
        assert_eq!(names(light), names(dark));
    }

    /// Largest bundle of scripts and styles, compressed as browsers get it, in bytes.
    const BUNDLE_BYTES_MAX: usize = 130_000;

    /// Files of `web` that the bundle is made from, by name.
    const SOURCES: [&str; 4] = ["package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"];

    #[test]
    fn the_bundle_is_that_of_its_sources() {
        let web = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        let own = std::fs::read_dir(web.join("src")).expect("the sources");
        let own = own.map(|entry| format!("src/{}", entry.expect("an entry").file_name().to_string_lossy()));
        let mut files: Vec<String> = SOURCES.iter().map(ToString::to_string).chain(own).collect();
        files.sort();
        let mut hasher = Sha256::new();
        for file in &files {
            hasher.update(format!("{file}\n"));
            hasher.update(std::fs::read(web.join(file)).expect("a source"));
        }
        let built = script().expect("the bundle is in the repository");
        let first = String::from_utf8_lossy(&built.content).lines().next().unwrap_or_default().to_string();
        let wanted = hex(&hasher.finalize());
        assert!(first.contains(&wanted), "web/ was changed and not built: run `make web`\n{first}\n{wanted}");
    }

    #[test]
    fn the_bundle_is_small() {
        use std::io::Write;
        let mut bytes = 0;
        for content in [&style().content, &script().expect("a bundle").content] {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(content).expect("memory takes it");
            bytes += packed.finish().expect("memory takes it").len();
        }
        assert!(bytes < BUNDLE_BYTES_MAX, "{bytes}");
    }

    #[test]
    fn a_name_hangs_on_the_content() {
        let of = |content: &[u8]| Asset::new("a", "css", "text/css", content.to_vec()).path;
        assert_eq!(of(b"x"), of(b"x"));
        assert_ne!(of(b"x"), of(b"y"));
    }
}
