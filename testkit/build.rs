//! Names the template database after the content of the migrations that are compiled in.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let migrations =
        Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../migration/src");
    println!("cargo::rerun-if-changed={}", migrations.display());
    let mut files = BTreeMap::new();
    for folder in [migrations.clone(), migrations.join("sql")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                files.insert(path.file_name().map(ToOwned::to_owned), fs::read(&path)?);
            }
        }
    }
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    println!("cargo::rustc-env=PERENNIAL_MIGRATIONS={:016x}", hasher.finish());
    Ok(())
}
