//! `sonicfg explain`: what is known of a place in a config.

use crate::report::{Explanation, FlagRow, present};
use crate::schema::PlaceName;
use crate::system_defaults::{Registry, TABLE, setting};

use super::complete;
use super::help_text::HelpEnd;
use super::options::{ModelArgs, PageForm};
use super::output::print;
use super::reading::ReadArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "printed"), (2, "the models have no such place; usage or environment error")], &[
        "sonicfg explain /SYSTEM_DEFAULTS/swss_zmq/status",
        "sonicfg explain FEATURE.state",
        "sonicfg explain 'DEVICE_METADATA|localhost'",
        "sonicfg explain /PORT/Ethernet0/mtu --yang-dir /usr/local/yang-models --config config_db.json",
    ])
)]
pub struct Args {
    /// A table, an entry or a field: TABLE, 'TABLE|key', TABLE.field
    ///
    /// It may also be a JSON pointer, /TABLE/key/field, with `*` for any key, or the YANG path that a finding names.
    #[arg(value_name = "PLACE", add = complete::places())]
    place: String,

    #[command(flatten)]
    read: ReadArgs,

    /// The output format
    #[arg(long, value_enum, default_value_t = PageForm::Full, help_heading = "Output")]
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
