//! Requirements that are only reported stop nobody, and tell what they would have done.

use proptest::prelude::*;

use super::requirements::{enforcing, undemanding};
use super::strategy::any_facts;
use crate::model::requirement::Enforcement;
use crate::policy::{Decision, NextStep, decide};

fn unreported(mut decision: Decision) -> Decision {
    decision.reported = None;
    if let NextStep::Proceed(approval) = &mut decision.step {
        approval.report(None);
    }
    decision
}

proptest! {
    #[test]
    fn reported_requirements_decide_as_none_do(facts in any_facts()) {
        let reported = decide(&enforcing(facts.clone(), Enforcement::Report));
        prop_assert_eq!(unreported(reported), unreported(decide(&undemanding(facts))));
    }

    #[test]
    fn a_report_says_what_would_have_been_asked(facts in any_facts()) {
        let reported = decide(&enforcing(facts.clone(), Enforcement::Report));
        let enforced = decide(&enforcing(facts, Enforcement::Enforced)).step;
        let stops = !matches!(enforced, NextStep::Proceed(_)) && enforced != unreported(reported.clone()).step;
        prop_assert_eq!(&reported.reported, &stops.then(|| enforced.told()));
        if let NextStep::Proceed(approval) = &reported.step {
            prop_assert_eq!(&approval.snapshot().reported, &reported.reported);
        }
    }
}
