//! Codes sent by SMS, voice and e-mail: asked for, counted, sent once, checked once. ASSURANCE.md §9, §10.
//!
//! A code belongs to a [`Binding`]: user, transaction, browser, client and purpose, beside the destination it goes to. One
//! is open in each transaction and for each purpose; another one voids it, and so does every answer, right or wrong. What
//! a caller does:
//!
//! 1. [`find`] the credential that gives a channel (or begin to enrol one), and [`send`] a code to it; `others` are the
//!    channels that would do as well, of which one is tried once where this one fails. The code leaves with a job after the
//!    unit of work; [`shown`] tells how far it came. Sending again is [`send`] again, after the cooldown.
//! 2. [`answer`] an answer that was charged against address and account before (as [`super::second_factor`] does): right, it
//!    is evidence; wrong, another code is on its way, until there were too many.
//!
//! Wrong codes are counted by user: the count survives new codes, other channels and new transactions (CLAUSES.md S36).

mod budget;

use serde_json::json;

use crate::authn::attempts::{self, Consecutive};
use crate::authn::factor::one_time_code::{self, Bound};
use crate::authn::second_factor;
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::Credential;
use crate::model::evidence::{Acr, Evidence};
use crate::model::id::{InteractionId, UserId};
use crate::model::interaction::Interaction;
use crate::model::job::Job;
use crate::model::message::{Channel, masked};
use crate::model::one_time_code::{CodePurpose, DeliveryState, Letter, OneTimeCode};
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::policy::lockout;
use crate::policy::one_time_codes::{after_failure, ceiling, wrong_counter};
use crate::store;
use crate::work::{Purposes, View, Work};

/// What a code is bound to, beside where it goes.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// Whose it is.
    pub user: UserId,
    /// The transaction: the errand.
    pub transaction: InteractionId,
    /// What it is to show.
    pub purpose: CodePurpose,
    /// The browser that the transaction is bound to.
    pub browser: &'a Digest,
    /// The client whose request it is; empty where no client asks.
    pub client_id: &'a str,
}

impl<'a> Binding<'a> {
    /// What a code is bound to that is sent in this errand.
    #[must_use]
    pub fn of(errand: &'a Interaction, user: UserId, purpose: CodePurpose) -> Self {
        Self {
            user,
            transaction: errand.id,
            purpose,
            browser: &errand.browser,
            client_id: errand.client_id().unwrap_or_default(),
        }
    }

    fn with<'b>(&'b self, channel: Channel, destination: &'b str) -> Bound<'b> {
        Bound {
            user: self.user,
            transaction: self.transaction,
            purpose: self.purpose,
            browser: self.browser,
            client_id: self.client_id,
            channel,
            destination,
        }
    }
}

/// A code to be sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The credential that it proves.
    pub credential: &'a Credential,
    /// How it is sent.
    pub channel: Channel,
    /// The channels that would do as well, should this one fail; never one below the level that is sought.
    pub others: Vec<Channel>,
    /// The level that is sought with it: a number that turns out to reach less gets none.
    pub needed: Acr,
    /// What is said before the code, instead of the usual words.
    pub message: Option<String>,
}

/// What became of a request for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is on its way.
    Begun,
    /// None is sent.
    Held(Hold),
}

/// Why no code is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Too many wrong codes: none is sent or taken until then.
    Blocked(Timestamp),
    /// The last one is too young; seconds to wait.
    TooSoon(u32),
    /// Too many were sent already.
    Exhausted,
    /// None can be sent there: it is disabled, no such credential, or a country that none are sent to.
    Unreachable,
    /// What was typed is no number, or no address.
    Malformed,
}

/// Until when no code of a user is sent or taken, if too many were wrong.
///
/// # Errors
/// A fault of the database.
pub fn blocked_until(view: &mut View<'_>, user: UserId) -> Result<Option<Timestamp>> {
    let tries = view.shared.settings.limits.codes.tries();
    let wrong = store::counters::running(view.tx, &wrong_counter(user), view.now)?;
    Ok(wrong.filter(|(count, _)| *count >= tries).map(|(_, until)| until))
}

/// Which of a user's confirmed credentials a code goes to that is sent by a channel: of several the one that reaches most, of
/// equals the one that was used last.
#[must_use]
pub fn find<'a>(view: &View<'_>, credentials: &'a [Credential], channel: Channel) -> Option<&'a Credential> {
    let columns = view.shared.settings.assurance.columns;
    let giving = credentials
        .iter()
        .filter(|one| one.confirmed_at.is_some() && one.material.destination(channel).is_some());
    giving.max_by_key(|one| {
        let reaches = ceiling(&one.material, columns, view.now).unwrap_or(Acr::Phr);
        (reaches, one.last_used_at, one.id)
    })
}

