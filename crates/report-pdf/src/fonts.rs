//! Finds the Japanese font that the pages are set in.
//!
//! Looked for, in this order: what is configured; BIZ UDPGothic, a universal-design face made for
//! reports; IPAexGothic; Noto Sans CJK JP. One family is chosen whole and no other is mixed in, so
//! that pages look alike on machines that have the same package.
//!
//! **Invariant:** a font is used only when it draws Japanese.
//! **Invariant:** the same files give the same choice: folders and files are taken in a fixed order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use typst::foundations::Bytes;
use typst::text::Font;

use crate::error::PdfError;

/// The largest font file that is read, in bytes.
pub const FONT_BYTES_MAX: u64 = 96 << 20;
/// How many folder entries are looked at.
pub const FONT_ENTRIES_MAX: usize = 20_000;
/// How many faces are kept.
const FACES_MAX: usize = 64;
/// How deep folders are followed.
const FONT_DEPTH_MAX: usize = 5;

/// Letters that a Japanese font has.
const JAPANESE: [char; 8] = ['あ', 'ン', '定', '点', '観', '測', '、', '0'];

/// A family we know: how its files begin, its name, its face of fixed width.
struct Known {
    beginning: &'static str,
    body: &'static str,
    code: &'static str,
}

const KNOWN: [Known; 3] = [
    Known { beginning: "bizud", body: "BIZ UDPGothic", code: "BIZ UDGothic" },
    Known { beginning: "ipaexg", body: "IPAexGothic", code: "IPAexGothic" },
    Known { beginning: "notosanscjk", body: "Noto Sans CJK JP", code: "Noto Sans Mono CJK JP" },
];

/// The fonts of a report: the faces of one family, and of its fixed-width companion where it has one.
#[derive(Debug, Clone)]
pub struct Fonts {
    body: String,
    code: String,
    faces: Vec<Font>,
    letters: BTreeSet<u32>,
}

impl Fonts {
    /// Finds the fonts: what is configured (a file or a folder), else the first known family in the
    /// usual folders.
    ///
    /// # Errors
    /// When what is configured cannot be read or draws no Japanese; when nothing is configured and no
    /// known family is installed.
    pub fn find(configured: Option<&Path>) -> Result<Fonts, PdfError> {
        match configured {
            Some(path) => Fonts::configured(path),
            None => Fonts::known(&usual_folders()),
        }
    }

    /// The family of the text.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The family of commands and packet lists.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether the letter can be drawn.
    pub(crate) fn have(&self, letter: char) -> bool {
        self.letters.contains(&u32::from(letter))
    }

    pub(crate) fn faces(&self) -> &[Font] {
        &self.faces
    }

    fn configured(path: &Path) -> Result<Fonts, PdfError> {
        let mut faces = Vec::new();
        for file in files_below(path)?.iter().filter(|file| is_font(file)) {
            faces.extend(read(file)?);
            faces.truncate(FACES_MAX);
        }
        let body = faces.iter().find(|face| draws_japanese(face)).map(family);
        let body = body.ok_or_else(|| PdfError::NotJapanese { path: path.to_path_buf() })?;
        let known = KNOWN.iter().find(|known| known.body == body);
        let code = known.map_or(body.clone(), |known| known.code.to_string());
        Ok(Fonts::of(faces, body, &code))
    }

    /// The first known family in the folders.
    pub(crate) fn known(folders: &[PathBuf]) -> Result<Fonts, PdfError> {
        let mut files = Vec::new();
        for folder in folders {
            // A usual folder that is not there or not ours to read holds no font for us.
            files.extend(files_below(folder).unwrap_or_default());
        }
        for known in &KNOWN {
            let mut faces: Vec<Font> = Vec::new();
            for file in files.iter().filter(|file| is_font(file) && begins_with(file, known.beginning)) {
                // An unreadable file is passed over: another of the list may do.
                for face in read(file).unwrap_or_default() {
                    let is_wanted = [known.body, known.code].contains(&family(&face).as_str());
                    let is_new =
                        |there: &Font| family(there) != family(&face) || variant(there) != variant(&face);
                    if is_wanted && faces.len() < FACES_MAX && faces.iter().all(is_new) {
                        faces.push(face);
                    }
                }
            }
            if faces.iter().any(|face| family(face) == known.body && draws_japanese(face)) {
                return Ok(Fonts::of(faces, known.body.to_string(), known.code));
            }
        }
        let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        Err(PdfError::NoFont { folders: folders.join(", ") })
    }

