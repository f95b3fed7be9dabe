//! Which profile and permission sets a user has, and whether they may be had together. CLAUSES.md S2, S8, S42.

use super::{Check, Surroundings, wrong};
use crate::error::FieldError;
use crate::model::evidence::Acr;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::Profile;
use crate::model::requirement::Enforcement;
use crate::model::user::Permission;

/// A user's profile and permission sets.
pub(in crate::manage) struct Belonging<'a> {
    pub(in crate::manage) profile: &'a Profile,
    pub(in crate::manage) sets: Vec<&'a PermissionSet>,
}

/// What is in force for a user: what the profile or any permission set gives (S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manage) struct Switches {
    pub(in crate::manage) mfa_ui: bool,
    pub(in crate::manage) mfa_api: bool,
    pub(in crate::manage) required_acr: Acr,
}

impl<'a> Belonging<'a> {
    /// Looks up profile and permission sets of the user at `place`.
    pub(in crate::manage) fn find(
        place: &str,
        profile: &str,
        sets: &[String],
        around: &'a Surroundings,
    ) -> Result<Self, FieldError> {
        let Some(profile) = around.profiles.get(profile) else {
            let problem = format!("there is no profile {profile}; add it to profiles, or name another");
            return Err(wrong(place, "profile", problem));
        };
        let mut found: Vec<&PermissionSet> = Vec::with_capacity(sets.len());
        for name in sets {
            let Some(set) = around.permission_sets.get(name) else {
                let problem =
                    format!("there is no permission set {name}; add it to permission_sets, or remove it here");
                return Err(wrong(place, "permission_sets", problem));
            };
            if found.iter().any(|known| known.name == *name) {
                return Err(wrong(
                    place,
                    "permission_sets",
                    format!("{name} is given twice; keep one"),
                ));
            }
            found.push(set);
        }
        Ok(Self { profile, sets: found })
    }

    /// Checks that they may be had together.
    pub(in crate::manage) fn check(&self, place: &str) -> Check {
        let switches_on = |set: &&&PermissionSet| set.mfa_ui || set.mfa_api;
        if !self.profile.mfa_assignable
            && let Some(set) = self.sets.iter().find(switches_on)
        {
            let switch = if set.mfa_ui { "mfa_ui" } else { "mfa_api" };
            let problem = format!(
                "{} gives {switch}, which users of the profile {} may not be given (mfa_assignable = false); remove the \
                 set, or choose another profile",
                set.name, self.profile.name
            );
            return Err(wrong(place, "permission_sets", problem));
        }
        let switches = self.switches(false);
        if switches.mfa_api && !switches.mfa_ui {
            let giver = self
                .sets
                .iter()
                .find(|set| set.mfa_api)
                .map_or("", |set| set.name.as_str());
            let problem = format!(
                "{giver} gives mfa_api, which has no effect without mfa_ui; add a set that gives mfa_ui, or remove {giver} too"
            );
            return Err(wrong(place, "permission_sets", problem));
        }
        Ok(())
    }

    /// What is in force; of what is enforced alone, or of what is only reported too.
    pub(in crate::manage) fn switches(&self, enforced_alone: bool) -> Switches {
        let counts = |enforcement: Enforcement| !enforced_alone || enforcement == Enforcement::Enforced;
        let (profile, mut switches) = (self.profile, Switches::NONE);
        if counts(profile.enforcement) {
            switches.add((profile.mfa_ui, profile.mfa_api), profile.required_acr);
        }
        for set in self.sets.iter().filter(|set| counts(set.enforcement)) {
            switches.add((set.mfa_ui, set.mfa_api), set.required_acr);
        }
        switches
    }

    /// Whether one of the permission sets gives this permission.
    pub(in crate::manage) fn gives(&self, permission: Permission) -> bool {
        self.sets.iter().any(|set| set.permissions.contains(&permission))
    }
}

impl Switches {
    const NONE: Self = Self {
        mfa_ui: false,
        mfa_api: false,
        required_acr: Acr::None,
    };

    fn add(&mut self, (mfa_ui, mfa_api): (bool, bool), required_acr: Acr) {
        self.mfa_ui |= mfa_ui;
        self.mfa_api |= mfa_api;
        self.required_acr = self.required_acr.max(required_acr);
    }
}
