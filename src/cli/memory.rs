//! Memory for a process that does one thing and ends.

/// As much as the allocator keeps at least, in bytes, once it has been asked for it.
const KEPT: usize = 16 << 20;
/// How much is taken from the system at once for a thread.
const ROOM: usize = 8 << 20;

/// Lets the allocator keep what is given back to it, instead of returning it to the system and asking
/// for it anew: the C library's keeps blocks up to the size of the largest that was ever given back.
///
/// That is a matter of speed alone: where the allocator is another one, nothing comes of it.
pub fn keep() {
    take_and_give_back(KEPT);
}

/// Takes room for what a thread is about to do in one piece, instead of page by page. What is not used of
/// it is never touched.
pub fn make_room() {
    take_and_give_back(ROOM);
}

fn take_and_give_back(bytes: usize) {
    let mut block: Vec<u8> = Vec::new();
    // Without memory the work itself will say so.
    let _ = std::hint::black_box(&mut block).try_reserve_exact(bytes);
    drop(std::hint::black_box(block));
}
