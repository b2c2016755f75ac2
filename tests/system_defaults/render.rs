//! `sonicfg render`.

use serde_json::{Value, json};

use crate::common::cli::{Run, Sandbox, fixture};

fn render(template: &str, config: &Value) -> Run {
    let sandbox = Sandbox::new();
    sandbox.write("t.j2", template);
    sandbox.write("c.json", config.to_string());
    sandbox.run(["render", "t.j2", "--config", "c.json"])
}

#[track_caller]
fn gives(template: &str, config: &Value, expected: &str) {
    let run = render(template, config);
    run.is_clean();
    assert_eq!(run.stdout, format!("{expected}\n"), "{template}");
}

#[test]
fn tables_are_variables() {
    let config = json!({
        "PORT": {"Ethernet10": {"lanes": "3,4"}, "Ethernet4": {"lanes": "1,2"}},
        "INTERFACE": {"Ethernet4": {}, "Ethernet4|10.0.0.1/31": {"scope": "global"}},
        "VLAN": {"Vlan1": {"dhcp_servers": ["10.0.0.1", "10.0.0.2"]}}});
    gives(
        "{{ PORT['Ethernet4']['lanes'] }} {{ PORT.Ethernet10.lanes }}",
        &config,
        "1,2 3,4",
    );
    gives(
        "{% for name in PORT %}{{ name }} {% endfor %}",
        &config,
        "Ethernet10 Ethernet4 ",
    );
    gives(
        "{% for key, fields in INTERFACE.items() if key is not string %}{{ key[0] }} {{ key[1] }} {{ fields.scope }}{% endfor %}",
        &config,
        "Ethernet4 10.0.0.1/31 global",
    );
    gives(
        "{{ INTERFACE[('Ethernet4', '10.0.0.1/31')].scope }}",
        &config,
        "global",
    );
    gives(
        "{{ VLAN.Vlan1.dhcp_servers | join(' ') }}",
        &config,
        "10.0.0.1 10.0.0.2",
    );
    gives(
        "{{ PORT.keys() | list | length }}{{ 'Ethernet4'.startswith('Eth') }}",
        &config,
        "2True",
    );
}

#[test]
fn undefined_variable_renders_empty() {
    let config = json!({});
    gives(
        "[{{ NONE }}{{ NONE['a']['b'] }}]{% if NONE.a %}x{% endif %}",
        &config,
        "[]",
    );
    gives(
        "{% for x in NONE %}x{% endfor %}{{ NONE | default('d') }}",
        &config,
        "d",
    );
}

#[test]
fn white_space_is_that_of_sonic() {
    gives("{% if true %}\na\n{% endif %}\nb\n", &json!({}), "a\nb");
    gives("<{{ '<&>' }}>", &json!({}), "<<&>>");
}

#[test]
fn entries_are_in_the_order_of_the_file() {
    let config = json!({"VLAN_INTERFACE": {"Vlan9|10.0.0.1/24": {}, "Vlan9": {}, "Vlan10|10.1.0.1/24": {}, "Vlan10": {}}});
    // Keys of several parts follow the others.
    gives(
        "{% for key in VLAN_INTERFACE %}{{ key }} {% endfor %}",
        &config,
        "Vlan9 Vlan10 ('Vlan9', '10.0.0.1/24') ('Vlan10', '10.1.0.1/24') ",
    );
}

