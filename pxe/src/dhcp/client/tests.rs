use super::*;
use crate::wire::dhcp::Message;

/// Options by code.
type Given<'a> = &'a [(u8, &'a [u8])];

/// A DISCOVER with these options from 52:54:00:99:00:10.
fn message(options: &[(u8, &[u8])]) -> Message {
    let mut bytes = vec![0; 240];
    bytes[..3].copy_from_slice(&[1, 1, 6]);
    bytes[28..34].copy_from_slice(&[0x52, 0x54, 0, 0x99, 0, 0x10]);
    bytes[236..].copy_from_slice(&[99, 130, 83, 99]);
    for (code, value) in options {
        bytes.extend([*code, u8::try_from(value.len()).unwrap()]);
        bytes.extend_from_slice(value);
    }
    bytes.push(255);
    Message::parse(&bytes).unwrap()
}

#[test]
fn firmware_is_told_by_its_classes() {
    let cases: &[(Given<'_>, Firmware)] = &[
        (&[(60, b"PXEClient:Arch:00007:UNDI:003000")], Firmware::Pxe),
        (
            &[(60, b"HTTPClient:Arch:00016:UNDI:003000")],
            Firmware::Http,
        ),
        (
            &[(60, b"PXEClient:Arch:00000:UNDI:002001"), (77, b"iPXE")],
            Firmware::Ipxe,
        ),
        (&[(77, b"\x04iPXE")], Firmware::Ipxe),
        (&[(77, b"\x02ab\x04iPXE")], Firmware::Ipxe),
        (&[(60, b"MSFT 5.0")], Firmware::Other),
        (&[], Firmware::Other),
    ];
    for (options, expected) in cases {
        assert_eq!(
            Client::of(&message(options)).firmware,
            *expected,
            "{options:?}"
        );
    }
}

#[test]
fn the_architecture_comes_from_93_else_from_60_else_it_is_bios() {
    let cases: &[(Given<'_>, &[u16])] = &[
        (
            &[(60, b"PXEClient:Arch:00000:UNDI:002001"), (93, &[0, 7])],
            &[7],
        ),
        (&[(93, &[0, 7, 0, 9])], &[7, 9]),
        (
            &[(60, b"PXEClient:Arch:00011:UNDI:003000"), (93, &[])],
            &[11],
        ),
        (&[(60, b"PXEClient")], &[0]),
        (&[(60, b"PXEClient:Arch:nonsense")], &[0]),
        (&[], &[]),
    ];
    for (options, expected) in cases {
        let client = Client::of(&message(options));
        let codes: Vec<u16> = client.architectures.iter().map(|a| a.0).collect();
        assert_eq!(codes, *expected, "{options:?}");
    }
}

#[test]
fn the_uuid_is_in_the_order_in_which_it_is_printed() {
    let wire = b"\0\x04\x03\x02\x01\x06\x05\x08\x07\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
    let client = Client::of(&message(&[(97, wire)]));
    assert_eq!(
        client.uuid.map(|uuid| uuid_text(&uuid)).as_deref(),
        Some("01020304-0506-0708-090a-0b0c0d0e0f10")
    );
    for odd in [&b""[..], b"\0", b"\x01", &wire[..16]] {
        assert_eq!(Client::of(&message(&[(97, odd)])).uuid, None);
    }
}

#[test]
fn a_client_identifier_that_repeats_the_hardware_address_is_the_same_client() {
    let plain = Client::of(&message(&[])).key;
    assert_eq!(
        Client::of(&message(&[(61, b"\x01\x52\x54\0\x99\0\x10")])).key,
        plain
    );
    assert_eq!(Client::of(&message(&[(61, b"\x01")])).key, plain);
    assert_ne!(Client::of(&message(&[(61, b"\xffsomething")])).key, plain);
}
