//! Files in YAML that other programs read.

use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

/// A file of the repository.
pub fn file(name: &str) -> Yaml {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let mut documents = YamlLoader::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// A scalar as its readers see it.
pub fn text(value: &Yaml) -> String {
    match value {
        Yaml::String(text) | Yaml::Real(text) => text.clone(),
        Yaml::BadValue | Yaml::Null => String::new(),
        other => panic!("{other:?} is no text"),
    }
}

/// The members of a mapping.
pub fn members(value: &Yaml) -> Vec<(String, &Yaml)> {
    let members = value.as_hash().unwrap().iter();
    members.map(|(name, value)| (text(name), value)).collect()
}
