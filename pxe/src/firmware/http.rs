//! UEFI HTTP Boot: a URL in an offer that says `HTTPClient`.

use std::net::Ipv4Addr;

use super::course::{End, Follower, Heard, told};
use super::{Answer, Reason, shown};
use crate::wire::options;

impl Follower<'_> {
    pub(super) fn http(&mut self, heard: &Heard) -> Result<End, Reason> {
        let expected = self.profile.class(self.architecture);
        let mut ignored = None;
        let mut told_url = None;
        for offer in heard.offers.iter().chain(&heard.acknowledged) {
            if !offer.class().starts_with(expected.as_bytes()) {
                let reason = Reason::VendorClass {
                    expected,
                    found: offer.class().to_vec(),
                };
                if offer.has_file() {
                    self.note(format!(
                        "ignores the offer of {}: {}",
                        offer.server(),
                        told(&reason)
                    ));
                    ignored.get_or_insert(reason);
                }
                continue;
            }
            told_url = Some(offer);
            break;
        }
        let Some(offer) = told_url else {
            return Err(ignored.unwrap_or(Reason::NoBootFile));
        };
        let nobody = heard.offers.iter().all(Answer::is_proxy) && heard.acknowledged.is_none();
        if nobody && !heard.address_elsewhere {
            return Err(Reason::NoAddress);
        }
        let file = self.profile.file_of(offer);
        if file.is_empty() {
            return Err(Reason::NoBootFile);
        }
        if !is_url(&file) {
            return Err(Reason::NotAUrl { file });
        }
        let host = host_of(&file);
        let has_names = heard
            .offers
            .iter()
            .chain(&heard.acknowledged)
            .any(|answer| {
                answer
                    .message
                    .options
                    .get(options::DOMAIN_NAME_SERVERS)
                    .is_some()
            });
        let address: Option<Ipv4Addr> = host.parse().ok();
        if address.is_none() && !has_names && !host.starts_with('[') {
            return Err(Reason::NoNameServer { host });
        }
        self.note(format!(
            "asks for {} ({}): HEAD, then GET",
            shown(&file),
            self.profile.file_field(offer)
        ));
        Ok(End::Loads {
            file,
            server: address.unwrap_or(Ipv4Addr::UNSPECIFIED),
        })
    }
}

pub(super) fn is_url(file: &[u8]) -> bool {
    let lower = file.to_ascii_lowercase();
    [
        &b"http://"[..],
        b"https://",
        b"tftp://",
        b"ftp://",
        b"nfs://",
        b"iscsi:",
    ]
    .iter()
    .any(|scheme| lower.starts_with(scheme))
}

/// The host of a URL, without user and port.
fn host_of(url: &[u8]) -> String {
    let text = String::from_utf8_lossy(url);
    let rest = text.split_once("://").map_or(&*text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.starts_with('[') {
        return host.to_owned();
    }
    host.split(':').next().unwrap_or_default().to_owned()
}
