//! The aftermath of random-subdomain attacks: figure, packets, zones, resolvers, impact, advice.
//!
//! **Invariant:** every number of the prose is a cell of a table here.

use jiff::civil::Date;
use teiten_model::table::Value;

use super::{evidence, reference};
use crate::chart::{Chart, LineChart, LineSeries, Step, Unit};
use crate::document::{Block, Cell, Column, Figure, Form, Reference, Span, TableBlock};
use crate::facts::Facts;
use crate::facts::phenomena::{DnsAftermath, DnsLine, HomeNetwork, ROWS_MAX};
use crate::kinds::phenomena::kinds;
use crate::words::names::country_in_prose;
use crate::words::{Language, Words, date, number};

const FIGURE: &str = "dns-by-day";
const TOTALS: &str = "dns-totals";
const ZONES: &str = "dns-zones";
const REGIONS: &str = "dns-resolvers";
const MONTHS: &str = "dns-months";
const ERRORS: &str = "dns-unreachable";
/// Regions that readers are shown.
const REGIONS_SHOWN: usize = 10;
/// What stands for the port in both languages.
const PORT: &str = "53/UDP";
/// A later month is said to fail more often when its share is so many times that of the first.
const FAILING_MORE: f64 = 1.3;

/// Rows of the table of totals.
#[derive(Clone, Copy)]
enum Total {
    Answers,
    ZoneAnswers,
    Responders,
    Resolvers,
    Errors,
    ErrorSources,
    ErrorsNamed,
    ErrorsOfZones,
    Zones,
    HomeResolvers,
    HomeZones,
}

fn total(of: Total) -> Vec<Span> {
    vec![Span::number(TOTALS, of as usize, "value")]
}

fn port() -> (&'static str, Vec<Span>) {
    ("port", vec![Span::text(PORT)])
}

/// The blocks.
pub(super) fn blocks(dns: &DnsAftermath, facts: &Facts, words: &Words) -> Vec<Block> {
    let to = |target: &str| vec![Span::to(target)];
    let paragraph = |key: &str, runs: &[(&str, Vec<Span>)]| Block::Paragraph(words.spans(key, &[], runs));
    let heading = words.say("dns-heading", &[], &[("port", PORT)]);
    let mut blocks = vec![
        Block::Heading { id: "dns-aftermath".to_string(), text: heading },
        paragraph(
            "dns-seen",
            &[
                port(),
                ("answers", total(Total::Answers)),
                ("errors", total(Total::Errors)),
                ("figure", to(FIGURE)),
            ],
        ),
        Block::Figure(Box::new(figure(dns, facts, words))),
    ];
    if !dns.no_such_name.is_empty() {
        let example = dns.zones.first().map_or("", |zone| zone.zone.as_str());
        let runs = [
            ("figure", to("dns-no-such-name")),
            ("zones", total(Total::Zones)),
            ("answers", total(Total::ZoneAnswers)),
            ("example", vec![Span::text(example)]),
        ];
        let key = if dns.zone_answers == dns.answers { "dns-names-all" } else { "dns-names" };
        let count = [("count", dns.zones.len() as i64)];
        blocks.push(Block::Paragraph(words.spans(key, &count, &runs)));
        blocks.push(packets("dns-no-such-name", "dns-names-caption", &dns.no_such_name, facts, words));
    }
    blocks.push(paragraph(
        "dns-explained",
        &[("responders", total(Total::Responders)), ("resolvers", total(Total::Resolvers))],
    ));
    if dns.errors > 0 {
        let mut spans = words.spans(
            "dns-errors",
            &[],
            &[port(), ("errors", total(Total::Errors)), ("sources", total(Total::ErrorSources))],
        );
        spans.push(words.sentence_gap());
        let runs = [("named", total(Total::ErrorsNamed)), ("of-zones", total(Total::ErrorsOfZones))];
        let is_all = dns.errors_of_zones == dns.errors_named;
        let key = if is_all { "dns-errors-named-all" } else { "dns-errors-named" };
        spans.extend(words.spans(key, &[], &runs));
        blocks.push(Block::Paragraph(spans));
        if !dns.unreachable.is_empty() {
            blocks.push(packets(ERRORS, "dns-errors-caption", &dns.unreachable, facts, words));
        }
    }
    blocks.extend(affected(dns, facts, words));
    blocks.extend(impact(dns, facts, words));
    blocks.push(Block::Table(totals(dns, words)));
    blocks.extend(advice(words));
    blocks
}

