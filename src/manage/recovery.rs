//! Ways back in: a new password by a mailed link, an administrator's temporary code, and the one-time link for the day on which
//! every administrator has lost a factor. ASSURANCE.md §7, CLAUSES.md S45, S51.
//!
//! A link is known by its digest alone and works once. A mailed one changes the password and nothing else: whoever has a factor
//! on record is asked for it as before, and a one-time code is asked for where it serves instead of the security token.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::passwords;
use super::users::{disconnect_all, end_access, load, put_password, record_user, remove_factors, stored_password};
use crate::authn::factor::recovery_code;
use crate::authn::{attempts, facts, second_factor, throttle};
use crate::crypto::digest::digest_of;
use crate::error::{Denial, Fault, FieldError, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::job::{Job, Notice};
use crate::model::secret::{Digest, Secret};
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};
use crate::policy::api_login::NoToken;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::{View, Work};

/// The purpose of a link's ticket.
const PURPOSE: &str = "way back in";
/// The prefix of the token in a link.
const PREFIX: &str = "cs_wb_";
/// Seconds that an operator's link can be used.
const RESCUE_LIFETIME: i64 = 3_600;
/// Seconds in which orders of mails are counted.
const ORDER_WINDOW: u32 = 3_600;
/// Accounts of one mail address that are written to.
const MOST_ACCOUNTS: usize = 5;
/// Hours that a temporary code can be used at most.
pub const TEMPORARY_HOURS: u32 = 24;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    user: UserId,
    /// The digest of the hash of the password that a mailed link replaces: with any other password, the link is void.
    replaces: Option<Digest>,
    /// Whether an operator made it, for somebody who has lost everything.
    rescue: bool,
}

/// A link that can be used.
#[derive(Debug, Clone)]
pub struct OpenLink {
    ticket: Ticket,
    /// Whose it is.
    pub user: User,
    /// The hash of the password that is there.
    pub phc: Option<String>,
    /// Whether a one-time code is asked for too (S45).
    pub needs_code: bool,
}

impl OpenLink {
    /// Whether using it removes what else protects the account.
    #[must_use]
    pub const fn is_rescue(&self) -> bool {
        self.ticket.rescue
    }
}

/// Orders a mail with a link to whoever this name or address is of. Known or not, it is the same to whoever asks: who that is
/// turns out when the mail is written.
///
/// # Errors
/// [`Denial::RateLimited`] when too much was ordered from one address, a fault of the database.
pub fn order_mail(work: &mut Work<'_>, typed: &str) -> Result<()> {
    let limits = &work.shared.settings.limits;
    let (per_address, per_account) = (i64::from(limits.resets_per_ip), i64::from(limits.resets_per_account));
    let address = format!("reset:{}", lockout::address_counter(work.ip()));
    if store::counters::charge(work.tx, &address, work.now, ORDER_WINDOW)? > per_address {
        return Err(Denial::RateLimited(ORDER_WINDOW).into());
    }
    let account = format!("reset:{}", lockout::subject(None, typed));
    if store::counters::charge(work.tx, &account, work.now, ORDER_WINDOW)? > per_account {
        return Ok(());
    }
    let login = typed.trim().to_owned();
    work.enqueue(&Job::MailPasswordLink { login })
}

/// Makes the links for whoever this name or address is of, for the one job that mails them.
///
/// # Errors
/// A fault of the database.
pub fn make_links(work: &mut Work<'_>, login: &str) -> Result<Vec<(User, Secret)>> {
    let mut links = Vec::new();
    for user in store::users::find_by_email(work.tx, login)? {
        // Only those count who get one: others who have the address keep nobody from it.
        if links.len() == MOST_ACCOUNTS {
            break;
        }
        links.extend(reset_link(work, user)?);
    }
    if let Some(user) = store::users::find_by_username(work.tx, login)?
        && links.iter().all(|(known, _)| known.id != user.id)
    {
        links.extend(reset_link(work, user)?);
    }
    Ok(links)
}

