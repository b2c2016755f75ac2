//! Deadlines that a change of the clock neither stretches nor skips.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::Pending;

/// A moment by the clock that counts the time since the machine was booted, its sleep included. It cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootDeadline {
    /// Which boot of the machine.
    pub boot: String,
    /// The time since then, in milliseconds.
    pub milliseconds: u64,
}

impl BootDeadline {
    /// The moment after this time. `None` where the system does not name its boots.
    pub(super) fn after(time: Duration) -> Option<Self> {
        let (boot, now) = now()?;
        let at = now.saturating_add(time).as_millis();
        Some(BootDeadline {
            boot,
            milliseconds: at.try_into().unwrap_or(u64::MAX),
        })
    }

    /// How much time is left. `None`: the machine was booted since.
    fn left(&self) -> Option<Duration> {
        let (boot, now) = now()?;
        (boot == self.boot).then(|| Duration::from_millis(self.milliseconds).saturating_sub(now))
    }
}

/// The boot of the machine, and the time since.
fn now() -> Option<(String, Duration)> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let time = Duration::try_from(clock_gettime(ClockId::Boottime)).ok()?;
    Some((boot.trim().to_owned(), time))
}

/// The time of day after this time, as RFC 3339 writes it: whole seconds, and never earlier.
pub(super) fn time_of_day(after: Duration) -> String {
    let until = SystemTime::now().checked_add(after);
    let until = until.and_then(|until| Timestamp::try_from(until).ok());
    let until = until.unwrap_or(Timestamp::MAX);
    let seconds = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
    Timestamp::from_second(seconds).unwrap_or(until).to_string()
}

impl Pending {
    /// Whether its time is over. One whose time cannot be read is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// How much time is left: by the clock of this boot of the machine, or, after a reboot, by the time of day.
    pub fn left(&self) -> Duration {
        if let Some(left) = self.in_boot.as_ref().and_then(BootDeadline::left) {
            return left;
        }
        let until: Option<Timestamp> = self.until.parse().ok();
        let left = until.map(|until| until.duration_since(Timestamp::now()));
        left.and_then(|left| left.try_into().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LockOwner;

    #[test]
    fn clock_of_the_boot_counts_first() {
        let pending = |until: &str, in_boot: Option<BootDeadline>| Pending {
            id: String::new(),
            until: until.to_owned(),
            in_boot,
            state_dir: None,
            holder: LockOwner::this("a test"),
        };
        let (past, future) = ("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
        let soon = BootDeadline::after(Duration::from_secs(60)).unwrap();
        let over = BootDeadline::after(Duration::ZERO).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        // The time of day was set since: it does not count.
        assert!(!pending(past, Some(soon.clone())).is_over());
        assert!(pending(future, Some(over.clone())).is_over());
        // Of another boot the time of day is all there is.
        for deadline in [soon, over] {
            let other = Some(BootDeadline {
                boot: "another".to_owned(),
                ..deadline
            });
            assert!(pending(past, other.clone()).is_over() && !pending(future, other).is_over());
        }
        assert!(pending("soon", None).is_over());
        assert!(time_of_day(Duration::MAX).starts_with("9999-"));
    }
}
