//! Who is at work on a store.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who changes a store, from where, since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The name of the machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What it does: the command.
    pub command: String,
    /// Since when, as RFC 3339 writes it.
    pub since: String,
}

impl Holder {
    /// This process, doing something from now on.
    pub fn this(command: &str) -> Self {
        Holder {
            user: user(),
            host: host(),
            pid: std::process::id(),
            command: command.to_owned(),
            since: now(),
        }
    }

    /// Whether it runs on this machine.
    pub fn is_here(&self) -> bool {
        self.host == host()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder {
            user,
            host,
            pid,
            command,
            since,
        } = self;
        write!(f, "{user}@{host} (process {pid}, {command}) since {since}")
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

/// The user who asked: behind `sudo`, whoever called it; else by the number of the user.
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
