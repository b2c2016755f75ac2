//! The removal of what refers to entries and fields that a change removes.

use std::collections::{HashMap, HashSet};

use json_patch::PatchOperation;
use serde_json::{Map, Value};

use crate::config::{EntryName, Write, WriteRef, differing_entries, pointer};
use crate::patch::between;
use crate::plan::{same_part, take_out};
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{DiagnosticKey, EntryDiagnostic, EntryPart, Reference, Validator};

/// Something that is removed because it refers to what a change removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CascadedRemoval {
    /// The name of the entry.
    pub entry: EntryName,
    /// The part of it that is removed; [`EntryPart::Key`] is the whole entry.
    pub part: EntryPart,
    /// Why it is removed.
    pub cause: RemovalCause,
}

/// Why something is removed with something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemovalCause {
    /// It refers to this entry, of which what it refers to is removed.
    RefersTo(EntryName),
    /// A condition of it (`must`, `when`) does not hold without what is removed: the message of the finding.
    Requires(String),
}

/// What a change leaves without the thing that it refers to, and the config without all of that.
#[derive(Clone, PartialEq)]
pub(super) struct Cascade {
    /// What is removed as well.
    pub removals: Vec<CascadedRemoval>,
    /// The same as a JSON patch for the config after the change.
    pub operations: Vec<PatchOperation>,
    /// The config without it.
    pub target: Value,
    /// Whether the config has no error then that it does not have before the change.
    pub is_valid: bool,
}

/// What has to be removed with what a change from `running` to `target` removes: what refers to it, directly or not.
/// Of an entry that refers with its key, all; of others the field or the element of a list that refers, and all if it
/// is not valid without that. `None`: nothing refers to it.
///
/// References are leafrefs (RFC 7950, section 9.9) of the running config; what the change itself edits so that it refers
/// to something else stays. A condition that holds only as long as something of it is there counts as a reference.
pub(super) fn cascade(schema: &Schema, policy: &Policy, running: &Value, target: &Value) -> Option<Cascade> {
    let edited = differing_entries(running, target);
    if !edited.iter().any(|entry| is_less(entry, running, target)) {
        return None;
    }
    let mut search = Search {
        policy,
        running,
        before: Validator::new(schema, policy, running),
        after: Validator::new(schema, policy, target),
        config: target.clone(),
        edited: edited.iter().cloned().collect(),
        removals: Vec::new(),
    };
    let known = errors(&search.before);
    let standing: HashSet<DiagnosticKey> = errors(&search.after).into_keys().collect();
    search.follow(edited);
    loop {
        let mut found = errors(&search.after);
        found.retain(|key, _| !known.contains_key(key));
        let open = search.take_what_cannot_stand(&found, &standing);
        if open.is_empty() {
            return (!search.removals.is_empty()).then(|| Cascade {
                removals: search.removals,
                operations: between(target, &search.config),
                target: search.config,
                is_valid: found.is_empty(),
            });
        }
        search.follow(open);
    }
}

/// Whether a change removes an entry, or a part of it.
fn is_less(entry: &EntryName, running: &Value, target: &Value) -> bool {
    let (old, new) = (entry.find(running), entry.find(target));
    old.is_some_and(|old| new.is_none_or(|new| common(old, new) != *old))
}

fn errors(validator: &Validator) -> HashMap<DiagnosticKey, EntryDiagnostic> {
    let found = validator.found().into_iter().filter(EntryDiagnostic::is_error);
    found.map(|found| (found.key(), found)).collect()
}

/// A config from which more and more is taken out.
struct Search<'a> {
    policy: &'a Policy,
    running: &'a Value,
    before: Validator<'a>,
    after: Validator<'a>,
    /// What `after` holds.
    config: Value,
    /// The entries that the change itself writes.
    edited: HashSet<EntryName>,
    removals: Vec<CascadedRemoval>,
}

