//! Stories of packets put together one by one.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::*;
use crate::firmware::Speaker;
use crate::wire::arch::Architecture;
use crate::wire::dhcp::LONGEST;

const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 50);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// The head of a UEFI program for a machine.
fn pe(machine: u16) -> Vec<u8> {
    let mut head = vec![0; 0x80];
    head[..2].copy_from_slice(b"MZ");
    head[0x3c] = 0x40;
    head[0x40..0x44].copy_from_slice(b"PE\0\0");
    head[0x44..0x46].copy_from_slice(&machine.to_le_bytes());
    head
}

/// A machine that boots, its server, and the story of both.
struct Scene {
    story: Story,
    speaker: Speaker,
    clock: u64,
    port: u16,
}

impl Scene {
    fn new(code: u16) -> Scene {
        let mac = HardwareAddress::ethernet([2, 0, 0, 0, 0, 1]);
        Scene {
            story: Story::default(),
            speaker: Speaker::new(Architecture(code), mac),
            clock: 0,
            port: 2000,
        }
    }

    fn packet(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), payload: Payload<'_>) {
        self.clock += 1_000_000;
        self.story.take(&Packet {
            number: 1,
            at: self.clock,
            source: SocketAddrV4::new(from.0, from.1),
            destination: SocketAddrV4::new(to.0, to.1),
            payload,
        });
    }

    fn wait(&mut self, seconds: u64) {
        self.clock += seconds * 1_000_000_000;
        // Somebody else's packet shows that time went by.
        self.packet((SERVER, 9), (SERVER, 9), Payload::Udp(b"x"));
    }

    fn dhcp(&mut self, message: &Message) {
        let bytes = message.emit(LONGEST).0;
        let (from, to) = match message.op {
            Op::Request => ((Ipv4Addr::UNSPECIFIED, 68), (Ipv4Addr::BROADCAST, 67)),
            Op::Reply => ((SERVER, 67), (Ipv4Addr::BROADCAST, 68)),
        };
        self.packet(from, to, Payload::Udp(&bytes));
    }

    /// DISCOVER to ACK with a boot file.
    fn lease(&mut self, xid: u32) {
        let discover = self.speaker.discover(xid);
        self.dhcp(&discover);
        let mut answer = discover.reply(MessageType::Offer);
        answer.yiaddr = CLIENT;
        answer.siaddr = SERVER;
        answer.file = b"x.efi".to_vec();
        answer
            .options
            .set(options::SERVER_IDENTIFIER, SERVER.octets());
        self.dhcp(&answer);
        let request = self.speaker.request(xid, &answer);
        self.dhcp(&request);
        answer
            .options
            .set(options::MESSAGE_TYPE, [u8::from(MessageType::Ack)]);
        self.dhcp(&answer);
    }

    /// Loads a program for x64.
    fn load(&mut self, path: &[u8], blocks: u16) {
        self.load_file(path, blocks, &pe(0x8664));
    }

    fn load_file(&mut self, path: &[u8], blocks: u16, head: &[u8]) {
        self.port += 1;
        let (client, server) = ((CLIENT, self.port), (SERVER, 4000));
        let request = tftp::read_request(path, &[("tsize", "0".to_owned())]);
        self.packet(client, (SERVER, 69), Payload::Udp(&request));
        let size = u64::from(blocks) * 512;
        let agreed = tftp::option_ack(&[("tsize", size.to_string())]);
        self.packet(server, client, Payload::Udp(&agreed));
        for number in 1..=blocks + 1 {
            let len = if number > blocks { 0 } else { 512 };
            let mut data = vec![0; len];
            if number == 1 && len > 0 {
                data[..head.len()].copy_from_slice(head);
            }
            let data = [&tftp::data_head(number)[..], &data].concat();
            self.packet(server, client, Payload::Udp(&data));
        }
    }

    fn told(self) -> Vec<(Boot, Verdict)> {
        self.story.finish().boots
    }
}

#[test]
fn a_machine_that_asks_again_once_it_got_on_is_another_boot() {
    let mut scene = Scene::new(7);
    scene.lease(1);
    scene.load(b"x.efi", 3);
    scene.lease(2);
    let told = scene.told();
    assert_eq!(told.len(), 2);
    assert_eq!(
        told[0].1.outcome,
        Outcome::Loaded {
            path: b"x.efi".to_vec(),
            size: 1536
        }
    );
    assert!(matches!(told[1].1.outcome, Outcome::Unfinished(_)));
}

