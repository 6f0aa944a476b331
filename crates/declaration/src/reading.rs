//! From a file or a folder to a declaration: parts are found, put together, and what they name is read.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::catalog::Document;
use crate::flaw::{Flaw, Flaws};
use crate::folder::{DOCUMENT_MOST, FILE_MOST, Root, text};
use crate::merge::Merged;
use crate::model::Declaration;
use crate::parse::{from_value, parse};
use crate::reference::{Answers, Reference, collect, replace};
use crate::sound;

/// Files that include files that include files: deeper than this is a mistake.
const DEEPEST: usize = 32;

/// What was read, before its variables and secrets are known.
#[derive(Debug)]
pub struct Draft {
    merged: Merged,
    value: Option<Value>,
    references: BTreeSet<Reference>,
    files: Vec<PathBuf>,
}

/// Reads a file with what it includes, or the files of a folder (those that a `gatehouse.yaml` in it includes, when there
/// is one that includes any). Files of a folder whose first key is `openapi` or `swagger` are documents, and left out.
pub fn read(path: &Path) -> Result<Draft, Flaws> {
    let found = std::fs::metadata(path)
        .map_err(|error| Flaw::of_file(path, format!("cannot be read: {error}")))?;
    let folder = if found.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let root = Root::open(folder).map_err(|message| Flaw::of_file(folder, message))?;
    let mut reader = Reader {
        root,
        merged: Merged::new(),
        done: HashSet::new(),
        files: Vec::new(),
        size: 0,
        has_references: false,
    };
    let real = reader
        .root
        .inside(path)
        .map_err(|message| Flaw::of_file(path, message))?;
    if found.is_dir() {
        reader.folder(&real, true, &[])?;
        if reader.files.is_empty() {
            return Err(Flaw::of_file(path, "holds no declaration").into());
        }
    } else {
        reader.file(&real, &[])?;
    }
    reader.finish()
}

impl Draft {
    /// Variables and secrets that the declaration names.
    pub fn references(&self) -> &BTreeSet<Reference> {
        &self.references
    }

    /// The files that were read, for whoever watches them.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The declaration with its references replaced and its defaults filled in, when nothing is wrong with it.
    pub fn resolve(mut self, answers: &Answers) -> Result<Declaration, Flaws> {
        let mut declaration = match self.value.take() {
            None => std::mem::take(&mut self.merged.declaration),
            Some(mut value) => {
                let flaws = replace(&mut value, true, &mut |reference| {
                    Some(
                        answers
                            .get(reference)
                            .cloned()
                            .unwrap_or_else(|| Err("is not known here".to_owned())),
                    )
                });
                if !flaws.is_empty() {
                    return Err(self.blame(flaws));
                }
                from_value(value)?
            }
        };
        sound::fill(&mut declaration);
        match sound::check(&declaration) {
            Ok(()) => Ok(declaration),
            Err(flaws) => Err(self.blame(flaws.0)),
        }
    }

    /// Which file each flaw is in.
    fn blame(&self, flaws: Vec<Flaw>) -> Flaws {
        let told = flaws.into_iter().map(|flaw| {
            let mut place = flaw.place.as_str();
            let file = loop {
                if let Some(file) = self.merged.sources.get(place) {
                    break Some(file);
                }
                match place.rsplit_once('/') {
                    Some((above, _)) => place = above,
                    None => break None,
                }
            };
            match file {
                Some(file) => flaw.inside(&file.clone()),
                None => flaw,
            }
        });
        Flaws(told.collect())
    }
}

struct Reader {
    root: Root,
    merged: Merged,
    done: HashSet<PathBuf>,
    files: Vec<PathBuf>,
    size: u64,
    /// Whether any text may hold a reference.
    has_references: bool,
}

/// The part of one file, and whether its text may hold references, to files too.
struct Part {
    declaration: Declaration,
    has_references: bool,
    names_files: bool,
}

impl Reader {
    fn folder(&mut self, folder: &Path, is_first: bool, above: &[PathBuf]) -> Result<(), Flaws> {
        let told = self.root.told(folder);
        let files = self
            .root
            .files(folder)
            .map_err(|message| Flaw::of_file(told, message))?;
        if is_first
            && let Some(main) = files.iter().find(|file| {
                file.parent() == Some(folder)
                    && file.file_stem().is_some_and(|stem| stem == "gatehouse")
            })
        {
            let main = main.clone();
            let includes = !self.part(&main)?.declaration.include.is_empty();
            if includes {
                return self.file(&main, above);
            }
        }
        for file in files {
            if !self.is_document(&file)? {
                self.file(&file, above)?;
            }
        }
        Ok(())
    }

