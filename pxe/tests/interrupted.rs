//! An interrupted probe gives back what it was about to be given.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use pxe::wire::dhcp::{LONGEST, Message, MessageType};
use pxe::wire::options;

const LENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 50);

#[test]
fn a_signal_between_request_and_ack_still_gives_the_address_back() {
    for signal in ["INT", "TERM"] {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut probe = Command::new(env!("CARGO_BIN_EXE_pxe"))
            .args(["probe", "--wait", "20", "--server"])
            .arg(server.local_addr().unwrap().to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut buffer = [0; 2048];
        let released = loop {
            let (len, from) = server.recv_from(&mut buffer).unwrap();
            let message = Message::parse(&buffer[..len]).unwrap();
            match message.message_type() {
                Some(MessageType::Discover) => {
                    let mut offer = message.reply(MessageType::Offer);
                    offer.yiaddr = LENT;
                    offer
                        .options
                        .set(options::SERVER_IDENTIFIER, [127, 0, 0, 1]);
                    server.send_to(&offer.emit(LONGEST).0, from).unwrap();
                }
                // It waits for the ACK now, and none will come.
                Some(MessageType::Request) => {
                    let process = probe.id().to_string();
                    let status = Command::new("kill")
                        .args([&format!("-{signal}"), &process])
                        .status()
                        .unwrap();
                    assert!(status.success());
                }
                Some(MessageType::Release) => break message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(released.ciaddr, LENT);
        let server = released.options.address(options::SERVER_IDENTIFIER);
        assert_eq!(server, Some(Ipv4Addr::LOCALHOST));
        let number = if signal == "INT" { 2 } else { 15 };
        assert_eq!(probe.wait().unwrap().signal(), Some(number));
    }
}
