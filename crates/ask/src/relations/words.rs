//! What is related, said in both languages: names, dates, levels' reasons, and what speaks against them.
//!
//! **Invariant:** a sentence holds the numbers of `intel::relate` and adds none.

use teiten_intel::relate::{Against, DateKind, Reason, Related, Thing};

use crate::output::Lang;

/// What became known on a date.
pub fn date_name(kind: DateKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (DateKind::Published, Lang::En) => "published",
        (DateKind::Published, Lang::Ja) => "公開",
        (DateKind::Kev, Lang::En) => "listed in KEV",
        (DateKind::Kev, Lang::Ja) => "KEV掲載",
        (DateKind::Exploit, Lang::En) => "public exploit or rule",
        (DateKind::Exploit, Lang::Ja) => "攻撃コードまたは検知規則の公開",
        (DateKind::Since, Lang::En) => "first known",
        (DateKind::Since, Lang::Ja) => "出現",
    }
}

/// What a thing is.
pub fn thing_name(thing: Thing, lang: Lang) -> &'static str {
    match (thing, lang) {
        (Thing::Vulnerability, Lang::En) => "vulnerability",
        (Thing::Vulnerability, Lang::Ja) => "脆弱性",
        (Thing::Malware, Lang::En) => "malware",
        (Thing::Malware, Lang::Ja) => "マルウエア",
        (Thing::Tool, Lang::En) => "tool",
        (Thing::Tool, Lang::Ja) => "ツール",
        (Thing::Product, Lang::En) => "product",
        (Thing::Product, Lang::Ja) => "製品",
    }
}

/// The name of a thing.
pub fn name(related: &Related, lang: Lang) -> String {
    match lang {
        Lang::Ja => related.ja.clone(),
        Lang::En => related.en.clone(),
    }
}

/// Why, in one sentence.
pub fn reason(related: &Related, lang: Lang) -> String {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    match (&related.reason, lang) {
        (Reason::Pattern { tag, packets }, Lang::En) => {
            format!("{packets} packets carry its exploit ({tag})")
        }
        (Reason::Pattern { tag, packets }, Lang::Ja) => {
            format!("攻撃コードを含むパケット{packets}個（{tag}）")
        }
        (Reason::Form { tag, packets }, Lang::En) => format!("{packets} packets have its form ({tag})"),
        (Reason::Form { tag, packets }, Lang::Ja) => format!("固有の形のパケット{packets}個（{tag}）"),
        (Reason::Near { date, days, chance }, Lang::En) => {
            let side = if *days < 0 { "before" } else { "after" };
            let (days, date) = (days.abs(), date_name(*date, lang));
            format!(
                "its port, and the rise began {days} days {side} it ({date}); by chance {}",
                percent(*chance)
            )
        }
        (Reason::Near { date, days, chance }, Lang::Ja) => {
            let side = if *days < 0 { "前" } else { "後" };
            let (days, date) = (days.abs(), date_name(*date, lang));
            format!(
                "該当製品のポートで、増加の開始が{days}日{side}（{date}）、偶然の割合{}",
                percent(*chance)
            )
        }
        (Reason::Often { chance }, Lang::En) => {
            format!("its port; near a date on {} of all days, which says nothing", percent(*chance))
        }
        (Reason::Often { chance }, Lang::Ja) => {
            format!("該当製品のポート、ただし全日数の{}が日付の近くで意味を持たない", percent(*chance))
        }
        (Reason::Surveyed { share }, Lang::En) => {
            format!("its port; {} of the packets are of organisations that scan openly", percent(*share))
        }
        (Reason::Surveyed { share }, Lang::Ja) => {
            format!("該当製品のポート、ただしパケットの{}が調査目的の組織から", percent(*share))
        }
        (Reason::Port, Lang::En) => "the port alone: a related service".to_string(),
        (Reason::Port, Lang::Ja) => "ポート番号のみ（関連するサービス）".to_string(),
    }
}

/// What speaks against it, in one sentence.
pub fn spoken_against(against: Against, lang: Lang) -> String {
    match (against, lang) {
        (Against::Scanners(share), Lang::En) => {
            format!("{:.1} % of the packets are of organisations that scan openly", 100.0 * share)
        }
        (Against::Scanners(share), Lang::Ja) => {
            format!("調査目的の組織からのパケットが{:.1} %", 100.0 * share)
        }
        (Against::Mirai(share), Lang::En) => {
            format!("{:.1} % of the packets have Mirai's form", 100.0 * share)
        }
        (Against::Mirai(share), Lang::Ja) => format!("Miraiの特徴を持つパケットが{:.1} %", 100.0 * share),
        (Against::PortOnly, Lang::En) => {
            "nothing but the number of the port ties them: no sign that any of it is exploited".to_string()
        }
        (Against::PortOnly, Lang::Ja) => "ポート番号以外の根拠はなく、悪用を示すものではない".to_string(),
    }
}
