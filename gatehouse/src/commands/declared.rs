//! `gatehouse lint | diff | apply | export | convert`: configuration as code on the command line.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use declaration::{Answers, Declaration, Draft, Names, Reference, Syntax};
use domain::Clock;
use domain::actor::Actor;
use operations::Platform;
use operations::declared::{self, Action, Choice, Line, Means, Report, Request, Selection};
use operations::secrets::Random;
use store::Access;
use store::seal::Sealer;

use crate::cli::{Apply, Chosen, Convert, Declared, Diff, Export};
use crate::config::Config;
use crate::platform::{Schema, assemble, existing_sealer, open_database};
use crate::terminal::say;

/// What `diff` ends with when there is a difference, and `lint` when there is a flaw.
const DIFFERENT: u8 = 2;
/// Steps between two lines that tell of progress.
const STRIDE: usize = 500;

/// Says everything that is wrong with a declaration.
pub(crate) async fn lint(config: &Config, options: Declared) -> anyhow::Result<ExitCode> {
    let flaws = match read(&options).await {
        Ok(all) => {
            let means = Means {
                // without the platform's key, what an export sealed cannot be opened, and that is a flaw here
                sealer: existing_sealer(config)?
                    .unwrap_or_else(|| Sealer::new(Random::system().bytes())),
                now: Clock::system().now(),
                upstreams: upstreams(config),
            };
            let mut flaws = declaration::dangling(&all, Names::default());
            flaws.extend(
                declared::canonical(&means, all)
                    .err()
                    .into_iter()
                    .flat_map(|more| more.0),
            );
            flaws
        }
        Err(error) => match error.downcast::<declaration::Flaws>() {
            Ok(flaws) => flaws.0,
            Err(error) => return Err(error),
        },
    };
    for flaw in &flaws {
        say(flaw.to_string());
    }
    if flaws.is_empty() {
        say("nothing is wrong with it");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(DIFFERENT))
}

/// Tells what an apply would change.
pub(crate) async fn diff(config: &Config, options: Diff) -> anyhow::Result<ExitCode> {
    let mut request = request(&options.chosen).await?;
    request.dry_run = true;
    let platform = platform(config).await?;
    let report = Box::pin(declared::apply(
        &platform,
        &actor(&platform),
        request,
        &|_, _| {},
    ))
    .await?;
    if options.json {
        say(serde_json::to_string_pretty(&report)?);
    } else {
        tell(&report);
    }
    Ok(if report.differs() {
        ExitCode::from(DIFFERENT)
    } else {
        ExitCode::SUCCESS
    })
}

