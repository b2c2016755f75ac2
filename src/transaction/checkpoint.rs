//! Named, saved configs, in the form that SONiC's own tools read and write.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::config::{Config, ConfigError, Source, nearest, plain_reason, to_text};
use crate::patch::Scope;
use crate::store::{make_folders, write_whole};

/// What the name of a file ends with.
const ENDING: &str = ".cp.json";
/// The longest name.
const MAX_NAME: usize = 64;

/// Why a checkpoint cannot be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The name is none that a checkpoint can have.
    #[error(
        "{name:?} is no name for a checkpoint: it has 1 to {MAX_NAME} letters, digits, dots, hyphens and underscores, \
         and is not \".\" or \"..\""
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// There is no such checkpoint.
    #[error("there is no checkpoint {name:?} in {}{hint}", folder.display())]
    Missing {
        /// What was asked for.
        name: String,
        /// Where.
        folder: PathBuf,
        /// What may have been meant.
        hint: String,
    },
    /// There is one of that name already.
    #[error("there is a checkpoint {name:?} already")]
    Exists {
        /// Its name.
        name: String,
    },
    /// It holds no config, or that of other scopes.
    #[error("the checkpoint {name:?} does not do: {reason}")]
    Unfit {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It cannot be written or removed.
    #[error("cannot {doing} {}: {reason}", path.display())]
    Files {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

/// A folder of checkpoints.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    /// The checkpoints in a folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Checkpoints {
            folder: folder.into(),
        }
    }

    /// The folder of the checkpoints.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Saves the config of each scope under a name; with `overwrite` in the place of one that is there. Gives the
    /// file.
    ///
    /// # Errors
    /// [`CheckpointError`]: there is one of that name already, or it cannot be written.
    pub fn save(
        &self,
        name: &str,
        configs: &[(Scope, Value)],
        overwrite: bool,
    ) -> Result<PathBuf, CheckpointError> {
        let path = self.path(name)?;
        if path.exists() && !overwrite {
            return Err(CheckpointError::Exists {
                name: name.to_owned(),
            });
        }
        let value = match configs {
            [(_, config)] => config.clone(),
            _ => {
                let scoped = configs
                    .iter()
                    .map(|(scope, config)| (scope.to_string(), config.clone()));
                Value::Object(scoped.collect::<Map<String, Value>>())
            }
        };
        make_folders(&self.folder).map_err(|error| failed("make the folder", &self.folder, &error))?;
        write_whole(&path, &to_text(&value, None)).map_err(|error| failed("write", &path, &error))?;
        Ok(path)
    }

    /// The saved config of each of the scopes.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn load(&self, name: &str, scopes: &[Scope]) -> Result<Vec<Config>, CheckpointError> {
        let path = self.path(name)?;
        if !path.is_file() {
            return Err(self.missing(name));
        }
        let config = Config::parse(Source::read_file(&path).map_err(ConfigError::from)?)?;
        if scopes.len() == 1 {
            return Ok(vec![config]);
        }
        let Value::Object(mut parts) = config.to_value() else {
            return Err(unfit(name, "it is no object"));
        };
        let mut configs = Vec::new();
        for scope in scopes {
            let part = parts.shift_remove(&scope.to_string());
            let part = part.ok_or_else(|| unfit(name, &format!("it has no config of {scope}")))?;
            configs.push(Config::from_value(path.display().to_string(), &part));
        }
        match parts.keys().next() {
            Some(other) => Err(unfit(
                name,
                &format!("it holds {other:?} too, which is not among the stores"),
            )),
            None => Ok(configs),
        }
    }

    /// Removes a checkpoint. Gives the file that it was.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn delete(&self, name: &str) -> Result<PathBuf, CheckpointError> {
        let path = self.path(name)?;
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.missing(name)),
            Err(error) => Err(failed("remove", &path, &error)),
        }
    }

    /// The names of all checkpoints with the time at which they were saved, sorted by name.
    ///
    /// # Errors
    /// [`CheckpointError::Files`].
    pub fn list(&self) -> Result<Vec<(String, SystemTime)>, CheckpointError> {
        let refused = |error: &std::io::Error| failed("read", &self.folder, error);
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refused(&error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| refused(&error))?;
            let file = entry.file_name();
            let name = file.to_str().and_then(|name| name.strip_suffix(ENDING));
            let Some(name) = name.filter(|name| !name.is_empty()) else {
                continue;
            };
            let time = entry.metadata().and_then(|metadata| metadata.modified());
            found.push((name.to_owned(), time.map_err(|error| refused(&error))?));
        }
        found.sort();
        Ok(found)
    }

    fn path(&self, name: &str) -> Result<PathBuf, CheckpointError> {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if name.is_empty()
            || name.len() > MAX_NAME
            || !name.bytes().all(is_known)
            || matches!(name, "." | "..")
        {
            return Err(CheckpointError::Name {
                name: name.to_owned(),
            });
        }
        Ok(self.folder.join(format!("{name}{ENDING}")))
    }

    fn missing(&self, name: &str) -> CheckpointError {
        let known = self.list().unwrap_or_default();
        let near = nearest(name, known.iter().map(|(name, _)| name.as_str()));
        CheckpointError::Missing {
            name: name.to_owned(),
            folder: self.folder.clone(),
            hint: near.map_or(String::new(), |near| format!(", did you mean {near:?}?")),
        }
    }
}

