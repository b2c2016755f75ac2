//! `sonicfg flags`: what is known of the flags of `SYSTEM_DEFAULTS`, and what a config says of them.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use crate::config::Source;
use crate::flags::{Flag, Registry, setting};
use crate::policy::Policy;
use crate::report::{FlagRow, flag_json, flag_page, flags_json, flags_table};

use super::change::read_document;
use super::options::ModelArgs;
use super::output::print;
use super::{Failure, Outcome};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all flags: their values, their defaults, who reads them
    List(ListArgs),
    /// Show all that is known of one flag
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sonicfg flags show buffer_model\n  \
    sonicfg flags show default_bgp_status --config /etc/sonic/config_db.json")]
pub struct ShowArgs {
    /// The flag
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, clap::Args)]
struct SharedArgs {
    /// A config_db.json; what flags come to in it is shown too. `-` is standard input
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// In what form flags are shown
    #[arg(long, value_enum, default_value_t = Form::Full)]
    report: Form,

    #[command(flatten)]
    models: ModelArgs,
}

/// In what form flags are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Full,
    /// One JSON document
    Json,
}

impl SharedArgs {
    /// The config, and the flags of the models.
    fn read(&self) -> Result<(Option<Value>, Registry), Failure> {
        let policy = self.models.policy()?;
        let config = self.config.as_deref().map(|path| read_config(path, &policy));
        let config = config.transpose()?;
        Ok((config, Registry::of(&self.models.schema()?)?))
    }
}

/// A config, as a value.
pub fn read_config(path: &Path, policy: &Policy) -> Result<Value, Failure> {
    let document = read_document(Source::read(path)?, policy);
    let document = document.map_err(|(_, error)| Failure::Environment(error.to_string()))?;
    Ok(document.to_value(document.root()))
}

pub fn run(command: &Command) -> Result<Outcome, Failure> {
    let row = |flag, config: &Option<Value>| FlagRow {
        flag,
        setting: config.as_ref().map(|config| setting(flag, config)),
    };
    match command {
        Command::List(ListArgs { shared }) => {
            let (config, registry) = shared.read()?;
            let rows: Vec<FlagRow> = registry.iter().map(|flag| row(flag, &config)).collect();
            print(&match shared.report {
                Form::Full => flags_table(&rows),
                Form::Json => flags_json(&rows),
            })?;
        }
        Command::Show(ShowArgs { name, shared }) => {
            let (config, registry) = shared.read()?;
            let row = row(named(&registry, name)?, &config);
            print(&match shared.report {
                Form::Full => flag_page(&row),
                Form::Json => flag_json(&row),
            })?;
        }
    }
    Ok(Outcome::Clean)
}

/// The flag of a name.
pub fn named<'r>(registry: &'r Registry, name: &str) -> Result<&'r Flag, Failure> {
    registry.get(name).ok_or_else(|| {
        let near = registry.nearest(name);
        let hint = near.map(|near| format!(": did you mean {near:?}?"));
        let hint = hint.unwrap_or_else(|| "; sonicfg flags list names those that there are".to_owned());
        Failure::Environment(format!("there is no flag {name:?}{hint}"))
    })
}
