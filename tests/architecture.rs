//! Holds the shape of the crate: which room may use which, which crate is fenced into which room, who may make evidence
//! and approvals, and what lies at the top of the repository.

#[cfg(test)]
#[path = "architecture/checks.rs"]
mod checks;
#[cfg(test)]
#[path = "architecture/rules.rs"]
mod rules;
#[cfg(test)]
#[path = "architecture/source.rs"]
mod source;
#[cfg(test)]
#[path = "architecture/templates.rs"]
mod templates;

#[cfg(test)]
mod tree {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use crate::rules::{self, File};
    use crate::{source, templates};

    /// What may lie at the top and be seen; folders of `.gitignore` aside.
    const TOP: [&str; 11] = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "src",
        "migrations",
        "templates",
        "static",
        "tests",
        "examples",
        "benches",
        "fuzz",
    ];

    const LONG: usize = 400;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// Every file below `folder` of the repository, as paths from its root; none if there is no such folder.
    fn files(folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(root().join(folder)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if name.ends_with("/target") || name.ends_with("/node_modules") {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                found.extend(files(&name));
            } else {
                found.push(name);
            }
        }
        found.sort();
        found
    }

    fn read(name: &str) -> String {
        fs::read_to_string(root().join(name)).unwrap()
    }

    fn is_rust(name: &str) -> bool {
        Path::new(name).extension().is_some_and(|extension| extension == "rs")
    }

    fn rust_file(name: String) -> File {
        let tokens = source::tokens(&read(&name));
        File { name, tokens }
    }

    fn assert_none(breaches: &[String]) {
        assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
    }

    #[test]
    fn every_room_keeps_to_its_table() {
        let sources: Vec<File> = files("src")
            .into_iter()
            .filter(|name| is_rust(name))
            .map(rust_file)
            .collect();
        let for_tests: Vec<String> = sources.iter().flat_map(File::test_modules).collect();
        let mut found = Vec::new();
        for mut file in sources
            .into_iter()
            .filter(|file| !for_tests.iter().any(|module| file.is_within(module)))
        {
            file.tokens = source::without_tests(&file.tokens);
            found.extend(rules::breaches(&file));
        }
        assert_none(&found);
    }

    #[test]
    fn rooms_use_earlier_rooms_only() {
        let order = rules::order();
        for (room, allowed) in rules::rooms() {
            let place = order.iter().position(|name| *name == room).unwrap_or(order.len());
            for used in allowed {
                assert!(order[..place].contains(&used), "{room} and {used} could make a cycle");
            }
        }
    }

    #[test]
    fn lints_are_expected_never_allowed() {
        let folders = ["src", "tests", "examples", "benches"];
        let sources = folders
            .into_iter()
            .flat_map(files)
            .filter(|name| is_rust(name))
            .map(rust_file);
        assert_none(&sources.flat_map(|file| rules::allowances(&file)).collect::<Vec<_>>());
    }

    #[test]
    fn migrations_are_twins() {
        let below = |folder: &str| -> BTreeSet<String> {
            files(folder)
                .into_iter()
                .map(|name| name[folder.len()..].to_owned())
                .collect()
        };
        let (sqlite, postgres) = (below("migrations/sqlite"), below("migrations/postgres"));
        assert_eq!(sqlite, postgres);
        for name in &sqlite {
            let twin = if name.ends_with("/up.sql") {
                name.replace("/up.", "/down.")
            } else {
                name.replace("/down.", "/up.")
            };
            assert!(
                twin != *name && sqlite.contains(&twin),
                "migrations/*{name} has no {twin}"
            );
        }
    }

    #[test]
    fn templates_keep_to_the_policy_for_content() {
        let names: BTreeSet<String> = files("templates")
            .into_iter()
            .map(|name| name["templates/".len()..].to_owned())
            .collect();
        let check = |name: &String| {
            let text = read(&format!("templates/{name}"));
            templates::breaches(name, &text, |named| names.contains(named))
        };
        assert_none(&names.iter().flat_map(check).collect::<Vec<_>>());
    }

    #[test]
    fn the_top_level_is_fixed() {
        let ignored = read(".gitignore");
        for entry in fs::read_dir(root()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let known = TOP.contains(&name.as_str()) || ignored.lines().any(|line| line.trim_matches('/') == name);
            assert!(
                name.starts_with('.') || known,
                "{name} does not belong at the top of the repository"
            );
        }
    }

    #[test]
    fn long_files_are_named() {
        for name in ["src", "tests", "examples"]
            .into_iter()
            .flat_map(files)
            .filter(|name| is_rust(name))
        {
            let lines = read(&name).lines().count();
            if lines > LONG {
                println!("{name}: {lines} lines");
            }
        }
    }
}
