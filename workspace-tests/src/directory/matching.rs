//! Which objects a filter matches.

use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapSubstringFilter};

use super::lab;
use super::store::Stored;

/// Whether `object` matches. What is undefined (RFC 4511 section 4.5.1.7)
/// matches nothing.
pub(super) fn matches(filter: &LdapFilter, object: &Stored) -> bool {
    match filter {
        LdapFilter::And(filters) => filters.iter().all(|filter| matches(filter, object)),
        LdapFilter::Or(filters) => filters.iter().any(|filter| matches(filter, object)),
        LdapFilter::Not(filter) => !matches(filter, object),
        LdapFilter::Present(name) => !object.values(name).is_empty(),
        LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => {
            equal(object, name, value)
        }
        LdapFilter::Substring(name, parts) => {
            texts(object, name).any(|text| substring(&text, parts))
        }
        LdapFilter::GreaterOrEqual(name, value) => {
            texts(object, name).any(|text| text >= value.to_lowercase())
        }
        LdapFilter::LessOrEqual(name, value) => {
            texts(object, name).any(|text| text <= value.to_lowercase())
        }
        LdapFilter::Extensible(assertion) => extensible(object, assertion),
    }
}

fn texts<'a>(object: &'a Stored, name: &str) -> impl Iterator<Item = String> + 'a {
    object
        .values(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value).to_lowercase())
}

fn equal(object: &Stored, name: &str, value: &str) -> bool {
    // A directory takes the text of a SID as well as its bytes (MS-ADTS 3.1.1.3.1.3.5).
    if name.eq_ignore_ascii_case("objectSid") && value.starts_with("S-1-") {
        let wanted = lab::sid(value);
        return object.values(name).contains(&wanted);
    }
    // The name of a class stands for the class's object (MS-ADTS 3.1.1.3.1.3.5).
    if name.eq_ignore_ascii_case("objectCategory") && !value.contains('=') {
        let start = format!("cn={},", value.to_lowercase());
        return texts(object, name).any(|text| text.starts_with(&start));
    }
    texts(object, name).any(|text| text == value.to_lowercase())
}

fn substring(text: &str, parts: &LdapSubstringFilter) -> bool {
    let lower = |part: &String| part.to_lowercase();
    let mut rest = text;
    if let Some(initial) = parts.initial.as_ref().map(lower) {
        match rest.strip_prefix(&initial) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    for part in parts.any.iter().map(lower) {
        match rest.find(&part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    parts
        .final_
        .as_ref()
        .map(lower)
        .is_none_or(|end| rest.ends_with(&end))
}

/// The bit-wise rules of MS-ADTS 3.1.1.3.4.4.
fn extensible(object: &Stored, assertion: &LdapMatchingRuleAssertion) -> bool {
    let (Some(name), Some(rule)) = (&assertion.type_, &assertion.matching_rule) else {
        return false;
    };
    let Ok(bits) = assertion.match_value.parse::<i64>() else {
        return false;
    };
    texts(object, name).any(|text| {
        text.parse::<i64>().is_ok_and(|value| match rule.as_str() {
            "1.2.840.113556.1.4.803" => value & bits == bits,
            "1.2.840.113556.1.4.804" => value & bits != 0,
            _ => false,
        })
    })
}
