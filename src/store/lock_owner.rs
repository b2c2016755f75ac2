//! Who is at work on a store.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What messages call an owner who does not say who it is.
const UNKNOWN: &str = "an unknown process";

/// Who changes a store, from where, since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOwner {
    /// The name of the user.
    pub user: String,
    /// The name of the machine.
    pub host: String,
    /// The number of the process.
    pub pid: u32,
    /// What it does: the command.
    pub command: String,
    /// Since when, as RFC 3339 writes it.
    pub since: String,
    /// Which process of all that ever had this number, where that is known: one with the same number in another
    /// container, or after a reboot, is another process.
    #[serde(default)]
    process: Option<Process>,
}

/// Distinguishes a process from others with the same process id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Process {
    boot: String,
    namespace: String,
    started: String,
}

impl LockOwner {
    /// This process, doing something from now on.
    pub fn this(command: &str) -> Self {
        LockOwner {
            user: user(),
            host: host(),
            pid: std::process::id(),
            command: command.to_owned(),
            since: now(),
            process: Process::of(std::process::id()),
        }
    }

    /// An owner as a lock holds it: JSON.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The owner in the text of a lock, as messages name it.
    pub fn shown(text: &str) -> String {
        Self::parse(text).map_or_else(|| UNKNOWN.to_owned(), |owner| owner.to_string())
    }

    /// Whether it is certain that the process runs no more: it ran here, where it could be seen.
    pub fn is_dead(&self) -> bool {
        let (Some(process), Some(own)) = (&self.process, Process::of(std::process::id())) else {
            return false;
        };
        let is_visible = process.boot == own.boot && process.namespace == own.namespace;
        is_visible && Process::of(self.pid).as_ref() != Some(process)
    }

    /// Whether it runs on this machine.
    pub fn is_here(&self) -> bool {
        self.host == host()
    }
}

impl fmt::Display for LockOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LockOwner {
            user,
            host,
            pid,
            command,
            since,
            ..
        } = self;
        write!(f, "{user}@{host} (process {pid}, {command}) since {since}")
    }
}

impl Process {
    /// A process that runs now, and that can be seen.
    fn of(pid: u32) -> Option<Self> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program is in brackets, and may hold any characters; the start time is 20 fields after it.
        let (_, fields) = status.rsplit_once(')')?;
        Some(Process {
            boot: boot.trim().to_owned(),
            namespace: namespace.display().to_string(),
            started: fields.split_whitespace().nth(19)?.to_owned(),
        })
    }
}

/// The time as RFC 3339 writes it, in seconds, in UTC.
pub fn now() -> String {
    let seconds = Timestamp::try_from(SystemTime::now())
        .unwrap_or_default()
        .as_second();
    Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}

/// The user: behind `sudo`, the user who called it; else the name for the user id.
fn user() -> String {
    let named = std::env::var("SUDO_USER").ok().filter(|user| !user.is_empty());
    named.unwrap_or_else(|| {
        let uid = std::fs::metadata("/proc/self").map(|metadata| metadata.uid().to_string());
        let Ok(uid) = uid else {
            return "unknown".to_owned();
        };
        // The name, a password that is none, the number.
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let is_own = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
        let name = users.lines().find(is_own).and_then(|line| line.split(':').next());
        name.map_or(format!("uid {uid}"), str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_and_who_does_not() {
        let own = LockOwner::this("a test");
        assert!(own.is_here() && !own.is_dead());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = LockOwner {
            pid: child.id(),
            ..own.clone()
        };
        child.wait().unwrap();
        assert!(dead.is_dead());
        // Of those that cannot be seen nothing is known.
        let mut elsewhere = dead.clone();
        elsewhere.process.as_mut().unwrap().namespace = "pid:[1]".to_owned();
        assert!(!elsewhere.is_dead());
        let unknown = LockOwner {
            process: None,
            ..dead
        };
        assert!(!unknown.is_dead());
    }
}