fn unfit(name: &str, reason: &str) -> CheckpointError {
    CheckpointError::Unfit {
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

fn failed(doing: &'static str, path: &Path, error: &std::io::Error) -> CheckpointError {
    CheckpointError::Files {
        doing,
        path: path.to_owned(),
        reason: plain_reason(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(dir.path().join("checkpoints"));
        let configs = [(Scope::HOST, json!({"T": {"k": {}}}))];
        for name in ["", ".", "..", "a/b", "a b", "ä", &"x".repeat(65)] {
            let refused = checkpoints.save(name, &configs, false).unwrap_err();
            assert!(matches!(refused, CheckpointError::Name { .. }), "{name}");
        }
        checkpoints.save("before-1.2_x", &configs, false).unwrap();
        assert!(matches!(
            checkpoints.save("before-1.2_x", &configs, false).unwrap_err(),
            CheckpointError::Exists { .. }
        ));
        let configs = [(Scope::HOST, json!({"T": {"other": {}}}))];
        checkpoints.save("before-1.2_x", &configs, true).unwrap();
        assert_eq!(checkpoints.list().unwrap()[0].0, "before-1.2_x");
        let loaded = checkpoints.load("before-1.2_x", &[Scope::HOST]).unwrap();
        assert_eq!(loaded[0].to_value(), configs[0].1);
        let missing = checkpoints.delete("before-1.2_y").unwrap_err().to_string();
        assert!(missing.contains("did you mean \"before-1.2_x\"?"), "{missing}");
        checkpoints.delete("before-1.2_x").unwrap();
        assert!(checkpoints.list().unwrap().is_empty());
    }

    #[test]
    fn several_scopes() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(dir.path());
        let scopes = [Scope::HOST, Scope::named("asic0").unwrap()];
        let configs: Vec<(Scope, Value)> = scopes
            .iter()
            .map(|scope| (scope.clone(), json!({"T": {scope.to_string(): {}}})))
            .collect();
        checkpoints.save("a", &configs, false).unwrap();
        let loaded = checkpoints.load("a", &scopes).unwrap();
        assert_eq!(loaded[1].to_value(), configs[1].1);
        let three = [scopes.to_vec(), vec![Scope::named("asic1").unwrap()]].concat();
        let error = checkpoints.load("a", &three).unwrap_err().to_string();
        assert!(error.contains("no config of asic1"), "{error}");
    }
}
