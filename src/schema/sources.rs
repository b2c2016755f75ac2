//! Where module texts come from: the modules that are built in, directories, templates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::config::{ReadError, Source, plain_reason};
use crate::template;

use super::model::retired::Retired;
use super::{FLAGS_MODULE, SchemaError};

/// The modules that are part of the program.
const SHIPPED: &[(&str, &str)] = &[
    (
        "sonic-device_metadata",
        include_str!("../../yang/sonic-device_metadata.yang"),
    ),
    ("sonic-feature", include_str!("../../yang/sonic-feature.yang")),
    (
        "sonic-system-defaults",
        include_str!("../../yang/sonic-system-defaults.yang"),
    ),
    ("sonic-types", include_str!("../../yang/sonic-types.yang")),
    (
        "sonic-warm-restart",
        include_str!("../../yang/sonic-warm-restart.yang"),
    ),
    (
        "sonicfg-extensions",
        include_str!("../../yang/sonicfg-extensions.yang"),
    ),
];

/// The modules of flags. With those of others there would be no flags to take the place of retired fields.
const OURS: [&str; 2] = [FLAGS_MODULE, "sonicfg-extensions"];

/// The variable that a SONiC source tree's templates are rendered with, and its value.
const TEMPLATE_VARIABLE: (&str, &str) = ("yang_model_type", "py");
/// How many instructions such a template may take.
const TEMPLATE_FUEL: u64 = 10_000_000;

/// How many bytes are hashed together: in pieces of such a size, which is a power of two, it is done several
/// times faster.
const HASHED_AT_ONCE: usize = 32 * 1024;

/// Texts of YANG modules, by module name.
#[derive(Debug, Clone)]
pub struct Sources {
    pub(super) texts: BTreeMap<String, ModuleText>,
    pub(super) retired: Retired,
    /// The other text of each module of [`OURS`] that exists twice: built in, and in a directory.
    aside: BTreeMap<String, ModuleText>,
    /// Once it was asked for, until there are other modules.
    digest: OnceLock<[u8; 32]>,
}

/// The text of one module or submodule.
#[derive(Debug, Clone)]
pub(super) struct ModuleText {
    pub text: String,
    /// The file; `None` for a module that is part of the program.
    pub file: Option<PathBuf>,
    pub submodule: bool,
}

impl Sources {
    /// The modules that are part of the program.
    pub fn shipped() -> Self {
        let texts = SHIPPED
            .iter()
            .map(|&(name, text)| {
                let module = ModuleText {
                    text: text.to_owned(),
                    file: None,
                    submodule: false,
                };
                (name.to_owned(), module)
            })
            .collect();
        Sources {
            texts,
            ..Sources::empty()
        }
    }

    /// A set without any modules.
    pub fn empty() -> Self {
        Sources {
            texts: BTreeMap::new(),
            retired: Retired::default(),
            aside: BTreeMap::new(),
            digest: OnceLock::new(),
        }
    }

    /// The same modules, with something else to become of fields that flags have replaced. With
    /// [`Retired::Allow`] a `sonic-system-defaults` of a directory takes the place of the built-in one, as
    /// other modules do; else the built-in one stays.
    #[must_use]
    pub fn with_retired(mut self, retired: Retired) -> Self {
        if (retired == Retired::Allow) != (self.retired == Retired::Allow) {
            for (name, text) in std::mem::take(&mut self.aside) {
                if let Some(other) = self.texts.insert(name.clone(), text) {
                    self.aside.insert(name, other);
                }
            }
        }
        self.retired = retired;
        self.digest = OnceLock::new();
        self
    }