#[test]
fn template_filters() {
    let config = json!({"T": {"k": {"l": ["Ethernet12", "Ethernet0", "Ethernet-BP4", "Ethernet4"]}},
        "VLAN_INTERFACE": {"Vlan1": {}, "Vlan1|10.0.0.5/24": {}, "Vlan1|10.9.0.1/24": {"secondary": "true"},
            "Vlan2|fc00::1": {}, "Vlan2|10.2.0.1": {}, "Vlan3|10.3.0.9/16": {}}});
    for (template, expected) in [
        (
            "{{ '10.1.2.3/24' | ipv4 }} {{ 'fc00::1/64' | ipv4 }} {{ 'x' | ipv4 }} {{ '10.1/16' | ipv4 }} {{ 7 | ipv4 }}",
            "True False False True True",
        ),
        (
            "{{ 'fc00::1/64' | ipv6 }} {{ '10.1.2.3' | ipv6 }} {{ NONE | ipv6 }}",
            "True False False",
        ),
        (
            "{{ '10.1.2.3/24' | ip }} {{ 'fc00::1/64' | ip }} {{ 'x' | ip }} {{ '10.1.2.3/255.255.0.0' | prefixlen }}",
            "10.1.2.3 fc00::1 None 16",
        ),
        (
            "{{ '10.1.2.3/24' | network }} {{ 'fc00::1/64' | network }} {{ '1.2.3.4/0' | network }}",
            "10.1.2.0 fc00:: 0.0.0.0",
        ),
        (
            "{{ '10.1.2.3/24' | prefixlen }} {{ '10.1.2.3' | prefixlen }} {{ '10.1.2.3/33' | prefixlen }}",
            "24 32 None",
        ),
        (
            "{{ '10.1.2.3/20' | netmask }} {{ 'fc00::1/64' | netmask }} {{ '10.1.2.3/20' | broadcast }} {{ '10.1.2.3/31' | broadcast }} {{ 'fc00::/127' | broadcast }}",
            "255.255.240.0 ffff:ffff:ffff:ffff:: 10.1.15.255 None fc00::1",
        ),
        (
            "{{ '10.1.2.3/20' | ip_network }} {{ ('10.1.2.3/20' | ip_network).version }} {{ ['fc00::1/64' | ip_network] }} {{ 'x' | ip_network }}",
            "10.1.0.0 4 [IPAddress('fc00::')] Invalid ip address x",
        ),
        (
            "{{ T.k.l | sort_by_port_index }} {{ T.k.l | join(' ') }}",
            "None Ethernet0 Ethernet4 Ethernet12 Ethernet-BP4",
        ),
        (
            "{{ [{'name': 'a', 'n': 1}, {'name': 'a', 'n': 2}, {'name': 'b', 'n': 3}] | unique_name | map(attribute='n') | join(' ') }}",
            "1 3",
        ),
        (
            "{% for name, prefix in VLAN_INTERFACE | pfx_filter %}{{ name }} {{ prefix }} {% endfor %}",
            "Vlan1 10.0.0.5/24 Vlan1 10.9.0.1/24 Vlan2 fc00::1/128 Vlan2 10.2.0.1/32 Vlan3 10.3.0.9/16 ",
        ),
        (
            "{% for name, address in VLAN_INTERFACE | get_primary_addr %}{{ name }} {{ address }} {% endfor %}",
            "Vlan1 10.0.0.1 ",
        ),
        (
            "{{ 'a b' | b64encode }} {{ 'YSBi' | b64decode }} {{ 'YS' | b64decode }} {{ 5 | b64encode }}",
            "YSBi a b YS 5",
        ),
        (
            "{{ '/etc/passwd' | file_exists }} {{ '/etc' | file_exists }} {{ '/none' | file_exists }}",
            "True False False",
        ),
        (
            "{{ T.k | tojson }}",
            r#"{"l": ["Ethernet12", "Ethernet0", "Ethernet-BP4", "Ethernet4"]}"#,
        ),
    ] {
        gives(template, &config, expected);
    }
}

