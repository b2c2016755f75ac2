//! Patches for switches of several ASICs: which config each operation is for.
//!
//! A path may begin with `/localhost`, the host, or with `/asic0`, `/asic1` and so on, the namespaces of
//! the ASICs; each has a config of its own. Where there is one config only, a path may leave it out.

use std::collections::BTreeMap;
use std::sync::Arc;

use json_patch::PatchOperation;
use json_patch::jsonptr::{Pointer, PointerBuf};

use crate::config::{Document, Scope};

use super::json_patch::Operation;
use super::{Patch, SyntaxError};

impl Scope {
    /// An operation on the config of this scope, with the scope in front of its paths.
    #[must_use]
    pub fn in_front_of(&self, mut operation: PatchOperation) -> PatchOperation {
        let name = self.to_string();
        let (path, taken) = paths(&mut operation);
        path.push_front(name.as_str());
        if let Some(taken) = taken {
            taken.push_front(name.as_str());
        }
        operation
    }
}

impl Patch {
    /// The patches for each scope, in order; their paths begin at the scope's own config. What the parts
    /// say of places and positions is about the whole patch still. A path without a scope is for `only`.
    ///
    /// # Errors
    /// [`SyntaxError`] with line and column: a scope that cannot be, a path without a scope where there are several, a
    /// `move` or `copy` from one scope to another.
    pub fn into_scopes(self, only: Option<&Scope>) -> Result<Vec<(Scope, Patch)>, SyntaxError> {
        let Patch {
            document,
            operations,
            ignores_absent_tables,
        } = self;
        let mut parts: BTreeMap<Scope, Vec<Operation>> = BTreeMap::new();
        for operation in operations {
            let (scope, operation) = scoped(&document, operation, only)?;
            parts.entry(scope).or_default().push(operation);
        }
        let part = |operations| Patch {
            document: Arc::clone(&document),
            operations,
            ignores_absent_tables,
        };
        Ok(parts
            .into_iter()
            .map(|(scope, operations)| (scope, part(operations)))
            .collect())
    }
}

/// The scope that an operation is for, and the operation on that.
fn scoped(
    document: &Document,
    operation: Operation,
    only: Option<&Scope>,
) -> Result<(Scope, Operation), SyntaxError> {
    let Operation { index, id, .. } = operation;
    let refused = |member: &str, message: String| {
        let place = document.get(id, member).unwrap_or(id);
        SyntaxError::at(document, place, format!("operation {index}: {message}"))
    };
    let split = |member, path: &Pointer| split(path, only).map_err(|message| refused(member, message));
    let (scope, rest) = split("path", operation.what.path())?;
    let from = match &operation.what {
        PatchOperation::Move(op) => Some(split("from", &op.from)?),
        PatchOperation::Copy(op) => Some(split("from", &op.from)?),
        _ => None,
    };
    if let Some((other, _)) = from.as_ref().filter(|(other, _)| *other != scope) {
        let message = format!("{other} and {scope} have a config each, and no operation can use both");
        return Err(refused("from", message));
    }
    let from = from.and_then(|(_, rest)| rest);
    if rest.is_none() && from.is_none() {
        return Ok((scope, operation));
    }
    let mut what = operation.what;
    let (path, taken) = paths(&mut what);
    for (place, rest) in [(Some(path), rest), (taken, from)] {
        if let (Some(place), Some(rest)) = (place, rest) {
            *place = rest;
        }
    }
    Ok((scope, Operation::new(index, id, what)))
}

/// The path of an operation, and that which it takes a value from.
fn paths(operation: &mut PatchOperation) -> (&mut PointerBuf, Option<&mut PointerBuf>) {
    match operation {
        PatchOperation::Add(op) => (&mut op.path, None),
        PatchOperation::Remove(op) => (&mut op.path, None),
        PatchOperation::Replace(op) => (&mut op.path, None),
        PatchOperation::Test(op) => (&mut op.path, None),
        PatchOperation::Move(op) => (&mut op.path, Some(&mut op.from)),
        PatchOperation::Copy(op) => (&mut op.path, Some(&mut op.from)),
    }
}

