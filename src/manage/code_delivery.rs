//! The way of a one-time code to its vendor: at most once to each. ASSURANCE.md §9, CLAUSES.md S28, S33, S37.
//!
//! A code is marked as being sent, and that is committed, before a vendor is asked. Whoever finds it marked so later, after a
//! crash, knows that nobody knows what came of it, and does not send it again.

use serde_json::json;

use crate::authn::one_time_codes::{fall_back, left};
use crate::error::{Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material, Phone};
use crate::model::id::CodeId;
use crate::model::message::{Channel, Delivery, DeliveryFailure, LineType, masked};
use crate::model::one_time_code::{DeliveryState, Letter, OneTimeCode};
use crate::model::secret::Secret;
use crate::model::user::User;
use crate::policy::one_time_codes::ceiling;
use crate::store;
use crate::work::{Purposes, Work};

/// What is to be done for a code.
#[derive(Debug)]
pub enum Step {
    /// Ask a vendor what kind of line this number is.
    LookUp(String),
    /// Hand it to a vendor, once.
    HandOver(Box<Order>),
    /// Nothing any more.
    Over,
}

/// A code to be handed over.
#[derive(Debug)]
pub struct Order {
    /// How it is sent.
    pub channel: Channel,
    /// Where to.
    pub to: String,
    /// Which vendor's turn it is, counted from 0.
    pub vendor: usize,
    /// The code.
    pub code: Secret,
    /// For how many minutes it counts.
    pub minutes: i64,
    /// Who sends it.
    pub organisation: String,
    /// Whom to.
    pub user: User,
    /// What is said before the code, instead of the usual words.
    pub message: Option<String>,
}

/// What came of handing a code over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Whether the next vendor is to be asked.
    pub again: bool,
    /// Whether so many codes were bought and not used that the alarm was raised.
    pub alarm: bool,
}

/// Takes a code that waits: from now on it is being sent. `may_look_up` while nobody was asked what kind of line it is.
///
/// # Errors
/// A fault of the database.
pub fn take(work: &mut Work<'_>, id: CodeId, may_look_up: bool) -> Result<Step> {
    let Some(code) = store::one_time_codes::find(work.tx, id)? else {
        return Ok(Step::Over);
    };
    match code.state {
        DeliveryState::Queued => {}
        DeliveryState::Sending => {
            interrupted(work, &code)?;
            return Ok(Step::Over);
        }
        DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Unknown => return Ok(Step::Over),
    }
    let credentials = store::credentials::of_user(work.tx, code.user)?;
    let credential = credentials.iter().find(|one| one.id == code.letter.credential);
    let user = store::users::find(work.tx, code.user)?;
    let (Some(credential), Some(user)) = (credential, user) else {
        fail(work, &code, ("withdrawn", false))?;
        return Ok(Step::Over);
    };
    if code.closed_at.is_some() || code.expires_at <= work.now {
        // It was voided before its turn came: nothing is sent, and nothing is left of it.
        let nothing_left = Letter {
            sealed: None,
            ..code.letter.clone()
        };
        advance(work, &code, DeliveryState::Failed, &nothing_left)?;
        return Ok(Step::Over);
    }
    if let Material::Phone(Phone {
        line_type: None,
        number,
        ..
    }) = &credential.material
        && may_look_up
    {
        return Ok(Step::LookUp(number.as_str().to_owned()));
    }
    if let Some(unfit) = unfit(work, &code, credential) {
        fail(work, &code, unfit)?;
        return Ok(Step::Over);
    }
    hand_over(work, &code, user)
}

/// Why a code cannot go to a credential, now that more is known of its line: and whether because it takes no texts.
fn unfit(work: &Work<'_>, code: &OneTimeCode, credential: &Credential) -> Option<(&'static str, bool)> {
    if credential.material.destination(code.letter.channel).is_none() {
        return Some(("landline", true));
    }
    let columns = work.shared.settings.assurance.columns;
    let ceiling = ceiling(&credential.material, columns, work.now);
    ceiling
        .is_some_and(|ceiling| ceiling < code.letter.needed)
        .then_some(("voip", false))
}

fn hand_over(work: &mut Work<'_>, code: &OneTimeCode, user: User) -> Result<Step> {
    let sealed = code.letter.sealed.as_ref();
    let sealed = sealed.ok_or_else(|| Fault::new("a one-time code that waits is not there any more"))?;
    let plain = work.shared.master.open(Purposes::ONE_TIME_CODE, sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| Fault::new("a one-time code is no text"))?;
    let order = Order {
        channel: code.letter.channel,
        to: code.letter.destination.clone(),
        vendor: code.letter.vendor,
        code: Secret::new(text),
        minutes: code.expires_at.seconds_since(code.created_at) / 60,
        organisation: work.directory.organisation.name.clone(),
        user,
        message: code.letter.message.clone(),
    };
    if advance(work, code, DeliveryState::Sending, &code.letter)? {
        Ok(Step::HandOver(Box::new(order)))
    } else {
        Ok(Step::Over)
    }
}

fn advance(work: &mut Work<'_>, code: &OneTimeCode, to: DeliveryState, letter: &Letter) -> Result<bool> {
    store::one_time_codes::advance(work.tx, code.id, (code.state, to), letter)
}

