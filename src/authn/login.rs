//! The first factor: charge the attempt, compare outside the transaction, settle. Same answer and time for unknown,
//! wrong, locked and disabled.

use crate::authn::ceremony::{self, Aim};
use crate::authn::factor::passkey::{self, Against};
use crate::authn::factor::password::{self, Comparison};
use crate::authn::session::{self, Renewed};
use crate::authn::{attempts, credentials, device, interaction, second_factor, throttle};
use crate::error::{Denial, Error, PasskeyDenial, Refusal, Result};
use crate::model::assurance::DeviceActivation;
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::{InteractionId, UserId};
use crate::model::interaction::Interaction;
use crate::model::job::{Job, Notice};
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::user::UserStatus;
use crate::policy::decision::tells_user;
use crate::policy::facts::Count;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::Work;
use serde_json::{Value, json};

/// An attempt that was charged and may be compared.
#[derive(Debug)]
pub struct Charged {
    subject: String,
    user: Option<UserId>,
    side: Side,
    credential: Option<Credential>,
    open: bool,
}

impl Charged {
    /// The hash to compare with; absent for unknown users, which then takes as long.
    #[must_use]
    pub fn phc(&self) -> Option<&str> {
        match &self.credential.as_ref()?.material {
            Material::Password { phc } => Some(phc),
            _ => None,
        }
    }
}

/// Charges an attempt to sign in as `username` in an errand before anything is looked at.
///
/// # Errors
/// [`Denial::RateLimited`] when too much was tried, a fault of the database.
pub fn charge(work: &mut Work<'_>, errand: &Interaction, username: &str) -> Result<Charged> {
    device::revoke_if_reused(work)?;
    let found = store::users::find_by_username(work.tx, username)?;
    let known = found.as_ref().map(|user| user.id);
    let subject = lockout::subject(known, username);
    attempts::hold(work, &subject)?;
    let counts = throttle::charge_login(work, &subject)?;
    refuse_if_over(work, errand, counts)?;
    let side = attempts::side(&mut work.view(), known, username)?;
    let elsewhere = found.as_ref().is_some_and(|user| user.sso_only);
    let open = elsewhere || is_open(work, &side, known)?;
    // Whoever signs in at another provider has no password here, whatever is stored (CLAUSES.md S78).
    let active = found.filter(|user| user.status == UserStatus::Active && !elsewhere);
    let credential = match &active {
        Some(user) => store::credentials::of_user(work.tx, user.id)?
            .into_iter()
            .find(|credential| matches!(credential.material, Material::Password { .. })),
        None => None,
    };
    Ok(Charged {
        subject,
        user: active.map(|user| user.id),
        side,
        credential,
        open,
    })
}

/// Charges an attempt at a password, and tells whether it may be looked at. Whoever signs in at another provider is locked out
/// there, so that here nothing is counted of them (CLAUSES.md S79).
fn is_open(work: &mut Work<'_>, side: &Side, known: Option<UserId>) -> Result<bool> {
    let charged = attempts::charge(work, side, Attempt::Password)?;
    let open = lockout::is_open(charged, work.shared.settings.limits.invalid_attempts());
    if !open {
        attempts::note_lock(work, side, known)?;
    }
    Ok(open)
}

fn refuse_if_over(work: &mut Work<'_>, errand: &Interaction, counts: Vec<Count>) -> Result<()> {
    if !counts.iter().any(lockout::is_over) {
        return Ok(());
    }
    let mut facts = interaction::gather_errand(&mut work.view(), errand, None)?.facts;
    throttle::refuse_if_over(work, &mut facts, counts)
}

/// The browser that settles a login: its errand, its session, its user agent.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The errand that asked.
    pub interaction: InteractionId,
    /// The browser that the errand is bound to.
    pub browser: &'a Digest,
    /// The browser's session, if it has one.
    pub current: Option<Session>,
    /// The user agent string.
    pub user_agent: &'a str,
}

/// Settles a charged attempt: on a right password the errand is bound to the user and the session gets evidence.
///
/// # Errors
/// [`Denial::BadCredentials`] for anything that is not right, a fault of the database.
pub fn settle(
    work: &mut Work<'_>,
    charged: Charged,
    comparison: Comparison,
    settling: Settling<'_>,
) -> Result<Renewed> {
    let Charged {
        subject,
        user,
        side,
        credential,
        open,
    } = charged;
    let (Some(user), Some(credential), Comparison::Right { rehashed }, true) = (user, credential, comparison, open)
    else {
        let entry = Entry::new(Event::LoginDeny).detail(json!({ "locked": !open, "known": user.is_some() }));
        work.audit(match user {
            Some(user) => entry.user(user),
            None => entry,
        })?;
        return Err(Denial::BadCredentials.into());
    };
    attempts::hold(work, &subject)?;
    // The account may have changed while the password was compared.
    let unchanged = store::credentials::of_user(work.tx, user)?.contains(&credential);
    let active = store::users::find(work.tx, user)?.is_some_and(|user| user.status == UserStatus::Active);
    if !(unchanged && active) {
        work.audit(
            Entry::new(Event::LoginDeny)
                .user(user)
                .detail(json!({ "changed": true })),
        )?;
        return Err(Denial::BadCredentials.into());
    }
    let errand = interaction::load(work, settling.interaction, settling.browser)?;
    attempts::forgive(work, &side, Attempt::Password)?;
    throttle::refund_address(work)?;
    let evidence = password::evidence(&credential, work.now, work.ip());
    if let Some(phc) = rehashed {
        store::credentials::update_material(
            work.tx,
            &Credential {
                material: Material::Password { phc },
                ..credential
            },
        )?;
    }
    signed_in(work, settling, errand, (user, evidence))
}

