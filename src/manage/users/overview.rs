//! A user as operators look at one.

use super::{account, find};
use crate::authn::attempts;
use crate::error::Result;
use crate::manage::devices::{self, DeviceOverview};
use crate::model::actor::Actor;
use crate::model::credential::Credential;
use crate::model::evidence::FactorKind;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::store;
use crate::work::View;

/// A user with what operators look at.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The user.
    pub user: User,
    /// Credentials without what they are checked against.
    pub credentials: Vec<CredentialOverview>,
    /// Live sessions.
    pub sessions: usize,
    /// Browsers that the user is known in.
    pub devices: Vec<DeviceOverview>,
    /// Whether attempts on the account, known browsers aside, have reached their limit.
    pub locked: bool,
}

/// A credential without what it is checked against.
#[derive(Debug, Clone)]
pub struct CredentialOverview {
    /// Its kind.
    pub kind: FactorKind,
    /// The name its owner gave it.
    pub label: String,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it last proved something.
    pub last_used_at: Option<Timestamp>,
    /// Whether too many wrong answers in a row have disabled it.
    pub disabled: bool,
}

/// A user with credentials and sessions.
///
/// # Errors
/// A refusal when there is none of this name, or a fault of the database.
pub fn show(view: &mut View<'_>, actor: &Actor, username: &str) -> Result<Overview> {
    let user = find(view, actor, username)?;
    let credentials = store::credentials::of_user(view.tx, user.id)?;
    let sessions = store::sessions::of_user(view.tx, user.id, view.now)?.len();
    let locked = attempts::locked_until(view, &account(&user))?.is_some();
    let overview = |credential: Credential| {
        Ok(CredentialOverview {
            kind: credential.kind(),
            disabled: attempts::is_disabled(view, credential.id)?,
            label: credential.label,
            confirmed_at: credential.confirmed_at,
            last_used_at: credential.last_used_at,
        })
    };
    let credentials = credentials.into_iter().map(overview).collect::<Result<_>>()?;
    Ok(Overview {
        credentials,
        devices: devices::list(view, actor, user.id)?,
        user,
        sessions,
        locked,
    })
}
