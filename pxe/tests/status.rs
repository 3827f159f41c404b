//! What a running service tells of its clients: `pxe watch`, `pxe leases`,
//! the status over HTTP.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use scene::{LIMIT, PXE, Scene, Service, free_port, http, http_at};
use serde_json::Value;

const BOOT: &str = "[boot]\nuefi-x64 = '\\Boot\\a.efi'";

fn pxe(scene: &Scene, args: &[&str]) -> Output {
    let mut command = Command::new(PXE);
    command
        .arg(args[0])
        .arg("-c")
        .arg(scene.config())
        .args(&args[1..]);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    let (stdout, stderr) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr)
    )
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A service with a status and leases, that one machine booted from.
fn booted(scene: &Scene) -> (Service, u16) {
    let port = free_port();
    let more = format!("{BOOT}\n[http]\nport = {port}\nlisten = \"127.0.0.1\"\nstatus = true\n");
    scene.configure("full", "", &more);
    let service = scene.start();
    let (output, json) = scene.probe(&["--download", "--mac", "02:00:00:00:00:01"]);
    assert_eq!(output.status.code(), Some(0), "{json}");
    (service, port)
}

/// One question over the socket, as a program of one's own would ask it.
fn ask(scene: &Scene, question: &str) -> Value {
    let mut stream = UnixStream::connect(scene.folder.path().join("socket")).unwrap();
    writeln!(stream, "{question}").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn the_status_over_http_and_the_socket_is_the_same_and_has_the_boot() {
    let scene = Scene::new();
    let (service, port) = booted(&scene);
    let (head, body) = http(port, "GET /status.json HTTP/1.1");
    assert!(
        head.starts_with("http/1.1 421"),
        "by a name that is no address: {head}"
    );
    assert!(String::from_utf8_lossy(&body).contains("127.0.0.1/status"));
    let get = |path: &str| http_at("127.0.0.1", port, &format!("GET {path} HTTP/1.1"));
    let (head, body) = get("/status.json");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(
        head.contains("content-security-policy: default-src 'none'"),
        "{head}"
    );
    let status: Value = serde_json::from_slice(&body).unwrap();
    let clients = status["clients"].as_array().unwrap();
    let machine = clients
        .iter()
        .find(|client| client["id"] == "02:00:00:00:00:01")
        .unwrap_or_else(|| panic!("{status}"));
    assert_eq!(machine["arch"], "uefi-x64");
    // The probe gives its address back, and asked for the file from its own.
    let files = clients
        .iter()
        .find(|client| client["id"] == "127.0.0.1")
        .unwrap_or_else(|| panic!("{status}"));
    assert_eq!(files["file"]["name"], r"\Boot\a.efi");
    assert_eq!(files["file"]["bytes"], 800_000);
    assert_eq!(files["file"]["under_way"], false);

    let (_, body) = get("/status.json?client=02:00:00:00:00:01");
    let one: Value = serde_json::from_slice(&body).unwrap();
    let steps: Vec<&str> = one["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            r"DISCOVER: OFFER with \Boot\a.efi",
            r"REQUEST: ACK with \Boot\a.efi",
            "RELEASE"
        ]
    );
    assert_eq!(
        ask(&scene, "client 02:00:00:00:00:01")["steps"],
        one["steps"]
    );
    assert_eq!(
        ask(&scene, "status")["clients"].as_array().unwrap().len(),
        clients.len()
    );
    let (_, body) = get("/metrics");
    let metrics = String::from_utf8(body).unwrap();
    for line in [
        "pxe_dhcp_messages_total{asked=\"discover\",answer=\"offer\"} 1",
        "pxe_transfers_total{way=\"tftp\",outcome=\"whole\"} 1",
        "pxe_transfer_bytes_total{way=\"tftp\"} 800000",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let (head, body) = get("/status");
    assert!(head.contains("content-type: text/html"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("/status/page.js"));
    // Boot files are where they were, and those who look are no clients.
    let (head, body) = get("/boot/a.efi");
    assert!(
        head.starts_with("http/1.1 200") && body.len() == 800_000,
        "{head}"
    );
    let (head, _) = http_at("localhost", port, "PUT /status.json HTTP/1.1");
    assert!(head.starts_with("http/1.1 405"), "{head}");
    assert_eq!(service.stop(), 0);
}

#[test]
fn without_the_key_there_is_no_status_and_not_for_strangers_with_it() {
    let scene = Scene::new();
    let port = free_port();
    let http_table = format!("{BOOT}\n[http]\nport = {port}\n");
    scene.configure("proxy", "", &http_table);
    let service = scene.start();
    for path in ["/status", "/status.json", "/metrics"] {
        let (head, _) = http(port, &format!("GET {path} HTTP/1.1"));
        assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
    }
    assert_eq!(service.stop(), 0);
    // Another address of this machine is another machine's as far as the
    // service can tell: 127.0.0.0/8 alone is this one.
    let own = local_address();
    let Some(own) = own else { return };
    for (from, expected) in [("", "403"), ("status-from = [\"0.0.0.0/0\"]\n", "200")] {
        scene.configure("proxy", "", &format!("{http_table}status = true\n{from}"));
        let service = scene.start();
        let mut stream = std::net::TcpStream::connect((own, port)).unwrap();
        write!(stream, "GET /status.json HTTP/1.0\r\nHost: {own}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.0 {expected}")),
            "{answer}"
        );
        if expected == "403" {
            assert!(answer.contains("status-from"), "{answer}");
        }
        assert_eq!(service.stop(), 0);
    }
}

