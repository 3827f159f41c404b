use super::*;

fn found(text: &str, target: Option<Version>) -> Vec<Finding> {
    let definitions = crate::definitions::read("t", text.as_bytes()).unwrap();
    check(&Topology::new(definitions), target)
}

fn has(findings: &[Finding], rule: &str, object: &str, part: &str) {
    let fits = |it: &&Finding| it.rule == rule && it.object == object && it.message.contains(part);
    assert!(
        findings.iter().any(|it| fits(&it)),
        "{rule} {object} {part} in {findings:#?}"
    );
}

/// One mistake for every rule.
const WRONG: &str = r##"{"rabbitmq_version": "3.10.8",
  "vhosts": [{"name": "/"}],
  "users": [{"name": "guest", "tags": "administrator", "password_hash": "x", "hashing_algorithm": "rabbit_password_hashing_md5"},
            {"name": "app"}, {"name": "app"}],
  "permissions": [
    {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "app", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "odd", "vhost": "/", "configure": "(", "write": "", "read": ""}],
  "parameters": [
    {"component": "shovel", "vhost": "/", "name": "s", "value": {"src-uri": "amqp://u:p@h", "src-queue": "a", "dest-uri": "amqp://", "dest-queue": "loop"}},
    {"component": "federation-upstream", "vhost": "/", "name": "f", "value": {"uri": "amqp://u:p@h"}}],
  "policies": [
    {"vhost": "/", "name": "nothing", "pattern": "^absent", "apply-to": "queues", "definition": {"max-length": 1}},
    {"vhost": "/", "name": "loser", "pattern": "^loop$", "apply-to": "queues", "definition": {"max-length": 1}, "priority": 1},
    {"vhost": "/", "name": "winner", "pattern": "^loop$", "apply-to": "queues", "definition": {"max-length": 2}, "priority": 2},
    {"vhost": "/", "name": "stream-dlx", "pattern": "^log$", "apply-to": "queues", "definition": {"dead-letter-exchange": "x"}},
    {"vhost": "/", "name": "mirror", "pattern": "^loop$", "apply-to": "queues", "definition": {"ha-mode": "all"}},
    {"vhost": "/", "name": "broken", "pattern": "(", "apply-to": "queues", "definition": {"max-length": 1}}],
  "queues": [
    {"vhost": "/", "name": "idle"}, {"vhost": "/", "name": "idle"},
    {"vhost": "/", "name": "loop", "arguments": {"x-dead-letter-exchange": "back"}},
    {"vhost": "/", "name": "lossy", "arguments": {"x-dead-letter-exchange": "absent"}},
    {"vhost": "/", "name": "log", "arguments": {"x-queue-type": "stream"}},
    {"vhost": "/", "name": "poison", "arguments": {"x-queue-type": "quorum"}},
    {"vhost": "/", "name": "gone", "durable": false}],
  "exchanges": [
    {"vhost": "/", "name": "nowhere", "type": "fanout", "durable": false},
    {"vhost": "/", "name": "back", "type": "topic", "arguments": {"alternate-exchange": "absent"}},
    {"vhost": "/", "name": "strange", "type": "x-strange"}],
  "bindings": [
    {"vhost": "/", "source": "back", "destination": "loop", "destination_type": "queue", "routing_key": "#"},
    {"vhost": "/", "source": "back", "destination": "lossy", "destination_type": "queue", "routing_key": ""},
    {"vhost": "/", "source": "back", "destination": "exclusive", "destination_type": "queue", "routing_key": "k"}]}"##;

