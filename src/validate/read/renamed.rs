//! Names, values and references in the form of an earlier release, with what is written now.

use crate::config::{JsonId, JsonKind};
use crate::policy::References;
use crate::schema::{NodeId, NodeKind};
use crate::validate::fix::Correction;
use crate::validate::tree::DocumentAnchor;

use super::Reader;

/// What to write, in words, and the correction where it is certain.
type Advice = (String, Option<Correction>);

impl Reader<'_> {
    /// The new name of a table that no model covers.
    pub(super) fn renamed_table(&self, json: JsonId) -> Option<Advice> {
        let rename = self.policy.renamed_table(self.document.key(json))?;
        if rename.removed {
            let hint = format!("remove the table: it is not there any more{}", rename.since());
            return Some((hint, Some(Correction::Removal)));
        }
        let to = rename.to.as_deref()?;
        self.schema.tables.get(to)?;
        let is_certain = self.findings.wants_fix(None) && self.entries_fit(json, to);
        let correction = is_certain.then(|| Correction::Name(to.to_owned()));
        Some((format!("its name is {to:?}{}", rename.since()), correction))
    }

    /// The new name of a field that an entry does not have, or that there is none.
    pub(super) fn renamed_field(&mut self, node: NodeId, field: JsonId) -> Option<Advice> {
        let name = self.document.key(field);
        let table = self.schema.table_name(node);
        let rename = self.policy.renamed_field(table, name)?;
        if rename.removed {
            let hint = format!("remove the field: it is not there any more{}", rename.since());
            return Some((hint, Some(Correction::Removal)));
        }
        let to = rename.to.as_deref()?;
        let leaf = self.field(node, to)?;
        let object = self.document.parent(field)?;
        self.findings.note_misspelt(object, to);
        if self.document.get(object, to).is_some() {
            let hint = format!(
                "remove it: its name is {to:?}{}, which is set too",
                rename.since()
            );
            return Some((hint, None));
        }
        let is_certain = self.findings.wants_fix(Some(leaf)) && self.value_fits(field, leaf);
        let correction = is_certain.then(|| Correction::Name(to.to_owned()));
        Some((format!("its name is {to:?}{}", rename.since()), correction))
    }

    /// What to write for a value that the type of a leaf does not take, where an earlier release wrote it like this.
    pub(super) fn renamed_value(&self, leaf: NodeId, at: DocumentAnchor, text: &str) -> Option<Advice> {
        let ty = self.schema.value_type(leaf)?;
        let mut targets = self.schema.leafrefs(leaf).iter().map(|leafref| leafref.target);
        let bare = targets.find_map(|target| References::name_in(text, self.schema.table_name(target)));
        let (value, hint) = if let Some(bare) = bare {
            let hint = format!(
                "write {bare:?}: references are names alone{}",
                self.policy.references.since()
            );
            (bare.to_owned(), hint)
        } else {
            let node = self.schema.node(leaf);
            let rename = self
                .policy
                .renamed_field(self.schema.table_name(leaf), &node.name)?;
            let value = rename.values.get(text)?.clone();
            let hint = match rename.since() {
                since if since.is_empty() => format!("write {value:?}"),
                since => format!("write {value:?}, its name{since}"),
            };
            (value, hint)
        };
        if !self.takes(leaf, ty, &value) {
            return None;
        }
        let is_certain = self.findings.is_text(at, text) && self.findings.wants_fix(Some(leaf));
        let correction = is_certain.then(|| Correction::Value(value.into()));
        Some((hint, correction))
    }

    /// Whether the type of a leaf or leaf-list takes the value of a field.
    pub(super) fn value_fits(&self, field: JsonId, leaf: NodeId) -> bool {
        let document = self.document;
        let Some(ty) = self.schema.value_type(leaf) else {
            return false;
        };
        let is_string = |id: &JsonId| document.kind(*id) == JsonKind::String;
        match (document.kind(field), &self.schema.node(leaf).kind) {
            (JsonKind::String, NodeKind::Leaf(_)) => self.takes(leaf, ty, document.scalar(field)),
            (JsonKind::Array, NodeKind::LeafList(_)) => document
                .children(field)
                .all(|id| is_string(&id) && self.takes(leaf, ty, document.scalar(id))),
            _ => false,
        }
    }
}
