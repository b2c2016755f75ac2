//! Trying actions out on the validator, which holds what was tried last.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::{Write, WriteRef};
use crate::plan::content::{give_value, without};
use crate::plan::graph::{ActionKind, Graph};
use crate::validate::EntryDiagnostic;

use super::{Scheduler, State};

/// What an entry becomes.
pub(super) struct Content<'c> {
    /// The position of the entry.
    pub at: usize,
    /// What it holds; `None` where it is not there.
    pub value: Option<Cow<'c, Value>>,
    /// What that is, where it lacks nothing.
    pub form: Option<Form>,
}

/// What an entry that lacks nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Form {
    /// What it is at this end of the plan,
    pub end: End,
    /// but down, by the rule of this position.
    pub down: Option<usize>,
}

/// The ends of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    Current,
    Target,
}

impl Content<'_> {
    /// The write that makes it so.
    pub(super) fn write<'w>(&'w self, graph: &'w Graph) -> WriteRef<'w> {
        graph.entries[self.at].name.written_as(self.value.as_deref())
    }
}

impl<'c> Scheduler<'_, 'c, '_> {
    pub(super) fn done_to(&self, at: usize, mut state: State, kind: &ActionKind) -> State {
        let entry = &self.graph.entries[at];
        match kind {
            ActionKind::Delete => state.present = false,
            ActionKind::Create => {
                state.present = true;
                state.changed = true;
                state.down = self.graph.action(at, &ActionKind::Up).is_some();
            }
            ActionKind::Edit => state.changed = true,
            ActionKind::Down => state.down = true,
            ActionKind::Up => state.down = false,
            ActionKind::Clear(part) => {
                state.lost.insert(part.clone());
                if entry.detached.contains_key(part) {
                    state.lacking.insert(part.clone());
                }
            }
            ActionKind::Set(part) => {
                state.lost.remove(part);
                state.lacking.remove(part);
            }
        }
        state
    }

    /// What an entry holds in a state.
    fn content(&self, at: usize, state: &State) -> Content<'c> {
        let entry = &self.graph.entries[at];
        let (whole, hidden, end) = if state.changed {
            (entry.target, &state.lacking, End::Target)
        } else {
            (entry.current, &state.lost, End::Current)
        };
        let Some(whole) = whole.filter(|_| state.present) else {
            return Content {
                at,
                value: None,
                form: None,
            };
        };
        let mut value = Cow::Borrowed(whole);
        if !hidden.is_empty() {
            value = Cow::Owned(without(whole, hidden));
        }
        let down = entry.taken_down.as_ref().filter(|_| state.down);
        if let Some((rule, _)) = down {
            give_value(value.to_mut(), &self.policy.change_requires[*rule]);
        }
        Content {
            at,
            value: Some(value),
            form: hidden.is_empty().then_some(Form {
                end,
                down: down.map(|(rule, _)| *rule),
            }),
        }
    }

    /// The state of an entry once some actions are done.
    fn state_after(&self, at: usize, actions: &BTreeSet<usize>) -> Cow<'_, State> {
        let own = self.actions_on[at]
            .iter()
            .filter(|action| actions.contains(action));
        own.fold(Cow::Borrowed(&self.states[at]), |state, &action| {
            Cow::Owned(self.done_to(at, state.into_owned(), &self.graph.actions[action].kind))
        })
    }

    /// What an entry is once some actions are done.
    pub(super) fn content_after(&self, at: usize, actions: &BTreeSet<usize>) -> Content<'c> {
        self.content(at, &self.state_after(at, actions))
    }

    /// The writes of some actions.
    pub(super) fn writes(&self, actions: &BTreeSet<usize>) -> Vec<Write> {
        let entries = self.entries_of(actions.iter());
        entries
            .into_iter()
            .map(|at| self.content_after(at, actions).write(self.graph).to_write())
            .collect()
    }

    pub(super) fn entries_of<'x>(&self, actions: impl Iterator<Item = &'x usize>) -> BTreeSet<usize> {
        actions.map(|&action| self.graph.actions[action].entry).collect()
    }

    /// Has the validator hold the config after some actions.
    pub(super) fn try_out(&mut self, actions: &BTreeSet<usize>) {
        let entries = self.entries_of(self.tried.symmetric_difference(actions));
        if entries.is_empty() {
            return;
        }
        let contents: Vec<Content> = entries
            .into_iter()
            .map(|at| self.content_after(at, actions))
            .collect();
        self.tried.clone_from(actions);
        let writes = contents.iter().map(|content| content.write(self.graph));
        let update = self.validator.update(writes);
        for cured in &update.cured {
            if let Some(at) = self.bad.iter().position(|found| found == cured) {
                self.bad.swap_remove(at);
            }
        }
        let new = update.new.into_iter();
        self.bad
            .extend(new.filter(|found| found.is_error() && !(self.tolerated)(found)));
    }

    /// Whether nothing is left to do after some actions, which are not done yet: then the config is the
    /// target.
    pub(super) fn completes(&self, actions: &BTreeSet<usize>) -> bool {
        self.step_of.iter().filter(|step| step.is_none()).count() == actions.len()
    }

    /// The errors that some actions would bring. The target, of which it is known that it is valid, is not
    /// tried out.
    pub(super) fn trial(&mut self, actions: &BTreeSet<usize>) -> Vec<EntryDiagnostic> {
        if self.completes(actions) {
            return Vec::new();
        }
        self.try_out(actions);
        self.bad.clone()
    }
}
