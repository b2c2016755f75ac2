//! The options for what is done around the steps of a change.

use std::path::PathBuf;

use crate::engine::SessionOptions;

/// The options for what is done around the steps of a change.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Applying")]
pub struct AroundArgs {
    /// Do what the policy asks for around the steps, as on a switch (sonic:)
    ///
    /// Services that do not follow the config are restarted, the process waits until the switch has removed deleted
    /// ports, and a change that the switch does not support is rejected.
    #[arg(long, hide_short_help = true)]
    actions: bool,

    /// The file that names the software release of the switch
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/sonic/sonic_version.yml",
        hide_short_help = true
    )]
    version_file: PathBuf,
}

impl AroundArgs {
    /// The same as options of a session.
    pub fn apply_to(&self, mut options: SessionOptions) -> SessionOptions {
        options.actions = self.actions.then_some(true);
        options.version_file.clone_from(&self.version_file);
        options
    }
}
