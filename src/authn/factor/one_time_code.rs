//! Codes sent by SMS, voice and e-mail: made, recognised, and what a right one proves. ASSURANCE.md §9.

use crate::crypto::master::HmacKey;
use crate::crypto::random::Random;
use crate::model::credential::Credential;
use crate::model::evidence::Evidence;
use crate::model::id::{InteractionId, UserId};
use crate::model::message::Channel;
use crate::model::one_time_code::CodePurpose;
use crate::model::secret::{Digest, Secret};
use crate::model::time::Timestamp;
use crate::policy::one_time_codes::ceiling;
use crate::work::Shared;

/// Digits of a code (CLAUSES.md S32, C11).
pub const LENGTH: usize = 6;

/// All that a code is bound to: with anything else in its place it is not recognised.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// Whose it is.
    pub user: UserId,
    /// The transaction.
    pub transaction: InteractionId,
    /// What it is to show.
    pub purpose: CodePurpose,
    /// The browser that asked for it.
    pub browser: &'a Digest,
    /// The client whose request asked for it; empty where no client did.
    pub client_id: &'a str,
    /// How it is sent.
    pub channel: Channel,
    /// Where to.
    pub destination: &'a str,
}

/// A new code.
#[must_use]
pub fn make(random: &mut Random) -> Secret {
    random.digits(LENGTH)
}

fn parts<'a>(bound: &'a Bound<'_>, code: &'a str) -> [&'a [u8]; 8] {
    [
        bound.user.as_bytes(),
        bound.transaction.as_bytes(),
        bound.purpose.as_str().as_bytes(),
        bound.browser.as_bytes(),
        bound.client_id.as_bytes(),
        bound.channel.as_str().as_bytes(),
        bound.destination.as_bytes(),
        code.as_bytes(),
    ]
}

/// What recognises a code.
#[must_use]
pub fn mac(key: &HmacKey, bound: &Bound<'_>, code: &Secret) -> Digest {
    Digest::new(key.sign(&parts(bound, code.expose())))
}

/// Whether an answer is the code that `mac` was made of, bound to the same; in a time that does not depend on it.
#[must_use]
pub fn is_right(key: &HmacKey, bound: &Bound<'_>, answer: &str, mac: &Digest) -> bool {
    let digits: String = answer.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    let is_code = digits.len() == LENGTH && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code && key.verify(&parts(bound, &digits), mac.as_bytes())
}

/// What a right code proves: the credential that it was sent to, which reaches what a number so known reaches now.
#[must_use]
pub fn evidence(shared: &Shared, credential: &Credential, channel: Channel, now: Timestamp) -> Evidence {
    let columns = shared.settings.assurance.columns;
    Evidence::proven(channel.factor(), credential.id, now).up_to(ceiling(&credential.material, columns, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::master::MasterKeys;

    fn key(purpose: &str) -> HmacKey {
        let master = MasterKeys::from_hex(&Secret::new("a".repeat(64))).unwrap();
        master.derive(purpose)
    }

    #[test]
    fn s32_c11_codes_have_six_digits_and_are_uniform() {
        const CODES: u32 = 60_000;
        let mut random = Random::from_os();
        let mut places = [[0_u32; 10]; LENGTH];
        let mut cells = [0_u32; 100];
        let mut with_zero_in_front = 0;
        for _ in 0..CODES {
            let code = make(&mut random);
            let digits: Vec<usize> = code
                .expose()
                .bytes()
                .map(|byte| usize::from(byte.checked_sub(b'0').unwrap()))
                .collect();
            assert!(digits.len() == LENGTH && digits.iter().all(|digit| *digit < 10));
            for (place, digit) in places.iter_mut().zip(&digits) {
                place[*digit] += 1;
            }
            let number = digits.iter().fold(0, |number, digit| number * 10 + digit);
            cells[number * 100 / 1_000_000] += 1;
            with_zero_in_front += u32::from(digits[0] == 0);
        }
        let chi_square = |counts: &[u32]| -> f64 {
            let expected = f64::from(CODES) / f64::from(u32::try_from(counts.len()).unwrap());
            let off = |count: &u32| (f64::from(*count) - expected).powi(2) / expected;
            counts.iter().map(off).sum()
        };
        // 9 and 99 degrees of freedom: above these bounds once in ten million runs.
        for place in &places {
            assert!(chi_square(place) < 52.0, "{place:?}");
        }
        assert!(chi_square(&cells) < 190.0, "{cells:?}");
        assert!(with_zero_in_front > 5_000, "leading zeros are kept");
    }

    #[test]
    fn s25_a_code_is_bound_to_all_that_it_was_made_for() {
        let (browser, other_browser) = (Digest::new([1; 32]), Digest::new([2; 32]));
        let bound = Bound {
            user: UserId::from_bytes([1; 16]),
            transaction: InteractionId::from_bytes([2; 16]),
            purpose: CodePurpose::Challenge,
            browser: &browser,
            client_id: "payroll",
            channel: Channel::Sms,
            destination: "+4915112345678",
        };
        let key = key("one-time code");
        let mac = mac(&key, &bound, &Secret::new("012345"));
        for right in ["012345", " 012 345 ", "012-345"] {
            assert!(is_right(&key, &bound, right, &mac), "{right}");
        }
        for wrong in ["012346", "12345", "0123450", "", "０１２３４５", "01234a"] {
            assert!(!is_right(&key, &bound, wrong, &mac), "{wrong}");
        }
        let user = UserId::from_bytes([3; 16]);
        let transaction = InteractionId::from_bytes([3; 16]);
        let others = [
            Bound { user, ..bound },
            Bound { transaction, ..bound },
            Bound {
                purpose: CodePurpose::Enrolment,
                ..bound
            },
            Bound {
                browser: &other_browser,
                ..bound
            },
            Bound {
                client_id: "other",
                ..bound
            },
            Bound {
                channel: Channel::Voice,
                ..bound
            },
            Bound {
                destination: "+4915112345679",
                ..bound
            },
        ];
        for other in others {
            assert!(!is_right(&key, &other, "012345", &mac), "{other:?}");
        }
        assert!(!is_right(&self::key("another"), &bound, "012345", &mac));
    }
}
