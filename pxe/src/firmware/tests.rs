//! Every row of what was seen of firmware, as answers in and a course out.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::net::Ipv4Addr;

use super::*;
use crate::wire::dhcp::{HardwareAddress, LONGEST, Message, MessageType};
use crate::wire::options;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const PROXY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const NEXT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);
const USE_THIS_FILE: [u8; 4] = [6, 1, 8, 255];

fn speaker(code: u16) -> Speaker {
    Speaker::new(
        Architecture(code),
        HardwareAddress::new(&[2, 0, 0, 0, 0, 1]),
    )
}

/// An answer as a test puts it together.
struct Draft(Message);

impl Draft {
    fn lease(kind: MessageType) -> Draft {
        let mut draft = Draft::of(kind, SERVER);
        draft.0.yiaddr = Ipv4Addr::new(10, 0, 0, 50);
        draft
    }

    fn proxy() -> Draft {
        Draft::of(MessageType::Offer, PROXY)
    }

    fn of(kind: MessageType, server: Ipv4Addr) -> Draft {
        let mut message = speaker(7).discover(1).reply(kind);
        message
            .options
            .set(options::SERVER_IDENTIFIER, server.octets());
        Draft(message)
    }

    fn siaddr(mut self) -> Draft {
        self.0.siaddr = NEXT;
        self
    }

    fn file(mut self, file: &str) -> Draft {
        self.0.file = file.as_bytes().to_vec();
        self
    }

    fn with(mut self, code: u8, value: &[u8]) -> Draft {
        self.0.options.set(code, value);
        self
    }

    fn without(mut self, code: u8) -> Draft {
        self.0.options.remove(code);
        self
    }

    fn pxe(self) -> Draft {
        self.with(60, b"PXEClient")
    }

    fn answer(self) -> Answer {
        Answer::parse(PROXY, &self.0.emit(LONGEST).0).unwrap()
    }
}

fn heard(offers: Vec<Draft>, acknowledged: Option<Draft>, boot_server: Option<Draft>) -> Heard {
    Heard {
        offers: offers.into_iter().map(Draft::answer).collect(),
        acknowledged: acknowledged.map(Draft::answer),
        boot_server: boot_server.map(Draft::answer),
        address_elsewhere: false,
    }
}

/// The same fields in OFFER and ACK of a DHCP server.
fn both(fields: fn(Draft) -> Draft) -> Heard {
    heard(
        vec![fields(Draft::lease(MessageType::Offer))],
        Some(fields(Draft::lease(MessageType::Ack))),
        None,
    )
}

fn course(code: u16, heard: &Heard) -> Course {
    // The BIOS that was booted was iPXE's.
    let architecture = Architecture(code);
    Profile::of(architecture, code == 0).follow(architecture, heard)
}

#[track_caller]
fn loads(code: u16, heard: &Heard, file: &str, server: Ipv4Addr) {
    let course = course(code, heard);
    let expected = End::Loads {
        file: file.as_bytes().to_vec(),
        server,
    };
    assert_eq!(course.end, expected, "{:?}", course.steps);
}

#[track_caller]
fn stops(code: u16, heard: &Heard, reason: &str) {
    let course = course(code, heard);
    let found = course.reason().map(Reason::code);
    assert_eq!(found, Some(reason), "{course:?}");
}

#[test]
fn every_row_has_a_name_of_its_own_and_says_how_it_is_known() {
    for (index, profile) in TABLE.iter().enumerate() {
        assert!(!profile.architectures.is_empty(), "{}", profile.id);
        assert_eq!(Profile::named(profile.id), Some(profile));
        let same = TABLE.iter().filter(|other| other.id == profile.id).count();
        assert_eq!(same, 1, "row {index}");
        assert!(profile.basis.to_string().len() > 10);
    }
    for row in crate::wire::arch::TABLE {
        let architecture = Architecture(row.code);
        let profile = Profile::of(architecture, false);
        assert!(!profile.second_stage, "{architecture}");
        assert!(!profile.ipxe, "{architecture}");
        assert!(Profile::of(architecture, true).ipxe, "{architecture}");
    }
}

#[test]
fn a_file_everywhere_boots_everything() {
    let heard = both(|draft| {
        draft
            .siaddr()
            .file("boot/x")
            .with(67, b"boot/x\0")
            .with(66, b"10.0.0.3")
    });
    for code in [0, 6, 7, 9, 11] {
        loads(code, &heard, "boot/x", NEXT);
    }
}

#[test]
fn where_file_and_option_67_differ_ipxe_takes_the_header_and_edk2_the_option() {
    let heard = both(|draft| draft.siaddr().file("header").with(67, b"option"));
    loads(0, &heard, "header", NEXT);
    loads(7, &heard, "option", NEXT);
}

