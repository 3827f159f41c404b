//! The course a boot takes: which offer is taken, whether port 4011 is asked,
//! which file is loaded from where, or why it stops.

use std::net::Ipv4Addr;

use super::http::is_url;
use super::{Answer, BootServer, FileField, Prefers, Profile, Reason, path, shown};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::MessageType;

const HEADER_ALONE: &str = "reads `file` alone, and the path is in option 67";

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
}

pub(super) struct Follower<'a> {
    pub(super) profile: &'a Profile,
    pub(super) architecture: Architecture,
    steps: Vec<String>,
    asks: Option<Ipv4Addr>,
}

impl Follower<'_> {
    pub(super) fn note(&mut self, step: String) {
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
            self.note(HEADER_ALONE.to_owned());
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
        if !asks && let Some(answer) = &heard.boot_server {
            self.note(format!(
                "reads what port 4011 of {} answered the firmware",
                answer.server()
            ));
            return self.read(answer);
        }
        if !lease_is_pxe && let Some(proxy) = proxies.first() {
            self.acknowledged(heard)?;
            if !asks {
                self.note(format!("reads the offer of the proxy {}", proxy.server()));
                return self.read(proxy);
            }
            if proxy.says_use_this_file() && proxy.has_file() {
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
        if self.profile.file_of(answer).is_empty() && !answer.has_file() {
            return Err(self.without_file(heard, Some(lease)));
        }
        self.read(answer)
    }

    /// Loads what an answer names, in whatever field; where that is one it
    /// does not read, says so.
    fn read(&mut self, answer: &Answer) -> Result<End, Reason> {
        if self.profile.file_of(answer).is_empty() && answer.has_file() {
            self.note(HEADER_ALONE.to_owned());
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
}

/// The part of a reason that follows "because".
pub(super) fn told(reason: &Reason) -> String {
    let text = reason.text();
    match text.split_once("because ") {
        Some((_, cause)) => cause.to_owned(),
        None if *reason == Reason::NoAddress => {
            "it has no address, and proxies are not known to it".to_owned()
        }
        None => text,
    }
}
