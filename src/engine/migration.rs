//! Migration of retired fields that leaves a config valid.

use crate::config::Config;
use crate::system_defaults::{Migrated, Migration, MigrationOutcome, Move, Registry, migrate};
use crate::validate::validate;

use super::Engine;
use super::error::ApplyError;
use super::introduced::introduced_errors;

impl Engine {
    /// Migrates the retired fields of a config. Where the config would not be valid with values left to the image
    /// (`init_cfg` of the migration), the flags are written all the same.
    ///
    /// # Errors
    /// [`ApplyError::Load`]: the models cannot be loaded, or declare a flag that is not valid.
    pub fn migrate(&self, migration: &Migration, config: &Config) -> Result<Migrated, ApplyError> {
        let schema = self.schema()?;
        let registry = Registry::of(schema)?;
        let running = config.to_value();
        let migrated = migrate(&registry, migration, &running);
        let is_left = |one: &Move| one.outcome == MigrationOutcome::LeftToImage;
        if !migrated.moves.iter().any(is_left) {
            return Ok(migrated);
        }
        let made = Config::from_value("the migrated config", &migrated.config);
        let found = validate(schema, self.policy(), &made).diagnostics;
        if introduced_errors(schema, self.policy(), Some(&running), found).is_empty() {
            return Ok(migrated);
        }
        let migration = Migration {
            init_cfg: None,
            ..*migration
        };
        Ok(migrate(&registry, &migration, &running))
    }
}
