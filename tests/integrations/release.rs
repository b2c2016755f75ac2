//! A folder of releases, as `make dist` makes them.

use std::path::Path;
use std::process::Command;

use crate::common::cli::Sandbox;

/// The version that the integrations name.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Puts a release below `releases/`, and gives its URL.
pub fn publish(sandbox: &Sandbox) -> String {
    let name = format!("sonicfg-{VERSION}-{}", std::env::consts::ARCH);
    let program = Path::new(env!("CARGO_BIN_EXE_sonicfg"));
    std::fs::create_dir_all(sandbox.path(&format!("made/{name}/bin"))).unwrap();
    std::os::unix::fs::symlink(program, sandbox.path(&format!("made/{name}/bin/sonicfg"))).unwrap();
    let release = sandbox.path(&format!("releases/v{VERSION}"));
    std::fs::create_dir_all(&release).unwrap();
    let script = format!(
        "tar -C made -czf releases/v{VERSION}/{name}.tar.gz {name} && \
         cd releases/v{VERSION} && sha256sum *.tar.gz > SHA256SUMS"
    );
    let mut shell = Command::new("sh");
    let status = shell
        .args(["-ec", &script])
        .current_dir(sandbox.path(""))
        .status();
    assert!(status.unwrap().success());
    format!("file://{}", sandbox.path("releases").display())
}

/// Changes the release after its checksum was taken.
pub fn tamper(sandbox: &Sandbox) {
    let name = format!(
        "releases/v{VERSION}/sonicfg-{VERSION}-{}.tar.gz",
        std::env::consts::ARCH
    );
    let mut bytes = std::fs::read(sandbox.path(&name)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(sandbox.path(&name), bytes).unwrap();
}

/// A config with one finding, and one without.
pub fn configs(sandbox: &Sandbox) {
    sandbox.write(
        "configs/of a site.json",
        "{\"SYSTEM_DEFAULTS\": {\n  \"dhcp_server\": {\"status\": \"on\"}\n}}\n",
    );
    sandbox.write(
        "configs/right.json",
        "{\"SYSTEM_DEFAULTS\": {\"dhcp_server\": {\"status\": \"enable\"}}}\n",
    );
}
