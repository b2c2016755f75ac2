//! The command `sonicfg`: parses arguments, maps an outcome to an exit code.

use std::process::ExitCode;

use sonicfg::cli::{Cli, Outcome};

fn main() -> ExitCode {
    let outcome = Cli::from_args().and_then(|cli| cli.map_or(Ok(Outcome::Clean), Cli::run));
    match outcome {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => {
            failure.tell();
            failure.exit_code()
        }
    }
}
