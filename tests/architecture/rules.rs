//! What each room may use, which crates are fenced into which rooms, and who may call the guarded constructors.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{RootPath, Token, end_of_group, is_name, root_paths, test_modules};

/// A room and what it may use besides `error`; `+room` means that room and what that room may use.
const ROOMS: [(&str, &[&str]); 18] = [
    ("error", &[]),
    ("model", &[]),
    ("policy", &["model"]),
    ("config", &["model"]),
    ("crypto", &["model"]),
    ("store", &["model"]),
    ("work", &["model", "config", "crypto", "store"]),
    ("authn", &["+work", "policy"]),
    ("oidc", &["+work", "policy"]),
    ("oauth", &["+authn", "+oidc"]),
    ("manage", &["+authn", "+oidc"]),
    ("pages", &["model"]),
    ("outbound", &["model", "config", "crypto"]),
    ("server", &["+work", "policy", "outbound", "pages"]),
    ("jobs", &["+server", "oidc", "manage"]),
    ("web", &["+server", "authn", "oidc", "oauth", "manage"]),
    ("demo", &["+web", "+jobs"]),
    ("cli", &["+demo"]),
];

/// Rooms that may be asynchronous; the middle is not.
const ASYNC_ROOMS: [&str; 7] = ["outbound", "server", "jobs", "web", "demo", "cli", "main"];

/// Crates and the rooms that alone may name them.
const FENCES: [(&str, &[&str]); 25] = [
    ("jsonwebtoken", &["crypto"]),
    ("argon2", &["crypto"]),
    ("aws_lc_rs", &["crypto"]),
    ("rand", &["crypto"]),
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("libsqlite3_sys", &["store"]),
    ("totp_rs", &["authn"]),
    ("webauthn_rs", &["authn"]),
    ("webauthn_rs_core", &["authn"]),
    ("oxide_auth", &["oauth"]),
    ("tera", &["pages"]),
    ("fluent_bundle", &["pages"]),
    ("unic_langid", &["pages"]),
    ("qrcodegen", &["pages"]),
    ("rust_embed", &["pages"]),
    ("reqwest", &["outbound"]),
    ("lettre", &["outbound"]),
    ("rustls", &["outbound", "server"]),
    ("metrics", &["server"]),
    ("metrics_exporter_prometheus", &["server"]),
    ("actix_web", &["web", "demo"]),
    ("actix_tls", &["web"]),
    ("clap", &["cli"]),
    ("toml", &["config", "manage", "cli"]),
];

/// Places that may record that a factor was proven.
const EVIDENCE_MAKERS: [&str; 4] = [
    "authn::factor",
    "authn::upstream",
    "oauth::grant_type::jwt_bearer",
    "policy::supposition",
];

/// One source file, cut into tokens.
pub(crate) struct File {
    /// Its path, as in `src/authn/factor/totp.rs`.
    pub(crate) name: String,
    /// Its tokens; test-only items are left out before the rules are asked.
    pub(crate) tokens: Vec<Token>,
}

impl File {
    /// The module it holds: `["authn", "factor", "totp"]`; the two crate roots are `["lib"]` and `["main"]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self
            .name
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .trim_end_matches("/mod");
        path.split('/').map(str::to_owned).collect()
    }

    /// The room it belongs to.
    pub(crate) fn room(&self) -> String {
        self.module().swap_remove(0)
    }

    /// The modules that it declares for tests alone, as in `policy::worked_examples`.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let here = self.module().join("::");
        test_modules(&self.tokens)
            .into_iter()
            .map(|name| format!("{here}::{name}"))
            .collect()
    }

    /// Whether it is the module `place`, or lies below it.
    pub(crate) fn is_within(&self, place: &str) -> bool {
        let module = self.module().join("::");
        module == place || module.starts_with(&format!("{place}::"))
    }

    fn report(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.name)
    }
}

/// Every room with all that it may use.
pub(crate) fn rooms() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut table: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (room, uses) in ROOMS {
        let mut allowed = BTreeSet::new();
        for used in uses {
            let name = used.trim_start_matches('+');
            if let (true, Some(theirs)) = (used.starts_with('+'), table.get(name)) {
                allowed.extend(theirs);
            }
            allowed.insert(name);
        }
        if room != "error" {
            allowed.insert("error");
        }
        table.insert(room, allowed);
    }
    table.insert("main", BTreeSet::from(["cli", "error"]));
    table
}

/// Rooms in the order of the table: each may use earlier ones only.
pub(crate) fn order() -> Vec<&'static str> {
    ROOMS.iter().map(|(room, _)| *room).collect()
}

/// Every breach of the rules in one file.
pub(crate) fn breaches(file: &File) -> Vec<String> {
    let rules = [
        used_rooms,
        fenced_crates,
        asynchrony,
        evidence_makers,
        approval_makers,
        allowances,
    ];
    rules.iter().flat_map(|rule| rule(file)).collect()
}

fn used_rooms(file: &File) -> Vec<String> {
    let (table, room, mut module) = (rooms(), file.room(), file.module());
    if room == "lib" || room == "main" {
        module.clear();
    }
    let Some(allowed) = table.get(room.as_str()) else {
        return if room == "lib" {
            Vec::new()
        } else {
            vec![file.report(1, &format!("no such room: {room}"))]
        };
    };
    let refuse = |path: &RootPath| match path.segments.first().map(String::as_str) {
        None => Some("the crate's root under another name hides what is used".to_owned()),
        Some("*") => Some("a glob of the crate's root hides what is used".to_owned()),
        Some(used) if used == room || allowed.contains(used) => None,
        Some(used) if table.contains_key(used) => Some(format!("{room} may not use {used}")),
        Some(used) => Some(format!("{used} is not a room")),
    };
    let paths = root_paths(&file.tokens, &module);
    paths
        .iter()
        .filter_map(|path| refuse(path).map(|what| file.report(path.line, &what)))
        .collect()
}

