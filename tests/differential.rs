//! Our verdicts compared with libyang's, on documents that are changed at random.
//!
//! `SONICFG_DIFF_DOCS` is the number of documents of a run, `SONICFG_DIFF_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use common::mutate::{Edit, Form, Mutator, Random, shrink, to_line};
use common::oracle::{Oracle, Verdict, say};
use serde_json::{Map, Value, json};
use sonicfg::config::{Config, Document, Source, pointer};
use sonicfg::policy::Policy;
use sonicfg::schema::{NodeId, NodeKind, Schema, Sources};
use sonicfg::validate::{
    Diagnostic, Rule, Severity, to_config_db, to_yang_json, validate, validate_yang_json,
};

/// How many documents a run has where nothing else is said: a sample.
const DOCUMENTS: usize = 1500;
/// The seed that stays.
const SEED: u64 = 20_260_801;
/// How many differences are shown.
const SHOWN: usize = 20;
/// How many questions are asked to make a difference small.
const QUESTIONS: usize = 600;

/// A peculiarity of libyang that makes its verdict another one than ours, which is right.
struct Allowed {
    name: &'static str,
    /// The sentence that makes us right.
    #[allow(dead_code, reason = "for readers")]
    why: &'static str,
    /// The document without what it is about, so that both must say the same of it; the document
    /// itself where it is not about anything.
    without: fn(&Schema, &Value) -> Value,
}

/// The differences that are right.
const ALLOWED: &[Allowed] = &[
    Allowed {
        name: "empty module name",
        why: "RFC 7951, section 4: \"A namespace-qualified member name MUST be used for all members of a top-level \
              JSON object and then also whenever the namespaces of the data node and its parent node are \
              different. In all other cases, the simple form of the member name MUST be used\"; \":x\" is neither \
              form. libyang takes it for \"x\".",
        without: |_, document| {
            with_members(document, &|members| {
                let plain = |(name, value): (String, Value)| match name.strip_prefix(':') {
                    Some(name) => (name.to_owned(), value),
                    None => (name, value),
                };
                members.into_iter().map(plain).collect()
            })
        },
    },
    Allowed {
        name: "empty container twice",
        why: "RFC 7950, section 3: \"container: An interior data node that exists in at most one instance in the data \
              tree.\" Under two names, \"x\" and \"module:x\", libyang forgives the second one where one is empty.",
        without: |_, document| {
            with_members(document, &|members| {
                let simple = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
                let names: Vec<String> = members.keys().map(|name| simple(name)).collect();
                let is_repeated =
                    |name: &str| names.iter().filter(|&other| *other == simple(name)).count() > 1;
                members
                    .into_iter()
                    .filter(|(name, value)| !is_blank(value) || !is_repeated(name))
                    .collect()
            })
        },
    },
    Allowed {
        name: "metadata",
        why: "RFC 7952, section 5.2.1: the annotations of a node are the members of a JSON object, and the models \
              define none. libyang passes over \"@x\" beside \"x\" where it has no such member, be it an object or not.",
        without: |_, document| {
            with_members(document, &|members| {
                let names: Vec<String> = members.keys().cloned().collect();
                let is_about =
                    |name: &str, other: &str| name.strip_prefix('@').is_some_and(|node| other == node);
                let is_metadata = |name: &str| names.iter().any(|other| is_about(name, other));
                members
                    .into_iter()
                    .filter(|(name, _)| !is_metadata(name))
                    .collect()
            })
        },
    },
    Allowed {
        name: "absent top-level containers",
        why: "RFC 7950, section 6.4.1: \"If a node that exists in the accessible tree has a non-presence container as \
              a child, then the non-presence container also exists in the accessible tree.\" libyang adds those at \
              the top, with the defaults in them, module by module, when most conditions have been looked at.",
        without: |schema, document| {
            let mut document = document.clone();
            for &top in &schema.top {
                let node = schema.node(top);
                if let (NodeKind::Container { presence: false }, true) = (&node.kind, node.config) {
                    let name = format!("{}:{}", schema.module(node.module).name, node.name);
                    document
                        .as_object_mut()
                        .unwrap()
                        .entry(name)
                        .or_insert_with(|| json!({}));
                }
            }
            document
        },
    },
];

