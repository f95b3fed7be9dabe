//! Facts that were kept, decided again under another directory.

use super::*;
use crate::authn::facts;
use crate::crypto::random::Random;
use crate::manage::directory::{Document, rehearse};
use crate::manage::testing::Installation;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::evidence::{Acr, Assurance, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::id::{CredentialId, SessionId};
use crate::policy::facts::{Asked, AssertionProof, Channel, ClientFacts, ConsentFacts, Place, Proof, SessionProof};
use crate::policy::supposition::supposed;
use crate::store::audit::Filter;

const FILE: &str = r#"
[organisation]
trusted_ip_ranges = ["10.0.0.0/8"]

[[profiles]]
name = "staff"

[[users]]
username = "alice"

[[users]]
username = "bob"
profile = "staff"

[[clients]]
client_id = "app"
client_secret = "a-secret-of-the-web-app"
redirect_uris = ["https://app.example.com/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid payments"
require_consent = false
preapproved_users = ["bob"]

[[clients]]
client_id = "report"
client_secret = "a-secret-of-the-reporter"
grant_types = ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
scope = "reading"
require_consent = false

[[scopes]]
name = "payments"
description = "Pay"
max_age = 36000

[[issuers]]
issuer = "https://partner.example.com"
jwks_uri = "https://partner.example.com/jwks"
clients = ["report"]
max_acr = "high"
"#;

/// Facts as a real request would gather them.
fn gathered(
    installation: &Installation,
    (channel, client_id): (Channel, &str),
    username: Option<&str>,
    proof: Proof,
) -> Facts {
    let look = |view: &mut View<'_>| {
        let client = view.directory.client(view.tx, client_id)?.unwrap();
        let asked = Asked {
            scope: client.scope.clone(),
            ..Asked::default()
        };
        let user = match username {
            Some(name) => store::users::find_by_username(view.tx, name)?,
            None => None,
        };
        let user = user.map(|user| facts::user((view.directory, view.now), &user, &client, &[]).unwrap());
        Ok(Facts {
            now: view.now,
            began: view.now,
            channel,
            rules: facts::rules(view.shared, view.directory),
            client: ClientFacts::from(&*client),
            required: facts::required(view.directory, &client, &asked.scope, &[]),
            asked,
            user,
            proof,
            flow: None,
            place: Place {
                ip: Some("10.0.0.1".parse().unwrap()),
                ..Place::default()
            },
            consent: ConsentFacts::default(),
            counts: Vec::new(),
        })
    };
    installation.server.read_blocking(look).unwrap()
}

fn session(installation: &Installation, kinds: &[FactorKind]) -> Proof {
    let now = installation.server.clock().now();
    let proofs: Vec<_> = kinds
        .iter()
        .map(|kind| (*kind, CredentialId::from_bytes([1; 16])))
        .collect();
    Proof::Session(SessionProof {
        id: SessionId::from_bytes([7; 16]),
        evidence: supposed(&proofs, now, None),
        last_seen: now,
        bound_here: false,
    })
}

fn granted(installation: &Installation, acr: Acr) -> Proof {
    Proof::Grant(Box::new(Snapshot {
        assurance: Assurance {
            acr,
            amr: vec!["pwd".into()],
            auth_time: Some(installation.server.clock().now()),
        },
        ..Snapshot::default()
    }))
}

fn by_partner() -> Proof {
    Proof::Assertion(AssertionProof {
        issuer: Some("https://partner.example.com".into()),
        ceiling: Some(Acr::High),
        ..AssertionProof::default()
    })
}

/// One decision of each kind: two logins, a refresh, a client for itself, an assertion.
fn decisions(installation: &Installation) -> Vec<Facts> {
    let password = || session(installation, &[FactorKind::Password]);
    vec![
        gathered(installation, (Channel::Interactive, "app"), Some("alice"), password()),
        gathered(installation, (Channel::Interactive, "app"), Some("bob"), password()),
        gathered(
            installation,
            (Channel::Refresh, "app"),
            Some("bob"),
            granted(installation, Acr::Standard),
        ),
        gathered(installation, (Channel::JwtBearer, "report"), Some("bob"), by_partner()),
        gathered(
            installation,
            (Channel::ClientCredentials, "report"),
            None,
            Proof::Nothing,
        ),
    ]
}

fn record(installation: &Installation, decided: Vec<Facts>) {
    let write = move |work: &mut crate::work::Work<'_>| {
        decided.iter().try_for_each(|facts| {
            let recorded = facts::recorded(facts, &decide(facts))?;
            work.audit(recorded.on(Entry::new(Event::AuthorizationAllowed), serde_json::Map::new()))
        })
    };
    installation.perform(write).unwrap();
}

