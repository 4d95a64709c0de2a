//! Text of strangers, made harmless, and how wide text is.
//!
//! Sensor names, DNS names and service names reach a report as they were found. Control characters
//! would break XML, and direction marks can make a line read differently from what it holds.
//!
//! **Invariant:** [`tame`] leaves no control character and no direction mark, and bounds the length.

/// The longest text taken from a stranger, in characters; the rest is cut and marked.
pub const NAME_CHARS_MAX: usize = 300;

/// The text without control characters and direction marks (each becomes U+FFFD), cut at
/// [`NAME_CHARS_MAX`].
pub fn tame(text: &str) -> String {
    let mut tamed: String = text
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|letter| if is_unfit(letter) { '\u{FFFD}' } else { letter })
        .collect();
    if text.chars().nth(NAME_CHARS_MAX).is_some() {
        tamed.push('…');
    }
    tamed
}

fn is_unfit(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(
            letter,
            '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{E000}'..='\u{F8FF}' | '\u{FFFE}' | '\u{FFFF}'
        )
}

/// Escapes text for XML and HTML, in content and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The width of a text in tenths of the font size, reserved generously: fonts differ from reader to
/// reader, so nothing finer would be true.
pub fn width_tenths(text: &str) -> u32 {
    text.chars().map(letter_tenths).sum()
}

fn letter_tenths(letter: char) -> u32 {
    match letter {
        _ if is_wide(letter) => 10,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '(' | ')' | '/' | ' '
        | '|' => 4,
        'm' | 'w' | 'M' | 'W' | '@' => 9,
        'a'..='z' => 6,
        _ => 7,
    }
}

fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

/// The text cut so that it is at most so wide, in tenths of the font size.
pub fn fit(text: &str, tenths_max: u32) -> String {
    if width_tenths(text) <= tenths_max {
        return text.to_string();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if width_tenths(&cut) + 20 > tenths_max {
            break;
        }
        cut.push(letter);
    }
    cut.push('…');
    cut
}

/// The text in at most so many lines, none wider than that, in tenths of the font size; what does not
/// fit into the last is cut.
pub fn wrap(text: &str, tenths_max: u32, lines_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while lines.len() + 1 < lines_max && width_tenths(rest) > tenths_max {
        let (line, after) = rest.split_at(break_before(rest, tenths_max));
        lines.push(line.trim_end().to_string());
        rest = after.trim_start();
    }
    lines.push(fit(rest, tenths_max));
    lines
}

/// Where a line that is too long is broken: at a space, or beside a full-width letter; a mark that
/// ends something begins no line, one that opens something ends none, a number keeps its unit.
fn break_before(text: &str, tenths_max: u32) -> usize {
    let (mut width, mut best, mut before) = (0, 0, None);
    for (at, letter) in text.char_indices() {
        if let Some(before) = before {
            let is_space = before == ' ' || letter == ' ';
            let is_wide = is_wide(before) || is_wide(letter);
            let is_held = ",.:;!?)%、。）」』〉》】：；！？ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
                .contains(letter)
                || "(（「『〈《【".contains(before)
                || char::is_ascii_digit(&before);
            if is_space || is_wide && !is_held {
                best = at;
            }
        }
        width += letter_tenths(letter);
        if width > tenths_max {
            return if best > 0 { best } else { at.max(letter.len_utf8()) };
        }
        before = Some(letter);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_broken_where_readers_expect_it() {
        for (text, tenths, lines) in [
            ("Packets by port", 200, "Packets by port"),
            ("Packets by port", 60, "Packets by|port"),
            ("宛先ポート番号別の推移", 60, "宛先ポート番|号別の推移"),
            ("推移（トップ5）", 40, "推移|（トッ…"),
            ("図（上位）", 40, "図（上|位）"),
            ("期間は2014年です", 65, "期間は|2014年です"),
            ("観測点です。", 50, "観測点で|す。"),
            ("abcdefghij", 30, "abcde|fghij"),
            ("abcdefghijklmnop", 30, "abcde|fgh…"),
            ("", 30, ""),
        ] {
            assert_eq!(wrap(text, tenths, 2).join("|"), lines, "{text}");
        }
    }

    #[test]
    fn hostile_text_is_tamed_and_bounded() {
        assert_eq!(tame("a\u{0}b\u{202E}c\nd"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}d");
        assert_eq!(tame(&"x".repeat(1000)).chars().count(), NAME_CHARS_MAX + 1);
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }

    #[test]
    fn full_width_text_takes_more_room() {
        assert_eq!(width_tenths("中国"), 20);
        assert_eq!(width_tenths("22/TCP"), 39);
        assert_eq!(fit("オランダ王国", 45), "オラン…");
        assert_eq!(fit("中国", 45), "中国");
    }
}
