use super::*;

fn examined(boot: &str, prepare: impl Fn(&Path)) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let text = format!(
        "interface = \"lo\"\n[tftp]\nroot = \"{}\"\n[boot]\n{boot}\n",
        folder.path().display()
    );
    examine(&Config::parse("pxe.toml", &text).unwrap())
}

#[test]
fn what_is_there_is_found_with_its_size_in_any_spelling() {
    let examined = examined(r"uefi-x64 = '\Boot\X64\f.efi'", |root| {
        std::fs::create_dir_all(root.join("boot/x64")).unwrap();
        std::fs::write(root.join("boot/x64/F.EFI"), "12345").unwrap();
    });
    assert_eq!(examined.findings, []);
    let found: Vec<_> = examined
        .clients
        .iter()
        .map(|row| (row.architecture, row.size))
        .collect();
    assert_eq!(found, [(Some(7), Some(5)), (Some(9), Some(5))]);
}

#[test]
fn what_would_go_wrong_is_a_finding_once() {
    let long = format!("bios = '{}'", "a/".repeat(70));
    for (boot, expected) in [
        (
            "uefi-x64 = 'none.efi'",
            "there is no such file below the root",
        ),
        ("bios = '../x'", "names no file below the root"),
        ("bios = 'empty'", "the file is empty"),
        ("bios = 'folder'", "cannot be read"),
        (
            "uefi-x64 = 'http://10.0.0.1/x'",
            "this firmware fetches its boot file by TFTP",
        ),
        (long.as_str(), "clients that read only the header"),
    ] {
        let examined = examined(boot, |root| {
            std::fs::write(root.join("empty"), "").unwrap();
            std::fs::create_dir(root.join("folder")).unwrap();
        });
        let found: Vec<_> = examined
            .findings
            .iter()
            .map(|finding| &finding.message)
            .collect();
        assert!(found[0].contains(expected), "{boot}: {found:?}");
        assert!(
            examined
                .findings
                .iter()
                .all(|finding| !finding.hint.is_empty())
        );
        if !boot.contains("a/a/") {
            assert_eq!(found.len(), 1, "{boot}: {found:?}");
        }
    }
}
