//! Patches for switches of several ASICs: which config each operation is for.
//!
//! A path may begin with `/localhost`, the host, or with `/asic0`, `/asic1` and so on, the namespaces of
//! the ASICs; each has a config of its own. A path without such a beginning is for the host.

use std::collections::BTreeMap;
use std::fmt;

use json_patch::PatchOperation;
use json_patch::jsonptr::{Pointer, PointerBuf};

use super::json_patch::Operation;
use super::{FormError, Patch};

const HOST: &str = "localhost";
const ASIC: &str = "asic";

/// Whose config it is: the host's, or that of one ASIC. The host comes first, then ASICs by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Option<u32>);

impl Scope {
    /// The host, `localhost`.
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
    /// [`FormError`] with line and column: a scope that cannot be, a `move` or `copy` from one scope to
    /// another.
    pub fn scopes(&self) -> Result<Vec<(Scope, Patch)>, FormError> {
        let mut parts: BTreeMap<Scope, Vec<Operation>> = BTreeMap::new();
        for operation in &self.operations {
            let (scope, operation) = self.scoped(operation)?;
            parts.entry(scope).or_default().push(operation);
        }
        let part = |operations| Patch {
            document: self.document.clone(),
            operations,
        };
        Ok(parts
            .into_iter()
            .map(|(scope, operations)| (scope, part(operations)))
            .collect())
    }

    fn scoped(&self, operation: &Operation) -> Result<(Scope, Operation), FormError> {
        let refused = |member: &str, message: String| {
            let place = self.document.get(operation.id, member).unwrap_or(operation.id);
            FormError::at(
                &self.document,
                place,
                format!("operation {}: {message}", operation.index),
            )
        };
        let split = |member, path: &Pointer| split(path).map_err(|message| refused(member, message));
        let mut what = operation.what.clone();
        let (path, from) = match &mut what {
            PatchOperation::Add(op) => (&mut op.path, None),
            PatchOperation::Remove(op) => (&mut op.path, None),
            PatchOperation::Replace(op) => (&mut op.path, None),
            PatchOperation::Test(op) => (&mut op.path, None),
            PatchOperation::Move(op) => (&mut op.path, Some(&mut op.from)),
            PatchOperation::Copy(op) => (&mut op.path, Some(&mut op.from)),
        };
        let (scope, rest) = split("path", path)?;
        *path = rest;
        if let Some(from) = from {
            let (other, rest) = split("from", from)?;
            if other != scope {
                let message =
                    format!("{other} and {scope} have a config each, nothing goes from one to the other");
                return Err(refused("from", message));
            }
            *from = rest;
        }
        Ok((scope, Operation::new(operation.index, operation.id, what)))
    }
}

/// The scope that a path begins with, and the rest of it.
fn split(path: &Pointer) -> Result<(Scope, PointerBuf), String> {
    let Some((first, rest)) = path.split_front() else {
        return Ok((Scope::HOST, path.to_owned()));
    };
    let first = first.decoded();
    match Scope::named(&first) {
        Some(scope) => Ok((scope, rest.to_owned())),
        None if first.starts_with(ASIC) => Err(format!(
            "{first:?} is no scope: they are localhost, asic0, asic1 and so on"
        )),
        None => Ok((Scope::HOST, path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use serde_json::json;

    fn scopes(text: &str) -> Result<Vec<(Scope, Patch)>, String> {
        let patch = Patch::parse(Source::new("p", text)).unwrap();
        patch.scopes().map_err(|error| error.to_string())
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
            parts[0].1.apply(&config).unwrap(),
            json!({"T": {"d": {"f": "1"}}})
        );
        let error = parts[1].1.apply(&config).unwrap_err();
        assert_eq!(
            error.to_string(),
            "operation 4 (remove /T/gone) cannot be done: there is no /T/gone"
        );
        assert!(parts[1].1.operation_span(4).is_some());
        assert_eq!(parts[1].1.operation_span(3), None);
    }

    #[test]
    fn the_whole_config_of_a_scope() {
        let parts = scopes(r#"[{"op": "replace", "path": "/asic0", "value": {"T": {}}}]"#).unwrap();
        assert_eq!(parts[0].1.apply(&json!({})).unwrap(), json!({"T": {}}));
    }

    #[test]
    fn what_is_no_scope() {
        assert_eq!(
            scopes(r#"[{"op": "copy", "from": "/asic0/T/a", "path": "/asic1/T/a"}]"#).unwrap_err(),
            "p:1:25: operation 0: asic0 and asic1 have a config each, nothing goes from one to the other"
        );
        assert_eq!(
            scopes(r#"[{"op": "remove", "path": "/asic01/T/a"}]"#).unwrap_err(),
            "p:1:27: operation 0: \"asic01\" is no scope: they are localhost, asic0, asic1 and so on"
        );
    }
}
