//! What only one may have: keys of entries, values that a `unique` statement is about, lanes, ranges.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::schema::NodeId;
use crate::validate::tree::{Inst, Order, Symbol};

/// Something that only one may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The rule that makes the claim.
    pub rule: ClaimRule,
    /// The values that are claimed.
    pub values: SmallVec<[Symbol; 4]>,
}

/// The rules by which only one may have something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimRule {
    /// Entries of a list have different keys.
    Key(NodeId),
    /// Entries of a list have different addresses in their keys, in one spelling.
    Address(NodeId),
    /// A `unique` statement of a list, by its position.
    Unique(NodeId, u32),
    /// A lane belongs to one port.
    Lane,
    /// What is used once in a VRF, by the rule's position.
    OnceInVrf(u32),
}

/// The owner of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimant {
    /// Its position: the first owner wins.
    pub rank: (u32, Order),
    /// The unit that makes the claim.
    pub unit: u32,
    /// The node that makes the claim.
    pub inst: Inst,
}

/// All that is claimed.
#[derive(Debug, Clone, Default)]
pub struct Claims(FxHashMap<Claim, SmallVec<[Claimant; 1]>>);

impl Claims {
    /// Adds a claim. Others who have the same are added to `concerned`.
    pub fn add(&mut self, claim: Claim, holder: Claimant, concerned: &mut FxHashSet<u32>) {
        let holders = self.0.entry(claim).or_default();
        concerned.extend(holders.iter().map(|other| other.unit));
        holders.push(holder);
    }

    /// Takes a claim back. Others who have the same are added to `concerned`.
    pub fn remove(&mut self, claim: &Claim, inst: Inst, concerned: &mut FxHashSet<u32>) {
        if let Some(holders) = self.0.get_mut(claim) {
            holders.retain(|holder| holder.inst != inst);
            if holders.is_empty() {
                self.0.remove(claim);
            } else {
                concerned.extend(holders.iter().map(|other| other.unit));
            }
        }
    }

    /// Who has it first.
    pub fn first(&self, claim: &Claim) -> Option<&Claimant> {
        self.0.get(claim)?.iter().min_by_key(|holder| holder.rank)
    }
}
