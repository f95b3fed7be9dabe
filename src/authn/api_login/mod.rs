//! API logins: a name and a password, with what was appended to it or given beside it. Charge the attempt, compare outside
//! the transaction, settle; the same time for unknown, wrong, locked and disabled. ASSURANCE.md §8.

mod cut;

use serde_json::Map;

use self::cut::{Cut, cut, kind_of};
use crate::authn::factor::password;
use crate::authn::{api_login_token, attempts, facts, second_factor, throttle};
use crate::crypto::password::PasswordHasher;
use crate::error::{Error, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::facts::{ApiLogin, Suffix};
use crate::policy::lockout::{self, Attempt, Side};
use crate::policy::{Decision, NextStep};
use crate::store;
use crate::work::Work;

/// What an API login presents.
#[derive(Debug)]
pub struct Presented {
    /// The user's name.
    pub username: String,
    /// The password, or one string of password and what was appended.
    pub password: Secret,
    /// The token or code in a field of its own.
    pub separate: Option<Secret>,
}

/// An attempt that was charged and may be compared.
#[derive(Debug)]
pub struct Charged {
    presented: Presented,
    user: Option<UserId>,
    side: Side,
    credential: Option<Credential>,
    expected: Suffix,
    cut: Option<Cut>,
    open: bool,
}

/// Charges an attempt before anything is looked at.
///
/// # Errors
/// A fault of the database.
pub fn charge(work: &mut Work<'_>, client: &Client, presented: Presented) -> Result<Charged> {
    let user = store::users::find_by_username(work.tx, &presented.username)?;
    // No browser, so no device of the user's: API logins count on everybody's side.
    let known = user.as_ref().map(|user| user.id);
    let side = Side::Account(lockout::subject(known, &presented.username));
    // Whoever signs in at another provider has no password here, and nothing is counted of it (CLAUSES.md S78).
    let elsewhere = user.as_ref().is_some_and(|user| user.sso_only);
    let open = elsewhere || {
        let charged = attempts::charge(work, &side, Attempt::Password)?;
        lockout::is_open(charged, work.shared.settings.limits.invalid_attempts())
    };
    let (mut credential, mut expected) = (None, Suffix::Token);
    if let Some(user) = &user {
        let credentials = store::credentials::of_user(work.tx, user.id)?;
        let rules = facts::rules(work.shared, &work.directory);
        expected = facts::user((&work.directory, work.now), user, client, &credentials)?.suffix(&rules);
        credential = credentials
            .into_iter()
            .find(|credential| credential.kind() == FactorKind::Password && !elsewhere);
    }
    if !open {
        attempts::note_lock(work, &side, known)?;
    }
    Ok(Charged {
        cut: cut(presented.password.expose(), expected),
        user: known,
        side,
        open,
        presented,
        credential,
        expected,
    })
}

/// What was right: the whole string, or what is before the suffix.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    whole: bool,
    cut: bool,
}

/// Compares the whole string and what is before the suffix with the password, always both: two computations whoever it is
/// and whatever was given. Slow on purpose, so never inside a transaction. No hash is made anew here, as a login page does: it
/// would take longer where the password is right and what is beside it is not.
///
/// # Errors
/// A fault when the stored hash cannot be read.
pub fn compare(hasher: &PasswordHasher, charged: &Charged) -> Result<Compared> {
    let phc = match charged.credential.as_ref().map(|credential| &credential.material) {
        Some(Material::Password { phc }) => Some(phc.as_str()),
        _ => None,
    };
    let (nothing, cut) = (Secret::default(), charged.cut.as_ref());
    let before = cut.map_or(&nothing, |cut| &cut.password);
    Ok(Compared {
        whole: password::check(hasher, &charged.presented.password, phc)?.matches,
        cut: password::check(hasher, before, phc.filter(|_| cut.is_some()))?.matches,
    })
}

/// A settled attempt: what it showed, of whom.
#[derive(Debug)]
pub struct Settled {
    /// The user of that name, with credentials, if there is one.
    pub user: Option<(User, Vec<Credential>)>,
    /// What was right.
    pub login: ApiLogin,
    /// Until when the account is locked, where it was when the attempt was charged.
    pub locked_until: Option<Timestamp>,
    side: Side,
    twice: bool,
}

