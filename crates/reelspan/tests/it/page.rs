//! The finished page in a real browser.

use crate::support::Machine;

/// Opens a page and gives back what stands in it after its script ran.
#[expect(clippy::disallowed_methods, reason = "starts the browser")]
fn opened(machine: &Machine, page: &std::path::Path) -> Option<String> {
    let profile = format!("--user-data-dir={}", machine.path("profile").display());
    let quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];
    let output = std::process::Command::new("chromium")
        .args(quiet)
        .args(["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000"])
        .args([&profile, "--dump-dom", &format!("file://{}", page.display())])
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn the_page_shows_every_clip_and_runs_nothing_that_the_talk_says() {
    let machine = Machine::new();
    machine.talk(16);
    let attack = "1\n00:00:00,100 --> 00:00:03,000\n</script><img src=x onerror=document.title='owned'> really?\n\n\
                  2\n00:00:03,100 --> 00:00:07,000\nThis is the second and last sentence of it.\n\n";
    std::fs::write(machine.path("talk.srt"), attack).unwrap();
    machine.run(&["clips", "talk.mp4", "--out", "out", "--min", "3s", "--max", "8s", "--count", "2"]).ok();
    let Some(dom) = opened(&machine, &machine.path("out/index.html")) else {
        println!("SKIPPED: there is no chromium here; ./x test installs it");
        return;
    };
    let clips = std::fs::read_dir(machine.path("out")).unwrap().flatten();
    let videos = clips.filter(|item| item.path().extension().is_some_and(|kind| kind == "mp4")).count();
    assert!(videos > 0);
    assert_eq!(dom.matches("<article").count(), videos, "{dom}");
    assert_eq!(dom.matches("<video").count(), videos);
    assert!(!dom.contains("<img") && dom.contains("<title>Clips of talk.mp4</title>"));
}