fn fenced_crates(file: &File) -> Vec<String> {
    let (room, own) = (file.room(), own_names(file));
    let mut found = Vec::new();
    for (at, token) in file.tokens.iter().enumerate() {
        let fence = FENCES
            .iter()
            .find(|(name, rooms)| *name == token.text && !rooms.contains(&room.as_str()));
        let Some((name, rooms)) = fence else { continue };
        if names_a_crate(&file.tokens, at, &own) {
            let where_it_may = rooms.join(", ");
            found.push(file.report(token.line, &format!("{name} may be named in {where_it_may} only")));
        }
    }
    found
}

/// Whether the name at `at` is a crate's: it begins a path or an import, and is no name of our own.
fn names_a_crate(tokens: &[Token], at: usize, own: &BTreeSet<String>) -> bool {
    let text = |index: Option<usize>| {
        index
            .and_then(|index| tokens.get(index))
            .map_or("", |token| &token.text)
    };
    let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
    match before {
        "::" => !is_name(text(at.checked_sub(2))) && text(at.checked_sub(2)) != ">",
        "." => false,
        "use" | "crate" => true,
        _ => after == "::" && !own.contains(&tokens[at].text) || is_root_of_group(tokens, at),
    }
}

/// Whether `at` is a top member of `use {a, b::c};`, a group without a prefix.
fn is_root_of_group(tokens: &[Token], at: usize) -> bool {
    let opening = (1..at)
        .rev()
        .find(|index| tokens[*index].text == "{" && end_of_group(tokens, *index) > at);
    opening.is_some_and(|index| tokens[index - 1].text == "use")
}

/// Names that a file binds to modules of ours: imports through the crate's root or `self`, and its own submodules.
fn own_names(file: &File) -> BTreeSet<String> {
    let imported = root_paths(&file.tokens, &file.module()).into_iter();
    let mut names: BTreeSet<String> = imported.filter_map(|path| path.segments.last().cloned()).collect();
    for pair in file.tokens.windows(2) {
        if pair[0].text == "mod" {
            names.insert(pair[1].text.clone());
        }
    }
    names
}

fn asynchrony(file: &File) -> Vec<String> {
    let room = file.room();
    if ASYNC_ROOMS.contains(&room.as_str()) {
        return Vec::new();
    }
    let is_async = |token: &&Token| token.text == "async" || token.text == "await";
    let report = |token: &Token| file.report(token.line, &format!("{room} is not asynchronous"));
    file.tokens.iter().filter(is_async).map(report).collect()
}

fn evidence_makers(file: &File) -> Vec<String> {
    if EVIDENCE_MAKERS.iter().any(|place| file.is_within(place)) {
        return Vec::new();
    }
    let calls = file
        .tokens
        .windows(2)
        .filter(|pair| pair[0].text == "::" && pair[1].text == "proven");
    calls
        .map(|pair| file.report(pair[1].line, "only a proof may make evidence"))
        .collect()
}

fn approval_makers(file: &File) -> Vec<String> {
    if file.is_within("policy") {
        return forgeable_approval(file).into_iter().collect();
    }
    let named = |pair: &&[Token]| match pair[0].text.as_str() {
        "Approval" => pair[1].text == "::",
        "struct" => pair[1].text == "Approval",
        _ => false,
    };
    let uses = file.tokens.windows(2).filter(named);
    uses.map(|pair| file.report(pair[1].line, "only policy may make an approval"))
        .collect()
}

/// An approval's declaration that would let others make one: a public field, or a derived constructor.
fn forgeable_approval(file: &File) -> Option<String> {
    let tokens = &file.tokens;
    let at = tokens
        .windows(2)
        .position(|pair| pair[0].text == "struct" && pair[1].text == "Approval")?;
    let start = tokens[..at]
        .iter()
        .rposition(|token| token.text == ";" || token.text == "}")
        .map_or(0, |end| end + 1);
    let body = tokens
        .iter()
        .enumerate()
        .skip(at)
        .find(|(_, token)| token.text == "{" || token.text == "(");
    let end = body.map_or(at, |(open, _)| end_of_group(tokens, open));
    let derives = tokens[start..at]
        .iter()
        .any(|token| token.text == "Deserialize" || token.text == "Default");
    let is_open = |three: &[Token]| three[0].text == "pub" && !(three[1].text == "(" && three[2].text == "super");
    let opens = tokens[at..end].windows(3).any(is_open);
    (derives || opens).then(|| file.report(tokens[at].line, "an approval must not be makeable outside policy"))
}

/// Lints are expected with a reason, never allowed.
pub(crate) fn allowances(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for (at, token) in file.tokens.iter().enumerate() {
        let bang = usize::from(file.tokens.get(at + 1).is_some_and(|token| token.text == "!"));
        let opens = token.text == "#" && file.tokens.get(at + 1 + bang).is_some_and(|token| token.text == "[");
        if !opens {
            continue;
        }
        let attribute = &file.tokens[at..end_of_group(&file.tokens, at + 1 + bang)];
        if attribute
            .windows(2)
            .any(|pair| pair[0].text == "allow" && pair[1].text == "(")
        {
            found.push(file.report(token.line, "write #[expect(…, reason = \"…\")]"));
        }
    }
    found
}
