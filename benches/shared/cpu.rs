//! CPU time, which other work on the machine does not lengthen.

use std::time::Duration;

/// Whose CPU time it is.
#[derive(Debug, Clone, Copy)]
#[allow(dead_code, reason = "not every bench measures both")]
pub enum Whose {
    /// That of this process.
    Own = 0,
    /// That of all processes that were started here and have ended.
    Children = -1,
}

/// The CPU time until now, of user and system.
#[allow(unsafe_code, reason = "no dependency calls getrusage")]
pub fn cpu(whose: Whose) -> Duration {
    /// `struct rusage` of Linux on 64 bits: user time, system time, and 14 numbers.
    #[repr(C)]
    #[derive(Default)]
    struct Usage {
        /// Seconds and microseconds.
        user: [i64; 2],
        system: [i64; 2],
        others: [i64; 14],
    }
    unsafe extern "C" {
        fn getrusage(who: i32, usage: *mut Usage) -> i32;
    }
    let mut usage = Usage::default();
    // SAFETY: the struct is what the system fills in.
    let failed = unsafe { getrusage(whose as i32, &raw mut usage) };
    assert_eq!(failed, 0, "getrusage");
    let time = |[seconds, micros]: [i64; 2]| Duration::from_micros((seconds * 1_000_000 + micros) as u64);
    time(usage.user) + time(usage.system)
}
