use std::io::Read as _;
use std::os::unix::fs::symlink;

use super::*;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("Boot/x64")).unwrap();
    std::fs::write(root.join("Boot/x64/WdsMgfw.efi"), "inside").unwrap();
    std::fs::write(folder.path().join("secret"), "outside").unwrap();
    symlink("../secret", root.join("out")).unwrap();
    symlink(folder.path().join("secret"), root.join("absolute")).unwrap();
    symlink("Boot", root.join("boot-again")).unwrap();
    folder
}

fn read(root: &Root, path: &str) -> io::Result<String> {
    let components: Vec<String> = path.split('/').map(str::to_owned).collect();
    let mut text = String::new();
    root.file(&components)?.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn files_are_found_by_exact_name_and_by_name_in_another_case() {
    let folder = folder();
    let root = Root::open(&folder.path().join("root")).unwrap();
    for path in [
        "Boot/x64/WdsMgfw.efi",
        "boot/X64/wdsmgfw.EFI",
        "boot-again/x64/WdsMgfw.efi",
    ] {
        assert_eq!(read(&root, path).unwrap(), "inside", "{path}");
    }
    std::fs::write(folder.path().join("root/wdsmgfw.efi"), "lower").unwrap();
    std::fs::write(folder.path().join("root/WDSMGFW.EFI"), "upper").unwrap();
    assert_eq!(read(&root, "wdsmgfw.efi").unwrap(), "lower");
    assert_eq!(read(&root, "WDSMGFW.EFI").unwrap(), "upper");
}

#[test]
fn no_symbolic_link_leads_out() {
    let folder = folder();
    let root = Root::open(&folder.path().join("root")).unwrap();
    for path in ["out", "absolute", "OUT"] {
        let error = read(&root, path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{path}");
    }
}

#[test]
fn what_is_absent_or_no_file_is_said() {
    let folder = folder();
    let root = Root::open(&folder.path().join("root")).unwrap();
    assert_eq!(
        read(&root, "Boot/none").unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(
        read(&root, "none/none").unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(
        read(&root, "Boot").unwrap_err().kind(),
        io::ErrorKind::IsADirectory
    );
    nix::unistd::mkfifo(&folder.path().join("root/fifo"), Mode::S_IRWXU).unwrap();
    assert_eq!(
        read(&root, "fifo").unwrap_err().kind(),
        io::ErrorKind::IsADirectory
    );
}
