//! Clients with TLS certificates, which a proxy hands on. RFC 8705, RFC 9440; by TLS itself in `cli/mtls.rs`.

mod authentication;
mod bound;
mod off;

use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::client_certificate::{Authority, HEADER, Shown};
use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::keys::toml;
use crate::support::relying_party::{Answer, RelyingParty};
use crate::support::server::{Builder, TestServer, with_directory};

/// What all of these tests share: an authority in a file, and the certificates of clients.
struct Shared {
    authority: Authority,
    folder: TempDir,
    /// Vouched for, as `CN=payroll`.
    payroll: Shown,
    /// Known by its key.
    robot: Shown,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
        std::fs::write(folder.path().join("clients.pem"), &authority.pem).expect("a file");
        Shared {
            payroll: authority.issue("payroll", |_| {}),
            robot: Shown::self_signed(|_| {}),
            authority,
            folder,
        }
    })
}

fn settings(header: &str) -> String {
    let file = shared().folder.path().join("clients.pem");
    format!(
        "[mtls]\nproxy_header = \"{header}\"\nbase = \"https://mtls.example\"\nclient_ca_file = \"{}\"",
        file.display()
    )
}

/// A client of this method, which says further things of itself.
fn client(id: &str, method: &str, further: &str) -> String {
    format!(
        "\n[[clients]]\nclient_id = \"{id}\"\ntoken_endpoint_auth_method = \"{method}\"\nrequire_consent = false\n\
         redirect_uris = [\"{CALLBACK}\"]\nscope = \"openid offline_access calendar\"\nresource_server = {}\n\
         id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n{further}\n",
        method != "none"
    )
}

const CODE: &str = "grant_types = [\"authorization_code\", \"refresh_token\"]";
const EVERY: &str = "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"password\", \
                     \"urn:ietf:params:oauth:grant-type:device_code\", \
                     \"urn:ietf:params:oauth:grant-type:token-exchange\"]\nexchange_assurance = \"inherit\"";
const BOUND: &str = "tls_client_certificate_bound_access_tokens = true";

fn directory() -> String {
    let keys = format!("jwks = {}", toml(&shared().robot.jwks()));
    let pem = format!("certificate = \"\"\"{}\"\"\"", shared().robot.pem);
    [
        DIRECTORY,
        &client(
            "payroll",
            "tls_client_auth",
            &format!("tls_client_auth_subject_dn = \"CN=payroll\"\n{EVERY}\n{BOUND}"),
        ),
        &client(
            "dns",
            "tls_client_auth",
            &format!("tls_client_auth_san_dns = \"payroll.example\"\n{EVERY}"),
        ),
        &client(
            "uri",
            "tls_client_auth",
            &format!("tls_client_auth_san_uri = \"spiffe://example/payroll\"\n{EVERY}"),
        ),
        &client(
            "ip",
            "tls_client_auth",
            &format!("tls_client_auth_san_ip = \"192.0.2.7\"\n{EVERY}"),
        ),
        &client(
            "email",
            "tls_client_auth",
            &format!("tls_client_auth_san_email = \"payroll@example.com\"\n{EVERY}"),
        ),
        &client("robot", "self_signed_tls_client_auth", &format!("{keys}\n{EVERY}")),
        &client("pinned", "self_signed_tls_client_auth", &format!("{pem}\n{EVERY}")),
        &client("page", "none", CODE),
        &client("kept", "none", &format!("{CODE}\n{BOUND}")),
        &client(
            "web",
            "client_secret_basic",
            &format!("client_secret = \"{SECRET}\"\n{EVERY}\n{BOUND}"),
        ),
    ]
    .concat()
}

/// A server behind a proxy that hands certificates on.
fn server() -> Builder {
    with_directory(&directory())
        .trusting("127.0.0.1")
        .settings(&settings("Client-Cert"))
}

/// A client without a secret.
fn rp<'a>(server: &'a TestServer, id: &str) -> RelyingParty<'a> {
    RelyingParty::public(server, id, CALLBACK)
}

/// Asks the token endpoint as a client that shows this certificate.
async fn token(rp: &RelyingParty<'_>, shown: &Shown, form: &[(&str, &str)]) -> Answer {
    rp.post_with("/oauth2/token", form, &[(HEADER, &shown.header())]).await
}

const FOR_ITSELF: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "calendar")];
