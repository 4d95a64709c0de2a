//! Text on its way to paper: every letter of it is one that the fonts can draw.
//!
//! **Invariant:** a letter without a glyph is written as its code point, `[U+1F600]`: nothing is drawn
//! as an empty box, and nothing is dropped.
//! **Invariant:** control characters and direction marks do not pass (`report::text::tame`).

use std::cell::RefCell;
use std::collections::BTreeSet;

use teiten_report::text::{NAME_CHARS_MAX, tame};

use crate::fonts::Fonts;

/// Marks a letter that was no letter, where the fonts lack U+FFFD: the geta of Japanese proofs.
const GETA: char = '〓';
const REPLACEMENT: char = '\u{FFFD}';

/// The door through which every text of a document goes.
pub(crate) struct Letters<'a> {
    fonts: &'a Fonts,
    missing: RefCell<BTreeSet<char>>,
}

impl<'a> Letters<'a> {
    /// A door that knows what the fonts can draw.
    pub(crate) fn new(fonts: &'a Fonts) -> Letters<'a> {
        Letters { fonts, missing: RefCell::default() }
    }

    /// The text in letters that can be drawn.
    pub(crate) fn text(&self, text: &str) -> String {
        // Prose may be long, names are bounded elsewhere: only the letters are of interest here.
        let letters: Vec<char> = text.chars().collect();
        let tamed = letters.chunks(NAME_CHARS_MAX).map(|piece| tame(&piece.iter().collect::<String>()));
        self.drawable(&tamed.collect::<String>())
    }

    /// A drawing in letters that can be drawn; its lines are kept.
    pub(crate) fn drawing(&self, svg: &str) -> String {
        svg.lines().map(|line| self.text(line) + "\n").collect()
    }

    /// The letters that were written as code points so far.
    pub(crate) fn missing(self) -> BTreeSet<char> {
        self.missing.into_inner()
    }

    fn drawable(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_string();
        }
        let mut drawable = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                _ if self.fonts.have(letter) => drawable.push(letter),
                REPLACEMENT => drawable.push(GETA),
                _ => {
                    self.missing.borrow_mut().insert(letter);
                    drawable.push_str(&format!("[U+{:04X}]", u32::from(letter)));
                }
            }
        }
        drawable
    }
}