/// Whether there is nothing in a value but empty objects and arrays.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().all(is_blank),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A document with the members of all its objects changed, those inside first.
fn with_members(value: &Value, change: &dyn Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| with_members(item, change)).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), with_members(member, change)));
            Value::Object(change(members.collect()))
        }
        other => other.clone(),
    }
}

/// Both judges.
struct Comparison<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    oracle: &'a mut Oracle,
}

/// What came of a document.
enum Outcome {
    Valid,
    Invalid,
    /// Invalid by a rule that only we can see.
    Outside,
    Allowed(&'static str),
    Difference {
        ours: Vec<Diagnostic>,
        oracle: Verdict,
        why: String,
    },
    /// libyang broke down.
    NoVerdict,
}

impl Comparison<'_> {
    fn judge(&mut self, form: Form, document: &Value) -> Outcome {
        match form {
            Form::YangJson => self.judge_yang(document),
            Form::ConfigDb => self.judge_config(document),
        }
    }

    fn judge_yang(&mut self, document: &Value) -> Outcome {
        let (ours, oracle) = self.both(&to_line(document));
        self.compare(document, ours, oracle)
    }

    /// Both verdicts on YANG JSON; ours as the errors.
    fn both(&mut self, line: &str) -> (Vec<Diagnostic>, Verdict) {
        self.oracle.send(line);
        let ours = match Document::parse(Source::new("document", line)) {
            // The rules beside the models are not libyang's to see.
            Ok(parsed) => errors(validate_yang_json(self.schema, &Policy::default(), &parsed).diagnostics),
            Err(error) => vec![unparsed(error.to_string())],
        };
        (ours, self.oracle.answer())
    }

    /// What the models say is libyang's to confirm; what they cannot say, ours to find.
    fn judge_config(&mut self, document: &Value) -> Outcome {
        let config = match Document::parse(Source::new("document", to_line(document))) {
            Ok(parsed) => Config::from(parsed),
            Err(_) => return Outcome::Invalid,
        };
        let translated = to_yang_json(self.schema, self.policy, &config);
        let line = translated.to_string();
        self.oracle.send(&line);
        let ours = errors(validate(self.schema, self.policy, &config).diagnostics);
        let back = Document::parse(Source::new("translated", line)).unwrap();
        let back = to_config_db(self.schema, self.policy, &back);
        let outside = self.outside_models(&config.to_value(), &back);
        let missed: Vec<&Outside> = outside
            .iter()
            .filter(|finding| !finding.is_among(&ours))
            .collect();
        let oracle = self.oracle.answer();
        if let Some(missed) = missed.first() {
            let why = format!("nothing of {:?} at {}", missed.rules, missed.pointer);
            return Outcome::Difference { ours, oracle, why };
        }
        if !outside.is_empty() {
            return Outcome::Outside;
        }
        let own: Vec<Rule> = self.own_rules(&back);
        if oracle == Verdict::Valid && !own.is_empty() {
            if own
                .iter()
                .all(|rule| ours.iter().any(|finding| finding.rule == *rule))
            {
                return Outcome::Outside;
            }
            let why = format!("nothing of {own:?}");
            return Outcome::Difference { ours, oracle, why };
        }
        self.compare(&translated, ours, oracle)
    }

    fn compare(&mut self, document: &Value, ours: Vec<Diagnostic>, oracle: Verdict) -> Outcome {
        match (&oracle, ours.is_empty()) {
            (Verdict::Crash, _) => return Outcome::NoVerdict,
            (Verdict::Valid, true) => return Outcome::Valid,
            (Verdict::Invalid(_), false) => return Outcome::Invalid,
            _ => {}
        }
        let mut plain = document.clone();
        for allowed in ALLOWED {
            let without = (allowed.without)(self.schema, &plain);
            if without != plain {
                plain = without;
                let (ours, oracle) = self.both(&to_line(&plain));
                if ours.is_empty() == (oracle == Verdict::Valid) {
                    return Outcome::Allowed(allowed.name);
                }
            }
        }
        let why = String::new();
        Outcome::Difference { ours, oracle, why }
    }

