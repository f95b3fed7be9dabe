//! Other people's clients against the real program.

mod apache;
mod compat;
mod journeys;
mod openidconnect;
mod provider;
pub(crate) mod scripts;
mod tools;
mod vendors;

use std::sync::OnceLock;

use super::support::directory::{PASSWORD, SECRET};
use super::support::installation::Installation;

/// Where answers go; nothing listens there.
const CALLBACK: &str = "http://127.0.0.1:9/callback";
const API: &str = "https://api.example/transfers";
const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// One installation for all tests of this folder. Each test has a person of its own, who enrols one authenticator app.
fn installation() -> &'static Installation {
    static SHARED: OnceLock<Installation> = OnceLock::new();
    SHARED.get_or_init(|| Installation::start(&directory()))
}

/// The name of the client whose tokens are all signed with an algorithm.
fn client_of(algorithm: &str) -> String {
    format!("app-{}", algorithm.to_lowercase())
}

/// A client for each algorithm, and an API whose access tokens are signed with it.
fn directory() -> String {
    let mut text = format!(
        "[[scopes]]\nname = \"transfers\"\ndescription = \"Make transfers\"\n\
         [[resources]]\nidentifier = \"{API}\"\n"
    );
    for algorithm in ALGORITHMS {
        text.push_str(&client(&client_of(algorithm), algorithm, ""));
        let further = format!("userinfo_signed_response_alg = \"{algorithm}\"\n");
        text.push_str(&client(
            &format!("{}-userinfo", client_of(algorithm)),
            algorithm,
            &further,
        ));
    }
    text
}

fn client(name: &str, algorithm: &str, further: &str) -> String {
    format!(
        "[[clients]]\nclient_id = \"{name}\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]\n\
         scope = \"openid profile email offline_access transfers\"\n\
         id_token_signed_response_alg = \"{algorithm}\"\naccess_token_signing_alg = \"{algorithm}\"\n{further}"
    )
}

/// Adds a person without a second factor.
fn add_user(installation: &Installation, username: &str) {
    let email = format!("{username}@example.com");
    installation.apply(
        &format!("{username}.toml"),
        &format!(
            "[[users]]\nusername = \"{username}\"\npassword = \"{PASSWORD}\"\nclaims = {{ email = \"{email}\" }}\n"
        ),
    );
}