#[test]
fn ipxe_reads_the_ack_and_edk2_wants_the_file_in_both() {
    let fields = |draft: Draft| draft.siaddr().file("x");
    let plain = |kind| Draft::lease(kind);
    let only_ack = heard(
        vec![plain(MessageType::Offer)],
        Some(fields(plain(MessageType::Ack))),
        None,
    );
    loads(0, &only_ack, "x", NEXT);
    stops(7, &only_ack, "file-only-in-ack");
    let only_offer = heard(
        vec![fields(plain(MessageType::Offer))],
        Some(plain(MessageType::Ack)),
        None,
    );
    stops(0, &only_offer, "ack-without-file");
    stops(7, &only_offer, "ack-without-file");
    let screen = Profile::of(Architecture(7), false).screen(&Reason::AckWithoutFile);
    assert_eq!(screen, Some("PXE-E99"));
}

#[test]
fn without_siaddr_edk2_takes_option_54_and_ipxe_stops() {
    let heard = both(|draft| draft.file("x").with(66, b"10.0.0.3"));
    stops(0, &heard, "no-next-server");
    loads(7, &heard, "x", SERVER);
}

#[test]
fn a_full_file_field_is_read_on_by_edk2_alone() {
    let mut heard = both(Draft::siaddr);
    let long = "x".repeat(128);
    for answer in heard.offers.iter_mut().chain(&mut heard.acknowledged) {
        let mut bytes = answer.bytes.clone();
        bytes[108..236].copy_from_slice(long.as_bytes());
        *answer = Answer::parse(SERVER, &bytes).unwrap();
    }
    loads(0, &heard, &long, NEXT);
    let course = course(7, &heard);
    let Some(Reason::ReadOnBehindFile { path, real }) = course.reason() else {
        panic!("{course:?}");
    };
    assert_eq!(*real, 128);
    // The magic cookie, then the options up to the first NUL.
    assert!(path.starts_with(long.as_bytes()));
    assert_eq!(&path[128..135], b"c\x82Sc5\x01\x05");
}

#[test]
fn an_old_rom_reads_on_behind_an_option_without_a_nul() {
    let architecture = Architecture::BIOS;
    let old = Profile::named("undi").unwrap();
    let ends = both(|draft| draft.siaddr().with(67, b"x.0\0"));
    assert_eq!(old.follow(architecture, &ends).reason(), None);
    let mut open = both(|draft| draft.siaddr().with(67, b"x.0"));
    let course = old.follow(architecture, &open);
    assert_eq!(
        course.reason(),
        Some(&Reason::MissingNul {
            path: b"x.0\xff".to_vec()
        })
    );
    // Unless there happens to be a fill behind it.
    let bytes = &mut open.acknowledged.as_mut().unwrap().bytes;
    let end = bytes.iter().rposition(|byte| *byte == 0xff).unwrap();
    bytes[end] = 0;
    assert_eq!(old.follow(architecture, &open).reason(), None);
}

#[test]
fn a_path_whose_backslashes_were_escapes_is_told() {
    for code in [0, 7] {
        let heard = both(|draft| draft.siaddr().with(67, b"\x08oot\x86wdsnbp.com"));
        stops(code, &heard, "eaten-backslash");
        let text = course(code, &heard).reason().unwrap().text();
        assert!(text.contains("<08>oot<86>wdsnbp.com"), "{text}");
    }
}

#[test]
fn a_proxy_without_option_60_is_ignored() {
    let heard = heard(
        vec![
            Draft::lease(MessageType::Offer),
            Draft::proxy().siaddr().file("x"),
        ],
        Some(Draft::lease(MessageType::Ack)),
        None,
    );
    stops(0, &heard, "vendor-class");
    stops(7, &heard, "vendor-class");
}

#[test]
fn a_proxy_without_option_54_is_ignored_by_edk2_alone() {
    let heard = heard(
        vec![
            Draft::lease(MessageType::Offer),
            Draft::proxy()
                .pxe()
                .siaddr()
                .file("x")
                .with(43, &USE_THIS_FILE)
                .without(54),
        ],
        Some(Draft::lease(MessageType::Ack)),
        None,
    );
    loads(0, &heard, "x", NEXT);
    stops(7, &heard, "no-server-identifier");
}

