//! A finding in a sentence.

use crate::validate::{Diagnostic, Related};

use super::printable;

/// What is wrong, what to do about it and the related places, with the pointer in front, on one line.
pub fn sentence(diagnostic: &Diagnostic) -> String {
    let pointer = match diagnostic.pointer.as_str() {
        "" => String::new(),
        pointer => format!("{pointer}: "),
    };
    let mut line = format!("{pointer}{}", message(diagnostic));
    for other in &diagnostic.related {
        line += &format!(" ({})", related(other));
    }
    printable(&line)
}

/// What is wrong and what to do about it.
pub fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.hint {
        Some(hint) => format!("{} ({hint})", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// A related place with its line and column, if it has them: `first used here: 3:20 /VLAN/Vlan100`.
pub fn related(other: &Related) -> String {
    let Related {
        message,
        pointer,
        place,
    } = other;
    match place {
        Some(place) => format!(
            "{message}: {}:{} {pointer}",
            place.location.line, place.location.column
        ),
        None => format!("{message}: {pointer}"),
    }
}