fn packets(
    id: &str,
    caption: &str,
    packets: &[crate::facts::phenomena::EvidencePacket],
    facts: &Facts,
    words: &Words,
) -> Block {
    let period = facts.period.label.of(words.language);
    let caption = words.say(caption, &[], &[("period", period), ("port", PORT)]);
    let chosen = if id == ERRORS { "evidence-by-region" } else { "evidence-by-zone" };
    Block::PacketList(evidence::list(id, caption, words.text(chosen), packets, facts, words))
}

/// Victim zones, resolvers by region, and what was not seen.
fn affected(dns: &DnsAftermath, facts: &Facts, words: &Words) -> Vec<Block> {
    let mut blocks = vec![
        Block::Paragraph(words.spans(
            "dns-victims",
            &[("count", dns.zones.len() as i64)],
            &[("zones", total(Total::Zones))],
        )),
        Block::Table(zones(dns, words)),
    ];
    let told = kinds::told(dns.zones.iter().map(|zone| zone.kind.as_ref()), words);
    blocks.extend((!told.is_empty()).then_some(Block::Paragraph(told)));
    if let Some((home, domain)) = &facts.phenomena.home {
        let name = vec![Span::text(country_in_prose(home, words.language))];
        let runs = [
            ("home", name.clone()),
            ("domain", vec![Span::text(format!(".{domain}"))]),
            ("zones", total(Total::HomeZones)),
        ];
        let key = if dns.home_zones == 0 { "dns-home-none" } else { "dns-home-zones" };
        let mut spans = words.spans(key, &[("count", dns.home_zones)], &runs);
        if dns.home_resolvers > 0 {
            spans.push(words.sentence_gap());
            let runs = [("home", name), ("resolvers", total(Total::HomeResolvers))];
            spans.extend(words.spans("dns-home-resolvers", &[], &runs));
        }
        blocks.push(Block::Paragraph(spans));
    }
    blocks.push(Block::Paragraph(words.spans("dns-resolvers-intro", &[], &[])));
    blocks.push(Block::Table(regions(dns, words)));
    if !dns.home_ases.is_empty() && facts.phenomena.home.is_some() {
        blocks.push(Block::Table(home_ases(dns, facts, words)));
    }
    blocks
}

/// The growing part of failures, by month, and its packets.
fn impact(dns: &DnsAftermath, facts: &Facts, words: &Words) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut spans = words.spans("dns-impact", &[], &[]);
    if let (Some(first), Some(last)) = (dns.months.first(), dns.months.last())
        && dns.months.len() > 1
        && last.server_failure >= first.server_failure * FAILING_MORE
    {
        spans.push(words.sentence_gap());
        let share = |row: usize| vec![Span::number(MONTHS, row, "server_failure")];
        let month = |day: Date| vec![Span::text(date::month_long(day, words.language))];
        let runs = [
            ("first", month(first.first)),
            ("last", month(last.first)),
            ("before", share(0)),
            ("after", share(dns.months.len() - 1)),
        ];
        spans.extend(words.spans("dns-impact-rose", &[], &runs));
    }
    blocks.push(Block::Paragraph(spans));
    blocks.push(Block::Table(months(dns, words)));
    if !dns.server_failure.is_empty() {
        blocks.push(packets("dns-server-failure", "dns-failure-caption", &dns.server_failure, facts, words));
    }
    blocks
}

fn advice(words: &Words) -> Vec<Block> {
    let cite = |target: &str| Span::cite(target);
    let item = |key: &str, references: Vec<Span>| words.spans(key, &[], &[("references", references)]);
    vec![
        Block::Paragraph(words.spans("dns-advice", &[], &[])),
        Block::List {
            is_ordered: true,
            items: vec![
                item("dns-advice-servers", vec![cite("rfc5358"), cite("jprs-open"), cite("nic-open")]),
                item("dns-advice-routers", vec![cite("jvn-open"), cite("openresolver")]),
                item("dns-advice-hosts", vec![cite("openresolver")]),
                item("dns-advice-networks", vec![cite("bcp38")]),
            ],
        },
    ]
}