/// Begins a sign-in with whichever passkey the browser finds: the options for it.
///
/// # Errors
/// A fault of the database.
pub fn begin_with_passkey(work: &mut Work<'_>, errand: &Interaction) -> Result<Value> {
    let begun = passkey::begin_sign_in(&work.shared.settings)?;
    ceremony::keep(work, errand.id, Aim::SignIn, &begun)?;
    Ok(begun.options)
}

/// Settles a sign-in with a passkey, which names its user and proves two factors at once. Nobody guesses one, so that it
/// counts against the address alone; an account that is locked stays shut all the same.
///
/// # Errors
/// [`Denial::BadCredentials`] for anything that is not right, [`Denial::RateLimited`], a fault of the database.
pub fn settle_passkey(work: &mut Work<'_>, settling: Settling<'_>, answer: &str) -> Result<Renewed> {
    device::revoke_if_reused(work)?;
    let errand = interaction::load(work, settling.interaction, settling.browser)?;
    let named = passkey::answered_user(answer);
    if let Some(user) = named {
        attempts::hold(work, &lockout::subject(Some(user), ""))?;
    }
    let counts = throttle::charge_address(work)?;
    refuse_if_over(work, &errand, counts)?;
    match check_passkey(work, &errand, (named, answer)) {
        Ok(proven) => {
            throttle::refund_address(work)?;
            let evidence = proven.evidence.from(work.ip());
            signed_in(work, settling, errand, (proven.credential.user, evidence))
        }
        Err(error) => {
            if let Error::Refused(refusal) = &error {
                note_denial(work, errand, refusal, (named, answer))?;
            }
            Err(error)
        }
    }
}

/// What a passkey's denial does: it is recorded, its owner learns that it may have been copied, and its browser that nobody
/// here has it.
fn note_denial(
    work: &mut Work<'_>,
    errand: Interaction,
    refusal: &Refusal,
    (named, answer): (Option<UserId>, &str),
) -> Result<()> {
    let detail = json!({ "factor": FactorKind::Passkey, "reason": refusal.to_string() });
    let mut entry = Entry::new(Event::LoginDeny).detail(detail);
    if let Some(user) = named
        && let Some(user) = store::users::find(work.tx, user)?
    {
        entry = entry.user(user.id);
        second_factor::tell_of_copy(work, user.id, refusal)?;
    }
    work.audit(entry)?;
    let is_unknown = matches!(refusal, Refusal::Denied(Denial::Passkey(PasskeyDenial::Unknown)));
    let unknown_passkey = passkey::answered_credential(answer).filter(|_| is_unknown);
    if errand.unknown_passkey == unknown_passkey {
        return Ok(());
    }
    let told = Interaction {
        unknown_passkey,
        ..errand
    };
    store::interactions::update(work.tx, &told)
}

fn check_passkey(
    work: &mut Work<'_>,
    errand: &Interaction,
    (named, answer): (Option<UserId>, &str),
) -> Result<passkey::Proven> {
    let state = ceremony::take(work, errand.id, Aim::SignIn, answer)?;
    let user = store::users::find(work.tx, named.ok_or(PasskeyDenial::Malformed)?)?;
    let user = user.ok_or(PasskeyDenial::Unknown)?;
    if user.status != UserStatus::Active {
        return Err(Denial::Disabled.into());
    }
    if user.sso_only {
        return Err(Denial::BadCredentials.into());
    }
    let side = attempts::side(&mut work.view(), Some(user.id), &user.username)?;
    if attempts::locked_until(&mut work.view(), &side)?.is_some() {
        return Err(Denial::LockedOut.into());
    }
    let mut enrolled = store::credentials::of_user(work.tx, user.id)?;
    enrolled.retain(|credential| credential.confirmed_at.is_some());
    let against = Against {
        credentials: &enrolled,
        beside_another: false,
        now: work.now,
    };
    let proven = passkey::finish_sign_in(&work.shared.settings, &state, answer, against)?;
    let accepted = credentials::accepted(work.directory.profile(&user.profile)?)?;
    if accepted.is_some_and(|accepted| !accepted.counts(&proven.credential.material)) {
        return Err(PasskeyDenial::Attestation.into());
    }
    if store::credentials::record_use(work.tx, &proven.credential, work.now)? {
        Ok(proven)
    } else {
        Err(PasskeyDenial::Unknown.into())
    }
}

/// What a first factor does: the errand is bound to the user, and the session gets the evidence.
pub(super) fn signed_in(
    work: &mut Work<'_>,
    settling: Settling<'_>,
    mut errand: Interaction,
    (user, evidence): (UserId, Evidence),
) -> Result<Renewed> {
    let found = store::users::find(work.tx, user)?.ok_or(Denial::BadCredentials)?;
    let renewed = session::sign_in(work, settling.current, &found, evidence, settling.user_agent)?;
    interaction::bind(work, &mut errand, user)?;
    work.audit(Entry::new(Event::LoginAllow).user(user).session(renewed.session.id))?;
    tell_of_device(work, &errand, &renewed.session)?;
    let device = device::rotate(work, user)?;
    Ok(Renewed { device, ..renewed })
}

/// Tells the user of a login in a browser that is not known, where that is all that is done about it.
fn tell_of_device(work: &mut Work<'_>, errand: &Interaction, session: &Session) -> Result<()> {
    if work.shared.settings.device_activation() != DeviceActivation::Notify {
        return Ok(());
    }
    let gathered = interaction::gather_errand(&mut work.view(), errand, Some(session.clone()))?;
    if !tells_user(&gathered.facts) {
        return Ok(());
    }
    let notice = Notice::UnknownDevice {
        at: work.now,
        ip: session.ip.clone(),
        user_agent: session.user_agent.clone(),
    };
    work.enqueue(&Job::Notify {
        user: session.user,
        notice,
    })
}
