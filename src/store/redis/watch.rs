//! Following entries of a CONFIG_DB by the notifications that its server sends.
//!
//! A thread takes notifications at once, however busy their reader is, so that the server never has to buffer them.
//! Unread notifications are merged into one. The thread never waits long, so that it ends soon after its reader.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use redis::{Connection, RedisError};
use serde_json::Value;

use crate::config::{CONFIG_DB_SEPARATOR, EntryName};
use crate::store::{StoreError, Watch};

use super::reasons::{is_gone, reason};
use super::{RedisAddress, layout, open};

/// How long the thread waits before it looks whether it is still needed.
const LISTEN: Duration = Duration::from_millis(250);
/// The setting of a server that says which notifications it sends.
const SETTING: &str = "notify-keyspace-events";
const DOING: &str = "follow";

/// Follows entries of a CONFIG_DB.
pub struct RedisWatch {
    name: String,
    address: RedisAddress,
    entries: Vec<EntryName>,
    /// Whether notifications are turned on where they are not.
    configures: bool,
    subscription: Option<Subscription>,
}

struct Subscription {
    connection: Connection,
    changed: Receiver<()>,
    /// It ends with the reason.
    listener: Option<JoinHandle<String>>,
    ends: Arc<AtomicBool>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
    }
}

impl RedisWatch {
    /// Follows entries of the CONFIG_DB at an address. `configures`: keyspace notifications are turned on where they
    /// are off.
    pub fn new(address: RedisAddress, entries: Vec<EntryName>, configures: bool) -> Self {
        RedisWatch {
            name: address.name(),
            address,
            entries,
            configures,
            subscription: None,
        }
    }

    fn refused(&self, error: &RedisError) -> StoreError {
        self.failed(reason(error), is_gone(error) || error.code() == Some("LOADING"))
    }

    fn failed(&self, reason: String, unreachable: bool) -> StoreError {
        StoreError::Server {
            store: self.name.clone(),
            doing: DOING,
            reason,
            unreachable,
        }
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let connection = self.address.config_connection().and_then(open);
        connection.map_err(|error| self.refused(&error))
    }

    /// Sees to it that the server sends what is needed.
    fn check(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let asked = redis::cmd("CONFIG").arg("GET").arg(SETTING).query(connection);
        let (_, set): (String, String) = match asked {
            Ok(answer) => answer,
            Err(error) if is_gone(&error) => return Err(self.refused(&error)),
            // The user may not read the setting. Missed changes are found by the periodic reads.
            Err(_) => return Ok(()),
        };
        let missing = missing(&set);
        if missing.is_empty() {
            return Ok(());
        }
        if self.configures {
            let mut command = redis::cmd("CONFIG");
            let command = command.arg("SET").arg(SETTING).arg(format!("{set}{missing}"));
            return command.exec(connection).map_err(|error| self.refused(&error));
        }
        let letters: Vec<String> = missing.chars().map(String::from).collect();
        let reason = format!(
            "the server does not send all notifications: {SETTING} is {set:?} and lacks {}; \
             --configure-notifications turns them on",
            letters.join(", ")
        );
        Err(self.failed(reason, false))
    }

    fn subscription(&mut self) -> Result<&mut Subscription, StoreError> {
        let closed = self.failed("there is no connection".to_owned(), true);
        self.subscription.as_mut().ok_or(closed)
    }
}

