//! Programs that keep running while a test talks to them, and end with it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use super::guarded::Guarded;

/// Starts the program with its output in a file of the folder `$2`, waits until that holds `$1`, and removes the folder
/// at the end.
const SCRIPT: &str = r#"
mark=$1 folder=$2
shift 2
"$@" >"$folder/output" 2>&1 &
program=$!
until grep -qsF -- "$mark" "$folder/output"; do
  kill -0 "$program" 2>/dev/null || { cat "$folder/output"; rm -rf "$folder"; exit 1; }
  sleep 0.05
done
echo "it runs"
read -r _
kill "$program"
wait "$program" 2>/dev/null
rm -rf "$folder"
"#;

/// A running program with a folder of its own.
#[derive(Debug)]
pub(crate) struct Program {
    _guarded: Guarded,
}

impl Program {
    /// Starts `command`, which is up as soon as it has printed `mark`. The folder is removed when the program ends.
    pub(crate) fn start(command: &[&str], mark: &str, folder: &Path) -> Self {
        let name = folder.display().to_string();
        let arguments: Vec<&str> = [mark, name.as_str()].iter().chain(command).copied().collect();
        let mut guarded = Guarded::start(SCRIPT, &arguments, Path::new("/"), None).expect("a program starts");
        let up = guarded.line(|line| (line == "it runs").then_some(()));
        up.unwrap_or_else(|output| panic!("{command:?} ended:\n{output}"));
        Self { _guarded: guarded }
    }

    /// Starts an example that serves.
    pub(crate) fn example(name: &str, arguments: &[&str]) -> Self {
        let program = example(name).display().to_string();
        let command: Vec<&str> = [program.as_str()].iter().chain(arguments).copied().collect();
        Self::start(&command, "listening on ", &folder(name))
    }
}

/// Where the build put an example.
pub(crate) fn example(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let file = built.with_file_name("examples").join(name);
    assert!(file.exists(), "{} was not built", file.display());
    file
}

/// A new folder, which a program removes.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix(&format!("countersign-{name}-"))
        .tempdir();
    folder.expect("a temporary folder").keep()
}

/// A port of this machine that nobody listens on, and that nobody is given who asks for any.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() * 97 % u32::from(COUNT)).expect("it is small");
    let ports = (0..COUNT).map(|_| FIRST + (spread + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT);
    ports
        .into_iter()
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

#[test]
fn a_program_ends_with_its_test() {
    let folder = folder("self-test");
    let program = Program::start(&["sh", "-c", "echo I am up; sleep 60"], "I am up", &folder);
    assert!(folder.join("output").exists());
    drop(program);
    assert!(!folder.exists());
}

#[test]
#[should_panic(expected = "ended:\nno such setting")]
fn a_program_that_does_not_start_says_why() {
    Program::start(
        &["sh", "-c", "echo no such setting; exit 1"],
        "I am up",
        &folder("self-test"),
    );
}
