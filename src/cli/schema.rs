//! `sonicfg schema`: what the models define.

use clap::ValueEnum;
use serde::Serialize;

use crate::report::json_schema;
use crate::schema::{LookupError, TableSummary, describe, overview, summaries, table_named};

use super::complete;
use super::help;
use super::options::ModelArgs;
use super::output::print;
use super::{Failure, Outcome};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all tables with their module and how many fields they have
    List(ListArgs),
    /// Show a table: keys, fields, types, constraints, defaults, references
    Show(ShowArgs),
    /// Print JSON Schema (2020-12) for config_db.json, for editors
    JsonSchema(JsonSchemaArgs),
    /// Print the help of a command
    #[command(after_help = "Examples:\n  sonicfg schema help show")]
    Help(help::BelowArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sonicfg schema list\n  \
    sonicfg schema list --yang-dir /usr/local/yang-models --report json")]
pub struct ListArgs {
    #[command(flatten)]
    models: ModelArgs,

    /// In what form the tables are shown
    #[arg(long, value_enum, default_value_t = ListForm::Full)]
    report: ListForm,
}

/// In what form tables are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListForm {
    /// Columns, for people
    Full,
    /// One JSON document
    Json,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sonicfg schema show SYSTEM_DEFAULTS\n  \
    sonicfg schema show 'DEVICE_METADATA|localhost'\n  \
    sonicfg schema show --yang-dir /usr/local/yang-models PORT.speed")]
pub struct ShowArgs {
    /// The table; `TABLE|key` shows the entries with such a key, `TABLE.field` one field
    #[arg(add = complete::places())]
    table: String,

    #[command(flatten)]
    models: ModelArgs,
}

/// An editor checks and completes with it while a config is written. It takes whatever validate takes; references,
/// conditions and what the policy asks for are left to validate.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sonicfg schema json-schema > config_db.schema.json\n  \
    sonicfg schema json-schema VLAN --yang-dir /usr/local/yang-models"
)]
pub struct JsonSchemaArgs {
    /// The table that is looked into; all, if it is left out
    #[arg(add = complete::tables())]
    table: Option<String>,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List(args) => {
            args.models.look_around()?;
            let schema = args.models.schema()?;
            let tables = summaries(&schema);
            print(&match args.report {
                ListForm::Full => overview(&tables),
                ListForm::Json => json(tables),
            })?;
        }
        Command::Help(args) => return help::below(&["schema"], args),
        Command::JsonSchema(args) => {
            args.models.look_around()?;
            let schema = args.models.schema()?;
            let table = args.table.as_deref();
            if let Some(table) = table {
                table_named(&schema, table)?;
            }
            print(&json_schema(&schema, &args.models.policy()?, table))?;
        }
        Command::Show(args) => {
            args.models.look_around()?;
            let schema = args.models.schema()?;
            print(&describe(&schema, &args.table)?)?;
        }
    }
    Ok(Outcome::Clean)
}

#[derive(Serialize)]
struct List<'a> {
    tables: Vec<TableSummary<'a>>,
}

/// `{"tables":[{"table","module","fields","any_field"}]}`, with a line feed at the end.
fn json(tables: Vec<TableSummary>) -> String {
    // Strings and numbers always serialise.
    let mut text = serde_json::to_string_pretty(&List { tables }).unwrap_or_default();
    text.push('\n');
    text
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        Failure::Environment(error.to_string())
    }
}
