//! Check 7: login ranges of the organisation and the profile (S68 to S71).

use std::net::IpAddr;

use super::{Stop, Walk};
use crate::model::client::IpRelaxation;
use crate::model::evidence::Evidence;
use crate::model::ip_range::{IpRange, contains};
use crate::policy::assurance::Pair;
use crate::policy::facts::Channel;
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

const CHECK: (u8, &str) = (7, "login ranges");
/// The most ranges that are told.
const LISTED: usize = 5;

impl<N: Notes> Walk<'_, N> {
    /// Check 7: the login, or each request where the organisation says so, comes from within the ranges; from both, where
    /// organisation and profile have some. No factor makes up for it.
    pub(super) fn login_ranges(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let of_profile: &[IpRange] = self
            .user()
            .map(|user| &*user.profile.login_ip_ranges)
            .unwrap_or_default();
        let of_organisation: &[IpRange] = &self.facts.rules.login_ip_ranges;
        let applies = self.channel() != Channel::Code && (self.user().is_some() || self.channel().is_interactive());
        if !applies {
            return Ok(());
        }
        if of_profile.is_empty() && of_organisation.is_empty() {
            self.pass(CHECK.0, CHECK.1, || "none are set".into());
            return Ok(());
        }
        if self.is_relaxed(pairs) {
            self.pass(CHECK.0, CHECK.1, || "the client is exempt".into());
            return Ok(());
        }
        let addresses = self.addresses();
        for ip in addresses.iter().copied() {
            for (whose, ranges) in [("profile", of_profile), ("organisation", of_organisation)] {
                if !ranges.is_empty() && !ip.is_some_and(|ip| contains(ranges, ip)) {
                    let told = ip.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
                    return Err(self.refuse(CHECK, Reason::IpNotAllowed, || {
                        format!("{told} is outside the ranges of the {whose}: {}", listed(ranges))
                    }));
                }
            }
        }
        self.pass(CHECK.0, CHECK.1, || {
            let within: Vec<String> = addresses.iter().flatten().map(ToString::to_string).collect();
            let whose = [("profile", of_profile), ("organisation", of_organisation)];
            let set = whose.iter().filter(|(_, ranges)| !ranges.is_empty());
            let ranges: Vec<String> = set
                .map(|(whose, ranges)| format!("{} of the {whose}", listed(ranges)))
                .collect();
            format!("{} is within {}", within.join(", "), ranges.join(" and "))
        });
        Ok(())
    }

    /// Whether check 7 passes.
    pub(in crate::policy) fn admits(&mut self) -> bool {
        self.login_ranges(&[]).is_ok()
    }

    fn is_relaxed(&self, pairs: &[Pair]) -> bool {
        match self.facts.client.ip_relaxation {
            IpRelaxation::Enforce => false,
            IpRelaxation::Bypass => true,
            IpRelaxation::EnforceExceptRefresh => self.channel() == Channel::Refresh,
            IpRelaxation::BypassForActivated => self.facts.place.known_device || self.verified_a_factor(pairs),
        }
    }

    /// The addresses that must be within: the login's, and this request's where each request counts or it is the login.
    fn addresses(&self) -> Vec<Option<IpAddr>> {
        let here = self.facts.place.ip;
        let of_login = self.login_evidence().and_then(Evidence::ip);
        if !self.channel().is_interactive() || self.facts.rules.enforce_ip_on_every_request {
            return vec![here];
        }
        vec![of_login.or(here)]
    }
}

/// A few ranges, and how many more.
fn listed(ranges: &[IpRange]) -> String {
    let mut told: Vec<String> = ranges.iter().take(LISTED).map(ToString::to_string).collect();
    if ranges.len() > LISTED {
        told.push(format!("{} more", ranges.len() - LISTED));
    }
    told.join(", ")
}
