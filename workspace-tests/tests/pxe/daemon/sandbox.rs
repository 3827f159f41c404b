//! The sandbox: what the kernel refuses the process, and that it is nothing
//! which the service needs.

use std::fs;
use std::process::Command;

use workspace_tests::dhcp::{DISCOVER, REQUEST, Request};
use workspace_tests::peers::pxe::Serve;
use workspace_tests::{bins, wait};

use crate::scene::{self, SERVER, Scene};
use crate::{LIMIT, USER, config, fetch, log_says, own_folder};

/// An intruder in the process would not ask for a file by TFTP: so its system
/// call is put into the daemon's mouth. strace changes what the daemon hands
/// to the kernel into a plain open of a file that every user may read; what
/// answers is the sandbox.
#[test]
fn a_file_outside_the_root_is_refused_by_the_kernel() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    std::os::unix::fs::symlink("/etc/hostname", scene.root().join("link")).unwrap();
    let trace = scene.folder().join("trace");
    // The third openat2 is the intruder's: the two before it are ours.
    let name: String = "/etc/hostname\0"
        .bytes()
        .map(|b| format!("{b:02x}"))
        .collect();
    let how = "00".repeat(24);
    let inject = format!("inject=openat2:poke_enter=@arg2={name},@arg3={how}:when=3");
    let calls = "trace=openat2";
    let words = ["strace", "-f", "-qq", "-e", calls, "-e", &inject, "-o"];
    let mut wrapper: Vec<String> = words.map(str::to_owned).to_vec();
    wrapper.push(trace.display().to_string());
    // Without boot files there is nothing that the start would open.
    let config = config(&scene, "").replace("bios = 'boot/file'", "");
    let serve = Serve::start_binary(
        &scene.host,
        &wrapper,
        &bins::tool("pxe"),
        &config,
        &[67, 69],
        scene.folder(),
    )
    .unwrap();
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let file = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(file.stdout, b"boots", "{}", serve.process.output());
    let link = fetch(&client, &format!("tftp://{SERVER}/link"));
    assert!(!link.status.success(), "{link:?}");
    let intruder = fetch(
        &client,
        &format!("tftp://{SERVER}/boot/file/as/an/intruder"),
    );
    assert!(!intruder.status.success(), "{intruder:?}");
    let after = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(after.stdout, b"boots", "{}", serve.process.output());

    let text = fs::read_to_string(&trace).unwrap();
    let calls: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("openat2("))
        .collect();
    assert!(
        calls[1].contains("\"link\"") && calls[1].contains("RESOLVE_BENEATH"),
        "{text}"
    );
    assert!(calls[1].contains("= -1 EXDEV"), "{text}");
    let forged = calls
        .iter()
        .find(|line| line.contains("/etc/hostname") || line.contains("(INJECTED)"))
        .unwrap_or_else(|| panic!("strace changed nothing:\n{text}"));
    assert!(forged.contains("= -1 EACCES"), "not refused: {forged}");
    // The file is one that this user could read without the sandbox.
    let mut cat = Command::new("setpriv");
    cat.args(["--reuid", USER, "--clear-groups", "cat", "/etc/hostname"]);
    assert!(cat.output().unwrap().status.success());
}

