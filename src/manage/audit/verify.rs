//! Verifying the audit log: nothing sealed was altered, removed or reordered; and what is not sealed yet.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Head, PAGE, seal_holds};
use crate::error::Result;
use crate::model::id::ChainId;
use crate::model::secret::Digest;
use crate::store;
use crate::store::audit::{Met, Seal};
use crate::work::{Shared, View};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Entries that were read.
    pub entries: u64,
    /// Chains that were walked.
    pub chains: usize,
    /// Seals that were checked.
    pub seals: usize,
    /// The youngest seal, to be compared with what was logged when it was made.
    pub last_seal: Option<Anchor>,
    /// What does not hold; empty when everything does.
    pub problems: Vec<String>,
    /// What no seal covers yet.
    pub unsealed: Vec<Unsealed>,
}

/// A seal as it was logged, outside of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// The seal's number.
    pub number: i64,
    /// Its HMAC, in hexadecimal digits.
    pub mac: String,
}

/// The end of a chain that no seal covers yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsealed {
    /// The chain.
    pub chain: ChainId,
    /// The first entry that is not sealed.
    pub from_sequence: i64,
    /// How many there are.
    pub count: i64,
}

/// Walks every chain and every seal. `anchor` is a seal known from the log, which must still be there.
///
/// # Errors
/// A fault of the database.
pub fn verify(view: &mut View<'_>, anchor: Option<&Anchor>) -> Result<VerifyReport> {
    // Entries are added meanwhile. Marks are read before seals, and seals before entries, so that what is named by one
    // is found in the next.
    let marks = store::audit::registered(view.tx)?;
    let seals = store::audit::seals(view.tx)?;
    let mut findings = Findings::default();
    let sealed = check_seals(view.shared, &seals, &mut findings);
    check_anchor(&seals, anchor, &mut findings);
    check_marks(&marks, &sealed, &mut findings);

    let chains = store::audit::chains(view.tx)?;
    let registered: BTreeSet<ChainId> = store::audit::registered(view.tx)?
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let (mut entries, mut unsealed) = (0, Vec::new());
    for chain in &chains {
        if !registered.contains(chain) {
            findings.add(|| format!("chain {chain} is not registered, so that nothing seals it"));
        }
        let mut walk = Walk::along(*chain, sealed.get(chain).cloned().unwrap_or_default());
        entries += walk.reach_end(view, &mut findings)?;
        unsealed.extend(walk.unsealed());
    }
    let there: BTreeSet<ChainId> = chains.iter().copied().collect();
    let named: BTreeSet<ChainId> = marks.iter().map(|(id, _)| *id).chain(sealed.keys().copied()).collect();
    for gone in named.difference(&there) {
        findings.add(|| format!("chain {gone} has no entries left: it was removed"));
    }
    Ok(VerifyReport {
        entries,
        chains: chains.len(),
        seals: seals.len(),
        last_seal: seals.last().map(anchor_of),
        problems: findings.told(),
        unsealed,
    })
}

/// The most problems that are named one by one.
const NAMED: usize = 100;

#[derive(Default)]
struct Findings {
    problems: Vec<String>,
    further: usize,
}

