//! Column heads in Japanese, for the formats that people read.
//!
//! The names of columns are English words already and are what machine formats print in any language; a
//! name or unit that is not listed stays as it is.

use crate::output::Lang;

/// Column name or unit, and the Japanese for it.
const WORDS_JA: &[(&str, &str)] = &[
    ("rank", "順位"),
    ("day", "日"),
    ("subject", "対象"),
    ("confidence", "確度"),
    ("seen", "観測値"),
    ("asns", "AS数"),
    ("countries", "国数"),
    ("ports", "ポート数"),
    ("text", "文字"),
    ("hex", "16進"),
    ("sha256", "SHA-256"),
    ("payload", "ペイロード"),
    ("came", "新規"),
    ("level", "段階"),
    ("near", "近い日付"),
    ("chance", "偶然の割合"),
    ("dates", "日付の一覧"),
    ("references", "参考"),
    ("measure", "項目"),
    ("bound", "しきい値"),
    ("value", "値"),
    ("doc", "説明"),
    ("since", "開始"),
    ("expected", "期待値"),
    ("rank_before", "前期順位"),
    ("port", "宛先ポート"),
    ("srcport", "送信元ポート"),
    ("protocol", "プロトコル"),
    ("country", "国・地域"),
    ("source", "送信元"),
    ("as", "AS"),
    ("class", "分類"),
    ("tag", "タグ"),
    ("actor", "調査組織"),
    ("group", "グループ"),
    ("sensor", "センサー"),
    ("at", "日時"),
    ("packets", "パケット数"),
    ("frames", "フレーム数"),
    ("share", "割合"),
    ("rate", "平均"),
    ("sources", "送信元数"),
    ("sensors", "センサー数"),
    ("before", "前期"),
    ("change", "増減"),
    ("name", "名称"),
    ("service", "サービス"),
    ("used_for", "実際の用途"),
    ("item", "対象"),
    ("description", "説明"),
    ("country_name", "国・地域名"),
    ("asn", "AS番号"),
    ("told_by", "出典"),
    ("victim_kind", "被害先の種別"),
    ("reverse_name", "逆引き名"),
    ("alarm", "検知日時"),
    ("delay", "検知までの時間"),
    ("gone", "消滅"),
    ("icmp", "ICMP"),
    ("flags", "フラグ"),
    ("window", "ウィンドウ"),
    ("ttl", "TTL"),
    ("rcode", "応答コード"),
    ("dnsname", "DNS名"),
    ("quoteport", "引用された宛先ポート"),
    ("malformed", "異常"),
    ("input", "入力"),
    ("inputs", "入力"),
    ("region", "地域"),
    ("addresses", "アドレス数"),
    ("address", "アドレス"),
    ("organisation", "組織"),
    ("special", "特殊用途"),
    ("first", "最初"),
    ("last", "最後"),
    ("hours", "観測時間"),
    ("silent", "無受信時間"),
    ("received", "受信"),
    ("stored", "保存"),
    ("held", "保留"),
    ("lost", "損失"),
    ("reason", "理由"),
    ("kind", "種類"),
    ("date", "日付"),
    ("licence", "ライセンス"),
    ("rows", "行数"),
    ("records", "レコード数"),
    ("skipped", "読み飛ばし"),
    ("table", "表"),
    ("version", "版"),
    ("files", "ファイル数"),
    ("size", "大きさ"),
    ("per_row", "1行あたり"),
    ("faults", "不具合"),
    ("title", "題名"),
    ("signatures", "シグネチャ"),
    ("period", "期間"),
    ("edition", "版"),
    ("issued", "公開日"),
    ("first_published", "初版公開"),
    ("form", "公開範囲"),
    ("languages", "言語"),
    ("synthetic", "合成データ"),
    ("what_changed", "変更点"),
    ("what", "違い"),
    ("row", "行"),
    ("column", "列"),
    ("old", "変更前"),
    ("new", "変更後"),
    ("difference", "差"),
    ("category", "分類項目"),
    ("figure", "項目"),
    ("unit", "単位"),
    ("now", "今期"),
    ("victims", "被害アドレス数"),
    ("networks", "ネットワーク数"),
    ("network", "ネットワーク"),
    ("sources_per_network", "ネットワークあたりの送信元数"),
    ("share_sources", "送信元数の割合"),
    ("scope", "範囲"),
    ("place", "設置場所"),
    ("trait", "特徴"),
    ("packets_with", "特徴を持つパケット数"),
    ("sources_with", "特徴を持つ送信元数"),
    ("rate_per_address", "アドレスあたりの平均"),
    ("per_address", "アドレスあたりのパケット数"),
    ("scanner_share", "調査組織の割合"),
    ("telnet_share", "23/TCPの割合"),
    ("usual", "平常値"),
    ("of_all", "全体に占める割合"),
    ("days", "日数"),
    ("rank_without", "除外後の順位"),
    ("packets_without", "除外後のパケット数"),
    ("rate_without", "除外後の平均"),
    ("question", "質問"),
    ("state", "状態"),
    ("step", "段階"),
    ("said", "説明"),
    ("contact", "最終通信"),
    ("observed", "観測した時間"),
    ("unobserved", "観測できなかった時間"),
    ("clock_offset", "時計のずれ"),
    ("cause", "原因"),
    ("length", "長さ"),
    ("first_batch", "最初のバッチ"),
    ("last_batch", "最後のバッチ"),
    ("until", "観測終了"),
    ("visible", "検索可能"),
    ("answers", "答える内容"),
];

