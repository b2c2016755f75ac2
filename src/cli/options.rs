//! Options that several commands have.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde::Deserialize;

use crate::config::Source;
use crate::policy::Policy;
use crate::report::{Concise, Full, Github, Gitlab, Json, JsonLines, Judgement, Junit, Render, Sarif};
use crate::schema::{Cache, Modules, Retired, Schema};

use super::Failure;
use super::output::say;
use super::settings::Settings;

/// The rules of a machine, which count where no others are named.
const MACHINE_POLICY: &str = "/etc/sonicfg/policy.toml";

/// Which models and rules count.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// A directory of YANG modules; they take the place of built-in ones of the same name. May be
    /// given several times. SONICFG_YANG_PATH names more, with colons between them
    #[arg(long = "yang-dir", value_name = "DIR")]
    yang_dirs: Vec<PathBuf>,

    /// A file of rules that adds to the built-in policy, or overrides it; else it is /etc/sonicfg/policy.toml, where
    /// that is there
    #[arg(long, value_name = "FILE", env = "SONICFG_POLICY", hide_env_values = true)]
    policy: Option<PathBuf>,

    /// A file of settings, which say what options and the environment do not. Commands that change nothing take
    /// the nearest .sonicfg.toml in the working directory or above it by themselves
    #[arg(
        long,
        value_name = "FILE",
        env = "SONICFG_CONFIG_FILE",
        hide_env_values = true
    )]
    config_file: Option<PathBuf>,

    #[arg(skip)]
    settings: OnceLock<Result<Settings, Failure>>,

    /// Compile the models anew, and keep no compiled form
    #[arg(long)]
    no_schema_cache: bool,

    /// What becomes of fields that flags of SYSTEM_DEFAULTS have replaced. A change is not refused for
    /// those that stood before it. If it is not said, they are errors; in migrate and rollback what fits their
    /// way
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        env = "SONICFG_RETIRED",
        hide_env_values = true
    )]
    retired: Option<RetiredArg>,
}

/// What becomes of fields that flags have replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetiredArg {
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
    /// The settings of the project that the command is called in, for commands that change nothing. To be called
    /// first. Whoever makes a change names the file: another's folder should not decide what is done to a switch.
    ///
    /// # Errors
    /// [`Failure::Environment`]: the file cannot be read, or is refused.
    pub fn look_around(&self) -> Result<&Settings, Failure> {
        let settings = self.settings.get_or_init(|| match &self.config_file {
            Some(path) => Settings::read(path),
            None => Settings::around(),
        });
        settings.as_ref().map_err(Clone::clone)
    }

    /// The settings that count.
    fn settings(&self) -> Result<&Settings, Failure> {
        let settings = self.settings.get_or_init(|| match &self.config_file {
            Some(path) => Settings::read(path),
            None => Ok(Settings::default()),
        });
        settings.as_ref().map_err(Clone::clone)
    }

    /// The schema of the models.
    pub fn schema(&self) -> Result<Schema, Failure> {
        self.schema_with(Retired::Error)
    }

    /// The schema of the models; what becomes of fields that flags have replaced where that is not said.
    pub fn schema_with(&self, retired: Retired) -> Result<Schema, Failure> {
        self.schema_as(self.retired_or(retired)?)
    }

    /// What becomes of fields that flags have replaced, as it was asked for, or else as it is given here.
    ///
    /// # Errors
    /// As [`ModelArgs::look_around`].
    pub fn retired_or(&self, retired: Retired) -> Result<Retired, Failure> {
        Ok(match self.retired.or(self.settings()?.retired()) {
            None => retired,
            Some(RetiredArg::Error) => Retired::Error,
            Some(RetiredArg::Warn) => Retired::Warn,
            Some(RetiredArg::Allow) => Retired::Allow,
            Some(RetiredArg::Mirror) => Retired::Mirror,
        })
    }

    /// The schema of the models, with fields that flags have replaced taken so, whatever was asked for.
    pub fn schema_as(&self, retired: Retired) -> Result<Schema, Failure> {
        self.load(&self.modules(retired)?)
    }

    /// The models.
    ///
    /// # Errors
    /// [`Failure::Environment`]: a directory cannot be listed.
    pub fn modules(&self, retired: Retired) -> Result<Modules, Failure> {
        let path = std::env::var_os("SONICFG_YANG_PATH").unwrap_or_default();
        let from_path = std::env::split_paths(&path).filter(|dir| !dir.as_os_str().is_empty());
        let mut dirs: Vec<PathBuf> = self.yang_dirs.iter().cloned().chain(from_path).collect();
        if dirs.is_empty() {
            dirs.extend(self.settings()?.yang_dirs());
        }
        Ok(Modules::new(dirs, retired)?)
    }

    /// The digest of models: another for models of which something else comes.
    ///
    /// # Errors
    /// [`Failure::Environment`]: they cannot be read.
    pub fn digest(&self, modules: &Modules) -> Result<[u8; 32], Failure> {
        Ok(modules.digest(self.cache().as_ref())?)
    }

    /// The schema of models.
    ///
    /// # Errors
    /// [`Failure::Environment`]: they cannot be read, or are refused.
    pub fn load(&self, modules: &Modules) -> Result<Schema, Failure> {
        let loaded = modules.load(self.cache().as_ref())?;
        if let Some(warning) = loaded.cache_warning {
            say(&format!(
                "warning: the compiled models are not kept, so each run takes longer: {warning}; \
                 SONICFG_CACHE_DIR names another directory\n"
            ));
        }
        Ok(loaded.schema)
    }

    fn cache(&self) -> Option<Cache> {
        (!self.no_schema_cache).then(Cache::of_user)
    }

    /// The policy.
    pub fn policy(&self) -> Result<Policy, Failure> {
        match &self.policy {
            Some(path) => policy(Some(path)),
            None => policy(self.settings()?.policy().as_deref()),
        }
    }
}

/// The built-in policy, with a file of rules that adds to it: this one, or else the machine's.
pub fn policy(file: Option<&Path>) -> Result<Policy, Failure> {
    let shipped = Policy::shipped();
    let machine = Path::new(MACHINE_POLICY);
    Ok(match file.or_else(|| machine.exists().then_some(machine)) {
        Some(path) => shipped.with_file(&Source::read(path)?)?,
        None => shipped,
    })
}

/// In what form something is told that is no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageForm {
    /// For people
    Full,
    /// One JSON document
    Json,
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
    /// What shows findings of a command in this form on standard output.
    pub fn renderer(self, command: &str, judgement: Judgement) -> Box<dyn Render> {
        // Where nobody knows it, absolute paths stay what they are.
        let root = || std::env::current_dir().unwrap_or_default();
        match self {
            ReportForm::Full => Box::new(Full::new(color(stdout_is_terminal()))),
            ReportForm::Concise => Box::new(Concise),
            ReportForm::Json => Box::new(Json::default()),
            ReportForm::JsonLines => Box::new(JsonLines),
            ReportForm::Junit => Box::new(Junit::new(command, judgement)),
            ReportForm::Github => Box::new(Github::new(root())),
            ReportForm::Gitlab => Box::new(Gitlab::new(root())),
            ReportForm::Sarif => Box::new(Sarif::new(root())),
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
