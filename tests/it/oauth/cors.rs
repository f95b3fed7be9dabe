//! What scripts of other origins may read: the client's own, at the endpoints that browsers call.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::directory::DIRECTORY;
use crate::support::endpoint::http;
use crate::support::relying_party::{Answer, RelyingParty, answer};
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

/// RFC 8252 §7.3: any port of a loopback redirect URI.
#[tokio::test]
async fn pages_on_a_persons_own_device_have_any_port() {
    let native = "application_type = \"native\"\ntoken_endpoint_auth_method = \"none\"";
    let client = |id: &str, further: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nredirect_uris = [\"http://127.0.0.1/cb\"]\nscope = \"openid\"\n{further}\n"
        )
    };
    let directory = [
        DIRECTORY,
        &client("tool", native),
        &client("site", "token_endpoint_auth_method = \"none\""),
    ];
    let server = with_directory(&directory.concat()).start().await;
    for (client_id, origin, is_read) in [
        ("tool", "http://127.0.0.1:5555", true),
        ("tool", "http://127.0.0.1", true),
        ("tool", "http://localhost:5555", false),
        ("tool", "https://127.0.0.1:5555", false),
        ("tool", "http://127.0.0.1.evil.example", false),
        ("site", "http://127.0.0.1:5555", false),
        ("site", "http://127.0.0.1", true),
    ] {
        let form = [("client_id", client_id), ("grant_type", "authorization_code")];
        let headers = posted(&server, "/oauth2/token", origin, &form).await;
        let allowed = headers.get("access-control-allow-origin");
        assert_eq!(allowed.is_some(), is_read, "{client_id} {origin}");
    }
}

#[track_caller]
fn open_to_all(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

fn from_elsewhere(server: &TestServer, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = http().request(method, server.at(path));
    request.header("origin", "https://inspector.example")
}

#[tokio::test]
async fn what_is_for_everybody_is_read_by_pages_of_every_origin() {
    let server = with_directory(DIRECTORY)
        .settings("[registration]\nmode = \"open\"")
        .start()
        .await;
    for (path, methods) in [
        ("/.well-known/openid-configuration", "GET"),
        ("/.well-known/oauth-authorization-server", "GET"),
        ("/oauth2/jwks", "GET"),
        ("/oauth2/register", "POST"),
        ("/oauth2/register/x", "GET, PUT, DELETE"),
    ] {
        let asked = from_elsewhere(&server, "OPTIONS", path)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization,mcp-protocol-version");
        let asked = answer(asked).await;
        assert_eq!(asked.status, 204, "{path}");
        open_to_all(&asked);
        assert_eq!(asked.header("access-control-allow-methods"), Some(methods));
        let headers = asked.header("access-control-allow-headers").unwrap().to_lowercase();
        for header in ["authorization", "content-type", "mcp-protocol-version", "*"] {
            assert!(headers.split(", ").any(|one| one == header), "{headers}");
        }
        // Whatever is answered.
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] {
            open_to_all(&answer(from_elsewhere(&server, method, path)).await);
        }
        let large = from_elsewhere(&server, "POST", path).body("a".repeat(100_000));
        open_to_all(&answer(large).await);
    }
    // A browser's application registers, and manages what it registered.
    let metadata = json!({ "redirect_uris": ["https://inspector.example/callback"] });
    let registered = answer(from_elsewhere(&server, "POST", "/oauth2/register").json(&metadata)).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    open_to_all(&registered);
    let (path, token) = (
        format!("/oauth2/register/{}", registered.text("client_id")),
        registered.text("registration_access_token"),
    );
    for (method, status) in [("GET", 200), ("DELETE", 204), ("GET", 401)] {
        let said = answer(from_elsewhere(&server, method, &path).bearer_auth(&token)).await;
        assert_eq!(said.status, status);
        open_to_all(&said);
    }
}

#[tokio::test]
async fn it_is_so_below_a_path_and_where_nobody_registers() {
    let server = with_directory(DIRECTORY)
        .at("/tenant")
        .settings("[registration]\nmode = \"open\"")
        .start()
        .await;
    let root = server.at("").replace("/tenant", "");
    for path in [
        "/.well-known/oauth-authorization-server/tenant",
        "/tenant/.well-known/openid-configuration",
        "/tenant/oauth2/jwks",
        "/tenant/oauth2/register",
    ] {
        let asked = http().request(Method::OPTIONS, format!("{root}{path}"));
        let asked = answer(asked.header("origin", "https://inspector.example")).await;
        assert_eq!(asked.status, 204, "{path}");
        open_to_all(&asked);
    }
    let off = with_directory(DIRECTORY).start().await;
    for (method, path) in [
        ("OPTIONS", "/oauth2/register"),
        ("POST", "/oauth2/register"),
        ("OPTIONS", "/oauth2/register/x"),
    ] {
        let refused = answer(from_elsewhere(&off, method, path)).await;
        refused.refused(404, "invalid_request");
        assert_eq!(refused.header("access-control-allow-origin"), None);
        assert_eq!(refused.header("access-control-allow-methods"), None);
    }
}