#[test]
fn replaced_fields_follow_their_flags() {
    let template = "{{ DEVICE_METADATA.localhost.default_bgp_status }} {{ DEVICE_METADATA['localhost']['dhcp_server'] }} \
        {% if DEVICE_METADATA.localhost.buffer_model is defined %}{{ DEVICE_METADATA.localhost.buffer_model }}{% endif %}";
    let flags = json!({"default_bgp_status": {"status": "down"}, "dhcp_server": {"status": "enable"}});
    let metadata = json!({"localhost": {"hostname": "sw"}});
    gives(
        template,
        &json!({"DEVICE_METADATA": metadata, "SYSTEM_DEFAULTS": flags}),
        "down enabled ",
    );
    // What the field itself says counts.
    gives(
        template,
        &json!({"DEVICE_METADATA": {"localhost": {"default_bgp_status": "up"}}, "SYSTEM_DEFAULTS": flags}),
        "up enabled ",
    );
    gives(template, &json!({"DEVICE_METADATA": metadata}), "  ");
    gives(
        template,
        &json!({"SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}}}),
        "  dynamic",
    );
}

#[test]
fn flags_have_their_status_or_their_default() {
    let template = "{{ flag('default_bgp_status') }} {{ flag('dhcp_server') }} {{ flag('swss_zmq') }}[{{ flag('buffer_model') }}]";
    gives(template, &json!({}), "up disable disabled[]");
    gives(
        template,
        &json!({"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}, "buffer_model": {"status": "dynamic"}},
            "DEVICE_METADATA": {"localhost": {"dhcp_server": "enabled"}}}),
        "down enable disabled[dynamic]",
    );
    render("a\n{{ flag('nope') }}", &json!({})).fails(
        1,
        "Error: t.j2:2:4: the template does not render: there is no flag \"nope\"",
    );
}

#[test]
fn variables_beside_the_tables() {
    let sandbox = Sandbox::new();
    sandbox.write("t.j2", "{{ a }} {{ b }}");
    let run = sandbox.run(["render", "t.j2", "-a", "a=1=2", "-a", "b="]);
    run.is_clean();
    assert_eq!(run.stdout, "1=2 \n");
    let run = sandbox.run(["render", "t.j2", "-a", r#"{"a": [1, {"x": null}], "b": 2.0}"#]);
    run.is_clean();
    assert_eq!(run.stdout, "[1, {'x': None}] 2.0\n");
    for wrong in ["a", "{", "{\"a\"}", "=1"] {
        assert_eq!(
            sandbox.run(["render", "t.j2", "-a", wrong]).code,
            Some(2),
            "{wrong}"
        );
    }
}

#[test]
fn data_is_laid_over_the_config() {
    let sandbox = Sandbox::new();
    let template = "{{ PORT }} {{ x|default('-') }} {{ y|default('-') }}";
    sandbox.write("t.j2", template);
    sandbox.write(
        "c.json",
        r#"{"PORT": {"Ethernet4": {"mtu": "1"}, "Ethernet0": {"mtu": "1"}}}"#,
    );
    sandbox.write(
        "d.json",
        r#"{"PORT": {"Ethernet0": {"mtu": "2"}, "a|b": {}}, "x": 1}"#,
    );
    sandbox.write("e.yml", "PORT:\n  Ethernet0:\n    mtu: 3\nx: yes\ny: [a, 010]\n");
    let render = |options: &[&str]| {
        let run = sandbox.run([&["render", "t.j2", "--config", "c.json"], options].concat());
        run.is_clean();
        run.stdout
    };
    assert_eq!(
        render(&[]),
        "{'Ethernet4': {'mtu': '1'}, 'Ethernet0': {'mtu': '1'}} - -\n"
    );
    assert_eq!(
        render(&["-j", "d.json"]),
        "{'Ethernet4': {'mtu': '1'}, 'Ethernet0': {'mtu': '2'}, ('a', 'b'): {}} 1 -\n"
    );
    assert_eq!(
        render(&["-y", "e.yml", "-j", "d.json"]),
        "{'Ethernet4': {'mtu': '1'}, 'Ethernet0': {'mtu': 3}, ('a', 'b'): {}} True ['a', 8]\n"
    );
    assert_eq!(
        render(&[
            "-y",
            "e.yml",
            "-a",
            r#"{"PORT": {"Ethernet0": {"mtu": 4}, "a|b": 5}}"#
        ]),
        "{'Ethernet4': {'mtu': '1'}, 'Ethernet0': {'mtu': 4}, 'a|b': 5} True ['a', 8]\n"
    );
    sandbox.write("bad.yml", "a: [1\n");
    let run = sandbox.run(["render", "t.j2", "-y", "bad.yml"]);
    run.fails(
        2,
        "Error: bad.yml:2:1: while parsing a flow sequence, expected ',' or ']'",
    );
    assert_eq!(sandbox.run(["render", "t.j2", "-j", "none.json"]).code, Some(2));
    assert_eq!(sandbox.run(["render", "-", "-j", "-"]).code, Some(2));
}

#[test]
fn templates_include_others() {
    let sandbox = Sandbox::new();
    sandbox.write("t/main.j2", "{% include 'sub/part.j2' %}!");
    sandbox.write("t/sub/part.j2", "{{ x }}");
    sandbox.write("more/other.j2", "other {{ x }}");
    let render = |options: &[&str]| sandbox.run([&["render"], options, &["-a", "x=1"]].concat());
    let run = render(&["t/main.j2"]);
    run.is_clean();
    assert_eq!(run.stdout, "1!\n");
    // Folders of -T precede the template's own.
    sandbox.write("more/sub/part.j2", "more");
    assert_eq!(render(&["t/main.j2", "-T", "more"]).stdout, "more!\n");
    // A template that is no file is looked for there as well.
    assert_eq!(render(&["other.j2", "-T", "t", "-T", "more"]).stdout, "other 1\n");
    let absolute = sandbox.path("more/other.j2");
    let absolute = absolute.to_str().unwrap();
    for name in [absolute, absolute.trim_start_matches('/')] {
        sandbox.write(
            "t/main.j2",
            format!("{{% include '{name}' %}}{{{{ template_exists('{name}') }}}}"),
        );
        assert_eq!(render(&["t/main.j2"]).stdout, "other 1True\n", "{name}");
    }
    for name in [
        "../more/other.j2",
        "sub/../../more/other.j2",
        "none.j2",
        "",
        "sub",
    ] {
        sandbox.write("t/main.j2", format!("a\n{{% include '{name}' %}}"));
        let run = render(&["t/main.j2"]);
        run.fails(
            1,
            &format!("Error: t/main.j2:2:12: the template does not render: there is no template '{name}'"),
        );
        sandbox.write("t/main.j2", format!("{{{{ template_exists('{name}') }}}}"));
        assert_eq!(render(&["t/main.j2"]).stdout, "False\n", "{name}");
    }
}

#[test]
fn templates_that_do_not_render() {
    for (template, reason) in [
        ("a\n {% if %}", "t.j2:2"),
        ("{{ 'x' | nope }}", "there is no filter `nope`"),
        (
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "it takes too many instructions",
        ),
        ("{% include 't.j2' %}", "nested too deep"),
        ("{{ 'x' * 100000000000 }}", "too large"),
    ] {
        let run = render(template, &json!({}));
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(1), ""),
            "{template} {}",
            run.stderr
        );
        assert!(run.last_line().starts_with("Error: t.j2"), "{}", run.stderr);
        assert!(run.last_line().contains(reason), "{template}: {}", run.stderr);
    }
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(["render", "none.j2"]).code, Some(2));
    sandbox.write("t.j2", "{{ nope.a }}");
    assert_eq!(sandbox.run(["render", "t.j2"]).stdout, "\n");
    sandbox.run(["render", "t.j2", "--strict"]).fails(
        1,
        "Error: t.j2:1:4: the template does not render: 'nope' is undefined",
    );
}

#[test]
fn the_flags_of_an_image() {
    let sandbox = Sandbox::new();
    let template = fixture("templates/init_cfg.json.j2");
    let run = sandbox.run([
        "render",
        &template,
        "-a",
        "shutdown_bgp_on_start=y",
        "-a",
        "default_buffer_model=dynamic",
        "-a",
        "include_dhcp_server=y",
    ]);
    run.is_clean();
    let config: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        config["SYSTEM_DEFAULTS"],
        json!({"default_bgp_status": {"status": "down"}, "default_pfcwd_status": {"status": "disable"},
            "buffer_model": {"status": "dynamic"}, "synchronous_mode": {"status": "enable"}, "dhcp_server": {"status": "enable"}})
    );
    sandbox.write("c.json", &run.stdout);
    sandbox.run(["validate", "c.json"]);
    let run = sandbox.run([
        "render",
        &template,
        "-a",
        "include_p4rt=y",
        "-a",
        "enable_pfcwd_on_start=y",
    ]);
    let config: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(config["FEATURE"]["p4rt"], json!({"state": "disabled"}));
    assert_eq!(config["SYSTEM_DEFAULTS"]["buffer_model"], Value::Null);
}

