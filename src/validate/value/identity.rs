//! Identityrefs (RFC 7950, section 9.10; RFC 7951, section 6.8).

use std::borrow::Cow;

use crate::config::nearest;
use crate::schema::IdentityId;
use crate::validate::diagnostic::Rule;

use super::text::list;
use super::{CheckResult, ValueContext, ValueError};

/// The canonical form is `module:name`.
pub(super) fn identityref<'a>(scope: ValueContext, bases: &[IdentityId], value: &'a str) -> CheckResult<'a> {
    let schema = scope.schema;
    let (module, name) = match value.split_once(':') {
        Some(("", name)) => (None, name),
        Some((module, name)) => (Some(module), name),
        None => (None, value),
    };
    let named = || {
        let known = schema.identities_of(bases);
        known.filter(|&id| schema.identity(id).name.as_ref() == name)
    };
    let found = named().find(|&id| {
        let owner = schema.identity(id).module;
        match module {
            Some(module) => schema.module(owner).name.as_ref() == module,
            None => owner == scope.module,
        }
    });
    let Some(found) = found else {
        if scope.brief {
            return Err(ValueError::bare(Rule::InvalidValue));
        }
        return Err(match (module, named().next()) {
            (None, Some(other)) => {
                let owner = &schema.module(schema.identity(other).module).name;
                let message = format!("is an identity of the module {owner}, whose name must stand in front");
                ValueError::new(Rule::InvalidValue, message)
                    .hint(format!("write {:?}", format!("{owner}:{name}")))
            }
            _ => ValueError::new(Rule::InvalidValue, "is not an identity that is allowed here")
                .hint(allowed_names(scope, bases, name)),
        });
    };
    let identity = schema.identity(found);
    let canonical = format!("{}:{}", schema.module(identity.module).name, identity.name);
    Ok(if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    })
}

/// `did you mean X?` where a name is close to an allowed one, else the allowed names.
fn allowed_names(scope: ValueContext, bases: &[IdentityId], name: &str) -> String {
    let schema = scope.schema;
    let known: Vec<(String, &str)> = schema
        .identities_of(bases)
        .map(|id| {
            (
                schema.identity_word(id, scope.module),
                schema.identity(id).name.as_ref(),
            )
        })
        .collect();
    let near = nearest(name, known.iter().map(|(_, name)| *name));
    let near = near.and_then(|near| known.iter().find(|(_, name)| *name == near));
    let names = list(known.iter().map(|(written, _)| written.as_str()));
    match near {
        Some((near, _)) => format!("did you mean {near:?}? allowed: {names}"),
        None => format!("allowed: {names}"),
    }
}
