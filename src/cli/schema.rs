//! `sonicfg schema`: what the models define.

use clap::ValueEnum;
use serde::Serialize;

use crate::report::json_schema;
use crate::schema::{LookupError, TableSummary, describe, overview, summaries, table_named};

use super::complete;
use super::help;
use super::help_text::{HelpEnd, READS};
use super::options::ModelArgs;
use super::output::print;
use super::{Failure, Outcome};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all tables with their module and number of fields
    List(ListArgs),
    /// Show a table: keys, fields, types, constraints, defaults, references
    Show(ShowArgs),
    /// Print JSON Schema (2020-12) for config_db.json, for editors
    ///
    /// Editors check and complete a config with it. It accepts everything that validate accepts; references, conditions
    /// and the policy are checked by validate only.
    JsonSchema(JsonSchemaArgs),
    /// Print the help of a command
    #[command(help_end = (READS, &["sonicfg schema help show"]))]
    Help(help::BelowArgs),
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg schema list",
        "sonicfg schema list --yang-dir /usr/local/yang-models --report json",
    ])
)]
pub struct ListArgs {
    /// The output format
    #[arg(long, value_enum, default_value_t = ListForm::Full)]
    report: ListForm,

    #[command(flatten)]
    models: ModelArgs,
}

/// The output format of the list of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListForm {
    /// Columns, for people
    Full,
    /// One JSON document
    Json,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg schema show SYSTEM_DEFAULTS",
        "sonicfg schema show 'DEVICE_METADATA|localhost'",
        "sonicfg schema show --yang-dir /usr/local/yang-models PORT.speed",
    ])
)]
pub struct ShowArgs {
    /// A table, entries with a key (`TABLE|key`), or a field (`TABLE.field`)
    #[arg(add = complete::places())]
    table: String,

    #[command(flatten)]
    models: ModelArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg schema json-schema > config_db.schema.json",
        "sonicfg schema json-schema VLAN --yang-dir /usr/local/yang-models",
    ])
)]
pub struct JsonSchemaArgs {
    /// The table that the schema covers [default: all]
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
