//! Following flags while others change them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::config::EntryName;
use crate::store::{StoreError, Watch};

use super::Flag;
use super::value::{STATUS, TABLE};

/// How long a wait lasts before it is looked whether it was broken off.
const PAUSE: Duration = Duration::from_millis(100);
/// The interval at which flags are read without a notification: a server sends none when it is emptied.
const ANYWAY: Duration = Duration::from_secs(1);
/// How long after a failure the store is tried again, and how long at most when it fails again and again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A change of a flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlagChange {
    /// The name of the flag.
    pub name: String,
    /// Its previously reported status; `None` where it was not set, or not reported yet.
    pub old: Option<String>,
    /// Its status; `None` where it is not set.
    pub new: Option<String>,
    /// When that was noticed.
    pub time: String,
}

/// What happens while flags are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagEvent {
    /// A flag is set, changed, or unset. The first event of each flag reports its status.
    Change(FlagChange),
    /// The store cannot be followed at the moment, or can again.
    Note(String),
}

/// The changes of flags in a store, as they happen, without an end.
///
/// First each flag is reported once. After that each event reports the present status of a flag: rapid changes are
/// coalesced, and an outdated status is never reported. If the store is lost, it is retried, and the changes meanwhile
/// are reported then.
///
/// ```no_run
/// use std::sync::{Arc, atomic::AtomicBool};
/// use sonicfg::schema::{Schema, Sources};
/// use sonicfg::store::FileWatch;
/// use sonicfg::system_defaults::{FlagEvent, Followed, Registry};
///
/// let schema = Schema::load(&Sources::shipped(), None)?.schema;
/// let registry = Registry::of(&schema)?;
/// let flags: Vec<_> = registry.get("dhcp_server").into_iter().cloned().collect();
/// let entries = Followed::entries(&flags);
/// let watch = FileWatch::new("/etc/sonic/config_db.json".as_ref(), entries);
/// let stop = Arc::new(AtomicBool::new(false));
/// for event in Followed::new(Box::new(watch), &flags, stop)? {
///     if let FlagEvent::Change(change) = event {
///         println!("{}: {:?}", change.name, change.new);
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Followed {
    watch: Box<dyn Watch>,
    flags: Vec<Known>,
    /// The flag that is looked at first, so that one that never rests does not hide the others.
    next: usize,
    read: Instant,
    lost: Option<Lost>,
    stop: Arc<AtomicBool>,
}

struct Known {
    name: String,
    /// How many entries of the watch are its own: its spellings.
    spellings: usize,
    /// The last reported status; `None` where nothing was reported yet.
    told: Option<Option<String>>,
    /// What it is.
    found: Option<String>,
}

struct Lost {
    pause: Duration,
    again: Instant,
    reason: String,
}

impl Followed {
    /// The entries of flags, in each spelling, for a [`Watch`] to follow.
    pub fn entries(flags: &[Flag]) -> Vec<EntryName> {
        let keys = flags.iter().flat_map(Flag::spellings);
        keys.map(|key| EntryName::new(TABLE, key)).collect()
    }

    /// Follows flags, until `stop` becomes true. The watch is one of their [`Followed::entries`].
    ///
    /// # Errors
    /// [`StoreError`]: the store cannot be followed. Later failures are events.
    pub fn new(watch: Box<dyn Watch>, flags: &[Flag], stop: Arc<AtomicBool>) -> Result<Self, StoreError> {
        let known = |flag: &Flag| Known {
            name: flag.name.clone(),
            spellings: flag.spellings().len(),
            told: None,
            found: None,
        };
        let mut followed = Followed {
            watch,
            flags: flags.iter().map(known).collect(),
            next: 0,
            read: Instant::now(),
            lost: None,
            stop,
        };
        followed.watch.open()?;
        followed.read()?;
        Ok(followed)
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let entries = self.watch.read()?;
        self.read = Instant::now();
        let mut entries = entries.into_iter();
        for flag in &mut self.flags {
            let own: Vec<_> = entries.by_ref().take(flag.spellings).collect();
            let set = own.into_iter().flatten().next();
            flag.found = set.and_then(|entry| Some(entry.get(STATUS)?.as_str()?.to_owned()));
        }
        Ok(())
    }

    fn differing(&self) -> Option<usize> {
        let count = self.flags.len();
        let mut order = (0..count).map(|at| (self.next + at) % count);
        order.find(|&at| {
            let flag = &self.flags[at];
            flag.told.as_ref() != Some(&flag.found)
        })
    }

    /// Reads what may have changed.
    fn refresh(&mut self) -> Result<(), StoreError> {
        let at_most = match self.differing() {
            Some(_) => Duration::ZERO,
            None => PAUSE,
        };
        if self.watch.wait(at_most)? || self.read.elapsed() > ANYWAY {
            self.read()?;
        }
        Ok(())
    }

    /// Retries a lost store when it is time. The event, if there is one.
    fn try_again(&mut self, mut lost: Lost) -> Option<FlagEvent> {
        let left = lost.again.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left.min(PAUSE));
            self.lost = Some(lost);
            return None;
        }
        match self.watch.open().and_then(|()| self.read()) {
            Ok(()) => {
                let name = self.watch.name();
                Some(FlagEvent::Note(format!("{name} is followed again")))
            }
            Err(error) => {
                lost.pause = (lost.pause * 2).min(BACK_OFF.1);
                lost.again = Instant::now() + lost.pause;
                let reason = error.to_string();
                let is_new = reason != lost.reason;
                lost.reason.clone_from(&reason);
                self.lost = Some(lost);
                is_new.then_some(FlagEvent::Note(reason))
            }
        }
    }
}

impl Iterator for Followed {
    type Item = FlagEvent;

    fn next(&mut self) -> Option<FlagEvent> {
        while !self.stop.load(Ordering::Relaxed) {
            if let Some(lost) = self.lost.take() {
                match self.try_again(lost) {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            if let Err(error) = self.refresh() {
                let reason = error.to_string();
                self.lost = Some(Lost {
                    pause: BACK_OFF.0,
                    again: Instant::now() + BACK_OFF.0,
                    reason: reason.clone(),
                });
                return Some(FlagEvent::Note(format!("{reason}; it is tried again")));
            }
            if let Some(at) = self.differing() {
                self.next = at + 1;
                let flag = &mut self.flags[at];
                let old = flag.told.replace(flag.found.clone()).flatten();
                return Some(FlagEvent::Change(FlagChange {
                    name: flag.name.clone(),
                    old,
                    new: flag.found.clone(),
                    time: Timestamp::now().to_string(),
                }));
            }
        }
        None
    }
}
