//! A live CONFIG_DB in Redis.
//!
//! Reading is one script, and each step is one: a server runs a script at one moment, so no client sees half of it. A
//! step takes place only if every table still has the digest that it had when it was read. A change by any client, even
//! one that ignores the lock, is thus noticed before it is overwritten. The lock and the marker are in another database
//! of the same server; a script reaches both.
//!
//! A script that fails leaves nothing behind: the server checks the rights to every key before it runs one, the first write
//! is to the lock, each command is tried where it changes nothing, and what was written before a refusal is put back in the
//! same script. Each attempt of a step has a number. An attempt whose answer did not arrive is withdrawn
//! ([`Store::withdraw`]) before anything else is done: if it arrives later, it does nothing.

mod address;
mod digest;
mod entries;
mod layout;
mod reasons;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redis::{Client, Connection, ConnectionLike, FromRedisValue, RedisError, Script, Value as Reply};
use serde_json::json;

use crate::config::{CONFIG_DB_SEPARATOR, Document};
use crate::policy::Policy;

use super::{
    Commit, CommitMarker, LEASE, LockOwner, Server as SeenServer, ServerIdentity, Snapshot, Store,
    StoreError, TableVersion, Version, fail_point, random_id,
};

pub use address::{RedisAddress, Server};
use reasons::{is_gone, reason, reason_in};
pub use watch::RedisWatch;

/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer is waited for.
const ANSWER: Duration = Duration::from_secs(20);
/// What the names of our keys begin with.
const PREFIX: &str = "SONICFG";

const TABLES: &str = include_str!("tables.lua");
const SNAPSHOT: &str = include_str!("snapshot.lua");
const MARK: &str = include_str!("marker.lua");
const COMMIT: &str = include_str!("commit.lua");
const LOCK: &str = include_str!("lock.lua");
const UNLOCK: &str = include_str!("unlock.lua");
const UNMARK: &str = include_str!("unmark.lua");
const WITHDRAW: &str = include_str!("withdraw.lua");

/// A CONFIG_DB in a Redis server.
pub struct RedisStore {
    name: String,
    address: RedisAddress,
    state_dir: PathBuf,
    connection: Option<Connection>,
    state: Option<Connection>,
    /// What shows that a lock is ours. Each lock has another one.
    token: String,
    /// The number of the last attempt to commit a step under this lock.
    attempt: u64,
    /// What the server said of itself when it was locked.
    server: Option<SeenServer>,
    holder: String,
    locked: bool,
    /// What is secret; `None`: what the built-in policy says.
    policy: Option<Policy>,
}

impl RedisStore {
    /// The store at an address, with its state directory.
    ///
    /// # Errors
    /// [`StoreError::NoConfig`]: locks and markers would be in CONFIG_DB itself. A server that is not reachable is
    /// reported by the first use.
    pub fn new(address: RedisAddress, state_dir: PathBuf) -> Result<Self, StoreError> {
        let name = address.name();
        if address.config_db == address.marker_db {
            return Err(StoreError::NoConfig {
                store: name,
                reason: format!(
                    "database {} is the one for locks and marks, which are never in CONFIG_DB",
                    address.marker_db
                ),
            });
        }
        Ok(RedisStore {
            token: String::new(),
            attempt: 0,
            server: None,
            name,
            address,
            state_dir,
            connection: None,
            state: None,
            holder: String::new(),
            locked: false,
            policy: None,
        })
    }

    /// The server, and the database of the config.
    pub fn address(&self) -> &RedisAddress {
        &self.address
    }

    fn connect(&mut self, doing: &'static str) -> Result<&mut Connection, StoreError> {
        if self
            .connection
            .as_ref()
            .is_none_or(|connection| !connection.is_open())
        {
            let connection = self.address.connection().and_then(open);
            self.connection = Some(connection.map_err(|error| self.refused(doing, &error))?);
        }
        self.connection.as_mut().ok_or_else(|| StoreError::Server {
            store: self.name.clone(),
            doing,
            reason: "there is no connection".to_owned(),
            unreachable: true,
        })
    }

