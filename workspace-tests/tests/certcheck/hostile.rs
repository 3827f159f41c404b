//! `certcheck check` against peers that mean no good: a reason each, in
//! bounded time and memory.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::starttls::Certificates;

/// What `--timeout` allows, and the end of patience with starting and ending.
const ALLOWED: &str = "3s";
const PATIENCE: Duration = Duration::from_secs(12);
/// The most memory that any command of this file may have used, in KiB. A
/// debug build of the tool needs 20 MiB for one good peer.
const MOST_MEMORY: i64 = 64 * 1024;

/// Plays a peer on its own port: `each` gets every connection, and a timer
/// that ends when the test does.
fn peer(each: impl Fn(TcpStream, &mpsc::Receiver<()>) + Send + 'static) -> (u16, mpsc::Sender<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (end, ended) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            each(stream, &ended);
            if matches!(ended.try_recv(), Err(mpsc::TryRecvError::Disconnected)) {
                return;
            }
        }
    });
    (port, end)
}

/// Passes the time; false when the test has ended.
fn wait(timer: &mpsc::Receiver<()>, time: Duration) -> bool {
    timer.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}

fn check(port: u16, options: &[&str]) -> (Value, i32) {
    let begin = Instant::now();
    let output = Command::new(bins::tool("certcheck"))
        .args(["check", "--json", "--timeout", ALLOWED])
        .args(options)
        .arg(format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    assert!(begin.elapsed() < PATIENCE, "it took {:?}", begin.elapsed());
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let peer: Value =
        serde_json::from_str(text.trim()).unwrap_or_else(|_| panic!("{text}{errors}"));
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    assert!(memory < MOST_MEMORY, "{memory} KiB");
    (peer, output.status.code().unwrap())
}

/// Insists on exit status 1 and one of these reasons, with a sentence.
#[track_caller]
fn fails(port: u16, options: &[&str], reasons: &[&str]) -> Value {
    let (peer, code) = check(port, options);
    assert_eq!(code, 1, "{peer}");
    let reason = peer["reason"].as_str().unwrap_or_default();
    assert!(
        reasons.contains(&reason),
        "{reason:?} is not among {reasons:?}: {peer}"
    );
    let sentence = peer["findings"][0]["message"].as_str().unwrap_or_default();
    assert!(sentence.len() > 10, "{peer}");
    peer
}

/// Reads the ClientHello, as far as it fits one read.
fn hello(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
}

/// A ServerHello of TLS 1.2 for ECDHE_RSA_WITH_AES_128_GCM_SHA256.
fn server_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0xc0, 0x2f, 0, 0, 5, 0xff, 1, 0, 1, 0]);
    record(22, &message(2, body.len(), &body))
}

fn message(kind: u8, length: usize, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &length.to_be_bytes()[5..], body].concat()
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [
        &[kind, 3, 3][..],
        &content.len().to_be_bytes()[6..],
        content,
    ]
    .concat()
}

#[test]
fn a_peer_that_never_answers_is_a_timeout() {
    let (port, _end) = peer(|stream, timer| {
        while wait(timer, Duration::from_millis(100)) {}
        drop(stream);
    });
    fails(port, &[], &["timeout"]);
}

#[test]
fn a_byte_a_second_is_a_timeout() {
    let (port, _end) = peer(|mut stream, timer| {
        hello(&mut stream);
        for byte in server_hello() {
            if stream.write_all(&[byte]).is_err() || !wait(timer, Duration::from_secs(1)) {
                return;
            }
        }
    });
    fails(port, &[], &["timeout"]);
}

#[test]
fn an_answer_of_a_byte_a_second_is_a_timeout_in_the_dialogue_before_tls_too() {
    let (port, _end) = peer(|mut stream, timer| {
        for byte in b"220 mail.example.org ESMTP ready\r\n" {
            if stream.write_all(&[*byte]).is_err() || !wait(timer, Duration::from_secs(1)) {
                return;
            }
        }
    });
    fails(port, &["--starttls", "smtp"], &["timeout"]);
}

#[test]
fn a_certificate_message_of_a_megabyte_is_not_read() {
    let (port, _end) = peer(|mut stream, _| {
        hello(&mut stream);
        let mut sent = server_hello();
        sent.extend(record(22, &message(11, 1 << 20, &[])));
        let filler = record(22, &[0; 16_000]);
        let _ = stream.write_all(&sent);
        for _ in 0..70 {
            if stream.write_all(&filler).is_err() {
                return;
            }
        }
    });
    fails(port, &[], &["too-complex", "tls-handshake", "closed"]);
}

#[test]
fn garbage_is_not_tls() {
    let (port, _end) = peer(|mut stream, _| {
        hello(&mut stream);
        let noise: Vec<u8> = (0..5000u32)
            .map(|n| ((n * 7919) >> 3).to_le_bytes()[0] | 0x80)
            .collect();
        let _ = stream.write_all(&noise);
        let _ = stream.shutdown(Shutdown::Write);
    });
    fails(port, &[], &["not-tls", "tls-handshake"]);
}

#[test]
fn endless_garbage_ends() {
    let (port, _end) = peer(|mut stream, _| {
        hello(&mut stream);
        while stream.write_all(&[0x41; 4096]).is_ok() {}
    });
    fails(port, &[], &["not-tls", "tls-handshake"]);
    // As lines, in the dialogue before TLS.
    let (port, _end) = peer(
        |mut stream, _| {
            while stream.write_all(b"220-and another line\r\n").is_ok() {}
        },
    );
    fails(port, &["--starttls", "smtp"], &["starttls"]);
}

