//! Markdown tables, by their first heading: the documents from which rules read what is allowed.
//!
//! **Invariant:** every row of a table has as many cells as its headings; missing cells are empty.

/// One row and its line in the document, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// The rows of the first table whose first heading is that word; `None` when there is no such table.
pub(super) fn rows(document: &str, heading: &str) -> Option<Vec<Row>> {
    let mut lines = document.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    let headings = lines.find_map(|(_, line)| {
        let cells = cells(line)?;
        (cells.first().map(String::as_str) == Some(heading)).then_some(cells)
    })?;
    let rows = lines.map_while(|(line, text)| Some((line, cells(text)?)));
    Some(
        rows.filter(|(_, cells)| !cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))))
            .map(|(line, mut cells)| {
                cells.resize(headings.len(), String::new());
                Row { line, cells }
            })
            .collect(),
    )
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.strip_prefix('|')?;
    let inside = inside.strip_suffix('|').unwrap_or(inside);
    Some(inside.split('|').map(|cell| cell.trim().to_string()).collect())
}

/// The words of a cell that stand between backticks.
pub(super) fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).filter(|word| !word.is_empty()).collect()
}

/// The names listed in a cell, parted by commas, without backticks; a dash or `none` lists nothing.
pub(super) fn names(cell: &str) -> Vec<&str> {
    cell.split(',')
        .map(|name| name.trim().trim_matches('`'))
        .filter(|name| !matches!(*name, "" | "-" | "none"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_its_first_heading() {
        let document = "text\n\n| other | b |\n|---|---|\n| x | y |\n\n| crate | may |\n|---|:--|\n| `wire` | model |\n| app |\nend\n";
        let rows = rows(document, "crate").expect("a table");
        let drawn: Vec<String> =
            rows.iter().map(|row| format!("{}:{}", row.line, row.cells.join("/"))).collect();
        assert_eq!(drawn, ["9:`wire`/model", "10:app/"]);
        assert_eq!(super::rows(document, "word"), None);
    }

    #[test]
    fn cells_list_names_and_quoted_words() {
        assert_eq!(names("`model`, wire"), ["model", "wire"]);
        assert!(names("-").is_empty() && names("none").is_empty() && names("").is_empty());
        assert_eq!(quoted("say `source`, not `hacker` or bad"), ["source", "hacker"]);
    }
}
