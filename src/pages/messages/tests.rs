//! Both languages say the same things, and every message is there, is said, and is said completely.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::scope::STANDARD_SCOPES;
use crate::model::time::Timestamp;
use crate::pages::text::ErrorClass;

/// Messages that are the same word in both languages.
const SAME: [&str; 5] = [
    "code",
    "factor-passkey",
    "factor-yubikey-otp",
    "level-standard",
    "sent-instead",
];

/// What the account's activity tells of.
const ACTIVITY: [&str; 17] = [
    "login-allow",
    "login-deny",
    "challenge-passed",
    "challenge-failed",
    "factor-enrolled",
    "factor-removed",
    "factor-disabled",
    "device-activated",
    "device-revoked",
    "api-token-reset",
    "lockout-set",
    "lockout-cleared",
    "authorization-allowed",
    "consent-given",
    "consent-withdrawn",
    "password-changed",
    "session-ended",
];

/// What came of signing in at another provider.
const UPSTREAM: [&str; 7] = [
    "declined",
    "unavailable",
    "refused",
    "stale",
    "unknown",
    "taken",
    "too-many",
];

/// What the account's pages say was done.
const DONE: [&str; 13] = [
    "connected",
    "ordered",
    "email",
    "profile",
    "named",
    "added",
    "removed",
    "password",
    "token",
    "session",
    "others",
    "device",
    "withdrawn",
];

/// The tags that a message said by `markup` may hold.
const TAGS: [&str; 9] = [
    "<bdi>",
    "</bdi>",
    "<strong>",
    "</strong>",
    "<code>",
    "</code>",
    "<a href=\"{ $uri }\">",
    "</a>",
    "<br>",
];

/// Every message and attribute of a language, as the files write it.
fn written(lang: Lang) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (path, content) in assets::messages(lang).unwrap() {
        let (mut id, mut at) = (String::new(), String::new());
        for line in content.lines().filter(|line| !line.starts_with('#')) {
            let attribute = line.strip_prefix("    .").and_then(|line| line.split_once(" ="));
            let message = line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic));
            let text = match (message, attribute) {
                (Some((name, text)), _) => {
                    name.clone_into(&mut id);
                    name.clone_into(&mut at);
                    text
                }
                (None, Some((name, text))) => {
                    at = format!("{id}.{name}");
                    text
                }
                (None, None) => line,
            };
            let known: &mut String = found.entry(at.clone()).or_default();
            assert!(message.is_none() || known.is_empty(), "{path}: {at} twice");
            known.push_str(text);
            known.push('\n');
        }
    }
    found.remove("");
    found
}

fn gaps(text: &str) -> BTreeSet<&str> {
    let after = text.split('$').skip(1);
    after
        .filter_map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next())
        .collect()
}