#[test]
fn a_proxys_file_is_used_as_it_is_by_ipxe_and_by_edk2_only_when_told_so() {
    let with = |draft: Draft, silent: bool| {
        heard(
            vec![Draft::lease(MessageType::Offer), draft],
            Some(Draft::lease(MessageType::Ack)),
            (!silent).then(|| Draft::of(MessageType::Ack, PROXY).siaddr().file("y")),
        )
    };
    let plain = || Draft::proxy().pxe().siaddr().file("x");
    loads(0, &with(plain(), true), "x", NEXT);
    stops(7, &with(plain(), true), "boot-server-silent");
    loads(7, &with(plain(), false), "y", NEXT);
    let told = || plain().with(43, &USE_THIS_FILE);
    loads(0, &with(told(), true), "x", NEXT);
    loads(7, &with(told(), true), "x", NEXT);
    // WDS manner: option 60 alone.
    let wds = || Draft::proxy().pxe();
    for code in [0, 7] {
        stops(code, &with(wds(), true), "boot-server-silent");
        loads(code, &with(wds(), false), "y", NEXT);
        let asked = course(code, &with(wds(), false)).asks;
        assert_eq!(asked, Some(PROXY));
    }
}

#[test]
fn where_both_have_a_file_ipxe_takes_the_dhcp_servers_and_edk2_the_proxys() {
    let heard = heard(
        vec![
            Draft::lease(MessageType::Offer).siaddr().file("dhcp"),
            Draft::proxy()
                .pxe()
                .siaddr()
                .file("proxy")
                .with(43, &USE_THIS_FILE),
        ],
        Some(Draft::lease(MessageType::Ack).siaddr().file("dhcp")),
        None,
    );
    loads(0, &heard, "dhcp", NEXT);
    loads(7, &heard, "proxy", NEXT);
}

#[test]
fn option_60_of_a_dhcp_server_makes_edk2_ask_port_4011_and_stop() {
    let fields = |draft: Draft| draft.pxe().siaddr().file("x");
    let heard = both(fields);
    loads(0, &heard, "x", NEXT);
    let course = course(7, &heard);
    let reason = course.reason().unwrap();
    assert_eq!(reason.code(), "boot-server-silent");
    assert!(reason.text().contains("06 01 08"), "{}", reason.text());
    assert!(reason.hint().contains("4011"));
    let told = both(|draft| draft.pxe().siaddr().file("x").with(43, &USE_THIS_FILE));
    loads(7, &told, "x", NEXT);
}

#[test]
fn a_boot_menu_in_option_43_is_asked_for() {
    let menu = [
        6, 1, 3, 10, 4, 0, b'P', b'X', b'E', 8, 7, 0x80, 0, 1, 10, 0, 0, 2, 9, 6, 0x80, 0, 3, b'W',
        b'D', b'S', 255,
    ];
    let offers = || {
        vec![
            Draft::lease(MessageType::Offer),
            Draft::proxy().pxe().with(43, &menu),
        ]
    };
    let ack = || Some(Draft::lease(MessageType::Ack));
    stops(0, &heard(offers(), ack(), None), "boot-server-silent");
    let answered = Draft::of(MessageType::Ack, PROXY).siaddr().file("y");
    loads(0, &heard(offers(), ack(), Some(answered)), "y", NEXT);
}

#[test]
fn http_boot_needs_its_class_a_url_and_names_for_names() {
    let url = b"http://10.0.0.9/x.efi";
    let with = |class: Option<&[u8]>, url: &[u8], dns: bool| {
        let mut draft = Draft::lease(MessageType::Offer).with(67, url);
        if let Some(class) = class {
            draft = draft.with(60, class);
        }
        if dns {
            draft = draft.with(6, &[10, 0, 0, 1]);
        }
        heard(vec![draft], None, None)
    };
    let class = Some(&b"HTTPClient"[..]);
    loads(
        16,
        &with(class, url, false),
        "http://10.0.0.9/x.efi",
        Ipv4Addr::new(10, 0, 0, 9),
    );
    stops(16, &with(None, url, false), "vendor-class");
    stops(16, &with(Some(b"PXEClient"), url, false), "vendor-class");
    stops(16, &with(class, b"boot/x.efi", false), "not-a-url");
    let named = b"http://boot.test:8080/x.efi";
    stops(16, &with(class, named, false), "no-name-server");
    loads(
        16,
        &with(class, named, true),
        "http://boot.test:8080/x.efi",
        Ipv4Addr::UNSPECIFIED,
    );
}

#[test]
fn the_server_whose_offer_was_taken_is_named_when_another_has_the_file() {
    let other = Draft::of(MessageType::Offer, NEXT).siaddr().file("x");
    let mut other = other;
    other.0.yiaddr = Ipv4Addr::new(10, 0, 0, 60);
    let heard = heard(
        vec![Draft::lease(MessageType::Offer), other],
        Some(Draft::lease(MessageType::Ack)),
        None,
    );
    stops(0, &heard, "wrong-server");
    let text = course(0, &heard).reason().unwrap().text();
    assert!(
        text.contains("10.0.0.1") && text.contains("10.0.0.3"),
        "{text}"
    );
}

