//! The forms in which findings are shown, and what each needs to know.

use std::path::PathBuf;

use super::groups::Group;
use super::{Concise, Counts, FileReport, Full, Github, Gitlab, Json, JsonLines, Junit, Sarif};

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

/// A form of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With the line of the source, for people.
    Full,
    /// A line for each finding.
    Concise,
    /// One JSON document.
    Json,
    /// A JSON document for each finding, on a line of its own.
    JsonLines,
    /// JUnit XML, a test case for each file.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// SARIF 2.1.0.
    Sarif,
}

/// How findings are looked at.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Whether text for people has the escape sequences of a terminal.
    pub color: bool,
    /// The folder that paths lead from for other programs; where it is empty, absolute paths stay.
    pub root: PathBuf,
    /// What fails a file.
    pub judgement: Judgement,
    /// The command, where a form names it.
    pub command: &'static str,
}

/// Which findings fail a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Warnings too.
    pub deny_warnings: bool,
    /// Not those that stood before the change.
    pub allow_existing: bool,
}

impl Judgement {
    /// The findings of a file that count.
    pub fn counts(self, file: &FileReport) -> Counts {
        let mut counts = file.counts();
        if self.allow_existing {
            counts.errors -= file.existing.errors;
            counts.warnings -= file.existing.warnings;
        }
        counts
    }

    /// Whether as many findings are a failure.
    pub fn fails(self, counts: Counts) -> bool {
        counts.errors > 0 || self.deny_warnings && counts.warnings > 0
    }
}

impl Form {
    /// What shows findings in this form.
    pub fn renderer(self, look: Look) -> Box<dyn Render> {
        match self {
            Form::Full => Box::new(Full::new(look.color)),
            Form::Concise => Box::new(Concise),
            Form::Json => Box::new(Json::default()),
            Form::JsonLines => Box::new(JsonLines),
            Form::Junit => Box::new(Junit::new(look.command, look.judgement)),
            Form::Github => Box::new(Github::new(look.root)),
            Form::Gitlab => Box::new(Gitlab::new(look.root)),
            Form::Sarif => Box::new(Sarif::new(look.root)),
        }
    }
}
