//! Tokens that are bound to a key of their holder. RFC 9449.

mod bound;
mod codes;
mod nonces;
mod proofs;
mod resources;

use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};

/// The usual clients, a public one in the browser, and two whose tokens must be bound.
fn directory() -> String {
    let code = format!(
        "redirect_uris = [\"{CALLBACK}\"]\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n\
         scope = \"openid offline_access\"\nrequire_consent = false\nid_token_signed_response_alg = \"ES256\"\n\
         access_token_signing_alg = \"ES256\"\n"
    );
    let usual = DIRECTORY.replacen("scope = \"openid profile", "scope = \"openid web profile", 1);
    format!(
        "{usual}\n[[clients]]\nclient_id = \"page\"\ntoken_endpoint_auth_method = \"none\"\n{code}\n\
         [[clients]]\nclient_id = \"bound\"\ntoken_endpoint_auth_method = \"none\"\ndpop_bound_access_tokens = true\n{code}\n\
         [[clients]]\nclient_id = \"robot\"\nclient_secret = \"{SECRET}\"\nresponse_types = []\nscope = \"calendar\"\n\
         grant_types = [\"client_credentials\", \"password\", \"refresh_token\"]\ndpop_bound_access_tokens = true\nrequire_consent = false\n\
         access_token_format = \"opaque\"\n"
    )
}
