//! Standard output: lines, tables, JSON.

use std::io::{ErrorKind, Write as _};

use serde::Serialize;

use crate::error::{Fault, Result};

/// Writes a line. A reader that went away has read enough.
pub(super) fn line(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Fault::from_error("write the answer", error).into()),
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Fault::from_error("write JSON", error))?;
    line(&text)
}

/// Writes rows under their headings, in columns.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<()> {
    for text in columns(headings, rows) {
        line(&text)?;
    }
    Ok(())
}

fn columns<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let mut widths = [0; N];
    for row in all() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let told = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a".into(), "bcd".into()], ["éfg".into(), String::new()]];
        assert_eq!(columns(["x", "y"], &rows), ["x    y", "a    bcd", "éfg"]);
    }
}
