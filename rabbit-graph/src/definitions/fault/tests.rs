use crate::definitions::read;

fn failure(text: &str) -> (String, String) {
    let error = read("f.json", text.as_bytes()).unwrap_err();
    (error.to_string(), error.hints().join("|"))
}

#[test]
fn a_trailing_comma_is_shown_with_place_and_remedy() {
    let (message, hint) = failure("{\n  \"queues\": [\n    {\"name\": \"q\"},\n  ]\n}\n");
    assert_eq!(
        message,
        "f.json:4:3: not valid JSON: a comma before the closing bracket\n  \
         4 |   ]\n    |   ^"
    );
    assert!(hint.contains("remove the comma"));
}

#[test]
fn usual_mistakes_have_their_hint() {
    for (text, cause, hint) in [
        ("{\"queues\": ${QUEUES}}", "placeholder", "envsubst"),
        ("{{\"queues\": []}}", "doubled `{`", "brace"),
        ("local x = 1; {queues: []}", "expected", "jsonnet"),
        ("{queues: []}", "key must be a string", "double quotes"),
        ("// hello\n{}", "expected", "comments"),
        ("", "empty", ""),
        ("{\"queues\": [", "ends before", "cut off"),
        ("<html>", "HTML", "/api/definitions"),
        ("{\"queues\": [{\"durable\": True}]}", "expected", "Python"),
        ("{\"queues\": []} {}", "something follows", "one file"),
        (
            "{\"queues\": [{\"durable\": \"maybe\"}]}",
            "expected true or false",
            "",
        ),
        ("[]", "expected an object with sections", ""),
    ] {
        let (message, hints) = failure(text);
        assert!(message.contains(cause), "{text}: {message}");
        assert!(hints.contains(hint), "{text}: {hints}");
    }
}

#[test]
fn an_excerpt_never_shows_a_secret() {
    for text in [
        r#"{"users": [{"name": "u", "password_hash": "planted", }]}"#,
        r#"{"users": [{"name": "u", "password": "planted" "x": 1}]}"#,
        r#"{"users": [{"name": "u", x "password": "planted"}]}"#,
        r#"{"users": [{"name": "u, "password": "planted"}]}"#,
        "{\"users\": [{\"password\": \"planted\nplanted\"}]}",
        r#"{"parameters": [{"value": {"src-uri": "amqp://u:planted@h", }}]}"#,
        "{\"parameters\": [{\"value\": {\"src-uri\": \"amqp://u:planted@h\n\"}}]}",
        r#"{"users": [{"password": planted}]}"#,
        r#"{"global_parameters": [{"value": {"password": ["planted", x]}}]}"#,
    ] {
        let (message, _) = failure(text);
        assert!(!message.contains("planted"), "{text}: {message}");
    }
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!("{{\"queues\": [{}x]}}", "{\"name\": \"q\"},".repeat(1000));
    let (message, _) = failure(&text);
    let excerpt = message.lines().nth(1).unwrap();
    assert!(excerpt.chars().count() < 100, "{excerpt}");
    let caret = message.lines().nth(2).unwrap().chars().count() - 1;
    assert_eq!(excerpt.chars().nth(caret), Some('x'));
}
