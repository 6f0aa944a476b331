//! Debian packages, looked up and fetched without touching the system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::process;
use crate::progress;

/// Package lists to ask: the system's, or a private copy.
pub(super) struct Apt {
    options: Vec<String>,
}

impl Apt {
    /// Finds lists that know `package`. Where the system's do not (a fresh image has none), a
    /// private copy is fetched into `folder`: that needs no root, and changes nothing.
    pub(super) fn knowing(package: &str, folder: &Path) -> anyhow::Result<(Self, String)> {
        if process::find("apt-get").is_none() || process::find("dpkg-deb").is_none() {
            bail!("this is no Debian: there is no apt-get");
        }
        let system = Self {
            options: Vec::new(),
        };
        if let Some(version) = system.candidate(package)? {
            return Ok((system, version));
        }
        progress::note("fetching Debian's package lists");
        let private = Self::private(folder)?;
        process::run(private.command("apt-get").arg("update"))?;
        let version = private
            .candidate(package)?
            .with_context(|| format!("Debian's lists have no package {package}"))?;
        Ok((private, version))
    }

    fn private(folder: &Path) -> anyhow::Result<Self> {
        let state = folder.join("apt/state");
        let cache = folder.join("apt/cache");
        for needed in [state.join("lists/partial"), cache.join("archives/partial")] {
            fs::create_dir_all(&needed)
                .with_context(|| format!("cannot make {}", needed.display()))?;
        }
        Ok(Self {
            options: vec![
                format!("Dir::State={}", state.display()),
                format!("Dir::Cache={}", cache.display()),
                "Dir::State::status=/var/lib/dpkg/status".to_owned(),
            ],
        })
    }

    /// The version that would be installed.
    fn candidate(&self, package: &str) -> anyhow::Result<Option<String>> {
        let text = process::output(self.command("apt-cache").args(["policy", package]))?;
        Ok(candidate_in(&text))
    }

    /// The first dependency of `package` whose name begins with `prefix`.
    pub(super) fn dependency(
        &self,
        package: &str,
        version: &str,
        prefix: &str,
    ) -> anyhow::Result<String> {
        let wanted = format!("{package}={version}");
        let text = process::output(self.command("apt-cache").args(["depends", &wanted]))?;
        dependency_in(&text, prefix)
            .with_context(|| format!("package {wanted} depends on no {prefix}*"))
    }

    /// Fetches packages into `folder` and returns the files.
    pub(super) fn download(
        &self,
        packages: &[String],
        folder: &Path,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let mut command = self.command("apt-get");
        command.arg("download").args(packages).current_dir(folder);
        process::run(&mut command)?;
        let entries = fs::read_dir(folder)?;
        let files: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        Ok(files)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C");
        // As root, apt would fetch as a user who may not write into a private folder.
        command.args(["-o", "APT::Sandbox::User=root"]);
        for option in &self.options {
            command.arg("-o").arg(option);
        }
        command
    }
}

fn candidate_in(policy: &str) -> Option<String> {
    let version = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then(|| version.to_owned())
}

fn dependency_in(depends: &str, prefix: &str) -> Option<String> {
    depends
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_candidate() {
        let policy = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1\n";
        assert_eq!(candidate_in(policy), Some("1.96.0+dfsg1-1".to_owned()));
        assert_eq!(candidate_in("x:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
    }

    #[test]
    fn reads_a_dependency() {
        let depends = "a\n  Depends: libc6\n  Depends: libllvm21\n  Suggests: libllvm9\n";
        assert_eq!(
            dependency_in(depends, "libllvm"),
            Some("libllvm21".to_owned())
        );
        assert_eq!(dependency_in(depends, "libz"), None);
    }
}
