//! `pxe serve` as a daemon: what it keeps of root, what the kernel refuses it,
//! its files, signals and supervisor.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use scene::{SERVER, Scene};
use workspace_tests::bins;
use workspace_tests::netns::Host;
use workspace_tests::peers::pxe::Serve;
use workspace_tests::wait;

/// A user of every Debian that owns nothing.
const USER: &str = "daemon";
const LIMIT: Duration = Duration::from_secs(20);

/// A folder that belongs to the user of the daemon.
fn own_folder(scene: &Scene) -> PathBuf {
    let folder = scene.folder().join("var");
    fs::create_dir(&folder).unwrap();
    let mut chown = Command::new("chown");
    assert!(
        chown
            .args([USER, folder.to_str().unwrap()])
            .status()
            .unwrap()
            .success()
    );
    folder
}

/// Full mode as the user, its files in the user's folder; `top` goes before
/// every table.
fn config(scene: &Scene, top: &str) -> String {
    let leases = scene.folder().join("var/leases");
    let whole = scene.full("bios = 'boot/file'", "").replace(
        &scene.folder().join("leases").display().to_string(),
        &leases.display().to_string(),
    );
    format!("user = \"{USER}\"\n{top}\n{whole}")
}

/// The fields of /proc/PID/status for every thread.
fn statuses(process: u32) -> Vec<String> {
    fs::read_dir(format!("/proc/{process}/task"))
        .unwrap()
        .map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap())
        .collect()
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_else(|| panic!("no {name} in\n{status}"))
        .trim()
}

fn user_id() -> String {
    let output = Command::new("id").args(["-u", USER]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Every thread is the user and has nothing left of root.
fn has_given_everything_up(process: u32) {
    let id = user_id();
    let threads = statuses(process);
    assert!(threads.len() > 2, "{threads:?}");
    for status in &threads {
        let all = [id.as_str(); 4].join("\t");
        assert_eq!(field(status, "Uid"), all, "{status}");
        assert_eq!(field(status, "Gid"), all, "{status}");
        assert_eq!(field(status, "Groups"), "", "{status}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(field(status, set), "0000000000000000", "{set}: {status}");
        }
        assert_eq!(field(status, "NoNewPrivs"), "1", "{status}");
        assert_eq!(field(status, "Seccomp"), "2", "{status}");
    }
}

fn fetch(client: &Host, url: &str) -> std::process::Output {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "20", "--path-as-is", url]);
    client.output(&mut command).unwrap()
}

fn log_says(file: &Path, what: &str) {
    wait::until(&format!("`{what}` in {}", file.display()), LIMIT, || {
        let text = fs::read_to_string(file).unwrap_or_default();
        if text.contains(what) {
            Ok(())
        } else {
            Err(text)
        }
    })
    .unwrap();
}

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
        let request = workspace_tests::dhcp::Request::new(
            workspace_tests::dhcp::DISCOVER,
            [2, 0, 0, 0, 0, 1],
            7,
        );
        let discover = request.by_broadcast().as_firmware(0).finish();
        let offer = scene::ask(&machine, discover, &serve);
        if !offer.yiaddr().is_unspecified() {
            let request = workspace_tests::dhcp::Request::new(
                workspace_tests::dhcp::REQUEST,
                [2, 0, 0, 0, 0, 1],
                8,
            )
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
    let request =
        workspace_tests::dhcp::Request::new(workspace_tests::dhcp::DISCOVER, [2, 0, 0, 0, 0, 1], 7);
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

/// The next word of the daemon to its supervisor that is not a mere sign of
/// life; how many of those came before it.
fn next_word(supervisor: &UnixDatagram) -> (String, usize) {
    let mut alive = 0;
    loop {
        let mut buffer = [0; 512];
        let length = supervisor.recv(&mut buffer).expect("a word of the daemon");
        match String::from_utf8(buffer[..length].to_vec()).unwrap() {
            word if word == "WATCHDOG=1" => alive += 1,
            word => return (word, alive),
        }
    }
}

#[test]
fn a_supervisor_hears_of_start_life_reload_and_end() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    let socket = scene.folder().join("notify");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor.set_read_timeout(Some(LIMIT)).unwrap();
    let name = format!("NOTIFY_SOCKET={}", socket.display());
    let wrapper = ["env", &name, "WATCHDOG_USEC=400000"].map(str::to_owned);
    let mut serve = Serve::start_binary(
        &scene.host,
        &wrapper,
        &bins::tool("pxe"),
        &config(&scene, ""),
        &[67, 69],
        scene.folder(),
    )
    .unwrap();
    let (word, _) = next_word(&supervisor);
    assert!(word.starts_with("READY=1\nSTATUS=serves eth0"), "{word}");
    let mut buffer = [0; 64];
    for _ in 0..3 {
        let length = supervisor.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"WATCHDOG=1");
    }
    serve.process.signal("HUP").unwrap();
    let (word, _) = next_word(&supervisor);
    let time = word.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(time.parse::<u64>().unwrap() > 0);
    assert!(next_word(&supervisor).0.starts_with("READY=1"));
    serve.process.signal("TERM").unwrap();
    assert_eq!(next_word(&supervisor).0, "STOPPING=1");
    assert_eq!(serve.process.terminate(LIMIT).unwrap().code(), Some(0));
}

