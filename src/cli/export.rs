//! `export`: writes the directory as a file that `apply` takes back.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::context::{Context, OPERATOR};
use super::output;
use crate::error::{FieldError, Result};
use crate::manage::directory;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write; standard output if absent
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// With passwords and client secrets, as hashes or sealed under the master key
    #[arg(long)]
    secrets: bool,
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let text = context.read(|view| directory::export(view, &OPERATOR, args.secrets))?;
    match args.file {
        Some(file) => write(&file, &text).map_err(|error| {
            let file = file.display().to_string();
            FieldError::new(file, format!("cannot be written: {error}")).into()
        }),
        None => output::text(&text),
    }
}

/// Writes a file that its owner alone may read: it may hold secrets, and names people in any case.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}
