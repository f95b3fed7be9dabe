//! An errand's turn, whatever it is for: a client's authorization request, a device, or a page of our own.

use crate::authn::interaction::Gathered;
use crate::authn::visit;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::interaction::{Interaction, Purpose};
use crate::model::session::Session;
use crate::oauth::authorize::{self, Completed, Valid};
use crate::oauth::device::{self, Standing};
use crate::policy::{Decision, Page, Reason};
use crate::work::{View, Work};

/// What a turn came to.
pub(super) enum Turn {
    /// This page is due.
    Due(Page),
    /// The client gets its answer.
    Answered(Box<Completed>),
    /// This page of ours opens.
    Opened(String),
    /// A page of ours stays shut.
    Refused(Reason),
    /// A device gets what it asked for, or nothing because the person said so.
    Device {
        /// Whether it gets it.
        allowed: bool,
    },
    /// The person may not let a client have what it asks for.
    Barred(Reason),
}

/// What an errand is for.
pub(super) enum Aim {
    /// A client's request.
    Request(Box<Valid>),
    /// A device that waits.
    Device(Standing),
    /// A page of ours.
    Visit,
}

impl Aim {
    /// The request of a client, if it is for one.
    pub(super) fn request(&self) -> Option<&Valid> {
        match self {
            Self::Request(valid) => Some(valid),
            Self::Device(_) | Self::Visit => None,
        }
    }

    /// The client that asks, if one does.
    pub(super) fn client(&self) -> Option<&Client> {
        match self {
            Self::Request(valid) => Some(&valid.client),
            Self::Device(standing) => Some(&standing.client),
            Self::Visit => None,
        }
    }
}

/// What is due in an errand, without taking the turn.
pub(super) fn peek(
    view: &mut View<'_>,
    errand: &Interaction,
    session: Option<Session>,
) -> Result<(Aim, Gathered, Decision)> {
    match &errand.purpose {
        Purpose::Authorize { .. } => {
            let (valid, gathered, decision) = authorize::peek(view, errand, session)?;
            Ok((Aim::Request(Box::new(valid)), gathered, decision))
        }
        Purpose::Device(approving) => {
            let (standing, gathered, decision) = device::peek(view, (errand, approving), session)?;
            Ok((Aim::Device(standing), gathered, decision))
        }
        Purpose::Visit(visit) => {
            let (gathered, decision) = visit::peek(view, visit, session, Some(errand))?;
            Ok((Aim::Visit, gathered, decision))
        }
    }
}

/// Takes the next turn of an errand: completes it when nothing is due any more.
pub(super) fn resume(work: &mut Work<'_>, errand: &Interaction, session: Option<Session>) -> Result<Turn> {
    match &errand.purpose {
        Purpose::Authorize { .. } => Ok(match authorize::resume(work, errand, session)? {
            authorize::Turn::Due(page) => Turn::Due(page),
            authorize::Turn::Completed(completed) => Turn::Answered(completed),
        }),
        Purpose::Device(approving) => Ok(match device::resume(work, (errand, approving), session)? {
            device::Turn::Due(page) => Turn::Due(page),
            device::Turn::Allowed => Turn::Device { allowed: true },
            device::Turn::Denied => Turn::Device { allowed: false },
            device::Turn::Refused(reason) => Turn::Barred(reason),
        }),
        Purpose::Visit(visit) => Ok(match visit::resume(work, (errand, visit), session)? {
            visit::Turn::Due(page) => Turn::Due(page),
            visit::Turn::Open(path) => Turn::Opened(path),
            visit::Turn::Refused(reason) => Turn::Refused(reason),
        }),
    }
}
