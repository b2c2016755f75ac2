//! What all forms have in common in which findings are shown.

use super::{Counts, FileReport, Group};

/// Shows findings as they come, so that of many files none has to be kept.
pub trait Render {
    /// Takes in what was found in one input: in a file, or in a change and the configs that it is for. `groups` are its
    /// findings by what they follow from, for people, where that is known. What of the text is ready by then comes
    /// behind `out`.
    fn files(&mut self, files: &[FileReport], groups: Option<&[Group]>, out: &mut String);

    /// What stands behind everything.
    fn end(&mut self, out: &mut String);
}

/// Files in a form.
pub fn rendered(mut form: impl Render, files: &[FileReport]) -> String {
    let mut out = String::new();
    form.files(files, None, &mut out);
    form.end(&mut out);
    out
}

/// Which findings fail a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailOn {
    /// Whether warnings count as failures.
    pub deny_warnings: bool,
    /// Not those that stood before the change.
    pub allow_existing: bool,
}

impl FailOn {
    /// The findings of a file that count.
    pub fn counts(self, file: &FileReport) -> Counts {
        let mut counts = file.counts();
        if self.allow_existing {
            counts.errors -= file.preexisting.errors;
            counts.warnings -= file.preexisting.warnings;
        }
        counts
    }

    /// Whether as many findings are a failure.
    pub fn fails(self, counts: Counts) -> bool {
        counts.errors > 0 || self.deny_warnings && counts.warnings > 0
    }
}
