//! What commands print: lines, aligned tables, JSON, and what went wrong.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::error::{Error, Fault, Result};

/// Prints text as it is. Whoever stops reading has read enough.
pub(super) fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Fault::from_error("standard output cannot be written", error).into())
        }
        _ => Ok(()),
    }
}

/// Prints one line.
pub(super) fn line(line: &str) -> Result<()> {
    text(&format!("{line}\n"))
}

/// Prints JSON for programs.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Fault::from_error("write JSON", error))?;
    line(&text)
}

/// Prints a table whose columns are as wide as they must be.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<()> {
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
pub(super) fn complain(error: &Error) {
    // Where even that cannot be written, the exit code still tells.
    drop(writeln!(io::stderr(), "countersign: {}", told(error)));
}

/// What went wrong and what to do, in one line.
pub(super) fn told(error: &Error) -> String {
    let told = match error {
        Error::Refused(refusal) => refusal.to_string(),
        Error::Fault(fault) => fault.to_string(),
    };
    told.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldError;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_where_their_text_does() {
        let rows = [
            ["alice".to_owned(), "default".to_owned()],
            ["bo".to_owned(), String::new()],
        ];
        let expected = "NAME   PROFILE\nalice  default\nbo\n";
        assert_eq!(aligned(["name", "profile"], &rows), expected);
        let rows = [["a".into(), "bcd".into()], ["éfg".into(), String::new()]];
        assert_eq!(aligned(["x", "y"], &rows), "X    Y\na    bcd\néfg\n");
    }

    #[test]
    fn what_went_wrong_is_one_line() {
        assert_eq!(told(&Fault::new("open\nthe database").into()), "open the database");
        let refused = FieldError::new("server.issuer", "must be https");
        assert_eq!(told(&refused.into()), "server.issuer: must be https");
    }
}
