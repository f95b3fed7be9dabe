//! Check 9 where nobody is there to ask: grant type × requirement × evidence. ASSURANCE.md §5.

use super::level::CHECK;
use super::{Stop, Walk};
use crate::model::client::{InheritedAssurance, OnRequirementRaised};
use crate::model::evidence::{Acr, Assurance, Evidence};
use crate::model::grant::Snapshot;
use crate::model::requirement::Requirement;
use crate::policy::assurance::{Pair, Shown, meets, pairs};
use crate::policy::facts::{Channel, Proof};
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

impl<N: Notes> Walk<'_, N> {
    /// What tokens of an unattended grant may say.
    pub(super) fn unattended(&mut self) -> Result<Snapshot, Stop> {
        match self.channel() {
            Channel::Password => self.password_grant(),
            Channel::JwtBearer => self.assertion_grant(),
            Channel::ClientCredentials => self.client_alone(),
            channel => {
                let Proof::Grant(snapshot) = &self.facts.proof else {
                    return Err(self.refuse(CHECK, Reason::NotBacked, || "there is no grant".into()));
                };
                match channel {
                    Channel::Refresh => self.refreshed(snapshot),
                    Channel::Exchange => self.exchanged(snapshot),
                    Channel::Bridge => self.bridged(snapshot),
                    // A code's proof was judged when it was issued.
                    _ => {
                        self.pass(CHECK.0, CHECK.1, || format!("{} as granted", snapshot.assurance.acr));
                        Ok((**snapshot).clone())
                    }
                }
            }
        }
    }

    /// A refresh keeps the pair of the grant and never raises it (S60, C9).
    fn refreshed(&mut self, snapshot: &Snapshot) -> Result<Snapshot, Stop> {
        let (needed, has) = (self.demands_of_all().joined().acr, snapshot.assurance.acr);
        let age = snapshot.assurance.auth_time.map(|at| self.facts.now.seconds_since(at));
        if let (Some(limit), Some(age)) = (self.facts.client.refresh_max_auth_age, age)
            && age > i64::from(limit)
        {
            return Err(self.refuse(CHECK, Reason::ReauthenticationRequired, || {
                format!("the proof is {age} s old; the client allows {limit} s")
            }));
        }
        let honoured = self.facts.client.on_requirement_raised == OnRequirementRaised::Honour;
        let told = || format!("{needed} required now, the grant has {has}");
        if has < needed && !honoured {
            return Err(self.refuse(CHECK, Reason::ReauthenticationRequired, told));
        }
        self.pass(CHECK.0, CHECK.1, told);
        Ok(snapshot.clone())
    }

    /// The password grant reaches `standard` and no more, whatever was appended.
    fn password_grant(&mut self) -> Result<Snapshot, Stop> {
        let demands = self.demands_of_all();
        let need = demands.joined();
        if need.acr > Acr::Standard {
            let reason = self.out_of_reach(Acr::Standard);
            return Err(self.refuse(CHECK, reason, || {
                format!("{}; this grant reaches standard", demands.told(need))
            }));
        }
        let evidence = self
            .api_login()
            .map(|login| login.evidence.as_slice())
            .unwrap_or_default();
        let Some(Pair { assurance, evidence }) = self.strongest(evidence) else {
            return Err(self.refuse(CHECK, Reason::BadCredentials, || "nothing was shown".into()));
        };
        self.pass(CHECK.0, CHECK.1, || demands.told(need));
        Ok(self.versioned(Snapshot {
            assurance: Assurance {
                acr: assurance.acr.min(Acr::Standard),
                ..assurance
            },
            evidence,
            ..Snapshot::default()
        }))
    }

    /// The strongest pair of evidence that was shown just now.
    fn strongest(&self, evidence: &[Evidence]) -> Option<Pair> {
        let shown = Shown {
            evidence,
            last_seen: self.facts.now,
            since: None,
        };
        pairs(shown, self.facts.now, &self.scale(None)).into_iter().next()
    }

    /// The client for itself, or for a user: nobody authenticated.
    fn client_alone(&mut self) -> Result<Snapshot, Stop> {
        let demands = self.demands_of_all();
        let need = demands.joined();
        if need != Requirement::default() {
            let reason = if self.user().is_some() {
                self.out_of_reach(Acr::None)
            } else {
                Reason::GrantCannotReachLevel
            };
            return Err(self.refuse(CHECK, reason, || {
                format!("{}; nobody authenticates here", demands.told(need))
            }));
        }
        self.pass(CHECK.0, CHECK.1, || "none required".into());
        Ok(self.versioned(Snapshot::default()))
    }

    pub(super) fn versioned(&self, snapshot: Snapshot) -> Snapshot {
        Snapshot {
            policy_version: self.facts.rules.policy_version,
            ..snapshot
        }
    }

    /// Which refusal says that this grant, which reaches `reached`, never reaches what is required: of this client, or of
    /// this user.
    pub(super) fn out_of_reach(&self, reached: Acr) -> Reason {
        if self.demands().joined().acr > reached {
            Reason::GrantCannotReachLevel
        } else {
            Reason::UnmetAcr
        }
    }

    /// Token exchange: the subject's pair, unchanged (ASSURANCE.md §5).
    fn exchanged(&mut self, snapshot: &Snapshot) -> Result<Snapshot, Stop> {
        let demands = self.demands_of_all();
        let need = demands.joined();
        if need.acr > Acr::Standard && self.facts.client.exchange_assurance == InheritedAssurance::Deny {
            let reason = self.out_of_reach(Acr::Standard);
            return Err(self.refuse(CHECK, reason, || demands.told(need)));
        }
        if !self.backs(&snapshot.assurance, need) {
            return Err(self.refuse(CHECK, Reason::NotBacked, || {
                format!("{}; the subject token falls short", demands.told(need))
            }));
        }
        self.pass(CHECK.0, CHECK.1, || demands.told(need));
        Ok(snapshot.clone())
    }

    /// Whether a pair from elsewhere meets a requirement at this instant.
    pub(super) fn backs(&self, assurance: &Assurance, need: Requirement) -> bool {
        let pair = Pair {
            assurance: assurance.clone(),
            evidence: Vec::new(),
        };
        // Nothing is fresher than its own age here: the request began just now.
        meets(&pair, need, self.facts.now, self.facts.now.plus_seconds(1))
    }

    /// The device grant: `deny`, or decided in the approving browser.
    pub(super) fn device_grant(&mut self, pairs: Vec<Pair>) -> Result<Snapshot, Stop> {
        let demands = self.demands_of_login();
        let need = demands.joined();
        if need.acr > Acr::Standard && self.facts.client.device_assurance == InheritedAssurance::Deny {
            let reason = self.out_of_reach(Acr::Standard);
            return Err(self.refuse(CHECK, reason, || demands.told(need)));
        }
        self.of_session(pairs)
    }

    /// A bridge: what the grant's own events still show, and nothing else. Less than is asked for elsewhere is asked for
    /// there; who blocks, blocks here too (S62, S64).
    fn bridged(&mut self, snapshot: &Snapshot) -> Result<Snapshot, Stop> {
        // A grant may rest on a code that its level does not tell: in a session it would count for more.
        let most = if self.facts.rules.bridge_carries_assurance {
            snapshot.assurance.acr
        } else {
            snapshot.assurance.acr.min(Acr::Standard)
        };
        let mut evidence = snapshot.evidence.clone();
        evidence.retain(|one| self.facts.rules.columns.most(one) <= most);
        let assurance = self.strongest(&evidence).map(|pair| pair.assurance).unwrap_or_default();
        if let Some(demand) = self.demands().blocking(assurance.acr) {
            return Err(self.blocked(demand));
        }
        self.pass(CHECK.0, CHECK.1, || format!("{} as granted", assurance.acr));
        Ok(Snapshot {
            assurance,
            acr_value: None,
            evidence,
            ..snapshot.clone()
        })
    }
}
