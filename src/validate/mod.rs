//! A schema and a config to diagnostics: every finding, at its place.
//!
//! One file for each kind of constraint. The way of the data: `read` makes an instance tree of a
//! document and checks each value against its type; `implicit` adds defaults; then `references`,
//! `conditions`, `structure` and `rules` look at the whole.

mod alike;
mod conditions;
mod diagnostic;
mod findings;
mod fix;
mod implicit;
mod incremental;
mod index;
mod inputs;
mod key;
mod read;
mod read_set;
mod references;
mod rule;
mod rules;
mod scopes;
mod secrets;
mod spelling;
mod structure;
mod translate;
mod tree;
mod value;
mod xpath;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Document};
use crate::policy::Policy;
use crate::schema::Schema;

pub use alike::AlikeValidator;
pub use diagnostic::{Diagnostic, Related, Severity, SourceRange};
pub use findings::MASK;
pub use fix::{Fix, FixOperation, Replacement};
pub use incremental::{EntryDiagnostic, EntryPart, Fingerprint, Reference, Update, Validator};
pub use key::DiagnosticKey;
pub use rule::{RULES_PAGE, Rule, RuleExample, RuleText};
pub use scopes::validate_scopes;
pub use secrets::{masked, masked_entry, masked_pointer, masked_text, without_secrets};
pub use translate::{to_config_db, to_yang_json};

/// The tree of instances, for tests of this workspace. It is no part of the public interface.
#[doc(hidden)]
pub mod internals {
    pub use super::tree::{Inst, Tree};
}

use findings::DiagnosticCollector;
use index::Index;
use read::Reader;
use tree::{DocumentAnchor, Tree};
use value::Naming;

/// The findings of a validation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// All findings, in document order.
    pub diagnostics: Vec<Diagnostic>,
    /// Tables that no model covers, in document order; each has a warning too.
    pub tables_without_model: Vec<String>,
}

impl Report {
    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many findings are warnings.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }
}

/// Validates a config_db config with its models.
pub fn validate(schema: &Schema, policy: &Policy, config: &Config) -> Report {
    validate_document(schema, policy, config.document())
}

/// As [`validate`], of a document.
pub fn validate_document(schema: &Schema, policy: &Policy, document: &Document) -> Report {
    finish(
        schema,
        policy,
        Reader::config_db(schema, policy, document),
        Naming::ConfigDb,
        false,
    )
    .0
}

/// Validates a config_db config, as [`validate`] does; each finding has its key, also where the config has no text.
pub fn validate_with_keys(
    schema: &Schema,
    policy: &Policy,
    config: &Config,
) -> Vec<(DiagnosticKey, Diagnostic)> {
    let document = config.document();
    let reader = Reader::config_db(schema, policy, document);
    let (found, _) = examine(schema, policy, reader, Naming::ConfigDb, false);
    let keyed = found.into_iter().map(|(at, diagnostic)| {
        let key = DiagnosticKey::with_secret(&diagnostic, || key::entry_key(document, at.json));
        (key, diagnostic)
    });
    keyed.collect()
}

/// Validates YANG JSON (RFC 7951; numbers and booleans may be written as strings).
pub fn validate_yang_json(schema: &Schema, policy: &Policy, document: &Document) -> Report {
    finish(
        schema,
        policy,
        Reader::yang_json(schema, policy, document),
        Naming::YangJson,
        false,
    )
    .0
}

/// Validates YANG JSON and gives the instance tree too, with every default in it.
pub fn validate_with_defaults(schema: &Schema, policy: &Policy, document: &Document) -> (Report, Tree) {
    finish(
        schema,
        policy,
        Reader::yang_json(schema, policy, document),
        Naming::YangJson,
        true,
    )
}

fn finish(
    schema: &Schema,
    policy: &Policy,
    mut reader: Reader,
    naming: Naming,
    all_defaults: bool,
) -> (Report, Tree) {
    let tables_without_model = std::mem::take(&mut reader.without_model);
    let (found, tree) = examine(schema, policy, reader, naming, all_defaults);
    let report = Report {
        diagnostics: found.into_iter().map(|(_, diagnostic)| diagnostic).collect(),
        tables_without_model,
    };
    (report, tree)
}

/// What is to be said of a document that was read, and where, in document order.
fn examine(
    schema: &Schema,
    policy: &Policy,
    reader: Reader,
    naming: Naming,
    all_defaults: bool,
) -> (Vec<(DocumentAnchor, Diagnostic)>, Tree) {
    let Reader {
        mut tree,
        unread,
        mut findings,
        ..
    } = reader;
    // They are not missing, and no condition can see the difference.
    for (id, parent, at) in unread {
        let inst = tree.add(id, parent, at);
        tree.get_mut(inst).invalid = true;
    }
    check_tree(schema, policy, &mut tree, naming, all_defaults, &mut findings);
    (findings.finish(), tree)
}

/// Everything that is to be checked once all values are read.
fn check_tree(
    schema: &Schema,
    policy: &Policy,
    tree: &mut Tree,
    naming: Naming,
    all_defaults: bool,
    findings: &mut DiagnosticCollector,
) {
    implicit::add(schema, tree, all_defaults);
    let mut index = Index::new(schema);
    if references::resolve_unions(schema, tree, &index, naming, findings) {
        index = Index::new(schema);
    }
    references::check(schema, tree, &index, findings);
    conditions::check(schema, tree, &index, findings);
    structure::check(schema, tree, findings);
    rules::check(schema, policy, tree, findings);
    spelling::check(schema, policy, tree, findings);
}
