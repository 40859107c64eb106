//! Where the configuration comes from: flag > environment > file > built-in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipeline_core::config::Config;
use toml::{Table, Value};

use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::secret;

const ENVIRONMENT_PREFIX: &str = "DAILY__";
const DEFAULT_FILE: &str = "daily.toml";
/// What a database URL may begin with.
const SCHEMES: [&str; 3] = ["sqlite://", "postgres://", "postgresql://"];

/// The effective configuration and, for each key that was set, who set it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The configuration.
    pub config: Config,
    /// Dotted key -> origin, for keys set outside the program.
    pub origins: BTreeMap<String, String>,
}

impl Settings {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// Exit 78 with file and line, or the variable's name, and a suggestion for a key that does not exist.
    pub fn load(global: &Global, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Failure> {
        let mut merged = Table::new();
        let mut origins = BTreeMap::new();
        if let Some(path) = file_to_read(global)? {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::new(Exit::Config, format!("{}: {error}", path.display())))?;
            let table = parse_file(&path, &text)?;
            note_origins(&table, "", &path.display().to_string(), &mut origins);
            merge(&mut merged, table);
        }
        let mut variables: Vec<(String, String)> =
            environment.filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX)).collect();
        variables.sort();
        for (name, text) in variables {
            let table = variable_table(&name, &text);
            if let Err(error) = table.clone().try_into::<Config>() {
                return Err(describe(&name, None, &error));
            }
            note_origins(&table, "", &name, &mut origins);
            merge(&mut merged, table);
        }
        if let Some(url) = &global.db {
            let database = Table::from_iter([("url".to_owned(), Value::String(url.clone()))]);
            merge(&mut merged, Table::from_iter([("database".to_owned(), Value::Table(database))]));
            origins.insert("database.url".to_owned(), "--db".to_owned());
        }
        let config: Config = merged.try_into().map_err(|error| describe("configuration", None, &error))?;
        config.validate().map_err(|error| {
            let origin = origins.get(&error.key).map_or("built-in", String::as_str);
            Failure::new(Exit::Config, format!("{error} ({origin})"))
        })?;
        if !SCHEMES.iter().any(|scheme| config.database.url.starts_with(scheme)) {
            let origin = origins.get("database.url").map_or("built-in", String::as_str);
            // The rest of such a URL may hold a password: not even its beginning is shown.
            return Err(Failure::new(
                Exit::Config,
                format!("database.url ({origin}) is neither sqlite://PATH nor postgres://USER@HOST/NAME"),
            ));
        }
        if config.database.url.contains(char::is_whitespace) {
            // Such a URL may connect, and no reader of messages can tell where its password ends.
            let origin = origins.get("database.url").map_or("built-in", String::as_str);
            return Err(Failure::new(Exit::Config, format!("database.url ({origin}) holds a blank"))
                .hint("a blank in a password is written %20, and one in a path needs another path"));
        }
        Ok(Self { config, origins })
    }

    /// The built-in configuration.
    pub fn built_in() -> Self {
        Self { config: Config::default(), origins: BTreeMap::new() }
    }

    /// The database as messages show it: its URL without the password.
    pub fn database(&self) -> String {
        secret::hide(&self.config.database.url)
    }

    /// The configuration as it may be shown.
    pub fn shown(&self) -> Config {
        let mut config = self.config.clone();
        config.database.url = self.database();
        config
    }
}

fn file_to_read(global: &Global) -> Result<Option<PathBuf>, Failure> {
    match &global.config {
        Some(path) if path.is_file() => Ok(Some(path.clone())),
        Some(path) => Err(Failure::new(Exit::Config, format!("configuration file {} does not exist", path.display()))),
        None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file())),
    }
}

/// Parses one file strictly, so that every complaint has the file's own line.
fn parse_file(path: &Path, text: &str) -> Result<Table, Failure> {
    let name = path.display().to_string();
    if let Err(error) = toml::from_str::<Config>(text) {
        return Err(describe(&name, Some(text), &error));
    }
    toml::from_str::<Table>(text).map_err(|error| describe(&name, Some(text), &error))
}

fn describe(origin: &str, text: Option<&str>, error: &toml::de::Error) -> Failure {
    let position = match (text, error.span()) {
        (Some(text), Some(span)) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("{origin}:{line}")
        }
        _ => origin.to_owned(),
    };
    let message = error.message().trim().replace('\n', "; ");
    let failure = Failure::new(Exit::Config, format!("{position}: {message}"));
    match suggestion(&message) {
        Some(name) => failure.hint(format!("did you mean `{name}`?")),
        None => failure,
    }
}

/// The nearest of the expected names in serde's `unknown field \`x\`, expected one of \`a\`, \`b\``.
fn suggestion(message: &str) -> Option<String> {
    let (unknown, expected) =
        message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant "))?.split_once(',')?;
    let unknown = unknown.trim().trim_matches('`');
    expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

/// `DAILY__RISK__LIMITS__VAR_95=0.02` as a nested table. The value is TOML when it parses as TOML, else text.
fn variable_table(name: &str, text: &str) -> Table {
    let value = format!("x = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("x"))
        .unwrap_or_else(|| Value::String(text.to_owned()));
    let path = name.trim_start_matches(ENVIRONMENT_PREFIX).to_lowercase();
    let mut keys = path.rsplit("__");
    let leaf = keys.next().unwrap_or_default().to_owned();
    let mut table = Table::from_iter([(leaf, value)]);
    for key in keys {
        table = Table::from_iter([(key.to_owned(), Value::Table(table))]);
    }
    table
}

fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn note_origins(table: &Table, prefix: &str, origin: &str, origins: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let dotted = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => note_origins(inner, &dotted, origin, origins),
            _ => {
                origins.insert(dotted, origin.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_gets_the_nearest_name() {
        let message = "unknown field `nvv`, expected `name` or `nav`";
        assert_eq!(suggestion(message).as_deref(), Some("nav"));
        assert_eq!(suggestion("invalid type: string"), None);
    }

    #[test]
    fn a_variable_becomes_a_nested_key() {
        let table = variable_table("DAILY__DESK__NAV", "5e6");
        assert_eq!(table["desk"]["nav"].as_float(), Some(5e6));
        assert_eq!(variable_table("DAILY__DESK__NAME", "rates")["desk"]["name"].as_str(), Some("rates"));
    }

    #[test]
    fn later_origins_win_key_by_key() {
        let mut base: Table = "[desk]\nname = \"a\"\nnav = 1.0".parse().unwrap();
        merge(&mut base, "[desk]\nnav = 2.0".parse().unwrap());
        assert_eq!(base["desk"]["name"].as_str(), Some("a"));
        assert_eq!(base["desk"]["nav"].as_float(), Some(2.0));
    }
}
