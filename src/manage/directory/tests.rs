//! Applying, applying again, and exporting.

mod assurance;
mod authority;
mod branding;
mod claims;
mod login_flows;
mod names;
mod providers;

use super::*;
use crate::manage::testing::{Installation, refusal};
use crate::model::client::ClientSecret;
use crate::model::credential::Credential;
use crate::model::id::{CredentialId, SessionId};
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::store;

const FILE: &str = r#"
[organisation]
name = "Example Ltd"

[[profiles]]
name = "staff"
required_acr = "high"

[[users]]
username = "Alice"
password = "correct horse battery"
profile = "staff"
permissions = ["manage_directory"]
claims = { name = "Alice", email = "alice@example.com", birthdate = 1990-01-02, address = { locality = "Oz" } }

[[users]]
username = "bob"

[[clients]]
client_id = "web-app"
client_secret = "a-secret-of-the-web-app"
redirect_uris = ["https://app.example.com/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid payments"
resources = ["https://api.example.com"]
preapproved_profiles = ["staff"]

[[clients]]
client_id = "report"
client_secret = "a-secret-that-signs-and-is-long-enough"
token_endpoint_auth_method = "client_secret_jwt"
grant_types = ["client_credentials"]

[[scopes]]
name = "payments"
description = "Pay"
required_acr = "high"
max_age = 300

[[resources]]
identifier = "https://api.example.com"

[[issuers]]
issuer = "https://partner.example.com"
jwks_uri = "https://partner.example.com/jwks"
clients = ["report"]
"#;

const PRUNE: Options = Options {
    dry_run: false,
    prune: true,
};

fn lines(report: &Report) -> Vec<String> {
    let line = |change: &Change| {
        format!(
            "{:?} {}.{} {:?}",
            change.action, change.kind, change.name, change.detail
        )
    };
    report.changes.iter().map(line).collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let installation = Installation::new();
    let report = installation.apply(FILE, Options::default()).unwrap();
    assert_eq!(report.changes.len(), 9);
    assert!(report.changes[1..].iter().all(|change| change.action == Action::Added));
    let version = installation.version();
    assert_eq!(lines(&installation.apply(FILE, PRUNE).unwrap()), Vec::<String>::new());
    assert_eq!(installation.version(), version);
}

#[test]
fn a_dry_run_says_the_same_and_leaves_nothing() {
    let installation = Installation::new();
    let dry_run = Options {
        dry_run: true,
        prune: true,
    };
    let report = installation.apply(FILE, dry_run).unwrap();
    assert_eq!(installation.export(true), "");
    assert_eq!(installation.version(), 1);
    assert!(installation.audited().is_empty());
    assert_eq!(installation.apply(FILE, PRUNE).unwrap(), report);
}

#[test]
fn every_change_is_audited_without_secrets() {
    let installation = Installation::of(FILE);
    let entries = installation.audited();
    assert_eq!(entries.len(), 9);
    let text = format!("{entries:?}");
    for secret in ["argon2id", "battery", "a-secret", "\"digest\"", "\"sealed\""] {
        assert!(!text.contains(secret), "{secret}");
    }
    installation
        .apply("[[users]]\nusername = \"bob\"\nprofile = \"staff\"", Options::default())
        .unwrap();
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.actor, Some(Actor::Operator));
    assert_eq!(last.detail["object"], "users.bob");
    assert_eq!(last.detail["before"]["profile"], "default");
    assert_eq!(last.detail["after"]["profile"], "staff");
    assert_eq!(last.detail["changed"], serde_json::json!(["profile"]));
}

/// A TOTP credential, a client whose name is not plain, and what `FILE` has.
fn furnished() -> Installation {
    let installation = Installation::of(FILE);
    let alice = installation.user("alice").id;
    let enrol = move |work: &mut Work<'_>| {
        let secret = work.shared.master.seal(Purposes::TOTP, &mut work.random, &[7; 20])?;
        let credential = Credential {
            id: work.new_id(),
            user: alice,
            label: "telephone".to_owned(),
            confirmed_at: Some(Timestamp::from_micros(1_767_225_600_123_456)),
            created_at: work.now,
            last_used_at: None,
            last_step: 9,
            material: Material::Totp { secret },
        };
        store::credentials::insert(work.tx, &credential)
    };
    installation.perform(enrol).unwrap();
    installation
}

