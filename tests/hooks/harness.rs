//! A switch for tests: a Redis server, and a folder of programs that write down how they are called.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::cli::{Run, Sandbox, fixture, set_mode};
use crate::common::redis::Redis;

pub const APPLIED: &str = "Patch applied successfully.\n";

/// A switch.
pub struct Harness {
    pub redis: Redis,
    pub sandbox: Sandbox,
}

/// The config that it starts with.
pub fn config() -> Value {
    let port = |lanes: &str| json!({"admin_status": "up", "fec": "rs", "lanes": lanes, "mtu": "9100", "speed": "100000"});
    json!({
        "BUFFER_PROFILE": {"lossless": {"size": "1248", "xoff": "4608"}},
        "DEVICE_METADATA": {"localhost": {"hwsku": "Force10-S6000-Q24S32"}},
        "PORT": {"Ethernet0": port("0,1,2,3"), "Ethernet4": port("4,5,6,7"), "Ethernet8": port("8,9,10,11")},
        "SYSLOG_SERVER": {"10.0.0.9": {"port": "514"}},
        "VLAN": {"Vlan10": {"dhcp_servers": ["10.0.0.1"]}},
        "VLAN_INTERFACE": {"Vlan10": {}, "Vlan10|10.1.0.1/24": {}, "Vlan10|fc00::1/64": {}}
    })
}

impl Harness {
    pub fn new() -> Self {
        let harness = Harness {
            redis: Redis::start(),
            sandbox: Sandbox::new(),
        };
        harness.redis.load(&config());
        harness.program("systemctl", "exit 0");
        harness.program("ip", "exit 0");
        harness.policy("");
        harness
    }

    /// A program that writes its call down, and then does this.
    pub fn program(&self, name: &str, script: &str) {
        let calls = self.sandbox.path("calls");
        let text = format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{script}\n", calls.display());
        set_mode(&self.sandbox.write(&format!("bin/{name}"), text), 0o755);
    }

    /// How the programs were called.
    pub fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.sandbox.path("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Writes the policy file.
    pub fn policy(&self, text: &str) {
        self.sandbox.write("policy.toml", text);
    }

    /// A command on the switch.
    pub fn command(&self, command: &[&str]) -> Command {
        let mut made = self.sandbox.command(command);
        let path = std::env::var("PATH").unwrap();
        made.env("PATH", format!("{}:{path}", self.sandbox.path("bin").display()))
            .env("SONICFG_STATE_DIR", self.sandbox.path("state"))
            .args(["--policy", "policy.toml", "--yang-dir", &fixture("yang-hooks")]);
        made
    }

    /// A patch on the switch, as a command that can still be changed.
    pub fn apply_command(&self, patch: &Value, options: &[&str]) -> Command {
        self.sandbox.write("p.json", patch.to_string());
        let mut command = self.on_switch(&["apply-patch", "p.json", "--step-delay", "0"]);
        command.args(options);
        command
    }

    /// A command on the stores of the switch.
    pub fn on_switch(&self, command: &[&str]) -> Command {
        let mut command = self.command(command);
        let database_config = self.redis.database_config();
        command
            .args(["--store", "sonic:", "--db-config"])
            .arg(database_config);
        command.arg("--reload-lock").arg(self.sandbox.path("reload.lock"));
        command
            .arg("--version-file")
            .arg(self.sandbox.path("version.yml"));
        command
    }

    pub fn apply_with(&self, patch: &Value, options: &[&str]) -> Run {
        Run::of(&mut self.apply_command(patch, options))
    }

    pub fn apply(&self, patch: &Value) -> Run {
        self.apply_with(patch, &[])
    }

    /// Applies a patch. Gives the calls.
    #[track_caller]
    pub fn applied(&self, patch: &Value) -> Vec<String> {
        let run = self.apply(patch);
        run.is_clean();
        assert_eq!(run.stdout, APPLIED);
        self.calls()
    }

    /// Asserts that a patch is refused with a reason, that nothing was changed, and no program called.
    #[track_caller]
    pub fn refuses(&self, patch: &Value, reason: &str) {
        let before = self.redis.config();
        self.apply(patch).fails(
            1,
            &format!("Error: patch rejected, nothing was changed: {reason}"),
        );
        assert_eq!(self.redis.config(), before);
        assert_eq!(self.calls(), [""; 0]);
    }
}

/// A field replaced.
pub fn replace(path: &str, value: &str) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}
