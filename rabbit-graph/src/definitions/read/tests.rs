use super::*;
use crate::definitions::{Value, clean};

fn read_text(text: &str) -> Definitions<'_> {
    match read("test.json", text.as_bytes()) {
        Ok(definitions) => definitions,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn old_and_new_forms_of_tags_and_limits_are_read() {
    let found = read_text(
        r#"{"users": [
            {"name": "a", "tags": "monitoring, administrator", "limits": []},
            {"name": "b", "tags": ["x"], "limits": {"max-channels": 5}},
            {"name": "c", "tags": "", "password_hash": "aGFzaA=="}
        ]}"#,
    );
    assert_eq!(found.users[0].tags, ["administrator", "monitoring"]);
    assert!(found.users[0].limits.is_empty());
    assert_eq!(found.users[1].limits.integer("max-channels"), Some(5));
    assert!(found.users[2].tags.is_empty());
    assert!(found.users[2].has_password && !found.users[1].has_password);
}

#[test]
fn a_byte_order_mark_null_sections_and_repeated_keys_are_tolerated() {
    let found = read_text(
        "\u{feff}{\"queues\": [{\"name\": \"old\", \"name\": \"new\", \"durable\": null, \
         \"arguments\": null, \"future\": {\"x\": [1]}}], \"bindings\": null, \"exchanges\": {}}",
    );
    assert_eq!(&*found.queues[0].name, "new");
    assert_eq!(found.queues[0].durable, None);
    assert!(found.bindings.is_empty() && found.exchanges.is_empty());
}

#[test]
fn arguments_keep_their_types() {
    let found = read_text(
        r#"{"bindings": [{"source": "x", "destination": "q", "destination_type": "queue",
            "arguments": {"i": 1, "f": 1.0, "s": "1", "b": true, "n": null,
                          "l": [1, "a"], "t": {"z": 1, "a": 2}}}]}"#,
    );
    let arguments = &found.bindings[0].arguments;
    assert_eq!(arguments.get("i"), Some(&Value::Integer(1)));
    assert_eq!(arguments.get("f"), Some(&Value::Float(1.0)));
    assert_eq!(arguments.get("s"), Some(&Value::String("1".into())));
    assert_eq!(arguments.get("b"), Some(&Value::Bool(true)));
    assert_eq!(arguments.get("n"), Some(&Value::Null));
    assert_eq!(arguments.get("t").unwrap().to_string(), "{a: 2, z: 1}");
}

#[test]
fn a_single_virtual_host_export_gives_its_own_properties() {
    let found = read_text(
        r#"{"rabbitmq_definition_format": "single_virtual_host",
            "original_vhost_name": "shop", "default_queue_type": "quorum",
            "queues": [{"name": "q"}]}"#,
    );
    assert_eq!(found.format, Format::SingleVirtualHost);
    assert_eq!(&*found.vhosts[0].name, "shop");
    assert_eq!(
        found.vhosts[0].default_queue_type.as_deref(),
        Some("quorum")
    );
}

#[test]
fn names_borrow_from_the_input() {
    let text = r#"{"queues": [{"name": "plain"}, {"name": "esc\u0061ped"}]}"#;
    let found = read_text(text);
    assert!(matches!(found.queues[0].name.0, Cow::Borrowed(_)));
    assert_eq!(&*found.queues[1].name, "escaped");
}

#[test]
fn foreign_json_is_refused_with_a_hint() {
    let error = read(
        "x.json",
        br#"{"error": "not_authorised", "reason": "Login failed"}"#,
    )
    .unwrap_err();
    assert!(error.to_string().contains("no definitions"), "{error}");
    assert!(error.hints()[0].contains("user and URL"));
    let error = read("x.json", b"{}").unwrap_err();
    assert!(error.to_string().contains("empty"), "{error}");
}

#[test]
fn an_export_nested_beyond_all_sense_is_refused_with_its_place() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 1_000_000;
        let text = format!(
            r#"{{"queues":[{{"name":"q","vhost":"/","arguments":{{"a":{}1{}}}}}]}}"#,
            open.repeat(depth),
            close.repeat(depth)
        );
        for error in [
            read("deep.json", text.as_bytes()).unwrap_err(),
            clean("deep.json", text.as_bytes()).unwrap_err(),
        ] {
            assert!(error.subject().starts_with("deep.json:1:"), "{error}");
            assert!(error.to_string().len() < 500, "{error}");
        }
    }
}

#[test]
fn no_password_gets_past_the_reader() {
    let found = read_text(
        r#"{"users": [{"name": "u", "password": "planted", "password_hash": "planted"}],
            "parameters": [{"component": "shovel", "name": "s", "vhost": "/", "value": {
                "src-uri": "amqp://u:planted@h/v", "dest-uri": ["amqps://x:planted@h"],
                "extra": {"api_key": "planted", "list": [{"token": "planted"}]}}}],
            "queues": [{"name": "q", "arguments": {"x-uri": "amqp://u:planted@h"}}],
            "policies": [{"name": "p", "definition": {"secret": "planted"}}],
            "global_parameters": [{"name": "g", "value": {"password": ["planted"]}}],
            "bindings": [{"arguments": {"uri": "amqp://u:planted@h"}}]}"#,
    );
    assert!(!format!("{found:?}").contains("planted"), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let _ = read("x", &bytes);
    }

    #[test]
    fn no_damaged_export_makes_it_panic(at in 0_usize..400, byte in proptest::prelude::any::<u8>()) {
        let mut text = br#"{"rabbit_version":"3.10.8","users":[{"name":"u","tags":["a"],"limits":{}}],
            "queues":[{"name":"q","vhost":"/","durable":true,"arguments":{"x-message-ttl":5}}],
            "policies":[{"vhost":"/","name":"p","pattern":".*","definition":{"max-length":1},"priority":0}],
            "bindings":[{"source":"x","vhost":"/","destination":"q","destination_type":"queue","routing_key":"k"}]}"#.to_vec();
        let at = at % text.len();
        text[at] = byte;
        let _ = read("x", &text);
    }
}
