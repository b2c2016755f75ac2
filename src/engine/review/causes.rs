//! The operation of a patch that introduces a finding at another place: a deleted port leaves dangling references in
//! VLAN members that the patch does not mention.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::config::{Config, Source, to_text};
use crate::engine::change::ChangeDocument;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{DiagnosticKey, validate};

/// How many intermediate configs are made and validated at most.
const MAX_PROBES: usize = 24;

/// Finds the operation that introduces a finding, by bisection: the config without the operation does not have the
/// finding, and the one with it does.
pub struct Causes<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    base: &'a Config,
    change: &'a ChangeDocument,
    /// The findings after the first so many operations; `None` where there is no such config.
    probed: BTreeMap<usize, Option<HashSet<DiagnosticKey>>>,
}

impl<'a> Causes<'a> {
    pub fn new(schema: &'a Schema, policy: &'a Policy, base: &'a Config, change: &'a ChangeDocument) -> Self {
        Causes {
            schema,
            policy,
            base,
            change,
            probed: BTreeMap::new(),
        }
    }

    /// The position in the document of the operation that brings a finding of the whole change.
    pub fn of(&mut self, finding: &DiagnosticKey) -> Option<usize> {
        let patch = self.change.patch()?;
        let (mut without, mut with) = (0, patch.len());
        while with > without + 1 {
            let middle = usize::midpoint(without, with);
            if self.probe(middle)?.contains(finding) {
                with = middle;
            } else {
                without = middle;
            }
        }
        patch.positions().nth(without)
    }

    /// What an operation does to the config: the config before it and after. `None` for one of a change
    /// that has no operations.
    pub fn effect(&self, operation: usize) -> Option<(Value, Value)> {
        let at = self.change.patch()?.positions().position(|at| at == operation)?;
        Some((self.make_first(at)?, self.make_first(at + 1)?))
    }

    fn make_first(&self, count: usize) -> Option<Value> {
        self.change
            .apply_first(count, self.schema, self.policy, self.base)
            .ok()
    }

    fn probe(&mut self, count: usize) -> Option<&HashSet<DiagnosticKey>> {
        if !self.probed.contains_key(&count) {
            if self.probed.len() == MAX_PROBES {
                return None;
            }
            let config = self.make_first(count);
            let findings = config.and_then(|config| {
                let config =
                    Config::parse(Source::new("a part of the change", to_text(&config, None))).ok()?;
                let report = validate(self.schema, self.policy, &config);
                let found = report.diagnostics.iter();
                Some(
                    found
                        .map(|one| DiagnosticKey::in_document(config.document(), one))
                        .collect(),
                )
            });
            self.probed.insert(count, findings);
        }
        self.probed.get(&count)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Patch;
    use crate::schema::Sources;

    #[test]
    fn the_operation_with_which_a_finding_comes() {
        let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
        let policy = Policy::shipped();
        let base = Config::parse(Source::new("c", r#"{"FEATURE": {"a": {}, "b": {}}}"#)).unwrap();
        let text = r#"[{"op": "test", "path": "/FEATURE/a", "value": {}},
            {"op": "add", "path": "/FEATURE/a/state", "value": "enabled"},
            {"op": "add", "path": "/FEATURE/b/set_owner", "value": "x"},
            {"op": "remove", "path": "/FEATURE/a/state"}]"#;
        let change = ChangeDocument::Patch(Patch::parse(Source::new("p", text)).unwrap());
        let mut causes = Causes::new(&schema, &policy, &base, &change);
        let target = change.apply_first(4, &schema, &policy, &base).unwrap();
        let changed = Config::parse(Source::new("t", target.to_string())).unwrap();
        let report = validate(&schema, &policy, &changed);
        assert_eq!(report.diagnostics.len(), 1);
        let finding = DiagnosticKey::in_document(changed.document(), &report.diagnostics[0]);
        assert_eq!(causes.of(&finding), Some(2));
        let (before, after) = causes.effect(2).unwrap();
        assert_eq!(before["FEATURE"]["b"], serde_json::json!({}));
        assert_eq!(after["FEATURE"]["b"], serde_json::json!({"set_owner": "x"}));
    }
}