#[test]
fn an_export_with_secrets_is_taken_back_whole() {
    let first = furnished();
    let exported = first.export(true);
    let second = Installation::of(&exported);
    assert_eq!(second.export(true), exported);
    for installation in [&first, &second] {
        assert_eq!(
            lines(&installation.apply(&exported, PRUNE).unwrap()),
            Vec::<String>::new()
        );
        assert_eq!(lines(&installation.apply(FILE, PRUNE).unwrap()), Vec::<String>::new());
    }
}

#[test]
fn an_export_without_secrets_has_none_and_changes_none() {
    let installation = furnished();
    let (plain, whole) = (installation.export(false), installation.export(true));
    for secret in [
        "argon2id",
        "client_secret_hash",
        "client_secret_sealed",
        "users.credentials",
    ] {
        assert!(!plain.contains(secret), "{secret}");
        assert!(whole.contains(secret), "{secret}");
    }
    assert_eq!(lines(&installation.apply(&plain, PRUNE).unwrap()), Vec::<String>::new());
    assert_eq!(installation.export(true), whole);
}

#[test]
fn json_says_the_same_as_toml() {
    let json = r#"{"profiles": [{"name": "staff", "required_acr": "high"}],
        "users": [{"username": "bob", "profile": "staff", "claims": {"name": null}}]}"#;
    let toml =
        "[[profiles]]\nname = \"staff\"\nrequired_acr = \"high\"\n[[users]]\nusername = \"bob\"\nprofile = \"staff\"";
    let installation = Installation::of(json);
    assert_eq!(lines(&installation.apply(toml, PRUNE).unwrap()), Vec::<String>::new());
}

#[test]
fn what_a_file_leaves_out_has_its_default() {
    let installation = Installation::of(FILE);
    let file = "[[clients]]\nclient_id = \"web-app\"\nredirect_uris = [\"https://app.example.com/callback\"]";
    let report = installation.apply(file, Options::default()).unwrap();
    let detail = r#"["grant_types", "preapproved_profiles", "resources", "scope"]"#;
    assert_eq!(lines(&report), [format!("Changed clients.web-app {detail}")]);
}

#[test]
fn what_was_disabled_by_hand_stays_so_until_a_file_says_otherwise() {
    let installation = Installation::of(FILE);
    let bob = installation.user("bob").id;
    let disable = move |work: &mut Work<'_>| {
        crate::manage::users::disable(work, &Actor::Operator, bob)?;
        crate::manage::clients::set_disabled(work, &Actor::Operator, "report", true)
    };
    installation.perform(disable).unwrap();
    let again = installation.apply(FILE, Options::default()).unwrap();
    assert_eq!(lines(&again), Vec::<String>::new());
    assert_eq!(installation.user("bob").status, UserStatus::Disabled);
    let said = FILE
        .replace("username = \"bob\"", "username = \"bob\"\nstatus = \"active\"")
        .replace("client_id = \"report\"", "client_id = \"report\"\ndisabled = false");
    let report = installation.apply(&said, Options::default()).unwrap();
    let told = [
        "Changed clients.report [\"disabled\"]",
        "Changed users.bob [\"status\"]",
    ];
    assert_eq!(lines(&report), told);
}

