//! What the job table promises, on SQLite and on Postgres alike.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use reelspan_store::{Bill, Database, Ending, Fence, NewJob};
use reelspan_testing::Postgres;

const NOW: i64 = 1_000_000;
const UNTIL: i64 = NOW + 30_000;
const FAR: i64 = NOW + 86_400_000;
const BILL: Bill<'static> = Bill { charges: &[], keep: FAR, keep_charges: FAR };
const LOST: &str = r#"{"code":"worker_lost"}"#;

fn job(id: &str, workspace: &str) -> NewJob {
    NewJob {
        id: id.into(),
        workspace: workspace.into(),
        lane: "short",
        kind: "probe",
        payload: "{}".into(),
        priority: 0,
        run_at: NOW,
        max_attempts: 3,
        dedupe_key: None,
        expires_at: FAR,
    }
}

async fn put(database: &Database, job: NewJob) -> String {
    database.enqueue(&job, NOW).await.unwrap()
}

async fn take(database: &Database, owner: &str, most: i64) -> Vec<String> {
    let jobs = database.claim(owner, "short", most, NOW, UNTIL).await.unwrap();
    jobs.into_iter().map(|job| job.id).collect()
}

async fn state(database: &Database, id: &str) -> String {
    database.job(id, "a", NOW).await.unwrap().expect("the job is there").state
}

fn fence<'a>(job: &'a str, attempt: i64, owner: &'a str) -> Fence<'a> {
    Fence { job, attempt, owner }
}

async fn a_job_runs_once_and_keeps_its_result(database: Database) {
    put(&database, job("1", "a")).await;
    assert_eq!(take(&database, "w1", 5).await, ["1"]);
    assert!(take(&database, "w2", 5).await.is_empty(), "it is taken");
    assert!(database.end(fence("1", 1, "w1"), Ending::Done("{\"blob\":\"b\"}"), &BILL, NOW + 5).await.unwrap());
    let done = database.job("1", "a", NOW).await.unwrap().unwrap();
    assert_eq!((done.state.as_str(), done.result.as_deref()), ("done", Some("{\"blob\":\"b\"}")));
    assert_eq!((done.attempt, done.ended_at, done.lease_owner), (1, Some(NOW + 5), None));
    assert!(!database.end(fence("1", 1, "w1"), Ending::Cancelled, &BILL, NOW).await.unwrap(), "it has ended");
}

async fn only_the_holder_of_the_lease_may_end_it(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w1", 1).await;
    for wrong in [fence("1", 1, "w2"), fence("1", 2, "w1"), fence("2", 1, "w1")] {
        assert!(!database.end(wrong, Ending::Done("{}"), &BILL, NOW).await.unwrap());
        assert!(!database.say(wrong, "progress", "{}", NOW).await.unwrap());
    }
    assert_eq!(state(&database, "1").await, "running");
}

async fn a_lost_job_goes_to_another_and_the_first_is_fenced_off(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w1", 1).await;
    assert_eq!(database.sweep(UNTIL, LOST).await.unwrap().again, 0, "the lease is not over yet");
    assert_eq!(database.sweep(UNTIL + 1, LOST).await.unwrap().again, 1);
    assert_eq!(take(&database, "w2", 1).await, ["1"]);
    assert!(!database.end(fence("1", 1, "w1"), Ending::Done("{}"), &BILL, NOW).await.unwrap());
    assert!(database.renew("w1", UNTIL + 99).await.unwrap().is_empty());
    assert!(database.end(fence("1", 2, "w2"), Ending::Done("{}"), &BILL, NOW).await.unwrap());
}

async fn a_renewed_lease_is_not_lost(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w1", 1).await;
    let held = database.renew("w1", UNTIL + 30_000).await.unwrap();
    assert_eq!((held[0].id.as_str(), held[0].attempt, held[0].cancel_requested), ("1", 1, 0));
    assert_eq!(database.sweep(UNTIL + 1, LOST).await.unwrap().again, 0);
}

