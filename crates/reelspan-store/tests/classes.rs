//! Nothing rests without a data class, and both databases have the same tables.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use reelspan_store::{Database, class_of, classed_columns};
use reelspan_testing::Postgres;

async fn every_column_has_a_class(database: &Database) -> Vec<String> {
    let columns = database.columns().await.unwrap();
    let forgotten: Vec<&String> = columns.iter().filter(|column| class_of(column).is_none()).collect();
    assert!(forgotten.is_empty(), "say in store/src/classes.rs what these hold: {forgotten:?}");
    columns
}

#[tokio::test]
async fn every_column_has_a_class_and_every_class_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
    let mut columns = every_column_has_a_class(&database).await;
    columns.sort_unstable();
    assert_eq!(columns, classed_columns(), "classes.rs names a column that is no more");
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let Some(server) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
    let postgres = Database::postgres(&server.database()).await.unwrap();
    let (mut one, mut other) = (sqlite.columns().await.unwrap(), every_column_has_a_class(&postgres).await);
    one.sort_unstable();
    other.sort_unstable();
    assert_eq!(one, other);
    postgres.close().await;
}
