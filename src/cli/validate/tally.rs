//! Counting what was found in all files.

use std::collections::BTreeMap;

use crate::engine::check::InputReport;
use crate::report::{Counts, FailOn, counted};
use crate::validate::Rule;

/// What was found in all files.
#[derive(Debug, Default)]
pub struct Tally {
    fail_on: FailOn,
    /// How many inputs there were.
    pub inputs: usize,
    /// How many of them have findings that fail them.
    pub failed: usize,
    /// The findings that count.
    counts: Counts,
    rules: BTreeMap<Rule, usize>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(fail_on: FailOn) -> Self {
        Tally {
            fail_on,
            ..Tally::default()
        }
    }

    /// Counts what was found in an input; true if that fails it.
    pub fn add(&mut self, report: &InputReport) -> bool {
        let counts = report.counts(self.fail_on);
        for diagnostic in report.files.iter().flat_map(|file| &file.diagnostics) {
            *self.rules.entry(diagnostic.rule).or_default() += 1;
        }
        let failed = self.fail_on.fails(counts);
        self.inputs += 1;
        self.failed += usize::from(failed);
        self.counts += counts;
        failed
    }

    /// What failed, if anything did: `3 errors`, of several inputs with how many of them it was found in.
    pub fn failure(&self, word: &str) -> Option<String> {
        if self.failed == 0 {
            return None;
        }
        let found = format!("{} found", self.counts.words(" and "));
        Some(match self.inputs {
            1 => found,
            all => format!("{found} in {} of {}", self.failed, counted(all, word)),
        })
    }

    /// What there was, in two lines: inputs, and findings by kind.
    pub fn summary(&self, word: &str, ignored: usize, recalled: usize) -> String {
        let valid = self.inputs - self.failed;
        let mut text = format!(
            "{}: {valid} valid, {} invalid",
            counted(self.inputs, word),
            self.failed
        );
        if recalled > 0 {
            text += &format!("; {recalled} unchanged since they were last checked");
        }
        if ignored > 0 {
            text += &format!("; {} ignored", counted(ignored, "finding"));
        }
        let mut rules: Vec<(Rule, usize)> = self.rules.iter().map(|(&rule, &count)| (rule, count)).collect();
        // The most frequent first.
        rules.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let rules: Vec<String> = rules
            .iter()
            .map(|(rule, count)| format!("{count} {rule}"))
            .collect();
        if !rules.is_empty() {
            let counts = self.counts.words(", ");
            let counts = if counts.is_empty() {
                "nothing new".to_owned()
            } else {
                counts
            };
            text += &format!("\n{counts}: {}", rules.join(", "));
        }
        text + "\n"
    }
}
