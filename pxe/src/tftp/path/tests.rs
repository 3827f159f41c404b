use proptest::prelude::*;

use super::*;

fn read(name: &[u8]) -> Result<String, Refused> {
    RootPath::from_wire(name).map(|path| path.to_string())
}

#[test]
fn every_spelling_of_a_wds_path_is_the_same_file() {
    for name in [
        &br"\boot\x64\wdsmgfw.efi"[..],
        br"boot\x64\wdsmgfw.efi",
        br"/boot/x64\wdsmgfw.efi",
        br"\\boot\\x64\.\wdsmgfw.efi",
        b"\\boot\\x64\\wdsmgfw.efi\xff",
        b"\\boot\\x64\\wdsmgfw.efi\xff\xff\x01",
    ] {
        assert_eq!(
            read(name).as_deref(),
            Ok("boot/x64/wdsmgfw.efi"),
            "{name:?}"
        );
    }
}

#[test]
fn what_leads_out_or_nowhere_is_refused() {
    for (name, why) in [
        (&b""[..], Refused::Empty),
        (b"/", Refused::Empty),
        (b"\xff", Refused::Empty),
        (b"./", Refused::Empty),
        (b"../etc/passwd", Refused::Upward),
        (br"boot\..\..\etc\passwd", Refused::Upward),
        (b"boot/..", Refused::Upward),
        (b"bo\xe4ot", Refused::NotText),
        (b"bo\nt", Refused::NotText),
        (&[b'a'; 256], Refused::TooLong),
        (&[b'/', b'a'].repeat(40), Refused::TooLong),
    ] {
        assert_eq!(read(name), Err(why), "{name:?}");
    }
}

proptest! {
    #[test]
    fn no_name_gives_a_component_that_leads_elsewhere(name in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(path) = RootPath::from_wire(&name) {
            prop_assert!(!path.components().is_empty());
            for part in path.components() {
                prop_assert!(!part.is_empty() && part != "." && part != "..");
                prop_assert!(!part.contains(['/', '\\', '\0']));
            }
        }
    }
}
