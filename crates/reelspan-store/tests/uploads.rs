//! What the rows of uploads promise, on SQLite and on Postgres alike.
#![expect(clippy::unwrap_used, reason = "a test may stop where it likes")]

use reelspan_store::{Asset, Database, NewUpload, Piece, Upload};
use reelspan_testing::Postgres;

const NOW: i64 = 1_000_000;
const FAR: i64 = NOW + 86_400_000;

async fn put(database: &Database, id: &str, protocol: &'static str, bytes: Option<i64>) -> Upload {
    for workspace in ["a", "b"] {
        let _there_already = database.put_workspace(workspace, "someone's", "free", NOW).await;
    }
    let upload = NewUpload {
        id: id.into(),
        workspace: "a".into(),
        protocol,
        object_name: format!("{id}.mp4"),
        file_name: "talk.mp4".into(),
        content_type: "video/mp4".into(),
        declared_bytes: bytes,
        metadata: None,
        expires_at: FAR,
    };
    database.put_upload(&upload, NOW).await.unwrap();
    now(database, id).await
}

async fn now(database: &Database, id: &str) -> Upload {
    database.upload(id, "a", NOW).await.unwrap().unwrap()
}

fn asset(upload: &Upload, blob: &str) -> Asset {
    Asset {
        id: format!("asset-{blob}"),
        workspace: upload.workspace.clone(),
        class: "input_media".into(),
        object_name: upload.object_name.clone(),
        file_name: upload.file_name.clone(),
        content_type: upload.content_type.clone(),
        bytes: upload.received_bytes,
        blob: blob.into(),
        media: None,
        job: None,
        attempt: None,
        created_at: NOW,
        expires_at: FAR + 5,
    }
}

fn piece(start: i64, bytes: i64) -> Piece {
    Piece { start, bytes, blob: format!("p{start}+{bytes}") }
}

async fn an_upload_is_its_workspaces_and_in_its_time(database: Database) {
    put(&database, "1", "put", Some(5)).await;
    for (workspace, at) in [("b", NOW), ("a", FAR)] {
        assert!(database.upload("1", workspace, at).await.unwrap().is_none());
        assert!(database.upload_named("1.mp4", workspace, at).await.unwrap().is_none());
    }
    assert_eq!(database.upload_named("1.mp4", "a", NOW).await.unwrap().unwrap().id, "1");
    assert!(!database.drop_upload("1", "b").await.unwrap());
    assert!(database.uploads_over(9, FAR - 1).await.unwrap().is_empty());
    assert_eq!(database.uploads_over(9, FAR).await.unwrap().len(), 1);
    database.erase_upload("1", "a", FAR - 1).await.unwrap();
    assert!(database.upload("1", "a", NOW).await.unwrap().is_some(), "its time is not over");
    database.erase_upload("1", "a", FAR).await.unwrap();
    assert!(database.upload("1", "a", NOW).await.unwrap().is_none());
}

async fn of_two_that_arrive_the_later_stays_and_confirms_once(database: Database) {
    let open = put(&database, "1", "put", Some(5)).await;
    assert!(database.receive_upload(&open, "first", 5, NOW).await.unwrap());
    assert!(!database.receive_upload(&open, "second", 5, NOW).await.unwrap(), "it saw another state");
    let received = now(&database, "1").await;
    assert!(database.receive_upload(&received, "second", 6, NOW).await.unwrap());
    assert!(
        !database.confirm_upload(&received, &asset(&received, "first"), NOW).await.unwrap(),
        "other bytes are there"
    );
    let received = now(&database, "1").await;
    assert_eq!((received.state.as_str(), received.received_bytes), ("received", 6));
    assert!(database.confirm_upload(&received, &asset(&received, "second"), NOW).await.unwrap());
    assert!(!database.confirm_upload(&received, &asset(&received, "second"), NOW).await.unwrap(), "it is confirmed");
    let confirmed = now(&database, "1").await;
    assert_eq!((confirmed.asset.as_deref(), confirmed.expires_at), (Some("asset-second"), FAR + 5));
    assert!(database.asset("asset-second", "a", NOW).await.unwrap().is_some());
    assert!(!database.receive_upload(&confirmed, "third", 5, NOW).await.unwrap());
    assert!(!database.drop_upload("1", "a").await.unwrap(), "it goes as an asset");
    assert_eq!(database.assets_over(9, FAR + 5).await.unwrap().len(), 1);
    assert!(database.assets_over(9, FAR + 4).await.unwrap().is_empty());
}

async fn pieces_follow_on_one_another(database: Database) {
    put(&database, "1", "tus", None).await;
    let add = async |piece: Piece| database.add_piece("1", "a", &piece, NOW).await.unwrap();
    assert!(add(piece(0, 4)).await);
    assert!(!add(piece(0, 9)).await, "another was there first");
    assert!(!add(piece(5, 1)).await, "there would be a gap");
    assert!(!database.add_piece("1", "b", &piece(4, 1), NOW).await.unwrap());
    assert!(!database.add_piece("1", "a", &piece(4, 1), FAR).await.unwrap(), "its time is over");
    assert!(!database.declare_length("1", "a", 3, NOW).await.unwrap(), "more is there");
    assert!(database.declare_length("1", "a", 6, NOW).await.unwrap());
    assert!(!database.declare_length("1", "a", 7, NOW).await.unwrap(), "it is said already");
    assert!(!database.join_pieces("1", "a", "whole", NOW).await.unwrap(), "some is missing");
    assert!(add(piece(4, 2)).await);
    let pieces = database.pieces("1", "a").await.unwrap();
    assert_eq!(pieces, [piece(0, 4), piece(4, 2)]);
    assert!(database.pieces("1", "b").await.unwrap().is_empty());
    assert!(database.join_pieces("1", "a", "whole", NOW).await.unwrap());
    assert!(!database.join_pieces("1", "a", "other", NOW).await.unwrap());
    assert!(database.pieces("1", "a").await.unwrap().is_empty());
    assert_eq!(now(&database, "1").await.blob.as_deref(), Some("whole"));
    assert!(!add(piece(6, 1)).await, "nothing comes after the end");
}

async fn blobs_are_known_by_the_rows_that_name_them(database: Database) {
    let open = put(&database, "1", "put", Some(5)).await;
    database.receive_upload(&open, "of-upload", 5, NOW).await.unwrap();
    put(&database, "2", "tus", Some(9)).await;
    database.add_piece("2", "a", &piece(0, 4), NOW).await.unwrap();
    let of_asset = asset(&open, "of-asset");
    database.put_asset(&Asset { object_name: "x".into(), ..of_asset }).await.unwrap();
    let keys: Vec<String> =
        ["of-upload", "p0+4", "of-asset", "nobody's", "it's \"odd\""].into_iter().map(str::to_owned).collect();
    let mut unnamed = database.unnamed_blobs(&keys).await.unwrap();
    unnamed.sort();
    assert_eq!(unnamed, ["it's \"odd\"", "nobody's"]);
    assert!(database.unnamed_blobs(&[]).await.unwrap().is_empty());
    assert!(database.drop_upload("2", "a").await.unwrap());
    assert_eq!(database.unnamed_blobs(&["p0+4".into()]).await.unwrap().len(), 1, "its pieces went with it");
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
    an_upload_is_its_workspaces_and_in_its_time,
    of_two_that_arrive_the_later_stays_and_confirms_once,
    pieces_follow_on_one_another,
    blobs_are_known_by_the_rows_that_name_them,
);
