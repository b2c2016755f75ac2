//! Which server a change was made on, and whether that is the one at the same address now.

use serde_json::Value;

use crate::store::Server;

use super::RecordPart;

/// The entry that names a switch, and its fields, the one that is most its own first.
const DEVICE: (&str, &str) = ("DEVICE_METADATA", "localhost");
const NAMES: [&str; 2] = ["mac", "hostname"];

/// What a config calls its switch: a field, and its value.
pub(super) fn device(config: &Value) -> Option<[String; 2]> {
    let fields = config.get(DEVICE.0)?.get(DEVICE.1)?;
    NAMES.iter().find_map(|name| {
        let value = fields.get(name)?.as_str()?;
        Some([(*name).to_owned(), value.to_owned()])
    })
}

/// Whether it is certain that a part of a change was made on this server, by what the server says of itself.
pub(super) fn is_same(part: &RecordPart, server: Option<&Server>) -> bool {
    let (Some(then), Some(now)) = (&part.server, server) else {
        // A file, or a change of release 0.1.
        return true;
    };
    let now = &now.identity;
    then.id == now.id || !now.run.is_empty() && then.run == now.run
}

/// Whether a part of a change was made on another server than this one, which holds this config.
pub(super) fn is_other(part: &RecordPart, server: Option<&Server>, config: &Value) -> bool {
    if is_same(part, server) {
        return false;
    }
    let changes_device = part
        .steps
        .iter()
        .flatten()
        .any(|change| (change.table.as_str(), change.key.as_str()) == DEVICE);
    match (&part.device, device(config)) {
        (Some(then), Some(now)) if then[0] == now[0] && !changes_device => *then != now,
        // A server that lost its id, as in a restart, has none before it is locked again.
        _ => server.is_some_and(|server| server.had_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ServerIdentity;
    use serde_json::json;

    #[test]
    fn what_tells_servers_apart() {
        let server = |id: &str, run: &str, had_id| Server {
            identity: ServerIdentity {
                id: id.into(),
                run: run.into(),
            },
            had_id,
        };
        let named = |mac: &str| json!({"DEVICE_METADATA": {"localhost": {"hostname": "s", "mac": mac}}});
        let part = |mac: Option<&str>| RecordPart {
            server: Some(server("a", "1", true).identity),
            device: mac.and_then(|mac| device(&named(mac))),
            ..RecordPart::default()
        };
        let other = |part: &RecordPart, server: &Server, config: &Value| is_other(part, Some(server), config);
        // The id or the run decides first, then what the config says, then whether it has an id of its own.
        assert!(!other(&part(Some("m")), &server("a", "2", true), &named("n")));
        assert!(!other(&part(Some("m")), &server("b", "1", true), &named("n")));
        assert!(!other(&part(Some("m")), &server("b", "2", true), &named("m")));
        assert!(other(&part(Some("m")), &server("b", "2", false), &named("n")));
        assert!(other(&part(None), &server("b", "2", true), &named("m")));
        assert!(!other(&part(None), &server("b", "2", false), &json!({})));
        assert!(!other(&part(None), &server("b", "", false), &json!({})));
        let released = RecordPart::default();
        assert!(!other(&released, &server("b", "2", true), &named("m")));
    }
}
