//! Golden configs: whole tables that are laid over a config, as SONiC's `config override-config-table` does.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::{Document, JsonId, JsonKind, Span, debug_without_contents, pointer};
use crate::policy::Policy;

use super::{Scope, SyntaxError, keep_order};

/// The part of a golden config for one scope.
#[derive(Clone)]
pub struct Golden {
    document: Arc<Document>,
    /// The object of its tables; `None` where there is none for the scope.
    tables: Option<JsonId>,
}

debug_without_contents!(Golden { document });

impl Golden {
    /// The part for each of the scopes, in their order. The document is an object of tables, for a switch with one config,
    /// or an object of such objects: `{"localhost": {…}, "asic0": {…}}`. A scope that is not in it stays as it is; only
    /// that of the host has to be there. An empty object changes nothing.
    ///
    /// # Errors
    /// [`SyntaxError`] with line and column: not of that form, no `localhost`, or a scope that is none of these.
    pub fn of(document: Document, scopes: &[Scope]) -> Result<Vec<Self>, SyntaxError> {
        let root = document.root();
        let object = |id: JsonId| match document.kind(id) {
            JsonKind::Object => Ok(id),
            kind => {
                let message = format!("a golden config is an object of tables, not {}", kind.describe());
                Err(SyntaxError::at(&document, id, message))
            }
        };
        object(root)?;
        let refused = |id: JsonId, message: String| {
            let span = document.key_span(id).or_else(|| document.span(id));
            SyntaxError::at_span(&document, span, message)
        };
        let members: Vec<(JsonId, Option<Scope>)> = document
            .children(root)
            .map(|id| (id, Scope::named(document.key(id))))
            .collect();
        let has_scopes = members.iter().any(|(_, scope)| scope.is_some());
        let parts: Vec<Option<JsonId>> = if has_scopes {
            for (id, scope) in &members {
                let key = document.key(*id);
                match scope {
                    None => return Err(refused(*id, format!("the table {key:?} is beside scopes"))),
                    Some(scope) if !scopes.contains(scope) => {
                        return Err(refused(
                            *id,
                            format!("{key} is none of the scopes that are changed"),
                        ));
                    }
                    Some(_) => {
                        object(*id)?;
                    }
                }
            }
            if document.get(root, &Scope::HOST.to_string()).is_none() {
                return Err(refused(
                    root,
                    "there is no \"localhost\", the config of the host".to_owned(),
                ));
            }
            let part = |scope: &Scope| document.get(root, &scope.to_string());
            scopes.iter().map(part).collect()
        } else if members.is_empty() {
            vec![None; scopes.len()]
        } else if *scopes == [Scope::HOST] {
            vec![Some(root)]
        } else {
            let message = "several configs are changed, and this is no object of scopes: {\"localhost\": {…}, \"asic0\": {…}}";
            return Err(refused(root, message.to_owned()));
        };
        let document = Arc::new(document);
        let parts = parts.into_iter().map(|tables| Golden {
            document: Arc::clone(&document),
            tables,
        });
        Ok(parts.collect())
    }

    /// The whole document, with all of its scopes.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The config with the tables of the golden config in place of its own; an empty table removes one, and others stay.
    /// Fields that are a switch's own by the policy stay too, where the golden config has their entry and not them.
    pub fn apply(&self, policy: &Policy, config: &Value) -> Value {
        let Some(id) = self.tables else {
            return config.clone();
        };
        let mut changed = match config {
            Value::Object(tables) => tables.clone(),
            _ => Map::new(),
        };
        for table in self.document.children(id) {
            let name = self.document.key(table);
            match self.document.to_value(table) {
                Value::Object(entries) if entries.is_empty() => drop(changed.shift_remove(name)),
                value => drop(changed.insert(name.to_owned(), value)),
            }
        }
        let mut changed = Value::Object(changed);
        for kept in &policy.golden.keep {
            let (old, new) = (config.pointer(&kept.entry), changed.pointer_mut(&kept.entry));
            let (Some(Value::Object(old)), Some(Value::Object(new))) = (old, new) else {
                continue;
            };
            for field in &kept.fields {
                if let (Some(value), None) = (old.get(field), new.get(field)) {
                    new.insert(field.clone(), value.clone());
                }
            }
        }
        keep_order(config, changed)
    }

    /// What the policy does not let a golden config result in: the first such place of the config after it, and why.
    pub fn check(&self, policy: &Policy, changed: &Value) -> Option<(String, SyntaxError)> {
        self.tables?;
        let mut rules = policy.golden.requires.iter();
        let broken = rules.find(|rule| {
            let has = match changed.pointer(&rule.field) {
                Some(Value::String(text)) => text.split(',').any(|word| word == rule.contains),
                Some(Value::Array(list)) => list.iter().any(|word| word.as_str() == Some(&rule.contains)),
                _ => false,
            };
            let required = changed.pointer(&rule.requires).and_then(Value::as_str);
            has && required.is_none_or(str::is_empty)
        })?;
        let message = format!(
            "{}: {:?} requires {}, which is not set",
            broken.field, broken.contains, broken.requires
        );
        let error = SyntaxError::at_span(&self.document, self.origin(&broken.field, false), message);
        Some((broken.field.clone(), error))
    }

