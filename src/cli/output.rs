//! Data on standard output, messages on standard error.

use std::io::{ErrorKind, Write};

use crate::config::plain_reason;

use super::Failure;

/// Prints a text. A reader that has closed the pipe is no failure.
///
/// # Errors
/// [`Failure::Environment`] where standard output cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let reason = plain_reason(&error);
            Err(Failure::Environment(format!(
                "cannot write standard output: {reason}"
            )))
        }
        _ => Ok(()),
    }
}

/// Prints messages. An error of standard error is ignored.
pub fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
