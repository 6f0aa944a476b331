//! A program that runs on one core, with the processor time and the memory that it and its children took.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The core of what is measured.
pub(crate) const MEASURED: &str = "0";
/// The core of the load and of the upstream.
pub(crate) const OTHER: &str = "1";

/// A running program. It ends with this value.
pub(crate) struct Running {
    child: Child,
    name: String,
}

/// Processor time, as the kernel accounts it (in steps of 10 ms).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// In the program.
    pub(crate) user: Duration,
    /// In the kernel for it.
    pub(crate) kernel: Duration,
}

impl Spent {
    pub(crate) fn total(self) -> Duration {
        self.user + self.kernel
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            kernel: self.kernel.saturating_sub(before.kernel),
        }
    }
}

impl Running {
    /// Starts a program on a core; what it prints goes to a file.
    pub(crate) fn start(core: &str, program: &Path, args: &[&str], log: &Path) -> Result<Self> {
        Self::start_with(core, program, args, &[], log)
    }

    /// The same, with variables of the environment.
    pub(crate) fn start_with(
        core: &str,
        program: &Path,
        args: &[&str],
        variables: &[(&str, String)],
        log: &Path,
    ) -> Result<Self> {
        let name = program.display().to_string();
        let out = fs::File::create(log).with_context(|| log.display().to_string())?;
        let child = Command::new("taskset")
            .args(["--cpu-list", core])
            .arg(program)
            .args(args)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("cannot start {name} by taskset"))?;
        Ok(Self { child, name })
    }

    /// What it and its children took until now.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let mut sum = Spent::default();
        for id in self.family()? {
            let Ok(text) = fs::read_to_string(format!("/proc/{id}/stat")) else {
                continue;
            };
            let spent = stat(&text).with_context(|| format!("/proc/{id}/stat is odd"))?;
            sum.user += spent.user;
            sum.kernel += spent.kernel;
        }
        Ok(sum)
    }

    /// Resident memory of it and its children, in bytes. Pages that they share count for each.
    pub(crate) fn memory(&self) -> Result<u64> {
        let mut sum = 0;
        for id in self.family()? {
            let Ok(text) = fs::read_to_string(format!("/proc/{id}/status")) else {
                continue;
            };
            let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            sum += kilobytes.unwrap_or(0_u64) * 1024;
        }
        Ok(sum)
    }

    /// Fails when it has ended.
    pub(crate) fn must_run(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended with {status}; its log says why", self.name);
        }
        Ok(())
    }

    fn family(&self) -> Result<Vec<u32>> {
        let mut family = vec![self.child.id()];
        let mut place = 0;
        while let Some(&parent) = family.get(place) {
            let children = format!("/proc/{parent}/task/{parent}/children");
            let children = fs::read_to_string(children).unwrap_or_default();
            family.extend(
                children
                    .split_whitespace()
                    .filter_map(|id| id.parse::<u32>().ok()),
            );
            place += 1;
        }
        Ok(family)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM lets a parent end its workers; what does not end is killed
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().is_ok();
        for _ in 0..100 {
            if !asked || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// User and kernel time out of `/proc/PID/stat` (proc(5): fields 14 and 15, in hundredths of a second).
fn stat(text: &str) -> Option<Spent> {
    // the name of the program, in parentheses, may hold blanks
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut next = || {
        let ticks: u64 = fields.next()?.parse().ok()?;
        Some(Duration::from_millis(ticks * 10))
    };
    Some(Spent {
        user: next()?,
        kernel: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_past_a_name_with_blanks() {
        let text = "12 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20";
        let spent = stat(text).unwrap();
        assert_eq!(spent.user, Duration::from_millis(1_500));
        assert_eq!(spent.kernel, Duration::from_millis(250));
        assert!(stat("12 (a").is_none());
    }
}
