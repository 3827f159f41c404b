use proptest::prelude::*;

use super::*;

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn principal(components: &[&str], realm: &str) -> Vec<u8> {
    let mut bytes = 1u32.to_be_bytes().to_vec();
    bytes.extend((components.len() as u32).to_be_bytes());
    bytes.extend(counted(realm.as_bytes()));
    for component in components {
        bytes.extend(counted(component.as_bytes()));
    }
    bytes
}

fn credential(version: u8, server: &[&str], realm: &str) -> Vec<u8> {
    let mut bytes = principal(&["bob"], "EXAMPLE.TEST");
    bytes.extend(principal(server, realm));
    bytes.extend([0, 18]);
    if version == 3 {
        bytes.extend([0, 18]);
    }
    bytes.extend(counted(&[7; 32]));
    bytes.extend([0; 16 + 1 + 4]);
    bytes.extend(1u32.to_be_bytes());
    bytes.extend([0, 2]);
    bytes.extend(counted(&[10, 0, 0, 1]));
    bytes.extend(0u32.to_be_bytes());
    bytes.extend(counted(b"ticket"));
    bytes.extend(counted(b""));
    bytes
}

fn cache(version: u8, credentials: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![5, version];
    if version == 4 {
        bytes.extend([0, 12, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    bytes.extend(principal(&["bob"], "EXAMPLE.TEST"));
    bytes.extend(credentials.concat());
    bytes
}

#[test]
fn only_tickets_that_grant_tickets_are_kept() {
    for version in [3, 4] {
        let granting = credential(version, &["krbtgt", "EXAMPLE.TEST"], "EXAMPLE.TEST");
        let whole = cache(
            version,
            &[
                credential(
                    version,
                    &["krb5_ccache_conf_data", "pa_type"],
                    "X-CACHECONF:",
                ),
                granting.clone(),
                credential(version, &["nfs", "nfs01.example.test"], "EXAMPLE.TEST"),
            ],
        );
        let rest = ticket_granting(&whole).unwrap();
        assert_eq!(rest.client.to_string(), "bob@EXAMPLE.TEST");
        assert_eq!((rest.kept, rest.left_out), (1, 1));
        assert_eq!(rest.file, cache(version, &[granting]));
    }
}

#[test]
fn what_is_not_a_cache_says_so() {
    for (bytes, part) in [
        (&b""[..], "not a credential cache"),
        (&[5, 1, 0, 0], "version"),
        (&[5, 4, 0, 12, 0], "cut off"),
        (
            &[5, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
            "too many components",
        ),
    ] {
        let error = ticket_granting(bytes).unwrap_err();
        assert!(error.to_string().contains(part), "{bytes:?}: {error}");
    }
}

#[test]
fn session_keys_are_not_shown_by_debug() {
    let whole = cache(
        4,
        &[credential(4, &["krbtgt", "EXAMPLE.TEST"], "EXAMPLE.TEST")],
    );
    let shown = format!("{:?}", ticket_granting(&whole).unwrap());
    assert_eq!(shown, "TicketGranting(bob@EXAMPLE.TEST, 1 kept)");
}

proptest! {
    #[test]
    fn reading_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ticket_granting(&bytes);
        let _ = ticket_granting(&[&[5, 4, 0, 0], &bytes[..]].concat());
    }

    #[test]
    fn every_cut_is_refused_or_whole(length in any::<prop::sample::Index>()) {
        let one = cache(4, &[credential(4, &["krbtgt", "EXAMPLE.TEST"], "EXAMPLE.TEST")]);
        let header = cache(4, &[]).len();
        let length = length.index(one.len());
        let cut = ticket_granting(&one[..length]);
        prop_assert_eq!(cut.is_ok(), length == header);
    }
}