/// Sends a code, unless that is too soon, too often, or there is nowhere to send it. The one that was sent before in this
/// transaction for this purpose is void. `again` for one that a person asked for, who waits a while after the last.
///
/// # Errors
/// A fault of the database.
pub fn send(work: &mut Work<'_>, binding: &Binding<'_>, request: &Request<'_>, again: bool) -> Result<Sending> {
    attempts::hold(work, &lockout::subject(Some(binding.user), ""))?;
    if let Some(until) = blocked_until(&mut work.view(), binding.user)? {
        return Ok(Sending::Held(Hold::Blocked(until)));
    }
    if again && let Some(seconds) = cooldown(work, binding)? {
        return Ok(Sending::Held(Hold::TooSoon(seconds)));
    }
    let Some(destination) = reachable(work, request)? else {
        return held(work, binding, request, (Hold::Unreachable, "unreachable"));
    };
    if let Some(budget) = budget::charge(work, binding.user, request.channel, &destination)? {
        return held(work, binding, request, (Hold::Exhausted, budget));
    }
    void(work, binding, Some(binding.purpose), "replaced")?;
    write(work, binding, request, (destination, None))?;
    Ok(Sending::Begun)
}

/// Sends another code in place of the one that was sent last in a transaction, as somebody asks for; none where none was sent,
/// or `credentials` have the one that it proves no more.
///
/// # Errors
/// A fault of the database.
pub fn send_again(work: &mut Work<'_>, binding: &Binding<'_>, credentials: &[Credential]) -> Result<Option<Sending>> {
    let latest = store::one_time_codes::find_latest(work.tx, binding.transaction, binding.purpose)?;
    let Some(letter) = latest.map(|latest| latest.letter) else {
        return Ok(None);
    };
    let Some(credential) = credentials.iter().find(|one| one.id == letter.credential) else {
        return Ok(None);
    };
    let request = Request {
        credential,
        // The channel that was meant first may work by now.
        channel: letter.instead_of.unwrap_or(letter.channel),
        others: letter.others,
        needed: letter.needed,
        message: letter.message,
    };
    send(work, binding, &request, true).map(Some)
}

/// Seconds until another code may be asked for in a transaction.
fn cooldown(work: &mut Work<'_>, binding: &Binding<'_>) -> Result<Option<u32>> {
    let pause = i64::from(work.shared.settings.limits.codes.cooldown);
    let latest = store::one_time_codes::find_latest(work.tx, binding.transaction, binding.purpose)?;
    let left = latest
        .filter(|latest| latest.state != DeliveryState::Failed)
        .map(|latest| pause - work.now.seconds_since(latest.created_at));
    Ok(left.filter(|left| *left > 0).and_then(|left| u32::try_from(left).ok()))
}

/// Where the code goes, if it may go there.
fn reachable(work: &mut Work<'_>, request: &Request<'_>) -> Result<Option<String>> {
    let settings = &work.shared.settings;
    let is_on = settings.factor_kinds().contains(&request.channel.factor());
    let destination = request
        .credential
        .material
        .destination(request.channel)
        .filter(|_| is_on);
    let Some(destination) = destination.filter(|to| budget::is_allowed(&settings.limits.codes, request.channel, to))
    else {
        return Ok(None);
    };
    let disabled = attempts::is_disabled(&mut work.view(), request.credential.id)?;
    Ok((!disabled).then(|| destination.to_owned()))
}

fn held(
    work: &mut Work<'_>,
    binding: &Binding<'_>,
    request: &Request<'_>,
    (hold, reason): (Hold, &str),
) -> Result<Sending> {
    let detail = json!({ "channel": request.channel, "reason": reason, "purpose": binding.purpose });
    work.audit(entry(Event::OtpSendFailed, binding).detail(detail))?;
    Ok(Sending::Held(hold))
}

fn entry(event: Event, binding: &Binding<'_>) -> Entry {
    let entry = Entry::new(event).user(binding.user);
    if binding.client_id.is_empty() {
        entry
    } else {
        entry.client(binding.client_id)
    }
}

/// Voids what is open in a transaction: for one purpose, or all of it.
fn void(work: &mut Work<'_>, binding: &Binding<'_>, purpose: Option<CodePurpose>, reason: &str) -> Result<()> {
    let voided = store::one_time_codes::void(work.tx, binding.transaction, purpose, work.now)?;
    if voided == 0 {
        return Ok(());
    }
    work.audit(entry(Event::OtpVoided, binding).detail(json!({ "reason": reason })))
}

