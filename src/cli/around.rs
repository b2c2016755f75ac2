//! What is done around the steps of a change: on a switch what the policy says, elsewhere nothing.

use std::path::PathBuf;

use crate::config::Write;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::report::StepCommands;
use crate::store::EntryChange;
use crate::transaction::{Around, Nothing, Release, Switch, changes_of, commands, net};

use super::stores::Stores;

/// The options for what is done around the steps of a change.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Applying")]
pub struct AroundArgs {
    /// Do what the policy asks for around the steps, as on a switch (sonic:)
    ///
    /// Services that do not follow the config are restarted, the process waits until deleted ports are gone, and
    /// a change that the switch does not support is rejected.
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
    /// Whether anything is done around the steps on these stores.
    pub fn is_on(&self, stores: &Stores) -> bool {
        self.actions || stores.is_switch
    }

    /// What is done around the steps on these stores.
    pub fn around(&self, policy: &Policy, stores: &Stores) -> Box<dyn Around> {
        if self.is_on(stores) {
            Box::new(Switch::new(policy))
        } else {
            Box::new(Nothing)
        }
    }

    /// Which software the switch runs.
    pub fn release(&self) -> Release {
        Release::read(&self.version_file)
    }
}

/// The commands that run after each step of a plan; after the last one, where the steps are made at once.
pub fn step_commands(
    policy: &Policy,
    plan: &Plan,
    current: &serde_json::Value,
    has_steps: bool,
) -> StepCommands {
    let steps = plan.steps.iter().map(|step| &step.writes[..]);
    let mut steps: Vec<Vec<EntryChange>> = changes_of(current, steps.collect::<Vec<&[Write]>>());
    if !has_steps && let Some(count) = steps.len().checked_sub(1) {
        let whole = net(&steps);
        steps = vec![Vec::new(); count];
        steps.push(whole);
    }
    let told = steps.iter().map(|step| {
        let commands = commands(policy, step);
        let words = commands
            .iter()
            .map(|command| command.shown_words(policy).to_vec());
        words.collect()
    });
    told.collect()
}
