//! What a server says about others that know more: URLs (RFC 4516) in
//! referrals and continuation references (RFC 4511 sections 4.1.10, 4.5.3).

use crate::account::DistinguishedName;

/// The longest URL that is looked at.
const LONGEST: usize = 4096;

/// The `host` or `host:port` of a URL.
pub fn server(url: &str) -> Option<&str> {
    let (server, _) = split(url)?;
    (!server.is_empty()).then_some(server)
}

/// The domains below this one that a search did not go into, from the
/// continuation references that came with its answer. The other parts that
/// every domain has (configuration, DNS zones) hold no accounts.
pub fn domains_below(urls: &[String]) -> Vec<String> {
    let mut domains: Vec<String> = urls
        .iter()
        .filter_map(|url| {
            let (_, rest) = split(url)?;
            let name = rest.split('?').next().unwrap_or_default();
            let name = DistinguishedName::parse(&decoded(name)?).ok()?;
            let domain = name.domain();
            let first = name.as_str().get(..3)?;
            let zones = ["domaindnszones.", "forestdnszones."]
                .iter()
                .any(|zone| domain.to_lowercase().starts_with(zone));
            (first.eq_ignore_ascii_case("DC=") && !zones).then_some(domain)
        })
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

/// What lies between `ldap://` and the next slash, and what follows that.
fn split(url: &str) -> Option<(&str, &str)> {
    if url.len() > LONGEST || url.contains(char::is_control) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let known = ["ldap", "ldaps"]
        .iter()
        .any(|name| scheme.eq_ignore_ascii_case(name));
    known.then(|| rest.split_once('/').unwrap_or((rest, "")))
}

/// Percent signs resolved (RFC 3986 section 2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_names_a_server() {
        for (url, expected) in [
            ("ldap://dc1.lab.test/DC=lab,DC=test", Some("dc1.lab.test")),
            ("LDAPS://dc1.lab.test:636", Some("dc1.lab.test:636")),
            ("ldap://[2001:db8::1]:389/x??sub", Some("[2001:db8::1]:389")),
            ("ldap:///DC=lab", None),
            ("http://dc1.lab.test/", None),
            ("dc1.lab.test", None),
            ("ldap://a\nb/", None),
        ] {
            assert_eq!(server(url), expected, "{url}");
        }
    }

    #[test]
    fn domains_below_are_told_from_what_every_domain_has() {
        let urls = [
            "ldap://lab.test/CN=Configuration,DC=lab,DC=test",
            "ldap://DomainDnsZones.lab.test/DC=DomainDnsZones,DC=lab,DC=test",
            "ldap://ForestDnsZones.lab.test/DC=ForestDnsZones,DC=lab,DC=test",
            "ldap://child.lab.test/DC=child,DC=lab,DC=test??sub",
            "ldap://child.lab.test/DC%3Dchild%2CDC%3Dlab%2CDC%3Dtest",
            "ldap://child.lab.test/DC=%zz",
        ]
        .map(str::to_owned);
        assert_eq!(domains_below(&urls), ["child.lab.test"]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_url_or_not(text in ".{0,80}", rest in "[%a-zA-Z0-9=,./?:\\[\\]-]{0,60}") {
            for url in [text, format!("ldap://{rest}")] {
                let _ = (server(&url), domains_below(std::slice::from_ref(&url)));
            }
        }
    }
}
