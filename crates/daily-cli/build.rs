//! The version that runs carry: the package's version and a hash of everything that can change what a run computes or
//! stores, so that two builds of different code never claim the same version.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Hex digits of the hash that the version shows.
const DIGITS: usize = 12;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("Cargo.lock")];
    collect(&root.join("migrations"), &|_| true, &mut files)?;
    for entry in fs::read_dir(root.join("crates"))? {
        let folder = entry?.path();
        collect(&folder.join("src"), &|path| path.extension().is_some_and(|extension| extension == "rs"), &mut files)?;
        collect(&folder.join("reference"), &|_| true, &mut files)?;
    }
    println!("cargo:rerun-if-changed={}", root.join("Cargo.lock").display());

    let mut named: Vec<(String, PathBuf)> = files.into_iter().map(|path| (name_in(&root, &path), path)).collect();
    named.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, path) in &named {
        let bytes = fs::read(path)?;
        // Lengths keep the end of one file from passing for the start of the next.
        hasher.update(format!("{name} {}\n", bytes.len()).as_bytes());
        hasher.update(&bytes);
    }
    let hash = hasher.finalize().to_hex();
    println!("cargo:rustc-env=CODE_VERSION={}+{}", env!("CARGO_PKG_VERSION"), &hash[..DIGITS]);
    Ok(())
}

/// Adds the files below a folder that are wanted, and has the build run again when the folder changes.
fn collect(folder: &Path, wanted: &dyn Fn(&Path) -> bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, wanted, files)?;
        } else if wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// The path below the root with forward slashes: the same on every machine.
fn name_in(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
