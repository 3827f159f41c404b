use proptest::prelude::*;

use super::*;

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

/// A record as `ktutil` and `samba-tool` write it.
pub(in crate::kerberos) fn record(
    version: u32,
    kind: u16,
    key: &[u8],
    long_version: bool,
) -> Vec<u8> {
    let mut body = vec![0, 2];
    body.extend(counted(b"EXAMPLE.TEST"));
    body.extend(counted(b"nfs"));
    body.extend(counted(b"nfs01.example.test"));
    body.extend([0, 0, 0, 1]); // name type
    body.extend([0; 4]); // time
    body.push(version as u8);
    body.extend(kind.to_be_bytes());
    body.extend(counted(key));
    if long_version {
        body.extend(version.to_be_bytes());
    }
    [&(body.len() as u32).to_be_bytes()[..], &body].concat()
}

pub(in crate::kerberos) fn file(records: &[Vec<u8>]) -> Vec<u8> {
    [vec![5, 2], records.concat()].concat()
}

#[test]
fn entries_are_read_in_order_and_holes_are_skipped() {
    let hole = [&(-8i32).to_be_bytes()[..], &[0xee; 8]].concat();
    let records = [
        record(2, 18, &[1; 32], false),
        hole,
        record(300, 23, &[2; 16], true),
    ];
    let keytab = Keytab::parse(&file(&records)).unwrap();
    let seen: Vec<_> = keytab
        .entries
        .iter()
        .map(|entry| {
            (
                entry.principal.to_string(),
                entry.key_version,
                entry.encryption_type.0,
            )
        })
        .collect();
    let name = "nfs/nfs01.example.test@EXAMPLE.TEST".to_owned();
    assert_eq!(seen, [(name.clone(), 2, 18), (name, 300, 23)]);
    assert_eq!(keytab.entries[0].key, Key::new(&[1; 32]));
}

#[test]
fn the_byte_counts_when_the_long_version_is_zero() {
    let mut one = record(7, 18, &[1; 32], true);
    let end = one.len();
    one[end - 4..].fill(0);
    assert_eq!(
        Keytab::parse(&file(&[one])).unwrap().entries[0].key_version,
        7
    );
}

#[test]
fn what_is_not_a_keytab_says_so() {
    for (bytes, part) in [
        (&b""[..], "not a keytab"),
        (b"root:x:0:0", "not a keytab"),
        (&[5, 1, 0, 0], "version 1"),
        (&[5, 2, 0, 0, 0, 9, 1], "cut off"),
        (&[5, 2, 0x80, 0, 0, 0], "cut off"),
    ] {
        let error = Keytab::parse(bytes).unwrap_err();
        assert!(error.to_string().contains(part), "{bytes:?}: {error}");
    }
    assert!(Keytab::parse(&[5, 2]).unwrap().entries.is_empty());
}

#[test]
fn no_key_is_shown_by_debug() {
    let keytab = Keytab::parse(&file(&[record(
        1,
        18,
        b"planted-secret-planted-secret-32",
        false,
    )]));
    assert!(!format!("{keytab:?}").contains("planted"));
}

proptest! {
    #[test]
    fn parsing_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Keytab::parse(&bytes);
        let _ = Keytab::parse(&[&[5, 2], &bytes[..]].concat());
    }

    #[test]
    fn every_cut_ends_without_a_panic(length in 0usize..90) {
        let whole = file(&[record(2, 18, &[1; 32], true)]);
        let _ = Keytab::parse(&whole[..length.min(whole.len())]);
    }
}
