use super::*;

fn ran(script: &str, timeout: Duration) -> Ran {
    let child = Command::new("sh")
        .args(["-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    Ran::wait(child, timeout).unwrap()
}

#[test]
fn output_of_both_kinds_and_the_status_are_kept() {
    let ran = ran("echo out; echo err >&2; exit 3", Duration::from_secs(10));
    assert_eq!(ran.ended, CommandEnd::Exited(3));
    let text = String::from_utf8(ran.output).unwrap();
    assert!(text.contains("out") && text.contains("err"), "{text}");
}

#[test]
fn a_command_that_hangs_is_ended_with_all_it_started() {
    let begin = Instant::now();
    let ran = ran("sleep 100 & sleep 100", Duration::from_millis(100));
    assert_eq!(ran.ended, CommandEnd::TimedOut);
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn endless_output_is_read_but_not_kept() {
    let ran = ran("head -c 1000000 /dev/zero", Duration::from_secs(20));
    assert_eq!(ran.ended, CommandEnd::Exited(0));
    assert_eq!(ran.output.len(), OUTPUT_KEPT);
}

#[test]
fn placeholders_are_filled_wherever_they_stand() {
    let values = Values(vec![("{host}", "h".into()), ("{port}", "1".into())]);
    assert_eq!(values.fill(OsStr::new("--to={host}:{port}")), "--to=h:1");
    assert_eq!(values.fill(OsStr::new("{other}")), "{other}");
}

#[test]
fn a_missing_program_is_told_before_anything_runs() {
    let command = |word: &str| vec![OsString::from(word)];
    assert!(check_program(&command("sh"), Some(OsStr::new("/nowhere:/bin"))).is_ok());
    let error = check_program(&command("no-such-client"), Some(OsStr::new("/bin"))).unwrap_err();
    assert_eq!(error.kind().exit_code(), 4);
    assert_eq!(error.subject(), "no-such-client");
    assert!(check_program(&command("/bin"), None).is_err());
}