async fn what_kills_every_worker_ends_dead(database: Database) {
    put(&database, job("1", "a")).await;
    for round in 1..=3 {
        assert_eq!(take(&database, "w", 1).await, ["1"], "round {round}");
        let swept = database.sweep(UNTIL + 1, LOST).await.unwrap();
        assert_eq!((swept.again, swept.dead), if round < 3 { (1, 0) } else { (0, 1) }, "round {round}");
    }
    assert_eq!(state(&database, "1").await, "dead");
    assert!(take(&database, "w", 1).await.is_empty());
}

async fn a_failed_try_rests_and_one_given_back_does_not_count(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w", 1).await;
    assert!(
        database.end(fence("1", 1, "w"), Ending::Again { run_at: NOW + 500, error: "{}" }, &BILL, NOW).await.unwrap()
    );
    assert_eq!(state(&database, "1").await, "waiting");
    assert!(take(&database, "w", 1).await.is_empty());
    assert_eq!(database.sweep(NOW + 499, LOST).await.unwrap().due, 0);
    assert_eq!(database.sweep(NOW + 500, LOST).await.unwrap().due, 1);
    assert_eq!(take(&database, "w", 1).await, ["1"]);
    assert!(database.end(fence("1", 2, "w"), Ending::Released { run_at: NOW }, &BILL, NOW).await.unwrap());
    assert_eq!(
        database.claim("w", "short", 1, NOW, UNTIL).await.unwrap()[0].attempt,
        2,
        "the second try was given back"
    );
}

async fn cancelling_ends_what_waits_and_asks_what_runs(database: Database) {
    put(&database, job("1", "a")).await;
    put(&database, job("2", "a")).await;
    assert!(!database.cancel("1", "b", NOW).await.unwrap(), "another workspace's job is not there");
    assert_eq!(take(&database, "w", 1).await, ["1"]);
    assert!(database.cancel("1", "a", NOW).await.unwrap());
    assert!(database.cancel("2", "a", NOW).await.unwrap());
    assert_eq!((state(&database, "1").await, state(&database, "2").await), ("running".into(), "cancelled".into()));
    assert_eq!(database.renew("w", UNTIL).await.unwrap()[0].cancel_requested, 1);
    assert!(take(&database, "w", 5).await.is_empty());
    // The worker dies before it hears of it: nobody begins it again.
    assert_eq!(database.sweep(UNTIL + 1, LOST).await.unwrap().cancelled, 1);
    assert!(!database.cancel("1", "a", NOW).await.unwrap(), "it has ended");
}

async fn a_cancel_wins_over_another_try(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w", 1).await;
    database.cancel("1", "a", NOW).await.unwrap();
    assert!(
        database.end(fence("1", 1, "w"), Ending::Again { run_at: NOW + 5, error: "{}" }, &BILL, NOW).await.unwrap()
    );
    assert_eq!(state(&database, "1").await, "cancelled");
}

async fn the_same_key_is_the_same_job_within_a_workspace(database: Database) {
    let keyed = |id, workspace| NewJob { dedupe_key: Some("k".into()), ..job(id, workspace) };
    assert_eq!(put(&database, keyed("1", "a")).await, "1");
    assert_eq!(put(&database, keyed("2", "a")).await, "1");
    assert_eq!(put(&database, keyed("3", "b")).await, "3");
    assert_eq!(take(&database, "w", 9).await.len(), 2);
}

async fn a_late_workspace_does_not_wait_behind_a_thousand_jobs_of_another(database: Database) {
    for n in 0..50 {
        put(&database, job(&format!("a{n:02}"), "a")).await;
    }
    assert_eq!(take(&database, "w", 10).await.len(), 10);
    put(&database, job("b1", "b")).await;
    put(&database, job("b2", "b")).await;
    let next = take(&database, "w", 4).await;
    assert_eq!(next, ["a10", "b1", "a11", "b2"]);
}

async fn the_urgent_go_first_within_their_lane_only(database: Database) {
    put(&database, job("calm", "a")).await;
    put(&database, NewJob { priority: 5, ..job("urgent", "a") }).await;
    put(&database, NewJob { lane: "long", priority: 9, ..job("other lane", "a") }).await;
    assert_eq!(take(&database, "w", 9).await, ["urgent", "calm"]);
}

