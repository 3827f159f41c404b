//! Headers exchanges: which binding a message's headers satisfy.

use crate::definitions::{Table, Value};

/// How a whole number compares with a fraction of the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Equal: brokers before 3.13.
    ByValue,
    /// Not equal, because the types differ: since 3.13.
    ByType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    All,
    Any,
}

/// Whether headers satisfy the arguments of a binding. `with_x` tells
/// whether the broker knows the two modes that count `x-` headers, too
/// (since 3.10); to others they are the default, `all`.
pub fn matches(arguments: &Table, headers: &Table, numbers: Numbers, with_x: bool) -> bool {
    let (mode, count_x) = match arguments.text("x-match") {
        Some("any") => (Mode::Any, false),
        Some("any-with-x") if with_x => (Mode::Any, true),
        Some("all-with-x") if with_x => (Mode::All, true),
        _ => (Mode::All, false),
    };
    let mut asked = arguments.iter().filter(|(name, _)| {
        if count_x {
            *name != "x-match"
        } else {
            !name.starts_with("x-")
        }
    });
    let satisfied = |(name, wanted): (&str, &Value)| match (wanted, headers.get(name)) {
        (_, None) => false,
        // No value asks for no more than the presence of the header.
        (Value::Null, Some(_)) => true,
        (wanted, Some(given)) => equal(wanted, given, numbers),
    };
    match mode {
        Mode::All => asked.all(satisfied),
        Mode::Any => asked.any(satisfied),
    }
}

fn equal(wanted: &Value, given: &Value, numbers: Numbers) -> bool {
    match (wanted, given) {
        (Value::Integer(whole), Value::Float(fraction))
        | (Value::Float(fraction), Value::Integer(whole)) => {
            numbers == Numbers::ByValue && *fraction == *whole as f64
        }
        (wanted, given) => wanted == given,
    }
}
