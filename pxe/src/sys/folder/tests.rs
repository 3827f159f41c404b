use std::io::Read as _;

use super::*;

fn folder() -> (tempfile::TempDir, Folder) {
    let held = tempfile::tempdir().unwrap();
    let folder = Folder::open(held.path()).unwrap();
    (held, folder)
}

fn name(text: &str) -> OsString {
    OsString::from(text)
}

#[test]
fn the_same_folder_is_meant_after_it_got_another_name() {
    let held = tempfile::tempdir().unwrap();
    let (first, second) = (held.path().join("a"), held.path().join("b"));
    std::fs::create_dir(&first).unwrap();
    let (folder, file) = Folder::of(&first.join("pid")).unwrap();
    std::fs::rename(&first, &second).unwrap();
    folder.replace(&file, b"7\n", 0o644).unwrap();
    assert_eq!(std::fs::read(second.join("pid")).unwrap(), b"7\n");
    folder.remove(&file).unwrap();
    assert!(!second.join("pid").exists());
}

#[test]
fn a_replaced_file_is_the_new_one_and_nothing_stays_beside_it() {
    let (held, folder) = folder();
    std::fs::write(held.path().join("f"), "old").unwrap();
    std::fs::write(held.path().join("f.new"), "left by a crash").unwrap();
    let mut open = File::open(held.path().join("f")).unwrap();
    folder.replace(&name("f"), b"new", 0o600).unwrap();
    let mut text = String::new();
    open.read_to_string(&mut text).unwrap();
    assert_eq!(text, "old", "who reads the old one reads all of it");
    assert_eq!(std::fs::read(held.path().join("f")).unwrap(), b"new");
    assert_eq!(std::fs::read_dir(held.path()).unwrap().count(), 1);
}

#[test]
fn a_planted_link_is_not_followed_and_a_file_with_two_names_is_not_given_away() {
    let (held, folder) = folder();
    let target = held.path().join("target");
    std::fs::write(&target, "untouched").unwrap();
    std::os::unix::fs::symlink(&target, held.path().join("log")).unwrap();
    let refused = folder.append(&name("log"), 0o640).unwrap_err();
    assert!(refused.to_string().contains("symbolic link"), "{refused}");
    assert!(folder.read_write(&name("log"), 0o640).is_err());
    std::fs::hard_link(&target, held.path().join("hard")).unwrap();
    let file = folder.append(&name("hard"), 0o640).unwrap();
    let somebody = Identity {
        uid: nix::unistd::Uid::from_raw(54_321),
        gid: nix::unistd::Gid::from_raw(54_321),
    };
    let refused = give(&file, &somebody).unwrap_err();
    assert!(refused.to_string().contains("hard links"), "{refused}");
    assert_eq!(std::fs::read(&target).unwrap(), b"untouched");
}

#[test]
fn a_fifo_is_refused_without_waiting_for_its_other_end() {
    let (held, folder) = folder();
    nix::unistd::mkfifo(&held.path().join("log"), Mode::from_bits_truncate(0o600)).unwrap();
    assert!(folder.append(&name("log"), 0o640).is_err());
    assert!(folder.read_write(&name("log"), 0o640).is_err());
}
