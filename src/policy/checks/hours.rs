//! Check 4: login hours, in the zone of the profile (S66, S67).

use super::{Stop, Walk};
use crate::model::time::Timestamp;
use crate::policy::facts::Channel;
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

const CHECK: (u8, &str) = (4, "login hours");

impl<N: Notes> Walk<'_, N> {
    /// Check 4: the login is made within the hours. A session that began within them goes on, unless the profile says otherwise.
    pub(super) fn login_hours(&mut self) -> Result<(), Stop> {
        let Some(profile) = self.user().map(|user| &user.profile) else {
            return Ok(());
        };
        let Some(hours) = &profile.login_hours else {
            self.pass(CHECK.0, CHECK.1, || format!("profile {} sets none", profile.name));
            return Ok(());
        };
        let Some(at) = self.instant_of_hours(profile.hours_end_sessions) else {
            self.pass(CHECK.0, CHECK.1, || "they hold for logins".into());
            return Ok(());
        };
        let told = || {
            format!(
                "{} in {}; profile {} allows {}",
                profile.time_zone.told(at),
                profile.time_zone,
                profile.name,
                hours.told()
            )
        };
        if hours.contain(at, profile.time_zone) {
            self.pass(CHECK.0, CHECK.1, told);
            return Ok(());
        }
        Err(self.refuse(CHECK, Reason::OutsideLoginHours, told))
    }

    /// The instant that must be within the hours; none where none must be.
    fn instant_of_hours(&self, end_sessions: bool) -> Option<Timestamp> {
        let now = self.facts.now;
        match self.channel() {
            Channel::Password | Channel::JwtBearer | Channel::Bridge => Some(now),
            Channel::Interactive | Channel::Page | Channel::Device | Channel::Refresh if end_sessions => Some(now),
            Channel::Interactive | Channel::Page | Channel::Device => {
                Some(self.login_evidence().map_or(now, crate::model::evidence::Evidence::at))
            }
            Channel::Code | Channel::Refresh | Channel::ClientCredentials | Channel::Exchange => None,
        }
    }
}
