//! The packages and archives, as `workspace-tests/package` makes them: judged by
//! lintian and systemd, and installed in a clean Debian.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "package/elsewhere.rs"]
mod elsewhere;
#[path = "package/machine.rs"]
mod machine;
#[path = "package/service.rs"]
mod service;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use machine::{Packages, first, install, installed, right, second, ways};
use serde_json::Value;
use workspace_tests::bins::{self, TOOLS};
use workspace_tests::directory::lab::PASSWORD;
use workspace_tests::directory::{Certificate, Directory};
use workspace_tests::peers::debian::Debian;

#[test]
fn the_checksums_are_those_of_every_package_archive_and_bill() {
    let packages = first();
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "SHA256SUMS"]);
    let output = check.current_dir(packages.folder()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = fs::read_to_string(packages.folder().join("SHA256SUMS")).unwrap();
    let listed: BTreeSet<&str> = listed
        .lines()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    let mut wanted = BTreeSet::new();
    for tool in TOOLS {
        wanted.insert(packages.package(tool));
        wanted.insert(packages.archive(tool));
        wanted.insert(packages.bill(tool));
    }
    let wanted: BTreeSet<String> = wanted
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, wanted.iter().map(String::as_str).collect());
}

#[test]
fn lintian_finds_nothing() {
    let packages = first();
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning"]);
    lintian.args(TOOLS.map(|tool| packages.package(tool)));
    let output = lintian.output().unwrap_or_else(|error| {
        panic!("lintian cannot be started: {error}; its package is lintian")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.is_empty(), "{said}");
}

/// The files of a package in a folder, without installing it.
fn unpacked<'a>(tool: &str, folder: &'a Path) -> &'a Path {
    let package = first().package(tool);
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&package).arg(folder);
    assert!(unpack.status().unwrap().success(), "{}", package.display());
    folder
}

#[test]
fn what_others_made_goes_with_its_licence_and_examples_are_for_administrators() {
    let folder = tempfile::tempdir().unwrap();
    for tool in TOOLS {
        let doc = unpacked(tool, folder.path())
            .join("usr/share/doc")
            .join(tool);
        for entry in fs::read_dir(doc.join("examples")).unwrap() {
            let path = entry.unwrap().path();
            assert!(
                path.extension().is_none_or(|ending| ending != "rs"),
                "{}",
                path.display()
            );
        }
        let copyright = fs::read_to_string(doc.join("copyright")).unwrap();
        let notices = Command::new("zcat")
            .arg(doc.join("THIRD-PARTY.gz"))
            .output();
        let notices = String::from_utf8_lossy(&notices.unwrap().stdout).into_owned();
        let font = tool == "rabbit-graph";
        assert_eq!(copyright.contains("License: OFL-1.1"), font, "{tool}");
        assert_eq!(
            notices.contains("SIL OPEN FONT LICENSE Version 1.1"),
            font,
            "{tool}"
        );
    }
}

