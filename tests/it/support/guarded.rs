//! Programs that end with the test process, however that ends: a shell starts them, reads its input, which only the test
//! process holds open, and stops them when that input closes.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A shell script that has said it is ready and waits to be told to clean up.
#[derive(Debug)]
pub(crate) struct Guarded {
    shell: Child,
    /// Its closing is what the script waits for.
    held_open: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Guarded {
    /// Runs `script` with `arguments` in `folder`. The script starts its program, prints what [`Guarded::line`] reads,
    /// then `read`s, and cleans up when that returns.
    pub(crate) fn start(script: &str, arguments: &[&str], folder: &Path, owner: Option<Owner>) -> Result<Self, String> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script, "guarded"])
            .args(arguments)
            .current_dir(folder);
        // A group of its own, so that an interrupt at the terminal reaches the test process alone.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(owner) = owner {
            owner.applies_to(&mut command);
        }
        let mut shell = command.spawn().map_err(|error| format!("sh did not start: {error}"))?;
        let held_open = shell.stdin.take();
        let output = shell.stdout.take().map(BufReader::new).ok_or("sh has no output")?;
        Ok(Self {
            shell,
            held_open,
            output,
        })
    }

    /// The first line of output that `choose` takes; all output as an error, if it ends before.
    pub(crate) fn line<T>(&mut self, choose: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let mut seen = String::new();
        loop {
            let start = seen.len();
            match self.output.read_line(&mut seen) {
                Ok(0) | Err(_) => return Err(seen),
                Ok(_) => {}
            }
            if let Some(found) = choose(seen[start..].trim_end()) {
                return Ok(found);
            }
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.held_open.take());
        // A script that still writes must not be stopped by a full pipe.
        _ = self.output.read_to_end(&mut Vec::new());
        _ = self.shell.wait();
    }
}

/// Another user under whom a program runs, for programs that refuse to run as root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Owner {
    /// The first of `names` that this machine knows.
    pub(crate) fn named(names: &[&str]) -> Option<Self> {
        let users = std::fs::read_to_string("/etc/passwd").ok()?;
        let find = |name: &&str| users.lines().find_map(|line| Self::from_line(line, name));
        names.iter().find_map(find)
    }

    fn from_line(line: &str, name: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let is_named = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_named.then_some(Self { uid, gid })
    }

    /// Makes `command` run as this user.
    pub(crate) fn applies_to(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

#[test]
fn a_guarded_script_cleans_up_when_it_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"echo starting; echo "ready $1"; read -r _; echo gone > "$1""#;
    let mut guarded = Guarded::start(script, &["mark"], folder.path(), None).unwrap();
    assert_eq!(
        guarded
            .line(|line| line.strip_prefix("ready ").map(str::to_owned))
            .unwrap(),
        "mark"
    );
    assert!(!folder.path().join("mark").exists());
    drop(guarded);
    assert_eq!(std::fs::read_to_string(folder.path().join("mark")).unwrap(), "gone\n");
}

#[test]
fn output_that_ends_early_is_the_error() {
    let mut guarded = Guarded::start("echo broken", &[], Path::new("/"), None).unwrap();
    assert_eq!(
        guarded.line(|line| (line == "ready").then_some(())),
        Err("broken\n".to_owned())
    );
}
