//! Where values come from: the defaults, a file, the environment, flags; the later wins, and each is remembered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, SECRET_KEYS};

/// Values given as flags, by key.
pub(crate) type Flags = BTreeMap<&'static str, String>;

/// The configuration, and for each key where its value came from.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    rows: Vec<Row>,
}

struct Row {
    key: String,
    value: String,
    origin: String,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("configuration file `{path}` could not be read: {source}", path = path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("configuration file `{path}` is not valid:\n{source}", path = path.display())]
    Invalid {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("environment variable `{0}` names no setting{1}")]
    UnknownVariable(String, String),
    #[error("`{origin}` gives `{key}` a value it cannot have: {cause}")]
    Value {
        key: String,
        origin: String,
        cause: String,
    },
    #[error("file `{path}` of environment variable `{variable}` could not be read: {source}")]
    SecretFile {
        variable: String,
        path: String,
        #[source]
        source: std::io::Error,
    },
}

/// The file that is read when no `--config` names one, if it is there.
pub(crate) const FILE: &str = "gatehouse.toml";

/// Variables that begin with `GATEHOUSE_` and are not settings.
const NOT_SETTINGS: &[&str] = &[
    "GATEHOUSE_CONFIG",
    "GATEHOUSE_DECLARATION",
    "GATEHOUSE_URL",
    "GATEHOUSE_TOKEN",
];

/// Reads all sources. `variables` is the process's environment.
pub(crate) fn load(
    file: Option<&Path>,
    variables: impl Iterator<Item = (String, String)>,
    flags: &Flags,
) -> Result<Loaded, Error> {
    let mut values = BTreeMap::new();
    let defaults = Table::try_from(Config::default()).expect("the defaults are plain values");
    flatten("", &defaults, "default", &mut values);
    let known: Vec<String> = values.keys().cloned().collect();

    if let Some((path, text)) = read_file(file)? {
        let invalid = |source: toml::de::Error| Error::Invalid {
            path: path.clone(),
            source: Box::new(source),
        };
        // Read as the typed configuration first: its errors carry lines.
        toml::from_str::<Config>(&text).map_err(invalid)?;
        let table = text.parse::<Table>().map_err(invalid)?;
        flatten("", &table, &path.display().to_string(), &mut values);
    }
    for (variable, text) in variables {
        let Some(name) = variable.strip_prefix("GATEHOUSE_") else {
            continue;
        };
        if NOT_SETTINGS.contains(&variable.as_str()) {
            continue;
        }
        let (name, text) = match name.strip_suffix("_FILE") {
            Some(name) => (name, read_secret(&variable, &text)?),
            None => (name, text),
        };
        let Some(key) = known.iter().find(|key| variable_of(key) == name) else {
            return Err(Error::UnknownVariable(
                variable.clone(),
                suggestion(name, &known),
            ));
        };
        set(key, &text, &format!("${variable}"), &mut values)?;
    }
    for (key, text) in flags {
        set(key, text, "flag", &mut values)?;
    }
    finish(values)
}

fn read_file(file: Option<&Path>) -> Result<Option<(PathBuf, String)>, Error> {
    let path = file.unwrap_or(Path::new(FILE)).to_owned();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(e) if file.is_none() && e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { path, source }),
    }
}

fn read_secret(variable: &str, path: &str) -> Result<String, Error> {
    std::fs::read_to_string(path)
        .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
        .map_err(|source| Error::SecretFile {
            variable: variable.to_owned(),
            path: path.to_owned(),
            source,
        })
}

/// `gateway.public_url` is `GATEHOUSE_GATEWAY_PUBLIC_URL`.
fn variable_of(key: &str) -> String {
    key.replace('.', "_").to_uppercase()
}

fn suggestion(name: &str, known: &[String]) -> String {
    known
        .iter()
        .map(|key| variable_of(key))
        .max_by_key(|variable| shared(variable, name))
        .filter(|variable| shared(variable, name) * 2 >= name.len())
        .map_or_else(String::new, |variable| {
            format!("; did you mean `GATEHOUSE_{variable}`?")
        })
}

fn shared(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

type Values = BTreeMap<String, (Value, String)>;

fn flatten(prefix: &str, table: &Table, origin: &str, values: &mut Values) {
    for (key, value) in table {
        let key = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Table(table) => flatten(&key, table, origin, values),
            value => {
                values.insert(key, (value.clone(), origin.to_owned()));
            }
        }
    }
}

