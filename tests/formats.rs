//! Findings in the forms that other programs read, each for the same files.

#![allow(clippy::unwrap_used)]

#[path = "common/findings.rs"]
mod findings;

use std::path::{Path, PathBuf};
use std::process::Command;

use findings::{at, file, finding};
use serde_json::Value;
use sonicfg::config::{Config, Source};
use sonicfg::policy::Policy;
use sonicfg::report::{
    Concise, FailOn, FileReport, Full, Github, Gitlab, Json, JsonLines, Junit, Repeated, Sarif, rendered,
};
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::{Diagnostic, Rule, Severity, validate};

const TEXT: &str =
    "{\n    \"VLAN\": {\n        \"Vlan100\": {\"vlanid\": \"101\"}\n    },\n    \"CUSTOM\": {}\n}\n";

/// A file without findings.
fn clean(path: &str) -> FileReport {
    file(path, TEXT)
}

/// The same file, with a finding at the first place of a text.
fn with(mut file: FileReport, needle: &str, diagnostic: Diagnostic) -> FileReport {
    let diagnostic = at(&file, needle, diagnostic);
    file.diagnostics.push(diagnostic);
    file
}

fn one(path: &str) -> FileReport {
    let must = Diagnostic {
        yang_path: "/sonic-vlan:sonic-vlan/VLAN/VLAN_LIST/vlanid".to_owned(),
        hint: Some("the name says 100".to_owned()),
        app_tag: Some("vlanid-invalid".to_owned()),
        ..finding(
            Rule::Must,
            "/VLAN/Vlan100/vlanid",
            "the vlanid is that of the name, 100%",
        )
    };
    with(clean(path), "\"101\"", must)
}

fn two(path: &str) -> FileReport {
    let warning = Diagnostic {
        severity: Severity::Warning,
        ..finding(Rule::UnknownElement, "/CUSTOM", "no model covers the table")
    };
    with(one(path), "\"CUSTOM\": {}", warning)
}

fn without_place(path: &str) -> FileReport {
    let mut file = clean(path);
    file.source.text.clear();
    let diagnostic = finding(
        Rule::Mandatory,
        "/PORT/Ethernet0",
        "the field \"speed\" is missing",
    );
    file.diagnostics.push(diagnostic);
    file
}

fn beyond_ascii() -> FileReport {
    let mut file = clean("Zürich Süd/config, db:1.json");
    file.source.text = "{\n\t\"VLAN\": {\"Größe 見\": {\"mtu\": \"x\"}}\n}".to_owned();
    let message = "\"x\" is not a number\n(uint16) <&>";
    with(
        file,
        "\"x\"",
        finding(Rule::InvalidValue, "/VLAN/Größe 見/mtu", message),
    )
}

fn secrets() -> FileReport {
    let text = r#"{
    "TACPLUS": {"global": {"passkey": "hunter2ü", "timeout": "5"}},
    "SNMP_COMMUNITY": {"hunter2": {"TYPE": "RO"}},
    "SYSTEM_DEFAULTS": {"buffer_model": {"status": "off", "passkey": "hunter2"}}
}"#;
    let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
    let policy = Policy::shipped();
    let config = Config::parse(Source::new("config_db.json", text)).unwrap();
    let report = validate(&schema, &policy, &config);
    FileReport::new(config.document(), "config_db", &policy, report)
}

/// A file whose findings have related places and fixes, some of them in an entry with a secret name.
fn related() -> FileReport {
    let text = r#"{
    "DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}},
    "PORT": {
        "Ethernet0": {"lanes": "1,2", "admin_status": "Up"},
        "Ethernet2": {"lanes": "2,3", "mtu": "0900"}
    },
    "SNMP_COMMUNITY": {"hunter2": {"TYPE": "RO"}, "hunter2ü": {"TYPE": "RO", "age": 1}}
}"#;
    let module = r#"module site {
        yang-version 1.1; namespace "urn:site"; prefix s;
        container site { container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST {
            key name; unique TYPE;
            leaf name { type string; } leaf TYPE { type string; } leaf age { type uint8; } } } }
    }"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("site.yang"), module).unwrap();
    let mut sources = Sources::shipped();
    sources.add_dir(folder.path()).unwrap();
    sources.add_dir(Path::new("fixtures/yang-rules")).unwrap();
    let schema = Schema::load(&sources, None).unwrap().schema;
    let policy = Policy::shipped();
    let config = Config::parse(Source::new("config_db.json", text)).unwrap();
    let report = validate(&schema, &policy, &config);
    FileReport::new(config.document(), "config_db", &policy, report)
}

