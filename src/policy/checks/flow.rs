//! Check 10: the login flow of the user's profile, once a login (S12 to S14).

use super::{Stop, Walk};
use crate::model::evidence::{Acr, FactorKind};
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::{Channel, DueStep, FlowFacts, Standing};
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

const CHECK: (u8, &str) = (10, "login flow");

impl<N: Notes> Walk<'_, N> {
    /// What a flow denied in this errand stays denied, whoever signs in again.
    pub(super) fn denied_by_flow(&mut self) -> Result<(), Stop> {
        let Some(FlowFacts {
            name,
            standing: Standing::Denied { dismissed },
            ..
        }) = &self.facts.flow
        else {
            return Ok(());
        };
        if *dismissed {
            return Err(self.refuse(CHECK, Reason::LoginFlowDenied, || format!("{name} denied the login")));
        }
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || {
            format!("{name} denied the login, which the person is told")
        });
        Err(NextStep::Interact(Page::Flow {
            flow: name.clone(),
            step: String::new(),
        }))
    }

    /// Check 10.
    pub(super) fn login_flow(&mut self) -> Result<(), Stop> {
        match self.channel() {
            Channel::Interactive | Channel::Page | Channel::Device => self.flow_of_login(),
            Channel::Password | Channel::JwtBearer => self.flow_without_person(),
            _ => Ok(()),
        }
    }

    fn flow_of_login(&mut self) -> Result<(), Stop> {
        let Some(FlowFacts {
            name,
            version,
            standing,
        }) = &self.facts.flow
        else {
            return Ok(());
        };
        match standing {
            Standing::Finished => {
                self.pass(CHECK.0, CHECK.1, || format!("{name} version {version} was finished"));
                Ok(())
            }
            Standing::Due(due) if self.facts.now < due.ends_at => Err(self.due_step(name, due)),
            Standing::Due(due) => Err(self.begin_again(|| format!("{name} was to be finished by {}", due.ends_at))),
            Standing::Gone | Standing::Denied { .. } => {
                Err(self.begin_again(|| format!("{name} is not there any more")))
            }
        }
    }

    /// Nothing of a login counts any more whose flow was left, or cannot be finished: it begins with a first factor.
    fn begin_again(&mut self, told: impl FnOnce() -> String) -> Stop {
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, told);
        NextStep::Interact(Page::Login)
    }

    fn due_step(&mut self, name: &str, due: &DueStep) -> Stop {
        let enrolled = self.user().map(|user| user.enrolled.as_slice()).unwrap_or_default();
        let enrols = !due.enrols.is_empty() && !due.enrols.iter().any(|kind| enrolled.contains(kind));
        if enrols {
            return self.enrols(name, due);
        }
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || {
            format!("{name} is at its step {}", due.step)
        });
        NextStep::Interact(Page::Flow {
            flow: name.to_owned(),
            step: due.step.clone(),
        })
    }

    /// A factor is enrolled here as anywhere: whoever has one proves it first.
    fn enrols(&mut self, name: &str, due: &DueStep) -> Stop {
        let kinds = &self.facts.rules.kinds;
        let is_on = |kind: &FactorKind| *kind != FactorKind::RecoveryCode && kinds.contains(kind);
        let offered: Vec<_> = due.enrols.iter().copied().filter(is_on).collect();
        let offered = self.offered_among(&offered, Acr::Low);
        let wanted_by = format!("login flow {name}");
        match offered.first() {
            Some(best) => {
                let needed = self.offered_level(*best);
                self.enrol_one_of(CHECK, offered, (needed, &wanted_by))
            }
            None => self.refuse(CHECK, Reason::UnmetAcr, || {
                format!("{wanted_by} asks for a factor that cannot be enrolled here")
            }),
        }
    }

    fn flow_without_person(&mut self) -> Result<(), Stop> {
        let flow = self.user().and_then(|user| user.profile.login_flow.as_ref());
        let Some(flow) = flow else { return Ok(()) };
        if flow.blocks_noninteractive {
            return Err(self.refuse(CHECK, Reason::LoginFlowRequired, || {
                format!("{} takes a person who is there", flow.name)
            }));
        }
        self.pass(CHECK.0, CHECK.1, || format!("{} does not verify", flow.name));
        Ok(())
    }
}
