//! The corpus: documents in YANG JSON with the verdict that libyang 3 gives them, and whole configs.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::{corpus, corpus_schema, json_files};
use serde_json::Value;
use sonicfg::config::{Config, Document, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;
use sonicfg::validate::internals::{Inst, Tree};
use sonicfg::validate::{Diagnostic, Severity, validate, validate_with_defaults};

/// Documents that have more faults than the one they were written for, with the kinds of the others.
/// libyang stops at the first; we report all.
const MORE_FAULTS: &[(&str, &str, &str)] = &[
    ("aaa/AAA_TEST_WRONG_LOGIN", "ListKey", "the entry has no `type`"),
    (
        "acl/ACL_RULE_WITH_NON_EXIST_ACL_TABLE",
        "Mandatory Mandatory",
        "two ports have no `lanes`",
    ),
    (
        "acl/ACL_RULE_IP_TYPE_SRC_IPV6_MISMATCH",
        "Mandatory Mandatory",
        "two ports have no `lanes`",
    ),
    (
        "acl/ACL_RULE_ARP_TYPE_DST_IPV6_MISMATCH",
        "Mandatory Mandatory",
        "two ports have no `lanes`",
    ),
    (
        "acl/ACL_RULE_WRONG_L4_SRC_PORT_RANGE",
        "Mandatory Mandatory",
        "two ports have no `lanes`",
    ),
    (
        "bgp/BGP_NEIGHBOR_NEG_INVALID_HOPS",
        "Mandatory",
        "a port has no `speed`",
    ),
    (
        "bgp_prefix_list/BGP_PREFIX_LIST_WITH_INVALID_PREFIX",
        "InvalidJSON InvalidJSON",
        "two members at the top name no module",
    ),
    (
        "bgp_prefix_list/BGP_PREFIX_LIST_WITH_INVALID_PREFIX_TYPE",
        "InvalidJSON InvalidJSON",
        "two members at the top name no module",
    ),
    (
        "copp/COPP_GROUP_PIR_LESS_THAN_CIR",
        "Mandatory Must",
        "no `meter_type`, and `pbs` is less than `cbs`",
    ),
    (
        "dash/DASH_ROUTE_TABLE_WITH_INCORRECT_IPPREFIX",
        "LeafRef",
        "the `eni` is not there",
    ),
    (
        "fine-grained-ecmp/FG_NHG_MEMBER_TEST_INVALID_IP",
        "LeafRef",
        "the group is not there",
    ),
    (
        "interface/INTERFACE_IP_PREFIX_EMPTY_STRING",
        "Mandatory",
        "a port has no `lanes`",
    ),
    (
        "mux_cable/MUX_CABLE_INVALID_STATE",
        "ListKey",
        "the entry has no `ifname`",
    ),
    (
        "mux_cable/MUX_CABLE_INVALID_IP",
        "ListKey",
        "the entry has no `ifname`",
    ),
    (
        "nat/NAT_BINDING_WITH_INVALID_TWICE_NAT_ID",
        "LeafRef",
        "the pool is not there",
    ),
    (
        "pfc/PFC_WDOG_WITH_WRONG_ACTION_VALUE",
        "InvalidValue",
        "the port is not there",
    ),
    (
        "policer/POLICER_CBS_WITHOUT_CIR",
        "Must Must Must Must",
        "`pir` lacks `cir` too, both are not greater than it, `pbs` is less than `cbs`",
    ),
    (
        "policer/POLICER_PIR_LESS_THAN_CIR",
        "Must",
        "`pbs` is less than `cbs`",
    ),
    (
        "policer/POLICER_PIR_WITHOUT_CIR",
        "Must",
        "without `cir`, `pir` is not greater than it either",
    ),
    (
        "portchannel/PORTCHANNEL_INTERFACE_IP_ADDR_ON_NON_EXIST_PO",
        "Mandatory",
        "a port channel has no `admin_status`",
    ),
    (
        "qos/SCHEDULER_PIR_NO_CIR",
        "Must",
        "without `cir`, `pir` is not greater than it either",
    ),
    (
        "snmp/SNMP_USER_NO_USER_TYPE_NEG_TEST",
        "Mandatory",
        "the `SNMP_USER_TYPE` that the conditions ask for is mandatory as well",
    ),
    (
        "vlan/VLAN_WITH_NON_EXIST_PORT",
        "Mandatory Mandatory",
        "two ports have no `lanes`",
    ),
    (
        "vlan/TAGGING_MODE_WRONG_VALUE",
        "Mandatory",
        "a port has no `lanes`",
    ),
    (
        "vlan/VLAN_INTERFACE_INVALID_GRAT_ARP",
        "LeafRef",
        "the VLAN is not there",
    ),
    (
        "vlan/VLAN_INTERFACE_INVALID_PROXY_ARP",
        "LeafRef",
        "the VLAN is not there",
    ),
    (
        "vnet/VNET_INVALID_VALUE_TEST2",
        "InvalidValue",
        "`advertise_prefix` is no boolean",
    ),
    (
        "vnet/VNET_INVALID_VALUE_TEST4",
        "Mandatory Mandatory",
        "no `vxlan_tunnel` and no `vni`",
    ),
];

#[derive(Debug)]
struct Case {
    name: String,
    valid: bool,
    violation: Option<String>,
    message_contains: Vec<String>,
    verify: Option<Value>,
    data: Value,
}

fn cases() -> Option<Vec<Case>> {
    let mut cases = Vec::new();
    for file in json_files(&corpus()?.join("yang-cases")) {
        let list: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for case in list {
            let text = |name: &str| case[name].as_str().map(str::to_owned);
            cases.push(Case {
                name: format!(
                    "{}/{}",
                    file.file_stem().unwrap().to_string_lossy(),
                    text("name").unwrap()
                ),
                valid: text("expect").unwrap() == "valid",
                violation: text("violation"),
                message_contains: serde_json::from_value(case["message_contains"].clone())
                    .unwrap_or_default(),
                verify: case.get("verify").cloned(),
                data: case["data"].clone(),
            });
        }
    }
    Some(cases)
}

/// What is wrong with our answer to a case, if anything.
fn judge(case: &Case, schema: &Schema) -> Result<(), String> {
    let document = Document::parse(Source::new(&case.name, case.data.to_string())).unwrap();
    let (report, tree) = validate_with_defaults(schema, &Policy::default(), &document);
    let errors: Vec<&Diagnostic> = report
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    let told = || errors.iter().map(|d| format!("\n    {d}")).collect::<String>();
    if case.valid {
        if !errors.is_empty() {
            return Err(format!("is valid, but has errors:{}", told()));
        }
        return case
            .verify
            .as_ref()
            .map_or(Ok(()), |verify| check_value(schema, &tree, verify));
    }
    if errors.is_empty() {
        return Err("is invalid, but has no errors".to_owned());
    }
    if errors.iter().any(|d| d.place.is_none() || d.pointer.is_empty()) {
        return Err(format!("has an error without a place:{}", told()));
    }
    let violation = case.violation.as_deref().unwrap();
    // A violation `Message` is told by the words alone.
    let is_meant = |d: &&&Diagnostic| violation == "Message" || d.rule.to_string() == violation;
    let mut meant = errors.iter().filter(is_meant).peekable();
    if meant.peek().is_none() {
        return Err(format!("has no error of the kind {violation}:{}", told()));
    }
    let says = |d: &Diagnostic, words: &str| {
        let all = format!("{} {} {}", d.pointer, d.message, d.yang_path);
        all.contains(words)
    };
    let all_words = |d: &&Diagnostic| case.message_contains.iter().all(|words| says(d, words));
    if !meant.any(all_words) {
        return Err(format!(
            "has no {violation} that says {:?}:{}",
            case.message_contains,
            told()
        ));
    }
    let others: Vec<String> = errors
        .iter()
        .filter(|d| match violation {
            "Message" => !all_words(d),
            _ => d.rule.to_string() != violation,
        })
        .map(|d| d.rule.to_string())
        .collect();
    let listed = MORE_FAULTS.iter().find(|(name, ..)| *name == case.name);
    let expected: Vec<&str> = listed
        .map(|(_, kinds, _)| kinds.split(' ').collect())
        .unwrap_or_default();
    if others != expected {
        return Err(format!(
            "has other errors {others:?}, expected {expected:?}:{}",
            told()
        ));
    }
    Ok(())
}

/// `verify`: beside the node at `xpath` stands `key` with `value`, given or by default.
fn check_value(schema: &Schema, tree: &Tree, verify: &Value) -> Result<(), String> {
    let path = verify["xpath"].as_str().unwrap();
    let (parent, _) = path.rsplit_once('/').unwrap();
    let mut at = Inst::ROOT;
    for step in parent.trim_start_matches('/').split('/') {
        let (name, predicates) = step.split_once('[').unwrap_or((step, ""));
        let name = name.rsplit(':').next().unwrap();
        let wanted: BTreeMap<&str, &str> = predicates
            .split(']')
            .filter_map(|one| one.trim_start_matches('[').split_once('='))
            .map(|(key, value)| (key, value.trim_matches('\'')))
            .collect();
        at = tree
            .children(at)
            .find(|&child| {
                let matches = |(key, value): (&&str, &&str)| {
                    tree.children(child)
                        .any(|leaf| name_of(schema, tree, leaf) == *key && tree.value(leaf) == *value)
                };
                name_of(schema, tree, child) == name && wanted.iter().all(matches)
            })
            .ok_or_else(|| format!("there is no {step}"))?;
    }
    let key = verify["key"].as_str().unwrap().rsplit(':').next().unwrap();
    let found: Vec<&str> = tree
        .children(at)
        .filter(|&leaf| name_of(schema, tree, leaf) == key)
        .map(|leaf| tree.value(leaf))
        .collect();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let wanted: Vec<String> = match &verify["value"] {
        Value::Array(values) => values.iter().map(text).collect(),
        value => vec![text(value)],
    };
    // An empty leaf-list reads back as one empty string.
    if found == wanted || found.is_empty() && wanted == [""] {
        return Ok(());
    }
    Err(format!("{key} is {found:?}, expected {wanted:?}"))
}

fn name_of<'s>(schema: &'s Schema, tree: &Tree, inst: Inst) -> &'s str {
    &schema.node(tree.get(inst).schema).name
}

