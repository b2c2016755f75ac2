//! Two things at the same time.

/// Does one thing in this thread while another one does `there`. Where that panics, this does.
pub fn join<A, B: Send>(here: impl FnOnce() -> A, there: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let there = scope.spawn(there);
        let here = here();
        let there = there.join();
        (
            here,
            there.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    })
}
