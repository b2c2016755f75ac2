//! libyang 3 behind a safe interface. The crate's only unsafe code is here.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::{fs, io, ptr};

use yang3::context::{Context, ContextFlags};
use yang3::data::{Data, DataFormat, DataParserFlags, DataPrinterFlags, DataTree, DataValidationFlags};
use yang3::ffi;
use yang3::utils::Binding;

/// `LY_CTX_EXPLICIT_COMPILE`: modules are parsed one by one and compiled together. [`ContextFlags`] has no name for it.
const EXPLICIT_COMPILE: u16 = 0x80;

/// The modules of one or more folders, compiled, ready to judge documents.
pub struct Oracle {
    context: Context,
    /// The same context, for the calls that [`Context`] does not offer.
    raw: *mut ffi::ly_ctx,
    modules: usize,
}

/// A document that libyang accepts, with its default values filled in.
pub struct Tree<'a>(DataTree<'a>);

/// One complaint of libyang.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// libyang's words.
    pub message: String,
    /// The data node it is about.
    pub data_path: Option<String>,
    /// The schema node it is about, where there is no data node.
    pub schema_path: Option<String>,
    /// The error-app-tag (RFC 7950, section 15), where the rule has one.
    pub app_tag: Option<String>,
}

/// Why no [`Oracle`] came about.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A folder or a module file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// libyang cannot take the folder's path.
    #[error("cannot search {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// libyang's reason.
        reason: String,
    },
    /// There is nothing to load.
    #[error("no *.yang module in {}", list(folders))]
    Empty {
        /// The folders that were looked at.
        folders: Vec<PathBuf>,
    },
    /// A module does not parse, or something that it imports does not.
    #[error("cannot load {}: {reason}", path.display())]
    Module {
        /// The module's file.
        path: PathBuf,
        /// libyang's reasons.
        reason: String,
    },
    /// The modules parse, but do not fit together.
    #[error("cannot compile the modules of {}: {reason}", list(folders))]
    Compile {
        /// The folders of the modules.
        folders: Vec<PathBuf>,
        /// libyang's reasons.
        reason: String,
    },
    /// libyang did not start.
    #[error("cannot start libyang: {0}")]
    Start(String),
}

impl Oracle {
    /// Loads every `*.yang` module of `folders` with all its features.
    ///
    /// Imports are searched in the same folders, and then among the modules that libyang brings along. Of two files of
    /// one name the one in the earlier folder is taken; of two revisions in the files' names, the latest.
    pub fn load(folders: &[PathBuf]) -> Result<Self, LoadError> {
        let modules = find_modules(folders)?;
        let options = ContextFlags::NO_YANGLIBRARY
            | ContextFlags::DISABLE_SEARCHDIR_CWD
            | ContextFlags::from_bits_retain(EXPLICIT_COMPILE);
        let context = Context::new(options).map_err(|error| LoadError::Start(error.to_string()))?;
        context.set_log_level_error();
        // SAFETY: sets a number in libyang. `Context::new` asked for the last error alone, and set that once and for all.
        unsafe { ffi::ly_log_options(ffi::LY_LOSTORE) };

        let raw = context.into_raw();
        // SAFETY: `raw` comes from `into_raw`, which gave up ownership; from here on `context` alone frees it.
        let context = unsafe { Context::from_raw(&(), raw) };
        let mut oracle = Self {
            context,
            raw,
            modules: modules.len(),
        };
        // libyang looks into the folder that it was given last first.
        for folder in distinct(folders)?.into_iter().rev() {
            let reason = match folder.to_str() {
                None => "the path is not UTF-8".to_owned(),
                Some(_) => match oracle.context.set_searchdir(&folder) {
                    Ok(()) => continue,
                    Err(_) => oracle.reasons(),
                },
            };
            return Err(LoadError::Folder { path: folder, reason });
        }
        for (name, path) in modules {
            if oracle.context.load_module(&name, None, &["*"]).is_err() {
                return Err(LoadError::Module {
                    path,
                    reason: oracle.reasons(),
                });
            }
        }
        // SAFETY: the context lives as long as `oracle`, and nobody else holds it.
        if unsafe { ffi::ly_ctx_compile(oracle.raw) } != ffi::LY_ERR::LY_SUCCESS {
            return Err(LoadError::Compile {
                folders: folders.to_vec(),
                reason: oracle.reasons(),
            });
        }
        Ok(oracle)
    }

    /// How many modules the folders held.
    pub fn modules(&self) -> usize {
        self.modules
    }

