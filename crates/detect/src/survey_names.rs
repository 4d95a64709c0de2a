//! Reverse names by which organisations that scan openly name their sources: `lists/survey_names.toml` (rule D53a).
//!
//! A reverse name is what whoever runs an address wrote: anybody can write any name. So a name tells less than a
//! published list of addresses, and nothing at all when its labels do not end in the organisation's own domain, or
//! when the source lies in another AS than those from which the organisation is known to scan.
//!
//! **Invariant:** a domain is compared label by label: `x.shodan.io.evil.example` and `notshodan.io` are not Shodan's.

use std::sync::LazyLock;

use serde::Deserialize;
use teiten_model::domain_name::is_at_or_below;

/// An organisation and its names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Domains at or below which its sources are named.
    pub domains: Vec<String>,
    /// AS from which it scans; none where it rents addresses anywhere.
    #[serde(default, rename = "as")]
    pub asns: Vec<i64>,
    /// Where such names were seen.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    organisation: Vec<Organisation>,
}

static ORGANISATIONS: LazyLock<Vec<Organisation>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../lists/survey_names.toml"))
        .expect("the list is compiled in, and a test reads it");
    file.organisation
});

/// Every organisation.
pub fn organisations() -> &'static [Organisation] {
    &ORGANISATIONS
}

/// The organisation that a name tells of, and its domain in the name; `asn` is the AS of the source, -1 when unknown.
pub fn told(name: &str, asn: i64) -> Option<(&'static Organisation, &'static str)> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let fits = |domain: &&String| is_at_or_below(&name, domain);
    let own = |organisation: &'static Organisation| {
        Some((organisation, organisation.domains.iter().find(fits)?.as_str()))
    };
    let (organisation, domain) = organisations().iter().find_map(own)?;
    let is_elsewhere = asn > 0 && !organisation.asns.is_empty() && !organisation.asns.contains(&asn);
    (!is_elsewhere).then_some((organisation, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sound() {
        let mut names: Vec<&str> =
            organisations().iter().map(|organisation| organisation.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), organisations().len());
        for organisation in organisations() {
            assert!(
                !organisation.domains.is_empty() && !organisation.source.is_empty(),
                "{}",
                organisation.name
            );
            for domain in &organisation.domains {
                assert!(domain.contains('.') && *domain == domain.to_ascii_lowercase(), "{domain}");
            }
        }
    }

    #[test]
    fn names_are_told_by_their_last_labels_and_the_as() {
        let cases = [
            ("red.census.shodan.io", -1, Some("Shodan")),
            ("Census1.Shodan.IO.", 64_500, Some("Shodan")),
            ("shodan.io", 64_500, Some("Shodan")),
            ("x.shodan.io.evil.example", 64_500, None),
            ("notshodan.io", 64_500, None),
            ("census.shodan.example", 64_500, None),
            ("scanner-01.ch1.censys-scanner.com", 398_324, Some("Censys")),
            ("scanner-01.ch1.censys-scanner.com", 64_500, None),
            ("scanner-01.ch1.censys-scanner.com", -1, Some("Censys")),
            ("scan-01.shadowserver.org", 6_939, Some("Shadowserver")),
            ("", -1, None),
        ];
        for (name, asn, expected) in cases {
            assert_eq!(told(name, asn).map(|(own, _)| own.name.as_str()), expected, "{name} {asn}");
        }
    }
}