    /// Runs a script. One that changes nothing is retried where the connection is lost.
    fn run(
        &mut self,
        doing: &'static str,
        script: &str,
        args: &[&str],
        again: bool,
    ) -> Result<Vec<Reply>, StoreError> {
        let script = Script::new(script);
        let mut invocation = script.prepare_invoke();
        for arg in args {
            invocation.arg(arg);
        }
        let had_connection = self.connection.is_some();
        match invocation.invoke(self.connect(doing)?) {
            Ok(reply) => Ok(reply),
            Err(error) if is_gone(&error) => {
                self.connection = None;
                if again && had_connection && !error.is_timeout() {
                    let reply = invocation.invoke(self.connect(doing)?);
                    return reply.map_err(|error| self.refused(doing, &error));
                }
                Err(self.refused(doing, &error))
            }
            Err(error) => Err(self.refused(doing, &error)),
        }
    }

    fn refused(&self, doing: &'static str, error: &RedisError) -> StoreError {
        StoreError::Server {
            store: self.name.clone(),
            doing,
            reason: reason(error),
            unreachable: is_gone(error) || matches!(error.code(), Some("LOADING" | "BUSY")),
        }
    }

    /// A refusal of the server to do something.
    fn failed(&self, doing: &'static str, reason: String) -> StoreError {
        StoreError::Server {
            store: self.name.clone(),
            doing,
            reason,
            unreachable: false,
        }
    }

    fn tokens(&self) -> (String, String, String) {
        (
            self.address.config_db.to_string(),
            self.address.marker_db.to_string(),
            LEASE.as_millis().to_string(),
        )
    }
}

