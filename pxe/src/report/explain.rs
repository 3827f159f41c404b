//! What `pxe explain` prints.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::message::{fields_json, fields_with_bytes, hex, text_and_hex};
use crate::dhcp::client::uuid_text;
use crate::dhcp::responder::Destination;
use crate::dhcp::settings::Origin;
use crate::explain::{Exchange, Explained, Looked};
use crate::firmware::{Course, End, Profile, Reason, shown};
use crate::wire::options;

/// For people.
pub(crate) fn text(explained: &Explained, color: bool) -> String {
    let mut text = String::new();
    let client = &explained.client;
    let _ = write!(text, "client   {}", client.mac);
    if let Some(architecture) = client.architecture() {
        let _ = write!(text, ", {architecture} ({})", architecture.0);
    }
    if !client.vendor_class.is_empty() {
        let _ = write!(text, ", {}", shown(&client.vendor_class));
    }
    for class in &client.user_classes {
        let _ = write!(text, ", user class {}", shown(class));
    }
    text.push('\n');
    if let Some(uuid) = &client.uuid {
        let _ = writeln!(text, "uuid     {}", uuid_text(uuid));
    }
    let _ = writeln!(text, "server   {}", explained.local);
    if let Some(relay) = explained.relay {
        let _ = writeln!(text, "relay    {relay}");
    }
    for (index, looked) in explained.rules.iter().enumerate() {
        let word = if index == 0 { "rules" } else { "" };
        let _ = writeln!(text, "{word:<8} {}", rule(looked));
    }
    if !explained.rules.iter().any(|looked| looked.result.is_ok()) {
        let what = if explained.rules.is_empty() {
            "there is none"
        } else {
            "none matches, what is general applies"
        };
        let word = if explained.rules.is_empty() {
            "rules"
        } else {
            ""
        };
        let _ = writeln!(text, "{word:<8} {what}");
    }
    match &explained.file {
        Some((origin, file)) => {
            let _ = writeln!(text, "file     {file}, from {}", origin_text(*origin));
        }
        None => text.push_str("file     none\n"),
    }
    for exchange in &explained.exchanges {
        text.push('\n');
        write_exchange(&mut text, exchange);
    }
    if explained.courses.is_empty() {
        let _ = match client.boots() {
            true => writeln!(text, "so it does not boot"),
            false => writeln!(
                text,
                "it says nothing of a network boot, so no firmware is judged"
            ),
        };
        return text;
    }
    text.push('\n');
    if explained.address_elsewhere {
        text.push_str("beside a DHCP server that gives an address and nothing else:\n");
    }
    for (profile, course) in &explained.courses {
        write_course(&mut text, profile, course, color);
    }
    text
}

fn rule(looked: &Looked) -> String {
    let Looked {
        index,
        name,
        result,
    } = looked;
    match result {
        Ok(()) => format!("{index} `{name}` matches"),
        Err(why) => format!(
            "{index} `{name}` does not match: {} is `{}`, it wants `{}`",
            why.condition, why.found, why.wanted
        ),
    }
}

fn origin_text(origin: Origin) -> String {
    match origin {
        Origin::Rule => "its rule".to_owned(),
        Origin::Network(network) => format!("its network {network}"),
        Origin::General => "[boot]".to_owned(),
    }
}

fn write_exchange(text: &mut String, exchange: &Exchange) {
    let reply = match &exchange.answer {
        Ok(reply) => reply,
        Err(silence) => {
            let _ = writeln!(text, "{}: no answer: {silence}", exchange.question);
            return;
        }
    };
    let kind = reply.message.message_type();
    let kind = kind.map_or_else(String::new, |kind| format!("{kind:?}").to_ascii_uppercase());
    let _ = writeln!(
        text,
        "{}: {kind} {}, {} bytes",
        exchange.question,
        destination(&reply.to, exchange.question),
        reply.bytes.len()
    );
    text.push_str(&fields_with_bytes(&reply.message));
    for code in &exchange.left_out {
        let _ = writeln!(
            text,
            "  {code:3} {:22} left out: the client takes no longer message",
            options::name(*code)
        );
    }
}

