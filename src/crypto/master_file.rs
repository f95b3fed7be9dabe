//! The file that holds the master key: 64 hexadecimal digits, readable by its owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::digest::base64url;
use super::master::parse_hex;
use super::random::Random;
use crate::error::{Error, Fault, FieldError, Result};

/// The setting that names the file.
const FIELD: &str = "secrets.master_key_file";

/// Far more than a key and white space around it.
const MAX_SIZE: u64 = 1024;

/// Reads the key, making the file first when there is none.
pub(super) fn load_or_create(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    match File::open(path) {
        Ok(file) => read(&file, path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(path).map_err(|error| Fault::from_error(&format!("creating {}", path.display()), error))?;
            let file = File::open(path).map_err(|error| Fault::from_error("opening the master key file", error))?;
            read(&file, path)
        }
        Err(error) => Err(FieldError::new(FIELD, format!("cannot open {}: {error}", path.display())).into()),
    }
}

/// Reads and checks an open file; its mode is asked of the handle, so that it is the mode of what is read.
fn read(file: &File, path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    let reading = |error: io::Error| -> Error { Fault::from_error("reading the master key file", error).into() };
    let invalid = |problem: String| -> Error { FieldError::new(FIELD, problem).into() };
    let metadata = file.metadata().map_err(reading)?;
    if !metadata.is_file() {
        return Err(invalid(format!("{} is not a file", path.display())));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(invalid(format!(
            "{path} has mode {mode:04o} and must be its owner's alone: chmod 600 {path}"
        )));
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    file.take(MAX_SIZE).read_to_string(&mut text).map_err(reading)?;
    parse_hex(&text).ok_or_else(|| invalid(format!("{} does not hold 64 hexadecimal digits", path.display())))
}

/// Writes a new key beside the path and links it into place.
///
/// A link, unlike a rename, never replaces: of several processes that start together one makes the key and all read it.
/// Both the file and its folder reach the disk before anything is sealed.
fn create(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;

    let mut random = Random::from_os();
    let key = Zeroizing::new(random.bytes::<32>());
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key.iter() {
        for nibble in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text.push('\n');

    let temporary = folder.join(format!(".master-key-{}", base64url(&random.bytes::<12>())));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match std::fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    std::fs::remove_file(&temporary)?;
    linked?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;
    use std::fs;

    fn problem(result: Result<Zeroizing<[u8; 32]>>) -> String {
        match result {
            Err(Error::Refused(Refusal::Invalid(error))) => error.to_string(),
            other => panic!("not refused as a setting: {other:?}"),
        }
    }

    #[test]
    fn the_first_start_makes_the_file_and_the_next_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        let key = load_or_create(&path).unwrap();
        assert_eq!(*key, *load_or_create(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().trim_end().len(), 64);
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "a temporary file was left behind"
        );
    }

    #[test]
    fn starting_together_gives_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_create(&path).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| **key == *keys[0]));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let problem = problem(load_or_create(&path));
            assert!(
                problem.contains("secrets.master_key_file") && problem.contains("chmod 600"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        load_or_create(&path).unwrap();
        fs::write(&path, "0123").unwrap();
        assert!(problem(load_or_create(&path)).contains("64 hexadecimal digits"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "0123");
        assert!(problem(load_or_create(folder.path())).contains("is not a file"));
    }
}
