//! What scripts of other origins may read: the client's own, at the endpoints that browsers call.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::support::directory::DIRECTORY;
use crate::support::endpoint::http;
use crate::support::relying_party::RelyingParty;
use crate::support::server::{TestServer, with_directory};

async fn posted(server: &TestServer, path: &str, origin: &str, form: &[(&str, &str)]) -> HeaderMap {
    let request = http().post(server.at(path)).header("origin", origin);
    request.form(form).send().await.expect("an answer").headers().clone()
}

#[tokio::test]
async fn a_clients_own_pages_read_answers_and_no_others_do() {
    let server = with_directory(DIRECTORY).start().await;
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/par"] {
        for (client_id, origin, is_read) in [
            ("spa", "https://app.example", true),
            ("spa", "https://evil.example", false),
            ("spa", "null", false),
            ("nobody", "https://app.example", false),
            ("", "https://app.example", false),
        ] {
            let form = [
                ("client_id", client_id),
                ("grant_type", "authorization_code"),
                ("token", "x"),
            ];
            let headers = posted(&server, path, origin, &form).await;
            let allowed = headers
                .get("access-control-allow-origin")
                .map(|value| value.to_str().unwrap());
            assert_eq!(allowed, is_read.then_some(origin), "{path} {client_id} {origin}");
            assert!(headers.get_all("vary").iter().any(|value| value == "Origin"));
            assert_eq!(headers.get("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn browsers_may_ask_first_but_not_at_the_authorization_endpoint() {
    let server = with_directory(DIRECTORY).start().await;
    let http = http();
    for (path, status) in [
        ("/oauth2/token", 204),
        ("/oauth2/revoke", 204),
        ("/oauth2/par", 204),
        ("/oauth2/introspect", 405),
    ] {
        let request = http.request(Method::OPTIONS, server.at(path));
        let answer = request.header("origin", "https://app.example").send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let allowed = answer.headers().get("access-control-allow-headers");
        assert_eq!(allowed.is_some(), status == 204, "{path}");
    }
    let rp = RelyingParty::new(&server, "app");
    let address = rp.address(&rp.request("openid"));
    let answer = http
        .get(&address)
        .header("origin", "https://app.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
    let preflight = http.request(Method::OPTIONS, &address).send().await.unwrap();
    assert_eq!(preflight.headers().get("access-control-allow-origin"), None);
}