/// The link to a new password, for a user who may have one.
fn reset_link(work: &mut Work<'_>, user: User) -> Result<Option<(User, Secret)>> {
    // Whoever never had a password is not given one by a mail, and an address that is said to be unverified is nobody's.
    let is_unverified = user.claims.get("email_verified") == Some(&false.into());
    if user.status != UserStatus::Active || user.sso_only || is_unverified {
        return Ok(None);
    }
    let Some(password) = password_of(&store::credentials::of_user(work.tx, user.id)?) else {
        return Ok(None);
    };
    let ticket = Ticket {
        user: user.id,
        replaces: Some(password),
        rescue: false,
    };
    let lifetime = i64::from(work.shared.settings.passwords.reset_lifetime);
    let token = make_link(work, &ticket, lifetime)?;
    Ok(Some((user, token)))
}

fn make_link(work: &mut Work<'_>, ticket: &Ticket, lifetime: i64) -> Result<Secret> {
    let doc = serde_json::to_string(ticket).map_err(|error| Fault::from_error("write a ticket", error))?;
    let token = work.random.token(PREFIX);
    let expires_at = work.now.plus_seconds(lifetime);
    store::tickets::insert(work.tx, &digest_of(token.expose()), PURPOSE, &doc, expires_at)?;
    Ok(token)
}

fn password_of(credentials: &[Credential]) -> Option<Digest> {
    stored_password(credentials).map(digest_of)
}