    /// Parses and validates a whole datastore: one YANG-JSON document (RFC 7951), in which numbers and booleans may
    /// stand as strings, and in which unknown nodes and state are errors. Rules of modules without data count too.
    pub fn check(&self, document: &[u8]) -> Result<Tree<'_>, Vec<Finding>> {
        if document.contains(&0) {
            return Err(vec![Finding {
                message: "Invalid character 0x0.".to_owned(),
                ..Finding::default()
            }]);
        }
        // SAFETY: as in `load`; findings are copied before they are cleaned, so none is held here.
        unsafe { ffi::ly_err_clean(self.raw, ptr::null_mut()) };
        let parse = DataParserFlags::STRICT
            | DataParserFlags::NO_STATE
            | DataParserFlags::from_bits_retain(ffi::LYD_PARSE_JSON_STRING_DATATYPES);
        DataTree::parse_string(
            &self.context,
            document,
            DataFormat::JSON,
            parse,
            DataValidationFlags::NO_STATE,
        )
        .map(Tree)
        .map_err(|error| {
            let findings = self.findings();
            if findings.is_empty() {
                return vec![Finding {
                    message: error.to_string(),
                    ..Finding::default()
                }];
            }
            findings
        })
    }

    /// All errors since the last `ly_err_clean`, oldest first.
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        // SAFETY: the list belongs to the context and stays as it is until the next call into libyang; each item's
        // strings are NUL-terminated or null.
        unsafe {
            let mut item = ffi::ly_err_first(self.raw);
            while let Some(error) = item.as_ref() {
                findings.push(Finding {
                    message: text(error.msg).unwrap_or_else(|| format!("error {}", error.err)),
                    data_path: text(error.data_path),
                    schema_path: text(error.schema_path),
                    app_tag: text(error.apptag),
                });
                item = error.next;
            }
        }
        findings
    }

    /// What libyang said while loading, on one line.
    fn reasons(&self) -> String {
        let reasons: Vec<_> = self
            .findings()
            .into_iter()
            .map(|finding| match finding.schema_path {
                Some(path) => format!("{} ({path})", finding.message),
                None => finding.message,
            })
            .collect();
        if reasons.is_empty() {
            "libyang gives no reason".to_owned()
        } else {
            reasons.join(" ")
        }
    }
}

impl Tree<'_> {
    /// The document with its default values, as YANG JSON on one line.
    pub fn to_json(&self) -> Result<String, String> {
        if self.0.reference().is_none() {
            return Ok("{}".to_owned());
        }
        let options = DataPrinterFlags::WITH_SIBLINGS | DataPrinterFlags::SHRINK | DataPrinterFlags::WD_ALL;
        self.0
            .print_string(DataFormat::JSON, options)
            .map_err(|error| error.to_string())
    }
}

/// Copies a string of libyang's.
///
/// # Safety
/// `raw` is null or points to a NUL-terminated string.
unsafe fn text(raw: *const c_char) -> Option<String> {
    if raw.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned())
}

/// The modules of `folders` by name, each with its file.
fn find_modules(folders: &[PathBuf]) -> Result<BTreeMap<String, PathBuf>, LoadError> {
    let mut modules = BTreeMap::new();
    for folder in folders {
        let read = |source| LoadError::Read {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if path.extension().is_none_or(|extension| extension != "yang") || is_submodule(&path)? {
                continue;
            }
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            let name = stem
                .split_once('@')
                .map_or(stem, |(name, _revision)| name)
                .to_owned();
            modules.entry(name).or_insert(path);
        }
    }
    if modules.is_empty() {
        return Err(LoadError::Empty {
            folders: folders.to_vec(),
        });
    }
    Ok(modules)
}

/// The folders without those that name another one a second time, which libyang refuses.
fn distinct(folders: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut distinct = Vec::new();
    for folder in folders {
        let folder = fs::canonicalize(folder).map_err(|source| LoadError::Read {
            path: folder.clone(),
            source,
        })?;
        if !distinct.contains(&folder) {
            distinct.push(folder);
        }
    }
    Ok(distinct)
}

/// Whether a file's first keyword, after comments, is `submodule`: such a file comes along with its module.
fn is_submodule(path: &Path) -> Result<bool, LoadError> {
    let bytes = fs::read(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let mut rest = text.trim_start();
    loop {
        let end = if rest.starts_with("//") {
            "\n"
        } else if rest.starts_with("/*") {
            "*/"
        } else {
            return Ok(rest.starts_with("submodule"));
        };
        rest = rest
            .split_once(end)
            .map_or("", |(_comment, after)| after)
            .trim_start();
    }
}

/// Paths for a message.
fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
