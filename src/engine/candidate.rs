//! The candidate config (RFC 6241, section 8.3) of one scope: the running config, the edit, and what it makes.

use serde_json::Value;
use thiserror::Error;

use crate::config::debug_without_contents;
use crate::config::{Config, Document, JsonKind, without_markers};
use crate::patch::{PatchError, Scope, SonicYangError, SyntaxError};
use crate::policy::Policy;
use crate::schema::{Retired, Schema, SchemaError};
use crate::system_defaults::{Registry, mirror, mirror_whole};

use super::cascade::{CascadedRemoval, cascade};
use super::change::ChangeDocument;

/// An edit of the config of one scope.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Edit {
    /// A patch, a configlet or a golden config.
    Change(ChangeDocument),
    /// Several, one after the other. An empty list changes nothing.
    Sequence(Vec<ChangeDocument>),
    /// Another config in place of the whole one.
    Replace(Config),
}

/// The candidate config of one scope, with the places of its parts.
pub struct Candidate {
    scope: Scope,
    config: Config,
    running: Value,
    change: Option<ChangeDocument>,
    whole: Option<Config>,
    is_replacement: bool,
    target: Value,
    removals: Vec<CascadedRemoval>,
}

debug_without_contents!(Candidate { scope });

/// A candidate as far as it can be made without the models.
pub struct CandidateBuilder {
    config: Config,
    running: Value,
    edit: Edit,
    /// The target of a single change, where that is known.
    target: Result<Option<Value>, PatchError>,
}

impl Edit {
    /// A replacement that leaves some tables of the running config as they are; any other edit as it is.
    pub(super) fn keeping(self, tables: &[String], running: &Config) -> Self {
        let Edit::Replace(whole) = self else { return self };
        if tables.is_empty() {
            return Edit::Replace(whole);
        }
        let (mut target, running) = (whole.to_value(), running.to_value());
        if let Some(members) = target.as_object_mut() {
            for table in tables {
                match running.get(table) {
                    Some(entries) => _ = members.insert(table.clone(), entries.clone()),
                    None => _ = members.shift_remove(table),
                }
            }
        }
        let name = whole.document().source().name.as_str();
        Edit::Replace(Config::from_value(name, &target))
    }
}

/// An edit that cannot be applied.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct EditError {
    /// The change that cannot be applied.
    pub change: ChangeDocument,
    /// The reason of the failure.
    #[source]
    pub error: SonicYangError,
}

impl CandidateBuilder {
    /// Applies an edit to the running config as far as that needs no models.
    pub fn new(policy: &Policy, config: Config, edit: Edit) -> Self {
        let running = config.to_value();
        let edit = match edit {
            Edit::Sequence(mut changes) if changes.len() == 1 => Edit::Change(changes.remove(0)),
            edit => edit,
        };
        let target = match &edit {
            Edit::Change(change) => change.apply_without_models(policy, &running),
            Edit::Sequence(_) | Edit::Replace(_) => Ok(None),
        };
        CandidateBuilder {
            config,
            running,
            edit,
            target,
        }
    }

    /// The candidate.
    ///
    /// # Errors
    /// [`EditError`]: an operation cannot be done.
    pub fn build(self, schema: &Schema, policy: &Policy, scope: Scope) -> Result<Candidate, Box<EditError>> {
        let CandidateBuilder {
            config,
            running,
            edit,
            target,
        } = self;
        let is_replacement = matches!(edit, Edit::Replace(_));
        let failed = |change, error| Box::new(EditError { change, error });
        let (change, whole, target) = match edit {
            Edit::Change(mut change) => {
                let target = match target {
                    Ok(Some(target)) => Ok(target),
                    Ok(None) => change.apply(schema, policy, &config),
                    Err(error) => Err(error.into()),
                };
                match target {
                    Ok(target) => (Some(change), None, target),
                    Err(error) => return Err(failed(change, error)),
                }
            }
            Edit::Sequence(changes) => {
                let mut made = config.clone();
                for mut change in changes {
                    match change.apply(schema, policy, &made) {
                        Ok(target) => made = Config::from_value("the changed config", &target),
                        Err(error) => return Err(failed(change, error)),
                    }
                }
                let target = made.to_value();
                (None, Some(made), target)
            }
            Edit::Replace(whole) => {
                let target = whole.to_value();
                (None, Some(whole), target)
            }
        };
        let mut target = without_empty_tables(target);
        // A change may write an entry without fields as Redis keeps it.
        without_markers(&mut target);
        Ok(Candidate {
            target: without_emptied(&running, target),
            scope,
            config,
            running,
            change,
            whole,
            is_replacement,
            removals: Vec::new(),
        })
    }
}

