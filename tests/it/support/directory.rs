//! The directory that most tests run on.

/// Alice's password.
pub(crate) const PASSWORD: &str = "wonderland-tea-party";
/// The secret of the confidential clients.
pub(crate) const SECRET: &str = "test-secret-0123456789abcdef-0123456789abcdef";
/// Where the web client gets its answers.
pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// Profiles default and staff, alice and bob, and one client of each kind.
pub(crate) const DIRECTORY: &str = r#"
[organisation]
name = "Example Works"

[[profiles]]
name = "staff"
mfa_ui = true

[[scopes]]
name = "calendar"
description = "See your calendar"
optional = true

[[scopes]]
name = "reports"
description = "Read reports"
required_acr = "high"

[[resources]]
identifier = "https://api.example/transfers"
description = "Transfers"
access_token_signing_alg = "ES256"

[[resources]]
identifier = "https://api.example/opaque"
access_token_format = "opaque"

[[resources]]
identifier = "https://api.example/statements"
access_token_format = "jwt"
access_token_signing_alg = "EdDSA"

[[users]]
username = "alice"
password = "wonderland-tea-party"
[users.claims]
name = "Alice Moreau"
email = "alice@example.com"
email_verified = true

[[users]]
username = "bob"
password = "wonderland-tea-party"
profile = "staff"

[[clients]]
client_id = "app"
client_name = "Harbour Payroll"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
redirect_uris = ["https://app.example/callback", "https://app.example/other"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email offline_access calendar reports"
id_token_signed_response_alg = "ES256"
access_token_signing_alg = "ES256"

[[clients]]
client_id = "trusted"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
redirect_uris = ["https://app.example/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email offline_access"
require_consent = false
id_token_signed_response_alg = "ES256"
access_token_format = "opaque"

[[clients]]
client_id = "high"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
redirect_uris = ["https://app.example/callback"]
scope = "openid"
require_consent = false
required_acr = "high"
id_token_signed_response_alg = "ES256"
access_token_signing_alg = "ES256"

[[clients]]
client_id = "native"
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["http://127.0.0.1/callback", "com.example.app:/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid offline_access"
require_consent = false
id_token_signed_response_alg = "EdDSA"
access_token_signing_alg = "EdDSA"

[[clients]]
client_id = "spa"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example/callback"]
grant_types = ["implicit"]
response_types = ["token", "id_token", "id_token token"]
scope = "openid profile email"
require_consent = false
id_token_signed_response_alg = "ES256"
access_token_signing_alg = "ES256"

[[clients]]
client_id = "service"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
grant_types = ["client_credentials"]
response_types = []
scope = "calendar reports"
access_token_signing_alg = "ES256"
resource_server = true
"#;

/// The directory with further members of its organisation.
pub(crate) fn with_organisation(members: &str) -> String {
    let line = "name = \"Example Works\"\n";
    DIRECTORY.replacen(line, &format!("{line}{members}\n"), 1)
}

/// The directory with further members of one client.
pub(crate) fn with_client(client_id: &str, members: &str) -> String {
    let line = format!("client_id = \"{client_id}\"\n");
    assert!(DIRECTORY.contains(&line), "there is no client {client_id}");
    DIRECTORY.replacen(&line, &format!("{line}{members}\n"), 1)
}
