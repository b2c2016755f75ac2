//! Patches for switches of several ASICs: which config each operation is for.
//!
//! A path may begin with `/localhost`, the host, or with `/asic0`, `/asic1` and so on, the namespaces of
//! the ASICs; each has a config of its own. A path without such a beginning is for the host.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use json_patch::PatchOperation;
use json_patch::jsonptr::{Pointer, PointerBuf};

use crate::config::Document;

use super::json_patch::Operation;
use super::{Patch, SyntaxError};

const HOST: &str = "localhost";
const ASIC: &str = "asic";

/// The owner of a config: the host, or one ASIC. The host is first, then ASICs by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Option<u32>);

impl Scope {
    /// The scope of the host, `localhost`.
    pub const HOST: Scope = Scope(None);

    /// The scope of a name: `localhost`, `asic0`, `asic1`, … `None` for other names.
    pub fn named(name: &str) -> Option<Self> {
        if name == HOST {
            return Some(Scope::HOST);
        }
        let number: u32 = name.strip_prefix(ASIC)?.parse().ok()?;
        Some(Scope(Some(number))).filter(|scope| scope.to_string() == name)
    }
}

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

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(HOST),
            Some(number) => write!(f, "{ASIC}{number}"),
        }
    }
}

impl Patch {
    /// The patches for each scope, in order; their paths begin at the scope's own config. What the parts
    /// say of places and positions is about the whole patch still.
    ///
    /// # Errors
    /// [`SyntaxError`] with line and column: a scope that cannot be, a `move` or `copy` from one scope to
    /// another.
    pub fn into_scopes(self) -> Result<Vec<(Scope, Patch)>, SyntaxError> {
        let Patch { document, operations } = self;
        let mut parts: BTreeMap<Scope, Vec<Operation>> = BTreeMap::new();
        for operation in operations {
            let (scope, operation) = scoped(&document, operation)?;
            parts.entry(scope).or_default().push(operation);
        }
        let part = |operations| Patch {
            document: Arc::clone(&document),
            operations,
        };
        Ok(parts
            .into_iter()
            .map(|(scope, operations)| (scope, part(operations)))
            .collect())
    }
}

/// The scope that an operation is for, and the operation on that.
fn scoped(document: &Document, operation: Operation) -> Result<(Scope, Operation), SyntaxError> {
    let Operation { index, id, .. } = operation;
    let refused = |member: &str, message: String| {
        let place = document.get(id, member).unwrap_or(id);
        SyntaxError::at(document, place, format!("operation {index}: {message}"))
    };
    let split = |member, path: &Pointer| split(path).map_err(|message| refused(member, message));
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
fn split(path: &Pointer) -> Result<(Scope, Option<PointerBuf>), String> {
    let Some((first, rest)) = path.split_front() else {
        return Ok((Scope::HOST, None));
    };
    let first = first.decoded();
    match Scope::named(&first) {
        Some(scope) => Ok((scope, Some(rest.to_owned()))),
        None if first.starts_with(ASIC) => Err(format!(
            "{first:?} is no scope: they are localhost, asic0, asic1 and so on"
        )),
        None => Ok((Scope::HOST, None)),
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
        patch.into_scopes().map_err(|error| error.to_string())
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
