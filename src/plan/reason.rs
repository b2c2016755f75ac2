//! The reasons that a plan gives for its steps.

use crate::config::EntryName;

/// Why an entry is written in one step, and not in another or not together with another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepReason {
    /// The entry that is written.
    pub entry: EntryName,
    /// The reason, as data.
    pub because: ReasonKind,
}

/// The kinds of reasons. Steps are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonKind {
    /// No model covers its table, so it is changed unchecked.
    NoModel,
    /// The way back has no safe order of steps, so all of it is done at once.
    NoOrder,
    /// A field changes only with its entry.
    CreateOnly {
        /// The field.
        field: String,
        /// The step in which the entry is added again.
        back: usize,
    },
    /// Something that it needs is recreated.
    Follows {
        /// The recreated entry.
        others: EntrySet,
        /// The step in which the entry is added again.
        back: usize,
    },
    /// It loses a reference to something that is recreated.
    Loses {
        /// The recreated entry.
        others: EntrySet,
        /// The step in which the entry gets the reference again.
        back: usize,
    },
    /// It is down while other entries change.
    TakenDown {
        /// The entries that change.
        others: EntrySet,
        /// The step in which it is brought up again; none if it is deleted.
        back: Option<usize>,
    },
    /// It is taken down, because other entries change only while it is down.
    KeptDown {
        /// The entries that change.
        others: EntrySet,
        /// The step in which it is brought up.
        back: usize,
    },
    /// It was removed to be added again.
    Again,
    /// It gets a reference again that it lost.
    Regains {
        /// What it refers to.
        others: EntrySet,
    },
    /// It is no longer held down.
    BroughtUp {
        /// Whether it was up before the change.
        again: bool,
    },
    /// It waits until fewer entries are interrupted.
    Limit {
        /// The table or group.
        of: String,
        /// How many of it may be interrupted at once.
        limit: usize,
    },
    /// Sooner, the config would not have been valid.
    Invalid {
        /// What would have been wrong, if that is known.
        error: Option<String>,
    },
    /// Something was done to the entry itself before.
    Own {
        /// In which step.
        step: usize,
    },
    /// Other entries are written before it.
    After {
        /// In which step.
        step: usize,
        /// Which.
        others: EntrySet,
        /// Why.
        dependency: DependencyKind,
    },
    /// Other entries are written after it.
    Before {
        /// In which step.
        step: usize,
        /// Which.
        others: EntrySet,
        /// Why.
        dependency: DependencyKind,
    },
}

/// Entries that a reason is about; one at least. They are sorted, each there once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntrySet(pub Vec<EntryName>);

impl EntrySet {
    /// Some entries, if there is any.
    pub(super) fn of(names: impl IntoIterator<Item = EntryName>) -> Option<Self> {
        let mut others = EntrySet(names.into_iter().collect());
        others.tidy();
        (!others.0.is_empty()).then_some(others)
    }

    fn tidy(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }
}

/// What ties two writes to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DependencyKind {
    /// The later one brings a reference to what the earlier one brings.
    RefersTo,
    /// The earlier one gives up a reference to what the later one takes away.
    ReferredBy,
    /// The earlier one brings what takes the place of what the later one takes away, for a third.
    Replaces,
    /// The earlier one, which goes, has lanes that the later one takes.
    Lanes,
    /// The daemon of the later one does not take it while the earlier one is there.
    Conflict,
    /// The later one changes only while the earlier one is down.
    WhileEarlierDown,
    /// The earlier one changes only while the later one is down, which is brought up then.
    WhileLaterDown,
    /// A condition of one turns on whether the other is there.
    Condition(Condition),
}

/// What a condition asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// One of the later entry asks for the earlier one.
    LaterNeedsEarlier,
    /// A condition of the earlier entry needs the later one, which is deleted.
    EarlierNeedsLater,
    /// The earlier one must be deleted or changed before the later one is possible.
    Excludes,
    /// Which is not known.
    Unclear,
}

impl ReasonKind {
    fn others_mut(&mut self) -> Option<&mut EntrySet> {
        match self {
            ReasonKind::Follows { others, .. }
            | ReasonKind::Loses { others, .. }
            | ReasonKind::TakenDown { others, .. }
            | ReasonKind::KeptDown { others, .. }
            | ReasonKind::Regains { others }
            | ReasonKind::After { others, .. }
            | ReasonKind::Before { others, .. } => Some(others),
            ReasonKind::NoModel
            | ReasonKind::NoOrder
            | ReasonKind::CreateOnly { .. }
            | ReasonKind::Again
            | ReasonKind::BroughtUp { .. }
            | ReasonKind::Limit { .. }
            | ReasonKind::Invalid { .. }
            | ReasonKind::Own { .. } => None,
        }
    }
}

/// Makes one reason of those that an entry has in several parts. That something was done to the entry
/// before says nothing beside others.
pub fn joined(reasons: Vec<StepReason>) -> Vec<StepReason> {
    let mut apart: Vec<(StepReason, Vec<EntryName>)> = reasons
        .into_iter()
        .map(|mut reason| {
            let others = reason.because.others_mut();
            let others = others.map(|others| std::mem::take(&mut others.0));
            (reason, others.unwrap_or_default())
        })
        .collect();
    apart.sort_by(|(one, _), (other, _)| one.cmp(other));
    apart.dedup_by(|(next, more), (reason, others)| {
        let is_same = next == reason;
        if is_same {
            others.append(more);
        }
        is_same
    });
    let reasons = apart.into_iter().map(|(mut reason, others)| {
        if let Some(place) = reason.because.others_mut() {
            place.0 = others;
            place.tidy();
        }
        reason
    });
    let mut reasons: Vec<StepReason> = reasons.collect();
    // They are sorted by entry, so that those of one entry are adjacent.
    let is_own = |reason: &StepReason| matches!(reason.because, ReasonKind::Own { .. });
    let has_others = |at: usize| {
        let beside = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten();
        beside
            .filter_map(|other| reasons.get(other))
            .any(|other| other.entry == reasons[at].entry)
    };
    let needless: Vec<bool> = (0..reasons.len())
        .map(|at| is_own(&reasons[at]) && has_others(at))
        .collect();
    let mut needless = needless.into_iter();
    reasons.retain(|_| !needless.next().unwrap_or_default());
    reasons
}
