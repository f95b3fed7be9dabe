//! Time-based one-time passwords. RFC 6238: SHA-1, 6 digits, 30 s, one step of skew either way, each step once.

use totp_rs::{Builder, Secret as TotpSecret};

use super::{Account, Factor, Proof, Setup, typed};
use crate::crypto::random::Random;
use crate::error::{Denial, Fault, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::time::Timestamp;
use crate::work::{Purposes, Shared};

/// Seconds of a step.
const STEP: u64 = 30;
/// Bytes of a secret: 160 bits (RFC 4226 §4, R6).
const SECRET_LENGTH: usize = 20;

pub(super) struct Totp;

impl Factor for Totp {
    fn kind(&self) -> FactorKind {
        FactorKind::Totp
    }

    fn begin_enrolment(&self, shared: &Shared, random: &mut Random) -> Result<Material> {
        let secret: [u8; SECRET_LENGTH] = random.bytes();
        Ok(Material::Totp {
            secret: shared.master.seal(Purposes::TOTP, random, &secret)?,
        })
    }

    fn setup(&self, shared: &Shared, credential: &Credential, account: Account<'_>) -> Result<Setup> {
        // A colon separates issuer and account in the address, so neither may hold one.
        let plain = |text: &str| text.replace(':', " ");
        let totp = open(shared, credential)?
            .with_account_name(plain(account.username))
            .with_issuer(Some(plain(account.organisation)))
            .build()
            .map_err(|error| Fault::from_error("build a TOTP", error))?;
        let uri = totp
            .to_url()
            .map_err(|error| Fault::from_error("write a TOTP address", error))?;
        Ok(Setup {
            secret: totp.secret().to_base32(),
            uri,
        })
    }

    fn check(&self, shared: &Shared, credential: &Credential, answer: &str, now: Timestamp) -> Result<Proof> {
        let digits = typed(answer);
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Denial::BadCredentials.into());
        }
        let totp = open(shared, credential)?
            .build()
            .map_err(|error| Fault::from_error("build a TOTP", error))?;
        let time = u64::try_from(now.as_seconds()).unwrap_or(0);
        let step = totp.check(&digits, time).ok_or(Denial::BadCredentials)?;
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        if step <= credential.last_step {
            // RFC 6238 §5.2: an accepted code must not be accepted again.
            let left = STEP - time % STEP;
            return Err(Denial::CodeUsed(u32::try_from(left).unwrap_or(30)).into());
        }
        Ok(Proof {
            evidence: Evidence::proven(FactorKind::Totp, credential.id, now),
            step,
        })
    }
}

fn open(shared: &Shared, credential: &Credential) -> Result<Builder> {
    let Material::Totp { secret } = &credential.material else {
        return Err(Fault::new("the credential holds no TOTP secret").into());
    };
    let secret = shared.master.open(Purposes::TOTP, secret)?;
    Ok(Builder::new()
        .with_step_duration(STEP)
        .with_skew(1)
        .with_secret(TotpSecret::from(secret.to_vec())))
}
