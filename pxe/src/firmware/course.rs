//! The course a boot takes: which offer is taken, whether port 4011 is asked,
//! which file is loaded from where, or why it stops.

use std::net::Ipv4Addr;

use super::{Answer, BootServer, FileField, Prefers, Profile, Reason, path, shown};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::MessageType;
use crate::wire::options;

/// What a machine has heard.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Every OFFER, in the order they came.
    pub offers: Vec<Answer>,
    /// The answer to its REQUEST.
    pub acknowledged: Option<Answer>,
    /// The answer from port 4011.
    pub boot_server: Option<Answer>,
    /// Somebody who is not heard here gives it an address and nothing else:
    /// only a proxy was asked.
    pub address_elsewhere: bool,
}

/// Where a boot leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It asks for this file.
    Loads {
        /// The path or URL, as it is asked for.
        file: Vec<u8>,
        /// The server, where the file is not a URL.
        server: Ipv4Addr,
    },
    /// It stops.
    Stops(Reason),
}

/// What firmware does with what it heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// What it does, step by step, each with its reason.
    pub steps: Vec<String>,
    /// Where that leads.
    pub end: End,
    /// The boot server it asks at port 4011.
    pub asks: Option<Ipv4Addr>,
}

impl Course {
    /// Why it stops, if it does.
    pub fn reason(&self) -> Option<&Reason> {
        match &self.end {
            End::Stops(reason) => Some(reason),
            End::Loads { .. } => None,
        }
    }
}

impl Profile {
    /// What this firmware, on a machine of this architecture, does.
    pub fn follow(&self, architecture: Architecture, heard: &Heard) -> Course {
        let mut follower = Follower {
            profile: self,
            architecture,
            steps: Vec::new(),
            asks: None,
        };
        let end = match follower.boot(heard) {
            Ok(end) => end,
            Err(reason) => End::Stops(reason),
        };
        Course {
            steps: follower.steps,
            end,
            asks: follower.asks,
        }
    }

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
    fn ignores(&self, architecture: Architecture, offer: &Answer) -> Option<Reason> {
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
    fn file_of(&self, answer: &Answer) -> Vec<u8> {
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

    fn file_field(&self, answer: &Answer) -> &'static str {
        let header_first = self.file != FileField::OptionFirst || answer.option_67().is_empty();
        if header_first && !answer.message.file.is_empty() {
            "`file`"
        } else {
            "option 67"
        }
    }
}

struct Follower<'a> {
    profile: &'a Profile,
    architecture: Architecture,
    steps: Vec<String>,
    asks: Option<Ipv4Addr>,
}

