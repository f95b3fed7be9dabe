//! Decisions in one line of words.

use crate::model::evidence::{Assurance, FactorKind};
use crate::model::login_hours::TimeZone;
use crate::policy::{Decision, NextStep, Page};

/// `allow high [pwd otp mfa] Tue 10:00, check 11`; `challenge totp for high by profile default, check 9`.
pub(in crate::policy::tests) fn told(decision: &Decision) -> String {
    let exempted = if decision.exempted { ", exempted" } else { "" };
    let would = decision.reported.as_ref().map(|reported| format!(", would {reported}"));
    format!(
        "{}, check {}{exempted}{}",
        step(&decision.step),
        decision.check,
        would.unwrap_or_default()
    )
}

fn step(step: &NextStep) -> String {
    let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    match step {
        NextStep::Refuse(reason) => format!("deny {}", reason.as_str()),
        NextStep::Interact(Page::Login) => "login".into(),
        NextStep::Interact(Page::Challenge {
            allowed,
            needed,
            wanted_by,
        }) => format!("challenge {} for {needed} by {wanted_by}", names(allowed)),
        NextStep::Interact(Page::Enrol {
            allowed,
            needed,
            wanted_by,
        }) => format!("enrol {} for {needed} by {wanted_by}", names(allowed)),
        NextStep::Interact(Page::Flow { flow, step }) => format!("flow {flow} at {step}"),
        NextStep::Interact(Page::Device) => "compare".to_owned(),
        NextStep::Interact(Page::Consent { missing }) => format!("consent to {missing}"),
        NextStep::Proceed(approval) => {
            let Assurance { amr, auth_time, .. } = &approval.snapshot().assurance;
            if approval.user().is_none() {
                assert_eq!(approval.snapshot().assurance, Assurance::default());
                return "allow without acr".into();
            }
            let acr = approval.snapshot().acr();
            match auth_time {
                Some(time) => format!("allow {acr} [{}] {}", amr.join(" "), TimeZone::default().told(*time)),
                None => format!("allow {acr}, no time, amr [{}]", amr.join(" ")),
            }
        }
    }
}
