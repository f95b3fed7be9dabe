//! The inspector: decisions with every check behind them, the app's tokens, and the messages that would have been sent.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::app::Shop;
use super::shown;
use crate::error::{Fault, Result};
use crate::model::audit::{ChainedEntry, Event};
use crate::model::id::UserId;
use crate::model::message::Channel;
use crate::outbound::CapturedMessage;
use crate::pages::contexts::{CheckView, DecisionView, InspectorPage, MessageView};
use crate::policy::trace::{Check, Outcome};
use crate::policy::{Facts, Trace, explain};
use crate::store;
use crate::store::audit::{Filter, Stored};
use crate::work::View;

/// Decisions that are shown.
const DECISIONS: usize = 20;
/// Entries of the audit log among which they are looked for.
const ENTRIES: i64 = 200;
/// Messages that are shown.
const MESSAGES: usize = 20;

pub(super) async fn show(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let decisions = match shop.server.read(decisions).await {
        Ok(decisions) => decisions,
        Err(error) => {
            tracing::error!(%error, "the inspector cannot read the audit log");
            Vec::new()
        }
    };
    let tokens = shop.visits.person(&request).map_or_else(Vec::new, |person| {
        vec![
            shown::whole("ID token", &person.id_token),
            shown::whole("Access token", &person.access_token),
        ]
    });
    let page = InspectorPage {
        chrome: shop.server.pages.chrome::<InspectorPage>(),
        app_href: "/".into(),
        messages: shop
            .server
            .messenger
            .captured()
            .into_iter()
            .rev()
            .take(MESSAGES)
            .map(message)
            .collect(),
        tokens,
        decisions,
    };
    shop.page(StatusCode::OK, &page)
}

fn message(captured: CapturedMessage) -> MessageView {
    let CapturedMessage { at, channel, message } = captured;
    let subject = match channel {
        Channel::Sms => "Text message".to_owned(),
        Channel::Voice => "Call".to_owned(),
        Channel::Email => message.subject,
    };
    MessageView {
        when: shown::time(at),
        to: message.to,
        subject,
        text: message.text,
    }
}

/// The youngest entries that carry the trace of a decision, youngest first.
fn decisions(view: &mut View<'_>) -> Result<Vec<DecisionView>> {
    let mut names = HashMap::new();
    let mut found = Vec::new();
    for entry in store::audit::list(view.tx, &Filter::default(), ENTRIES)? {
        if found.len() == DECISIONS {
            break;
        }
        let stored: Stored =
            Stored::read(&entry.body).map_err(|error| Fault::from_error("read an audit entry", error))?;
        let Some(trace) = trace(&stored) else { continue };
        let user = match stored.entry.user {
            Some(user) => name(view, &mut names, user)?,
            None => "nobody yet".to_owned(),
        };
        found.push(decision(&entry, stored, user, trace));
    }
    Ok(found)
}

fn trace(stored: &Stored) -> Option<Trace> {
    let facts: Facts = serde_json::from_str(stored.entry.facts.as_deref()?.get()).ok()?;
    Some(explain(&facts).1)
}

fn name(view: &mut View<'_>, names: &mut HashMap<UserId, String>, user: UserId) -> Result<String> {
    if let Some(name) = names.get(&user) {
        return Ok(name.clone());
    }
    let found = store::users::find(view.tx, user)?;
    let name = found.map_or_else(|| "a user who was removed".to_owned(), |user| user.username);
    names.insert(user, name.clone());
    Ok(name)
}

fn decision(entry: &ChainedEntry, stored: Stored, user: String, trace: Trace) -> DecisionView {
    DecisionView {
        when: shown::time(entry.at),
        event: stored.entry.event.as_str().to_owned(),
        user,
        client: stored.entry.client_id.unwrap_or_else(|| "no client".to_owned()),
        outcome: outcome(stored.entry.event, &trace).to_owned(),
        checks: trace.0.into_iter().map(check).collect(),
    }
}

/// What was decided, in a word.
fn outcome(event: Event, trace: &Trace) -> &'static str {
    let any = |outcome| trace.0.iter().any(|check| check.outcome == outcome);
    match event {
        Event::AuthorizationRefused | Event::TokenRefused => "refuse",
        _ if any(Outcome::Deny) => "refuse",
        _ if any(Outcome::Ask) => "ask",
        _ => "proceed",
    }
}

fn check(check: Check) -> CheckView {
    CheckView {
        number: check.number.into(),
        name: check.name.into_owned(),
        outcome: match check.outcome {
            Outcome::Pass => "pass",
            Outcome::Ask => "ask",
            Outcome::Deny => "deny",
        }
        .to_owned(),
        facts: check.facts.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(number: u8, name: &'static str, outcome: Outcome) -> Check {
        Check {
            number,
            name: name.into(),
            outcome,
            facts: "".into(),
        }
    }

    #[test]
    fn a_decision_is_told_by_what_stopped_it() {
        let mut trace = Trace::default();
        trace.0.push(made(2, "client", Outcome::Pass));
        assert_eq!(outcome(Event::AuthorizationAllowed, &trace), "proceed");
        trace.0.push(made(9, "required level", Outcome::Ask));
        assert_eq!(outcome(Event::ChallengeIssued, &trace), "ask");
        assert_eq!(outcome(Event::AuthorizationRefused, &trace), "refuse");
        trace.0.push(made(11, "consent", Outcome::Deny));
        assert_eq!(outcome(Event::TokenIssued, &trace), "refuse");
    }
}
