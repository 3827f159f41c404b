//! The tour, as a newcomer runs it.

use std::process::Command;

use workspace_tests::tour::STEPS;

#[test]
fn the_tour_shows_every_tool_and_passes() {
    let output = Command::new(env!("CARGO_BIN_EXE_tour"))
        .output()
        .expect("the tour starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert_eq!(STEPS.len(), 4);
    for step in STEPS {
        assert!(
            stdout.contains(step.title),
            "{} is missing in:\n{stdout}",
            step.title
        );
    }
}
