//! An explanation for people to read.

use crate::schema::{ConditionFacts, EntryFacts, FieldFacts, Role, TextPage};

use super::super::{flag_page, printable};
use super::{Explanation, Present};

/// Where what is said begins.
const INDENT: usize = 18;
/// How many of a kind are shown at most.
const MOST: usize = 20;

impl Explanation<'_> {
    /// The explanation in lines of at most 100 columns, where words allow it.
    pub fn full(&self) -> String {
        let mut page = TextPage::default();
        for entry in &self.facts.entries {
            if self.described.is_empty() {
                field_page(&mut page, self, entry);
            }
        }
        let mut text = page.into_text();
        match &self.flag {
            Some(row) if text.is_empty() => text = flag_page(row),
            Some(row) => text = format!("{text}\n{}", flag_page(row)),
            None => text += &self.described,
        }
        let mut page = TextPage::default();
        for (at, remark) in self.policy.iter().enumerate() {
            line(&mut page, if at == 0 { "policy" } else { "" }, remark);
        }
        if let Some(present) = &self.config {
            self.present(&mut page, present);
        }
        let more = page.into_text();
        if !more.is_empty() {
            text.push('\n');
            text += &more;
        }
        text
    }

    /// Whether it is a part of a key.
    fn is_key(&self) -> bool {
        let mut fields = self.facts.entries.iter().flat_map(|entry| &entry.fields);
        self.described.is_empty() && fields.all(|field| field.role == Role::Key)
    }

    /// What there is in the config.
    fn present(&self, page: &mut TextPage, present: &Present) {
        let is_field = self.described.is_empty();
        let has_key = !self.place.contains("/*") && self.place.matches('/').count() > 1;
        let defaults = self.facts.entries.iter().flat_map(|entry| &entry.fields);
        let default: Vec<&str> = defaults
            .flat_map(|field| field.default.iter().map(String::as_str))
            .collect();
        match &present.values[..] {
            [] if self.is_key() => {}
            [] if is_field && default.is_empty() => line(page, "in the config", "not set"),
            [] if is_field => {
                let default = default.join(", ");
                line(
                    page,
                    "in the config",
                    &format!("not set: the default {default} counts"),
                );
            }
            [] if has_key => line(page, "in the config", "not there"),
            [] => line(page, "in the config", "no entry"),
            values => {
                let names = values.iter().map(|(name, value)| match has_key {
                    true => value.to_string(),
                    false => format!("{name} {value}"),
                });
                several(page, "in the config", names);
            }
        }
        several(page, "refers there to", present.refers_to.iter().cloned());
        several(page, "referred to by", present.referred_to_by.iter().cloned());
    }
}

/// A field, or part of a key.
fn field_page(page: &mut TextPage, explanation: &Explanation, entry: &EntryFacts) {
    let facts = &explanation.facts;
    for field in &entry.fields {
        page.gap();
        let role = match field.role {
            Role::Key => "a part of the key of",
            Role::Field => "a field of",
            Role::AnyName => "the name of any field of",
            Role::AnyValue => "the value of any field of",
        };
        page.hanging("", 2, &format!("{} — {role} {}", field.name, entry.name));
        if let Some(description) = &field.description {
            page.paragraphs(2, description);
        }
        page.gap();
        line(page, "YANG path", &field.yang_path);
        line(page, "module", &format!("{} ({})", field.module, facts.origin));
        said(page, field);
        conditions_of(page, field.conditions.iter());
        let of_entry = entry.conditions.iter();
        conditions_of(page, of_entry.filter(|condition| reads(condition, &field.name)));
        let targets = field.refers_to.iter().map(|target| match target.must_exist {
            true => target.name.clone(),
            false => format!("{} (need not exist)", target.name),
        });
        list(page, "refers to", &targets.collect::<Vec<_>>());
        list(page, "may be named by", &field.referred_to_by);
        if let Some(retired) = &field.retired {
            let flag = &retired.flag;
            line(
                page,
                "retired",
                &format!("the flag SYSTEM_DEFAULTS|{flag} has taken its place"),
            );
            let words = retired.words.iter().filter(|(field, flag)| field != flag);
            let words = words.map(|(field, flag)| format!("{field} is {flag}"));
            list(page, "in the flag", &words.collect::<Vec<_>>());
        }
    }
}

/// Type, values, default and the like.
fn said(page: &mut TextPage, field: &FieldFacts) {
    line(page, "type", &field.type_words);
    for (name, description) in &field.allowed.values {
        // The type names them where nothing more is said of them.
        if !description.is_empty() {
            page.hanging(&format!("{:INDENT$}{name}: ", ""), INDENT + 2, description);
        }
    }
    if let Some(count) = &field.count {
        line(page, "elements", count);
    }
    if let Some(units) = &field.units {
        line(page, "units", units);
    }
    list(page, "default", &field.default);
    if field.role == Role::Field {
        line(page, "mandatory", if field.mandatory { "yes" } else { "no" });
    }
    if let Some(status) = field.status {
        line(page, "status", status);
    }
    if let Some(reference) = &field.reference {
        line(page, "see", reference);
    }
}

/// Whether a condition of an entry has the name of a field in it.
fn reads(condition: &ConditionFacts, field: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    condition
        .condition
        .split(|c| !is_name(c))
        .any(|word| word == field)
}

fn conditions_of<'f>(page: &mut TextPage, conditions: impl Iterator<Item = &'f ConditionFacts>) {
    for condition in conditions {
        let label = if condition.kind == "when" {
            "only when"
        } else {
            "must"
        };
        line(page, label, &condition.condition);
        if let Some(message) = &condition.message {
            page.hanging(&" ".repeat(INDENT), INDENT, &format!("({})", printable(message)));
        }
    }
}

fn list(page: &mut TextPage, label: &str, values: &[String]) {
    if !values.is_empty() {
        line(page, label, &values.join(", "));
    }
}

/// A line each; of very many only some.
fn several(page: &mut TextPage, label: &str, values: impl ExactSizeIterator<Item = String>) {
    let count = values.len();
    for (at, value) in values.take(MOST).enumerate() {
        line(page, if at == 0 { label } else { "" }, &value);
    }
    if count > MOST {
        line(page, "", &format!("and {} more", count - MOST));
    }
}

fn line(page: &mut TextPage, label: &str, text: &str) {
    let width = INDENT - 2;
    page.hanging(&format!("  {label:<width$}"), INDENT, &printable(text));
}
