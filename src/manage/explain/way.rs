//! What a person would be led through: each page answered as well as it can be, and the same decision asked again.

use super::told::told;
use crate::model::evidence::FactorKind;
use crate::model::id::{CredentialId, SessionId};
use crate::model::interaction::ConsentAnswer;
use crate::policy::facts::{Proof, SessionProof, Standing, UserFacts};
use crate::policy::supposition::supposed;
use crate::policy::{Facts, NextStep, Page, decide};

/// The most pages that are answered: login, two factors, a login flow, a device, consent, and one more.
const PAGES: usize = 7;

/// Each page of the way with what comes of the last; nothing where no page is due.
pub(super) fn way(facts: &Facts, user: Option<&UserFacts>) -> Vec<String> {
    let mut facts = facts.clone();
    let mut way = Vec::new();
    for _ in 0..=PAGES {
        let decision = decide(&facts);
        way.push(told(&facts, &decision).0);
        let NextStep::Interact(page) = decision.step else { break };
        if facts.user.is_none() {
            facts.user = user.cloned();
        }
        answer(&mut facts, page);
    }
    // Where nothing is asked the decision itself says it all.
    if way.len() == 1 { Vec::new() } else { way }
}

fn answer(facts: &mut Facts, page: Page) {
    match page {
        Page::Login => prove(facts, FactorKind::Password),
        Page::Challenge { allowed, .. } => allowed.into_iter().take(1).for_each(|kind| prove(facts, kind)),
        Page::Enrol { allowed, .. } => {
            for kind in allowed.into_iter().take(1) {
                if let Some(user) = &mut facts.user {
                    user.enrolled.push(kind);
                }
                prove(facts, kind);
            }
        }
        Page::Flow { .. } => {
            if let Some(flow) = &mut facts.flow {
                flow.standing = Standing::Finished;
            }
        }
        Page::Device => facts.consent.compared = true,
        Page::Consent { missing } => {
            let agreed = facts.consent.agreed.take().unwrap_or_default();
            facts.consent.agreed = Some(agreed.union(&missing.scope));
            facts.consent.agreed_resources.extend(missing.resources);
            facts.consent.answer = Some(ConsentAnswer::Allowed);
        }
    }
}

fn prove(facts: &mut Facts, kind: FactorKind) {
    let proven = supposed(&[(kind, CredentialId::from_bytes([0; 16]))], facts.now, facts.place.ip);
    match &mut facts.proof {
        Proof::Session(session) => {
            session.evidence.extend(proven);
            session.last_seen = facts.now;
        }
        _ => {
            facts.proof = Proof::Session(SessionProof {
                id: SessionId::from_bytes([0; 16]),
                evidence: proven,
                last_seen: facts.now,
                bound_here: true,
            });
        }
    }
}
