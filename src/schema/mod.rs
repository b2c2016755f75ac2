//! YANG modules to a [`Schema`]: where their texts come from, libyang to compile them, the compiled
//! form, its cache.
//!
//! Nothing here knows the values of a config.

mod automaton;
mod bytes;
mod cache;
mod compile;
mod describe;
mod model;
mod modules;
mod pattern;
mod sources;
mod stored;
mod words;

use std::path::PathBuf;

use thiserror::Error;

use crate::config::ReadError;

pub use cache::Cache;
pub use compile::statements::{FieldPath, Statements, flag_identities};
pub use compile::xpath;
pub(crate) use describe::TextPage;
pub use describe::{
    Allowed, ConditionFacts, EntryFacts, FieldFacts, LookupError, PlaceFacts, PlaceName, RetiredFacts, Role,
    TableSummary, TargetFacts, all_facts, describe, facts, overview, summaries, table_named,
};
pub use model::dialect::Dialect;
pub use model::retired::{Retired, RetiredLeaf};
pub use model::tables::{Rows, Table, TableList, Tables};
pub use model::{
    Extension, Form, Identity, IdentityId, IntegerKind, LeafListNode, LeafNode, Leafref, ListNode, Module,
    ModuleId, Must, NamedValue, NodeId, NodeKind, PatternId, PatternUse, Range, Schema, SchemaNode, Status,
    Type, TypeId, TypeKind, When,
};
pub use modules::Modules;
pub use pattern::Pattern;
pub use sources::Sources;

/// The module of the table `SYSTEM_DEFAULTS`.
pub const FLAGS_MODULE: &str = "sonic-system-defaults";

/// Why a set of modules has no schema.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// A directory cannot be read.
    #[error("cannot read the directory {}: {reason}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// Two files hold modules of one name.
    #[error("the module {name} is in two files: {} and {}; take one of them away", first.display(), second.display())]
    TwoModules {
        /// The module.
        name: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A template does not render.
    #[error("{}{}: the template does not render: {reason}", path.display(), line_suffix(*line))]
    Template {
        /// The template.
        path: PathBuf,
        /// The line.
        line: Option<usize>,
        /// Why.
        reason: String,
    },
    /// libyang refuses a module.
    #[error("{place}: {reason}")]
    Module {
        /// File and line; the module's name if it has no file.
        place: String,
        /// libyang's reason.
        reason: String,
    },
    /// A condition or leafref path that is not supported.
    #[error("{node}: the expression \"{text}\" is not supported: {reason}")]
    Expression {
        /// The node that has it.
        node: String,
        /// The expression.
        text: String,
        /// What in it.
        reason: String,
    },
    /// A statement of `sonicfg-extensions` that says nothing.
    #[error("module {module}: identity {identity}: {statement}: {reason}")]
    Statement {
        /// The module of the identity.
        module: String,
        /// The identity that has it.
        identity: String,
        /// The statement.
        statement: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn line_suffix(line: Option<usize>) -> String {
    line.map(|line| format!(":{line}")).unwrap_or_default()
}

/// A loaded schema, and a warning about the cache.
#[derive(Debug)]
pub struct Loaded {
    /// The schema of the models.
    pub schema: Schema,
    /// Why the cache could not be written.
    pub cache_warning: Option<String>,
}

impl Schema {
    /// The name of an identity as a leaf of a module holds it: with its own module in front where that is another (RFC
    /// 7951, section 6.8).
    pub fn identity_word(&self, id: IdentityId, module: ModuleId) -> String {
        let identity = self.identity(id);
        if identity.module == module {
            identity.name.to_string()
        } else {
            format!("{}:{}", self.module(identity.module).name, identity.name)
        }
    }

    /// The key of the entry of a flag in config_db: the name of its identity, with that of its module in front where
    /// that is not [`FLAGS_MODULE`] (RFC 7951, section 6.8). SONiC's loader refuses another spelling.
    pub fn flag_key(&self, flag: IdentityId) -> String {
        let identity = self.identity(flag);
        match self.module(identity.module).name.as_ref() {
            FLAGS_MODULE => identity.name.to_string(),
            module => format!("{module}:{}", identity.name),
        }
    }

    /// Compiles modules, or takes their compiled form from a cache.
    ///
    /// # Errors
    /// [`SchemaError`]: a module that libyang refuses, or that uses what is not supported.
    pub fn load(sources: &Sources, cache: Option<&Cache>) -> Result<Loaded, SchemaError> {
        let digest = sources.digest();
        if let Some(mut schema) = cache.and_then(|cache| cache.get(&digest)) {
            schema.retired_mode = sources.retired;
            return Ok(Loaded {
                schema,
                cache_warning: None,
            });
        }
        let schema = Self::compile(sources, digest)?;
        let cache_warning = cache.and_then(|cache| cache.put(&schema).err());
        Ok(Loaded {
            schema,
            cache_warning,
        })
    }

    fn compile(sources: &Sources, digest: [u8; 32]) -> Result<Schema, SchemaError> {
        sources.check_expressions()?;
        let texts = sources.texts.iter();
        let texts = texts
            .map(|(name, module)| (name.clone(), module.text.clone()))
            .collect();
        let modules = sources.texts.iter().filter(|(_, module)| !module.submodule);
        let roots: Vec<String> = modules.map(|(name, _)| name.clone()).collect();
        let compiled = compile::libyang::compile(texts, &roots).map_err(|error| {
            let file = error
                .module
                .as_ref()
                .and_then(|name| sources.texts.get(name)?.file.as_ref());
            let mut place = match (file, &error.module) {
                (Some(file), _) => file.display().to_string(),
                (None, Some(module)) => format!("module {module}"),
                (None, None) => "YANG modules".to_owned(),
            };
            if let Some(line) = error.line {
                place.push_str(&format!(":{line}"));
            }
            SchemaError::Module {
                place,
                reason: error.message.trim_end_matches('.').to_owned(),
            }
        })?;
        compile::build(compiled, sources, digest)
    }
}
