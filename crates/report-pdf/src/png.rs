//! A figure as a picture: in the colours of paper, in the fonts of the pages, twice as large as drawn.
//!
//! The drawing is the same as in every other exit, in its dress for readers without style sheets.
//!
//! **Invariant:** only the fonts of the report are used: there is no search for another, and every letter
//! was one that they have before it came here.
//! **Invariant:** the same figure and fonts give the same bytes.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Family, Query, Source, Stretch, Style, Weight};
use resvg::usvg::{FontResolver, Options, Tree};

use crate::fonts::Fonts;

/// Dots for each unit of the drawing.
const SCALE: f32 = 2.0;
/// The largest side of a picture, in dots.
const SIDE_DOTS_MAX: u32 = 16_384;

/// The drawing as PNG.
///
/// # Errors
/// What the drawing lacks, in words.
pub(crate) fn paint(svg: &str, fonts: &Fonts) -> Result<Vec<u8>, String> {
    let options = Options {
        font_resolver: resolver(fonts.body()),
        fontdb: Arc::new(database(fonts)),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let side = |units: f32| (units * SCALE).ceil() as u32;
    let (width, height) = (side(tree.size().width()), side(tree.size().height()));
    if width.max(height) > SIDE_DOTS_MAX {
        return Err(format!("{width} by {height} dots are more than {SIDE_DOTS_MAX} a side"));
    }
    let mut picture = Pixmap::new(width, height).ok_or("a drawing without extent")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut picture.as_mut());
    picture.encode_png().map_err(|error| error.to_string())
}

/// The files of the faces, each once.
fn database(fonts: &Fonts) -> Database {
    let mut database = Database::new();
    let mut files = Vec::new();
    for face in fonts.faces() {
        if !files.contains(&face.data().as_ptr()) {
            files.push(face.data().as_ptr());
            database.load_font_source(Source::Binary(Arc::new(face.data().clone())));
        }
    }
    database
}

/// Whatever family a drawing asks for, it gets the report's; its weight is heeded.
fn resolver(body: &str) -> FontResolver<'_> {
    FontResolver {
        select_font: Box::new(move |font, database| {
            let wanted = Query {
                families: &[Family::Name(body)],
                weight: Weight(font.weight()),
                stretch: Stretch::Normal,
                style: Style::Normal,
            };
            // A font may give its family several names; any face of the report's is better than none.
            database.query(&wanted).or_else(|| database.faces().next().map(|face| face.id))
        }),
        select_fallback: FontResolver::default_fallback_selector(),
    }
}
