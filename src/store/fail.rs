//! Points at which tests stop the process. Only builds with debug assertions have them.

/// A point that a test can name: `NAME`, or `NAME:N` for the Nth time that it is passed. The point that is named in
/// `SONICFG_KILL_AT` kills the process. The point in `SONICFG_PAUSE_AT` writes the file of `SONICFG_PAUSE_FILE`, and
/// waits until that is removed.
#[cfg(debug_assertions)]
pub fn fail_point(name: &str) {
    use std::sync::atomic::AtomicUsize;
    static KILL: AtomicUsize = AtomicUsize::new(0);
    static PAUSE: AtomicUsize = AtomicUsize::new(0);
    if is_meant("SONICFG_KILL_AT", name, &KILL) {
        // Nothing is cleaned up.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
    if is_meant("SONICFG_PAUSE_AT", name, &PAUSE)
        && let Some(file) = std::env::var_os("SONICFG_PAUSE_FILE").map(std::path::PathBuf::from)
    {
        let _ = std::fs::write(&file, name);
        for _ in 0..12_000 {
            if !file.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// Whether a point is one that a variable names: `NAME:N`, or several, with commas between them.
#[cfg(debug_assertions)]
fn is_meant(variable: &str, name: &str, passed: &std::sync::atomic::AtomicUsize) -> bool {
    let Ok(wanted) = std::env::var(variable) else {
        return false;
    };
    let points = wanted
        .split(',')
        .map(|point| point.split_once(':').unwrap_or((point, "1")));
    let mut counts = points
        .filter(|(point, _)| *point == name)
        .map(|(_, count)| count.parse());
    let Some(first) = counts.next() else {
        return false;
    };
    let now = passed.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
    std::iter::once(first).chain(counts).any(|count| count == Ok(now))
}

/// Does nothing in a release build.
#[cfg(not(debug_assertions))]
pub fn fail_point(_: &str) {}
