//! Configs that are much alike, one after the other: what is said of each is what its validation alone says.

#![allow(clippy::unwrap_used)]

mod common;

use common::mutate::{Form, Mutator, Random};
use serde_json::{Value, json};
use sonicfg::config::{Config, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;
use sonicfg::validate::{AlikeValidator, validate};

/// The seed that stays.
const SEED: u64 = 20_261_127;
/// How many texts are checked for each schema.
const TEXTS: usize = 400;

/// How often a text was recognized, was clean, and was not.
#[derive(Debug, Default)]
struct Counts {
    recognized: usize,
    clean: usize,
    others: usize,
}

/// A validator of configs that are alike, beside validation of each.
struct Run<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    alike: AlikeValidator<'s>,
    counts: Counts,
}

impl<'s> Run<'s> {
    fn new(schema: &'s Schema, policy: &'s Policy) -> Self {
        Run {
            schema,
            policy,
            alike: AlikeValidator::new(schema, policy),
            counts: Counts::default(),
        }
    }

    /// Checks a text as the command does, and compares.
    fn check(&mut self, text: &str) {
        let config = Config::parse(Source::new("config", text)).ok();
        let is_clean = config
            .as_ref()
            .is_some_and(|config| validate(self.schema, self.policy, config).diagnostics.is_empty());
        let is_recognized = self.alike.is_clean(text);
        assert!(is_clean || !is_recognized, "{text}");
        self.counts.recognized += usize::from(is_recognized);
        self.counts.clean += usize::from(is_clean);
        self.counts.others += usize::from(!is_clean);
        if let Some(config) = config.filter(|_| is_clean && !is_recognized) {
            self.alike.note_clean(config.document());
        }
    }
}

/// Gives one entry of a config that has this field, or could have it, a value.
fn set(config: &mut Value, table: &str, field: &str, value: &str, random: &mut Random) {
    let entries = config[table].as_object_mut().unwrap();
    let at = random.below(entries.len());
    entries.values_mut().nth(at).unwrap()[field] = value.into();
}

/// Texts around a config: small edits of one field that are right or wrong, edits anywhere, texts that are broken.
fn wander(schema: &Schema, start: &Value, (table, field, values): (&str, &str, &[&str])) -> Counts {
    let policy = Policy::shipped();
    let mut run = Run::new(schema, &policy);
    let random = &mut Random::new(SEED);
    let mut mutator = Mutator::new(schema, Form::ConfigDb);
    mutator.learn(start);
    for at in 0..TEXTS {
        let mut config = start.clone();
        for _ in 0..random.below(3) {
            let value = random.pick(values).copied().unwrap_or_default();
            set(&mut config, table, field, value, random);
        }
        if random.one_in(4) {
            mutator.mutate(&mut config, random);
        }
        let mut text = if random.one_in(40) {
            config.to_string()
        } else {
            format!("{config:#}")
        };
        if random.one_in(4) {
            // Half of the places lie in the entry that was edited last, or around it.
            let near = text.find(field).filter(|_| at % 2 == 0).unwrap_or(0);
            let mut place = (near + random.below(if near > 0 { 60 } else { text.len() })).min(text.len() - 1);
            while !text.is_char_boundary(place) {
                place -= 1;
            }
            let end = place + text[place..].chars().next().map_or(0, char::len_utf8);
            let instead = ["", "{", "}", "\"", "\\", "]", ",", ":", "0", " ", "ü"];
            text.replace_range(place..end, random.pick(&instead).unwrap());
        }
        run.check(&text);
    }
    run.counts
}

#[test]
fn a_small_config_is_recognized_only_where_nothing_is_found() {
    let schema = common::small_switch();
    let start = json!({
        "PORT": {
            "Ethernet0": {"lanes": "0", "mtu": "9100"},
            "Ethernet4": {"lanes": "4", "mtu": "9100"},
        },
    });
    let report = validate(&schema, &Policy::shipped(), &Config::from_value("config", &start));
    assert_eq!(report.diagnostics, []);
    // The lanes of one port must not be those of another.
    let counts = wander(&schema, &start, ("PORT", "lanes", &["0", "4", "8", "12", "x"]));
    assert!(counts.recognized > 20 && counts.others > 20, "{counts:?}");
}

#[test]
fn edits_of_a_sample_are_recognized_only_where_nothing_is_found() {
    let Some(corpus) = common::corpus() else { return };
    let schema = common::corpus_schema(&corpus);
    let text = std::fs::read_to_string(corpus.join("config_db/sample_config_db.json")).unwrap();
    let start: Value = serde_json::from_str(&text).unwrap();
    let values = ["9100", "1500", "99999", "none"];
    let counts = wander(&schema, &start, ("PORT", "mtu", &values));
    assert!(counts.recognized > 20 && counts.others > 20, "{counts:?}");
    assert!(counts.recognized < counts.clean, "{counts:?}");
}

#[test]
fn what_differs_outside_of_entries_is_not_recognized() {
    let schema = common::small_switch();
    let policy = Policy::shipped();
    let mut run = Run::new(&schema, &policy);
    let port = |key: &str, lanes: &str| format!("\"{key}\": {{\"lanes\": \"{lanes}\", \"mtu\": \"9100\"}}");
    let config = |ports: &[String]| format!("{{\"PORT\": {{{}}}}}", ports.join(", "));
    let texts = [
        config(&[port("Ethernet0", "0"), port("Ethernet4", "4")]),
        // An entry that is not there, one more, one twice, another key.
        config(&[port("Ethernet0", "0")]),
        config(&[
            port("Ethernet0", "0"),
            port("Ethernet4", "4"),
            port("Ethernet8", "8"),
        ]),
        config(&[port("Ethernet0", "0"), port("Ethernet0", "4")]),
        config(&[port("Ethernet0", "0"), port("Ethernet8", "4")]),
    ];
    for _ in 0..12 {
        run.check(&texts[0]);
    }
    assert!(run.alike.is_clean(&texts[0]));
    for text in &texts[1..] {
        assert!(!run.alike.is_clean(text), "{text}");
    }
    let tail = format!("{} x", texts[0]);
    let cut = &texts[0][..texts[0].len() - 1];
    assert!(!run.alike.is_clean(&tail) && !run.alike.is_clean(cut));
}