/// What is cited here.
pub(super) fn references(language: Language) -> Vec<Reference> {
    let choose = |ja: &'static str, en: &'static str| if language == Language::Ja { ja } else { en };
    vec![
        reference(
            "rfc5358",
            "IETF",
            "RFC 5358 (BCP 140): Preventing Use of Recursive Nameservers in Reflector Attacks",
            "https://www.rfc-editor.org/rfc/rfc5358",
        ),
        reference(
            "jprs-open",
            choose("株式会社日本レジストリサービス（JPRS）", "Japan Registry Services (JPRS)"),
            choose(
                "DNSサーバーの不適切な設定「オープンリゾルバー」について",
                "On open resolvers, an improper configuration of DNS servers (in Japanese)",
            ),
            "https://jprs.jp/important/2013/130418.html",
        ),
        reference(
            "nic-open",
            choose(
                "日本ネットワークインフォメーションセンター（JPNIC）",
                "Japan Network Information Center (JPNIC)",
            ),
            choose(
                "オープンリゾルバ（Open Resolver）に対する注意喚起",
                "Alert on open resolvers (in Japanese)",
            ),
            "https://www.nic.ad.jp/ja/dns/openresolver/",
        ),
        reference(
            "jvn-open",
            "JVN",
            choose(
                "JVN#62507275 複数のブロードバンドルータがオープンリゾルバとして機能してしまう問題",
                "JVN#62507275: multiple broadband routers act as open resolvers (in Japanese)",
            ),
            "https://jvn.jp/jp/JVN62507275/",
        ),
        reference(
            "openresolver",
            "JPCERT/CC",
            choose("オープンリゾルバ確認サイト", "Open resolver check site"),
            "http://www.openresolver.jp/",
        ),
        reference(
            "bcp38",
            "IETF",
            "RFC 2827 (BCP 38): Network Ingress Filtering",
            "https://www.rfc-editor.org/rfc/rfc2827",
        ),
    ]
}

fn figure(dns: &DnsAftermath, facts: &Facts, words: &Words) -> Figure {
    let language = words.language;
    let series: Vec<LineSeries> = dns
        .series
        .iter()
        .map(|series| {
            let (key, label) = match series.line {
                DnsLine::Answers => ("answers", "dns-line-answers"),
                DnsLine::NoSuchName => ("no_such_name", "dns-line-no-such-name"),
                DnsLine::ServerFailure => ("server_failure", "dns-line-server-failure"),
                DnsLine::Errors => ("errors", "dns-line-errors"),
            };
            LineSeries { key: key.to_string(), label: words.text(label), values: series.values.clone() }
        })
        .collect();
    let chart = LineChart::new(facts.period.first, Step::Day, Unit::rate(words), series, words);
    let period = facts.period.label.of(language);
    let caption = words.say("dns-figure", &[], &[("period", period), ("port", PORT)]);
    Figure::new(FIGURE, caption, Chart::Line(chart), &dns.origin, words)
}

fn totals(dns: &DnsAftermath, words: &Words) -> TableBlock {
    let mut table = TableBlock::new(
        TOTALS,
        words.text("dns-totals-caption"),
        vec![
            Column::new("item", words.text("coverage-item"), String::new(), Form::Text),
            Column::new("value", words.text("coverage-value"), String::new(), Form::Count),
        ],
    );
    let rows = [
        ("answers", "dns-total-answers", dns.answers),
        ("zone_answers", "dns-total-zone-answers", dns.zone_answers),
        ("responders", "dns-total-responders", dns.responders),
        ("resolvers", "dns-total-resolvers", dns.resolvers),
        ("errors", "dns-total-errors", dns.errors),
        ("error_sources", "dns-total-error-sources", dns.error_sources),
        ("errors_named", "dns-total-errors-named", dns.errors_named),
        ("errors_of_zones", "dns-total-errors-of-zones", dns.errors_of_zones),
        ("zones", "dns-total-zones", dns.zones.len() as i64),
        ("home_resolvers", "dns-total-home-resolvers", dns.home_resolvers),
        ("home_zones", "dns-total-home-zones", dns.home_zones),
    ];
    for (key, label, value) in rows {
        table.push_cells(vec![
            Cell::worded(Value::from(key), words.say(label, &[], &[("port", PORT)])),
            Cell::new(Value::Int(value), Form::Count),
        ]);
    }
    table.origin = dns.origin.clone();
    table
}

fn share(part: f64) -> Cell {
    Cell::new(Value::Float(part), Form::Share)
}

fn count(number: i64) -> Cell {
    Cell::new(Value::Int(number), Form::Count)
}

