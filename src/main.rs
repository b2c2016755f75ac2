//! The command `sonicfg`: parses arguments, maps an outcome to an exit code.

use std::process::ExitCode;

use clap::Parser;
use sonicfg::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => {
            eprintln!("Error: {}", failure.message());
            failure.exit_code()
        }
    }
}
