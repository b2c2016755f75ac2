//! Running another program: for so long, and with so much of what it says.

use std::fmt;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::plain_reason;
use crate::transaction::TransactionError;

/// How much of what a program says is kept: the end of it, in bytes.
const KEPT: usize = 2048;
/// How much of that a message holds, in characters.
const TOLD: usize = 300;
/// How often it is looked whether a program has ended: at first, and then.
const LOOK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));
/// How long the rest of what a program said is waited for. What it started may hold on to its output.
const REST: Duration = Duration::from_millis(200);

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitState {
    /// With exit code 0.
    Well,
    /// With another, or by a signal; or it could not be started: the words for it.
    Badly(String),
    /// It was killed, because it took longer than this.
    Late(Duration),
}

impl fmt::Display for ExitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitState::Well => f.write_str("exit code 0"),
            ExitState::Badly(reason) => f.write_str(reason),
            ExitState::Late(time) => write!(f, "it took longer than {} s and was killed", time.as_secs_f64()),
        }
    }
}

/// Runs a program, which is found on PATH, and calls `heartbeat` regularly until it has ended. If that fails, the
/// program is killed. Nothing of it is left to be reaped.
pub(super) fn run(
    words: &[String],
    timeout: Duration,
    heartbeat: &mut dyn FnMut() -> Result<(), TransactionError>,
) -> Result<ExitState, TransactionError> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(ExitState::Well);
    };
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // What the user types to break us off is not for it; and what it starts can be killed with it.
        .process_group(0)
        .spawn();
    let mut running = match started {
        Ok(child) => Running { child, reaped: false },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(ExitState::Badly(format!("there is no program {program} on PATH")));
        }
        Err(error) => {
            let reason = plain_reason(&error);
            return Ok(ExitState::Badly(format!("it cannot be started: {reason}")));
        }
    };
    let said = CapturedOutput::of(&mut running.child);
    let start = Instant::now();
    let mut look = LOOK.0;
    loop {
        match running.child.try_wait() {
            Ok(Some(status)) => {
                running.reaped = true;
                return Ok(if status.success() {
                    ExitState::Well
                } else {
                    ExitState::Badly(format!("{}{}", how(status), said.end()))
                });
            }
            Ok(None) => {}
            Err(error) => {
                let reason = plain_reason(&error);
                return Ok(ExitState::Badly(format!("it cannot be waited for: {reason}")));
            }
        }
        let left = timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(ExitState::Late(timeout));
        }
        heartbeat()?;
        std::thread::sleep(look.min(left));
        look = (look * 2).min(LOOK.1);
    }
}

/// A running program. It is killed with all its children when the value is dropped.
struct Running {
    child: Child,
    reaped: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "it failed".to_owned(),
    }
}

/// What a program says, read so that it is never held up.
struct CapturedOutput {
    text: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl CapturedOutput {
    fn of(child: &mut Child) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let stdout = child
            .stdout
            .take()
            .map(|from| Box::new(from) as Box<dyn Read + Send>);
        let stderr = child
            .stderr
            .take()
            .map(|from| Box::new(from) as Box<dyn Read + Send>);
        let readers = [stdout, stderr].into_iter().flatten().filter_map(|from| {
            let text = Arc::clone(&text);
            let reader = std::thread::Builder::new().spawn(move || keep_end(from, &text));
            reader.ok()
        });
        CapturedOutput {
            readers: readers.collect(),
            text,
        }
    }

    /// The end of what it said, on one line.
    fn end(&self) -> String {
        let start = Instant::now();
        while start.elapsed() < REST && !self.readers.iter().all(JoinHandle::is_finished) {
            std::thread::sleep(LOOK.0);
        }
        let text = self.text.lock().map(|text| text.clone()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let line = lines.join("; ");
        let more = line.chars().count().saturating_sub(TOLD);
        let end: String = line.chars().skip(more).collect();
        match (end.is_empty(), more) {
            (true, _) => String::new(),
            (_, 0) => format!(": {end}"),
            _ => format!(": …{end}"),
        }
    }
}

fn keep_end(mut from: Box<dyn Read + Send>, text: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let Ok(mut text) = text.lock() else { return };
        text.extend_from_slice(&buffer[..count]);
        let more = text.len().saturating_sub(KEPT);
        text.drain(..more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, timeout: Duration) -> ExitState {
        let words = ["sh", "-c", script].map(str::to_owned);
        run(&words, timeout, &mut || Ok(())).unwrap()
    }

    #[test]
    fn ends_of_programs() {
        let long = Duration::from_secs(20);
        assert_eq!(sh("exit 0", long), ExitState::Well);
        assert_eq!(
            sh("echo a; echo; echo b >&2; exit 3", long).to_string().len(),
            "exit code 3: a; b".len()
        );
        assert_eq!(sh("kill -9 $$", long).to_string(), "ended by signal 9");
        let none = run(&["no-such-program".to_owned()], long, &mut || Ok(())).unwrap();
        assert_eq!(none.to_string(), "there is no program no-such-program on PATH");
    }

    #[test]
    fn end_of_long_output_is_kept() {
        let said = sh(
            "yes x | head -c 300000; echo the end; exit 1",
            Duration::from_secs(20),
        )
        .to_string();
        assert!(
            said.starts_with("exit code 1: …") && said.ends_with("; the end"),
            "{said}"
        );
        assert!(said.chars().count() < TOLD + 20);
    }

    #[test]
    fn slow_process_is_killed() {
        let start = Instant::now();
        let ended = sh("sleep 30 & sleep 30", Duration::from_millis(100));
        assert_eq!(ended.to_string(), "it took longer than 0.1 s and was killed");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
