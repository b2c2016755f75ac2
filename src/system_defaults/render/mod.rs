//! Templates of services, rendered with a config: how a service reads its flags when it starts.

mod filters;
mod values;

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value as Item};
use serde_json::Value;
use thiserror::Error;

use crate::config::Source;

use super::{Registry, setting};

/// How many instructions a template may take.
const FUEL: u64 = 50_000_000;
/// How deep templates may include and call each other.
const MAX_RECURSION: usize = 64;
/// How long the output may be, in bytes.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;

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

/// Renders a template as SONiC's `sonic-cfggen` does: the tables of a config are variables, `more` others, which
/// come before tables of the same name; a key with `|` in it is the tuple of its parts; what is undefined is
/// empty, also below; the line feed behind a block is taken away. `flag(NAME)` is the status of a flag, or its
/// default. Other templates can be included from the folder `dir`, and from those in it.
///
/// # Errors
/// [`RenderError`]: the template is none, asks for what is not there, or is beyond a limit.
pub fn render(
    registry: &Registry,
    config: &Value,
    template: &Source,
    dir: Option<&Path>,
    more: &[(String, String)],
) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .build()
            .unwrap_or_default(),
    );
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_RECURSION);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    filters::add(&mut environment);
    if let Some(dir) = dir {
        let dir = dir.to_owned();
        environment.set_loader(move |name| included(&dir, name));
    }
    let flags = flags_of(registry, config);
    environment.add_function("flag", move |name: &str| {
        let known = flags.iter().find(|(flag, _)| flag == name);
        known.map(|(_, status)| status.clone()).ok_or_else(|| {
            minijinja::Error::new(ErrorKind::InvalidOperation, format!("there is no flag {name:?}"))
        })
    });
    let refused = |error: &minijinja::Error| explain(error, template);
    let context = values::context(config, more);
    let compiled = environment.template_from_named_str(&template.name, &template.text);
    let compiled = compiled.map_err(|error| refused(&error))?;
    let mut output = Bounded(Vec::new());
    let rendered = compiled.render_captured_to(context, &mut output);
    if let Err(error) = rendered {
        let mut error = refused(&error);
        if output.0.len() >= MAX_OUTPUT {
            error.reason = format!("it gives more than {} MiB", MAX_OUTPUT / 1024 / 1024);
        }
        return Err(error);
    }
    Ok(String::from_utf8_lossy(&output.0).into_owned())
}

/// The flags with their statuses.
fn flags_of(registry: &Registry, config: &Value) -> Vec<(String, Item)> {
    let flags = registry.iter().map(|flag| {
        let status = setting(flag, config).status;
        (flag.name.clone(), status.map_or(Item::UNDEFINED, Item::from))
    });
    flags.collect()
}

/// The text of an included template; `None` where there is none of that name in the folder.
fn included(dir: &Path, name: &str) -> Result<Option<String>, minijinja::Error> {
    let path = PathBuf::from(name);
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    let path = dir.join(path);
    if !is_below || !path.is_file() {
        return Ok(None);
    }
    let source = Source::read(&path);
    let refused = |error: crate::config::ReadError| {
        minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string())
    };
    source.map(|source| Some(source.text)).map_err(refused)
}

/// The innermost error of a template, with its place.
fn explain(error: &minijinja::Error, template: &Source) -> RenderError {
    let mut error = error;
    while let Some(inner) = std::error::Error::source(error).and_then(|inner| inner.downcast_ref()) {
        error = inner;
    }
    let name = error.name().unwrap_or(&template.name).to_owned();
    let own = (name == template.name).then_some(template.text.as_str());
    let column = own.zip(error.range()).and_then(|(text, range)| {
        let before = text.get(..range.start)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        Some(before[line..].chars().count() + 1)
    });
    RenderError {
        line: error.line(),
        column,
        name,
        reason: match (error.kind(), error.detail()) {
            (ErrorKind::OutOfFuel, _) => format!("it takes more than {FUEL} instructions"),
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        },
    }
}

/// Takes so much, and then no more.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = MAX_OUTPUT.saturating_sub(self.0.len());
        let taken = &bytes[..bytes.len().min(room)];
        self.0.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
