//! What is appended to the password, or given beside it. ASSURANCE.md §8, and §12: examples 20 and 21.

use crate::support::api_login::{DISTRUSTING, TRUSTING, VERIFY, directory, person};
use crate::support::directory::PASSWORD;
use crate::support::on_both;
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).settings(VERIFY);
    s47_security_token_is_appended_to_the_password, s47_passwords_may_be_of_any_letters,
    s48_security_token_in_a_field_of_its_own, example_20_and_21_a_token_is_due_outside_trusted_networks,
    from_a_trusted_network_a_wrong_suffix_is_still_wrong, s80_wrong_tokens_lock_the_account
}

async fn s47_security_token_is_appended_to_the_password(server: &TestServer) {
    let token = server.security_token("alice").await;
    let login = async |password: String| server.api_login("alice", &password).await;
    login(format!("{PASSWORD}{token}")).await.accepted();
    let (acr, amr) = server.allowance();
    assert_eq!(
        (acr.as_str(), amr),
        ("standard", vec!["pwd".to_owned()]),
        "the token is no factor"
    );
    let other = if token.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{other}{}", &token[1..]);
    for (string, reason, check) in [
        (format!("{PASSWORD}{flipped}"), "bad_credentials", 3),
        (format!("wrong-password{token}"), "bad_credentials", 3),
        (format!("wrong-password{flipped}"), "bad_credentials", 3),
        (format!("{PASSWORD} {token}"), "bad_credentials", 3),
        (format!("{PASSWORD}{token}{token}"), "bad_credentials", 3),
        (format!("{PASSWORD}{}", token.to_lowercase()), "bad_credentials", 3),
        (token.clone(), "bad_credentials", 3),
        (PASSWORD.to_owned(), "api_token_required", 8),
    ] {
        login(string.clone()).await.denied();
        assert_eq!(server.refusal(), (reason.to_owned(), check), "{string}");
    }
    login(format!("{PASSWORD}{token}")).await.accepted();
    // Another person's token is nobody else's.
    server.apply(&person("dora", "default"));
    server.security_token("dora").await;
    server.api_login("dora", &format!("{PASSWORD}{token}")).await.denied();
    let kept: String = server
        .audit("token.refused")
        .iter()
        .map(|entry| entry.body.clone())
        .collect();
    assert!(
        !kept.contains(&token) && !kept.contains(PASSWORD),
        "no secrets in the audit log"
    );
}

async fn s47_passwords_may_be_of_any_letters(server: &TestServer) {
    for (username, password) in [
        ("letters", "EndsInTwentyFourLettersAndDigits0123456789".to_owned()),
        ("umlauts", "pässwörter-für-überall-é".to_owned()),
        ("japanese", "日本語のパスワードはながい".to_owned()),
        ("emoji", "🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐🔐".to_owned()),
        ("digits", "correct-horse-123456".to_owned()),
    ] {
        let user = person(username, "default").replace(PASSWORD, &password);
        server.apply(&user);
        let token = server.security_token(username).await;
        server
            .api_login(username, &format!("{password}{token}"))
            .await
            .accepted();
        server.api_login(username, &password).await.denied();
        assert_eq!(server.refusal().0, "api_token_required", "{password}");
        server.apply(TRUSTING);
        server.api_login(username, &password).await.accepted();
        server
            .api_login(username, &format!("{password}{token}"))
            .await
            .accepted();
        server.apply(DISTRUSTING);
    }
}

async fn s48_security_token_in_a_field_of_its_own(server: &TestServer) {
    let token = server.security_token("alice").await;
    let login = async |password: &str, field: &str| {
        let further = [("security_token", field)];
        server.api_login_with("loader", "alice", password, &further).await
    };
    login(PASSWORD, &token).await.accepted();
    let appended = format!("{PASSWORD}{token}");
    login(&appended, "").await.accepted();
    // Both forms at once are an error, though each is right.
    login(&appended, &token).await.denied();
    assert_eq!(server.youngest("login.deny")["detail"]["suffix_twice"], true);
    for (password, field) in [
        (PASSWORD, "x"),
        (PASSWORD, " "),
        (PASSWORD, "123456"),
        ("wrong", token.as_str()),
        (PASSWORD, &token[1..]),
    ] {
        login(password, field).await.denied();
        assert_eq!(server.refusal(), ("bad_credentials".to_owned(), 3), "{field}");
        assert_eq!(server.youngest("login.deny")["detail"]["suffix_twice"], false);
    }
    login(PASSWORD, "").await.denied();
    assert_eq!(
        server.refusal(),
        ("api_token_required".to_owned(), 8),
        "empty is absent"
    );
}

async fn example_20_and_21_a_token_is_due_outside_trusted_networks(server: &TestServer) {
    server.apply(DISTRUSTING);
    server.api_login("alice", PASSWORD).await.denied();
    assert_eq!(server.refusal(), ("api_token_required".to_owned(), 8));
    server.apply(TRUSTING);
    server.api_login("alice", PASSWORD).await.accepted();
    let (acr, amr) = server.allowance();
    assert_eq!((acr.as_str(), amr), ("standard", vec!["pwd".to_owned()]));
}

async fn from_a_trusted_network_a_wrong_suffix_is_still_wrong(server: &TestServer) {
    server.apply(TRUSTING);
    let token = server.security_token("alice").await;
    let wrong = format!("{PASSWORD}AbCdEfGhIjKlMnOpQrStUv09");
    server.api_login("alice", &wrong).await.denied();
    let further = [("security_token", "AbCdEfGhIjKlMnOpQrStUv09")];
    server
        .api_login_with("loader", "alice", PASSWORD, &further)
        .await
        .denied();
    server
        .api_login("alice", &format!("{PASSWORD}{token}"))
        .await
        .accepted();
}

/// S80, S82: counted here, whoever else counts passwords; a login without the token does not clear the count.
async fn s80_wrong_tokens_lock_the_account(server: &TestServer) {
    let token = server.security_token("alice").await;
    let (right, wrong) = (
        format!("{PASSWORD}{token}"),
        format!("{PASSWORD}AbCdEfGhIjKlMnOpQrStUv09"),
    );
    for _ in 0..9 {
        server.api_login("alice", &wrong).await.denied();
    }
    server.apply(TRUSTING);
    server.api_login("alice", PASSWORD).await.accepted();
    server.apply(DISTRUSTING);
    server.api_login("alice", &wrong).await.denied();
    server.api_login("alice", &right).await.denied();
    server.advance(900);
    server.api_login("alice", &right).await.accepted();
}
