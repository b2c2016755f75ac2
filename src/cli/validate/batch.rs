//! Many files at the same time, shown in their order.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::cli::Failure;
use crate::cli::output::{print, say};
use crate::engine::check::{CheckError, Checker, InputKind, InputReport, read};
use crate::memory;
use crate::report::FailOn;

/// How many files a thread checks before what was found in them is shown: so many that threads seldom wait for
/// each other, so few that what is found in them is never much.
const AT_ONCE: usize = 16;
/// The number of files from which progress is shown.
const LONG: usize = 50;

/// Threads that check.
pub struct Threads {
    pool: Option<ThreadPool>,
}

impl Threads {
    /// So many, or as many as there are cores. For a single input none are started.
    ///
    /// # Errors
    /// [`Failure::Environment`]: the system gives none.
    pub fn new(jobs: Option<usize>, inputs: usize) -> Result<Self, Failure> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let count = jobs.unwrap_or_else(cores).min(inputs);
        if count < 2 {
            return Ok(Threads { pool: None });
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .start_handler(|_| memory::preallocate_arena())
            .build();
        let pool =
            pool.map_err(|error| Failure::Environment(format!("cannot start {count} threads: {error}")))?;
        Ok(Threads { pool: Some(pool) })
    }

    /// How many inputs are checked before what was found in them is shown.
    pub fn at_once(&self) -> usize {
        let count = self.pool.as_ref().map_or(1, ThreadPool::current_num_threads);
        count * AT_ONCE
    }

    /// The result for each input, in their order.
    pub fn map<T: Sync, R: Send>(&self, inputs: &[T], make: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
        match &self.pool {
            None => inputs
                .iter()
                .enumerate()
                .map(|(at, input)| make(at, input))
                .collect(),
            Some(pool) => {
                let jobs = inputs.par_iter().with_max_len(1).enumerate();
                pool.install(|| jobs.map(|(at, input)| make(at, input)).collect())
            }
        }
    }
}

/// Why a file was not checked.
enum Unchecked {
    /// The reason is about this file.
    This(Failure),
    /// No other file can be checked either.
    All(Failure),
}

impl From<CheckError> for Unchecked {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Load(error) => Unchecked::All(error.into()),
            error => Unchecked::This(error.into()),
        }
    }
}

/// Checks files, and hands over the report of each, in their order. `show` gives the text to be printed, and whether
/// the file failed; with `fail_fast` the first failed file is the last. The result is the reason why the first
/// unchecked file was not checked; of several, each reason is reported in its turn.
///
/// # Errors
/// [`Failure`]: what is wrong with all files.
pub fn check(
    checker: &Checker,
    (files, kind): (&[PathBuf], InputKind),
    threads: &Threads,
    (fail_on, fail_fast): (FailOn, bool),
    mut show: impl FnMut(&InputReport) -> (String, bool),
) -> Result<Option<Failure>, Failure> {
    let bar = progress(files.len());
    let check = |path: &PathBuf| match read(path, checker.engine.policy()) {
        Err(error) => Err(Unchecked::This(error.into())),
        Ok(text) => checker.check(text, kind).map_err(Unchecked::from),
    };
    let mut unchecked = None;
    for some in files.chunks(threads.at_once()) {
        // Files after the first failed one need not be checked.
        let last = AtomicUsize::new(usize::MAX);
        let checked = threads.map(some, |at, path| {
            if fail_fast && at > last.load(Ordering::Relaxed) {
                return None;
            }
            let checked = check(path);
            let fails = |report: &InputReport| fail_on.fails(report.counts(fail_on));
            if checked.as_ref().map_or(true, fails) {
                last.fetch_min(at, Ordering::Relaxed);
            }
            bar.inc(1);
            Some(checked)
        });
        let mut out = String::new();
        let mut ended = false;
        // An unchecked file follows the reports before it.
        for checked in checked.into_iter().flatten() {
            let failed = match checked {
                Ok(report) => {
                    let (text, failed) = show(&report);
                    out.push_str(&text);
                    failed
                }
                Err(Unchecked::All(failure)) => return Err(failure),
                Err(Unchecked::This(failure)) => {
                    // Of a single file it is the last word.
                    if files.len() > 1 {
                        bar.suspend(|| say(&format!("error: {}\n", failure.message())));
                    }
                    unchecked.get_or_insert(failure);
                    true
                }
            };
            ended = fail_fast && failed;
            if ended {
                break;
            }
        }
        bar.suspend(|| print(&out))?;
        if ended {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(unchecked)
}

/// Shows on a terminal how far it is.
fn progress(files: usize) -> ProgressBar {
    // Nothing is drawn where standard error is no terminal.
    let target = if files < LONG {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let style = ProgressStyle::with_template("checked {pos} of {len} files {wide_bar} {eta} left");
    let bar = ProgressBar::with_draw_target(Some(files as u64), target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
