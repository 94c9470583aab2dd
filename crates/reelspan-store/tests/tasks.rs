//! What tasks, files and the ledger promise, on SQLite and on Postgres alike.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use reelspan_store::{Asset, Bill, Charge, Database, Ending, Fence, Filter, NewJob, NewTask, Order};
use reelspan_testing::Postgres;

const NOW: i64 = 1_000_000;
const FAR: i64 = NOW + 86_400_000;
const KEEP: i64 = NOW + 5_000_000;

async fn workspaces(database: &Database) {
    for id in ["a", "b"] {
        database.put_workspace(id, "someone's", "free", NOW).await.unwrap();
    }
}

fn job(id: &str, workspace: &str) -> NewJob {
    NewJob {
        id: id.into(),
        workspace: workspace.into(),
        lane: "short",
        kind: "transcode",
        payload: "{}".into(),
        priority: 0,
        run_at: NOW,
        max_attempts: 3,
        dedupe_key: None,
        expires_at: FAR,
    }
}

async fn put(database: &Database, id: &str, workspace: &str, kind: &'static str, at: i64) {
    let task = NewTask {
        id: id.into(),
        workspace: workspace.into(),
        kind,
        surface: "api",
        request: "{}".into(),
        input_ms: None,
        expires_at: FAR,
    };
    database.create_task(&task, &job(&format!("j{id}"), workspace), at).await.unwrap();
}

async fn ids(database: &Database, filter: Filter<'_>, order: Order) -> Vec<String> {
    let tasks = database.tasks("a", &filter, order, (10, 0), NOW).await.unwrap();
    assert_eq!(database.count_tasks("a", &filter, NOW).await.unwrap(), tasks.len() as i64);
    tasks.into_iter().map(|task| task.id).collect()
}

async fn finish(database: &Database, id: &str, charges: &[Charge], now: i64) {
    let bill = Bill { charges, keep: KEEP, keep_charges: FAR };
    let fence = Fence { job: id, attempt: 1, owner: "w" };
    assert!(database.end(fence, Ending::Done("{}"), &bill, now).await.unwrap());
}

async fn a_task_follows_its_job(database: Database) {
    workspaces(&database).await;
    put(&database, "1", "a", "transcode", NOW).await;
    put(&database, "2", "a", "transcode", NOW + 1).await;
    let task = database.task("2", "a", NOW).await.unwrap().unwrap();
    assert_eq!((task.state.as_str(), task.queue_position, task.expires_at), ("queued", 2, FAR));
    assert!(database.task("2", "b", NOW).await.unwrap().is_none(), "it is somebody else's");
    database.claim("w", "short", 1, NOW + 10, FAR).await.unwrap();
    let task = database.task("1", "a", NOW).await.unwrap().unwrap();
    assert_eq!((task.state.as_str(), task.updated_at), ("running", NOW + 10));
    finish(&database, "j1", &[], NOW + 20).await;
    let task = database.task("1", "a", NOW).await.unwrap().unwrap();
    assert_eq!((task.state.as_str(), task.updated_at, task.expires_at), ("done", NOW + 20, KEEP));
    assert!(database.task("1", "a", KEEP).await.unwrap().is_none(), "its time is over");
}

async fn lists_narrow_and_order(database: Database) {
    workspaces(&database).await;
    for (id, kind) in [("1", "transcode"), ("2", "transcribe"), ("3", "transcode"), ("4", "clips")] {
        put(&database, id, "a", kind, NOW + id.parse::<i64>().unwrap()).await;
    }
    put(&database, "9", "b", "transcode", NOW).await;
    database.claim("w", "short", 1, NOW + 50, FAR).await.unwrap();
    let media = Filter { kinds: [Some("transcode"), Some("transcribe")], ..Filter::default() };
    assert_eq!(ids(&database, media.clone(), Order::NewestFirst).await, ["3", "2", "1"]);
    assert_eq!(ids(&database, media.clone(), Order::ChangedFirst).await, ["1", "3", "2"]);
    assert_eq!(ids(&database, media.clone(), Order::ChangedLast).await, ["2", "3", "1"]);
    let running = Filter { states: [Some("running"), None, None], ..media.clone() };
    assert_eq!(ids(&database, running, Order::NewestFirst).await, ["1"]);
    let between = Filter { since: Some(NOW + 2), until: Some(NOW + 3), ..media.clone() };
    assert_eq!(ids(&database, between, Order::NewestFirst).await, ["3", "2"]);
    let page = Filter { after: Some((NOW + 3, "3")), ..media };
    assert_eq!(ids(&database, page, Order::NewestFirst).await, ["2", "1"]);
    let one = Filter { kinds: [Some("clips"), None], ..Filter::default() };
    assert_eq!(ids(&database, one, Order::NewestFirst).await, ["4"]);
}