#[test]
fn silence_and_refusals_have_their_names() {
    stops(7, &heard(vec![], None, None), "no-offer");
    stops(
        0,
        &heard(vec![Draft::proxy().pxe()], None, None),
        "no-address",
    );
    let offer = || Draft::lease(MessageType::Offer).siaddr().file("x");
    stops(7, &heard(vec![offer()], None, None), "no-ack");
    stops(0, &heard(vec![offer()], None, None), "no-ack");
    let nak = Draft::of(MessageType::Nak, SERVER);
    stops(7, &heard(vec![offer()], Some(nak), None), "refused");
    stops(0, &both(|draft| draft), "no-boot-file");
    stops(7, &both(|draft| draft), "no-boot-file");
}

#[test]
fn a_proxy_asked_alone_is_judged_as_if_somebody_gave_an_address() {
    let mut told = heard(
        vec![
            Draft::proxy()
                .pxe()
                .siaddr()
                .file("x")
                .with(43, &USE_THIS_FILE),
        ],
        None,
        None,
    );
    told.address_elsewhere = true;
    for code in [0, 7] {
        loads(code, &told, "x", NEXT);
    }
}

#[test]
fn shim_and_uboot_read_the_header_alone() {
    for id in ["shim", "u-boot"] {
        let profile = Profile::named(id).unwrap();
        let architecture = Architecture(profile.architectures[0]);
        let option = both(|draft| draft.siaddr().with(67, b"x\0"));
        let course = profile.follow(architecture, &option);
        assert_eq!(course.reason(), Some(&Reason::NoBootFile), "{id}");
        assert!(
            course.steps.iter().any(|step| step.contains("alone")),
            "{id}"
        );
        let header = both(|draft| draft.siaddr().file("x"));
        assert_eq!(profile.follow(architecture, &header).reason(), None, "{id}");
    }
}

#[test]
fn ipxe_follows_a_url_without_a_next_server() {
    let heard = both(|draft| draft.with(67, b"http://10.0.0.9/menu.ipxe"));
    let profile = Profile::of(Architecture::UEFI_X64, true);
    let course = profile.follow(Architecture::UEFI_X64, &heard);
    assert_eq!(course.reason(), None, "{course:?}");
}

#[test]
fn edk2_insists_on_an_oack_with_tsize_and_ipxe_does_not() {
    let agreed = |names: &[&str]| -> Vec<(String, String)> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), "1".to_owned()))
            .collect()
    };
    let edk2 = Profile::of(Architecture::UEFI_X64, false);
    let ipxe = Profile::of(Architecture::BIOS, true);
    assert_eq!(edk2.takes(None), Err(Reason::NoOptionAck));
    assert_eq!(
        edk2.takes(Some(&agreed(&["blksize"]))),
        Err(Reason::NoSizeAgreed)
    );
    assert_eq!(edk2.takes(Some(&agreed(&["tsize", "blksize"]))), Ok(()));
    assert_eq!(ipxe.takes(None), Ok(()));
    assert_eq!(ipxe.takes(Some(&agreed(&["blksize"]))), Ok(()));
}

#[test]
fn what_firmware_says_is_what_was_recorded_of_it() {
    let message = speaker(0).discover(1);
    let get = |code| message.options.get(code).unwrap_or_default();
    assert_eq!(get(60), b"PXEClient:Arch:00000:UNDI:002001");
    assert_eq!(get(93), [0, 0]);
    assert_eq!(get(94), [1, 2, 1]);
    assert_eq!(get(61), [1, 2, 0, 0, 0, 0, 1]);
    let message = speaker(16).discover(1);
    let get = |code| message.options.get(code).unwrap_or_default();
    assert_eq!(get(60), b"HTTPClient:Arch:00016:UNDI:003000");
    assert_eq!(get(94), [1, 3, 0]);
    let mut named = speaker(7);
    named.uuid = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let message = named.discover(1);
    assert_eq!(
        message.options.get(97),
        Some(&[0, 4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16][..])
    );
}

#[test]
fn no_answer_whatever_its_bytes_panics_a_course() {
    use proptest::prelude::*;
    proptest!(|(bytes in proptest::collection::vec(any::<u8>(), 0..700), code in 0_u16..45)| {
        let mut packet = Draft::lease(MessageType::Offer).0.emit(LONGEST).0;
        packet.truncate(240);
        packet.extend(&bytes);
        let answer = Answer::parse(SERVER, &packet).unwrap();
        let heard = Heard {
            offers: vec![answer.clone()],
            acknowledged: Some(answer),
            ..Heard::default()
        };
        for profile in TABLE {
            let _ = profile.follow(Architecture(code), &heard);
        }
    });
}
