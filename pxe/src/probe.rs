//! A PXE client: from DISCOVER to the digest of the boot file, seen from the
//! other side of the wire. It gathers; `report` shows.

mod tftp;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, Kind, Result};
use crate::wire::arch::{Architecture, Transport};
use crate::wire::dhcp::{HardwareAddress, LONGEST, Message, MessageType, Op};
use crate::wire::options;

pub use tftp::{Download, download};

/// Some servers ping an address before they offer it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Who is pretended to be, and who is asked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server, asked alone.
    pub server: SocketAddrV4,
    /// The boot server port.
    pub boot_server_port: u16,
    /// The architecture.
    pub architecture: Architecture,
    /// The hardware address.
    pub mac: HardwareAddress,
    /// How long to wait for offers.
    pub patience: Duration,
    /// Whether to pretend to be iPXE.
    pub ipxe: bool,
}

/// An answer, and how long it took.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Who sent it.
    pub from: SocketAddr,
    /// The message.
    pub message: Message,
    /// Its length in bytes.
    pub len: usize,
    /// Time since the question.
    pub took: Duration,
}

/// What was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Every offer.
    pub offers: Vec<Answer>,
    /// The answer to the REQUEST (67) or to the boot server request (4011).
    pub acknowledged: Option<Answer>,
    /// Whether that answer came from port 4011.
    pub asked_boot_server: bool,
}

/// Asks for an offer and accepts it; an address that was given is released
/// before this returns.
///
/// # Errors
/// When the sockets cannot be used.
pub fn ask(plan: &Plan) -> Result<Seen> {
    let subject = plan.server.to_string();
    let failed = |what: &str, error: io::Error| {
        Error::new(Kind::Peer, &subject, what)
            .because(error)
            .hint("`pxe serve` or another DHCP server must run there")
    };
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.connect(plan.server).map(|()| socket))
        .map_err(|error| failed("cannot be asked", error))?;
    let own = match socket.local_addr().map(|address| address.ip()) {
        Ok(IpAddr::V4(own)) => own,
        _ => Ipv4Addr::UNSPECIFIED,
    };
    let xid = transaction(plan.mac);
    let discover = plan.message(MessageType::Discover, xid);
    let offers = exchange(&socket, &discover, MessageType::Offer, plan.patience)
        .map_err(|error| failed("does not take packets", error))?;
    let mut seen = Seen {
        offers,
        acknowledged: None,
        asked_boot_server: false,
    };
    let Some(offer) = seen.offers.first().cloned() else {
        return Ok(seen);
    };
    let server = offer.message.options.address(options::SERVER_IDENTIFIER);
    if offer.message.yiaddr.is_unspecified() {
        seen.asked_boot_server = true;
        let boot_server = UdpSocket::bind(SocketAddrV4::new(own, 0))
            .and_then(|socket| {
                let port = plan.boot_server_port;
                socket
                    .connect(SocketAddrV4::new(*plan.server.ip(), port))
                    .map(|()| socket)
            })
            .map_err(|error| failed("its boot server port cannot be asked", error))?;
        let mut request = plan.message(MessageType::Request, xid);
        request.ciaddr = own;
        seen.acknowledged = exchange(&boot_server, &request, MessageType::Ack, plan.patience)
            .map_err(|error| failed("its boot server port does not take packets", error))?
            .into_iter()
            .next();
        return Ok(seen);
    }
    let mut request = plan.message(MessageType::Request, xid);
    request
        .options
        .set(options::REQUESTED_ADDRESS, offer.message.yiaddr.octets());
    if let Some(server) = server {
        request
            .options
            .set(options::SERVER_IDENTIFIER, server.octets());
    }
    seen.acknowledged = exchange(&socket, &request, MessageType::Ack, plan.patience)
        .map_err(|error| failed("does not take packets", error))?
        .into_iter()
        .next();
    if let Some(acknowledged) = &seen.acknowledged {
        // What a probe was given it gives back at once: nobody must go
        // without an address because of it.
        let mut release = plan.message(MessageType::Release, xid.wrapping_add(1));
        release.ciaddr = acknowledged.message.yiaddr;
        if let Some(server) = server {
            release
                .options
                .set(options::SERVER_IDENTIFIER, server.octets());
        }
        socket
            .send(&release.emit(LONGEST).0)
            .map_err(|error| failed("the address could not be given back", error))?;
    }
    Ok(seen)
}

