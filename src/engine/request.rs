//! What a caller asks to be changed.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Config, Document, pointer};
use crate::patch::{Configlet, Golden, Patch, Scope};
use crate::plan::Disruption;
use crate::transaction::{Checkpoints, History, StateDir, TransactionError};
use crate::validate::masked_pointer;

use super::Engine;
use super::candidate::Edit;
use super::change::{ChangeDocument, PathFormat};
use super::error::ApplyError;
use super::planned::PlannedChange;
use super::rejection::Rejection;
use super::review::IgnoredPath;
use super::scopes::split;

/// What a change is allowed to do beyond the rules. The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Allow {
    /// Errors of the running config do not block the change, as long as it introduces none.
    pub existing_errors: bool,
    /// Tables that no model covers are changed, unchecked and in a step of their own, first.
    pub unmodeled_tables: bool,
    /// Findings at or below these places do not block the change.
    pub ignored: Vec<IgnoredPath>,
}

/// The running configs that an edit is made for.
#[non_exhaustive]
pub struct Running<'a> {
    /// The models and the policy.
    pub engine: &'a Engine,
    /// The scopes of the stores.
    pub scopes: &'a [Scope],
    /// The identities of the stores, in the order of the scopes.
    pub stores: &'a [String],
    /// Their configs, in the same order.
    pub configs: &'a [Config],
    /// The state directory with their history.
    pub state_dir: &'a StateDir,
    /// Tables that a replacement leaves as they are.
    pub keep: &'a [String],
}

/// The edits of a change.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Edits {
    /// One for each scope of the stores, in their order.
    pub by_scope: Vec<Edit>,
    /// The changes of the history that are rolled back by it.
    pub undoes: Vec<String>,
}

impl From<Vec<Edit>> for Edits {
    fn from(by_scope: Vec<Edit>) -> Self {
        Edits {
            by_scope,
            undoes: Vec::new(),
        }
    }
}

impl Edits {
    /// Notes that the edits roll these changes of the history back.
    #[must_use]
    pub fn undoing(mut self, ids: Vec<String>) -> Self {
        self.undoes = ids;
        self
    }
}

type EditFn<'a> = dyn Fn(&Running) -> Result<Edits, ApplyError> + 'a;
type PlannedFn<'a> = dyn Fn(&[PlannedChange]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// A change that a [`Session`](super::Session) is asked to make: the edit, what it is allowed, and how it is recorded.
#[must_use]
pub struct ChangeRequest<'a> {
    pub(super) edits: Box<EditFn<'a>>,
    pub(super) allow: Allow,
    pub(super) keep: Vec<String>,
    pub(super) disruption: Option<Disruption>,
    pub(super) source: String,
    pub(super) comment: Option<String>,
    pub(super) confirm_within: Option<Duration>,
    pub(super) save: Option<PathBuf>,
    pub(super) is_parallel: bool,
    pub(super) is_rollback: bool,
    pub(super) cascades: bool,
    pub(super) on_planned: Option<&'a PlannedFn<'a>>,
}

impl<'a> ChangeRequest<'a> {
    /// The edit that a function makes for the running configs. It is called again where a config was changed by
    /// another client before the first step.
    pub fn new(edits: impl Fn(&Running) -> Result<Edits, ApplyError> + 'a) -> Self {
        ChangeRequest {
            edits: Box::new(edits),
            allow: Allow::default(),
            keep: Vec::new(),
            disruption: None,
            source: String::new(),
            comment: None,
            confirm_within: None,
            save: None,
            is_parallel: false,
            is_rollback: false,
            cascades: false,
            on_planned: None,
        }
    }

    /// A JSON patch (RFC 6902). A path may begin with a scope: `/asic0/PORT/…`.
    pub fn patch(patch: Patch) -> Self {
        Self::patch_in(PathFormat::ConfigDb, patch)
    }

    /// A JSON patch with paths of a format.
    pub fn patch_in(format: PathFormat, patch: Patch) -> Self {
        let source = patch.document().source().name.clone();
        let request = Self::new(move |running| {
            let parts = split(patch.clone(), running.scopes).map_err(Rejection::from)?;
            let edits = parts.into_iter().map(|patch| Edit::Change(format.change(patch)));
            Ok(edits.collect::<Vec<_>>().into())
        });
        request.source(source)
    }

    /// Configlets whose fields are set in the config of the host, one after the other.
    pub fn configlet_update(configlets: Vec<Configlet>) -> Self {
        Self::configlets(configlets, ChangeDocument::ConfigletUpdate)
    }

    /// Configlets whose fields, entries or tables are deleted from the config of the host, one after the other.
    pub fn configlet_delete(configlets: Vec<Configlet>) -> Self {
        Self::configlets(configlets, ChangeDocument::ConfigletDelete)
    }

    fn configlets(configlets: Vec<Configlet>, change: fn(Configlet) -> ChangeDocument) -> Self {
        let names = configlets.iter().map(|one| one.document().source().name.as_str());
        let source = names.collect::<Vec<_>>().join(", ");
        let changes: Vec<ChangeDocument> = configlets.into_iter().map(change).collect();
        let request = Self::new(move |running| {
            let edits = running.scopes.iter().map(|scope| {
                let is_host = *scope == Scope::HOST;
                Edit::Sequence(if is_host { changes.clone() } else { Vec::new() })
            });
            Ok(edits.collect::<Vec<_>>().into())
        });
        request.source(source)
    }

