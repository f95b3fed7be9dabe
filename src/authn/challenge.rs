//! Challenges whose factor is a code that is sent: which one goes out, where to, and when. ASSURANCE.md §9.
//!
//! The first code leaves with the very proof of the first factor that led to the challenge, in the same unit of work, where
//! such a code is what is asked for first. Everything later is asked for by a form: looking at a page, however often and by
//! whatever link, sends nothing.

use crate::authn::one_time_codes::{self, Binding, Hold, Request, Sending};
use crate::authn::second_factor;
use crate::error::Result;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::interaction::Interaction;
use crate::model::message::Channel;
use crate::model::one_time_code::CodePurpose;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// The channel by which the codes of a kind of factor are sent; none where they are not sent at all.
#[must_use]
pub fn channel_of(kind: FactorKind) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| channel.factor() == kind)
}

/// Sends the code that a challenge begins with, where it begins with one.
pub(super) fn send_first(
    work: &mut Work<'_>,
    errand: &Interaction,
    user: &User,
    (allowed, needed): (&[FactorKind], Acr),
) -> Result<()> {
    let first = second_factor::asked_first(&mut work.view(), user, allowed)?;
    if let Some(channel) = first.and_then(channel_of) {
        send(work, errand, user, (channel, allowed, needed), false)?;
    }
    Ok(())
}

/// Sends the code that somebody asks for on the page of a challenge, by one of the channels that would do.
///
/// # Errors
/// A fault of the database.
pub fn send_again(
    work: &mut Work<'_>,
    errand: &Interaction,
    user: &User,
    asked: (Channel, &[FactorKind], Acr),
) -> Result<Sending> {
    send(work, errand, user, asked, true)
}

fn send(
    work: &mut Work<'_>,
    errand: &Interaction,
    user: &User,
    (channel, allowed, needed): (Channel, &[FactorKind], Acr),
    again: bool,
) -> Result<Sending> {
    let credentials = store::credentials::of_user(work.tx, user.id)?;
    let Some(credential) = one_time_codes::find(&work.view(), &credentials, channel) else {
        return Ok(Sending::Held(Hold::Unreachable));
    };
    let others = allowed
        .iter()
        .copied()
        .filter_map(channel_of)
        .filter(|other| *other != channel);
    let request = Request {
        credential,
        channel,
        others: others.collect(),
        needed,
        message: None,
    };
    let binding = Binding::of(errand, user.id, CodePurpose::Challenge);
    one_time_codes::send(work, &binding, &request, again)
}
