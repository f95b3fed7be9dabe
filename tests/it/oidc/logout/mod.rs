//! Sessions that clients watch, and their ends. RP-Initiated Logout, Session Management, Front- and Back-Channel Logout.

mod back_channel;
mod front_channel;
mod passwords;
mod requests;
mod session_state;

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::relying_party::RelyingParty;
use crate::support::server::{Builder, TestServer, with_directory};

/// Where the clients of these tests may send people afterwards.
const OUT: &str = "https://app.example/out?from=us";

/// A confidential client with these further members.
fn client(client_id: &str, members: &str) -> String {
    format!(
        "[[clients]]\nclient_id = \"{client_id}\"\nclient_secret = \"{SECRET}\"\n\
         redirect_uris = [\"https://app.example/callback\"]\nrequire_consent = false\n\
         post_logout_redirect_uris = [\"{OUT}\"]\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\
         scope = \"openid email offline_access\"\nid_token_signed_response_alg = \"ES256\"\n{members}\n"
    )
}

/// A server with the clients `one` and `two`.
fn two_clients() -> Builder {
    let (one, two) = (client("one", ""), client("two", ""));
    with_directory(&format!("{DIRECTORY}\n{one}\n{two}"))
        .settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]")
}

/// The ID token of a client whose person is signed in, or signs in now.
async fn id_token(rp: &RelyingParty<'_>, browser: &mut Browser, scope: &str) -> String {
    let page = rp.authorize(browser, scope, &[]).await;
    let page = if page.page().as_deref() == Some("login") {
        crate::support::relying_party::log_in(browser, page, "alice").await
    } else {
        page
    };
    let answer = rp.redeem(&crate::support::relying_party::code_of(&page)).await;
    answer.text("id_token")
}

/// The address of a request to sign out.
fn logout(server: &TestServer, params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    server.at(&format!("/oauth2/logout?{query}"))
}

/// Whether a client can have a code without asking the person.
async fn is_signed_in(rp: &RelyingParty<'_>, browser: &Browser) -> bool {
    let page = rp
        .authorize(&mut browser.clone(), "openid", &[("prompt", "none")])
        .await;
    page.query("code").is_some()
}

/// A browser that stops where clients send people afterwards.
fn browser(rp: &RelyingParty<'_>) -> Browser {
    let mut browser = rp.browser();
    browser.stop_at("https://app.example/out");
    browser
}
