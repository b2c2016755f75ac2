//! Newline-delimited JSON: one config a line, one verdict a line, in the same order.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use serde_json::{Value, json};

use super::batch::Threads;
use crate::cli::Failure;
use crate::cli::findings;
use crate::cli::output::print;
use crate::config::{MAX_FILE_BYTES, ReadError, Source};
use crate::engine::check::{CheckError, Checker, InputKind, InputReport, text};
use crate::report::{FailOn, FileReport, findings_json};
use crate::validate::{Diagnostic, Rule};

/// How much is made room for at once while a line is read.
const PIECE: u64 = 64 * 1024;
/// How many bytes of lines wait or are checked at the same time, unless a single line has more.
const WAITING: usize = 256 * 1024 * 1024;

/// A line, or why there is none: it was too long, or the file cannot be read any further.
type Line = Result<Vec<u8>, Unread>;

enum Unread {
    /// The line is longer than a config may be; it was passed over.
    TooLong,
    /// The rest of the file.
    Rest(ReadError),
}

/// What lines take up that are read and not yet checked.
#[derive(Default)]
struct Room {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Room {
    /// Waits until there is room for so many bytes, and takes it. Where nothing is taken there always is.
    fn take(&self, bytes: usize) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut usize| *taken > 0 && *taken + bytes > WAITING;
        let waited = self.freed.wait_while(taken, is_full);
        *waited.unwrap_or_else(PoisonError::into_inner) += bytes;
    }

    /// Gives it back.
    fn free(&self, bytes: usize) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) -= bytes;
        self.freed.notify_one();
    }
}

/// Checks the lines of a file, and prints a verdict for each. A verdict is printed at once, so that a writer that waits
/// for it before the next line gets it. `add` takes the report, and says whether the line failed; with `fail_fast` the
/// first failed line is the last.
///
/// # Errors
/// [`Failure`]: the file cannot be read, or what is wrong with all lines.
pub fn check(
    checker: &Checker,
    path: &Path,
    threads: &Threads,
    (fail_on, fail_fast): (FailOn, bool),
    mut add: impl FnMut(&InputReport) -> bool,
) -> Result<bool, Failure> {
    let name = if Source::is_stdin(path) {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    };
    let reader: Box<dyn Read + Send> = if Source::is_stdin(path) {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| ReadError::io(path, &error))?)
    };
    // As many lines wait as are checked at once, so that memory does not grow with their number.
    let (sender, receiver) = sync_channel(threads.at_once());
    let room = Arc::new(Room::default());
    // The thread is not waited for: it may be reading a line that is never written.
    let reading = {
        let (name, room) = (name.clone(), Arc::clone(&room));
        std::thread::Builder::new().spawn(move || read_lines(reader, &name, &room, &sender))
    };
    reading.map_err(|error| Failure::Environment(format!("cannot start a thread: {error}")))?;
    let mut number = 0;
    loop {
        let lines = next_lines(&receiver, threads.at_once());
        if lines.is_empty() {
            return Ok(false);
        }
        let checked = threads.map(&lines, |_, line| one(checker, &name, line));
        room.free(lines.iter().map(size).sum());
        drop(lines);
        let mut out = String::new();
        let mut ended = None;
        for checked in checked {
            let report = match checked {
                Ok(report) => report,
                Err(failure) => {
                    ended = Some(Err(failure));
                    break;
                }
            };
            number += 1;
            out += &verdict(&name, number, &report, fail_on).to_string();
            out.push('\n');
            if add(&report) && fail_fast {
                ended = Some(Ok(true));
                break;
            }
        }
        print(&out)?;
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// The next line, and what else is there already. Empty at the end.
fn next_lines(receiver: &Receiver<Line>, at_once: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = receiver.recv().into_iter().collect();
    while !lines.is_empty() && lines.len() < at_once {
        match receiver.try_recv() {
            Ok(line) => lines.push(line),
            Err(_) => break,
        }
    }
    lines
}

/// How many bytes a line takes up.
fn size(line: &Line) -> usize {
    line.as_ref().map_or(0, Vec::len)
}

fn read_lines(reader: Box<dyn Read + Send>, name: &str, room: &Room, sender: &SyncSender<Line>) {
    let mut reader = BufReader::with_capacity(PIECE as usize, reader);
    loop {
        let mut line = Vec::new();
        let read = (&mut reader)
            .take(MAX_FILE_BYTES + 1)
            .read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) => return,
            Err(error) => Err(Unread::Rest(ReadError::io(Path::new(name), &error))),
            Ok(_) if line.ends_with(b"\n") => {
                line.pop();
                Ok(line)
            }
            Ok(length) if length as u64 > MAX_FILE_BYTES => match reader.skip_until(b'\n') {
                Ok(_) => Err(Unread::TooLong),
                Err(error) => Err(Unread::Rest(ReadError::io(Path::new(name), &error))),
            },
            // The last one need not end.
            Ok(_) => Ok(line),
        };
        let is_last = matches!(line, Err(Unread::Rest(_)));
        room.take(size(&line));
        // The receiver is dropped once the first line has failed.
        if sender.send(line).is_err() || is_last {
            return;
        }
    }
}

/// What is found in a line.
fn one(checker: &Checker, name: &str, line: &Line) -> Result<InputReport, Failure> {
    let line = match line {
        Ok(line) => line,
        Err(Unread::Rest(error)) => return Err(Failure::Environment(error.to_string())),
        Err(Unread::TooLong) => {
            let message = format!("the line is longer than {} MiB", MAX_FILE_BYTES / 1024 / 1024);
            return Ok(unfit(name, message).into());
        }
    };
    let source = Source::from_bytes(name, line.clone());
    let text = text(source, checker.engine.policy())?;
    match checker.check(text, InputKind::Auto) {
        Ok(report) => Ok(report),
        Err(CheckError::Load(error)) => Err(error.into()),
        // Those behind it are none the worse for it.
        Err(error) => Ok(unfit(name, Failure::from(error).message()).into()),
    }
}

/// A line of which nothing else can be said.
fn unfit(name: &str, message: String) -> FileReport {
    let found = vec![Diagnostic::error(Rule::InvalidJSON, message)];
    FileReport::without_text(name, InputKind::Auto.name(), found)
}

/// `{"path","line","input","valid","errors","warnings","diagnostics"}`. The places of findings lie in the stream: `line` is
/// that of the config, `column` counts from its beginning.
fn verdict(name: &str, number: usize, report: &InputReport, fail_on: FailOn) -> Value {
    let counts = report.counts(fail_on);
    let mut found = findings::diagnostics(&report.files);
    for location in found.iter_mut().flat_map(Diagnostic::locations_mut) {
        location.line = number;
    }
    json!({
        "path": name,
        "line": number,
        "input": report.files.first().map(|file| file.input),
        "valid": !fail_on.fails(counts),
        "errors": counts.errors,
        "warnings": counts.warnings,
        "diagnostics": findings_json(&found),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much_or_for_a_single_line() {
        let room = Arc::new(Room::default());
        room.take(WAITING + 1);
        let waiting = Arc::clone(&room);
        let thread = std::thread::spawn(move || waiting.take(1));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!thread.is_finished());
        room.free(WAITING + 1);
        thread.join().unwrap();
        assert_eq!(*room.taken.lock().unwrap(), 1);
    }
}
