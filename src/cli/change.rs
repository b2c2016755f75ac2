//! A change that somebody wrote, and the config that it makes of another.

use serde_json::Value;

use crate::config::{Config, Document, ParseError, Source, pointer};
use crate::patch::{ApplyError, Configlet, FormError, Origin, Patch, Scope, SonicYangError};
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{MASK, masked_text};

/// How the message about a repeated name ends.
const TWICE: &str = "stands twice in one object";

/// A change that was read.
#[derive(Debug, Clone)]
pub enum Change {
    /// A JSON patch.
    Patch(Patch),
    /// A JSON patch whose paths lead through YANG JSON.
    SonicYang(Patch),
    /// A configlet, to be laid over a config.
    Configlet(Configlet),
    /// A configlet that says what goes.
    ConfigletDelete(Configlet),
}

/// The form of the paths of a patch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables, keys and fields: /PORT/Ethernet0/mtu
    #[default]
    #[value(name = "CONFIGDB")]
    ConfigDb,
    /// YANG JSON (RFC 7951): /sonic-port:sonic-port/sonic-port:PORT/PORT_LIST/0/mtu
    #[value(name = "SONICYANG")]
    SonicYang,
}

impl Format {
    /// A patch in this format.
    pub fn change(self, patch: Patch) -> Change {
        match self {
            Format::ConfigDb => Change::Patch(patch),
            Format::SonicYang => Change::SonicYang(patch),
        }
    }
}

impl Change {
    /// The text of the change.
    pub fn document(&self) -> &Document {
        match self {
            Change::Patch(patch) | Change::SonicYang(patch) => patch.document(),
            Change::Configlet(configlet) | Change::ConfigletDelete(configlet) => configlet.document(),
        }
    }

    /// The patch, if it is one.
    pub fn patch(&self) -> Option<&Patch> {
        match self {
            Change::Patch(patch) | Change::SonicYang(patch) => Some(patch),
            Change::Configlet(_) | Change::ConfigletDelete(_) => None,
        }
    }

    /// The config that the change makes. After that it knows where each part of the config comes from.
    ///
    /// # Errors
    /// [`SonicYangError`]: an operation of a patch cannot be done.
    pub fn make(&mut self, schema: &Schema, policy: &Policy, base: &Config) -> Result<Value, SonicYangError> {
        match self {
            Change::SonicYang(patch) => {
                let patched = patch.apply_to_yang(schema, policy, base, patch.len())?;
                *patch = patched.patch;
                Ok(patched.config)
            }
            change => {
                let count = change.patch().map_or(0, Patch::len);
                change.make_first(count, schema, policy, base)
            }
        }
    }

    /// The config that the change makes of another, if that can be told without the models.
    ///
    /// # Errors
    /// [`ApplyError`]: an operation of a patch cannot be done.
    pub fn make_without_models(&self, base: &Value) -> Result<Option<Value>, ApplyError> {
        Ok(match self {
            Change::Patch(patch) => Some(patch.apply(base)?),
            Change::SonicYang(_) => None,
            Change::Configlet(configlet) => Some(configlet.update(base)),
            Change::ConfigletDelete(configlet) => Some(configlet.delete(base)),
        })
    }

    /// The config that the first so many operations make, if it is a patch.
    ///
    /// # Errors
    /// As [`Change::make`].
    pub fn make_first(
        &self,
        count: usize,
        schema: &Schema,
        policy: &Policy,
        base: &Config,
    ) -> Result<Value, SonicYangError> {
        match self {
            Change::Patch(patch) => Ok(patch.apply_first(count, &base.to_value())?),
            Change::SonicYang(patch) => Ok(patch.apply_to_yang(schema, policy, base, count)?.config),
            Change::Configlet(configlet) => Ok(configlet.update(&base.to_value())),
            Change::ConfigletDelete(configlet) => Ok(configlet.delete(&base.to_value())),
        }
    }

    /// Where in the change a place of the changed config comes from. A configlet has no operations, and
    /// counts as one.
    pub fn origin(&self, pointer: &str, target: &Value, name: bool) -> Option<Origin> {
        match self {
            Change::Patch(patch) | Change::SonicYang(patch) => {
                patch.origin(pointer, target.pointer(pointer), name)
            }
            Change::Configlet(configlet) | Change::ConfigletDelete(configlet) => Some(Origin {
                operation: 0,
                span: Some(configlet.origin(pointer, name)?),
            }),
        }
    }

    /// What the change is, as reports call it.
    pub fn input(&self) -> &'static str {
        match self {
            Change::Patch(_) | Change::SonicYang(_) => "patch",
            Change::Configlet(_) | Change::ConfigletDelete(_) => "configlet",
        }
    }
}

/// Why an operation of a patch cannot be done, with its place in the patch. `scope` says whose config it
/// is, where there are several.
pub fn located(patch: &Patch, scope: Option<&Scope>, error: ApplyError) -> FormError {
    let span = patch.operation_span(error.index);
    let message = match scope {
        Some(scope) => format!("{scope}: {error}"),
        None => error.to_string(),
    };
    FormError::at_span(patch.document(), span, message)
}

/// Reads a document. One that is refused comes back with the reason, both without their secrets.
pub fn read_document(source: Source, policy: &Policy) -> Result<Document, (Source, FormError)> {
    Document::read(source).map_err(|(source, error)| without_secrets(source, error, policy))
}

/// A text that was refused with the reason, both without their secrets.
pub fn without_secrets(source: Source, mut error: ParseError, policy: &Policy) -> (Source, FormError) {
    let shown = masked_text(source, policy);
    let place = error.span.start as usize..error.span.end as usize;
    let name = shown.text.get(place).unwrap_or_default().trim_matches('"');
    // The only message that quotes the text, and what it quotes.
    if error.message.ends_with(TWICE) && name.bytes().all(|byte| byte == b'*') {
        error.message = format!("a secret key {TWICE}");
    }
    let error = FormError::from_parse(&shown.name, error);
    (shown, error)
}

/// A pointer without the secret keys in it.
pub fn masked_pointer(policy: &Policy, text: &str) -> String {
    let mut tokens = pointer::split(text).unwrap_or_default();
    match &mut tokens[..] {
        [table, key, ..] if policy.is_secret_key(table) => *key = MASK.to_owned(),
        _ => return text.to_owned(),
    }
    pointer::join(tokens.iter().map(String::as_str))
}
