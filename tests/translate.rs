//! config_db to YANG JSON and back; configs to text and back.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;
use std::sync::LazyLock;

use common::mutate::Random;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sonicfg::config::{Config, Document, Source, canonical, to_text};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::{to_config_db, to_yang_json, validate, validate_yang_json};

static POLICY: LazyLock<Policy> = LazyLock::new(Policy::shipped);

static SHIPPED: LazyLock<Schema> = LazyLock::new(|| Schema::load(&Sources::shipped(), None).unwrap().schema);
/// The modules of the corpus beside the shipped ones.
static CORPUS: LazyLock<Option<Schema>> = LazyLock::new(|| Some(common::corpus_schema(&common::corpus()?)));

/// A config with the schema that it is meant for.
struct Case {
    name: String,
    schema: &'static Schema,
    config: Value,
}

/// The fixture, and the configs of the corpus if it is there.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut cases = vec![case(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config_db.json"),
        &SHIPPED,
    )];
    let (Some(shared), Some(schema)) = (common::shared(), &*CORPUS) else {
        common::oracle::say("SKIPPED: only the fixture is translated");
        return cases;
    };
    let mut files = common::json_files(&shared.join("corpus/config_db"));
    let benches = std::fs::read_dir(shared.join("bench")).unwrap();
    files.extend(benches.map(|bench| bench.unwrap().path().join("current.json")));
    files.sort();
    cases.extend(files.iter().map(|path| case(path, schema)));
    cases
});

fn case(path: &Path, schema: &'static Schema) -> Case {
    Case {
        name: path.display().to_string(),
        schema,
        config: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
    }
}

fn to_yang(schema: &Schema, config: &Value) -> Value {
    to_yang_json(schema, &POLICY, &Config::from_value("config", config))
}

fn from_yang(schema: &Schema, document: &Value) -> Value {
    to_config_db(schema, &POLICY, &Document::from_value("document", document))
}

/// Some tables of a config, some entries of each, some fields of each.
fn part(config: &Value, random: &mut Random, shares: [usize; 3]) -> Value {
    let keep = |members: &Map<String, Value>, share: usize, random: &mut Random| -> Vec<(String, Value)> {
        let kept = members.iter().filter(|_| random.below(10) < share);
        kept.map(|(name, member)| (name.clone(), member.clone()))
            .collect()
    };
    let mut tables = Map::new();
    for (name, table) in keep(config.as_object().unwrap(), shares[0], random) {
        let entries = keep(table.as_object().unwrap(), shares[1], random).into_iter();
        let entries = entries.map(|(key, entry)| {
            let fields = keep(entry.as_object().unwrap(), shares[2], random);
            (key, Value::Object(fields.into_iter().collect()))
        });
        tables.insert(name, Value::Object(entries.collect()));
    }
    Value::Object(tables)
}

#[test]
fn configs_come_back() {
    for Case { name, schema, config } in &*CASES {
        let back = from_yang(schema, &to_yang(schema, config));
        assert!(
            canonical(config) == canonical(&back),
            "{name}:\n{}",
            first_change(config, &back)
        );
    }
}

#[test]
fn translated_configs_are_valid() {
    for Case { name, schema, config } in &*CASES {
        let document = Document::from_value("document", &to_yang(schema, config));
        let report = validate_yang_json(schema, &POLICY, &document);
        let errors = validate(schema, &POLICY, &Config::from_value("config", config)).errors();
        assert_eq!(report.errors(), errors, "{name}: {:?}", report.diagnostics);
    }
}

