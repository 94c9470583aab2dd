//! Whether the parts that every request needs answer.

use std::time::Duration;

use crate::data::Data;

/// A part that is slower than this is as good as away.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    pub database: bool,
    pub files: bool,
}

impl Health {
    pub fn ready(self) -> bool {
        self.database && self.files
    }
}

pub async fn look(data: &Data) -> Health {
    let database = tokio::time::timeout(PATIENCE, data.database.answers());
    let files = tokio::time::timeout(PATIENCE, data.blobs.answers());
    let (database, files) = tokio::join!(database, files);
    Health { database: matches!(database, Ok(Ok(()))), files: matches!(files, Ok(Ok(()))) }
}

/// How many jobs wait and run, by lane and state; nothing when the database is away.
pub async fn depths(data: &Data) -> Vec<(String, String, i64)> {
    data.database.depths().await.unwrap_or_default()
}