#[test]
fn every_document_of_the_corpus_has_its_verdict() {
    let Some(cases) = cases() else { return };
    assert_eq!(cases.len(), 1132);
    let schema = corpus_schema(&corpus().unwrap());
    let problems: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            judge(case, &schema)
                .err()
                .map(|problem| format!("{} {problem}", case.name))
        })
        .collect();
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}",
        problems.len(),
        cases.len(),
        problems.join("\n")
    );
}

#[test]
fn every_listed_fault_belongs_to_a_document() {
    let Some(cases) = cases() else { return };
    for (name, ..) in MORE_FAULTS {
        assert!(
            cases.iter().any(|case| case.name == *name),
            "{name} is not in the corpus"
        );
    }
}

#[test]
fn the_configs_of_the_corpus_are_valid() {
    let Some(shared) = common::shared() else { return };
    let schema = corpus_schema(&shared.join("corpus"));
    let mut files = json_files(&shared.join("corpus/config_db"));
    for case in std::fs::read_dir(shared.join("bench")).unwrap() {
        let case = case.unwrap().path();
        files.extend([case.join("current.json"), case.join("expected.json")]);
    }
    assert_eq!(files.len(), 52);
    for file in files {
        let config = Config::read(&file).unwrap();
        let report = validate(&schema, &Policy::shipped(), &config);
        let told: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{}: {}", file.display(), told.join("\n"));
    }
}
