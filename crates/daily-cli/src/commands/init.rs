//! `daily init`

use market::Catalogue;
use pipeline_core::ingest::ingest as take_in;

use crate::args::day::InitArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::secret;
use crate::settings::Settings;
use crate::under_way::UnderWay;
use crate::wiring;

/// The commented example that a new desk starts from.
const EXAMPLE: &str = include_str!("../../../../config/live.toml");

/// Creates the database and, for the demo, fills it from the simulated market.
pub async fn init(
    args: &InitArgs,
    settings: &Settings,
    output: &Output,
    under_way: &UnderWay,
) -> Result<Exit, Failure> {
    let store = wiring::open_for_writing(settings).await?;
    let database = settings.database();
    if !args.demo {
        store.close().await?;
        write_configuration(&settings.config.database.url, output)?;
        if output.json() {
            output.document("init", "SUCCESS", Exit::Done, &serde_json::json!({ "database": database }))?;
        } else {
            output.text(&format!("{database} is ready\nnext: daily ingest --from DIR, or daily init --demo"));
        }
        return Ok(Exit::Done);
    }
    under_way.keeps("the batches taken in before are kept, the one under way is not; give the command again");
    let size = store.size().await?;
    if size.rows > 0 && !size.simulated {
        store.close().await?;
        return Err(Failure::usage(format!("{database} holds published data; simulated data do not go beside them"))
            .hint("choose another database: daily --db sqlite://demo.db init --demo"));
    }
    let mut source = wiring::simulated_market(args.seed)?;
    let result =
        take_in(&mut source, &*store, &Catalogue::embedded(), wiring::now(), &[], |origin| output.detail(origin)).await;
    if matches!(&result, Ok(report) if report.rows_new() > 0) {
        store.pack().await?;
    }
    store.close().await?;
    let report = result?;
    if output.json() {
        output.document("init", "SUCCESS", Exit::Done, &report)?;
    } else {
        output.text(&report::ingest::text(&report));
    }
    Ok(Exit::Done)
}

/// Writes a commented `./daily.toml` for this database, unless there is one. A password is never written into it.
fn write_configuration(url: &str, output: &Output) -> Result<(), Failure> {
    let path = std::path::Path::new("daily.toml");
    if path.exists() {
        return Ok(());
    }
    if secret::has_one(url) {
        output.progress(
            "note: the password is not written into daily.toml: put the whole URL into the environment variable \
             DAILY__DATABASE__URL",
        );
    }
    let quoted = toml::Value::String(secret::strip(url)).to_string();
    let text = EXAMPLE.replace("\"sqlite://var/daily.db\"", &quoted);
    std::fs::write(path, text).map_err(|error| Failure::new(Exit::Unexpected, format!("daily.toml: {error}")))
}
