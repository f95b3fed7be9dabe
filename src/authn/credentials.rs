//! Which of a user's credentials count: those that their profile lets count.

use crate::authn::factor::passkey::Accepted;
use crate::error::Result;
use crate::model::credential::Credential;
use crate::model::profile::Profile;
use crate::model::user::User;
use crate::store;
use crate::work::View;

/// The authenticators that count for users of a profile, where it says which do.
///
/// # Errors
/// A fault when it names an authority that cannot be read.
pub fn accepted(profile: &Profile) -> Result<Option<Accepted>> {
    profile.attested_authenticators.as_deref().map(Accepted::of).transpose()
}

/// A user's credentials that count, unfinished enrolments among them. Others prove nothing, and are never asked for.
///
/// # Errors
/// A fault of the database.
pub fn of_user(view: &mut View<'_>, user: &User) -> Result<Vec<Credential>> {
    let mut credentials = store::credentials::of_user(view.tx, user.id)?;
    if let Some(accepted) = accepted(view.directory.profile(&user.profile)?)? {
        credentials.retain(|credential| accepted.counts(&credential.material));
    }
    Ok(credentials)
}
