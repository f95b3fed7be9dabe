//! Check 8: known devices and trusted addresses (S72 to S76).

use super::{Stop, Walk};
use crate::model::assurance::DeviceActivation;
use crate::model::evidence::{Acr, Evidence};
use crate::model::ip_range::contains;
use crate::policy::assurance::Pair;
use crate::policy::decision::{DEVICE, NextStep, Page};
use crate::policy::facts::{Channel, Suffix, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

const CHECK: (u8, &str) = (8, "device");
const TOLD: &str = "an unknown device; the user is told";

impl<N: Notes> Walk<'_, N> {
    /// Check 8: an unknown device from an untrusted address is verified first, a login through an API brings its token.
    pub(super) fn device(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let Some(user) = self
            .user()
            .filter(|_| self.is_one_of(&[Channel::Interactive, Channel::Page, Channel::Device, Channel::Password]))
        else {
            return Ok(());
        };
        if let Some(why) = self.needs_no_activation(user, pairs) {
            self.pass(CHECK.0, CHECK.1, || why.to_owned());
            return Ok(());
        }
        if self.channel() == Channel::Password {
            return Err(self.refuse(CHECK, Reason::ApiTokenRequired, || {
                "an untrusted address, and no token was given".into()
            }));
        }
        if self.is_locked() {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || "the account is locked".into()));
        }
        // Any enrolled factor will do, but those that are switched off by having been moved below every level.
        let allowed = self.enrolled_reaching(Acr::Low);
        if allowed.is_empty() {
            return Err(self.refuse(CHECK, Reason::DeviceNotActivated, || {
                "an unknown device, and no factor to verify it with".into()
            }));
        }
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || {
            "an unknown device from an untrusted address".into()
        });
        Err(NextStep::Interact(Page::Challenge {
            allowed,
            needed: Acr::Low,
            wanted_by: DEVICE.into(),
        }))
    }

    /// Whether check 8 passes for the reason alone that the user is told.
    pub(in crate::policy) fn tells_user(&self) -> bool {
        self.user()
            .is_some_and(|user| self.needs_no_activation(user, &[]) == Some(TOLD))
    }

    fn needs_no_activation(&self, user: &UserFacts, pairs: &[Pair]) -> Option<&'static str> {
        let place = &self.facts.place;
        // The login's own address counts: a session is not asked again because its owner moved.
        let ip = self.login_evidence().and_then(Evidence::ip).or(place.ip);
        let trusted = ip.is_some_and(|ip| contains(&self.facts.rules.trusted_ip_ranges, ip));
        let shown = self
            .api_login()
            .is_some_and(|login| login.suffix != Suffix::Nothing && login.suffix_right);
        let has_ranges = !user.profile.login_ip_ranges.is_empty() || !self.facts.rules.login_ip_ranges.is_empty();
        [
            (
                self.facts.rules.device_activation == DeviceActivation::Off,
                "devices are not activated here",
            ),
            (has_ranges, "login ranges hold instead"),
            (user.profile.activation_exempt, "the profile is exempt"),
            (self.verified_a_factor(pairs), "a second factor was verified"),
            (shown, "a token or code was given"),
            (place.known_device, "the device is known"),
            (trusted && !place.claims_other_address, "the address is trusted"),
            (self.facts.rules.device_activation == DeviceActivation::Notify, TOLD),
        ]
        .into_iter()
        .find_map(|(holds, why)| holds.then_some(why))
    }
}
