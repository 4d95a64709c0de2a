//! One entry of a catalogue, in the form that all sources share: a vulnerability, a family of malware, a tool, a rule.
//!
//! **Invariant:** texts are one line without control characters and within their limits; a date is a day of the calendar.

use std::fmt;

use serde::{Deserialize, Serialize};
use teiten_model::interval::Day;
use teiten_model::protocols::{TCP, UDP};
use teiten_refdata::edition::parse_day;

/// Longest title or name that is kept, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest description that is kept, in characters.
pub const TEXT_CHARS_MAX: usize = 400;
/// Most names, products, ports, vulnerabilities and references each that one record keeps.
pub const PARTS_MAX: usize = 64;
/// Longest range of ports that is kept: a longer one says nothing about a port.
pub const PORT_RANGE_MAX: u16 = 16;

/// What an entry is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A vulnerability with a CVE number, or one of JVN without.
    #[default]
    Vulnerability,
    /// A family of malware, a botnet, a back door.
    Malware,
    /// A tool.
    Tool,
    /// A technique.
    Technique,
    /// A rule of a detection system.
    Rule,
    /// An indicator of a bundle.
    Indicator,
    /// A range of addresses, or a name, that a list names.
    Entry,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] = [
        Kind::Vulnerability,
        Kind::Malware,
        Kind::Tool,
        Kind::Technique,
        Kind::Rule,
        Kind::Indicator,
        Kind::Entry,
    ];

    /// The word for the kind.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Vulnerability => "vulnerability",
            Kind::Malware => "malware",
            Kind::Tool => "tool",
            Kind::Technique => "technique",
            Kind::Rule => "rule",
            Kind::Indicator => "indicator",
            Kind::Entry => "entry",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A port, or a short range of them, of a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortRange(pub u8, pub u16, pub u16);

impl PortRange {
    /// Whether it holds the port.
    pub fn contains(&self, proto: u8, port: u16) -> bool {
        self.0 == proto && (self.1..=self.2).contains(&port)
    }

    /// Reads `23/tcp` or `8000-8010/udp`; `None` for anything else and for ranges that are too long.
    pub fn parse(text: &str) -> Option<PortRange> {
        let (ports, proto) = text.trim().split_once('/')?;
        let proto = match proto.to_ascii_lowercase().as_str() {
            "tcp" => TCP,
            "udp" => UDP,
            _ => return None,
        };
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        PortRange::of(proto, first.trim().parse().ok()?, last.trim().parse().ok()?)
    }

    /// The range, where it is one and short enough.
    pub(crate) fn of(proto: u8, first: u16, last: u16) -> Option<PortRange> {
        (first <= last && last - first < PORT_RANGE_MAX).then_some(PortRange(proto, first, last))
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proto = if self.0 == UDP { "UDP" } else { "TCP" };
        match self.1 == self.2 {
            true => write!(f, "{}/{proto}", self.1),
            false => write!(f, "{}-{}/{proto}", self.1, self.2),
        }
    }
}

mod day_text {
    //! Days as YYYY-MM-DD in JSON.
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Day, parse_day};

    pub(super) fn serialize<S: Serializer>(day: &Option<Day>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => to.serialize_str(&day.to_string()),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.as_deref().and_then(parse_day))
    }
}

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// Number or name under which its source keeps it.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Title, in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Title, in Japanese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_ja: String,
    /// What its source says of it, shortened.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Other names and numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Products as `vendor:product`, in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// Ports that the source itself names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortRange>,
    /// Vulnerabilities it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cves: Vec<String>,
    /// Where to read more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The day it was published.
    #[serde(with = "day_text", skip_serializing_if = "Option::is_none")]
    pub published: Option<Day>,
    /// The day it was last changed.
    #[serde(with = "day_text", skip_serializing_if = "Option::is_none")]
    pub modified: Option<Day>,
    /// The day it was added to CISA's catalogue.
    #[serde(with = "day_text", skip_serializing_if = "Option::is_none")]
    pub kev: Option<Day>,
    /// The first day of which a source says that an exploit was public, or a rule against it was written.
    #[serde(with = "day_text", skip_serializing_if = "Option::is_none")]
    pub exploit: Option<Day>,
    /// Base score of CVSS, of the newest version that is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvss: Option<f64>,
    /// Probability of exploitation in 30 days, by EPSS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<f64>,
    /// Share of vulnerabilities with a lower probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_percentile: Option<f64>,
    /// Whether campaigns of ransomware are known to use it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ransomware: bool,
}