#[test]
fn a_changed_password_or_secret_is_one_change_and_ends_sessions() {
    let installation = Installation::of(FILE);
    let alice = installation.user("alice").id;
    let sign_in = move |work: &mut Work<'_>| {
        let session = Session {
            id: SessionId::new(work.now, [1; 10]),
            user: alice,
            bridged_from: None,
            evidence: Vec::new(),
            duty: None,
            created_at: work.now,
            last_seen_at: work.now,
            ip: String::new(),
            user_agent: String::new(),
        };
        let digest = crate::crypto::digest::digest_of("cookie");
        store::sessions::insert(work.tx, &session, &digest, work.now.plus_seconds(60))
    };
    installation.perform(sign_in).unwrap();
    let changed = FILE
        .replace("horse", "mule")
        .replace("a-secret-of-the", "another-secret-of-the")
        .replace("a-secret-that", "another-secret-that");
    let report = installation.apply(&changed, Options::default()).unwrap();
    assert_eq!(
        lines(&report),
        [
            "Changed clients.web-app [\"client_secret\"]",
            "Changed clients.report [\"client_secret\"]",
            "Changed users.Alice [\"password\"]",
        ]
    );
    let sessions = installation
        .server
        .read_blocking(|view| store::sessions::list(view.tx, view.now, 10));
    assert!(sessions.unwrap().is_empty());
}

#[test]
fn pruning_removes_only_of_the_kinds_that_are_named() {
    let installation = Installation::of(FILE);
    let file = "[[users]]\nusername = \"ALICE\"\nprofile = \"staff\"\npermissions = [\"manage_directory\"]";
    let report = installation.apply(file, PRUNE).unwrap();
    let expected = ["Removed users.bob []", "Changed users.ALICE [\"claims\", \"username\"]"];
    assert_eq!(lines(&report), expected);
    assert!(installation.export(false).contains("web-app"));
}

