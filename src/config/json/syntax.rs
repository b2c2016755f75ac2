//! Why a text is not JSON, in words, and where.

use super::{ParseError, Source, span};

/// `serde_json`'s reason without the place that it appends, in words where it is not.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
    match text {
        "EOF while parsing a value" => "the text ends where a value belongs",
        "EOF while parsing an object" => "the text ends inside an object",
        "EOF while parsing a list" => "the text ends inside a list",
        "EOF while parsing a string" => "the text ends inside a string",
        "expected value" => "a value belongs here",
        "trailing characters" => "there is more text after the end of the document",
        "key must be a string" => "the name of a member belongs here, in double quotes",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a control character inside a string, where JSON only allows it escaped"
        }
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
            "half of a surrogate pair: \\ud800 to \\udfff only occur in pairs"
        }
        other => other,
    }
    .to_owned()
}

/// The offset behind the character at an offset.
fn behind(text: &str, offset: usize) -> usize {
    offset + text[offset..].chars().next().map_or(0, char::len_utf8)
}

/// The error of `serde_json`, in words, at the character that it is about.
pub(super) fn syntax_error(source: &Source, error: &serde_json::Error) -> ParseError {
    // serde_json counts columns in bytes from 1, and 0 where a line has just begun.
    let mut offset = 0;
    for line in source
        .text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
    {
        offset += line.len();
    }
    offset = (offset + error.column().saturating_sub(1)).min(source.text.len());
    while !source.text.is_char_boundary(offset) {
        offset -= 1;
    }
    let mut reason = reason(error);
    // Of a character in a string it names the one before.
    let inside = source
        .text
        .as_bytes()
        .get(offset)
        .is_some_and(|&byte| byte >= b' ');
    if inside && reason.starts_with("a control character") {
        offset = behind(&source.text, offset);
    }
    if source.text.trim_start().is_empty() {
        "there is nothing in it".clone_into(&mut reason);
    } else if source.text.starts_with('\u{feff}') {
        "it begins with a byte order mark; save it as UTF-8 without one".clone_into(&mut reason);
    } else if error.is_eof() {
        offset = source.text.trim_end().len();
    }
    let span = span(offset, behind(&source.text, offset));
    ParseError {
        message: format!("not JSON: {reason}"),
        location: source.locate(span.start),
        span,
    }
}
