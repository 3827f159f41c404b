use super::*;

#[test]
fn the_test_names_come_before_those_of_the_system() {
    let names = ["srv.certcheck.test".to_owned(), "certcheck.test".to_owned()];
    assert_eq!(
        hosts_file(&names, "127.0.0.1 localhost\n"),
        "127.0.0.1 srv.certcheck.test\n127.0.0.1 certcheck.test\n127.0.0.1 localhost\n"
    );
}

#[test]
fn loopback_is_recognised_by_address() {
    assert!(is_loopback("127.0.0.1"));
    assert!(!is_loopback("192.0.2.1"));
    assert!(!is_loopback(""));
}
