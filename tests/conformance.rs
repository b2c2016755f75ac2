//! The corpus of YANG JSON documents, with the verdict that libyang 3 gives them.

mod common;

use common::corpus;
use serde_json::Value;
use sonicfg::config::{Document, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::{Report, Rule, Severity, validate_yang_json};

#[test]
fn probe() {
    let Some(corpus) = corpus() else { return };
    let schema = common::corpus_schema(&corpus);
    let policy = Policy::default();
    let mut bad = 0;
    for entry in common::json_files(&corpus.join("yang-cases")) {
        let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&entry).unwrap()).unwrap();
        for case in cases {
            let text = case["data"].to_string();
            let name = case["name"].as_str().unwrap();
            let expect = case["expect"].as_str().unwrap();
            let report = match Document::parse(Source::new(name, text)) {
                Ok(d) => validate_yang_json(&schema, &policy, &d),
                Err(e) => {
                    println!("{name}: parse {e}");
                    continue;
                }
            };
            let errors: Vec<_> = report
                .diagnostics
                .iter()
                .filter(|d| d.severity == Severity::Error)
                .collect();
            let mut problem = None;
            if (expect == "valid") != errors.is_empty() {
                problem = Some("verdict".to_string());
            } else if expect == "invalid" {
                let violation = case["violation"].as_str().unwrap();
                let kinds: Vec<String> = errors.iter().map(|d| d.rule.to_string()).collect();
                let msgs: Vec<&str> = case["message_contains"]
                    .as_array()
                    .map(|a| a.iter().map(|m| m.as_str().unwrap()).collect())
                    .unwrap_or_default();
                if violation != "Message" && kinds.iter().any(|k| k != violation) {
                    problem = Some(format!("kind {violation} vs {kinds:?}"));
                }
                for m in msgs {
                    if !errors
                        .iter()
                        .any(|d| d.to_string().contains(m) || d.yang_path.contains(m))
                    {
                        problem = Some(format!("message {m:?} ({violation})"));
                    }
                }
                if violation == "Message" && errors.len() > 1 {
                    problem = Some(format!("several {kinds:?}"));
                }
            }
            if let Some(p) = problem {
                bad += 1;
                println!("{}/{name}: {p}", entry.file_name().unwrap().to_string_lossy());
                for e in errors {
                    println!("    {e} {}", e.yang_path);
                }
            }
        }
    }
    println!("{bad} bad");
}
