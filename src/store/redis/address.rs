//! Where a CONFIG_DB is.

use std::path::PathBuf;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

/// The number of the database that holds CONFIG_DB, where nothing else is said.
pub const CONFIG_DB: i64 = 4;
/// The number of the database that holds STATE_DB, where nothing else is said.
pub const STATE_DB: i64 = 6;

/// A Redis server, the database of its CONFIG_DB, and the database of locks and markers.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisAddress {
    /// A host and its port, or the path of a socket.
    pub server: Server,
    /// The user, if one is to be named.
    pub user: Option<String>,
    /// The password, if one is asked for.
    pub password: Option<String>,
    /// The database of CONFIG_DB.
    pub config_db: i64,
    /// The database of the same server that holds locks and marks: never CONFIG_DB.
    pub marker_db: i64,
    /// Where STATE_DB is, if that is not the database of the marks.
    pub state: Option<(Server, i64)>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// Over the network: host and port.
    Tcp(String, u16),
    /// By a socket in the file system.
    Unix(PathBuf),
}

impl RedisAddress {
    /// A server with the databases that a switch has.
    pub fn new(server: Server) -> Self {
        RedisAddress {
            server,
            user: None,
            password: None,
            config_db: CONFIG_DB,
            marker_db: STATE_DB,
            state: None,
        }
    }

    /// How messages call it: without the password.
    pub fn name(&self) -> String {
        match &self.server {
            Server::Tcp(host, port) => format!("redis://{host}:{port}/{}", self.config_db),
            Server::Unix(path) => format!("unix://{}?db={}", path.display(), self.config_db),
        }
    }

    /// How it can be named again.
    pub fn identity(&self) -> String {
        let name = self.name();
        match (self.marker_db, &self.server) {
            (STATE_DB, _) => name,
            (db, Server::Tcp(..)) => format!("{name}?mark-db={db}"),
            (db, Server::Unix(_)) => format!("{name}&mark-db={db}"),
        }
    }

    pub(super) fn connection(&self) -> redis::RedisResult<ConnectionInfo> {
        self.connection_to(&self.server, self.marker_db)
    }

    /// The server, with the database of CONFIG_DB.
    pub(super) fn config_connection(&self) -> redis::RedisResult<ConnectionInfo> {
        self.connection_to(&self.server, self.config_db)
    }

    /// The server of STATE_DB, where it is another one, and the number of that database.
    pub(super) fn state_connection(&self) -> Option<redis::RedisResult<ConnectionInfo>> {
        let (server, db) = self.state.as_ref()?;
        Some(self.connection_to(server, *db))
    }

    fn connection_to(&self, server: &Server, db: i64) -> redis::RedisResult<ConnectionInfo> {
        let addr = match server {
            Server::Tcp(host, port) => ConnectionAddr::Tcp(host.clone(), *port),
            Server::Unix(path) => ConnectionAddr::Unix(path.clone()),
        };
        let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name().set_db(db);
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        Ok(addr.into_connection_info()?.set_redis_settings(settings))
    }
}

impl std::fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}
