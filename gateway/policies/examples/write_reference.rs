//! Writes what is made of the registry: `openapi/policies/<name>.json` and `docs/policies/<name>.md` for every policy, and the
//! index of the pages. What stands there of policies that are gone is removed.

use std::fs;
use std::path::{Path, PathBuf};

use gateway_policies::{reference, registry};

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (schemas, pages) = (root.join("openapi/policies"), root.join("docs/policies"));
    empty(&schemas)?;
    empty(&pages)?;
    for kind in registry::kinds() {
        let name = kind.name;
        fs::write(
            schemas.join(format!("{name}.json")),
            registry::schema_file(kind),
        )?;
        fs::write(pages.join(format!("{name}.md")), reference::page(kind))?;
    }
    fs::write(pages.join("README.md"), reference::index())
}

fn empty(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in fs::read_dir(folder)? {
        fs::remove_file(file?.path())?;
    }
    Ok(())
}
