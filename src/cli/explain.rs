//! `sonicfg explain`: what is known of a place in a config.

use crate::flags::{Registry, TABLE, setting};
use crate::report::{Explanation, FlagRow, present};
use crate::schema::PlaceName;

use super::complete;
use super::options::{ModelArgs, PageForm};
use super::output::print;
use super::reading::ReadArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 printed; 2 the models have no such place, wrong usage or environment.\n\nExamples:\n  sonicfg explain /SYSTEM_DEFAULTS/swss_zmq/status\n  \
    sonicfg explain FEATURE.state\n  \
    sonicfg explain 'DEVICE_METADATA|localhost'\n  \
    sonicfg explain /PORT/Ethernet0/mtu --yang-dir /usr/local/yang-models --config config_db.json"
)]
pub struct Args {
    /// A table, entries of it, or a field: /TABLE/key/field, with `*` for any key; TABLE, 'TABLE|key', TABLE.field; or
    /// the YANG path that a finding names
    #[arg(value_name = "PLACE", add = complete::places())]
    place: String,

    #[command(flatten)]
    read: ReadArgs,

    /// In what form it is told
    #[arg(long, value_enum, default_value_t = PageForm::Full)]
    report: PageForm,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    args.models.look_around()?;
    let policy = args.models.policy()?;
    let schema = args.models.schema()?;
    let place = PlaceName::parse(&schema, &args.place)?;
    let config = args.read.place()?.map(|place| place.read(&policy)).transpose()?;
    let there = config
        .as_ref()
        .map(|config| present(&schema, &policy, config, &place));
    let registry = Registry::of(&schema)?;
    let flag = place.key.as_deref().filter(|_| place.table == TABLE);
    let flag = flag.and_then(|name| registry.get(name)).map(|flag| FlagRow {
        flag,
        setting: config.as_ref().map(|config| setting(flag, config)),
    });
    let explanation = Explanation::new(&schema, &policy, &place, flag, there)?;
    print(&match args.report {
        PageForm::Full => explanation.full(),
        PageForm::Json => explanation.json(),
    })?;
    Ok(Outcome::Clean)
}