    fn differs(&mut self, form: Form, document: &Value) -> bool {
        matches!(self.judge(form, document), Outcome::Difference { .. })
    }

    /// What of a config has no place in YANG JSON, seen from what comes `back` from there.
    fn outside_models(&self, config: &Value, back: &Value) -> Vec<Outside> {
        let mut found = Vec::new();
        for (name, table) in config.as_object().into_iter().flatten() {
            let Some(model) = self.schema.tables.get(name) else {
                continue;
            };
            let Some(entries) = table.as_object() else {
                found.push(outside(&[name], &[Rule::InvalidJSON]));
                continue;
            };
            for (key, entry) in entries {
                let parts = key.split('|').count();
                let lists = model.lists.iter().filter(|list| list.keys == parts);
                let named = model
                    .entries
                    .iter()
                    .find(|&&id| *self.schema.node(id).name == **key);
                let takers: Vec<NodeId> = match named {
                    Some(&named) => vec![named],
                    None => lists.clone().map(|list| list.node).collect(),
                };
                let rows = named.is_none() && lists.clone().any(|list| list.rows.is_some());
                if takers.is_empty() {
                    let rule = if model.lists.is_empty() {
                        Rule::UnknownElement
                    } else {
                        Rule::ListKey
                    };
                    found.push(outside(&[name, key], &[rule]));
                } else if let Some(fields) = entry.as_object() {
                    for (field, value) in fields {
                        let came_back = back.get(name).and_then(|table| table.get(key));
                        let at = [name.as_str(), key, field];
                        found.extend(self.outside_field(at, value, came_back, &takers, rows));
                    }
                } else {
                    found.push(outside(&[name, key], &[Rule::InvalidJSON]));
                }
            }
        }
        found
    }

    fn outside_field(
        &self,
        at: [&str; 3],
        value: &Value,
        entry: Option<&Value>,
        takers: &[NodeId],
        rows: bool,
    ) -> Vec<Outside> {
        let field = at[2];
        // An entry whose key comes back in another form.
        let Some(entry) = entry else { return Vec::new() };
        if (field, value) == ("NULL", &json!("NULL")) {
            return Vec::new();
        }
        let nodes = takers.iter().filter_map(|&taker| {
            let mut nodes = self.schema.data_children_named(taker, field);
            nodes.find(|&id| match &self.schema.node(id).kind {
                NodeKind::Leaf(leaf) => !leaf.key,
                NodeKind::LeafList(_) => true,
                _ => false,
            })
        });
        let nodes: Vec<NodeId> = nodes.collect();
        if nodes.is_empty() && !rows {
            return vec![outside(&at, &[Rule::UnknownElement])];
        }
        let mut found = Vec::new();
        if let (Value::Array(elements), [list]) = (value, &nodes[..])
            && matches!(self.schema.node(*list).kind, NodeKind::LeafList(_))
        {
            let others = elements
                .iter()
                .enumerate()
                .filter(|(_, element)| !element.is_string());
            let position = |(position, _): (usize, &Value)| position.to_string();
            for position in others.map(position) {
                found.push(outside(&[at[0], at[1], at[2], &position], &[Rule::InvalidValue]));
            }
        }
        let Some(came_back) = entry.get(field) else {
            if found.is_empty() {
                // Of several lists, the one that was taken may not have the field.
                let rules = [Rule::InvalidValue, Rule::UnknownElement];
                found.push(outside(&at, &rules[..takers.len().min(2)]));
            }
            return found;
        };
        let is_empty = [json!([]), json!([""]), json!("")].contains(came_back);
        let has_default = |&id: &NodeId| matches!(&self.schema.node(id).kind, NodeKind::LeafList(list) if list.defaults.iter().any(|default| !default.is_empty()));
        if is_empty && value.as_array().is_none_or(|list| list.len() < 2) && nodes.iter().any(has_default) {
            found.push(outside(&at, &[Rule::InvalidValue]));
        }
        found
    }