/// Every file below a folder of the repository with one of these endings.
fn files(folder: &Path, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if endings
            .iter()
            .any(|ending| path.extension().is_some_and(|e| e == *ending))
        {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn kinds() -> Vec<FactorKind> {
    let mut kinds = FactorKind::SECOND_FACTORS.to_vec();
    kinds.extend([FactorKind::Password, FactorKind::Upstream]);
    kinds
}

/// The messages of a family, which code or a template names by its member.
fn members(family: &str) -> Vec<String> {
    let name = |member: &str| format!("{family}-{}", member.replace('_', "-"));
    match family {
        "level" => Acr::ALL.iter().map(|acr| name(acr.as_str())).collect(),
        "factor" | "use-factor" => kinds().iter().map(|kind| name(kind.as_str())).collect(),
        "scope" => STANDARD_SCOPES.iter().map(|scope| name(scope)).collect(),
        "error" => ErrorClass::ALL
            .iter()
            .flat_map(|class| [name(class.as_str()), name(class.as_str()) + ".sentence"])
            .collect(),
        "account" => ["profile", "security", "sessions", "applications", "activity"]
            .map(name)
            .to_vec(),
        "activity" => ACTIVITY.map(name).to_vec(),
        "done" => DONE.map(name).to_vec(),
        "upstream" => UPSTREAM.map(name).to_vec(),
        other => panic!("which members has {other}?"),
    }
}

/// What follows each occurrence of `sign` up to the next quote, and what comes after that.
fn quoted<'a>(content: &'a str, sign: &str) -> Vec<(&'a str, &'a str)> {
    let after = content.split(sign).skip(1);
    after.filter_map(|rest| rest.split_once('"')).collect()
}

/// Every message that templates and code name, with the places.
fn named() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeMap::new();
    for (path, content) in files(&root.join("templates"), &["html", "txt"]) {
        for (id, rest) in ["(id=\""].iter().flat_map(|sign| quoted(&content, sign)) {
            match rest.trim_start().strip_prefix('~') {
                Some(_) => named.extend(
                    members(id.trim_end_matches('-'))
                        .into_iter()
                        .map(|id| (id, path.clone())),
                ),
                None => drop(named.insert(id.to_owned(), path.clone())),
            }
        }
    }
    let sources = files(&root.join("src"), &["rs"]);
    for (path, content) in sources.into_iter().filter(|(path, _)| !path.ends_with("/tests.rs")) {
        for (id, _) in quoted(&content, "Text::new(\"") {
            named.insert(id.to_owned(), path.clone());
        }
        for (family, _) in quoted(&content, "Text::of(\"") {
            named.extend(members(family).into_iter().map(|id| (id, path.clone())));
        }
        if path.ends_with("messages/times.rs") {
            let times = content.split('"').filter(|literal| literal.starts_with("time-"));
            named.extend(times.map(|id| (id.to_owned(), path.clone())));
        }
    }
    named
}

#[test]
fn both_languages_say_the_same_things() {
    let (english, german) = (written(Lang::En), written(Lang::De));
    let ids = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<BTreeSet<_>>();
    let (ours, theirs) = (ids(&english), ids(&german));
    let lone: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert!(lone.is_empty(), "in one language alone: {lone:?}");
    for (id, text) in &english {
        let other = &german[id];
        assert_eq!(gaps(text), gaps(other), "{id}");
        let is_same = text.trim() == other.trim() && !text.trim().is_empty();
        assert_eq!(is_same, SAME.contains(&id.as_str()), "{id} is the same in both: {text}");
    }
}

#[test]
fn both_languages_have_the_same_files() {
    let names = |lang: Lang| -> BTreeSet<String> {
        let files = assets::messages(lang).unwrap();
        let own = format!("messages/{lang}/");
        files.into_iter().map(|(path, _)| path.replace(&own, "")).collect()
    };
    assert_eq!(names(Lang::En), names(Lang::De));
    assert!(names(Lang::En).contains("common.ftl"));
}

#[test]
fn every_message_that_is_named_is_there_and_every_one_that_is_there_is_named() {
    let (there, named) = (written(Lang::En), named());
    let missing: Vec<_> = named.iter().filter(|(id, _)| !there.contains_key(*id)).collect();
    assert!(missing.is_empty(), "named, not written: {missing:?}");
    let unsaid: Vec<_> = there
        .iter()
        .filter(|(id, text)| !named.contains_key(*id) && !text.trim().is_empty())
        .collect();
    assert!(unsaid.is_empty(), "written, never named: {unsaid:?}");
}

#[test]
fn messages_keep_their_voice() {
    for lang in Lang::ALL {
        for (id, text) in written(lang) {
            let words = text.to_lowercase();
            for banned in ["!", "please", "bitte", "oops", "hoppla", "sorry"] {
                assert!(!words.contains(banned), "{lang} {id}: {text}");
            }
        }
    }
}

