//! Commands that run after a step: services that do not follow the config by themselves start again.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::EntryName;
use crate::policy::{Action, Fields, Policy};
use crate::store::EntryChange;
use crate::transaction::TransactionError;
use crate::validate::masked_entry;

use super::process::{self, ExitState};
use super::{Event, StepContext};

/// How long a pause lasts before it is said again that we are alive.
const NAP: Duration = Duration::from_millis(20);

/// A command that a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCommand<'p> {
    /// The rule of the policy.
    pub action: &'p Action,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The first entry whose change asks for it.
    pub entry: EntryName,
}

impl StepCommand<'_> {
    /// The command as messages show it: without secret keys.
    pub fn shown(&self, policy: &Policy) -> String {
        self.shown_words(policy).join(" ")
    }

    /// The program and its arguments, without secret keys.
    pub fn shown_words(&self, policy: &Policy) -> &[String] {
        if policy.is_secret_key(&self.entry.table) {
            self.action.run.words()
        } else {
            &self.words
        }
    }
}

/// The commands that a step asks for, each once, in the order of the names of their rules.
pub fn commands<'p>(policy: &'p Policy, changes: &[EntryChange]) -> Vec<StepCommand<'p>> {
    let mut commands: Vec<StepCommand> = Vec::new();
    for action in policy.actions.values() {
        for change in changes.iter().filter(|change| asks(action, change)) {
            let entry = change.entry();
            let Some(words) = action.run.of(&entry) else {
                continue;
            };
            if !commands.iter().any(|command| command.words == words) {
                commands.push(StepCommand { action, words, entry });
            }
        }
    }
    commands
}

/// Whether a change asks for an action.
fn asks(action: &Action, change: &EntryChange) -> bool {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let is_removal = before.is_some() && after.is_none();
    let is_removed = || {
        let mut tables = action.after_removal.iter();
        tables.any(|table| crate::policy::glob(table, &change.table))
    };
    is_removal && is_removed() || is_changed(&action.after, change)
}

/// Whether a change is one of some tables and fields.
pub(in crate::transaction) fn is_changed(named: &[Fields], change: &EntryChange) -> bool {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let mut own = named.iter().filter(|fields| fields.is_of(&change.table));
    own.any(|fields| {
        if fields.is_whole() {
            return before != after;
        }
        changed_fields(before, after).any(|field| fields.has(field))
    })
}

/// The fields in which an entry differs before and after.
pub(super) fn changed_fields<'v>(
    before: Option<&'v Value>,
    after: Option<&'v Value>,
) -> impl Iterator<Item = &'v str> {
    let names = |value: Option<&'v Value>| {
        value
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|it| it.keys())
    };
    let old = names(before).filter(move |name| field(before, name) != field(after, name));
    let new = names(after).filter(move |name| field(before, name).is_none());
    old.chain(new).map(String::as_str)
}

/// A field of an entry.
pub(super) fn field<'v>(entry: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    entry.and_then(|entry| entry.get(name))
}

/// Runs the commands that a step asks for. On the way back all of them run, whether others fail or not.
pub(super) fn run(policy: &Policy, context: &mut StepContext) -> Result<(), TransactionError> {
    let mut first = Ok(());
    for command in commands(policy, context.changes) {
        context.observer.event(&Event::CommandStarted {
            command: &command.shown(policy),
        });
        let ended = match run_one(&command, context) {
            Ok(ExitState::Well) => continue,
            Ok(ended) => Err(TransactionError::Action {
                command: command.shown(policy),
                entry: masked_entry(policy, &command.entry).to_string(),
                reason: ended.to_string(),
            }),
            Err(error) => Err(error),
        };
        if !context.is_rollback {
            return ended;
        }
        first = first.and(ended);
    }
    first
}