/// The scope that a path begins with, and the rest of it if it names one.
fn split(path: &Pointer, only: Option<&Scope>) -> Result<(Scope, Option<PointerBuf>), String> {
    let unscoped = || match only {
        Some(only) => Ok((only.clone(), None)),
        None => {
            Err("a path begins with a scope where there are several: /localhost, /asic0 and so on".to_owned())
        }
    };
    let Some((first, rest)) = path.split_front() else {
        return unscoped();
    };
    let first = first.decoded();
    match Scope::named(&first) {
        Some(scope) => Ok((scope, Some(rest.to_owned()))),
        None if Scope::is_like_one(&first) => Err(format!(
            "{first:?} is no scope: they are localhost, asic0, asic1 and so on"
        )),
        None => unscoped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::policy::Policy;
    use serde_json::json;

    fn scopes(text: &str) -> Result<Vec<(Scope, Patch)>, String> {
        let patch = Patch::parse(Source::new("p", text)).unwrap();
        patch
            .into_scopes(Some(&Scope::HOST))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn operations_go_to_their_scopes() {
        let parts = scopes(
            r#"[{"op": "add", "path": "/asic10/T/a", "value": {}}, {"op": "remove", "path": "/T/b"},
                {"op": "add", "path": "/asic2/T/a", "value": {}}, {"op": "move", "from": "/localhost/T/c", "path": "/T/d"},
                {"op": "remove", "path": "/asic2/T/gone"}]"#,
        )
        .unwrap();
        let names: Vec<String> = parts.iter().map(|(scope, _)| scope.to_string()).collect();
        assert_eq!(names, ["localhost", "asic2", "asic10"]);
        let config = json!({"T": {"b": {}, "c": {"f": "1"}}});
        assert_eq!(
            parts[0].1.apply(&Policy::shipped(), &config).unwrap(),
            json!({"T": {"d": {"f": "1"}}})
        );
        let error = parts[1].1.apply(&Policy::shipped(), &config).unwrap_err();
        assert_eq!(
            error.to_string(),
            "operation 4 (remove /T/gone) cannot be done: there is no /T/gone"
        );
        assert!(parts[1].1.operation_span(4).is_some());
        assert_eq!(parts[1].1.operation_span(3), None);
    }

    #[test]
    fn an_operation_gets_its_scope_back() {
        let parts = scopes(r#"[{"op": "move", "from": "/asic1/T/a", "path": "/asic1/T/b"}]"#).unwrap();
        let (scope, patch) = &parts[0];
        let whole = scope.in_front_of(patch.operations[0].what.clone());
        assert_eq!(
            serde_json::to_value(&whole).unwrap(),
            json!({"op": "move", "from": "/asic1/T/a", "path": "/asic1/T/b"})
        );
    }

    #[test]
    fn the_whole_config_of_a_scope() {
        let parts = scopes(r#"[{"op": "replace", "path": "/asic0", "value": {"T": {}}}]"#).unwrap();
        assert_eq!(
            parts[0].1.apply(&Policy::shipped(), &json!({})).unwrap(),
            json!({"T": {}})
        );
    }

    #[test]
    fn several_scopes_must_be_named() {
        for (text, at) in [
            (r#"[{"op": "remove", "path": "/T/a"}]"#, "p:1:27"),
            (r#"[{"op": "replace", "path": "", "value": {}}]"#, "p:1:28"),
            (
                r#"[{"op": "copy", "from": "/T/a", "path": "/asic0/T/a"}]"#,
                "p:1:25",
            ),
        ] {
            let patch = Patch::parse(Source::new("p", text)).unwrap();
            assert_eq!(
                patch.into_scopes(None).unwrap_err().to_string(),
                format!(
                    "{at}: operation 0: a path begins with a scope where there are several: /localhost, /asic0 and so on"
                )
            );
        }
    }

    #[test]
    fn malformed_scopes_are_refused() {
        assert_eq!(
            scopes(r#"[{"op": "copy", "from": "/asic0/T/a", "path": "/asic1/T/a"}]"#).unwrap_err(),
            "p:1:25: operation 0: asic0 and asic1 have a config each, and no operation can use both"
        );
        assert_eq!(
            scopes(r#"[{"op": "remove", "path": "/asic01/T/a"}]"#).unwrap_err(),
            "p:1:27: operation 0: \"asic01\" is no scope: they are localhost, asic0, asic1 and so on"
        );
    }
}
