//! Writes `openapi/policies/<name>.json` for every policy of the registry.

use std::path::PathBuf;

use gateway_policies::registry;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi/policies");
    std::fs::create_dir_all(&folder)?;
    for kind in registry::kinds() {
        let path = folder.join(format!("{}.json", kind.name));
        std::fs::write(path, registry::schema_file(kind))?;
    }
    Ok(())
}
