//! Another mail address: a link goes to the new one, and the old one is told once the link was used.

use serde::{Deserialize, Serialize};

use super::{load, own};
use crate::crypto::digest::digest_of;
use crate::error::{Denial, Fault, FieldError, Refusal, Result};
use crate::manage::contacts;
use crate::manage::users::record_user;
use crate::model::actor::Actor;
use crate::model::id::UserId;
use crate::model::job::{Job, Notice};
use crate::model::mail_address::is_mail_address;
use crate::model::secret::Secret;
use crate::model::user::{User, UserStatus};
use crate::store;
use crate::work::{View, Work};

/// The purpose of a link's ticket.
const PURPOSE: &str = "mail address";
/// The prefix of the token in a link.
const PREFIX: &str = "cs_ma_";
/// Seconds that a link can be used.
pub const LIFETIME: u32 = 3_600;
/// Mails that may be ordered in an hour.
const MOST_ORDERS: i64 = 5;

/// What a link is for: this user has this address from now on, unless another came in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    user: UserId,
    address: String,
    replaces: Option<String>,
}

/// Orders a link to the new address. The address changes when the link is used.
///
/// # Errors
/// A refusal for what is no address or the present one, [`Denial::RateLimited`] for too many, a fault of the database.
pub fn order(work: &mut Work<'_>, actor: &Actor, address: &str) -> Result<()> {
    let (address, user) = (address.trim(), load(work, actor)?);
    if !is_mail_address(address) {
        return Err(FieldError::new("email", "is no mail address").into());
    }
    if user.email() == Some(address) && user.claims.get("email_verified") == Some(&true.into()) {
        return Err(FieldError::new("email", "is the address on record").into());
    }
    let counter = format!("address:{}", user.id);
    if store::counters::charge(work.tx, &counter, work.now, LIFETIME)? > MOST_ORDERS {
        return Err(Denial::RateLimited(LIFETIME).into());
    }
    work.enqueue(&Job::MailAddressLink {
        user: user.id,
        address: address.to_owned(),
    })
}

/// Makes the link, for the one job that mails it; none where the user is not there any more.
///
/// # Errors
/// A fault of the database.
pub fn make_link(work: &mut Work<'_>, user: UserId, address: &str) -> Result<Option<(User, Secret)>> {
    let found = store::users::find(work.tx, user)?.filter(|user| user.status == UserStatus::Active);
    let Some(user) = found else { return Ok(None) };
    let ticket = Ticket {
        user: user.id,
        address: address.to_owned(),
        replaces: user.email().map(str::to_owned),
    };
    let doc = serde_json::to_string(&ticket).map_err(|error| Fault::from_error("write a ticket", error))?;
    let token = work.random.token(PREFIX);
    let expires_at = work.now.plus_seconds(i64::from(LIFETIME));
    store::tickets::insert(work.tx, &digest_of(token.expose()), PURPOSE, &doc, expires_at)?;
    Ok(Some((user, token)))
}

/// The address that a link gives this user, if it can be used.
///
/// # Errors
/// A fault of the database.
pub fn find(view: &mut View<'_>, user: &User, token: &Secret) -> Result<Option<String>> {
    let Some(doc) = store::tickets::find(view.tx, &digest_of(token.expose()), PURPOSE, view.now)? else {
        return Ok(None);
    };
    let ticket: Ticket = serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a ticket", error))?;
    let is_ours = ticket.user == user.id && ticket.replaces.as_deref() == user.email();
    Ok(is_ours.then_some(ticket.address))
}

/// Uses a link, once: the actor has its address from now on, verified, and the one before is told.
///
/// # Errors
/// A refusal when the link cannot be used, or a fault of the database.
pub fn confirm(work: &mut Work<'_>, actor: &Actor, token: &Secret) -> Result<()> {
    let gone = || Refusal::Missing("this link was used, has expired, or is another person\'s");
    let user = load(work, actor)?;
    let address = find(&mut work.view(), &user, token)?.ok_or_else(gone)?;
    if !store::tickets::consume(work.tx, &digest_of(token.expose()), work.now)? {
        return Err(gone().into());
    }
    let mut after = user.clone();
    after.claims.insert("email".to_owned(), address.into());
    after.claims.insert("email_verified".to_owned(), true.into());
    let after = after.stamped(Some(&user), work.now);
    store::users::update(work.tx, &after)?;
    // Codes go to the new address from now on, and to the old one no more.
    contacts::keep_in_step(work, &after)?;
    record_user(work, actor, Some(&user), Some(&after), Vec::new())?;
    let Some(before) = user.email() else { return Ok(()) };
    let notice = Notice::AddressChanged {
        to: before.to_owned(),
        at: work.now,
        ip: work.ip().map_or_else(String::new, |ip| ip.to_string()),
    };
    let (user, _) = own(actor)?;
    work.enqueue(&Job::Notify { user, notice })
}