impl Store for RedisStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn identity(&self) -> String {
        self.address.identity()
    }

    fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    fn is_live(&self) -> bool {
        true
    }

    fn mask_with(&mut self, policy: &Policy) {
        self.policy = Some(policy.clone());
    }

    fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        let doing = "read";
        let db = self.address.config_db.to_string();
        let reply = self.run(doing, SNAPSHOT, &[&db], true)?;
        let mut reply = reply.into_iter();
        let answer: Option<String> = reply.next().and_then(from);
        match answer.as_deref() {
            Some("read") => {}
            Some("unreadable") => {
                let name: String = reply.next().and_then(from).unwrap_or_default();
                let why: String = reply.next().and_then(from).unwrap_or_default();
                let reason = format!("the key {name:?} cannot be read: {}", reason_in(&why));
                return Err(self.failed(doing, reason));
            }
            Some("no hash") => {
                let name: String = reply.next().and_then(from).unwrap_or_default();
                return Err(no_config(
                    &self.name,
                    format!("the key {name:?} is no hash, as every entry is"),
                ));
            }
            _ => return Err(strange(&self.name, doing)),
        }
        let entries = reply.next().ok_or_else(|| strange(&self.name, doing))?;
        let (config, versions) = entries::config(&self.name, entries)?;
        let count: i64 = reply.next().and_then(from).unwrap_or_default();
        if versions.is_empty() && count > 1 {
            let db = self.address.config_db;
            return Err(no_config(
                &self.name,
                format!("no key of database {db} has a \"|\" in its name"),
            ));
        }
        Ok(Snapshot {
            document: Document::from_value(self.name.as_str(), &config),
            version: Version::Tables(versions),
        })
    }

    fn commit(&mut self, commit: &Commit) -> Result<Version, StoreError> {
        let doing = "write";
        let Version::Tables(versions) = commit.version else {
            return Err(strange(&self.name, doing));
        };
        let (config, markers, lease) = self.tokens();
        let marker = mark(commit.marker);
        let writes = entries::writes(&self.name, self.policy.as_ref(), commit.changes, commit.exempt)?;
        let mut names = entries::names_after(versions, commit.changes);
        let (exempt, expected) = (json!(commit.exempt).to_string(), entries::expected(versions));
        let after = json!(names).to_string();
        self.attempt += 1;
        let (token, attempt) = (self.token.clone(), self.attempt.to_string());
        let args = [
            &config, &markers, PREFIX, &token, &attempt, &lease, &exempt, &expected, &writes, &marker, &after,
        ];
        let mut command = redis::cmd("EVAL");
        command
            .arg(format!("{TABLES}{COMMIT}"))
            .arg(commit.changes.len() + 2)
            .arg(format!("{PREFIX}|LOCK"))
            .arg(format!("{PREFIX}|MARK"));
        for change in commit.changes {
            command.arg(change.entry().to_string());
        }
        command.arg(&args);
        // The connection is made first, so that a failure is reported for what it is.
        let connection = self.connect(doing)?;
        if let Err(error) = connection.send_packed_command(&command.get_packed_command()) {
            // The server never gets the whole of it.
            self.connection = None;
            return Err(self.refused(doing, &error));
        }
        fail_point("before the reply");
        let reply = connection
            .recv_response()
            .and_then(Reply::extract_error)
            .and_then(|reply| Ok(Vec::<Reply>::from_redis_value(reply)?));
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) if is_gone(&error) => {
                self.connection = None;
                return Err(StoreError::Uncertain {
                    store: self.name.clone(),
                    reason: reason(&error),
                });
            }
            Err(error) => return Err(self.refused(doing, &error)),
        };
        let mut reply = reply.into_iter();
        let answer: String = reply.next().and_then(from).unwrap_or_default();
        let told = reply.next().unwrap_or(Reply::Nil);
        match answer.as_str() {
            "done" => {
                let told: Vec<(String, String)> = from(told).unwrap_or_default();
                let mut versions = versions.clone();
                for (table, digest) in told {
                    if digest.is_empty() {
                        versions.remove(&table);
                    } else {
                        let entries = names.remove(&table).unwrap_or_default();
                        versions.insert(table, TableVersion { digest, entries });
                    }
                }
                Ok(Version::Tables(versions))
            }
            "changed" => {
                let table: String = from(told).unwrap_or_default();
                Err(StoreError::Conflict {
                    store: self.name.clone(),
                    table: Some(table),
                })
            }
            "lock" => {
                self.locked = false;
                Err(self.lock_lost(&from::<String>(told).unwrap_or_default()))
            }
            "refused" => Err(self.failed(doing, reason_in(&from::<String>(told).unwrap_or_default()))),
            "partial" => Err(StoreError::Partial {
                store: self.name.clone(),
                reason: reason_in(&from::<String>(told).unwrap_or_default()),
            }),
            "withdrawn" => Err(self.failed(doing, "the step was withdrawn".to_owned())),
            _ => Err(strange(&self.name, doing)),
        }
    }

    fn marker(&mut self) -> Result<Option<CommitMarker>, StoreError> {
        let db = self.address.marker_db.to_string();
        let reply = self.run("read the mark of", MARK, &[&db, PREFIX], true)?;
        let fields: Vec<Option<String>> = reply.into_iter().map(from).collect();
        let [Some(transaction), Some(step), of, until, Some(holder)] = &fields[..] else {
            return Ok(None);
        };
        let (Ok(step), Ok(holder)) = (step.parse(), serde_json::from_str(holder)) else {
            return Ok(None);
        };
        Ok(Some(CommitMarker {
            transaction: transaction.clone(),
            step,
            of: of.as_ref().and_then(|of| of.parse().ok()),
            until: until.clone(),
            holder,
        }))
    }

    fn keeps_markers(&self) -> bool {
        true
    }

    fn clear_marker(&mut self, transaction: &str) -> Result<(), StoreError> {
        let db = self.address.marker_db.to_string();
        self.run("take the mark from", UNMARK, &[&db, PREFIX, transaction], true)?;
        Ok(())
    }

    fn withdraw(&mut self) -> Result<(), StoreError> {
        if self.attempt == 0 {
            return Ok(());
        }
        let (_, markers, _) = self.tokens();
        let (token, attempt) = (self.token.clone(), self.attempt.to_string());
        let args = [&*markers, PREFIX, &token, &attempt];
        // Where the lock is another one by now, or none, no attempt of ours takes place any more.
        self.run("withdraw a step from", WITHDRAW, &args, true)?;
        Ok(())
    }

    fn server(&self) -> Option<&SeenServer> {
        self.server.as_ref()
    }

    fn lock(&mut self, holder: &LockOwner) -> Result<(), StoreError> {
        self.holder = serde_json::to_string(holder).unwrap_or_default();
        self.token = random_id();
        self.attempt = 0;
        let mut held = self.hold("lock", "take", "")?;
        if let Some(owner) = &held
            && LockOwner::parse(owner).is_some_and(|owner| owner.is_dead())
        {
            // Other writers need not wait until the lease expires.
            let owner = owner.clone();
            held = self.hold("lock", "take", &owner)?;
        }
        match held {
            None => {
                self.locked = true;
                Ok(())
            }
            Some(held) => Err(StoreError::Held {
                store: self.name.clone(),
                holder: LockOwner::shown(&held),
            }),
        }
    }

    fn keep_lock(&mut self) -> Result<(), StoreError> {
        match self.hold("keep the lock of", "keep", "")? {
            None => Ok(()),
            Some(held) => {
                self.locked = false;
                Err(self.lock_lost(&held))
            }
        }
    }

    fn unlock(&mut self) {
        if std::mem::take(&mut self.locked) {
            let (_, markers, _) = self.tokens();
            let token = self.token.clone();
            // A server that is not there any more forgets the lock by itself.
            let _ = self.run("unlock", UNLOCK, &[&markers, PREFIX, &token], true);
        }
    }

    fn state(&mut self, table: &str, key: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        let doing = "read STATE_DB of";
        let name = format!("{table}{CONFIG_DB_SEPARATOR}{key}");
        let mut query = redis::cmd("HGETALL");
        query.arg(name);
        let connection = match self.address.state_connection() {
            None => self.connect(doing)?,
            Some(other) => {
                if self.state.is_none() {
                    let opened = other.and_then(open);
                    self.state = Some(opened.map_err(|error| self.refused(doing, &error))?);
                }
                self.state.as_mut().ok_or_else(|| StoreError::Server {
                    store: String::new(),
                    doing,
                    reason: "there is no connection".to_owned(),
                    unreachable: true,
                })?
            }
        };
        let fields: Result<BTreeMap<String, String>, RedisError> = query.query(connection);
        let fields = fields.map_err(|error| self.refused(doing, &error))?;
        Ok((!fields.is_empty()).then_some(fields))
    }
}