impl Watch for RedisWatch {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self) -> Result<(), StoreError> {
        self.subscription = None;
        let mut connection = self.connect()?;
        self.check(&mut connection)?;
        let db = self.address.config_db;
        let channels: BTreeSet<String> = self
            .entries
            .iter()
            .map(|entry| {
                format!(
                    "__keyspace@{db}__:{}{CONFIG_DB_SEPARATOR}{}",
                    entry.table, entry.key
                )
            })
            .collect();
        let subscriber = self.connect()?;
        // One is left for the next read; more would add nothing.
        let (changes, changed) = sync_channel(1);
        let (ready, is_ready) = sync_channel(1);
        let ends = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ends);
        let listener = std::thread::spawn(move || {
            let error = listen(subscriber, &channels, &ready, &changes, &end);
            error.map_or(String::new(), |error| reason(&error))
        });
        if is_ready.recv().is_err() {
            let reason = listener.join().unwrap_or_default();
            return Err(self.failed(reason, true));
        }
        self.subscription = Some(Subscription {
            connection,
            changed,
            listener: Some(listener),
            ends,
        });
        Ok(())
    }

    fn wait(&mut self, at_most: Duration) -> Result<bool, StoreError> {
        let subscription = self.subscription()?;
        match subscription.changed.recv_timeout(at_most) {
            Ok(()) => Ok(true),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => {
                let listener = subscription.listener.take();
                let reason = listener.and_then(|listener| listener.join().ok());
                self.subscription = None;
                Err(self.failed(reason.unwrap_or_default(), true))
            }
        }
    }

    fn read(&mut self) -> Result<Vec<Option<Value>>, StoreError> {
        // All as they are at one moment.
        let mut pipe = redis::pipe();
        pipe.atomic();
        for entry in &self.entries {
            let key = format!("{}{CONFIG_DB_SEPARATOR}{}", entry.table, entry.key);
            pipe.cmd("HGETALL").arg(key);
        }
        let subscription = self.subscription()?;
        let read: Result<Vec<Vec<(String, String)>>, RedisError> = pipe.query(&mut subscription.connection);
        match read {
            Ok(hashes) => {
                let hashes = hashes.into_iter();
                let entries = hashes.map(|hash| (!hash.is_empty()).then(|| layout::from_hash(hash)));
                Ok(entries.collect())
            }
            Err(error) => {
                self.subscription = None;
                Err(self.refused(&error))
            }
        }
    }
}

/// Whether a signal interrupted the wait, as when a child process has ended.
fn is_interrupted(error: &RedisError) -> bool {
    // The source is shared by all copies of the error.
    type Shared = Arc<dyn std::error::Error + Send + Sync>;
    let source = std::error::Error::source(error);
    let error = source
        .and_then(|source| source.downcast_ref::<Shared>())
        .and_then(|shared| shared.downcast_ref::<std::io::Error>());
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::Interrupted)
}

/// The letters that are missing in the setting, for notifications by the names of keys about all that happens to
/// hashes.
fn missing(set: &str) -> String {
    let has = |letter| set.contains(letter) || letter != 'K' && set.contains('A');
    "Kgh".chars().filter(|&letter| !has(letter)).collect()
}

/// Forwards notifications until the receiver is dropped (`None`) or they end.
fn listen(
    mut connection: Connection,
    channels: &BTreeSet<String>,
    ready: &SyncSender<()>,
    changes: &SyncSender<()>,
    end: &AtomicBool,
) -> Option<RedisError> {
    let mut subscription = connection.as_pubsub();
    let mut start = || {
        for channel in channels {
            subscription.subscribe(channel)?;
        }
        subscription.set_read_timeout(Some(LISTEN))
    };
    if let Err(error) = start() {
        return Some(error);
    }
    // The receiver may have ended already.
    let _ = ready.send(());
    while !end.load(Ordering::Relaxed) {
        match subscription.get_message() {
            // Where there is no room, one waits to be taken.
            Ok(_) => drop(changes.try_send(())),
            Err(error) if error.is_timeout() || is_interrupted(&error) => {}
            Err(error) => return Some(error),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn required_keyspace_events() {
        for (set, lacks) in [
            ("", "Kgh"),
            ("AKE", ""),
            ("AK", ""),
            ("A", "K"),
            ("KEx", "gh"),
            ("Kgh", ""),
            ("Eh", "Kg"),
        ] {
            assert_eq!(missing(set), lacks, "{set}");
        }
    }
}
