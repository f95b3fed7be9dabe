//! Check 9 where nobody is there to ask: grant type × requirement × evidence. ASSURANCE.md §5.

use super::level::{CHECK, told};
use super::{Stop, Walk};
use crate::model::client::{InheritedAssurance, JwtBearerAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance};
use crate::model::grant::Snapshot;
use crate::model::requirement::{OnInsufficient, Requirement};
use crate::policy::assurance::{Pair, Scale, Shown, meets, pairs};
use crate::policy::facts::{AssertionProof, Channel, Proof, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::requirements::{Required, Source};
use crate::policy::trace::Notes;

impl<N: Notes> Walk<'_, N> {
    /// What tokens of an unattended grant may say.
    pub(super) fn unattended(&mut self) -> Result<Snapshot, Stop> {
        match self.channel() {
            Channel::Refresh => self.refreshed(),
            Channel::Password => self.password_grant(),
            Channel::JwtBearer => self.assertion_grant(),
            Channel::ClientCredentials => self.client_alone(),
            Channel::Exchange => self.exchanged(),
            // A code's proof was judged when it was issued; a bridge adds nothing to what it carries.
            _ => {
                let snapshot = self.granted();
                self.pass(CHECK.0, CHECK.1, || format!("{} as granted", snapshot.assurance.acr));
                Ok(snapshot)
            }
        }
    }

    fn granted(&self) -> Snapshot {
        match &self.facts.proof {
            Proof::Grant(snapshot) => (**snapshot).clone(),
            _ => Snapshot::default(),
        }
    }

    /// What client and request require, and every login of the user. `mfa_api` counts as `high` (ASSURANCE.md §3).
    fn required_of_all(&self) -> Required {
        let mut required = self.required();
        if let Some(user) = self.user() {
            self.add_user(&mut required, user);
            self.add_mfa_api(&mut required, user);
        }
        required
    }

    fn add_mfa_api(&self, required: &mut Required, user: &UserFacts) {
        if self.is_one_of(&[Channel::JwtBearer, Channel::ClientCredentials])
            && let Some(giver) = self.gives_mfa_api(user)
        {
            required.add(Source {
                name: format!("mfa_api of {giver}"),
                requirement: Requirement::of(Acr::High),
                on_insufficient: OnInsufficient::Raise,
                enforcement: crate::model::requirement::Enforcement::Enforced,
                accepts: Vec::new(),
            });
        }
    }

    /// A refresh keeps the pair of the grant and never raises it (S60, C9).
    fn refreshed(&mut self) -> Result<Snapshot, Stop> {
        let snapshot = self.granted();
        let required = self.required_of_all();
        let (needed, has) = (required.joined().acr, snapshot.assurance.acr);
        let age = snapshot.assurance.auth_time.map(|at| self.facts.now.seconds_since(at));
        if let (Some(limit), Some(age)) = (self.facts.client.refresh_max_auth_age, age)
            && age > i64::from(limit)
        {
            return Err(self.refuse(CHECK, Reason::ReauthenticationRequired, || {
                format!("the proof is {age} s old; the client allows {limit} s")
            }));
        }
        let honoured = self.facts.client.on_requirement_raised == OnRequirementRaised::Honour;
        if has < needed && !honoured {
            return Err(self.refuse(CHECK, Reason::ReauthenticationRequired, || {
                format!("{needed} required now, the grant has {has}")
            }));
        }
        self.pass(CHECK.0, CHECK.1, || {
            format!("{needed} required now, the grant has {has}")
        });
        Ok(snapshot)
    }

    /// The password grant reaches `standard` and no more, whatever was appended.
    fn password_grant(&mut self) -> Result<Snapshot, Stop> {
        let required = self.required_of_all();
        let need = required.joined();
        if need.acr > Acr::Standard {
            let reason = self.out_of_reach();
            return Err(self.refuse(CHECK, reason, || {
                format!("{}; this grant reaches standard", told(&required, need))
            }));
        }
        let evidence = self.api_login().map(|login| login.evidence.clone()).unwrap_or_default();
        let scale = Scale {
            ages: &self.facts.rules.ages,
            columns: &self.facts.rules.columns,
            accepted: None,
        };
        let shown = Shown {
            evidence: &evidence,
            last_seen: self.facts.now,
            since: None,
        };
        let best = pairs(shown, self.facts.now, &scale).into_iter().next();
        self.pass(CHECK.0, CHECK.1, || told(&required, need));
        let Some(Pair { assurance, evidence }) = best else {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || "nothing was shown".into()));
        };
        let assurance = Assurance {
            acr: assurance.acr.min(Acr::Standard),
            ..assurance
        };
        Ok(Snapshot {
            assurance,
            evidence,
            policy_version: self.facts.rules.policy_version,
            ..Snapshot::default()
        })
    }

    /// The client for itself, or for a user: nobody authenticated.
    fn client_alone(&mut self) -> Result<Snapshot, Stop> {
        let required = self.required_of_all();
        let need = required.joined();
        if need != Requirement::default() {
            return Err(self.refuse(CHECK, Reason::GrantCannotReachLevel, || {
                format!("{}; nobody authenticates here", told(&required, need))
            }));
        }
        self.pass(CHECK.0, CHECK.1, || "none required".into());
        Ok(self.nobody_authenticated())
    }

    fn nobody_authenticated(&self) -> Snapshot {
        Snapshot {
            policy_version: self.facts.rules.policy_version,
            ..Snapshot::default()
        }
    }

    /// Which refusal says that this grant never reaches what is required: of this client, or of this user.
    fn out_of_reach(&self) -> Reason {
        let by_client = self.required().joined().acr > Acr::Standard;
        if by_client {
            Reason::GrantCannotReachLevel
        } else {
            Reason::UnmetAcr
        }
    }

    /// Token exchange: the subject's pair, unchanged (ASSURANCE.md §5).
    fn exchanged(&mut self) -> Result<Snapshot, Stop> {
        let snapshot = self.granted();
        let required = self.required_of_all();
        let need = required.joined();
        if need == Requirement::default() {
            self.pass(CHECK.0, CHECK.1, || "none required".into());
            return Ok(snapshot);
        }
        if self.facts.client.exchange_assurance == InheritedAssurance::Deny {
            let reason = self.out_of_reach();
            return Err(self.refuse(CHECK, reason, || told(&required, need)));
        }
        let pair = Pair {
            assurance: snapshot.assurance.clone(),
            evidence: Vec::new(),
        };
        if !meets(&pair, need, self.facts.now, self.facts.now) {
            return Err(self.refuse(CHECK, Reason::NotBacked, || {
                format!("{}; the subject token falls short", told(&required, need))
            }));
        }
        self.pass(CHECK.0, CHECK.1, || told(&required, need));
        Ok(snapshot)
    }

    /// The device grant: `deny`, or decided in the approving browser.
    pub(super) fn device_grant(&mut self, pairs: &[Pair]) -> Result<Snapshot, Stop> {
        let mut required = self.required();
        if let Some(user) = self.user() {
            self.add_user(&mut required, user);
        }
        let need = required.joined();
        if need.acr > Acr::Standard && self.facts.client.device_assurance == InheritedAssurance::Deny {
            let reason = self.out_of_reach();
            return Err(self.refuse(CHECK, reason, || told(&required, need)));
        }
        self.of_session(pairs)
    }

    /// JWT bearer: the four modes of `jwt_bearer_assurance` (C1).
    fn assertion_grant(&mut self) -> Result<Snapshot, Stop> {
        let required = self.required_of_all();
        let need = required.joined();
        let Proof::Assertion(proof) = &self.facts.proof else {
            return Err(self.refuse(CHECK, Reason::NotBacked, || "there is no assertion".into()));
        };
        if need == Requirement::default() {
            self.pass(CHECK.0, CHECK.1, || "none required".into());
            // What a listed issuer asserts is said whatever the mode; a session's pair is not borrowed without need.
            return Ok(self.versioned(asserted_by_issuer(proof).unwrap_or_default()));
        }
        let backing = match self.facts.client.jwt_bearer_assurance {
            JwtBearerAssurance::Deny => {
                return Err(self.refuse(CHECK, Reason::GrantCannotReachLevel, || told(&required, need)));
            }
            JwtBearerAssurance::Preapproved if self.user().is_some_and(|user| user.preapproved) => {
                self.exempted = true;
                self.pass(CHECK.0, CHECK.1, || {
                    format!("{}; pre-approved, so waived", told(&required, need))
                });
                return Ok(self.nobody_authenticated());
            }
            JwtBearerAssurance::Preapproved => {
                return Err(self.refuse(CHECK, Reason::NotPreapproved, || told(&required, need)));
            }
            JwtBearerAssurance::SessionBacked => self.strongest_session(proof),
            JwtBearerAssurance::Asserted => asserted_by_issuer(proof),
        };
        let now = self.facts.now;
        let meets_need = |snapshot: &Snapshot| {
            let pair = Pair {
                assurance: snapshot.assurance.clone(),
                evidence: Vec::new(),
            };
            // Nothing is fresher than its own age here: the request began just now.
            meets(&pair, need, now, now.plus_seconds(1))
        };
        match backing.filter(meets_need) {
            Some(snapshot) => {
                self.pass(CHECK.0, CHECK.1, || format!("{}; backed", told(&required, need)));
                Ok(self.versioned(snapshot))
            }
            None => Err(self.refuse(CHECK, Reason::NotBacked, || {
                format!("{}; nothing backs it", told(&required, need))
            })),
        }
    }

    fn versioned(&self, snapshot: Snapshot) -> Snapshot {
        Snapshot {
            policy_version: self.facts.rules.policy_version,
            ..snapshot
        }
    }

    fn strongest_session(&self, proof: &AssertionProof) -> Option<Snapshot> {
        let accepted = self.accepted();
        let found = proof.sessions.iter().flat_map(|session| {
            let pairs = self.pairs_of(session, accepted.as_deref());
            pairs.into_iter().map(move |pair| (pair, session.id))
        });
        let best = found
            .filter(|(pair, _)| pair.assurance.acr >= Acr::Standard)
            .max_by_key(|(pair, _)| (pair.assurance.acr, pair.assurance.auth_time))?;
        let (Pair { assurance, evidence }, session) = best;
        Some(Snapshot {
            assurance,
            evidence,
            session: Some(session),
            ..Snapshot::default()
        })
    }
}

/// The pair that a listed issuer asserts, up to its ceiling; none below the lowest level, which says nobody authenticated.
fn asserted_by_issuer(proof: &AssertionProof) -> Option<Snapshot> {
    let (ceiling, asserted) = proof.ceiling.zip(proof.asserted.as_ref())?;
    let acr = asserted.acr.min(ceiling);
    (acr > Acr::None).then(|| Snapshot {
        assurance: Assurance {
            acr,
            ..asserted.clone()
        },
        ..Snapshot::default()
    })
}
