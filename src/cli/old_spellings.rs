//! Options that have new names. The old names are accepted for one release, with a warning.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::output::say;

/// Options of release 0.1, and what they are called now.
const RENAMED: [(&str, &str); 1] = [("--settle", "--step-delay")];

/// Arguments with the new names of options in the place of old ones. Warns of each on standard error.
pub fn replaced(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut is_option = true;
    arguments
        .map(|argument| {
            is_option &= argument != "--";
            let Some((old, new, value)) = renamed(&argument).filter(|_| is_option) else {
                return argument;
            };
            say(&format!(
                "warning: {old} is now {new}; the old name is accepted in this release only\n"
            ));
            OsString::from_vec([new.as_bytes(), value].concat())
        })
        .collect()
}

/// An old name, its new one, and the `=VALUE` behind it.
fn renamed(argument: &OsStr) -> Option<(&'static str, &'static str, &[u8])> {
    RENAMED.into_iter().find_map(|(old, new)| {
        let value = argument.as_bytes().strip_prefix(old.as_bytes())?;
        (value.is_empty() || value.starts_with(b"=")).then_some((old, new, value))
    })
}
