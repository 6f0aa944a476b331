//! Configuration as code on the command line: exit codes, summaries, and every kind of bad input with its place.

use std::path::Path;
use std::process::Output;

use crate::process::{command, output, words};

const HARBOR: &str = r#"gatehouse: 1
tag: harbor
upstreams:
  - slug: rates
    targets: [{ url: "${RATES:-https://rates.example}" }]
apis:
  - slug: shipping
    versions:
      - label: v1
        upstream: rates
        base_path: /shipping
        routes: [{ methods: [GET], path: /rates }]
"#;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(folder);
    command.args(arguments);
    output(command)
}

/// What a command said, when it ended with this code.
#[track_caller]
fn ends(folder: &Path, arguments: &[&str], code: i32) -> String {
    let ended = run(folder, arguments);
    let said = words(&ended);
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn lint_diff_apply_and_export_end_as_a_pipeline_expects() {
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    write(folder, "platform/all.yaml", HARBOR);
    let said = ends(folder, &["lint", "platform"], 0);
    assert!(said.contains("nothing is wrong with it"), "{said}");
    ends(folder, &["migrate"], 0);
    let said = ends(folder, &["diff", "platform"], 2);
    assert!(said.contains("+ route shipping/v1/GET /rates"), "{said}");
    let said = ends(folder, &["apply", "--dry-run", "platform"], 0);
    assert!(
        said.contains("4 to create") && !said.contains("applied"),
        "{said}"
    );
    let said = ends(folder, &["apply", "platform"], 0);
    assert!(said.contains("applied as revision"), "{said}");
    ends(folder, &["diff", "platform"], 0);
    let said = ends(folder, &["apply", "platform"], 0);
    assert!(
        said.contains("0 to create, 0 to update, 0 to delete"),
        "{said}"
    );

    let said = ends(folder, &["export", "exported"], 0);
    assert!(said.contains("files written"), "{said}");
    ends(folder, &["lint", "exported"], 0);
    let said = ends(folder, &["export", "exported"], 0);
    assert!(said.starts_with("0 files written"), "{said}");
    ends(folder, &["diff", "exported"], 0);

    let changed = HARBOR.replace("https://rates.example", "https://other.example");
    write(folder, "platform/all.yaml", &changed);
    let told = run(folder, &["diff", "--json", "platform"]);
    assert_eq!(told.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(report["lines"][0]["action"], "update", "{report}");
    let said = ends(folder, &["apply", "--prune", "--yes", "platform"], 0);
    assert!(said.contains("~ upstream rates"), "{said}");
}

#[test]
fn what_is_resolved_never_becomes_a_file() {
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    write(folder, "all.yaml", HARBOR);
    let said = ends(folder, &["convert", "all.yaml", "all.json"], 1);
    assert!(said.contains("would be lost: ${RATES}"), "{said}");
    let said = ends(folder, &["convert", "--resolve", "all.yaml", "all.json"], 1);
    assert!(said.contains("must not become a file"), "{said}");
    assert!(!folder.join("all.json").exists());
    let said = ends(folder, &["convert", "--resolve", "all.yaml", "-"], 0);
    assert!(said.contains("url: https://rates.example"), "{said}");
    let mut named = command(folder);
    named
        .args(["convert", "--resolve", "all.yaml", "-"])
        .env("RATES", "https://named.example");
    let said = words(&output(named));
    assert!(said.contains("url: https://named.example"), "{said}");
}

/// Files that `lint` ends with 2 for, having said this.
fn check(files: &[(&str, &str)], path: &str, told: &str) {
    let made = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(made.path(), path, text);
    }
    let said = ends(made.path(), &["lint", path], 2);
    assert!(said.contains(told), "no `{told}` in: {said}");
}

#[test]
fn each_kind_of_bad_input_is_told_with_its_place() {
    let upstream = "gatehouse: 1\nupstreams: [{slug: rates}]\n";
    check(
        &[("p/a.yaml", upstream), ("p/b.yaml", upstream)],
        "p",
        "b.yaml: upstreams/rates: is in `a.yaml` already",
    );
    check(
        &[
            ("p/gatehouse.yaml", "gatehouse: 1\ninclude: [b.yaml]\n"),
            ("p/b.yaml", "gatehouse: 1\ninclude: [gatehouse.yaml]\n"),
        ],
        "p",
        "includes itself: gatehouse.yaml -> b.yaml -> gatehouse.yaml",
    );
    check(
        &[(
            "a.yaml",
            "gatehouse: 1\nupstreams: [{slug: a}, {slug: a}]\n",
        )],
        "a.yaml",
        "upstreams/a: is there twice",
    );
    check(
        &[(
            "a.yaml",
            "gatehouse: 1\nupstreams:\n  - slug: a\n    tragets: []\n",
        )],
        "a.yaml",
        "a.yaml:4:5: upstreams/0: unknown field `tragets`",
    );
    check(
        &[(
            "a.yaml",
            "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, upstream: ratse}]}]\nupstreams: [{slug: rates}]\n",
        )],
        "a.yaml",
        "there is no upstream `ratse`; did you mean `rates`?",
    );
    check(
        &[(
            "a.yaml",
            "gatehouse: 1\nupstreams: [{slug: a, targets: [{url: \"${NOT_SET}\"}]}]\n",
        )],
        "a.yaml",
        "upstreams/0/targets/0/url: `${NOT_SET}` is not set",
    );
    check(
        &[("a.yaml", "gatehouse: 2\nnovelties: []\n")],
        "a.yaml",
        "newer than this program",
    );
    check(
        &[("a.json", "{\"gatehouse\": 1,\n \"apis\": [}")],
        "a.json",
        "a.json:2:",
    );
    check(
        &[(
            "a.yaml",
            "gatehouse: 1\npolicies: [{kind: rate_limit, config: {limits: [{requests: 0, window: minute}]}}]\n",
        )],
        "a.yaml",
        "policies/0/",
    );
}

#[cfg(unix)]
#[test]
fn files_that_are_too_large_or_elsewhere_are_not_read() {
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    std::fs::create_dir(folder.join("p")).unwrap();
    // sparse: a gibibyte that takes no room
    let large = std::fs::File::create(folder.join("p/large.yaml")).unwrap();
    large.set_len(1 << 30).unwrap();
    let said = ends(folder, &["lint", "p"], 2);
    assert!(
        said.contains("large.yaml: is larger than 256 MiB"),
        "{said}"
    );
    std::fs::remove_file(folder.join("p/large.yaml")).unwrap();

    write(folder, "secret.yaml", "gatehouse: 1\n");
    std::os::unix::fs::symlink(folder.join("secret.yaml"), folder.join("p/link.yaml")).unwrap();
    let said = ends(folder, &["lint", "p"], 2);
    assert!(
        said.contains("`link.yaml` leads out of the folder"),
        "{said}"
    );
}

#[test]
fn applications_are_cut_off_only_when_somebody_says_so() {
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    let callers = r#"products:
  - slug: parcels
    own_of: shipping
    versions: [shipping/v1]
    plans: [{ slug: sandbox }]
applications:
  - name: Storefront
    owner: noor@pier.example
    subscriptions: [{ product: parcels, plan: sandbox }]
"#;
    write(folder, "all.yaml", &format!("{HARBOR}{callers}"));
    ends(folder, &["migrate"], 0);
    ends(folder, &["apply", "all.yaml"], 0);
    let retired = HARBOR.replace("label: v1", "label: v1\n        lifecycle: retired");
    write(folder, "all.yaml", &format!("{retired}{callers}"));
    let said = ends(folder, &["apply", "all.yaml"], 1);
    assert!(
        said.contains("cuts off up to 1 applications") && said.contains("nothing was changed"),
        "{said}"
    );
    ends(folder, &["diff", "all.yaml"], 2);
    ends(folder, &["apply", "--yes", "all.yaml"], 0);
    ends(folder, &["diff", "all.yaml"], 0);
}
