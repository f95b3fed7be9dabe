//! The first factor: charge the attempt, compare outside the transaction, settle. Same answer and time for unknown,
//! wrong, locked and disabled.

use crate::authn::attempts;
use crate::authn::factor::password::{self, Comparison};
use crate::authn::interaction;
use crate::authn::session::{self, Renewed};
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material};
use crate::model::id::{InteractionId, UserId};
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::user::UserStatus;
use crate::policy::lockout;
use crate::store;
use crate::work::Work;
use serde_json::json;

/// An attempt that was charged and may be compared.
#[derive(Debug)]
pub struct Charged {
    user: Option<UserId>,
    username: String,
    credential: Option<Credential>,
    open: bool,
}

impl Charged {
    /// The hash to compare with; absent for unknown users, which then takes as long.
    #[must_use]
    pub fn phc(&self) -> Option<&str> {
        match &self.credential.as_ref()?.material {
            Material::Password { phc } => Some(phc),
            Material::Totp { .. } => None,
        }
    }
}

/// Charges an attempt to sign in as `username` before anything is looked at.
///
/// # Errors
/// A fault of the database.
pub fn charge(work: &mut Work<'_>, username: &str) -> Result<Charged> {
    let limit = work.shared.settings.limits.invalid_attempts;
    let charged = attempts::charge(work, &lockout::password_counter(username))?;
    let open = lockout::is_open(charged, limit);
    let user = store::users::find_by_username(work.tx, username)?;
    let active = user.filter(|user| user.status == UserStatus::Active);
    let credential = match &active {
        Some(user) => store::credentials::of_user(work.tx, user.id)?
            .into_iter()
            .find(|credential| matches!(credential.material, Material::Password { .. })),
        None => None,
    };
    if charged == i64::from(limit) + 1 {
        let entry = Entry::new(Event::LockoutSet).detail(json!({ "counter": "password" }));
        work.audit(match &active {
            Some(user) => entry.user(user.id),
            None => entry,
        })?;
    }
    Ok(Charged {
        user: active.map(|user| user.id),
        username: username.to_owned(),
        credential,
        open,
    })
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
        user,
        username,
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
    let mut errand = interaction::load(work, settling.interaction, settling.browser)?;
    store::counters::reset(work.tx, &lockout::password_counter(&username))?;
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
    let renewed = session::add_evidence(work, settling.current, user, evidence, settling.user_agent)?;
    interaction::bind(work, &mut errand, user)?;
    work.audit(Entry::new(Event::LoginAllow).user(user).session(renewed.session.id))?;
    Ok(renewed)
}
