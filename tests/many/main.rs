//! Many configs at once: files, folders and streams of them, what a project says of them, and what is known of them.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod cache;
mod files;
mod settings;
mod stream;

use common::cli::Sandbox;

/// A config that is valid, and differs from others by its number.
fn good(number: usize) -> String {
    format!(
        "{{\n  \"FEATURE\": {{\"bgp\": {{\"state\": \"enabled\"}}}},\n  \"WARM_RESTART\": {{\"bgp\": {{\"bgp_timer\": \"{}\"}}}}\n}}\n",
        number % 900 + 100
    )
}

/// A config with an error, which is of the kind Range.
fn bad(number: usize) -> String {
    good(number).replace("\"bgp_timer\": \"", "\"bgp_timer\": \"9")
}

/// A folder with so many configs, of which those with these numbers are bad.
fn sites(count: usize, bads: &[usize]) -> Sandbox {
    let sandbox = Sandbox::new();
    for at in 0..count {
        let text = if bads.contains(&at) { bad(at) } else { good(at) };
        sandbox.write(&format!("sites/{at:03}.json"), text);
    }
    sandbox
}
