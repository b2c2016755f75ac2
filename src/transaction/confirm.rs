//! A change that goes back by itself unless it is confirmed in time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::Holder;

/// A change that waits for confirmation. It stands on disk, so that its deadline holds across a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The change.
    pub id: String,
    /// Until when it must be confirmed, as RFC 3339 writes it.
    pub until: String,
    /// Who made it.
    pub holder: Holder,
}

impl Pending {
    /// Whether its time is over. One whose time cannot be read is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// How much time is left.
    pub fn left(&self) -> std::time::Duration {
        let until: Option<Timestamp> = self.until.parse().ok();
        let left = until.map(|until| until.duration_since(Timestamp::now()));
        left.and_then(|left| left.try_into().ok()).unwrap_or_default()
    }
}
