use super::super::cases::find;
use super::*;

fn seen(ended: Ended) -> Seen {
    Seen {
        stage: Stage::Judged,
        ended,
    }
}

fn status(id: &str, seen: &[Seen]) -> Status {
    let case = find(id).unwrap();
    judge(case, seen).status(case.expected)
}

#[test]
fn a_request_decides_whatever_else_happened() {
    let connections = [
        seen(Ended::Alert(48)),
        seen(Ended::Request),
        seen(Ended::Closed),
    ];
    assert_eq!(status("expired", &connections), Status::Hole);
    assert_eq!(status("good-dns", &connections), Status::Ok);
}

#[test]
fn a_completed_handshake_without_a_request_is_a_refusal() {
    assert_eq!(status("wrong-host", &[seen(Ended::Nothing)]), Status::Ok);
    assert_eq!(status("good-dns", &[seen(Ended::Nothing)]), Status::Broken);
}

#[test]
fn a_command_that_never_connects_passes_nothing() {
    assert_eq!(status("expired", &[]), Status::Unplayed);
    assert_eq!(status("good-dns", &[]), Status::Unplayed);
    assert_eq!(status("expired", &[seen(Ended::Silent)]), Status::Unplayed);
}

#[test]
fn a_request_in_the_clear_counts_against_a_bad_server_and_not_for_a_good_one() {
    assert_eq!(
        status(
            "plain-http",
            &[seen(Ended::SpokeTls), seen(Ended::PlainRequest)]
        ),
        Status::Hole
    );
    assert_eq!(
        status("good-dns", &[seen(Ended::PlainRequest)]),
        Status::Broken
    );
}

#[test]
fn a_redirect_counts_only_when_the_command_got_that_far() {
    let lead = |ended| Seen {
        stage: Stage::Lead,
        ended,
    };
    assert_eq!(status("redirect", &[lead(Ended::Request)]), Status::Ok);
    assert_eq!(
        status("redirect", &[lead(Ended::Alert(48))]),
        Status::Unplayed
    );
    assert_eq!(
        status("redirect", &[lead(Ended::Request), seen(Ended::Request)]),
        Status::Hole
    );
    assert_eq!(
        status("redirect", &[lead(Ended::Request), seen(Ended::Alert(42))]),
        Status::Ok
    );
}

#[test]
fn what_a_server_cannot_play_is_not_passed() {
    let ended = Ended::Unplayable("no common suite".to_owned());
    assert_eq!(status("tls10", &[seen(ended)]), Status::Unplayed);
}

#[test]
fn a_refusal_names_the_alert() {
    let case = find("expired").unwrap();
    assert_eq!(
        judge(case, &[seen(Ended::Alert(45))]).detail(),
        "alert certificate_expired"
    );
    assert_eq!(
        judge(case, &[seen(Ended::Alert(250))]).detail(),
        "alert 250"
    );
}
