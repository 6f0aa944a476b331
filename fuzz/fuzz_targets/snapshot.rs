#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("there is room"));

libfuzzer_sys::fuzz_target!(|input: &[u8]| gatehouse_fuzz::drive::snapshot(FOLDER.path(), input));