impl Record {
    /// An entry of a kind.
    pub(crate) fn of(kind: Kind, id: impl Into<String>) -> Record {
        Record { id: id.into(), kind, ..Record::default() }
    }

    /// Brings texts and lists within their limits.
    pub(crate) fn tidy(mut self) -> Record {
        self.id = clean(&self.id, TITLE_CHARS_MAX);
        self.title = clean(&self.title, TITLE_CHARS_MAX);
        self.title_ja = clean(&self.title_ja, TITLE_CHARS_MAX);
        self.text = clean(&self.text, TEXT_CHARS_MAX);
        for list in [&mut self.names, &mut self.products, &mut self.cves] {
            for text in list.iter_mut() {
                *text = clean(text, TITLE_CHARS_MAX);
            }
            list.retain(|text| !text.is_empty());
            list.sort();
            list.dedup();
            list.truncate(PARTS_MAX);
        }
        self.names.retain(|name| *name != self.id);
        self.ports.sort();
        self.ports.dedup();
        self.ports.truncate(PARTS_MAX);
        let mut seen = std::collections::BTreeSet::new();
        self.references.retain(|text| text.starts_with("http") && seen.insert(text.clone()));
        self.references.truncate(8);
        self
    }

    /// What it is called in English: its title, else what is said of it in no Japanese, else its number.
    ///
    /// JVN alone knows some: its titles and texts are Japanese, and a page in English names those by their number.
    pub fn name_en(&self) -> &str {
        let texts = [&self.title, &self.text].into_iter().filter(|text| !is_japanese(text));
        texts.chain([&self.id]).find(|text| !text.is_empty()).map_or("", String::as_str)
    }

    /// What it is called in Japanese; in English where there is no other name.
    pub fn name_ja(&self) -> &str {
        let texts = [&self.title_ja, &self.title, &self.text, &self.id];
        texts.into_iter().find(|text| !text.is_empty()).map_or("", String::as_str)
    }

    /// Takes from another source's entry of the same thing what this one does not say; sets are united.
    pub fn join(&mut self, other: Record) {
        fn first<T: Default + PartialEq>(own: &mut T, other: T) {
            if *own == T::default() {
                *own = other;
            }
        }
        first(&mut self.id, other.id);
        first(&mut self.title, other.title);
        first(&mut self.title_ja, other.title_ja);
        first(&mut self.text, other.text);
        self.names.extend(other.names);
        self.products.extend(other.products);
        self.ports.extend(other.ports);
        self.cves.extend(other.cves);
        self.references.extend(other.references);
        for (own, other) in [
            (&mut self.published, other.published),
            (&mut self.kev, other.kev),
            (&mut self.exploit, other.exploit),
        ] {
            *own = own.iter().copied().chain(other).min();
        }
        self.modified = self.modified.max(other.modified);
        first(&mut self.cvss, other.cvss);
        first(&mut self.epss, other.epss);
        first(&mut self.epss_percentile, other.epss_percentile);
        self.ransomware |= other.ransomware;
        *self = std::mem::take(self).tidy();
    }
}

