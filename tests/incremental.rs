//! A config under change: what is found after each change is what validation of the whole finds.
//!
//! `SONICFG_INCREMENTAL_STEPS` is how many changes are made in all.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::mutate::{Form, Mutator, Random};
use serde_json::{Value, json};
use sonicfg::config::{Config, EntryName, Write, differing_entries, entries, pointer, write_all};
use sonicfg::policy::Policy;
use sonicfg::schema::{NodeId, NodeKind, Schema, Sources};
use sonicfg::validate::{EntryDiagnostic, EntryPart, MASK, Reference, Rule, Validator, validate};

/// How many changes are made where nothing else is said.
const STEPS: usize = 1000;
/// The seed that stays.
const SEED: u64 = 20_261_121;

fn steps() -> usize {
    let wanted = std::env::var("SONICFG_INCREMENTAL_STEPS").ok();
    wanted.map_or(STEPS, |steps| steps.parse().unwrap())
}

/// Findings as texts, each with how often it is there.
type Bag = BTreeMap<String, usize>;

fn bag(found: impl IntoIterator<Item = String>) -> Bag {
    let mut bag = Bag::new();
    for text in found {
        *bag.entry(text).or_default() += 1;
    }
    bag
}

fn less(a: &Bag, b: &Bag) -> Bag {
    let rest = a.iter().filter_map(|(text, &count)| {
        let left = count.saturating_sub(b.get(text).copied().unwrap_or_default());
        (left > 0).then(|| (text.clone(), left))
    });
    rest.collect()
}

struct Bench<'s> {
    schema: &'s Schema,
    policy: Policy,
}

impl Bench<'_> {
    fn text(&self, found: &EntryDiagnostic) -> String {
        let EntryDiagnostic { entry, diagnostic } = found;
        // Fixes, and what a condition reads, are looked for in a whole config alone.
        let mut diagnostic = diagnostic.clone();
        diagnostic.fix = None;
        if matches!(diagnostic.rule, Rule::Must | Rule::When) {
            diagnostic.related.clear();
        }
        let mut entry = entry.clone();
        if diagnostic.pointer.split('/').nth(2) == Some(MASK) {
            entry.key = MASK.into();
        }
        format!("{entry}: {diagnostic:?}")
    }

    /// What validation of the whole finds.
    fn all(&self, config: &Value) -> Bag {
        let report = validate(self.schema, &self.policy, &Config::from_value("config", config));
        bag(report.diagnostics.into_iter().map(|diagnostic| {
            let mut tokens = pointer::split(&diagnostic.pointer).unwrap().into_iter();
            let entry = EntryName {
                table: tokens.next().unwrap_or_default().into(),
                key: tokens.next().unwrap_or_default().into(),
            };
            self.text(&EntryDiagnostic { entry, diagnostic })
        }))
    }

    fn bag(&self, found: &[EntryDiagnostic]) -> Bag {
        bag(found.iter().map(|found| self.text(found)))
    }
}

/// A config that is changed, beside the same one under a validator.
struct Run<'s> {
    bench: &'s Bench<'s>,
    validator: Validator<'s>,
    config: Value,
    found: Bag,
}

impl<'s> Run<'s> {
    fn new(bench: &'s Bench<'s>, config: &Value) -> Self {
        let validator = Validator::new(bench.schema, &bench.policy, config);
        let run = Run {
            bench,
            config: config.clone(),
            found: bench.all(config),
            validator,
        };
        assert_eq!(bench.bag(&run.validator.found()), run.found, "at first");
        run
    }

    fn make(&mut self, writes: &[Write], what: &str) {
        let before = self.config.clone();
        for write in writes {
            write.apply(&mut self.config);
        }
        let update = self.validator.update(writes);
        let expected = self.bench.all(&self.config);
        let found = self.bench.bag(&self.validator.found());
        // Findings about entries whose keys are secret may look the same.
        let (new, cured) = (self.bench.bag(&update.new), self.bench.bag(&update.cured));
        let (new, cured) = (less(&new, &cured), less(&cured, &new));
        let same = found == expected
            && new == less(&expected, &self.found)
            && cured == less(&self.found, &expected)
            && self.validator.config() == self.config;
        if !same {
            let mut fresh = Validator::new(self.bench.schema, &self.bench.policy, &before);
            fresh.update(writes);
            let fresh = self.bench.bag(&fresh.found());
            panic!(
                "{what}: {before}\n{writes:#?}\ntoo much: {:#?}\nmissing: {:#?}\nnew: {:#?}\ncured: {:#?}\nthe same from afresh: {}",
                less(&found, &expected),
                less(&expected, &found),
                (
                    less(&new, &less(&expected, &self.found)),
                    less(&less(&expected, &self.found), &new)
                ),
                (
                    less(&cured, &less(&self.found, &expected)),
                    less(&less(&self.found, &expected), &cured)
                ),
                fresh == expected,
            );
        }
        self.found = expected;
    }

