//! Dispatches the chores of the workspace; see [`xtask::flags::USAGE`].

use std::process::ExitCode;

use xtask::flags::{self, Chore};
use xtask::{directions, evidence, golden, migrations, soak};

fn main() -> anyhow::Result<ExitCode> {
    match flags::parse(std::env::args().skip(1))? {
        Chore::Golden { folder } => golden::run_folder(&folder),
        Chore::Proof(mode) => golden::proof::run(mode),
        Chore::Directions => directions::check(&directions::root()).map(|()| ExitCode::SUCCESS),
        Chore::Evidence => evidence::write(&directions::root()),
        Chore::Migrate { url } => migrations::migrate(url.as_deref()),
        Chore::NewMigration { name } => migrations::start(&directions::root(), &name).map(|()| ExitCode::SUCCESS),
        Chore::Soak(asked) => soak::run(&directions::root(), asked),
        Chore::Help => {
            print!("{}", flags::USAGE);
            Ok(ExitCode::SUCCESS)
        }
    }
}
