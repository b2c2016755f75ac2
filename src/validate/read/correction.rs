//! What a wrong value or name was surely meant to be. Nothing is said where two answers are possible.

use std::borrow::Cow;

use serde_json::Value;

use crate::config::{CONFIG_DB_SEPARATOR, JsonId, JsonKind, only_near};
use crate::schema::{ModuleId, NodeId, Schema, Table, TableList, TypeId, TypeKind};
use crate::validate::fix::Correction;
use crate::validate::tree::DocumentAnchor;
use crate::validate::value::{self, Written};

use super::Reader;

/// How many entries of a table without a model are compared with the model of another table.
const MAX_ENTRIES: usize = 64;

impl Reader<'_> {
    /// The string that was meant by one which the type of a leaf does not take: the same without blanks around it or
    /// leading zeros, in decimal digits, or the one word of the type that is like it.
    pub(super) fn meant(&self, leaf: NodeId, at: DocumentAnchor, text: &str) -> Option<String> {
        if !self.findings.is_text(at, text) || !self.findings.wants_fix(Some(leaf)) {
            return None;
        }
        let ty = self.schema.value_type(leaf)?;
        let is_valid = |candidate: &str| candidate != text && self.takes(leaf, ty, candidate);
        let trimmed = text.trim();
        if !trimmed.is_empty() && is_valid(trimmed) {
            return Some(trimmed.to_owned());
        }
        let is_number = !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit());
        let digits = trimmed.trim_start_matches('0');
        if is_number && is_valid(digits) {
            return Some(digits.to_owned());
        }
        let decimal = value::decimal(trimmed);
        if let Some(decimal) = decimal.filter(|decimal| is_valid(decimal)) {
            return Some(decimal);
        }
        let mut words = Words::default();
        words.collect(self.schema, ty, self.schema.node(leaf).module);
        let names = || words.names.iter().map(AsRef::as_ref);
        let simple = |name: &str| name.rsplit_once(':').map_or(0, |(module, _)| module.len() + 1);
        let mut same = names().filter(|name| {
            name.eq_ignore_ascii_case(trimmed) || name[simple(name)..].eq_ignore_ascii_case(trimmed)
        });
        let meant = match (same.next(), same.next()) {
            (Some(name), None) => Some(name),
            // What is no word of an enumeration may be meant for another member of a union.
            (None, _) if !words.others => only_near(trimmed, names()),
            _ => None,
        };
        meant.filter(|name| is_valid(name)).map(str::to_owned)
    }

    /// What corrects a number or boolean where a string belongs: the string, or a list of it.
    pub(super) fn quoted(&self, leaf: NodeId, json: JsonId, is_list: bool) -> Option<Correction> {
        if !self.findings.wants_fix(Some(leaf)) {
            return None;
        }
        let text = self.document.scalar(json);
        let ty = self.schema.value_type(leaf)?;
        self.takes(leaf, ty, text).then(|| {
            let text = Value::from(text);
            Correction::Value(if is_list { Value::from(vec![text]) } else { text })
        })
    }

    /// What corrects the name of a field that is like one other: its name, where the entry has no such field and the
    /// type of that one takes the value.
    pub(super) fn field_meant<'n>(
        &self,
        node: NodeId,
        field: JsonId,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<Correction> {
        if !self.findings.wants_fix(None) {
            return None;
        }
        let document = self.document;
        let name = only_near(document.key(field), names)?;
        let leaf = self.field(node, name)?;
        self.value_fits(field, leaf)
            .then(|| Correction::Name(name.to_owned()))
    }

    /// What corrects the name of a table that is like one other: its name, where that table has a place for every entry
    /// and every field.
    pub(super) fn table_meant(&self, json: JsonId) -> Option<Correction> {
        if !self.findings.wants_fix(None) {
            return None;
        }
        let document = self.document;
        let names = self.schema.tables.iter().map(|table| table.name.as_ref());
        let name = only_near(document.key(json), names)?;
        self.entries_fit(json, name)
            .then(|| Correction::Name(name.to_owned()))
    }

    /// Whether a table of the models has a place for every entry and every field of another one, which is not large.
    pub(super) fn entries_fit(&self, json: JsonId, table: &str) -> bool {
        let Some(table) = self.schema.tables.get(table) else {
            return false;
        };
        let entries: Vec<JsonId> = self.document.children(json).take(MAX_ENTRIES + 1).collect();
        !entries.is_empty()
            && entries.len() <= MAX_ENTRIES
            && entries.into_iter().all(|entry| self.fits_table(table, entry))
    }

    fn fits_table(&self, table: &Table, entry: JsonId) -> bool {
        let document = self.document;
        if document.kind(entry) != JsonKind::Object {
            return false;
        }
        let key = document.key(entry);
        let mut named = table.entries.iter();
        if let Some(&node) = named.find(|&&node| self.schema.node(node).name.as_ref() == key) {
            let mut fields = document.children(entry);
            return fields.all(|field| self.field(node, document.key(field)).is_some());
        }
        let parts: Vec<&str> = key.split(CONFIG_DB_SEPARATOR).collect();
        let fits = |list: &TableList| list.keys == parts.len() && self.accepts(list, &parts, entry);
        table.lists.iter().any(fits)
    }

    pub(super) fn takes(&self, leaf: NodeId, ty: TypeId, text: &str) -> bool {
        value::check(self.scope(leaf).briefly(), ty, text, Written::Field).is_ok()
    }
}

/// The words that a type takes.
#[derive(Default)]
struct Words<'s> {
    names: Vec<Cow<'s, str>>,
    /// Whether it takes anything else.
    others: bool,
}

impl<'s> Words<'s> {
    fn collect(&mut self, schema: &'s Schema, ty: TypeId, module: ModuleId) {
        match &schema.ty(ty).kind {
            TypeKind::Boolean => self.names.extend(["true", "false"].map(Cow::Borrowed)),
            TypeKind::Enumeration(values) => self
                .names
                .extend(values.iter().map(|value| Cow::Borrowed(value.name.as_ref()))),
            TypeKind::Identityref { bases } => {
                let known = schema.identities_of(bases);
                self.names
                    .extend(known.map(|id| Cow::Owned(schema.identity_word(id, module))));
            }
            TypeKind::Leafref { target, .. } => self.collect(schema, *target, module),
            TypeKind::Union(members) => {
                members
                    .iter()
                    .for_each(|&member| self.collect(schema, member, module));
            }
            _ => self.others = true,
        }
    }
}
