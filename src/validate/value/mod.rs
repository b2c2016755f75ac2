//! Values against types (RFC 7950, section 9; RFC 7951, section 6): one file per kind of type.

mod address;
mod date_time;
mod identity;
mod number;
mod text;

use std::borrow::Cow;

use crate::schema::{Dialect, Form, ModuleId, PatternUse, Range, Schema, TypeId, TypeKind};

use super::diagnostic::Rule;

pub use number::decimal;

/// How a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Written as a JSON string.
    Text,
    /// As a string in a field of config_db. SONiC's loader makes a decimal number of it before libyang sees it, if the
    /// type is an unsigned integer; not where that is a member of a union, or the target of a leafref.
    Field,
    /// As a string in an expression, where the base of numbers is always ten.
    Literal,
    /// Written as a JSON number.
    Number,
    /// As `true` or `false`.
    Boolean,
    /// Written as JSON `null`.
    Null,
    /// Written as JSON `[null]`.
    Empty,
}

/// The kind of document that values stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// In YANG JSON, which libyang reads as it is.
    YangJson,
    /// In a config_db, which SONiC's loader rewrites before libyang reads it.
    ConfigDb,
}

/// What is known of the leaf whose value is checked.
#[derive(Clone, Copy)]
pub struct ValueContext<'s> {
    /// The schema of the models.
    pub schema: &'s Schema,
    /// The module of the leaf.
    pub module: ModuleId,
    /// The kind of document that the value stands in.
    pub naming: Naming,
    /// Whose reading of the standards counts.
    pub dialect: Dialect,
    /// The reason why a value is refused is not used: it need not be put into words.
    pub brief: bool,
}

impl<'s> ValueContext<'s> {
    /// What is known of the leafs of a module, with the dialect of the schema.
    pub fn new(schema: &'s Schema, module: ModuleId, naming: Naming) -> Self {
        ValueContext {
            schema,
            module,
            naming,
            dialect: schema.dialect,
            brief: false,
        }
    }

    /// The same where the reason is not used.
    pub fn briefly(self) -> Self {
        ValueContext { brief: true, ..self }
    }

    /// The same as another dialect has it.
    pub fn in_dialect(self, dialect: Dialect) -> Self {
        ValueContext { dialect, ..self }
    }
}

/// A value that its type takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<'a> {
    /// Its canonical form (RFC 7950, section 9.1).
    pub canonical: Cow<'a, str>,
    /// The type that took it: a member, where the type is a union; the target's, where a leafref.
    pub ty: TypeId,
    /// The leafref that took it: whether its target is there is still to be seen.
    pub leafref: Option<TypeId>,
}

/// Why a type does not take a value. The words do not hold the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// The kind of rule.
    pub rule: Rule,
    /// What is wrong, to follow the value: `is not …`.
    pub message: String,
    /// Whether `message` is the model's own and is used alone.
    pub own_message: bool,
    /// The `error-app-tag` of the model.
    pub app_tag: Option<String>,
    /// What would be right.
    pub hint: Option<String>,
    /// Whether a switch takes it all the same: the loader reads it, and the daemons do not.
    pub is_taken: bool,
}

impl ValueError {
    fn new(rule: Rule, message: impl Into<String>) -> Self {
        ValueError {
            rule,
            message: message.into(),
            own_message: false,
            app_tag: None,
            hint: None,
            is_taken: false,
        }
    }

    /// Without words.
    fn bare(rule: Rule) -> Self {
        Self::new(rule, String::new())
    }

    /// The error of something that a switch takes all the same.
    fn taken(mut self) -> Self {
        self.is_taken = true;
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the words that the model has for this restriction.
    fn or_own(mut self, message: Option<&str>, app_tag: Option<&str>) -> Self {
        if let Some(message) = message {
            self.message = message.to_owned();
            self.own_message = true;
        }
        self.app_tag = app_tag.map(str::to_owned);
        self
    }
}

type CheckResult<'a> = Result<Cow<'a, str>, ValueError>;

/// Checks a value against a type.
///
/// # Errors
/// The first restriction that it breaks, in the order: form, length or range, patterns.
pub fn check<'a>(
    scope: ValueContext,
    ty: TypeId,
    value: &'a str,
    written: Written,
) -> Result<Checked<'a>, ValueError> {
    let plain = |canonical| Checked {
        canonical,
        ty,
        leafref: None,
    };
    match &scope.schema.ty(ty).kind {
        TypeKind::Leafref {
            target,
            require_instance,
            ..
        } => {
            let mut checked = check(scope, *target, value, as_member(written))?;
            if *require_instance {
                checked.leafref = Some(ty);
            }
            Ok(checked)
        }
        TypeKind::Union(members) => union(scope, members, value, as_member(written)),
        kind => builtin(scope, kind, value, written).map(plain),
    }
}

