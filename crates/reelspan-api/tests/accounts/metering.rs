//! What a plan allows and what is used of it.

use std::time::Duration;

use reelspan_app::metering::{self, Estimate, admit};
use reelspan_app::refusal::Kind;
use reelspan_store::{Bill, Charge, Ending, Fence, NewJob, NewTask};
use serde_json::{Value, json};

use crate::house::{House, body};

const MINUTE: i64 = 60_000;

/// Puts a task down that takes so much in.
async fn begin(house: &House, id: &str, workspace: &str, input_ms: Option<i64>) {
    let data = &house.service.data;
    let far = data.until(Duration::from_secs(86_400 * 400));
    let task = NewTask {
        id: id.into(),
        workspace: workspace.into(),
        kind: "transcode",
        surface: "api",
        request: "{}".into(),
        input_ms,
        expires_at: far,
    };
    let job = NewJob {
        id: format!("j{id}"),
        workspace: workspace.into(),
        lane: "short",
        kind: "transcode",
        payload: "{}".into(),
        priority: 0,
        run_at: data.now(),
        max_attempts: 3,
        dedupe_key: None,
        expires_at: far,
    };
    data.database.create_task(&task, &job, data.now()).await.unwrap();
}

/// Ends the job of a task, billed.
async fn end(house: &House, id: &str, billed_ms: i64) {
    let data = &house.service.data;
    let far = data.until(Duration::from_secs(86_400 * 400));
    data.database.claim("w", "short", 100, data.now(), far).await.unwrap();
    let charges = [Charge { unit: metering::MEDIA_MS, quantity: billed_ms }];
    let bill = Bill { charges: &charges, keep: far, keep_charges: far };
    let job = format!("j{id}");
    let fence = Fence { job: &job, attempt: 1, owner: "w" };
    assert!(data.database.end(fence, Ending::Done("{}"), &bill, data.now()).await.unwrap());
}

#[tokio::test]
async fn a_plan_is_used_up_and_begins_anew_with_the_month() {
    let house = House::open().await;
    let data = &house.service.data;
    data.database.put_workspace("w", "w", "free", data.now()).await.unwrap();
    let some =
        |media_ms: i64| Estimate { media_ms, public_url: Some("https://reel.example.org"), ..Estimate::default() };
    admit(data, "w", &some(100 * MINUTE)).await.unwrap();
    begin(&house, "1", "w", Some(60 * MINUTE)).await;
    let refusal = admit(data, "w", &some(41 * MINUTE)).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.code), (Kind::Quota, "quota_exceeded"), "work under way counts");
    admit(data, "w", &some(40 * MINUTE)).await.unwrap();
    let own = Estimate { job: Some("j1"), ..some(60 * MINUTE) };
    admit(data, "w", &own).await.unwrap();
    end(&house, "1", 99 * MINUTE + 59_000).await;
    admit(data, "w", &some(1000)).await.unwrap();
    begin(&house, "2", "w", None).await;
    end(&house, "2", 1000).await;
    let refusal = admit(data, "w", &Estimate { job: Some("j3"), ..some(0) }).await.unwrap_err();
    assert_eq!(refusal.extra, json!({ "upgrade_url": "https://reel.example.org/#usage", "job_id": "j3" }));
    assert_eq!(metering::usage(data, "w", data.now()).await.unwrap().remaining_ms(), Some(0));
    let next = metering::month(data.now()).1;
    house.clock.advance(Duration::from_millis(u64::try_from(next - data.now() - 1).unwrap()));
    admit(data, "w", &some(0)).await.unwrap_err();
    house.clock.advance(Duration::from_millis(1));
    admit(data, "w", &some(100 * MINUTE)).await.unwrap();
}

#[tokio::test]
async fn a_plan_takes_files_up_to_its_size() {
    let house = House::open().await;
    let data = &house.service.data;
    data.database.put_workspace("w", "w", "free", data.now()).await.unwrap();
    data.database.put_workspace("o", "o", "unlimited", data.now()).await.unwrap();
    let file = |bytes| Estimate { file_bytes: Some(bytes), ..Estimate::default() };
    admit(data, "w", &file(2_040_109_465)).await.unwrap();
    assert_eq!(admit(data, "w", &file(2_040_109_466)).await.unwrap_err().code, "file_too_large");
    admit(data, "o", &Estimate { media_ms: i64::MAX, ..file(i64::MAX) }).await.unwrap();
    assert_eq!(metering::running_limit(data, "w").await.unwrap(), Some(2));
    assert_eq!(metering::running_limit(data, "o").await.unwrap(), None);
    assert_eq!(admit(data, "gone", &file(1)).await.unwrap_err().kind, Kind::Unauthorized);
}

#[tokio::test]
async fn usage_is_told_to_whoever_asks_for_their_own() {
    let house = House::open().await;
    let key = house.key().await;
    let data = &house.service.data;
    let own = data.database.first_workspace().await.unwrap().unwrap().id;
    begin(&house, "1", &own, None).await;
    end(&house, "1", 19_000).await;
    begin(&house, "2", &own, Some(MINUTE)).await;
    let told = body(house.get("/usage").bearer_auth(&key).send().await.unwrap()).await;
    assert_eq!(told["plan"], "unlimited");
    assert_eq!(
        told["usage"],
        json!({ "billable_minutes": 0.3167, "billable_seconds": 19.0, "under_way_minutes": 1.0 })
    );
    assert_eq!(
        (&told["quota"]["billable_minutes"], &told["remaining"]["billable_minutes"]),
        (&Value::Null, &Value::Null)
    );
    assert!(told["period"]["from"].as_str().unwrap().contains("-01T00:00:00"));
    data.database.put_workspace("w", "w", "free", data.now()).await.unwrap();
    let scopes = reelspan_app::service::Scopes::Read;
    let (_, theirs) = reelspan_app::keys::create(data, &house.service.signer, "w", "x", scopes).await.unwrap();
    let told = body(house.get("/usage").bearer_auth(&theirs).send().await.unwrap()).await;
    assert_eq!(told["usage"]["billable_minutes"], 0.0);
    assert_eq!(told["quota"], json!({ "billable_minutes": 100.0, "file_bytes": 2_040_109_465_i64, "running_jobs": 2 }));
    assert_eq!(told["remaining"]["billable_minutes"], 100.0);
}
