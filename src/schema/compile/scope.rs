//! The meaning of names in the expression that is being compiled.

use rustc_hash::FxHashMap;

use super::libyang::Prefixes;
use super::xpath::Names;
use crate::schema::model::{Identity, IdentityId, ModuleId, PatternId};
use crate::schema::pattern::Pattern;

/// What names mean in the expression at hand.
pub(super) struct CompileScope<'a> {
    pub(super) identities: &'a [Identity],
    pub(super) patterns: Patterns,
    pub(super) prefixes: Prefixes,
    pub(super) module: ModuleId,
}

impl Names for CompileScope<'_> {
    fn module(&self, prefix: Option<&str>) -> Option<ModuleId> {
        let Some(prefix) = prefix else {
            return Some(self.module);
        };
        let found = self.prefixes.iter().find(|(known, _)| known == prefix);
        found.map(|&(_, module)| module)
    }

    fn identity(&self, module: ModuleId, name: &str) -> Option<IdentityId> {
        self.identities
            .iter()
            .position(|identity| identity.module == module && identity.name.as_ref() == name)
            .map(|at| IdentityId(at as u32))
    }

    fn pattern(&mut self, text: &str) -> PatternId {
        self.patterns.add(text.to_owned())
    }
}

#[derive(Default)]
pub(super) struct Patterns {
    ids: FxHashMap<String, PatternId>,
    pub(super) compiled: Vec<Pattern>,
}

impl Patterns {
    pub(super) fn add(&mut self, text: String) -> PatternId {
        if let Some(&id) = self.ids.get(&text) {
            return id;
        }
        let id = PatternId(self.compiled.len() as u32);
        self.compiled.push(Pattern::compile(&text));
        self.ids.insert(text, id);
        id
    }
}
