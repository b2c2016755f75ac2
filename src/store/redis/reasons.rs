//! What a server refuses, in words.

use redis::{ErrorKind, RedisError};

use super::ANSWER;

/// Whether the server is unreachable, or the connection was lost.
pub(super) fn is_gone(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_connection_dropped()
        || error.is_timeout()
        || error.kind() == ErrorKind::Parse
}

/// The server's reason in words.
pub(super) fn reason(error: &RedisError) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", ANSWER.as_secs());
    }
    if error.is_connection_refusal() {
        return "no server is there".to_owned();
    }
    if error.is_connection_dropped() {
        return "the server closed the connection".to_owned();
    }
    match error.code() {
        Some("NOAUTH") => "the server asks for a password".to_owned(),
        Some("WRONGPASS") => "the password is wrong".to_owned(),
        _ if error.kind() == ErrorKind::AuthenticationFailed => {
            "the password is wrong, or one is asked for".to_owned()
        }
        Some("READONLY") => "the server is a replica, which takes no writes".to_owned(),
        Some("MISCONF") => "the server takes no writes: it cannot save to its disk (MISCONF)".to_owned(),
        Some("OOM") => "the server takes no writes: its memory is full (OOM)".to_owned(),
        Some("LOADING") => "the server is loading its data".to_owned(),
        Some("BUSY") => "the server is busy with a script".to_owned(),
        code => {
            let detail = error.detail().map_or_else(|| error.to_string(), str::to_owned);
            reason_in(&format!("{} {detail}", code.unwrap_or("ERR")))
        }
    }
}

/// The reason in the text of an error, in words.
pub(super) fn reason_in(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    // What follows names a line of our script.
    let line = line.find(" script: ").map_or(line, |end| &line[..end]);
    known_in(line).map_or_else(|| line.replacen(' ', ": ", 1), str::to_owned)
}

/// What a script that failed says of the command in it.
fn known_in(detail: &str) -> Option<&'static str> {
    [
        ("OOM", "the server takes no writes: its memory is full (OOM)"),
        ("READONLY", "the server is a replica, which takes no writes"),
        (
            "MISCONF",
            "the server takes no writes: it cannot save to its disk (MISCONF)",
        ),
        (
            "NOREPLICAS",
            "the server takes no writes: it has too few replicas (NOREPLICAS)",
        ),
        (
            "can't access at least one of the keys",
            "the user has no rights to some of the keys that are needed (NOPERM)",
        ),
        (
            "no permissions to access",
            "the user has no rights to some of the keys that are needed (NOPERM)",
        ),
        (
            "can't run this command",
            "the user has no rights to a command that is needed (NOPERM)",
        ),
        (
            "no permissions to run",
            "the user has no rights to a command that is needed (NOPERM)",
        ),
        (
            "Unknown Redis command",
            "the server lacks a command that is needed; is one renamed (rename-command)?",
        ),
        ("Authentication required", "the server asks for a password"),
        ("invalid username-password", "the password is wrong"),
        (
            "DB index is out of range",
            "the server has no database of that number",
        ),
    ]
    .into_iter()
    .find(|(code, _)| detail.contains(code))
    .map(|(_, reason)| reason)
}
