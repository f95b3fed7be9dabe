//! One-time passwords of `YubiKey`s: what of them is known here. A validation server says whether they are right.

use super::typed;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// The characters that a key types, which keyboards of most countries have at the same place.
const MODHEX: &str = "cbdefghijklnrtuv";
/// Characters of a one-time password.
const LENGTH: usize = 44;
/// Characters of it that name the key.
const PUBLIC_ID_LENGTH: usize = 12;

/// A one-time password as it was typed.
#[derive(Debug, Clone)]
pub struct Otp {
    /// The whole of it.
    pub text: Secret,
    /// The key that it names.
    pub public_id: String,
}

impl Otp {
    /// What was typed, if it looks like one.
    #[must_use]
    pub fn read(answer: &str) -> Option<Self> {
        let text = typed(answer).to_ascii_lowercase();
        let public_id = text.get(..PUBLIC_ID_LENGTH)?.to_owned();
        let is_otp = text.len() == LENGTH && text.chars().all(|c| MODHEX.contains(c));
        is_otp.then(|| Self {
            text: Secret::new(text),
            public_id,
        })
    }

    /// Whether it names the key of this credential.
    #[must_use]
    pub fn is_of(&self, credential: &Credential) -> bool {
        matches!(&credential.material, Material::YubikeyOtp { public_id } if *public_id == self.public_id)
    }
}

/// Whether a text can name a key.
#[must_use]
pub fn is_public_id(text: &str) -> bool {
    text.len() == PUBLIC_ID_LENGTH && text.chars().all(|c| MODHEX.contains(c))
}

/// The evidence of a one-time password that a validation server accepted.
#[must_use]
pub fn evidence(credential: &Credential, now: Timestamp) -> Evidence {
    Evidence::proven(FactorKind::YubikeyOtp, credential.id, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_passwords_have_44_characters_of_modhex() {
        let otp = Otp::read(" VVungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdft ").unwrap();
        assert_eq!(otp.public_id, "vvungrrdhvtk");
        assert!(is_public_id(&otp.public_id));
        for odd in [
            "",
            "123456",
            "vvungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdf",
            "vvungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdftt",
            "avungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdft",
            "ｖvungrrdhvtklknvrtvuvbbkeidikkvgglrvdgrfcdft",
        ] {
            assert!(Otp::read(odd).is_none(), "{odd}");
        }
    }
}
