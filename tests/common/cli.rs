//! Runs the program in a folder of its own, with a cache of its own.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::oracle::say;

/// The user that nobody is, to whom the rights of files matter.
const NOBODY: u32 = 65534;

/// A folder that the program runs in; it goes with the value.
pub struct Sandbox {
    dir: TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A file of `fixtures/`.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

impl Sandbox {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // For runs of other users.
        set_mode(dir.path(), 0o777);
        Sandbox { dir }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, and the folders that it needs.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder, sorted; the cache and what is remembered of changes aside.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names
            .filter(|name| name != "cache" && !(name.starts_with('.') && name.ends_with(".sonicfg")))
            .collect();
        names.sort();
        names
    }

    /// The names in a folder of it, sorted.
    pub fn names_in(&self, name: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(name)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Another program in the folder, in the environment that the tests have.
    pub fn other(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("SONICFG_CACHE_DIR", self.path("cache"))
            .env_remove("SONICFG_YANG_PATH")
            .env_remove("SONICFG_CONFIG_FILE")
            .env_remove("SONICFG_POLICY")
            .env_remove("SONICFG_RETIRED")
            .env_remove("SONICFG_SWITCH_MODELS")
            // So that no test depends on whether this machine is a switch.
            .env("SONICFG_DB_CONFIG", self.path("database_config.json"))
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        command
    }

    /// The program, run in the folder.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Command {
        let mut command = self.other(env!("CARGO_BIN_EXE_sonicfg"));
        command.args(args);
        command
    }

    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Run {
        Run::of(&mut self.command(args))
    }

    /// Runs the program with something on standard input.
    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Run {
        let mut command = self.command(args);
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It need not want to read.
        let _ = child.stdin.take().unwrap().write_all(input);
        Run::from(child.wait_with_output().unwrap())
    }

    /// Validates a config, one line for each finding.
    pub fn validate(&self, config: impl AsRef<[u8]>) -> Run {
        self.write("c.json", config);
        self.run(["validate", "--report", "concise", "c.json"])
    }

    /// The program as a user without rights; says loudly where that is not possible.
    pub fn unprivileged(&self, args: &[&str]) -> Option<Command> {
        let drop = |mut command: Command| {
            if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let runs = drop(self.command(["--version"])).output();
        if !runs.is_ok_and(|output| output.status.success()) {
            say(&format!(
                "SKIPPED: user {NOBODY} cannot run {}",
                env!("CARGO_BIN_EXE_sonicfg")
            ));
            return None;
        }
        Some(drop(self.command(args)))
    }
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        Run::from(command.output().unwrap())
    }

    /// The last line on standard error.
    pub fn last_line(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }

    /// Asserts how a failure ends: with an exit code, and the reason on the last line.
    #[track_caller]
    pub fn fails(&self, code: i32, last_line: &str) {
        assert_eq!(
            (self.code, self.last_line()),
            (Some(code), last_line),
            "stdout:\n{}stderr:\n{}",
            self.stdout,
            self.stderr
        );
    }

    /// Asserts that findings were made, these lines of them.
    #[track_caller]
    pub fn finds(&self, lines: &[&str]) {
        assert_eq!(self.stdout.lines().collect::<Vec<_>>(), lines, "{}", self.stderr);
        let errors = lines.iter().filter(|line| line.contains(": error[")).count();
        if errors == 0 {
            assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        } else {
            assert_eq!(self.code, Some(1));
            let noun = if errors == 1 { "error" } else { "errors" };
            let summary = format!("Error: {errors} {noun}");
            assert!(self.last_line().starts_with(&summary), "{}", self.stderr);
        }
    }

    /// Asserts that all went well, and nobody was warned.
    #[track_caller]
    pub fn is_clean(&self) {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
