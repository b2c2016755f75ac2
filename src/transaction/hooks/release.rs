//! Which software a switch runs.

use std::path::Path;

/// The software of a switch, as its `sonic_version.yml` says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// The branch and the build version.
    names: Vec<String>,
    /// The date of the release: eight digits of the build version.
    date: Option<String>,
}

impl Release {
    /// Reads the file. Where it is not there, or says something else, nothing is known.
    pub fn read(path: &Path) -> Self {
        std::fs::read_to_string(path).map_or_else(|_| Release::default(), |text| Self::parse(&text))
    }

    /// The branch and the build version, those that are known.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// Whether it is older than a release of a date. What has no date is a build of a branch, and as new as any.
    pub fn is_before(&self, date: &str) -> bool {
        self.date.as_deref().is_some_and(|own| own < date)
    }

    /// The file holds a line for each name: `build_version: '20220531.27'`.
    fn parse(text: &str) -> Self {
        let value = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            let mut values = lines.filter(|(key, _)| key.trim() == name);
            let (_, value) = values.next()?;
            let value = value.trim().trim_matches(['\'', '"']);
            (!value.is_empty()).then(|| value.to_owned())
        };
        let build = value("build_version");
        let is_date = |part: &&str| part.len() == 8 && part.bytes().all(|digit| digit.is_ascii_digit());
        let date = build
            .as_deref()
            .and_then(|build| build.split(['.', '-', '_']).find(is_date));
        Release {
            date: date.map(str::to_owned),
            names: value("branch").into_iter().chain(build).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_file_is_read() {
        let text = "---\nbuild_version: '20220531.27'\ndebian_version: '11.6'\nbranch: \"202205\"\n";
        let release = Release::parse(text);
        assert_eq!(release.names(), ["202205", "20220531.27"]);
        assert!(release.is_before("20221100") && !release.is_before("20220500"));
        let master = Release::parse("build_version: 'master.0-dirty-20230101.1'\nbranch:\n");
        assert_eq!(master.names(), ["master.0-dirty-20230101.1"]);
        assert!(!Release::parse("build_version: HEAD.32-21ea29a").is_before("99991231"));
        assert_eq!(Release::read(Path::new("/no/such/file")), Release::default());
    }
}