    /// The place in the golden config that a place of the changed config is made from; `name` asks for the place of its
    /// name.
    pub fn origin(&self, place: &str, name: bool) -> Option<Span> {
        let tokens = pointer::split(place)?;
        let found = tokens
            .iter()
            .try_fold(self.tables?, |id, token| match self.document.kind(id) {
                JsonKind::Array => self.document.children(id).nth(token.parse().ok()?),
                _ => self.document.get(id, token),
            })?;
        self.document.name_or_scalar(found, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use serde_json::json;

    fn parts(text: &str, scopes: &[&str]) -> Result<Vec<Golden>, String> {
        let scopes: Vec<Scope> = scopes.iter().map(|name| Scope::named(name).unwrap()).collect();
        let document = Document::parse(Source::new("g", text)).unwrap();
        Golden::of(document, &scopes).map_err(|error| error.to_string())
    }

    fn laid(text: &str, config: &Value) -> Value {
        let parts = parts(text, &["localhost"]).unwrap();
        parts[0].apply(&Policy::shipped(), config)
    }

    #[test]
    fn whole_tables_are_replaced() {
        let config = json!({"A": {"a": {"f": "1"}, "b": {}}, "B": {"c": {}}, "C": {"d": {}}});
        let text = r#"{"D": {"e": {}}, "B": {}, "A": {"a": {"g": "2"}}, "E": {}}"#;
        let changed = laid(text, &config);
        assert_eq!(
            changed.to_string(),
            json!({"A": {"a": {"g": "2"}}, "C": {"d": {}}, "D": {"e": {}}}).to_string()
        );
        assert_eq!(laid("{}", &config), config);
        assert_eq!(laid(r#"{"localhost": {"C": {}}}"#, &config)["C"], Value::Null);
    }

    #[test]
    fn what_is_the_switchs_own_stays() {
        let config =
            json!({"DEVICE_METADATA": {"localhost": {"mac": "m", "platform": "p", "hostname": "h"}}});
        let golden = r#"{"DEVICE_METADATA": {"localhost": {"platform": "q"}}}"#;
        assert_eq!(
            laid(golden, &config),
            json!({"DEVICE_METADATA": {"localhost": {"platform": "q", "mac": "m"}}})
        );
        let other = r#"{"DEVICE_METADATA": {"other": {}}}"#;
        assert_eq!(laid(other, &config), json!({"DEVICE_METADATA": {"other": {}}}));
    }

    #[test]
    fn each_scope_has_its_part() {
        let text = r#"{"localhost": {"A": {"x": {}}}, "asic1": {"A": {}}}"#;
        let scopes = ["localhost", "asic0", "asic1"];
        let parts = super::tests::parts(text, &scopes).unwrap();
        let config = json!({"A": {"a": {}}});
        let changed: Vec<Value> = parts
            .iter()
            .map(|part| part.apply(&Policy::shipped(), &config))
            .collect();
        assert_eq!(changed, [json!({"A": {"x": {}}}), config, json!({})]);
        assert_eq!(parts[0].origin("/A/x", true).map(|span| span.start), Some(21));
        assert_eq!(parts[1].origin("/A/x", true), None);
    }

    #[test]
    fn other_forms_are_refused() {
        let both = ["localhost", "asic0"];
        for (text, scopes, reason) in [
            (
                "[]",
                &both[..],
                "g:1:1: a golden config is an object of tables, not a list",
            ),
            (
                r#"{"localhost": []}"#,
                &both,
                "g:1:15: a golden config is an object of tables, not a list",
            ),
            (
                r#"{"asic0": {}}"#,
                &both,
                "g:1:1: there is no \"localhost\", the config of the host",
            ),
            (
                r#"{"localhost": {}, "asic1": {}}"#,
                &both,
                "g:1:19: asic1 is none of the scopes that are changed",
            ),
            (
                r#"{"localhost": {}, "asic0": {}}"#,
                &both[..1],
                "g:1:19: asic0 is none of the scopes that are changed",
            ),
            (
                r#"{"localhost": {}, "A": {}}"#,
                &both,
                "g:1:19: the table \"A\" is beside scopes",
            ),
            (
                r#"{"A": {}}"#,
                &both,
                "g:1:1: several configs are changed, and this is no object of scopes: {\"localhost\": {…}, \"asic0\": {…}}",
            ),
        ] {
            assert_eq!(parts(text, scopes).unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn what_requires_a_field_is_refused_without_it() {
        let golden = r#"{"AAA": {"authentication": {"login": "local,tacacs+"}}}"#;
        let part = &parts(golden, &["localhost"]).unwrap()[0];
        let policy = Policy::shipped();
        let found = |config: &Value| part.check(&policy, &part.apply(&policy, config));
        let (place, error) = found(&json!({})).unwrap();
        assert_eq!(place, "/AAA/authentication/login");
        assert_eq!(
            error.to_string(),
            "g:1:38: /AAA/authentication/login: \"tacacs+\" requires /TACPLUS/global/passkey, which is not set"
        );
        assert!(found(&json!({"TACPLUS": {"global": {"passkey": ""}}})).is_some());
        assert!(found(&json!({"TACPLUS": {"global": {"passkey": "p"}}})).is_none());
    }
}
