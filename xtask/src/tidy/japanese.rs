//! Punctuation beside Japanese letters is full-width: brackets, colons, semicolons, `!` and `?`.
//!
//! Half-width marks in Japanese text stand too close and too low, and a page that has both looks unread.
//! Numbers, units and Latin words stay half-width, and so do brackets between Latin words
//! (`445/TCP (microsoft-ds)`). In `ja.ftl` every sentence is Japanese, so no half-width mark may stand there
//! outside of a placeable.
//!
//! **Invariant:** English text that holds a Japanese word in brackets, with a blank before, is left alone.

use crate::tidy::Fault;
use crate::tidy::repo::Repo;
use crate::tidy::tokens::Kind;

/// Texts beside the literals of Rust.
const TEXT_ENDINGS: [&str; 6] = [".md", ".toml", ".html", ".svg", ".txt", ".ftl"];

/// Marks, and what is written instead.
const MARKS: [(char, char); 6] =
    [('(', '（'), (')', '）'), (':', '：'), (';', '；'), ('!', '！'), ('?', '？')];

pub(super) fn check(repo: &Repo) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &repo.files {
        // The examples of this rule are breaches of it; what a property once failed on is data.
        if file.path == "xtask/src/tidy/japanese.rs" || file.path.contains("proptest-regressions") {
            continue;
        }
        if file.path.ends_with(".rs") {
            for token in file.tokens().iter().filter(|token| token.kind == Kind::Text) {
                check_lines(&file.path, token.line, token.text, beside_japanese, &mut faults);
            }
        } else if file.name() == "ja.ftl" {
            check_lines(&file.path, 1, &file.text, outside_placeables, &mut faults);
        } else if TEXT_ENDINGS.iter().any(|ending| file.path.ends_with(ending)) {
            check_lines(&file.path, 1, &file.text, beside_japanese, &mut faults);
        }
    }
    faults
}

fn check_lines(
    path: &str,
    first_line: usize,
    text: &str,
    find: fn(&str) -> Option<char>,
    faults: &mut Vec<Fault>,
) {
    for (place, line) in text.lines().enumerate() {
        let Some(mark) = find(line) else { continue };
        let instead = MARKS.iter().find(|(half, _)| *half == mark).map_or(mark, |(_, full)| *full);
        let what = format!("`{mark}` in Japanese text: write `{instead}`, without blanks around it");
        faults.push(Fault::new(path, first_line + place, what));
    }
}

fn is_japanese(letter: char) -> bool {
    matches!(letter, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}')
}

/// The first half-width mark that belongs to Japanese text, by its neighbours.
fn beside_japanese(line: &str) -> Option<char> {
    let letters: Vec<char> = line.chars().collect();
    let at = |place: Option<usize>| place.and_then(|place| letters.get(place)).copied();
    let found = letters.iter().enumerate().find(|(place, mark)| {
        let before = at(place.checked_sub(1));
        let (next, second_before) = (at(place.checked_add(1)), at(place.checked_sub(2)));
        let follows = before.is_some_and(is_japanese);
        match mark {
            '(' => {
                let follows_blank = before == Some(' ') && second_before.is_some_and(is_japanese);
                let is_joined = before.is_some_and(|before| before.is_alphanumeric());
                let mut inside = letters[place + 1..].iter().take_while(|letter| **letter != ')');
                follows || follows_blank || (is_joined && inside.any(|letter| is_japanese(*letter)))
            }
            ')' => next.is_some_and(is_japanese),
            // `定点: from packets to reports` is English.
            ':' => follows && !after_blank(next, at(place.checked_add(2))).is_ascii_lowercase(),
            ';' | '!' | '?' => follows,
            _ => false,
        }
    });
    found.map(|(_, mark)| *mark)
}

/// The letter itself, or the one after it when it is a blank.
fn after_blank(letter: Option<char>, second: Option<char>) -> char {
    letter.filter(|letter| *letter != ' ').or(second).unwrap_or(' ')
}

/// The first half-width mark of a sentence outside of its placeables.
fn outside_placeables(line: &str) -> Option<char> {
    if line.starts_with('#') {
        return None;
    }
    let mut depth = 0usize;
    line.chars().find(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && MARKS.iter().any(|(half, _)| half == letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Repo::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn finds_half_width_marks_in_japanese() {
        let cases = [
            ("a.md", "推移(トップ10)を示す"),
            ("a.md", "| パケット数 (個) |"),
            ("a.toml", "title_ja = \"Nmap(旧版)\""),
            ("a.toml", "title_ja = \"Nmap(OS 検出)\""),
            ("a.txt", "注意: 欠測"),
            ("a.rs", "const A: &str = \"報告(例)\";"),
            ("w/ja.ftl", "a = { $name }({ $place }位)"),
            ("w/ja.ftl", "a = :"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text).len(), 1, "{text}");
        }
        assert_eq!(
            found("a.md", "\n報告(例)\n"),
            ["a.md:2: `(` in Japanese text: write `（`, without blanks around it"]
        );
    }

    #[test]
    fn ignores_full_width_marks_latin_words_and_english_text() {
        let cases = [
            ("a.md", "推移（トップ10）を示す：欠測"),
            ("a.md", "445/TCP (microsoft-ds) 宛のパケット"),
            ("a.md", "teiten (定点, \"fixed point\") observes"),
            ("a.md", "12:30 に https://example.org/日本"),
            ("a.md", "定点: from packets to reports"),
            ("a.rs", "// 報告(例)\nfn a() { f(\"定点\"); }"),
            ("w/ja.ftl", "# 注(例)\na = { NUMBER($n) }個（例）"),
            ("w/en.ftl", "a = { $n } packets (of all): done"),
        ];
        for (path, text) in cases {
            assert_eq!(found(path, text), [""; 0], "{text}");
        }
    }
}
