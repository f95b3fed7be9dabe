//! What is required of a request and by whom, borrowed from the facts: the joined requirement of ASSURANCE.md §3, check 9.

use std::fmt;

use super::Walk;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::policy::facts::{Channel, SetFacts, UserFacts};
use crate::policy::requirements::Source;
use crate::policy::trace::Notes;

/// Who gives a user something: the profile, or a permission set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Giver<'a> {
    Profile(&'a str),
    Set(&'a str),
}

/// Who requires something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// Organisation, client, scope or resource, by name.
    Source(&'a str),
    /// Every login of these users.
    Login(Giver<'a>),
    /// `mfa_api`, where it counts as a level.
    MfaApi(Giver<'a>),
}

/// One requirement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand<'a> {
    pub(super) who: Who<'a>,
    pub(super) requirement: Requirement,
    on_insufficient: OnInsufficient,
    accepts: &'a [FactorKind],
}

/// All that is required.
pub(super) struct Demands<'a> {
    all: Vec<Demand<'a>>,
    /// Whether somebody is there who can be asked.
    is_interactive: bool,
}

impl<'a, N: Notes> Walk<'a, N> {
    /// What counts of the requirements of organisation, client, scopes and resources.
    pub(super) fn demands(&self) -> Demands<'a> {
        let counting = self.facts.required.sources.iter();
        Demands {
            all: counting
                .filter(|source| self.counts(source.enforcement))
                .map(Demand::of)
                .collect(),
            is_interactive: self.channel().is_interactive(),
        }
    }

    /// The same with what profile and permission sets require of every login.
    pub(super) fn demands_of_login(&self) -> Demands<'a> {
        let mut demands = self.demands();
        if let Some(user) = self.user() {
            let profile = &user.profile;
            if self.counts(profile.enforcement) {
                demands.add(Who::Login(Giver::Profile(&profile.name)), profile.required_acr);
            }
            let counting = user.permission_sets.iter().filter(|set| self.counts(set.enforcement));
            // The strictest set; of equals the first by name, so that the order in which sets were assigned does not matter.
            if let Some(set) = counting.max_by(|a, b| (a.required_acr, &b.name).cmp(&(b.required_acr, &a.name))) {
                demands.add(Who::Login(Giver::Set(&set.name)), set.required_acr);
            }
        }
        demands
    }

    /// The same with `mfa_ui`, where a person is there: check 5 saw that the session shows `high`; what is demanded of its
    /// time is demanded of that proof, and not of a password beside it (ASSURANCE.md §5, row P).
    pub(super) fn demands_of_session(&self) -> Demands<'a> {
        let mut demands = self.demands_of_login();
        if let Some(giver) = self.user().and_then(|user| self.gives_mfa_ui(user)) {
            demands.add(Who::Login(giver), Acr::High);
        }
        demands
    }

    /// What counts of every login with `mfa_api`, which counts as `high` where nobody could be asked for a code
    /// (ASSURANCE.md §3).
    pub(super) fn demands_of_all(&self) -> Demands<'a> {
        let mut demands = self.demands_of_login();
        if self.is_one_of(&[Channel::JwtBearer, Channel::ClientCredentials])
            && let Some(giver) = self.user().and_then(|user| self.gives_mfa_api(user))
        {
            demands.add(Who::MfaApi(giver), Acr::High);
        }
        demands
    }

    /// Who gives the user a permission: the profile, or the first permission set by name (S2).
    pub(super) fn giver(
        &self,
        user: &'a UserFacts,
        (of_profile, of_set): (bool, fn(&SetFacts) -> bool),
    ) -> Option<Giver<'a>> {
        if of_profile && self.counts(user.profile.enforcement) {
            return Some(Giver::Profile(&user.profile.name));
        }
        let giving = user
            .permission_sets
            .iter()
            .filter(|set| of_set(set) && self.counts(set.enforcement));
        giving.map(|set| set.name.as_str()).min().map(Giver::Set)
    }

    /// Whether a requirement of this enforcement counts in this walk.
    fn counts(&self, enforcement: Enforcement) -> bool {
        enforcement == Enforcement::Enforced || !self.enforced_alone
    }
}

