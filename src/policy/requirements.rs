//! What is required, by whom: organisation, profile, client, scopes, resources.

use serde::{Deserialize, Serialize};

use crate::model::assurance::Columns;
use crate::model::client::Client;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::organisation::Organisation;
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::model::resource::Resource;
use crate::model::scope::{Scope, ScopeSet};

/// One requirement and who makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Who requires it, in words: `client payroll`, `scope reports`.
    pub name: String,
    /// What is required.
    pub requirement: Requirement,
    /// What to do when a session is short of it.
    #[serde(default)]
    pub on_insufficient: OnInsufficient,
    /// Whether it stops anybody.
    #[serde(default)]
    pub enforcement: Enforcement,
    /// The kinds of second factor that count for it; all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<FactorKind>,
}

impl Source {
    /// The name of the whole installation's requirement.
    pub const ORGANISATION: &'static str = "organisation";
    /// The name of what our own pages require.
    pub const ACCOUNT: &'static str = "account";
    /// How fresh, in seconds, the proof is that comes before a change to what protects an account.
    pub const CHANGE_AGE: u32 = 900;

    /// What a change to the account of somebody who enrolled these kinds requires: fresh proof of `high`, or of the best that
    /// can be given (ASSURANCE.md §7).
    #[must_use]
    pub fn of_change(enrolled: &[FactorKind], columns: Columns) -> Self {
        let reaches_high = enrolled.iter().any(|kind| columns.with_first(*kind) >= Acr::High);
        Self {
            name: Self::ACCOUNT.into(),
            requirement: Requirement {
                acr: if reaches_high { Acr::High } else { Acr::Standard },
                max_age: Some(Self::CHANGE_AGE),
            },
            on_insufficient: OnInsufficient::Raise,
            enforcement: Enforcement::Enforced,
            accepts: Vec::new(),
        }
    }
}

/// Everything required of an authorization of `client` for these scopes and resources.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Required {
    /// Who requires what; those that require nothing are left out.
    pub sources: Vec<Source>,
}

impl Required {
    /// Whether nothing is required.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Adds a requirement unless it requires nothing.
    pub fn add(&mut self, source: Source) {
        if source.requirement != Requirement::default() || !source.accepts.is_empty() {
            self.sources.push(source);
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
        if organisation.required_acr > Acr::None {
            required.add(Source {
                name: Source::ORGANISATION.into(),
                requirement: Requirement::of(organisation.required_acr),
                on_insufficient: OnInsufficient::Raise,
                enforcement: organisation.enforcement,
                accepts: Vec::new(),
            });
        }
        let of_client = Requirement {
            acr: client.required_acr,
            max_age: client.default_max_age,
        };
        if of_client != Requirement::default() || !client.accepted_factors.is_empty() {
            required.add(Source {
                name: format!("client {}", client.client_id),
                requirement: of_client,
                on_insufficient: client.on_insufficient,
                enforcement: client.enforcement,
                accepts: client.accepted_factors.clone(),
            });
        }
        for scope in scopes {
            required.add(Source {
                name: format!("scope {}", scope.name),
                requirement: Requirement {
                    acr: scope.required_acr,
                    max_age: scope.max_age,
                },
                on_insufficient: scope.on_insufficient,
                enforcement: scope.enforcement,
                accepts: Vec::new(),
            });
        }
        for resource in resources {
            required.add(Source {
                name: format!("resource {}", resource.identifier),
                requirement: Requirement {
                    acr: resource.required_acr,
                    max_age: resource.max_age,
                },
                on_insufficient: resource.on_insufficient,
                enforcement: resource.enforcement,
                accepts: resource.accepted_factors.clone(),
            });
        }
        required
    }

    /// All of it at once; the strictest wins.
    #[must_use]
    pub fn joined(&self) -> Requirement {
        self.sources
            .iter()
            .fold(Requirement::default(), |all, source| all.join(source.requirement))
    }
}

/// The scopes of a set that the directory says something about.
pub fn listed<'a>(set: &'a ScopeSet, scopes: &'a [Scope]) -> impl Iterator<Item = &'a Scope> {
    scopes.iter().filter(|scope| set.contains(&scope.name))
}