async fn events_are_kept_in_order_and_read_from_anywhere(database: Database) {
    put(&database, job("1", "a")).await;
    take(&database, "w", 1).await;
    for n in 1..=5 {
        assert!(database.say(fence("1", 1, "w"), "progress", &format!("{n}"), NOW + n).await.unwrap());
    }
    let bodies = async |seq| {
        let events = database.events("1", "a", seq, 3, NOW).await.unwrap();
        events.into_iter().map(|event| (event.seq, event.body)).collect::<Vec<_>>()
    };
    assert_eq!(bodies(0).await, [(1, "1".into()), (2, "2".into()), (3, "3".into())]);
    assert_eq!(bodies(3).await, [(4, "4".into()), (5, "5".into())]);
    assert!(database.events("1", "b", 0, 9, NOW).await.unwrap().is_empty(), "another workspace hears nothing");
}

async fn what_is_over_is_not_seen_not_taken_and_then_gone(database: Database) {
    put(&database, NewJob { expires_at: NOW + 100, ..job("1", "a") }).await;
    assert!(database.job("1", "a", NOW + 99).await.unwrap().is_some());
    assert!(database.job("1", "a", NOW + 100).await.unwrap().is_none());
    assert!(database.claim("w", "short", 1, NOW + 100, UNTIL).await.unwrap().is_empty());
    assert_eq!(database.erase_over(10, NOW + 99).await.unwrap(), 0);
    assert_eq!(database.erase_over(10, NOW + 100).await.unwrap(), 1);
    assert!(database.job("1", "a", NOW).await.unwrap().is_none());
}

async fn racing_workers_never_take_the_same_job(database: Database) {
    for n in 0..60 {
        put(&database, job(&format!("{n:02}"), "a")).await;
    }
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let database = database.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let some = take(&database, &format!("w{worker}"), 3).await;
                if some.is_empty() {
                    return mine;
                }
                mine.extend(some);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(some) = workers.join_next().await {
        all.extend(some.unwrap());
    }
    all.sort();
    assert_eq!(all, (0..60).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}

macro_rules! contract {
    ($($case:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                let folder = tempfile::tempdir().unwrap();
                super::$case(reelspan_store::Database::sqlite(&folder.path().join("rows.db")).await.unwrap()).await;
            })*
        }

        /// One test for all: a cluster takes a second and a half to start.
        #[tokio::test]
        async fn postgres_keeps_the_same_contract() {
            let Some(postgres) = Postgres::start() else { return };
            $({
                println!("{}", stringify!($case));
                let database = Database::postgres(&postgres.database()).await.unwrap();
                $case(database.clone()).await;
                database.close().await;
            })*
        }
    };
}

contract! {
    a_job_runs_once_and_keeps_its_result,
    only_the_holder_of_the_lease_may_end_it,
    a_lost_job_goes_to_another_and_the_first_is_fenced_off,
    a_renewed_lease_is_not_lost,
    what_kills_every_worker_ends_dead,
    a_failed_try_rests_and_one_given_back_does_not_count,
    cancelling_ends_what_waits_and_asks_what_runs,
    a_cancel_wins_over_another_try,
    the_same_key_is_the_same_job_within_a_workspace,
    a_late_workspace_does_not_wait_behind_a_thousand_jobs_of_another,
    the_urgent_go_first_within_their_lane_only,
    events_are_kept_in_order_and_read_from_anywhere,
    what_is_over_is_not_seen_not_taken_and_then_gone,
    racing_workers_never_take_the_same_job,
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Database::sqlite(&folder.path().join("rows.db")).await.unwrap();
    let other = Database::postgres(&postgres.database()).await.unwrap();
    let (mut ours, mut theirs) = (sqlite.columns().await.unwrap(), other.columns().await.unwrap());
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
    assert!(ours.contains(&"job.expires_at".to_owned()));
}