/// Makes a code, keeps what recognises it, and enqueues its delivery.
fn write(
    work: &mut Work<'_>,
    binding: &Binding<'_>,
    request: &Request<'_>,
    (destination, instead_of): (String, Option<Channel>),
) -> Result<()> {
    let code = one_time_code::make(&mut work.random);
    let limits = &work.shared.settings.limits.codes;
    let lifetime = match request.channel {
        Channel::Sms | Channel::Voice => limits.lifetime,
        Channel::Email => limits.email_lifetime,
    };
    let mac = one_time_code::mac(
        &work.shared.one_time_code_key,
        &binding.with(request.channel, &destination),
        &code,
    );
    // Codes of one transaction follow each other, also those of one instant.
    let latest = store::one_time_codes::find_latest(work.tx, binding.transaction, binding.purpose)?;
    let after = latest.map(|latest| Timestamp::from_micros(latest.created_at.as_micros() + 1));
    let plain = code.expose().as_bytes();
    let sealed = work
        .shared
        .master
        .seal(Purposes::ONE_TIME_CODE, &mut work.random, plain)?;
    let made = OneTimeCode {
        id: work.new_id(),
        user: binding.user,
        transaction: binding.transaction,
        purpose: binding.purpose,
        state: DeliveryState::Queued,
        created_at: after.map_or(work.now, |after| after.max(work.now)),
        expires_at: work.now.plus_seconds(i64::from(lifetime)),
        closed_at: None,
        letter: Letter {
            channel: request.channel,
            destination,
            credential: request.credential.id,
            browser: *binding.browser,
            client_id: binding.client_id.to_owned(),
            mac,
            sealed: Some(sealed),
            vendor: 0,
            others: request.others.clone(),
            needed: request.needed,
            message: request.message.clone(),
            instead_of,
        },
    };
    store::one_time_codes::insert(work.tx, &made)?;
    work.enqueue(&Job::SendCode { code: made.id })
}

/// What a page may show of the code that was asked for last in a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// How it is sent.
    pub channel: Channel,
    /// The end of where it goes.
    pub masked: String,
    /// How far it came.
    pub state: DeliveryState,
    /// Whether it can still be used.
    pub is_open: bool,
    /// The channel that failed before this one.
    pub instead_of: Option<Channel>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How far the code came that was asked for last in a transaction for a purpose; none where none was.
///
/// # Errors
/// A fault of the database.
pub fn shown(view: &mut View<'_>, transaction: InteractionId, purpose: CodePurpose) -> Result<Option<Shown>> {
    let now = view.now;
    let latest = store::one_time_codes::find_latest(view.tx, transaction, purpose)?;
    Ok(latest.map(|latest| Shown {
        channel: latest.letter.channel,
        masked: masked(&latest.letter.destination),
        state: latest.state,
        is_open: latest.closed_at.is_none() && latest.expires_at > now,
        instead_of: latest.letter.instead_of,
        created_at: latest.created_at,
    }))
}

/// Checks an answer, once: right, it is evidence, and every code of the transaction is void. Wrong, that code is void too and
/// another one is on its way, until there were too many; then none is sent or taken for a while.
///
/// `credentials` are those that it may prove: the user's confirmed ones, or the one that is being enrolled.
///
/// # Errors
/// [`Denial::LockedOut`] while codes are blocked, [`Denial::BadCredentials`] for every other answer that is not right; a fault
/// of the database.
pub fn answer(
    work: &mut Work<'_>,
    binding: &Binding<'_>,
    credentials: &[Credential],
    answer: &str,
) -> Result<Evidence> {
    attempts::hold(work, &lockout::subject(Some(binding.user), ""))?;
    let limits = &work.shared.settings.limits.codes;
    let (tries, block) = (limits.tries(), limits.block);
    if blocked_until(&mut work.view(), binding.user)?.is_some() {
        return Err(Denial::LockedOut.into());
    }
    // Where none is open there is nothing to guess.
    let open = store::one_time_codes::find_open(work.tx, binding.transaction, binding.purpose, work.now)?;
    let open = open.ok_or(Denial::BadCredentials)?;
    let goes_there = |one: &&Credential| {
        one.id == open.letter.credential
            && one.material.destination(open.letter.channel) == Some(&open.letter.destination)
    };
    let credential = credentials.iter().find(goes_there).ok_or(Denial::BadCredentials)?;
    // Counted before it is looked at, and forgotten where it is right.
    let counter = wrong_counter(binding.user);
    let charged = store::counters::charge(work.tx, &counter, work.now, block)?;
    if is_right(work, binding, (&open, credential), answer)? {
        store::counters::reset(work.tx, &counter)?;
        budget::used(work, open.letter.channel, &open.letter.destination)?;
        void(work, binding, None, "another was used")?;
        let evidence = one_time_code::evidence(work.shared, credential, open.letter.channel, work.now);
        return Ok(evidence.from(work.ip()));
    }
    void(work, binding, Some(binding.purpose), "wrong")?;
    if charged == tries {
        block_codes(work, binding, (&counter, block))?;
    } else {
        let request = Request {
            credential,
            channel: open.letter.channel,
            others: open.letter.others.clone(),
            needed: open.letter.needed,
            message: open.letter.message.clone(),
        };
        send(work, binding, &request, false)?;
    }
    Err(Denial::BadCredentials.into())
}