/// An address of this machine that is not on loopback, where it has one.
fn local_address() -> Option<std::net::Ipv4Addr> {
    let output = Command::new("hostname").arg("-I").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|word| word.parse().ok())
}

#[test]
fn watch_tells_each_step_as_it_happens_and_ends_with_the_service() {
    let scene = Scene::new();
    let (service, _) = booted(&scene);
    let mut watch = Command::new(PXE)
        .args(["watch", "-c"])
        .arg(scene.config())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        lines
            .map_while(Result::ok)
            .try_for_each(|line| sender.send(line))
    });
    // What was before is where it stands now; the steps are those to come. So
    // machines boot until one is told of.
    let deadline = Instant::now() + LIMIT;
    let mut seen: Vec<String> = Vec::new();
    let acknowledged = |seen: &[String]| {
        seen.iter()
            .any(|line| line.contains(":02 127.0.1.1") && line.contains("REQUEST: ACK"))
    };
    while !acknowledged(&seen) {
        assert!(Instant::now() < deadline, "{seen:?}");
        let (_, answer) = scene.probe(&["--mac", "02:00:00:00:00:02"]);
        assert_eq!(answer["verdict"]["ok"], true, "{answer}");
        seen.extend(heard.recv_timeout(Duration::from_millis(700)));
        seen.extend(heard.try_iter());
    }
    let discover = seen
        .iter()
        .find(|line| line.contains(r"DISCOVER: OFFER with \Boot\a.efi"))
        .unwrap_or_else(|| panic!("{seen:?}"));
    assert!(
        discover.contains(" 02:00:00:00:00:02 127.0.1.1"),
        "{discover}"
    );
    assert_eq!(service.stop(), 0);
    let output = watch.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(said(&output).contains("the daemon has ended"), "{output:?}");
    assert!(!scene.folder.path().join("socket").exists());
}

/// `script` gives it a terminal, and passes on what it draws there.
#[test]
fn on_a_terminal_watch_draws_a_screen_of_its_own_and_puts_the_old_one_back() {
    let scene = Scene::new();
    let (service, _) = booted(&scene);
    let watch = format!("exec {PXE} watch -c {}", scene.config().display());
    let mut terminal = Command::new("script")
        .args(["-q", "-f", "-e", "-c", &watch, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("hint: apt-get install bsdutils");
    let mut stdout = terminal.stdout.take().unwrap();
    let (sender, drawn) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = stdout.read(&mut piece) {
            let _ = sender.send(String::from_utf8_lossy(&piece[..length]).into_owned());
        }
    });
    let mut text = String::new();
    while !text.contains("02:00:00:00:00:01") {
        text.push_str(&drawn.recv_timeout(LIMIT).expect(&text));
    }
    let id = terminal.id();
    let child = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let told = Command::new("kill").args(["-INT", child.trim()]).status();
    assert!(told.unwrap().success(), "{child}");
    assert_eq!(terminal.wait().unwrap().code(), Some(0));
    text.extend(drawn.iter());
    let (entered, left) = (text.find("\x1b[?1049h"), text.find("\x1b[?1049l"));
    assert!(entered.is_some() && entered < left, "{text:?}");
    assert!(text.contains("\x1b[1mpxe watch  "), "{text:?}");
    assert_eq!(service.stop(), 0);
}