/// Makes the platform what a declaration says.
pub(crate) async fn apply(config: &Config, options: Apply) -> anyhow::Result<ExitCode> {
    let mut request = request(&options.chosen).await?;
    let platform = platform(config).await?;
    let actor = actor(&platform);
    let dry = Request {
        dry_run: true,
        ..request.clone()
    };
    let told = Box::pin(declared::apply(&platform, &actor, dry, &|_, _| {})).await?;
    tell(&told);
    if options.dry_run || !told.differs() {
        return Ok(ExitCode::SUCCESS);
    }
    if told.impact.applications > 0 && !options.yes && !confirmed()? {
        say("nothing was changed");
        return Ok(ExitCode::FAILURE);
    }
    // what was shown is what is done: anything that changed meanwhile is a conflict
    request.expected = Some(told.before);
    request.confirmed = true;
    let report = Box::pin(declared::apply(
        &platform,
        &actor,
        request,
        &|done, total| {
            if done % STRIDE == 0 {
                say(format!("{done} of {total}"));
            }
        },
    ))
    .await?;
    match report.revision {
        Some(revision) => say(format!("applied as revision {revision}, {}", report.after)),
        None => say(format!("applied, {}", report.after)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes what the platform is.
pub(crate) async fn export(config: &Config, options: Export) -> anyhow::Result<()> {
    let platform = platform(config).await?;
    let selection = Selection {
        tag: options.tag,
        applications: options.applications,
    };
    let found = Box::pin(declared::export(&platform, &actor(&platform), &selection)).await?;
    match options.into {
        None => say(declaration::one_file(&found.declaration, Syntax::Yaml)?.trim_end()),
        Some(folder) => write_folder(&folder, found.declaration)?,
    }
    Ok(())
}

/// Writes a declaration in another layout or format.
pub(crate) async fn convert(options: Convert) -> anyhow::Result<()> {
    let to_output = options.to == Path::new("-");
    let mut all = if options.resolve {
        anyhow::ensure!(
            to_output,
            "with --resolve secrets stand in the text, which must not become a file: write to `-`, and send what comes out"
        );
        read(&options.declared).await?
    } else {
        let draft = declaration::read(&options.declared.path)?;
        anyhow::ensure!(
            draft.references().is_empty(),
            "the declaration names variables or secrets, which would be lost: {}",
            draft
                .references()
                .iter()
                .map(Reference::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        );
        draft.resolve(&Answers::new())?
    };
    all.sort();
    let ending = options.to.extension().and_then(|ending| ending.to_str());
    let syntax = match ending {
        Some("json") => Syntax::Json,
        Some("yaml" | "yml") => Syntax::Yaml,
        _ if to_output => Syntax::Yaml,
        _ => return write_folder(&options.to, all),
    };
    let text = declaration::one_file(&all, syntax)?;
    if to_output {
        say(text.trim_end());
        return Ok(());
    }
    std::fs::write(&options.to, text)
        .with_context(|| format!("cannot write `{}`", options.to.display()))
}

/// Writes files that do not say the same already; the others keep their layout and their comments.
fn write_folder(folder: &Path, all: Declaration) -> anyhow::Result<()> {
    let (mut written, mut kept) = (0, 0);
    for file in declaration::folder(all)? {
        let path = folder.join(&file.path);
        if std::fs::read_to_string(&path).is_ok_and(|text| file.is_said_by(&text)) {
            kept += 1;
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make `{}`", parent.display()))?;
        }
        std::fs::write(&path, file.text)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        written += 1;
    }
    say(format!("{written} files written, {kept} unchanged"));
    Ok(())
}

async fn platform(config: &Config) -> anyhow::Result<Platform> {
    let db = open_database(config, Access::Beside, Schema::Expect).await?;
    assemble(config, db).await
}

fn actor(platform: &Platform) -> Actor {
    Actor {
        name: "cli".to_owned(),
        ..Actor::system(platform.settings.workspace)
    }
}

pub(crate) fn upstreams(config: &Config) -> outbound::Policy {
    if config.gateway.private_upstreams {
        outbound::Policy::default().with_private_networks()
    } else {
        outbound::Policy::default()
    }
}

async fn request(chosen: &Chosen) -> anyhow::Result<Request> {
    Ok(Request {
        declaration: read(&chosen.declared).await?,
        choice: Choice {
            prune: chosen.prune,
            select: chosen.select.clone(),
        },
        through: "cli",
        ..Request::default()
    })
}

/// Reads a declaration with what it refers to.
pub(crate) async fn read(options: &Declared) -> anyhow::Result<Declaration> {
    resolved(declaration::read(&options.path)?, options).await
}

/// What was read, with what its references stand for.
pub(crate) async fn resolved(draft: Draft, options: &Declared) -> anyhow::Result<Declaration> {
    let mut answers = Answers::new();
    let mut secrets = Vec::new();
    for reference in draft.references() {
        match reference {
            Reference::Variable { name, otherwise } => {
                let found = std::env::vars()
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value);
                let found = found.or_else(|| otherwise.clone());
                answers.insert(
                    reference.clone(),
                    found.ok_or_else(|| "is not set".to_owned()),
                );
            }
            Reference::File(_) => {}
            Reference::Vault { .. } => secrets.push(reference.clone()),
        }
    }
    if !secrets.is_empty() {
        let (Some(address), Some(token)) = (&options.vault, &options.vault_token) else {
            anyhow::bail!(
                "the declaration names secrets in Vault; give --vault and --vault-token, or VAULT_ADDR and VAULT_TOKEN"
            );
        };
        let vault = declared::Vault::new(address, token)?;
        answers.extend(vault.read(secrets).await);
    }
    Ok(draft.resolve(&answers)?)
}

fn tell(report: &Report) {
    for line in &report.lines {
        say(told(line));
    }
    say(format!(
        "{} to create, {} to update, {} to delete, {} not declared",
        report.count(Action::Create),
        report.count(Action::Update),
        report.count(Action::Delete),
        report.count(Action::Keep)
    ));
    if report.impact.applications > 0 {
        say(format!(
            "this cuts off up to {} applications, with {} calls in the last 24 hours",
            report.impact.applications, report.impact.calls
        ));
    }
}

fn told(line: &Line) -> String {
    let sign = match line.action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Delete => "-",
        Action::Keep => " ",
    };
    let mut text = format!("{sign} {} {}", line.kind.as_str(), line.name);
    for (member, change) in &line.changes {
        let of = |key: &str| {
            change
                .get(key)
                .map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        text.push_str(&format!("\n    {member}: {} -> {}", of("from"), of("to")));
    }
    text
}

/// Asks. Where nobody can answer the answer is no.
fn confirmed() -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        say("applications would be cut off: confirm it with --yes");
        return Ok(false);
    }
    say("go on? [y/N]");
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
