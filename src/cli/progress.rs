//! The progress of a change on standard error.

use std::io::IsTerminal;

use crate::engine::{Event, Observer};
use crate::policy::Policy;
use crate::store::EntryChange;
use crate::transaction::ChangeOutcome as Ended;
use crate::validate::masked_entry;

use super::output::say;

/// How many entries of a step are named.
const NAMED: usize = 3;

/// Prints what happens, for a person.
pub struct TerminalProgress<'a> {
    policy: &'a Policy,
    /// Whether each step is printed.
    steps: bool,
}

impl<'a> TerminalProgress<'a> {
    /// Steps are printed on a terminal, or with `verbose`.
    pub fn new(policy: &'a Policy, verbose: bool) -> Self {
        TerminalProgress {
            policy,
            steps: verbose || std::io::stderr().is_terminal(),
        }
    }
}

impl Observer for TerminalProgress<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::StepStarted {
                store,
                step,
                of,
                changes,
            } => {
                if self.steps {
                    self.step(store, *step, *of, changes);
                }
            }
            Event::CommandStarted { command } => {
                if self.steps {
                    say(&format!("runs {command}\n"));
                }
            }
            Event::Recovered { id, holder, outcome } => {
                let what = match outcome {
                    Ended::Applied { .. } => "is completed".to_owned(),
                    Ended::Closed { reason } => format!("is closed: {reason}"),
                    _ => "is rolled back".to_owned(),
                };
                say(&format!(
                    "the change {id}, which {holder} left unfinished, {what}\n"
                ));
            }
            Event::Expired { pending, kept } => {
                let kept = if kept.is_empty() {
                    String::new()
                } else {
                    format!("; {}", kept_changes(kept))
                };
                say(&format!(
                    "the change {} by {} was not confirmed until {}, and is rolled back{kept}\n",
                    pending.id, pending.holder, pending.until
                ));
            }
            Event::OtherServer { id, holder, store } => say(&format!(
                "warning: {store} is another server than the one on which {holder} made the change {id}, which is not \
                 finished; that change is left alone\n"
            )),
            Event::ForeignChangesKept(places) => say(&format!("{}\n", kept_changes(places))),
            Event::NotRecorded(error) => say(&format!(
                "warning: the change is rolled back, but the history does not have it yet: {error}\n"
            )),
            Event::HookFailed(error) | Event::SaveNotRestored(error) => say(&format!("warning: {error}\n")),
        }
    }
}

fn kept_changes(places: &[String]) -> String {
    format!(
        "another client changed {}; its values are kept",
        places.join(", ")
    )
}

impl TerminalProgress<'_> {
    fn step(&self, store: &str, step: usize, of: usize, changes: &[EntryChange]) {
        let mut names: Vec<String> = changes
            .iter()
            .take(NAMED)
            .map(|change| {
                let sign = match (&change.before, &change.after) {
                    (None, _) => '+',
                    (_, None) => '-',
                    _ => '~',
                };
                format!("{sign} {}", masked_entry(self.policy, &change.entry()))
            })
            .collect();
        if changes.len() > NAMED {
            names.push(format!("and {} more", changes.len() - NAMED));
        }
        say(&format!("{store}: step {step} of {of}: {}\n", names.join(", ")));
    }
}
