//! Looks settings up in the environment and the file, and collects what is wrong with them.

use std::collections::BTreeMap;

use super::setting::{SETTINGS, Setting};

/// Everything that is wrong with the configuration, one sentence each.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the configuration is wrong:\n{}", .0.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// A look-up of raw values which remembers every fault, so that all are told at once.
pub struct Reader<'e> {
    environment: &'e dyn Fn(&str) -> Option<String>,
    file: BTreeMap<String, String>,
    /// What was found wrong so far.
    pub faults: Vec<String>,
}

impl<'e> Reader<'e> {
    /// A reader over the environment and the text of a configuration file.
    pub fn new(environment: &'e dyn Fn(&str) -> Option<String>, file: Option<(&str, &str)>) -> Self {
        let mut reader = Self { environment, file: BTreeMap::new(), faults: Vec::new() };
        if let Some((path, text)) = file {
            reader.read_file(path, text);
        }
        reader
    }

    fn read_file(&mut self, path: &str, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                self.faults.push(format!("{path} is not valid TOML: {}", error.message()));
                return;
            }
        };
        for (key, value) in table {
            if !SETTINGS.iter().any(|setting| setting.key == key) {
                self.faults.push(format!("{path}: there is no setting `{key}`"));
                continue;
            }
            let raw = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                _ => {
                    self.faults
                        .push(format!("{path}: `{key}` must be a text, a whole number, true or false"));
                    continue;
                }
            };
            self.file.insert(key, raw);
        }
    }

    /// The parsed value of a setting, or `None` when it is not set or wrong.
    pub fn value<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        // An empty variable counts as not set: that is how compose files and shells leave a setting out.
        let (name, raw) = match (self.environment)(setting.env).filter(|raw| !raw.trim().is_empty()) {
            Some(raw) => (setting.env, raw),
            None => (setting.key, self.file.get(setting.key)?.clone()),
        };
        match parse(raw.trim()) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.faults.push(format!("{name} {reason}"));
                None
            }
        }
    }
}
