//! What one kind of firmware takes of what it hears: which offer, which
//! proxy, which field.

use super::{Answer, FileField, Prefers, Profile, Reason};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::options;

impl Profile {
    /// The offer whose address this firmware requests.
    pub fn choose<'a>(
        &self,
        architecture: Architecture,
        offers: &'a [Answer],
    ) -> Option<&'a Answer> {
        let mut leases = offers.iter().filter(|offer| !offer.is_proxy());
        if self.transport(architecture) == Transport::Http {
            let first = leases.clone().next();
            return leases
                .find(|offer| offer.class().starts_with(b"HTTPClient"))
                .or(first);
        }
        if self.prefers != Prefers::Proxy {
            return leases.next();
        }
        // PxeBcSelectDhcp4Offer of EDK2: whole PXE offers first, then a plain
        // one beside a proxy, then one whose boot server must be asked, then a
        // plain one with a file.
        let is_pxe = |offer: &&Answer| offer.class().starts_with(b"PXEClient");
        let has_proxy = offers
            .iter()
            .any(|offer| offer.is_proxy() && self.ignores(architecture, offer).is_none());
        let plain = leases.clone().find(|offer| !is_pxe(offer));
        leases
            .clone()
            .find(|offer| is_pxe(offer) && offer.says_use_this_file())
            .or_else(|| plain.filter(|_| has_proxy))
            .or_else(|| leases.clone().find(is_pxe))
            .or_else(|| leases.clone().find(|offer| offer.has_file()))
            .or_else(|| leases.next())
    }

    /// Why a proxy's offer is not taken.
    pub(super) fn ignores(&self, architecture: Architecture, offer: &Answer) -> Option<Reason> {
        if self.prefers == Prefers::NoProxy {
            return Some(Reason::NoAddress);
        }
        let expected = self.class(architecture);
        if !offer.class().starts_with(expected.as_bytes()) {
            return Some(Reason::VendorClass {
                expected,
                found: offer.class().to_vec(),
            });
        }
        let named = offer.message.options.get(options::SERVER_IDENTIFIER);
        (self.proxy_needs_54 && named.is_none()).then_some(Reason::NoServerIdentifier)
    }

    /// Reads the file's name out of an answer, as this firmware does.
    pub(super) fn file_of(&self, answer: &Answer) -> Vec<u8> {
        let header = || {
            if self.reads_on_behind_file {
                answer.file_read_on()
            } else {
                answer.message.file.clone()
            }
        };
        let option = || {
            if self.reads_on_behind_67 {
                answer.option_67_read_on()
            } else {
                answer.option_67().to_vec()
            }
        };
        match self.file {
            FileField::HeaderOnly => header(),
            FileField::HeaderFirst => Some(header())
                .filter(|file| !file.is_empty())
                .unwrap_or_else(option),
            FileField::OptionFirst => Some(option())
                .filter(|file| !file.is_empty())
                .unwrap_or_else(header),
        }
    }

    pub(super) fn file_field(&self, answer: &Answer) -> &'static str {
        let header_first = self.file != FileField::OptionFirst || answer.option_67().is_empty();
        if header_first && !answer.message.file.is_empty() {
            "`file`"
        } else {
            "option 67"
        }
    }
}