#[test]
fn watch_says_where_everybody_stands_and_who_is_not_there() {
    let scene = Scene::new();
    scene.configure("full", "", BOOT);
    let output = pxe(&scene, &["watch"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(
        said(&output).contains("socket: no daemon answers"),
        "{output:?}"
    );
    assert!(
        said(&output).contains("hint: is `pxe serve` running"),
        "{output:?}"
    );
    let (service, _) = booted(&scene);
    let output = pxe(&scene, &["watch", "--once"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(said(&output).contains("02:00:00:00:00:01"), "{output:?}");
    let status = json(&pxe(&scene, &["watch", "--once", "--json"]));
    assert!(status["clients"].as_array().unwrap().len() >= 2, "{status}");
    assert_eq!(service.stop(), 0);
}

#[test]
fn the_socket_is_for_its_owner_and_group_and_answers_nonsense_with_an_error() {
    let scene = Scene::new();
    let (service, _) = booted(&scene);
    let path = scene.folder.path().join("socket");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let error = ask(&scene, "shutdown");
    assert_eq!(error["error"]["kind"], "usage", "{error}");
    let error = ask(&scene, "client 10.9.8.7");
    assert_eq!(error["error"]["subject"], "10.9.8.7", "{error}");
    // A question without an end is none, and holds nobody up.
    let mut endless = UnixStream::connect(&path).unwrap();
    let _ = endless.write_all(&[b'x'; 4096]);
    let _silent = UnixStream::connect(&path).unwrap();
    assert!(ask(&scene, "leases")["leases"].is_array());
    // A second service leaves the first one's socket alone.
    let output = pxe(&scene, &["serve"]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(service.stop(), 0);
}

/// Those who look may have every place: the service ends all the same.
#[test]
fn a_service_that_everybody_watches_still_stops_when_told() {
    let scene = Scene::new();
    let (service, _) = booted(&scene);
    let watchers: Vec<UnixStream> = (0..20)
        .map(|_| {
            let mut stream = UnixStream::connect(scene.folder.path().join("socket")).unwrap();
            writeln!(stream, "watch").unwrap();
            stream
        })
        .collect();
    // The sixteenth has its answer: the places are taken.
    let mut line = String::new();
    BufReader::new(&watchers[15]).read_line(&mut line).unwrap();
    assert!(line.contains("states"), "{line}");
    let began = Instant::now();
    assert_eq!(service.stop(), 0);
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
}

/// Takes a lease and keeps it: the probe's REQUEST without its RELEASE.
fn keeps_a_lease(scene: &Scene, number: u8) -> String {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut message = vec![0_u8; 240];
    message[..4].copy_from_slice(&[1, 1, 6, 0]);
    message[28..34].copy_from_slice(&[2, 0, 0, 0, 9, number]);
    message[236..].copy_from_slice(&[99, 130, 83, 99]);
    let ask = |options: &[u8]| {
        let packet = [&message, options, &[255]].concat();
        socket.send_to(&packet, ("127.0.0.1", scene.dhcp)).unwrap();
        let mut answer = [0; 2048];
        let _ = socket.recv(&mut answer).unwrap();
        [answer[16], answer[17], answer[18], answer[19]]
    };
    let [a, b, c, d] = ask(&[53, 1, 1]);
    let given = ask(&[53, 1, 3, 50, 4, a, b, c, d, 54, 4, 127, 0, 0, 1]);
    std::net::Ipv4Addr::from(given).to_string()
}

fn lent(scene: &Scene) -> Vec<String> {
    let output = pxe(scene, &["leases", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    json(&output)["leases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|lease| lease["state"] == "lent")
        .map(|lease| lease["address"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn leases_are_listed_and_taken_back_with_the_service_and_without_it() {
    let scene = Scene::new();
    scene.configure("full", "", BOOT);
    let text = fs::read_to_string(scene.config()).unwrap();
    fs::write(scene.config(), text.replace("127.0.1.11", "127.0.1.99")).unwrap();
    let service = scene.start();
    let addresses: Vec<String> = (1..=4)
        .map(|number| keeps_a_lease(&scene, number))
        .collect();
    assert_eq!(lent(&scene), addresses);

    // By address and by hardware address; what is free already is said.
    let output = pxe(
        &scene,
        &[
            "leases",
            "--release",
            &addresses[0],
            "--release",
            "02:00:00:00:09:02",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let expected = format!("{}: released\n{}: released\n", addresses[0], addresses[1]);
    assert_eq!(said(&output), expected);
    assert_eq!(lent(&scene), addresses[2..]);
    let output = pxe(&scene, &["leases", "--release", &addresses[0], "--json"]);
    assert_eq!(json(&output)["not_lent"][0], addresses[0]);
    service.wait_for("released by hand");

    // Confirmed is durable: not even a killed service forgets it.
    let mut service = service;
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    assert_eq!(lent(&scene), addresses[2..]);
    let output = pxe(&scene, &["leases", "--release", "02:00:00:00:09:03"]);
    assert_eq!(said(&output), format!("{}: released\n", addresses[2]));
    let table = said(&pxe(&scene, &["leases"]));
    assert!(table.starts_with("ADDRESS "), "{table}");
    assert_eq!(table.matches(" released ").count(), 3, "{table}");

    // The next service knows of both.
    let service = scene.start();
    assert_eq!(lent(&scene), addresses[3..]);
    // A store that a service holds is not written beside it.
    let socket = scene.folder.path().join("socket");
    fs::rename(&socket, scene.folder.path().join("hidden")).unwrap();
    assert_eq!(lent(&scene), addresses[3..]);
    let output = pxe(&scene, &["leases", "--release", &addresses[3]]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(
        said(&output).contains("another pxe uses these leases"),
        "{output:?}"
    );
    fs::rename(scene.folder.path().join("hidden"), &socket).unwrap();
    assert_eq!(lent(&scene), addresses[3..]);
    assert_eq!(service.stop(), 0);

    scene.configure("proxy", "", BOOT);
    let output = pxe(&scene, &["leases"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("no addresses are given"),
        "{output:?}"
    );
}
