//! The direction check: a crate depends only on crates that DESIGN and ARCHITECTURE place above it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// For each crate of the house, the crates of the house it may depend on.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("numerics", &[]),
    ("market", &["numerics"]),
    ("quality", &["market"]),
    ("agents", &["market", "numerics"]),
    ("strategies", &["agents", "market", "numerics"]),
    ("portfolio", &["strategies", "agents", "market", "numerics"]),
    ("risk", &["portfolio", "strategies", "market", "numerics"]),
    ("pipeline-core", &["risk", "portfolio", "strategies", "agents", "quality", "market", "numerics"]),
    ("store", &["pipeline-core", "market"]),
    ("sources", &["pipeline-core", "market"]),
    ("simulated-market", &["pipeline-core", "market", "numerics"]),
    ("report", &["pipeline-core", "risk", "portfolio", "strategies", "agents", "quality", "market"]),
];

/// Crates that wire the others together and may depend on all of them.
const MAY_DEPEND_ON_ALL: &[&str] = &["daily-cli", "xtask"];

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Fails when a manifest's dependencies break the direction, when a crate is not in the table, or when a folder and its
/// package differ in name. Development dependencies may point at any crate: tests look from outside.
///
/// # Errors
/// Every broken rule, one a line.
pub fn check(root: &Path) -> Result<()> {
    let mut manifests = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("crates")).context("crates/")? {
        let folder = entry?.path();
        manifests.insert(folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), folder);
    }
    let mut broken = Vec::new();
    for (folder, path) in &manifests {
        let manifest = read_manifest(&path.join("Cargo.toml"))?;
        let name = manifest["package"]["name"].as_str().unwrap_or_default();
        if name != folder {
            broken.push(format!("crates/{folder} holds package {name}: folder and package share one name"));
        }
        if MAY_DEPEND_ON_ALL.contains(&name) {
            continue;
        }
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("{name} is not in the table of xtask/src/directions.rs: say what it may depend on"));
            continue;
        };
        broken.extend(violations(name, &manifest, allowed, &manifests.keys().map(String::as_str).collect::<Vec<_>>()));
    }
    if broken.is_empty() {
        println!("directions: {} crates, every dependency points up the house", manifests.len());
        return Ok(());
    }
    bail!("{}", broken.join("\n"));
}

fn read_manifest(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

fn violations(name: &str, manifest: &toml::Table, allowed: &[&str], house: &[&str]) -> Vec<String> {
    ["dependencies", "build-dependencies"]
        .iter()
        .filter_map(|section| manifest.get(*section)?.as_table())
        .flat_map(|dependencies| dependencies.keys())
        .filter(|dependency| house.contains(&dependency.as_str()) && !allowed.contains(&dependency.as_str()))
        .map(|dependency| format!("{name} may not depend on {dependency}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_against_the_direction_is_named() {
        let manifest: toml::Table =
            "[package]\nname = \"market\"\n[dependencies]\nnumerics = \"1\"\nrisk = \"1\"".parse().unwrap();
        assert_eq!(
            violations("market", &manifest, &["numerics"], &["numerics", "market", "risk"]),
            ["market may not depend on risk"]
        );
    }

    #[test]
    fn the_table_itself_points_one_way() {
        let order: Vec<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| *name).collect();
        for (at, (name, allowed)) in MAY_DEPEND_ON.iter().enumerate() {
            for dependency in *allowed {
                let above = order.iter().position(|known| known == dependency).unwrap();
                assert!(above < at, "{name} depends on {dependency}, which stands below it");
            }
        }
    }
}
