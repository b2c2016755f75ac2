//! `sonicfg render`: a template with the tables of a config.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::config::Source;
use crate::system_defaults::{Registry, render};

use super::help_text::{HelpEnd, USAGE};
use super::options::ModelArgs;
use super::output::print;
use super::reading::ReadArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "done"), (1, "the template cannot be rendered"), USAGE], &[
        "sonicfg render swss_vars.j2 --config /etc/sonic/config_db.json",
        "sonicfg render swss_vars.j2 --store sonic:",
        "sonicfg render init_cfg.json.j2 -a shutdown_bgp_on_start=y -a default_buffer_model=dynamic",
    ])
)]
pub struct Args {
    /// The template; `-` is standard input
    ///
    /// Templates that it includes are looked for in its folder.
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,

    /// A variable beside the tables; may be repeated
    #[arg(short, long = "additional-data", value_name = "KEY=VALUE", value_parser = variable)]
    additional: Vec<(String, String)>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    models: ModelArgs,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a variable is written KEY=VALUE".to_owned()),
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    if args.read.is_stdin() && Source::is_stdin(&args.template) {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let template = Source::read(&args.template)?;
    let config = match args.read.place()? {
        Some(place) => place.read(&policy)?,
        None => Value::Object(Map::new()),
    };
    let registry = Registry::of(&args.models.schema()?)?;
    let dir = args
        .template
        .parent()
        .filter(|_| !Source::is_stdin(&args.template));
    let text = render(&registry, &config, &template, dir, &args.additional)
        .map_err(|error| Failure::refused(error.to_string()))?;
    print(&(text + "\n"))?;
    Ok(Outcome::Clean)
}
