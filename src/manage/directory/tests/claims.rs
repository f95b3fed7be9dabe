//! What is said of people: of which types, and since when. OpenID Connect Core §5.1.

use super::*;
use crate::manage::account::{email, profile};
use crate::manage::testing::NOW;
use crate::model::actor::Actor;
use crate::model::evidence::Acr;

fn file(claims: &str) -> String {
    format!("[[users]]\nusername = \"alice\"\npassword = \"correct horse battery\"\nclaims = {{ {claims} }}\n")
}

#[test]
fn standard_claims_are_of_their_types() {
    let installation = Installation::new();
    for (claim, value, told) in [
        ("name", "\"\"", "text"),
        ("nickname", "\"   \"", "text"),
        ("locale", "[\"de\"]", "text"),
        ("phone_number", "5", "text"),
        ("email_verified", "\"yes\"", "true or false"),
        ("phone_number_verified", "1", "true or false"),
        ("updated_at", "\"x\"", "seconds"),
        ("address", "\"str\"", "table"),
        ("address", "{}", "table"),
        ("address", "{ locality = 5 }", "table"),
        ("birthdate", "\"yesterday\"", "YYYY-MM-DD"),
        ("birthdate", "1990", "YYYY-MM-DD"),
    ] {
        let said = refusal(installation.apply(&file(&format!("{claim} = {value}")), PRUNE));
        assert!(
            said.starts_with(&format!("users.alice.claims.{claim}: must be")) && said.contains(told),
            "{claim} = {value}: {said}"
        );
    }
    let good = file(
        "name = \"Alice\", email_verified = false, updated_at = 1, birthdate = \"0000-02-29\", \
         address = { locality = \"Oz\" }, badge = \"\", shoes = 38",
    );
    installation.apply(&good, PRUNE).unwrap();
    assert_eq!(lines(&installation.apply(&good, PRUNE).unwrap()), Vec::<String>::new());
}

fn signed_in(installation: &Installation) -> Actor {
    Actor::User {
        user: installation.user("alice").id,
        session: SessionId::new(Timestamp::from_seconds(1), [0; 10]),
        acr: Acr::High,
        auth_time: Some(NOW),
    }
}

fn rename(installation: &Installation, name: &str) {
    let (actor, changes) = (signed_in(installation), vec![("name".to_owned(), name.to_owned())]);
    installation
        .perform(move |work| profile::change(work, &actor, &changes))
        .unwrap();
}

#[test]
fn when_it_last_changed_is_kept_and_no_file_needs_to_say_it() {
    let installation = Installation::of(&file("name = \"Alice\""));
    let updated = || installation.user("alice").updated_at;
    assert_eq!(updated(), Some(NOW));
    installation.server.clock().advance(100);
    // What changes nothing that is said of her changes nothing here.
    assert_eq!(
        lines(&installation.apply(&file("name = \"Alice\""), PRUNE).unwrap()),
        Vec::<String>::new()
    );
    installation
        .apply(
            &file("name = \"Alice\"").replace("password", "sso_only = true\npassword"),
            PRUNE,
        )
        .unwrap();
    rename(&installation, "Alice");
    assert_eq!(updated(), Some(NOW));
    rename(&installation, "Alice Liddell");
    assert_eq!(updated(), Some(NOW.plus_seconds(100)));
    // Nobody is told of it beside the change itself, and it goes into no file.
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.detail["changed"], serde_json::json!(["claims"]));
    assert!(last.detail["after"].get("updated_at").is_none());
    let exported = installation.export(true);
    assert!(!exported.contains("updated_at"), "{exported}");
    assert_eq!(
        lines(&installation.apply(&exported, PRUNE).unwrap()),
        Vec::<String>::new()
    );
    assert_eq!(updated(), Some(NOW.plus_seconds(100)));
    installation.server.clock().advance(100);
    installation.apply(&file("name = \"Alice\""), PRUNE).unwrap();
    assert_eq!(updated(), Some(NOW.plus_seconds(200)));
}

#[test]
fn a_file_that_tells_the_time_is_believed_until_something_changes() {
    let told = file("name = \"Alice\", updated_at = 1000");
    let installation = Installation::of(&told);
    let updated = || installation.user("alice").updated_at.map(Timestamp::as_seconds);
    assert_eq!(updated(), Some(1000));
    rename(&installation, "Alice Liddell");
    assert_eq!(updated(), Some(NOW.as_seconds()));
    assert!(installation.export(false).contains("updated_at = 1000"));
    installation.server.clock().advance(7);
    installation.apply(&told, PRUNE).unwrap();
    assert_eq!(updated(), Some(NOW.as_seconds() + 7));
    installation.apply(&told.replace("1000", "2000"), PRUNE).unwrap();
    assert_eq!(updated(), Some(2000));
    assert_eq!(
        lines(&installation.apply(&told.replace("1000", "2000"), PRUNE).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn a_confirmed_address_is_a_change() {
    let installation = Installation::of(&file("email = \"alice@example.com\", email_verified = true"));
    installation.server.clock().advance(50);
    let (actor, user) = (signed_in(&installation), installation.user("alice").id);
    installation
        .perform(move |work| {
            let link = email::make_link(work, user, "new@example.com")?;
            let (_, token) = link.expect("a link");
            email::confirm(work, &actor, &token)
        })
        .unwrap();
    let alice = installation.user("alice");
    assert_eq!(
        (alice.email(), alice.updated_at),
        (Some("new@example.com"), Some(NOW.plus_seconds(50)))
    );
}
