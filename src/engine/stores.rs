//! The stores of a change, and where their journals, histories and checkpoints are.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::Config;
use crate::patch::Scope;
use crate::policy::Policy;
use crate::store::{DATABASE_CONFIG, DatabaseConfig, FileStore, RedisStore, StoreError, StoreUrl};
use crate::transaction::{Checkpoints, Participant, StateDir};

/// The folder of checkpoints on a switch.
pub const CHECKPOINTS: &str = "/etc/sonic/checkpoints";
/// The state directory of root.
const STATE: &str = "/var/lib/sonicfg";

/// Why stores cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A store is not there, or its name is not valid.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two stores are named for one scope.
    #[error("two stores are named for {0}")]
    SameScope(Scope),
    /// `sonic:` is named together with another store.
    #[error("sonic: names all stores of the switch, so there can be no other")]
    NotAlone,
    /// A namespace of the switch is not that of an ASIC.
    #[error("{}: {name:?} is not the namespace of an ASIC", file.display())]
    Namespace {
        /// The file that describes the databases.
        file: PathBuf,
        /// The name of the namespace.
        name: String,
    },
    /// No store is named.
    #[error("no store is named")]
    None,
    /// The user has no home directory, and no state directory is named.
    #[error("there is no home directory for the journal")]
    NoHome,
    /// The working directory cannot be read, so a relative path leads nowhere.
    #[error("the path {} cannot be resolved", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// Where the files beside stores are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StateDirs {
    /// The state directory, with the journals and histories of stores in Redis. `None`: that of the user,
    /// `/var/lib/sonicfg` for root. A file store has its own folder beside the file.
    pub state: Option<PathBuf>,
    /// The folder of checkpoints. `None`: `/etc/sonic/checkpoints` for `sonic:`, a folder `checkpoints` beside a file
    /// store, and one in the state directory for Redis.
    pub checkpoints: Option<PathBuf>,
    /// The file in which a switch describes its databases, for `sonic:`.
    pub database_config: PathBuf,
}

impl Default for StateDirs {
    fn default() -> Self {
        StateDirs {
            state: None,
            checkpoints: None,
            database_config: PathBuf::from(DATABASE_CONFIG),
        }
    }
}

/// The stores of a change, one for each scope.
pub struct StoreSet {
    pub(super) participants: Vec<Participant>,
    is_switch: bool,
    checkpoints: Option<PathBuf>,
}

