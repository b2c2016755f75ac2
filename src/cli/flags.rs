//! `sonicfg flags`: what is known of the flags of `SYSTEM_DEFAULTS`, what a config says of them, and changing it.

use serde_json::{Value, json};

use crate::report::{FlagRow, flag_json, flag_page, flags_json, flags_table, printable};
use crate::system_defaults::{Registry, STATUS, TABLE, setting};

use super::apply;
use super::complete;
use super::flag_name::named;
use super::help;
use super::help_text::{APPLIED_BUT, CONFLICT, HelpEnd, INTERRUPTED, READS, UNKNOWN, USAGE};
use super::options::{ModelArgs, PageForm};
use super::output::print;
use super::reading::ReadArgs;
use super::watch;
use super::{Failure, Outcome};

/// The exit codes of all commands of flags together.
pub const CODES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "rejected, or not set and without a default"),
    USAGE,
    CONFLICT,
    APPLIED_BUT,
    UNKNOWN,
    INTERRUPTED,
];

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all flags with their values, defaults and readers
    List(ListArgs),
    /// Show everything that is known of one flag
    Show(ShowArgs),
    /// Print the value that a flag has in a config
    Get(GetArgs),
    /// Set a flag, or fields beside its status
    Set(Box<apply::flags::SetArgs>),
    /// Delete a flag, or fields beside its status
    Unset(Box<apply::flags::UnsetArgs>),
    /// Follow flags as they change
    ///
    /// It prints a JSON line for each flag, and one for each change of it: {"name", "old", "new", "time"}. A status is
    /// null while the flag is not set. It runs until SIGINT or SIGTERM.
    Watch(watch::WatchArgs),
    /// Print the help of a command
    #[command(help_end = (READS, &["sonicfg flags help set"]))]
    Help(help::BelowArgs),
}

#[derive(Debug, clap::Args)]
#[command(help_end = (READS, &["sonicfg flags list", "sonicfg flags list --store sonic: --report json"]))]
pub struct ListArgs {
    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg flags show buffer_model",
        "sonicfg flags show default_bgp_status --store sonic:",
    ])
)]
pub struct ShowArgs {
    /// The flag
    #[arg(value_name = "NAME", add = complete::flags())]
    name: String,

    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "printed"), (1, "the flag is not set and has no default"), USAGE], &[
        "sonicfg flags get buffer_model --store sonic:",
        "sonicfg flags get swss_zmq --field owner --config config_db.json",
    ])
)]
pub struct GetArgs {
    /// The flag
    #[arg(value_name = "NAME", add = complete::flags())]
    name: String,

    /// Print this field instead of the status
    #[arg(long, value_name = "KEY")]
    field: Option<String>,

    #[command(flatten)]
    shared: SharedArgs,
}

#[derive(Debug, clap::Args)]
struct SharedArgs {
    #[command(flatten)]
    read: ReadArgs,

    /// The output format
    #[arg(long, value_enum, default_value_t = PageForm::Full, help_heading = "Output")]
    report: PageForm,

    #[command(flatten)]
    models: ModelArgs,
}

impl SharedArgs {
    /// The config, and the flags of the models.
    fn read(&self) -> Result<(Option<Value>, Registry), Failure> {
        self.models.look_around()?;
        let policy = self.models.policy()?;
        let config = self.read.place()?.map(|place| place.read(&policy));
        let config = config.transpose()?;
        Ok((config, Registry::of(&self.models.schema()?)?))
    }
}

pub fn run(command: &Command) -> Result<Outcome, Failure> {
    let row = |flag, config: &Option<Value>| FlagRow {
        flag,
        setting: config.as_ref().map(|config| setting(flag, config)),
    };
    match command {
        Command::Get(args) => return get(args),
        Command::Set(args) => return apply::flags::set(args),
        Command::Watch(args) => return watch::run(args),
        Command::Help(args) => return help::below(&["flags"], args),
        Command::Unset(args) => return apply::flags::unset(args),
        Command::List(ListArgs { shared }) => {
            let (config, registry) = shared.read()?;
            let rows: Vec<FlagRow> = registry.iter().map(|flag| row(flag, &config)).collect();
            print(&match shared.report {
                PageForm::Full => flags_table(&rows),
                PageForm::Json => flags_json(&rows),
            })?;
        }
        Command::Show(ShowArgs { name, shared }) => {
            let (config, registry) = shared.read()?;
            let row = row(named(&registry, name)?, &config);
            print(&match shared.report {
                PageForm::Full => flag_page(&row),
                PageForm::Json => flag_json(&row),
            })?;
        }
    }
    Ok(Outcome::Clean)
}

fn get(args: &GetArgs) -> Result<Outcome, Failure> {
    let place = args.shared.read.needed()?;
    args.shared.models.look_around()?;
    let policy = args.shared.models.policy()?;
    let config = place.read(&policy)?;
    let registry = Registry::of(&args.shared.models.schema()?)?;
    let flag = named(&registry, &args.name)?;
    let entry = flag.entry(&config).map(|(_, entry)| entry);
    let setting = setting(flag, &config);
    let said = match &args.field {
        Some(field) => entry.and_then(|entry| entry.get(field)?.as_str()),
        None => setting.status.as_deref(),
    };
    let Some(said) = said else {
        return Err(Failure::refused(match &args.field {
            Some(field) => format!("{TABLE}|{} has no field {field:?}", flag.key),
            None => format!("{} is not set, and has no default", flag.name),
        }));
    };
    print(&match args.shared.report {
        PageForm::Full => format!("{}\n", printable(said)),
        PageForm::Json => {
            let mut fields = entry.cloned().unwrap_or_else(|| json!({}));
            if let Value::Object(fields) = &mut fields {
                fields.shift_remove(STATUS);
            }
            let (status, origin) = (&setting.status, setting.origin);
            let document = json!({"name": flag.name, "status": status, "origin": origin, "fields": fields});
            format!("{document:#}\n")
        }
    })?;
    Ok(Outcome::Clean)
}
