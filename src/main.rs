//! The command `sonicfg`: parses arguments, maps an outcome to an exit code.

use std::process::ExitCode;

use sonicfg::cli::{Cli, Outcome};

/// Trees and indexes are many small pieces that come and go: a tenth to a quarter of a run is spent on
/// getting and freeing them, and this one does it in less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
