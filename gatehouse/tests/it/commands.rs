//! Commands and their errors: each names what is wrong and what to change.

use std::net::TcpListener;

use crate::process::{Demo, command, output, words};

#[test]
fn without_a_command_the_help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let mut help = command(folder.path());
    help.arg("--help");
    let said = words(&output(help));
    assert!(
        said.contains("gatehouse up --demo") && said.contains("--show-config"),
        "{said}"
    );
}

#[test]
fn each_setting_says_where_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let mut show = command(folder.path());
    show.arg("--show-config")
        .env("GATEHOUSE_PORTAL_PUBLISHER", "Harbor");
    let said = words(&output(show));
    let line = said
        .lines()
        .find(|line| line.starts_with("portal.publisher"))
        .unwrap();
    assert!(
        line.contains("Harbor") && line.ends_with("# $GATEHOUSE_PORTAL_PUBLISHER"),
        "{line}"
    );
}

#[test]
fn a_port_in_use_names_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--admin-listen", "--portal-listen", "--gateway-listen"] {
        let mut up = std::process::Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        up.current_dir(folder.path())
            .env_clear()
            .args(["up", "--data", "data"]);
        for other in [
            "--admin-listen",
            "--portal-listen",
            "--gateway-listen",
            "--status-listen",
        ] {
            up.args([
                other,
                if other == flag {
                    &address
                } else {
                    "127.0.0.1:0"
                },
            ]);
        }
        let ended = output(up);
        let said = words(&ended);
        assert!(
            !ended.status.success() && said.contains(flag) && said.contains(&address),
            "{said}"
        );
    }
}

#[test]
fn a_demo_refuses_addresses_that_others_reach() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = std::process::Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    up.current_dir(folder.path()).env_clear();
    up.args([
        "up",
        "--demo",
        "--data",
        "data",
        "--portal-listen",
        "0.0.0.0:0",
    ]);
    let ended = output(up);
    let said = words(&ended);
    assert!(
        !ended.status.success() && said.contains("--portal-listen is 0.0.0.0:0"),
        "{said}"
    );
    assert!(!folder.path().join("data/demo.json").exists());
}

#[test]
fn data_that_cannot_be_used_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "kept").unwrap();
    let mut migrate = command(folder.path());
    migrate.arg("migrate");
    let ended = output(migrate);
    let said = words(&ended);
    assert!(
        !ended.status.success() && said.contains("data is a file; the data needs a folder"),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
}

#[test]
fn a_missing_master_key_is_told_and_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command(folder.path());
        command.args(arguments);
        let ended = output(command);
        (ended.status.success(), words(&ended))
    };
    let ines = [
        "user",
        "create",
        "ines@harbor.example",
        "--role",
        "api_owner",
    ];
    assert!(run(&["migrate"]).0);
    let (made, said) = run(&ines);
    assert!(made && said.contains("made an account"), "{said}");
    let key = folder.path().join("data/master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    for arguments in [
        &["user", "create", "eve@harbor.example"][..],
        &["token", "create", "ines@harbor.example"],
    ] {
        let (done, said) = run(arguments);
        let named = format!("{} is missing; put it back from a backup", key.display());
        assert!(!done && said.contains(&named), "{said}");
        assert!(
            !key.exists(),
            "a new key would hide that the old one is gone"
        );
    }
    std::fs::write(&key, kept).unwrap();
    // Known by the API's word and by the one it had before; nothing can be done with a token of hers yet.
    let (made, said) = run(&[
        "user",
        "create",
        "eve@harbor.example",
        "--role",
        "api-owner",
    ]);
    assert!(made, "{said}");
    let (made, said) = run(&["token", "create", "ines@harbor.example"]);
    let why = "a token of ines@harbor.example would open nothing: the address is not confirmed yet";
    assert!(!made && said.contains(why), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_file_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path()).await;
    for role in ["up", "admin", "portal"] {
        let mut second = command(folder.path());
        second.arg(role);
        let ended = output(second);
        let said = words(&ended);
        assert!(
            !ended.status.success() && said.contains("is in use by process"),
            "{role}: {said}"
        );
        let says_what_to_do = said.contains("`gatehouse up`") && said.contains("PostgreSQL");
        assert_eq!(says_what_to_do, role != "up", "{said}");
    }
    // Commands beside the server work.
    let mut token = command(folder.path());
    token.args(["token", "create", demo.fact("admin_email")]);
    let said = words(&output(token));
    assert!(said.contains("gh_admin_"), "{said}");
}
