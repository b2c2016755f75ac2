//! Values and their types (RFC 7950, section 9; RFC 7951, section 6).

mod identities;
mod numbers;
mod others;
mod strings;

use crate::support::Model;

/// Checks JSON values of a leaf: those that are accepted, with their canonical form, and those that
/// are refused, with rule and message.
fn values(ty: &str, accepted: &[(&str, &str)], refused: &[(&str, &str)]) {
    let imports = "import ietf-inet-types { prefix inet; } import ietf-yang-types { prefix yang; }";
    let model = Model::new(&format!("{imports} leaf x {{ type {ty} }}"));
    for (json, canonical) in accepted {
        assert_eq!(
            model.values(&format!(r#"{{"m:x": {json}}}"#), "x"),
            [*canonical],
            "{ty} {json}"
        );
    }
    for (json, expected) in refused {
        let found = model.yang(&format!(r#"{{"m:x": {json}}}"#));
        let shown: Vec<String> = found
            .iter()
            .map(|d| format!("{}: {}", d.rule, d.message))
            .collect();
        assert_eq!(shown, [*expected], "{ty} {json}");
    }
}

/// The hint and the `error-app-tag` of a refused value.
fn hint_and_tag(ty: &str, json: &str) -> (Option<String>, Option<String>) {
    let model = Model::new(&format!("leaf x {{ type {ty} }}"));
    let mut found = model.yang(&format!(r#"{{"m:x": {json}}}"#));
    assert_eq!(found.len(), 1, "{ty} {json}");
    let finding = found.remove(0);
    (finding.hint, finding.app_tag)
}
