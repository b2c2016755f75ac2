//! `sonicfg render`: a template with the tables of a config.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::Source;
use crate::system_defaults::{Registry, RenderRequest, Variables, YamlError, render};

use super::help_text::{HelpEnd, USAGE};
use super::options::ModelArgs;
use super::output::print;
use super::reading::{Place, ReadArgs, read_config};
use super::{Failure, Outcome};

/// Where SONiC has the templates that others include.
const SYSTEM_TEMPLATES: &str = "/usr/share/sonic/templates";

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "done"), (1, "the template cannot be rendered"), USAGE], &[
        "sonicfg render swss_vars.j2 --config /etc/sonic/config_db.json",
        "sonicfg render swss_vars.j2 --store sonic:",
        "sonicfg render init_cfg.json.j2 -a shutdown_bgp_on_start=y -a default_buffer_model=dynamic",
        "sonicfg render bgpd.conf.j2 --config config_db.json -y constants.yml -T frr",
    ])
)]
pub struct Args {
    /// The template; `-` is standard input
    ///
    /// Templates that it includes are looked for below /, below /usr/share/sonic/templates, in the folders of
    /// --template-dir, and in its own folder.
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,

    /// A folder of templates to include; may be repeated
    ///
    /// A TEMPLATE that is no file is looked for here too.
    #[arg(
        short = 'T',
        long = "template-dir",
        alias = "template_dir",
        value_name = "DIR"
    )]
    folders: Vec<PathBuf>,

    /// A JSON file with tables or other variables, laid over the config; may be repeated
    #[arg(short, long = "json", value_name = "FILE")]
    json: Vec<PathBuf>,

    /// A YAML file with tables or other variables, laid over those of JSON; may be repeated
    #[arg(short, long = "yaml", value_name = "FILE")]
    yaml: Vec<PathBuf>,

    /// Variables laid over those of files, as KEY=VALUE or as a JSON object; may be repeated
    #[arg(short, long = "additional-data", value_name = "DATA", value_parser = variables)]
    additional: Vec<Variables>,

    /// Refuse all that sonic-cfggen refuses
    ///
    /// Without it, an attribute of something undefined is undefined too, and the tags do, break and continue are
    /// understood.
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    models: ModelArgs,
}

fn variables(text: &str) -> Result<Variables, String> {
    if text.trim_start().starts_with('{') {
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        return Ok(Variables::Values(Value::Object(object)));
    }
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            let value = Value::String(value.to_owned());
            Ok(Variables::Values(
                Map::from_iter([(key.to_owned(), value)]).into(),
            ))
        }
        _ => Err("a variable is written KEY=VALUE, several as a JSON object".to_owned()),
    }
}

impl From<YamlError> for Failure {
    fn from(error: YamlError) -> Self {
        Failure::Environment(error.to_string())
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let files = std::iter::once(&args.template)
        .chain(&args.json)
        .chain(&args.yaml);
    let from_stdin = files.filter(|path| Source::is_stdin(path)).count();
    if from_stdin + usize::from(args.read.is_stdin()) > 1 {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let path = found(&args.template, &args.folders);
    let template = Source::read(&path)?;
    let place = args.read.place()?;
    // As for SONiC's renderer, a file is laid below all others, and the database above them.
    let is_live = matches!(place, Some(Place::Redis(_)));
    let config = place.map(|place| place.read(&policy)).transpose()?;
    let (file, database) = if is_live { (None, config) } else { (config, None) };
    let mut variables = Vec::from_iter(file.map(Variables::Tables));
    for path in &args.json {
        variables.push(Variables::Tables(read_config(path, &policy)?));
    }
    for path in &args.yaml {
        variables.push(Variables::yaml(Source::read(path)?)?);
    }
    variables.extend(args.additional.iter().cloned());
    variables.extend(database.map(Variables::Database));
    let registry = Registry::of(&args.models.schema()?)?;
    let own = path
        .parent()
        .filter(|_| !Source::is_stdin(&path))
        .map(Path::to_owned);
    let system = [PathBuf::from("/"), PathBuf::from(SYSTEM_TEMPLATES)];
    let request = RenderRequest {
        template,
        variables,
        folders: system
            .into_iter()
            .chain(args.folders.iter().cloned())
            .chain(own)
            .collect(),
        is_strict: args.strict,
    };
    let text = render(&registry, &request).map_err(|error| Failure::refused(error.to_string()))?;
    print(&(text + "\n"))?;
    Ok(Outcome::Clean)
}

/// Where a template is: at its path, or below one of the folders.
fn found(template: &Path, folders: &[PathBuf]) -> PathBuf {
    let is_there = Source::is_stdin(template) || template.exists() || template.is_absolute();
    let below = folders.iter().map(|folder| folder.join(template));
    let below = below.into_iter().find(|path| !is_there && path.is_file());
    below.unwrap_or_else(|| template.to_owned())
}
