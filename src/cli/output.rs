//! What commands print: lines, aligned tables, JSON.

use std::io::{self, ErrorKind, Write};

use serde_json::Value;

use super::context::Failure;

/// Prints text as it is. Whoever stops reading has read enough.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints one line.
pub(super) fn line(line: &str) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Prints JSON for programs.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    line(&format!("{value:#}"))
}

/// Prints a table whose columns are as wide as they must be.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    text(&aligned(headings, rows))
}

fn aligned<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let headings = headings.map(str::to_uppercase);
    let mut widths = [0_usize; N];
    for row in std::iter::once(&headings).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&headings).chain(rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        let line: String = cells.collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Says on standard error what went wrong.
pub(super) fn complain(failure: &Failure) {
    // Where even that cannot be written, the exit code still tells.
    drop(writeln!(io::stderr(), "countersign: {failure}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_where_their_text_does() {
        let rows = [
            ["alice".to_owned(), "default".to_owned()],
            ["bo".to_owned(), String::new()],
        ];
        let expected = "NAME   PROFILE\nalice  default\nbo\n";
        assert_eq!(aligned(["name", "profile"], &rows), expected);
    }
}
