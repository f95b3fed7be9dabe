//! What the metadata says of certificates, how clients register for them, and that nothing of it is there unless it is
//! wanted.

use serde_json::{Value, json};

use super::{BOUND, CODE, client, server, settings, shared};
use crate::support::client_certificate::HEADER;
use crate::support::directory::DIRECTORY;
use crate::support::endpoint::http;
use crate::support::keys::with;
use crate::support::relying_party::{Answer, RelyingParty, answer};
use crate::support::server::{TestServer, with_directory};

const METADATA: &str = "/.well-known/openid-configuration";

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[tokio::test]
async fn the_metadata_says_where_and_how() {
    let server = server().start().await;
    let metadata = server.get(METADATA).await.body;
    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let aliases = json!({
        "token_endpoint": "https://mtls.example/oauth2/token",
        "userinfo_endpoint": "https://mtls.example/oauth2/userinfo",
        "introspection_endpoint": "https://mtls.example/oauth2/introspect",
        "revocation_endpoint": "https://mtls.example/oauth2/revoke",
        "pushed_authorization_request_endpoint": "https://mtls.example/oauth2/par",
        "device_authorization_endpoint": "https://mtls.example/oauth2/device_authorization",
    });
    assert_eq!(metadata["mtls_endpoint_aliases"], aliases);
    for list in ["token", "introspection", "revocation"] {
        let methods = names(&metadata[format!("{list}_endpoint_auth_methods_supported")]);
        let both = ["tls_client_auth", "self_signed_tls_client_auth"];
        assert!(both.iter().all(|method| methods.contains(method)), "{methods:?}");
    }
}

#[tokio::test]
async fn without_authorities_nobody_is_vouched_for() {
    let settings = "[mtls]\nproxy_header = \"Client-Cert\"";
    let server = with_directory(DIRECTORY)
        .trusting("127.0.0.1")
        .settings(settings)
        .start()
        .await;
    let metadata = server.get(METADATA).await.body;
    let methods = names(&metadata["token_endpoint_auth_methods_supported"]);
    assert!(methods.contains(&"self_signed_tls_client_auth") && !methods.contains(&"tls_client_auth"));
    assert!(metadata.get("mtls_endpoint_aliases").is_none());
}

#[tokio::test]
async fn nothing_of_it_is_there_unless_it_is_wanted() {
    let server = with_directory(DIRECTORY).trusting("127.0.0.1").start().await;
    let metadata = server.get(METADATA).await.body;
    for name in ["tls_client_certificate_bound_access_tokens", "mtls_endpoint_aliases"] {
        assert!(metadata.get(name).is_none(), "{name}");
    }
    let methods = names(&metadata["token_endpoint_auth_methods_supported"]);
    assert!(!methods.iter().any(|method| method.contains("tls")), "{methods:?}");
    // A header is nobody's certificate.
    let rp = RelyingParty::new(&server, "trusted");
    let tokens = rp.tokens(&mut rp.browser(), "alice", "openid").await;
    let request = http()
        .get(server.at("/oauth2/userinfo"))
        .bearer_auth(tokens.text("access_token"));
    assert_eq!(answer(request.header(HEADER, "broken")).await.status, 200);
    let clients = [
        client(
            "payroll",
            "tls_client_auth",
            &format!("tls_client_auth_subject_dn = \"CN=payroll\"\n{CODE}"),
        ),
        client(
            "robot",
            "self_signed_tls_client_auth",
            &format!("certificate = \"\"\"{}\"\"\"\n{CODE}", shared().robot.pem),
        ),
        client("kept", "none", &format!("{CODE}\n{BOUND}")),
    ];
    for client in clients {
        let directory = format!("{DIRECTORY}{client}");
        let started = tokio::spawn(async move { with_directory(&directory).start().await });
        let panic = started.await.err().expect("the directory is refused").into_panic();
        let said = panic.downcast_ref::<String>().expect("a text").clone();
        assert!(said.contains("mtls.bind or mtls.proxy_header"), "{said}");
    }
}

async fn register(server: &TestServer, metadata: &Value) -> Answer {
    answer(http().post(server.at("/oauth2/register")).json(metadata)).await
}

#[tokio::test]
async fn clients_register_for_it() {
    let settings = format!(
        "{}\n[registration]\nmode = \"open\"\ngrant_types = [\"authorization_code\"]",
        settings("Client-Cert")
    );
    let server = with_directory(DIRECTORY)
        .trusting("127.0.0.1")
        .settings(&settings)
        .start()
        .await;
    let plain = json!({ "redirect_uris": ["https://app.example/callback"] });
    let by_name = json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "app.example" });
    let by_key = json!({
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": shared().robot.jwks(),
        "tls_client_certificate_bound_access_tokens": true,
    });
    for members in [by_name.clone(), by_key.clone()] {
        let made = register(&server, &with(plain.clone(), members.clone())).await;
        assert_eq!(made.status, 201, "{}", made.body);
        for (name, value) in members.as_object().unwrap() {
            assert_eq!(made.body[name], *value, "{name}");
        }
        assert!(made.body.get("client_secret").is_none(), "{}", made.body);
    }
    for spoilt in [
        with(by_name.clone(), json!({ "tls_client_auth_san_ip": "192.0.2.7" })),
        with(by_name.clone(), json!({ "tls_client_auth_san_dns": null })),
        with(
            by_name,
            json!({ "tls_client_auth_san_dns": null, "tls_client_auth_subject_dn": "app" }),
        ),
        with(by_key.clone(), json!({ "jwks": null })),
        with(by_key, json!({ "tls_client_auth_subject_dn": "CN=app" })),
    ] {
        let refused = register(&server, &with(plain.clone(), spoilt)).await;
        refused.refused(400, "invalid_client_metadata");
    }
    let without = with_directory(DIRECTORY)
        .settings("[registration]\nmode = \"open\"")
        .start()
        .await;
    let members = json!({ "tls_client_certificate_bound_access_tokens": true });
    register(&without, &with(plain, members))
        .await
        .refused(400, "invalid_client_metadata");
}
