//! `sonicfg minigraph`.

use serde_json::{Value, json};

use crate::common::cli::{Run, Sandbox, fixture};
use crate::common::shared;

/// A minigraph with these declarations.
fn graph(declarations: &str) -> String {
    format!(
        "<DeviceMiniGraph xmlns=\"Microsoft.Search.Autopilot.Evolution\" \
         xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\n\
         <Hostname>sw1</Hostname>\n<SystemDefaultsDeclaration>\n\
         <a:SystemDefaults xmlns:a=\"http://schemas.datacontract.org/2004/07/Microsoft.Search.Autopilot.Evolution\">\n\
         {declarations}\n</a:SystemDefaults>\n</SystemDefaultsDeclaration>\n</DeviceMiniGraph>\n"
    )
}

fn flag(name: &str, value: &str) -> String {
    format!("<a:SystemDefault><a:Name>{name}</a:Name><a:Value>{value}</a:Value></a:SystemDefault>")
}

fn run(text: impl AsRef<[u8]>) -> Run {
    let sandbox = Sandbox::new();
    sandbox.write("m.xml", text);
    sandbox.run(["minigraph", "m.xml"])
}

fn declared(text: &str) -> Value {
    let run = run(text);
    run.is_clean();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn declared_flags_are_read() {
    let flags = [
        flag("TunnelQosRemapEnabled", "True"),
        flag("DhcpServer", "True"),
        flag("SwssZmqEnabled", " false\n"),
        flag("DefaultBgpStatus", "False"),
        flag("buffer_model", "dynamic"),
    ];
    assert_eq!(
        declared(&graph(&flags.concat())),
        json!({"SYSTEM_DEFAULTS": {
            "tunnel_qos_remap": {"status": "enabled"},
            "dhcp_server": {"status": "enable"},
            "swss_zmq": {"status": "disabled"},
            "default_bgp_status": {"status": "down"},
            "buffer_model": {"status": "dynamic"}}})
    );
}

#[test]
fn namespaces_count_by_their_uri() {
    let text = graph(&flag("DhcpServer", "True"));
    let renamed = text.replace("a:", "types:").replace("xmlns:a=", "xmlns:types=");
    let expected = json!({"SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}});
    assert_eq!(declared(&renamed), expected);
    // The prefix is the same, what it stands for is not.
    assert_eq!(declared(&text.replace("org/2004/07/", "org/2005/07/")), json!({}));
    assert_eq!(declared(&text.replace("=\"Microsoft", "=\"Other")), json!({}));
    // The piece that the design shows, by itself.
    let start = text.find("<SystemDefaultsDeclaration>").unwrap();
    let end = text.find("</DeviceMiniGraph>").unwrap();
    assert_eq!(declared(&text[start..end]), expected);
}

#[test]
fn comments_and_other_forms_of_text() {
    let text = flag("<!-- the name -->Dhcp&#83;erver", "<![CDATA[True]]>");
    let expected = json!({"SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}});
    assert_eq!(declared(&graph(&text)), expected);
}

#[test]
fn vendor_flag_is_read_from_a_minigraph() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "m.xml",
        graph(&[flag("FastRetrain", "True"), flag("FanProfile", "quiet")].concat()),
    );
    let run = sandbox.run(["minigraph", "m.xml", "--yang-dir", &fixture("yang-vendor")]);
    run.is_clean();
    let config: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        config["SYSTEM_DEFAULTS"],
        json!({"vendor-flags:fast_link_retrain": {"status": "enabled"}, "vendor-flags:fan_profile": {"status": "quiet"}})
    );
}

#[test]
fn invalid_declaration_is_reported_at_its_place() {
    for (declarations, reason) in [
        (
            flag("TunnelQosRemapEnabld", "True"),
            "m.xml:5:1: there is no flag \"TunnelQosRemapEnabld\", did you mean TunnelQosRemapEnabled?",
        ),
        (flag("Xyz", "True"), "m.xml:5:1: there is no flag \"Xyz\""),
        (
            flag("DhcpServer", "True") + "\n" + &flag("DhcpServerEnabled", "True"),
            "m.xml:6:1: \"DhcpServerEnabled\" declares the flag dhcp_server a second time",
        ),
        (flag(" ", "True"), "m.xml:5:18: an empty Name"),
        (flag("DhcpServer", ""), "m.xml:5:45: an empty Value"),
        (
            "<a:SystemDefault><a:Name>DhcpServer</a:Name></a:SystemDefault>".to_owned(),
            "m.xml:5:1: a SystemDefault without a Value",
        ),
        (
            flag("DhcpServer", "maybe"),
            "m.xml:5:1: \"maybe\" is not a status of dhcp_server, which is enable or disable",
        ),
        (
            flag("BufferModel", "True"),
            "m.xml:5:1: \"True\" is not a status of buffer_model, which is dynamic or traditional",
        ),
    ] {
        let run = run(graph(&declarations));
        run.fails(1, &format!("Error: {reason}"));
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn all_that_is_wrong_is_told() {
    let run = run(graph(&[flag("Xyz", "True"), flag("DhcpServer", "")].concat()));
    run.fails(1, "Error: m.xml:5:1: there is no flag \"Xyz\"; and 1 more error");
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.stderr);
}

#[test]
fn malformed_minigraph_is_refused() {
    let dtd =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<x>&b;</x>";
    run(dtd).fails(
        1,
        "Error: m.xml:2:1: a document type declaration, which a minigraph has not: its entities are not expanded",
    );
    for text in [
        "",
        "<a>\n  <b></a>",
        "<a>",
        "no xml",
        "<a/><b/>",
        "<a>&x;</a>",
        "{}",
    ] {
        let run = run(text);
        assert_eq!(run.code, Some(1), "{text}: {}", run.stderr);
        let line = run.last_line();
        assert!(
            line.starts_with("Error: m.xml:") && line.contains(": no well-formed XML: "),
            "{line}"
        );
    }
    assert!(run("<a>\n  <b></a>").last_line().starts_with("Error: m.xml:2:"));
    assert_eq!(run(b"<a>\xff</a>").code, Some(2));
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(["minigraph", "none.xml"]).code, Some(2));
}

#[test]
fn very_large_minigraph_is_read() {
    let large = format!("<DeviceMiniGraph>\n{}", "x".repeat(200 * 1024 * 1024));
    let run = run(large);
    assert_eq!(run.code, Some(1));
    let line = run.last_line();
    assert!(
        line.starts_with("Error: m.xml:2:") && line.ends_with("a minigraph has at most 32 MiB"),
        "{line}"
    );
}

#[test]
fn real_ones_declare_nothing() {
    let Some(shared) = shared() else { return };
    let sandbox = Sandbox::new();
    let mut count = 0;
    for entry in std::fs::read_dir(shared.join("corpus/minigraph")).unwrap() {
        let path = entry.unwrap().path();
        let run = sandbox.run(["minigraph", path.to_str().unwrap()]);
        run.is_clean();
        assert_eq!(run.stdout, "{}\n");
        count += 1;
    }
    assert_eq!(count, 3);
}
