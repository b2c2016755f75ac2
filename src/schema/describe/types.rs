//! Types in words.

use crate::schema::{
    IdentityId, Leafref, ModuleId, NamedValue, PatternUse, Range, Schema, Type, TypeId, TypeKind,
};

use super::names::Names;

/// Typedefs of RFC 6991 that need no explanation; their patterns say less than their names.
const WELL_KNOWN: &[&str] = &[
    "date-and-time",
    "domain-name",
    "host",
    "ip-address",
    "ip-address-no-zone",
    "ip-prefix",
    "ipv4-address",
    "ipv4-address-no-zone",
    "ipv4-prefix",
    "ipv6-address",
    "ipv6-address-no-zone",
    "ipv6-prefix",
    "mac-address",
    "phys-address",
    "uuid",
];

/// How the phrase for a leafref begins.
const REFERENCE: &str = "reference to ";

/// A type as people say it.
pub struct TypeText {
    /// `uint16 1..9216`, `up or down`.
    pub phrase: String,
    /// The values that the phrase does not name, with their descriptions.
    pub values: Vec<(String, String)>,
}

/// Says what values a type takes.
pub struct TypeFormatter<'a> {
    /// The schema that has the types.
    pub schema: &'a Schema,
    /// What nodes are called.
    pub names: &'a Names<'a>,
    /// The leafrefs of the leaf whose type it is.
    pub leafrefs: &'a [Leafref],
    /// The module of that leaf.
    pub module: ModuleId,
}

impl TypeFormatter<'_> {
    /// The type of the elements of a leaf-list.
    pub fn list_words(&self, id: TypeId) -> TypeText {
        let mut words = self.words(id);
        words.phrase = match words.phrase.strip_prefix(REFERENCE) {
            Some(target) => format!("list of references to {target}"),
            None => format!("list of {}", words.phrase),
        };
        words
    }

    /// The type of a leaf.
    pub fn words(&self, id: TypeId) -> TypeText {
        let ty = self.schema.ty(id);
        let values = self.described_values(ty);
        let phrase = if values.is_empty() {
            self.phrase(id)
        } else {
            match &ty.name {
                Some(name) => format!("{name} (one of the following)"),
                None => "one of the following".to_owned(),
            }
        };
        TypeText { phrase, values }
    }

    /// The values of an enumeration or identityref, if there are descriptions of them.
    fn described_values(&self, ty: &Type) -> Vec<(String, String)> {
        let described = |name: &str, description: &Option<Box<str>>| {
            (
                name.to_owned(),
                description.as_deref().unwrap_or_default().to_owned(),
            )
        };
        let values: Vec<(String, String)> = match &ty.kind {
            TypeKind::Enumeration(values) | TypeKind::Bits(values) => values
                .iter()
                .map(|value| described(&value.name, &value.description))
                .collect(),
            TypeKind::Identityref { bases } => self
                .schema
                .identities_of(bases)
                .map(|id| {
                    let name = self.schema.identity_word(id, self.module);
                    described(&name, &self.schema.identity(id).description)
                })
                .collect(),
            _ => Vec::new(),
        };
        if values.iter().all(|(_, description)| description.is_empty()) {
            return Vec::new();
        }
        values
    }

    fn phrase(&self, id: TypeId) -> String {
        let ty = self.schema.ty(id);
        let plain = self.plain(id, &ty.kind);
        match &ty.name {
            Some(name) if WELL_KNOWN.contains(&name.as_ref()) || plain == name.as_ref() => name.to_string(),
            Some(name) => format!("{name} ({plain})"),
            None => plain,
        }
    }

    fn plain(&self, id: TypeId, kind: &TypeKind) -> String {
        match kind {
            TypeKind::Integer { kind, range } => with_range(kind.name(), range.as_ref(), |n| n.to_string()),
            TypeKind::Decimal64 { digits, range } => {
                let number = with_range("decimal", range.as_ref(), |n| decimal(n, *digits));
                format!("{number} with up to {digits} decimal places")
            }
            TypeKind::String { length, patterns, .. } => self.string(length.as_ref(), patterns),
            TypeKind::Boolean => "true or false".to_owned(),
            TypeKind::Enumeration(values) => alternatives(&names(values)),
            TypeKind::Bits(values) => {
                format!("any of {}, with spaces between them", names(values).join(", "))
            }
            TypeKind::Binary { length } => {
                let text = "binary data in base64".to_owned();
                length.as_ref().map_or(text.clone(), |length| {
                    format!("{text} of {} bytes", parts(length, |n| n.to_string()))
                })
            }
            TypeKind::Empty => "empty".to_owned(),
            TypeKind::Identityref { bases } => self.identities(bases),
            TypeKind::Leafref { path, .. } => self.reference(id, path),
            TypeKind::Union(members) => self.union(members),
        }
    }

    fn string(&self, length: Option<&Range>, patterns: &[PatternUse]) -> String {
        if let [pattern] = patterns
            && let Some(mut words) = self.listed(pattern)
        {
            words.retain(|word| length.is_none_or(|length| length.contains(word.len() as i128)));
            return alternatives(&words);
        }
        let mut text = "string".to_owned();
        if let Some(length) = length {
            text.push_str(" of ");
            text.push_str(&characters(length));
        }
        for (at, used) in patterns.iter().enumerate() {
            text.push_str(match (at, used.inverted) {
                (0, false) => " matching ",
                (0, true) => " not matching ",
                (_, false) => " and ",
                (_, true) => " and not ",
            });
            text.push('\'');
            text.push_str(&self.schema.patterns[used.pattern.index()].text);
            text.push('\'');
            if let Some(message) = &used.message {
                text.push_str(&format!(" ({message:?})"));
            }
        }
        text
    }

    /// The words of a pattern that only lists some.
    fn listed(&self, used: &PatternUse) -> Option<Vec<&str>> {
        let text = &self.schema.patterns[used.pattern.index()].text;
        let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let text = inner.unwrap_or(text);
        let is_list = !used.inverted
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '|' | '_' | '-'));
        is_list.then(|| text.split('|').collect())
    }

    fn identities(&self, bases: &[IdentityId]) -> String {
        let known = self.schema.identities_of(bases);
        let names: Vec<String> = known
            .map(|id| self.schema.identity_word(id, self.module))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        alternatives(&names)
    }

    fn reference(&self, id: TypeId, path: &str) -> String {
        let resolved = self.leafrefs.iter().find(|leafref| leafref.ty == id);
        let (target, exists) = match resolved {
            Some(leafref) => (self.names.of(leafref.target), leafref.require_instance),
            None => (path.to_owned(), true),
        };
        let remark = if exists { "" } else { " (need not exist)" };
        let predicates = path.split('[').skip(1);
        let limits: String = predicates
            .filter_map(|rest| rest.split(']').next())
            .map(limit)
            .collect();
        format!("{REFERENCE}{target}{limits}{remark}")
    }

    fn union(&self, members: &[TypeId]) -> String {
        let mut phrases: Vec<String> = Vec::new();
        for &member in members {
            let phrase = self.phrase(member);
            if !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
        let mut text = String::new();
        let mut after_reference = false;
        for phrase in &phrases {
            let target = phrase.strip_prefix(REFERENCE);
            // "reference to A or B", not "reference to A or reference to B".
            let shown = target.filter(|_| after_reference).unwrap_or(phrase);
            text.push_str(if text.is_empty() { "" } else { " or " });
            text.push_str(shown);
            after_reference = target.is_some();
        }
        text
    }
}

