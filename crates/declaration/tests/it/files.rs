//! Reading files and folders: what is put together, and what is refused with its place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use declaration::{Answers, Declaration, Document, Reference, read};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, text).expect("it is written");
    }
    folder
}

fn resolved(path: &Path) -> Result<Declaration, String> {
    let draft = read(path).map_err(|flaws| flaws.to_string())?;
    draft
        .resolve(&Answers::new())
        .map_err(|flaws| flaws.to_string())
}

fn refused(files: &[(&str, &str)]) -> String {
    resolved(folder(files).path()).expect_err("it was taken")
}

#[test]
fn a_folder_is_put_together_with_its_documents_and_pages() {
    let made = folder(&[
        (
            "main.yaml",
            "gatehouse: 1\ntag: team\nupstreams: [{slug: rates}]\n",
        ),
        (
            "apis/rates.yaml",
            "gatehouse: 1\napis:\n  - slug: rates\n    description: ${file:../pages/rates.md}\n    versions: [{label: v1, document: rates.openapi.yaml}]\n",
        ),
        (
            "apis/rates.openapi.yaml",
            "openapi: 3.1.0\ninfo: {title: R, version: '1'}\nx: ${not}\npaths: {}\n",
        ),
        (
            "pages/rates.md",
            "# Rates\n\nWith $${braces} and ${more}.\n",
        ),
        (".hidden/x.yaml", "nonsense: [\n"),
    ]);
    let all = resolved(made.path()).expect("it is sound");
    assert_eq!(all.tag.as_deref(), Some("team"));
    assert_eq!(
        all.apis[0].description,
        "# Rates\n\nWith $${braces} and ${more}."
    );
    let Some(Document::Text(document)) = &all.apis[0].versions[0].document else {
        panic!("no document");
    };
    assert!(document.text.contains("x: ${not}"), "{}", document.text);
}

#[test]
fn includes_choose_the_files_of_a_folder() {
    let made = folder(&[
        (
            "gatehouse.yaml",
            "gatehouse: 1\ninclude: [stages/test, upstreams.yaml]\n",
        ),
        ("upstreams.yaml", "gatehouse: 1\nupstreams: [{slug: a}]\n"),
        (
            "stages/test/b.json",
            "{\"gatehouse\": 1, \"upstreams\": [{\"slug\": \"b\"}]}",
        ),
        (
            "stages/live/b.yaml",
            "gatehouse: 1\nupstreams: [{slug: b}]\n",
        ),
    ]);
    let all = resolved(made.path()).expect("it is sound");
    let slugs: Vec<&str> = all.upstreams.iter().map(|one| one.slug.as_str()).collect();
    assert_eq!(slugs, ["b", "a"]);
}

#[test]
fn files_that_conflict_are_named() {
    let told = refused(&[
        (
            "a.yaml",
            "gatehouse: 1\ntag: x\nupstreams: [{slug: rates}]\n",
        ),
        (
            "b.yaml",
            "gatehouse: 1\ntag: y\nupstreams: [{slug: rates}]\n",
        ),
    ]);
    assert_eq!(
        told,
        "b.yaml: upstreams/rates: is in `a.yaml` already\nb.yaml: tag: is `y` here and `x` in another file"
    );
}

#[test]
fn files_that_include_each_other_are_refused() {
    let told = refused(&[
        ("gatehouse.yaml", "gatehouse: 1\ninclude: [b.yaml]\n"),
        ("b.yaml", "gatehouse: 1\ninclude: [gatehouse.yaml]\n"),
    ]);
    assert!(
        told.contains("includes itself: gatehouse.yaml -> b.yaml -> gatehouse.yaml"),
        "{told}"
    );
}

