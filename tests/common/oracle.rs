//! libyang 3 in a process of its own: the second opinion that verdicts are compared with.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Says something that is seen in a passing test too, which swallows what `eprintln!` writes.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What libyang says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid.
    Valid,
    /// It is not; libyang's message and the path it names.
    Invalid(String),
    /// libyang did not survive it.
    Crash,
}

/// A running oracle. It is ended with its value.
pub struct Oracle {
    dirs: Vec<PathBuf>,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the oracle with the modules of some folders; builds it if it is not there. Says loudly
    /// if that cannot be.
    pub fn start(dirs: &[PathBuf]) -> Option<Self> {
        let binary = binary()?;
        let (child, input, output) = spawn(&binary, dirs);
        Some(Oracle {
            dirs: dirs.to_vec(),
            child,
            input,
            output,
        })
    }

    /// Hands over a document, which must be one line. [`Oracle::answer`] has to follow.
    pub fn send(&mut self, line: &str) {
        assert!(!line.contains('\n'), "a document of several lines");
        // A process that has gone is noticed when the answer is read.
        let _ = self.input.write_all(line.as_bytes());
        let _ = self.input.write_all(b"\n");
        let _ = self.input.flush();
    }

    /// The verdict on the document that was handed over last.
    pub fn answer(&mut self) -> Verdict {
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        let mut columns = answer.trim_end_matches('\n').split('\t');
        match columns.next() {
            Some("valid") => Verdict::Valid,
            Some("invalid") => {
                let columns: Vec<&str> = columns.take(3).filter(|column| !column.is_empty()).collect();
                Verdict::Invalid(columns.join(" at "))
            }
            _ => {
                let _ = self.child.wait();
                let binary = binary().unwrap();
                (self.child, self.input, self.output) = spawn(&binary, &self.dirs);
                Verdict::Crash
            }
        }
    }

    /// The verdict on a document.
    pub fn ask(&mut self, line: &str) -> Verdict {
        self.send(line);
        self.answer()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(binary: &Path, dirs: &[PathBuf]) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut command = Command::new(binary);
    for dir in dirs {
        command.arg("--yang-dir").arg(dir);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (child, input, BufReader::new(output))
}

/// The oracle's binary, built if it is not there. `None` where it cannot be built.
fn binary() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    let binary = folder.join("target/release/oracle");
    if !binary.is_file() {
        // A target folder that is set for our own build is not meant for the oracle's.
        let built = Command::new("cargo")
            .args(["build", "--release", "--target-dir", "target"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        let built = built.is_ok_and(|status| status.success());
        if !built || !binary.is_file() {
            say("SKIPPED: the oracle does not build: run cargo build --release in oracle/ to see why");
            return None;
        }
    }
    Some(binary)
}
