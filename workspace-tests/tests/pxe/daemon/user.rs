//! The user it becomes: what is left of root, and the files that follow.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use workspace_tests::bins;
use workspace_tests::dhcp::{DISCOVER, Request};
use workspace_tests::peers::pxe::Serve;

use crate::scene::{self, SERVER, Scene};
use crate::{
    LIMIT, USER, config, fetch, has_given_everything_up, holds_no_capability, log_says, own_folder,
    reachable_binary, user_id, with_rights,
};

#[test]
fn nothing_of_root_is_left_and_log_and_pid_file_follow_the_user() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    let var = own_folder(&scene);
    let (log, pid) = (var.join("log"), var.join("pid"));
    let top = format!(
        "log-file = \"{}\"\npid-file = \"{}\"",
        log.display(),
        pid.display()
    );
    let mut serve = scene.serve(&config(&scene, &top), &[67, 69]);
    log_says(&log, "ready");
    has_given_everything_up(serve.process.id());
    assert!(
        fs::read_to_string(&pid)
            .unwrap()
            .trim()
            .parse::<u32>()
            .is_ok()
    );
    for file in [&log, &pid, &var.join("leases")] {
        let owner = fs::metadata(file).unwrap().uid().to_string();
        assert_eq!(owner, user_id(), "{}", file.display());
    }
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let got = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(got.stdout, b"boots", "{got:?}");

    // As logrotate does it: renamed, told, and the daemon makes the new one.
    fs::rename(&log, var.join("log.1")).unwrap();
    serve.process.signal("HUP").unwrap();
    log_says(&log, "the new configuration holds");
    assert_eq!(fs::metadata(&log).unwrap().uid().to_string(), user_id());
    // Removed altogether it comes back too.
    fs::remove_file(&log).unwrap();
    serve
        .reload(&config(&scene, &top).replace("bios", "boss"))
        .unwrap();
    log_says(&log, "the old configuration stays");
    log_says(&log, "did you mean `bios`");
    let got = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(got.stdout, b"boots", "{got:?}");

    let status = serve.process.terminate(LIMIT).unwrap();
    assert_eq!(status.code(), Some(0), "{}", serve.process.output());
    assert!(!pid.exists(), "the PID file is still there");
}

#[test]
fn a_folder_that_the_user_may_not_change_is_said_at_the_start() {
    let scene = Scene::new();
    own_folder(&scene);
    let roots = scene.folder().join("roots");
    fs::create_dir(&roots).unwrap();
    for (key, reason) in [
        ("log-file", "after a rotation the log is made anew"),
        ("pid-file", "the PID file is removed at the end"),
    ] {
        let top = format!("{key} = \"{}/it\"", roots.display());
        let file = scene.folder().join("pxe.toml");
        fs::write(&file, config(&scene, &top)).unwrap();
        let mut command = Command::new(bins::tool("pxe"));
        command.args(["serve", "-c"]).arg(&file);
        let output = scene.host.output(&mut command).unwrap();
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&roots.display().to_string()), "{said}");
        assert!(said.contains(reason), "{said}");
        assert!(said.contains("hint: give it a folder of its own"), "{said}");
    }
}

#[test]
fn a_right_that_is_missing_is_named_with_what_needs_it() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    let binary = reachable_binary(&scene);
    let own = config(&scene, "").replace(&format!("user = \"{USER}\"\n"), "");
    let bind = ",+net_bind_service";
    for (rights, from, to, subject, right) in [
        ("", "", "", "UDP 0.0.0.0:", "CAP_NET_BIND_SERVICE"),
        (
            bind,
            "[dhcp]\n",
            "[dhcp]\nconflict-probe = true\n",
            "conflict-probe",
            "CAP_NET_RAW",
        ),
        (
            bind,
            "mode = \"full\"",
            "mode = \"proxy\"\nshare-port = true",
            "UDP port 67",
            "CAP_NET_RAW",
        ),
    ] {
        let file = scene.folder().join("pxe.toml");
        fs::write(&file, own.replace(from, to)).unwrap();
        let words = with_rights(rights);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(&binary).args(["serve", "-c"]);
        let output = scene.host.output(command.arg(&file)).unwrap();
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        let (error, hints) = said.split_once("hint: ").unwrap_or((&said, ""));
        assert!(error.contains(subject), "{said}");
        assert!(hints.contains(right), "{said}");
    }
    // Those that were named are all that it takes, and they are used up.
    let serve = Serve::start_binary(
        &scene.host,
        &with_rights(",+net_bind_service,+net_raw"),
        &binary,
        &own.replace("[dhcp]\n", "[dhcp]\nconflict-probe = true\n"),
        &[67, 69],
        scene.folder(),
    )
    .unwrap();
    log_says(&scene.folder().join("pxe.log"), " ready ");
    holds_no_capability(serve.process.id());
}

#[test]
fn in_a_chroot_everything_that_is_needed_is_still_in_reach() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    scene.file("boot/other", b"other");
    let var = own_folder(&scene);
    let empty = scene.folder().join("empty");
    fs::create_dir(&empty).unwrap();
    let log = var.join("log");
    let top = format!(
        "chroot = \"{}\"\nlog-file = \"{}\"\npid-file = \"{}\"",
        empty.display(),
        log.display(),
        var.join("pid").display()
    );
    let mut serve = scene.serve(&config(&scene, &top), &[67, 69]);
    log_says(&log, "ready");
    has_given_everything_up(serve.process.id());
    let root = fs::read_link(format!("/proc/{}/root", serve.process.id())).unwrap();
    assert_eq!(root, empty);
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let got = fetch(&client, &format!("tftp://{SERVER}/BOOT/other"));
    assert_eq!(got.stdout, b"other", "{got:?}");
    fs::rename(&log, var.join("log.1")).unwrap();
    serve
        .reload(&config(&scene, &top).replace("boot/file", "boot/other"))
        .unwrap();
    log_says(&log, "the new configuration holds");
    let machine = scene.lan.host_without_address("machine").unwrap();
    let request = Request::new(DISCOVER, [2, 0, 0, 0, 0, 1], 7);
    let offer = scene::ask(
        &machine,
        request.by_broadcast().as_firmware(0).finish(),
        &serve,
    );
    assert_eq!(offer.file(), b"boot/other");
    let status = serve.process.terminate(LIMIT).unwrap();
    assert_eq!(status.code(), Some(0), "{}", serve.process.output());
    assert!(!var.join("pid").exists());
}

/// What root can read says nothing of what the daemon will be able to read.
#[test]
fn check_reads_every_file_as_the_user_of_the_daemon() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    let check = |config: &str| {
        let file = scene.folder().join("pxe.toml");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(bins::tool("pxe"));
        command.args(["check", "-c"]).arg(&file);
        let output = scene.host.output(&mut command).unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let mode = |path: &Path, mode: &str| {
        let mut command = Command::new("chmod");
        assert!(command.arg(mode).arg(path).status().unwrap().success());
    };
    mode(scene.folder(), "755");
    let config = config(&scene, "");
    let (code, said) = check(&config);
    assert_eq!(code, Some(0), "{said}");
    mode(&scene.root().join("boot/file"), "600");
    let (code, said) = check(&config);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("finding: boot/file: cannot be read"),
        "{said}"
    );
    // Without the user it is root who would read it.
    let (code, said) = check(&config.replace(&format!("user = \"{USER}\""), ""));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = check(&config.replace("/var/leases", "/leases"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("its folder cannot be written"), "{said}");
}
