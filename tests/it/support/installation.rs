//! The program as an operator runs it: a settings file, `apply`, `serve`, and the machine's own clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::program::{Program, folder, free_port};

/// A running installation with a folder of its own.
pub(crate) struct Installation {
    /// The issuer, without a trailing slash.
    pub(crate) issuer: String,
    folder: PathBuf,
    _serving: Program,
}

impl Installation {
    /// Applies a directory, in TOML, to a new installation and serves it.
    pub(crate) fn start(directory: &str) -> Self {
        Self::start_with(directory, "")
    }

    /// The same with further settings, in TOML.
    pub(crate) fn start_with(directory: &str, further: &str) -> Self {
        let (folder, port) = (folder("installation"), free_port());
        let issuer = format!("http://localhost:{port}");
        let settings = folder.join("countersign.toml");
        let text = format!("{}{further}", self::settings(&folder, &issuer, port));
        fs::write(&settings, text).expect("settings are written");
        run(&settings, &["apply", &write(&folder, "directory.toml", directory)]);
        let settings = settings.display().to_string();
        let command = [env!("CARGO_BIN_EXE_countersign"), "serve", "--config", &settings];
        let serving = Program::start(&command, "\"message\":\"serving\"", &folder);
        Self {
            issuer,
            folder,
            _serving: serving,
        }
    }

    /// An address below the issuer.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Writes a file into the installation's folder and answers where it is.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        write(&self.folder, name, content)
    }

    /// Applies a further directory, kept as `name`, while the server runs.
    pub(crate) fn apply(&self, name: &str, directory: &str) {
        let file = self.file(name, directory);
        self.run(&["apply", &file]);
    }

    /// What a command prints, run beside the server; it must end well.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        run(&self.folder.join("countersign.toml"), arguments)
    }

    /// What a command complains of, which must fail.
    #[track_caller]
    pub(crate) fn complaint(&self, arguments: &[&str]) -> String {
        let output = command(&self.folder.join("countersign.toml"), arguments)
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn settings(folder: &Path, issuer: &str, port: u16) -> String {
    let folder = folder.display();
    format!(
        "[server]\nissuer = \"{issuer}\"\nbind = \"127.0.0.1:{port}\"\nworkers = 2\ncompat_salesforce_paths = true\n\
         [database]\nurl = \"sqlite://{folder}/countersign.db\"\n\
         [secrets]\nmaster_key_file = \"{folder}/master.key\"\n\
         [passwords]\nargon2_memory = 64\nargon2_passes = 1\n"
    )
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, content).expect("a file is written");
    file.display().to_string()
}

#[track_caller]
fn run(settings: &Path, arguments: &[&str]) -> String {
    output_of(&mut command(settings, arguments))
}

fn command(settings: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).arg("--config").arg(settings);
    command
}

/// What a program prints; it must end well.
#[track_caller]
pub(crate) fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{printed}{complaint}",
        output.status
    );
    printed
}

/// The present instant in whole seconds, by the clock that an installation goes by.
#[expect(clippy::disallowed_methods, reason = "an installation has the machine's clock")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970")
        .as_secs()
}
