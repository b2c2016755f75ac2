//! Options that several commands have.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::config::Source;
use crate::engine::{Engine, PathFormat};
use crate::policy::{Policy, RenamedKey, renamed_keys};
use crate::report::{FailOn, Render, Repeated, Style};
use crate::schema::{Cache, Dialect, Modules, Retired, Schema};

use super::Failure;
use super::defaults;
use super::dialect::DialectArg;
use super::output::say;
use super::retired::RetiredArg;
use super::settings::Settings;

pub use crate::report::ReportForm;

/// The rules of a machine, which count where no others are named.
const MACHINE_POLICY: &str = "/etc/sonicfg/policy.toml";

/// The models, the policy and the settings of a command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Models and policy")]
pub struct ModelArgs {
    /// A directory of YANG modules; may be repeated
    ///
    /// Its modules replace built-in modules of the same name. SONICFG_YANG_PATH names more directories, separated by
    /// colons. On a switch the default is its own models, /usr/local/yang-models; elsewhere the built-in models.
    #[arg(long = "yang-dir", value_name = "DIR")]
    yang_dirs: Vec<PathBuf>,

    /// A policy file that extends or overrides the built-in policy
    ///
    /// Default: /etc/sonicfg/policy.toml, if that file exists.
    #[arg(
        long,
        value_name = "FILE",
        env = "SONICFG_POLICY",
        hide_env_values = true,
        hide_short_help = true
    )]
    policy: Option<PathBuf>,

    /// A settings file: defaults for options that are not given
    ///
    /// Commands that change nothing use the nearest .sonicfg.toml in the working directory or above it by default.
    #[arg(
        long,
        value_name = "FILE",
        env = "SONICFG_CONFIG_FILE",
        hide_env_values = true,
        hide_short_help = true
    )]
    config_file: Option<PathBuf>,

    #[arg(skip)]
    settings: OnceLock<Result<Settings, Failure>>,

    /// Compile the models again, and do not cache the result
    #[arg(long, hide_short_help = true)]
    no_schema_cache: bool,

    /// How retired fields count: fields that flags of SYSTEM_DEFAULTS have replaced
    ///
    /// Default: auto (migrate and rollback choose their own default). Retired fields that a config had before a
    /// change never block that change.
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        env = "SONICFG_RETIRED",
        hide_env_values = true,
        hide_short_help = true
    )]
    retired: Option<RetiredArg>,

    /// Whose reading of the standards decides whether a config is valid
    ///
    /// Default: libyang. docs/verdicts.md lists the differences.
    #[arg(
        long,
        value_enum,
        value_name = "WHOSE",
        env = "SONICFG_DIALECT",
        hide_env_values = true,
        hide_short_help = true
    )]
    dialect: Option<DialectArg>,
}

impl ModelArgs {
    /// The settings of the project that the command is called in, for commands that change nothing. To be called
    /// first. A command that makes a change uses only a file that is named: the working directory must not decide what
    /// is done to a switch.
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
        self.schema_with(Retired::default())
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
            Some(RetiredArg::Auto) => Retired::ByModels,
            Some(RetiredArg::Error) => Retired::Error,
            Some(RetiredArg::Warn) => Retired::Warn,
            Some(RetiredArg::Allow) => Retired::Allow,
            Some(RetiredArg::Mirror) => Retired::Mirror,
        })
    }

    /// The schema of the models, with fields that flags have replaced taken so, whatever was asked for.
    pub fn schema_as(&self, retired: Retired) -> Result<Schema, Failure> {
        let mut loaded = Modules::new(self.yang_dirs()?, retired)?.load(self.cache().as_ref())?;
        loaded.schema.dialect = self.dialect()?;
        if let Some(warning) = loaded.cache_warning {
            warn_of_cache(&warning);
        }
        Ok(loaded.schema)
    }

    /// Whose reading of the standards decides, as it was asked for.
    fn dialect(&self) -> Result<Dialect, Failure> {
        let asked = self.dialect.or(self.settings()?.dialect());
        Ok(asked.map(Dialect::from).unwrap_or_default())
    }

    /// The directories of YANG modules.
    fn yang_dirs(&self) -> Result<Vec<PathBuf>, Failure> {
        let path = std::env::var_os("SONICFG_YANG_PATH").unwrap_or_default();
        let from_path = std::env::split_paths(&path).filter(|dir| !dir.as_os_str().is_empty());
        let mut dirs: Vec<PathBuf> = self.yang_dirs.iter().cloned().chain(from_path).collect();
        if dirs.is_empty() {
            dirs.extend(self.settings()?.yang_dirs());
        }
        if dirs.is_empty() {
            dirs.extend(defaults::yang_dir());
        }
        Ok(dirs)
    }

    fn cache(&self) -> Option<Cache> {
        (!self.no_schema_cache).then(Cache::of_user)
    }

    /// The engine of a command, which loads the models when they are first needed. `retired`: the treatment of retired
    /// fields, where the command decides it.
    ///
    /// # Errors
    /// [`Failure::Environment`]: the policy or a directory of models cannot be read.
    pub fn engine(&self, retired: Option<Retired>) -> Result<Engine, Failure> {
        self.engine_with(self.policy()?, retired)
    }

    /// The same with a policy that was read already.
    ///
    /// # Errors
    /// As [`ModelArgs::engine`].
    pub fn engine_with(&self, policy: Policy, retired: Option<Retired>) -> Result<Engine, Failure> {
        let retired = match retired {
            Some(retired) => retired,
            None => self.retired_or(Retired::default())?,
        };
        let builder = Engine::builder()
            .yang_dirs(self.yang_dirs()?)
            .policy(policy)
            .retired(retired)
            .dialect(self.dialect()?)
            .cache(self.cache())
            .short_lived(true)
            .on_cache_warning(warn_of_cache);
        Ok(builder.build_lazy()?)
    }

    /// The policy.
    pub fn policy(&self) -> Result<Policy, Failure> {
        match &self.policy {
            Some(path) => policy(Some(path)),
            None => policy(self.settings()?.policy().as_deref()),
        }
    }

    /// The policy, without warnings about it: for what must not write to standard error.
    pub fn policy_silently(&self) -> Result<Policy, Failure> {
        let file = match &self.policy {
            Some(path) => Some(path.clone()),
            None => self.settings()?.policy(),
        };
        Ok(read_policy(file.as_deref())?.0)
    }
}