/// Units in Japanese.
const UNITS_JA: &[(&str, &str)] = &[
    ("packets", "個"),
    ("frames", "個"),
    ("sources", "個"),
    ("sensors", "個"),
    ("files", "個"),
    ("rows", "行"),
    ("records", "件"),
    ("packets/sensor/day", "個/センサー・日"),
    ("packets/address/day", "個/アドレス・日"),
    ("packets/address", "個/アドレス"),
    ("packets/day", "個/日"),
    ("sources/day", "個/日"),
    ("victims", "個"),
    ("networks", "個"),
    ("bytes", "バイト"),
    ("addresses", "アドレス"),
    ("seconds", "秒"),
    ("hours", "時間"),
    ("days", "日"),
];

/// The head of the column of that name.
pub(super) fn head(name: &str, lang: Lang) -> &str {
    said(name, lang, WORDS_JA)
}

/// The unit as people read it.
pub(super) fn unit(unit: &str, lang: Lang) -> &str {
    said(unit, lang, UNITS_JA)
}

/// A head with its unit in brackets, as a line of text has them.
pub(super) fn with_unit(head: &str, unit: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{head}（{unit}）"),
        Lang::En => format!("{head} ({unit})"),
    }
}

/// What people read where there is no value.
pub(super) fn absent(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "なし",
        Lang::En => "n/a",
    }
}

/// True or false.
pub(super) fn truth(is_true: bool, lang: Lang) -> &'static str {
    match (lang, is_true) {
        (Lang::Ja, true) => "はい",
        (Lang::Ja, false) => "いいえ",
        (Lang::En, true) => "yes",
        (Lang::En, false) => "no",
    }
}

fn said<'a>(word: &'a str, lang: Lang, words: &[(&'static str, &'static str)]) -> &'a str {
    match lang {
        Lang::En => word,
        Lang::Ja => words.iter().find(|(name, _)| *name == word).map_or(word, |(_, ja)| ja),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_not_listed_stay() {
        assert_eq!((head("rank", Lang::Ja), head("rank", Lang::En)), ("順位", "rank"));
        assert_eq!((head("x_y", Lang::Ja), unit("%", Lang::Ja)), ("x_y", "%"));
    }

    #[test]
    fn no_word_is_listed_twice() {
        for words in [WORDS_JA, UNITS_JA] {
            let names: std::collections::BTreeSet<&str> = words.iter().map(|(name, _)| *name).collect();
            assert_eq!(names.len(), words.len());
        }
    }
}
