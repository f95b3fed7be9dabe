//! Check 9, continued: the level that the request itself prefers (`acr_values`, `claims`). ASSURANCE.md §4.

use super::mfa::Proving;
use super::{Stop, Walk};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::Requirement;
use crate::policy::assurance::{Pair, meets};
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

const CHECK: (u8, &str) = (9, "requested level");

impl<N: Notes> Walk<'_, N> {
    /// The requested value that the pair satisfies, in the request's order of preference; none where none was requested or
    /// could be had.
    pub(super) fn requested(
        &mut self,
        pair: &Pair,
        base: Requirement,
        accepted: Option<&[FactorKind]>,
    ) -> Result<Option<String>, Stop> {
        let (asked, rules) = (&self.facts.asked, &self.facts.rules);
        if asked.acr_values.is_empty() {
            return Ok(None);
        }
        let known: Vec<(&str, Acr)> = asked
            .acr_values
            .iter()
            // `none` is not a proof that can be asked for: a token must not say less than was shown.
            .filter_map(|asked| Some((asked.value.as_str(), asked.acr.filter(|acr| *acr > Acr::None)?)))
            .collect();
        let (now, began) = (self.facts.now, self.facts.began);
        let shown = |acr: Acr| meets(pair, base.join(Requirement::of(acr)), now, began);
        if let Some((value, _)) = known.iter().find(|(_, acr)| shown(*acr)) {
            self.pass(CHECK.0, CHECK.1, || format!("{value} is shown"));
            return Ok(Some((*value).to_owned()));
        }
        let counts = |kind: &FactorKind| accepted.is_none_or(|accepted| accepted.contains(kind));
        let has = |acr: Acr| self.enrolled_reaching(acr).iter().any(counts);
        let could_have = |acr: Acr| self.offered_reaching(acr).iter().any(counts);
        let must = asked.acr_essential || rules.acr_values_strict;
        // Whoever has a factor is not made to enrol another for a level that is only wished for.
        let may_enrol = |acr: Acr| rules.enrol_at_step_up && (must || !has(Acr::High)) && could_have(acr);
        let target = known
            .iter()
            .find(|(_, acr)| has(*acr))
            .or_else(|| known.iter().find(|(_, acr)| may_enrol(*acr)));
        if let Some((_, acr)) = target {
            let proving = Proving {
                check: CHECK,
                may_enrol: rules.enrol_at_step_up,
                narrowly: true,
            };
            return Err(self.prove(*acr, &"request", proving));
        }
        if must {
            return Err(self.refuse(CHECK, Reason::UnmetAcr, || "no requested level can be reached".into()));
        }
        self.pass(CHECK.0, CHECK.1, || {
            "no requested level can be reached; none is essential".into()
        });
        Ok(None)
    }
}