    fn is_document(&self, file: &Path) -> Result<bool, Flaws> {
        let told = self.root.told(file);
        let text = text(file, FILE_MOST).map_err(|message| Flaw::of_file(told, message))?;
        let mut lines = text.lines().map(|line| line.trim_start_matches('\u{feff}'));
        if crate::Syntax::of(&text) == crate::Syntax::Json {
            let head: String = text
                .chars()
                .filter(|c| !c.is_whitespace())
                .take(12)
                .collect();
            return Ok(head.starts_with("{\"openapi\"") || head.starts_with("{\"swagger\""));
        }
        Ok(lines.any(|line| {
            let key = line.trim_matches(['"', '\'']);
            key.starts_with("openapi:")
                || key.starts_with("swagger:")
                || line.starts_with("\"openapi\":")
                || line.starts_with("\"swagger\":")
        }))
    }

    fn part(&self, file: &Path) -> Result<Part, Flaws> {
        let told = self.root.told(file);
        let text = text(file, FILE_MOST).map_err(|message| Flaw::of_file(told.clone(), message))?;
        let declaration = parse(&text)
            .map_err(|flaws| Flaws(flaws.0.into_iter().map(|flaw| flaw.inside(&told)).collect()))?;
        Ok(Part {
            declaration,
            has_references: text.contains("${"),
            names_files: text.contains("${file:"),
        })
    }

    fn file(&mut self, file: &Path, above: &[PathBuf]) -> Result<(), Flaws> {
        let told = self.root.told(file);
        if above.iter().any(|one| one == file) || above.len() > DEEPEST {
            let circle: Vec<String> = above
                .iter()
                .map(|one| self.root.told(one).display().to_string())
                .collect();
            let message = format!(
                "includes itself: {} -> {}",
                circle.join(" -> "),
                told.display()
            );
            return Err(Flaw::of_file(told, message).into());
        }
        if !self.done.insert(file.to_owned()) {
            return Ok(());
        }
        let mut part = self.part(file)?;
        self.size += std::fs::metadata(file).map_or(0, |found| found.len());
        if self.size > FILE_MOST {
            let message = format!("makes the declaration larger than {} MiB", FILE_MOST >> 20);
            return Err(Flaw::of_file(told, message).into());
        }
        self.files.push(file.to_owned());
        let include = std::mem::take(&mut part.declaration.include);
        self.has_references |= part.has_references;
        let part = self.named(file, part)?;
        self.merged.add(&told, part);
        let mut below = above.to_vec();
        below.push(file.to_owned());
        for named in include {
            let place =
                |message: String| Flaw::at("include", format!("`{named}` {message}")).inside(&told);
            let path = self.root.beside(file, &named).map_err(place)?;
            if path.is_dir() {
                self.folder(&path, false, &below)?;
            } else {
                self.file(&path, &below)?;
            }
        }
        Ok(())
    }

    /// Reads the pages and documents that a part names.
    fn named(&mut self, file: &Path, part: Part) -> Result<Declaration, Flaws> {
        let told = self.root.told(file);
        let mut flaws = Vec::new();
        let mut part = if part.names_files {
            let mut value = serde_json::to_value(&part.declaration)
                .map_err(|error| Flaw::of_file(&told, error.to_string()))?;
            let (root, files) = (&self.root, &mut self.files);
            flaws = replace(&mut value, false, &mut |reference| {
                let Reference::File(path) = reference else {
                    return None;
                };
                Some(root.beside(file, path).and_then(|path| {
                    let found = text(&path, DOCUMENT_MOST)?;
                    files.push(path);
                    Ok(found
                        .strip_suffix('\n')
                        .map_or(found.clone(), str::to_owned))
                }))
            });
            from_value(value).map_err(|flaw| flaw.inside(&told))?
        } else {
            part.declaration
        };
        for api in &mut part.apis {
            for version in &mut api.versions {
                let Some(Document::Path(path)) = &version.document else {
                    continue;
                };
                let place = format!("apis/{}/versions/{}/document", api.slug, version.label);
                let found = self
                    .root
                    .beside(file, path)
                    .and_then(|path| Ok((text(&path, DOCUMENT_MOST)?, path)));
                match found {
                    Ok((found, path)) => {
                        self.files.push(path);
                        self.has_references |= found.contains("${");
                        version.document = Some(Document::text(crate::reference::escaped(&found)));
                    }
                    Err(message) => flaws.push(Flaw::at(place, format!("`{path}` {message}"))),
                }
            }
        }
        if flaws.is_empty() {
            Ok(part)
        } else {
            Err(Flaws(
                flaws.into_iter().map(|flaw| flaw.inside(&told)).collect(),
            ))
        }
    }

    fn finish(self) -> Result<Draft, Flaws> {
        if !self.merged.flaws.is_empty() {
            return Err(Flaws(self.merged.flaws));
        }
        let mut references = BTreeSet::new();
        let mut value = None;
        if self.has_references {
            let mut whole = serde_json::to_value(&self.merged.declaration)
                .map_err(|error| Flaw::at("", error.to_string()))?;
            references = collect(&mut whole);
            value = Some(whole);
        }
        Ok(Draft {
            merged: self.merged,
            value,
            references,
            files: self.files,
        })
    }
}
