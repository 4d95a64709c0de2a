//! What a page is asked to show: the parameters of an address, the same for pages and API.
//!
//! The long names are those of the API (`filter`, `period`, `compare`), the short ones those of permalinks (`f`,
//! `p`, `vs`); both are understood everywhere. Names are added and never taken away: a test holds old addresses.
//!
//! **Invariant:** a parameter that is not understood is refused, so that no page shows another selection than
//! its address says.

use teiten_ask::wanted::{self, Wanted};
use teiten_query::dimension::{self, Dimension};
use teiten_selection::distance::nearest;

use crate::fault::Fault;
use crate::links;

/// Longest query that is read, in bytes.
pub(crate) const QUERY_BYTES_MAX: usize = 8_192;
/// Most parameters.
pub(crate) const PARAMETERS_MAX: usize = 200;
/// Most lines of a page.
pub(crate) const LINES_MAX: usize = 1_000;
/// Most packets that can be passed over.
pub(crate) const SKIP_MAX: usize = 1_000_000;

/// How a selection is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Graph {
    /// Parts of a whole over time.
    Stacked,
    /// A line each over time.
    Lines,
    /// A bar each.
    Bars,
    /// A field of lines and days.
    Heat,
    /// The world, a shade a country.
    Map,
    /// The table alone.
    Table,
}

impl Graph {
    /// Every way to draw.
    pub(crate) const ALL: [Graph; 6] =
        [Graph::Stacked, Graph::Lines, Graph::Bars, Graph::Heat, Graph::Map, Graph::Table];

    /// The word in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Graph::Stacked => "stacked",
            Graph::Lines => "lines",
            Graph::Bars => "bars",
            Graph::Heat => "heat",
            Graph::Map => "map",
            Graph::Table => "table",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Look {
    /// Filter, period, sensors, groups.
    pub(crate) wanted: Wanted,
    /// The period to compare with.
    pub(crate) vs: Option<String>,
    /// By what packets are divided.
    pub(crate) by: Option<String>,
    /// How it is drawn.
    pub(crate) graph: Option<Graph>,
    /// What lines are ranked by.
    pub(crate) metric: Option<String>,
    /// Lines, or packets of a list.
    pub(crate) top: Option<usize>,
    /// The step of a series.
    pub(crate) step: Option<String>,
    /// The zone in which times are read and shown.
    pub(crate) tz: Option<String>,
    /// Packets passed over.
    pub(crate) skip: usize,
    /// The packet that is opened, counted from 1 in the list.
    pub(crate) row: Option<usize>,
    /// The language, for this page and from then on.
    pub(crate) lang: Option<String>,
    /// A text to search for or to ask, where a page takes one.
    pub(crate) q: Option<String>,
    /// The format of an answer.
    pub(crate) format: Option<String>,
    /// The drawing of a page that is wanted as a picture; the first where none is named.
    pub(crate) chart: Option<String>,
    /// Whether CSV is for spreadsheets.
    pub(crate) bom: bool,
    /// Whether a capture is rewritten for publication.
    pub(crate) publish: bool,
    /// Where an answer that was cut goes on.
    pub(crate) cursor: Option<String>,
    /// The parameters that were given, by their names in the API.
    pub(crate) given: Vec<&'static str>,
}

/// Every parameter: its name in the API, its short name, and what it is.
pub(crate) const PARAMETERS: &[(&str, &str, &str)] = &[
    ("filter", "f", "A filter in Wireshark's display filter language."),
    ("period", "p", "A period: 2014Q2, 2014-06, 2014-06-01, FY2014, 2014-W23, now-7d, A..B."),
    ("from", "from", "The first moment, in place of a period."),
    ("to", "to", "The first moment after."),
    ("scanners", "scanners", "Organisations that scan openly: with, without or only."),
    ("sensor", "sensor", "Only this sensor; may be given again."),
    ("group", "group", "Only sensors of this group; may be given again."),
    ("compare", "vs", "The period to compare with: prev, prev-year, or a period."),
    ("by", "by", "By what packets are divided: port, country, as, source, class, tag, ..."),
    ("graph", "g", "How a page draws it: stacked, lines, bars, heat, map, table."),
    ("metric", "metric", "What lines are ranked by: packets, sources, sensors, rate, per-address."),
    ("limit", "top", "Most lines, or most packets of a list."),
    ("step", "step", "The step of a series: hour, day, week, month, year."),
    ("tz", "tz", "The zone in which times are read and written, such as Asia/Tokyo or UTC."),
    ("skip", "skip", "Packets of a list that are passed over."),
    ("row", "row", "The packet of a list that is opened, counted from 1."),
    ("lang", "lang", "The language of names: ja or en."),
    ("q", "q", "What is searched for, or an SQL statement."),
    (
        "format",
        "format",
        "The format of the answer: json, ndjson, csv, tsv, md, parquet, sql, pcapng, pcap; of a page's drawing svg or png.",
    ),
    ("chart", "chart", "The drawing of a page that is wanted as svg or png, where it has several."),
    ("bom", "bom", "1 for CSV that spreadsheets open: a mark at its beginning, formulas made harmless."),
    ("publish", "publish", "1 for a capture without any trace of a sensor."),
    ("cursor", "cursor", "Where an answer that was cut goes on: what `next` in its `meta` said."),
];

/// Other words for dimensions: the fields of the filter that say the same.
const FIELD_WORDS: &[(&str, &str)] = &[
    ("dst.port", "port"),
    ("tcp.dstport", "port"),
    ("udp.dstport", "port"),
    ("src.country", "country"),
    ("src.asn", "as"),
    ("ip.src", "source"),
    ("src.port", "srcport"),
    ("sensor.group", "group"),
    ("dns.qry.name", "dnsname"),
    ("ip.ttl", "ttl"),
    ("tcp.flags", "flags"),
    ("tcp.window_size_value", "window"),
    ("dns.flags.rcode", "rcode"),
];

impl Look {
    /// Reads the parameters of an address.
    pub(crate) fn read(query: &str) -> Result<Look, Fault> {
        if query.len() > QUERY_BYTES_MAX {
            let said =
                format!("an address may have {QUERY_BYTES_MAX} bytes of parameters: write a shorter filter");
            return Err(Fault::parameter("filter", said));
        }
        let pairs = pairs(query, PARAMETERS_MAX)?;
        let mut look = Look::default();
        for (name, text) in pairs {
            // A form sends its empty boxes too.
            if !text.trim().is_empty() {
                look.set(&name, text)?;
            }
        }
        Ok(look)
    }

