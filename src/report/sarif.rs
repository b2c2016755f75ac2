//! SARIF 2.1.0 (OASIS): one run, with the findings of all files.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::validate::{Diagnostic, Rule, Severity};

use super::locate::{Extent, Extents, Fingerprints, relative, uri};
use super::rules::rule_text;
use super::sentence::message;
use super::{FileReport, Group, Render, printable};

/// The name of our fingerprints; its number changes with the way in which they are made.
const FINGERPRINT: &str = "sonicfg/v1";
/// What relative URIs start from: the root of the repository, which whoever reads the document knows.
const BASE: &str = "%SRCROOT%";

/// One document for the findings of all files. A finding without a place in a text stands at the
/// beginning of its file; its place in the config is its logical location.
#[derive(Debug)]
pub struct Sarif {
    root: PathBuf,
    fingerprints: Fingerprints,
    results: Vec<Value>,
}

impl Sarif {
    /// Paths that lead below `root` are relative to it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Sarif {
            root: root.into(),
            fingerprints: Fingerprints::default(),
            results: Vec::new(),
        }
    }
}

impl Render for Sarif {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, _: &mut String) {
        for file in files {
            let path = relative(&file.path, &self.root);
            let extents = Extents::of(file);
            for diagnostic in &file.diagnostics {
                let fingerprint = self.fingerprints.next(&path, diagnostic);
                let result = result(&path, diagnostic, extents.find(diagnostic), &fingerprint);
                self.results.push(result);
            }
        }
    }

    fn end(&mut self, out: &mut String) {
        let document = json!({
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": env!("CARGO_PKG_NAME"),
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": Rule::ALL.map(rule),
                }},
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        });
        // A document of strings and numbers always serialises.
        out.push_str(&serde_json::to_string_pretty(&document).unwrap_or_default());
        out.push('\n');
    }
}

fn rule(rule: Rule) -> Value {
    let text = rule_text(rule);
    json!({
        "id": rule.to_string(),
        "shortDescription": {"text": text.summary},
        "help": {"text": text.help},
        "defaultConfiguration": {"level": level(text.severity)},
    })
}

fn result(path: &str, diagnostic: &Diagnostic, extent: Option<Extent>, fingerprint: &str) -> Value {
    let mut artifact = json!({"uri": uri(path)});
    if !path.starts_with('/') {
        artifact["uriBaseId"] = BASE.into();
    }
    let region = match extent {
        Some(Extent { start, end }) => json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }),
        None => json!({"startLine": 1, "startColumn": 1}),
    };
    let mut location = json!({"physicalLocation": {"artifactLocation": artifact, "region": region}});
    if !diagnostic.pointer.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": diagnostic.pointer, "kind": "member"}]);
    }
    json!({
        "ruleId": diagnostic.rule.to_string(),
        "ruleIndex": Rule::ALL.iter().position(|&rule| rule == diagnostic.rule),
        "level": level(diagnostic.severity),
        "message": {"text": printable(&message(diagnostic))},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