/// What the service has to do in a mode, done once while every system call is
/// written down: after the sandbox is closed none of them is refused.
fn works_without_a_refused_call(name: &str, change: impl Fn(&str) -> String) {
    let scene = Scene::new();
    scene.file("boot/file", &[7; 100_000]);
    let var = own_folder(&scene);
    let uploads = scene.folder().join("var/uploads");
    fs::create_dir(&uploads).unwrap();
    let mut chown = Command::new("chown");
    assert!(chown.arg(USER).arg(&uploads).status().unwrap().success());
    let empty = scene.folder().join("empty");
    fs::create_dir(&empty).unwrap();
    let at = |file: &str| var.join(file).display().to_string();
    let top = format!(
        "socket = \"{}\"\nlog-file = \"{}\"\npid-file = \"{}\"",
        at("socket"),
        at("log"),
        at("pid")
    );
    let root = scene.root().display().to_string();
    let whole = change(&format!(
        "{}\n[http]\nroot = \"{root}\"\nstatus = true\nstatus-from = [\"0.0.0.0/0\"]\n",
        config(&scene, &top)
    ))
    .replace("UPLOADS", &uploads.display().to_string())
    .replace("EMPTY", &empty.display().to_string());
    let trace = scene.folder().join("trace");
    let words = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap()];
    let serve = Serve::start_binary(
        &scene.host,
        &words.map(str::to_owned),
        &bins::tool("pxe"),
        &whole,
        &[69],
        scene.folder(),
    )
    .unwrap();
    let log = var.join("log");
    log_says(&log, " ready ");
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    for url in [
        format!("tftp://{SERVER}/boot/file"),
        format!("tftp://{SERVER}/BOOT/FILE"),
        format!("http://{SERVER}/boot/file"),
        format!("http://{SERVER}/status.json"),
        format!("http://{SERVER}/metrics"),
    ] {
        let got = fetch(&client, &url);
        assert!(got.status.success(), "{name}: {url}: {got:?}");
    }
    if whole.contains("[tftp.upload]") {
        let mut put = Command::new("curl");
        put.args(["-sS", "-m", "20", "-T", serve.config.to_str().unwrap()]);
        put.arg(format!("tftp://{SERVER}/uploaded"));
        let put = client.output(&mut put).unwrap();
        assert!(put.status.success(), "{name}: {put:?}");
    }
    if !whole.contains("mode = \"off\"") {
        let machine = scene.lan.host_without_address("machine").unwrap();
        let request = Request::new(DISCOVER, [2, 0, 0, 0, 0, 1], 7);
        let discover = request.by_broadcast().as_firmware(0).finish();
        let offer = scene::ask(&machine, discover, &serve);
        if !offer.yiaddr().is_unspecified() {
            let request = Request::new(REQUEST, [2, 0, 0, 0, 0, 1], 8)
                .with(50, &offer.yiaddr().octets())
                .with(54, &SERVER.octets())
                .by_broadcast()
                .finish();
            scene::ask(&machine, request, &serve);
            let mut release = Command::new(bins::tool("pxe"));
            release.args(["leases", "-c"]).arg(&serve.config);
            release.args(["--release", "02:00:00:00:00:01"]);
            let release = release.output().unwrap();
            assert!(release.status.success(), "{name}: {release:?}");
        }
    }
    fs::rename(&log, var.join("log.1")).unwrap();
    let id = serve.process.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let tell = |signal: &str| {
        let mut kill = Command::new("kill");
        kill.arg(signal).args(children.split_whitespace());
        assert!(kill.status().unwrap().success());
    };
    tell("-HUP");
    log_says(&log, "the new configuration holds");
    tell("-TERM");
    wait::until("the end", LIMIT, || {
        let left = ["pid", "socket"].map(|file| var.join(file).exists());
        if left == [false, false] {
            Ok(())
        } else {
            Err(format!("{left:?} {}", serve.process.output()))
        }
    })
    .unwrap();
    let text = fs::read_to_string(&trace).unwrap();
    let closed = text
        .find("SECCOMP_SET_MODE_FILTER")
        .unwrap_or_else(|| panic!("{name}: no filter in the trace"));
    let after = &text[closed..];
    assert!(after.lines().count() > 200, "{name}: {after}");
    let refused: Vec<&str> = after
        .lines()
        .filter(|line| line.contains("= -1 EPERM") || line.contains("= -1 EACCES"))
        .collect();
    assert!(
        refused.is_empty(),
        "{name}: refused:\n{}",
        refused.join("\n")
    );
}

#[test]
fn the_sandbox_refuses_nothing_that_the_service_needs_in_any_mode() {
    works_without_a_refused_call("full", |config| {
        config.replace("[boot]", "[tftp.upload]\nfolder = \"UPLOADS\"\n[boot]")
    });
    works_without_a_refused_call("full, asking first, in a chroot, portable", |config| {
        let config = config
            .replace("[tftp]", "[tftp]\nengine = \"portable\"")
            .replace("[dhcp]\n", "[dhcp]\nconflict-probe = true\n");
        format!("chroot = \"EMPTY\"\n{config}")
    });
    works_without_a_refused_call("proxy, on a shared port", |config| {
        config.replace("mode = \"full\"", "mode = \"proxy\"\nshare-port = true")
    });
    works_without_a_refused_call("files alone", |config| {
        config.replace("mode = \"full\"", "mode = \"off\"")
    });
}
