//! What a client may say of the encryption of what it is told. OpenID Connect Registration §2, RFC 9701 §6, JARM §3.

use super::{Check, wrong};
use crate::crypto::jwe::Recipient;
use crate::model::client::Client;
use crate::model::encryption::{Encrypted, Encryption};

/// Checks each pair of algorithms, and that a key set given in place has a key for it.
pub(super) fn check(place: &str, client: &Client) -> Check {
    Encrypted::ALL
        .into_iter()
        .try_for_each(|what| pair(place, client, what))
}

fn pair(place: &str, client: &Client, what: Encrypted) -> Check {
    let (alg, enc) = client.encryption_members(what);
    let member = |end: &str| format!("{}_encrypted_response_{end}", what.as_str());
    let Some(encryption) = Encryption::of(alg, enc) else {
        if enc.is_some() {
            // OpenID Connect Registration §2: where enc is included, alg "MUST also be provided".
            let problem = format!("needs {}", member("alg"));
            return Err(wrong(place, &member("enc"), problem));
        }
        return Ok(());
    };
    let problem = match (&client.jwks, &client.jwks_uri) {
        (None, None) => "needs the client's public keys; give jwks or jwks_uri",
        (Some(jwks), _) if Recipient::choose(jwks, encryption).is_none() => {
            "needs a key in jwks: RSA from 2048 bits for RSA-OAEP-256, P-256 for ECDH-ES+A256KW, not for signatures alone"
        }
        _ => return Ok(()),
    };
    Err(wrong(place, &member("alg"), problem))
}
