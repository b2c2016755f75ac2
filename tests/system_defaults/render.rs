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
        "Ethernet4 Ethernet10 ",
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
fn template_filters() {
    let config = json!({"T": {"k": {"l": ["Ethernet12", "Ethernet0", "Ethernet4"]}}});
    for (template, expected) in [
        (
            "{{ '10.1.2.3/24' | ipv4 }} {{ 'fc00::1/64' | ipv4 }} {{ 'x' | ipv4 }}",
            "True False False",
        ),
        (
            "{{ 'fc00::1/64' | ipv6 }} {{ '10.1.2.3' | ipv6 }} {{ NONE | ipv6 }}",
            "True False False",
        ),
        (
            "{{ '10.1.2.3/24' | ip }} {{ 'fc00::1/64' | ip }}[{{ 'x' | ip }}]",
            "10.1.2.3 fc00::1[]",
        ),
        (
            "{{ '10.1.2.3/24' | network }} {{ 'fc00::1/64' | network }} {{ '1.2.3.4/0' | network }}",
            "10.1.2.0 fc00:: 0.0.0.0",
        ),
        (
            "{{ '10.1.2.3/24' | prefixlen }} {{ '10.1.2.3' | prefixlen }}[{{ '10.1.2.3/33' | prefixlen }}]",
            "24 32[]",
        ),
        (
            "{{ T.k.l | sort_by_port_index | join(' ') }}",
            "Ethernet0 Ethernet4 Ethernet12",
        ),
        (
            "{{ [{'name': 'a', 'n': 1}, {'name': 'a', 'n': 2}, {'name': 'b', 'n': 3}] | unique_name | map(attribute='n') | join(' ') }}",
            "1 3",
        ),
        (
            "{{ T.k | tojson }}",
            r#"{"l": ["Ethernet12", "Ethernet0", "Ethernet4"]}"#,
        ),
    ] {
        gives(template, &config, expected);
    }
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
        "Error: t.j2:2:4: the template does not render: invalid operation: there is no flag \"nope\"",
    );
}

#[test]
fn variables_beside_the_tables() {
    let sandbox = Sandbox::new();
    sandbox.write("t.j2", "{{ a }} {{ b }}");
    let run = sandbox.run(["render", "t.j2", "-a", "a=1=2", "-a", "b="]);
    run.is_clean();
    assert_eq!(run.stdout, "1=2 \n");
    assert_eq!(sandbox.run(["render", "t.j2", "-a", "a"]).code, Some(2));
}

#[test]
fn templates_include_others_of_their_folder() {
    let sandbox = Sandbox::new();
    sandbox.write("t/main.j2", "{% include 'sub/part.j2' %}!");
    sandbox.write("t/sub/part.j2", "{{ x }}");
    let run = sandbox.run(["render", "t/main.j2", "-a", "x=1"]);
    run.is_clean();
    assert_eq!(run.stdout, "1!\n");
    sandbox.write("secret.j2", "secret");
    for name in ["../secret.j2", "/etc/passwd", "none.j2"] {
        sandbox.write("t/main.j2", format!("{{% include '{name}' %}}"));
        let run = sandbox.run(["render", "t/main.j2"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    }
}

#[test]
fn templates_that_do_not_render() {
    for (template, reason) in [
        ("a\n {% if %}", "t.j2:2"),
        ("{{ 'x' | nope }}", "unknown filter"),
        (
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "takes more than 50000000 instructions",
        ),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "t.j2"),
        ("{% include 't.j2' %}", "t.j2"),
        (
            "{% set x = 'x' * 1000000 %}{% for a in range(100) %}{{ x }}{% endfor %}",
            "gives more than 64 MiB",
        ),
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
