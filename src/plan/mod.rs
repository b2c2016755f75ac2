//! From a change to the fewest steps that are safe for a running switch.
//!
//! What safe means: every step leads to a valid config; what refers to something comes after it and
//! goes before it; some fields change only with their entry, some entries only while a port is down;
//! nothing else is touched, and not too much is interrupted at once.

pub mod check;

use serde::Serialize;

use crate::config::{EntryName, Write};

/// The ordered steps from one config to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The steps; each is committed as one.
    pub steps: Vec<Step>,
    /// The plan in figures.
    pub summary: Summary,
}

/// Entry writes that are committed together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// The writes, each entry once, in the order of their names.
    pub writes: Vec<Write>,
    /// Why the writes stand in this step and not in another.
    pub why: Vec<Reason>,
    /// Entries whose service this step interrupts: they are removed to be added again, or taken down.
    pub disrupts: Vec<EntryName>,
}

/// Why an entry is written in one step, and not in another or not together with another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The entry that is written.
    pub entry: EntryName,
    /// Why.
    pub because: Because,
}

/// The kinds of reasons. Steps are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// `other` refers to it, so it is there before `other` comes in step `step`.
    Before {
        /// What refers to the entry, or needs it.
        other: EntryName,
        /// Where that comes.
        step: usize,
    },
    /// It refers to `other`, or needs it, so `other` came before it, in step `step`.
    After {
        /// What the entry refers to.
        other: EntryName,
        /// Where that came or went.
        step: usize,
    },
    /// A field changes only with its entry.
    CreateOnly {
        /// The field.
        field: String,
    },
    /// Something that it refers to goes and comes again.
    Follows {
        /// What goes and comes again.
        other: EntryName,
    },
    /// Entries change only while it has another value.
    TakenDown {
        /// One of those entries.
        other: EntryName,
    },
    /// It gets the value again that it had before it was taken down.
    BroughtUp,
    /// It waits until fewer entries of its kind are interrupted.
    Limit {
        /// The table or group.
        of: String,
        /// How many may be interrupted at once.
        limit: usize,
    },
    /// Only together do the changes of both hold.
    Together {
        /// The other.
        other: EntryName,
    },
}

/// A plan in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many steps there are.
    pub steps: usize,
    /// How many entries differ between the two configs.
    pub entries_changed: usize,
    /// How many entries any step writes.
    pub entries_touched: usize,
    /// How many entries are removed and added again.
    pub entries_bounced: usize,
    /// No plan has fewer steps.
    pub lower_bound: usize,
}

/// How much may be interrupted between two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Disruption {
    /// What the policy says.
    #[default]
    Policy,
    /// This many entries of each table on their own account; what depends on them is not counted.
    Rolling(usize),
    /// As much as there is.
    AllAtOnce,
}
