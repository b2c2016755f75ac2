//! Plans: the contract that programs read, a text for people, a graph for Graphviz.

mod concise;
mod dot;
mod full;
mod groups;
mod interrupted;
mod json;
mod values;
mod words;

pub use concise::plan_concise;
pub use dot::plan_dot;
pub use full::plan_full;
pub use json::{plan_json, plan_json_lines};

/// The commands that run after each step: the words of each.
pub type StepCommands = Vec<Vec<Vec<String>>>;
