//! What the API's own document allows, sent at random by schemathesis: no answer may be a fault of ours.

use std::path::Path;
use std::process::Command;

use super::house::House;

/// Left out: streams that do not end, what ends the caller's own sign-in, bodies that are no JSON, and what answers 503 for
/// good reason since no recogniser is set up.
const LEFT_OUT: &str = "events|session|account|transcriptions|files|tus";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may run the programs that it needs")]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn nothing_that_the_document_allows_is_answered_by_a_fault() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/schemathesis");
    if !program.is_file() {
        assert!(std::env::var_os("CI").is_none(), "schemathesis is not in .venv; ./x test installs it");
        println!("SKIPPED: schemathesis is not here; ./x test installs it into .venv");
        return;
    }
    let house = House::new();
    let (server, key) = (house.serve(&[]), house.key());
    let mut run = Command::new(program);
    run.arg("run").arg(format!("http://{}/openapi.json", server.address));
    run.arg("-H").arg(format!("Authorization: Bearer {key}"));
    run.args(["--checks", "not_a_server_error", "--phases", "fuzzing", "--max-examples", "50"]);
    run.args(["--generation-database", "none", "--exclude-path-regex", LEFT_OUT]);
    let output = run.current_dir(house.data()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    server.is_ready();
}
