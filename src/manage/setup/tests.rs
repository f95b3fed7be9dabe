//! The link of the first start.

use super::*;
use crate::manage::testing::{Installation, refusal};

fn issue(installation: &Installation) -> Option<Secret> {
    installation.perform(issue_setup_link).unwrap()
}

fn open(installation: &Installation, token: &Secret) -> bool {
    installation.server.read_blocking(|view| is_open(view, token)).unwrap()
}

fn create(installation: &Installation, token: &Secret, username: &'static str) -> Result<User> {
    let token = token.clone();
    installation.perform(move |work| create_first_user(work, &token, username, "$phc".to_owned()))
}

#[test]
fn the_link_creates_one_user_once() {
    let installation = Installation::of("[[users]]\nusername = \"bob\"");
    let token = issue(&installation).unwrap();
    assert!(open(&installation, &token));
    // A refused name leaves the link as it was.
    assert!(refusal(create(&installation, &token, "Bob")).contains("is taken"));
    assert!(refusal(create(&installation, &token, "")).contains("1 to 255 characters"));
    let user = create(&installation, &token, "alice").unwrap();
    assert_eq!(
        user.permissions,
        [Permission::ManageDirectory, Permission::ManageProfiles]
    );
    assert_eq!(installation.audited().pop().unwrap().actor, Some(Actor::FirstVisitor));
    assert!(!open(&installation, &token));
    assert!(refusal(create(&installation, &token, "carol")).contains("was used or has expired"));
    assert!(issue(&installation).is_none());
}

#[test]
fn a_new_link_voids_the_one_before() {
    let installation = Installation::new();
    let first = issue(&installation).unwrap();
    let second = issue(&installation).unwrap();
    assert!(!open(&installation, &first));
    assert!(open(&installation, &second));
    assert!(refusal(create(&installation, &first, "alice")).contains("was used or has expired"));
}

#[test]
fn a_link_is_dead_after_a_day_and_once_somebody_manages() {
    let installation = Installation::new();
    let token = issue(&installation).unwrap();
    installation.server.clock().advance(LIFETIME);
    assert!(!open(&installation, &token));
    let token = issue(&installation).unwrap();
    let admin = "[[users]]\nusername = \"alice\"\npermissions = [\"manage_directory\"]";
    installation
        .apply(admin, crate::manage::directory::Options::default())
        .unwrap();
    assert!(!open(&installation, &token));
    assert!(refusal(create(&installation, &token, "carol")).contains("was used or has expired"));
}
