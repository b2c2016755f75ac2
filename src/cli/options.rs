//! Options that several commands have.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::config::Source;
use crate::policy::Policy;
use crate::report::{self, FileReport};
use crate::schema::{Cache, Retired, Schema, Sources};

use super::Failure;
use super::output::say;

/// Which models and rules count.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// A directory of YANG modules; they take the place of built-in ones of the same name. May be
    /// given several times. SONICFG_YANG_PATH names more, with colons between them
    #[arg(long = "yang-dir", value_name = "DIR")]
    yang_dirs: Vec<PathBuf>,

    /// A file of rules that adds to the built-in policy, or overrides it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Compile the models anew, and keep no compiled form
    #[arg(long)]
    no_schema_cache: bool,

    /// What becomes of fields that flags of SYSTEM_DEFAULTS have replaced. A change is not refused for
    /// those that stood before it. If it is not said, they are errors; in migrate and rollback what fits their
    /// way
    #[arg(long, value_enum, value_name = "HOW")]
    retired: Option<RetiredArg>,
}

/// What becomes of fields that flags have replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RetiredArg {
    /// They are errors
    Error,
    /// They are warnings
    Warn,
    /// They and the models of --yang-dir count as they are, its own sonic-system-defaults included
    Allow,
    /// They may stand beside their flags, and say the same then
    Mirror,
}

impl ModelArgs {
    /// The schema of the models.
    pub fn schema(&self) -> Result<Schema, Failure> {
        self.schema_with(Retired::Error)
    }

    /// The schema of the models; what becomes of fields that flags have replaced where that is not said.
    pub fn schema_with(&self, retired: Retired) -> Result<Schema, Failure> {
        self.schema_as(self.retired_or(retired))
    }

    /// What becomes of fields that flags have replaced, as it was asked for, or else as it is given here.
    pub fn retired_or(&self, retired: Retired) -> Retired {
        match self.retired {
            None => retired,
            Some(RetiredArg::Error) => Retired::Error,
            Some(RetiredArg::Warn) => Retired::Warn,
            Some(RetiredArg::Allow) => Retired::Allow,
            Some(RetiredArg::Mirror) => Retired::Mirror,
        }
    }

    /// The schema of the models, with fields that flags have replaced taken so, whatever was asked for.
    pub fn schema_as(&self, retired: Retired) -> Result<Schema, Failure> {
        let mut sources = Sources::shipped().with_retired(retired);
        let path = std::env::var_os("SONICFG_YANG_PATH").unwrap_or_default();
        let from_path = std::env::split_paths(&path).filter(|dir| !dir.as_os_str().is_empty());
        for dir in self.yang_dirs.iter().cloned().chain(from_path) {
            sources.add_dir(&dir)?;
        }
        let cache = (!self.no_schema_cache).then(Cache::of_user);
        let loaded = Schema::load(&sources, cache.as_ref())?;
        if let Some(warning) = loaded.cache_warning {
            say(&format!(
                "warning: the compiled models are not kept, so each run takes longer: {warning}; \
                 SONICFG_CACHE_DIR names another directory\n"
            ));
        }
        Ok(loaded.schema)
    }

    /// The policy.
    pub fn policy(&self) -> Result<Policy, Failure> {
        policy(self.policy.as_deref())
    }
}

/// The built-in policy, with a file of rules that adds to it.
pub fn policy(file: Option<&Path>) -> Result<Policy, Failure> {
    let shipped = Policy::shipped();
    Ok(match file {
        Some(path) => shipped.with_file(&Source::read(path)?)?,
        None => shipped,
    })
}

/// In what form findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportForm {
    /// With the line of the source, for people
    Full,
    /// A line for each finding
    Concise,
    /// One JSON document
    Json,
    /// A JSON document for each finding, on a line of its own
    JsonLines,
    /// JUnit XML, a test case for each file
    Junit,
    /// Workflow commands of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl ReportForm {
    /// The findings of files in this form. `terminal` says whether they go to one, `deny_warnings` whether
    /// warnings fail a file.
    pub fn render(self, files: &[FileReport], terminal: bool, deny_warnings: bool) -> String {
        // Where nobody knows it, absolute paths stay what they are.
        let root = std::env::current_dir().unwrap_or_default();
        match self {
            ReportForm::Full => report::full(files, color(terminal)),
            ReportForm::Concise => report::concise(files),
            ReportForm::Json => report::json(files),
            ReportForm::JsonLines => report::json_lines(files),
            ReportForm::Junit => report::junit(files, deny_warnings),
            ReportForm::Github => report::github(files, &root),
            ReportForm::Gitlab => report::gitlab(files, &root),
            ReportForm::Sarif => report::sarif(files, &root),
        }
    }
}

/// Whether text for people is coloured; `terminal` says whether it goes to one.
pub fn color(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none()
}

/// Whether standard output is a terminal.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