#[test]
fn a_peer_that_closes_is_told_apart_by_where_it_did() {
    let mut stages: Vec<Vec<u8>> = vec![Vec::new(), server_hello()[..3].to_vec(), server_hello()];
    // In the middle of a certificate message.
    let mut begun = server_hello();
    begun.extend(record(22, &message(11, 500, &[0; 20])));
    stages.push(begun);
    for (number, stage) in stages.into_iter().enumerate() {
        let (port, _end) = peer(move |mut stream, _| {
            hello(&mut stream);
            let _ = stream.write_all(&stage);
        });
        let peer = fails(port, &[], &["closed", "tls-handshake"]);
        assert!(
            peer["findings"][0]["message"]
                .as_str()
                .unwrap()
                .contains("closed"),
            "{number}: {peer}"
        );
    }
    // Before anything is read: the system may report a reset.
    let (port, _end) = peer(|stream, _| drop(stream));
    fails(port, &[], &["closed", "unreachable"]);
    let (port, _end) = peer(|mut stream, _| {
        let _ = stream.write_all(b"220 mx\r\n");
    });
    fails(port, &["--starttls", "smtp"], &["closed"]);
}

#[test]
fn consent_with_more_behind_it_is_an_injection() {
    let (port, _end) = peer(|mut stream, _| {
        let _ = stream.write_all(b"+OK hi\r\n");
        hello(&mut stream);
        let _ = stream.write_all(b"+OK begin\r\n+OK injected\r\n");
        hello(&mut stream);
    });
    let peer = fails(port, &["--starttls", "pop3"], &["starttls"]);
    let text = peer["findings"][0]["message"].as_str().unwrap();
    assert!(text.contains("after its consent"), "{text}");
}

#[test]
fn words_of_a_peer_cannot_steer_a_terminal() {
    let (port, _end) = peer(|mut stream, _| {
        let _ = stream.write_all(b"554 \x1b[2J\x1b]0;owned\x07 go away\r\n");
        hello(&mut stream);
    });
    let output = Command::new(bins::tool("certcheck"))
        .args(["check", "--timeout", ALLOWED, "--starttls", "smtp"])
        .arg(format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    assert!(!printed.contains(&0x1b) && !printed.contains(&0x07));
    assert!(String::from_utf8_lossy(&printed).contains("go away"));
}

/// `openssl s_server` with this chain; it reads commands when given a pipe.
fn s_server(certificates: &Certificates, options: &[&str]) -> (u16, std::process::Child) {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new("openssl")
        .args([
            "s_server",
            "-quiet",
            "-accept",
            &format!("127.0.0.1:{port}"),
        ])
        .arg("-cert")
        .arg(certificates.file("leaf.pem"))
        .arg("-key")
        .arg(certificates.file("key.pem"))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    workspace_tests::wait::until("s_server", Duration::from_secs(20), || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.to_string())
    })
    .unwrap();
    (port, child)
}

#[test]
fn a_hundred_certificates_are_read_and_judged() {
    let certificates = Certificates::new().unwrap();
    let leaf = std::fs::read_to_string(certificates.file("leaf.pem")).unwrap();
    let mut chain = String::new();
    for _ in 0..99 {
        write!(chain, "{leaf}").unwrap();
    }
    let file = certificates.file("chain.pem");
    std::fs::write(&file, chain).unwrap();
    let (port, mut server) = s_server(
        &certificates,
        &["-www", "-cert_chain", &file.to_string_lossy()],
    );
    let ca = certificates.file("ca.pem");
    let (peer, code) = check(
        port,
        // s_server answers GET alone, and the certificates are what counts here.
        &[
            "--ca-file",
            &ca.to_string_lossy(),
            "--name",
            "localhost",
            "--tls-only",
        ],
    );
    let _ = server.kill();
    let _ = server.wait();
    assert_eq!(code, 0, "{}", peer["findings"]);
    assert_eq!(peer["certificates"].as_array().unwrap().len(), 100);
}

#[test]
fn a_peer_that_wants_to_renegotiate_gets_an_end() {
    let certificates = Certificates::new().unwrap();
    let (port, mut server) = s_server(&certificates, &["-tls1_2"]);
    // `r` asks for a new handshake whenever a client is there.
    let mut commands = server.stdin.take().unwrap();
    let (end, ended) = mpsc::channel::<()>();
    let asking = std::thread::spawn(move || {
        while wait(&ended, Duration::from_millis(50)) && commands.write_all(b"r\n").is_ok() {}
    });
    let ca = certificates.file("ca.pem");
    let (peer, code) = check(
        port,
        &["--ca-file", &ca.to_string_lossy(), "--name", "localhost"],
    );
    drop(end);
    let _ = server.kill();
    let _ = server.wait();
    asking.join().unwrap();
    assert_eq!(code, 1, "{peer}");
    let reason = peer["reason"].as_str().unwrap();
    assert!(
        ["timeout", "closed", "tls-handshake", "http-failed"].contains(&reason),
        "{peer}"
    );
    assert_eq!(peer["certificates"].as_array().unwrap().len(), 1, "{peer}");
}