    /// The rules beside the models that a config breaks.
    fn own_rules(&self, config: &Value) -> Vec<Rule> {
        let mut rules = Vec::new();
        let entries = |table: &str| config.get(table).and_then(Value::as_object).into_iter().flatten();
        let mut platforms =
            entries("DEVICE_METADATA").filter_map(|(_, entry)| entry.get("platform")?.as_str());
        let shared_on = &self.policy.lanes.as_ref().unwrap().shared_on;
        let is_shared = platforms.any(|platform| shared_on.iter().any(|name| name == platform));
        let mut lanes = BTreeSet::new();
        for (_, port) in entries("PORT") {
            let own: BTreeSet<&str> = port["lanes"]
                .as_str()
                .into_iter()
                .flat_map(|lanes| lanes.split(','))
                .collect();
            for lane in own {
                let is_number = !lane.trim().is_empty() && lane.trim().bytes().all(|b| b.is_ascii_digit());
                if !is_number || !lanes.insert(lane.trim()) && !is_shared {
                    rules.push(Rule::Lanes);
                }
            }
        }
        let mut ranges = BTreeSet::new();
        for (key, range) in entries("BGP_PEER_RANGE") {
            let vrf = key.split_once('|').map_or("default", |(vrf, _)| vrf);
            let own: BTreeSet<&str> = range["ip_range"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for range in own {
                if !ranges.insert((vrf, range)) {
                    rules.push(Rule::PeerRange);
                }
            }
        }
        rules
    }
}

/// Something that only we can see.
struct Outside {
    pointer: String,
    /// The rules of which one must be reported.
    rules: Vec<Rule>,
}

impl Outside {
    fn is_among(&self, ours: &[Diagnostic]) -> bool {
        ours.iter()
            .any(|finding| finding.pointer == self.pointer && self.rules.contains(&finding.rule))
    }
}

fn outside(at: &[&str], rules: &[Rule]) -> Outside {
    Outside {
        pointer: pointer::join(at.iter().copied()),
        rules: rules.to_vec(),
    }
}

fn errors(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect()
}

fn unparsed(message: String) -> Diagnostic {
    Diagnostic::error(Rule::InvalidJSON, message)
}

/// The policy with keys that show, so that places can be compared.
fn policy() -> Policy {
    let mut policy = Policy::shipped();
    policy.secrets = sonicfg::policy::Secrets::default();
    policy
}

fn module_dirs(corpus: &Path) -> Vec<PathBuf> {
    vec![
        corpus.join("yang-models"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("yang"),
    ]
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The documents of the corpus in YANG JSON: first the valid ones.
fn cases(corpus: &Path) -> (Vec<Value>, Vec<Value>) {
    let files = common::json_files(&corpus.join("yang-cases"));
    let cases = files.iter().flat_map(|path| match read(path) {
        Value::Array(cases) => cases,
        _ => panic!("{} holds no list", path.display()),
    });
    let (valid, invalid): (Vec<Value>, Vec<Value>) = cases.partition(|case| case["expect"] == "valid");
    let data = |cases: Vec<Value>| cases.into_iter().map(|mut case| case["data"].take()).collect();
    (data(valid), data(invalid))
}

/// The number in a variable.
fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text:?} is no number")),
    )
}

fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    variable("SONICFG_DIFF_SEED").unwrap_or(Random::new(now.as_nanos() as u64).next() >> 16)
}

