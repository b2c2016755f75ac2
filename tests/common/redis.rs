//! A real Redis server, on a socket in a folder of its own, with the databases that a switch has.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ::redis::{Client, Connection, FromRedisValue, IntoConnectionInfo, RedisConnectionInfo, cmd};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub const CONFIG_DB: i64 = 4;
pub const STATE_DB: i64 = 6;

/// How long a server may take to start, or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server; it stops with the value.
pub struct Redis {
    dir: TempDir,
    child: Option<Child>,
    options: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Redis {
    /// Starts a server that keeps nothing on disk.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with more options, as its command line has them: `["--maxmemory", "2mb"]`.
    pub fn start_with(options: &[&str]) -> Self {
        Self::start_in(options, &[])
    }

    /// The same with variables in its environment, as for its locale.
    pub fn start_in(options: &[&str], environment: &[(&str, &str)]) -> Self {
        let environment = environment
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let mut server = Redis {
            dir: tempfile::tempdir().unwrap(),
            child: None,
            options: options.iter().map(ToString::to_string).collect(),
            environment: environment.collect(),
        };
        server.start_again();
        server
    }

    /// Starts the server that was stopped; it is empty.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server runs");
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--daemonize", "no", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.dir.path())
            .args(&self.options)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server, of the Debian package of that name");
        self.child = Some(child);
        let start = Instant::now();
        while !self.answers() {
            assert!(start.elapsed() < PATIENCE, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn answers(&self) -> bool {
        let connection = self.open(0);
        connection.is_ok_and(|mut connection| cmd("PING").exec(&mut connection).is_ok())
    }

    /// Kills the server, as a power failure does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The process of the server.
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("redis.sock")
    }

    /// How `--store` names it.
    pub fn url(&self) -> String {
        format!("unix://{}?db={CONFIG_DB}", self.socket().display())
    }

    /// A `database_config.json` that names it, for `sonic:` with `--db-config`.
    pub fn database_config(&self) -> PathBuf {
        let database = |id: i64| json!({"id": id, "separator": "|", "instance": "redis"});
        let described = json!({
            "INSTANCES": {"redis": {"hostname": "127.0.0.1", "port": 1, "unix_socket_path": self.socket()}},
            "DATABASES": {"CONFIG_DB": database(CONFIG_DB), "STATE_DB": database(STATE_DB)},
            "VERSION": "1.0"
        });
        let path = self.dir.path().join("database_config.json");
        std::fs::write(&path, described.to_string()).unwrap();
        path
    }

    fn open(&self, database: i64) -> ::redis::RedisResult<Connection> {
        let settings = RedisConnectionInfo::default().set_db(database);
        let info = ::redis::ConnectionAddr::Unix(self.socket()).into_connection_info()?;
        Client::open(info.set_redis_settings(settings))?.get_connection()
    }

    /// A connection to one of its databases.
    pub fn connect(&self, database: i64) -> Connection {
        self.open(database).unwrap()
    }

    /// Does one command on a database: `["HSET", "PORT|Ethernet0", "mtu", "9100"]`.
    pub fn cli<T: FromRedisValue>(&self, database: i64, command: &[&str]) -> T {
        let mut query = cmd(command[0]);
        query.arg(&command[1..]);
        query.query(&mut self.connect(database)).unwrap()
    }

    /// Loads a config into CONFIG_DB, in place of what is there, and says that it is complete.
    pub fn load(&self, config: &Value) {
        let mut pipe = ::redis::pipe();
        pipe.atomic().cmd("FLUSHDB").ignore();
        for (table, entries) in config.as_object().unwrap() {
            for (key, entry) in entries.as_object().unwrap() {
                let query = pipe.cmd("HSET").arg(format!("{table}|{key}"));
                for (name, text) in hash(entry) {
                    query.arg(name).arg(text);
                }
                query.ignore();
            }
        }
        pipe.cmd("SET").arg("CONFIG_DB_INITIALIZED").arg("1").ignore();
        pipe.exec(&mut self.connect(CONFIG_DB)).unwrap();
    }

    /// The config that stands in CONFIG_DB; its fields are in the order of their names.
    pub fn config(&self) -> Value {
        let mut connection = self.connect(CONFIG_DB);
        let mut names: Vec<String> = cmd("KEYS").arg("*|*").query(&mut connection).unwrap();
        names.sort();
        let mut pipe = ::redis::pipe();
        for name in &names {
            pipe.cmd("HGETALL").arg(name);
        }
        let hashes: Vec<BTreeMap<String, String>> = if names.is_empty() {
            Vec::new()
        } else {
            pipe.query(&mut connection).unwrap()
        };
        let mut config = Map::new();
        for (name, hash) in names.iter().zip(hashes) {
            let (table, key) = name.split_once('|').unwrap();
            let entries = config.entry(table).or_insert_with(|| json!({}));
            entries[key] = entry(hash);
        }
        Value::Object(config)
    }

    /// Sets an entry of STATE_DB, in place of what is there.
    pub fn set_state(&self, name: &str, fields: &[(&str, &str)]) {
        let mut pipe = ::redis::pipe();
        pipe.atomic().del(name).ignore();
        pipe.hset_multiple(name, fields).ignore();
        pipe.exec(&mut self.connect(STATE_DB)).unwrap();
    }

    /// Removes an entry of STATE_DB.
    pub fn remove_state(&self, name: &str) {
        self.cli::<i64>(STATE_DB, &["DEL", name]);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The fields of an entry as a switch stores them.
fn hash(entry: &Value) -> Vec<(String, String)> {
    let fields = entry.as_object().unwrap().iter();
    let mut hash: Vec<(String, String)> = fields
        .map(|(name, value)| match value {
            Value::Array(elements) => {
                let texts: Vec<&str> = elements.iter().map(|element| element.as_str().unwrap()).collect();
                (format!("{name}@"), texts.join(","))
            }
            value => (name.clone(), value.as_str().unwrap().to_owned()),
        })
        .collect();
    if hash.is_empty() {
        hash.push(("NULL".to_owned(), "NULL".to_owned()));
    }
    hash
}

/// An entry from the fields that a switch stores.
fn entry(hash: BTreeMap<String, String>) -> Value {
    let mut fields = Map::new();
    for (name, text) in hash {
        match name.strip_suffix('@') {
            _ if name == "NULL" => {}
            Some(list) => {
                fields.insert(list.to_owned(), text.split(',').collect());
            }
            None => {
                fields.insert(name, Value::String(text));
            }
        }
    }
    Value::Object(fields)
}