/// How a value was written for a type inside another one.
fn as_member(written: Written) -> Written {
    match written {
        Written::Field => Written::Text,
        other => other,
    }
}

/// The first pattern of a type that the dialect does not read, and why: it does not count.
pub fn unread_pattern<'s>(scope: ValueContext<'s>, ty: TypeId) -> Option<(&'s str, &'s str)> {
    let TypeKind::String { patterns, .. } = &scope.schema.ty(ty).kind else {
        return None;
    };
    patterns.iter().find_map(|used: &PatternUse| {
        let pattern = &scope.schema.patterns[used.pattern.index()];
        Some((pattern.text.as_ref(), pattern.unread(scope.dialect)?))
    })
}

fn builtin<'a>(scope: ValueContext, kind: &TypeKind, value: &'a str, written: Written) -> CheckResult<'a> {
    accepts(kind, written)?;
    match kind {
        TypeKind::Integer { kind, range } => {
            number::integer(*kind, range.as_ref(), value, (written, scope.dialect))
        }
        TypeKind::Decimal64 { digits, range } => {
            number::decimal64(*digits, range.as_ref(), value, scope.dialect)
        }
        TypeKind::String {
            length,
            patterns,
            form,
        } => {
            let checked = text::string(scope, length.as_ref(), patterns, value);
            match form {
                None => checked.map(|()| Cow::Borrowed(value)),
                Some(form) => {
                    checked.map_err(|error| if scope.brief { error } else { of_form(*form, error) })?;
                    shaped(*form, value, scope.dialect)
                }
            }
        }
        TypeKind::Boolean => text::boolean(value),
        TypeKind::Enumeration(enums) => text::enumeration(enums, value, scope.brief),
        TypeKind::Bits(bits) => text::bits(bits, value),
        TypeKind::Binary { length } => text::binary(length.as_ref(), value),
        TypeKind::Empty => Ok(Cow::Borrowed("")),
        TypeKind::Identityref { bases } => identity::identityref(scope, bases, value),
        // Taken care of by the caller.
        TypeKind::Leafref { .. } | TypeKind::Union(_) => Ok(Cow::Borrowed(value)),
    }
}

/// Whether a type takes values in this form (RFC 7951, section 6; numbers and booleans may be written as strings).
fn accepts(kind: &TypeKind, written: Written) -> Result<(), ValueError> {
    let text = matches!(written, Written::Text | Written::Field | Written::Literal);
    let (taken, wanted) = match kind {
        TypeKind::Integer { .. } => (text || written == Written::Number, "a number"),
        TypeKind::Boolean => (text || written == Written::Boolean, "a boolean"),
        TypeKind::Empty => (written == Written::Empty, "[null]"),
        _ => (text, "a string"),
    };
    if taken {
        return Ok(());
    }
    let found = match written {
        Written::Text | Written::Field | Written::Literal => "a string",
        Written::Number => "a number",
        Written::Boolean => "a boolean",
        Written::Null => "null",
        Written::Empty => "[null]",
    };
    Err(ValueError::new(
        Rule::InvalidValue,
        format!("is {found} where {wanted} belongs"),
    ))
}

/// A value that does not match the pattern of a well-known form is not of that form: say that, rather
/// than show the pattern. The kind of rule is the one that libyang reports.
fn of_form(form: Form, error: ValueError) -> ValueError {
    if error.rule != Rule::Pattern || error.own_message {
        return error;
    }
    match form {
        Form::Ipv4Address => ValueError::new(Rule::Pattern, "is not an IPv4 address"),
        Form::Ipv4AddressNoZone => ValueError::new(Rule::IPv4, "is not an IPv4 address"),
        Form::Ipv6Address => ValueError::new(Rule::Pattern, "is not an IPv6 address"),
        Form::Ipv6AddressNoZone => ValueError::new(Rule::IPv6, "is not an IPv6 address"),
        Form::Ipv4Prefix => ValueError::new(Rule::Pattern, "is not an IPv4 prefix")
            .hint("write the network and its length: 10.0.0.0/24"),
        Form::Ipv6Prefix => ValueError::new(Rule::Pattern, "is not an IPv6 prefix")
            .hint("write the network and its length: fc00::/64"),
        Form::DateAndTime => {
            ValueError::new(Rule::DateTime, "is not a date and time").hint("write it as 2026-01-31T12:00:00Z")
        }
        Form::HexString => error,
    }
}

