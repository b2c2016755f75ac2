//! Naming a store: `file:PATH`, `redis://HOST:PORT/DB`, `unix:///path.sock?db=4`, `sonic:`.

use std::path::PathBuf;

use url::Url;

use super::StoreError;
use super::redis::{RedisAddress, Server};

/// The port of a Redis server.
const PORT: u16 = 6379;

/// What a store is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// The path of a config file.
    File(PathBuf),
    /// The address of a CONFIG_DB.
    Redis(RedisAddress),
    /// The switch that this runs on.
    Sonic,
}

impl StoreUrl {
    /// Reads a name. `redis:` and `unix:` take the queries `db` and `mark-db`, the databases of CONFIG_DB (4)
    /// and of our locks and marks (6).
    ///
    /// # Errors
    /// [`StoreError::Url`].
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let refused = |shown: &str, reason: &str| StoreError::Url {
            url: shown.to_owned(),
            reason: reason.to_owned(),
        };
        match text.split_once(':') {
            Some(("file", "")) => Err(refused(text, "no file is named: file:PATH")),
            Some(("file", path)) => {
                let path = path
                    .strip_prefix("//")
                    .filter(|rest| rest.starts_with('/'))
                    .unwrap_or(path);
                Ok(StoreUrl::File(PathBuf::from(path)))
            }
            Some(("sonic", "" | "//")) => Ok(StoreUrl::Sonic),
            Some(("redis" | "unix", _)) => {
                let url =
                    Url::parse(text).map_err(|error| refused(&without_password(text), &error.to_string()))?;
                Self::redis(&url).map_err(|reason| refused(&without_password(text), &reason))
            }
            _ => Err(refused(
                &without_password(text),
                "one begins with file:, redis:, unix: or sonic:",
            )),
        }
    }

    fn redis(url: &Url) -> Result<Self, String> {
        let mut db = None;
        let server = if url.scheme() == "unix" {
            if url.path().is_empty() || url.has_host() {
                return Err("a socket is named by its path: unix:///path.sock?db=4".to_owned());
            }
            Server::Unix(PathBuf::from(decoded(url.path())))
        } else {
            let host = url.host_str().filter(|host| !host.is_empty());
            let host = host.ok_or("no host is named: redis://HOST:PORT/DB")?;
            if let path @ ("" | "/") = url.path() {
                let _ = path;
            } else {
                db = Some(number("the database", url.path().trim_start_matches('/'))?);
            }
            Server::Tcp(
                host.trim_matches(['[', ']']).to_owned(),
                url.port().unwrap_or(PORT),
            )
        };
        let mut address = RedisAddress::new(server);
        if !url.username().is_empty() {
            address.user = Some(decoded(url.username()));
        }
        address.password = url.password().map(decoded);
        for (name, value) in url.query_pairs() {
            match &*name {
                "db" => db = Some(number("db", &value)?),
                "mark-db" => address.marker_db = number("mark-db", &value)?,
                // As redis-cli's own names of sockets have them.
                "user" => address.user = Some(value.into_owned()),
                "pass" => address.password = Some(value.into_owned()),
                other => return Err(format!("{other:?} is not known; there are db and mark-db")),
            }
        }
        address.config_db = db.unwrap_or(address.config_db);
        Ok(StoreUrl::Redis(address))
    }
}

fn number(what: &str, text: &str) -> Result<i64, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (0..=i64::from(u16::MAX)).contains(number));
    number.ok_or_else(|| format!("{what} is a number, not {text:?}"))
}

fn decoded(text: &str) -> String {
    let bytes: Vec<u8> = url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
        .next()
        .map(|(name, _)| name.into_owned().into_bytes())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name without what may be a password: the part before the last `@`, and the value of `pass`.
fn without_password(text: &str) -> String {
    let hidden = match (text.find("//"), text.rfind('@')) {
        (Some(start), Some(end)) if start + 2 < end => format!("{}***{}", &text[..start + 2], &text[end..]),
        _ => text.to_owned(),
    };
    match hidden.find("pass=") {
        Some(at) => {
            let rest = hidden[at..].find('&').map_or("", |end| &hidden[at + end..]);
            format!("{}pass=***{rest}", &hidden[..at])
        }
        None => hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redis(text: &str) -> RedisAddress {
        match StoreUrl::parse(text) {
            Ok(StoreUrl::Redis(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names() {
        assert_eq!(
            StoreUrl::parse("file:a.json").unwrap(),
            StoreUrl::File("a.json".into())
        );
        assert_eq!(
            StoreUrl::parse("file:///etc/a.json").unwrap(),
            StoreUrl::File("/etc/a.json".into())
        );
        assert_eq!(StoreUrl::parse("sonic:").unwrap(), StoreUrl::Sonic);
        let address = redis("redis://127.0.0.1:7000/3");
        assert_eq!(address.server, Server::Tcp("127.0.0.1".into(), 7000));
        assert_eq!((address.config_db, address.marker_db), (3, 6));
        assert_eq!(redis("redis://switch").name(), "redis://switch:6379/4");
        assert_eq!(redis("redis://[::1]:1").server, Server::Tcp("::1".into(), 1));
        let address = redis("unix:///run/r%20s.sock?db=7&mark-db=8");
        assert_eq!(address.server, Server::Unix("/run/r s.sock".into()));
        assert_eq!((address.config_db, address.marker_db), (7, 8));
    }

    #[test]
    fn passwords_are_not_shown() {
        let address = redis("redis://me:p%40ss@host:1/4");
        assert_eq!(address.password.as_deref(), Some("p@ss"));
        assert_eq!(address.name(), "redis://host:1/4");
        assert_eq!(format!("{address:?}"), "redis://host:1/4");
        for text in [
            "redis://:secret@host/x",
            "redis://me:secret@host:port",
            "http://a:secret@b",
            "unix:///s?pass=secret&x=1",
        ] {
            let error = StoreUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn malformed_store_urls_are_refused() {
        let refused = |text: &str| StoreUrl::parse(text).unwrap_err().to_string();
        assert!(refused("file:").contains("no file is named"));
        assert!(refused("config_db.json").contains("one begins with file:"));
        assert!(refused("redis://host/four").contains("the database is a number, not \"four\""));
        assert!(refused("unix://host/path").contains("by its path"));
        assert!(refused("redis://host/4?x=1").contains("\"x\" is not known"));
        assert!(refused("redis://host/-1").contains("is a number"));
    }
}
