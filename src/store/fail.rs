//! Points at which tests let the process die or a step fail. Only builds with debug assertions have them.

/// A point that a test can name, to have the process killed there: `SONICFG_KILL_AT` holds the name, or
/// `NAME:N` for the Nth time that it is passed.
#[cfg(debug_assertions)]
pub fn fail_point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let Ok(wanted) = std::env::var("SONICFG_KILL_AT") else {
        return;
    };
    let (wanted, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if wanted == name && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == count.parse().unwrap_or(1) {
        // Nothing is cleaned up.
        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn fail_point(_: &str) {}