#[test]
fn services_read_the_same_before_and_after_migration() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "c.json",
        r#"{"DEVICE_METADATA": {"localhost": {"mac": "00:11:22:33:44:55", "default_bgp_status": "down",
            "synchronous_mode": "disable", "buffer_model": "dynamic"}},
            "BGP_NEIGHBOR": {"10.0.0.1": {"asn": "65100"}, "10.0.0.3": {"asn": "65200", "admin_status": "up"}}}"#,
    );
    let all = || {
        ["swss_vars.j2", "bgp_start.j2", "buffers.j2"].map(|name| {
            let run = sandbox.run([
                "render",
                &fixture(&format!("templates/{name}")),
                "--config",
                "c.json",
            ]);
            run.is_clean();
            run.stdout
        })
    };
    let before = all();
    assert!(
        before[0].contains("\"synchronous_mode\": \"disable\""),
        "{}",
        before[0]
    );
    assert_eq!(
        before[1],
        "neighbor 10.0.0.1 remote-as 65100\nneighbor 10.0.0.1 shutdown\nneighbor 10.0.0.3 remote-as 65200\n\n"
    );
    assert!(before[2].contains("pool ingress dynamic"), "{}", before[2]);
    assert_eq!(sandbox.run(["migrate", "--config", "c.json"]).code, Some(0));
    assert!(sandbox.read("c.json").contains("SYSTEM_DEFAULTS"));
    assert_eq!(all(), before);
}