impl RedisStore {
    /// Takes the lock, also from a dead owner, or renews it. `Some`: another owner holds it.
    fn hold(&mut self, doing: &'static str, how: &str, dead: &str) -> Result<Option<String>, StoreError> {
        let (_, markers, lease) = self.tokens();
        let (token, holder) = (self.token.clone(), self.holder.clone());
        let new_id = random_id();
        let args = [&*markers, PREFIX, &token, &lease, &holder, how, dead, &new_id];
        let mut reply = self.run(doing, LOCK, &args, true)?.into_iter();
        let answer: String = reply.next().and_then(from).unwrap_or_default();
        match answer.as_str() {
            "ours" => {
                let said: Vec<String> = reply.map(|one| from(one).unwrap_or_default()).collect();
                if let [former, id, run] = &said[..] {
                    self.server = Some(SeenServer {
                        identity: ServerIdentity {
                            id: id.clone(),
                            run: run.clone(),
                        },
                        had_id: !former.is_empty(),
                    });
                }
                Ok(None)
            }
            "held" => Ok(Some(reply.next().and_then(from).unwrap_or_default())),
            _ => Err(strange(&self.name, doing)),
        }
    }

    fn lock_lost(&self, held: &str) -> StoreError {
        StoreError::LockLost {
            store: self.name.clone(),
            holder: (!held.is_empty()).then(|| LockOwner::shown(held)),
        }
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.unlock();
    }
}

/// The fields of a mark, as the script of a step writes them.
fn mark(marker: &CommitMarker) -> String {
    let CommitMarker {
        transaction,
        step,
        of,
        until,
        holder,
    } = marker;
    let mut fields = vec![
        "transaction".to_owned(),
        transaction.clone(),
        "step".to_owned(),
        step.to_string(),
        "of".to_owned(),
        of.map_or(String::new(), |of| of.to_string()),
        "holder".to_owned(),
        serde_json::to_string(holder).unwrap_or_default(),
    ];
    if let Some(until) = until {
        fields.extend(["until".to_owned(), until.clone()]);
    }
    json!(fields).to_string()
}

fn open(info: redis::ConnectionInfo) -> redis::RedisResult<Connection> {
    let connection = Client::open(info)?.get_connection_with_timeout(CONNECT)?;
    connection.set_read_timeout(Some(ANSWER))?;
    connection.set_write_timeout(Some(ANSWER))?;
    Ok(connection)
}

fn from<T: FromRedisValue>(reply: Reply) -> Option<T> {
    T::from_redis_value(reply).ok()
}

fn no_config(store: &str, reason: String) -> StoreError {
    StoreError::NoConfig {
        store: store.to_owned(),
        reason,
    }
}

/// An answer that none of our scripts gives.
fn strange(store: &str, doing: &'static str) -> StoreError {
    StoreError::Server {
        store: store.to_owned(),
        doing,
        reason: "the server gave an answer that was not expected".to_owned(),
        unreachable: false,
    }
}
