//! Hosts and cables that a test makes for itself: every [`Host`] is a network
//! namespace and a process namespace without a name, every [`Lan`] a bridge
//! in one of its own.
//!
//! Nothing of it appears in the network of the machine, so runs may overlap.
//! Nothing of it stays: each namespace lives by one process that reads a pipe
//! whose other end is held here. When the test ends in whatever way, SIGKILL
//! too, the pipe closes, that process ends, and the kernel takes every other
//! process of the namespace, its interfaces and sockets with it.

mod router;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};
use nix::sched::{CloneFlags, setns, unshare};
use socket2::{Domain, Socket, Type};

use crate::process::Background;
pub use router::NoRouter;

/// A machine of the test: its own interfaces, ports and processes.
#[derive(Debug)]
pub struct Host {
    name: String,
    holder: Child,
    network: File,
    processes: File,
}

impl Host {
    /// A machine with a loopback interface and nothing else.
    ///
    /// # Errors
    /// Without the right to make namespaces (root).
    pub fn new(name: &str) -> Result<Self> {
        let apart = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWPID;
        // A namespace belongs to a thread: one that ends here leaves the
        // others where they were.
        let holder = on_a_thread(|| {
            unshare(apart).context("hint: network namespaces need root")?;
            Command::new("cat")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .context("cat cannot be started")
        })
        .with_context(|| format!("host {name}: cannot be made"))?;
        let open = |kind: &str| {
            let path = format!("/proc/{}/ns/{kind}", holder.id());
            File::open(&path).with_context(|| path)
        };
        let host = Host {
            name: name.to_owned(),
            network: open("net")?,
            processes: open("pid")?,
            holder,
        };
        host.ip("link set lo up")?;
        Ok(host)
    }

    /// Does something on a thread that sits in this host's network: sockets
    /// opened there belong to the host.
    ///
    /// # Errors
    /// When the host cannot be entered.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        on_a_thread(|| {
            setns(&self.network, CloneFlags::CLONE_NEWNET)
                .with_context(|| format!("host {}: cannot be entered", self.name))?;
            Ok(work())
        })
    }

    /// Starts a program on this host, its output in `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, name: &str, command: Command, log: &Path) -> Result<Background> {
        self.with_processes(|| Background::start(name, command, log))
    }

    /// Runs a program on this host to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn output(&self, command: &mut Command) -> Result<Output> {
        let named = format!("{command:?}");
        self.with_processes(|| {
            command
                .stdin(Stdio::null())
                .output()
                .with_context(|| format!("{named}: cannot be started"))
        })
    }

    /// `ip WORDS` on this host.
    ///
    /// # Errors
    /// When iproute2 refuses.
    pub fn ip(&self, words: &str) -> Result<()> {
        // In the process namespace outside, where `netns PID` is understood.
        let output = self.within(|| Command::new("ip").args(words.split(' ')).output())??;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("host {}: ip {words}: {}", self.name, said.trim());
        }
        Ok(())
    }

    /// Sets a kernel value of this host's network, such as
    /// `net/ipv6/conf/all/disable_ipv6`.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn sysctl(&self, name: &str, value: &str) -> Result<()> {
        self.within(|| std::fs::write(format!("/proc/sys/{name}"), value))?
            .with_context(|| format!("host {}: {name}", self.name))
    }

    /// The UDP ports somebody listens on.
    ///
    /// # Errors
    /// When the host cannot be entered.
    pub fn udp_ports(&self) -> Result<Vec<u16>> {
        let table = std::fs::read_to_string(format!("/proc/{}/net/udp", self.holder.id()))
            .with_context(|| format!("host {}: no table of ports", self.name))?;
        let port = |line: &str| {
            let local = line.split_whitespace().nth(1)?;
            u16::from_str_radix(local.split_once(':')?.1, 16).ok()
        };
        Ok(table.lines().skip(1).filter_map(port).collect())
    }

    /// The TCP ports somebody listens on.
    ///
    /// # Errors
    /// When the host cannot be entered.
    pub fn tcp_ports(&self) -> Result<Vec<u16>> {
        const LISTEN: &str = "0A";
        let mut ports = Vec::new();
        for file in ["tcp", "tcp6"] {
            let path = format!("/proc/{}/net/{file}", self.holder.id());
            let table = std::fs::read_to_string(path).unwrap_or_default();
            ports.extend(table.lines().skip(1).filter_map(|line| {
                let mut words = line.split_whitespace();
                let local = words.nth(1)?;
                (words.nth(1)? == LISTEN).then_some(())?;
                u16::from_str_radix(local.split_once(':')?.1, 16).ok()
            }));
        }
        Ok(ports)
    }

    /// The process that stands for this host in iproute2's `netns PID`.
    fn id(&self) -> u32 {
        self.holder.id()
    }

    fn with_processes<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        on_a_thread(|| {
            setns(&self.network, CloneFlags::CLONE_NEWNET)?;
            // Concerns the children of this thread, not itself.
            setns(&self.processes, CloneFlags::CLONE_NEWPID)?;
            work()
        })
        .with_context(|| format!("host {}", self.name))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A switch with hosts on it.
