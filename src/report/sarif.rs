//! SARIF 2.1.0 (OASIS): one run, with the findings of all files.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::config::Location;
use crate::validate::{Diagnostic, Replacement, Rule, Severity};

use super::locate::{Extent, Extents, Fingerprints, relative, uri};
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
                let result = result(&path, diagnostic, &extents, &fingerprint);
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
                    "informationUri": Rule::all_uri(),
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
    let text = rule.text();
    json!({
        "id": rule.name(),
        "shortDescription": {"text": text.summary},
        "help": {"text": text.help},
        "helpUri": rule.uri(),
        "defaultConfiguration": {"level": level(text.severity)},
    })
}

fn result(path: &str, diagnostic: &Diagnostic, extents: &Extents, fingerprint: &str) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.rule.name(),
        "ruleIndex": Rule::ALL.iter().position(|&rule| rule == diagnostic.rule),
        "level": level(diagnostic.severity),
        "message": {"text": printable(&message(diagnostic))},
        "locations": [location(path, extents.find(diagnostic), &diagnostic.pointer)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    });
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter().map(|related| {
            let extent = related.place.map(|place| extents.at(place));
            let mut location = location(path, extent, &related.pointer);
            location["message"] = json!({"text": printable(&related.message)});
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &diagnostic.fix
        && !fix.replacements.is_empty()
    {
        let replacements: Vec<Value> = fix.replacements.iter().map(replacement).collect();
        result["fixes"] = json!([{
            "description": {"text": printable(&fix.description)},
            "artifactChanges": [{"artifactLocation": artifact(path), "replacements": replacements}],
        }]);
    }
    result
}

fn artifact(path: &str) -> Value {
    let mut artifact = json!({"uri": uri(path)});
    if !path.starts_with('/') {
        artifact["uriBaseId"] = BASE.into();
    }
    artifact
}

fn location(path: &str, extent: Option<Extent>, pointer: &str) -> Value {
    let region = match extent {
        Some(Extent { start, end }) => region(start, end),
        None => json!({"startLine": 1, "startColumn": 1}),
    };
    let mut location = json!({"physicalLocation": {"artifactLocation": artifact(path), "region": region}});
    if !pointer.is_empty() {
        location["logicalLocations"] = json!([{"fullyQualifiedName": pointer, "kind": "member"}]);
    }
    location
}

fn replacement(replacement: &Replacement) -> Value {
    let mut edit = json!({"deletedRegion": region(replacement.start, replacement.end)});
    if !replacement.text.is_empty() {
        edit["insertedContent"] = json!({"text": replacement.text});
    }
    edit
}

fn region(start: Location, end: Location) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
