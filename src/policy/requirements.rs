//! What is required, by whom: organisation, profile, client, scopes, resources.

use crate::model::client::Client;
use crate::model::evidence::Acr;
use crate::model::organisation::Organisation;
use crate::model::profile::Profile;
use crate::model::requirement::{OnInsufficient, Requirement};
use crate::model::resource::Resource;
use crate::model::scope::{Scope, ScopeSet};

/// One requirement and who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Who requires it, in words: `client payroll`, `scope reports`.
    pub name: String,
    /// What is required.
    pub requirement: Requirement,
    /// What to do when a session is short of it.
    pub on_insufficient: OnInsufficient,
}

/// Everything required of an authorization of `client` for these scopes and resources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Required {
    /// Who requires what; those that require nothing are left out.
    pub sources: Vec<Source>,
}

impl Required {
    /// Adds a requirement unless it requires nothing.
    pub fn add(&mut self, name: impl FnOnce() -> String, requirement: Requirement, on_insufficient: OnInsufficient) {
        if requirement != Requirement::default() {
            self.sources.push(Source {
                name: name(),
                requirement,
                on_insufficient,
            });
        }
    }

    /// What organisation, client, scopes and resources require.
    #[must_use]
    pub fn of<'a>(
        organisation: &Organisation,
        client: &Client,
        scopes: impl Iterator<Item = &'a Scope>,
        resources: impl Iterator<Item = &'a Resource>,
    ) -> Self {
        let mut required = Self::default();
        required.add(
            || "organisation".into(),
            Requirement::of(organisation.required_acr),
            OnInsufficient::Raise,
        );
        let of_client = Requirement {
            acr: client.required_acr,
            max_age: client.default_max_age,
        };
        required.add(
            || format!("client {}", client.client_id),
            of_client,
            client.on_insufficient,
        );
        for scope in scopes {
            let requirement = Requirement {
                acr: scope.required_acr,
                max_age: scope.max_age,
            };
            required.add(|| format!("scope {}", scope.name), requirement, OnInsufficient::Raise);
        }
        for resource in resources {
            let requirement = Requirement {
                acr: resource.required_acr,
                max_age: resource.max_age,
            };
            required.add(
                || format!("resource {}", resource.identifier),
                requirement,
                resource.on_insufficient,
            );
        }
        required
    }

    /// Adds what the user's profile requires of an interactive login.
    pub fn add_profile(&mut self, profile: &Profile) {
        let acr = if profile.mfa_ui {
            profile.required_acr.max(Acr::High)
        } else {
            profile.required_acr
        };
        self.add(
            || format!("profile {}", profile.name),
            Requirement::of(acr),
            OnInsufficient::Raise,
        );
    }

    /// All of it at once; the strictest wins.
    #[must_use]
    pub fn joined(&self) -> Requirement {
        self.sources
            .iter()
            .fold(Requirement::default(), |all, source| all.join(source.requirement))
    }

    /// Who requires more than this level and blocks rather than asks.
    #[must_use]
    pub fn blocking(&self, acr: Acr) -> Option<&Source> {
        self.sources
            .iter()
            .find(|source| source.on_insufficient == OnInsufficient::Block && source.requirement.acr > acr)
    }

    /// Who requires the most, in words.
    #[must_use]
    pub fn strictest(&self) -> Option<&Source> {
        self.sources.iter().max_by_key(|source| source.requirement.acr)
    }
}

/// The scopes of a set that the directory says something about.
pub fn listed<'a>(set: &'a ScopeSet, scopes: &'a [Scope]) -> impl Iterator<Item = &'a Scope> {
    scopes.iter().filter(|scope| set.contains(&scope.name))
}
