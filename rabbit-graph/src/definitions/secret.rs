//! What must not be shown, and how it is masked.

use std::borrow::Cow;

use super::{Table, Value};

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// A text in which the password of a URI is masked: in the authority
/// (`amqp://user:password@host`) and in the query (`?password=…`).
pub fn mask_uri(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    // A text may hold several URIs, separated by anything.
    let mut from = 0;
    while let Some(at) = masked[from..].find("://") {
        let authority = from + at + 3;
        let rest = &masked[authority..];
        // The user info ends at the last `@` of the authority; people write
        // unescaped `/`, `?` and `@` into passwords, so the authority is
        // taken as far as the next white space or URI.
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '"' || c == '\'' || c == ',')
            .unwrap_or(rest.len());
        let end = rest[..end].find("://").unwrap_or(end);
        if let Some(host) = rest[..end].rfind('@')
            && let Some(colon) = rest[..host].find(':')
        {
            let range = authority + colon + 1..authority + host;
            masked.to_mut().replace_range(range, MASK);
        }
        from = authority;
    }
    if masked.contains("://") {
        for name in ["password=", "passphrase=", "secret=", "token="] {
            let mut from = 0;
            while let Some(at) = masked[from..].find(name) {
                let start = from + at + name.len();
                let end = masked[start..]
                    .find(['&', '#', ' ', '"'])
                    .map_or(masked.len(), |at| start + at);
                masked.to_mut().replace_range(start..end, MASK);
                from = start + MASK.len();
            }
        }
    }
    if let Some(rest) = text.strip_prefix("encrypted:") {
        // A shovel URI that the broker encrypted: useless to a reader, and
        // worth something to an attacker who knows the cookie.
        debug_assert!(rest.len() < text.len());
        return Cow::Owned(format!("encrypted:{MASK}"));
    }
    masked
}

/// Whether a value of this name is a secret whatever it looks like.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "private_key",
        "private-key",
        "apikey",
        "api_key",
        "api-key",
    ]
    .iter()
    .any(|part| name.contains(part))
}

/// The value with everything masked that a name gives away as a secret, at
/// any depth. For parameters and policies, never for what decides a route.
pub fn mask_named(value: Value) -> Value {
    match value {
        Value::Table(table) => Value::Table(mask_table(table)),
        Value::List(values) => Value::List(
            values
                .into_iter()
                .map(mask_named)
                .collect::<Vec<_>>()
                .into(),
        ),
        other => other,
    }
}

/// [`mask_named`] for a whole table.
pub fn mask_table(table: Table) -> Table {
    if table.is_empty() {
        return table;
    }
    table
        .into_iter()
        .map(|(name, value)| {
            let value = if is_secret_name(&name) && !matches!(value, Value::Null) {
                Value::String(MASK.into())
            } else {
                mask_named(value)
            };
            (name, value)
        })
        .collect()
}

#[cfg(test)]
#[path = "secret/tests.rs"]
mod tests;
