//! What may make a decision stronger or weaker, and where level and time come from.

use proptest::prelude::*;

use super::requirements::{any_set, any_source};
use super::strategy::{any_facts, facts_of};
use super::{approved, snapshot};
use crate::model::evidence::{Acr, Evidence};
use crate::model::requirement::{Enforcement, OnInsufficient};
use crate::policy::assurance::{Scale, Shown, pairs};
use crate::policy::facts::{Channel, Facts, Proof};
use crate::policy::{NextStep, decide};

/// All evidence that the facts hold.
fn evidence_of(proof: &mut Proof) -> Vec<&mut Vec<Evidence>> {
    match proof {
        Proof::Nothing => Vec::new(),
        Proof::Session(session) => vec![&mut session.evidence],
        Proof::Grant(snapshot) => vec![&mut snapshot.evidence],
        Proof::ApiLogin(login) => vec![&mut login.evidence],
        Proof::Assertion(proof) => proof.sessions.iter_mut().map(|session| &mut session.evidence).collect(),
    }
}

/// Whether the snapshot's level and time are what its own evidence shows.
fn is_shown(facts: &Facts, evidence: &[Evidence], (acr, at): (Acr, crate::model::time::Timestamp)) -> bool {
    let shown = Shown {
        evidence,
        last_seen: facts.now,
        since: None,
    };
    let scale = Scale {
        ages: &facts.rules.ages,
        columns: &facts.rules.columns,
        accepted: None,
    };
    let ceiling = if facts.channel == Channel::Password {
        Acr::Standard
    } else {
        Acr::Phr
    };
    pairs(shown, facts.now, &scale)
        .iter()
        .any(|pair| (pair.assurance.acr.min(ceiling), pair.assurance.auth_time) == (acr, Some(at)))
}

/// Whether nothing that is required stands in the way: at most a level that the request only wishes for, which a requirement
/// more may put out of reach, so that nobody is asked for it any more.
fn is_allowed(facts: &Facts) -> bool {
    let mut without_wishes = facts.clone();
    if !facts.asked.acr_essential && !facts.rules.acr_values_strict {
        without_wishes.asked.acr_values.clear();
    }
    approved(facts).is_some() || approved(&without_wishes).is_some()
}

proptest! {
    #[test]
    fn no_evidence_removed_ever_raises_a_level(facts in any_facts(), drop in any::<prop::sample::Index>()) {
        let Some(before) = approved(&facts) else { return Ok(()) };
        let mut fewer = facts.clone();
        for evidence in evidence_of(&mut fewer.proof) {
            if !evidence.is_empty() {
                evidence.remove(drop.index(evidence.len()));
            }
        }
        if let Some(after) = approved(&fewer) {
            prop_assert!(after.snapshot().assurance.acr <= before.snapshot().assurance.acr);
        }
    }

    #[test]
    fn s60_no_code_refresh_or_exchange_ever_raises(
        facts in prop_oneof![facts_of(Channel::Refresh), facts_of(Channel::Exchange), facts_of(Channel::Code)],
    ) {
        if let (Some(after), Proof::Grant(granted)) = (snapshot(&facts), &facts.proof) {
            prop_assert_eq!(after.assurance, granted.assurance.clone());
        }
    }

    #[test]
    fn no_bridge_ever_raises(facts in facts_of(Channel::Bridge)) {
        if let (Some(after), Proof::Grant(granted)) = (snapshot(&facts), &facts.proof) {
            prop_assert!(after.assurance.acr <= granted.assurance.acr);
            prop_assert!(after.evidence.iter().all(|evidence| granted.evidence.contains(evidence)));
        }
    }

    #[test]
    fn one_more_requirement_never_allows(facts in any_facts(), source in any_source()) {
        let mut stricter = facts.clone();
        stricter.required.sources.push(source);
        prop_assert!(is_allowed(&facts) || approved(&stricter).is_none());
    }

    #[test]
    fn a_stricter_requirement_never_allows(facts in any_facts(), which in any::<prop::sample::Index>(), how in 0..4) {
        let mut stricter = facts.clone();
        if let Some(source) = (!facts.required.sources.is_empty())
            .then(|| which.get_mut(&mut stricter.required.sources))
        {
            match how {
                0 => source.requirement.acr = source.requirement.acr.max(Acr::High),
                1 => source.requirement.max_age = Some(source.requirement.max_age.unwrap_or(900).min(60)),
                2 => source.on_insufficient = OnInsufficient::Block,
                _ => source.enforcement = Enforcement::Enforced,
            }
        }
        if let Some(user) = &mut stricter.user {
            user.profile.required_acr = user.profile.required_acr.max(Acr::Standard);
        }
        prop_assert!(is_allowed(&facts) || approved(&stricter).is_none());
    }

    #[test]
    fn s02_one_more_permission_set_never_weakens(facts in any_facts(), set in any_set()) {
        let mut more = facts.clone();
        if let Some(user) = &mut more.user {
            user.permission_sets.push(set);
        }
        match (snapshot(&facts), snapshot(&more)) {
            (None, after) => prop_assert_eq!(after, None),
            (Some(before), Some(after)) if !decide(&more).exempted => {
                prop_assert!(after.assurance.acr >= before.assurance.acr);
            }
            _ => {}
        }
    }

    #[test]
    fn level_and_time_come_from_the_same_evidence(facts in any_facts()) {
        let Some(after) = snapshot(&facts) else { return Ok(()) };
        let assurance = &after.assurance;
        prop_assert_eq!(assurance.auth_time.is_none(), assurance.acr == Acr::None);
        let elsewhere = match &facts.proof {
            Proof::Grant(granted) => facts.channel != Channel::Bridge && *assurance == granted.assurance,
            Proof::Assertion(proof) => proof.asserted.as_ref().is_some_and(|asserted| {
                asserted.auth_time == assurance.auth_time && asserted.acr >= assurance.acr && after.session.is_none()
            }),
            _ => false,
        };
        if let Some(at) = assurance.auth_time.filter(|_| !elsewhere) {
            prop_assert!(is_shown(&facts, &after.evidence, (assurance.acr, at)), "{:?}", after);
        }
    }

    #[test]
    fn where_nobody_is_there_no_page_is_shown(facts in any_facts()) {
        let shown = matches!(decide(&facts).step, NextStep::Interact(_));
        prop_assert!(facts.channel.is_interactive() || !shown);
    }

    #[test]
    fn whoever_is_disabled_gets_nothing(facts in any_facts(), client in any::<bool>()) {
        let mut disabled = facts;
        match &mut disabled.user {
            Some(user) if !client => user.status = crate::model::user::UserStatus::Disabled,
            _ => disabled.client.disabled = true,
        }
        prop_assert_eq!(approved(&disabled), None);
    }
}
