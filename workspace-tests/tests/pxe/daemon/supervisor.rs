//! The supervisor: what it is told, and the sockets it hands over.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Command;

use workspace_tests::bins;
use workspace_tests::dhcp::{DISCOVER, Request};
use workspace_tests::peers::pxe::Serve;

use crate::scene::{self, SERVER, Scene};
use crate::{
    LIMIT, USER, config, fetch, has_given_everything_up, own_folder, reachable_binary, with_rights,
};

/// The next word of the daemon to its supervisor that is not a mere sign of
/// life; how many of those came before it.
fn next_word(supervisor: &UnixDatagram) -> (String, usize) {
    let mut alive = 0;
    loop {
        let mut buffer = [0; 512];
        let length = supervisor.recv(&mut buffer).expect("a word of the daemon");
        match String::from_utf8(buffer[..length].to_vec()).unwrap() {
            word if word == "WATCHDOG=1" => alive += 1,
            word => return (word, alive),
        }
    }
}

#[test]
fn a_supervisor_hears_of_start_life_reload_and_end() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    let socket = scene.folder().join("notify");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor.set_read_timeout(Some(LIMIT)).unwrap();
    let name = format!("NOTIFY_SOCKET={}", socket.display());
    let wrapper = ["env", &name, "WATCHDOG_USEC=400000"].map(str::to_owned);
    let mut serve = Serve::start_binary(
        &scene.host,
        &wrapper,
        &bins::tool("pxe"),
        &config(&scene, ""),
        &[67, 69],
        scene.folder(),
    )
    .unwrap();
    let (word, _) = next_word(&supervisor);
    assert!(word.starts_with("READY=1\nSTATUS=serves eth0"), "{word}");
    let mut buffer = [0; 64];
    for _ in 0..3 {
        let length = supervisor.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"WATCHDOG=1");
    }
    serve.process.signal("HUP").unwrap();
    let (word, _) = next_word(&supervisor);
    let time = word.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(time.parse::<u64>().unwrap() > 0);
    assert!(next_word(&supervisor).0.starts_with("READY=1"));
    serve.process.signal("TERM").unwrap();
    assert_eq!(next_word(&supervisor).0, "STOPPING=1");
    assert_eq!(serve.process.terminate(LIMIT).unwrap().code(), Some(0));
}

#[test]
fn sockets_of_a_supervisor_are_served_without_any_right() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    // It opens the ports and starts the program with the first packet, which
    // is then without a right of its own.
    let opens = [
        "systemd-socket-activate",
        "-d",
        "-l",
        "0.0.0.0:67",
        "-l",
        "0.0.0.0:69",
        "-l",
        "0.0.0.0:4011",
    ];
    let mut wrapper = opens.map(str::to_owned).to_vec();
    wrapper.extend(with_rights(""));
    let binary = reachable_binary(&scene);
    let config = config(&scene, "").replace(&format!("user = \"{USER}\"\n"), "");
    let serve = Serve::start_binary(
        &scene.host,
        &wrapper,
        &binary,
        &config,
        &[67, 69, 4011],
        scene.folder(),
    )
    .expect("hint: apt-get install systemd");
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let got = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(got.stdout, b"boots", "{got:?}\n{}", serve.process.output());
    let request = Request::new(DISCOVER, [2, 0, 0, 0, 0, 1], 7);
    let offer = scene::ask(
        &client,
        request.by_broadcast().as_firmware(0).finish(),
        &serve,
    );
    assert_eq!(offer.file(), b"boot/file");
    has_given_everything_up(serve.process.id());
}

#[test]
fn a_socket_that_nothing_is_for_is_an_error_with_its_address() {
    let scene = Scene::new();
    own_folder(&scene);
    let file = scene.folder().join("pxe.toml");
    fs::write(&file, config(&scene, "")).unwrap();
    // 96 for 69.
    let log = scene.folder().join("log");
    let mut command = Command::new("systemd-socket-activate");
    command.args(["-d", "-l", "0.0.0.0:96"]);
    command
        .arg(bins::tool("pxe"))
        .args(["serve", "-c"])
        .arg(&file);
    let mut started = scene.host.start("activator", command, &log).unwrap();
    let socket = scene
        .host
        .within(|| std::net::UdpSocket::bind("127.0.0.1:0").unwrap())
        .unwrap();
    started
        .wait_until("the refusal", LIMIT, |said| {
            // The first packet starts it, once it listens.
            let _ = socket.send_to(b"x", "127.0.0.1:96");
            if said.contains("UDP 0.0.0.0:96: was handed over") {
                Ok(())
            } else {
                Err(said.to_owned())
            }
        })
        .unwrap();
}
