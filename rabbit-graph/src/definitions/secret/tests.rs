use super::*;

#[test]
fn passwords_in_uris_are_masked_and_nothing_else() {
    for (text, masked) in [
        (
            "amqp://user:secret@host:5672/v",
            "amqp://user:***@host:5672/v",
        ),
        ("amqp://user:s/e?c@r@host", "amqp://user:***@host"),
        (
            "amqps://h?password=x&verify=none",
            "amqps://h?password=***&verify=none",
        ),
        ("a://u:p@h b://v:q@i", "a://u:***@h b://v:***@i"),
        ("amqp://user@host", "amqp://user@host"),
        ("amqp://host:5672", "amqp://host:5672"),
        ("orders.created", "orders.created"),
        ("password=x", "password=x"),
        ("encrypted:abc", "encrypted:***"),
        ("://:@", "://:***@"),
        ("", ""),
    ] {
        assert_eq!(mask_uri(text), masked);
        assert_eq!(mask_uri(masked), masked, "masking twice changes nothing");
    }
}

proptest::proptest! {
    #[test]
    fn any_password_is_masked(password in "[ -~&&[^ \"',]]{1,20}") {
        proptest::prop_assume!(!password.contains("://"));
        let uri = format!("amqp://user:{password}@host/v");
        proptest::prop_assert_eq!(mask_uri(&uri).into_owned(), "amqp://user:***@host/v");
    }

    #[test]
    fn any_text_is_survived(text in ".*") {
        let _ = mask_uri(&text);
    }
}