fn rehearsal(installation: &Installation, text: &str, prune: bool) -> Rehearsal {
    let mut document = Document::default();
    document.add("directory", text).unwrap();
    let look = |view: &mut View<'_>| crate::manage::directory::stored_passwords(view, &Actor::Operator, &document);
    let stored = installation.server.read_blocking(look).unwrap();
    let settled = document
        .settle(&stored, installation.server.shared(), &mut Random::seeded(1))
        .unwrap();
    let planned = installation.perform(move |work| rehearse(work, &Actor::Operator, &settled, prune));
    planned.unwrap().1
}

fn replayed(installation: &Installation, text: &str, prune: bool) -> Replayed {
    let now = installation.server.clock().now();
    let mut replay = Replay::new(rehearsal(installation, text, prune), now.plus_seconds(-86_400));
    while installation.server.read_blocking(|view| replay.go_on(view)).unwrap() {}
    replay.conclude()
}

fn causes(affected: &Affected) -> Vec<(&str, u64, Vec<&str>)> {
    affected
        .causes
        .iter()
        .map(|(cause, concerned)| {
            let users = concerned.users.iter().map(String::as_str).collect();
            (cause.as_str(), concerned.decisions, users)
        })
        .collect()
}

#[test]
fn under_the_directory_as_it_is_facts_are_as_they_were() {
    let installation = Installation::of(FILE);
    let rehearsal = rehearsal(&installation, FILE, true);
    let decided = decisions(&installation);
    for facts in &decided {
        let Rebuilt::Facts(rebuilt) = rehearsal.under(facts) else {
            panic!("{:?} is not about what is there", facts.channel);
        };
        assert_eq!(*rebuilt, *facts);
    }
    record(&installation, decided);
    let found = replayed(&installation, FILE, true);
    assert_eq!((found.decisions, found.gone, found.unreadable), (5, 0, 0));
    assert!(found.more.causes.is_empty() && found.refused.causes.is_empty() && found.less.causes.is_empty());
}

#[test]
fn a_raised_client_asks_its_users_for_more() {
    let installation = Installation::of(FILE);
    record(&installation, decisions(&installation));
    let raised = FILE.replacen("client_id = \"app\"", "client_id = \"app\"\nrequired_acr = \"high\"", 1);
    let found = replayed(&installation, &raised, false);
    assert_eq!((found.more.logins, found.more.refreshes), (2, 1));
    assert_eq!(
        causes(&found.more),
        [
            ("client app needs high", 2, vec!["alice", "bob"]),
            ("client app needs high, so the person signs in again", 1, vec!["bob"]),
        ]
    );
    assert!(found.clients_that_stop.is_empty());
    let reporting = raised.replacen(
        "required_acr = \"high\"",
        "required_acr = \"high\"\nenforcement = \"report\"",
        1,
    );
    let found = replayed(&installation, &reporting, false);
    assert!(found.more.causes.is_empty());
    assert_eq!((found.reported.logins, found.reported.users.len()), (2, 2));
}

#[test]
fn a_raised_profile_asks_its_own_users_alone() {
    let installation = Installation::of(FILE);
    record(&installation, decisions(&installation));
    let raised = FILE.replacen("name = \"staff\"", "name = \"staff\"\nmfa_ui = true", 1);
    let found = replayed(&installation, &raised, false);
    assert_eq!(causes(&found.more), [("profile staff needs high", 1, vec!["bob"])]);
    assert_eq!(found.more.logins, 1);
}

