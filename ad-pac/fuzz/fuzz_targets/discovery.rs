//! Finding servers: DNS answers and resolv.conf.
#![no_main]

use ad_pac::fuzzed::{ranked, search_domain};
use hickory_resolver::proto::op::Message;
use hickory_resolver::system_conf::parse_resolv_conf;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::from_vec(bytes) {
        let hosts = ranked(&message.answers);
        assert!(hosts.len() <= message.answers.len());
        assert!(hosts.iter().all(|host| !host.is_empty()));
    }
    if let Ok((config, _)) = parse_resolv_conf(bytes) {
        assert!(search_domain(&config).is_none_or(|name| !name.is_empty()));
    }
});
