//! The same with Postgres and two workers beside a server that does no work itself.

use std::time::Duration;

use super::crash::{Asked, Dice, all_end, as_promised, tidied};
use super::house::{House, quick};
use super::rows::Rows;

/// How many jobs one worker has in hand at once.
const SLOTS: i64 = 2;

fn kills(kills: usize, seed: u64) {
    let Some(postgres) = reelspan_testing::Postgres::start() else { return };
    let house = House::on(postgres.database());
    let (clip, key) = (house.clip(), house.key());
    let (mut dice, mut asked) = (Dice(seed), Asked::default());
    let mut server = house.serve(&["--no-work"]);
    let client = server.client(&key);
    let handle = client.upload("first.mp4", &clip);
    let mut workers = [house.worker(&[]), house.worker(&[])];
    for round in 0..kills {
        asked.tasks.push(client.transcode(&quick(&handle)));
        std::thread::sleep(Duration::from_millis(dice.below(700)));
        let fresh = house.worker(&[]);
        std::mem::replace(&mut workers[round % 2], fresh).kill();
    }
    all_end(&client);
    assert!(server.runs(), "the server ended with a worker");
    let rows = Rows::postgres(house.database.as_ref().unwrap());
    let mut lost = 0;
    for job in &rows.jobs {
        match job.state.as_str() {
            "done" => lost += job.attempt - 1,
            "dead" => lost += job.attempt,
            _ => panic!("{job:?}"),
        }
        assert!(job.state == "done" || job.attempt == 3 && job.error.contains("worker_lost"), "{job:?}");
    }
    assert!((1..=kills as i64 * SLOTS).contains(&lost), "{kills} kills cost {lost} attempts");
    assert_eq!(asked.tasks.len(), rows.jobs.len(), "nobody else asked");
    as_promised(&client, &asked, &rows);
    for worker in workers {
        worker.tell("-TERM");
        assert_eq!(worker.ends(60).code(), Some(0));
    }
    house.nothing_works(5);
    tidied(&house);
}

#[test]
fn workers_killed_at_any_moment_lose_nothing() {
    kills(14, 0xbeef);
}

#[test]
#[ignore = "some minutes; ./x lab runs it"]
fn a_hundred_killed_workers_lose_nothing() {
    kills(110, 0xf00d);
}
