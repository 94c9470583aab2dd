//! What every column holds: a column without a line here cannot be stored, and a test says which was forgotten.

use reelspan_types::DataClass;
use reelspan_types::DataClass::{Account, Credential, InputMedia, Ledger, OpMeta, Prompt};

/// A table, what most of its columns are, and those that are something else. An asset's own class stands in its row.
struct Table {
    name: &'static str,
    plain: &'static [&'static str],
    other: &'static [(&'static str, DataClass)],
}

const TABLES: &[Table] = &[
    Table {
        name: "job",
        plain: &[
            "id",
            "workspace",
            "lane",
            "kind",
            "payload",
            "state",
            "priority",
            "turn",
            "run_at",
            "created_at",
            "started_at",
            "ended_at",
            "attempt",
            "max_attempts",
            "lease_owner",
            "lease_until",
            "cancel_requested",
            "dedupe_key",
            "result",
            "error",
            "expires_at",
            "announced",
        ],
        other: &[],
    },
    Table { name: "job_event", plain: &["job", "seq", "at", "kind", "body"], other: &[] },
    Table { name: "workspace", plain: &["id", "plan", "created_at"], other: &[("name", Account)] },
    Table {
        name: "account",
        plain: &["id", "workspace", "role", "created_at", "updated_at"],
        other: &[("email", Account), ("name", Account), ("password_hash", Credential)],
    },
    Table { name: "session", plain: &["account", "created_at", "expires_at"], other: &[("id", Credential)] },
    Table {
        name: "one_time_link",
        plain: &["purpose", "account", "created_at", "expires_at"],
        other: &[("id", Credential)],
    },
    Table {
        name: "api_key",
        plain: &["id", "workspace", "scopes", "created_at", "last_used_at", "revoked_at", "expires_at"],
        other: &[("name", Account), ("prefix", Credential), ("hash", Credential)],
    },
    Table {
        name: "asset",
        plain: &["id", "workspace", "class", "bytes", "blob", "job", "attempt", "created_at", "expires_at"],
        other: &[("object_name", Prompt), ("file_name", Prompt), ("content_type", InputMedia), ("media", InputMedia)],
    },
    Table {
        name: "upload",
        plain: &[
            "id",
            "workspace",
            "protocol",
            "declared_bytes",
            "received_bytes",
            "state",
            "blob",
            "asset",
            "created_at",
            "expires_at",
        ],
        other: &[("object_name", Prompt), ("file_name", Prompt), ("content_type", InputMedia), ("metadata", Prompt)],
    },
    Table { name: "upload_piece", plain: &["upload", "start", "bytes", "blob"], other: &[] },
    Table {
        name: "task",
        plain: &[
            "id",
            "workspace",
            "kind",
            "surface",
            "job",
            "step",
            "lane",
            "queue_position",
            "input_ms",
            "created_at",
            "updated_at",
            "expires_at",
        ],
        other: &[("request", Prompt), ("draft", Prompt)],
    },
    Table {
        name: "ledger",
        plain: &[],
        other: &[
            ("id", Ledger),
            ("workspace", Ledger),
            ("job", Ledger),
            ("unit", Ledger),
            ("quantity", Ledger),
            ("created_at", Ledger),
            ("expires_at", Ledger),
        ],
    },
    Table {
        name: "webhook",
        plain: &["id", "workspace", "events", "created_at", "disabled_at"],
        other: &[("url", Account)],
    },
    Table {
        name: "delivery",
        plain: &[
            "id",
            "workspace",
            "webhook",
            "event",
            "task",
            "state",
            "attempts",
            "status",
            "created_at",
            "updated_at",
            "expires_at",
        ],
        other: &[],
    },
    Table {
        name: "idempotency",
        plain: &["workspace", "key", "route", "body_hash", "status", "created_at", "expires_at"],
        other: &[("answer", Prompt)],
    },
];

/// What `table.column` holds; none if nobody has said.
pub fn class_of(column: &str) -> Option<DataClass> {
    let (table, column) = column.split_once('.')?;
    let table = TABLES.iter().find(|one| one.name == table)?;
    let other = table.other.iter().find(|(name, _)| *name == column).map(|(_, class)| *class);
    other.or_else(|| table.plain.contains(&column).then_some(OpMeta))
}

/// Every column that somebody has given a class, as `table.column`.
pub fn classed_columns() -> Vec<String> {
    let named = |table: &Table| {
        let all = table.plain.iter().copied().chain(table.other.iter().map(|(name, _)| *name));
        all.map(|column| format!("{}.{column}", table.name)).collect::<Vec<_>>()
    };
    let mut columns: Vec<String> = TABLES.iter().flat_map(named).collect();
    columns.sort_unstable();
    columns
}