fn warn_of_cache(warning: &str) {
    say(&format!(
        "warning: the compiled models are not kept, so each run takes longer: {warning}; SONICFG_CACHE_DIR names another \
         directory\n"
    ));
}

/// The built-in policy, with a file of rules that adds to it: this one, or else the machine's. Warns of keys with old
/// names.
pub fn policy(file: Option<&Path>) -> Result<Policy, Failure> {
    // A command may read its policy more than once.
    static WARNING: std::sync::Once = std::sync::Once::new();
    let (policy, renamed) = read_policy(file)?;
    WARNING.call_once(|| {
        for key in renamed {
            say(&format!("warning: {key}\n"));
        }
    });
    Ok(policy)
}

fn read_policy(file: Option<&Path>) -> Result<(Policy, Vec<RenamedKey>), Failure> {
    let shipped = Policy::shipped();
    let machine = Path::new(MACHINE_POLICY);
    Ok(match file.or_else(|| machine.exists().then_some(machine)) {
        Some(path) => {
            let source = Source::read(path)?;
            (shipped.with_file(&source)?, renamed_keys(&source)?)
        }
        None => (shipped, Vec::new()),
    })
}

/// The output format of a command that shows no findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageForm {
    /// Text, for people
    Full,
    /// One JSON document
    Json,
}

impl ValueEnum for ReportForm {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            ReportForm::Full => "Findings with their source lines, for people",
            ReportForm::Concise => "One line per finding",
            ReportForm::Json => "One JSON document",
            ReportForm::JsonLines => "One JSON document per finding, each on its own line",
            ReportForm::Junit => "JUnit XML, one test case per file",
            ReportForm::Github => "Workflow commands of GitHub Actions",
            ReportForm::Gitlab => "A code quality report of GitLab",
            ReportForm::Sarif => "SARIF 2.1.0, for code scanning",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

/// The option that shows every finding.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct RepeatedArgs {
    /// Show every finding, also those that are like others
    ///
    /// Without it, full and concise show three of more than five findings that have the rule, the table and the form of
    /// the message in common, and count the others. The other formats always have all.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    all_findings: bool,
}

impl RepeatedArgs {
    /// Whether findings that are like others are shown.
    pub fn repeated(self) -> Repeated {
        if self.all_findings {
            Repeated::Shown
        } else {
            Repeated::Counted
        }
    }
}

/// The renderer of findings of a command in a form on standard output.
pub fn renderer(form: ReportForm, command: &str, fail_on: FailOn, repeated: Repeated) -> Box<dyn Render> {
    // If it is not known, absolute paths stay absolute.
    let root = std::env::current_dir().unwrap_or_default();
    let style = Style {
        color: color(stdout_is_terminal()),
        repeated,
    };
    form.renderer(command, fail_on, &root, style)
}

/// Whether text for people is coloured; `terminal` says whether it is printed to one.
pub fn color(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none()
}

/// Whether standard output is a terminal.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// The form of the paths of a patch, or of a config.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables, keys and fields: /PORT/Ethernet0/mtu
    #[default]
    #[value(name = "CONFIGDB")]
    ConfigDb,
    /// YANG JSON (RFC 7951): /sonic-port:sonic-port/sonic-port:PORT/PORT_LIST/0/mtu
    #[value(name = "SONICYANG")]
    SonicYang,
}

impl From<Format> for PathFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::ConfigDb => PathFormat::ConfigDb,
            Format::SonicYang => PathFormat::SonicYang,
        }
    }
}
