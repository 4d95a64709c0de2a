//! Who reads a page: the language, the theme and the zone they want.
//!
//! What an address says wins, then the cookie of an earlier choice, then the browser, then the configuration.
//! The cookies of choices hold these three words and nothing about a person; who it is says [`crate::who`].

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use teiten_ask::output::Lang;
use teiten_report::words::Language;
use teiten_selection::zone::Zone;

use crate::cookies;
use crate::look::Look;
use crate::who::Who;

/// Longest header that is read, in bytes.
const HEADER_BYTES_MAX: usize = 4_096;

/// Whoever reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reader {
    /// The language of texts.
    pub(crate) language: Language,
    /// `dark`, `light`, or nothing for what the browser prefers.
    pub(crate) theme: &'static str,
    /// The zone of times.
    pub(crate) zone: Zone,
    /// Path and query of the page, for links that come back to it.
    pub(crate) here: String,
    /// Who it is.
    pub(crate) who: Who,
}

impl Reader {
    /// Whoever sent these headers.
    pub(crate) fn of(
        headers: &HeaderMap,
        look: &Look,
        here: &str,
        usual: (Language, &Zone),
        who: Who,
    ) -> Reader {
        let cookie = |name: &str| cookies::get(headers, name);
        let asked = look.lang.as_deref().and_then(language);
        let language = asked
            .or_else(|| cookie("lang").and_then(language))
            .or_else(|| accepted(headers))
            .unwrap_or(usual.0);
        let theme = match cookie("theme") {
            Some("dark") => "dark",
            Some("light") => "light",
            _ => "",
        };
        // Days of two zones tell hours apart, which strangers are not told.
        let kept = || cookie("tz").filter(|_| !who.is_stranger());
        let zone = look.tz.as_deref().or_else(kept);
        let zone = zone.and_then(|name| Zone::parse(name).ok()).unwrap_or_else(|| usual.1.clone());
        Reader { language, theme, zone, here: here.to_string(), who }
    }

    /// The language as answers take it.
    pub(crate) fn lang(&self) -> Lang {
        match self.language {
            Language::Ja => Lang::Ja,
            Language::En => Lang::En,
        }
    }
}

/// The language of a code.
pub(crate) fn language(code: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| language.code() == code)
}

/// The first of our languages that the browser wants most.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let line = headers.get(ACCEPT_LANGUAGE)?.to_str().ok().filter(|line| line.len() <= HEADER_BYTES_MAX)?;
    let mut wanted: Vec<(f32, Language)> = line
        .split(',')
        .filter_map(|part| {
            let mut pieces = part.trim().split(';');
            let tag = pieces.next()?.split('-').next()?.to_ascii_lowercase();
            let weight =
                pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            Some((weight, language(&tag)?))
        })
        .collect();
    // The sort is stable: of two that are wanted equally the first one stays first.
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.first().filter(|(weight, _)| *weight > 0.0).map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(headers: &[(&str, &str)], query: &str) -> Reader {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                axum::http::HeaderName::try_from(*name).expect("a name"),
                value.parse().expect("a value"),
            );
        }
        let look = Look::read(query).expect("a look");
        let usual = Zone::parse("Asia/Tokyo").expect("a zone");
        let who = Who::anyone(teiten_model::selection::Viewer::All, String::new());
        Reader::of(&map, &look, "/", (Language::Ja, &usual), who)
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        for (headers, query, expected) in [
            (vec![], "", Language::Ja),
            (vec![("accept-language", "en-GB,en;q=0.9,ja;q=0.8")], "", Language::En),
            (vec![("accept-language", "fr,ja;q=0.2,en;q=0.1")], "", Language::Ja),
            (vec![("accept-language", "en;q=0")], "", Language::Ja),
            (vec![("accept-language", "ja"), ("cookie", "theme=dark; lang=en")], "", Language::En),
            (vec![("cookie", "lang=en")], "lang=ja", Language::Ja),
            (vec![("cookie", "lang=<script>")], "", Language::Ja),
        ] {
            assert_eq!(reader(&headers, query).language, expected, "{headers:?} {query}");
        }
    }

    #[test]
    fn theme_and_zone_are_words_we_know() {
        let told = reader(&[("cookie", "theme=dark; tz=UTC")], "");
        assert_eq!((told.theme, told.zone.to_string().as_str()), ("dark", "UTC"));
        let told = reader(&[("cookie", "theme=\"><b; tz=Nowhere/Land")], "");
        assert_eq!((told.theme, told.zone.to_string().as_str()), ("", "Asia/Tokyo"));
    }
}