    /// Adds every `*.yang` file of a directory, and of its folder `yang-models` if it has one, and
    /// renders every `*.yang.j2` template there and in `yang-templates`, as a SONiC source tree has
    /// them. A module takes the place of a built-in one of the same name, except as
    /// [`Sources::with_retired`] says.
    ///
    /// # Errors
    /// The directory or a file cannot be read, a template does not render, or two files hold
    /// modules of one name.
    pub fn add_dir(&mut self, dir: &Path) -> Result<(), SchemaError> {
        for path in files(dir)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.ends_with(".yang") {
                self.add_text(&path, Source::read(&path)?.text)?;
            } else if name.ends_with(".yang.j2") {
                self.add_text(&path, render(&path, &Source::read(&path)?.text)?)?;
            }
        }
        Ok(())
    }

    /// Adds a module. A file that is reached in two ways, by a link or a directory named twice, is one.
    fn add_text(&mut self, path: &Path, text: String) -> Result<(), SchemaError> {
        self.digest = OnceLock::new();
        let (name, submodule) = header(&text).unwrap_or_else(|| {
            // libyang will say what is wrong with it; until then the file's name must do.
            let stem = path.file_name().unwrap_or_default().to_string_lossy();
            (
                stem.split(['.', '@']).next().unwrap_or_default().to_owned(),
                false,
            )
        });
        let known = [self.texts.get(&name), self.aside.get(&name)];
        let first = known.into_iter().flatten().find_map(|module| module.file.clone());
        if let Some(first) = &first {
            if same_file(first, path) {
                return Ok(());
            }
            return Err(SchemaError::TwoModules {
                name,
                first: first.clone(),
                second: path.to_owned(),
            });
        }
        let module = ModuleText {
            text,
            file: Some(path.to_owned()),
            submodule,
        };
        let stays = self.retired != Retired::Allow && OURS.contains(&name.as_str());
        if stays && self.texts.contains_key(&name) {
            self.aside.insert(name, module);
        } else if let Some(other) = self.texts.insert(name.clone(), module)
            && OURS.contains(&name.as_str())
        {
            self.aside.insert(name, other);
        }
        Ok(())
    }

    /// Refuses node tests that have no meaning in YANG, and that libyang 2 would end the process for.
    pub(super) fn check_expressions(&self) -> Result<(), SchemaError> {
        for (name, module) in &self.texts {
            for test in ["comment()", "processing-instruction("] {
                if let Some(at) = module.text.find(test) {
                    let line = module.text[..at].lines().count().max(1);
                    let file = module.file.as_ref();
                    return Err(SchemaError::Module {
                        place: match file {
                            Some(file) => format!("{}:{line}", file.display()),
                            None => format!("module {name}:{line}"),
                        },
                        reason: format!(
                            "the node test {} is not supported",
                            test.trim_end_matches(['(', ')'])
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    /// A digest of all names and texts: the same for modules that compile to the same schema.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| self.make_digest())
    }

    fn make_digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let mut pending = Vec::with_capacity(2 * HASHED_AT_ONCE);
        let mut add = |bytes: &[u8]| {
            pending.extend_from_slice(bytes);
            let whole = pending.len() / HASHED_AT_ONCE * HASHED_AT_ONCE;
            hasher.update(&pending[..whole]);
            pending.drain(..whole);
        };
        // Warnings and errors come of the same compiled form.
        add(match self.retired {
            Retired::ByModels | Retired::Error | Retired::Warn => b"flags",
            Retired::Allow => b"allow",
            Retired::Mirror => b"equal",
        });
        add(&[u8::from(self.has_other_flags())]);
        for (name, module) in &self.texts {
            add(&(name.len() as u64).to_le_bytes());
            add(name.as_bytes());
            add(&(module.text.len() as u64).to_le_bytes());
            add(module.text.as_bytes());
            // The schema records the origin of its modules.
            if let Some(file) = &module.file {
                add(file.as_os_str().as_encoded_bytes());
            }
        }
        *hasher.update(&pending).finalize().as_bytes()
    }

    /// Whether a directory has a `sonic-system-defaults` of its own that does not count.
    pub(super) fn has_other_flags(&self) -> bool {
        self.aside
            .get(FLAGS_MODULE)
            .is_some_and(|module| module.file.is_some())
    }

    /// The files of directories that a change of the modules would show in.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.texts.values().filter_map(|module| module.file.as_deref())
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The files of a directory and of the two folders of a SONiC source tree, sorted.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>, SchemaError> {
    let list = |dir: &Path| -> Result<Vec<PathBuf>, SchemaError> {
        let refused = |error: std::io::Error| SchemaError::Directory {
            path: dir.to_owned(),
            reason: plain_reason(&error),
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(refused)? {
            paths.push(entry.map_err(refused)?.path());
        }
        // They differ in their last part alone, and paths are compared part by part.
        paths.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        Ok(paths)
    };
    let mut paths = list(dir)?;
    for folder in ["yang-models", "yang-templates"] {
        let folder = dir.join(folder);
        if folder.is_dir() {
            paths.extend(list(&folder)?);
        }
    }
    Ok(paths)
}

fn render(path: &Path, text: &str) -> Result<String, SchemaError> {
    let rendered = template::on_own_stack(|| {
        let (variable, value) = TEMPLATE_VARIABLE;
        let variables = vec![(variable.to_owned(), template::Value::from(value))];
        let host = template::Host::default();
        template::render(host, "", text, variables, TEMPLATE_FUEL)
            .map_err(|error| (error.place().map(|(_, line, _)| line), error.message().to_owned()))
    });
    let rendered = rendered.unwrap_or_else(|reason| Err((None, reason)));
    rendered.map_err(|(line, reason)| SchemaError::Template {
        path: path.to_owned(),
        line,
        reason,
    })
}

/// The name that a text gives its module or submodule, and whether it is a submodule.
fn header(text: &str) -> Option<(String, bool)> {
    let text = skip_blank(text.trim_start_matches('\u{feff}'));
    let (rest, submodule) = match text.strip_prefix("submodule") {
        Some(rest) => (rest, true),
        None => (text.strip_prefix("module")?, false),
    };
    let name = skip_blank(rest).trim_start_matches(['"', '\'']);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))?;
    (end > 0 && rest.len() != name.len()).then(|| (name[..end].to_owned(), submodule))
}

/// Skips white space and comments.
fn skip_blank(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if let Some(rest) = text.strip_prefix("//") {
            text = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(rest) = text.strip_prefix("/*") {
            text = rest.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return text;
        }
    }
}

impl From<ReadError> for SchemaError {
    fn from(error: ReadError) -> Self {
        SchemaError::Read(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_modules() {
        assert_eq!(header("module a-b{"), Some(("a-b".into(), false)));
        assert_eq!(
            header("/* x */ // y\n submodule \"s\" {"),
            Some(("s".into(), true))
        );
        assert_eq!(header("modulea {"), None);
        assert_eq!(header("container x {"), None);
    }
}
