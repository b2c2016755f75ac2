//! Random entries are removed with all that refers to them: what is left is valid, and everything that goes had to go.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;
use sonicfg::config::{Config, EntryName, Source, Write, entries};
use sonicfg::engine::{Candidate, CascadedRemoval, Edit, PathFormat, RemovalCause};
use sonicfg::patch::{Patch, Scope, between};
use sonicfg::schema::Schema;
use sonicfg::validate::{EntryDiagnostic, EntryPart, Validator};

use crate::common::mutate::Random;
use crate::generator::Generator;
use crate::{SEED, common, corpus_configs, models, policy, small, switch};

/// What was seen of some removals.
#[derive(Debug, Default)]
struct Tally {
    removals: usize,
    entries: usize,
    fields: usize,
    elements: usize,
    /// Removed because of something that itself was removed with the first.
    indirect: usize,
    /// Removed because of a condition.
    conditions: usize,
}

fn errors(validator: &Validator) -> Vec<EntryDiagnostic> {
    let found = validator.found().into_iter();
    found.filter(EntryDiagnostic::is_error).collect()
}

/// Removes some entries of a valid config.
fn check(schema: &Schema, config: &Value, random: &mut Random, tally: &mut Tally) {
    let names: Vec<EntryName> = entries(config)
        .map(|(table, key, _)| EntryName::new(table, key))
        .collect();
    let gone: BTreeSet<&EntryName> = (0..1 + random.below(2))
        .filter_map(|_| random.pick(&names))
        .collect();
    let mut less = config.clone();
    for entry in &gone {
        let (entry, value) = ((*entry).clone(), None);
        Write { entry, value }.apply(&mut less);
    }
    let text = serde_json::to_string(&between(config, &less)).unwrap();
    let patch = Patch::parse(Source::new("patch", text)).unwrap();
    let edit = Edit::Change(PathFormat::ConfigDb.change(patch));
    let running = Config::from_value("config", config);
    let candidate = Candidate::new(schema, policy(), Scope::HOST, running, edit).unwrap();
    let cascaded = candidate.cascaded(schema, policy());
    let target = cascaded.target();
    let mut validator = Validator::new(schema, policy(), target);
    let found = errors(&validator);
    assert!(found.is_empty(), "without {gone:?} of {config}: {found:?}");
    let mut seen: HashSet<(&EntryName, &EntryPart)> = HashSet::new();
    for removal in cascaded.cascaded_removals() {
        let CascadedRemoval { entry, part, cause } = removal;
        assert!(seen.insert((entry, part)), "{removal:?} twice");
        // Put back alone, it refers to nothing, or its condition fails.
        let old = entry.find(config).unwrap();
        let back = Write {
            entry: entry.clone(),
            value: Some(put_back(old, entry.find(target), part)),
        };
        let taken = Write {
            entry: entry.clone(),
            value: entry.find(target).cloned(),
        };
        let brought = validator.tried([&back], [&taken]);
        assert!(
            brought.new.iter().any(EntryDiagnostic::is_error),
            "without {gone:?} of {config}: {removal:?} could stay"
        );
        match part {
            EntryPart::Key => tally.entries += 1,
            EntryPart::Element(..) => tally.elements += 1,
            _ => tally.fields += 1,
        }
        match cause {
            RemovalCause::RefersTo(to) if !gone.contains(to) => tally.indirect += 1,
            RemovalCause::RefersTo(_) => {}
            RemovalCause::Requires(_) => tally.conditions += 1,
        }
        tally.removals += 1;
    }
    // Nothing else is different.
    for (table, key, value) in entries(&less) {
        let name = EntryName::new(table, key);
        if name.find(target) != Some(value) {
            assert!(
                seen.iter().any(|(entry, _)| **entry == name),
                "{name} is different, and nothing says so"
            );
        }
    }
    assert!(entries(target).all(|(table, key, _)| EntryName::new(table, key).find(&less).is_some()));
}

/// An entry with a part as it was.
fn put_back(old: &Value, now: Option<&Value>, part: &EntryPart) -> Value {
    let (Some(now), EntryPart::Field(field) | EntryPart::Name(field) | EntryPart::Element(field, _)) =
        (now, part)
    else {
        return old.clone();
    };
    let mut value = now.clone();
    value[field.as_str()] = match part {
        EntryPart::Element(_, element) => {
            let mut list = now.get(field.as_str()).and_then(Value::as_array).cloned();
            list.get_or_insert_default().push(element.as_str().into());
            list.into()
        }
        _ => old[field.as_str()].clone(),
    };
    value
}

#[test]
fn removals_from_small_switches_cascade() {
    let mut random = Random::new(SEED);
    let mut generator = Generator::new(small(), policy(), Vec::new());
    let mut tally = Tally::default();
    for _ in 0..1500 {
        if let Some(config) = generator.repaired(&switch::any(&mut random), &mut random) {
            check(small(), &config, &mut random, &mut tally);
        }
    }
    println!("{tally:?}");
    let Tally {
        entries,
        fields,
        elements,
        indirect,
        conditions,
        ..
    } = tally;
    let least = [entries, fields, elements, indirect, conditions]
        .into_iter()
        .min();
    assert!(least > Some(20), "{tally:?}");
}

#[test]
fn removals_from_cuts_of_the_corpus_cascade() {
    let Some(shared) = common::shared() else { return };
    let schema = models(&shared);
    let mut random = Random::new(SEED);
    let mut generator = Generator::new(schema, policy(), corpus_configs(&shared));
    let mut tally = Tally::default();
    for _ in 0..400 {
        if let Some(config) = generator.cut(8, &mut random) {
            check(schema, &config, &mut random, &mut tally);
        }
    }
    println!("{tally:?}");
    assert!(tally.removals > 200, "{tally:?}");
}
