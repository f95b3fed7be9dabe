//! Codes that are sent, on the pages of a challenge and of an enrolment: the form that sends one, and how far it came.

use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::challenge::Problem;
use super::shown::Shown;
use super::step::{Step, answer};
use super::{challenge, enrol, failed, flow, named_factor, path, posted};
use crate::authn::challenge::{channel_of, send_again};
use crate::authn::one_time_codes::{self, Hold, Sending};
use crate::authn::{enrolment, login_flow};
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::message::Channel;
use crate::model::one_time_code::{CodePurpose, DeliveryState};
use crate::model::time::Timestamp;
use crate::pages::contexts::{CodeView, SendForm};
use crate::pages::{Text, sending, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::Browser;
use crate::web::respond;
use crate::work::Work;

/// Seconds after which a page looks again how far a code came.
const LOOK_AGAIN: &str = "2";
/// Seconds for which it looks: whatever is not known then is told by the next look of a person.
const PATIENCE: i64 = 60;
/// The longest number or address that is looked at.
const MAX_DESTINATION: usize = 254;

/// What is known of codes in an errand.
pub(super) struct Sent {
    latest: Option<one_time_codes::Shown>,
    blocked_until: Option<Timestamp>,
}

impl Sent {
    /// Looks at the codes that were sent in an errand for a purpose.
    pub(super) async fn load(server: &Arc<Server>, shown: &Shown, purpose: CodePurpose) -> Result<Self> {
        let (id, user) = (shown.id, shown.gathered.user().map(|user| user.id));
        server
            .read(move |view| {
                Ok(Self {
                    latest: one_time_codes::shown(view, id, purpose)?,
                    blocked_until: match user {
                        Some(user) => one_time_codes::blocked_until(view, user)?,
                        None => None,
                    },
                })
            })
            .await
    }

    /// The kind of factor to show: where nobody named another, the one whose code is on its way; where one was named and
    /// another channel took its place, that one.
    pub(super) fn kind(&self, named: Option<FactorKind>, allowed: &[FactorKind]) -> Option<FactorKind> {
        let latest = self.latest.as_ref().filter(|latest| latest.is_open)?;
        let kind = latest.channel.factor();
        let instead = latest.instead_of.map(Channel::factor);
        let is_shown = named.is_none_or(|named| Some(named) == instead);
        (is_shown && allowed.contains(&kind)).then_some(kind)
    }

    /// What a page shows of codes by a channel.
    pub(super) fn view(&self, channel: Channel, send: SendForm) -> CodeView {
        let is_here = |latest: &&one_time_codes::Shown| latest.channel == channel || latest.instead_of == Some(channel);
        let latest = self.latest.as_ref().filter(is_here);
        let status = latest.map(|latest| {
            let came_to = match latest.state {
                DeliveryState::Failed => sending::status(latest.channel, &latest.masked, latest.state),
                _ if !latest.is_open => sending::OVER,
                _ => sending::status(latest.channel, &latest.masked, latest.state),
            };
            match latest.instead_of {
                Some(failed) => sending::instead(failed, came_to),
                None => came_to,
            }
        });
        let is_free = self.blocked_until.is_none();
        CodeView {
            status: status.filter(|_| is_free),
            can_answer: is_free && latest.is_some_and(|latest| latest.is_open && latest.channel == channel),
            hint: text::code_hint(channel.factor()),
            send: is_free.then_some(send),
        }
    }

    /// What the page of a login flow, which says itself that a code was sent, shows beside that of the last one.
    pub(super) fn beside_flow(&self, server: &Server, (shown, browser): (&Shown, &Browser)) -> Option<CodeView> {
        let latest = self.latest.as_ref()?;
        let view = self.view(
            latest.channel,
            send_form(server, (shown, browser), (latest.channel, self)),
        );
        let arrived = latest.state == DeliveryState::Sent && latest.instead_of.is_none();
        let is_as_told = latest.is_open && (arrived || latest.state.is_under_way());
        Some(CodeView {
            status: view.status.filter(|_| !is_as_told),
            ..view
        })
    }

    /// Whether a code was asked for by a channel.
    pub(super) fn was_asked_for(&self, channel: Channel) -> bool {
        self.latest.as_ref().is_some_and(|latest| latest.channel == channel)
    }

    /// Why no code is sent or taken, if that is so.
    pub(super) fn blocked(&self, now: Timestamp) -> Option<Text> {
        self.blocked_until.map(|until| sending::blocked(until, now))
    }

    /// The sentence for an answer that was not right.
    pub(super) fn denied(&self) -> Text {
        if self.latest.as_ref().is_some_and(|latest| latest.is_open) {
            sending::WRONG
        } else {
            sending::WRONG_OR_OVER
        }
    }

    /// Has the browser look again, while a code is under way and there is no error to be read.
    pub(super) fn refresh(&self, mut response: HttpResponse, now: Timestamp, address: &str) -> HttpResponse {
        let is_under_way = |latest: &one_time_codes::Shown| {
            latest.is_open && latest.state.is_under_way() && now.seconds_since(latest.created_at) < PATIENCE
        };
        if self.latest.as_ref().is_some_and(is_under_way)
            && let Ok(value) = HeaderValue::from_str(&format!("{LOOK_AGAIN}; url={address}"))
        {
            response.headers_mut().insert(HeaderName::from_static("refresh"), value);
        }
        response
    }
}

/// The form that sends a code on a page of an errand.
pub(super) fn send_form(
    server: &Server,
    (shown, browser): (&Shown, &Browser),
    (channel, sent): (Channel, &Sent),
) -> SendForm {
    let again = sent.was_asked_for(channel);
    SendForm {
        action: format!("{}/code", path(server, shown.id, None)),
        csrf: shown.csrf(server, browser),
        factor: channel.factor().as_str(),
        label: sending::send(channel, again),
        again,
    }
}

/// What a request for a code was about.
enum On {
    Challenge,
    Enrolment,
    Flow,
}

/// Sends a code: to an enrolled number or address, or to the one that is being added.
pub(in crate::web) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, params) = match posted(&request, &body, &server, &path) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error).await,
    };
    let named = params.get("factor").map(str::to_owned);
    let typed: String = params
        .get("destination")
        .unwrap_or_default()
        .chars()
        .take(MAX_DESTINATION)
        .collect();
    let asked = (named.clone(), typed.clone());
    let outcome = answer(&request, &server, (id, &browser), move |work, step| {
        send(work, step, asked)
    })
    .await;
    let (on, channel, sending) = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return failed(&request, &server, error).await,
    };
    let now = server.clock().now();
    let Sending::Held(hold) = sending else {
        let page = match on {
            On::Challenge => "challenge",
            On::Enrolment => "enrol",
            On::Flow => "flow",
        };
        let base = super::path(&server, id, None);
        return respond::see_other(&format!("{base}/{page}?factor={}", channel.factor().as_str()));
    };
    let error = Some(told(hold, channel, now));
    match on {
        On::Challenge => {
            let problem = error.map(Problem::Told);
            challenge::show(&request, &server, &path, (named.as_deref(), problem)).await
        }
        On::Enrolment => {
            let problem = error.map(Problem::Told);
            enrol::show_code(&request, &server, &path, (channel, &typed, problem)).await
        }
        On::Flow => flow::show_told(&request, &server, &path, error).await,
    }
}