    /// Tries changes out, and compares with making them in a copy. Nothing stays of what was tried, save that an entry
    /// which went and came again is the last one.
    fn check_trial(&self, there: &[Write], random: &mut Random, what: &str) {
        let mut target = self.config.clone();
        write_all(&mut target, there);
        let entries: BTreeSet<&EntryName> = there.iter().map(|write| &write.entry).collect();
        let back = entries.into_iter().map(|entry| Write {
            entry: entry.clone(),
            value: entry.find(&self.config).cloned(),
        });
        let back: Vec<Write> = back.collect();
        write_all(&mut target, &back);
        let conditions = |found: Vec<EntryDiagnostic>| -> Vec<EntryName> {
            let conditions = found.into_iter().filter(EntryDiagnostic::is_condition);
            conditions.map(|found| found.entry).collect()
        };
        // An empty table comes back with no write.
        if target == self.config {
            let made = self.validator.clone().update(there);
            let mut validator = self.validator.clone();
            let failing = validator.failing_conditions(there, &back);
            assert_eq!(failing, conditions(made.new), "{what}: {there:#?}");
            let found = self.bench.bag(&validator.found());
            let is_known = found == self.found || found == self.bench.all(&target);
            assert!(
                is_known,
                "{what}, tried out: {there:#?}: {:#?}",
                (less(&found, &self.found), less(&self.found, &found))
            );
        }
        if let Some(entry) = random.pick(&names(&self.config)).cloned()
            && let Some(seen) = self.validator.seen(&entry)
        {
            let mut less = self.validator.clone();
            let mut others = conditions(less.update([entry.written_as(None)]).new);
            others.retain(|other| *other != entry);
            let is_looked_at = self.validator.is_looked_at(&seen);
            assert!(
                others.is_empty() || is_looked_at,
                "{what}: nothing looks at {entry}"
            );
            // It comes again, to the others of its table or without them.
            if random.one_in(2) {
                let all = names(&self.config);
                let table = all.iter().filter(|other| other.table == entry.table);
                less.update(table.map(|other| other.written_as(None)));
            }
            let value = entry.find(&self.config);
            let is_looked_for = less.is_looked_for(&entry, &seen);
            let mut others = conditions(less.update([entry.written_as(value)]).new);
            others.retain(|other| *other != entry);
            assert!(
                others.is_empty() || is_looked_for,
                "{what}: nothing looks for {entry}"
            );
        }
    }

    /// The writes that make the config another one.
    fn writes_to(&self, target: &Value) -> Vec<Write> {
        writes(&self.config, target)
    }
}

fn writes(config: &Value, target: &Value) -> Vec<Write> {
    let names = differing_entries(config, target).into_iter();
    names
        .map(|entry| Write {
            value: entry.find(target).cloned(),
            entry,
        })
        .collect()
}

/// Changes a config at random.
fn wander(bench: &Bench, name: &str, start: &Value, others: &[Value], steps: usize, random: &mut Random) {
    let mut mutator = Mutator::new(bench.schema, Form::ConfigDb);
    others
        .iter()
        .chain([start])
        .for_each(|config| mutator.learn(config));
    let mut first = start.clone();
    if random.one_in(2) {
        // Something that no write makes: empty tables, tables that are none.
        mutator.mutate(&mut first, random);
    }
    let mut run = Run::new(bench, &first);
    for step in 0..steps {
        let what = format!("{name}, step {step}");
        let mut target = run.config.clone();
        match random.below(24) {
            0 => target = start.clone(),
            1 => {
                // A whole table goes.
                let tables: Vec<String> = target.as_object().unwrap().keys().cloned().collect();
                if let Some(table) = random.pick(&tables) {
                    target.as_object_mut().unwrap().shift_remove(table);
                }
            }
            2 => {
                // An entry goes, perhaps one that others refer to.
                let names: Vec<EntryName> = names(&target);
                if let Some(entry) = random.pick(&names) {
                    let (entry, value) = (entry.clone(), None);
                    Write { entry, value }.apply(&mut target);
                }
            }
            3 | 4 => {
                for _ in 0..8 {
                    mutator.mutate(&mut target, random);
                }
            }
            _ => drop(mutator.mutate(&mut target, random)),
        }
        let mut there = run.writes_to(&target);
        if random.one_in(3) {
            // Another order of the same writes, and some twice.
            for at in (1..there.len()).rev() {
                there.swap(at, random.below(at + 1));
            }
            if let Some(again) = random.pick(&there).cloned() {
                let entry = again.entry.clone();
                there.insert(0, Write { entry, value: None });
            }
        }
        if random.one_in(4) {
            run.check_trial(&there, random, &what);
        }
        let before = run.config.clone();
        run.make(&there, &what);
        if random.one_in(3) {
            let back = run.writes_to(&before);
            run.make(&back, &format!("{what}, back"));
        }
        if random.one_in(20) {
            check_references(bench, &mut run.validator, random);
        }
    }
}

