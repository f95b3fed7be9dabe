//! Other providers at which people sign in.

use super::FILE;
use crate::manage::directory::Options;
use crate::manage::testing::{Installation, refusal};

#[test]
fn what_a_provider_says_is_checked() {
    let installation = Installation::of(FILE);
    let with = |members: &str| {
        format!(
            "[[issuers]]\nissuer = \"https://login.example.org\"\nclient_id = \"us\"\nclient_secret = \"theirs\"\n{members}"
        )
    };
    for (members, told) in [
        ("scope = \"profile\"", "scope: must contain openid"),
        ("label = \" \"", "label: must have"),
        (
            "token_endpoint_auth_method = \"none\"",
            "client_secret: is for an issuer",
        ),
        (
            "token_endpoint_auth_method = \"private_key_jwt\"",
            "client_secret: is for an issuer",
        ),
        (
            "token_endpoint_auth_method = \"client_secret_jwt\"",
            "client_secret: is for an issuer",
        ),
        ("column = \"phr\"", "column: must be standard or high"),
        ("column = \"high\"", "column: high needs the values"),
        (
            "column = \"high\"\naccepted_amr = { pwd = \"standard\" }",
            "column: high needs the values",
        ),
        (
            "accepted_acr = { a = \"phr\" }",
            "accepted_acr.a: must be standard or high",
        ),
        (
            "accepted_acr = { \"a b\" = \"high\" }",
            "accepted_acr.a b: must be printable",
        ),
        (
            "create_users = true\nprofile = \"nobody\"",
            "profile: there is no profile nobody",
        ),
    ] {
        let message = refusal(installation.apply(&with(members), Options::default()));
        let told = format!("issuers.https://login.example.org.{told}");
        assert!(message.starts_with(&told), "{message}");
    }
}

#[test]
fn a_provider_has_a_name_and_a_secret() {
    let installation = Installation::of(FILE);
    for (file, told) in [
        (
            "issuer = \"http://login.example.org\"\nclient_id = \"us\"\nclient_secret = \"a\"",
            "issuer: ",
        ),
        (
            "issuer = \"https://login.example.org?a=b\"\nclient_id = \"us\"\nclient_secret = \"a\"",
            "issuer: must not have a query",
        ),
        (
            "issuer = \"https://login.example.org\"\nclient_id = \"us\"",
            "client_secret: is missing",
        ),
        (
            "issuer = \"https://login.example.org\"\nclient_id = \"us\"\nclient_secret = \"\"",
            "client_secret: is empty",
        ),
        (
            "issuer = \"https://login.example.org\"\nclient_id = \"\"\nclient_secret = \"a\"",
            "client_id: must have",
        ),
        (
            "issuer = \"https://login.example.org\"\nclient_secret = \"a\"",
            "client_secret: is for an issuer with a client_id",
        ),
        (
            "issuer = \"https://login.example.org\"\nclient_id = \"us\"\nclient_secret_sealed = \"AAAA\"",
            "client_secret_sealed: was sealed under another master key",
        ),
    ] {
        let message = refusal(installation.apply(&format!("[[issuers]]\n{file}"), Options::default()));
        assert!(message.contains(told) && message.starts_with("issuers."), "{message}");
    }
}

#[test]
fn the_secret_of_a_provider_is_sealed() {
    let installation = Installation::of(FILE);
    let with = "[[issuers]]\nissuer = \"https://login.example.org\"\nclient_id = \"us\"\nclient_secret = \"theirs\"\n";
    installation.apply(with, Options::default()).unwrap();
    let (public, whole) = (installation.export(false), installation.export(true));
    assert!(!public.contains("theirs") && !whole.contains("theirs"));
    assert!(whole.contains("client_secret_sealed") && public.contains("client_id = \"us\""));
    // The same again is no change, another secret is one.
    let same = installation.apply(with, Options::default()).unwrap();
    assert!(same.changes.is_empty(), "{same:?}");
    let other = installation
        .apply(&with.replace("theirs", "other"), Options::default())
        .unwrap();
    assert_eq!(other.changes[0].detail, ["client_secret"]);
}

#[test]
fn an_account_there_is_that_of_one_user_here() {
    let installation = Installation::of(FILE);
    let account = "{ kind = \"upstream\", issuer = \"https://login.example.org\", subject = \"s1\", confirmed_at = 1 }";
    let user = |name: &str, accounts: &[&str]| {
        let listed = accounts.join(", ");
        format!("[[users]]\nusername = \"{name}\"\ncredentials = [{listed}]\n")
    };
    let (with, without) = (|name| user(name, &[account]), |name| user(name, &[]));
    let apply = |files: &[String]| installation.apply(&files.concat(), Options::default());
    let prune = |files: &[String]| {
        let options = Options {
            prune: true,
            ..Options::default()
        };
        installation.apply(&files.concat(), options)
    };
    let told = |name: &str, other: &str| {
        let account = "the account s1 at https://login.example.org";
        format!("users.{name}.credentials: {account} is that of {other} already; remove it there, or here")
    };

    assert_eq!(refusal(apply(&[with("ann"), with("ben")])), told("ben", "ann"));
    assert_eq!(refusal(apply(&[user("ann", &[account, account])])), told("ann", "ann"));
    apply(&[with("ben")]).unwrap();
    assert_eq!(refusal(apply(&[with("ann")])), told("ann", "ben"));

    // From one to the other, in either order, and from one who is removed.
    for [loses, gets] in [["ben", "ann"], ["ann", "ben"]] {
        apply(&[with(gets), without(loses)]).unwrap();
        assert_eq!(refusal(apply(&[with(loses)])), told(loses, gets));
    }
    let alice = "[[users]]\nusername = \"Alice\"\npermissions = [\"manage_directory\"]\n".to_owned();
    prune(&[alice, with("ann")]).unwrap();
    assert!(installation.export(true).contains("subject = \"s1\""));
}
