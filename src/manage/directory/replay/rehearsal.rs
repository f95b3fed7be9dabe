//! The directory as files would make it, and the facts of earlier decisions under it.

use std::collections::{BTreeSet, HashMap};

use crate::manage::directory::plan::{Plan, Write};
use crate::manage::directory::state::State;
use crate::model::client::Client;
use crate::model::id::UserId;
use crate::model::organisation::Organisation;
use crate::model::profile::{DEFAULT_PROFILE, Profile};
use crate::model::scope::Scope;
use crate::model::user::User;
use crate::policy::Facts;
use crate::policy::facts::{ClientFacts, FlowFacts, ProfileFacts, ProfileFlow, Proof, UserFacts};
use crate::policy::requirements::{Required, listed};

/// The directory as files would make it.
pub struct Rehearsal {
    after: State,
    organisation: Organisation,
    default_profile: Profile,
    /// The scopes in the directory's order, as decisions have them.
    scopes: Vec<Scope>,
    /// The key of each user that there will be.
    users: HashMap<UserId, String>,
    /// Whom and what the files take away.
    removed_users: BTreeSet<UserId>,
    removed_clients: BTreeSet<String>,
}

/// The facts of an earlier decision under another directory.
#[derive(Debug)]
pub(super) enum Rebuilt {
    /// What they would be.
    Facts(Box<Facts>),
    /// The files take away whom or what the decision was about.
    Removed(String),
    /// Whom or what it was about was taken away before.
    Gone,
}

/// Why facts cannot be what they were.
type Missing = Rebuilt;

impl Rehearsal {
    pub(in crate::manage::directory) fn new(plan: Plan) -> Self {
        let (mut removed_users, mut removed_clients) = (BTreeSet::new(), BTreeSet::new());
        for step in plan.steps {
            match step.write {
                Write::DeleteUser(id) => drop(removed_users.insert(id)),
                Write::DeleteClient => drop(removed_clients.insert(step.change.name)),
                _ => {}
            }
        }
        let after = plan.after;
        let users = after.users.iter();
        Self {
            users: users.filter_map(|(key, user)| Some((user.id?, key.clone()))).collect(),
            organisation: after.organisation.clone().unwrap_or_default(),
            default_profile: Profile {
                name: DEFAULT_PROFILE.to_owned(),
                ..Profile::default()
            },
            scopes: after.scopes.values().cloned().collect(),
            after,
            removed_users,
            removed_clients,
        }
    }

    /// Facts with all that comes from the directory as it would be there; the circumstances stay: instant, proof, place,
    /// request, enrolled factors.
    pub(super) fn under(&self, facts: &Facts) -> Rebuilt {
        self.rebuilt(facts).unwrap_or_else(|missing| missing)
    }

    fn rebuilt(&self, facts: &Facts) -> Result<Rebuilt, Missing> {
        let client = self.client(&facts.client.id)?;
        let mut rebuilt = facts.clone();
        rebuilt.rules = facts.rules.clone().under(&self.organisation);
        rebuilt.client = ClientFacts::from(client);
        rebuilt.required = self.required(facts, client);
        if let Some(user) = &facts.user {
            let user = self.user(user, client)?;
            rebuilt.flow = self.flow(facts, &user);
            rebuilt.user = Some(user);
        }
        if let Proof::Assertion(proof) = &mut rebuilt.proof
            && let Some(name) = &proof.issuer
        {
            let issuer = self.after.issuers.get(name);
            let issuer = issuer.filter(|issuer| issuer.clients.contains(&client.client_id));
            let issuer =
                issuer.ok_or_else(|| Rebuilt::Removed(format!("issuer {name} for client {}", client.client_id)))?;
            proof.ceiling = Some(issuer.max_acr);
        }
        Ok(Rebuilt::Facts(Box::new(rebuilt)))
    }

    fn client(&self, client_id: &str) -> Result<&Client, Missing> {
        self.after.clients.get(client_id).ok_or_else(|| {
            if self.removed_clients.contains(client_id) {
                Rebuilt::Removed(format!("client {client_id}"))
            } else {
                Rebuilt::Gone
            }
        })
    }

    fn required(&self, facts: &Facts, client: &Client) -> Required {
        let scope = facts.asked.scope.union(&facts.asked.held);
        let resources = facts.asked.resources.iter();
        let resources = resources.filter_map(|identifier| self.after.resources.get(identifier));
        Required::of(&self.organisation, client, listed(&scope, &self.scopes), resources)
    }

    /// The login flow that this login would owe: what was finished of the same one is finished.
    fn flow(&self, facts: &Facts, user: &UserFacts) -> Option<FlowFacts> {
        let flow = self.after.login_flows.get(&user.profile.login_flow.as_ref()?.name)?;
        if !matches!(facts.proof, Proof::Session(_)) {
            return None;
        }
        let known = facts.flow.clone().filter(|known| known.name == flow.name);
        let ends_at = facts.now.plus_seconds(i64::from(flow.deadline));
        Some(known.unwrap_or_else(|| FlowFacts::first(flow, ends_at)))
    }

    fn user(&self, known: &UserFacts, client: &Client) -> Result<UserFacts, Missing> {
        let user = self.users.get(&known.id).and_then(|key| self.after.users.get(key));
        let user = user.ok_or_else(|| {
            if self.removed_users.contains(&known.id) {
                Rebuilt::Removed(format!("user {}", known.username))
            } else {
                Rebuilt::Gone
            }
        })?;
        let members = &user.members;
        let profile = match self.after.profiles.get(&members.profile) {
            Some(profile) => profile,
            None => &self.default_profile,
        };
        let sets = members.permission_sets.iter();
        let sets: Vec<_> = sets.filter_map(|name| self.after.permission_sets.get(name)).collect();
        let said = UserFacts::of(
            &members.user(known.id),
            (profile, &sets),
            self.organisation.time_zone,
            client,
        );
        let flow = profile
            .login_flow
            .as_ref()
            .and_then(|name| self.after.login_flows.get(name));
        let flow = flow.filter(|flow| flow.runs_for(&User::key_of(&members.username)));
        let profile = ProfileFacts {
            login_flow: flow.map(ProfileFlow::from),
            ..said.profile
        };
        Ok(UserFacts {
            status: said.status,
            username: said.username,
            api_only: said.api_only,
            profile,
            permission_sets: said.permission_sets,
            preapproved: said.preapproved,
            ..known.clone()
        })
    }
}
