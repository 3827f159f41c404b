//! Distinguished names, filters and what users call hosts: nothing escapes
//! from its place.
#![no_main]

use ad_pac::account::{DistinguishedName, dn};
use ad_pac::ldap::filter::Filter;
use ad_pac::ldap::lookup::{Lookup, Question};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(name) = DistinguishedName::parse(text) {
        assert!(name.is_within(&name));
        let _ = (name.name(), name.domain(), name.container());
    }
    let _ = Filter::parse(text);
    if let Ok(Question::Search(filter)) = Lookup::parse(text).map(|lookup| lookup.question()) {
        assert!(Filter::parse(filter.as_str()).is_ok());
    }
    if !text.is_empty() && text.len() < 1000 {
        let written = format!("CN={},OU=a,DC=b", dn::escape(text));
        let read = DistinguishedName::parse(&written).expect("an escaped value is a value");
        assert_eq!(read.name(), text);
        assert_eq!(read.container().len(), 2);
    }
});
