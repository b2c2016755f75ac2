//! Identityrefs (RFC 7950, section 9.10; RFC 7951, section 6.8).

use std::borrow::Cow;

use crate::schema::IdentityId;
use crate::validate::diagnostic::Rule;

use super::text::allowed;
use super::{CheckResult, Naming, ValueContext, ValueError};

/// The canonical form is `module:name`.
pub(super) fn identityref<'a>(scope: ValueContext, bases: &[IdentityId], value: &'a str) -> CheckResult<'a> {
    let schema = scope.schema;
    let refused = |message: String| {
        let known = schema
            .identities_of(bases)
            .map(|id| schema.identity(id).name.as_ref());
        let names: Vec<&str> = known.collect();
        ValueError::new(Rule::InvalidValue, message).hint(allowed(value, names.iter().copied()))
    };
    let (module, name) = match value.split_once(':') {
        Some(("", name)) => (None, name),
        Some((module, name)) => (Some(module), name),
        None => (None, value),
    };
    let mut candidates = schema.identities_of(bases).filter(|&id| {
        let identity = schema.identity(id);
        identity.name.as_ref() == name
            && match (module, scope.naming) {
                (Some(module), _) => schema.module(identity.module).name.as_ref() == module,
                (None, Naming::YangJson) => identity.module == scope.module,
                (None, Naming::ConfigDb) => true,
            }
    });
    let Some(found) = candidates.next() else {
        return Err(refused("is not an identity that is allowed here".to_owned()));
    };
    // Where two modules define the name, the leaf's own module has precedence.
    let found = match candidates.next() {
        None => found,
        Some(other) => [found, other]
            .into_iter()
            .find(|&id| schema.identity(id).module == scope.module)
            .ok_or_else(|| {
                refused("is the name of several identities: put the module in front".to_owned())
            })?,
    };
    let identity = schema.identity(found);
    let canonical = format!("{}:{}", schema.module(identity.module).name, identity.name);
    Ok(if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    })
}
