//! Writes SVG elements; the only place where a coordinate becomes text.
//!
//! **Invariant:** text is escaped here and nowhere else; coordinates have at most one decimal.

use crate::chart::{Dress, Labels, Size};
use crate::text::{escape, wrap};

/// Style of a drawing that stands alone; a page has the same rules in its style sheet.
const STANDALONE_STYLE: &str = include_str!("../../templates/chart.css");

/// Lines of the title of a drawing that stands alone.
const TITLE_LINES_MAX: usize = 3;

/// An SVG being written.
pub(crate) struct Svg {
    out: String,
}

impl Svg {
    /// Opens a drawing with its title, description and background.
    pub(crate) fn open(labels: Labels<'_>, size: Size, dress: Dress, height: f64) -> Svg {
        Svg::open_as("img", labels, size, dress, height)
    }

    /// The same in another role: what holds links is no picture for whoever cannot see it.
    pub(crate) fn open_as(role: &str, labels: Labels<'_>, size: Size, dress: Dress, height: f64) -> Svg {
        let (id, font) = (format!("{}-{}", labels.id, size.suffix()), size.font());
        let title = match dress {
            // In a page the caption is the title.
            Dress::Inline => Vec::new(),
            Dress::Standalone | Dress::Paper => {
                wrap(labels.title, (size.width() / font * 10.0) as u32, TITLE_LINES_MAX)
            }
        };
        // A file of its own has a margin, its title above and its mark below.
        let line = font * 1.45;
        let (margin, above, below) = match dress {
            Dress::Inline => (0.0, 0.0, 0.0),
            _ => (
                font,
                line * title.len() as f64 + font * 0.5,
                if labels.mark.is_empty() { 0.0 } else { line },
            ),
        };
        let frame =
            [-margin, -margin - above, size.width() + 2.0 * margin, height + 2.0 * margin + above + below];
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"{}\" \
             font-family=\"'BIZ UDPGothic','Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP',sans-serif\" \
             font-size=\"{}\" lang=\"{}\" role=\"{role}\" aria-labelledby=\"{id}-title {id}-desc\">",
            frame.map(coordinate).join(" "),
            coordinate(font),
            labels.language.code(),
        );
        out.push_str(&format!("<title id=\"{id}-title\">{}</title>", escape(labels.title)));
        out.push_str(&format!("<desc id=\"{id}-desc\">{}</desc>\n", escape(labels.alt)));
        let mut svg = Svg { out };
        if dress == Dress::Standalone {
            svg.out.push_str(&format!("<style>\n{STANDALONE_STYLE}</style>\n"));
        }
        if dress != Dress::Inline {
            svg.rect("paper", (frame[0], frame[1]), (frame[2], frame[3]), &[("fill", "#ffffff")]);
            for (at, text) in title.iter().enumerate() {
                svg.text(
                    "ink strong",
                    (0.0, frame[1] + line * (at as f64 + 1.0) + font * 0.3),
                    "start",
                    text,
                );
            }
            if !labels.mark.is_empty() {
                svg.text("muted strong", (size.width(), height + line), "end", labels.mark);
            }
        }
        svg
    }

    /// The texture that lies over a fill: strokes in the colour of the paper.
    pub(crate) fn texture(&mut self, id: &str, strokes: &str) {
        self.out.push_str(&format!(
            "<defs><pattern id=\"{}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <path class=\"texture\" d=\"{strokes}\" fill=\"none\" stroke=\"#ffffff\" stroke-width=\"1\"/></pattern></defs>\n",
            escape(id)
        ));
    }

    /// A shape that is drawn later, once or more.
    pub(crate) fn shape(&mut self, id: &str, path: &str) {
        self.out.push_str(&format!("<defs><path id=\"{}\" d=\"{path}\"/></defs>\n", escape(id)));
    }

    /// Draws a shape.
    pub(crate) fn draw_shape(&mut self, id: &str, class: &str, attributes: &[(&str, &str)]) {
        self.out.push_str(&format!(
            "<use class=\"{class}\" href=\"#{}\"{}/>\n",
            escape(id),
            written(attributes)
        ));
    }

    /// The hatching that means "not observed".
    pub(crate) fn hatch(&mut self, id: &str) {
        self.out.push_str(&format!(
            "<defs><pattern id=\"{}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <path class=\"hatch\" d=\"M-1 1 1-1M0 6 6 0M5 7 7 5\" stroke=\"#8a8a8a\" stroke-width=\"1\"/></pattern></defs>\n",
            escape(id)
        ));
    }

    pub(crate) fn rect(
        &mut self,
        class: &str,
        at: (f64, f64),
        size: (f64, f64),
        attributes: &[(&str, &str)],
    ) {
        self.out.push_str(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>\n",
            coordinate(at.0),
            coordinate(at.1),
            coordinate(size.0),
            coordinate(size.1),
            written(attributes)
        ));
    }

    pub(crate) fn line(
        &mut self,
        class: &str,
        from: (f64, f64),
        to: (f64, f64),
        attributes: &[(&str, &str)],
    ) {
        let path = format!(
            "M{} {} {} {}",
            coordinate(from.0),
            coordinate(from.1),
            coordinate(to.0),
            coordinate(to.1)
        );
        self.path(class, &path, attributes);
    }

    pub(crate) fn path(&mut self, class: &str, path: &str, attributes: &[(&str, &str)]) {
        self.out.push_str(&format!("<path class=\"{class}\" d=\"{path}\"{}/>\n", written(attributes)));
    }

    pub(crate) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64, attributes: &[(&str, &str)]) {
        self.out.push_str(&format!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>\n",
            coordinate(at.0),
            coordinate(at.1),
            coordinate(radius),
            written(attributes)
        ));
    }

    /// Opens a group with what its shapes share.
    pub(crate) fn open_group(&mut self, attributes: &[(&str, &str)]) {
        self.out.push_str(&format!("<g{}>\n", written(attributes)));
    }

    pub(crate) fn close_group(&mut self) {
        self.out.push_str("</g>\n");
    }

    /// Opens what one shape says when it is pointed at, and where it leads; an empty address leads nowhere. The
    /// keyboard passes it by: a table beside the drawing leads to the same places.
    pub(crate) fn open_area(&mut self, href: &str, text: &str) {
        match href {
            "" => self.out.push_str("<g>"),
            href => self.out.push_str(&format!(
                "<a href=\"{}\" aria-label=\"{}\" tabindex=\"-1\">",
                escape(href),
                escape(text)
            )),
        }
        if !text.is_empty() {
            self.out.push_str(&format!("<title>{}</title>", escape(text)));
        }
    }

    pub(crate) fn close_area(&mut self, has_link: bool) {
        self.out.push_str(if has_link { "</a>\n" } else { "</g>\n" });
    }

    pub(crate) fn text(&mut self, class: &str, at: (f64, f64), anchor: &str, text: &str) {
        let fill = if class.starts_with("muted") { "#595959" } else { "#1a1a1a" };
        let weight = if class.ends_with("strong") { " font-weight=\"bold\"" } else { "" };
        self.out.push_str(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"{fill}\"{weight}>{}</text>\n",
            coordinate(at.0),
            coordinate(at.1),
            escape(text)
        ));
    }

    pub(crate) fn close(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

fn written(attributes: &[(&str, &str)]) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escape(value))).collect()
}

/// A coordinate with at most one decimal.
pub(crate) fn coordinate(number: f64) -> String {
    let tenths = (number * 10.0).round() as i64;
    let (whole, tenth, sign) = (tenths.abs() / 10, tenths.abs() % 10, if tenths < 0 { "-" } else { "" });
    if tenth == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{tenth}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_is_short_and_has_no_negative_zero() {
        for (number, text) in [(0.0, "0"), (-0.01, "0"), (12.34, "12.3"), (12.96, "13"), (-0.26, "-0.3")] {
            assert_eq!(coordinate(number), text);
        }
    }
}
