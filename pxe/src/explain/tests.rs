//! Answers explained from a configuration's text.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::*;
use crate::config::Config;
use crate::firmware::{Reason, Speaker};
use crate::wire::arch::Architecture;
use crate::wire::dhcp::HardwareAddress;

const LOCAL: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

fn settings(dhcp: &str, more: &str) -> Settings {
    let text = format!(
        "interface = \"eth0\"\n[tftp]\nroot = \"/srv/tftp\"\n[boot]\nbios = 'x.0'\n\
         uefi-x64 = '\\boot\\x64\\wdsmgfw.efi'\nuefi-x64-http = 'http://10.0.0.5/x.efi'\n\
         ipxe = 'http://10.0.0.5/menu.ipxe'\n[dhcp]\n{dhcp}\n{more}"
    );
    Config::parse("pxe.toml", &text).unwrap().settings
}

fn full(more: &str) -> Settings {
    settings(
        "mode = \"full\"\nleases = \"/l\"\n[dhcp.pool]\nnetwork = \"10.0.0.0/24\"\n\
         range = \"10.0.0.100-10.0.0.150\"",
        more,
    )
}

fn asked(code: u16) -> Question {
    let mac = HardwareAddress::ethernet([0x52, 0x54, 0, 0, 0, 1]);
    Question {
        request: Speaker::new(Architecture(code), mac).discover(1),
        port: Port::Dhcp,
        local: LOCAL,
        now: 0,
    }
}

fn kinds(explained: &Explained) -> Vec<Option<MessageType>> {
    explained
        .exchanges
        .iter()
        .map(|exchange| exchange.answer.as_ref().ok()?.message.message_type())
        .collect()
}

#[test]
fn full_mode_is_explained_from_offer_to_ack() {
    let explained = explain(&full(""), &asked(7));
    assert_eq!(
        kinds(&explained),
        [Some(MessageType::Offer), Some(MessageType::Ack)]
    );
    assert!(explained.boots());
    let (origin, file) = explained.file.unwrap();
    assert_eq!(origin, Origin::General);
    assert_eq!(file, r"\boot\x64\wdsmgfw.efi");
    let ids: Vec<&str> = explained.courses.iter().map(|(own, _)| own.id).collect();
    assert_eq!(ids, ["edk2", "shim"]);
}

#[test]
fn a_proxy_in_wds_manner_is_asked_at_port_4011_too() {
    let explained = explain(
        &settings("mode = \"proxy\"\nmanner = \"wds\"", ""),
        &asked(7),
    );
    assert_eq!(
        kinds(&explained),
        [Some(MessageType::Offer), Some(MessageType::Ack)]
    );
    assert_eq!(explained.exchanges[1].question, "REQUEST to port 4011");
    assert!(explained.boots(), "{:?}", explained.courses);
}

#[test]
fn rules_are_told_up_to_the_one_that_matches() {
    let rules = "[[client]]\nname = \"lab\"\nmac = \"aa:*\"\nboot = { bios = 'lab.0' }\n\
                 [[client]]\nname = \"mine\"\nmac = \"52:54:*\"\nboot = { bios = 'mine.0' }\n\
                 [[client]]\nname = \"later\"\nmac = \"52:*\"\nignore = true\n";
    let explained = explain(&full(rules), &asked(0));
    let told: Vec<(&str, bool)> = explained
        .rules
        .iter()
        .map(|looked| (&*looked.name, looked.result.is_ok()))
        .collect();
    assert_eq!(told, [("lab", false), ("mine", true)]);
    let why = explained.rules[0].result.as_ref().unwrap_err();
    assert_eq!((why.condition, &*why.wanted), ("mac", "aa:*"));
    assert_eq!(explained.file, Some((Origin::Rule, "mine.0".to_owned())));
}

#[test]
fn silence_has_its_reason_and_stops_the_machine() {
    let explained = explain(
        &full("[[client]]\nmac = \"52:*\"\nignore = true\n"),
        &asked(7),
    );
    assert_eq!(explained.exchanges.len(), 1);
    assert_eq!(
        explained.exchanges[0].answer.as_ref().unwrap_err(),
        &Silence::Ignored
    );
    assert!(!explained.boots());
    assert!(explained.courses.is_empty());
    assert_eq!(explained.file, None);
}

#[test]
fn a_rule_that_leaves_fields_out_stops_the_firmware_that_reads_them() {
    let rule = "[[client]]\nmac = \"52:*\"\nfields = [\"66\", \"67\"]\n";
    let explained = explain(&full(rule), &asked(0));
    assert_eq!(explained.courses[0].1.reason(), Some(&Reason::NoNextServer));
    // EDK2 takes option 54 for it.
    assert!(explain(&full(rule), &asked(7)).boots());
}

#[test]
fn http_boot_and_ipxe_get_their_urls() {
    assert!(explain(&full(""), &asked(16)).boots());
    let mut question = asked(7);
    question.request.options.set(options::USER_CLASS, "iPXE");
    let explained = explain(&full(""), &question);
    assert_eq!(
        explained.file.as_ref().unwrap().1,
        "http://10.0.0.5/menu.ipxe"
    );
    assert!(explained.boots());
    assert_eq!(explained.courses[0].0.id, "ipxe");
}

#[test]
fn a_relay_and_a_request_of_its_own_are_answered() {
    let mut question = asked(7);
    question.request.giaddr = Ipv4Addr::new(10, 0, 0, 1);
    let explained = explain(&full(""), &question);
    assert_eq!(explained.relay, Some(Ipv4Addr::new(10, 0, 0, 1)));
    assert!(explained.boots());
    let mut question = asked(7);
    question.port = Port::BootServer;
    question
        .request
        .options
        .set(options::MESSAGE_TYPE, [u8::from(MessageType::Request)]);
    question.request.ciaddr = Ipv4Addr::new(10, 0, 0, 100);
    let explained = explain(&full(""), &question);
    assert_eq!(kinds(&explained), [Some(MessageType::Ack)]);
}
