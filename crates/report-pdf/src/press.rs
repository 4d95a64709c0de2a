//! Sets the pages: the typesetter's view of the world, which is two virtual files and some fonts.
//!
//! **Invariant:** the typesetter reaches no file, no package and no network: every path but the two
//! is "not found".
//! **Invariant:** there is no clock: the same data and fonts give the same bytes.

use typst::diag::{FileError, FileResult, PackageError, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::fonts::Fonts;

const TEMPLATE: &str = include_str!("report.typ");

/// What the typesetter may see.
pub(crate) struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    faces: Vec<Font>,
    template: Source,
    data: FileId,
    json: Bytes,
}

/// Why there are no pages.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The pages could not be set.
    Setting(String),
    /// The pages do not meet the standard.
    Standard(String),
}

impl Press {
    /// A press with the fonts and the data of a document.
    pub(crate) fn new(fonts: &Fonts, json: Vec<u8>) -> Press {
        Press::with_template(fonts, json, TEMPLATE)
    }

    fn with_template(fonts: &Fonts, json: Vec<u8>, template: &str) -> Press {
        Press {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(fonts.faces())),
            faces: fonts.faces().to_vec(),
            template: Source::new(virtual_file("report.typ"), template.to_string()),
            data: virtual_file("document.json"),
            json: Bytes::new(json),
        }
    }

    /// Sets the pages; what the typesetter found odd comes along.
    pub(crate) fn set(&self) -> Result<(PagedDocument, String), Fault> {
        let set = typst::compile::<PagedDocument>(self);
        // The typesetter remembers all it ever set; a report is set once.
        typst::comemo::evict(0);
        let pages = set.output.map_err(|faults| Fault::Setting(self.told(&faults)))?;
        Ok((pages, self.told(&set.warnings)))
    }

    /// Writes the pages as tagged PDF that meets PDF/UA-1; `ident` names the document for ever.
    pub(crate) fn write(&self, pages: &PagedDocument, ident: String) -> Result<Vec<u8>, Fault> {
        let standards = PdfStandards::new(&[PdfStandard::Ua_1])
            .map_err(|fault| Fault::Standard(fault.message().to_string()))?;
        let options = PdfOptions {
            ident: Smart::Custom(ident),
            creator: Smart::Custom(Some("teiten".to_string())),
            standards,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(pages, &options).map_err(|faults| Fault::Standard(self.told(&faults)))
    }

    fn told(&self, diagnostics: &[SourceDiagnostic]) -> String {
        let told = diagnostics.iter().map(|diagnostic| {
            let is_ours = diagnostic.span.id() == Some(self.template.id());
            let range = self.range(diagnostic.span).filter(|_| is_ours);
            let at = range.and_then(|range| self.template.lines().byte_to_line(range.start)).map(|at| at + 1);
            let hints: String = diagnostic.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
            match at {
                Some(line) => format!("{}{hints} at line {line} of report.typ", diagnostic.message),
                None => format!("{}{hints}", diagnostic.message),
            }
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

fn virtual_file(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain file name is a virtual path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

fn not_found<T>(id: FileId) -> FileResult<T> {
    let path = id.get();
    Err(match path.root() {
        VirtualRoot::Package(package) => FileError::Package(PackageError::NotFound(package.clone())),
        VirtualRoot::Project => FileError::NotFound(path.vpath().get_with_slash().into()),
    })
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { not_found(id) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data { Ok(self.json.clone()) } else { not_found(id) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn fault(template: &str) -> String {
        let fonts = Fonts::find(None).unwrap();
        let press = Press::with_template(&fonts, b"{}".to_vec(), template);
        match press.set().and_then(|(pages, _)| press.write(&pages, "t".to_string())) {
            Err(Fault::Setting(told)) => format!("setting: {told}\n"),
            Err(Fault::Standard(told)) => format!("standard: {told}\n"),
            Ok(_) => "written\n".to_string(),
        }
    }

    #[test]
    fn a_template_reaches_nothing_and_must_meet_the_standard() {
        let told: String = [
            "#import \"@preview/cetz:0.4.0\"",
            "#read(\"/etc/hostname\")",
            "#include \"other.typ\"",
            "#datetime.today()",
            "\n#panic(\"here\")",
            "no title",
        ]
        .into_iter()
        .map(fault)
        .collect();
        expect![[r#"
            setting: package not found (searched for @preview/cetz:0.4.0) at line 1 of report.typ
            setting: file not found (searched at /etc/hostname) at line 1 of report.typ
            setting: file not found (searched at /other.typ) at line 1 of report.typ
            setting: unable to get the current date at line 1 of report.typ
            setting: panicked with: here at line 2 of report.typ
            standard: PDF/UA-1 error: missing document title (set the title with `set document(title: [...])`)
        "#]]
        .assert_eq(&told);
    }
}
