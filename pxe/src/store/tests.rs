use std::fs::OpenOptions;
use std::net::Ipv4Addr;

use super::*;
use crate::dhcp::client::ClientKey;
use crate::dhcp::leases::{Lease, State};
use crate::wire::dhcp::HardwareAddress;

fn lease(last: u8) -> Change {
    Change::Lease(Lease {
        address: Ipv4Addr::new(10, 0, 0, last),
        key: ClientKey(Box::new([1, last])),
        mac: HardwareAddress::new(&[2, 0, 0, 0, 0, last]),
        state: State::Bound,
        until: 1_000_000 + u64::from(last),
    })
}

fn once() -> Change {
    Change::Once {
        rule: "reinstall".into(),
        mac: HardwareAddress::new(&[1; 6]),
        at: 7,
    }
}

fn written(path: &Path) -> Vec<u8> {
    let mut journal = Journal::open(path).unwrap().journal;
    journal.commit(&[lease(1), lease(2)]).unwrap();
    journal.commit(&[once()]).unwrap();
    journal.commit(&[lease(3)]).unwrap();
    drop(journal);
    std::fs::read(path).unwrap()
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    written(&path);
    let opened = Journal::open(&path).unwrap();
    assert_eq!(opened.changes, [lease(1), lease(2), once(), lease(3)]);
    assert_eq!(opened.dropped, 0);
}

#[test]
fn a_file_cut_anywhere_gives_whole_batches_and_can_be_written_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let bytes = written(&path);
    let all = [lease(1), lease(2), once(), lease(3)];
    for len in 0..bytes.len() {
        std::fs::write(&path, &bytes[..len]).unwrap();
        let mut opened = Journal::open(&path).unwrap();
        let count = opened.changes.len();
        assert!([0, 2, 3].contains(&count), "cut at {len}: {count}");
        assert_eq!(opened.changes, all[..count]);
        opened.journal.commit(&[lease(9)]).unwrap();
        drop(opened);
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.changes.len(), count + 1);
        assert_eq!(again.changes.last(), Some(&lease(9)));
    }
}

#[test]
fn a_last_batch_of_which_only_a_part_reached_the_disk_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let mut bytes = written(&path);
    let start = bytes
        .windows(4)
        .rposition(|window| window == b"PXEB")
        .unwrap();
    bytes[start + 14..].fill(0);
    std::fs::write(&path, &bytes).unwrap();
    let opened = Journal::open(&path).unwrap();
    assert_eq!(opened.changes.len(), 3);
    assert_eq!(opened.dropped, (bytes.len() - start) as u64);
}

#[test]
fn damage_in_the_middle_is_an_error_and_leaves_the_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let bytes = written(&path);
    for at in MAGIC.len()..MAGIC.len() + 20 {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        std::fs::write(&path, &damaged).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(
            error.to_string().contains("damaged at byte 8"),
            "{at}: {error}"
        );
        assert!(!error.hints().is_empty());
        assert_eq!(std::fs::read(&path).unwrap(), damaged);
    }
}

#[test]
fn another_file_is_not_taken_for_leases() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    std::fs::write(&path, "some text that is dear to somebody").unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(
        error.to_string().contains("not a file of leases"),
        "{error}"
    );
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "some text that is dear to somebody"
    );
}

#[test]
fn two_servers_cannot_have_the_same_leases() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let mut first = Journal::open(&path).unwrap();
    assert!(
        Journal::open(&path)
            .unwrap_err()
            .to_string()
            .contains("another pxe")
    );
    first.journal.replace(&mut [lease(1)].into_iter()).unwrap();
    assert!(
        Journal::open(&path)
            .unwrap_err()
            .to_string()
            .contains("another pxe")
    );
    drop(first);
    assert_eq!(Journal::open(&path).unwrap().changes, [lease(1)]);
}

#[test]
fn a_journal_written_anew_holds_what_it_was_given_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let mut journal = Journal::open(&path).unwrap().journal;
    journal.commit(&[lease(1), lease(2)]).unwrap();
    journal
        .replace(&mut [lease(2), once()].into_iter())
        .unwrap();
    journal.commit(&[lease(3)]).unwrap();
    drop(journal);
    assert_eq!(
        Journal::open(&path).unwrap().changes,
        [lease(2), once(), lease(3)]
    );
    assert!(!folder.path().join("leases.new").exists());
}

#[test]
fn a_full_disk_is_an_error_and_the_next_batch_is_whole() {
    // /dev/full takes no byte: the write fails as on a full disk.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leases");
    let mut journal = Journal::open(&path).unwrap().journal;
    journal.commit(&[lease(1)]).unwrap();
    let real = std::mem::replace(
        &mut journal.file,
        OpenOptions::new().write(true).open("/dev/full").unwrap(),
    );
    assert!(journal.commit(&[lease(2)]).is_err());
    journal.file = real;
    // The device could not be cut back, so the file counts as unsure.
    assert!(journal.wants_replacing());
    assert!(journal.commit(&[lease(2)]).is_err());
    journal.replace(&mut [lease(1)].into_iter()).unwrap();
    journal.commit(&[lease(3)]).unwrap();
    drop(journal);
    assert_eq!(Journal::open(&path).unwrap().changes, [lease(1), lease(3)]);
}
