use std::io::Read as _;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use socket2::{Domain, Protocol, Socket, Type};

use super::Host;

const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;

/// Answers router solicitations with "no router, no prefix" (RFC 4861 4.2:
/// lifetime 0), until dropped. iPXE configures IPv6 beside IPv4 and without
/// any answer waits thirteen seconds for one.
#[derive(Debug)]
pub struct NoRouter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NoRouter {
    pub(super) fn start(host: &Host, interface: &str) -> Result<Self> {
        let socket = host.within(|| open(interface))??;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                answer(&socket);
            }
        });
        Ok(NoRouter {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for NoRouter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn open(interface: &str) -> Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))
        .context("a raw ICMPv6 socket cannot be opened")?;
    let index = nix::net::if_::if_nametoindex(interface)?;
    socket.bind_device(Some(interface.as_bytes()))?;
    socket.join_multicast_v6(&ALL_ROUTERS, index)?;
    // RFC 4861 6.1.2: anything but 255 is discarded by the receiver.
    socket.set_multicast_hops_v6(255)?;
    socket.set_multicast_if_v6(index)?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    Ok(socket)
}

fn answer(mut socket: &Socket) {
    let mut packet = [0_u8; 256];
    match socket.read(&mut packet) {
        Ok(length) if length > 0 && packet[0] == ROUTER_SOLICITATION => {}
        _ => return, // the read timeout, mostly
    }
    let mut advertisement = [0_u8; 16];
    advertisement[0] = ROUTER_ADVERTISEMENT;
    advertisement[4] = 64; // hop limit; every other field is "unspecified"
    let everybody = SocketAddrV6::new(ALL_NODES, 0, 0, 0);
    let _ = socket.send_to(&advertisement, &everybody.into());
}
