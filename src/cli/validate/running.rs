//! The running configs of a switch, which are checked where no file is named.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cli::Failure;
use crate::cli::reading::read_store;
use crate::config::{Source, to_text};
use crate::policy::Policy;
use crate::store::{DatabaseConfig, RedisStore};

/// The running config as a text; on a switch of several ASICs, an object with the config of the host and of each ASIC.
///
/// # Errors
/// [`Failure::Environment`]: a database cannot be read.
pub fn running(db_config: &Path, policy: &Policy) -> Result<Source, Failure> {
    let mut configs = Map::new();
    for (namespace, address) in DatabaseConfig::read(db_config)?.namespaces {
        let mut store = RedisStore::new(address, PathBuf::new())?;
        let config = read_store(&mut store, policy)?.to_value();
        let scope = if namespace.is_empty() {
            "localhost".to_owned()
        } else {
            namespace
        };
        configs.insert(scope, config);
    }
    let whole = match configs.len() {
        1 => configs.values_mut().next().map(Value::take).unwrap_or_default(),
        _ => Value::Object(configs),
    };
    Ok(Source::new("running config", to_text(&whole, None)))
}
