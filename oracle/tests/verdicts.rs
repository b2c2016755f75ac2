//! The binary's answers, on a small module of our own and on the corpus of documents with known verdicts.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

const MODULE: &str = r#"
module rack {
  yang-version 1.1;
  namespace "urn:rack";
  prefix r;

  feature cooled;

  container rack {
    list SLOT {
      key "name";
      leaf name { type string { pattern 'slot[0-9]+'; } }
      leaf units { type uint8 { range "1..8"; } default 1; }
      leaf hot { type boolean; }
      leaf above { type leafref { path "../../SLOT/name"; } }
      leaf fan { if-feature cooled; type string; }
      leaf height { config false; type uint8; }
      must "units < 8 or hot = 'true'" { error-message "A full slot is hot"; }
    }
    container owner {
      presence "someone owns it";
      leaf name { type string; mandatory true; }
    }
  }
}
"#;

/// A folder with the test's module in it.
fn rack() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("rack.yang"), MODULE).unwrap();
    folder
}

fn oracle(arguments: &[&str], folder: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oracle"))
        .arg("--yang-dir")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // The answers come while we write: both pipes must be served. A binary that fails early reads nothing.
        scope.spawn(move || {
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

/// The answers to one document a line.
fn answers(arguments: &[&str], folder: &Path, documents: &[impl AsRef<[u8]>]) -> Vec<String> {
    let mut input = Vec::new();
    for document in documents {
        input.extend_from_slice(document.as_ref());
        input.push(b'\n');
    }
    let output = oracle(arguments, folder, &input);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The answer to one document.
fn answer(document: &str) -> String {
    let [answer] = answers(&[], rack().path(), &[document]).try_into().unwrap();
    answer
}

#[test]
fn numbers_and_booleans_may_be_strings() {
    assert_eq!(
        answer(r#"{"rack:rack":{"SLOT":[{"name":"slot1","units":"2","hot":"true"}]}}"#),
        "valid"
    );
    assert_eq!(
        answer(r#"{"rack:rack":{"SLOT":[{"name":"slot1","units":2,"hot":true}]}}"#),
        "valid"
    );
}

#[test]
fn an_error_names_its_node() {
    assert_eq!(
        answer(r#"{"rack:rack":{"SLOT":[{"name":"slot1","units":"9"}]}}"#),
        "invalid\tUnsatisfied range - value \"9\" is out of the allowed range.\t/rack:rack/SLOT[name='slot1']/units\t\t"
    );
}

#[test]
fn an_error_carries_the_model_s_message_and_the_app_tag() {
    assert_eq!(
        answer(r#"{"rack:rack":{"SLOT":[{"name":"slot1","units":"8"}]}}"#),
        "invalid\tA full slot is hot\t/rack:rack/SLOT[name='slot1']\t\tmust-violation"
    );
}

#[test]
fn leafrefs_mandatory_leaves_and_keys_are_checked() {
    let documents = [
        (
            r#"{"rack:rack":{"SLOT":[{"name":"slot1","above":"slot2"}]}}"#,
            "Invalid leafref value \"slot2\"",
        ),
        (
            r#"{"rack:rack":{"owner":{}}}"#,
            "Mandatory node \"name\" instance does not exist.",
        ),
        (
            r#"{"rack:rack":{"SLOT":[{"units":"2"}]}}"#,
            "List instance is missing its key \"name\".",
        ),
    ];
    for (document, message) in documents {
        let answer = answer(document);
        assert!(
            answer.starts_with(&format!("invalid\t{message}")),
            "{document}: {answer}"
        );
    }
}

#[test]
fn unknown_nodes_and_state_are_refused() {
    let answers = answers(
        &[],
        rack().path(),
        &[
            r#"{"rack:rack":{"colour":"red"}}"#,
            r#"{"rack:rack":{"SLOT":[{"name":"slot1","height":"2"}]}}"#,
        ],
    );
    assert_eq!(
        answers[0],
        "invalid\tNode \"colour\" not found as a child of \"rack\" node.\t/rack:rack\t\t"
    );
    assert!(
        answers[1].starts_with("invalid\tUnexpected data state node \"height\" found.\t"),
        "{}",
        answers[1]
    );
}

#[test]
fn features_are_on() {
    assert_eq!(
        answer(r#"{"rack:rack":{"SLOT":[{"name":"slot1","fan":"left"}]}}"#),
        "valid"
    );
}

#[test]
fn every_line_gets_one_answer() {
    let documents: [&[u8]; 8] = [
        b"",
        b"{",
        b"[]",
        b"{\"rack:rack\":{\"SLOT\":[{\"name\":\"slot1\0\"}]}}",
        b"{\"rack:rack\":{\"SLOT\":[{\"name\":\"\xff\"}]}}",
        b"{\"rack:rack\":{\"SLOT\":[{\"name\":\"slot\t1\"}]}}",
        b"{}\r",
        b"{}",
    ];
    let answers = answers(&[], rack().path(), &documents);
    assert_eq!(answers.len(), documents.len(), "{answers:#?}");
    assert!(
        answers[..6].iter().all(|answer| answer.starts_with("invalid\t")),
        "{answers:#?}"
    );
    assert_eq!(answers[3], "invalid\tInvalid character 0x0.\t\t\t");
    assert_eq!(answers[6..], ["valid", "valid"]);
}

#[test]
fn several_errors_make_one_line() {
    let answer = answer(r#"{"rack:rack"#);
    let columns: Vec<_> = answer.split('\t').collect();
    assert_eq!(columns[..2], ["invalid", "Unexpected end-of-input."]);
    let further: Value = serde_json::from_str(columns[5]).unwrap();
    assert_eq!(
        further[0]["message"],
        "Missing quotation-mark at the end of a JSON string."
    );
}

#[test]
fn last_line_needs_no_line_feed() {
    let output = oracle(&[], rack().path(), b"{}\n{}");
    assert_eq!(output.stdout, b"valid\nvalid\n");
}

#[test]
fn long_line_is_a_document() {
    let slots: Vec<_> = (0..20_000)
        .map(|number| format!(r#"{{"name":"slot{number}","units":"2"}}"#))
        .collect();
    assert_eq!(
        answer(&format!(r#"{{"rack:rack":{{"SLOT":[{}]}}}}"#, slots.join(","))),
        "valid"
    );
}

#[test]
fn print_shows_defaults() {
    let documents = [
        r#"{"rack:rack":{"SLOT":[{"name":"slot1"}]}}"#,
        r#"{"rack:rack":1}"#,
        "{}",
    ];
    let answers = answers(&["--print"], rack().path(), &documents);
    assert_eq!(
        answers[0],
        "valid\t\t{\"rack:rack\":{\"SLOT\":[{\"name\":\"slot1\",\"units\":1}]}}"
    );
    assert!(answers[1].starts_with("invalid\t"), "{}", answers[1]);
    assert_eq!(answers[2], "valid\t\t{}");
}

#[test]
fn time_reports_the_median() {
    let folder = rack();
    let file = folder.path().join("config.json");
    fs::write(
        &file,
        "{\n  \"rack:rack\": {\n    \"SLOT\": [{\"name\": \"slot1\"}]\n  }\n}\n",
    )
    .unwrap();
    let output = oracle(&["--time", "3", file.to_str().unwrap()], folder.path(), b"");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["runs"], &report["verdict"]),
        (&Value::from(3), &Value::from("valid"))
    );
    let seconds = |key: &str| report[key].as_f64().unwrap();
    assert!(
        0.0 < seconds("min_seconds") && seconds("min_seconds") <= seconds("median_seconds"),
        "{report}"
    );
}

#[test]
fn check_modules_counts_them_without_submodules() {
    let folder = rack();
    fs::write(
        folder.path().join("half.yang"),
        "/* a part */ // of more\nsubmodule half { yang-version 1.1; belongs-to whole { prefix w; } }",
    )
    .unwrap();
    fs::write(
        folder.path().join("whole@2024-01-01.yang"),
        "module whole { yang-version 1.1; namespace \"urn:whole\"; prefix w; include half; revision 2024-01-01; }",
    )
    .unwrap();
    let output = oracle(&["--check-modules"], folder.path(), b"");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!(report["modules"], 2);
    assert!(report["seconds"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn an_earlier_folder_wins() {
    let (first, second) = (rack(), TempDir::new().unwrap());
    let other = "module rack { namespace \"urn:rack\"; prefix r; container shelf { } }";
    fs::write(second.path().join("rack.yang"), other).unwrap();
    let second = second.path().to_str().unwrap();
    let folder = first.path().to_str().unwrap();
    let answers = answers(
        &["--yang-dir", second, "--yang-dir", folder],
        first.path(),
        &[r#"{"rack:rack":{}}"#],
    );
    assert_eq!(answers, ["valid"]);
}

#[test]
fn unloadable_module_is_named() {
    let folder = rack();
    fs::write(
        folder.path().join("broken.yang"),
        "module broken {\n  namespace \"urn:b\";\n  nonsense;\n}\n",
    )
    .unwrap();
    let output = oracle(&[], folder.path(), b"{}\n");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.starts_with("Error: cannot load ") && stderr.contains("broken.yang"),
        "{stderr}"
    );
    assert!(stderr.contains("nonsense"), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn directory_without_modules_is_named() {
    let folder = TempDir::new().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("absent")] {
        let output = oracle(&[], &path, b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr.contains(path.to_str().unwrap()), "{stderr}");
    }
}

/// The folder with the corpus: `SONICFG_CORPUS`, or `../../shared` seen from this crate.
fn shared() -> PathBuf {
    std::env::var_os("SONICFG_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    )
}

#[test]
fn the_corpus_gets_its_verdicts() {
    let corpus = shared().join("corpus");
    let (models, folder) = (corpus.join("yang-models"), corpus.join("yang-cases"));
    if !models.is_dir() || !folder.is_dir() {
        // Not `eprintln!`, which a passing test would swallow.
        let corpus = corpus.display();
        writeln!(
            io::stderr(),
            "SKIPPED: no corpus in {corpus} (set SONICFG_CORPUS)"
        )
        .unwrap();
        return;
    }
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let list: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        cases.extend(list.into_iter().map(|case| (path.clone(), case)));
    }
    let documents: Vec<_> = cases.iter().map(|(_, case)| case["data"].to_string()).collect();
    let answers = answers(&[], &models, &documents);
    assert_eq!(answers.len(), cases.len());
    let differences: Vec<_> = cases
        .iter()
        .zip(&answers)
        .filter(|((_, case), answer)| answer.split('\t').next() != case["expect"].as_str())
        .map(|((path, case), answer)| format!("{}: {}: {answer}", path.display(), case["name"]))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
