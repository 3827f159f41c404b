//! The place of the leases fails: the disk is full, is read only, has changed
//! what was written. The daemon says so and gives no answer that it could not
//! keep to.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use scene::{SERVER, Scene, ask};
use workspace_tests::bins;
use workspace_tests::dhcp::{ACK, DISCOVER, Message, OFFER, REQUEST, Request};
use workspace_tests::netns::{Host, client_socket};
use workspace_tests::peers::pxe::Serve;
use workspace_tests::wait;

/// A small file system of its own, gone with the test.
struct Disk(PathBuf);

impl Disk {
    fn new(folder: &Path, options: &str) -> Disk {
        let place = folder.join("disk");
        fs::create_dir(&place).unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "none"])
            .arg(&place);
        assert!(
            command.status().unwrap().success(),
            "hint: mounts need root"
        );
        Disk(place)
    }

    fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        command
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0);
        assert!(command.status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn config(scene: &Scene, leases: &Path) -> String {
    scene
        .full("bios = 'none'", "")
        .replace(
            &scene.folder().join("leases").display().to_string(),
            &leases.display().to_string(),
        )
        .replace("[dhcp]\n", "[dhcp]\nanswers-per-client = 100000\n")
}

fn machine(number: u8) -> [u8; 6] {
    [2, 0, 0, 0, 0, number]
}

/// DISCOVER and REQUEST; the last answer, if there is one.
fn asks_for_a_lease(client: &Host, number: u8, serve: &Serve) -> Option<Message> {
    let discover = Request::new(DISCOVER, machine(number), number.into()).by_broadcast();
    let offer = ask(client, discover.finish(), serve);
    assert_eq!(offer.kind(), OFFER);
    let request = Request::new(REQUEST, machine(number), number.into())
        .with(50, &offer.yiaddr().octets())
        .with(54, &SERVER.octets())
        .by_broadcast()
        .finish();
    client
        .within(|| {
            let socket = client_socket(Ipv4Addr::UNSPECIFIED).unwrap();
            socket
                .set_read_timeout(Some(Duration::from_secs(1)))
                .unwrap();
            let mut buffer = [0; 2048];
            for _ in 0..3 {
                socket.send_to(&request, ("255.255.255.255", 67)).unwrap();
                if let Ok(length) = socket.recv(&mut buffer) {
                    return Message::decode(&buffer[..length]);
                }
            }
            None
        })
        .unwrap()
}

fn says(serve: &Serve, what: &str) {
    wait::until(what, Duration::from_secs(10), || {
        let said = serve.process.output();
        if said.contains(what) {
            Ok(())
        } else {
            Err(said)
        }
    })
    .unwrap();
}

#[test]
fn on_a_full_disk_nobody_is_told_of_a_lease_until_there_is_room_again() {
    let scene = Scene::new();
    let disk = Disk::new(scene.folder(), "size=64k");
    let serve = scene.serve(&config(&scene, &disk.0.join("leases")), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let first = asks_for_a_lease(&client, 1, &serve).expect("an answer while there is room");
    assert_eq!(first.kind(), ACK);

    // Whatever is left; the last page of the journal holds a few more words.
    assert!(fs::write(disk.0.join("filler"), vec![0; 64 << 10]).is_err());
    let mut asked = 0;
    while asks_for_a_lease(&client, 1, &serve).is_some() {
        asked += 1;
        assert!(asked < 200, "the disk does not fill up");
    }
    says(&serve, "leases cannot be kept, so none are given");

    fs::remove_file(disk.0.join("filler")).unwrap();
    disk.remount("size=1m");
    let answer = asks_for_a_lease(&client, 2, &serve).expect("an answer: there is room");
    assert_eq!(answer.kind(), ACK);
    // And what was told before is known after a restart.
    drop(serve);
    let serve = scene.serve(&config(&scene, &disk.0.join("leases")), &[67, 69]);
    let again = asks_for_a_lease(&client, 1, &serve).unwrap();
    assert_eq!(again.yiaddr(), first.yiaddr());
}

#[test]
fn leases_on_a_disk_that_is_read_only_are_an_error_at_the_start() {
    let scene = Scene::new();
    let folder = scene.folder().join("readonly");
    fs::create_dir(&folder).unwrap();
    let disk = Disk::new(&folder, "size=1m");
    let file = scene.folder().join("pxe.toml");
    fs::write(&file, config(&scene, &disk.0.join("leases"))).unwrap();
    disk.remount("ro");
    let mut command = Command::new(bins::tool("pxe"));
    command.args(["serve", "-c"]).arg(&file);
    let output = scene.host.output(&mut command).unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the leases cannot be opened"), "{said}");
    assert!(said.contains("hint: `[dhcp] leases`"), "{said}");
}

#[test]
fn leases_that_a_disk_changed_are_an_error_and_left_alone() {
    let scene = Scene::new();
    let leases = scene.folder().join("leases");
    let serve = scene.serve(&config(&scene, &leases), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    for number in 1..4 {
        assert_eq!(
            asks_for_a_lease(&client, number, &serve).unwrap().kind(),
            ACK
        );
    }
    drop(serve);
    let mut bytes = fs::read(&leases).unwrap();
    bytes[30] ^= 1;
    fs::write(&leases, &bytes).unwrap();
    let file = scene.folder().join("pxe.toml");
    let mut command = Command::new(bins::tool("pxe"));
    command.args(["serve", "-c"]).arg(&file);
    let output = scene.host.output(&mut command).unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("damaged at byte 8"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert_eq!(fs::read(&leases).unwrap(), bytes);
}