impl Findings {
    fn add(&mut self, problem: impl FnOnce() -> String) {
        if self.problems.len() < NAMED {
            self.problems.push(problem());
        } else {
            self.further += 1;
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.further > 0 {
            self.problems.push(format!("and {} more", self.further));
        }
        self.problems
    }
}

/// The sealed links of one chain by their place.
type SealedLinks = BTreeMap<i64, Digest>;

/// Checks numbers and HMACs of all seals; returns what the good ones say.
fn check_seals(shared: &Shared, seals: &[Seal], findings: &mut Findings) -> BTreeMap<ChainId, SealedLinks> {
    let mut sealed: BTreeMap<ChainId, SealedLinks> = BTreeMap::new();
    let (mut number, mut before) = (0, [0; 32]);
    for seal in seals {
        let follows = seal.number == number + 1;
        if !follows {
            findings.add(|| format!("seal {} is missing", number + 1));
        }
        // After a gap the seal before is unknown, and the gap was named.
        let heads = serde_json::from_str::<Vec<Head>>(&seal.heads);
        match heads {
            Ok(heads) if !follows || seal_holds(shared, seal, &before) => {
                for head in heads {
                    sealed.entry(head.chain).or_default().insert(head.sequence, head.link);
                }
            }
            _ => findings.add(|| format!("seal {} was altered", seal.number)),
        }
        (number, before) = (seal.number, seal.mac);
    }
    sealed
}

fn anchor_of(seal: &Seal) -> Anchor {
    Anchor {
        number: seal.number,
        mac: Digest::new(seal.mac).into(),
    }
}

fn check_anchor(seals: &[Seal], anchor: Option<&Anchor>, findings: &mut Findings) {
    let Some(anchor) = anchor else { return };
    match seals.iter().find(|seal| seal.number == anchor.number) {
        Some(seal) if anchor_of(seal) == *anchor => {}
        Some(_) => findings.add(|| format!("seal {} is another than the one that was logged", anchor.number)),
        None => findings.add(|| format!("seal {}, which was logged, is missing", anchor.number)),
    }
}

/// A chain that is marked further than any seal reaches lost its last seal.
fn check_marks(marks: &[(ChainId, i64)], sealed: &BTreeMap<ChainId, SealedLinks>, findings: &mut Findings) {
    for (chain, mark) in marks {
        let reached = sealed.get(chain).and_then(|links| links.keys().next_back()).copied();
        let reached = reached.unwrap_or(0);
        if *mark > reached {
            findings
                .add(|| format!("chain {chain} was sealed up to entry {mark}, but no seal says so beyond {reached}"));
        }
    }
}

/// A walk along one chain.
struct Walk {
    chain: ChainId,
    sealed: SealedLinks,
    sequence: i64,
    head: [u8; 32],
}

impl Walk {
    fn along(chain: ChainId, sealed: SealedLinks) -> Self {
        Self {
            chain,
            sealed,
            sequence: 0,
            head: [0; 32],
        }
    }

    fn reach_end(&mut self, view: &mut View<'_>, findings: &mut Findings) -> Result<u64> {
        let mut entries = 0;
        loop {
            let page = store::audit::chain(view.tx, self.chain, self.sequence, PAGE)?;
            if page.is_empty() {
                break;
            }
            for met in &page {
                self.step(view.shared, met, findings);
                entries += 1;
            }
        }
        let (chain, end) = (self.chain, self.sequence);
        if let Some(reached) = self.sealed.keys().next_back().filter(|reached| **reached > end) {
            findings
                .add(|| format!("chain {chain} ends at entry {end}, but was sealed up to {reached}: its end was cut"));
        }
        Ok(entries)
    }

    fn step(&mut self, shared: &Shared, met: &Met, findings: &mut Findings) {
        let (chain, entry) = (self.chain, &met.entry);
        let (expected, here) = (self.sequence + 1, entry.sequence);
        if here == expected {
            if !shared.link_holds(&self.head, entry) {
                findings.add(|| format!("chain {chain}: entry {here} was altered, moved or put in"));
            }
        } else if here == expected + 1 {
            findings.add(|| format!("chain {chain}: entry {expected} is missing"));
        } else {
            findings.add(|| format!("chain {chain}: entries {expected} to {} are missing", here - 1));
        }
        if !met.findable {
            findings.add(|| format!("chain {chain}: entry {here} is filed under other words than it holds"));
        }
        if self
            .sealed
            .get(&here)
            .is_some_and(|link| link.as_bytes() != &entry.link)
        {
            findings.add(|| format!("chain {chain}: entry {here} is not the one that was sealed"));
        }
        // From here on what is stored is taken as it is, so that each breach is named once.
        (self.sequence, self.head) = (here, entry.link);
    }

    fn unsealed(&self) -> Option<Unsealed> {
        let reached = self.sealed.keys().next_back().copied().unwrap_or(0);
        (self.sequence > reached).then(|| Unsealed {
            chain: self.chain,
            from_sequence: reached + 1,
            count: self.sequence - reached,
        })
    }
}
