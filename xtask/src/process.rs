//! Running other programs.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Runs a program to its end; a status other than 0 is an error.
///
/// What it prints on its standard output goes to our standard error: ours is for results.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    Ok(())
}

/// Runs a program and returns what it printed.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let bytes = output_bytes(command)?;
    String::from_utf8(bytes).with_context(|| format!("{} printed no UTF-8", name(command)))
}

/// Runs a program and returns the bytes that it printed.
pub(crate) fn output_bytes(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!("{} ended with {}", name(command), output.status);
    }
    Ok(output.stdout)
}

/// Whether the program succeeds in time; it is ended when it does not.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdout(std::io::stderr()).spawn() else {
        return false;
    };
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(_) => break,
        }
    }
    end(&mut child);
    false
}

/// Where a program is on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The program's name with its arguments, for messages.
pub(crate) fn name(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(
        command
            .get_args()
            .take(6)
            .map(std::ffi::OsStr::to_string_lossy),
    );
    format!("`{}`", words.join(" "))
}

/// Ends a program that was started.
pub(crate) fn end(child: &mut Child) {
    // It may have ended by itself in the meantime: then there is nothing left to end.
    drop(child.kill());
    drop(child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_program_is_ended() {
        let begun = Instant::now();
        let mut slow = Command::new("sleep");
        slow.arg("30");
        assert!(!succeeds_within(&mut slow, Duration::from_millis(100)));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_failing_program_is_named() {
        let error = run(Command::new("false").arg("now")).unwrap_err();
        assert!(error.to_string().starts_with("`false now` ended with"));
    }

    #[test]
    fn what_a_program_prints_is_returned() {
        assert_eq!(output(Command::new("echo").arg("yes")).unwrap(), "yes\n");
    }
}