fn cases() -> Vec<(&'static str, Vec<FileReport>)> {
    let many = [
        "a.json",
        "./sites/b.json",
        "/srv/site/c.json",
        "/etc/sonic/d.json",
    ];
    let mut many: Vec<FileReport> = many.map(two).into();
    many.insert(1, clean("clean.json"));
    vec![
        ("clean", vec![clean("config_db.json")]),
        ("one", vec![one("config_db.json")]),
        ("many", many),
        ("no_place", vec![without_place("config_db.json")]),
        ("beyond_ascii", vec![beyond_ascii()]),
        ("secrets", vec![secrets()]),
        ("related", vec![related()]),
    ]
}

/// Takes a snapshot of each case in a form, and gives the texts back.
fn snapshots(form: &str, render: impl Fn(&[FileReport]) -> String) -> Vec<String> {
    let mut texts = Vec::new();
    for (name, files) in cases() {
        let text = render(&files);
        assert!(!text.contains("hunter2"), "{text}");
        insta::assert_snapshot!(format!("{form}_{name}"), text);
        texts.push(text);
    }
    texts
}

fn root() -> &'static Path {
    Path::new("/srv/site")
}

#[test]
fn people_read_findings_with_their_lines() {
    for (text, (_, files)) in snapshots("full", |files| {
        rendered(Full::new(false, Repeated::Counted), files)
    })
    .iter()
    .zip(cases())
    {
        let count: usize = files.iter().map(|file| file.diagnostics.len()).sum();
        assert_eq!(
            text.matches("error[").count() + text.matches("warning[").count(),
            count
        );
    }
}

#[test]
fn concise_form_has_one_line_per_finding() {
    for (text, (_, files)) in snapshots("concise", |files| rendered(Concise::default(), files))
        .iter()
        .zip(cases())
    {
        let count: usize = files.iter().map(|file| file.diagnostics.len()).sum();
        assert_eq!(text.lines().count(), count);
    }
}

#[test]
fn one_document_for_all_files() {
    for (text, (_, files)) in snapshots("json", |files| rendered(Json::default(), files))
        .iter()
        .zip(cases())
    {
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(document["files"].as_array().unwrap().len(), files.len());
    }
    let none: Value = serde_json::from_str(&rendered(Json::default(), &[])).unwrap();
    assert_eq!(none, serde_json::json!({"files": [], "errors": 0, "warnings": 0}));
}

#[test]
fn json_lines_form_has_one_line_per_finding() {
    for text in snapshots("json_lines", |files| rendered(JsonLines, files)) {
        for line in text.lines() {
            let finding: Value = serde_json::from_str(line).unwrap();
            assert!(
                finding["path"].is_string() && finding["rule"].is_string(),
                "{line}"
            );
        }
    }
}

fn junit(files: &[FileReport], deny_warnings: bool) -> String {
    let judgement = FailOn {
        deny_warnings,
        ..FailOn::default()
    };
    rendered(Junit::new("validate", judgement), files)
}

#[test]
fn junit_has_a_case_for_each_file() {
    for (text, (_, files)) in snapshots("junit", |files| junit(files, false))
        .iter()
        .zip(cases())
    {
        let document = roxmltree::Document::parse(text).unwrap();
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"));
        let names: Vec<&str> = cases.filter_map(|case| case.attribute("name")).collect();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, paths);
    }
}

#[test]
fn junit_fails_files_for_warnings_where_they_are_denied() {
    let warned = || {
        let mut warned = two("config_db.json");
        warned.diagnostics.remove(0);
        warned
    };
    assert!(!junit(&[warned()], false).contains("<failure"));
    assert!(junit(&[warned()], true).contains("<failure message=\"1 warning\" type=\"warning\">"));
}