/// What a page of the guide links to, of the guide.
fn shown(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| target.starts_with("data/") || target.starts_with("pictures/"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_pages_of_the_guide_go_with_their_tool_and_with_what_they_show() {
    let guide = bins::workspace().join("docs");
    let table = fs::read_to_string(guide.join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut pages, mut things) = (0, 0);
    for tool in TOOLS {
        let doc = unpacked(tool, folder.path())
            .join("usr/share/doc")
            .join(tool);
        let own = doc.join("guide");
        let rows = table
            .lines()
            .filter(|line| line.ends_with(&format!("| {tool} |")));
        for row in rows {
            let page = row.split("](").nth(1).unwrap().split(')').next().unwrap();
            if page.starts_with("..") {
                continue;
            }
            // Long ones are compressed, as Debian wants it.
            let long = own.join(format!("{page}.gz"));
            assert!(own.join(page).exists() || long.exists(), "{tool}: {page}");
            pages += 1;
            for thing in shown(&fs::read_to_string(guide.join(page)).unwrap()) {
                let shipped = fs::read(own.join(&thing));
                let shipped = shipped.unwrap_or_else(|error| panic!("{tool}: {thing}: {error}"));
                assert!(shipped == fs::read(guide.join(&thing)).unwrap(), "{thing}");
                things += 1;
            }
        }
    }
    assert!(pages >= 7 && things >= 10, "{pages} pages, {things} things");
}

/// CycloneDX 1.5: what its schema requires, and what makes it of use.
#[test]
fn a_bill_names_every_crate_with_licence_checksum_and_dependencies() {
    for tool in TOOLS {
        let text = fs::read(first().bill(tool)).unwrap();
        let bill: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert_eq!(bill["specVersion"], "1.5");
        assert_eq!(bill["version"], 1);
        let serial = bill["serialNumber"].as_str().unwrap();
        let number = serial.strip_prefix("urn:uuid:").unwrap();
        let groups: Vec<usize> = number.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{serial}");
        let own = &bill["metadata"]["component"];
        assert_eq!(own["name"], tool);
        assert_eq!(own["type"], "application");
        let own = own["bom-ref"].as_str().unwrap().to_owned();
        let mut references = BTreeSet::from([own.clone()]);
        for component in bill["components"].as_array().unwrap() {
            assert_eq!(component["type"], "library", "{component}");
            assert!(component["licenses"][0]["expression"].is_string());
            let checksum = component["hashes"][0]["content"].as_str().unwrap();
            assert_eq!(checksum.len(), 64, "{component}");
            let (name, version) = (&component["name"], &component["version"]);
            let purl = format!(
                "pkg:cargo/{}@{}",
                name.as_str().unwrap(),
                version.as_str().unwrap()
            );
            assert_eq!(component["purl"], purl.as_str());
            assert!(references.insert(purl), "{name} is there twice");
        }
        let mut described = BTreeSet::new();
        for entry in bill["dependencies"].as_array().unwrap() {
            described.insert(entry["ref"].as_str().unwrap().to_owned());
            for on in entry["dependsOn"].as_array().unwrap() {
                assert!(references.contains(on.as_str().unwrap()), "{tool}: {on}");
            }
        }
        assert_eq!(described, references, "{tool}");
        let has = |name: &str| {
            let start = format!("pkg:cargo/{name}@");
            references.iter().any(|one| one.starts_with(&start))
        };
        assert!(has("clap") && has("serde_json"), "{tool}");
        assert!(!has("serde_derive"), "{tool}: a macro is not linked in");
        assert_eq!(has("libgssapi"), tool == "ad-pac");
        assert_eq!(has("landlock"), tool == "pxe");
    }
}

#[test]
fn a_tool_needs_no_library_but_those_of_c_and_kerberos() {
    for tool in TOOLS {
        let folder = tempfile::tempdir().unwrap();
        let binary = unpacked(tool, folder.path()).join("usr/bin").join(tool);
        let mut read = Command::new("readelf");
        read.arg("-d").arg(binary);
        let output = read.env("LC_ALL", "C").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let needed: BTreeSet<&str> = said
            .lines()
            .filter(|line| line.contains("(NEEDED)"))
            .map(|line| line.split_once('[').unwrap().1.trim_end_matches(']'))
            .collect();
        assert!(needed.contains("libc.so.6"), "{tool}: {said}");
        for library in &needed {
            let everywhere = ["libc.so.6", "libm.so.6", "libgcc_s.so.1"].contains(library);
            let loader = library.starts_with("ld-linux");
            let kerberos = tool == "ad-pac" && *library == "libgssapi_krb5.so.2";
            assert!(everywhere || loader || kerberos, "{tool} needs {library}");
        }
        let depends = first().field(tool, "Depends");
        let kerberos = depends.contains("libgssapi-krb5-2");
        assert_eq!(kerberos, tool == "ad-pac", "{tool}: {depends}");
    }
}

#[test]
fn every_unit_is_one_that_systemd_takes_and_nothing_of_pxe_is_exposed() {
    let debian = Debian::new().unwrap();
    install(&debian, first());
    let units = installed(
        &debian,
        "lib/systemd/system",
        &["pxe", "certcheck", "ad-pac"],
    );
    assert_eq!(units.len(), 7, "{units:?}");
    for unit in &units {
        let verify = ["systemd-analyze", "verify", "--man=yes", unit];
        let output = debian.output(&verify).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{unit}: {said}");
        // Warnings, such as a name that systemd does not know, exit 0.
        let name = unit.rsplit('/').next().unwrap();
        assert!(!said.contains(name), "{unit}: {said}");
    }
    // In tenths: 10 is a service that can do nothing, 96 one as it comes.
    for (unit, most) in [("pxe", "25"), ("certcheck", "20"), ("ad-pac-audit", "20")] {
        let output = debian
            .output(&[
                "systemd-analyze",
                "security",
                "--offline=yes",
                &format!("--threshold={most}"),
                &format!("{unit}.service"),
            ])
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{unit}: {said}");
        assert!(said.contains("Overall exposure level"), "{unit}: {said}");
    }
}

/// The newest version of the C library that a binary asks for, as 2.35.
fn newest_of_libc(binary: &Path) -> (u32, u32) {
    let mut read = Command::new("readelf");
    let output = read.args(["--wide", "--version-info"]).arg(binary).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    let versions = said.split("GLIBC_").skip(1).filter_map(|rest| {
        let version = rest.split(|letter: char| letter != '.' && !letter.is_ascii_digit());
        let mut parts = version.into_iter().next()?.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    versions.max().unwrap()
}

#[test]
fn a_binary_runs_with_the_c_library_that_the_readme_names() {
    let page = fs::read_to_string(bins::workspace().join("README.md")).unwrap();
    let promised = page.split("glibc ").nth(1).unwrap();
    let promised = promised.split(' ').next().unwrap();
    let (major, minor) = promised.split_once('.').unwrap();
    let promised = (major.parse().unwrap(), minor.parse().unwrap());
    for tool in TOOLS {
        let newest = newest_of_libc(&bins::tool(tool));
        assert!(
            newest <= promised,
            "{tool} needs glibc {newest:?}; releases are built on Debian 12, with 2.36"
        );
    }
}

fn has_manuals_and_completions(debian: &Debian, tool: &str) {
    let names = right(debian, &[tool, "manual", "--names"]);
    for words in names.lines() {
        let page = [&[tool], &words.split_whitespace().collect::<Vec<_>>()[..]].concat();
        let page = page.join("-");
        let shown = right(debian, &["man", "--pager=cat", &page]);
        assert!(shown.contains("SYNOPSIS"), "{page}: {shown}");
    }
    for file in [
        format!("usr/share/bash-completion/completions/{tool}"),
        format!("usr/share/zsh/vendor-completions/_{tool}"),
        format!("usr/share/fish/vendor_completions.d/{tool}.fish"),
        format!("usr/share/doc/{tool}/README.md.gz"),
        format!("usr/share/doc/{tool}/changelog.gz"),
        format!("usr/share/doc/{tool}/copyright"),
        format!("usr/share/doc/{tool}/THIRD-PARTY.gz"),
    ] {
        let size = fs::metadata(debian.root().join(&file));
        let size = size.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(size.len() > 100, "{file}: {} bytes", size.len());
    }
    let examples = debian.root().join(format!("usr/share/doc/{tool}/examples"));
    assert!(fs::read_dir(&examples).unwrap().count() > 0, "{tool}");
}

/// One real job each, in there.
fn works(debian: &Debian) {
    let file = |name: &str| debian.root().join(name);
    let shop = bins::workspace().join("rabbit-graph/tests/data/shop.json");
    fs::copy(shop, file("srv/definitions.json")).unwrap();
    right(
        debian,
        &[
            "rabbit-graph",
            "draw",
            "/srv/definitions.json",
            "-o",
            "/srv/shop.svg",
        ],
    );
    assert!(
        fs::read_to_string(file("srv/shop.svg"))
            .unwrap()
            .contains("</svg>")
    );
    // What the CI example runs, before and after the documents are up to date.
    let docs = [
        "rabbit-graph",
        "docs",
        "/srv/definitions.json",
        "-o",
        "/srv/docs",
    ];
    let check = [&docs[..], &["--check"]].concat();
    let ci = file("usr/share/doc/rabbit-graph/examples/gitlab-ci.yml");
    let ci = fs::read_to_string(ci).unwrap();
    assert!(ci.contains("rabbit-graph docs definitions.json -o docs/rabbitmq --check"));
    assert_eq!(debian.output(&check).unwrap().status.code(), Some(1));
    right(debian, &docs);
    right(debian, &check);

    let directory = Directory::start(&file("srv"), Certificate::Good).unwrap();
    fs::write(file("srv/password"), PASSWORD).unwrap();
    let server = format!("localhost:{}", directory.ldaps_port());
    let mut show = vec!["ad-pac", "show", "nfs01", "--server", &server, "--ldaps"];
    show.extend(["--ca-file", "/srv/directory-ca.pem"]);
    show.extend(["--bind-user", "uacadmin@lab.example.test"]);
    show.extend(["--password-file", "/srv/password"]);
    let shown = right(debian, &show);
    assert!(shown.contains("WORKSTATION_TRUST_ACCOUNT"), "{shown}");
    let mut check = vec!["certcheck", "check", &server, "--tls-only"];
    check.extend(["--ca-file", "/srv/directory-ca.pem"]);
    let checked = right(debian, &check);
    assert!(checked.starts_with("ok "), "{checked}");
    drop(directory);

    // As it comes there is one thing to do, and it says so.
    let refused = debian.output(&["pxe", "check"]).unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.starts_with("pxe: /etc/pxe/pxe.toml: `interface` is missing\nhint: "),
        "{said}"
    );
    fs::create_dir_all(file("srv/tftp")).unwrap();
    let configuration = fs::read_to_string(file("etc/pxe/pxe.toml")).unwrap();
    let configuration = configuration
        .replace("# interface = \"eth0\"", "interface = \"lo\"")
        .replace("# uefi-x64 = ", "uefi-x64 = ");
    fs::write(file("srv/pxe.toml"), configuration).unwrap();
    fs::create_dir_all(file("srv/tftp/boot/x64")).unwrap();
    fs::write(file("srv/tftp/boot/x64/wdsmgfw.efi"), "boots").unwrap();
    let checked = right(debian, &["pxe", "check", "-c", "/srv/pxe.toml"]);
    assert!(checked.contains("wdsmgfw.efi  5 bytes"), "{checked}");
    for made in [
        "srv/definitions.json",
        "srv/shop.svg",
        "srv/password",
        "srv/pxe.toml",
    ] {
        fs::remove_file(file(made)).unwrap();
    }
    fs::remove_file(file("srv/directory-ca.pem")).unwrap();
    fs::remove_dir_all(file("srv/docs")).unwrap();
    fs::remove_dir_all(file("srv/tftp")).unwrap();
}

fn owner(debian: &Debian, path: &str) -> String {
    let shown = right(debian, &["stat", "-c", "%U:%G %a", path]);
    shown.trim().to_owned()
}

#[test]
fn what_was_installed_works_is_upgraded_with_its_settings_and_leaves_nothing_behind() {
    let debian = Debian::new().unwrap();
    let before = ways(&debian.root());
    install(&debian, first());
    for tool in TOOLS {
        let version = right(&debian, &[tool, "--version"]);
        assert_eq!(version.split(' ').next(), Some(tool), "{version}");
        has_manuals_and_completions(&debian, tool);
    }
    assert_eq!(owner(&debian, "/var/lib/pxe"), "pxe:pxe 750");
    assert_eq!(owner(&debian, "/var/log/pxe"), "pxe:pxe 750");
    assert_eq!(owner(&debian, "/etc/pxe/pxe.toml"), "root:root 644");
    let user = right(&debian, &["getent", "passwd", "pxe"]);
    assert!(
        user.trim().ends_with(":/var/lib/pxe:/usr/sbin/nologin"),
        "{user}"
    );
    for unit in [
        "pxe.service",
        "pxe.socket",
        "pxe-http.socket",
        "certcheck.timer",
    ] {
        let output = debian.output(&["systemctl", "is-enabled", unit]).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "disabled\n",
            "{unit}"
        );
    }
    works(&debian);

    let settings = debian.root().join("etc/pxe/pxe.toml");
    let mut changed = fs::read_to_string(&settings).unwrap();
    changed.push_str("# mine\n");
    fs::write(&settings, &changed).unwrap();
    install(&debian, second());
    for tool in TOOLS {
        let now = right(&debian, &["dpkg-query", "-W", "-f", "${Version}", tool]);
        assert_eq!(now, format!("{}-1", Packages::SECOND), "{tool}");
    }
    assert_eq!(fs::read_to_string(&settings).unwrap(), changed);

    right(&debian, &[&["dpkg", "--remove"], &TOOLS[..]].concat());
    assert_eq!(fs::read_to_string(&settings).unwrap(), changed);
    assert!(!Path::new(&debian.root().join("usr/bin/pxe")).exists());
    right(&debian, &[&["dpkg", "--purge"], &TOOLS[..]].concat());
    let after = ways(&debian.root());
    let left: Vec<_> = after.difference(&before).collect();
    assert!(left.is_empty(), "{left:#?}");
    let gone: Vec<_> = before.difference(&after).collect();
    assert!(gone.is_empty(), "{gone:#?}");
}