impl Search<'_> {
    /// Removes what refers to entries that were written, and what refers to that.
    fn follow(&mut self, mut open: Vec<EntryName>) {
        while let Some(name) = open.pop() {
            for reference in self.before.references_to(&name) {
                if !self.is_broken(&reference) {
                    continue;
                }
                self.take(&reference.from, &reference.via, &reference.text);
                self.note(
                    reference.from.clone(),
                    reference.via,
                    RemovalCause::RefersTo(name.clone()),
                );
                open.push(reference.from);
            }
        }
    }

    /// Whether a reference of the running config is there unchanged and refers to nothing.
    fn is_broken(&self, reference: &Reference) -> bool {
        let values = (
            reference.from.find(self.running),
            reference.from.find(&self.config),
        );
        let (Some(old), Some(new)) = values else {
            return false;
        };
        let stands = match &reference.via {
            EntryPart::Field(field) => match self.separator(&reference.from, field) {
                Some(separator) => has_word(new.get(field.as_str()), separator, &reference.text),
                None => same_part(old, new, &reference.via),
            },
            via => same_part(old, new, via),
        };
        let is_same = |other: &Reference| other.via == reference.via && other.text == reference.text;
        stands && !self.after.references_from(&reference.from).iter().any(is_same)
    }

    /// What separates the elements of a list that is kept as one string.
    fn separator(&self, entry: &EntryName, field: &str) -> Option<&str> {
        self.policy.joined_by(&entry.table, field)
    }

    /// Takes out what has become wrong without the things that are gone, and gives the entries that this changed.
    /// `found` are the errors that the change brings, `standing` those that it brings by itself.
    fn take_what_cannot_stand(
        &mut self,
        found: &HashMap<DiagnosticKey, EntryDiagnostic>,
        standing: &HashSet<DiagnosticKey>,
    ) -> Vec<EntryName> {
        let trimmed: HashSet<EntryName> = self.removals.iter().map(|one| one.entry.clone()).collect();
        let mut wrong: Vec<(&DiagnosticKey, &EntryDiagnostic)> = found.iter().collect();
        wrong.retain(|(_, found)| found.entry.find(&self.config).is_some());
        wrong.sort_by(|(_, one), (_, other)| {
            let place = |found: &EntryDiagnostic| (found.entry.clone(), found.diagnostic.pointer.clone());
            place(one).cmp(&place(other))
        });
        let mut taken = Vec::new();
        let mut failing = None;
        for (key, found) in wrong {
            let EntryDiagnostic { entry, diagnostic } = found;
            if trimmed.contains(entry) && !standing.contains(key) {
                // It was needed.
                self.take(entry, &EntryPart::Key, "");
                let first = self.removals.iter().find(|one| one.entry == *entry);
                let cause = first.map(|one| one.cause.clone());
                let cause = cause.unwrap_or_else(|| RemovalCause::Requires(diagnostic.message.clone()));
                self.note(entry.clone(), EntryPart::Key, cause);
                taken.push(entry.clone());
            } else if found.is_condition() && !self.edited.contains(entry) && !taken.contains(entry) {
                let failing = failing.get_or_insert_with(|| self.failing_conditions());
                if failing.contains(entry) {
                    let part = self.part_of(found);
                    self.take(entry, &part, "");
                    let cause = RemovalCause::Requires(diagnostic.message.clone());
                    self.note(entry.clone(), part, cause);
                    taken.push(entry.clone());
                }
            }
        }
        taken
    }

    /// The entries with a condition that fails if what is gone is removed from the running config, and nothing else is
    /// changed.
    fn failing_conditions(&mut self) -> HashSet<EntryName> {
        let entries = differing_entries(self.running, &self.config);
        let mut there: Vec<Write> = Vec::new();
        for entry in entries {
            let Some(old) = entry.find(self.running) else {
                continue;
            };
            let value = entry.find(&self.config).map(|new| common(old, new));
            there.push(Write { entry, value });
        }
        let back: Vec<WriteRef> = there
            .iter()
            .map(|write| write.entry.written_as(write.entry.find(self.running)))
            .collect();
        self.before.failing_conditions(&there, back).into_iter().collect()
    }

    /// The part of an entry that a finding is about.
    fn part_of(&self, found: &EntryDiagnostic) -> EntryPart {
        let tokens = pointer::split(&found.diagnostic.pointer).unwrap_or_default();
        let value = found.entry.find(&self.config);
        let [_, _, field, rest @ ..] = tokens.as_slice() else {
            return EntryPart::Key;
        };
        match value.and_then(|value| value.get(field)) {
            None => EntryPart::Key,
            Some(Value::Array(list)) => {
                let at = rest.first().and_then(|at| at.parse::<usize>().ok());
                let element = at.and_then(|at| list.get(at)?.as_str());
                element.map_or_else(
                    || EntryPart::Field(field.into()),
                    |element| EntryPart::Element(field.into(), element.into()),
                )
            }
            Some(_) => EntryPart::Field(field.into()),
        }
    }

    /// Takes a part of an entry out; `text` is the element of a list that is kept as one string.
    fn take(&mut self, entry: &EntryName, part: &EntryPart, text: &str) {
        let value = match (part, entry.find(&self.config)) {
            (EntryPart::Key, _) => None,
            (EntryPart::Field(field), Some(Value::Object(fields))) if !text.is_empty() => {
                let mut fields = fields.clone();
                let separator = self.separator(entry, field);
                match separator
                    .and_then(|separator| without_word(fields.get(field.as_str()), separator, text))
                {
                    Some(less) => drop(fields.insert(field.to_string(), Value::String(less))),
                    None => take_out(&mut fields, part),
                }
                Some(fields)
            }
            (part, Some(Value::Object(fields))) => {
                let mut fields = fields.clone();
                take_out(&mut fields, part);
                // An entry whose fields are rows is nothing without them.
                (!matches!(part, EntryPart::Name(_)) || !fields.is_empty()).then_some(fields)
            }
            _ => return,
        };
        let write = Write {
            entry: entry.clone(),
            value: value.map(Value::Object),
        };
        self.after.update([&write]);
        write.apply(&mut self.config);
    }

    /// Notes a removal. That of an entry stands for those of its parts.
    fn note(&mut self, entry: EntryName, part: EntryPart, cause: RemovalCause) {
        let part = match entry.find(&self.config) {
            None => EntryPart::Key,
            Some(_) => part,
        };
        if part == EntryPart::Key {
            self.removals.retain(|one| one.entry != entry);
        }
        self.removals.push(CascadedRemoval { entry, part, cause });
    }
}

/// Whether a list that is kept as one string has an element.
fn has_word(value: Option<&Value>, separator: &str, word: &str) -> bool {
    let text = value.and_then(Value::as_str);
    text.is_some_and(|text| text.split(separator).any(|other| other == word))
}

/// A list that is kept as one string without an element; `None` where it has no other.
fn without_word(value: Option<&Value>, separator: &str, word: &str) -> Option<String> {
    let text = value.and_then(Value::as_str)?;
    let rest: Vec<&str> = text.split(separator).filter(|other| *other != word).collect();
    (!rest.is_empty()).then(|| rest.join(separator))
}

/// An entry with the fields, and the elements of lists, that it has before and after a change, as they are before.
fn common(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return old.clone();
    };
    let mut fields = Map::new();
    for (name, value) in old {
        match (value, new.get(name)) {
            (_, None) => {}
            (Value::Array(old), Some(Value::Array(new))) => {
                let both = old.iter().filter(|element| new.contains(element));
                fields.insert(name.clone(), Value::Array(both.cloned().collect()));
            }
            (value, Some(_)) => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(fields)
}
