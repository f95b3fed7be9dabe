//! Why was I asked? `explain`, `audit list --trace` and `apply --dry-run --replay`, on what people and clients really did.

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY, PASSWORD, SECRET};
use crate::support::endpoint::http;
use crate::support::installation::Installation;
use crate::support::relying_party::{answer, code_of, log_in};

/// An installation where alice signed in twice, bob gave a password and stopped at his second factor, and a service asked
/// for tokens three times.
async fn installation() -> Installation {
    let installation = Installation::start(DIRECTORY);
    let address = |client: &str| {
        installation.at(&format!(
            "/oauth2/authorize?response_type=code&client_id={client}&redirect_uri={CALLBACK}&scope=openid&nonce=n&\
             code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        ))
    };
    let mut alice = Browser::new();
    alice.stop_at(CALLBACK);
    let page = alice.get(&address("trusted")).await;
    code_of(&log_in(&mut alice, page, "alice").await);
    code_of(&alice.get(&address("trusted")).await);
    let mut bob = Browser::new();
    let page = bob.get(&address("trusted")).await;
    let page = log_in(&mut bob, page, "bob").await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
    for _ in 0..3 {
        let request = http()
            .post(installation.at("/oauth2/token"))
            .basic_auth("service", Some(SECRET))
            .form(&[("grant_type", "client_credentials"), ("scope", "calendar")]);
        assert_eq!(answer(request).await.status, 200);
    }
    installation
}

/// The lines of a text without the instants that differ from run to run.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[tokio::test]
async fn the_trace_of_an_entry_is_the_explanation_of_its_facts() {
    let installation = installation().await;
    let printed = installation.run(&["audit", "list", "--trace", "--event", "challenge.issued"]);
    let told = lines(&printed);
    assert!(
        told[0].contains("challenge.issued") && told[0].contains("trusted"),
        "{printed}"
    );
    assert!(told[1].starts_with("CHECK"), "{printed}");
    assert!(
        told.iter().any(|line| line == "5      mfa_ui                  ask      profile staff needs high; no factor that reaches it is enrolled"),
        "{printed}"
    );
    assert!(
        printed.contains(": interact: enrolment of passkey or totp or hotp: profile staff needs high"),
        "{printed}"
    );
    assert!(!printed.contains("recorded then"), "{printed}");

    let listed = installation.run(&["audit", "list", "--trace", "--json"]);
    let listed: Vec<Value> = serde_json::from_str(&listed).expect("JSON");
    let decided: Vec<&Value> = listed
        .iter()
        .filter(|entry| !entry["entry"]["facts"].is_null())
        .collect();
    assert_eq!(decided.len(), 6, "two logins, a challenge, three token requests");
    for entry in decided {
        assert_eq!(entry["decision"]["step"], entry["entry"]["detail"]["step"], "{entry}");
        assert_eq!(entry["decision"]["check"], entry["entry"]["detail"]["check"], "{entry}");
        assert_eq!(entry["decision"].get("recorded"), None);
    }
    assert!(
        listed.iter().any(|entry| entry.get("decision").is_none()),
        "a login.attempt is no decision"
    );
}

#[tokio::test]
async fn explain_leads_the_whole_way_and_gives_its_facts() {
    let installation = installation().await;
    let printed = installation.run(&["explain", "--user", "bob", "--client", "app", "--ip", "192.0.2.7"]);
    let told = lines(&printed);
    let from = told
        .iter()
        .position(|line| line.contains("interact: the login page"))
        .expect("a decision");
    assert_eq!(
        told[from + 1],
        "then enrolment of passkey or totp or hotp: profile staff needs high"
    );
    assert!(
        told[from + 2].starts_with("then enrolment of passkey or totp or hotp")
            || told[from + 2].starts_with("then the consent page for"),
        "{printed}"
    );
    assert!(
        told.last()
            .is_some_and(|line| line.starts_with("then tokens with acr phr (swk pop user mfa)")),
        "{printed}"
    );
    let printed = installation.run(&[
        "explain",
        "--grant-type",
        "client_credentials",
        "--client",
        "service",
        "--json",
    ]);
    let told: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(told["detail"]["reason"], "grant_cannot_reach_level");
    assert_eq!(told["facts"]["channel"], "client_credentials");
    assert_eq!(told["facts"]["required"][0]["name"], "scope reports");
}

#[tokio::test]
async fn a_dry_run_says_who_would_be_asked_for_more_and_which_clients_would_stop() {
    let installation = installation().await;
    let file = installation.file(
        "stricter.toml",
        "[[clients]]\nclient_id = \"trusted\"\nredirect_uris = [\"https://app.example/callback\"]\nrequired_acr = \"high\"\n\
         scope = \"openid\"\nrequire_consent = false\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\n\
         [[scopes]]\nname = \"calendar\"\ndescription = \"See your calendar\"\noptional = true\nrequired_acr = \"standard\"\n",
    );
    let complaint = installation.complaint(&["apply", &file, "--replay", "7d"]);
    assert!(
        complaint.contains("--replay") && complaint.contains("add --dry-run"),
        "{complaint}"
    );
    let printed = installation.run(&["apply", &file, "--dry-run", "--replay", "7d"]);
    let told = lines(&printed);
    let sum = told
        .iter()
        .position(|line| line.contains(" decisions since "))
        .expect("a sum");
    let (_, summary) = told[sum].split_once("Z: ").expect("an instant");
    assert_eq!(
        summary,
        "2 logins of 1 user would now be asked for more, 3 token requests would be refused, 1 client would stop"
    );
    assert_eq!(
        told[sum + 1..],
        [
            "  client service would stop: all that it was allowed would be refused",
            "  asked for more: client trusted needs high: 2: alice at trusted",
            "  refused: scope calendar needs standard (grant_cannot_reach_level): 3: at service",
        ]
    );
    let printed = installation.run(&["apply", &file, "--dry-run", "--replay", "12h", "--json"]);
    let found: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(found["replay"]["more"]["users"][0], "alice");
    assert_eq!(found["replay"]["clients_that_stop"][0], "service");
    assert_eq!(found["replay"]["decisions"], 6);
    // Nothing was changed: the service goes on.
    let again = installation.run(&["apply", &file, "--dry-run", "--replay", "7d"]);
    assert!(again.contains("1 client would stop"), "{again}");
    let unchanged = installation.file("same.toml", DIRECTORY);
    let same = installation.run(&["apply", &unchanged, "--dry-run", "--replay", "7d"]);
    assert!(same.contains("nothing would come out differently"), "{same}");
    assert!(!PASSWORD.is_empty() && !same.contains(PASSWORD));
}