#[test]
fn what_the_machine_loads_next_is_another_boot_of_another_program() {
    let mut scene = Scene::new(7);
    scene.lease(1);
    scene.load(b"snponly.efi", 2);
    scene.speaker.user_class = Some("iPXE".to_owned());
    scene.lease(2);
    let told = scene.told();
    let ids: Vec<&str> = told
        .iter()
        .map(|(boot, _)| boot.profile().unwrap().id)
        .collect();
    assert_eq!(ids, ["edk2", "ipxe"]);
}

/// Recorded where the DHCP server's unicast answers pass by.
#[test]
fn a_boot_beside_unseen_answers_is_still_one_boot() {
    let mut scene = Scene::new(7);
    let discover = scene.speaker.discover(1);
    scene.dhcp(&discover);
    let mut unseen = discover.reply(MessageType::Offer);
    unseen.yiaddr = CLIENT;
    let request = scene.speaker.request(1, &unseen);
    scene.dhcp(&request);
    scene.load(b"x.efi", 1);
    let told = scene.told();
    assert_eq!(told.len(), 1);
    assert!(matches!(told[0].1.outcome, Outcome::Loaded { .. }));

    // A proxy's offer alone, and a REQUEST that shows another's.
    let mut scene = Scene::new(7);
    scene.dhcp(&discover);
    let mut proxy = discover.reply(MessageType::Offer);
    proxy
        .options
        .set(options::SERVER_IDENTIFIER, SERVER.octets());
    proxy.options.set(options::VENDOR_CLASS, "PXEClient");
    scene.dhcp(&proxy);
    scene.dhcp(&request);
    scene.wait(10);
    let told = scene.told();
    let code = told[0].1.reason().map(|reason| reason.code());
    assert_eq!(code, Some("boot-server-silent"));
}

#[test]
fn silence_counts_once_it_lasted() {
    for (seconds, code) in [(1, None), (6, Some("file-never-asked-for"))] {
        let mut scene = Scene::new(7);
        scene.lease(1);
        scene.wait(seconds);
        let told = scene.told();
        assert_eq!(told[0].1.reason().map(|reason| reason.code()), code);
    }
}

#[test]
fn a_transfer_that_ends_in_the_middle_is_told_with_what_came() {
    let mut scene = Scene::new(0);
    scene.lease(1);
    let client = (CLIENT, 3000);
    let request = tftp::read_request(b"x.0", &[]);
    scene.packet(client, (SERVER, 69), Payload::Udp(&request));
    let data = [&tftp::data_head(1)[..], &[0; 512]].concat();
    scene.packet((SERVER, 4000), client, Payload::Udp(&data));
    // The same block again is no progress.
    scene.packet((SERVER, 4000), client, Payload::Udp(&data));
    scene.wait(10);
    let told = scene.told();
    let reason = told[0].1.reason().unwrap();
    assert_eq!(reason.code(), "transfer-broke-off");
    assert!(reason.text().contains("512 bytes"), "{}", reason.text());
    assert_eq!(told[0].0.transfers[0].repeated, 1);
}

#[test]
fn an_answer_from_another_address_of_the_server_is_told() {
    let mut scene = Scene::new(7);
    scene.lease(1);
    let request = tftp::read_request(b"x.efi", &[]);
    scene.packet((CLIENT, 3000), (SERVER, 69), Payload::Udp(&request));
    let other = Ipv4Addr::new(10, 0, 0, 2);
    let data = [&tftp::data_head(1)[..], &[0; 512]].concat();
    scene.packet((other, 4000), (CLIENT, 3000), Payload::Udp(&data));
    let told = scene.told();
    let reason = told[0].1.reason().unwrap();
    assert_eq!(reason.code(), "answer-from-other-address");
    assert!(reason.text().contains("10.0.0.2"), "{}", reason.text());
}

#[test]
fn what_a_loaded_program_misses_is_a_finding_and_no_end() {
    let mut scene = Scene::new(7);
    scene.lease(1);
    scene.load(b"shimx64.efi", 1);
    let request = tftp::read_request(b"grubx64.efi", &[]);
    scene.packet((CLIENT, 3000), (SERVER, 69), Payload::Udp(&request));
    let refusal = tftp::error(tftp::Code::NotFound, "file not found");
    scene.packet((SERVER, 4000), (CLIENT, 3000), Payload::Udp(&refusal));
    let told = scene.told();
    assert_eq!(told[0].1.reason(), None);
    assert!(told[0].1.findings[0].contains("grubx64.efi"));
}