/// Whether an answer is the code that is open, which it closes. Wrong answers in a row disable the credential.
fn is_right(
    work: &mut Work<'_>,
    binding: &Binding<'_>,
    (open, credential): (&OneTimeCode, &Credential),
    answer: &str,
) -> Result<bool> {
    let consecutive = attempts::charge_factor(work, credential.id)?;
    if consecutive == Consecutive::Disabled {
        return Ok(false);
    }
    let letter = &open.letter;
    let bound = binding.with(letter.channel, &letter.destination);
    let is_right = one_time_code::is_right(&work.shared.one_time_code_key, &bound, answer, &letter.mac);
    // One conditional update: of two answers with one code, one wins.
    if is_right && store::one_time_codes::close(work.tx, open.id, work.now)? {
        attempts::forgive_factor(work, credential.id, true)?;
        return store::credentials::record_use(work.tx, credential, work.now);
    }
    if consecutive == Consecutive::Last {
        second_factor::disable(work, credential)?;
    }
    Ok(false)
}

/// Blocks codes of a user for a while, counted from the wrong one that was too many.
fn block_codes(work: &mut Work<'_>, binding: &Binding<'_>, (counter, block): (&str, u32)) -> Result<()> {
    let until = work.now.plus_seconds(i64::from(block));
    store::counters::extend(work.tx, counter, until)?;
    let detail = json!({ "side": "codes", "until": until.to_string() });
    work.audit(entry(Event::LockoutSet, binding).detail(detail))
}

/// Sends another code by another channel in place of one that no vendor took, once: to the same telephone, or by mail. Whether
/// there is one.
///
/// # Errors
/// A fault of the database.
pub fn fall_back(work: &mut Work<'_>, failed: &OneTimeCode, because_landline: bool) -> Result<bool> {
    let letter = &failed.letter;
    if letter.instead_of.is_some() {
        return Ok(false);
    }
    let Some(channel) = after_failure(&letter.others, because_landline) else {
        return Ok(false);
    };
    let binding = Binding {
        user: failed.user,
        transaction: failed.transaction,
        purpose: failed.purpose,
        browser: &letter.browser,
        client_id: &letter.client_id,
    };
    attempts::hold(work, &lockout::subject(Some(binding.user), ""))?;
    let credentials = store::credentials::of_user(work.tx, failed.user)?;
    let same = credentials
        .iter()
        .find(|one| one.id == letter.credential && one.material.destination(channel).is_some());
    let Some(credential) = same.or_else(|| find(&work.view(), &credentials, channel)) else {
        return Ok(false);
    };
    let request = Request {
        credential,
        channel,
        others: Vec::new(),
        needed: letter.needed,
        message: letter.message.clone(),
    };
    let Some(destination) = reachable(work, &request)? else {
        return Ok(false);
    };
    let is_blocked = blocked_until(&mut work.view(), binding.user)?.is_some();
    if is_blocked || budget::charge(work, binding.user, channel, &destination)?.is_some() {
        return Ok(false);
    }
    void(work, &binding, Some(binding.purpose), "replaced")?;
    write(work, &binding, &request, (destination, Some(letter.channel)))?;
    Ok(true)
}

/// Notes that a code left, or may have: it is bought, and counts as not used until it is. Whether so many are that the alarm
/// was raised.
///
/// # Errors
/// A fault of the database.
pub fn left(work: &mut Work<'_>, code: &OneTimeCode) -> Result<bool> {
    budget::sent(work, code.letter.channel, &code.letter.destination)
}