#[test]
fn every_rule_finds_its_mistake() {
    let findings = found(WRONG, Some(Version::new(4, 3)));
    for (rule, object, part) in [
        ("unreachable-queue", "queue idle", "no binding"),
        ("dead-end-exchange", "exchange nowhere", "no way"),
        ("dangling-reference", "queue exclusive", "not defined"),
        ("dangling-reference", "user odd", "not defined"),
        ("missing-dead-letter-exchange", "queue lossy", "absent"),
        ("missing-alternate-exchange", "exchange back", "absent"),
        (
            "dead-letter-cycle",
            "queue loop",
            "queue loop -> exchange back -> queue loop",
        ),
        ("idle-policy", "policy nothing", "^absent"),
        ("shadowed-policy", "policy loser", "winner"),
        (
            "inapplicable-policy",
            "policy stream-dlx",
            "dead-letter-exchange",
        ),
        ("broken-policy-pattern", "policy broken", "compile"),
        ("removed-feature", "policy mirror", "ha-mode"),
        ("unbounded-queue", "queue idle", "bounds"),
        ("transient-queue", "queue gone", "transient"),
        ("transient-exchange", "exchange nowhere", "transient"),
        ("broad-permission", "user app", "everything"),
        ("broken-permission-pattern", "user odd", "configure"),
        ("guest-access", "user guest", "administrator"),
        ("weak-password-hash", "user guest", "MD5"),
        ("password-in-uri", "shovel s", "password"),
        ("password-in-uri", "federation upstream f", "password"),
        ("duplicate-object", "queue idle", "more than once"),
        ("duplicate-object", "user app", "more than once"),
        ("empty-topic-key", "exchange back", "empty key"),
        ("no-delivery-limit", "queue poison", "poisonous"),
        ("unknown-type", "exchange strange", "x-strange"),
        ("upgrade-note", "queue poison", "limit of 20"),
    ] {
        has(&findings, rule, object, part);
    }
    for rule in RULES {
        assert!(
            findings.iter().any(|it| it.rule == rule.id),
            "nothing found by {}",
            rule.id
        );
    }
}

#[test]
fn a_sound_topology_has_no_finding() {
    let findings = found(
        r#"{"rabbitmq_version": "4.1.0", "vhosts": [{"name": "v"}],
            "users": [{"name": "app"}],
            "permissions": [{"user": "app", "vhost": "v", "configure": "", "write": "^x$", "read": "^q$"}],
            "exchanges": [{"vhost": "v", "name": "x", "type": "topic", "durable": true}],
            "queues": [{"vhost": "v", "name": "q", "durable": true, "arguments": {"x-max-length": 9}}],
            "bindings": [{"vhost": "v", "source": "x", "destination": "q", "destination_type": "queue", "routing_key": "a.#"}]}"#,
        Some(Version::new(4, 1)),
    );
    assert_eq!(findings, []);
}

#[test]
fn rules_have_distinct_ids_and_explain_themselves() {
    let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(
            rule.link.starts_with("https://www.rabbitmq.com/docs/"),
            "{}",
            rule.id
        );
        for text in [rule.summary, rule.why, rule.fix] {
            assert!(text.len() > 10, "{}", rule.id);
        }
    }
}

#[test]
fn waivers_take_findings_away_and_stale_ones_are_findings() {
    let findings = found(WRONG, None);
    let text = waivers::write(&findings).unwrap();
    let all = waivers::read("w.toml", &text).unwrap();
    assert_eq!(waivers::apply(findings.clone(), &all).0, []);
    let stale = r#"
        [[waiver]]
        rule = "idle-policy"
        vhost = "/"
        object = "policy long-gone"
        reason = "because"
    "#;
    let (kept, waived) = waivers::apply(findings, &waivers::read("w.toml", stale).unwrap());
    assert_eq!(waived, 0);
    has(
        &kept,
        waivers::STALE,
        "policy long-gone",
        "no longer needed",
    );
}

#[test]
fn a_waiver_needs_a_rule_that_exists_and_a_reason() {
    for (text, part) in [
        (
            "[[waiver]]\nrule = \"x\"\nobject = \"o\"\nreason = \"r\"",
            "no rule `x`",
        ),
        (
            "[[waiver]]\nrule = \"idle-policy\"\nobject = \"o\"\nreason = \" \"",
            "without a reason",
        ),
        (
            "[[waiver]]\nrule = \"idle-policy\"\nobject = \"o\"",
            "reason",
        ),
        ("[[waiver]]\nwhat = 1", "w.toml:2:1"),
        ("nonsense", "w.toml:1:"),
    ] {
        let error = waivers::read("w.toml", text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