fn names(config: &Value) -> Vec<EntryName> {
    entries(config)
        .map(|(table, key, _)| EntryName::new(table, key))
        .collect()
}

/// Compares references seen from both sides, and with a reading of the config from afresh.
fn check_references(bench: &Bench, validator: &mut Validator, random: &mut Random) {
    let config = validator.config();
    let fresh = Validator::new(bench.schema, &bench.policy, &config);
    let mut to: BTreeMap<EntryName, BTreeSet<Reference>> = BTreeMap::new();
    let names = names(&config);
    for name in &names {
        let from = validator.references_from(name);
        assert_eq!(from, fresh.references_from(name), "from {name}");
        for reference in from {
            assert_eq!(reference.from, *name);
            assert!(!reference.to.is_empty());
            let value = name.find(&config).unwrap();
            assert!(is_part(&reference.via, value), "{reference:?} in {value}");
            for (target, part) in &reference.to {
                let value = target.find(&config).unwrap();
                assert!(is_part(part, value), "{reference:?}");
                to.entry(target.clone()).or_default().insert(reference.clone());
            }
        }
    }
    for name in &names {
        if names.len() > 2000 && !random.one_in(20) {
            continue;
        }
        let expected: Vec<Reference> = to.remove(name).unwrap_or_default().into_iter().collect();
        assert_eq!(validator.references_to(name), expected, "to {name}");
    }
}

/// Where the values of a leaf of a table stand: in a part of the keys, or in a field.
enum Stand<'s> {
    Key { of: usize, at: usize },
    Field { keys: usize, name: &'s str },
}

