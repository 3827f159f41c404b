use super::*;

#[test]
fn each_message_of_the_library_has_its_remedy() {
    for (cause, kind, hint) in [
        (
            "Server nfs/x@R not found in Kerberos database",
            Kind::Input,
            "service principal name",
        ),
        ("Ticket expired", Kind::Peer, "kinit"),
        (
            "Cannot contact any KDC for realm 'R'",
            Kind::Peer,
            "is one up?",
        ),
        (
            "KDC has no support for encryption type",
            Kind::Peer,
            "none in common",
        ),
        ("something new", Kind::Peer, "KRB5_TRACE"),
    ] {
        let error = of_ticket("nfs/x", cause);
        assert_eq!(error.kind(), kind, "{cause}");
        assert!(
            error.hints().iter().any(|text| text.contains(hint)),
            "{cause}: {error:?}"
        );
    }
    assert!(is_of_clock("Clock skew too great"));
    assert!(!is_of_clock("Ticket expired"));
    let error = of_credentials("No Kerberos credentials available");
    assert!(error.hints()[0].contains("kinit"));
}
