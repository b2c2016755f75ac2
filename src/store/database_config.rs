//! `database_config.json`: where a switch says which databases it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::Source;

use super::StoreError;
use super::redis::{RedisAddress, Server};

/// Where a switch keeps the file.
pub const DATABASE_CONFIG: &str = "/var/run/redis/sonic-db/database_config.json";
/// The file beside it that lists one such file for each namespace, on switches of several ASICs.
const GLOBAL: &str = "database_global.json";

/// The databases of a switch, by namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// The CONFIG_DB of each namespace, that of the host first; its name is empty.
    pub namespaces: Vec<(String, RedisAddress)>,
}

/// A Redis server that the file describes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DatabaseInstance {
    hostname: Option<String>,
    port: Option<u16>,
    unix_socket_path: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Described {
    #[serde(rename = "INSTANCES")]
    instances: BTreeMap<String, DatabaseInstance>,
    #[serde(rename = "DATABASES")]
    databases: BTreeMap<String, Database>,
}

#[derive(Debug, Deserialize)]
struct Database {
    id: i64,
    #[serde(default)]
    separator: Option<String>,
    instance: String,
}

#[derive(Debug, Deserialize)]
struct Global {
    #[serde(rename = "INCLUDES")]
    includes: Vec<Include>,
}

#[derive(Debug, Deserialize)]
struct Include {
    include: PathBuf,
    #[serde(default)]
    namespace: String,
}

impl DatabaseConfig {
    /// Reads the file, or the files that a `database_global.json` beside it lists.
    ///
    /// # Errors
    /// [`StoreError::DatabaseConfig`].
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let global = path.with_file_name(GLOBAL);
        let mut namespaces = Vec::new();
        if global.is_file() {
            let listed: Global = parsed(&global)?;
            for Include { include, namespace } in listed.includes {
                let file = global.parent().unwrap_or(Path::new("/")).join(include);
                let file = file.canonicalize().unwrap_or(file);
                namespaces.push((namespace, address(&file)?));
            }
            namespaces.sort_by_key(|(name, _)| {
                // asic10 follows asic9.
                (name.len(), name.clone())
            });
        }
        if !namespaces.iter().any(|(name, _)| name.is_empty()) {
            namespaces.insert(0, (String::new(), address(path)?));
        }
        Ok(DatabaseConfig { namespaces })
    }
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let source = Source::read(path)?;
    serde_json::from_str(&source.text).map_err(|error| StoreError::DatabaseConfig {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// The CONFIG_DB that a file describes.
fn address(path: &Path) -> Result<RedisAddress, StoreError> {
    let described: Described = parsed(path)?;
    let refused = |reason: String| StoreError::DatabaseConfig {
        path: path.to_owned(),
        reason,
    };
    let database = |name: &str| {
        let found = described.databases.get(name);
        found.ok_or_else(|| refused(format!("it has no database {name}")))
    };
    let server = |of: &Database| {
        let instance = described.instances.get(&of.instance);
        let instance = instance.ok_or_else(|| refused(format!("it has no instance {:?}", of.instance)))?;
        match instance {
            DatabaseInstance {
                unix_socket_path: Some(path),
                ..
            } if !path.as_os_str().is_empty() => Ok(Server::Unix(path.clone())),
            DatabaseInstance {
                hostname: Some(host),
                port: Some(port),
                ..
            } => Ok(Server::Tcp(host.clone(), *port)),
            _ => Err(refused(format!(
                "the instance {:?} has neither a socket nor a host and port",
                of.instance
            ))),
        }
    };
    let (config, state) = (database("CONFIG_DB")?, database("STATE_DB")?);
    if config
        .separator
        .as_deref()
        .is_some_and(|separator| separator != "|")
    {
        return Err(refused("the separator of CONFIG_DB is not \"|\"".to_owned()));
    }
    let mut address = RedisAddress::new(server(config)?);
    address.config_db = config.id;
    if state.instance == config.instance {
        address.marker_db = state.id;
    } else {
        // Markers are written together with the config, so they are on its server.
        let mut others = described.databases.iter();
        let other = others.find(|(_, other)| other.instance == config.instance && other.id != config.id);
        let (_, other) = other.ok_or_else(|| {
            refused(format!(
                "the instance {:?} has no database but CONFIG_DB, and locks and markers are never kept in that",
                config.instance
            ))
        })?;
        address.marker_db = other.id;
        address.state = Some((server(state)?, state.id));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(socket: &str) -> String {
        format!(
            r#"{{"INSTANCES": {{"redis": {{"hostname": "127.0.0.1", "port": 6379, "unix_socket_path": "{socket}",
            "persistence_for_warm_boot": "yes"}}}}, "DATABASES": {{"CONFIG_DB": {{"id": 4, "separator": "|",
            "instance": "redis"}}, "STATE_DB": {{"id": 6, "separator": "|", "instance": "redis"}}}}, "VERSION": "1.0"}}"#
        )
    }

    #[test]
    fn one_asic_and_several() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("database_config.json");
        std::fs::write(&path, text("/run/redis.sock")).unwrap();
        let found = DatabaseConfig::read(&path).unwrap();
        assert_eq!(found.namespaces.len(), 1);
        assert_eq!(
            found.namespaces[0].1.server,
            Server::Unix("/run/redis.sock".into())
        );

        for asic in ["asic0", "asic10", "asic9"] {
            std::fs::write(dir.path().join(asic), text(&format!("/run/{asic}.sock"))).unwrap();
        }
        let global = r#"{"INCLUDES": [{"include": "database_config.json"}, {"namespace": "asic10", "include": "./asic10"},
            {"namespace": "asic9", "include": "./asic9"}, {"namespace": "asic0", "include": "./asic0"}]}"#;
        std::fs::write(dir.path().join(GLOBAL), global).unwrap();
        let found = DatabaseConfig::read(&path).unwrap();
        let names: Vec<&str> = found.namespaces.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["", "asic0", "asic9", "asic10"]);
        assert_eq!(
            found.namespaces[3].1.server,
            Server::Unix("/run/asic10.sock".into())
        );
    }

    #[test]
    fn another_server_for_states() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.json");
        let described = r#"{"INSTANCES": {"a": {"hostname": "h", "port": 1}, "b": {"hostname": "h", "port": 2}},
            "DATABASES": {"CONFIG_DB": {"id": 4, "instance": "a"}, "STATE_DB": {"id": 6, "instance": "b"}ASIC}}"#;
        std::fs::write(
            &path,
            described.replace("ASIC", r#", "ASIC_DB": {"id": 1, "instance": "a"}"#),
        )
        .unwrap();
        let (_, address) = DatabaseConfig::read(&path).unwrap().namespaces.remove(0);
        assert_eq!(address.marker_db, 1);
        assert_eq!(address.state, Some((Server::Tcp("h".into(), 2), 6)));

        std::fs::write(&path, described.replace("ASIC", "")).unwrap();
        let error = DatabaseConfig::read(&path).unwrap_err().to_string();
        assert!(error.contains("has no database but CONFIG_DB"), "{error}");
    }
}
