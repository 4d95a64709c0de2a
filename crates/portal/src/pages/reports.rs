//! Reports: the library of what was published, opened as it was published.
//!
//! **Invariant:** a file is served only from inside the site's folder, and only a regular one.

use std::path::{Component, Path, PathBuf};

use askama::Template;
use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use teiten_report::archive::edition::{Format, Page};
use teiten_report::archive::site::Site;
use teiten_report::words::Language;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::pages::{drafts, drawn};
use crate::view::frame::Frame;

/// Largest file of a report that is served, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 30;

#[derive(Template)]
#[template(path = "reports.html")]
struct Library {
    frame: Frame,
    drafts: Option<drafts::Desk>,
    editions: Vec<Listed>,
}

struct Listed {
    title: String,
    href: String,
    published: String,
    number: u32,
    pages: Vec<(String, String, String)>,
    files: Vec<(String, String)>,
}

/// The page.
pub(crate) fn page(desk: &Desk) -> Result<String, Fault> {
    let mut editions = Vec::new();
    if let Some(folder) = &desk.portal.settings.site {
        let site = Site::open(folder)?;
        let mut found = site.editions()?;
        found.reverse();
        for edition in found {
            let base = format!("/reports/{}/{}", edition.kind, edition.name);
            let own = edition.page(desk.reader.language);
            let address = |path: &str| format!("{base}/{path}");
            let pages = edition.pages.iter().filter_map(|page| {
                let own = Language::ALL.into_iter().find(|language| language.code() == page.language);
                let text = own.map_or(page.language.clone(), |own| own.own_name().to_string());
                Some((page.language.clone(), text, address(&html(page)?.path)))
            });
            let others = edition.pages.iter().flat_map(|page| {
                let others = page.formats.iter().filter(|format| format.name != "HTML");
                others.map(|format| (format!("{} ({})", format.name, page.language), address(&format.path)))
            });
            editions.push(Listed {
                href: own.and_then(html).map_or_else(String::new, |format| address(&format.path)),
                title: own.map_or_else(String::new, |page| page.title.clone()),
                published: edition.issued.to_string(),
                number: edition.number,
                pages: pages.collect(),
                files: others.collect(),
            });
        }
    }
    let frame = Frame::new(desk, "reports", desk.words().t("nav-reports"))?;
    let drafts = drafts::desk(&desk.portal, &desk.reader, desk.now.0)?;
    drawn(&Library { frame, drafts, editions })
}

/// A file of the site.
pub(crate) async fn file(site: &Path, path: &str) -> Result<Response, Fault> {
    let missing = || Fault::missing(format!("the reports have no file `{path}`: /reports lists them"));
    let relative = PathBuf::from(path);
    if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(missing());
    }
    let whole = site.join(&relative);
    let inside = tokio::fs::canonicalize(&whole).await.map_err(|_| missing())?;
    let root = tokio::fs::canonicalize(site).await.map_err(|error| Fault::internal(&error))?;
    if !inside.starts_with(&root) {
        return Err(missing());
    }
    let mut inside = inside;
    let mut found = tokio::fs::metadata(&inside).await.map_err(|_| missing())?;
    if found.is_dir() {
        inside = inside.join("index.html");
        found = tokio::fs::metadata(&inside).await.map_err(|_| missing())?;
    }
    if !found.is_file() || found.len() > FILE_BYTES_MAX {
        return Err(missing());
    }
    let file = tokio::fs::File::open(&inside).await.map_err(|_| missing())?;
    let body = Body::from_stream(crate::api::body::chunks(file));
    Response::builder()
        .header(CONTENT_TYPE, kind(&inside))
        .header(CONTENT_LENGTH, found.len())
        .body(body)
        .map_err(|error| Fault::internal(&error))
}

/// The media type of a file by its ending.
pub(crate) fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("pdf") => "application/pdf",
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("xml") => "application/atom+xml; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Where a report can be read in the browser.
fn html(page: &Page) -> Option<&Format> {
    page.formats.iter().find(|format| format.name == "HTML")
}