#[test]
fn a_client_that_is_disabled_removed_or_out_of_reach_stops() {
    let installation = Installation::of(FILE);
    record(&installation, decisions(&installation));
    let disabled = FILE.replacen("client_id = \"report\"", "client_id = \"report\"\ndisabled = true", 1);
    let found = replayed(&installation, &disabled, false);
    assert_eq!(found.clients_that_stop, ["report".to_owned()].into());
    assert_eq!(causes(&found.refused), [("client report is disabled", 2, vec!["bob"])]);
    let (kept, _) = FILE.split_once("[[clients]]\nclient_id = \"report\"").unwrap();
    let removed = format!(
        "{kept}[[issuers]]\nissuer = \"https://other.example.com\"\njwks_uri = \"https://other.example.com/jwks\"\n"
    );
    let found = replayed(&installation, &removed, true);
    assert_eq!(causes(&found.refused), [("client report is removed", 2, vec!["bob"])]);
    let other = "[[issuers]]\nissuer = \"https://other.example.com\"\nclients = [\"report\"]\n\
                 jwks_uri = \"https://other.example.com/jwks\"\n";
    let found = replayed(&installation, other, true);
    assert_eq!(
        causes(&found.refused),
        [(
            "issuer https://partner.example.com for client report is removed",
            1,
            vec!["bob"]
        )]
    );
    assert!(found.clients_that_stop.is_empty(), "it still asks for itself");
    let strict = "[organisation]\nrequired_acr = \"standard\"";
    let found = replayed(&installation, strict, false);
    assert_eq!(
        causes(&found.refused),
        [
            ("organisation needs standard (grant_cannot_reach_level)", 1, vec![]),
            ("organisation needs standard (not_preapproved)", 1, vec!["bob"]),
        ]
    );
    assert_eq!(found.clients_that_stop, ["report".to_owned()].into());
}

#[test]
fn a_disabled_user_is_refused_and_a_removed_one_too() {
    let installation = Installation::of(FILE);
    record(&installation, decisions(&installation));
    let disabled = "[[users]]\nusername = \"bob\"\nprofile = \"staff\"\nstatus = \"disabled\"";
    let found = replayed(&installation, disabled, false);
    assert_eq!(causes(&found.refused), [("the user is disabled", 3, vec!["bob"])]);
    let removed = "[[users]]\nusername = \"alice\"";
    let found = replayed(&installation, removed, true);
    assert_eq!(causes(&found.refused), [("user bob is removed", 3, vec!["bob"])]);
}

#[test]
fn what_was_required_and_is_no_more_is_told() {
    let installation = Installation::of(&FILE.replacen("name = \"staff\"", "name = \"staff\"\nmfa_ui = true", 1));
    record(&installation, decisions(&installation));
    let found = replayed(&installation, FILE, false);
    assert_eq!(causes(&found.less), [("profile staff needs high", 1, vec!["bob"])]);
}

#[test]
fn ranges_and_hours_refuse_whom_they_shut_out() {
    let installation = Installation::of(FILE);
    record(&installation, decisions(&installation));
    let ranges = FILE.replacen(
        "name = \"staff\"",
        "name = \"staff\"\nlogin_ip_ranges = [\"192.0.2.0/24\"]",
        1,
    );
    let found = replayed(&installation, &ranges, false);
    assert_eq!(
        causes(&found.refused),
        [("login ranges of profile staff", 3, vec!["bob"])]
    );
    // The instant of these decisions is midnight.
    let hours = FILE.replacen(
        "name = \"staff\"",
        "name = \"staff\"\nlogin_hours = { thursday = [\"09:00-17:00\"] }",
        1,
    );
    let found = replayed(&installation, &hours, false);
    assert_eq!(
        causes(&found.refused),
        [("login hours of profile staff", 2, vec!["bob"])]
    );
}

#[test]
fn reading_page_by_page_meets_every_entry_once() {
    let installation = Installation::of(FILE);
    let several =
        |work: &mut crate::work::Work<'_>| (0..40).try_for_each(|_| work.audit(Entry::new(Event::LoginAllow)));
    for _ in 0..3 {
        installation.perform(several).unwrap();
        installation.server.clock().advance(1);
    }
    let mut met = Vec::new();
    let mut before: Option<ChainedEntry> = None;
    loop {
        let page = installation
            .server
            .read_blocking(|view| store::audit::page(view.tx, Timestamp::default(), before.as_ref(), 7))
            .unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.clone());
        met.extend(page.iter().map(|entry| entry.sequence));
    }
    let all = installation
        .server
        .read_blocking(|view| store::audit::list(view.tx, &Filter::default(), 1_000))
        .unwrap();
    let all: Vec<i64> = all.iter().map(|entry| entry.sequence).collect();
    assert_eq!(met, all);
    assert!(met.len() >= 120);
}
