//! Real clients against `pxe serve`: addresses by udhcpc and dhclient, files
//! by curl, atftp and tftp-hpa from both TFTP engines.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::process::{Command, Output};

use scene::{SERVER, Scene};
use workspace_tests::netns::Host;
use workspace_tests::peers::pxe::Serve;

/// Longer than 65,535 blocks of 512 bytes: the block number wraps.
const WRAPPING: usize = 65_536 * 512 + 1_000;

fn content(size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(size)
    .collect()
}

/// Runs a client's program and insists that it succeeds.
fn run(host: &Host, program: &str, args: &[&str], serve: &Serve) -> Output {
    let mut command = Command::new("timeout");
    command.arg("60").arg(program).args(args);
    let output = host.output(&mut command).unwrap();
    assert!(
        output.status.success(),
        "{program} {args:?}: {}\n{}{}\npxe serve:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        serve.process.output()
    );
    output
}

/// The first IPv4 address of a host's interface.
fn address(host: &Host) -> String {
    let mut command = Command::new("ip");
    command.args(["-4", "-o", "address", "show", "dev", "eth0"]);
    let output = host.output(&mut command).unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn udhcpc_gets_an_address_and_gives_it_back() {
    let scene = Scene::new();
    let serve = scene.serve(&scene.full("bios = 'none'", ""), &[67, 69]);
    let client = scene.lan.host_without_address("client").unwrap();
    let script = scene.folder().join("script");
    fs::write(
        &script,
        "#!/bin/sh\necho \"$1 $ip $router $dns $lease $serverid\"\n",
    )
    .unwrap();
    run(
        &client,
        "chmod",
        &["755", &script.display().to_string()],
        &serve,
    );
    let script = script.display().to_string();
    let words = ["-i", "eth0", "-n", "-q", "-f", "-R", "-s", &script];
    let output = run(&client, "udhcpc", &words, &serve);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let bound = said.lines().find(|line| line.starts_with("bound "));
    let bound = bound.unwrap_or_else(|| panic!("{said}"));
    let words: Vec<&str> = bound.split(' ').collect();
    let server = SERVER.to_string();
    assert!(words[1].starts_with("10.20.0.1"), "{bound}");
    assert_eq!(words[2..], [&server, &server, "3600", &server]);
}

#[test]
fn dhclient_gets_an_address_renews_it_and_releases_it() {
    let scene = Scene::new();
    let serve = scene.serve(&scene.full("bios = 'none'", ""), &[67, 69]);
    let client = scene.lan.host_without_address("client").unwrap();
    let file = |name: &str| scene.folder().join(name).display().to_string();
    let (leases, pid) = (file("client.leases"), file("client.pid"));
    let script = file("client-script");
    fs::write(
        &script,
        "#!/bin/sh\ncase $reason in BOUND|RENEW|REBOOT)\n\
         ip address replace $new_ip_address/24 dev eth0;; esac\nexit 0\n",
    )
    .unwrap();
    run(&client, "chmod", &["755", &script], &serve);
    let base = [
        "-4", "-v", "-1", "-lf", &leases, "-pf", &pid, "-sf", &script,
    ];
    run(
        &client,
        "dhclient",
        &[&base[..], &["eth0"]].concat(),
        &serve,
    );
    let first = address(&client);
    assert!(first.contains("inet 10.20.0.1"), "{first}");
    // Again with the lease in hand: INIT-REBOOT, the same address.
    run(&client, "dhclient", &["-4", "-x", "-pf", &pid], &serve);
    run(
        &client,
        "dhclient",
        &[&base[..], &["eth0"]].concat(),
        &serve,
    );
    assert_eq!(address(&client), first);
    run(
        &client,
        "dhclient",
        &[&base[..], &["-r", "eth0"]].concat(),
        &serve,
    );
}

/// Every client, block size and window against one engine.
fn files(engine: &str) {
    let scene = Scene::new();
    let whole = content(3_000_000);
    let wrapping = content(WRAPPING);
    scene.file("Boot/Image.bin", &whole);
    scene.file("wrap.bin", &wrapping);
    scene.file("empty.bin", b"");
    scene.file("exact.bin", &whole[..512 * 4]);
    let config = scene
        .full("bios = 'none'", "")
        .replace("[tftp]\n", &format!("[tftp]\nengine = \"{engine}\"\n"));
    let serve = scene.serve(&config, &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let out = scene.folder().join("out").display().to_string();
    let server = SERVER.to_string();
    let same = |what: &str, expected: &[u8]| {
        let got = fs::read(&out).unwrap();
        assert!(got == expected, "{engine}, {what}: {} bytes", got.len());
        fs::remove_file(&out).unwrap();
    };

    // 8192 is more than an Ethernet frame holds: the datagram is fragmented.
    for block_size in ["512", "1468", "8192", "65464"] {
        let url = format!("tftp://{server}/Boot/Image.bin");
        let words = ["-sS", "--tftp-blksize", block_size, "-o", &out, &url];
        run(&client, "curl", &words, &serve);
        same(&format!("curl {block_size}"), &whole);
    }
    // curl 7.88 fails on a file of nothing, whoever serves it.
    for (name, expected) in [("empty.bin", &whole[..0]), ("exact.bin", &whole[..2048])] {
        let words = ["-m", "binary", &server, "-c", "get", name, &out];
        run(&client, "tftp", &words, &serve);
        same(name, expected);
    }
    // The spellings of a Windows server: any slash, any case.
    for path in [r"\Boot\Image.bin", "/boot/IMAGE.BIN", r"boot\image.bin"] {
        for window in ["1", "4", "16", "64"] {
            let option = format!("windowsize {window}");
            let words = [
                "--option",
                "blksize 1468",
                "--option",
                &option,
                "-g",
                "-r",
                path,
                "-l",
                &out,
                &server,
                "69",
            ];
            run(&client, "atftp", &words, &serve);
            same(&format!("atftp {path} window {window}"), &whole);
        }
    }
    let words = ["-m", "binary", &server, "-c", "get", "wrap.bin", &out];
    run(&client, "tftp", &words, &serve);
    same("tftp-hpa, block number wraps", &wrapping);
}

#[test]
fn real_clients_read_files_from_the_default_engine() {
    files("segmenting");
}

#[test]
fn real_clients_read_files_from_the_portable_engine() {
    files("portable");
}

#[test]
fn a_text_file_in_netascii_arrives_with_the_line_ends_of_the_client() {
    let scene = Scene::new();
    let text = b"one\ntwo\r\nthree\rfour\n".repeat(500);
    scene.file("text", &text);
    let serve = scene.serve(&scene.full("bios = 'none'", ""), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let out = scene.folder().join("out").display().to_string();
    let server = SERVER.to_string();
    let words = ["-m", "ascii", &server, "-c", "get", "text", &out];
    run(&client, "tftp", &words, &serve);
    assert!(fs::read(&out).unwrap() == text);
}

/// A machine uses the first address of the pool without a lease of it.
#[test]
fn an_address_that_somebody_uses_is_not_offered_when_it_is_asked_first() {
    let scene = Scene::new();
    let config = scene
        .full("bios = 'none'", "")
        .replace("[dhcp]\n", "[dhcp]\nconflict-probe = true\n");
    let serve = scene.serve(&config, &[67, 69]);
    let _squatter = scene.lan.host("squatter", "10.20.0.100/24").unwrap();
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let request =
        workspace_tests::dhcp::Request::new(workspace_tests::dhcp::DISCOVER, [2, 0, 0, 0, 0, 1], 7);
    let offer = scene::ask(&client, request.by_broadcast().finish(), &serve);
    assert_eq!(offer.yiaddr(), std::net::Ipv4Addr::new(10, 20, 0, 101));
    let said = serve.process.output();
    assert!(said.contains("is in use by a machine"), "{said}");
}

/// tftp-hpa and atftp put files there, in either mode; what may not be put is
/// refused, and nothing of it stays.
#[test]
fn real_clients_upload_where_it_is_allowed_and_only_what_is_allowed() {
    let scene = Scene::new();
    let folder = scene.folder().join("uploads");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".old.1.upload"), "of a crash").unwrap();
    let upload = format!(
        "[tftp.upload]\nfolder = \"{}\"\nlargest-file = \"1M\"\nlargest-total = \"2M\"\n\
         from = [\"10.20.0.9\"]\n",
        folder.display()
    );
    let serve = scene.serve(&scene.full("bios = 'none'", &upload), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let local = |name: &str, content: &[u8]| {
        let path = scene.folder().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let server = SERVER.to_string();
    // Whole blocks: the last one is empty.
    let dump = content(512 * 1000);
    let source = local("dump", &dump);
    let words = ["-m", "binary", &server, "-c", "put", &source, "by-hpa"];
    run(&client, "tftp", &words, &serve);
    assert!(fs::read(folder.join("by-hpa")).unwrap() == dump);
    let words = [
        "--option",
        "blksize 1468",
        "--option",
        "windowsize 8",
        "-p",
        "-l",
        &source,
        "-r",
        "by-atftp",
        &server,
        "69",
    ];
    run(&client, "atftp", &words, &serve);
    assert!(fs::read(folder.join("by-atftp")).unwrap() == dump);
    let text = b"one\ntwo\n".repeat(300);
    let lines = local("lines", &text);
    let words = ["-m", "ascii", &server, "-c", "put", &lines, "by-ascii"];
    run(&client, "tftp", &words, &serve);
    assert!(fs::read(folder.join("by-ascii")).unwrap() == text);

    let refused = |host: &Host, source: &str, name: &str, why: &str| {
        let mut command = Command::new("timeout");
        let words = ["20", "curl", "-sS", "-v", "-T", source];
        command.args(words).arg(format!("tftp://{server}/{name}"));
        let output = host.output(&mut command).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}: {said}");
        assert!(
            serve.process.output().contains(why),
            "{name}: {said}\n{}",
            serve.process.output()
        );
    };
    refused(&client, &lines, "by-hpa", "there is such a file already");
    refused(&client, &lines, ".hidden", "not a plain file name");
    let long = local("long", &content(1_100_000));
    refused(&client, &long, "too-long", "there is no room for it");
    let stranger = scene.lan.host("stranger", "10.20.0.10/24").unwrap();
    refused(&stranger, &lines, "strange", "not from this address");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["by-ascii", "by-atftp", "by-hpa"]);
}

#[test]
fn what_is_not_there_is_named_as_the_client_named_it() {
    let scene = Scene::new();
    let serve = scene.serve(&scene.full("bios = 'none'", ""), &[67, 69]);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", scene.root().join("out-of-the-root")).unwrap();
    for path in [
        "missing/file",
        "../../etc/passwd",
        "out-of-the-root",
        "/etc/passwd",
    ] {
        let url = format!("tftp://{SERVER}/{path}");
        let mut command = Command::new("curl");
        command.args(["-sS", "-v", "--path-as-is", "-o", "/dev/null", &url]);
        let output = client.output(&mut command).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{path} was served");
        let root = scene.root().display().to_string();
        assert!(!said.contains(&root), "the root is told: {said}");
    }
    assert!(!serve.process.output().is_empty());
}