impl<'a> Demand<'a> {
    fn of(source: &'a Source) -> Self {
        Self {
            who: Who::Source(&source.name),
            requirement: source.requirement,
            on_insufficient: source.on_insufficient,
            accepts: &source.accepts,
        }
    }

    /// Whether every login must meet it, whatever is asked for.
    pub(super) fn is_of_login(&self) -> bool {
        match self.who {
            Who::Source(name) => name == Source::ORGANISATION,
            Who::Login(_) | Who::MfaApi(_) => true,
        }
    }

    fn is_of_client(&self) -> bool {
        matches!(self.who, Who::Source(name) if name.starts_with("client "))
    }

    /// Whether a scope makes it.
    pub(super) fn is_of_scope(&self) -> bool {
        matches!(self.who, Who::Source(name) if name.starts_with("scope "))
    }
}

impl<'a> Demands<'a> {
    fn add(&mut self, who: Who<'a>, acr: Acr) {
        if acr > Acr::None {
            self.all.push(Demand {
                who,
                requirement: Requirement::of(acr),
                on_insufficient: OnInsufficient::Raise,
                accepts: &[],
            });
        }
    }

    /// All of it at once; the strictest wins.
    ///
    /// A client's `default_max_age` is about authentication requests (OpenID Connect Registration §2): where nobody can be
    /// asked it makes what is demanded younger, and demands nothing by itself.
    pub(super) fn joined(&self) -> Requirement {
        let requirements = self.all.iter().map(|demand| demand.requirement);
        let joined = requirements.fold(Requirement::default(), Requirement::join);
        let of_others = |demand: &Demand<'_>| demand.requirement.max_age.is_some() && !demand.is_of_client();
        if self.is_interactive || joined.acr > Acr::None || self.all.iter().any(of_others) {
            joined
        } else {
            Requirement::default()
        }
    }

    /// The kinds of second factor that count for all of it; none where all kinds do.
    pub(super) fn accepted(&self) -> Option<Vec<FactorKind>> {
        let mut lists = self
            .all
            .iter()
            .map(|demand| demand.accepts)
            .filter(|list| !list.is_empty());
        let mut accepted = lists.next()?.to_vec();
        for list in lists {
            accepted.retain(|kind| list.contains(kind));
        }
        Some(accepted)
    }

    /// Who requires more than this level and blocks rather than asks.
    pub(super) fn blocking(&self, acr: Acr) -> Option<&Demand<'a>> {
        self.all
            .iter()
            .find(|demand| demand.on_insufficient == OnInsufficient::Block && demand.requirement.acr > acr)
    }

    /// Who requires the most; of equals the first.
    pub(super) fn strictest(&self) -> Option<&Demand<'a>> {
        self.all.iter().rev().max_by_key(|demand| demand.requirement.acr)
    }

    /// Whether every login needs as much as `acr`.
    pub(super) fn are_of_login(&self, acr: Acr) -> bool {
        self.all
            .iter()
            .any(|demand| demand.is_of_login() && demand.requirement.acr >= acr)
    }

    /// What is required and by whom, in words.
    pub(super) fn told(&self, base: Requirement) -> String {
        let names: Vec<String> = self.all.iter().map(|demand| demand.who.to_string()).collect();
        let age = base.max_age.map_or_else(String::new, |age| format!(" within {age} s"));
        if names.is_empty() {
            format!("{}{age} required", base.acr)
        } else {
            format!("{}{age} required by {}", base.acr, names.join(", "))
        }
    }
}

impl fmt::Display for Giver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Set(name) => write!(f, "permission set {name}"),
        }
    }
}

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(name) => f.write_str(name),
            Self::Login(giver) => giver.fmt(f),
            Self::MfaApi(giver) => write!(f, "mfa_api of {giver}"),
        }
    }
}