/// Settles a charged attempt: what was right is evidence. A token or code is looked at only beside a right password, in the
/// attempt that was charged for both.
///
/// # Errors
/// A fault of the database.
pub fn settle(work: &mut Work<'_>, charged: Charged, compared: Compared) -> Result<Settled> {
    let Charged {
        presented,
        credential,
        expected,
        ..
    } = charged;
    attempts::hold(work, &lockout::subject(charged.user, &presented.username))?;
    let locked_until = if charged.open {
        None
    } else {
        attempts::locked_until(&mut work.view(), &charged.side)?
    };
    let mut settled = Settled {
        user: None,
        login: ApiLogin::default(),
        side: charged.side,
        locked_until,
        // Appended and in a field of its own (S48): nothing of it counts.
        twice: presented.separate.is_some() && compared.cut,
    };
    let user = match charged.user {
        Some(id) => store::users::find(work.tx, id)?,
        None => None,
    };
    let Some(user) = user else { return Ok(settled) };
    let credentials = store::credentials::of_user(work.tx, user.id)?;
    let right = compared.whole || compared.cut;
    // The account may have changed while the password was compared.
    let unchanged = credential.filter(|credential| credentials.contains(credential));
    if let Some(credential) = unchanged.filter(|_| charged.open && right && !settled.twice) {
        settled.login.evidence = vec![password::evidence(&credential, work.now, work.ip())];
        let suffix = match (presented.separate, charged.cut) {
            (Some(separate), _) => Some((kind_of(&separate, expected), separate)),
            (None, Some(cut)) if !compared.whole => Some((cut.suffix, cut.value)),
            _ => None,
        };
        if let Some((kind, value)) = suffix {
            settled.login.suffix = kind;
            let shown = check_suffix(work, (user.id, &credentials), kind, &value)?;
            settled.login.suffix_right = shown.is_some();
            settled.login.evidence.extend(shown.into_iter().flatten());
        }
    }
    settled.user = Some((user, credentials));
    Ok(settled)
}

/// Checks what was given beside a right password: none when it is wrong; when it is right, the evidence of a code, and
/// nothing of a token, which is none.
fn check_suffix(
    work: &mut Work<'_>,
    (user, credentials): (UserId, &[Credential]),
    kind: Suffix,
    value: &Secret,
) -> Result<Option<Vec<Evidence>>> {
    if kind == Suffix::Code {
        return match second_factor::check_code(work, credentials, value.expose()) {
            Ok(evidence) => Ok(Some(vec![evidence])),
            Err(Error::Refused(Refusal::Denied(_))) => Ok(None),
            Err(error) => Err(error),
        };
    }
    Ok(api_login_token::is_right(work, user, value)?.then(Vec::new))
}

/// Carries a decision out on the counters and in the audit log: a success forgets what of it was wrong before; a login that
/// showed all it had to, and is not permitted for another reason, costs nothing; any other counts, beside a right password as
/// an attempt at a code or token, which no password alone forgets.
///
/// # Errors
/// A fault of the database.
pub fn conclude(work: &mut Work<'_>, settled: &Settled, decision: &Decision) -> Result<()> {
    let (side, login) = (&settled.side, &settled.login);
    let mut detail = Map::new();
    detail.insert("channel".into(), "password".into());
    let event = match &decision.step {
        NextStep::Proceed(_) => {
            attempts::forgive(work, side, Attempt::Password)?;
            if login.suffix != Suffix::Nothing {
                attempts::forgive(work, side, Attempt::Code)?;
            }
            throttle::refund_address(work)?;
            Event::LoginAllow
        }
        step => {
            if !login.evidence.is_empty() {
                attempts::take_back(work, side, Attempt::Password)?;
                if is_about_proof(decision.check) {
                    attempts::charge(work, side, Attempt::Code)?;
                } else {
                    throttle::refund_address(work)?;
                }
            }
            detail.insert("locked".into(), settled.locked_until.is_some().into());
            detail.insert("known".into(), settled.user.is_some().into());
            detail.insert("suffix_twice".into(), settled.twice.into());
            if let NextStep::Refuse(reason) = step {
                detail.insert("reason".into(), reason.as_str().into());
            }
            Event::LoginDeny
        }
    };
    let mut entry = Entry::new(event).detail(detail.into());
    entry.user = settled.user.as_ref().map(|(user, _)| user.id);
    work.audit(entry)
}

/// Whether a check of this number asks for a password, a code or a token (ASSURANCE.md §3).
const fn is_about_proof(check: u8) -> bool {
    matches!(check, 3 | 6 | 8)
}