impl Follower<'_> {
    fn note(&mut self, step: String) {
        self.steps.push(step);
    }

    fn boot(&mut self, heard: &Heard) -> Result<End, Reason> {
        if heard.offers.is_empty() && heard.acknowledged.is_none() {
            return Err(Reason::NoOffer);
        }
        if self.profile.transport(self.architecture) == Transport::Http {
            return self.http(heard);
        }
        let mut ignored = None;
        let mut proxies = Vec::new();
        for offer in heard.offers.iter().filter(|offer| offer.is_proxy()) {
            match self.profile.ignores(self.architecture, offer) {
                None => proxies.push(offer),
                Some(reason) => {
                    self.note(format!(
                        "ignores the offer of {}: {}",
                        offer.server(),
                        told(&reason)
                    ));
                    ignored.get_or_insert(reason);
                }
            }
        }
        let lease = self.lease(heard)?;
        if self.profile.boot_server == BootServer::Always {
            let with_file = [lease, heard.acknowledged.as_ref()];
            let at = with_file
                .into_iter()
                .flatten()
                .chain(proxies.iter().copied())
                .find(|answer| answer.has_file())
                .map_or(Ipv4Addr::UNSPECIFIED, Answer::boot_server);
            let answer = self.ask(heard, at, "it always does")?;
            return self.load(answer);
        }
        match self.profile.prefers {
            Prefers::Proxy => self.proxy_first(heard, lease, &proxies, ignored),
            Prefers::DhcpServer | Prefers::NoProxy => {
                self.dhcp_first(heard, lease, &proxies, ignored)
            }
        }
    }

    /// The address: chosen, and acknowledged as far as is known.
    fn lease<'h>(&mut self, heard: &'h Heard) -> Result<Option<&'h Answer>, Reason> {
        let offers: Vec<&Answer> = heard.offers.iter().filter(|o| !o.is_proxy()).collect();
        if offers.is_empty() {
            // A capture that begins late has the ACK alone.
            if heard.address_elsewhere && heard.acknowledged.is_none() {
                self.note("takes an address of the DHCP server that was not asked".to_owned());
                return Ok(None);
            }
            return heard
                .acknowledged
                .as_ref()
                .map(|_| None)
                .ok_or(Reason::NoAddress);
        }
        let chosen = self.profile.choose(self.architecture, &heard.offers);
        if let Some(chosen) = chosen {
            let beside = match offers.len() {
                1 => String::new(),
                more => format!(", one of {more} offers of an address"),
            };
            self.note(format!(
                "takes the address {} of {}{beside}",
                chosen.message.yiaddr,
                chosen.server()
            ));
        }
        Ok(chosen)
    }

    /// The ACK; none where the address comes from elsewhere.
    fn acknowledged<'h>(&self, heard: &'h Heard) -> Result<Option<&'h Answer>, Reason> {
        match &heard.acknowledged {
            Some(answer) if answer.message.message_type() == Some(MessageType::Nak) => {
                Err(Reason::Refused {
                    server: answer.server(),
                })
            }
            Some(answer) => Ok(Some(answer)),
            None if heard.address_elsewhere => Ok(None),
            None => Err(Reason::NoAck),
        }
    }

    /// The DHCP server's file wins; it is read from the ACK. A proxy is for
    /// want of one.
    fn dhcp_first(
        &mut self,
        heard: &Heard,
        lease: Option<&Answer>,
        proxies: &[&Answer],
        ignored: Option<Reason>,
    ) -> Result<End, Reason> {
        let answer = self.acknowledged(heard)?;
        if let Some(answer) = answer {
            if answer.has_menu() && !answer.says_use_this_file() {
                let answer = self.ask(heard, answer.boot_server(), "option 43 is a boot menu")?;
                return self.load(answer);
            }
            if !self.profile.file_of(answer).is_empty() {
                return self.load(answer);
            }
        }
        for proxy in proxies {
            let has_file = !self.profile.file_of(proxy).is_empty();
            if self.profile.boot_server == BootServer::Never && !has_file {
                continue;
            }
            if has_file && (proxy.says_use_this_file() || !proxy.has_menu()) {
                self.note(format!(
                    "takes the boot file of the proxy {}",
                    proxy.server()
                ));
                return self.load(proxy);
            }
            let why = if has_file || proxy.has_menu() {
                "option 43 of the proxy's offer is a boot menu"
            } else {
                "the proxy's offer has no boot file"
            };
            let answer = self.ask(heard, proxy.boot_server(), why)?;
            return self.load(answer);
        }
        if let Some(reason) = ignored.filter(|reason| *reason != Reason::NoAddress) {
            return Err(reason);
        }
        if self.profile.file == FileField::HeaderOnly && answer.is_some_and(Answer::has_file) {
            self.note("reads `file` alone, and the path is in option 67".to_owned());
        }
        Err(self.without_file(heard, lease))
    }

    /// Why there is no file where it is looked for.
    fn without_file(&self, heard: &Heard, lease: Option<&Answer>) -> Reason {
        if lease.is_some_and(|offer| !self.profile.file_of(offer).is_empty()) {
            return Reason::AckWithoutFile;
        }
        let other = heard
            .offers
            .iter()
            .find(|offer| !offer.is_proxy() && !self.profile.file_of(offer).is_empty());
        match (lease, other) {
            (Some(lease), Some(other)) => Reason::WrongServer {
                taken: lease.server(),
                other: other.server(),
            },
            _ => Reason::NoBootFile,
        }
    }

    /// A proxy's file wins. Offers decide; without a file in one of them the
    /// search goes on.
    fn proxy_first(
        &mut self,
        heard: &Heard,
        lease: Option<&Answer>,
        proxies: &[&Answer],
        ignored: Option<Reason>,
    ) -> Result<End, Reason> {
        let lease_is_pxe = lease.is_some_and(|lease| lease.class().starts_with(b"PXEClient"));
        let asks = self.profile.boot_server == BootServer::UnlessToldNotTo;
        if !lease_is_pxe && let Some(proxy) = proxies.first() {
            self.acknowledged(heard)?;
            if proxy.says_use_this_file() && proxy.has_file() || !asks {
                self.note(format!(
                    "takes the boot file of the proxy {} and does not ask port 4011: \
                     option 43 says so",
                    proxy.server()
                ));
                return self.load(proxy);
            }
            let why = "the proxy's offer has option 60 and no 06 01 08 in option 43";
            let answer = self.ask(heard, proxy.boot_server(), why)?;
            return self.load(answer);
        }
        let Some(lease) = lease else {
            let answer = self.acknowledged(heard)?;
            let none = ignored.unwrap_or(Reason::NoBootFile);
            return answer.map_or(Err(none), |answer| self.load(answer));
        };
        if asks && lease_is_pxe && !lease.says_use_this_file() {
            self.acknowledged(heard)?;
            let why = "the DHCP server's offer has option 60 and no 06 01 08 in option 43";
            let answer = self.ask(heard, lease.boot_server(), why)?;
            return self.load(answer);
        }
        if self.profile.wants_file_in_offer && self.profile.file_of(lease).is_empty() {
            let in_ack = heard.acknowledged.as_ref().is_some_and(Answer::has_file);
            self.note("goes on looking for an offer with a boot file".to_owned());
            return Err(match ignored {
                Some(reason) => reason,
                None if in_ack => Reason::OnlyInAck,
                None => Reason::NoBootFile,
            });
        }
        let answer = self.acknowledged(heard)?.unwrap_or(lease);
        if self.profile.file_of(answer).is_empty() {
            if self.profile.file == FileField::HeaderOnly && answer.has_file() {
                self.note("reads `file` alone, and the path is in option 67".to_owned());
                return Err(Reason::NoBootFile);
            }
            return Err(self.without_file(heard, Some(lease)));
        }
        self.load(answer)
    }

    fn ask<'h>(
        &mut self,
        heard: &'h Heard,
        server: Ipv4Addr,
        why: &'static str,
    ) -> Result<&'h Answer, Reason> {
        self.asks = Some(server);
        match &heard.boot_server {
            Some(answer) => {
                self.note(format!("asks port 4011 of {server}, because {why}"));
                Ok(answer)
            }
            None => Err(Reason::BootServerSilent { server, why }),
        }
    }

    fn load(&mut self, answer: &Answer) -> Result<End, Reason> {
        let file = self.profile.file_of(answer);
        if file.is_empty() {
            return Err(Reason::NoBootFile);
        }
        let field = self.profile.file_field(answer);
        let bad = path::check(&file);
        if bad.is_ok() && self.profile.ipxe && is_url(&file) {
            self.note(format!("loads {} ({field})", shown(&file)));
            return Ok(End::Loads {
                file,
                server: Ipv4Addr::UNSPECIFIED,
            });
        }
        let mut server = answer.message.siaddr;
        let mut named = "siaddr";
        if server.is_unspecified() {
            if !self.profile.falls_back_to_54 {
                return Err(Reason::NoNextServer);
            }
            server = answer.server();
            named = "option 54, since siaddr is 0";
        }
        bad?;
        self.note(format!(
            "asks {server} ({named}) over TFTP for {} ({field})",
            shown(&file)
        ));
        Ok(End::Loads { file, server })
    }

    fn http(&mut self, heard: &Heard) -> Result<End, Reason> {
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

/// The part of a reason that follows "because".
fn told(reason: &Reason) -> String {
    let text = reason.text();
    match text.split_once("because ") {
        Some((_, cause)) => cause.to_owned(),
        None if *reason == Reason::NoAddress => {
            "it has no address, and proxies are not known to it".to_owned()
        }
        None => text,
    }
}

fn is_url(file: &[u8]) -> bool {
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
