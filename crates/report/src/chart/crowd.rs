//! Finds texts of a drawing that cover each other or leave it: for tests.
//!
//! **Invariant:** a text is given the width that the drawing reserved for it, so that what is clear here is
//! clear in every font that is not wider.

use crate::chart::Labels;
use crate::chart::axis::text_width;
use crate::words::Language;

/// Names as long as they come.
pub(crate) const LONG_NAMES: [&str; 10] = [
    "グレートブリテン及び北アイルランド連合王国",
    "3389/TCP (ms-wbt-server)",
    "ボスニア・ヘルツェゴビナ",
    "United Arab Emirates",
    "アラブ首長国連邦",
    "Bolivia, Plurinational State of",
    "中国",
    "53413/UDP",
    "Mirai型の特徴を持つパケット",
    "その他",
];

/// Labels of a drawing.
pub(crate) fn labels(language: Language) -> Labels<'static> {
    Labels { id: "f", title: "題名", alt: "説明", mark: "合成データ", language }
}

/// Part of the font size that a text reaches above and below its base line.
const ABOVE: f64 = 0.78;
const BELOW: f64 = 0.16;
/// Rounding of coordinates.
const SLACK: f64 = 0.2;

/// A text and its box: left, top, right, bottom.
type Boxed = (String, [f64; 4]);

/// Every pair of texts that cover each other, and every text that is not wholly inside.
pub(crate) fn collisions(svg: &str) -> Vec<String> {
    let frame: Vec<f64> =
        attribute(svg, "viewBox").split(' ').map(|side| side.parse().expect("a number")).collect();
    let font: f64 = attribute(svg, "font-size").parse().expect("a number");
    let texts: Vec<Boxed> =
        svg.lines().filter(|line| line.starts_with("<text")).map(|line| boxed(line, font)).collect();
    let mut found = Vec::new();
    for (at, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        let is_inside = *left >= frame[0] - SLACK
            && *top >= frame[1] - SLACK
            && *right <= frame[0] + frame[2] + SLACK
            && *bottom <= frame[1] + frame[3] + SLACK;
        if !is_inside {
            found.push(format!("`{text}` leaves the drawing"));
        }
        for (other, [other_left, other_top, other_right, other_bottom]) in &texts[at + 1..] {
            let is_apart = right - SLACK <= *other_left
                || other_right - SLACK <= *left
                || bottom - SLACK <= *other_top
                || other_bottom - SLACK <= *top;
            if !is_apart {
                found.push(format!("`{text}` and `{other}`"));
            }
        }
    }
    found
}

fn boxed(line: &str, font: f64) -> Boxed {
    let number = |name: &str| attribute(line, name).parse::<f64>().expect("a number");
    let text = line.split_once('>').and_then(|(_, rest)| rest.split_once("</text>")).expect("a text").0;
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let (x, y, width) = (number("x"), number("y"), text_width(&text, font));
    let left = match attribute(line, "text-anchor") {
        "start" => x,
        "middle" => x - width / 2.0,
        _ => x - width,
    };
    (text, [left, y - ABOVE * font, left + width, y + BELOW * font])
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let (_, rest) = element.split_once(&format!(" {name}=\"")).expect("an attribute");
    rest.split_once('"').expect("a closed attribute").0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_or_leaves_is_found() {
        let text = |x: f64, y: f64, anchor: &str| {
            format!("<text class=\"ink\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">観測</text>\n")
        };
        let svg = |texts: &[String]| {
            format!("<svg viewBox=\"0 0 100 50\" font-size=\"10\">\n{}</svg>", texts.concat())
        };
        let apart = [text(0.0, 10.0, "start"), text(20.0, 10.0, "start"), text(20.0, 20.0, "end")];
        assert_eq!(collisions(&svg(&apart)), Vec::<String>::new());
        assert_eq!(
            collisions(&svg(&[text(0.0, 10.0, "start"), text(15.0, 14.0, "middle")])),
            ["`観測` and `観測`"]
        );
        assert_eq!(collisions(&svg(&[text(90.0, 10.0, "start")])), ["`観測` leaves the drawing"]);
    }
}