#[test]
fn names_in_a_file_are_fit_for_xml() {
    let mut file = one("a\u{0}\u{1b}[2J<b>.json");
    file.diagnostics[0].message = "\u{0}\u{7} ]]> <b>".to_owned();
    let text = junit(&[file], false);
    roxmltree::Document::parse(&text).unwrap();
}

#[test]
fn workflow_commands_stand_on_a_line_each() {
    for text in snapshots("github", |files| rendered(Github::new(root()), files)) {
        assert!(
            text.lines()
                .all(|line| line.starts_with("::") && line.contains(",line="))
        );
    }
}

#[test]
fn multiline_finding_has_no_columns() {
    let file = with(clean("c.json"), "{\n    \"VLAN\"", finding(Rule::Must, "", "no"));
    assert_eq!(
        rendered(Github::new(root()), &[file]),
        "::error file=c.json,line=1,endLine=2,title=Must::no\n"
    );
}

#[test]
fn issues_of_code_quality_differ_in_their_fingerprints() {
    for text in snapshots("gitlab", |files| rendered(Gitlab::new(root()), files)) {
        let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
        let mut prints: Vec<&str> = issues
            .iter()
            .filter_map(|issue| issue["fingerprint"].as_str())
            .collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), issues.len());
    }
}

/// The schema of SARIF, which a crate for its documents carries.
fn sarif_schema() -> Value {
    // Of other platforms' packages nothing need be there.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let schema = manifest.parent().unwrap().join("src/schema.json");
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    // A bracket too many makes these patterns no regular expressions in this copy; we write no language.
    for part in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][part]["properties"]["language"];
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some());
    }
    schema
}

#[test]
fn sarif_is_what_its_schema_asks_for() {
    let schema = sarif_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let texts = snapshots("sarif", |files| {
        let text = rendered(Sarif::new(root()), files);
        let document: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
        check(&document);
        // The rules and the version are the same in all; a snapshot of the rest can be read.
        serde_json::to_string_pretty(&document["runs"][0]["results"]).unwrap()
    });
    assert_eq!(texts[0], "[]");
    // The schema does find fault.
    let wrong =
        rendered(Sarif::new(root()), &[one("c.json")]).replace("\"startLine\": 3", "\"startLine\": 0");
    assert!(!validator.is_valid(&serde_json::from_str(&wrong).unwrap()));
}

/// What is asked for beyond the schema.
fn check(document: &Value) {
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["help"]["text"].is_string()));
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let physical = &result["locations"][0]["physicalLocation"];
        for number in physical["region"].as_object().unwrap().values() {
            assert!(number.as_u64().unwrap() >= 1);
        }
        let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
        // Only what lies elsewhere is not relative.
        assert_eq!(uri.starts_with("file:///etc/"), uri.contains(':'), "{uri}");
    }
}

#[test]
fn fingerprints_survive_a_moved_line() {
    let prints = |file: FileReport| -> Vec<Value> {
        let document: Value = serde_json::from_str(&rendered(Sarif::new(root()), &[file])).unwrap();
        let results = document["runs"][0]["results"].as_array().unwrap();
        let lines = results
            .iter()
            .map(|result| &result["locations"][0]["physicalLocation"]["region"]);
        assert!(lines.count() > 0);
        results
            .iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect()
    };
    let mut moved = clean("./config_db.json");
    moved.source.text = format!("{{\n\n\n{}", &TEXT[1..]);
    let must = one("config_db.json").diagnostics.remove(0);
    let moved = with(moved, "\"101\"", must);
    assert_eq!(prints(one("config_db.json")), prints(moved));
    assert_ne!(prints(one("config_db.json")), prints(one("other.json")));
    // Two that are alike are two.
    let mut twice = one("config_db.json");
    twice.diagnostics.push(twice.diagnostics[0].clone());
    let twice = prints(twice);
    assert_ne!(twice[0], twice[1]);
}
