//! A PXE client: from DISCOVER to the digest of the boot file, seen from the
//! other side of the wire, as the firmware of an architecture does it. It
//! gathers; `report` shows.

mod alone;
mod broadcast;
mod http;
mod interrupt;
mod tftp;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, Kind, Result};
use crate::firmware::{Answer, BootServer, Course, HEAD, Heard, Profile, Speaker};
use crate::wire::dhcp::{HardwareAddress, Message, MessageType, Op};
use crate::wire::options;

pub(crate) use broadcast::Card;
pub(crate) use http::fetch;
pub(crate) use tftp::download;

use alone::Alone;
use broadcast::Broadcast;
use interrupt::Interrupt;

/// Some servers ping an address before they offer it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Answers that are kept; a network has a few servers.
const MOST_ANSWERS: usize = 64;

/// Who is asked.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// This server alone.
    Server(SocketAddrV4),
    /// All who listen on a network.
    Network(Card),
}

/// Who is pretended to be, and who is asked.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Who is asked.
    pub target: Target,
    /// The boot server port.
    pub boot_server_port: u16,
    /// Who asks.
    pub speaker: Speaker,
    /// How long to wait for offers.
    pub patience: Duration,
}

impl Plan {
    /// What such a machine is taken for.
    pub(crate) fn profile(&self) -> &'static Profile {
        let ipxe = self.speaker.user_class.as_deref() == Some("iPXE");
        Profile::of(self.speaker.architecture, ipxe)
    }

    /// Who is asked, as text.
    pub(crate) fn subject(&self) -> String {
        match &self.target {
            Target::Server(server) => server.to_string(),
            Target::Network(card) => card.name.clone(),
        }
    }
}

/// What came of a download.
#[derive(Debug, Clone)]
pub(crate) struct Download {
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Its first bytes, [`crate::firmware::HEAD`] of them if it has as many.
    pub head: Vec<u8>,
    /// The options a TFTP server agreed to, in its order; `None` without an
    /// OACK, and over HTTP.
    pub agreed: Option<Vec<(String, String)>>,
    /// From the request to the last byte.
    pub took: Duration,
}

/// Keeps the first bytes of a file that comes in parts.
fn keep_head(head: &mut Vec<u8>, part: &[u8]) {
    let room = HEAD.saturating_sub(head.len());
    head.extend_from_slice(&part[..part.len().min(room)]);
}

/// An answer, and how long it took.
#[derive(Debug, Clone)]
pub(crate) struct Caught {
    /// Who sent it.
    pub from: SocketAddrV4,
    /// What it says.
    pub answer: Answer,
    /// Time since the question.
    pub took: Duration,
}

/// What was seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Every offer.
    pub offers: Vec<Caught>,
    /// The answer to the REQUEST.
    pub acknowledged: Option<Caught>,
    /// Whom the firmware asks at port 4011.
    pub asked_boot_server: Option<Ipv4Addr>,
    /// The answer from there.
    pub boot_server: Option<Caught>,
    /// The address that was given, and given back.
    pub given_back: Option<Ipv4Addr>,
    /// What the firmware does with all that.
    pub course: Course,
}

/// Asks for an offer and accepts it; an address that was given is released
/// before this returns, whatever else fails and though it is interrupted.
///
/// # Errors
/// When the sockets cannot be used.
pub(crate) fn ask(plan: &Plan) -> Result<Seen> {
    let wire: Box<dyn Wire> = match &plan.target {
        Target::Server(server) => Box::new(Alone::open(*server)?),
        Target::Network(card) => Box::new(Broadcast::open(card)?),
    };
    let failed = |what: &str, error: io::Error| {
        let (kind, hint) = match plan.target {
            Target::Server(_) => (
                Kind::Peer,
                "`pxe serve` or another DHCP server must run there",
            ),
            Target::Network(_) => (Kind::System, "is the interface up, and its cable in?"),
        };
        Error::new(kind, plan.subject(), what)
            .because(error)
            .hint(hint)
    };
    let profile = plan.profile();
    let architecture = plan.speaker.architecture;
    let xid = transaction(plan.speaker.mac);
    let discover = plan.speaker.discover(xid);
    let question = Question {
        message: &discover,
        expected: MessageType::Offer,
        patience: plan.patience,
        collect: wire.reaches_many(),
    };
    let offers = question
        .ask(&*wire, None)
        .map_err(|error| failed("does not take packets", error))?;
    let mut heard = Heard {
        offers: offers.iter().map(|offer| offer.answer.clone()).collect(),
        // A proxy that is asked alone stands beside a DHCP server.
        address_elsewhere: !wire.reaches_many(),
        ..Heard::default()
    };
    let chosen = profile.choose(architecture, &heard.offers).cloned();
    let mut acknowledged = None;
    let mut given_back = None;
    if let Some(offer) = &chosen {
        heard.address_elsewhere = false;
        acknowledged = borrow(plan, &*wire, xid, offer)?;
        given_back = Some(offer.message.yiaddr);
        heard.acknowledged = acknowledged.as_ref().map(|ack| ack.answer.clone());
    }
    let asked_boot_server = profile.follow(architecture, &heard).asks;
    let mut boot_server = None;
    if let Some(server) = asked_boot_server {
        boot_server = ask_boot_server(plan, server, xid, &heard)?;
        heard.boot_server = boot_server.as_ref().map(|own| own.answer.clone());
    }
    Ok(Seen {
        offers,
        acknowledged,
        asked_boot_server,
        boot_server,
        given_back,
        course: profile.follow(architecture, &heard),
    })
}