    fn set(&mut self, name: &str, text: String) -> Result<(), Fault> {
        let Some((name, ..)) = PARAMETERS.iter().find(|(long, short, _)| name == *long || name == *short)
        else {
            let known = PARAMETERS.iter().flat_map(|(long, short, _)| [*long, *short]);
            let said = match nearest(name, known) {
                Some(near) => format!("there is no parameter `{name}`: did you mean `{near}`?"),
                None => format!("there is no parameter `{name}`: /api lists those there are"),
            };
            return Err(Fault::parameter(name, said));
        };
        let number = |most: usize| {
            text.parse::<usize>().ok().filter(|number| *number <= most).ok_or_else(|| {
                Fault::parameter(name, format!("`{name}` is a whole number up to {most}, not `{text}`"))
            })
        };
        let is_set = || match text.as_str() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(Fault::parameter(name, format!("`{name}` is 1 or 0, not `{text}`"))),
        };
        if !self.given.contains(name) {
            self.given.push(name);
        }
        match *name {
            "filter" => self.wanted.filter = Some(text),
            "period" => self.wanted.period = Some(text),
            "from" => self.wanted.from = Some(text),
            "to" => self.wanted.to = Some(text),
            "scanners" => {
                wanted::scanners(Some(&text))?;
                self.wanted.scanners = Some(text);
            }
            "sensor" => self.wanted.sensors.push(text),
            "group" => self.wanted.groups.push(text),
            "compare" => self.vs = Some(text).filter(|text| text != "none"),
            "by" => self.by = Some(by(&text)?.name.to_string()),
            "graph" => {
                let found = Graph::ALL.into_iter().find(|graph| graph.word() == text);
                self.graph = Some(found.ok_or_else(|| {
                    let words: Vec<&str> = Graph::ALL.iter().map(|graph| graph.word()).collect();
                    Fault::parameter(
                        name,
                        format!("`{text}` is no way to draw: write one of {}", words.join(", ")),
                    )
                })?);
            }
            "metric" => {
                wanted::metric(&text)?;
                self.metric = Some(text);
            }
            "limit" => self.top = Some(number(SKIP_MAX)?.max(1)),
            "step" => {
                wanted::step(&text)?;
                self.step = Some(text);
            }
            "tz" => self.tz = Some(text),
            "skip" => self.skip = number(SKIP_MAX)?,
            "row" => self.row = Some(number(SKIP_MAX)?.max(1)),
            "lang" => match text.as_str() {
                "ja" | "en" => self.lang = Some(text),
                _ => {
                    return Err(Fault::parameter(
                        name,
                        format!("`{text}` is no language of ours: write ja or en"),
                    ));
                }
            },
            "q" => self.q = Some(text),
            "format" => self.format = Some(text),
            "chart" => self.chart = Some(text),
            "bom" => self.bom = is_set()?,
            "publish" => self.publish = is_set()?,
            "cursor" => self.cursor = Some(text),
            other => unreachable!("{other} is in the list of parameters and nowhere else"),
        }
        Ok(())
    }