/// Runs a command, and tries again where it fails.
fn run_one(command: &StepCommand, context: &mut StepContext) -> Result<ExitState, TransactionError> {
    let StepCommand { action, entry, .. } = command;
    let mut failures = 0;
    loop {
        let ended = run_words(&command.words, action.timeout, context)?;
        // What hangs once would hang again, and the switch waits.
        if !matches!(ended, ExitState::Badly(_)) || failures == action.retries {
            return Ok(ended);
        }
        failures += 1;
        // A service that was started too often is not started again before that is forgotten. What systemd says
        // then is another in each version, and forgetting does no harm.
        let before = action.before_retry.as_ref().and_then(|before| before.of(entry));
        if let Some(before) = &before {
            run_words(before, action.timeout, context)?;
        }
        if failures > 1 || before.is_none() {
            pause(action.pause, context)?;
        }
    }
}

fn run_words(
    words: &[String],
    timeout: Duration,
    context: &mut StepContext,
) -> Result<ExitState, TransactionError> {
    process::run(words, timeout, &mut || (context.heartbeat)(context.store))
}

fn pause(time: Duration, context: &mut StepContext) -> Result<(), TransactionError> {
    let end = Instant::now() + time;
    loop {
        (context.heartbeat)(context.store)?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(NAP));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(table: &str, key: &str, before: Option<Value>, after: Option<Value>) -> Vec<String> {
        let change = EntryChange {
            table: table.into(),
            key: key.into(),
            before,
            after,
        };
        let policy = Policy::shipped();
        let commands = commands(&policy, &[change.clone(), change]);
        commands.iter().map(|command| command.shown(&policy)).collect()
    }

    #[test]
    fn commands_of_the_shipped_policy() {
        let restart = |service: &str| vec![format!("systemctl restart {service}")];
        let port = |speed: &str| Some(json!({"speed": speed, "mtu": "1"}));
        assert_eq!(asked("PORT", "E", port("1"), port("2")), restart("telemetry"));
        assert_eq!(asked("PORT", "E", port("1"), None), restart("telemetry"));
        assert_eq!(asked("PORT", "E", None, Some(json!({"mtu": "1"}))), [""; 0]);
        assert_eq!(
            asked("SYSLOG_SERVER", "a", None, Some(json!({}))),
            restart("rsyslog-config")
        );
        assert_eq!(asked("NTP_SERVER", "a", Some(json!({})), None), restart("chrony"));
        for table in ["DHCP_RELAY", "DHCP_SERVER"] {
            assert_eq!(asked(table, "a", None, Some(json!({}))), restart("dhcp_relay"));
        }
        let vlan = |servers: &[&str]| Some(json!({"vlanid": "1", "dhcp_servers": servers}));
        assert_eq!(
            asked("VLAN", "Vlan1", vlan(&["a"]), vlan(&["b"])),
            restart("dhcp_relay")
        );
        assert_eq!(
            asked("VLAN", "Vlan1", None, Some(json!({"vlanid": "1"}))),
            [""; 0]
        );
        let vrf = |name: &str| Some(json!({"vrf": name}));
        assert_eq!(
            asked("GNMI", "gnmi", vrf("mgmt"), vrf("default")),
            restart("gnmi")
        );
        assert_eq!(
            asked("TELEMETRY", "gnmi", vrf("mgmt"), Some(json!({}))),
            restart("telemetry")
        );
        assert_eq!(
            asked("TELEMETRY", "gnmi", None, Some(json!({"port": "1"}))),
            [""; 0]
        );
        assert_eq!(
            asked("VLAN_INTERFACE", "Vlan1|10.0.0.1/24", Some(json!({})), None),
            ["ip neigh flush dev Vlan1 to 10.0.0.1/24"]
        );
        assert_eq!(
            asked("VLAN_INTERFACE", "Vlan1|10.0.0.1/24", None, Some(json!({}))),
            [""; 0]
        );
        assert_eq!(asked("VLAN_INTERFACE", "Vlan1", Some(json!({})), None), [""; 0]);
    }
}
