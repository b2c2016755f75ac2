//! What somebody sees who follows CONFIG_DB.

use std::collections::BTreeSet;
use std::time::Duration;

use json_patch::PatchOperation;
use plan_check::check;
use serde_json::Value;
use sonicfg::patch::between;
use sonicfg::plan::Disruption;
use sonicfg::policy::Policy;

use crate::common::redis::CONFIG_DB;
use crate::harness::{Harness, Kind, change, changed, small_switch};

#[test]
fn steps_in_their_order() {
    let harness = Harness::new(Kind::Redis);
    let redis = harness.redis();
    redis.cli::<()>(0, &["CONFIG", "SET", "notify-keyspace-events", "KEA"]);
    let mut listening = redis.connect(CONFIG_DB);
    let mut events = listening.as_pubsub();
    events.psubscribe("__keyspace@*__:*").unwrap();
    events.set_read_timeout(Some(Duration::from_secs(5))).unwrap();

    harness.sandbox.write("p.json", change().to_string());
    let child = harness
        .command(&["apply-patch", "p.json", "--step-delay", "300ms"])
        .spawn()
        .unwrap();
    let mut states: Vec<Value> = vec![small_switch()];
    let mut keys = BTreeSet::new();
    loop {
        let Ok(event) = events.get_message() else { break };
        let channel = event.get_channel_name().to_owned();
        let (database, key) = channel.split_once("__:").unwrap();
        if database == format!("__keyspace@{CONFIG_DB}") {
            keys.insert(key.to_owned());
            // What stands there at each notification is a state that a switch may be in.
            let state = redis.config();
            if states.last() != Some(&state) {
                states.push(state);
            }
        }
        if states.last() == Some(&changed()) {
            break;
        }
    }
    let mut child = child;
    assert!(child.wait().unwrap().success());
    let expected = [
        "BGP_NEIGHBOR|10.0.0.3",
        "BUFFER_PG|Ethernet0|0",
        "PORT|Ethernet0",
        "VLAN_MEMBER|Vlan200|Ethernet4",
        "VLAN|Vlan200",
    ];
    assert_eq!(
        keys.iter().map(String::as_str).collect::<Vec<_>>(),
        expected,
        "nothing else is written"
    );
    assert_eq!(states.len(), 4, "a state for each step");
    let steps: Vec<Vec<PatchOperation>> = states
        .windows(2)
        .map(|pair| between(&pair[0], &pair[1]))
        .collect();
    let schema = crate::common::small_switch();
    let policy = Policy::shipped();
    let verdict = check(
        &schema,
        &policy,
        Disruption::Policy,
        &small_switch(),
        &changed(),
        &steps,
    );
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

#[test]
fn only_fields_that_differ_are_written() {
    let harness = Harness::new(Kind::Redis);
    let redis = harness.redis();
    redis.cli::<()>(0, &["CONFIG", "SET", "slowlog-log-slower-than", "0"]);
    let monitor = harness
        .sandbox
        .other("redis-cli")
        .arg("-s")
        .arg(redis.socket())
        .arg("monitor")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    harness
        .apply(&crate::harness::description("ours"), &[])
        .is_clean();
    std::thread::sleep(Duration::from_millis(200));
    let mut monitor = monitor;
    monitor.kill().unwrap();
    let output = monitor.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let writes: Vec<&str> = text
        .lines()
        .filter(|line| {
            line.contains("[4 lua]")
                && (line.contains("\"HSET\"") || line.contains("\"HDEL\"") || line.contains("\"DEL\""))
        })
        .collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(
        writes[0].ends_with("\"HSET\" \"PORT|Ethernet4\" \"description\" \"ours\""),
        "{writes:?}"
    );
}
