//! What is told while a change is carried out: on standard error, where somebody looks at it.

use std::io::IsTerminal;

use crate::policy::Policy;
use crate::store::EntryChange;
use crate::transaction::Progress;
use crate::validate::masked_entry;

use super::change::masked_pointer;
use super::output::say;

/// How many entries of a step are named.
const NAMED: usize = 3;

/// Tells a person what happens.
pub struct Told<'a> {
    policy: &'a Policy,
    /// Whether each step is told.
    steps: bool,
}

impl<'a> Told<'a> {
    /// Steps are told on a terminal, or where it is asked for.
    pub fn new(policy: &'a Policy, verbose: bool) -> Self {
        Told {
            policy,
            steps: verbose || std::io::stderr().is_terminal(),
        }
    }
}

impl Progress for Told<'_> {
    fn step(&mut self, store: &str, step: usize, of: usize, changes: &[EntryChange]) {
        if !self.steps {
            return;
        }
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

    fn shown(&self, pointer: &str) -> String {
        masked_pointer(self.policy, pointer)
    }

    fn doing(&mut self, command: &str) {
        if self.steps {
            say(&format!("runs {command}\n"));
        }
    }

    fn say(&mut self, text: &str) {
        say(&format!("{text}\n"));
    }
}
