//! The signed-out page, which loads what clients registered for it. Front-Channel Logout 1.0 §2, §3.

use scraper::{Html, Selector};
use url::Url;

use super::{OUT, browser, client, id_token, logout, two_clients};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::TestServer;

const ONE: &str = "https://app.example/frontchannel?x=1";
const TWO: &str = "https://two.example:8443/frontchannel";

fn listening() -> String {
    let two = client("two", &format!("frontchannel_logout_uri = \"{TWO}\""));
    format!(
        "{}\n{}",
        client(
            "one",
            &format!("frontchannel_logout_uri = \"{ONE}\"\nfrontchannel_logout_session_required = true")
        ),
        two.replace(
            "\"https://app.example/callback\"",
            "\"https://app.example/callback\", \"https://two.example:8443/cb\""
        )
    )
}

fn frames(page: &Page) -> Vec<Url> {
    let html = Html::parse_document(&page.body);
    let hidden = Selector::parse("iframe[hidden]").unwrap();
    html.select(&hidden)
        .inspect(|frame| {
            // A page of a client leads nobody away from ours.
            assert_eq!(frame.value().attr("sandbox"), Some("allow-scripts allow-same-origin"));
        })
        .map(|frame| Url::parse(frame.value().attr("src").unwrap()).unwrap())
        .collect()
}

/// Signs in with both clients and out again.
async fn signed_out(server: &TestServer, clients: &[&str]) -> (Page, String) {
    let one = RelyingParty::new(server, "one");
    let mut browser = browser(&one);
    let hint = id_token(&one, &mut browser, "openid").await;
    for client in &clients[1..] {
        id_token(&RelyingParty::new(server, client), &mut browser, "openid").await;
    }
    let params = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", OUT),
        ("state", "s"),
    ];
    let sid = claims(&hint)["sid"].as_str().unwrap().to_owned();
    (browser.get(&logout(server, &params)).await, sid)
}

#[tokio::test]
async fn every_client_of_the_session_is_loaded_and_then_the_person_goes_on() {
    let server = two_clients().start().await;
    server.apply(&listening());
    for (clients, expected) in [(&["one", "two"][..], &[ONE, TWO][..]), (&["one"], &[ONE])] {
        let (page, sid) = signed_out(&server, clients).await;
        assert_eq!((page.status, page.page().as_deref()), (200, Some("signed-out")));
        let loaded = frames(&page);
        assert_eq!(loaded.len(), expected.len());
        for (frame, registered) in loaded.iter().zip(expected) {
            assert!(frame.as_str().starts_with(registered), "{frame}");
            let value = |name: &str| frame.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
            assert_eq!((value("iss"), value("sid")), (server.issuer.clone(), sid.clone()));
        }
        let policy = page.header("content-security-policy").unwrap();
        let sources = if clients.len() == 2 {
            "frame-src https://app.example https://two.example:8443;"
        } else {
            "frame-src https://app.example;"
        };
        assert!(policy.contains(sources), "{policy}");
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(page.link("#back").as_str(), format!("{OUT}&state=s"));
        let refresh = format!("3; url={OUT}&state=s");
        assert_eq!(page.header("refresh"), Some(refresh.as_str()));
    }
}

#[tokio::test]
async fn nothing_is_loaded_of_whoever_is_gone_or_where_it_is_off() {
    let server = two_clients().settings("[logout]\nfront_channel = false").start().await;
    server.apply(&listening());
    let (page, _) = signed_out(&server, &["one", "two"]).await;
    assert_eq!(page.location.map(String::from), Some(format!("{OUT}&state=s")));
    let metadata = server.get("/.well-known/openid-configuration").await.body;
    assert!(metadata.get("frontchannel_logout_supported").is_none());
    assert_eq!(metadata["backchannel_logout_supported"], true);
    let server = two_clients().start().await;
    server.apply(&listening());
    let one = RelyingParty::new(&server, "one");
    let mut browser = browser(&one);
    let hint = id_token(&one, &mut browser, "openid").await;
    id_token(&RelyingParty::new(&server, "two"), &mut browser, "openid").await;
    server.apply(&listening().replace("client_id = \"two\"", "client_id = \"two\"\ndisabled = true"));
    let page = browser.get(&logout(&server, &[("id_token_hint", &hint)])).await;
    assert_eq!(frames(&page).len(), 1);
    assert_eq!(page.header("refresh"), None);
}