#[derive(Debug)]
pub struct Lan {
    switch: Host,
    ports: AtomicU32,
}

/// The name of every host's interface to its [`Lan`].
pub const INTERFACE: &str = "eth0";
const BRIDGE: &str = "br0";

impl Lan {
    /// A switch that forwards at once and learns nothing of multicast.
    ///
    /// # Errors
    /// Without the right to make one.
    pub fn new() -> Result<Self> {
        let switch = Host::new("switch")?;
        // No duplicate address detection: its second would be waited for.
        switch.sysctl("net/ipv6/conf/default/accept_dad", "0")?;
        switch.ip(&format!(
            "link add {BRIDGE} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        ))?;
        switch.ip(&format!("link set {BRIDGE} up"))?;
        Ok(Lan {
            switch,
            ports: AtomicU32::new(0),
        })
    }

    /// The host that the switch itself is: firmware and captures run here.
    pub fn switch(&self) -> &Host {
        &self.switch
    }

    /// Makes a host on this network; `address` is like `10.0.0.1/24`.
    ///
    /// # Errors
    /// When the host cannot be made.
    pub fn host(&self, name: &str, address: &str) -> Result<Host> {
        let host = Host::new(name)?;
        host.sysctl("net/ipv6/conf/all/disable_ipv6", "1")?;
        self.plug(&host)?;
        host.ip(&format!(
            "address add {address} broadcast + dev {INTERFACE}"
        ))?;
        Ok(host)
    }

    /// Makes a host on this network that has no address yet.
    ///
    /// # Errors
    /// When the host cannot be made.
    pub fn host_without_address(&self, name: &str) -> Result<Host> {
        let host = Host::new(name)?;
        host.sysctl("net/ipv6/conf/all/disable_ipv6", "1")?;
        self.plug(&host)?;
        Ok(host)
    }

    /// A tap for a virtual machine on the switch.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn tap(&self) -> Result<String> {
        let name = format!("tap{}", self.next_port());
        self.switch.ip(&format!("tuntap add dev {name} mode tap"))?;
        self.switch
            .ip(&format!("link set {name} master {BRIDGE} up"))?;
        Ok(name)
    }

    /// Answers router solicitations here until dropped: see [`NoRouter`].
    ///
    /// # Errors
    /// When the socket cannot be opened.
    pub fn no_router(&self) -> Result<NoRouter> {
        NoRouter::start(&self.switch, BRIDGE)
    }

    fn plug(&self, host: &Host) -> Result<()> {
        let port = format!("port{}", self.next_port());
        self.switch.ip(&format!(
            "link add {port} type veth peer name {INTERFACE} netns {}",
            host.id()
        ))?;
        self.switch
            .ip(&format!("link set {port} master {BRIDGE} up"))?;
        host.ip(&format!("link set {INTERFACE} up"))
    }

    fn next_port(&self) -> u32 {
        self.ports.fetch_add(1, Ordering::Relaxed)
    }
}

/// Two hosts at the two ends of a cable, as [`INTERFACE`] each.
///
/// # Errors
/// When they cannot be made.
pub fn pair(one: (&str, &str), other: (&str, &str)) -> Result<(Host, Host)> {
    let hosts = (Host::new(one.0)?, Host::new(other.0)?);
    hosts.0.ip(&format!(
        "link add {INTERFACE} type veth peer name {INTERFACE} netns {}",
        hosts.1.id()
    ))?;
    for (host, address) in [(&hosts.0, one.1), (&hosts.1, other.1)] {
        host.sysctl("net/ipv6/conf/all/disable_ipv6", "1")?;
        host.ip(&format!(
            "address add {address} broadcast + dev {INTERFACE}"
        ))?;
        host.ip(&format!("link set {INTERFACE} up"))?;
    }
    Ok(hosts)
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// A DHCP client's socket on its port, in the network of the calling thread. The
/// port may still be held by a socket that is closed here: a process that
/// another test is about to start has a copy of it until it runs its program.
///
/// # Errors
/// As the system reports.
pub fn client_socket(address: Ipv4Addr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_broadcast(true)?;
    socket.bind(&SocketAddrV4::new(address, 68).into())?;
    Ok(socket.into())
}