/// Whether a text has kana or the characters of Chinese, which English has not.
fn is_japanese(text: &str) -> bool {
    text.chars().any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

/// The text as one line within a limit, the mark of what was cut off included.
pub(crate) fn clean(text: &str, chars_max: usize) -> String {
    const CUT: &str = "...";
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|part| !part.is_empty());
    let mut line = String::new();
    let mut chars = 0;
    for word in words {
        if chars > 0 {
            line.push(' ');
        }
        line.push_str(word);
        chars += word.chars().count() + 1;
        if chars > chars_max + 1 {
            break;
        }
    }
    if line.char_indices().nth(chars_max).is_none() {
        return line;
    }
    let room = chars_max.saturating_sub(CUT.len());
    let end = line.char_indices().nth(room).map_or(line.len(), |(end, _)| end);
    let cut = line[..end].rfind(' ').filter(|place| place * 2 > end).unwrap_or(end);
    format!("{}{}", &line[..cut], &CUT[..CUT.len().min(chars_max)])
}

/// The number of a CVE in its usual form; `None` when the text is none (rule D125).
pub fn cve_id(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.get(..4).filter(|head| head.eq_ignore_ascii_case("CVE-")).map(|_| &text[4..])?;
    let (year, number) = rest.split_once('-')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number))
        .then(|| format!("CVE-{year}-{number}"))
}

/// A number in the order of its age: by the year in it, then by the number at its end, then by its text.
///
/// Texts of numbers do not ascend with them: CVE-2021-9999 is older than CVE-2021-44228.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    year: u16,
    number: u64,
    id: String,
}

impl Age {
    /// Of a number such as `CVE-2021-44228`, `JVNDB-2021-000001` or `sid:2044008`; what has neither year nor number is older.
    pub fn of(id: &str) -> Age {
        let head = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let year = head.strip_suffix('-').and_then(|head| head.rsplit('-').next());
        let year = year.filter(|year| year.len() == 4).and_then(|year| year.parse().ok());
        Age { year: year.unwrap_or(0), number: id[head.len()..].parse().unwrap_or(0), id: id.to_string() }
    }

    /// The number.
    pub fn into_id(self) -> String {
        self.id
    }
}

/// A vendor and product as one key: lower case, blanks as underscores.
pub fn product_key(vendor: &str, product: &str) -> Option<String> {
    let plain = |text: &str| -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join("_").to_lowercase().replace(':', "_")
    };
    let (vendor, product) = (plain(vendor), plain(product));
    (!vendor.is_empty() && !product.is_empty()).then(|| format!("{vendor}:{product}"))
}

/// The key in a CPE name of either form; `None` when it names no product.
pub(crate) fn product_of_cpe(cpe: &str) -> Option<String> {
    let rest = cpe.trim().strip_prefix("cpe:2.3:").or_else(|| cpe.trim().strip_prefix("cpe:/"))?;
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => part.extend(letters.next()),
            ':' => parts.push(std::mem::take(&mut part)),
            _ => part.push(letter),
        }
        if parts.len() == 3 {
            break;
        }
    }
    if parts.len() < 3 {
        parts.push(part);
    }
    match &parts[..] {
        [_, vendor, product] => product_key(vendor, product),
        _ => None,
    }
}

/// The higher of two scores.
pub(crate) fn higher(own: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (own, other) {
        (Some(own), Some(other)) => Some(own.max(other)),
        (own, other) => own.or(other),
    }
}

