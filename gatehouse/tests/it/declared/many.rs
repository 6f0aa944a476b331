//! Many keys in one file.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::world::{OFFER, World, hash};
use super::{becomes, status};

/// How many keys: `GATEHOUSE_KEYS=100000` for the full size.
fn keys() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the length of a run is the caller's choice"
    )]
    let wanted = std::env::var("GATEHOUSE_KEYS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

fn key(number: usize) -> String {
    format!("key-number-{number:07}")
}

fn file(keys: std::ops::Range<usize>) -> String {
    let mut text =
        format!("gatehouse: 1\ndefaults: {{ owner: callers@shop.test }}\n{OFFER}applications:\n");
    for number in keys {
        let hash = hash(&key(number));
        writeln!(
            text,
            "- {{ name: caller {number}, subscriptions: [{{ product: shop, plan: open }}], credentials: [{{ hash: {hash} }}] }}"
        )
        .unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_many_keys_is_in_force_within_seconds() {
    let world = World::new().await;
    let count = keys();
    world.write(&file(0..count));
    let began = Instant::now();
    let node = world.start("shop.yaml").await;
    let (started, memory) = (began.elapsed(), node.peak_memory());
    for number in [0, count / 2, count - 1] {
        assert_eq!(status(&node, "/shop/a", &key(number)).await, 200);
    }
    assert_eq!(status(&node, "/shop/a", &key(count)).await, 401);
    // a reload of all of it, with one key more and one less
    world.write(&file(1..count + 1));
    let began = Instant::now();
    becomes(&node, "/shop/a", &key(count), 200).await;
    becomes(&node, "/shop/a", &key(0), 401).await;
    let (changed, after) = (began.elapsed(), node.peak_memory());
    tell(&format!(
        "{count} keys: {started:?} and {} MiB to start, {changed:?} and {} MiB to change",
        memory >> 20,
        after >> 20
    ));
    // a build without optimisation on a busy machine: the bounds tell of a cost that grows faster than the file
    let bound = Duration::from_millis(10_000 + count as u64);
    assert!(
        started < bound && changed < bound,
        "{started:?}, {changed:?}"
    );
    let bytes = (192 << 20) + count as u64 * 16_384;
    assert!(after < bytes, "{} MiB", after >> 20);
}

fn tell(line: &str) {
    #[expect(
        clippy::print_stderr,
        reason = "the outcome of a full run is read by people"
    )]
    {
        eprintln!("{line}");
    }
}