fn zones(dns: &DnsAftermath, words: &Words) -> TableBlock {
    let text = |name, key| Column::new(name, words.text(key), String::new(), Form::Text);
    let part = |name, key| Column::new(name, words.text(key), String::new(), Form::Share);
    let mut table = TableBlock::new(
        ZONES,
        words.text("dns-zones-caption"),
        vec![
            text("zone", "column-zone"),
            text("kind", "column-victim-kind"),
            text("first", "column-first"),
            text("last", "column-last"),
            Column::new("answers", words.text("column-answers"), words.text("unit-packets"), Form::Count),
            part("unique", "column-unique"),
            part("no_such_name", "dns-line-no-such-name"),
            part("server_failure", "dns-line-server-failure"),
            Column::new("responders", words.text("column-responders"), String::new(), Form::Count),
        ],
    );
    for zone in dns.zones.iter().take(ROWS_MAX) {
        let day = |day: Date| Cell::worded(Value::Text(day.to_string()), date::short(day, words.language));
        table.push_cells(vec![
            Cell::text(zone.zone.as_str()),
            kinds::cell(zone.kind.as_ref(), words),
            day(zone.first),
            day(zone.last),
            count(zone.answers),
            share(zone.unique),
            share(zone.no_such_name),
            share(zone.server_failure),
            count(zone.responders),
        ]);
    }
    table.footnotes = vec![words.spans("dns-zones-note", &[], &[])];
    table.origin = dns.origin.clone();
    table
}

fn regions(dns: &DnsAftermath, words: &Words) -> TableBlock {
    let shown = dns.regions.len().min(REGIONS_SHOWN);
    let top = number::count(shown as i64);
    let mut table = TableBlock::new(
        REGIONS,
        words.say("dns-regions-caption", &[], &[("shown", &top)]),
        vec![
            Column::new("region", words.text("column-resolver-region"), String::new(), Form::Text),
            Column::new("resolvers", words.text("column-resolvers"), String::new(), Form::Count),
            Column::new("share", words.text("column-share"), String::new(), Form::Share),
            Column::new("answers", words.text("column-answers"), words.text("unit-packets"), Form::Count),
        ],
    );
    for region in dns.regions.iter().take(ROWS_MAX) {
        let name = region.name.of(words.language);
        let name = if region.key.is_empty() { words.text("region-unknown") } else { name.to_string() };
        table.push_cells(vec![
            Cell::worded(Value::Text(region.key.clone()), name),
            count(region.resolvers),
            share(region.share),
            count(region.answers),
        ]);
    }
    table.shown = shown;
    table.footnotes = vec![words.spans("dns-resolver-note", &[], &[])];
    table.origin = dns.origin.clone();
    table
}

fn home_ases(dns: &DnsAftermath, facts: &Facts, words: &Words) -> TableBlock {
    let home = facts.phenomena.home.as_ref().map_or("", |home| home.0.of(words.language));
    let mut table = TableBlock::new(
        "dns-home-ases",
        words.say("dns-home-ases-caption", &[], &[("home", home)]),
        vec![
            Column::new("asn", words.text("column-as"), String::new(), Form::Text),
            Column::new("resolvers", words.text("column-resolvers"), String::new(), Form::Count),
        ],
    );
    for HomeNetwork { asn, resolvers, .. } in dns.home_ases.iter().take(ROWS_MAX) {
        let label = if asn.is_empty() { words.text("region-unknown") } else { asn.clone() };
        table.push_cells(vec![Cell::worded(Value::Text(asn.clone()), label), count(*resolvers)]);
    }
    table.shown = 5;
    if facts.provenance.lacks_as {
        table.footnotes = vec![words.spans("dns-home-ases-none", &[], &[])];
    }
    table.origin = dns.origin.clone();
    table
}

fn months(dns: &DnsAftermath, words: &Words) -> TableBlock {
    let part = |name, key| Column::new(name, words.text(key), String::new(), Form::Share);
    let packets = || words.text("unit-packets");
    let mut table = TableBlock::new(
        MONTHS,
        words.say("dns-months-caption", &[], &[("port", PORT)]),
        vec![
            Column::new("month", words.text("column-month"), String::new(), Form::Text),
            Column::new("answers", words.text("column-answers"), packets(), Form::Count),
            part("no_such_name", "dns-line-no-such-name"),
            part("server_failure", "dns-line-server-failure"),
            part("refused", "dns-line-refused"),
            Column::new("errors", words.text("dns-line-errors"), packets(), Form::Count),
        ],
    );
    for month in &dns.months {
        let name = date::month_long(month.first, words.language);
        table.push_cells(vec![
            Cell::worded(Value::Text(month.first.to_string()), name),
            count(month.answers),
            share(month.no_such_name),
            share(month.server_failure),
            share(month.refused),
            count(month.errors),
        ]);
    }
    table.origin = dns.origin.clone();
    table
}
