//! The models and the policy that every operation of the engine works with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use thiserror::Error;

use crate::config::{ReadError, Source};
use crate::policy::{Policy, PolicyError};
use crate::schema::{Cache, Dialect, Modules, Retired, Schema, SchemaError, Sources};

/// Why an [`Engine`] cannot be made.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The YANG modules cannot be read or compiled.
    #[error(transparent)]
    Schema(#[from] Arc<SchemaError>),
    /// The policy file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The policy file is not valid.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl From<SchemaError> for LoadError {
    fn from(error: SchemaError) -> Self {
        LoadError::Schema(Arc::new(error))
    }
}

/// Models and policy. A clone shares them, and can be used by several threads.
///
/// ```
/// use sonicfg::engine::Engine;
///
/// let engine = Engine::builder().build()?;
/// assert!(engine.schema()?.tables.get("SYSTEM_DEFAULTS").is_some());
/// # Ok::<(), sonicfg::engine::LoadError>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    schema: OnceLock<Result<Schema, LoadError>>,
    /// `None` where the schema was given.
    modules: Option<Modules>,
    cache: Option<Cache>,
    policy: Policy,
    dialect: Dialect,
    is_short_lived: bool,
    on_cache_warning: Option<CacheWarning>,
}

type CacheWarning = Box<dyn Fn(&str) + Send + Sync>;

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_loaded = self.inner.schema.get().is_some();
        f.debug_struct("Engine")
            .field("is_loaded", &is_loaded)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// The settings of a new engine: the built-in models and policy, no cache.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// An engine of a schema and a policy that are there already.
    pub fn new(schema: Schema, policy: Policy) -> Self {
        let loaded = OnceLock::new();
        let dialect = schema.dialect;
        let _ = loaded.set(Ok(schema));
        Engine {
            inner: Arc::new(Inner {
                schema: loaded,
                modules: None,
                cache: None,
                policy,
                dialect,
                is_short_lived: false,
                on_cache_warning: None,
            }),
        }
    }

    /// The schema. Waits for another thread that loads it, or loads it.
    ///
    /// # Errors
    /// [`LoadError`]: the modules cannot be read or compiled.
    pub fn schema(&self) -> Result<&Schema, LoadError> {
        let inner = &*self.inner;
        let schema = inner.schema.get_or_init(|| inner.load());
        schema.as_ref().map_err(Clone::clone)
    }

    /// The policy beside the models.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// Loads the models in a thread of its own; `first` runs in that thread before. [`Engine::schema`] waits for it.
    pub fn load_in_background(&self, first: impl FnOnce() + Send + 'static) {
        let engine = self.clone();
        std::thread::spawn(move || {
            first();
            // An error is kept, and reported by the next call.
            let _ = engine.schema();
        });
    }

    /// A digest of the models: it changes with every text that a schema depends on. With it the treatment of retired
    /// fields, and the dialect. `None` where the engine was made of a schema.
    ///
    /// # Errors
    /// [`LoadError`]: the modules cannot be read.
    pub fn digest(&self) -> Result<Option<([u8; 32], Retired, Dialect)>, LoadError> {
        let Some(modules) = &self.inner.modules else {
            return Ok(None);
        };
        let digest = modules.digest(self.inner.cache.as_ref())?;
        Ok(Some((digest, modules.retired(), self.inner.dialect)))
    }

    /// Whether the process ends after one operation, so that memory need not be freed.
    pub(super) fn is_short_lived(&self) -> bool {
        self.inner.is_short_lived
    }
}

impl Inner {
    fn load(&self) -> Result<Schema, LoadError> {
        let cache = self.cache.as_ref();
        let mut loaded = match &self.modules {
            Some(modules) => modules.load(cache)?,
            None => Schema::load(&Sources::shipped(), cache)?,
        };
        if let (Some(warning), Some(warn)) = (loaded.cache_warning, &self.on_cache_warning) {
            warn(&warning);
        }
        loaded.schema.dialect = self.dialect;
        Ok(loaded.schema)
    }
}

/// The settings of a new [`Engine`].
#[derive(Default)]
#[must_use]
pub struct EngineBuilder {
    yang_dirs: Vec<PathBuf>,
    policy: Option<Policy>,
    policy_file: Option<PathBuf>,
    retired: Option<Retired>,
    dialect: Dialect,
    cache: Option<Cache>,
    is_short_lived: bool,
    on_cache_warning: Option<CacheWarning>,
}

impl EngineBuilder {
    /// Adds a directory of YANG modules. They replace built-in modules of the same name.
    pub fn yang_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.yang_dirs.push(dir.into());
        self
    }

    /// Adds several directories, in this order.
    pub fn yang_dirs(mut self, dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.yang_dirs.extend(dirs);
        self
    }

    /// The policy. The default is the built-in one.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// A file that adds to the policy, or overrides parts of it.
    pub fn policy_file(mut self, file: impl AsRef<Path>) -> Self {
        self.policy_file = Some(file.as_ref().to_owned());
        self
    }

    /// The treatment of fields that flags of `SYSTEM_DEFAULTS` have replaced. The default is [`Retired::ByModels`].
    pub fn retired(mut self, retired: Retired) -> Self {
        self.retired = Some(retired);
        self
    }

    /// Whose reading of the standards decides a verdict. The default is [`Dialect::Libyang`].
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Where compiled models are kept. The default is nowhere.
    pub fn cache(mut self, cache: Option<Cache>) -> Self {
        self.cache = cache;
        self
    }

    /// For a process that ends after one operation: memory of the engine's work is left to the end of the process,
    /// which saves a few milliseconds.
    pub fn short_lived(mut self, is_short_lived: bool) -> Self {
        self.is_short_lived = is_short_lived;
        self
    }

    /// Is called with the reason where compiled models cannot be kept in the cache.
    pub fn on_cache_warning(mut self, warn: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_cache_warning = Some(Box::new(warn));
        self
    }

    /// Loads the models.
    ///
    /// # Errors
    /// [`LoadError`]: a module or the policy file cannot be read, or is not valid.
    pub fn build(self) -> Result<Engine, LoadError> {
        let engine = self.build_lazy()?;
        engine.schema()?;
        Ok(engine)
    }

    /// An engine that loads the models when they are first needed.
    ///
    /// # Errors
    /// [`LoadError`]: a directory of modules or the policy file cannot be read, or the policy is not valid.
    pub fn build_lazy(self) -> Result<Engine, LoadError> {
        let mut policy = self.policy.unwrap_or_else(Policy::shipped);
        if let Some(file) = &self.policy_file {
            policy = policy.with_file(&Source::read(file)?)?;
        }
        let retired = self.retired.unwrap_or_default();
        let inner = Arc::new(Inner {
            schema: OnceLock::new(),
            modules: Some(Modules::new(self.yang_dirs, retired)?),
            cache: self.cache,
            policy,
            dialect: self.dialect,
            is_short_lived: self.is_short_lived,
            on_cache_warning: self.on_cache_warning,
        });
        if self.is_short_lived {
            // One share is never given back: to free a schema piece by piece takes a third as long as to load it.
            std::mem::forget(Arc::clone(&inner));
        }
        Ok(Engine { inner })
    }
}