fn first_change(before: &Value, after: &Value) -> String {
    let (before, after) = (canonical(before), canonical(after));
    let mut lines = before.lines().zip(after.lines()).enumerate();
    match lines.find(|(_, (before, after))| before != after) {
        Some((line, (before, after))) => format!("line {}:\n- {before}\n+ {after}", line + 1),
        None => "one is longer".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_of_configs_come_back(
        at in any::<prop::sample::Index>(),
        seed in any::<u64>(),
        shares in prop::array::uniform3(1..11usize),
    ) {
        let case = at.get(&CASES);
        let config = part(&case.config, &mut Random::new(seed), shares);
        let back = from_yang(case.schema, &to_yang(case.schema, &config));
        prop_assert!(canonical(&config) == canonical(&back), "{}", first_change(&config, &back));
    }

    #[test]
    fn printing_and_parsing_give_the_same(config in config()) {
        for like in [None, Some("{}"), Some("{\n \"A\": {}\n}\n"), Some("{\n\t\"A\": {}\n}")] {
            let text = to_text(&config, like);
            let document = Document::parse(Source::new("text", text.as_str())).unwrap();
            let back = document.to_value(document.root());
            // Comparing values does not look at the order of members; comparing texts does.
            prop_assert_eq!(&back, &config);
            prop_assert_eq!(to_text(&back, like), text);
        }
        let text = canonical(&config);
        let config = Config::parse(Source::new("text", text.as_str())).unwrap();
        prop_assert_eq!(canonical(&config.to_value()), text);
    }
}

/// Text with what is special in JSON, in keys, and on terminals.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\"", "\\", "\\\\\"", "/", "|", "\u{0}", "\u{1}", "\u{1b}", "\u{7f}", "\t", "\r\n", "\u{8}", "\u{c}",
        "\u{85}", "\u{2028}", "\u{FEFF}", "\u{FFFE}", "ü", "日本", "😀", "e\u{301}", "{", "}", "[", ",", ":",
        " ", "~0", "~1", "\\u0041",
    ]);
    let piece = prop_oneof![
        special.prop_map(str::to_owned),
        "[A-Za-z0-9_|.:/-]{0,12}",
        any::<String>()
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn config() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        4 => text().prop_map(Value::String),
        2 => prop::collection::vec(text().prop_map(Value::String), 0..3).prop_map(Value::Array),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => prop_oneof![Just(json!(null)), Just(json!(true)), Just(json!({}))],
    ];
    let object = |inner: BoxedStrategy<Value>| {
        prop::collection::vec((text(), inner), 0..5)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
            .boxed()
    };
    object(object(object(field.boxed())))
}

#[test]
fn members_are_named_after_modules_where_they_change() {
    let config = json!({
        "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}, "buffer_model": {"status": "dynamic", "reason": "rack"}},
        "DEVICE_METADATA": {"localhost": {"hostname": "sonic", "supporting_bulk_counter_groups": ["PORT", "QUEUE"]}},
    });
    let document = to_yang(&SHIPPED, &config);
    assert_eq!(
        document,
        json!({
            "sonic-system-defaults:sonic-system-defaults": {"SYSTEM_DEFAULTS": {"SYSTEM_DEFAULTS_LIST": [
                {"name": "sonic-system-defaults:dhcp_server", "status": "enable"},
                {"name": "sonic-system-defaults:buffer_model", "status": "dynamic", "SYSTEM_DEFAULTS": [
                    {"field": "reason", "value": "rack"},
                ]},
            ]}},
            "sonic-device_metadata:sonic-device_metadata": {"DEVICE_METADATA": {"localhost": {
                "hostname": "sonic", "supporting_bulk_counter_groups": ["PORT", "QUEUE"],
            }}},
        })
    );
    assert_eq!(from_yang(&SHIPPED, &document), config);
}

#[test]
fn data_without_model_is_left_out_of_translation() {
    let config = json!({
        "NO_SUCH_TABLE": {"a": {"b": "c"}},
        "WARM_RESTART": {"bgp": {"bgp_timer": "100", "no_such_field": "1", "bgp_eoiu": true}, "a|b": {}, "teamd": {}},
        "FEATURE": [],
    });
    let document = to_yang(&SHIPPED, &config);
    let back = from_yang(&SHIPPED, &document);
    assert_eq!(
        back,
        json!({"WARM_RESTART": {"bgp": {"bgp_timer": "100"}, "teamd": {}}})
    );
}

#[test]
fn lists_without_elements_stay() {
    let config = json!({"DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": [""]}}});
    let document = to_yang(&SHIPPED, &config);
    let localhost = "/sonic-device_metadata:sonic-device_metadata/DEVICE_METADATA/localhost";
    assert_eq!(
        document.pointer(localhost),
        Some(&json!({"supporting_bulk_counter_groups": []}))
    );
    assert_eq!(canonical(&from_yang(&SHIPPED, &document)), canonical(&config));
}

#[test]
fn numbers_and_prefixes_lose_their_form_in_config_db() {
    let document = r#"{"sonic-warm-restart:sonic-warm-restart": {"sonic-warm-restart:WARM_RESTART": {
        "WARM_RESTART_LIST": [{"module": "bgp", "bgp_timer": 1e2, "sonic-warm-restart:bgp_eoiu": true}]}}}"#;
    let document = Document::parse(Source::new("document", document)).unwrap();
    assert_eq!(
        to_config_db(&SHIPPED, &POLICY, &document),
        json!({"WARM_RESTART": {"bgp": {"bgp_timer": "100", "bgp_eoiu": "true"}}})
    );
}
