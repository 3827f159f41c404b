//! A service on loopback ports of its own, and what its tests ask it with.
#![allow(dead_code, reason = "every test file uses its part")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub(crate) const PXE: &str = env!("CARGO_BIN_EXE_pxe");
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A folder with a configuration and boot files, and free ports.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) dhcp: u16,
    pub(crate) boot_server: u16,
    pub(crate) tftp: u16,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let held = [(), (), ()].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let [dhcp, boot_server, tftp] = held.map(|socket| socket.local_addr().unwrap().port());
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("root/boot")).unwrap();
        fs::write(folder.path().join("root/boot/a.efi"), content(1)).unwrap();
        fs::write(folder.path().join("root/boot/b.efi"), content(2)).unwrap();
        Scene {
            folder,
            dhcp,
            boot_server,
            tftp,
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("pxe.toml")
    }

    pub(crate) fn configure(&self, mode: &str, tftp: &str, more: &str) {
        let folder = self.folder.path().display();
        let text = format!(
            "interface = \"lo\"\nsocket = \"{folder}/socket\"\n\
             [tftp]\nroot = \"{folder}/root\"\nport = {}\nlisten = \"127.0.0.1\"\n{tftp}\n\
             [dhcp]\nmode = \"{mode}\"\nport = {}\nboot-server-port = {}\nlisten = \"127.0.0.1\"\n\
             leases = \"{folder}/leases\"\n\
             [dhcp.pool]\nrange = \"127.0.1.10-127.0.1.11\"\n{more}\n",
            self.tftp, self.dhcp, self.boot_server
        );
        fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn start(&self) -> Service {
        self.start_as(Command::new(PXE))
    }

    pub(crate) fn start_as(&self, command: Command) -> Service {
        let service = self.spawn(command);
        service.wait_for("ready");
        service
    }

    pub(crate) fn spawn(&self, mut command: Command) -> Service {
        let mut child = command
            .args(["serve", "-c"])
            .arg(self.config())
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Service { child, lines }
    }

    pub(crate) fn probe(&self, more: &[&str]) -> (Output, serde_json::Value) {
        let output = Command::new(PXE)
            .args(["probe", "--json", "--wait", "5", "--server"])
            .arg(format!("127.0.0.1:{}", self.dhcp))
            .args(["--tftp-port", &self.tftp.to_string()])
            .args(["--boot-server-port", &self.boot_server.to_string()])
            .args(more)
            .output()
            .unwrap();
        let json = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (output, json)
    }
}

pub(crate) struct Service {
    pub(crate) child: Child,
    lines: Receiver<String>,
}

impl Service {
    pub(crate) fn wait_for(&self, part: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        let mut seen = Vec::new();
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if line.contains(part) {
                return line;
            }
            seen.push(line);
        }
        panic!("no `{part}` in the log:\n{}", seen.join("\n"));
    }

    /// The error that it ended with instead of being ready.
    pub(crate) fn ready_or_error(&self) -> Option<String> {
        loop {
            let line = self.lines.recv_timeout(LIMIT).expect("a word of it");
            if line.contains(" ready ") {
                return None;
            }
            if line.starts_with("pxe: ") || line.starts_with("sh: ") {
                return Some(line);
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn stop(mut self) -> i32 {
        self.signal("-TERM");
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn content(seed: u32) -> Vec<u8> {
    (0..200_000_u32)
        .flat_map(|number| (number * seed).to_le_bytes())
        .collect()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// One request as written, and the whole answer.
pub(crate) fn http(port: u16, request: &str) -> (String, Vec<u8>) {
    http_at("x", port, request)
}

/// The same, to a server under this name.
pub(crate) fn http_at(host: &str, port: u16, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(
        stream,
        "{request}\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec())
        .unwrap()
        .to_ascii_lowercase();
    (head, answer[end + 4..].to_vec())
}

/// A TCP port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
