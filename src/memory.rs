//! Memory for a process that does one thing and ends: asked for in large pieces, kept until the end.
//!
//! All of it is about speed only. With another allocator than glibc's, or without large pages, it has no effect.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As much as the allocator keeps at least, in bytes, once it has been asked for it.
#[cfg(feature = "cli")]
const KEPT: usize = 24 << 20;
/// How much is taken from the system at once for a thread.
const ARENA: usize = 16 << 20;
/// How large a large page is.
const LARGE_PAGE: usize = 2 << 20;
/// How many threads get room in a process that does one thing.
#[cfg(feature = "cli")]
const ARENAS: usize = 64;

/// The number of threads that still do. None in a process that continues: the price is up to a large page for each.
static ARENAS_LEFT: AtomicUsize = AtomicUsize::new(0);

/// Says that this process does one thing and ends, and makes room in its first thread.
///
/// The allocator keeps what is given back to it, instead of returning it to the system and asking for it anew: the C
/// library's keeps blocks up to the size of the largest that was ever given back.
#[cfg(feature = "cli")]
pub fn tune_for_short_process() {
    drop(block(KEPT));
    ARENAS_LEFT.store(ARENAS, Ordering::Relaxed);
    preallocate_arena();
}

/// Takes room for what this thread is about to do in one piece, instead of page by page, if the process does one
/// thing. What is not used of it is never touched.
pub fn preallocate_arena() {
    let left = |arenas: usize| arenas.checked_sub(1);
    if ARENAS_LEFT
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
        .is_err()
    {
        return;
    }
    let first = block(ARENA + LARGE_PAGE);
    let to_boundary = first.as_ptr().align_offset(LARGE_PAGE);
    drop(first);
    // A large page cannot hold what is in use already. What lies before the first is left alone for good, so that
    // the next block, with what the allocator keeps in front of it, begins there.
    std::mem::forget(block(
        to_boundary.min(LARGE_PAGE).saturating_sub(size_of::<usize>()),
    ));
    use_large_pages(block(ARENA).spare_capacity_mut());
}

/// An untouched block of memory. Without memory the work itself reports it.
fn block(bytes: usize) -> Vec<u8> {
    let mut block: Vec<u8> = Vec::new();
    let _ = block.try_reserve_exact(bytes);
    std::hint::black_box(block)
}

/// Asks for large pages: to fetch one takes a fraction of the time of the five hundred small ones in it.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn use_large_pages(block: &mut [MaybeUninit<u8>]) {
    use rustix::mm::{Advice, madvise};

    let start = block.as_mut_ptr().align_offset(LARGE_PAGE);
    let Some(pages) = block.get_mut(start..) else {
        return;
    };
    let len = pages.len() / LARGE_PAGE * LARGE_PAGE;
    // SAFETY: the pages are ours, and how large they are changes nothing of what they hold.
    let _ = unsafe { madvise(pages.as_mut_ptr().cast(), len, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn use_large_pages(_: &mut [MaybeUninit<u8>]) {}