/// What a predicate of a leafref's path asks of the target.
fn limit(predicate: &str) -> String {
    let parts = predicate.split_once('=').and_then(|(left, right)| {
        let right = right.trim().strip_prefix("current()/../")?;
        Some((without_prefix(left.trim()), without_prefix(right)))
    });
    match parts {
        Some((left, right)) if left == right => format!(" with the same {left}"),
        Some((left, right)) => format!(" whose {left} is this {right}"),
        None => format!(" where {predicate}"),
    }
}

fn without_prefix(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn names(values: &[NamedValue]) -> Vec<&str> {
    values.iter().map(|value| value.name.as_ref()).collect()
}

/// `a, b or c`; words that a reader could misread are in quotation marks.
fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| {
            let is_plain = !word.is_empty() && word.chars().all(|c| !c.is_whitespace() && c != ',');
            if is_plain {
                (*word).to_owned()
            } else {
                format!("{word:?}")
            }
        })
        .collect();
    match &quoted[..] {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn with_range(name: &str, range: Option<&Range>, number: impl Fn(i128) -> String) -> String {
    match range {
        Some(range) => format!("{name} {}", parts(range, number)),
        None => name.to_owned(),
    }
}

/// `1..9 | 12`
fn parts(range: &Range, number: impl Fn(i128) -> String) -> String {
    let parts: Vec<String> = range
        .parts
        .iter()
        .map(|&(min, max)| {
            if min == max {
                number(min)
            } else {
                format!("{}..{}", number(min), number(max))
            }
        })
        .collect();
    parts.join(" | ")
}

fn characters(length: &Range) -> String {
    match length.parts[..] {
        [(1, 1)] => "1 character".to_owned(),
        [(1, max)] if max >= i128::from(u32::MAX) => "at least 1 character".to_owned(),
        [(min, max)] if max >= i128::from(u32::MAX) => format!("at least {min} characters"),
        _ => format!("{} characters", parts(length, |n| n.to_string())),
    }
}

/// A decimal64 from units of its last digit.
pub fn decimal(number: i128, digits: u8) -> String {
    let unit = 10_u128.pow(digits.into());
    let sign = if number < 0 { "-" } else { "" };
    let (whole, rest) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    format!("{sign}{whole}.{rest:0width$}", width = digits.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(parts: &[(i128, i128)]) -> Range {
        Range {
            parts: parts.to_vec(),
            message: None,
            app_tag: None,
        }
    }

    #[test]
    fn ranges_and_lengths() {
        assert_eq!(parts(&range(&[(1, 9), (12, 12)]), |n| n.to_string()), "1..9 | 12");
        assert_eq!(characters(&range(&[(1, 255)])), "1..255 characters");
        assert_eq!(
            characters(&range(&[(1, u64::MAX.into())])),
            "at least 1 character"
        );
        assert_eq!(characters(&range(&[(1, 1)])), "1 character");
    }

    #[test]
    fn predicates_of_leafrefs() {
        assert_eq!(limit("a:vrf = current()/../b:vrf"), " with the same vrf");
        assert_eq!(limit("name=current()/../vrf"), " whose name is this vrf");
        assert_eq!(limit("name='x'"), " where name='x'");
    }

    #[test]
    fn decimals() {
        assert_eq!(decimal(-105, 2), "-1.05");
        assert_eq!(decimal(9999, 2), "99.99");
    }

    #[test]
    fn words_are_told_apart() {
        assert_eq!(alternatives(&["up", "down", "a b"]), "up, down or \"a b\"");
        assert_eq!(alternatives(&["up"]), "up");
    }
}
