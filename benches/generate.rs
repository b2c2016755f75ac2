//! A config of any size that is valid under SONiC's models.

use serde_json::{Map, Value, json};

/// A config with the mix of tables of a large switch; its size grows in proportion to `scale`.
pub fn config(scale: usize) -> Value {
    let ports = 128 * scale;
    let vlans = 40 * scale;
    let mut tables = Map::new();
    let mut add = |table: &str, entries: Vec<(String, Value)>| {
        tables.insert(table.to_owned(), Value::Object(entries.into_iter().collect()));
    };
    let port = |n: usize| format!("Ethernet{n}");
    let vlan = |n: usize| format!("Vlan{}", n + 2);
    let each = |count: usize, entry: &dyn Fn(usize) -> (String, Value)| (0..count).map(entry).collect();
    add(
        "PORT",
        each(ports, &|n| {
            let fields = json!({"alias": format!("etp{n}"), "lanes": n.to_string(), "index": n.to_string(),
            "speed": "100000", "mtu": "9100", "admin_status": "up"});
            (port(n), fields)
        }),
    );
    add(
        "VLAN",
        each(vlans, &|n| (vlan(n), json!({"vlanid": (n + 2).to_string()}))),
    );
    add(
        "VLAN_MEMBER",
        each(ports * 8, &|n| {
            let member = format!("{}|{}", vlan((n / 8 + n % 8 * 5) % vlans), port(n / 8));
            (member, json!({"tagging_mode": "tagged"}))
        }),
    );
    add(
        "VLAN_INTERFACE",
        each(vlans * 2, &|n| match n % 2 {
            0 => (vlan(n / 2), json!({})),
            _ => (
                format!("{}|20.{}.{}.1/24", vlan(n / 2), n / 512, n / 2 % 256),
                json!({}),
            ),
        }),
    );
    add(
        "ACL_TABLE",
        each(10, &|n| {
            let bound: Vec<String> = (0..8).map(|at| port((n * 8 + at) % ports)).collect();
            (
                format!("T{n}"),
                json!({"type": "L3", "stage": "INGRESS", "ports": bound}),
            )
        }),
    );
    add(
        "ACL_RULE",
        each(400 * scale, &|n| {
            let fields = json!({"PACKET_ACTION": "FORWARD", "PRIORITY": (n + 1000).to_string(),
            "IP_TYPE": "IPv4ANY", "SRC_IP": format!("10.{}.{}.0/24", n / 256 % 256, n % 256)});
            (format!("T{}|RULE_{n}", n % 10), fields)
        }),
    );
    add(
        "BGP_NEIGHBOR",
        each(100 * scale, &|n| {
            let fields = json!({"asn": (64600 + n % 300).to_string(), "holdtime": "180", "keepalive": "60",
            "local_addr": format!("10.9.{}.{}", 128 + n / 256, n % 256), "name": format!("N{n}")});
            (format!("10.9.{}.{}", n / 256, n % 256), fields)
        }),
    );
    add(
        "SCHEDULER",
        vec![("sch0".to_owned(), json!({"type": "DWRR", "weight": "14"}))],
    );
    add(
        "QUEUE",
        each(ports * 8, &|n| {
            (format!("{}|{}", port(n / 8), n % 8), json!({"scheduler": "sch0"}))
        }),
    );
    Value::Object(tables)
}