    /// The parameters as pairs, in their order, by their short names; whatever is as usual is left out.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        let mut add = |name: &'static str, text: Option<String>| pairs.extend(text.map(|text| (name, text)));
        add("f", self.wanted.filter.clone());
        add("p", self.wanted.period.clone());
        add("from", self.wanted.from.clone());
        add("to", self.wanted.to.clone());
        add("scanners", self.wanted.scanners.clone());
        self.wanted.sensors.iter().for_each(|sensor| add("sensor", Some(sensor.clone())));
        self.wanted.groups.iter().for_each(|group| add("group", Some(group.clone())));
        add("vs", self.vs.clone());
        add("by", self.by.clone());
        add("g", self.graph.map(|graph| graph.word().to_string()));
        add("metric", self.metric.clone());
        add("top", self.top.map(|top| top.to_string()));
        add("step", self.step.clone());
        add("tz", self.tz.clone());
        add("skip", (self.skip > 0).then(|| self.skip.to_string()));
        add("row", self.row.map(|row| row.to_string()));
        add("q", self.q.clone());
        pairs
    }

    /// The address of a page that shows this.
    pub(crate) fn url(&self, path: &str) -> String {
        links::with(path, &self.pairs())
    }

    /// The same selection and zone, drawn as a page usually draws it.
    pub(crate) fn selection(&self) -> Look {
        Look { wanted: self.wanted.clone(), vs: self.vs.clone(), tz: self.tz.clone(), ..Look::default() }
    }

    /// The same of other packets.
    pub(crate) fn with_filter(&self, filter: String) -> Look {
        let filter = Some(filter).filter(|filter| !filter.is_empty());
        let wanted = Wanted { filter, ..self.wanted.clone() };
        Look { wanted, skip: 0, row: None, ..self.clone() }
    }

    /// The same of another time.
    pub(crate) fn with_period(&self, period: String) -> Look {
        let wanted = Wanted { period: Some(period), from: None, to: None, ..self.wanted.clone() };
        Look { wanted, skip: 0, row: None, ..self.clone() }
    }

    /// The filter; empty for none.
    pub(crate) fn filter(&self) -> &str {
        self.wanted.filter.as_deref().unwrap_or_default()
    }

    /// Lines that are shown, unless more are asked for than a page shows.
    pub(crate) fn lines(&self, usual: usize) -> usize {
        self.top.unwrap_or(usual).min(LINES_MAX)
    }
}

/// The dimension of a word.
pub(crate) fn by(word: &str) -> Result<&'static Dimension, Fault> {
    let word = FIELD_WORDS.iter().find(|(field, _)| *field == word).map_or(word, |(_, name)| name);
    if let Some(found) = dimension::find(word) {
        return Ok(found);
    }
    Err(Fault {
        parameter: "by".to_string(),
        ..wanted::dimension(word).map_or_else(Fault::from, |_| unreachable!("it was not found"))
    })
}

