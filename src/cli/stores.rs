//! The stores that a command works on, and where their journals and checkpoints are.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use crate::engine::{SessionOptions, StateDirs, StoreSet};
use crate::patch::Scope;
use crate::store::{DATABASE_CONFIG, StoreUrl};

use super::Failure;
use super::defaults;
use super::scoped::{self, ScopedFile};

/// The stores that a command works on.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Store")]
pub struct StoreArgs {
    /// A store: file:PATH, redis://HOST:PORT/DB, unix:///PATH?db=4 or sonic:
    ///
    /// sonic: is the CONFIG_DB of this switch, and the default on a switch. SONICFG_STORE names a store too. The
    /// option may be repeated, once for each scope: SCOPE is localhost, which may be omitted, or asic0, asic1 and so
    /// on.
    #[arg(long, value_name = "[SCOPE=]URL", conflicts_with = "config")]
    store: Vec<ScopedUrl>,

    /// A config_db.json: the same as --store file:FILE
    #[arg(long, value_name = "[SCOPE=]FILE", value_hint = clap::ValueHint::FilePath)]
    config: Vec<ScopedFile>,

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

    /// The state directory: journals and history of stores in Redis
    ///
    /// SONICFG_STATE_DIR names it too. Default: /var/lib/sonicfg for root, ~/.local/state/sonicfg for other users. The
    /// state of a file is beside the file.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    state_dir: Option<PathBuf>,

    /// The directory of checkpoints
    ///
    /// Default: /etc/sonic/checkpoints for sonic:, the folder checkpoints beside a file, a folder in the state
    /// directory for Redis.
    #[arg(
        long,
        value_name = "DIR",
        env = "SONICFG_CHECKPOINT_DIR",
        hide_env_values = true,
        hide_short_help = true
    )]
    checkpoint_dir: Option<PathBuf>,

    /// How long to wait while another client holds the lock: 10s, 2m
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        value_parser = duration,
        hide_short_help = true
    )]
    lock_timeout: Duration,

    /// The file that is locked while the switch reloads its config, for sonic:
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/sonic/reload.lock",
        hide_short_help = true
    )]
    reload_lock: PathBuf,

    /// How many changes the history keeps
    #[arg(long, value_name = "N", default_value_t = 100, hide_short_help = true)]
    history_keep: usize,
}

/// A store, and whose config it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ScopedUrl {
    scope: Scope,
    url: String,
}

impl From<OsString> for ScopedUrl {
    fn from(text: OsString) -> Self {
        let text = text.to_string_lossy().into_owned();
        let scoped = text
            .split_once('=')
            .and_then(|(name, url)| Some((Scope::named(name)?, url.to_owned())));
        let (scope, url) = scoped.unwrap_or((Scope::HOST, text));
        ScopedUrl { scope, url }
    }
}

impl StoreArgs {
    /// Whether any store is named. The default of a switch is not named.
    pub fn is_named(&self) -> bool {
        let is_named = |url: OsString| !url.is_empty();
        !self.config.is_empty()
            || !self.store.is_empty()
            || std::env::var_os("SONICFG_STORE").is_some_and(is_named)
    }

    /// Refuses a command for which no store is named and that has no default, before anything else is done.
    ///
    /// # Errors
    /// [`Failure::Environment`].
    pub fn check(&self) -> Result<(), Failure> {
        if !self.is_named() && defaults::store(&self.db_config).is_none() {
            return Err(defaults::no_store());
        }
        scoped::check(&self.config, "--config")
    }

    /// Opens the stores.
    ///
    /// # Errors
    /// [`Failure::Environment`]: none is named, or one is not there.
    pub fn open(&self) -> Result<StoreSet, Failure> {
        self.check()?;
        let mut urls: Vec<(Scope, StoreUrl)> = Vec::new();
        for file in &self.config {
            urls.push((file.scope.clone(), StoreUrl::File(file.path.clone())));
        }
        for store in &self.store {
            urls.push((store.scope.clone(), StoreUrl::parse(&store.url)?));
        }
        if urls.is_empty() {
            let named = std::env::var("SONICFG_STORE").unwrap_or_default();
            let url = match defaults::store(&self.db_config) {
                Some(default) if named.is_empty() => default,
                _ => &named,
            };
            urls.push((Scope::HOST, StoreUrl::parse(url)?));
        }
        Ok(StoreSet::open(&urls, &self.dirs())?)
    }

    fn dirs(&self) -> StateDirs {
        let mut dirs = StateDirs::default();
        dirs.state.clone_from(&self.state_dir);
        dirs.checkpoints.clone_from(&self.checkpoint_dir);
        dirs.database_config.clone_from(&self.db_config);
        dirs
    }

    /// How changes of these stores are made by a command.
    pub fn options(&self, command: &str) -> SessionOptions {
        let mut options = SessionOptions::default();
        command.clone_into(&mut options.command);
        options.lock_timeout = self.lock_timeout;
        options.history_keep = self.history_keep;
        options.reload_lock = Some(self.reload_lock.clone());
        options
    }
}

/// Reads a length of time: `10s`, `2m`, `500ms`, `0`.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed: Result<SignedDuration, _> = text.parse();
    let duration = parsed.ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.ok_or_else(|| "a length of time is written 500ms, 10s, 2m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        for text in ["", "10", "-1s", "soon", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scopes_stand_before_the_name() {
        let scoped = |text: &str| {
            let url = ScopedUrl::from(OsString::from(text));
            (url.scope.to_string(), url.url)
        };
        assert_eq!(
            scoped("unix:///s?db=4"),
            ("localhost".into(), "unix:///s?db=4".into())
        );
        assert_eq!(
            scoped("asic1=unix:///s?db=4"),
            ("asic1".into(), "unix:///s?db=4".into())
        );
    }
}