#[test]
fn sockets_of_a_supervisor_are_served_without_any_right() {
    let scene = Scene::new();
    scene.file("boot/file", b"boots");
    own_folder(&scene);
    // It opens the ports and starts the program with the first packet;
    // setpriv makes a user without a right of it before.
    let words = [
        "systemd-socket-activate",
        "-d",
        "-l",
        "0.0.0.0:67",
        "-l",
        "0.0.0.0:69",
        "-l",
        "0.0.0.0:4011",
        "setpriv",
        "--reuid",
        USER,
        "--regid",
        USER,
        "--clear-groups",
        "--bounding-set=-all",
        "--inh-caps=-all",
    ];
    let wrapper = words.map(str::to_owned);
    let mut open = Command::new("chmod");
    let folder = scene.folder().to_str().unwrap();
    assert!(open.args(["755", folder]).status().unwrap().success());
    // The binary may lie where only root can go.
    let binary = scene.folder().join("pxe");
    fs::copy(bins::tool("pxe"), &binary).unwrap();
    let config = config(&scene, "").replace(&format!("user = \"{USER}\"\n"), "");
    let serve = Serve::start_binary(
        &scene.host,
        &wrapper,
        &binary,
        &config,
        &[67, 69, 4011],
        scene.folder(),
    )
    .expect("hint: apt-get install systemd");
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    let got = fetch(&client, &format!("tftp://{SERVER}/boot/file"));
    assert_eq!(got.stdout, b"boots", "{got:?}\n{}", serve.process.output());
    let request =
        workspace_tests::dhcp::Request::new(workspace_tests::dhcp::DISCOVER, [2, 0, 0, 0, 0, 1], 7);
    let offer = scene::ask(
        &client,
        request.by_broadcast().as_firmware(0).finish(),
        &serve,
    );
    assert_eq!(offer.file(), b"boot/file");
    has_given_everything_up(serve.process.id());
}

#[test]
fn a_socket_that_nothing_is_for_is_an_error_with_its_address() {
    let scene = Scene::new();
    own_folder(&scene);
    let file = scene.folder().join("pxe.toml");
    fs::write(&file, config(&scene, "")).unwrap();
    // 96 for 69.
    let log = scene.folder().join("log");
    let mut command = Command::new("systemd-socket-activate");
    command.args(["-d", "-l", "0.0.0.0:96"]);
    command
        .arg(bins::tool("pxe"))
        .args(["serve", "-c"])
        .arg(&file);
    let mut started = scene.host.start("activator", command, &log).unwrap();
    let socket = scene
        .host
        .within(|| std::net::UdpSocket::bind("127.0.0.1:0").unwrap())
        .unwrap();
    started
        .wait_until("the refusal", LIMIT, |said| {
            // The first packet starts it, once it listens.
            let _ = socket.send_to(b"x", "127.0.0.1:96");
            if said.contains("UDP 0.0.0.0:96: was handed over") {
                Ok(())
            } else {
                Err(said.to_owned())
            }
        })
        .unwrap();
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
