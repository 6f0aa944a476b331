//! The readers of foreign bytes, each driven with any input and held to what must be true of it. Used by the fuzz targets
//! and, over the kept corpus and seeded mutations of it, by the ordinary tests.

use std::fs;
use std::path::Path;

use domain::api::{Lifecycle, PathKind};
use domain::id::{Id, OperationId};
use gateway_snapshot::disk::Disk;
use gateway_snapshot::live::{Found, Live};
use gateway_snapshot::model::{ApiVersion, Entity, Route};
use gateway_snapshot::path::Canonical;
use gateway_snapshot::settings::RouteSettings;
use http::Method;
use uuid::Uuid;

/// A path that is taken is its own canonical form, and means the same to whoever decodes it once or twice.
pub fn path(input: &[u8]) {
    let Ok(canonical) = Canonical::parse(input) else {
        return;
    };
    let text = canonical.as_str();
    let again = Canonical::parse(text.as_bytes()).expect("what is canonical is taken");
    assert_eq!(again.as_str(), text);
    assert!(text.starts_with('/') && text.is_ascii());
    for segment in text.split('/').skip(1) {
        assert!(segment != "." && segment != "..", "{text}");
    }
    assert!(
        !text.contains("//") && !text.contains(['\\', ';', '?', '#']),
        "{text}"
    );
    let lower = text.to_ascii_lowercase();
    for hidden in ["%2e", "%2f", "%5c", "%00", "%0a", "%0d"] {
        assert!(!lower.contains(hidden), "{text}");
    }
}

/// Whatever path, host and method come, the router finds the one route that may answer, or none.
pub fn route(input: &[u8]) {
    let live = router();
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let method = parts.next().and_then(|word| Method::from_bytes(word).ok());
    let host = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let path = parts.next().and_then(|raw| Canonical::parse(raw).ok());
    let (Some(method), Some(path)) = (method, path) else {
        return;
    };
    let path = path.as_str();
    let found = live.find(&method, &host, path);
    let again = live.find(&method, &host, path);
    match (found, again) {
        (Found::Route(route), Found::Route(same)) => {
            assert_eq!(route.id, same.id);
            assert!(path == "/api" || path.starts_with("/api/"), "{path}");
            // what goes on is still one path with one reading
            if let Ok(sent) = route.upstream_path(path) {
                Canonical::parse(sent.as_bytes()).expect("what is forwarded is canonical");
            }
        }
        (Found::Route(_), _) | (_, Found::Route(_)) => panic!("two answers to one question"),
        _ => {}
    }
}

/// A router with a route of each kind.
fn router() -> Live {
    let live = Live::new();
    let version = Entity::ApiVersion(ApiVersion {
        id: id(1),
        api: id(2),
        api_slug: "api".to_owned(),
        api_name: "API".to_owned(),
        label: "v1".to_owned(),
        lifecycle: Lifecycle::Published,
        upstream: None,
        hosts: vec!["a.test".to_owned(), "*.b.test".to_owned()],
        base_path: "/api".to_owned(),
        deprecated_at: None,
        sunset_at: None,
        successor_url: None,
    });
    let routes = [
        (PathKind::Exact, "/exact", None),
        (PathKind::Prefix, "/prefix", None),
        (
            PathKind::Template,
            "/things/{id}/parts/{part}",
            Some("/p/{part}/of/{id}"),
        ),
        (
            PathKind::Regex,
            "/regex/(?<name>[a-z]{1,8})/([0-9]+)",
            Some("/r/{name}"),
        ),
    ];
    let routes = (10..).zip(routes).map(|(n, (path_kind, path, rewrite))| {
        Entity::Route(Route {
            id: id(n),
            api_version: id(1),
            operation: OperationId::NIL,
            name: path.to_owned(),
            methods: vec!["GET".to_owned()],
            path: path.to_owned(),
            path_kind,
            priority: 0,
            settings: RouteSettings {
                rewrite: rewrite.map(str::to_owned),
                ..RouteSettings::default()
            },
            enabled: true,
        })
    });
    let entities = std::iter::once(version).chain(routes).collect();
    live.replace(1, entities).expect("the routes compile");
    live
}

fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

/// A damaged snapshot is noticed, whatever is in it; one with right check sums and foreign content too.
pub fn snapshot(folder: &Path, input: &[u8]) {
    let clear = || {
        for file in fs::read_dir(folder).expect("the folder is there") {
            fs::remove_file(file.expect("it is listed").path()).expect("it can be removed");
        }
    };
    clear();
    let base = folder.join("00000001.base");
    fs::write(&base, input).expect("the file can be written");
    fs::write(folder.join("00000001.log"), input).expect("the file can be written");
    load(folder);
    clear();
    let mut disk = Disk::open(folder).expect("the folder is there");
    let entities = router().entities();
    disk.write_base(7, &entities)
        .expect("the base can be written");
    drop(disk);
    let whole = fs::read(&base).expect("the base was written");
    let head = 8 + u32::from_le_bytes(*whole.first_chunk().expect("it has a head")) as usize;
    let mut forged = whole[..head].to_vec();
    let length = u32::try_from(input.len())
        .expect("inputs are short")
        .to_le_bytes();
    let mut sum = crc32fast::Hasher::new();
    sum.update(&length);
    sum.update(input);
    forged.extend(length);
    forged.extend(sum.finalize().to_le_bytes());
    forged.extend(input);
    forged.extend(&whole[head..]);
    fs::write(&base, forged).expect("the file can be written");
    load(folder);
}

fn load(folder: &Path) {
    let loaded = Disk::open(folder).expect("the folder is there").load();
    if let Some(state) = loaded.state {
        // a whole configuration, or a note why not: never a panic later on
        let live = Live::new();
        let _ = live.replace(state.revision, state.entities);
    }
}
