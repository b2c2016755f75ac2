//! Flags and the fields that they have replaced, kept equal for daemons that still read the fields.

use serde_json::Value;

use super::edit::{set_leaf, set_status, unset, unset_leaf};
use super::value::{leaf_of, status_of};
use super::{Flag, Registry};

/// The target of a change when each flag mirrors the field that it has replaced: the target with both equal. If the
/// change sets one of the two to another value, that one wins, and the flag if it sets both; if it sets neither, the
/// one that exists wins. Deleting one deletes the other. A value that the other cannot express is left alone.
pub fn mirror(registry: &Registry, current: &Value, target: &Value) -> Value {
    let mut mirrored = target.clone();
    for flag in registry.iter().filter(|flag| flag.replaces.is_some()) {
        mirror_one(flag, current, target, &mut mirrored);
    }
    mirrored
}

/// As [`mirror`], for a target that is a whole config and no change of the current one: what it has it wants,
/// and where it has one of the two, the other follows. What counts where it has both is as there.
pub fn mirror_whole(registry: &Registry, current: &Value, target: &Value) -> Value {
    let mut mirrored = target.clone();
    for flag in registry.iter().filter(|flag| flag.replaces.is_some()) {
        let has_both = status_of(target, flag).is_some() && leaf_of(target, flag).is_some();
        let before = if has_both { current } else { &Value::Null };
        mirror_one(flag, before, target, &mut mirrored);
    }
    mirrored
}

fn mirror_one(flag: &Flag, current: &Value, target: &Value, mirrored: &mut Value) {
    let status = status_of(target, flag);
    let leaf = leaf_of(target, flag).and_then(Value::as_str);
    let flag_changed = status != status_of(current, flag);
    let leaf_changed = leaf_of(target, flag) != leaf_of(current, flag);
    match (status, leaf) {
        (None, None) => {}
        // It was deleted, and the other one did not change.
        (None, Some(_)) if flag_changed && !leaf_changed => unset_leaf(mirrored, flag),
        (Some(_), None) if leaf_changed && !flag_changed => unset(mirrored, flag),
        (Some(status), Some(leaf)) if leaf_changed && !flag_changed => {
            if let Some(said) = flag.from_leaf(leaf)
                && said != status
            {
                set_status(mirrored, flag, said);
            }
        }
        (Some(status), leaf) => {
            let said = flag.to_leaf(status);
            if leaf != Some(said) && flag.takes(status) {
                set_leaf(mirrored, flag, said);
            }
        }
        (None, Some(leaf)) => {
            if let Some(said) = flag.from_leaf(leaf) {
                set_status(mirrored, flag, said);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::{Schema, Sources};

    /// A config with this value of the field `dhcp_server`, and this status of the flag.
    fn config(leaf: Option<&str>, status: Option<&str>) -> Value {
        let mut config = json!({"DEVICE_METADATA": {"localhost": {"hostname": "sw1"}}});
        if let Some(leaf) = leaf {
            config["DEVICE_METADATA"]["localhost"]["dhcp_server"] = leaf.into();
        }
        if let Some(status) = status {
            config["SYSTEM_DEFAULTS"] = json!({"dhcp_server": {"status": status}});
        }
        config
    }

    #[test]
    fn whichever_changed_wins() {
        let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
        let registry = Registry::of(&schema).unwrap();
        let both = config(Some("enabled"), Some("enable"));
        let off = config(Some("disabled"), Some("disable"));
        let neither = config(None, None);
        for (current, target, expected) in [
            (&both, config(Some("enabled"), Some("disable")), &off),
            (&both, config(Some("disabled"), Some("enable")), &off),
            (&both, config(Some("disabled"), Some("disable")), &off),
            (&both, config(Some("enabled"), None), &neither),
            (&both, config(None, Some("enable")), &neither),
            (&both, config(None, None), &neither),
            (&neither, config(Some("disabled"), None), &off),
            (&neither, config(None, Some("disable")), &off),
            (&neither, config(Some("enabled"), Some("disable")), &off),
            // Not equal before: nothing says which is right, and the flag was set later.
            (
                &config(Some("enabled"), Some("disable")),
                config(Some("enabled"), Some("disable")),
                &off,
            ),
            (
                &config(None, Some("enable")),
                config(Some("disabled"), Some("enable")),
                &off,
            ),
        ] {
            assert_eq!(mirror(&registry, current, &target), *expected, "{target}");
        }
        let odd = config(Some("on"), None);
        assert_eq!(mirror(&registry, &neither, &odd), odd);
    }
}
