//! Clients with certificates, by TLS itself, on an address of its own. RFC 8705 §5, §6.3.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::logged;
use crate::clients::scripts;
use crate::support::certificate::Certified;
use crate::support::client_certificate::{Authority, Shown};
use crate::support::process::Node;
use crate::support::relying_party::{Answer, answer, claims};
use crate::support::server::Backend;

const DIRECTORY: &str = r#"
[[clients]]
client_id = "payroll"
token_endpoint_auth_method = "tls_client_auth"
tls_client_auth_subject_dn = "CN=payroll"
tls_client_certificate_bound_access_tokens = true
access_token_signing_alg = "ES256"
grant_types = ["client_credentials"]
response_types = []
"#;

struct Installation {
    node: Node,
    certified: Certified,
    authority: Authority,
    /// Where clients are asked for certificates.
    base: String,
}

impl Installation {
    fn new() -> Self {
        let (certified, authority) = (Certified::new(), Authority::new());
        let node = Node::new(Backend::Sqlite)
            .expect("SQLite is always there")
            .secured(&certified);
        node.configure(
            "level = \"warn\"\nformat = \"text\"",
            "level = \"info\"\nformat = \"json\"",
        );
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let bind = free.local_addr().expect("an address");
        let (base, file) = (format!("https://{bind}"), node.file("clients.pem", &authority.pem));
        node.configure_further(&format!(
            "[mtls]\nbind = \"{bind}\"\nbase = \"{base}\"\nclient_ca_file = \"{file}\"\n"
        ));
        node.run(&["migrate"]);
        node.apply(DIRECTORY);
        Self {
            node,
            certified,
            authority,
            base,
        }
    }

    fn http(&self, shown: Option<&Shown>) -> reqwest::ClientBuilder {
        let client = self.certified.client();
        match shown {
            Some(shown) => client.identity(shown.identity()),
            None => client,
        }
    }

    async fn token(&self, base: &str, shown: Option<&Shown>) -> Answer {
        let http = self.http(shown).build().expect("an HTTP client is built");
        let form = [("grant_type", "client_credentials"), ("client_id", "payroll")];
        answer(http.post(format!("{base}/oauth2/token")).form(&form)).await
    }
}