/// The day at the beginning of a moment such as `2025-08-25T17:04:19Z`.
pub(crate) fn day_at(text: &str) -> Option<Day> {
    parse_day(text.trim().get(..10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_products_and_ports_are_read() {
        assert_eq!(cve_id(" cve-2021-44228 ").as_deref(), Some("CVE-2021-44228"));
        for text in ["CVE-2021-123", "CVE-21-1234", "2021-44228", "CVE-2021-12a4", "", "CVE"] {
            assert_eq!(cve_id(text), None, "{text}");
        }
        let cpes = [
            ("cpe:2.3:a:microsoft:exchange_server:2013:*", Some("microsoft:exchange_server")),
            ("cpe:/o:planex:mzk-dp300n", Some("planex:mzk-dp300n")),
            (r"cpe:2.3:a:a\:b:c\\d:1", Some(r"a_b:c\d")),
            ("cpe:/a:only", None),
            ("x", None),
        ];
        for (cpe, key) in cpes {
            assert_eq!(product_of_cpe(cpe).as_deref(), key, "{cpe}");
        }
        assert_eq!(product_key("D-Link", "DIR-645  Router").as_deref(), Some("d-link:dir-645_router"));
        assert_eq!(PortRange::parse("8000-8010/udp"), Some(PortRange(17, 8000, 8010)));
        assert_eq!(PortRange::parse("1-65535/tcp"), None);
        assert_eq!(PortRange::parse("23/TCP").map(|range| range.to_string()).as_deref(), Some("23/TCP"));
    }

    #[test]
    fn numbers_are_in_the_order_of_their_age() {
        let ids = [
            "mirai",
            "sid:999",
            "sid:2044008",
            "CVE-1999-0001",
            "CVE-2021-9999",
            "CVE-2021-44228",
            "CVE-2021-999999999999999999",
            "JVNDB-2022-000001",
        ];
        let mut sorted: Vec<Age> = ids.into_iter().rev().map(Age::of).collect();
        sorted.sort();
        assert_eq!(sorted.into_iter().map(Age::into_id).collect::<Vec<_>>(), ids);
    }

    #[test]
    fn texts_are_one_line_within_their_limit() {
        assert_eq!(clean(" a\t\nb ", 10), "a b");
        assert_eq!(clean("eleven twelve", 12), "eleven...");
        assert_eq!(clean("eleven twelve", 13), "eleven twelve");
        assert_eq!(clean("長い文章です", 5), "長い...");
    }

    proptest::proptest! {
        #[test]
        fn a_cleaned_text_stays_as_it_is(text in "\\PC{0,30}|[a-c長 \t\n]{0,60}", chars_max in 0_usize..40) {
            let once = clean(&text, chars_max);
            proptest::prop_assert!(once.chars().count() <= chars_max, "{once}");
            proptest::prop_assert_eq!(clean(&once, chars_max), once);
        }
    }

    #[test]
    fn an_english_name_is_never_a_japanese_text() {
        let mut record = Record {
            id: "CVE-2025-0001".into(),
            title_ja: "ルータにおける脆弱性".into(),
            text: "ルータには、脆弱性があります。".into(),
            ..Record::default()
        };
        assert_eq!((record.name_en(), record.name_ja()), ("CVE-2025-0001", "ルータにおける脆弱性"));
        record.text = "A router’s flaw – told in English".into();
        assert_eq!(record.name_en(), record.text);
        record.title = "Flaw".into();
        record.title_ja = String::new();
        assert_eq!((record.name_en(), record.name_ja()), ("Flaw", "Flaw"));
    }

    #[test]
    fn what_one_source_lacks_another_fills() {
        let mut own = Record {
            title: "one".into(),
            published: Some(Day(10)),
            names: vec!["b".into()],
            ..Record::of(Kind::Vulnerability, "CVE-2020-0001")
        };
        let other = Record {
            title: "two".into(),
            title_ja: "二".into(),
            published: Some(Day(8)),
            kev: Some(Day(20)),
            names: vec!["a".into(), "b".into()],
            ..Record::of(Kind::Vulnerability, "CVE-2020-0001")
        };
        own.join(other);
        assert_eq!((own.title.as_str(), own.title_ja.as_str()), ("one", "二"));
        assert_eq!((own.published, own.kev), (Some(Day(8)), Some(Day(20))));
        assert_eq!(own.names, ["a", "b"]);
    }

    #[test]
    fn a_record_reads_as_it_is_written() {
        let record = Record {
            ports: vec![PortRange(6, 23, 23)],
            kev: Some(Day(20_000)),
            epss: Some(0.5),
            ransomware: true,
            ..Record::of(Kind::Malware, "mirai")
        };
        let text = serde_json::to_string(&record).unwrap();
        expect_test::expect![[
            r#"{"id":"mirai","kind":"malware","ports":[[6,23,23]],"kev":"2024-10-04","epss":0.5,"ransomware":true}"#
        ]]
        .assert_eq(&text);
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
