//! Check 3: the user's status, and the first factor.

use super::mfa::Proving;
use super::{Stop, Walk};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::time::Timestamp;
use crate::model::user::UserStatus;
use crate::policy::assurance::Pair;
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::{Channel, Proof, SessionProof, Suffix, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

const CHECK: (u8, &str) = (3, "primary authentication");
const STATUS: (u8, &str) = (3, "user status");

impl<N: Notes> Walk<'_, N> {
    /// Check 3: who is there, may sign in, and shows a first factor that still counts. Returns what a session can assert.
    pub(super) fn primary_authentication(&mut self) -> Result<Vec<Pair>, Stop> {
        let Some(user) = self.user() else {
            return self.nobody();
        };
        if self.channel() == Channel::Password {
            self.right_password(user)?;
            return Ok(Vec::new());
        }
        if user.status == UserStatus::Disabled {
            return Err(self.refuse(STATUS, Reason::UserDisabled, || {
                format!("user {} is disabled", user.username)
            }));
        }
        if !self.channel().is_interactive() {
            self.pass(STATUS.0, STATUS.1, || format!("user {} is active", user.username));
            self.own_pages_are_open(user)?;
            return Ok(Vec::new());
        }
        self.named_user(user)?;
        let pairs = self.first_factor(user)?;
        self.own_pages_are_open(user)?;
        Ok(pairs)
    }

    fn nobody(&mut self) -> Result<Vec<Pair>, Stop> {
        match self.channel() {
            Channel::Interactive | Channel::Page | Channel::Device => {
                Err(self.ask_to_sign_in(|| "nobody is signed in".into()))
            }
            Channel::Password => Err(self.refuse(CHECK, Reason::BadCredentials, || {
                "name and password are not right".into()
            })),
            Channel::JwtBearer => Err(self.refuse(CHECK, Reason::NotPreapproved, || "there is no such user".into())),
            Channel::Bridge => Err(self.refuse(STATUS, Reason::UserDisabled, || "there is no such user".into())),
            Channel::Code | Channel::Refresh | Channel::ClientCredentials | Channel::Exchange => {
                let of_user = matches!(&self.facts.proof, Proof::Grant(snapshot) if snapshot.assurance.acr > Acr::None);
                if of_user {
                    return Err(self.refuse(STATUS, Reason::UserDisabled, || "the user is not there any more".into()));
                }
                Ok(Vec::new())
            }
        }
    }

    fn ask_to_sign_in(&mut self, told: impl FnOnce() -> String) -> Stop {
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, told);
        NextStep::Interact(Page::Login)
    }

    /// The password of an API login; one message for unknown, wrong and disabled (S54).
    fn right_password(&mut self, user: &UserFacts) -> Result<(), Stop> {
        if self.is_locked() {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || {
                format!("user {} is locked", user.username)
            }));
        }
        let login = self.api_login();
        let right = login.is_some_and(|login| login.evidence.iter().any(|e| e.kind() == FactorKind::Password));
        if !right || user.status == UserStatus::Disabled {
            let told = if right { "is disabled" } else { "gave a wrong password" };
            return Err(self.refuse(CHECK, Reason::BadCredentials, || {
                format!("user {} {told}", user.username)
            }));
        }
        if login.is_some_and(|login| login.suffix != Suffix::Nothing && !login.suffix_right) {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || {
                format!(
                    "user {} gave the right password with a wrong token or code",
                    user.username
                )
            }));
        }
        self.pass(CHECK.0, CHECK.1, || {
            format!("user {} gave the right password", user.username)
        });
        Ok(())
    }

    /// The signed-in user is the one the request names (OpenID Connect Core §3.1.2.1).
    fn named_user(&mut self, user: &UserFacts) -> Result<(), Stop> {
        let subjects = &self.facts.asked.subjects;
        if subjects.is_empty() {
            return Ok(());
        }
        let here = user.id.to_string();
        if subjects.iter().all(|subject| *subject == here) {
            return Ok(());
        }
        let told = || "the request names another user".to_owned();
        if self.session().is_some_and(|session| session.bound_here) {
            return Err(self.refuse(CHECK, Reason::OtherUser, told));
        }
        Err(self.ask_to_sign_in(told))
    }

    /// The first factor still counts.
    fn first_factor(&mut self, user: &UserFacts) -> Result<Vec<Pair>, Stop> {
        let Some(session) = self.session() else {
            return Err(self.ask_to_sign_in(|| "nobody is signed in".into()));
        };
        // A lock bars logins; a session that was there before goes on.
        if session.bound_here && self.is_locked() {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || {
                format!("user {} is locked", user.username)
            }));
        }
        let pairs = self.pairs_of(session, None);
        if pairs.iter().all(|pair| pair.assurance.acr < Acr::Standard) {
            let anew = self.facts.asked.anew;
            return Err(self.ask_to_sign_in(|| match (pairs.first(), anew) {
                (None, true) => format!("user {} must sign in anew, as the request asks", user.username),
                (None, false) => format!("user {} has no proof that still counts", user.username),
                (Some(_), _) => shown(user, &pairs, session),
            }));
        }
        self.pass(CHECK.0, CHECK.1, || shown(user, &pairs, session));
        Ok(pairs)
    }

    /// Users for APIs alone get no page of ours but the one that enrols their factor (S53).
    fn own_pages_are_open(&mut self, user: &UserFacts) -> Result<(), Stop> {
        if !user.api_only || !matches!(self.channel(), Channel::Page | Channel::Bridge) {
            return Ok(());
        }
        if self.channel() == Channel::Page && self.enrolled_reaching(Acr::High).is_empty() {
            let proving = Proving {
                check: STATUS,
                may_enrol: true,
                narrowly: false,
            };
            return Err(self.prove(Acr::High, &"user for APIs alone", proving));
        }
        Err(self.refuse(STATUS, Reason::ApiOnlyNoUi, || {
            format!("user {} is for APIs alone", user.username)
        }))
    }

    /// Whether too many wrong answers bar this side of the account now.
    pub(super) fn is_locked(&self) -> bool {
        let until = self.user().and_then(|user| user.locked_until);
        until.is_some_and(|until| self.facts.now < until)
    }
}

fn shown(user: &UserFacts, pairs: &[Pair], session: &SessionProof) -> String {
    let best = pairs.first().map(|pair| &pair.assurance);
    let since = best
        .and_then(|best| best.auth_time)
        .map_or_else(|| "never".to_owned(), |at: Timestamp| at.to_string());
    let acr = best.map_or(Acr::None, |best| best.acr);
    format!(
        "user {} shows {acr} since {since}, last seen {}",
        user.username, session.last_seen
    )
}
