//! Minting and verifying: one signature of each algorithm, and a whole grant down to the disk.

mod fixture;

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;

use countersign::crypto::jwt::{sign, verify_own};
use countersign::crypto::key_ring::{KeyRing, SigningKeyPair, generate};
use countersign::model::secret::Sealed;
use countersign::model::signing_key::{Algorithm, SigningKey};
use countersign::model::time::Timestamp;
use countersign::oauth::grant_type::{Sought, TokenRequest, answer};
use countersign::oauth::issue::TokenAnswer;
use countersign::oauth::params::Params;
use countersign::server::Server;
use countersign::work::Origin;
use criterion::Criterion;
use serde_json::{Value, json};

/// What an access token says (RFC 9068 §2.2).
fn claims() -> Value {
    json!({
        "iss": "https://id.example.com", "sub": "0198a1b2-0000-7000-8000-000000000001",
        "aud": "https://api.example/transfers", "client_id": "payroll", "scope": "openid profile transfers",
        "iat": 1_772_532_000, "exp": 1_772_532_900, "jti": "3f2c8a9e5b7d4c1a8e6f0d2b4a6c8e0f",
        "acr": "high", "amr": ["pwd", "otp", "mfa"], "auth_time": 1_772_531_900,
    })
}

fn signatures(criterion: &mut Criterion, algorithm: Algorithm) -> Result<(), Box<dyn Error>> {
    let (private, kid) = generate(algorithm)?;
    let (key, claims) = (SigningKeyPair::from_pkcs8(algorithm, &private)?, claims());
    criterion.bench_function(&format!("sign/{algorithm}"), |bencher| {
        bencher.iter(|| sign(black_box(&key), "at+jwt", black_box(&claims)));
    });
    let stored = SigningKey {
        kid,
        algorithm,
        private_key: Sealed(Vec::new()),
        created_at: Timestamp::default(),
        signs_from: Timestamp::default(),
        retires_at: None,
    };
    let ring = KeyRing::new(vec![(stored, private)])?;
    let token = sign(&key, "at+jwt", &claims)?;
    verify_own(&token, &ring, Some("at+jwt")).ok_or("a token of our own is not believed")?;
    criterion.bench_function(&format!("verify/{algorithm}"), |bencher| {
        bencher.iter(|| verify_own(black_box(&token), &ring, Some("at+jwt")));
    });
    Ok(())
}

fn mint(server: &Arc<Server>) -> countersign::error::Result<TokenAnswer> {
    let request = TokenRequest {
        params: Params::parse(b"grant_type=client_credentials&scope=calendar")?,
        credentials: fixture::credentials("service"),
        assertion: None,
        proof: None,
        recipient: Sought::NotYet,
    };
    let answered = server.perform_blocking(Origin::default(), move |work| answer(work, &request))?;
    let unready = || countersign::error::Fault::new("nothing was issued");
    Ok(answered.sign(None)?.ok_or_else(unready)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    for algorithm in Algorithm::ALL {
        signatures(&mut criterion, algorithm)?;
    }
    let folder = tempfile::tempdir()?;
    let further = "response_types = []\ngrant_types = [\"client_credentials\"]";
    let server = fixture::server(&folder, &fixture::client("service", further))?;
    mint(&server)?.access_token.ok_or("no access token")?;
    criterion.bench_function("client_credentials/sqlite", |bencher| bencher.iter(|| mint(&server)));
    criterion.final_summary();
    Ok(())
}