/// The pairs of a query, so many at most.
pub(crate) fn pairs(query: &str, most: usize) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        if pairs.len() == most {
            let said = format!("an address or a form may have {most} parameters");
            return Err(Fault::parameter("filter", said));
        }
        let (name, text) = part.split_once('=').unwrap_or((part, ""));
        let decoded = |text: &str| {
            decode(text).ok_or_else(|| {
                Fault::parameter(name, format!("`{name}` is not written in UTF-8: escape each byte as %XX"))
            })
        };
        pairs.push((decoded(name)?, decoded(text)?));
    }
    Ok(pairs)
}

/// A text without its escapes; `None` when it is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hexadecimal = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = hexadecimal.and_then(|two| u8::from_str_radix(two, 16).ok());
        rest = match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &after[2..]
            }
            (b'+', _) => {
                bytes.push(b' ');
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Addresses that were given out; each must always mean what stands behind it.
    const OLD: &[(&str, &str)] = &[
        (
            "f=tcp.dstport==6379&p=2026Q3&vs=prev&by=src.country&g=stacked&top=10&tz=UTC",
            "f=tcp.dstport==6379&p=2026Q3&vs=prev&by=country&g=stacked&top=10&tz=UTC",
        ),
        (
            "filter=tcp.dstport+%3D%3D+23&period=2014Q2&compare=prev-year&limit=5",
            "f=tcp.dstport+==+23&p=2014Q2&vs=prev-year&top=5",
        ),
        (
            "from=2014-05-01&to=2014-05-08&sensor=jp-01&sensor=jp-02",
            "from=2014-05-01&to=2014-05-08&sensor=jp-01&sensor=jp-02",
        ),
        (
            "p=now-7d&group=jp&by=ports&metric=rate&step=hour&g=heat",
            "p=now-7d&group=jp&by=port&g=heat&metric=rate&step=hour",
        ),
        ("f=&p=2014-06&skip=200&row=3&vs=none", "p=2014-06&skip=200&row=3"),
    ];

    #[test]
    fn an_old_address_means_what_it_meant() {
        for (old, meant) in OLD {
            let look = Look::read(old).expect("it is understood");
            assert_eq!(look.url(""), format!("?{meant}"), "{old}");
            let again = Look::read(meant).expect("its canonical form too");
            assert_eq!(Look { given: look.given.clone(), ..again }, look);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_proposal() {
        for (query, said) in [
            ("filtr=tcp", "there is no parameter `filtr`: did you mean `filter`?"),
            ("top=many", "`limit` is a whole number up to 1000000, not `many`"),
            ("g=pie", "`pie` is no way to draw: write one of stacked, lines, bars, heat, map, table"),
            ("lang=fr", "`fr` is no language of ours: write ja or en"),
            ("f=%ff", "`f` is not written in UTF-8: escape each byte as %XX"),
        ] {
            assert_eq!(Look::read(query).unwrap_err().detail, said);
        }
        assert!(Look::read(&format!("f={}", "x".repeat(QUERY_BYTES_MAX))).is_err());
        assert!(Look::read("by=colour").unwrap_err().detail.contains("write one of ports, countries"));
    }

    #[test]
    fn no_parameter_is_listed_twice() {
        let mut names: Vec<&str> = PARAMETERS.iter().map(|(long, ..)| *long).collect();
        let shorts = PARAMETERS.iter().filter(|(long, short, _)| long != short).map(|(_, short, _)| *short);
        names.extend(shorts);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    proptest! {
        #[test]
        fn an_address_reads_back(filter in "[ -~国\u{e9}]{0,60}", skip in 0usize..5000) {
            let filter = Some(filter).filter(|filter| !filter.trim().is_empty());
            let look = Look { wanted: Wanted { filter, ..Wanted::default() }, skip, ..Look::default() };
            let url = look.url("/explore");
            let query = url.split_once('?').map_or("", |(_, query)| query);
            let again = Look::read(query).expect("it is understood");
            prop_assert_eq!(Look { given: Vec::new(), ..again }, look);
        }
    }
}
