//! The service as a user runs it, on loopback and without any right: probed,
//! reloaded, stopped, started again.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::process::Command;

use scene::{PXE, Scene, content, digest, free_port, http};

const BOOT: &str = "[boot]\nuefi-x64 = '\\Boot\\a.efi'";

#[test]
fn a_probe_boots_in_full_mode_and_gives_its_address_back() {
    let scene = Scene::new();
    scene.configure("full", "", BOOT);
    let service = scene.start();
    for mac in [
        "02:00:00:00:00:01",
        "02:00:00:00:00:02",
        "02:00:00:00:00:03",
    ] {
        // Two addresses, three clients: each gives back what it got.
        let (output, json) = scene.probe(&["--download", "--mac", mac]);
        assert_eq!(output.status.code(), Some(0), "{json}");
        assert_eq!(json["download"]["sha256"], digest(&content(1)), "{json}");
        assert_eq!(json["download"]["negotiated"]["windowsize"], "4");
        assert_eq!(json["offers"][0]["file"]["text"], r"\Boot\a.efi");
        assert_eq!(
            json["offers"][0]["options"]["67"]["hex"],
            "5c426f6f745c612e65666900"
        );
    }
    assert_eq!(service.stop(), 0);
}

#[test]
fn a_probe_boots_from_a_proxy_in_either_manner() {
    for manner in ["direct", "wds"] {
        let scene = Scene::new();
        scene.configure("proxy", "", BOOT);
        let text = fs::read_to_string(scene.config()).unwrap();
        fs::write(
            scene.config(),
            text.replace("[dhcp]\n", &format!("[dhcp]\nmanner = \"{manner}\"\n")),
        )
        .unwrap();
        let service = scene.start();
        let (output, json) = scene.probe(&["--download"]);
        assert_eq!(output.status.code(), Some(0), "{manner}: {json}");
        assert_eq!(json["offers"][0]["yiaddr"], "0.0.0.0");
        // Firmware asks port 4011 when the offer does not say to use its file.
        assert_eq!(json["asked_boot_server"], manner == "wds");
        let in_offer = json["offers"][0]["options"]["67"].is_object();
        assert_eq!(in_offer, manner == "direct");
        assert_eq!(json["download"]["sha256"], digest(&content(1)));
        assert_eq!(service.stop(), 0);
    }
}

#[test]
fn both_engines_send_the_same_bytes() {
    for engine in ["segmenting", "portable"] {
        let scene = Scene::new();
        scene.configure("proxy", &format!("engine = \"{engine}\""), BOOT);
        let service = scene.start();
        for window in ["1", "4", "64"] {
            let (_, json) = scene.probe(&["--download", "--window", window]);
            assert_eq!(
                json["download"]["sha256"],
                digest(&content(1)),
                "{engine} {window}: {json}"
            );
            assert_eq!(json["download"]["negotiated"]["windowsize"], window);
        }
        assert_eq!(service.stop(), 0);
    }
}

#[test]
fn a_reload_takes_a_right_configuration_and_keeps_the_old_one_otherwise() {
    let scene = Scene::new();
    scene.configure("proxy", "", BOOT);
    let service = scene.start();
    scene.configure("proxy", "", "[boot]\nuefi-x64 = 'boot/b.efi'");
    service.signal("-HUP");
    service.wait_for("the new configuration holds");
    let (_, json) = scene.probe(&["--download"]);
    assert_eq!(json["download"]["sha256"], digest(&content(2)), "{json}");

    scene.configure("proxy", "", "[boot]\nuefi-x46 = 'boot/a.efi'");
    service.signal("-HUP");
    assert!(
        service
            .wait_for("the old configuration stays")
            .contains("pxe.toml:")
    );
    scene.configure("proxy", "engine = \"portable\"", BOOT);
    service.signal("-HUP");
    assert!(
        service
            .wait_for("the old configuration stays")
            .contains("upload folder needs a restart")
    );
    let (_, json) = scene.probe(&["--download"]);
    assert_eq!(json["download"]["sha256"], digest(&content(2)), "{json}");
    // Leases that nobody keeps must not be given.
    scene.configure("full", "", BOOT);
    service.signal("-HUP");
    assert!(
        service
            .wait_for("the old configuration stays")
            .contains("mode `full`")
    );
    // How much is granted holds from the next transfer on.
    scene.configure("proxy", "window-size = 2", BOOT);
    service.signal("-HUP");
    service.wait_for("the new configuration holds");
    let (_, json) = scene.probe(&["--download", "--window", "64"]);
    assert_eq!(json["download"]["negotiated"]["windowsize"], "2", "{json}");
    assert_eq!(json["download"]["sha256"], digest(&content(1)), "{json}");
    assert_eq!(service.stop(), 0);
}

#[test]
fn a_missing_boot_file_is_said_by_check_serve_and_probe() {
    let scene = Scene::new();
    scene.configure("proxy", "", "[boot]\nuefi-x64 = '\\boot\\none.efi'");
    let checked = Command::new(PXE)
        .args(["check", "-c"])
        .arg(scene.config())
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    let text = String::from_utf8(checked.stdout).unwrap();
    assert!(
        text.contains(r"finding: \boot\none.efi: there is no such file"),
        "{text}"
    );
    let service = scene.start();
    let (output, json) = scene.probe(&["--download"]);
    assert_eq!(output.status.code(), Some(1));
    let verdict = json["verdict"]["text"].as_str().unwrap();
    assert!(verdict.contains("error 1"), "{json}");
    // The error names the file as the client asked, never our path.
    assert!(
        !verdict.contains(scene.folder.path().to_str().unwrap()),
        "{json}"
    );
    assert_eq!(service.stop(), 0);
}

