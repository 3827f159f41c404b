//! Definitions without secrets, in an order of their own, for a repository.

use serde::de::Error as _;
use serde_json::{Map, Value as Json};

use super::{Value, fault, secret};
use crate::error::Result;

/// The same definitions without password hashes and passwords: sorted, one
/// value a line, so that two exports of the same broker are the same text.
///
/// Users keep an empty hash, with which a broker lets nobody log in.
///
/// # Errors
/// When the text is not JSON, or not an object.
pub fn clean(subject: &str, text: &[u8]) -> Result<String> {
    let body = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let explain = |error: serde_json::Error| fault::explain(subject, body, &error);
    let Value::Table(sections) = serde_json::from_slice(body).map_err(explain)? else {
        return Err(explain(serde_json::Error::custom(
            "not an object of sections",
        )));
    };
    let mut document = Map::new();
    for (name, value) in sections {
        // The arguments of a binding decide its route; a header may have any
        // name. Passwords in URIs are masked all the same.
        let value = match &*name {
            "bindings" => value,
            name if secret::is_secret_name(name) => Value::String(secret::MASK.into()),
            _ => secret::mask_named(value),
        };
        let mut value = value.to_json();
        if let Json::Array(items) = &mut value {
            for item in items.iter_mut() {
                if let (Json::Object(user), "users") = (item, &*name) {
                    user.remove("password");
                    user.insert("password_hash".to_owned(), Json::String(String::new()));
                }
            }
            items.sort_by_cached_key(|item| {
                let part = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
                let names = [
                    "vhost",
                    "component",
                    "name",
                    "user",
                    "source",
                    "destination",
                ];
                (names.map(part), item.to_string())
            });
        }
        document.insert(name.into(), value);
    }
    serde_json::to_string_pretty(&Json::Object(document))
        .map(|text| text + "\n")
        .map_err(explain)
}
