use super::*;

#[test]
fn a_service_principal_name_is_split_into_its_parts() {
    for (text, class, host) in [
        ("nfs/nfs01", "nfs", "nfs01"),
        ("MSSQLSvc/sql.lab.test:1433", "MSSQLSvc", "sql.lab.test"),
        ("GC/dc1.lab.test/lab.test", "GC", "dc1.lab.test"),
    ] {
        let spn = Spn::parse(text).unwrap();
        assert_eq!((spn.class(), spn.host()), (class, host));
        assert_eq!(spn.to_string(), text);
    }
}

#[test]
fn what_has_no_class_or_no_host_is_none() {
    for text in ["nfs01", "/nfs01", "nfs/", "nfs/:1", "n fs/host", ""] {
        assert_eq!(Spn::parse(text), None, "{text}");
    }
}