fn destination(to: &Destination, question: &str) -> String {
    match to {
        Destination::Broadcast => "to all".to_owned(),
        Destination::Client(address) => format!("to {address}"),
        Destination::Relay(relay) => format!("to the relay {relay}"),
        Destination::Exactly(_) if question.contains("4011") => {
            "to the port it came from".to_owned()
        }
        Destination::Exactly(address) => format!("to {address}"),
    }
}

fn write_course(text: &mut String, profile: &Profile, course: &Course, color: bool) {
    let (red, green, off) = if color {
        ("\x1b[1;31m", "\x1b[1;32m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let _ = writeln!(text, "{} ({})", profile.name, profile.basis);
    for step in &course.steps {
        let _ = writeln!(text, "  {step}");
    }
    match &course.end {
        End::Loads { .. } => {
            let _ = writeln!(text, "  {green}boots{off}");
        }
        End::Stops(reason) => {
            let screen = profile
                .screen(reason)
                .map_or_else(String::new, |code| format!(" ({code} on its screen)"));
            let _ = writeln!(text, "  {red}stops:{off} {}{screen}", reason.text());
            let _ = writeln!(text, "  hint: {}", reason.hint());
        }
    }
}

/// For programs.
pub(crate) fn json(config: &str, explained: &Explained) -> Value {
    let client = &explained.client;
    let rules: Vec<Value> = explained.rules.iter().map(rule_json).collect();
    let exchanges: Vec<Value> = explained.exchanges.iter().map(exchange_json).collect();
    let courses: Vec<Value> = explained
        .courses
        .iter()
        .map(|(profile, course)| course_json(profile, course))
        .collect();
    json!({
        "config": config,
        "server": explained.local.to_string(),
        "client": {
            "mac": client.mac.to_string(),
            "uuid": client.uuid.as_ref().map(uuid_text),
            "arch": client.architecture().map(|architecture| architecture.0),
            "vendor_class": shown(&client.vendor_class),
            "user_classes": client.user_classes.iter().map(|class| shown(class)).collect::<Vec<_>>(),
            "relay": explained.relay.map(|relay| relay.to_string()),
        },
        "rules": rules,
        "file": explained.file.as_ref().map(|(origin, file)| json!({
            "text": file,
            "from": origin_text(*origin),
        })),
        "exchanges": exchanges,
        "firmware": courses,
        "ok": explained.boots(),
    })
}

fn rule_json(looked: &Looked) -> Value {
    let mismatch = looked.result.as_ref().err();
    json!({
        "index": looked.index,
        "name": looked.name,
        "matches": looked.result.is_ok(),
        "condition": mismatch.map(|why| why.condition),
        "wanted": mismatch.map(|why| &why.wanted),
        "found": mismatch.map(|why| &why.found),
    })
}

fn exchange_json(exchange: &Exchange) -> Value {
    let answer = exchange.answer.as_ref().ok().map(|reply| {
        let mut answer = fields_json(&reply.message);
        let bytes: String = hex(&reply.bytes).replace(' ', "");
        answer.insert("bytes".to_owned(), Value::from(bytes));
        answer.insert(
            "to".to_owned(),
            Value::from(destination(&reply.to, exchange.question)),
        );
        answer.insert("left_out".to_owned(), Value::from(&exchange.left_out[..]));
        Value::from(answer)
    });
    json!({
        "question": exchange.question,
        "answer": answer,
        "silence": exchange.answer.as_ref().err().map(ToString::to_string),
    })
}

fn course_json(profile: &Profile, course: &Course) -> Value {
    let reason = course.reason();
    let (file, server) = match &course.end {
        End::Loads { file, server } => (Some(text_and_hex(file)), Some(server.to_string())),
        End::Stops(_) => (None, None),
    };
    json!({
        "id": profile.id,
        "name": profile.name,
        "basis": profile.basis.to_string(),
        "steps": course.steps,
        "boots": reason.is_none(),
        "file": file,
        "server": server,
        "reason": reason.map(Reason::code),
        "screen": reason.and_then(|reason| profile.screen(reason)),
        "text": reason.map(Reason::text),
        "hint": reason.map(Reason::hint),
    })
}