/// What `t` says is escaped, so a tag in it would be shown; what `markup` says is not, so its tags are listed.
#[test]
fn tags_are_in_messages_said_as_markup_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let templates = files(&root.join("templates"), &["html"]);
    let marked: BTreeSet<&str> = templates
        .iter()
        .flat_map(|(_, content)| quoted(content, "markup(id=\""))
        .map(|(id, _)| id)
        .collect();
    for lang in Lang::ALL {
        for (id, text) in written(lang) {
            let bare = TAGS.iter().fold(text.clone(), |text, tag| text.replace(tag, ""));
            assert!(!bare.contains('<'), "{lang} {id}: {text}");
            assert!(
                text == bare || marked.contains(id.as_str()),
                "{lang} {id} is not markup"
            );
        }
    }
}

#[test]
fn a_message_without_its_argument_and_one_that_is_not_there_are_faults() {
    let engine = crate::pages::Engine::new("Example Works", "").unwrap();
    let say = |text: Text| engine.say(&text, Lang::De).map_err(|fault| fault.to_string());
    assert!(
        say(Text::new("no-such-message"))
            .unwrap_err()
            .contains("no-such-message")
    );
    assert!(say(Text::new("code.no-such-attribute")).is_err());
    assert!(say(Text::new("service-of")).unwrap_err().contains("service-of"));
    let whole = say(Text::new("service-of").with("organisation", "{ $x } & Söhne"));
    assert_eq!(whole.unwrap(), "{ $x } & Söhne betreibt diesen Anmeldedienst.");
    assert_eq!(say(Text::verbatim("As { $it } is")).unwrap(), "As { $it } is");
}

#[test]
fn times_are_written_as_the_language_writes_them() {
    let messages = Messages::load().unwrap();
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let now = at("2026-03-01T20:00:00Z");
    let cases = [
        (
            Moment::dated(now),
            "1 March 2026, 20:00 UTC",
            "1. März 2026, 20:00 Uhr UTC",
        ),
        (
            Moment::near(at("2026-03-01T22:05:00Z"), now),
            "22:05 UTC",
            "22:05 Uhr UTC",
        ),
        (
            Moment::near(at("2026-12-31T08:05:00Z"), now),
            "08:05 UTC on 31 December",
            "31. Dezember, 08:05 Uhr UTC",
        ),
    ];
    for (moment, english, german) in cases {
        assert_eq!(moment.worded(&messages, Lang::En).unwrap(), english);
        assert_eq!(moment.worded(&messages, Lang::De).unwrap(), german);
    }
}

/// Texts travel to templates as values; a name that looks like one stays a name.
#[test]
fn a_text_keeps_what_it_is_on_its_way_to_a_template() {
    let texts = [
        Text::new("code"),
        Text::verbatim("{\"id\":\"code\",\"with\":{}}"),
        Text::new("service-of").with("organisation", 7_i64),
        Text::new("mail-when").with("when", Moment::dated(Timestamp::from_seconds(7))),
        Text::new("level-label")
            .with("word", Text::of("level", "high"))
            .with("strokes", 3_u32),
    ];
    for text in texts {
        let value = serde_json::to_value(&text).unwrap();
        assert_eq!(serde_json::from_value::<Text>(value).unwrap(), text);
    }
}

#[test]
fn what_fills_a_gap_of_markup_is_escaped() {
    let messages = Arc::new(Messages::load().unwrap());
    let mut tera = tera::Tera::new();
    register(&mut tera, &messages, Lang::En);
    let page = "{{ markup(id=\"signed-in-as\", user=user) }}|{{ t(id=\"service-of\", organisation=user) }}";
    tera.add_raw_template("page.html", page).unwrap();
    let mut context = tera::Context::new();
    context.insert("user", "</strong><script>\"&");
    let html = tera.render("page.html", &context).unwrap();
    let (marked, plain) = html.split_once('|').unwrap();
    assert!(
        marked.starts_with("You are signed in as <strong><bdi>&lt;&#x2F;strong&gt;")
            || marked.contains("<bdi>&lt;/strong&gt;&lt;script&gt;&quot;&amp;</bdi>"),
        "{marked}"
    );
    assert!(!plain.contains('<'), "{plain}");
}