async fn a_task_takes_its_next_job_once(database: Database) {
    workspaces(&database).await;
    put(&database, "1", "a", "blueprint", NOW).await;
    database.set_step("j1", "a", Some("awaiting_review"), Some("words"), NOW).await.unwrap();
    let task = database.task("1", "a", NOW).await.unwrap().unwrap();
    assert_eq!((task.step.as_deref(), task.draft.as_deref()), (Some("awaiting_review"), Some("words")));
    let go = async |id: &str| database.next_job(&task, &job(id, "a"), Some("render"), Some("w"), NOW).await.unwrap();
    assert!(go("k").await);
    assert!(!go("l").await, "it went on already");
    assert!(database.job("l", "a", NOW).await.unwrap().is_none(), "and no job is left over");
    assert_eq!(database.task_of("k", "a", NOW).await.unwrap().unwrap().id, "1");
}

async fn a_file_is_there_when_its_job_says_so(database: Database) {
    workspaces(&database).await;
    put(&database, "1", "a", "transcode", NOW).await;
    database.claim("w", "short", 1, NOW, FAR).await.unwrap();
    for (id, attempt) in [("lost", 0), ("kept", 1)] {
        let asset = Asset {
            id: id.into(),
            workspace: "a".into(),
            class: "output_media".into(),
            object_name: format!("{id}.mp4"),
            file_name: "talk.mp4".into(),
            content_type: "video/mp4".into(),
            bytes: 5,
            blob: format!("jobs/j1/{attempt}/{id}"),
            media: None,
            job: Some("j1".into()),
            attempt: Some(attempt),
            created_at: NOW,
            expires_at: KEEP,
        };
        database.put_asset(&asset).await.unwrap();
    }
    assert!(database.asset("kept", "a", NOW).await.unwrap().is_none(), "the job is still running");
    finish(&database, "j1", &[], NOW).await;
    let made: Vec<String> = database.assets_of("j1", "a", NOW).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(made, ["kept"], "an earlier attempt's file is not its");
    assert!(database.asset_named("kept.mp4", "a", NOW).await.unwrap().is_some());
    for (workspace, now) in [("b", NOW), ("a", KEEP)] {
        assert!(database.asset("kept", workspace, now).await.unwrap().is_none());
        assert!(database.assets(workspace, None, 10, now).await.unwrap().is_empty());
    }
}

async fn what_was_used_is_written_once_and_stays(database: Database) {
    workspaces(&database).await;
    put(&database, "1", "a", "transcode", NOW).await;
    database.claim("w", "short", 1, NOW, FAR).await.unwrap();
    let charges = [Charge { unit: "media_ms", quantity: 19_000 }];
    let bill = Bill { charges: &charges, keep: KEEP, keep_charges: FAR };
    let stale = Fence { job: "j1", attempt: 9, owner: "w" };
    assert!(!database.end(stale, Ending::Done("{}"), &bill, NOW).await.unwrap());
    assert_eq!(database.used("a", "media_ms", 0, FAR).await.unwrap(), 0, "nothing ended");
    finish(&database, "j1", &charges, NOW).await;
    assert_eq!(database.used("a", "media_ms", 0, FAR).await.unwrap(), 19_000);
    assert_eq!(database.used("b", "media_ms", 0, FAR).await.unwrap(), 0);
    assert_eq!(database.used("a", "media_ms", NOW + 1, FAR).await.unwrap(), 0);
}

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(Database::sqlite(&folder.path().join("rows.db")).await.unwrap()).await;
            })*
        }

        #[tokio::test]
        async fn postgres() {
            let Some(server) = Postgres::start() else { return };
            $(
                let database = Database::postgres(&server.database()).await.unwrap();
                $name(database.clone()).await;
                database.close().await;
            )*
        }
    };
}

on_both!(
    a_task_follows_its_job,
    lists_narrow_and_order,
    a_task_takes_its_next_job_once,
    a_file_is_there_when_its_job_says_so,
    what_was_used_is_written_once_and_stays,
);
