//! Where an answer redirects to.
#![no_main]

use certcheck::check::redirect::next_hop;
use certcheck::outcome::Answer;
use certcheck::target::{Options, Target};

libfuzzer_sys::fuzz_target!(|location: &str| {
    let mut options = Options::default();
    options.set("name", "b.example").expect("a name");
    let from = Target::parse("https://a.example/x?y", options).expect("a target");
    let answer = Answer {
        status: 302,
        location: Some(location.to_owned()),
    };
    if let Ok(Some(next)) = next_hop(&from, Some(&answer)) {
        // What was expected of one site is not expected of another.
        let same = next.host == from.host && next.port == from.port;
        assert_eq!(next.options.name.is_some(), same);
        assert!(!next.path.contains(char::is_control));
    }
});
