//! Each kind of rule, broken and kept: small configs, and a patch for the kind that is about changes.
//!
//! Tests validate them with the built-in models and those of `fixtures/yang-rules`.

use crate::validate::Rule;

/// A config that breaks a rule, and the same mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleExample {
    /// A config_db.json in which this kind of rule alone is broken; of [`Rule::Refused`] a patch on
    /// `fixtures/config_db.json`.
    pub bad: &'static str,
    /// What is found there, as a report of one line for each finding has it.
    pub finding: &'static str,
    /// The config as it should be.
    pub mended: &'static str,
}

/// A kind of rule, broken and kept.
pub fn rule_example(rule: Rule) -> RuleExample {
    let (bad, finding, mended) = configs(rule);
    RuleExample { bad, finding, mended }
}

fn configs(rule: Rule) -> (&'static str, &'static str, &'static str) {
    match rule {
        Rule::InvalidJSON => (
            r#"{"FEATURE": {"bgp": {"state": "enabled" "delayed": "true"}}}"#,
            r#"config_db.json:1:41: error[InvalidJSON] not JSON: expected `,` or `}`"#,
            r#"{"FEATURE": {"bgp": {"state": "enabled", "delayed": "true"}}}"#,
        ),
        Rule::UnknownElement => (
            r#"{"FEATURE": {"bgp": {"sate": "enabled"}}}"#,
            r#"config_db.json:1:22: error[UnknownElement] /FEATURE/bgp/sate: there is no field "sate" here (did you mean "state"?)"#,
            r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#,
        ),
        Rule::InvalidValue => (
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "on"}}}"#,
            r#"config_db.json:1:57: error[InvalidValue] /PORT/Ethernet0/admin_status: "on" is not a value of this enumeration (allowed: up, down)"#,
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "up"}}}"#,
        ),
        Rule::Pattern => (
            r#"{"VLAN": {"vlan100": {"vlanid": "100"}}}"#,
            r#"config_db.json:1:12: error[Pattern] /VLAN/vlan100: "vlan100" does not match the pattern 'Vlan[0-9]{1,4}'"#,
            r#"{"VLAN": {"Vlan100": {"vlanid": "100"}}}"#,
        ),
        Rule::Length => (
            r#"{"VRF": {"Vrf_of_the_storage_network": {}}}"#,
            r#"config_db.json:1:11: error[Length] /VRF/Vrf_of_the_storage_network: "Vrf_of_the_storage_network" is 26 characters long, which is not allowed (allowed: 1..15 characters)"#,
            r#"{"VRF": {"Vrf_storage": {}}}"#,
        ),
        Rule::Range => (
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "mtu": "9600"}}}"#,
            r#"config_db.json:1:48: error[Range] /PORT/Ethernet0/mtu: "9600" is out of the allowed range (allowed: 68..9216)"#,
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "mtu": "9216"}}}"#,
        ),
        Rule::Bounds => (
            r#"{"BGP_NEIGHBOR": {"10.0.0.1": {"asn": "4294967296"}}}"#,
            r#"config_db.json:1:39: error[Bounds] /BGP_NEIGHBOR/10.0.0.1/asn: "4294967296" is out of the bounds of uint32 (allowed: 0..4294967295)"#,
            r#"{"BGP_NEIGHBOR": {"10.0.0.1": {"asn": "4200000001"}}}"#,
        ),
        Rule::DecimalFractionExceed => (
            r#"{"WRED_PROFILE": {"lossy": {"drop_percent": "2.345"}}}"#,
            r#"config_db.json:1:45: error[DecimalFractionExceed] /WRED_PROFILE/lossy/drop_percent: "2.345" has more than 2 fraction digits"#,
            r#"{"WRED_PROFILE": {"lossy": {"drop_percent": "2.35"}}}"#,
        ),
        Rule::DateTime => (
            r#"{"MAINTENANCE": {"spring": {"until": "2026-02-28 06:00"}}}"#,
            r#"config_db.json:1:38: error[DateTime] /MAINTENANCE/spring/until: "2026-02-28 06:00" is not a date and time (write it as 2026-01-31T12:00:00Z)"#,
            r#"{"MAINTENANCE": {"spring": {"until": "2026-02-28T06:00:00Z"}}}"#,
        ),
        Rule::IPv4 => (
            r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.300"]}}}"#,
            r#"config_db.json:1:40: error[IPv4] /VLAN/Vlan100/dhcp_servers/0: "192.0.2.300" is not an IPv4 address"#,
            r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.30"]}}}"#,
        ),
        Rule::IPv6 => (
            r#"{"VLAN": {"Vlan100": {"dhcpv6_servers": ["2001:db8::1::2"]}}}"#,
            r#"config_db.json:1:42: error[IPv6] /VLAN/Vlan100/dhcpv6_servers/0: "2001:db8::1::2" is not an IPv6 address"#,
            r#"{"VLAN": {"Vlan100": {"dhcpv6_servers": ["2001:db8::1:2"]}}}"#,
        ),
        Rule::LeafRef => (
            r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2"}},
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {"Vlan200|Ethernet0": {"tagging_mode": "tagged"}}
}"#,
            r#"config_db.json:4:20: error[LeafRef] /VLAN_MEMBER/Vlan200|Ethernet0: "Vlan200" refers to nothing: it is not in VLAN (/small-switch:small-switch/VLAN/VLAN_LIST/name) (did you mean "Vlan100"? or add "Vlan200" to VLAN)"#,
            r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2"}},
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {"Vlan100|Ethernet0": {"tagging_mode": "tagged"}}
}"#,
        ),
        Rule::Must => (
            r#"{"WARM_RESTART": {"teamd": {"bgp_timer": "120"}}}"#,
            r#"config_db.json:1:42: error[Must] /WARM_RESTART/teamd/bgp_timer: bgp_timer belongs to module bgp alone (the condition: ../module = 'bgp')"#,
            r#"{"WARM_RESTART": {"bgp": {"bgp_timer": "120"}}}"#,
        ),
        Rule::When => (
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "autoneg": "off", "adv_speeds": ["40000"]}}}"#,
            r#"config_db.json:1:74: error[When] /PORT/Ethernet0/adv_speeds/0: only allowed when ../autoneg = 'on'"#,
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "autoneg": "on", "adv_speeds": ["40000"]}}}"#,
        ),
        Rule::Mandatory => (
            r#"{"PORT": {"Ethernet0": {"admin_status": "up"}}}"#,
            r#"config_db.json:1:11: error[Mandatory] /PORT/Ethernet0: "lanes" is missing; it is mandatory (add "lanes")"#,
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "up"}}}"#,
        ),
        Rule::Missing => (
            r#"{"MIRROR_SESSION": {"lab": {}}}"#,
            r#"config_db.json:1:21: error[Missing] /MIRROR_SESSION/lab: one of these must be there: dst_ip, dst_port"#,
            r#"{"MIRROR_SESSION": {"lab": {"dst_ip": "192.0.2.9"}}}"#,
        ),
        Rule::ListKey => (
            r#"{"BGP_PEER_RANGE": {"lab": {"ip_range": ["192.0.2.0/24"]}}}"#,
            r#"config_db.json:1:21: error[ListKey] /BGP_PEER_RANGE/lab: a key of 1 part does not fit the table "BGP_PEER_RANGE" (its keys: <vrf_name>|<peer_range_name>)"#,
            r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]}}}"#,
        ),
        Rule::MinElements => (
            r#"{"ACL_TABLE": {"guard": {"ports": []}}}"#,
            r#"config_db.json:1:16: error[MinElements] /ACL_TABLE/guard: 0 of "ports"; at least 1 must be there"#,
            r#"{"ACL_TABLE": {"guard": {"ports": ["Ethernet0"]}}, "PORT": {"Ethernet0": {"lanes": "1,2"}}}"#,
        ),
        Rule::MaxElements => (
            r#"{"DNS_NAMESERVER": {"192.0.2.1": {}, "192.0.2.2": {}, "192.0.2.3": {}, "192.0.2.4": {}}}"#,
            r#"config_db.json:1:72: error[MaxElements] /DNS_NAMESERVER/192.0.2.4: 4 of "DNS_NAMESERVER"; at most 3 are allowed"#,
            r#"{"DNS_NAMESERVER": {"192.0.2.1": {}, "192.0.2.2": {}, "192.0.2.3": {}}}"#,
        ),
        Rule::Duplicate => (
            r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.1", "192.0.2.1"]}}}"#,
            r#"config_db.json:1:53: error[Duplicate] /VLAN/Vlan100/dhcp_servers/1: "192.0.2.1" stands in the list already"#,
            r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.1", "192.0.2.2"]}}}"#,
        ),
        Rule::Unique => (
            r#"{"VLAN": {"Vlan100": {"vlanid": "100"}, "Vlan200": {"vlanid": "100"}}}"#,
            r#"config_db.json:1:41: error[Unique] /VLAN/Vlan200: Unique data leaf(s) "vlanid" not satisfied: another entry has the same vlanid"#,
            r#"{"VLAN": {"Vlan100": {"vlanid": "100"}, "Vlan200": {"vlanid": "200"}}}"#,
        ),
        Rule::Choice => (
            r#"{"MIRROR_SESSION": {"lab": {"dst_ip": "192.0.2.9", "dst_port": "Ethernet0"}}}"#,
            r#"config_db.json:1:21: error[Choice] /MIRROR_SESSION/lab: "dst_ip" and "dst_port" exclude each other"#,
            r#"{"MIRROR_SESSION": {"lab": {"dst_port": "Ethernet0"}}}"#,
        ),
        Rule::Retired => (
            r#"{"DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}}"#,
            r#"config_db.json:1:36: error[Retired] /DEVICE_METADATA/localhost/default_bgp_status: default_bgp_status "down" is retired: the flag SYSTEM_DEFAULTS|default_bgp_status has taken its place (write "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}} instead)"#,
            r#"{"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}}}"#,
        ),
        Rule::Lanes => (
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet2": {"lanes": "2,3"}}}"#,
            r#"config_db.json:1:65: error[Lanes] /PORT/Ethernet2/lanes: the lane 2 belongs to Ethernet0 already"#,
            r#"{"PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet2": {"lanes": "3,4"}}}"#,
        ),
        Rule::PeerRange => (
            r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]},
                    "default|rack": {"ip_range": ["192.0.2.0/24"]}}}"#,
            r#"config_db.json:2:51: error[PeerRange] /BGP_PEER_RANGE/default|rack/ip_range/0: "192.0.2.0/24" is used by default|lab already, in the same VRF"#,
            r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]},
                    "default|rack": {"ip_range": ["198.51.100.0/24"]}}}"#,
        ),
        Rule::Refused => (
            r#"[{"op": "remove", "path": "/FEATURE/smnp"}]"#,
            r#"patch.json:1:27: error[Refused] operation 0 (remove /FEATURE/smnp) cannot be done: there is no /FEATURE/smnp; did you mean /FEATURE/snmp?"#,
            r#"[{"op": "remove", "path": "/FEATURE/snmp"}]"#,
        ),
    }
}