/// A config without the tables that have no entry: config_db cannot hold them, and who loads such a config leaves them
/// out.
fn without_empty_tables(mut config: Value) -> Value {
    if let Value::Object(tables) = &mut config {
        tables.retain(|_, entries| entries.as_object().is_none_or(|entries| !entries.is_empty()));
    }
    config
}

/// A target without the leaf-lists that the change leaves without elements: `[]` would be kept as a list of one empty
/// element. Such a list that the running config has already stays.
fn without_emptied(running: &Value, mut target: Value) -> Value {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    for (table, entries) in target.as_object_mut().into_iter().flatten() {
        for (key, entry) in entries.as_object_mut().into_iter().flatten() {
            let Some(fields) = entry.as_object_mut() else {
                continue;
            };
            if fields.values().any(is_empty) {
                let stood = running.get(table).and_then(|entries| entries.get(key));
                fields.retain(|field, value| {
                    !is_empty(value) || stood.and_then(|stood| stood.get(field)).is_some_and(is_empty)
                });
            }
        }
    }
    target
}

impl Candidate {
    /// Applies an edit to the running config of a scope.
    ///
    /// # Errors
    /// [`EditError`]: an operation cannot be done.
    pub fn new(
        schema: &Schema,
        policy: &Policy,
        scope: Scope,
        config: Config,
        edit: Edit,
    ) -> Result<Self, Box<EditError>> {
        CandidateBuilder::new(policy, config, edit).build(schema, policy, scope)
    }

    /// The operations of the patch that do nothing, because they remove a table that is absent: a sentence for each.
    pub fn idle_operations(&self, policy: &Policy) -> Vec<String> {
        let Some(ChangeDocument::Patch(patch)) = &self.change else {
            return Vec::new();
        };
        let idle = patch.removals_of_absent_tables(policy, &self.running).into_iter();
        idle.map(|(index, operation)| format!("operation {index} ({operation}): there is no such table"))
            .collect()
    }

    /// The scope that the config belongs to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The running config, with the places of its parts where it was read from text.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The running config as a value.
    pub fn running(&self) -> &Value {
        &self.running
    }

    /// The single change that made the candidate; `None` for a replacement and for several changes.
    pub fn change(&self) -> Option<&ChangeDocument> {
        self.change.as_ref()
    }

    /// The candidate config as it was written, where it is not the result of a single change.
    pub fn whole(&self) -> Option<&Config> {
        self.whole.as_ref()
    }

    /// The candidate config as a value.
    pub fn target(&self) -> &Value {
        &self.target
    }

    /// The candidate with flags kept equal to the fields that they have replaced, if the models are loaded with
    /// [`Retired::Mirror`].
    ///
    /// # Errors
    /// [`SchemaError`]: the declaration of a flag in the models is not valid.
    pub(super) fn mirrored(mut self, schema: &Schema) -> Result<Self, SchemaError> {
        if schema.retired_mode != Retired::Mirror {
            return Ok(self);
        }
        let registry = Registry::of(schema)?;
        let target = match &self.whole {
            Some(_) if self.is_replacement => mirror_whole(&registry, &self.running, &self.target),
            _ => mirror(&registry, &self.running, &self.target),
        };
        if target != self.target {
            self.lead_to(target);
        }
        Ok(self)
    }

    /// The candidate without all that refers, directly or not, to what the change removes. An entry goes where its key
    /// refers, or where it is not valid without the part that refers; otherwise that part goes.
    #[must_use]
    pub fn cascaded(mut self, schema: &Schema, policy: &Policy) -> Self {
        if let Some(found) = cascade(schema, policy, &self.running, &self.target) {
            self.lead_to(found.target);
            self.removals = found.removals;
        }
        self
    }

    /// Whether it is made by changes of the running config, not by another config in place of it.
    pub(super) fn is_edit(&self) -> bool {
        !self.is_replacement
    }

    /// The removals that [`Candidate::cascaded`] has made.
    pub fn cascaded_removals(&self) -> &[CascadedRemoval] {
        &self.removals
    }

    fn lead_to(&mut self, target: Value) {
        let named = |whole: &Config| Config::from_value(whole.document().source().name.as_str(), &target);
        self.whole = self.whole.as_ref().map(named);
        self.target = target;
    }
}

/// A document as a config.
///
/// # Errors
/// [`SyntaxError`]: it is not an object of tables.
pub fn config(document: Document) -> Result<Config, SyntaxError> {
    let root = document.root();
    match document.kind(root) {
        JsonKind::Object => Ok(Config::from(document)),
        kind => {
            let message = format!("a config is an object of tables, not {}", kind.describe());
            Err(SyntaxError::at_span(&document, document.span(root), message))
        }
    }
}
