//! A drawing of a page as a file of its own: SVG in both themes, PNG in the colours of paper.
//!
//! A drawing has no address but that of its page: the page is drawn as always, what it draws is kept aside, and the
//! one that is asked for is answered in place of the page. So a file shows what its page shows, to whoever may see
//! the page.
//!
//! **Invariant:** a file carries its selection, what must be said of its packets, and how far it may travel.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use teiten_report::chart::{Chart, Dress, Labels, Size};
use teiten_report::words::Words as ReportWords;

use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::view::frame::{self, Synthetic};

/// Formats: the word in addresses and the word for readers.
pub(crate) const FORMATS: [(&str, &str); 2] = [("svg", "SVG"), ("png", "PNG")];
/// Drawings of one page that are kept aside.
const PICTURES_MAX: usize = 50;

/// A drawing that was kept aside.
pub(crate) struct Picture {
    id: &'static str,
    /// The drawing as the wanted format needs it.
    svg: String,
}

/// The format that an address wants a drawing in.
fn format(desk: &Desk) -> Option<&'static str> {
    let wanted = desk.look.format.as_deref()?;
    FORMATS.iter().find(|(format, _)| *format == wanted).map(|(format, _)| *format)
}

/// The address of a drawing of the page that is read.
pub(crate) fn address(desk: &Desk, id: &str, format: &str) -> String {
    let here = &desk.reader.here;
    let joint = if here.contains('?') { '&' } else { '?' };
    format!("{here}{joint}chart={id}&format={format}")
}

/// Keeps a drawing aside when a file is wanted and it may be this one.
pub(crate) fn take(desk: &Desk, id: &'static str, caption: &str, chart: &Chart, words: &ReportWords) {
    let Some(format) = format(desk) else { return };
    let is_wanted = desk.look.chart.as_deref().is_none_or(|wanted| wanted == id);
    let mut pictures = desk.pictures.borrow_mut();
    if !is_wanted || pictures.len() >= PICTURES_MAX {
        return;
    }
    let title = match desk.look.filter() {
        "" => caption.to_string(),
        filter => format!("{caption} ({filter})"),
    };
    // Whether packets were made up is asked by the page, too, and a fault is told there.
    let is_synthetic = frame::synthetic(desk).is_ok_and(|made_up| made_up != Synthetic::None);
    let tlp = desk.tlp().to_string();
    let mark: Vec<String> =
        is_synthetic.then(|| words.text("synthetic-word")).into_iter().chain([tlp]).collect();
    let (alt, mark) = (chart.alt(words), mark.join(" / "));
    let labels = Labels { id, title: &title, alt: &alt, mark: &mark, language: desk.reader.language };
    let dress = if format == "png" { Dress::Paper } else { Dress::Standalone };
    // Addresses of this portal mean nothing in a file.
    let svg = match chart {
        Chart::Map(map) => {
            let mut map = map.clone();
            map.areas.iter_mut().for_each(|area| area.href.clear());
            Chart::Map(map).draw(labels, Size::Wide, dress)
        }
        chart => chart.draw(labels, Size::Wide, dress),
    };
    pictures.push(Picture { id, svg });
}

/// The drawing that the address wants in place of its page; `None` when it wants the page.
pub(crate) fn wanted(desk: &Desk) -> Result<Option<Response>, Fault> {
    let Some(format) = format(desk) else { return Ok(None) };
    let pictures = desk.pictures.borrow();
    let picture = pictures.first().ok_or_else(|| {
        Fault::missing("this page has no such drawing: open it without `format` to see what it has")
    })?;
    let (kind, content) = match format {
        "png" => {
            let fonts = desk.portal.fonts().map_err(|said| Fault::new(Kind::Missing, said))?;
            let painted =
                teiten_report_pdf::paint(&picture.svg, picture.id, desk.reader.language.code(), fonts);
            ("image/png", painted.map_err(|error| Fault::internal(&error))?)
        }
        _ => ("image/svg+xml; charset=utf-8", picture.svg.clone().into_bytes()),
    };
    // Shown by itself it would stand under the policy of pages, which forbids its style: it is a file to keep.
    let name = format!("attachment; filename=\"teiten-{}.{format}\"", picture.id);
    let name = HeaderValue::try_from(name).map_err(|error| Fault::internal(&error))?;
    let mut response = (StatusCode::OK, content).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(frame::TLP_HEADER, HeaderValue::from_static(desk.tlp()));
    Ok(Some(response))
}
