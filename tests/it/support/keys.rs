//! Keys of clients and issuers, and the tokens that they, or people who mean us harm, make with them.

use aws_lc_rs::hmac;
use countersign::crypto::digest::base64url;
use countersign::crypto::jwt;
use countersign::crypto::key_ring::{SigningKeyPair, generate};
use countersign::crypto::random::Random;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

/// A key pair of a client or issuer.
pub(crate) struct Keys(SigningKeyPair);

impl Keys {
    /// A new key for this algorithm.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        if matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256) {
            return Self::rsa(algorithm);
        }
        let (private, _) = generate(algorithm).unwrap();
        Self(SigningKeyPair::from_pkcs8(algorithm, &private).unwrap())
    }

    /// The RSA key that lies beside the tests: making one takes a while.
    fn rsa(algorithm: Algorithm) -> Self {
        let private = include_bytes!("../../keys/rsa_2048.pk8");
        Self(SigningKeyPair::from_pkcs8(algorithm, private).unwrap())
    }

    /// The name of the key.
    pub(crate) fn kid(&self) -> &str {
        self.0.kid()
    }

    /// The public key.
    pub(crate) fn jwk(&self) -> Value {
        self.0.public_jwk()
    }

    /// The key set of this key alone.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// A token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as("JWT", claims)
    }

    /// A token of this type and these claims.
    pub(crate) fn sign_as(&self, kind: &str, claims: &Value) -> String {
        jwt::sign(&self.0, kind, claims).unwrap()
    }
}

/// The claims of an assertion by `issuer` about `subject` for `audience`, good for a minute from `now` on.
pub(crate) fn assertion_claims(issuer: &str, subject: &str, audience: &str, now: i64) -> Value {
    let jti = base64url(&Random::from_os().bytes::<16>());
    json!({ "iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + 60, "jti": jti })
}

/// Claims with some members replaced; null removes one.
pub(crate) fn with(mut claims: Value, changes: Value) -> Value {
    let (members, Value::Object(changes)) = (claims.as_object_mut().unwrap(), changes) else {
        panic!("changes are an object");
    };
    for (name, value) in changes {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    claims
}

fn part(value: &Value) -> String {
    base64url(value.to_string().as_bytes())
}

/// A token of this header and these claims under an HMAC secret.
pub(crate) fn hmac_signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", base64url(tag.as_ref()))
}

/// A token of this header and these claims with this signature.
pub(crate) fn with_signature(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// JSON as a TOML value on one line.
pub(crate) fn toml(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name} = {}", toml(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
