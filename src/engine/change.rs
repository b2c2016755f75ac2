//! A change that was read from one document, and the config that it makes of another.

use serde_json::Value;

use crate::config::{Config, Document, Source};
use crate::patch::{
    Configlet, Golden, OperationOrigin, Patch, PatchError, Scope, SonicYangError, SyntaxError,
};
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::without_secrets;

/// A JSON patch, a configlet or a golden config, with the text that it was read from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ChangeDocument {
    /// A JSON patch (RFC 6902) whose paths lead to tables, keys and fields.
    Patch(Patch),
    /// A JSON patch whose paths lead through YANG JSON (RFC 7951).
    SonicYang(Patch),
    /// A configlet whose fields are set.
    ConfigletUpdate(Configlet),
    /// A configlet whose fields, entries or tables are deleted.
    ConfigletDelete(Configlet),
    /// A golden config whose tables replace those of the config.
    Golden(Golden),
}

/// What the paths of a patch mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PathFormat {
    /// Tables, keys and fields: `/PORT/Ethernet0/mtu`.
    #[default]
    ConfigDb,
    /// YANG JSON (RFC 7951): `/sonic-port:sonic-port/sonic-port:PORT/PORT_LIST/0/mtu`.
    SonicYang,
}

impl PathFormat {
    /// A patch whose paths have this format. To config_db a table that is absent and one without entries are the same, so
    /// an operation may remove either.
    pub fn change(self, patch: Patch) -> ChangeDocument {
        match self {
            PathFormat::ConfigDb => ChangeDocument::Patch(patch.ignoring_absent_tables()),
            PathFormat::SonicYang => ChangeDocument::SonicYang(patch),
        }
    }
}

impl ChangeDocument {
    /// The text of the change, with the places of its parts.
    pub fn document(&self) -> &Document {
        match self {
            ChangeDocument::Patch(patch) | ChangeDocument::SonicYang(patch) => patch.document(),
            ChangeDocument::ConfigletUpdate(configlet) | ChangeDocument::ConfigletDelete(configlet) => {
                configlet.document()
            }
            ChangeDocument::Golden(golden) => golden.document(),
        }
    }

    /// The patch; `None` for a configlet and a golden config.
    pub fn patch(&self) -> Option<&Patch> {
        match self {
            ChangeDocument::Patch(patch) | ChangeDocument::SonicYang(patch) => Some(patch),
            ChangeDocument::ConfigletUpdate(_)
            | ChangeDocument::ConfigletDelete(_)
            | ChangeDocument::Golden(_) => None,
        }
    }

    /// The config after the change. From then on [`ChangeDocument::origin`] answers for SONICYANG paths too.
    ///
    /// # Errors
    /// [`SonicYangError`]: an operation of a patch cannot be done.
    pub fn apply(
        &mut self,
        schema: &Schema,
        policy: &Policy,
        base: &Config,
    ) -> Result<Value, SonicYangError> {
        match self {
            ChangeDocument::SonicYang(patch) => {
                let patched = patch.apply_to_yang(schema, policy, base, patch.len())?;
                *patch = patched.patch;
                Ok(patched.config)
            }
            change => {
                let count = change.patch().map_or(0, Patch::len);
                change.apply_first(count, schema, policy, base)
            }
        }
    }

    /// The config after the change, where the models are not needed for it; `None` for SONICYANG paths.
    ///
    /// # Errors
    /// [`PatchError`]: an operation of a patch cannot be done.
    pub fn apply_without_models(&self, policy: &Policy, base: &Value) -> Result<Option<Value>, PatchError> {
        Ok(match self {
            ChangeDocument::Patch(patch) => Some(patch.apply(policy, base)?),
            ChangeDocument::SonicYang(_) => None,
            ChangeDocument::ConfigletUpdate(configlet) => Some(configlet.update(base)),
            ChangeDocument::ConfigletDelete(configlet) => Some(configlet.delete(base)),
            ChangeDocument::Golden(golden) => Some(golden.apply(policy, base)),
        })
    }

    /// The config after the first `count` operations of a patch. A configlet and a golden config are always applied
    /// whole.
    ///
    /// # Errors
    /// As [`ChangeDocument::apply`].
    pub fn apply_first(
        &self,
        count: usize,
        schema: &Schema,
        policy: &Policy,
        base: &Config,
    ) -> Result<Value, SonicYangError> {
        match self {
            ChangeDocument::Patch(patch) => Ok(patch.apply_first(policy, count, &base.to_value())?),
            ChangeDocument::SonicYang(patch) => Ok(patch.apply_to_yang(schema, policy, base, count)?.config),
            ChangeDocument::ConfigletUpdate(configlet) => Ok(configlet.update(&base.to_value())),
            ChangeDocument::ConfigletDelete(configlet) => Ok(configlet.delete(&base.to_value())),
            ChangeDocument::Golden(golden) => Ok(golden.apply(policy, &base.to_value())),
        }
    }

    /// The part of the change that made a place of the changed config. What has no operations counts as one.
    pub fn origin(&self, pointer: &str, target: &Value, name: bool) -> Option<OperationOrigin> {
        match self {
            ChangeDocument::Patch(patch) | ChangeDocument::SonicYang(patch) => {
                patch.origin(pointer, target.pointer(pointer), name)
            }
            ChangeDocument::ConfigletUpdate(configlet) | ChangeDocument::ConfigletDelete(configlet) => {
                Some(OperationOrigin {
                    operation: 0,
                    span: Some(configlet.origin(pointer, name)?),
                })
            }
            ChangeDocument::Golden(golden) => Some(OperationOrigin {
                operation: 0,
                span: Some(golden.origin(pointer, name)?),
            }),
        }
    }

    /// The kind of the change in reports: `patch`, `configlet` or `golden config`.
    pub fn kind(&self) -> &'static str {
        match self {
            ChangeDocument::Patch(_) | ChangeDocument::SonicYang(_) => "patch",
            ChangeDocument::ConfigletUpdate(_) | ChangeDocument::ConfigletDelete(_) => "configlet",
            ChangeDocument::Golden(_) => "golden config",
        }
    }

    /// An operation with its position, as messages show it: `operation 0 (add /VLAN/Vlan100)`. Secret keys are masked.
    pub fn operation(&self, policy: &Policy, index: usize) -> String {
        let summary = self.patch().and_then(|patch| patch.summary(policy, index));
        summary.map_or_else(
            || format!("operation {index}"),
            |summary| format!("operation {index} ({summary})"),
        )
    }
}

/// The failure of an operation with its place in the patch. `scope` is named where the change has several.
pub(super) fn located(patch: &Patch, scope: Option<&Scope>, error: &PatchError) -> SyntaxError {
    let span = patch.operation_span(error.index);
    let message = match scope {
        Some(scope) => format!("{scope}: {error}"),
        None => error.to_string(),
    };
    SyntaxError::at_span(patch.document(), span, message)
}

/// Reads a text as a document.
///
/// # Errors
/// The text and the reason with line and column, both without secrets.
pub fn read_document(source: Source, policy: &Policy) -> Result<Document, (Source, SyntaxError)> {
    Document::read(source).map_err(|(source, error)| {
        let (shown, error) = without_secrets(source, error, policy);
        let error = SyntaxError::from_parse(&shown.name, error);
        (shown, error)
    })
}