#[tokio::test]
async fn a_client_authenticates_by_the_certificate_of_its_connection() {
    let own = Installation::new();
    let _serving = own.node.serve().await;
    let shown = own.authority.issue("payroll", |_| {});
    let tokens = own.token(&own.base, Some(&shown)).await.accepted();
    let expected = json!({ "x5t#S256": shown.thumbprint() });
    assert_eq!(claims(&tokens.text("access_token"))["cnf"], expected);
    // By HTTP/1.1 and TLS 1.2 as well.
    let older = own
        .http(Some(&shown))
        .http1_only()
        .tls_version_max(reqwest::tls::Version::TLS_1_2)
        .build()
        .unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", "payroll")];
    answer(older.post(format!("{}/oauth2/token", own.base)).form(&form))
        .await
        .accepted();
    let others = [
        Some(own.authority.issue("other", |_| {})),
        Some(Authority::new().issue("payroll", |_| {})),
        Some(Shown::self_signed(|_| {})),
        None,
    ];
    for other in &others {
        own.token(&own.base, other.as_ref())
            .await
            .refused(401, "invalid_client");
    }
    // The other address asks for none, and takes none: not even from a header.
    own.token(&own.node.url, Some(&shown))
        .await
        .refused(401, "invalid_client");
    let http = own.http(None).build().unwrap();
    let request = http.post(format!("{}/oauth2/token", own.base)).form(&form);
    let request = request.header("client-cert", shown.header());
    answer(request).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn the_certificate_of_a_proxy_is_nobodys() {
    let own = Installation::new();
    own.node
        .configure("workers = 2\n", "workers = 2\ntrusted_proxies = [\"127.0.0.1/32\"]\n");
    let _serving = own.node.serve().await;
    let shown = own.authority.issue("payroll", |_| {});
    let http = own.http(Some(&shown)).build().unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", "payroll")];
    let ask = async |headers: &[(&str, &str)]| {
        let request = http.post(format!("{}/oauth2/token", own.base)).form(&form);
        let with = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| request.header(*name, *value);
        answer(headers.iter().fold(request, with)).await
    };
    ask(&[("x-forwarded-for", "192.0.2.7")])
        .await
        .refused(401, "invalid_client");
    ask(&[("forwarded", "for=192.0.2.7")])
        .await
        .refused(401, "invalid_client");
    // One that passes the connection on as it is forwards for nobody.
    ask(&[]).await.accepted();
}

#[tokio::test]
async fn npm_clients_authenticate_by_certificates() {
    let own = Installation::new();
    let _serving = own.node.serve().await;
    let shown = own.authority.issue("payroll", |_| {});
    let settings = json!({
        "issuer": own.node.issuer, "client_id": "payroll", "ca": own.certified.certificate, "cert": shown.pem,
        "key": shown.key, "thumbprint": shown.thumbprint(),
    });
    for script in ["oauth4webapi_mtls.mjs", "openid_client_mtls.mjs"] {
        if let Some(answer) = scripts::run(script, &settings) {
            assert_eq!(answer["claims"]["client_id"], "payroll", "{script}");
        }
    }
}

#[tokio::test]
async fn that_address_is_for_clients_alone() {
    let own = Installation::new();
    let _serving = own.node.serve().await;
    let http = own.http(None).build().unwrap();
    let at = async |base: &str, path: &str| answer(http.get(format!("{base}{path}"))).await;
    let metadata = at(&own.base, "/.well-known/openid-configuration").await.body;
    assert_eq!(metadata["issuer"], own.node.issuer);
    let alias = |name: &str| {
        metadata["mtls_endpoint_aliases"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(alias("token_endpoint"), format!("{}/oauth2/token", own.base));
    let aliases = metadata["mtls_endpoint_aliases"].as_object().unwrap();
    for address in aliases.values().filter_map(Value::as_str) {
        let answered = answer(http.post(address).form(&[("client_id", "payroll")])).await;
        assert_ne!(answered.status, 404, "{address}");
    }
    let bridge = answer(
        http.post(format!("{}/session/bridge", own.base))
            .form(&[("target", "/")]),
    )
    .await;
    bridge.refused(401, "invalid_client");
    assert_eq!(at(&own.base, "/health/live").await.status, 200);
    for path in ["/", "/account", "/oauth2/authorize", "/oauth2/logout", "/device"] {
        let there = at(&own.base, path).await;
        assert_eq!(
            (there.status, there.error().as_str()),
            (404, "invalid_request"),
            "{path}"
        );
        assert!(there.header("set-cookie").is_none(), "{path}");
        assert_ne!(at(&own.node.url, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn hanging_up_takes_new_authorities_and_no_bad_ones() {
    let own = Installation::new();
    let serving = own.node.serve().await;
    let (first, other) = (own.authority.issue("payroll", |_| {}), Authority::new());
    let second = other.issue("payroll", |_| {});
    own.node.file("clients.pem", "lost");
    serving.hang_up();
    let line = logged(
        &own.node,
        "the authorities of clients cannot be read again; the earlier ones stay",
        1,
    )
    .await;
    assert!(
        line["error"].as_str().unwrap().contains("holds no certificate"),
        "{line}"
    );
    own.token(&own.base, Some(&first)).await.accepted();
    own.node.file("clients.pem", &other.pem);
    serving.hang_up();
    logged(&own.node, "the authorities of clients were read again", 1).await;
    own.token(&own.base, Some(&second)).await.accepted();
    own.token(&own.base, Some(&first)).await.refused(401, "invalid_client");
}

#[test]
fn authorities_that_cannot_be_read_are_told_at_once() {
    let own = Installation::new();
    assert!(own.node.run(&["check"]).contains("mtls.client_ca_file vouches for"));
    let file = own.node.file("clients.pem", "lost");
    let told = own.node.refused(&["serve"]);
    assert_eq!(
        told,
        format!("countersign: mtls.client_ca_file: {file} holds no certificate in PEM")
    );
    assert_eq!(own.node.refused(&["check"]), "countersign: check: found an error");
}
