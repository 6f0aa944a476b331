//! Every statement prepares on both databases, takes as many parameters and gives the same columns.

use store::STATEMENTS;
use store::db::Stmt;
use testkit::TestDb;

#[tokio::test]
async fn every_statement_means_the_same_on_both() {
    let (sqlite, postgres) = (TestDb::sqlite().await, TestDb::postgres().await);
    let mut problems = Vec::new();
    for stmt in STATEMENTS.iter().copied().flatten() {
        if let Err(problem) = compare(&sqlite, &postgres, *stmt).await {
            problems.push(format!("{}: {problem}", stmt.name()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

async fn compare(sqlite: &TestDb, postgres: &TestDb, stmt: Stmt) -> Result<(), String> {
    let told = |dialect: &str, error: store::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("{dialect}: {}", cause.unwrap_or_else(|| error.to_string()))
    };
    let a = sqlite.describe(stmt).await.map_err(|e| told("SQLite", e))?;
    let b = postgres
        .describe(stmt)
        .await
        .map_err(|e| told("PostgreSQL", e))?;
    if a.parameters != b.parameters {
        return Err(format!(
            "{} parameters on SQLite, {} on PostgreSQL",
            a.parameters, b.parameters
        ));
    }
    if a.columns.len() != b.columns.len() {
        return Err(format!("{:?} against {:?}", a.columns, b.columns));
    }
    for ((one, here), (other, there)) in a.columns.iter().zip(&b.columns) {
        // An expression without a name is read by its place.
        let same_name = one == other || one.contains('(');
        if !same_name || !same_type(here, there) {
            return Err(format!("`{one}` {here} against `{other}` {there}"));
        }
    }
    Ok(())
}

/// SQLite knows the declared type of a column and nothing ("NULL") of an expression: those must be a type that every
/// row decodes from.
fn same_type(sqlite: &str, postgres: &str) -> bool {
    match sqlite {
        "BLOB" => matches!(postgres, "UUID" | "BYTEA"),
        "TEXT" => matches!(postgres, "TEXT" | "JSONB" | "VARCHAR"),
        "INTEGER" | "BIGINT" => postgres == "INT8",
        "BOOLEAN" => postgres == "BOOL",
        "NULL" => matches!(
            postgres,
            "INT8" | "INT4" | "TEXT" | "BOOL" | "UUID" | "BYTEA"
        ),
        _ => false,
    }
}
