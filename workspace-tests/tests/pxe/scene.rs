//! What the pxe tests have in common: a network, a server with a root full of
//! boot programs, golden captures.
#![allow(dead_code, reason = "every test file uses its part")]

use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use workspace_tests::bins::workspace;
use workspace_tests::capture::Capture;
use workspace_tests::dhcp::{Message, hex};
use workspace_tests::netns::{Host, Lan, client_socket};
use workspace_tests::peers::dnsmasq;
use workspace_tests::peers::firmware::{Boot, End, Machine, Processor, boot_program};
use workspace_tests::peers::pxe::Serve;
use workspace_tests::process::Background;

pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
pub(crate) const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 2);

/// A network with one host for `pxe serve` and a TFTP root.
pub(crate) struct Scene {
    pub(crate) lan: Lan,
    pub(crate) host: Host,
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        let lan = Lan::new().unwrap();
        let host = lan.host("server", &format!("{SERVER}/24")).unwrap();
        Scene { lan, host, folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder().join("root")
    }

    /// Puts a file below the root.
    pub(crate) fn file(&self, name: &str, content: &[u8]) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Puts a boot program that says `marker` below the root.
    pub(crate) fn program(&self, name: &str, processor: Processor, marker: &str) -> Vec<u8> {
        let image = boot_program(processor, marker, 150_000);
        self.file(name, &image);
        image
    }

    /// The configuration that gives addresses and boots; `more` follows.
    pub(crate) fn full(&self, boot: &str, more: &str) -> String {
        format!(
            "interface = \"eth0\"\n\n[tftp]\nroot = \"{root}\"\n\n[boot]\n{boot}\n\n\
             [dhcp]\nmode = \"full\"\nleases = \"{leases}\"\n\n\
             [dhcp.pool]\nrange = \"10.20.0.100-10.20.0.150\"\nrouter = \"{SERVER}\"\n\
             dns = [\"{SERVER}\"]\nlease = \"1h\"\n\n{more}\n",
            root = self.root().display(),
            leases = self.folder().join("leases").display(),
        )
    }

    /// The configuration that only adds the boot offer; `more` follows.
    pub(crate) fn proxy(&self, boot: &str, more: &str) -> String {
        format!(
            "interface = \"eth0\"\n\n[tftp]\nroot = \"{root}\"\n\n[boot]\n{boot}\n\n\
             [dhcp]\nmode = \"proxy\"\n\n{more}\n",
            root = self.root().display(),
        )
    }

    /// A host beside the server's.
    pub(crate) fn neighbour_host(&self) -> Host {
        let address = format!("{NEIGHBOUR}/24");
        self.lan.host("neighbour", &address).unwrap()
    }

    /// Somebody else's DHCP server, which knows of no boot. The host must
    /// outlive the server.
    pub(crate) fn neighbour(&self) -> (Host, Background) {
        let host = self.neighbour_host();
        let range = "--dhcp-range=10.20.0.200,10.20.0.210,255.255.255.0,1h".to_owned();
        let server = dnsmasq::start(&host, &[range], &[67], self.folder()).unwrap();
        (host, server)
    }

    pub(crate) fn serve(&self, config: &str, ports: &[u16]) -> Serve {
        Serve::start(&self.host, config, ports, self.folder()).unwrap()
    }

    /// Boots a machine and insists that its boot program spoke.
    pub(crate) fn boots(&self, machine: &Machine<'_>, serve: &Serve) -> Boot {
        let boot = machine.boot(&self.lan, self.folder()).unwrap();
        assert_eq!(
            boot.end,
            End::Spoke,
            "after {:?}\nconsole:\n{}\nwire:\n{}\npxe serve:\n{}",
            boot.took,
            boot.console,
            boot.wire.story(),
            serve.process.output()
        );
        boot
    }
}

/// The last transfer brought the whole program, asked for by this path.
pub(crate) fn loaded(boot: &Boot, path: &str, program: &[u8]) {
    let paths: Vec<String> = boot.wire.tftp.iter().map(|t| t.path()).collect();
    assert!(paths.iter().all(|asked| asked == path), "{paths:?}");
    let last = boot.wire.tftp.last().expect("a transfer");
    assert!(last.done, "{}", boot.wire.story());
    assert!(
        last.body == program,
        "the bytes differ: {}",
        boot.wire.story()
    );
}

/// Holds everything the server said to a golden file, byte by byte; only xid
/// and secs, which the client chooses, are zeroed. `UPDATE_GOLDEN=1` writes it.
pub(crate) fn golden(name: &str, wire: &Capture, server: Ipv4Addr) {
    let mut lines: Vec<String> = Vec::new();
    for answer in wire.answers().filter(|dhcp| *dhcp.from.ip() == server) {
        let mut text = format!(
            "{} > {} {}\n",
            answer.from,
            answer.to,
            answer.message.summary()
        );
        for row in answer.message.normalised().chunks(32) {
            let _ = writeln!(text, "    {}", hex(row));
        }
        // A client that asks again gets the same again.
        if !lines.contains(&text) {
            lines.push(text);
        }
    }
    for transfer in &wire.tftp {
        lines.push(format!(
            "tftp '{}' asked {:?} granted {:?} error {:?}\n",
            transfer.path(),
            transfer.asked,
            transfer.granted,
            transfer.error
        ));
    }
    for http in &wire.http {
        let asked = http.request.lines().next().unwrap_or_default();
        let status = http.status.as_deref().unwrap_or("no answer");
        lines.push(format!("http {asked} => {status}\n"));
    }
    let seen = lines.concat();
    let file = workspace().join(format!("workspace-tests/tests/pxe/golden/{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &seen).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        seen == expected,
        "{} differs (UPDATE_GOLDEN=1 writes it)\nseen:\n{seen}\nexpected:\n{expected}",
        file.display()
    );
}

/// Broadcasts a DISCOVER or REQUEST from a host and gives the answer.
pub(crate) fn ask(client: &Host, request: Vec<u8>, serve: &Serve) -> Message {
    answer(client, &request).unwrap_or_else(|error| panic!("{error}\n{}", serve.process.output()))
}

/// The same, of whatever server.
pub(crate) fn answer(client: &Host, request: &[u8]) -> std::io::Result<Message> {
    // Broadcasts too need a route.
    client.ip("route replace default dev eth0").unwrap();
    let payload = client
        .within(|| {
            let socket = client_socket(Ipv4Addr::UNSPECIFIED)?;
            socket.set_read_timeout(Some(std::time::Duration::from_secs(2)))?;
            let mut buffer = vec![0; 2048];
            // Sent again like a client does: nothing answers a lost packet.
            let mut last = std::io::Error::other("not asked");
            for _ in 0..5 {
                let sent = socket.send_to(request, ("255.255.255.255", 67));
                match sent.and_then(|_| socket.recv(&mut buffer)) {
                    Ok(length) => {
                        buffer.truncate(length);
                        return Ok(buffer);
                    }
                    Err(error) => last = error,
                }
            }
            Err(last)
        })
        .unwrap()?;
    Ok(Message::decode(&payload).unwrap())
}
