//! Which levels there are factors for: what is required must be within them, or nobody gets in. CLAUSES.md S6.

use super::{Check, Surroundings, wrong};
use crate::config::Settings;
use crate::model::assurance::Columns;
use crate::model::client::{Client, GrantType, InheritedAssurance, JwtBearerAssurance};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::Enforcement;

/// Which levels there are factors for.
pub(in crate::manage) struct Reach {
    /// What the kinds of login reach.
    pub(in crate::manage) columns: Columns,
    /// The kinds of second factor that are switched on.
    pub(in crate::manage) kinds: Vec<FactorKind>,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    pub(in crate::manage) enrol_at_step_up: bool,
}

impl Default for Reach {
    fn default() -> Self {
        Self::of(&Settings::default())
    }
}

impl Reach {
    pub(in crate::manage) fn of(settings: &Settings) -> Self {
        Self {
            columns: settings.assurance.columns,
            kinds: settings.factor_kinds(),
            enrol_at_step_up: settings.assurance.enrol_at_step_up,
        }
    }

    /// The highest level that a password reaches with one of these kinds.
    pub(in crate::manage) fn best_of(&self, kinds: &[FactorKind]) -> Acr {
        let levels = kinds.iter().map(|kind| self.columns.with_first(*kind));
        levels.fold(Acr::Standard, Acr::max)
    }

    /// The highest level that anybody reaches; of second factors only the accepted ones count, or all where none is named.
    fn best(&self, accepted: &[FactorKind]) -> Acr {
        let mut kinds = self.kinds.clone();
        kinds.retain(|kind| accepted.is_empty() || accepted.contains(kind));
        self.best_of(&kinds)
    }

    /// Checks that what is required can be reached. What is only reported stops nobody, so that it may be ahead of its time.
    pub(super) fn check(&self, place: &str, required: (Acr, Enforcement), accepted: &[FactorKind]) -> Check {
        let (acr, enforcement) = required;
        let best = self.best(&[]);
        if enforcement == Enforcement::Report || acr <= self.best(accepted) {
            return Ok(());
        }
        if acr <= best {
            let problem = format!("none of these reaches {acr} here; add a kind that does, or lower required_acr");
            return Err(wrong(place, "accepted_factors", problem));
        }
        let problem = format!(
            "no factor that is switched on reaches {acr} (assurance.columns); the highest level that can be required is {best}"
        );
        Err(wrong(place, "required_acr", problem))
    }

    pub(super) fn check_mfa_ui(&self, place: &str, given: bool) -> Check {
        if given && self.best(&[]) < Acr::High {
            let problem = "demands high, which no factor reaches while assurance.columns.multi_factor is below it; raise \
                           that, or remove this";
            return Err(wrong(place, "mfa_ui", problem));
        }
        Ok(())
    }

    /// The highest level that tokens of this client reach by one of its grant types.
    fn best_by_grant(&self, client: &Client, grant_type: GrantType, ceiling: Acr) -> Acr {
        match grant_type {
            GrantType::AuthorizationCode | GrantType::Implicit => self.best(&client.accepted_factors),
            GrantType::Password => Acr::Standard,
            GrantType::TokenExchange => match client.exchange_assurance {
                InheritedAssurance::Deny => Acr::Standard,
                InheritedAssurance::Inherit => self.best(&[]),
            },
            GrantType::DeviceCode => match client.device_assurance {
                InheritedAssurance::Deny => Acr::Standard,
                InheritedAssurance::Inherit => self.best(&client.accepted_factors),
            },
            // A refresh keeps the level of its grant and is none by itself.
            GrantType::RefreshToken | GrantType::ClientCredentials => Acr::None,
            GrantType::JwtBearer => match client.jwt_bearer_assurance {
                JwtBearerAssurance::Deny => Acr::None,
                JwtBearerAssurance::Asserted => ceiling,
                JwtBearerAssurance::SessionBacked => self.best(&client.accepted_factors),
                // Waived rather than reached.
                JwtBearerAssurance::Preapproved => Acr::Phr,
            },
        }
    }
}

/// Checks that only kinds of second factor are named.
pub(super) fn second_factors(place: &str, accepted: &[FactorKind]) -> Check {
    let known = FactorKind::SECOND_FACTORS;
    let Some(other) = accepted.iter().find(|kind| !known.contains(kind)) else {
        return Ok(());
    };
    let names: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
    let problem = format!(
        "{} is no second factor; name any of {}",
        other.as_str(),
        names.join(", ")
    );
    Err(wrong(place, "accepted_factors", problem))
}

/// Checks that what a client requires can be reached: by factors, by one of its grant types, and together with each
/// resource that it names.
pub(super) fn client(place: &str, client: &Client, around: &Surroundings) -> Check {
    let reach = &around.reach;
    second_factors(place, &client.accepted_factors)?;
    reach.check(
        place,
        (client.required_acr, client.enforcement),
        &client.accepted_factors,
    )?;
    let ceiling = around.vouched_clients.get(&client.client_id).copied();
    let by_grant = |grant_type: &GrantType| reach.best_by_grant(client, *grant_type, ceiling.unwrap_or_default());
    let best = client.grant_types.iter().map(by_grant).max();
    if client.enforcement == Enforcement::Enforced && best.is_some_and(|best| best < client.required_acr) {
        let names: Vec<&str> = client.grant_types.iter().map(|one| one.as_str()).collect();
        let remedy = if client.allows(GrantType::JwtBearer) {
            "add a grant type with a person there, or change jwt_bearer_assurance"
        } else {
            "lower it, or add a grant type with a person there"
        };
        let problem = format!("{} can never reach {}; {remedy}", names.join(", "), client.required_acr);
        return Err(wrong(place, "required_acr", problem));
    }
    Ok(())
}

/// Checks that client and resource accept a factor in common that reaches what either requires.
pub(super) fn client_at_resources(place: &str, client: &Client, around: &Surroundings) -> Check {
    let resources = client.resources.iter().filter_map(|name| around.resources.get(name));
    for resource in resources.filter(|resource| !resource.accepted_factors.is_empty()) {
        let enforced = [
            (client.required_acr, client.enforcement),
            (resource.required_acr, resource.enforcement),
        ];
        let required = enforced
            .into_iter()
            .filter(|(_, enforcement)| *enforcement == Enforcement::Enforced)
            .map(|(acr, _)| acr)
            .fold(Acr::None, Acr::max);
        let mut common = resource.accepted_factors.clone();
        common.retain(|kind| client.accepted_factors.is_empty() || client.accepted_factors.contains(kind));
        common.retain(|kind| around.reach.kinds.contains(kind));
        if around.reach.best_of(&common) < required {
            let problem = format!(
                "no factor that both this client and the resource {} accept reaches {required}; widen accepted_factors of \
                 one of them",
                resource.identifier
            );
            return Err(wrong(place, "accepted_factors", problem));
        }
    }
    Ok(())
}