    /// A golden config, whose tables replace those of the running configs. That of several scopes is an object of the
    /// scopes' golden configs.
    pub fn golden(document: Document) -> Self {
        let source = document.source().name.clone();
        let request = Self::new(move |running| {
            let parts = Golden::of(document.clone(), running.scopes).map_err(Rejection::from)?;
            let edits = parts
                .into_iter()
                .map(|part| Edit::Change(ChangeDocument::Golden(part)));
            Ok(edits.collect::<Vec<_>>().into())
        });
        request.source(source)
    }

    /// A whole config for each scope of the stores, in their order, in place of the running one.
    pub fn replace(configs: Vec<Config>) -> Self {
        let source = configs.first().map(|one| one.document().source().name.clone());
        let request = Self::new(move |running| {
            if configs.len() != running.scopes.len() {
                let text = format!(
                    "there are {} configs for {} stores",
                    configs.len(),
                    running.scopes.len()
                );
                return Err(Rejection::other(text).into());
            }
            Ok(configs
                .iter()
                .cloned()
                .map(Edit::Replace)
                .collect::<Vec<_>>()
                .into())
        });
        request.source(source.unwrap_or_default())
    }

    /// The configs as they would be without a change of the history and all changes after it. What other clients changed
    /// since is kept. The beginning of the id is enough.
    ///
    /// The request fails with [`TransactionError::Conflicts`] where another client changed the same.
    pub fn rollback_to(id: &str) -> Self {
        let id = id.to_owned();
        let source = format!("undo to {id}");
        Self::new(move |running| without(&id, running))
            .source(source)
            .rollback()
    }

    /// The configs of a checkpoint.
    pub fn restore(checkpoints: Checkpoints, name: impl Into<String>) -> Self {
        let name = name.into();
        let source = format!("checkpoint {name}");
        let request = Self::new(move |running| {
            let loaded = checkpoints.load(&name, running.scopes);
            let configs = loaded.map_err(|error| Rejection::other(error.to_string()))?;
            Ok(configs.into_iter().map(Edit::Replace).collect::<Vec<_>>().into())
        });
        request.source(source).rollback()
    }

    /// The edits lead back to configs that were there before. What is rejected of a change forward is not rejected then:
    /// errors, retired fields and unmodeled tables of the target, removals that the policy forbids, what the platform
    /// does not support, more interrupted at once than the policy allows.
    pub fn rollback(mut self) -> Self {
        self.is_rollback = true;
        self
    }

    /// What the change is allowed beyond the rules.
    pub fn allow(mut self, allow: Allow) -> Self {
        self.allow = allow;
        self
    }

    /// Tables that stay as they are where a config is replaced or rolled back.
    pub fn keep(mut self, tables: Vec<String>) -> Self {
        self.keep = tables;
        self
    }

    /// A limit on what is interrupted at once. `None`: that of the policy, where steps are seen by daemons.
    pub fn disruption(mut self, disruption: Option<Disruption>) -> Self {
        self.disruption = disruption;
        self
    }

    /// The origin of the change in the history: a file name, or a description.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// The author's comment in the history.
    pub fn comment(mut self, comment: Option<String>) -> Self {
        self.comment = comment;
        self
    }

    /// A confirmed commit (RFC 6241, section 8.4): the change is rolled back unless it is confirmed within this time.
    pub fn confirm_within(mut self, time: Option<Duration>) -> Self {
        self.confirm_within = time;
        self
    }

    /// A file that the new config is written to as well. That of an ASIC has its number before the extension.
    pub fn save(mut self, path: Option<PathBuf>) -> Self {
        self.save = path;
        self
    }

    /// Whether the configs of several scopes are planned in parallel.
    pub fn parallel(mut self, is_parallel: bool) -> Self {
        self.is_parallel = is_parallel;
        self
    }

    /// Whether what refers to entries that the edits remove is removed with them, as [`Candidate::cascaded`] does.
    ///
    /// [`Candidate::cascaded`]: super::Candidate::cascaded
    pub fn cascade(mut self, cascades: bool) -> Self {
        self.cascades = cascades;
        self
    }

    /// Is called with the plans before anything is written. Its error rejects the change.
    pub fn on_planned(mut self, planned: &'a PlannedFn<'a>) -> Self {
        self.on_planned = Some(planned);
        self
    }
}

/// The configs as they would be without a change of the history and all changes after it.
fn without(id: &str, running: &Running) -> Result<Edits, ApplyError> {
    let changes = History::new(running.state_dir.clone()).since(id)?;
    let policy = running.engine.policy();
    let mut conflicts = Vec::new();
    let mut edits = Vec::new();
    for (config, store) in running.configs.iter().zip(running.stores) {
        let undone = changes.undo(store, &config.to_value());
        // What daemons do in answer to changes is theirs, and no other client's.
        let counts = |place: &String| {
            let table = pointer::split(place).and_then(|tokens| tokens.into_iter().next());
            table.is_none_or(|table| !running.keep.contains(&table) && !policy.is_answer(&table))
        };
        conflicts.extend(undone.conflicts.into_iter().filter(counts));
        let whole = Config::from_value("the config without the change", &undone.target);
        edits.push(Edit::Replace(whole));
    }
    if !conflicts.is_empty() {
        let places = conflicts.iter().map(|place| masked_pointer(policy, place));
        return Err(TransactionError::Conflicts(places.collect()).into());
    }
    Ok(Edits::from(edits).undoing(changes.ids()))
}