    fn of(faces: Vec<Font>, body: String, code: &str) -> Fonts {
        let has_code = faces.iter().any(|face| family(face) == code);
        let letters = faces.iter().flat_map(|face| face.info().coverage.iter()).collect();
        let code = if has_code { code.to_string() } else { body.clone() };
        Fonts { body, code, faces, letters }
    }
}

fn family(face: &Font) -> String {
    face.info().family.clone()
}

fn variant(face: &Font) -> String {
    format!("{:?}", face.info().variant)
}

fn draws_japanese(face: &Font) -> bool {
    JAPANESE.iter().all(|letter| face.info().coverage.contains(u32::from(*letter)))
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(home) = env::home_dir() {
        folders.extend([".local/share/fonts", ".fonts", "Library/Fonts"].map(|below| home.join(below)));
    }
    folders.extend(["/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts"].map(PathBuf::from));
    folders
}

fn is_font(file: &Path) -> bool {
    let end = file.extension().map(|end| end.to_ascii_lowercase());
    end.is_some_and(|end| ["ttf", "otf", "ttc", "otc"].iter().any(|known| end == *known))
}

fn begins_with(file: &Path, beginning: &str) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.replace(['-', '_', ' '], "").starts_with(beginning)
}

/// The file itself, or the files below a folder, in the order of their paths.
fn files_below(path: &Path) -> Result<Vec<PathBuf>, PdfError> {
    let io = |source| PdfError::Io { path: path.to_path_buf(), source };
    if fs::metadata(path).map_err(io)?.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    let mut level = vec![path.to_path_buf()];
    let mut seen = 0_usize;
    for _ in 0..FONT_DEPTH_MAX {
        let mut next = Vec::new();
        for folder in level {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten().take(FONT_ENTRIES_MAX.saturating_sub(seen)) {
                seen += 1;
                match entry.metadata() {
                    Ok(about) if about.is_dir() => next.push(entry.path()),
                    Ok(about) if about.is_file() => files.push(entry.path()),
                    // A link to a file is followed, a link to a folder could lead in circles.
                    Ok(_) if fs::metadata(entry.path()).is_ok_and(|about| about.is_file()) => {
                        files.push(entry.path());
                    }
                    _ => {}
                }
            }
        }
        level = next;
    }
    files.sort();
    Ok(files)
}

/// The faces of a file; what is no font has none.
fn read(file: &Path) -> Result<Vec<Font>, PdfError> {
    let io = |source| PdfError::Io { path: file.to_path_buf(), source };
    if fs::metadata(file).map_err(io)?.len() > FONT_BYTES_MAX {
        return Err(PdfError::FontTooLarge { path: file.to_path_buf(), limit_mib: FONT_BYTES_MAX >> 20 });
    }
    let bytes = Bytes::new(fs::read(file).map_err(io)?);
    Ok(Font::iter(bytes).take(FACES_MAX).collect())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn without_a_font_the_message_names_the_packages() {
        let folder = PathBuf::from("/nowhere/fonts");
        let said = Fonts::known(&[folder.clone(), folder]).unwrap_err().to_string();
        expect!["no Japanese font was found in /nowhere/fonts, /nowhere/fonts; install the Debian package fonts-morisawa-bizud-gothic (or fonts-ipaexfont-gothic, or fonts-noto-cjk), or configure the path of a font (report.font)"].assert_eq(&said);
    }

    #[test]
    fn what_is_configured_must_draw_japanese() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("junk.ttf");
        fs::write(&file, b"\0\x01\0\0 no font at all").unwrap();
        for path in [file.as_path(), home.path()] {
            let said = Fonts::find(Some(path)).unwrap_err().to_string();
            assert!(said.contains("holds no font that draws Japanese"), "{said}");
        }
        let said = Fonts::find(Some(Path::new("/nowhere/font.ttf"))).unwrap_err().to_string();
        assert!(said.starts_with("/nowhere/font.ttf: "), "{said}");
    }

    #[test]
    fn an_installed_family_brings_its_fixed_width_companion() {
        let fonts = Fonts::find(None).unwrap();
        assert!(KNOWN.iter().any(|known| known.body == fonts.body()));
        assert!(fonts.have('観') && !fonts.have('\u{10FFFD}'));
        assert!(fonts.faces().iter().any(|face| family(face) == fonts.code()));
    }
}