fn send(
    work: &mut Work<'_>,
    mut step: Step,
    (named, typed): (Option<String>, String),
) -> Result<(On, Channel, Sending)> {
    let channel = |allowed: &[FactorKind]| {
        let kind = named_factor(named.as_deref(), allowed);
        kind.and_then(channel_of).ok_or(Denial::StepNotDue)
    };
    match &step.due {
        NextStep::Interact(Page::Challenge { allowed, needed, .. }) => {
            let channel = channel(allowed)?;
            let user = step.gathered.user().ok_or(Denial::StepNotDue)?;
            let sending = send_again(work, &step.errand, user, (channel, allowed, *needed))?;
            Ok((On::Challenge, channel, sending))
        }
        NextStep::Interact(Page::Enrol { allowed, needed, .. }) => {
            let channel = channel(allowed)?;
            let errand = (&mut step.errand, &step.gathered);
            let sending = enrolment::send_code(work, errand, (channel, &typed), *needed)?;
            Ok((On::Enrolment, channel, sending))
        }
        NextStep::Interact(Page::Flow { .. }) => {
            let (channel, sending) = login_flow::send_again(work, &step.errand, &step.gathered)?;
            Ok((On::Flow, channel, sending))
        }
        _ => Err(Denial::StepNotDue.into()),
    }
}

fn told(hold: Hold, channel: Channel, now: Timestamp) -> Text {
    match (hold, channel) {
        (Hold::Blocked(until), _) => sending::blocked(until, now),
        (Hold::TooSoon(seconds), _) => sending::too_soon(seconds),
        (Hold::Exhausted, _) => sending::EXHAUSTED,
        (Hold::Unreachable, _) => sending::UNREACHABLE,
        (Hold::Malformed, Channel::Email) => sending::NO_ADDRESS,
        (Hold::Malformed, _) => sending::NO_NUMBER,
    }
}