/// Sets a key from text, read as the type that the key has.
fn set(key: &str, text: &str, origin: &str, values: &mut Values) -> Result<(), Error> {
    let wrong = |cause: String| Error::Value {
        key: key.to_owned(),
        origin: origin.to_owned(),
        cause,
    };
    let value = match values.get(key).map(|(value, _)| value) {
        Some(Value::Boolean(_)) => Value::Boolean(
            text.parse()
                .map_err(|_| wrong(format!("`{text}` is neither true nor false")))?,
        ),
        Some(Value::Integer(_)) => Value::Integer(
            text.parse()
                .map_err(|_| wrong(format!("`{text}` is not a whole number")))?,
        ),
        Some(Value::Array(_)) => Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.to_owned()))
                .collect(),
        ),
        _ => Value::String(text.to_owned()),
    };
    values.insert(key.to_owned(), (value, origin.to_owned()));
    // Read alone, so that the error names this key.
    let mut table = Table::new();
    insert(&mut table, key, values[key].0.clone());
    table
        .try_into::<Config>()
        .map_err(|e| wrong(e.message().to_owned()))?;
    Ok(())
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((head, rest)) => {
            let below = table
                .entry(head.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

fn finish(values: Values) -> Result<Loaded, Error> {
    let mut table = Table::new();
    let mut rows = Vec::with_capacity(values.len());
    for (key, (value, origin)) in values {
        let empty = matches!(&value, Value::String(text) if text.is_empty());
        let shown = if SECRET_KEYS.contains(&key.as_str()) && !empty {
            "(set)".to_owned()
        } else {
            value.to_string()
        };
        insert(&mut table, &key, value);
        rows.push(Row {
            key,
            value: shown,
            origin,
        });
    }
    let config = table.try_into::<Config>().map_err(|e| Error::Value {
        key: "configuration".to_owned(),
        origin: "all sources together".to_owned(),
        cause: e.message().to_owned(),
    })?;
    Ok(Loaded { config, rows })
}

impl Loaded {
    /// Each key with its value and where it came from, a line each.
    pub(crate) fn table(&self) -> String {
        let width = |f: fn(&Row) -> usize| self.rows.iter().map(f).max().unwrap_or(0);
        let (keys, values) = (width(|r| r.key.len()), width(|r| r.value.len()).min(48));
        self.rows
            .iter()
            .map(|r| format!("{:keys$}  {:values$}  # {}\n", r.key, r.value, r.origin))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    fn load_with(text: &str, variables: &[(&str, &str)], flags: &Flags) -> Result<Loaded, Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatehouse.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path), env(variables).into_iter(), flags)
    }

    #[test]
    fn flags_win_over_the_environment_over_the_file() {
        let file =
            "[gateway]\nlisten = \"127.0.0.1:1\"\nstatus_listen = \"127.0.0.1:1\"\nthreads = 1\n";
        let flags = Flags::from([("gateway.listen", "127.0.0.1:3".to_owned())]);
        let variables = [
            ("GATEHOUSE_GATEWAY_LISTEN", "127.0.0.1:2"),
            ("GATEHOUSE_GATEWAY_STATUS_LISTEN", "127.0.0.1:2"),
            ("PATH", "/bin"),
        ];
        let loaded = load_with(file, &variables, &flags).unwrap();
        let gateway = &loaded.config.gateway;
        assert_eq!(
            (
                gateway.listen.port(),
                gateway.status_listen.port(),
                gateway.threads
            ),
            (3, 2, 1)
        );
        let table = loaded.table();
        assert!(
            table.contains("# $GATEHOUSE_GATEWAY_STATUS_LISTEN")
                && table.contains("# flag")
                && table.contains("# default")
        );
    }

    #[test]
    fn a_wrong_file_is_located() {
        let error = load_with(
            "[gateway]\nlisten = \"127.0.0.1:1\"\nlissten = 1\n",
            &[],
            &Flags::new(),
        )
        .err()
        .unwrap();
        let message = error.to_string();
        assert!(
            message.contains("line 3") && message.contains("lissten"),
            "{message}"
        );
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let error = load_with(
            "",
            &[("GATEHOUSE_GATEWAY_LISTEN_ADDRESS", "x")],
            &Flags::new(),
        )
        .err()
        .unwrap();
        assert!(
            error
                .to_string()
                .contains("did you mean `GATEHOUSE_GATEWAY_LISTEN`?"),
            "{error}"
        );
        let error = load_with("", &[("GATEHOUSE_GATEWAY_THREADS", "many")], &Flags::new())
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("`many` is not a whole number"),
            "{error}"
        );
        let error = load_with("", &[("GATEHOUSE_GATEWAY_LISTEN", "here")], &Flags::new())
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .contains("`$GATEHOUSE_GATEWAY_LISTEN` gives `gateway.listen`"),
            "{error}"
        );
    }

    #[test]
    fn secrets_are_not_shown_and_come_from_files_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "hush-hush\n").unwrap();
        let loaded = load_with(
            "",
            &[(
                "GATEHOUSE_SIGN_IN_GITHUB_CLIENT_SECRET_FILE",
                path.to_str().unwrap(),
            )],
            &Flags::new(),
        )
        .unwrap();
        assert_eq!(loaded.config.sign_in.github.client_secret, "hush-hush");
        assert!(!loaded.table().contains("hush-hush"));
    }
}
