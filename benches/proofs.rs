//! What more is asked and told costs, beside the plain way of each: tokens bound by DPoP proofs, pushed requests, and
//! introspection as a signed JWT. Each down to the disk, where something is written.

mod fixture;

use std::error::Error;
use std::sync::Arc;

use aws_lc_rs::signature::Ed25519KeyPair;
use countersign::crypto::digest::base64url;
use countersign::crypto::jwt;
use countersign::crypto::key_ring::{SigningKeyPair, generate};
use countersign::crypto::random::Random;
use countersign::model::confirmation::Confirmation;
use countersign::model::signing_key::Algorithm;
use countersign::oauth::authorize::{PushedAnswer, Received, push};
use countersign::oauth::client_auth::{authenticate, check};
use countersign::oauth::grant_type::{Sought, TokenRequest, answer};
use countersign::oauth::introspection::{About, SIGNED_TYP, Said, introspect};
use countersign::oauth::issue::TokenAnswer;
use countersign::oauth::params::Params;
use countersign::oauth::proof::dpop::{self, Target};
use countersign::server::Server;
use countersign::work::Origin;
use criterion::{BatchSize, Criterion};
use serde_json::{Value, json};

type Outcome<T> = countersign::error::Result<T>;

const TOKEN_ENDPOINT: &str = "http://localhost:8080/oauth2/token";
const PUSHED: &[u8] =
    b"client_id=web&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback\
                        &state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge_method=S256\
                        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A key that makes proofs.
struct Prover {
    key: Ed25519KeyPair,
    header: String,
}

impl Prover {
    fn new() -> Result<Self, Box<dyn Error>> {
        let (private, _) = generate(Algorithm::EdDsa)?;
        let mut jwk = SigningKeyPair::from_pkcs8(Algorithm::EdDsa, &private)?.public_jwk();
        if let Value::Object(members) = &mut jwk {
            members.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x"));
        }
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk });
        Ok(Self {
            key: Ed25519KeyPair::from_pkcs8(&private)?,
            header: base64url(header.to_string().as_bytes()),
        })
    }

    /// A proof that was never seen.
    fn proof(&self, server: &Server) -> String {
        let claims = json!({
            "jti": base64url(&Random::from_os().bytes::<16>()), "htm": "POST", "htu": TOKEN_ENDPOINT,
            "iat": server.clock().now().as_seconds(),
        });
        let message = format!("{}.{}", self.header, base64url(claims.to_string().as_bytes()));
        let signature = base64url(self.key.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }
}

/// A token of a client's own, bound to the key of a proof where there is one.
fn mint(server: &Arc<Server>, proof: Option<&str>) -> Outcome<TokenAnswer> {
    let target = Target {
        method: "POST",
        addresses: &[TOKEN_ENDPOINT.to_owned()],
        access_token: None,
    };
    let now = server.clock().now();
    let proof = proof
        .map(|text| dpop::verify(text, target, (server.shared(), now)))
        .transpose()?;
    let shown = Confirmation {
        jkt: proof.as_ref().map(|proof| proof.jkt.clone()),
        x5t_s256: None,
    };
    let request = TokenRequest {
        params: Params::parse(b"grant_type=client_credentials&scope=calendar")?,
        credentials: fixture::credentials("service"),
        assertion: None,
        proof,
        recipient: Sought::NotYet,
    };
    let origin = Origin {
        shown,
        ..Origin::default()
    };
    let answered = server.perform_blocking(origin, move |work| answer(work, &request))?;
    let unready = || countersign::error::Fault::new("nothing was issued");
    Ok(answered.sign(None)?.ok_or_else(unready)?)
}

fn pushed(server: &Arc<Server>) -> Outcome<PushedAnswer> {
    let received = Received::plain(Params::parse(PUSHED)?);
    let credentials = fixture::credentials("web");
    server.perform_blocking(Origin::default(), move |work| {
        let client = authenticate(work, &credentials)?;
        push(work, &client, &received)
    })
}

fn told(server: &Arc<Server>, token: &str) -> Outcome<Said> {
    let credentials = fixture::credentials("service");
    server.read_blocking(|view| {
        let client = check(view, &credentials)?;
        let said = introspect(view, &client, token, None)?;
        Ok(Said::to(&client, said, true))
    })
}

fn signed(server: &Arc<Server>, token: &str) -> Outcome<String> {
    let said = told(server, token)?;
    server.read_blocking(|view| {
        let key = view.directory.keys.signer(Algorithm::Es256, view.now);
        let key = key.ok_or_else(|| countersign::error::Fault::new("there is no key"))?;
        let claims: Value = said.claims(&view.shared.settings.server.issuer, view.now);
        Ok(jwt::sign(key, SIGNED_TYP, &claims)?)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let service = "response_types = []\ngrant_types = [\"client_credentials\"]";
    let web = "redirect_uris = [\"https://app.example/callback\"]";
    let directory = format!("{}{}", fixture::client("service", service), fixture::client("web", web));
    let (server, prover) = (fixture::server(&folder, &directory)?, Prover::new()?);
    let bound = mint(&server, Some(&prover.proof(&server)))?;
    if bound.token_type != Some("DPoP") {
        return Err("the token is not bound".into());
    }
    pushed(&server)?;
    let token = mint(&server, None)?.access_token.ok_or("no access token")?;
    if !matches!(told(&server, &token)?.body, About::Access(_)) {
        return Err("the token is not good".into());
    }
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("client_credentials", |bencher| bencher.iter(|| mint(&server, None)));
    criterion.bench_function("client_credentials/dpop", |bencher| {
        let proof = || prover.proof(&server);
        bencher.iter_batched(proof, |proof| mint(&server, Some(&proof)), BatchSize::SmallInput);
    });
    criterion.bench_function("par", |bencher| bencher.iter(|| pushed(&server)));
    criterion.bench_function("introspection", |bencher| bencher.iter(|| told(&server, &token)));
    criterion.bench_function("introspection/jwt", |bencher| bencher.iter(|| signed(&server, &token)));
    criterion.final_summary();
    Ok(())
}
