//! `daily config show|check`

use crate::args::house::ConfigCommand;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings::Settings;

/// Shows or checks the effective configuration. Reading it has already refused what is wrong.
pub fn config(command: &ConfigCommand, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Check => {
            if output.json() {
                output.document("config check", "OK", Exit::Done, &serde_json::json!({}))?;
            }
        }
        ConfigCommand::Show { origin } => {
            if output.json() {
                let fields = serde_json::json!({ "config": settings.shown(), "origins": settings.origins });
                output.document("config show", "OK", Exit::Done, &fields)?;
                return Ok(Exit::Done);
            }
            let text = toml::to_string_pretty(&settings.shown()).map_err(|error| {
                Failure::new(Exit::Unexpected, format!("the configuration has no TOML form: {error}"))
            })?;
            output.text(&text);
            if *origin {
                let lines: Vec<String> =
                    settings.origins.iter().map(|(key, origin)| format!("# {key} comes from {origin}")).collect();
                output.text(&if lines.is_empty() {
                    "# every key has its built-in value".to_owned()
                } else {
                    lines.join("\n")
                });
            }
        }
    }
    Ok(Exit::Done)
}