#[test]
fn a_capture_without_dhcp_still_tells_of_files() {
    let mut scene = Scene::new(7);
    scene.load(b"x.efi", 1);
    let told = scene.told();
    assert!(told[0].0.client.is_none());
    assert!(matches!(told[0].1.outcome, Outcome::Loaded { .. }));
}

#[test]
fn a_file_over_http_is_whole_when_its_bytes_came() {
    let mut scene = Scene::new(16);
    scene.lease(1);
    let (client, server) = ((CLIENT, 5000), (SERVER, 80));
    let tcp = |data, sequence| Payload::Tcp {
        sequence,
        ends: false,
        data,
    };
    scene.packet(
        client,
        server,
        tcp(b"GET /x.efi HTTP/1.1\r\nHost: x\r\n\r\n", 1),
    );
    // The sequence number wraps in the middle of the body.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n";
    let first = [&head[..], &[1; 300]].concat();
    let sequence = 0_u32.wrapping_sub(u32::try_from(head.len()).unwrap() + 100);
    scene.packet(server, client, tcp(&first, sequence));
    let rest = sequence.wrapping_add(u32::try_from(first.len()).unwrap());
    scene.packet(server, client, tcp(&[2; 300], rest));
    scene.packet(server, client, tcp(&[2; 300], rest));
    let told = scene.told();
    assert_eq!(
        told[0].1.outcome,
        Outcome::Loaded {
            path: b"/x.efi".to_vec(),
            size: 600
        }
    );
}

#[test]
fn more_boots_than_can_be_told_are_counted() {
    let mut scene = Scene::new(7);
    for number in 0..MOST_BOOTS + 5 {
        let [.., high, low] = number.to_be_bytes();
        scene.speaker.mac = HardwareAddress::ethernet([2, 0, 0, 1, high, low]);
        let discover = scene.speaker.discover(1);
        scene.dhcp(&discover);
    }
    let told = scene.story.finish();
    assert_eq!(told.boots.len(), MOST_BOOTS);
    assert_eq!(told.left_out, 5);
}

#[test]
fn a_clock_that_is_set_back_in_the_middle_ends_no_boot_before_it_began() {
    let mut scene = Scene::new(7);
    scene.clock = 100_000_000_000;
    scene.lease(1);
    scene.clock = 1_000_000_000;
    scene.load(b"x.efi", 1);
    let told = scene.told();
    let (boot, _) = &told[0];
    assert!(boot.last >= boot.at);
    assert!(boot.events.iter().all(|event| event.last >= event.at));
}

#[test]
fn a_program_for_another_machine_came_whole_and_stops_there() {
    for (head, part) in [
        (pe(0xaa64), "64 bit ARM"),
        (b"<html>404</html>".to_vec(), "HTML"),
        (b"#!ipxe\n".to_vec(), "script of iPXE"),
    ] {
        let mut scene = Scene::new(7);
        scene.lease(1);
        scene.load_file(b"x.efi", 3, &head);
        let told = scene.told();
        let reason = told[0].1.reason().unwrap();
        assert_eq!(reason.code(), "wrong-image");
        assert!(reason.text().contains(part), "{}", reason.text());
    }
    // What is nothing known may be a program after all.
    let mut scene = Scene::new(7);
    scene.lease(1);
    scene.load_file(b"pxelinux.0", 3, b"\xfa\x66\x9c");
    let (_, verdict) = &scene.told()[0];
    assert_eq!(verdict.reason(), None);
    assert!(verdict.findings[0].contains("no UEFI program"));
    // A BIOS starts bytes, iPXE a script.
    let mut scene = Scene::new(0);
    scene.lease(1);
    scene.load_file(b"pxelinux.0", 3, b"\xfa\x66\x9c");
    assert_eq!(scene.told()[0].1.reason(), None);
    let mut scene = Scene::new(7);
    scene.speaker.user_class = Some("iPXE".to_owned());
    scene.lease(1);
    scene.load_file(b"menu.ipxe", 1, b"#!ipxe\n");
    assert_eq!(scene.told()[0].1.reason(), None);
}
