//! The table of all rules: for each its name, what it asks for, what to do about a finding, and an example.
//!
//! `docs/rules.md` and `sonicfg help rules` are made of it. A new rule is a new row here, and the check that reports it.
//! Rows are added at the end of their group; [`super::Rule::ALL`] has their order.

rules! {
    /// The text is not JSON, or does not have the shape of a config.
    InvalidJSON = "InvalidJSON" {
        summary: "the text is JSON of the right form",
        help: "correct the JSON at this place; a missing comma, quote or bracket is mostly just before it",
        bad: r#"{"FEATURE": {"bgp": {"state": "enabled" "delayed": "true"}}}"#,
        finding: r#"config_db.json:1:41: error[InvalidJSON] not JSON: expected `,` or `}`"#,
        mended: r#"{"FEATURE": {"bgp": {"state": "enabled", "delayed": "true"}}}"#,
    }

    /// A table, field or node that the models do not have.
    UnknownElement = "UnknownElement" {
        summary: "the models define each table, field and node",
        help: "correct the name, remove the element, or add the models that define it with --yang-dir",
        bad: r#"{"FEATURE": {"bgp": {"sate": "enabled"}}}"#,
        finding: r#"config_db.json:1:22: error[UnknownElement] /FEATURE/bgp/sate: there is no field "sate" here (did you mean "state"?)"#,
        mended: r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#,
    }

    /// A value outside its type: an undefined enum, bit or identity, or a wrong lexical form.
    InvalidValue = "InvalidValue" {
        summary: "the value belongs to the type of the node",
        help: "write one of the listed values, or a value of the form that the finding describes",
        bad: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "on"}}}"#,
        finding: r#"config_db.json:1:57: error[InvalidValue] /PORT/Ethernet0/admin_status: "on" is not a value of this enumeration (allowed: up, down)"#,
        mended: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "up"}}}"#,
    }

    /// A value that does not match a `pattern`.
    Pattern = "Pattern" {
        summary: "the value matches the patterns of its type",
        help: "write the value in the form that the pattern describes",
        bad: r#"{"VLAN": {"vlan100": {"vlanid": "100"}}}"#,
        finding: r#"config_db.json:1:12: error[Pattern] /VLAN/vlan100: "vlan100" does not match the pattern 'Vlan[0-9]{1,4}'"#,
        mended: r#"{"VLAN": {"Vlan100": {"vlanid": "100"}}}"#,
    }

    /// A value whose `length` is not allowed.
    Length = "Length" {
        summary: "the length of the value is within the limits of its type",
        help: "make the value shorter or longer, as the finding says",
        bad: r#"{"VRF": {"Vrf_of_the_storage_network": {}}}"#,
        finding: r#"config_db.json:1:11: error[Length] /VRF/Vrf_of_the_storage_network: "Vrf_of_the_storage_network" is 26 characters long, which is not allowed (allowed: 1..15 characters)"#,
        mended: r#"{"VRF": {"Vrf_storage": {}}}"#,
    }

    /// A number outside the `range`.
    Range = "Range" {
        summary: "the number is in the range of its type",
        help: "write a number in the range that the finding names",
        bad: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "mtu": "9600"}}}"#,
        finding: r#"config_db.json:1:48: error[Range] /PORT/Ethernet0/mtu: "9600" is out of the allowed range (allowed: 68..9216)"#,
        mended: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "mtu": "9216"}}}"#,
    }

    /// A number outside its type's own range.
    Bounds = "Bounds" {
        summary: "the number fits its integer type",
        help: "write a number within the bounds of the type",
        bad: r#"{"BGP_NEIGHBOR": {"10.0.0.1": {"asn": "4294967296"}}}"#,
        finding: r#"config_db.json:1:39: error[Bounds] /BGP_NEIGHBOR/10.0.0.1/asn: "4294967296" is out of the bounds of uint32 (allowed: 0..4294967295)"#,
        mended: r#"{"BGP_NEIGHBOR": {"10.0.0.1": {"asn": "4200000001"}}}"#,
    }

    /// A decimal64 with too many fraction digits.
    DecimalFractionExceed = "DecimalFractionExceed" {
        summary: "the decimal number has no more fraction digits than its type",
        help: "round the number to the fraction digits of the type",
        bad: r#"{"WRED_PROFILE": {"lossy": {"drop_percent": "2.345"}}}"#,
        finding: r#"config_db.json:1:45: error[DecimalFractionExceed] /WRED_PROFILE/lossy/drop_percent: "2.345" has more than 2 fraction digits"#,
        mended: r#"{"WRED_PROFILE": {"lossy": {"drop_percent": "2.35"}}}"#,
    }

    /// A `yang:date-and-time` that is no valid date or time.
    DateTime = "DateTime" {
        summary: "the value is a valid date and time",
        help: "write it like 2026-01-31T12:00:00Z, with a day that exists in that month",
        bad: r#"{"MAINTENANCE": {"spring": {"until": "2026-02-28 06:00"}}}"#,
        finding: r#"config_db.json:1:38: error[DateTime] /MAINTENANCE/spring/until: "2026-02-28 06:00" is not a date and time (write it as 2026-01-31T12:00:00Z)"#,
        mended: r#"{"MAINTENANCE": {"spring": {"until": "2026-02-28T06:00:00Z"}}}"#,
    }

    /// An IPv4 address or prefix that cannot be converted.
    IPv4 = "IPv4" {
        summary: "the value is a valid IPv4 address or prefix",
        help: "write four numbers up to 255; a prefix also needs a length up to 32",
        bad: r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.300"]}}}"#,
        finding: r#"config_db.json:1:40: error[IPv4] /VLAN/Vlan100/dhcp_servers/0: "192.0.2.300" is not an IPv4 address"#,
        mended: r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.30"]}}}"#,
    }

    /// An IPv6 address or prefix that cannot be converted.
    IPv6 = "IPv6" {
        summary: "the value is a valid IPv6 address or prefix",
        help: "write groups of hexadecimal digits; a prefix also needs a length up to 128",
        bad: r#"{"VLAN": {"Vlan100": {"dhcpv6_servers": ["2001:db8::1::2"]}}}"#,
        finding: r#"config_db.json:1:42: error[IPv6] /VLAN/Vlan100/dhcpv6_servers/0: "2001:db8::1::2" is not an IPv6 address"#,
        mended: r#"{"VLAN": {"Vlan100": {"dhcpv6_servers": ["2001:db8::1:2"]}}}"#,
    }

    /// A leafref whose target is missing.
    LeafRef = "LeafRef" {
        summary: "the entry that a value refers to exists",
        help: "create the entry that the value names, or name an existing one",
        bad: r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2"}},
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {"Vlan200|Ethernet0": {"tagging_mode": "tagged"}}
}"#,
        finding: r#"config_db.json:4:20: error[LeafRef] /VLAN_MEMBER/Vlan200|Ethernet0: "Vlan200" refers to nothing: it is not in VLAN (/small-switch:small-switch/VLAN/VLAN_LIST/name) (did you mean "Vlan100"? or add "Vlan200" to VLAN)"#,
        mended: r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2"}},
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {"Vlan100|Ethernet0": {"tagging_mode": "tagged"}}
}"#,
    }

    /// A `must` that is false.
    Must = "Must" {
        summary: "the `must` conditions of the models are true",
        help: "change this value, or the values that the condition compares it with",
        bad: r#"{"WARM_RESTART": {"teamd": {"bgp_timer": "120"}}}"#,
        finding: r#"config_db.json:1:42: error[Must] /WARM_RESTART/teamd/bgp_timer: bgp_timer belongs to module bgp alone (the condition: module is "bgp")"#,
        mended: r#"{"WARM_RESTART": {"bgp": {"bgp_timer": "120"}}}"#,
    }

    /// A node that is set although its `when` is false.
    When = "When" {
        summary: "the `when` condition of the node is true",
        help: "delete the field or entry, or make the condition true",
        bad: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "autoneg": "off", "adv_speeds": ["40000"]}}}"#,
        finding: r#"config_db.json:1:74: error[When] /PORT/Ethernet0/adv_speeds/0: only allowed when autoneg is "on" (the condition reads this value: 1:52 /PORT/Ethernet0/autoneg)"#,
        mended: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "autoneg": "on", "adv_speeds": ["40000"]}}}"#,
    }

    /// A mandatory leaf that is missing.
    Mandatory = "Mandatory" {
        summary: "a mandatory field is set",
        help: "set the field",
        bad: r#"{"PORT": {"Ethernet0": {"admin_status": "up"}}}"#,
        finding: r#"config_db.json:1:11: error[Mandatory] /PORT/Ethernet0: "lanes" is missing; it is mandatory (add "lanes")"#,
        mended: r#"{"PORT": {"Ethernet0": {"lanes": "1,2", "admin_status": "up"}}}"#,
    }

    /// A mandatory choice that is missing.
    Missing = "Missing" {
        summary: "one case of a mandatory `choice` is set",
        help: "set the fields of one of the cases",
        bad: r#"{"MIRROR_SESSION": {"lab": {}}}"#,
        finding: r#"config_db.json:1:21: error[Missing] /MIRROR_SESSION/lab: one of these must be there: dst_ip, dst_port"#,
        mended: r#"{"MIRROR_SESSION": {"lab": {"dst_ip": "192.0.2.9"}}}"#,
    }

    /// A list entry without one of its keys, or a key with the wrong number of parts.
    ListKey = "ListKey" {
        summary: "the key of an entry has one part for each key of its table",
        help: "write the parts of the key separated by `|`, in the order of the model",
        bad: r#"{"BGP_PEER_RANGE": {"lab": {"ip_range": ["192.0.2.0/24"]}}}"#,
        finding: r#"config_db.json:1:21: error[ListKey] /BGP_PEER_RANGE/lab: a key of 1 part does not fit the table "BGP_PEER_RANGE" (its keys: <vrf_name>|<peer_range_name>)"#,
        mended: r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]}}}"#,
    }

    /// Fewer entries or elements than `min-elements`; also a table without entries.
    MinElements = "MinElements" {
        summary: "a table or list has at least the required number of elements",
        help: "add the missing elements, or delete the table or list",
        bad: r#"{"ACL_TABLE": {"guard": {"ports": []}}}"#,
        finding: r#"config_db.json:1:16: error[MinElements] /ACL_TABLE/guard: 0 of "ports"; at least 1 must be there"#,
        mended: r#"{"ACL_TABLE": {"guard": {"ports": ["Ethernet0"]}}, "PORT": {"Ethernet0": {"lanes": "1,2"}}}"#,
    }

    /// More entries or elements than `max-elements`.
    MaxElements = "MaxElements" {
        summary: "a table or list has no more elements than allowed",
        help: "delete the surplus elements",
        bad: r#"{"DNS_NAMESERVER": {"192.0.2.1": {}, "192.0.2.2": {}, "192.0.2.3": {}, "192.0.2.4": {}}}"#,
        finding: r#"config_db.json:1:72: error[MaxElements] /DNS_NAMESERVER/192.0.2.4: 4 of "DNS_NAMESERVER"; at most 3 are allowed"#,
        mended: r#"{"DNS_NAMESERVER": {"192.0.2.1": {}, "192.0.2.2": {}, "192.0.2.3": {}}}"#,
    }

    /// An entry or element twice.
    Duplicate = "Duplicate" {
        summary: "an entry or element occurs once",
        help: "delete all but one of them",
        bad: r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.1", "192.0.2.1"]}}}"#,
        finding: r#"config_db.json:1:53: error[Duplicate] /VLAN/Vlan100/dhcp_servers/1: "192.0.2.1" is in the list already (first listed here: 1:40 /VLAN/Vlan100/dhcp_servers/0)"#,
        mended: r#"{"VLAN": {"Vlan100": {"dhcp_servers": ["192.0.2.1", "192.0.2.2"]}}}"#,
    }

    /// Two entries with the same values of a `unique` statement.
    Unique = "Unique" {
        summary: "fields that a model declares unique differ from entry to entry",
        help: "give one of the entries another value",
        bad: r#"{"VLAN": {"Vlan100": {"vlanid": "100"}, "Vlan200": {"vlanid": "100"}}}"#,
        finding: r#"config_db.json:1:41: error[Unique] /VLAN/Vlan200: Unique data leaf(s) "vlanid" not satisfied: another entry has the same vlanid (first used here: 1:11 /VLAN/Vlan100)"#,
        mended: r#"{"VLAN": {"Vlan100": {"vlanid": "100"}, "Vlan200": {"vlanid": "200"}}}"#,
    }

    /// Nodes of two cases of one choice.
    Choice = "Choice" {
        summary: "only fields from one case of a `choice` are set",
        help: "keep the fields of one case, and delete the others",
        bad: r#"{"MIRROR_SESSION": {"lab": {"dst_ip": "192.0.2.9", "dst_port": "Ethernet0"}}}"#,
        finding: r#"config_db.json:1:21: error[Choice] /MIRROR_SESSION/lab: "dst_ip" and "dst_port" exclude each other ("dst_ip" is set here: 1:39 /MIRROR_SESSION/lab/dst_ip) ("dst_port" is set here: 1:64 /MIRROR_SESSION/lab/dst_port)"#,
        mended: r#"{"MIRROR_SESSION": {"lab": {"dst_port": "Ethernet0"}}}"#,
    }

    /// A field that a flag of `SYSTEM_DEFAULTS` has replaced.
    Retired = "Retired" {
        summary: "no field is set that a flag of SYSTEM_DEFAULTS has replaced",
        help: "set the flag instead; sonicfg migrate does this for a whole config",
        bad: r#"{"DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}}"#,
        finding: r#"config_db.json:1:36: error[Retired] /DEVICE_METADATA/localhost/default_bgp_status: default_bgp_status "down" is retired: the flag SYSTEM_DEFAULTS|default_bgp_status has taken its place (write "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}} instead)"#,
        mended: r#"{"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}}}"#,
    }

    /// A flag that the switch's own `sonic-system-defaults` may take, and the built-in one does not know.
    UnknownFlag = "UnknownFlag" {
        summary: "each flag of SYSTEM_DEFAULTS is known, also where the switch's own sonic-system-defaults takes any name",
        help: "correct the name; or make the flag known with an identity in a module of --yang-dir; or let the switch's own module count with --retired allow",
        bad: r#"{"SYSTEM_DEFAULTS": {"decap_qos_map": {"status": "enabled"}}}"#,
        finding: r#"config_db.json:1:23: warning[UnknownFlag] /SYSTEM_DEFAULTS/decap_qos_map: the flag "decap_qos_map" is not known; the sonic-system-defaults of the switch may take it"#,
        mended: r#"{"SYSTEM_DEFAULTS": {"tunnel_qos_remap": {"status": "enabled"}}}"#,
        severity: Warning,
    }

    /// A lane that is no number, or that two ports use.
    Lanes = "Lanes" {
        summary: "the lanes of a port are numbers, and no two ports share a lane",
        help: "give each port lanes that no other port uses",
        bad: r#"{"PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet2": {"lanes": "2,3"}}}"#,
        finding: r#"config_db.json:1:65: error[Lanes] /PORT/Ethernet2/lanes: the lane 2 belongs to Ethernet0 already (first used here: 1:34 /PORT/Ethernet0/lanes)"#,
        mended: r#"{"PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet2": {"lanes": "3,4"}}}"#,
    }

    /// An address range that is used twice in a VRF.
    PeerRange = "PeerRange" {
        summary: "an address range of dynamic BGP peers is used once in a VRF",
        help: "delete the range from one of the peer groups",
        bad: r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]},
                    "default|rack": {"ip_range": ["192.0.2.0/24"]}}}"#,
        finding: r#"config_db.json:2:51: error[PeerRange] /BGP_PEER_RANGE/default|rack/ip_range/0: "192.0.2.0/24" is used by default|lab already, in the same VRF (first used here: 1:50 /BGP_PEER_RANGE/default|lab/ip_range/0)"#,
        mended: r#"{"BGP_PEER_RANGE": {"default|lab": {"ip_range": ["192.0.2.0/24"]},
                    "default|rack": {"ip_range": ["198.51.100.0/24"]}}}"#,
    }

    /// A field that must be the same for the host and all ASICs, and is not.
    Scopes = "Scopes" {
        summary: "fields that all configs of a switch with several ASICs must agree on are the same in all of them",
        help: "give the field the same value in the config of the host and of each ASIC",
        bad: r#"{"localhost": {"FEATURE": {"bgp": {"state": "enabled"}}},
                    "asic0": {"FEATURE": {"bgp": {"state": "disabled"}}}}"#,
        finding: r#"config_db.json:2:60: warning[Scopes] /asic0/FEATURE/bgp/state: state is "disabled" for asic0 and "enabled" for localhost; it must be the same for all (the value for localhost: 1:45 /localhost/FEATURE/bgp/state)"#,
        mended: r#"{"localhost": {"FEATURE": {"bgp": {"state": "enabled"}}},
                    "asic0": {"FEATURE": {"bgp": {"state": "enabled"}}}}"#,
        severity: Warning,
    }

    /// One address in two spellings as two keys of a table.
    SameAddress = "SameAddress" {
        summary: "no two keys of a table are one address in two spellings",
        help: "keep one of the entries; the switch has one address, and which of the entries counts is not defined",
        bad: r#"{"STATIC_ROUTE": {"2001:db8::/64": {}, "2001:0db8:0::/64": {}}}"#,
        finding: r#"config_db.json:1:40: warning[SameAddress] /STATIC_ROUTE/2001:0db8:0::~164: another entry has the same address in another spelling (keep one of the two) (first used here: 1:19 /STATIC_ROUTE/2001:db8::~164)"#,
        mended: r#"{"STATIC_ROUTE": {"2001:db8::/64": {}}}"#,
        severity: Warning,
    }

    /// A change that cannot be made, though what it makes is valid: an operation of it cannot be done, the policy does
    /// not allow it, or no order of its steps is safe.
    Refused = "Refused" {
        summary: "a change can be applied: its operations can be done, the policy allows it, and it can be ordered in safe steps",
        help: "change what the finding names; if an option lifts the limit, the finding names the option",
        bad: r#"[{"op": "remove", "path": "/FEATURE/smnp"}]"#,
        finding: r#"patch.json:1:27: error[Refused] operation 0 (remove /FEATURE/smnp) cannot be done: there is no /FEATURE/smnp; did you mean /FEATURE/snmp?"#,
        mended: r#"[{"op": "remove", "path": "/FEATURE/snmp"}]"#,
    }
}
