//! The flags of the table `SYSTEM_DEFAULTS`: what is known of them, and what a config says of them.
//!
//! Everything about a flag is declared in the models, in its identity; a module with one more identity adds a flag to
//! everything here.

mod edit;
mod layers;
mod migrate;
mod minigraph;
mod mirror;
mod registry;
mod render;
mod value;
mod watch;

pub use layers::{FieldOrigin, Layer, LayerError, LayerKind, Layered, lay};
pub use migrate::{Migrated, Migration, MigrationOutcome, Move, migrate};
pub use minigraph::{Declared, MinigraphError, minigraph};
pub use mirror::{mirror, mirror_whole};
pub use registry::{Consumer, Effect, Family, Flag, Registry};
pub use render::{RenderError, RenderRequest, Variables, YamlError, render};
pub use value::{FlagOrigin, STATUS, Setting, TABLE, setting, status_of};
pub use watch::{FlagChange, FlagEvent, Followed};
