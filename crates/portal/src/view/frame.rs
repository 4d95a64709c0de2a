//! What stands around every page: where one is, where one can go, who reads, what must be said of the data.

use teiten_model::interval::Timestamp;
use teiten_model::selection::Viewer;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books;
use teiten_report::words::Language;
use teiten_store::expiries::Kind;

use crate::assets;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::reader::Reader;
use crate::routes::PAGES;
use crate::words::{self, Words};

/// The places of the portal, in the order of the navigation: word and path.
pub(crate) const PLACES: [(&str, &str); 11] = [
    ("situation", "/"),
    ("explore", "/explore"),
    ("packets", "/packets"),
    ("findings", "/findings"),
    ("dns", "/dns"),
    ("backscatter", "/backscatter"),
    ("reports", "/reports"),
    ("sensors", "/sensors"),
    ("data", "/data"),
    ("sql", "/sql"),
    ("api", "/api"),
];

/// The header that says how far an answer may travel.
pub(crate) const TLP_HEADER: &str = "teiten-tlp";

/// The frame of a page.
pub(crate) struct Frame {
    /// The texts.
    pub(crate) w: &'static Words,
    /// Who reads.
    pub(crate) reader: Reader,
    /// What is shown.
    pub(crate) look: Look,
    /// The place in the navigation.
    pub(crate) place: &'static str,
    /// The title of the page.
    pub(crate) title: String,
    /// What must be said before anything else: made-up packets, and what is no longer kept.
    pub(crate) warning: String,
    /// How far the page may travel (TLP 2.0).
    pub(crate) tlp: &'static str,
}

/// A link of the frame.
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) is_here: bool,
    /// A language or another word the link is about.
    pub(crate) code: &'static str,
}

impl Frame {
    /// The frame of a page about the store, with the label of what was told until then: notes come before it.
    pub(crate) fn new(desk: &Desk, place: &'static str, title: String) -> Result<Frame, Fault> {
        let w = desk.words();
        let mut warning = match synthetic(desk)? {
            Synthetic::None => String::new(),
            Synthetic::All => w.t("warn-synthetic"),
            Synthetic::Part => w.t("warn-synthetic-part"),
        };
        let expired = desk.session.expired()?;
        let until = |kind| expired.of(kind).until.map(|until| Timestamp(until).to_string());
        let packets = until(Kind::Packets).map(|until| w.say("warn-expired-packets", &[("until", &until)]));
        let rollups = until(Kind::Rollups).map(|until| w.say("warn-expired-rollups", &[("until", &until)]));
        for said in packets.into_iter().chain(rollups) {
            warning = if warning.is_empty() { said } else { format!("{warning} {said}") };
        }
        let tlp = desk.tlp();
        Ok(Frame { w, reader: desk.reader.clone(), look: desk.look.clone(), place, title, warning, tlp })
    }

    /// The frame of a page that knows nothing of the store, such as a fault.
    pub(crate) fn bare(reader: Reader, look: Look, title: String) -> Frame {
        let w = words::of(reader.language);
        let tlp = tlp(&reader.who.viewer);
        Frame { w, reader, look, place: "", title, warning: String::new(), tlp }
    }

    /// Whether whoever reads decides who is who.
    pub(crate) fn is_admin(&self) -> bool {
        self.reader.who.person.is_some() && self.reader.who.role == teiten_people::Role::Admin
    }