/// Makes the one-time link for a user who has lost everything that protects the account; an operator prints it, once.
///
/// # Errors
/// A refusal for anybody but the operator at the command line and when there is no such user, a fault of the database.
pub fn rescue(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<Secret> {
    if *actor != Actor::Operator {
        return Err(Refusal::Missing("the command line beside the database").into());
    }
    let user = load(work, actor, user)?;
    let ticket = Ticket {
        user: user.id,
        replaces: None,
        rescue: true,
    };
    let token = make_link(work, &ticket, RESCUE_LIFETIME)?;
    tracing::warn!(user = %user.id, "a one-time link into an account was made: its user's factors go when it is used");
    work.audit(Entry::new(Event::RescueIssued).actor(actor).user(user.id))?;
    Ok(token)
}

/// The link of this token, if it can be used.
///
/// # Errors
/// A fault of the database.
pub fn find(view: &mut View<'_>, token: &Secret) -> Result<Option<OpenLink>> {
    let digest = digest_of(token.expose());
    let Some(doc) = store::tickets::find(view.tx, &digest, PURPOSE, view.now)? else {
        return Ok(None);
    };
    let ticket: Ticket = serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a ticket", error))?;
    let active = store::users::find(view.tx, ticket.user)?.filter(|user| user.status == UserStatus::Active);
    let Some(user) = active else {
        return Ok(None);
    };
    let credentials = store::credentials::of_user(view.tx, user.id)?;
    if !ticket.rescue && (ticket.replaces.is_none() || password_of(&credentials) != ticket.replaces) {
        return Ok(None);
    }
    let facts = facts::user((view.directory, view.now), &user, &Client::default(), &credentials)?;
    let by_code = facts.no_token() == Some(NoToken::MfaApi) && facts.enrolled.contains(&FactorKind::Totp);
    Ok(Some(OpenLink {
        needs_code: by_code && !ticket.rescue,
        phc: stored_password(&credentials).map(str::to_owned),
        ticket,
        user,
    }))
}

/// Uses a link, once: the password becomes the one of this hash (PHC string), and whatever was opened with the old one ends.
///
/// # Errors
/// A refusal when the link cannot be used any more, [`Denial::BadCredentials`] where a code is asked for and is not right, a
/// fault of the database.
pub fn redeem(work: &mut Work<'_>, token: &Secret, phc: String, code: &str) -> Result<User> {
    let gone = || Refusal::Missing(passwords::LINK_GONE);
    let open = find(&mut work.view(), token)?.ok_or_else(gone)?;
    let account = lockout::subject(Some(open.user.id), &open.user.username);
    attempts::hold(work, &account)?;
    if open.needs_code {
        check_code(work, &open.user, code)?;
    }
    if !store::tickets::consume(work.tx, &digest_of(token.expose()), work.now)? {
        return Err(gone().into());
    }
    let user = open.user;
    let actor = Actor::LinkHolder { user: user.id };
    if open.ticket.rescue {
        remove_factors(work, &actor, user.id)?;
        // Somebody else may have connected them.
        if !user.sso_only {
            disconnect_all(work, &actor, user.id)?;
        }
        attempts::clear(work, &Side::Account(account))?;
        work.audit(Entry::new(Event::RescueUsed).actor(&actor).user(user.id))?;
    } else {
        // Whoever reads the mail is not who guessed at the old password.
        attempts::forgive(work, &Side::Account(account), Attempt::Password)?;
        let detail = json!({ "by": "mail" });
        work.audit(
            Entry::new(Event::RecoveryUsed)
                .actor(&actor)
                .user(user.id)
                .detail(detail),
        )?;
    }
    put_password(work, user.id, phc)?;
    end_access(work, user.id)?;
    record_user(work, &actor, Some(&user), Some(&user), vec!["password".to_owned()])?;
    let notice = Notice::PasswordReset {
        at: work.now,
        ip: work.ip().map_or_else(String::new, |ip| ip.to_string()),
    };
    work.enqueue(&Job::Notify { user: user.id, notice })?;
    Ok(user)
}

/// Charges and checks the one-time code of a user who resets the password.
fn check_code(work: &mut Work<'_>, user: &User, code: &str) -> Result<()> {
    let side = attempts::side(&mut work.view(), Some(user.id), &user.username)?;
    let counts = throttle::charge_address(work)?;
    if counts.iter().any(lockout::is_over) {
        return Err(Denial::RateLimited(60).into());
    }
    attempts::charge_answer(work, &side, user.id, false)?;
    let credentials = store::credentials::of_user(work.tx, user.id)?;
    second_factor::check_code(work, &credentials, code)?;
    attempts::forgive(work, &side, Attempt::Code)?;
    throttle::refund_address(work)
}

/// Gives a user a code of eight digits that an administrator tells them, in place of the one before: worth enrolling anew, once.
///
/// # Errors
/// A refusal when there is no such user or it would last too long, a fault of the database.
pub fn temporary_code(work: &mut Work<'_>, actor: &Actor, user: UserId, hours: u32) -> Result<(Secret, Timestamp)> {
    let user = load(work, actor, user)?;
    if !(1..=TEMPORARY_HOURS).contains(&hours) {
        let problem = format!("must be from 1 to {TEMPORARY_HOURS}");
        return Err(FieldError::new("hours", problem).into());
    }
    for earlier in store::credentials::of_user(work.tx, user.id)? {
        if matches!(earlier.material, Material::TemporaryCode { .. }) {
            store::credentials::delete(work.tx, earlier.id)?;
        }
    }
    let code = recovery_code::generate_temporary(&mut work.random);
    let expires_at = work.now.plus_seconds(i64::from(hours) * 3_600);
    let material = Material::TemporaryCode {
        digest: recovery_code::temporary_digest(work.shared, user.id, &code),
        expires_at,
    };
    let credential = Credential {
        label: "temporary code".to_owned(),
        confirmed_at: Some(work.now),
        ..Credential::begun(work.new_id(), user.id, material, work.now)
    };
    store::credentials::insert(work.tx, &credential)?;
    let detail = json!({ "credential": credential.id, "expires_at": expires_at });
    let issued = Entry::new(Event::RecoveryIssued).actor(actor).user(user.id);
    work.audit(issued.detail(detail))?;
    Ok((code, expires_at))
}