impl Plan {
    /// A message as firmware of this architecture sends it.
    fn message(&self, kind: MessageType, xid: u32) -> Message {
        let code = self.architecture.0;
        let class = match self.architecture.transport() {
            Transport::Tftp => "PXEClient",
            Transport::Http => "HTTPClient",
        };
        let undi = if code == 0 { "002001" } else { "003000" };
        let mut message = Message {
            op: Op::Request,
            htype: 1,
            hops: 0,
            xid,
            secs: 0,
            flags: 0x8000,
            ciaddr: Ipv4Addr::UNSPECIFIED,
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::UNSPECIFIED,
            giaddr: Ipv4Addr::UNSPECIFIED,
            chaddr: self.mac,
            sname: Vec::new(),
            file: Vec::new(),
            options: Default::default(),
        };
        message.options.set(options::MESSAGE_TYPE, [u8::from(kind)]);
        if kind != MessageType::Release {
            let set = &mut message.options;
            set.set(options::MAXIMUM_MESSAGE_SIZE, 1472_u16.to_be_bytes());
            set.set(
                options::PARAMETER_REQUEST_LIST,
                [1, 3, 6, 12, 13, 15, 43, 54, 60, 66, 67, 97],
            );
            set.set(
                options::CLIENT_UUID,
                [[0].as_slice(), &uuid(self.mac)].concat(),
            );
            set.set(
                options::CLIENT_INTERFACE,
                [
                    1,
                    if code == 0 { 2 } else { 3 },
                    if code == 0 { 1 } else { 0 },
                ],
            );
            set.set(options::CLIENT_ARCHITECTURE, code.to_be_bytes());
            set.set(
                options::VENDOR_CLASS,
                format!("{class}:Arch:{code:05}:UNDI:{undi}"),
            );
            if self.ipxe {
                set.set(options::USER_CLASS, "iPXE");
            }
        }
        message
    }
}

/// Sends a question, again after one and three seconds, and collects the
/// answers. Once there is one, others are waited for only a moment: asked
/// alone, a server answers once.
fn exchange(
    socket: &UdpSocket,
    question: &Message,
    expected: MessageType,
    patience: Duration,
) -> io::Result<Vec<Answer>> {
    let bytes = question.emit(LONGEST).0;
    let begin = Instant::now();
    let mut answers = Vec::new();
    let mut buffer = vec![0; 4096];
    for pause in [1, 2, 4, 8] {
        socket.send(&bytes)?;
        let deadline = (Instant::now() + Duration::from_secs(pause)).min(begin + patience);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            socket.set_read_timeout(Some(left))?;
            match socket.recv_from(&mut buffer) {
                Ok((len, from)) => {
                    let Ok(message) = Message::parse(&buffer[..len]) else {
                        continue;
                    };
                    if message.op != Op::Reply || message.xid != question.xid {
                        continue;
                    }
                    let kind = message.message_type();
                    if kind == Some(expected) || kind == Some(MessageType::Nak) {
                        answers.push(Answer {
                            from,
                            message,
                            len,
                            took: begin.elapsed(),
                        });
                        return Ok(answers);
                    }
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                    ) => {}
                // Nobody listens there (yet); the next try tells.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    if begin.elapsed() >= patience {
                        return Err(error);
                    }
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if begin.elapsed() >= patience {
            break;
        }
    }
    Ok(answers)
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

/// A machine identifier made from the hardware address, the same each time.
fn uuid(mac: HardwareAddress) -> [u8; 16] {
    let mut uuid = [0; 16];
    uuid[..4].copy_from_slice(b"pxe\0");
    for (to, byte) in uuid[10..].iter_mut().zip(mac.as_bytes()) {
        *to = *byte;
    }
    uuid
}
