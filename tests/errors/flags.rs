//! Minigraphs, layers and templates that do not do; expressions of models that are none.

use serde_json::json;
use sonicfg::config::Source;
use sonicfg::schema::{Schema, Sources};
use sonicfg::system_defaults::{Layer, LayerKind, Registry, RenderRequest, lay, minigraph, render};

use crate::{Mend, Told, judge, told};

fn registry() -> Registry {
    Registry::of(&Schema::load(&Sources::shipped(), None).unwrap().schema).unwrap()
}

#[test]
fn minigraphs() {
    let registry = registry();
    let declared = |name: &str, value: &str| {
        format!(
            "<DeviceMiniGraph><SystemDefaultsDeclaration><SystemDefaultDeclaration><FlagName>{name}</FlagName>\
             <Value>{value}</Value></SystemDefaultDeclaration></SystemDefaultsDeclaration></DeviceMiniGraph>"
        )
    };
    let texts = [
        "<DeviceMiniGraph>".to_owned(),
        "not xml".to_owned(),
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>".to_owned(),
        "<Other/>".to_owned(),
        declared("", ""),
        declared("SwssZmqEnabled", "Maybe"),
    ];
    let errors: Vec<Told> = texts
        .iter()
        .filter_map(|text| minigraph(&registry, &Source::new("minigraph.xml", text.as_str())).err())
        .flatten()
        .map(|error| told(error, &["minigraph.xml:1:"], Mend::Told))
        .collect();
    assert!(errors.len() >= 3, "{}", errors.len());
    judge(&errors, &[""]);
}

#[test]
fn invalid_layers_are_refused() {
    let errors: Vec<Told> = [json!([]), json!({"PORT": 1}), json!({"PORT": {"Ethernet0": "x"}})]
        .into_iter()
        .map(|config| {
            let layer = Layer {
                kind: LayerKind::InitCfg,
                config,
            };
            let error = lay(&[layer]).unwrap_err();
            told(error, &["init_cfg"], Mend::Says("where an object belongs"))
        })
        .collect();
    judge(&errors, &[""]);
}

#[test]
fn invalid_templates_are_refused() {
    let registry = registry();
    let errors: Vec<Told> = [
        "{% if %}",
        "{{ flag('no_such_flag') }}",
        "{% include 'missing.j2' %}",
        "{{ 1 + }}",
        "{% for a in range(100000000) %}{% endfor %}",
        "{{ x | no_such_filter }}",
    ]
    .into_iter()
    .map(|text| {
        let request = RenderRequest {
            template: Source::new("t.j2", text),
            ..RenderRequest::default()
        };
        let error = render(&registry, &request).unwrap_err();
        told(error, &["t.j2", "the template does not render: "], Mend::Told)
    })
    .collect();
    judge(&errors, &[""]);
}
