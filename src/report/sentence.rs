//! A finding in a sentence.

use crate::validate::Diagnostic;

use super::printable;

/// What is wrong and what to do about it, with the place in the config in front, on one line.
pub fn sentence(diagnostic: &Diagnostic) -> String {
    let pointer = match diagnostic.pointer.as_str() {
        "" => String::new(),
        pointer => format!("{pointer}: "),
    };
    printable(&format!("{pointer}{}", message(diagnostic)))
}

/// What is wrong and what to do about it.
pub fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.hint {
        Some(hint) => format!("{} ({hint})", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}
