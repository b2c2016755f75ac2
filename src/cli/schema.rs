//! `sonicfg schema`: what the models define.

use super::options::ModelArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all tables with their module and how many fields they have
    List(ListArgs),
    /// Show a table: keys, fields, types, constraints, defaults, references
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    models: ModelArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The table
    table: String,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(command: &Command) -> Result<Outcome, Failure> {
    match command {
        Command::List(args) => {
            let schema = args.models.schema()?;
            for table in schema.tables.iter() {
                println!("{}", table.name);
            }
        }
        Command::Show(args) => {
            let schema = args.models.schema()?;
            println!(
                "{}",
                schema.tables.get(&args.table).map_or("?", |table| &table.name)
            );
        }
    }
    Ok(Outcome::Clean)
}