/// Takes an address and gives it back at once: nobody must go without one
/// because of a probe. Signals wait until that is done.
fn borrow(plan: &Plan, wire: &dyn Wire, xid: u32, offer: &Answer) -> Result<Option<Caught>> {
    let subject = plan.subject();
    let failed =
        |what: &str, error: io::Error| Error::new(Kind::Peer, &subject, what).because(error);
    let interrupt = Interrupt::hold().map_err(|error| failed("signals cannot be held", error))?;
    let address = offer.message.yiaddr;
    let server = offer.message.options.address(options::SERVER_IDENTIFIER);
    let request = plan.speaker.request(xid, &offer.message);
    let question = Question {
        message: &request,
        expected: MessageType::Ack,
        patience: plan.patience,
        collect: false,
    };
    let answer = question.ask(wire, Some(&interrupt));
    // Without an ACK too: the server may have written it down, and a refusal
    // may be another server's.
    let release = plan.speaker.release(xid.wrapping_add(1), address, server);
    wire.send(&release).map_err(|error| {
        failed("the address could not be given back", error).hint(format!(
            "{address} stays lent to {} until its lease ends",
            plan.speaker.mac
        ))
    })?;
    interrupt.release();
    let answer = answer.map_err(|error| failed("does not take packets", error))?;
    Ok(answer.into_iter().next())
}

/// Asks the boot server port; its silence is an answer too.
fn ask_boot_server(
    plan: &Plan,
    server: Ipv4Addr,
    xid: u32,
    heard: &Heard,
) -> Result<Option<Caught>> {
    let wire = Alone::open(SocketAddrV4::new(server, plan.boot_server_port))?;
    // From a menu in option 43 the first is taken (PXE 2.1 §2.2.3, tag 9).
    let menus = plan.profile().boot_server == BootServer::WhenFileIsMissing;
    let menu = heard
        .offers
        .iter()
        .filter(|_| menus)
        .find_map(|offer| offer.pxe(9)?.first_chunk::<2>().copied());
    let request = plan.speaker.boot_server_request(xid, wire.own(), menu);
    let question = Question {
        message: &request,
        expected: MessageType::Ack,
        patience: plan.patience,
        collect: false,
    };
    match question.ask(&wire, None) {
        Ok(answers) => Ok(answers.into_iter().next()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(None),
        Err(error) => Err(Error::new(
            Kind::Peer,
            format!("{server}:{}", plan.boot_server_port),
            "the boot server port cannot be asked from here",
        )
        .because(error)
        .hint("this machine needs an address and a route of its own to ask it")),
    }
}

/// Where questions go and answers come from.
trait Wire {
    /// Sends a message.
    fn send(&self, message: &Message) -> io::Result<()>;
    /// Waits for a datagram; none within the time, or when interrupted.
    fn receive(
        &self,
        buffer: &mut [u8],
        left: Duration,
        interrupt: Option<&Interrupt>,
    ) -> io::Result<Option<(usize, SocketAddrV4)>>;
    /// Whether several may answer.
    fn reaches_many(&self) -> bool;
}

/// A question, and what counts as its answer.
struct Question<'a> {
    message: &'a Message,
    expected: MessageType,
    patience: Duration,
    /// Wait for everybody who answers, not for one.
    collect: bool,
}

impl Question<'_> {
    /// Sends it, again after one, three and seven seconds while nobody
    /// answers, and catches the answers.
    fn ask(&self, wire: &dyn Wire, interrupt: Option<&Interrupt>) -> io::Result<Vec<Caught>> {
        let begin = Instant::now();
        let end = begin + self.patience;
        let mut caught: Vec<Caught> = Vec::new();
        let mut refused = false;
        let mut buffer = vec![0; 4096];
        for pause in [1, 2, 4, 8].into_iter().chain(std::iter::repeat(16)) {
            if caught.is_empty() {
                wire.send(self.message)?;
            }
            let deadline = (Instant::now() + Duration::from_secs(pause)).min(end);
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let received = match wire.receive(&mut buffer, left, interrupt) {
                    Ok(received) => received,
                    // Nobody listens there (yet); the next try tells.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                        if refused {
                            return Err(error);
                        }
                        refused = true;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                if interrupt.is_some_and(Interrupt::came) {
                    return Ok(caught);
                }
                let Some((len, from)) = received else {
                    continue;
                };
                let Some(answer) = self.answer(&buffer[..len], from) else {
                    continue;
                };
                let again = caught
                    .iter()
                    .any(|other| other.from == from && other.answer.bytes == answer.bytes);
                if !again && caught.len() < MOST_ANSWERS {
                    caught.push(Caught {
                        from,
                        answer,
                        took: begin.elapsed(),
                    });
                }
                if !self.collect {
                    return Ok(caught);
                }
            }
            if Instant::now() >= end {
                break;
            }
        }
        if refused && caught.is_empty() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        Ok(caught)
    }

    fn answer(&self, bytes: &[u8], from: SocketAddrV4) -> Option<Answer> {
        let answer = Answer::parse(*from.ip(), bytes).ok()?;
        let message = &answer.message;
        if message.op != Op::Reply || message.xid != self.message.xid {
            return None;
        }
        let kind = message.message_type()?;
        (kind == self.expected || kind == MessageType::Nak).then_some(answer)
    }
}

/// Differs from run to run, so that a late answer to an earlier one is not
/// taken for ours.
fn transaction(mac: HardwareAddress) -> u32 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos() ^ (since.as_secs() as u32));
    mac.as_bytes()
        .iter()
        .fold(since, |mixed, byte| mixed.rotate_left(5) ^ u32::from(*byte))
}
