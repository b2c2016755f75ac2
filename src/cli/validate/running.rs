//! The running configs of a switch, which are checked where no file is named.

use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::reading::read_store;
use crate::config::{Source, to_text};
use crate::policy::Policy;
use crate::store::{DatabaseConfig, RedisStore};

/// The running configs as texts: the host's first, then one for each ASIC that has its own.
///
/// # Errors
/// [`Failure::Environment`]: a database cannot be read.
pub fn running(db_config: &Path, policy: &Policy) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for (namespace, address) in DatabaseConfig::read(db_config)?.namespaces {
        let mut store = RedisStore::new(address, PathBuf::new())?;
        let config = read_store(&mut store, policy)?;
        let name = if namespace.is_empty() {
            "running config".to_owned()
        } else {
            format!("running config of {namespace}")
        };
        sources.push(Source::new(name, to_text(&config.to_value(), None)));
    }
    Ok(sources)
}
