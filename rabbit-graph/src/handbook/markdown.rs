//! Names and tables in GitHub's Markdown.

use std::fmt::Write as _;

use crate::text::visible;

/// A name as code.
pub fn name(text: &str) -> String {
    if text.is_empty() {
        return "*(empty)*".to_owned();
    }
    let shown = visible(text);
    let simple = !shown.starts_with(' ')
        && !shown.ends_with(' ')
        && !shown.contains(['`', '|', '<', '&', '\\']);
    if simple {
        format!("`{shown}`")
    } else {
        format!("<code>{}</code>", references(&shown))
    }
}

/// Text without any markup: what could be some is a character reference.
pub fn plain(text: &str) -> String {
    references(&visible(text))
}

fn references(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // `@` would mention people, `:` make an emoji or a link.
        if c.is_alphanumeric()
            || matches!(c, ' ' | '.' | ',' | ';' | '-' | '(' | ')' | '/' | '=' | '%')
        {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out
}

/// A table that is left out when it has no rows.
#[derive(Debug)]
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(head: &[&'static str]) -> Self {
        Table {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of cells that are Markdown already.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes the table below a heading.
    pub fn write(self, out: &mut String, heading: &str) {
        if self.rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "## {heading}\n\n| {} |", self.head.join(" | "));
        let _ = writeln!(out, "|{}", " --- |".repeat(self.head.len()));
        for row in self.rows {
            let _ = writeln!(out, "| {} |", row.join(" | "));
        }
        out.push('\n');
    }
}
