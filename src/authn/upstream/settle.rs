//! The sign-in of whoever is connected with an account at a provider.

use super::{Problem, SignedIn};
use crate::authn::login::{self, Settling};
use crate::authn::session::Renewed;
use crate::authn::{attempts, device, interaction, throttle};
use crate::error::Result;
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::issuer::Issuer;
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::policy::lockout;
use crate::store;
use crate::work::Work;

/// Signs in whoever is connected with an account at a provider. Wrong passwords are counted there, and not here
/// (CLAUSES.md S79); an account that is locked stays shut all the same.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when the errand is over, a fault of the database.
pub fn settle(
    work: &mut Work<'_>,
    settling: Settling<'_>,
    issuer: &Issuer,
    who: &SignedIn,
) -> Result<std::result::Result<Renewed, Problem>> {
    device::revoke_if_reused(work)?;
    let errand = interaction::load(work, settling.interaction, settling.browser)?;
    let Some((user, credential)) = store::upstream::find(work.tx, &issuer.issuer, &who.subject)? else {
        return Ok(Err(Problem::Unknown));
    };
    attempts::hold(work, &lockout::subject(Some(user), ""))?;
    let Some(found) = store::users::find(work.tx, user)?.filter(|user| user.status == UserStatus::Active) else {
        return Ok(Err(Problem::Refused("the account is closed")));
    };
    let side = attempts::side(&mut work.view(), Some(user), &found.username)?;
    if attempts::locked_until(&mut work.view(), &side)?.is_some() {
        return Ok(Err(Problem::Refused("the account is locked")));
    }
    let credentials = store::credentials::of_user(work.tx, user)?;
    let Some(known) = credentials.into_iter().find(|known| known.id == credential) else {
        return Ok(Err(Problem::Unknown));
    };
    store::credentials::record_use(work.tx, &known, work.now)?;
    throttle::refund_address(work)?;
    let at = time(who.auth_time, work.now, errand.created_at);
    let believed = issuer.believed(who.acr.as_deref(), &who.amr);
    let evidence = Evidence::proven(FactorKind::Upstream, credential, at)
        .from(work.ip())
        .upstream(believed);
    let renewed = login::signed_in(work, settling, errand, (user, evidence))?;
    let from = (issuer.issuer.as_str(), who.sid.as_deref());
    store::upstream::join(work.tx, renewed.session.id, credential, from)?;
    Ok(Ok(renewed))
}

/// When a sign-in happened: as the provider says, never later than now. It says so in whole seconds, so that the second in
/// which an errand began is within that errand: a nonce made in it was answered.
fn time(said: Option<i64>, now: Timestamp, began: Timestamp) -> Timestamp {
    let Some(said) = said else { return now };
    if said == began.as_seconds() {
        return began;
    }
    Timestamp::from_seconds(said).min(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s79_a_sign_in_is_as_old_as_the_provider_says_and_never_newer_than_now() {
        let (began, now) = (
            Timestamp::from_micros(1_000_400_000),
            Timestamp::from_micros(1_060_000_000),
        );
        let at = |said| time(said, now, began);
        assert_eq!(at(None), now);
        assert_eq!(at(Some(900)), Timestamp::from_seconds(900));
        assert_eq!(at(Some(1_000)), began);
        assert_eq!(at(Some(1_100)), now);
    }
}