#[test]
fn a_file_of_one_gibibyte_is_refused_by_its_size() {
    let made = folder(&[]);
    let path = made.path().join("large.yaml");
    // sparse: it takes no room, and would take 1 GiB of memory if it were read
    fs::File::create(&path)
        .expect("a file")
        .set_len(1 << 30)
        .expect("a size");
    let told = resolved(&path).expect_err("it was taken");
    assert!(told.contains("is larger than 256 MiB"), "{told}");
    let told = resolved(made.path()).expect_err("it was taken");
    assert!(
        told.contains("large.yaml: is larger than 256 MiB"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn links_and_paths_that_lead_out_of_the_folder_are_refused() {
    let outside = folder(&[("secret.yaml", "gatehouse: 1\n"), ("secret.txt", "s")]);
    let link = |made: &tempfile::TempDir, name: &str| {
        std::os::unix::fs::symlink(outside.path().join(name), made.path().join(name))
            .expect("a link");
    };
    let made = folder(&[("a.yaml", "gatehouse: 1\n")]);
    link(&made, "secret.yaml");
    let told = resolved(made.path()).expect_err("it was taken");
    assert!(
        told.contains("`secret.yaml` leads out of the folder"),
        "{told}"
    );

    let page = "gatehouse: 1\napis: [{slug: a, description: \"${file:secret.txt}\"}]\n";
    let made = folder(&[("a.yaml", page)]);
    link(&made, "secret.txt");
    let told = resolved(made.path()).expect_err("it was taken");
    assert!(
        told.contains("a.yaml: apis/0/description: `${file:secret.txt}` leads out"),
        "{told}"
    );

    for path in ["/etc/hostname", "../../../../../../../etc/hostname"] {
        let text = format!(
            "gatehouse: 1\napis: [{{slug: a, versions: [{{label: v1, document: {path}}}]}}]\n"
        );
        let told = resolved(folder(&[("a.yaml", &text)]).path()).expect_err("it was taken");
        assert!(told.contains("apis/a/versions/v1/document: "), "{told}");
    }
}

#[test]
fn variables_and_secrets_are_asked_for_and_filled_in() {
    let made = folder(&[(
        "a.yaml",
        "gatehouse: 1\nupstreams:\n  - slug: a\n    targets: [{url: \"http://${HOST:-127.0.0.1}:${PORT}\"}]\npolicies:\n  - kind: upstream_auth\n    config: {token: \"${vault:secret/edge#token}\"}\n",
    )]);
    let draft = read(made.path()).expect("it is read");
    let names: Vec<String> = draft
        .references()
        .iter()
        .map(Reference::to_string)
        .collect();
    assert_eq!(names, ["${HOST}", "${PORT}", "${vault:secret/edge#token}"]);
    let mut answers: Answers = BTreeMap::new();
    for reference in draft.references() {
        let answer = match reference {
            Reference::Variable {
                otherwise: Some(text),
                ..
            } => text.clone(),
            Reference::Variable { .. } => "9000".to_owned(),
            _ => "a \"quoted\"\nsecret ${x}".to_owned(),
        };
        answers.insert(reference.clone(), Ok(answer));
    }
    let all = draft.resolve(&answers).expect("it is sound");
    assert_eq!(all.upstreams[0].targets[0].url, "http://127.0.0.1:9000");
    assert_eq!(all.policies[0].config["token"], "a \"quoted\"\nsecret ${x}");
    let told = resolved(made.path()).expect_err("it was taken");
    assert!(told.contains("`${PORT}` is not known here"), "{told}");
}

#[test]
fn flaws_of_a_file_have_line_and_column() {
    let told = refused(&[(
        "a.yaml",
        "gatehouse: 1\nupstreams:\n  - slug: a\n    setings: {}\n",
    )]);
    assert!(told.starts_with("a.yaml:4:"), "{told}");
    assert!(told.contains("did you mean `settings`?"), "{told}");
}

#[test]
fn a_folder_without_a_declaration_is_said() {
    let told = refused(&[("a.txt", "x")]);
    assert!(told.contains("holds no declaration"), "{told}");
    assert!(refused(&[("a.yaml", "apis: []\n")]).contains("missing field `gatehouse`"));
}
