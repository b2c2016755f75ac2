//! A config that a command reads, from a file or a store.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::{Config, Source};
use crate::engine::read_document;
use crate::policy::Policy;
use crate::store::{DATABASE_CONFIG, DatabaseConfig, FileStore, RedisAddress, RedisStore, Store, StoreUrl};

use super::Failure;
use super::defaults;

/// The config that a command reads.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Store")]
pub struct ReadArgs {
    /// A config_db.json; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    config: Option<PathBuf>,

    /// A store: file:PATH, redis://HOST:PORT/DB, unix:///PATH?db=4 or sonic:
    ///
    /// sonic: is the CONFIG_DB of this switch (the host's, where ASICs have their own), and the default on a switch.
    /// SONICFG_STORE names a store too.
    #[arg(long, value_name = "URL")]
    store: Option<String>,

    /// The file in which the switch describes its databases, for sonic:
    #[arg(
        long,
        value_name = "FILE",
        env = "SONICFG_DB_CONFIG",
        hide_env_values = true,
        default_value = DATABASE_CONFIG,
        hide_short_help = true
    )]
    db_config: PathBuf,
}

/// Where one config is.
pub enum Place {
    /// A file; `-` is standard input.
    File(PathBuf),
    /// A live CONFIG_DB.
    Redis(RedisAddress),
}

impl ReadArgs {
    /// Where the config is, if one is named, or there is a default.
    ///
    /// # Errors
    /// [`Failure::Environment`]: what is named is no store.
    pub fn place(&self) -> Result<Option<Place>, Failure> {
        if let Some(path) = &self.config {
            return Ok(Some(Place::File(path.clone())));
        }
        let named = std::env::var_os("SONICFG_STORE").map(OsString::into_string);
        let named = named.and_then(Result::ok).filter(|url| !url.is_empty());
        let default = || defaults::store(&self.db_config).map(str::to_owned);
        let Some(url) = self.store.clone().or(named).or_else(default) else {
            return Ok(None);
        };
        Ok(Some(match StoreUrl::parse(&url)? {
            StoreUrl::File(path) => Place::File(path),
            StoreUrl::Redis(address) => Place::Redis(address),
            StoreUrl::Sonic => {
                let mut namespaces = DatabaseConfig::read(&self.db_config)?.namespaces.into_iter();
                let host = namespaces.find(|(name, _)| name.is_empty());
                let (_, address) = host.ok_or_else(|| {
                    let file = self.db_config.display();
                    Failure::Environment(format!("{file}: it names no CONFIG_DB of the host"))
                })?;
                Place::Redis(address)
            }
        }))
    }

    /// As [`ReadArgs::place`], for commands that cannot do without.
    ///
    /// # Errors
    /// [`Failure::Environment`], also where none is named.
    pub fn needed(&self) -> Result<Place, Failure> {
        self.place()?.ok_or_else(defaults::no_store)
    }

    /// Whether standard input is read.
    pub fn is_stdin(&self) -> bool {
        self.config.as_deref().is_some_and(Source::is_stdin)
    }
}

impl Place {
    /// The config.
    ///
    /// # Errors
    /// [`Failure::Environment`]: it cannot be read, or is none.
    pub fn read(self, policy: &Policy) -> Result<Value, Failure> {
        let address = match self {
            Place::File(path) if Source::is_stdin(&path) => return read_config(&path, policy),
            Place::File(path) => {
                let document = read_document(FileStore::open(&path)?.read()?, policy);
                let document = document.map_err(|(_, error)| Failure::Environment(error.to_string()))?;
                return Ok(document.to_value(document.root()));
            }
            Place::Redis(address) => address,
        };
        let mut store = RedisStore::new(address, PathBuf::new())?;
        Ok(read_store(&mut store, policy)?.to_value())
    }
}

/// The config in a store.
///
/// # Errors
/// [`Failure`]: it cannot be read, or is none.
pub fn read_store(store: &mut dyn Store, policy: &Policy) -> Result<Config, Failure> {
    store.mask_with(policy);
    Ok(Config::from(store.snapshot()?.document))
}

/// A config in a file, as a value.
///
/// # Errors
/// [`Failure::Environment`]: it cannot be read, or is none.
pub fn read_config(path: &Path, policy: &Policy) -> Result<Value, Failure> {
    let document = read_document(Source::read(path)?, policy);
    let document = document.map_err(|(_, error)| Failure::Environment(error.to_string()))?;
    Ok(document.to_value(document.root()))
}
