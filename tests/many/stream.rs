//! Newline-delimited JSON on standard input.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;

use crate::common::cli::{Run, Sandbox};
use crate::{bad, good};

/// A config on one line.
fn line(text: &str) -> String {
    text.replace('\n', "") + "\n"
}

fn verdicts(run: &Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn stream_gives_one_result_per_line_in_order() {
    let sandbox = Sandbox::new();
    let mut input = String::new();
    for at in 0..300 {
        input += &line(&if at % 7 == 3 { bad(at) } else { good(at) });
    }
    let run = sandbox.run_with_input(
        &["validate", "--input", "ndjson", "-j", "3", "--summary", "-"],
        input.as_bytes(),
    );
    let verdicts = verdicts(&run);
    assert_eq!(verdicts.len(), 300);
    for (at, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict["line"], at + 1);
        assert_eq!(verdict["valid"], at % 7 != 3);
        let found = verdict["diagnostics"].as_array().unwrap();
        assert_eq!(verdict["errors"], found.len());
        for one in found {
            assert_eq!((&one["rule"], &one["line"]), (&"Range".into(), &(at + 1).into()));
        }
    }
    assert!(
        run.stderr.starts_with("300 lines: 257 valid, 43 invalid\n"),
        "{}",
        run.stderr
    );
    run.fails(1, "Error: 43 errors found in 43 of 300 lines");
}

#[test]
fn lines_that_are_no_config_have_a_verdict_too() {
    let mut input = line(&good(1)).into_bytes();
    input.extend(b"\n{\"FEATURE\": }\n\"\xff\"\n[]\n");
    // The last line need not end.
    input.extend(good(2).replace('\n', "").as_bytes());
    let run = Sandbox::new().run_with_input(&["validate", "--input", "ndjson"], &input);
    let verdicts = verdicts(&run);
    let valid: Vec<bool> = verdicts
        .iter()
        .map(|verdict| verdict["valid"].as_bool().unwrap())
        .collect();
    assert_eq!(&valid[..4], [true, false, false, false]);
    assert_eq!(valid.len(), 6);
    assert!(valid[5]);
    let first = |at: usize| &verdicts[at]["diagnostics"][0];
    assert_eq!((&first(2)["line"], &first(2)["column"]), (&3.into(), &13.into()));
    assert_eq!(first(3)["message"], "not JSON: invalid UTF-8");
}

#[test]
fn whoever_waits_for_a_verdict_gets_it() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(["validate", "--input", "ndjson", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for at in 0..20 {
        input.write_all(line(&good(at)).as_bytes()).unwrap();
        input.flush().unwrap();
        // A line that does not come would hold up the test for good, and it has a time limit.
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            (&answer["line"], &answer["valid"]),
            (&(at + 1).into(), &true.into())
        );
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_first_failure_ends_the_stream() {
    let sandbox = Sandbox::new();
    let input = line(&good(1)) + &line(&bad(2)) + &line(&good(3)) + &line(&bad(4));
    let run = sandbox.run_with_input(
        &["validate", "--input", "ndjson", "--fail-fast"],
        input.as_bytes(),
    );
    assert_eq!(verdicts(&run).len(), 2);
    run.fails(1, "Error: 1 error found in 1 of 2 lines");
}

#[test]
fn files_of_lines_are_read_too() {
    let sandbox = Sandbox::new();
    sandbox.write("a.ndjson", line(&good(1)) + &line(&bad(2)));
    sandbox.write("b.ndjson", line(&good(3)));
    let run = sandbox.run(["validate", "--input", "ndjson", "a.ndjson", "b.ndjson"]);
    let places: Vec<(String, u64)> = verdicts(&run)
        .iter()
        .map(|verdict| {
            (
                verdict["path"].as_str().unwrap().to_owned(),
                verdict["line"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [("a.ndjson", 1), ("a.ndjson", 2), ("b.ndjson", 1)];
    assert_eq!(places, expected.map(|(path, line)| (path.to_owned(), line)));
}

#[test]
fn options_without_meaning_for_a_stream_are_refused() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["validate", "--input", "ndjson", "--report", "sarif"]);
    run.fails(
        2,
        "Error: --input ndjson has a verdict for each line: its form is json-lines",
    );
    let run = sandbox.run(["validate", "--input", "ndjson", "--partition", "1/2"]);
    run.fails(
        2,
        "Error: --partition divides files, and --input ndjson has lines",
    );
    sandbox
        .run(["validate", "--input", "ndjson", "--report", "json-lines"])
        .is_clean();
}

#[test]
fn patches_are_checked_on_a_base() {
    let sandbox = Sandbox::new();
    let base = sandbox.write("base.json", good(1));
    let input = "[{\"op\": \"replace\", \"path\": \"/FEATURE/bgp/state\", \"value\": \"disabled\"}]\n\
                 [{\"op\": \"remove\", \"path\": \"/FEATURE/none\"}]\n";
    let args = ["validate", "--input", "ndjson", "--base", base.to_str().unwrap()];
    let run = sandbox.run_with_input(&args, input.as_bytes());
    let verdicts = verdicts(&run);
    assert_eq!(
        (&verdicts[0]["valid"], &verdicts[0]["input"]),
        (&true.into(), &"patch".into())
    );
    assert_eq!(
        (&verdicts[1]["valid"], &verdicts[1]["errors"]),
        (&false.into(), &1.into())
    );
}
