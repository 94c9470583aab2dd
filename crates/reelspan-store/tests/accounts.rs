//! What accounts, sign-ins, links and keys promise, on SQLite and on Postgres alike.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use reelspan_store::{Account, ApiKey, Database, DatabaseError, NewJob, NewTask};
use reelspan_testing::Postgres;

const NOW: i64 = 1_000_000;
const FAR: i64 = NOW + 86_400_000;
const MINUTE: i64 = 60_000;

fn account(id: &str, email: &str, role: &str) -> Account {
    Account {
        id: id.into(),
        workspace: format!("w{id}"),
        email: email.into(),
        name: "Ada".into(),
        role: role.into(),
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn owner(database: &Database) -> Account {
    assert!(database.renew_owner_link("link", NOW, FAR).await.unwrap());
    let ada = account("a", "Ada@Example.ORG", "owner");
    database.create_owner("link", &ada, "hash", ("home", "free"), NOW).await.unwrap().unwrap()
}

fn key(id: &str, workspace: &str, expires_at: Option<i64>) -> ApiKey {
    ApiKey {
        id: id.into(),
        workspace: workspace.into(),
        name: "ci".into(),
        prefix: "rsk_abc".into(),
        scopes: "all".into(),
        created_at: NOW,
        last_used_at: None,
        revoked_at: None,
        expires_at,
    }
}

async fn the_owner_is_made_once(database: Database) {
    assert!(!database.has_accounts().await.unwrap());
    assert!(database.renew_owner_link("old", NOW, FAR).await.unwrap());
    assert!(database.renew_owner_link("new", NOW, FAR).await.unwrap());
    let home = ("home", "free");
    let (first, second) = (account("a", "a@x.org", "owner"), account("b", "b@x.org", "owner"));
    let make = async |link: &str, who: &Account, now| database.create_owner(link, who, "h", home, now).await.unwrap();
    assert!(make("old", &first, NOW).await.is_none(), "a later start made it void");
    assert!(make("new", &first, FAR).await.is_none(), "its time is over");
    assert!(!database.has_accounts().await.unwrap(), "and nothing is left of the attempts");
    assert!(database.first_workspace().await.unwrap().is_none());
    assert_eq!(make("new", &first, NOW).await.unwrap().workspace, "wa");
    assert!(make("new", &second, NOW).await.is_none(), "it works once");
    assert!(!database.renew_owner_link("more", NOW, FAR).await.unwrap(), "there is an account");
    assert!(make("more", &second, NOW).await.is_none());
    assert_eq!(database.accounts("wa").await.unwrap().len(), 1);
}

async fn many_at_once_make_one_owner_and_one_workspace(database: Database) {
    assert!(database.renew_owner_link("link", NOW, FAR).await.unwrap());
    let tries: Vec<_> = (0..20)
        .map(|number| {
            let database = database.clone();
            tokio::spawn(async move {
                let who = account(&format!("{number}"), &format!("{number}@x.org"), "owner");
                database.own_workspace(&format!("o{number}"), "local", "free", NOW).await.unwrap();
                database.create_owner("link", &who, "h", ("home", "free"), NOW).await.unwrap().is_some()
            })
        })
        .collect();
    let mut made = 0;
    for one in tries {
        made += u32::from(one.await.unwrap());
    }
    assert_eq!(made, 1);
    let workspace = database.first_workspace().await.unwrap().unwrap();
    assert_eq!(workspace.name, "local", "the owner takes over what was there before");
    assert_eq!(database.accounts(&workspace.id).await.unwrap().len(), 1);
    assert_eq!(database.own_workspace("another", "local", "free", NOW).await.unwrap(), workspace.id);
    assert!(database.workspace("another").await.unwrap().is_none());
}

async fn an_email_is_one_however_it_is_written(database: Database) {
    let ada = owner(&database).await;
    assert_eq!(ada.email, "ada@example.org");
    let found = database.account_by_email("ADA@example.org").await.unwrap().unwrap();
    assert_eq!(found, ada);
    database.put_link("invite", "invite", &ada.id, (NOW, FAR)).await.unwrap();
    let twin = database.join("invite", &account("b", "aDa@eXample.org", "member"), "h", NOW).await;
    assert!(matches!(twin, Err(DatabaseError::Taken)));
    let bob = database.join("invite", &account("b", "bob@example.org", "member"), "h", NOW).await.unwrap().unwrap();
    assert_eq!(bob.workspace, ada.workspace, "the refused attempt did not use the link up");
    assert!(database.join("invite", &account("c", "c@x.org", "member"), "h", NOW).await.unwrap().is_none());
    let taken = Account { email: "ADA@EXAMPLE.ORG".into(), ..bob.clone() };
    assert!(matches!(database.change_account(&taken, NOW).await, Err(DatabaseError::Taken)));
    let moved = Account { email: "Bob@Home.org".into(), name: "Bob".into(), ..bob.clone() };
    assert!(database.change_account(&moved, NOW + 5).await.unwrap());
    let moved = database.account(&bob.id, &bob.workspace).await.unwrap().unwrap();
    assert_eq!((moved.email.as_str(), moved.name.as_str(), moved.updated_at), ("bob@home.org", "Bob", NOW + 5));
    assert!(database.account(&bob.id, "another").await.unwrap().is_none(), "it is somebody else's");
    let astray = Account { workspace: "another".into(), ..bob };
    assert!(!database.change_account(&astray, NOW).await.unwrap());
}

async fn invitations_end(database: Database) {
    let ada = owner(&database).await;
    database.put_link("invite", "invite", &ada.id, (NOW, NOW + 10)).await.unwrap();
    assert_eq!(database.link("invite", NOW).await.unwrap().unwrap().account.as_deref(), Some(ada.id.as_str()));
    assert!(database.link("invite", NOW + 10).await.unwrap().is_none());
    let late = account("b", "b@x.org", "member");
    assert!(database.join("invite", &late, "h", NOW + 10).await.unwrap().is_none());
    assert!(database.create_owner("invite", &late, "h", ("x", "free"), NOW).await.unwrap().is_none());
    assert_eq!(database.erase_over(9, NOW + 9).await.unwrap(), 0);
    assert_eq!(database.erase_over(9, NOW + 10).await.unwrap(), 1);
}

async fn sign_ins_live_their_time(database: Database) {
    let ada = owner(&database).await;
    database.put_session("one", &ada.id, (NOW, NOW + 10), None).await.unwrap();
    let session = database.session("one", NOW).await.unwrap().unwrap();
    assert_eq!((session.account.as_str(), session.workspace.as_str(), session.role.as_str()), ("a", "wa", "owner"));
    assert!(database.session("one", NOW + 10).await.unwrap().is_none(), "its time is over");
    database.put_session("two", &ada.id, (NOW, FAR), Some("one")).await.unwrap();
    assert!(database.session("one", NOW).await.unwrap().is_none(), "two took its place");
    for id in ["three", "four"] {
        database.put_session(id, &ada.id, (NOW, FAR), None).await.unwrap();
    }
    database.end_session("four").await.unwrap();
    assert!(database.session("four", NOW).await.unwrap().is_none());
    assert!(database.session("three", NOW).await.unwrap().is_some());
    database.set_password(&ada.id, "newer", "two", NOW).await.unwrap();
    assert_eq!(database.password_of(&ada.id).await.unwrap().as_deref(), Some("newer"));
    assert!(database.session("two", NOW).await.unwrap().is_some(), "the one that changed it goes on");
    assert!(database.session("three", NOW).await.unwrap().is_none());
    database.end_sessions(&ada.id).await.unwrap();
    assert!(database.session("two", NOW).await.unwrap().is_none());
    assert_eq!(database.erase_over(9, FAR).await.unwrap(), 0, "nothing is left to erase");
}

async fn keys_are_listed_used_and_revoked(database: Database) {
    for id in ["w", "v"] {
        database.put_workspace(id, "someone's", "free", NOW).await.unwrap();
    }
    database.put_key(&key("1", "w", None), "h1").await.unwrap();
    database.put_key(&key("2", "w", Some(NOW + 10)), "h2").await.unwrap();
    database.put_key(&key("3", "v", None), "h3").await.unwrap();
    let ids: Vec<_> = database.keys("w").await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, ["2", "1"]);
    assert_eq!(database.live_keys("w", NOW).await.unwrap(), 2);
    assert_eq!(database.live_keys("w", NOW + 10).await.unwrap(), 1);
    assert!(database.key_by_hash("h2", NOW + 10).await.unwrap().is_none(), "its time is over");
    let mut used = database.key_by_hash("h1", NOW).await.unwrap().unwrap();
    for (at, noted) in [(0, 0), (MINUTE - 1, 0), (MINUTE, MINUTE), (MINUTE + 1, MINUTE), (3 * MINUTE, 3 * MINUTE)] {
        database.touch_key(&used, MINUTE, NOW + at).await.unwrap();
        // The row as it was before, as another process would have it: the statement itself must hold.
        database.touch_key(&key("1", "w", None), MINUTE, NOW + at).await.unwrap();
        used = database.key_by_hash("h1", NOW + at).await.unwrap().unwrap();
        assert_eq!(used.last_used_at, Some(NOW + noted));
    }
    assert!(!database.revoke_key("1", "v", NOW).await.unwrap(), "it is somebody else's");
    assert!(database.key_by_hash("h1", NOW).await.unwrap().is_some());
    assert!(database.revoke_key("1", "w", NOW).await.unwrap());
    assert!(!database.revoke_key("1", "w", NOW).await.unwrap());
    assert!(database.key_by_hash("h1", NOW).await.unwrap().is_none());
}

async fn work_under_way_is_counted_but_for_ones_own(database: Database) {
    for id in ["w", "v"] {
        database.put_workspace(id, "someone's", "free", NOW).await.unwrap();
    }
    for (id, workspace, input_ms) in [("1", "w", Some(5)), ("2", "w", Some(7)), ("3", "w", None), ("4", "v", Some(90))]
    {
        let task = NewTask {
            id: id.into(),
            workspace: workspace.into(),
            kind: "transcode",
            surface: "api",
            request: "{}".into(),
            input_ms,
            expires_at: FAR,
        };
        let job = NewJob {
            id: format!("j{id}"),
            workspace: workspace.into(),
            lane: "short",
            kind: "transcode",
            payload: "{}".into(),
            priority: 0,
            run_at: NOW,
            max_attempts: 3,
            dedupe_key: None,
            expires_at: FAR,
        };
        database.create_task(&task, &job, NOW).await.unwrap();
    }
    assert_eq!(database.under_way("w", "").await.unwrap(), 12);
    assert_eq!(database.under_way("w", "j2").await.unwrap(), 5);
    database.cancel("j1", "w", NOW).await.unwrap();
    assert_eq!(database.under_way("w", "").await.unwrap(), 7, "what ended is in the ledger or free");
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
    the_owner_is_made_once,
    many_at_once_make_one_owner_and_one_workspace,
    an_email_is_one_however_it_is_written,
    invitations_end,
    sign_ins_live_their_time,
    keys_are_listed_used_and_revoked,
    work_under_way_is_counted_but_for_ones_own,
);
