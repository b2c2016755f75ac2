//! What a switch needs around the steps of a change: programs that run, states that are waited for, values that
//! its ports support. With a real Redis server, and small programs that write down how they are called.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod actions;
mod daemons;
mod harness;
mod preflight;
mod shown;
mod waits;

use common::redis::{Redis, STATE_DB};
use serde_json::json;

#[test]
fn the_server_keeps_a_config_as_a_switch_does() {
    let mut redis = Redis::start();
    let config = json!({"VLAN": {"Vlan1": {"dhcp_servers": ["10.0.0.1", "10.0.0.2"], "vlanid": "1"}}, "FLAG": {"a": {}}});
    redis.load(&config);
    assert_eq!(redis.config(), config);
    let lists: String = redis.cli(4, &["HGET", "VLAN|Vlan1", "dhcp_servers@"]);
    assert_eq!(lists, "10.0.0.1,10.0.0.2");
    redis.set_state("PORT_TABLE|Ethernet0", &[("state", "ok")]);
    assert_eq!(redis.cli::<i64>(STATE_DB, &["EXISTS", "PORT_TABLE|Ethernet0"]), 1);
    redis.remove_state("PORT_TABLE|Ethernet0");
    assert_eq!(redis.cli::<i64>(STATE_DB, &["DBSIZE"]), 0);
    redis.kill();
    redis.start_again();
    assert_eq!(redis.config(), json!({}));
}