#[test]
fn pruning_never_removes_the_last_manager_or_what_others_name() {
    let installation = Installation::of(FILE);
    let before = installation.export(true);
    let cases = [
        ("[[users]]\nusername = \"bob\"", "users.Alice: is the last user"),
        ("profiles = []", "users.Alice.profile: there is no profile staff"),
        ("resources = []", "clients.web-app.resources: there is no resource"),
        (
            "clients = []",
            "issuers.https://partner.example.com.clients: there is no client",
        ),
    ];
    for (file, expected) in cases {
        let message = refusal(installation.apply(file, PRUNE));
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(installation.export(true), before);
}

#[test]
fn one_wrong_object_keeps_all_others_out() {
    let installation = Installation::new();
    let file = FILE.replace("https://app.example.com/callback", "http://app.example.com/callback");
    let message = refusal(installation.apply(&file, Options::default()));
    assert!(message.starts_with("clients.web-app.redirect_uris: "), "{message}");
    assert_eq!(installation.export(true), "");
}

#[test]
fn unknown_and_wrong_keys_are_named_with_the_nearest_known() {
    let cases = [
        ("[[client]]", "client: unknown key; did you mean `clients`?"),
        (
            "[[clients]]\nclient_id = \"a\"\nredirect_urs = []",
            "clients.a.redirect_urs: unknown key; did you mean `redirect_uris`?",
        ),
        (
            "[[clients]]\nclient_id = \"a\"\nclient_secret_hsh = \"\"",
            "clients.a.client_secret_hsh: unknown key; did you mean `client_secret_hash`?",
        ),
        (
            "[[clients]]\nclient_id = \"a\"\nsecret = \"x\"",
            "clients.a.secret: unknown key; did you mean `scope`?",
        ),
        (
            "[[clients]]\nclient_id = \"a\"\njwks_url = \"x\"",
            "clients.a.jwks_url: unknown key; did you mean `jwks_uri`?",
        ),
        (
            "[[users]]\nusername = \"a\"\nid = \"x\"",
            "users.a.id: unknown key; did you mean `claims`?",
        ),
        (
            "[[clients]]\nclient_id = \"a\"\ngrant_types = [\"authorisation_code\"]",
            "clients.a.grant_types: `authorisation_code` is not one of the values known; did you mean \
             `authorization_code`?",
        ),
        (
            "[[scopes]]\nname = \"a\"\nmax_age = \"soon\"",
            "scopes.a.max_age: invalid type: string \"soon\", expected u32",
        ),
        (
            "[organisation]\nnam = 1",
            "organisation.nam: unknown key; did you mean `name`?",
        ),
        (
            "[[clients]]\nclient_name = \"a\"",
            "clients[0].client_id: is missing: it names the object",
        ),
        (
            "[clients]\nclient_id = \"a\"",
            "clients: must be a list; write [[clients]]",
        ),
        (
            "[[users]]\nusername = \"a\"\n[[users]]\nusername = \"A\"",
            "users.A: is given twice; keep one",
        ),
    ];
    for (file, expected) in cases {
        let error = Document::default().add("file.toml", file).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let error = Document::default().add("file.toml", "\n[users").unwrap_err();
    assert!(error.field == "file.toml line 2", "{error}");
}

#[test]
fn secrets_must_fit_the_way_a_client_authenticates() {
    let hash = "00".repeat(32);
    let cases = [
        ("", "client_secret: a confidential client needs a secret"),
        (
            "client_secret = \"short\"",
            "client_secret: a secret has at least 16 characters",
        ),
        ("client_secret_hash = \"00\"", "client_secret_hash: a SHA-256 digest is"),
        (
            "client_secret_sealed = \"AAAA\"",
            "client_secret_sealed: only clients that sign with their secret",
        ),
        (
            "client_secret = \"0123456789abcdef\"\ntoken_endpoint_auth_method = \"none\"",
            "client_secret: a client with token_endpoint_auth_method none has no secret",
        ),
        (
            "client_secret = \"0123456789abcdef\"\ntoken_endpoint_auth_method = \"client_secret_jwt\"",
            "client_secret: a secret that signs has at least 32 bytes",
        ),
        (
            &format!("client_secret_hash = \"{hash}\"\ntoken_endpoint_auth_method = \"client_secret_jwt\""),
            "client_secret_hash: signatures made with the secret itself",
        ),
        (
            "client_secret_sealed = \"AAAA\"\ntoken_endpoint_auth_method = \"client_secret_jwt\"",
            "client_secret_sealed: was sealed under another master key",
        ),
        (
            "token_endpoint_auth_method = \"client_secret_jwt\"",
            "client_secret: client_secret_jwt and HS256 need the secret itself",
        ),
        (
            "client_secret = \"0123456789abcdef\"\nclient_secret_hash = \"00\"",
            "client_secret: give only one",
        ),
    ];
    let installation = Installation::new();
    for (given, expected) in cases {
        let file = format!("[[clients]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.example/\"]\n{given}");
        let message = refusal(installation.apply(&file, Options::default()));
        assert!(message.starts_with(&format!("clients.a.{expected}")), "{message}");
    }
}

#[test]
fn a_client_keeps_its_secret_when_it_no_longer_signs_with_it() {
    let installation = Installation::of(FILE);
    let client = "[[clients]]\nclient_id = \"report\"\ngrant_types = [\"client_credentials\"]";
    installation.apply(client, Options::default()).unwrap();
    let stored = installation
        .server
        .read_blocking(|view| store::clients::find(view.tx, "report"));
    let expected = crate::crypto::digest::digest_of("a-secret-that-signs-and-is-long-enough");
    assert_eq!(stored.unwrap().unwrap().secret, Some(ClientSecret::Digest(expected)));
}

#[test]
fn passwords_and_credentials_are_checked() {
    let cases = [
        (
            "password = \"short\"",
            "password: a password has at least 12 characters",
        ),
        ("password_hash = \"$2y$10$abc\"", "password_hash: not an Argon2id hash"),
        ("password = \"x\"\npassword_hash = \"y\"", "password: give either"),
        ("credentials = [1]", "credentials: not a list as"),
        (
            "credentials = [{ kind = \"password\", phc = \"x\", confirmed_at = 1 }]",
            "credentials: a password belongs in password_hash",
        ),
        (
            "credentials = [{ kind = \"totp\", secret = [1, 2], confirmed_at = 1 }]",
            "credentials[0]: was sealed under another master key",
        ),
        ("claims = { sub = \"x\" }", "claims.sub: is set by the server"),
        ("profile = \"none\"", "profile: there is no profile none"),
    ];
    let installation = Installation::new();
    for (given, expected) in cases {
        let file = format!("[[users]]\nusername = \"a\"\n{given}");
        let message = refusal(installation.apply(&file, Options::default()));
        assert!(message.starts_with(&format!("users.a.{expected}")), "{message}");
    }
}

#[test]
fn a_file_that_lists_second_factors_is_the_whole_truth_about_them() {
    let installation = furnished();
    let credentials = |installation: &Installation| -> Vec<CredentialId> {
        let alice = installation.user("alice").id;
        let list = |view: &mut crate::work::View<'_>| store::credentials::of_user(view.tx, alice);
        let stored = installation.server.read_blocking(list).unwrap();
        stored.iter().map(|credential| credential.id).collect()
    };
    let before = credentials(&installation);
    installation.apply(&installation.export(true), PRUNE).unwrap();
    assert_eq!(credentials(&installation), before);
    let file = FILE.replace("username = \"Alice\"", "username = \"Alice\"\ncredentials = []");
    let report = installation.apply(&file, Options::default()).unwrap();
    assert_eq!(lines(&report), ["Changed users.Alice [\"credentials\"]"]);
    assert_eq!(credentials(&installation).len(), before.len() - 1);
}

/// A passkey as it was written before attestations were kept.
const PASSKEY: &str = r#"{"cred":{"cred_id":"AAEC","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"AAEC","y":"AAEC"}}},"counter":3,"transports":null,"user_verified":true,"backup_eligible":false,"backup_state":false,"registration_policy":"required","extensions":{"cred_protect":"NotRequested","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":"Ignored"},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}}"#;

#[test]
fn a_passkey_in_a_file_can_be_read_or_is_refused_with_its_place() {
    let with = |verifier: &str| {
        let of_passkey = format!("kind = \"passkey\", verifier = '{verifier}', hardware = true");
        let credentials = format!("[{{ confirmed_at = 1767225600000000, {of_passkey} }}]");
        format!("[[users]]\nusername = \"grace\"\ncredentials = {credentials}\n")
    };
    let installation = Installation::of(FILE);
    installation.apply(&with(PASSKEY), Options::default()).unwrap();
    let message = refusal(installation.apply(&with("{}"), Options::default()));
    assert!(
        message.starts_with("users.grace.credentials[0]: is no passkey"),
        "{message}"
    );
    let exported = installation.export(true);
    assert_eq!(
        lines(&installation.apply(&exported, PRUNE).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn authenticators_that_count_have_somebody_who_vouches_for_them() {
    let pem = include_str!("../../../tests/keys/attestation/maker_authority.pem");
    let with =
        |members: &str| format!("[[profiles]]\nname = \"guarded\"\n[profiles.attested_authenticators]\n{members}\n");
    let model = "models = [\"cb69481e-8ff7-4039-93ec-0a2729a154a8\"]";
    let good = with(&format!("{model}\nauthorities = [\"\"\"\n{pem}\"\"\"]"));
    let installation = Installation::of(FILE);
    installation.apply(&good, Options::default()).unwrap();
    let exported = installation.export(false);
    assert!(exported.contains("cb69481e-8ff7-4039-93ec-0a2729a154a8"), "{exported}");
    assert_eq!(
        lines(&installation.apply(&exported, PRUNE).unwrap()),
        Vec::<String>::new()
    );
    for (members, told) in [
        (
            "authorities = []",
            "profiles.guarded.attested_authenticators.authorities: nobody vouches",
        ),
        (
            "authorities = [\"a certificate\"]",
            "profiles.guarded.attested_authenticators.authorities[0]: not a certificate",
        ),
    ] {
        let message = refusal(installation.apply(&with(&format!("{model}\n{members}")), Options::default()));
        assert!(message.starts_with(told), "{message}");
    }
    for members in [
        model,
        "authorities = []\nmodels = [\"any\"]",
        "authorities = []\nmodel = []",
    ] {
        let mut document = Document::default();
        let error = document.add("directory.toml", &with(members)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("profiles.guarded.attested_authenticators"),
            "{error}"
        );
    }
}
