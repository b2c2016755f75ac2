//! What the tests of this folder are written with.
//!
//! A finding is written as `Rule /pointer`, or as `Rule /pointer: message` where the words matter.

use sonicfg::config::{Config, Document, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::{Dialect, Schema, SchemaError, Sources};
use sonicfg::validate::{Diagnostic, Severity, validate, validate_with_defaults, validate_yang_json};

/// A schema, and the policy to validate with.
pub struct Model {
    pub schema: Schema,
    pub policy: Policy,
}

impl Model {
    /// One module `m`, of which this is the text behind its header. No policy.
    pub fn new(body: &str) -> Self {
        Self::of(&[module("m", body)])
    }

    /// Whole modules. No policy.
    pub fn of(modules: &[String]) -> Self {
        Model {
            schema: load(modules).unwrap(),
            policy: Policy::default(),
        }
    }

    /// The model with the policy that is part of the program.
    pub fn with_shipped_policy(mut self) -> Self {
        self.policy = Policy::shipped();
        self
    }

    /// The findings of a YANG JSON document.
    pub fn yang(&self, text: &str) -> Vec<Diagnostic> {
        let document = Document::parse(Source::new("test.json", text)).unwrap();
        validate_yang_json(&self.schema, &self.policy, &document).diagnostics
    }

    /// The findings of a config_db.
    pub fn config_db(&self, text: &str) -> Vec<Diagnostic> {
        let config = Config::parse(Source::new("test.json", text)).unwrap();
        validate(&self.schema, &self.policy, &config).diagnostics
    }

    /// The canonical values of all instances of a top-level leaf or leaf-list of the module `m`.
    pub fn values(&self, text: &str, name: &str) -> Vec<String> {
        let document = Document::parse(Source::new("test.json", text)).unwrap();
        let (report, tree) = validate_with_defaults(&self.schema, &self.policy, &document);
        assert_findings(&report.diagnostics, &[], text);
        let module = self.schema.module_named("m").unwrap();
        let node = self.schema.top_node(module, name).unwrap();
        let instances = tree.instances(node).iter();
        instances.map(|&inst| tree.value(inst).to_owned()).collect()
    }
}

/// A module with a header; its prefix is its name.
pub fn module(name: &str, body: &str) -> String {
    format!("module {name} {{ yang-version 1.1; namespace \"urn:{name}\"; prefix {name};\n{body}\n}}")
}

/// Compiles modules from a folder.
pub fn load(modules: &[String]) -> Result<Schema, SchemaError> {
    let folder = tempfile::tempdir().unwrap();
    for (at, text) in modules.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{at}.yang")), text).unwrap();
    }
    let mut sources = Sources::empty();
    sources.add_dir(folder.path()).unwrap();
    Schema::load(&sources, None).map(|loaded| loaded.schema)
}

/// Validates YANG JSON documents against the module `m`.
pub fn check(body: &str, cases: &[(&str, &[&str])]) {
    check_yang(&Model::new(body), cases);
}

/// Validates YANG JSON documents.
pub fn check_yang(model: &Model, cases: &[(&str, &[&str])]) {
    for (document, expected) in cases {
        assert_findings(&model.yang(document), expected, document);
    }
}

/// Validates config_db documents.
pub fn check_config_db(model: &Model, cases: &[(&str, &[&str])]) {
    for (document, expected) in cases {
        assert_findings(&model.config_db(document), expected, document);
    }
}

/// Checks that these are all findings, in this order.
pub fn assert_findings(found: &[Diagnostic], expected: &[&str], document: &str) {
    let shown: Vec<String> = found
        .iter()
        .map(|finding| format!("{} {}: {}", finding.rule, finding.pointer, finding.message))
        .collect();
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(&shown)
            .zip(expected)
            .all(|((finding, shown), expected)| {
                shown == expected || format!("{} {}", finding.rule, finding.pointer) == *expected
            });
    assert!(same, "{document}\n   found: {shown:#?}\nexpected: {expected:#?}");
}

/// Checks which conditions hold by XPath 1.0 and which do not, as `must` statements that stand where the module
/// `m` says `MUST`.
pub fn conditions(body: &str, document: &str, holding: &[&str], failing: &[&str]) {
    let all = holding.iter().chain(failing);
    let musts: Vec<String> = all
        .map(|condition| {
            let text = condition.replace('\\', "\\\\").replace('"', "\\\"");
            format!("must \"{text}\";")
        })
        .collect();
    let mut model = Model::new(&body.replace("MUST", &musts.join("\n")));
    model.schema.dialect = Dialect::Rfc;
    let mut found: Vec<String> = Vec::new();
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    for finding in model.yang(document).into_iter().filter(is_error) {
        let condition = finding.condition.clone();
        found.push(condition.unwrap_or_else(|| panic!("{finding}")));
    }
    let wrong: Vec<&&str> = holding
        .iter()
        .filter(|text| found.iter().any(|f| f == *text))
        .collect();
    let missed: Vec<&&str> = failing
        .iter()
        .filter(|text| !found.iter().any(|f| f == *text))
        .collect();
    assert!(
        wrong.is_empty() && missed.is_empty(),
        "{document}\nshould hold: {wrong:#?}\nshould not hold: {missed:#?}"
    );
}