/// The values of a leaf in a config, as they are written, with the entries and parts that have them.
fn values(config: &Value, table: &str, stand: &Stand) -> Vec<(String, EntryName, EntryPart)> {
    let mut values = Vec::new();
    for (_, key, entry) in entries(config).filter(|(name, ..)| *name == table) {
        let name = EntryName::new(table, key);
        let parts: Vec<&str> = name.parts().collect();
        match *stand {
            Stand::Key { of, at } if parts.len() == of => {
                values.push((parts[at].to_owned(), name.clone(), EntryPart::Key));
            }
            Stand::Field { keys, name: field } if parts.len() == keys => match &entry[field] {
                Value::String(text) => values.push((text.clone(), name, EntryPart::Field(field.into()))),
                Value::Array(items) => {
                    for item in items.iter().filter_map(Value::as_str) {
                        let part = EntryPart::Element(field.into(), item.into());
                        values.push((item.to_owned(), name.clone(), part));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    values
}

/// References found by comparing every value with every other, for leafrefs that are nothing else, in
/// tables with one list.
#[test]
fn references_by_comparing_everything() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    let policy = Policy::shipped();
    let path = shared.join("corpus/config_db/sample_config_db.json");
    let config = Config::read(&path).unwrap().to_value();
    let validator = Validator::new(&schema, &policy, &config);
    let stands = |id: NodeId| {
        let tables = schema.tables.iter().filter(|table| table.lists.len() == 1);
        let mut tables = tables.filter(|table| Some(table.lists[0].node) == schema.node(id).data_parent);
        let table = tables.next().filter(|table| table.entries.is_empty())?;
        let NodeKind::List(list) = &schema.node(table.lists[0].node).kind else {
            return None;
        };
        let name = &*schema.node(id).name;
        if policy.joined_by(&table.name, name).is_some() {
            return None;
        }
        let of = list.keys.len();
        let at = list.keys.iter().position(|&key| key == id);
        Some((
            &*table.name,
            at.map_or(Stand::Field { keys: of, name }, |at| Stand::Key { of, at }),
        ))
    };
    let mut compared = 0;
    for id in (0..schema.nodes.len() as u32).map(NodeId) {
        let [leafref] = schema.leafrefs(id) else { continue };
        let is_plain = Some(leafref.ty) == schema.value_type(id);
        let (true, true, Some((table, from)), Some((other, to))) = (
            is_plain,
            leafref.global && leafref.require_instance,
            stands(id),
            stands(leafref.target),
        ) else {
            continue;
        };
        let targets = values(&config, other, &to);
        for (value, from, via) in values(&config, table, &from) {
            let same = targets.iter().filter(|(target, ..)| *target == value);
            let mut to: Vec<(EntryName, EntryPart)> =
                same.map(|(_, name, part)| (name.clone(), part.clone())).collect();
            to.sort();
            let text = value.into();
            let expected = Reference { from, via, text, to };
            assert!(
                validator.references_from(&expected.from).contains(&expected),
                "{expected:?}"
            );
            for (target, _) in &expected.to {
                assert!(
                    validator.references_to(target).contains(&expected),
                    "{expected:?}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn tables_that_conditions_look_at() {
    let schema = load(&[(
        "m",
        "container m {
            container A { list A_LIST { key k; leaf k { type string; } leaf r { type leafref { path '/m/C/C_LIST/k'; } }
                leaf x { must \"/m/B/B_LIST[k = current()]\"; type string; } leaf y { must \"deref(../r)/../v\"; type string; } } }
            container B { list B_LIST { key k; leaf k { type string; } leaf v { when \"../k = 'a'\"; type string; } } }
            container C { list C_LIST { key k; leaf k { type string; } leaf v { type string; } } }
        }",
    )]);
    let policy = Policy::shipped();
    let validator = Validator::new(&schema, &policy, &json!({}));
    let pairs = ["A", "B", "C"].map(|a| ["A", "B", "C"].map(|b| validator.conditions_look_at(a, b)));
    assert_eq!(
        pairs,
        [[true, true, true], [false, false, false], [false, false, false]]
    );
}

/// Whether an entry has a part.
fn is_part(part: &EntryPart, value: &Value) -> bool {
    match part {
        EntryPart::Key => true,
        EntryPart::Field(field) | EntryPart::Name(field) => value.get(field.as_str()).is_some(),
        EntryPart::Element(field, element) => {
            let list = value.get(field.as_str()).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|item| item == element.as_str()))
        }
    }
}

#[test]
fn the_corpus_under_change() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    let bench = Bench {
        schema: &schema,
        policy: Policy::shipped(),
    };
    let read = |path: &str| Config::read(&shared.join(path)).unwrap().to_value();
    let sample = read("corpus/config_db/sample_config_db.json");
    let tables: Value = sample.as_object().unwrap().clone().into_iter().collect();
    let mut random = Random::new(SEED);
    // Starting over now and then, so that not all is lost in errors.
    for round in 0..8 {
        let name = format!("sample, round {round}");
        wander(&bench, &name, &sample, &[], steps() / 16, &mut random);
    }
    for (path, part) in [
        ("bench/tiny-bgp-createonly-200/current.json", 12),
        ("bench/t0real-port-desc-1/current.json", 24),
        ("bench/t1real-aclrule-add-100/current.json", 40),
        ("bench/t1real-dpb4to1-free-4/current.json", 40),
        ("corpus/config_db/large_config_db.json", 150),
    ] {
        let others = [tables.clone()];
        wander(
            &bench,
            path,
            &read(path),
            &others,
            (steps() / part).max(2),
            &mut random,
        );
    }
}

/// Compiles modules.
fn load(modules: &[(&str, &str)]) -> Schema {
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in modules {
        let text = format!(
            "module {name} {{ yang-version 1.1; namespace \"urn:{name}\"; prefix {name};\n{body}\n}}"
        );
        std::fs::write(folder.path().join(format!("{name}.yang")), text).unwrap();
    }
    let mut sources = Sources::empty();
    sources.add_dir(folder.path()).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

fn own_models(modules: &[(&str, &str)], configs: &[Value]) {
    let schema = load(modules);
    let mut policy = Policy::shipped();
    policy.secrets.keys.push("SECRET".to_owned());
    let bench = Bench {
        schema: &schema,
        policy,
    };
    let mut random = Random::new(SEED);
    for round in 0..12 {
        for (at, config) in configs.iter().enumerate() {
            let name = format!("config {at}, round {round}");
            wander(&bench, &name, config, configs, steps() / 20, &mut random);
        }
    }
}

#[test]
fn conditions_along_every_axis() {
    own_models(
        &[(
            "m",
            "container m {
                container T { list T_LIST { key k; leaf k { type string; } leaf v { type uint8; } leaf-list ll { type uint8; }
                    leaf after { type string; must \"../following-sibling::T_LIST[1]/k = .\"; }
                    leaf before { type string; must \"../preceding-sibling::T_LIST[1]/k = .\"; }
                    leaf first { type string; must \". = /m/T/T_LIST[1]/k\"; }
                    leaf last { type string; must \". = /m/T/T_LIST[position() = last()]/k\"; }
                    leaf up { type string; must \"ancestor::m/U/U_LIST[k = current()]\"; }
                    leaf down { type string; must \"/m/descendant::v = .\"; }
                    leaf all { type string; must \"contains(string(/m/U), .)\"; }
                    leaf star { type string; must \"/m/U/*[k = current()]\"; }
                    leaf far { type string; must \"../following::k[1] = .\"; }
                    leaf behind { type string; must \"../preceding::k[1] = .\"; }
                    leaf many { type uint8; must \"count(/m/U/U_LIST[v = current()/../v]) = .\"; }
                    leaf both { type uint8; must \"count(/m/U/U_LIST[v = current()/../v and w = 'a']) >= .\"; }
                    leaf order { type uint8; must \"../ll[2] = .\"; }
                    leaf r { type leafref { path '/m/U/U_LIST/k'; } must \"deref(.)/../v = ../v\"; }
                    leaf own { type leafref { path '../../../U/U_LIST[k = current()/../k]/v'; } }
                    leaf mix { type string; must \". = (/m/U/U_LIST/k | /m/T/T_LIST/k)[1]\"; }
                    leaf w { when \"/m/U/U_LIST[v = 3]\"; type string; must \"/m/S/main/d = 7\"; }
                    must \"not(v) or sum(/m/T/T_LIST/v) < 20\";
                } }
                container U { list U_LIST { key k; unique v; leaf k { type string; } leaf v { type uint8; } leaf w { type string; } leaf m { type string; mandatory true; } }
                    must \"count(U_LIST) < 6 or /m/S/main/d = 1\"; }
                container S { container main { leaf d { type uint8; default 7; } leaf e { type uint8; must '. = ../d'; } } container side { presence p; leaf f { type string; mandatory true; } } }
                container W { when \"/m/S/main/d = 7\"; list W_LIST { key k; max-elements 2; leaf k { type uint8; } leaf x { type string; must 'false()'; } } }
            }",
        )],
        &[
            json!({
                "T": {"a": {"v": "1", "after": "b"}, "b": {"v": "2", "before": "a", "first": "a", "ll": ["1", "2"], "order": "2"},
                    "c": {"last": "c", "up": "x", "r": "x", "v": "1"}, "d": {"down": "3", "all": "x1", "star": "y"},
                    "e": {"many": "1", "v": "3", "w": "w"}, "x": {"own": "1", "mix": "a", "both": "0"}},
                "U": {"x": {"v": "1", "m": ""}, "y": {"v": "3", "w": "a", "m": ""}, "z": {"m": "", "v": "4"}},
                "S": {"main": {"e": "7"}},
                "W": {"1": {}, "01": {"x": ""}}
            }),
            json!({
                "U": {"z": {"m": "", "v": "2"}}, "NONE": {"a": {}}, "EMPTY": {},
                "S": {"side": {"f": ""}},
                "T": {"k": {"far": "z", "behind": "z"}, "l": {"v": "9", "all": "2", "mix": "z"}, "m": {"v": "9"}}
            }),
        ],
    );
}

#[test]
fn defaults_unions_and_choices() {
    own_models(
        &[
            (
                "a",
                "container a {
                    container P { list P_LIST { key name; leaf name { type string; } leaf on { type boolean; default true; } leaf n { type uint8; }
                        leaf-list tags { type string; max-elements 3; default x; } } }
                    container Q { list Q_LIST { key name; leaf name { type union { type leafref { path '/a/P/P_LIST/name'; } type leafref { path '/a/R/R_LIST/id'; } type enumeration { enum any; } } }
                            leaf-list to { type union { type leafref { path '/a/P/P_LIST/n'; } type string { pattern 'n.*'; } } }
                            leaf ref { type leafref { path '/a/R/R_LIST/id'; require-instance false; } }
                            leaf number { type leafref { path '/a/P/P_LIST/n'; } must \"/a/P/P_LIST[n = current()]/on = 'true'\"; }
                            choice c { mandatory true; leaf one { type string; } case two { leaf two { type string; } leaf more { type string; mandatory true; } } } }
                        list Q_PAIR { key 'a b'; leaf a { type leafref { path '/a/P/P_LIST/name'; } } leaf b { type string; } leaf f { type uint8; } }
                        list Q_OTHER { key 'x y'; leaf x { type string; } leaf y { type string; } leaf g { type uint8; } } }
                    container R { list R_LIST { key id; leaf id { type uint8; } unique \"x y\"; leaf x { type string; default 1; } leaf y { type string; } } }
                    container M { list M_LIST { key name; leaf name { type string; }
                        list M { key port; leaf port { type leafref { path '/a/P/P_LIST/name'; } } leaf value { type leafref { path '/a/R/R_LIST/id'; } } } } }
                    container SECRET { list SECRET_LIST { key word; leaf word { type string { length 1..4; } } leaf p { type leafref { path '/a/P/P_LIST/name'; } } } }
                }",
            ),
            ("PORT", "container PORT { container PORT { list PORT_LIST { key name; leaf name { type string; } leaf lanes { type string; mandatory true; } } }
                container DEVICE_METADATA { container localhost { leaf platform { type string; } } }
                container BGP_PEER_RANGE { list BGP_PEER_RANGE_LIST { key 'vrf name'; leaf vrf { type string; } leaf name { type string; } leaf-list ip_range { type string; } }
                    list BGP_PEER_RANGE_NAME { key name; leaf name { type string; } leaf-list ip_range { type string; } } } }"),
        ],
        &[
            json!({
                "P": {"p1": {"n": "1", "tags": ["a"]}, "p2": {"n": "2", "on": "false"}, "p3": {}},
                "Q": {"p1": {"one": "", "to": ["1", "n1"], "number": "1"}, "7": {"two": "", "more": ""}, "any": {"one": ""},
                    "p2|x": {"f": "1"}, "p2|y": {"g": "1"}},
                "R": {"7": {"y": "1"}, "8": {"x": "2", "y": "1"}, "08": {}},
                "M": {"m": {"p1": "7", "p2": "8"}},
                "SECRET": {"abc": {"p": "p1"}, "much too long": {"p": "p9"}}
            }),
            json!({
                "PORT": {"a": {"lanes": "1,2"}, "b": {"lanes": "3, 4"}, "c": {"lanes": "2,x"}},
                "DEVICE_METADATA": {"localhost": {"platform": "x86_64-arista_7050cx3_32c"}},
                "BGP_PEER_RANGE": {"v|a": {"ip_range": ["1", "2"]}, "v|b": {"ip_range": ["2"]}, "c": {"ip_range": ["2", "2"]}, "d": {"ip_range": ["2"]}}
            }),
        ],
    );
}

#[test]
fn defaults_with_conditions() {
    own_models(
        &[(
            "m",
            "container m { container S { container main {
                leaf mode { type string; default a; }
                leaf x { when \"../mode = 'a'\"; type string; default dx; }
                leaf y { when \"../mode = 'b'\"; type string; default dy; }
                leaf z { when \"../y = 'dy'\"; type string; default dz; }
                leaf seen { type string; must \"concat(../x, '-', ../y, '-', ../z) = .\"; } } } }",
        )],
        &[
            json!({"S": {"main": {"mode": "b", "seen": "-dy-dz"}}}),
            json!({"S": {"main": {"seen": "dx--"}}}),
        ],
    );
}

#[test]
fn our_own_models_under_change() {
    let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
    let bench = Bench {
        schema: &schema,
        policy: Policy::shipped(),
    };
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config_db.json");
    let config = Config::read(&path).unwrap().to_value();
    let mut random = Random::new(SEED);
    for round in 0..4 {
        let name = format!("fixture, round {round}");
        wander(&bench, &name, &config, &[], steps() / 8, &mut random);
    }
}
