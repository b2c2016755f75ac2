//! Whether the machine is a SmartSwitch: a switch with data processing units.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where the platform's files are in a container.
const IN_CONTAINER: &str = "/usr/share/sonic/platform";
/// Where the files of all platforms are on the host.
const ON_HOST: &str = "/usr/share/sonic/device";
/// What the boot loader says of the machine.
const MACHINE: &str = "/host/machine.conf";

/// Whether the file `platform.json` of this machine's platform has DPUs. A machine without a platform is none.
pub(super) fn is_one() -> bool {
    let Some(platform) = platform() else {
        return false;
    };
    let container = Path::new(IN_CONTAINER);
    let folder = if container.is_dir() {
        container.to_owned()
    } else {
        PathBuf::from(ON_HOST).join(platform)
    };
    has_dpus(&folder.join("platform.json"))
}

fn has_dpus(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let data: Value = serde_json::from_str(&text).unwrap_or_default();
    data.get("DPUS").is_some()
}

/// The name of the platform, which is one name of a folder.
fn platform() -> Option<String> {
    let named = std::env::var("PLATFORM").ok().filter(|name| !name.is_empty());
    let name = named.or_else(|| {
        let text = std::fs::read_to_string(MACHINE).ok()?;
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let found = lines.find(|(key, _)| ["onie_platform", "aboot_platform"].contains(key));
        found.map(|(_, name)| name.trim().to_owned())
    })?;
    Some(name).filter(|name| !name.contains('/'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_platform_decides() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platform.json");
        assert!(!has_dpus(&path));
        for (text, expected) in [
            (r#"{"chassis": {}}"#, false),
            (r#"{"DPUS": {"dpu0": {}}}"#, true),
            ("{", false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(has_dpus(&path), expected, "{text}");
        }
    }
}
