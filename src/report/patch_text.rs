//! A JSON patch (RFC 6902) as text.

use json_patch::PatchOperation;

/// A JSON patch with an operation on each line.
pub fn patch_text(operations: &[PatchOperation]) -> String {
    if operations.is_empty() {
        return "[]\n".to_owned();
    }
    let lines = operations.iter().map(|operation| {
        // Strings, numbers and lists always serialise.
        format!("  {}", serde_json::to_string(operation).unwrap_or_default())
    });
    let lines: Vec<String> = lines.collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}
