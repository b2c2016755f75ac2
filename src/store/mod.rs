//! Where a config lives: a file, or a CONFIG_DB in Redis.
//!
//! A [`Store`] gives a snapshot with a version, takes one step if nothing that was read has changed since, and
//! is locked for one writer. It knows nothing of models, plans or journals.

mod database_config;
mod error;
mod fail;
mod file;
mod lock_file;
mod lock_owner;
mod private;
mod random;
mod redis;
mod url;
mod watch;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::debug_without_contents;
use crate::config::{Document, EntryName};
use crate::policy::Policy;

pub use database_config::{DATABASE_CONFIG, DatabaseConfig};
pub use error::StoreError;
pub(crate) use fail::fail_point;
pub use file::{FileStore, behind_links, write_whole};
pub use lock_file::LockFile;
pub use lock_owner::LockOwner;
pub use private::{PrivateFolder, make_folders};
pub(crate) use random::random_id;
pub use redis::{RedisAddress, RedisStore, RedisWatch};
pub use url::StoreUrl;
pub use watch::{FileWatch, Watch};

/// For how long a lock in Redis holds after its owner was last heard of.
pub const LEASE: Duration = Duration::from_secs(30);

/// Which state of a config was read. It says whether the config is still the same, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub enum Version {
    /// The text of a file.
    Text(String),
    /// The state of each table.
    Tables(BTreeMap<String, TableVersion>),
}

/// The state of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableVersion {
    /// A digest of its entries, in the order of their names.
    pub digest: String,
    /// The names of its entries, in order.
    pub entries: Vec<String>,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // It may hold secrets.
            Version::Text(text) => write!(f, "Text of {} bytes", text.len()),
            Version::Tables(tables) => write!(f, "Tables of {} names", tables.len()),
        }
    }
}

/// A config as it was at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The config. Read from a file, its values have places.
    pub document: Document,
    /// Which state it is.
    pub version: Version,
}

/// What becomes of one entry.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryChange {
    /// The table of the entry.
    pub table: String,
    /// The key of the entry.
    pub key: String,
    /// What it is before; `None` where it is not there.
    pub before: Option<Value>,
    /// What it is after.
    pub after: Option<Value>,
}

debug_without_contents!(EntryChange { table });

impl EntryChange {
    /// The name of the entry.
    pub fn entry(&self) -> EntryName {
        EntryName::new(self.table.as_str(), self.key.as_str())
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> EntryChange {
        EntryChange {
            table: self.table.clone(),
            key: self.key.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
        }
    }
}

/// The progress of a transaction, on a store whose config does not show it. It is written atomically with each step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMarker {
    /// The id of the transaction.
    pub transaction: String,
    /// How many of its steps have taken place.
    pub step: usize,
    /// How many steps it has on this store. `None`: a mark of release 0.1.
    pub of: Option<usize>,
    /// Until when the change must be confirmed, if it must be, as RFC 3339 writes it.
    pub until: Option<String>,
    /// Who carries it out.
    pub holder: LockOwner,
}

/// What a server says of itself, so that it is known again, whatever its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerIdentity {
    /// A random id that is kept beside the mark. A restart may lose it.
    pub id: String,
    /// The run of the server, which no two runs have in common; empty where the user may not ask for it.
    #[serde(default)]
    pub run: String,
}

/// A server as it was found when it was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// What it says of itself.
    pub identity: ServerIdentity,
    /// Whether it had its id before. If not, it has lost its marks too, or never had one.
    pub had_id: bool,
}

/// One step of a change, to be committed whole or not at all.
pub struct Commit<'a> {
    /// The state that the step is made for.
    pub version: &'a Version,
    /// The entries that it changes.
    pub changes: &'a [EntryChange],
    /// The whole config after it.
    pub target: &'a Value,
    /// The mark that is set with it.
    pub marker: &'a CommitMarker,
    /// Tables in which others may have changed something meanwhile.
    pub exempt: &'a [String],
}

debug_without_contents!(Commit <'_> {});

/// Where a config lives.
pub trait Store {
    /// The name in messages. It holds no password.
    fn name(&self) -> &str;

    /// How it can be named again, from anywhere: as [`StoreUrl`] reads it, without a password.
    fn identity(&self) -> String;

    /// The folder for the journal and the history of its changes.
    fn state_dir(&self) -> &Path;

    /// Whether daemons follow it, so that every step is visible.
    fn is_live(&self) -> bool;

    /// Errors mask what this policy says is secret. Before that they mask what the built-in policy says.
    fn mask_with(&mut self, policy: &Policy);

    /// Reads the config.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be reached or read, or does not hold a config.
    fn snapshot(&mut self) -> Result<Snapshot, StoreError>;

    /// Makes one step, if the config is still in the state that was read, and gives the state after it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where another client changed the config, [`StoreError::LockLost`] where the lock is no
    /// longer ours, [`StoreError::Uncertain`] where it is not known whether the step took place, [`StoreError::Partial`]
    /// where a part of it did; after any other error nothing of it did.
    fn commit(&mut self, commit: &Commit) -> Result<Version, StoreError>;

    /// The mark of the last step, on a store that keeps one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn marker(&mut self) -> Result<Option<CommitMarker>, StoreError>;

    /// Whether the store keeps marks. On one that does not, the config itself says how far a change has come.
    fn keeps_markers(&self) -> bool;

    /// Removes the mark of a transaction, and no other.
    ///
    /// # Errors
    /// [`StoreError`].
    fn clear_marker(&mut self, transaction: &str) -> Result<(), StoreError>;

    /// Sees to it that a step whose outcome is not known does not take place later. What is read after this is final.
    ///
    /// # Errors
    /// [`StoreError`]: the server is unreachable.
    fn withdraw(&mut self) -> Result<(), StoreError>;

    /// The server as it was found when it was locked, on a store that has one.
    fn server(&self) -> Option<&Server>;

    /// Locks the store for one writer. Does not wait.
    ///
    /// # Errors
    /// [`StoreError::Held`], with who holds the lock.
    fn lock(&mut self, holder: &LockOwner) -> Result<(), StoreError>;

    /// Says that the owner of the lock is alive.
    ///
    /// # Errors
    /// [`StoreError::LockLost`].
    fn keep_lock(&mut self) -> Result<(), StoreError>;

    /// Releases the lock. Where the server is unreachable, the lock expires there.
    fn unlock(&mut self);

    /// An entry of STATE_DB, on a store that has one: its fields. `None` where there is no such entry.
    ///
    /// # Errors
    /// [`StoreError`].
    fn state(&mut self, table: &str, key: &str) -> Result<Option<BTreeMap<String, String>>, StoreError>;
}

/// Opens a store by its [`Store::identity`]. `state_dir` is the folder for the journal, where the store has none of
/// its own.
///
/// # Errors
/// [`StoreError`]: the name is none, or the store is not there.
pub fn open_again(identity: &str, state_dir: &Path) -> Result<Box<dyn Store>, StoreError> {
    match StoreUrl::parse(identity)? {
        StoreUrl::File(path) => Ok(Box::new(FileStore::open(&path)?)),
        StoreUrl::Redis(address) => Ok(Box::new(RedisStore::new(address, state_dir.to_owned())?)),
        StoreUrl::Sonic => Err(StoreError::Url {
            url: identity.to_owned(),
            reason: "it names several stores".to_owned(),
        }),
    }
}
