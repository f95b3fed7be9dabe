//! Arbitrary requirements, and how they are made stricter, reported or taken away.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::strategy::any_acr;
use crate::model::evidence::Acr;
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::policy::facts::{Facts, SetFacts};
use crate::policy::requirements::{Required, Source};
use crate::policy::tests::scene::KINDS;

pub(super) fn any_enforcement() -> impl Strategy<Value = Enforcement> {
    prop_oneof![4 => Just(Enforcement::Enforced), 1 => Just(Enforcement::Report)]
}

pub(super) fn any_source() -> impl Strategy<Value = Source> {
    let name = select(
        &[
            "organisation",
            "client app",
            "scope reports",
            "resource https://api.example",
        ][..],
    );
    let accepts = prop_oneof![4 => Just(Vec::new()), 1 => subsequence(KINDS.to_vec(), 1..4)];
    let blocks = prop_oneof![3 => Just(OnInsufficient::Raise), 1 => Just(OnInsufficient::Block)];
    let max_age = option::weighted(0.3, select(&[60_u32, 900, 3_600][..]));
    (name, any_acr(), max_age, blocks, any_enforcement(), accepts).prop_map(
        |(name, acr, max_age, on_insufficient, enforcement, accepts)| Source {
            name: name.into(),
            requirement: Requirement { acr, max_age },
            on_insufficient,
            enforcement,
            accepts,
        },
    )
}

pub(super) fn any_required() -> impl Strategy<Value = Required> {
    let sources = prop_oneof![1 => Just(Vec::new()), 1 => vec(any_source(), 1..4)];
    sources.prop_map(|sources| Required { sources })
}

pub(super) fn any_set() -> impl Strategy<Value = SetFacts> {
    let flag = || prop::bool::weighted(0.3);
    let level = prop_oneof![3 => Just(Acr::None), 1 => any_acr()];
    ("[a-e]", level, flag(), flag(), any_enforcement()).prop_map(
        |(name, required_acr, mfa_ui, mfa_api, enforcement)| SetFacts {
            name,
            required_acr,
            mfa_ui,
            mfa_api,
            enforcement,
        },
    )
}

pub(super) fn any_sets() -> impl Strategy<Value = Vec<SetFacts>> {
    prop_oneof![1 => Just(Vec::new()), 1 => vec(any_set(), 1..4)]
}

/// The same facts where every requirement is enforced, or every one is only reported.
pub(super) fn enforcing(mut facts: Facts, enforcement: Enforcement) -> Facts {
    for source in &mut facts.required.sources {
        source.enforcement = enforcement;
    }
    if let Some(user) = &mut facts.user {
        user.profile.enforcement = enforcement;
        for set in &mut user.permission_sets {
            set.enforcement = enforcement;
        }
    }
    facts
}

/// The same facts where nobody requires anything.
pub(super) fn undemanding(mut facts: Facts) -> Facts {
    facts.required.sources.clear();
    if let Some(user) = &mut facts.user {
        user.permission_sets.clear();
        (user.profile.required_acr, user.profile.mfa_ui, user.profile.mfa_api) = (Acr::None, false, false);
    }
    facts
}
