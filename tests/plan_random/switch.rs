//! Configs of the small switch of `fixtures/yang-plan`: every kind of reference and condition, few names.

use serde_json::{Value, json};
use sonicfg::config::{EntryName, Write};

use crate::common::mutate::Random;

const PORTS: [&str; 4] = ["Ethernet0", "Ethernet1", "Ethernet2", "Ethernet3"];
const NAMES: [&str; 2] = ["x", "y"];

/// A config under construction.
struct Config<'r> {
    config: Value,
    random: &'r mut Random,
}

/// A config of some entries, most often a valid one.
pub fn any(random: &mut Random) -> Value {
    let config = json!({"BUFFER_PROFILE": {"p": {}}});
    let mut made = Config { config, random };
    made.ports();
    made.members();
    made.references();
    made.rest();
    made.conditions();
    made.config
}

impl Config<'_> {
    fn put(&mut self, table: &str, key: &str, value: Value) {
        let value = Some(value);
        let entry = EntryName::new(table, key);
        Write { entry, value }.apply(&mut self.config);
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.random.one_in(times)
    }

    /// A port that is there, if there is one.
    fn port(&mut self) -> String {
        let ports = self.config.get("PORT").and_then(Value::as_object);
        let ports: Vec<String> = ports.map_or_else(Vec::new, |ports| ports.keys().cloned().collect());
        self.random.pick(&ports).cloned().unwrap_or_default()
    }

    fn ports(&mut self) {
        let first = self.random.below(3);
        for (at, name) in PORTS.iter().enumerate() {
            if self.one_in(6) && at > 0 {
                continue;
            }
            let mut port = json!({"lanes": (at + first).to_string()});
            match self.random.below(4) {
                0 => {}
                1 => port["admin_status"] = json!("down"),
                _ => port["admin_status"] = json!("up"),
            }
            if self.one_in(4) {
                port["mtu"] = json!(["9100", "1500"][self.random.below(2)]);
            }
            self.put("PORT", name, port);
        }
    }

    fn members(&mut self) {
        for (table, members, name) in [
            ("VLAN", "VLAN_MEMBER", "Vlan1"),
            ("VLAN", "VLAN_MEMBER", "Vlan2"),
            ("PORTCHANNEL", "PORTCHANNEL_MEMBER", "PortChannel1"),
            ("PORTCHANNEL", "PORTCHANNEL_MEMBER", "PortChannel2"),
        ] {
            if self.one_in(2) {
                continue;
            }
            self.put(table, name, json!({}));
            for _ in 0..self.random.below(3) {
                let port = self.port();
                self.put(members, &format!("{name}|{port}"), json!({}));
            }
        }
    }

    fn references(&mut self) {
        for name in NAMES {
            if self.one_in(4) {
                let port = self.port();
                let uplink = if self.one_in(4) {
                    json!({})
                } else {
                    json!({"port": port})
                };
                self.put("UPLINK", name, uplink);
            }
            if self.one_in(4) {
                let port = self.port();
                self.put("TUNNEL", name, json!({"port": port}));
                if self.one_in(2) {
                    self.put("TUNNEL_ADDRESS", &format!("{name}|1"), json!({}));
                }
            }
            if self.one_in(3) {
                let mut ports: Vec<String> = (0..self.random.below(3)).map(|_| self.port()).collect();
                ports.sort();
                ports.dedup();
                let table = if ports.is_empty() {
                    json!({})
                } else {
                    json!({"ports": ports})
                };
                self.put("ACL_TABLE", name, table);
                if self.one_in(2) {
                    let action = ["DROP", "FORWARD"][self.random.below(2)];
                    self.put("ACL_RULE", &format!("{name}|r"), json!({"action": action}));
                }
            }
        }
        for _ in 0..self.random.below(3) {
            let (port, queue) = (self.port(), self.random.below(2));
            let value = if self.one_in(3) {
                json!({})
            } else {
                json!({"profile": "p"})
            };
            self.put("BUFFER_PG", &format!("{port}|{queue}"), value);
        }
    }

    fn rest(&mut self) {
        if self.one_in(3) {
            self.put("VRF", "v", json!({}));
            self.put("LOOPBACK_INTERFACE", "Loopback1", json!({"vrf_name": "v"}));
        } else if self.one_in(3) {
            self.put("LOOPBACK_INTERFACE", "Loopback1", json!({}));
        }
        for name in ["1.1.1.1", "2.2.2.2", "3.3.3.3"] {
            if self.one_in(3) {
                let asn = (1 + self.random.below(2)).to_string();
                self.put("BGP_NEIGHBOR", name, json!({"asn": asn}));
            }
        }
        // References that several entries meet.
        if self.one_in(3) {
            for vrf in ["a", "b"] {
                if !self.one_in(3) {
                    self.put("SESSION", &format!("{vrf}|s"), json!({}));
                }
            }
            self.put("WATCH", "w", json!({"session": "s"}));
        }
    }

    fn conditions(&mut self) {
        for name in NAMES {
            for table in ["OFFER", "NEEDS", "FORBIDS", "GUARD"] {
                if self.one_in(4) {
                    self.put(table, name, json!({}));
                }
            }
            if self.one_in(6) {
                let number = self.random.below(2).to_string();
                self.put("LEFT", name, json!({"number": number}));
                self.put("RIGHT", name, json!({"number": number}));
            }
            if self.one_in(60) {
                self.put("RING", name, json!({}));
                self.put("RING_MEMBER", &format!("{name}|1"), json!({}));
            }
        }
        if self.one_in(4) {
            let port = self.port();
            self.put("LISTENER", &port, json!({}));
        }
    }
}
