//! The page that says what went wrong, where in the filter, and lets it be written again.

use askama::Template;

use crate::fault::Fault;
use crate::look::Look;
use crate::reader::Reader;
use crate::view::frame::Frame;

/// The page.
#[derive(Template)]
#[template(path = "fault.html")]
pub(crate) struct FaultPage {
    frame: Frame,
    fault: Fault,
    /// The filter before the place, the place, and after it.
    marked: (String, String, String),
    is_selection: bool,
    path: String,
    rest: Vec<(&'static str, String)>,
}

impl FaultPage {
    /// The page of a fault that happened at a path.
    pub(crate) fn new(reader: Reader, look: Look, path: &str, fault: Fault) -> FaultPage {
        let title = crate::words::of(reader.language).t(&format!("fault-{}", fault.kind.word()));
        let marked = fault.span.map_or_else(Default::default, |span| marked(look.filter(), span));
        let is_selection = matches!(path, "/" | "/explore" | "/packets");
        let rest = look.pairs().into_iter().filter(|(name, _)| *name != "f").collect();
        FaultPage {
            frame: Frame::bare(reader, look, title),
            fault,
            marked,
            is_selection,
            path: path.to_string(),
            rest,
        }
    }
}

/// The text in three parts; a place that is not on letters is widened to them.
fn marked(text: &str, (start, end): (usize, usize)) -> (String, String, String) {
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (start, end) = (floor(start), floor(end.max(start)));
    (text[..start].to_string(), text[start..end].to_string(), text[end..].to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_whatever_stands_there() {
        let told = |text, span| {
            let (before, at, after) = marked(text, span);
            format!("{before}[{at}]{after}")
        };
        assert_eq!(told("tcp.dsport == 1", (0, 10)), "[tcp.dsport] == 1");
        assert_eq!(told("中 == 1", (1, 2)), "[]中 == 1");
        assert_eq!(told("a", (5, 9)), "a[]");
    }
}