    /// The language of the page.
    pub(crate) fn language(&self) -> &'static str {
        self.reader.language.code()
    }

    /// The address of the style sheet.
    pub(crate) fn style(&self) -> &'static str {
        &assets::style().path
    }

    /// The address of the islands' script; empty when it was not built.
    pub(crate) fn script(&self) -> &'static str {
        assets::script().map_or("", |script| script.path.as_str())
    }

    /// Where one can go; what a page is about is taken along.
    pub(crate) fn places(&self) -> Vec<Link> {
        let selection = self.look.selection();
        let role = self.reader.who.role;
        let is_open = |path: &str| PAGES.iter().any(|(own, least, ..)| *own == path && role >= *least);
        PLACES
            .iter()
            .filter(|(_, path)| is_open(path))
            .map(|(word, path)| Link {
                text: self.w.t(&format!("nav-{word}")),
                href: match *word {
                    "situation" | "explore" | "packets" | "findings" | "dns" | "backscatter" => {
                        selection.url(path)
                    }
                    _ => (*path).to_string(),
                },
                is_here: *word == self.place,
                code: word,
            })
            .collect()
    }

    /// The keyboard, for whoever presses `?`.
    pub(crate) fn keys(&self) -> [(&'static str, String); 14] {
        let w = self.w;
        [
            ("/", w.t("key-filter")),
            ("Ctrl K", w.t("key-jump")),
            ("Ctrl Enter", w.t("key-run")),
            ("Ctrl Space", w.t("key-complete")),
            ("g s e p f r", w.t("key-go")),
            ("[ ]", w.t("key-period")),
            ("- =", w.t("key-zoom")),
            ("c", w.t("key-compare")),
            ("t", w.t("key-table")),
            ("j k Enter", w.t("key-rows")),
            ("a", w.t("key-acknowledge")),
            ("x", w.t("key-take")),
            ("y", w.t("key-link")),
            ("?", w.t("keys-title")),
        ]
    }

    /// The languages.
    pub(crate) fn languages(&self) -> Vec<Link> {
        Language::ALL
            .into_iter()
            .map(|language| Link {
                text: language.own_name().to_string(),
                href: self.choice("lang", language.code()),
                is_here: language == self.reader.language,
                code: language.code(),
            })
            .collect()
    }

    /// The themes.
    pub(crate) fn themes(&self) -> Vec<Link> {
        [
            ("", self.w.t("theme-browser")),
            ("light", self.w.t("theme-light")),
            ("dark", self.w.t("theme-dark")),
        ]
        .into_iter()
        .map(|(code, text)| Link {
            text,
            href: self.choice("theme", if code.is_empty() { "browser" } else { code }),
            is_here: code == self.reader.theme,
            code,
        })
        .collect()
    }

    /// The zones a reader is offered: the one of the portal and UTC.
    pub(crate) fn zones(&self) -> Vec<Link> {
        let here = self.reader.zone.to_string();
        let mut zones = vec!["Asia/Tokyo", "UTC"];
        zones.retain(|zone| *zone != here);
        let own = Link { text: here, href: String::new(), is_here: true, code: "" };
        let others = zones.into_iter().map(|zone| Link {
            text: zone.to_string(),
            href: self.choice("tz", zone),
            is_here: false,
            code: "",
        });
        [own].into_iter().chain(others).collect()
    }

    fn choice(&self, name: &str, value: &str) -> String {
        links::with("/choose", &[(name, value.to_string()), ("back", self.reader.here.clone())])
    }
}

/// How many of the store's inputs were made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synthetic {
    None,
    Part,
    All,
}

/// Whether packets of the store were made up; asked once a snapshot.
pub(crate) fn synthetic(desk: &Desk) -> Result<Synthetic, Fault> {
    let counted = desk.once("synthetic", |session| {
        let (some, all) = books::synthetic(session)?;
        let mut table = Table::new(&[("synthetic", ""), ("inputs", "")]);
        table.push(vec![Value::Int(some), Value::Int(all)]);
        Ok(table)
    })?;
    Ok(match counted.rows.first().map(Vec::as_slice) {
        Some([Value::Int(0), _]) | None => Synthetic::None,
        Some([some, all]) if some == all => Synthetic::All,
        Some(_) => Synthetic::Part,
    })
}

/// How far what a viewer sees may travel (TLP 2.0): what the public sees, anywhere; the rest to whom it concerns.
pub(crate) fn tlp(viewer: &Viewer) -> &'static str {
    match viewer {
        Viewer::All | Viewer::Member { .. } => "TLP:AMBER",
        Viewer::Public { .. } => "TLP:CLEAR",
    }
}
