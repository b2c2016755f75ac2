//! A config that a command writes to a new file.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use crate::config::{Config, Source, plain_reason, to_text};
use crate::engine::introduced_errors;
use crate::policy::Policy;
use crate::report::{FileReport, Repeated, counted, findings};
use crate::schema::Schema;
use crate::validate::validate;

use super::Failure;
use super::output::say;

/// Refuses a config with errors, save those that another one has too, and shows them.
///
/// # Errors
/// [`Failure::Refused`] with the first error, and how many more there are.
pub fn check(
    schema: &Schema,
    policy: &Policy,
    name: &str,
    before: Option<&Value>,
    after: &Value,
) -> Result<(), Failure> {
    let config = Config::parse(Source::new(name, to_text(after, None)))?;
    let mut report = validate(schema, policy, &config);
    report.diagnostics = introduced_errors(schema, policy, before, report.diagnostics);
    let Some(first) = report.diagnostics.first() else {
        return Ok(());
    };
    let more = report.diagnostics.len() - 1;
    let reason = match more {
        0 => format!("{name}: {first}"),
        _ => format!("{name}: {first}; and {}", counted(more, "more error")),
    };
    let file = FileReport::new(config.document(), "config_db", policy, report);
    say(&findings(&[file], false, Repeated::Counted));
    Err(Failure::refused(reason))
}

/// Writes a config to a file, which is there whole or not at all.
///
/// # Errors
/// [`Failure::Environment`] with the system's reason.
pub fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    let written = tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        readable(file.path())?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| {
        let reason = plain_reason(&error);
        Failure::Environment(format!("cannot write {}: {reason}", path.display()))
    })
}

/// Gives a file the rights that a config has on a switch.
fn readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}