/// Changes documents and compares the verdicts on them.
fn run(form: Form, seed: u64) {
    let Some(corpus) = common::corpus() else { return };
    let Some(mut oracle) = Oracle::start(&module_dirs(&corpus)) else {
        return;
    };
    let schema = common::corpus_schema(&corpus);
    let policy = policy();
    let mut judge = Comparison {
        schema: &schema,
        policy: &policy,
        oracle: &mut oracle,
    };
    let sample = read(&corpus.join("config_db/sample_config_db.json"));
    let documents: usize = variable("SONICFG_DIFF_DOCS").unwrap_or(DOCUMENTS);
    let (documents, valid, invalid) = match form {
        Form::YangJson => {
            let (valid, invalid) = cases(&corpus);
            (documents, valid, invalid)
        }
        // Larger documents, and only one to begin with.
        Form::ConfigDb => (documents * 2 / 5, vec![sample.clone()], Vec::new()),
    };
    let mut mutator = Mutator::new(&schema, form);
    valid
        .iter()
        .chain(&invalid)
        .for_each(|document| mutator.learn(document));
    if form == Form::YangJson {
        mutator.learn(&to_yang_json(
            &schema,
            &policy,
            &Config::from_value("sample", &sample),
        ));
    }
    say(&format!(
        "{form:?}: {documents} documents, SONICFG_DIFF_SEED={seed}"
    ));

    let start = Instant::now();
    let (mut agreed, mut allowed, mut differences) = ([0; 4], BTreeMap::new(), Vec::new());
    for number in 0..documents {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let from = if random.one_in(8) && !invalid.is_empty() {
            &invalid
        } else {
            &valid
        };
        let base = random.pick(from).unwrap();
        let mut document = base.clone();
        let edits = mutator.mutate(&mut document, &mut random);
        match judge.judge(form, &document) {
            Outcome::Valid => agreed[0] += 1,
            Outcome::Invalid => agreed[1] += 1,
            Outcome::Outside => agreed[2] += 1,
            Outcome::NoVerdict => agreed[3] += 1,
            Outcome::Allowed(name) => *allowed.entry(name).or_insert(0) += 1,
            Outcome::Difference { .. } => {
                differences.push(explain(&mut judge, form, number, base, &edits));
                if differences.len() == SHOWN {
                    break;
                }
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let judged = agreed.iter().sum::<usize>() + allowed.values().sum::<usize>() + differences.len();
    say(&format!(
        "{form:?}: {} valid, {} invalid, {} invalid for us alone to see, {} without a verdict of libyang, \
         {} differences, allowed {allowed:?}; {:.0} documents a second",
        agreed[0],
        agreed[1],
        agreed[2],
        agreed[3],
        differences.len(),
        judged as f64 / seconds
    ));
    assert!(
        differences.is_empty(),
        "SONICFG_DIFF_SEED={seed} SONICFG_DIFF_DOCS={documents}: {} differences\n\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

/// A difference in words, with as little around it as will do.
fn explain(judge: &mut Comparison, form: Form, number: usize, base: &Value, edits: &[Edit]) -> String {
    let mut edits = edits.to_vec();
    let with = |edits: &[Edit]| {
        let mut document = base.clone();
        edits.iter().for_each(|edit| {
            edit.apply(&mut document);
        });
        document
    };
    for at in (0..edits.len()).rev() {
        let mut fewer = edits.clone();
        fewer.remove(at);
        if judge.differs(form, &with(&fewer)) {
            edits = fewer;
        }
    }
    let mut document = with(&edits);
    shrink(&mut document, QUESTIONS, |smaller| judge.differs(form, smaller));
    let Outcome::Difference { ours, oracle, why } = judge.judge(form, &document) else {
        return format!("document {number}: the difference comes and goes");
    };
    let mut text = format!("document {number}");
    edits
        .iter()
        .for_each(|edit| text.push_str(&format!("\n  {edit}")));
    text.push_str(&format!("\n  libyang: {oracle:?}"));
    if ours.is_empty() {
        text.push_str("\n  we: valid");
    }
    ours.iter()
        .for_each(|finding| text.push_str(&format!("\n  we: {finding} {}", finding.yang_path)));
    if !why.is_empty() {
        text.push_str(&format!("\n  {why}"));
    }
    text.push_str(&format!("\n  {}", to_line(&document)));
    text
}

#[test]
fn yang_json_with_a_fixed_seed() {
    run(Form::YangJson, SEED);
}

#[test]
fn yang_json_with_a_fresh_seed() {
    run(Form::YangJson, fresh_seed());
}

#[test]
fn config_db_with_a_fixed_seed() {
    run(Form::ConfigDb, SEED);
}

#[test]
fn config_db_with_a_fresh_seed() {
    run(Form::ConfigDb, fresh_seed());
}

/// A module for what the models of the corpus have no use for.
const SMALL: &str = r#"
module small {
  yang-version 1.1;
  namespace "urn:small";
  prefix s;

  identity base;
  identity kind { base base; }

  container small {
    list item {
      key "name";
      leaf name { type string; }
      leaf num { type int32; }
      leaf id { type identityref { base base; } }
      container box { leaf inner { type string; default "in"; } }
    }
    leaf-list nums { type uint16; }
    leaf flags { type bits { bit a; bit b; } }
    leaf text { type string; }
    leaf any { type union { type leafref { path "../nums"; } type string { length "1..4"; } } }
    leaf identity-in-union { type string; must "count(../item[id = 's:kind']/name | ../text) = 2"; }
    leaf identity-in-filter { type string; must "count((../item)[id = 's:kind']) = 1"; }
    leaf first-default { type string; must "string(../item/box/inner) = 'in'"; }
    leaf forms { type string; must "not(../item/num = ../text)"; }
  }
}
"#;

/// Documents of that module on which the verdicts differed once, with the right verdict.
const REGRESSIONS: &[(&str, bool)] = &[
    // A form feed is no white space: a YANG string cannot have one.
    (r#"{"flags": "a b"}"#, true),
    (r#"{"flags": "a\fb"}"#, false),
    (r#"{"nums": ["\f5"]}"#, false),
    // A number stays a number when a union looks for the target of a reference.
    (r#"{"nums": [100], "any": 1e2}"#, true),
    (r#"{"any": 100}"#, false),
    (r#"{"any": "100"}"#, true),
    // The prefix of an identity in the operand of `|`, and behind parentheses.
    (
        r#"{"item": [{"name": "a", "id": "kind"}], "text": "", "identity-in-union": ""}"#,
        true,
    ),
    (
        r#"{"item": [{"name": "a", "id": "kind"}], "identity-in-filter": ""}"#,
        true,
    ),
    (r#"{"item": [{"name": "a"}], "identity-in-filter": ""}"#, false),
    // A default stands where the node around it does.
    (
        r#"{"item": [{"name": "a"}, {"name": "b", "box": {"inner": "x"}}], "first-default": ""}"#,
        true,
    ),
    (
        r#"{"item": [{"name": "a", "box": {"inner": "x"}}, {"name": "b"}], "first-default": ""}"#,
        false,
    ),
    // Of two nodes, only the left one takes the form of the other one's type.
    (
        r#"{"item": [{"name": "a", "num": 5}], "text": "05", "forms": ""}"#,
        true,
    ),
    (
        r#"{"item": [{"name": "a", "num": 5}], "text": "5", "forms": ""}"#,
        false,
    ),
];

#[test]
fn regressions() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("small.yang"), SMALL).unwrap();
    let Some(mut oracle) = Oracle::start(&[dir.path().to_owned()]) else {
        return;
    };
    let mut sources = Sources::empty();
    sources.add_dir(dir.path()).unwrap();
    let schema = Schema::load(&sources, None).unwrap().schema;
    let mut judge = Comparison {
        schema: &schema,
        policy: &Policy::default(),
        oracle: &mut oracle,
    };
    for (document, is_valid) in REGRESSIONS {
        let (ours, oracle) = judge.both(&format!("{{\"small:small\": {document}}}"));
        assert_eq!(
            oracle == Verdict::Valid,
            *is_valid,
            "{document}: libyang: {oracle:?}"
        );
        assert_eq!(ours.is_empty(), *is_valid, "{document}: we: {ours:?}");
    }
}
