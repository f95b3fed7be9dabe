//! DPoP proofs (RFC 9449), good ones and others, with keys of a client's own.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use countersign::crypto::digest::{base64url, sha256};
use countersign::crypto::jwk::PublicKey;
use countersign::crypto::key_ring::{SigningKeyPair, generate};
use countersign::crypto::random::Random;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::keys::with;
use super::relying_party::{Answer, RelyingParty, answer};
use super::server::TestServer;

/// A key that makes proofs.
pub(crate) struct Prover {
    algorithm: Algorithm,
    private: Vec<u8>,
    /// The public key as a proof's header has it.
    pub(crate) jwk: Value,
}

impl Prover {
    /// A new key for ES256.
    pub(crate) fn new() -> Self {
        Self::of(Algorithm::Es256)
    }

    /// A key for this algorithm; that of RSA is the one that lies beside the tests.
    pub(crate) fn of(algorithm: Algorithm) -> Self {
        let private = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => include_bytes!("../../keys/rsa_2048.pk8").to_vec(),
            _ => generate(algorithm).unwrap().0.to_vec(),
        };
        let pair = SigningKeyPair::from_pkcs8(algorithm, &private).unwrap();
        let changes = json!({ "kid": null, "use": null, "alg": null });
        Self {
            algorithm,
            private,
            jwk: with(pair.public_jwk(), changes),
        }
    }

    /// The thumbprint of the key.
    pub(crate) fn jkt(&self) -> String {
        PublicKey::from_jwk(&self.jwk).unwrap().thumbprint()
    }

    /// The header of a good proof.
    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.algorithm.as_str(), "jwk": self.jwk })
    }

    /// A JWT of this header and these claims, signed with the key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        format!("{message}.{}", base64url(&self.signature(message.as_bytes())))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let (random, private) = (SystemRandom::new(), &self.private);
        let rsa = |padding| {
            let pair = RsaKeyPair::from_pkcs8(private).unwrap();
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, message, &mut signature).unwrap();
            signature
        };
        match self.algorithm {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256),
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private).unwrap();
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(private).unwrap();
                pair.sign(message).as_ref().to_vec()
            }
        }
    }

    /// A good proof for a request to this place, with claims changed.
    pub(crate) fn proof(&self, server: &TestServer, (method, path): (&str, &str), changes: Value) -> String {
        self.sign(&self.header(), &with(proof_claims(server, (method, path)), changes))
    }

    /// A good proof for the token endpoint.
    pub(crate) fn for_token(&self, server: &TestServer) -> String {
        self.proof(server, ("POST", "/oauth2/token"), json!({}))
    }

    /// Posts to the token endpoint as this client with a good proof.
    pub(crate) async fn token(&self, rp: &RelyingParty<'_>, form: &[(&str, &str)]) -> Answer {
        let proof = self.for_token(rp.server);
        rp.post_with("/oauth2/token", form, &[("dpop", &proof)]).await
    }

    /// Redeems a code with a good proof.
    pub(crate) async fn redeem(&self, rp: &RelyingParty<'_>, code: &str) -> Answer {
        self.token(rp, &rp.redemption(code)).await
    }

    /// Refreshes with a good proof.
    pub(crate) async fn refresh(&self, rp: &RelyingParty<'_>, token: &str) -> Answer {
        self.token(rp, &[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// Asks the userinfo endpoint with a good proof.
    pub(crate) async fn userinfo(&self, server: &TestServer, token: &str) -> Answer {
        let proof = self.proof(server, ("GET", "/oauth2/userinfo"), json!({ "ath": ath(token) }));
        userinfo_with(server, &format!("DPoP {token}"), &[&proof]).await
    }
}

/// Asks the userinfo endpoint with this `Authorization` header and these proofs.
pub(crate) async fn userinfo_with(server: &TestServer, authorization: &str, proofs: &[&str]) -> Answer {
    let request = super::endpoint::http().get(server.at("/oauth2/userinfo"));
    let request = request.header("authorization", authorization);
    answer(
        proofs
            .iter()
            .fold(request, |request, proof| request.header("dpop", *proof)),
    )
    .await
}

/// The hash of an access token as a proof has it.
pub(crate) fn ath(token: &str) -> String {
    base64url(sha256(token.as_bytes()).as_bytes())
}

/// The claims of a good proof for a request to this place.
pub(crate) fn proof_claims(server: &TestServer, (method, path): (&str, &str)) -> Value {
    json!({
        "jti": base64url(&Random::from_os().bytes::<16>()),
        "htm": method,
        "htu": format!("{}{path}", server.issuer),
        "iat": server.now(),
    })
}
