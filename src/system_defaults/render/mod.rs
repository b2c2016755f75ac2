//! Templates of services, rendered with a config: how a service reads its flags when it starts.

mod base64;
mod filters;
mod loader;
mod smart_switch;
mod variables;
mod yaml;

use std::path::PathBuf;
use std::rc::Rc;

use serde_json::Value;
use thiserror::Error;

use crate::config::Source;
use crate::template::{self, Args, Attributes, Callable, Host};

use super::{Registry, setting};

pub use variables::Variables;
pub use yaml::YamlError;

/// How many instructions a template may take.
const FUEL: u64 = 20_000_000;

/// Why a template does not render.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}{}: the template does not render: {reason}", place(*line, *column))]
pub struct RenderError {
    /// The template, or one that it includes.
    pub name: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, in characters.
    pub column: Option<usize>,
    /// What is wrong, in words.
    pub reason: String,
}

fn place(line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        (Some(line), None) => format!(":{line}"),
        _ => String::new(),
    }
}

impl RenderError {
    fn of(error: &template::Error, name: &str) -> Self {
        let place = error.place();
        RenderError {
            name: place.map_or(name, |(name, ..)| name).to_owned(),
            line: place.map(|(_, line, _)| line),
            column: place.map(|(.., column)| column),
            reason: error.message().to_owned(),
        }
    }
}

/// A template with what it is rendered with.
#[derive(Debug, Default)]
pub struct RenderRequest {
    /// The template that is rendered.
    pub template: Source,
    /// Variables, in the order in which they are laid over each other.
    pub variables: Vec<Variables>,
    /// Folders in which templates that are included are looked for, in turn.
    pub folders: Vec<PathBuf>,
    /// Whether everything is refused that SONiC's renderer refuses. Otherwise an attribute of something undefined is
    /// undefined as well, and there are the tags `do`, `break` and `continue`.
    pub is_strict: bool,
}

/// Renders a template as SONiC's `sonic-cfggen` does, byte for byte: with Jinja2's language, Python's values, the filters of
/// SONiC, and the tables of a config as variables, in their order; a key with `|` in it is the tuple of its parts.
///
/// `flag(NAME)` is the status of a flag, or its default. Where a flag is set, the field that it has replaced has its status
/// too, so that templates which read that field follow the flag.
///
/// # Errors
/// [`RenderError`]: the template is none, asks for what is not there, or is beyond a limit.
pub fn render(registry: &Registry, request: &RenderRequest) -> Result<String, RenderError> {
    let rendered = template::on_own_stack(|| render_here(registry, request));
    rendered.unwrap_or_else(|reason| {
        Err(RenderError {
            name: request.template.name.clone(),
            line: None,
            column: None,
            reason,
        })
    })
}

fn render_here(registry: &Registry, request: &RenderRequest) -> Result<String, RenderError> {
    let name = &request.template.name;
    let variables = variables::of(registry, &request.variables);
    let (variables, config) = variables.map_err(|error| RenderError::of(&error, name))?;
    let flags = flags_of(registry, &config);
    let flag = Callable::Function(
        "flag",
        Box::new(move |_, args: &Args| {
            let name = args.one("flag")?;
            let known = flags
                .iter()
                .find(|(flag, _)| Some(flag.as_str()) == name.as_str());
            let status = known.map(|(_, status)| match status {
                Some(status) => template::Value::from(status.as_str()),
                None => template::Value::missing("the flag is not set"),
            });
            let shown = name.as_str().unwrap_or_default();
            status.ok_or_else(|| template::Error::runtime(format!("there is no flag {shown:?}")))
        }),
    );
    let exists = Callable::Function(
        "template_exists",
        Box::new(|interpreter, args: &Args| {
            let [name] = args.bind("template_exists", ["name"], 1)?;
            let name = interpreter.text(&name.unwrap_or(template::Value::None))?;
            interpreter.has_template(&name).map(template::Value::Bool)
        }),
    );
    let folders = request.folders.clone();
    let host = Host {
        filters: filters::FILTERS,
        globals: vec![
            ("flag", template::Value::Callable(Rc::new(flag))),
            ("template_exists", template::Value::Callable(Rc::new(exists))),
            ("is_smartswitch", template::Value::Bool(smart_switch::is_one())),
        ],
        loader: Box::new(move |name| loader::load(&folders, name)),
        attributes: if request.is_strict {
            Attributes::Error
        } else {
            Attributes::Undefined
        },
        has_extensions: !request.is_strict,
    };
    let rendered = template::render(host, name, &request.template.text, variables, FUEL);
    rendered.map_err(|error| RenderError::of(&error, name))
}

/// The flags with their statuses, in each spelling.
fn flags_of(registry: &Registry, config: &Value) -> Vec<(String, Option<String>)> {
    let flags = registry.iter().flat_map(|flag| {
        let status = setting(flag, config).status;
        let spellings = flag.spellings().into_iter();
        spellings.map(move |name| (name, status.clone()))
    });
    flags.collect()
}