impl std::fmt::Debug for StoreSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl StoreSet {
    /// Opens stores. All callers that name the same store share its journal and history.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(urls: &[(Scope, StoreUrl)], dirs: &StateDirs) -> Result<Self, OpenError> {
        let is_switch = urls.iter().any(|(_, url)| *url == StoreUrl::Sonic);
        if is_switch && urls.len() > 1 {
            return Err(OpenError::NotAlone);
        }
        let mut participants: Vec<Participant> = Vec::new();
        for (scope, url) in urls {
            if participants.iter().any(|one| one.scope == *scope) {
                return Err(OpenError::SameScope(scope.clone()));
            }
            match url {
                StoreUrl::File(path) => participants.push(Participant {
                    scope: scope.clone(),
                    store: Box::new(FileStore::open(path)?),
                }),
                StoreUrl::Redis(address) => {
                    let state_dir = dirs.state_dir()?.join(folder_name(&address.identity()));
                    participants.push(Participant {
                        scope: scope.clone(),
                        store: Box::new(RedisStore::new(address.clone(), state_dir)?),
                    });
                }
                StoreUrl::Sonic => participants.extend(switch(dirs)?),
            }
        }
        if participants.is_empty() {
            return Err(OpenError::None);
        }
        // All writers lock them in the same order.
        participants.sort_by(|one, other| one.scope.cmp(&other.scope));
        Ok(StoreSet {
            participants,
            is_switch,
            checkpoints: dirs.checkpoints.clone(),
        })
    }

    /// The config of the host in the store of a URL, with the default folders.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_url(url: &str) -> Result<Self, OpenError> {
        Self::open(&[(Scope::HOST, StoreUrl::parse(url)?)], &StateDirs::default())
    }

    /// Whether these are the stores of this switch, named `sonic:`.
    pub fn is_switch(&self) -> bool {
        self.is_switch
    }

    /// The scopes of the stores, the host first.
    pub fn scopes(&self) -> Vec<Scope> {
        let participants = self.participants.iter();
        participants.map(|one| one.scope.clone()).collect()
    }

    /// The identities of the stores, in the order of the scopes: URLs without a password.
    pub fn names(&self) -> Vec<String> {
        let participants = self.participants.iter();
        participants.map(|one| one.store.identity()).collect()
    }

    /// The state directory with the journal and history of changes of these stores.
    pub fn state_dir(&self) -> StateDir {
        let first = self.participants.first();
        StateDir::new(first.map_or(Path::new(""), |one| one.store.state_dir()))
    }

    /// The checkpoints of these stores.
    pub fn checkpoints(&self) -> Checkpoints {
        let first = self.participants.first().map(|one| &one.store);
        let folder = self.checkpoints.clone().unwrap_or_else(|| match first {
            _ if self.is_switch => PathBuf::from(CHECKPOINTS),
            Some(store) if store.is_live() => store.state_dir().join("checkpoints"),
            Some(store) => store.state_dir().with_file_name("checkpoints"),
            None => PathBuf::from(CHECKPOINTS),
        });
        Checkpoints::new(folder)
    }

    /// Errors of the stores mask what this policy says is secret; before that, what the built-in policy says.
    pub fn mask_with(&mut self, policy: &Policy) {
        for participant in &mut self.participants {
            participant.store.mask_with(policy);
        }
    }

    /// Reads the configs, in the order of the scopes, without a lock.
    ///
    /// # Errors
    /// [`StoreError`]: a store cannot be reached or read, or holds no config.
    pub fn read(&mut self) -> Result<Vec<Config>, StoreError> {
        let participants = self.participants.iter_mut();
        participants
            .map(|one| Ok(Config::from(one.store.snapshot()?.document)))
            .collect()
    }
}

/// The stores of this switch.
fn switch(dirs: &StateDirs) -> Result<Vec<Participant>, OpenError> {
    let state_dir = dirs.state_dir()?.join("sonic");
    let file = &dirs.database_config;
    let namespaces = DatabaseConfig::read(file)?.namespaces.into_iter();
    let stores = namespaces.map(|(name, address)| {
        let scope = if name.is_empty() {
            Some(Scope::HOST)
        } else {
            Scope::named(&name)
        };
        let scope = scope.ok_or_else(|| OpenError::Namespace {
            file: file.clone(),
            name: name.to_string(),
        })?;
        Ok(Participant {
            scope,
            store: Box::new(RedisStore::new(address, state_dir.clone())?),
        })
    });
    stores.collect()
}

impl StateDirs {
    /// The state directory: the one that is named, `SONICFG_STATE_DIR`, `/var/lib/sonicfg` for root, or
    /// `sonicfg` in the user's state directory (XDG Base Directory Specification).
    fn state_dir(&self) -> Result<PathBuf, OpenError> {
        let named = |name: &str| {
            std::env::var_os(name)
                .filter(|dir| !dir.is_empty())
                .map(PathBuf::from)
        };
        if let Some(path) = self.state.clone().or_else(|| named("SONICFG_STATE_DIR")) {
            return std::path::absolute(&path).map_err(|source| OpenError::Path { path, source });
        }
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
        if is_root {
            return Ok(PathBuf::from(STATE));
        }
        let user =
            named("XDG_STATE_HOME").or_else(|| named("HOME").map(|state_dir| state_dir.join(".local/state")));
        user.map(|dir| dir.join("sonicfg")).ok_or(OpenError::NoHome)
    }
}

/// The name of the folder of a store: the readable part of its identity, and a digest of all of it.
fn folder_name(identity: &str) -> String {
    let known = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let readable: String = identity
        .chars()
        .map(|character| if known(character) { character } else { '_' })
        .take(60)
        .collect();
    format!("{readable}-{}", &blake3::hash(identity.as_bytes()).to_hex()[..8])
}