/// Notes what kind of line a number is, for good.
///
/// # Errors
/// A fault of the database.
pub fn learn(work: &mut Work<'_>, id: CodeId, line_type: LineType) -> Result<()> {
    let Some(code) = store::one_time_codes::find(work.tx, id)? else {
        return Ok(());
    };
    let credentials = store::credentials::of_user(work.tx, code.user)?;
    for credential in credentials {
        if let Material::Phone(phone @ Phone { line_type: None, .. }) = &credential.material
            && credential.id == code.letter.credential
        {
            let material = Material::Phone(Phone {
                line_type: Some(line_type),
                ..phone.clone()
            });
            store::credentials::update_material(work.tx, &Credential { material, ..credential })?;
        }
    }
    Ok(())
}

/// Settles a code that was handed to a vendor, of which its channel has `vendors`.
///
/// # Errors
/// A fault of the database.
pub fn settle(work: &mut Work<'_>, id: CodeId, delivery: Delivery, vendors: usize) -> Result<Settled> {
    let nothing = Settled {
        again: false,
        alarm: false,
    };
    let Some(code) = store::one_time_codes::find(work.tx, id)?.filter(|code| code.state == DeliveryState::Sending)
    else {
        return Ok(nothing);
    };
    let done = Letter {
        sealed: None,
        ..code.letter.clone()
    };
    match delivery {
        Delivery::Accepted => {
            advance(work, &code, DeliveryState::Sent, &done)?;
            work.audit(entry(Event::OtpSent, &code, None))?;
            let alarm = left(work, &code)?;
            Ok(Settled { alarm, ..nothing })
        }
        Delivery::Unknown => {
            let alarm = unknown(work, &code, "no answer")?;
            Ok(Settled { alarm, ..nothing })
        }
        Delivery::Failed(failure) => {
            let next = code.letter.vendor + 1;
            if failure != DeliveryFailure::Landline && next < vendors {
                let letter = Letter {
                    vendor: next,
                    ..code.letter.clone()
                };
                let again = advance(work, &code, DeliveryState::Queued, &letter)?;
                work.audit(entry(Event::OtpSendFailed, &code, Some(reason(failure))))?;
                return Ok(Settled { again, ..nothing });
            }
            fail(work, &code, (reason(failure), failure == DeliveryFailure::Landline))?;
            Ok(nothing)
        }
    }
}

/// Gives a code up whose job ended before it was settled: what may have gone out is not sent again.
///
/// # Errors
/// A fault of the database.
pub fn give_up(work: &mut Work<'_>, id: CodeId) -> Result<()> {
    match store::one_time_codes::find(work.tx, id)? {
        Some(code) if code.state == DeliveryState::Sending => interrupted(work, &code),
        Some(code) if code.state == DeliveryState::Queued => fail(work, &code, ("given up", false)),
        _ => Ok(()),
    }
}

fn interrupted(work: &mut Work<'_>, code: &OneTimeCode) -> Result<()> {
    unknown(work, code, "interrupted").map(drop)
}

/// Nobody knows what came of it. It still counts, should it arrive.
fn unknown(work: &mut Work<'_>, code: &OneTimeCode, reason: &str) -> Result<bool> {
    let letter = Letter {
        sealed: None,
        ..code.letter.clone()
    };
    advance(work, code, DeliveryState::Unknown, &letter)?;
    work.audit(entry(Event::OtpSendFailed, code, Some(reason)))?;
    left(work, code)
}

/// Nobody took it: it is void, and another channel is tried once.
fn fail(work: &mut Work<'_>, code: &OneTimeCode, (reason, because_landline): (&str, bool)) -> Result<()> {
    let letter = Letter {
        sealed: None,
        ..code.letter.clone()
    };
    if !advance(work, code, DeliveryState::Failed, &letter)? {
        return Ok(());
    }
    work.audit(entry(Event::OtpSendFailed, code, Some(reason)))?;
    if store::one_time_codes::close(work.tx, code.id, work.now)? {
        work.audit(entry(Event::OtpVoided, code, Some("not sent")))?;
        fall_back(work, code, because_landline)?;
    }
    Ok(())
}

const fn reason(failure: DeliveryFailure) -> &'static str {
    match failure {
        DeliveryFailure::Landline => "landline",
        DeliveryFailure::RateLimited => "rate limited",
        DeliveryFailure::Refused => "refused",
        DeliveryFailure::Unavailable => "unavailable",
        DeliveryFailure::NotConfigured => "not configured",
    }
}

/// An entry about a code: of where it goes, the end.
fn entry(event: Event, code: &OneTimeCode, reason: Option<&str>) -> Entry {
    let letter = &code.letter;
    let mut detail = json!({
        "channel": letter.channel,
        "to": masked(&letter.destination),
        "vendor": letter.vendor,
        "purpose": code.purpose,
        "credential": letter.credential,
    });
    if let (Some(reason), Some(members)) = (reason, detail.as_object_mut()) {
        members.insert("reason".to_owned(), reason.into());
    }
    let entry = Entry::new(event).user(code.user).detail(detail);
    if letter.client_id.is_empty() {
        entry
    } else {
        entry.client(&letter.client_id)
    }
}