#[test]
fn boot_files_come_over_http_whole_and_in_parts_and_nothing_else_does() {
    let scene = Scene::new();
    let port = free_port();
    let root = scene.folder.path().join("root");
    fs::write(scene.folder.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink("../secret", root.join("out")).unwrap();
    let more = format!(
        "{BOOT}\n[http]\nroot = \"{}\"\nport = {port}\nlisten = \"127.0.0.1\"",
        root.display()
    );
    scene.configure("proxy", "", &more);
    let service = scene.start();
    let whole = content(1);
    let (head, body) = http(port, "GET /boot/a.efi HTTP/1.1");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/efi"), "{head}");
    assert!(body == whole);
    let (head, body) = http(port, "HEAD /boot/a.efi HTTP/1.1");
    assert!(
        head.contains(&format!("content-length: {}", whole.len())),
        "{head}"
    );
    assert!(body.is_empty());
    let (head, body) = http(port, "GET /Boot%5CA.EFI?x=1 HTTP/1.1\r\nRange: bytes=10-19");
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert!(
        head.contains(&format!("content-range: bytes 10-19/{}", whole.len())),
        "{head}"
    );
    assert_eq!(body, whole[10..20]);
    for (request, status) in [
        ("GET /none HTTP/1.1", "404"),
        ("GET / HTTP/1.1", "404"),
        ("GET /boot HTTP/1.1", "404"),
        ("GET /out HTTP/1.1", "403"),
        ("GET /../secret HTTP/1.1", "403"),
        ("GET /%2e%2e/secret HTTP/1.1", "403"),
        ("GET /%zz HTTP/1.1", "400"),
        ("PUT /boot/a.efi HTTP/1.1", "405"),
        ("GET /boot/a.efi HTTP/1.1\r\nRange: bytes=99999999-", "416"),
    ] {
        let (head, body) = http(port, request);
        assert!(
            head.starts_with(&format!("http/1.1 {status}")),
            "{request}: {head}"
        );
        assert!(body.is_empty(), "{request}");
    }
    assert_eq!(service.stop(), 0);
}

/// Processor time that a process used so far.
fn cpu_ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let words: Vec<&str> = rest.split_whitespace().collect();
    // Fields 14 and 15 of proc(5); the third is the first here.
    words[11].parse::<u64>().unwrap() + words[12].parse::<u64>().unwrap()
}

#[test]
fn without_descriptors_http_waits_says_so_and_serves_again() {
    let scene = Scene::new();
    let port = free_port();
    let root = scene.folder.path().join("root");
    let more = format!(
        "{BOOT}\n[http]\nroot = \"{}\"\nport = {port}\nlisten = \"127.0.0.1\"",
        root.display()
    );
    scene.configure("proxy", "", &more);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\"", PXE]);
    let service = scene.start_as(limited);
    // Every part has what it needs before the rest is taken away.
    let (output, json) = scene.probe(&["--download"]);
    assert_eq!(output.status.code(), Some(0), "{json}");
    let held: Vec<TcpStream> = (0..32)
        .map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap())
        .collect();
    service.wait_for("no new connections for a second");
    let before = cpu_ticks(service.child.id());
    service.wait_for("no new connections for a second");
    // A second has a hundred ticks; a circle would take all of them.
    let used = cpu_ticks(service.child.id()) - before;
    assert!(used < 30, "{used} ticks in a second of waiting");
    drop(held);
    let (head, body) = http(port, "GET /boot/a.efi HTTP/1.1");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(body == content(1));
    assert_eq!(service.stop(), 0);
}

/// With few descriptors it does not start, or it is ready and stays: never
/// is it ready and ends because a part came too late for the last one.
#[test]
fn however_few_descriptors_there_are_who_says_ready_stays_ready() {
    let scene = Scene::new();
    let port = free_port();
    let root = scene.folder.path().join("root");
    for engine in ["segmenting", "portable"] {
        let more = format!(
            "{BOOT}\n[http]\nroot = \"{}\"\nport = {port}\nlisten = \"127.0.0.1\"",
            root.display()
        );
        scene.configure("proxy", &format!("engine = \"{engine}\""), &more);
        let (mut refused, mut stayed) = (0, 0);
        for limit in 10..48 {
            let mut limited = Command::new("sh");
            limited.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\""), PXE]);
            let service = scene.spawn(limited);
            let Some(error) = service.ready_or_error() else {
                // Every part is asked for something before the end.
                let held = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let (_, json) = scene.probe(&[]);
                assert_eq!(
                    json["offers"].as_array().unwrap().len(),
                    1,
                    "{limit}: {json}"
                );
                drop(held);
                assert_eq!(service.stop(), 0, "{engine}, {limit} descriptors");
                stayed += 1;
                continue;
            };
            let is_said = error.starts_with("pxe: ") && !error.contains("internal error");
            assert!(is_said, "{engine}, {limit}: {error}");
            refused += 1;
        }
        assert!(refused > 0 && stayed > 0, "{engine}: {refused} {stayed}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_the_way_to_its_holder() {
    let scene = Scene::new();
    scene.configure("proxy", "", BOOT);
    let _held = UdpSocket::bind(("127.0.0.1", scene.tftp)).unwrap();
    let output = Command::new(PXE)
        .args(["serve", "-c"])
        .arg(scene.config())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(&format!("UDP 127.0.0.1:{}: cannot be opened", scene.tftp)),
        "{text}"
    );
    assert!(text.contains("hint: `ss -ulnp"), "{text}");
}

#[test]
fn a_server_that_is_not_there_is_a_negative_verdict() {
    let scene = Scene::new();
    let output = Command::new(PXE)
        .args(["probe", "--wait", "1", "--nagios", "--server"])
        .arg(format!("127.0.0.1:{}", scene.dhcp))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!([Some(2), Some(3)].contains(&output.status.code()), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