fn shaped(form: Form, value: &str, dialect: Dialect) -> CheckResult<'_> {
    match form {
        Form::Ipv4Address | Form::Ipv4AddressNoZone => address::ipv4(value),
        Form::Ipv6Address | Form::Ipv6AddressNoZone => address::ipv6(value, dialect),
        Form::Ipv4Prefix => address::ipv4_prefix(value),
        Form::Ipv6Prefix => address::ipv6_prefix(value, dialect),
        Form::DateAndTime => date_time::check(value),
        Form::HexString => Ok(if value.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(value.to_ascii_lowercase())
        } else {
            Cow::Borrowed(value)
        }),
    }
}

/// The first member that takes the value wins (RFC 7950, section 9.12).
fn union<'a>(
    scope: ValueContext,
    members: &[TypeId],
    value: &'a str,
    written: Written,
) -> Result<Checked<'a>, ValueError> {
    let mut taken = members
        .iter()
        .filter_map(|&member| check(scope.briefly(), member, value, written).ok());
    if let Some(checked) = taken.next() {
        return Ok(checked);
    }
    if scope.brief {
        return Err(ValueError::bare(Rule::InvalidValue));
    }
    let refusals = members
        .iter()
        .filter_map(|&member| check(scope, member, value, written).err());
    Err(no_member(scope.schema, members, refusals.collect()))
}

/// The members of a union, unions inside taken apart, in order.
pub fn members(schema: &Schema, ty: TypeId) -> Vec<TypeId> {
    match &schema.ty(ty).kind {
        TypeKind::Union(types) => types.iter().flat_map(|&ty| members(schema, ty)).collect(),
        _ => vec![ty],
    }
}

/// One finding out of those of all members: all members say what they take.
fn no_member(schema: &Schema, members: &[TypeId], mut refusals: Vec<ValueError>) -> ValueError {
    // A number that is a number, only too large, was meant for the member that says so.
    let mut near = refusals
        .iter()
        .enumerate()
        .filter(|(_, error)| matches!(error.rule, Rule::Bounds | Rule::Range));
    if let (Some((at, _)), None) = (near.next(), near.next()) {
        return refusals.swap_remove(at);
    }
    let mut names: Vec<String> = members.iter().map(|&member| describe(schema, member)).collect();
    names.dedup();
    let mut hints: Vec<String> = refusals
        .iter()
        .filter_map(|refusal| refusal.hint.clone())
        .collect();
    hints.dedup();
    let message = format!("is none of: {}", names.join(", "));
    let mut error = ValueError::new(Rule::InvalidValue, message);
    if let [hint] = &hints[..] {
        error.hint = Some(hint.clone());
    }
    error
}

/// A type in a few words, for messages.
pub fn describe(schema: &Schema, ty: TypeId) -> String {
    let ty = schema.ty(ty);
    if let Some(name) = &ty.name {
        return name.to_string();
    }
    match &ty.kind {
        TypeKind::Integer { kind, range } => match range {
            Some(range) => format!("{} {}", kind.name(), ranges(range)),
            None => kind.name().to_owned(),
        },
        TypeKind::Decimal64 { .. } => "decimal64".to_owned(),
        TypeKind::String { patterns, .. } => match &patterns[..] {
            [one] => {
                let pattern = &schema.patterns[one.pattern.index()].text;
                if pattern.is_empty() {
                    return "an empty string".to_owned();
                }
                // A pattern without special characters is the word itself.
                if pattern.chars().all(|c| c.is_alphanumeric() || "_-|".contains(c)) {
                    pattern.replace('|', ", ")
                } else {
                    format!("a string like '{pattern}'")
                }
            }
            _ => "string".to_owned(),
        },
        TypeKind::Boolean => "true, false".to_owned(),
        TypeKind::Enumeration(values) => text::list(values.iter().map(|value| value.name.as_ref())),
        TypeKind::Bits(_) => "bits".to_owned(),
        TypeKind::Binary { .. } => "binary".to_owned(),
        TypeKind::Empty => "empty".to_owned(),
        TypeKind::Identityref { bases } => text::list(
            schema
                .identities_of(bases)
                .map(|id| schema.identity(id).name.as_ref()),
        ),
        TypeKind::Leafref { path, .. } => format!("a value of {path}"),
        TypeKind::Union(members) => {
            let members: Vec<String> = members.iter().map(|&member| describe(schema, member)).collect();
            members.join(", ")
        }
    }
}

/// A range as people write it: `1..16, 20`.
pub fn ranges(range: &Range) -> String {
    let parts: Vec<String> = range
        .parts
        .iter()
        .map(|&(min, max)| {
            if min == max {
                min.to_string()
            } else {
                format!("{min}..{max}")
            }
        })
        .collect();
    parts.join(", ")
}
