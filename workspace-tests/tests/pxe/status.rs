//! The timelines of `pxe serve`: real firmware and real clients seen in them,
//! and the page in a real browser, with clients that mean no good.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod scene;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scene::{SERVER, Scene};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use workspace_tests::bins;
use workspace_tests::dhcp::{DISCOVER, Message, REQUEST, Request};
use workspace_tests::netns::Host;
use workspace_tests::peers::browser::Browser;
use workspace_tests::peers::firmware::{Firmware, Machine, Processor};
use workspace_tests::process::Background;
use workspace_tests::wait;

const LIMIT: Duration = Duration::from_secs(30);

/// One question over a local socket.
fn ask(socket: &Path, question: &str) -> Json {
    let mut stream = UnixStream::connect(socket).unwrap();
    writeln!(stream, "{question}").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn steps(client: &Json) -> Vec<String> {
    let steps = client["steps"]
        .as_array()
        .unwrap_or_else(|| panic!("{client}"));
    steps
        .iter()
        .map(|step| step["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Waits until a client stands there.
fn stands(socket: &Path, id: &str, state: &str) -> Json {
    wait::until(&format!("{id} {state}"), LIMIT, || {
        let client = ask(socket, &format!("client {id}"));
        if client["state"] == state {
            Ok(client)
        } else {
            Err(client.to_string())
        }
    })
    .unwrap()
}

/// A configuration with a local socket of its own.
fn with_socket(scene: &Scene, config: &str) -> (String, std::path::PathBuf) {
    let socket = scene.folder().join("socket");
    (
        format!("socket = \"{}\"\n{config}", socket.display()),
        socket,
    )
}

#[test]
fn the_boot_of_real_firmware_is_told_from_its_discover_to_its_program() {
    let scene = Scene::new();
    scene.program("boot/x64/it.efi", Processor::X64, "TOLD-RUNS");
    let boot = r"uefi-x64 = '\boot\x64\it.efi'";
    let (config, socket) = with_socket(&scene, &scene.full(boot, ""));
    let serve = scene.serve(&config, &[67, 69]);
    scene.boots(&Machine::new(Firmware::UefiX64, "TOLD-RUNS"), &serve);
    let clients = ask(&socket, "status")["clients"].clone();
    let id = clients[0]["id"].as_str().unwrap().to_owned();
    let client = stands(&socket, &id, "loaded");
    assert_eq!(client["arch"], "uefi-x64");
    assert_eq!(client["class"], "PXEClient:Arch:00007:UNDI:003000");
    assert_eq!(client["address"], "10.20.0.100");
    assert_eq!(client["file"]["bytes"], client["file"]["size"]);
    let told = steps(&client);
    let has = |what: &str| told.iter().any(|step| step.starts_with(what));
    for what in [
        r"DISCOVER: OFFER with \boot\x64\it.efi",
        r"REQUEST: ACK with \boot\x64\it.efi",
        // EDK2 asks for the size first, and aborts.
        r"TFTP: \boot\x64\it.efi: client ended it (8 ",
        r"TFTP: \boot\x64\it.efi: 15",
    ] {
        assert!(has(what), "{what}: {told:#?}");
    }
    // The log has all of that too, and how it ended.
    wait::until("the end in the log", LIMIT, || {
        let log = serve.process.output();
        if log.contains("pxe::boot: loaded: TFTP") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .unwrap();
}

#[test]
fn a_boot_that_real_firmware_gives_up_says_what_was_missing() {
    let scene = Scene::new();
    let (config, socket) = with_socket(&scene, &scene.full("bios = 'missing.0'", ""));
    let _serve = scene.serve(&config, &[67, 69]);
    let mut machine = Machine::new(Firmware::BiosIpxe, "NEVER-RUNS");
    machine.limit = Duration::from_secs(60);
    let boot = machine.boot(&scene.lan, scene.folder()).unwrap();
    let clients = ask(&socket, "status")["clients"].clone();
    let id = clients[0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", boot.console));
    let client = stands(&socket, id, "stopped");
    assert_eq!(client["text"], "asked for missing.0: file not found");
    assert_eq!(client["reason"]["code"], "file-not-found");
}

#[test]
fn clients_that_only_fetch_files_are_told_of_by_their_address() {
    let scene = Scene::new();
    scene.file("boot/file", &[7; 100_000]);
    let http = format!("[http]\nroot = \"{}\"\n", scene.root().display());
    let (config, socket) = with_socket(&scene, &scene.full("bios = 'boot/file'", &http));
    let _serve = scene.serve(&config, &[67, 69]);
    let curl = |host: &Host, url: &str| {
        let mut command = Command::new("curl");
        command.args(["-sS", "-m", "20", "-o", "/dev/null", url]);
        assert!(host.output(&mut command).unwrap().status.success(), "{url}");
    };
    let client = scene.lan.host("client", "10.20.0.9/24").unwrap();
    curl(&client, &format!("tftp://{SERVER}/boot/file"));
    curl(&client, &format!("http://{SERVER}/boot/file"));
    let told = steps(&ask(&socket, "client 10.20.0.9"));
    assert!(
        told[0].starts_with("TFTP: boot/file: 100.0 kB in "),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("HTTP: /boot/file: 100.0 kB in "),
        "{told:?}"
    );
    // udhcpc does not boot from the network: its lease is told, not its boot.
    let plain = scene.lan.host_without_address("plain").unwrap();
    let mut command = Command::new("udhcpc");
    command.args(["-i", "eth0", "-n", "-q", "-f", "-s", "/bin/true"]);
    assert!(plain.output(&mut command).unwrap().status.success());
    let status = ask(&socket, "status");
    assert_eq!(status["clients"].as_array().unwrap().len(), 1, "{status}");
    let leases = ask(&socket, "leases");
    assert_eq!(leases["leases"][0]["state"], "lent", "{leases}");
}

/// A service on loopback, for a browser of this host.
struct Local {
    folder: TempDir,
    _process: Background,
    dhcp: u16,
    tftp: u16,
    url: String,
}

impl Local {
    fn start() -> Local {
        let folder = tempfile::tempdir().unwrap();
        let held = [(), (), ()].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let [dhcp, boot_server, tftp] = held.map(|socket| socket.local_addr().unwrap().port());
        let http = {
            let held = TcpListener::bind("127.0.0.1:0").unwrap();
            held.local_addr().unwrap().port()
        };
        fs::write(folder.path().join("a.efi"), vec![1; 3_000_000]).unwrap();
        let place = folder.path().display();
        let config = format!(
            "interface = \"lo\"\nsocket = \"{place}/socket\"\n\
             [tftp]\nroot = \"{place}\"\nport = {tftp}\nlisten = \"127.0.0.1\"\n\
             transfers-per-client = 1000\n\
             [http]\nport = {http}\nlisten = \"127.0.0.1\"\nstatus = true\n\
             [boot]\nuefi-x64 = '\\boot\\x64\\wdsmgfw.efi'\nbios = 'pxelinux.0'\n\
             [dhcp]\nmode = \"full\"\nleases = \"{place}/leases\"\nlisten = \"127.0.0.1\"\n\
             port = {dhcp}\nboot-server-port = {boot_server}\n\
             [dhcp.pool]\nrange = \"127.0.1.10-127.0.9.250\"\n"
        );
        let file = folder.path().join("pxe.toml");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(bins::tool("pxe"));
        command.args(["serve", "-c"]).arg(&file);
        let log = folder.path().join("log");
        let mut process = Background::start("pxe", command, &log).unwrap();
        process
            .wait_until("it is ready", LIMIT, |said| {
                said.contains(" ready ")
                    .then_some(())
                    .ok_or_else(|| said.to_owned())
            })
            .unwrap();
        Local {
            folder,
            _process: process,
            dhcp,
            tftp,
            url: format!("http://127.0.0.1:{http}/status"),
        }
    }

    /// DISCOVER and REQUEST of a machine; its address.
    fn lease(&self, number: u16, architecture: u16, options: &[(u8, &[u8])]) -> Ipv4Addr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        let [high, low] = number.to_be_bytes();
        let mac = [0x52, 0x54, 0, 0x12, high, low];
        let say = |kind: u8, more: &[(u8, &[u8])]| {
            let mut request = Request::new(kind, mac, number.into()).as_firmware(architecture);
            for (code, value) in options.iter().chain(more) {
                request = request.with(*code, value);
            }
            socket
                .send_to(&request.finish(), ("127.0.0.1", self.dhcp))
                .unwrap();
            let mut answer = [0; 2048];
            let length = socket.recv(&mut answer).unwrap();
            Message::decode(&answer[..length]).unwrap()
        };
        let offered = say(DISCOVER, &[]).yiaddr().octets();
        say(REQUEST, &[(50, &offered), (54, &[127, 0, 0, 1])]).yiaddr()
    }

    /// Asks for a file from that address, and takes so many windows of it.
    fn read(&self, from: Ipv4Addr, file: &[u8], windows: usize) -> UdpSocket {
        let socket = UdpSocket::bind((from, 0)).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        let options = b"\0octet\0blksize\x001468\0windowsize\x0064\0";
        let request = [b"\0\x01", file, options].concat();
        socket.send_to(&request, ("127.0.0.1", self.tftp)).unwrap();
        let mut packet = [0; 2048];
        let (_, server) = socket.recv_from(&mut packet).unwrap();
        if packet[1] == 6 {
            socket.connect(server).unwrap();
            socket.send(&[0, 4, 0, 0]).unwrap();
            let mut received = 0;
            while received < windows * 64 {
                let length = socket.recv(&mut packet).unwrap();
                received += 1;
                if received % 64 == 0 || length < 1472 {
                    socket.send(&[0, 4, packet[2], packet[3]]).unwrap();
                }
                if length < 1472 {
                    break;
                }
            }
        }
        socket
    }
}

/// What the page says where a selector finds something, once it says so.
fn until(browser: &Browser, what: &str, script: &str) -> Json {
    wait::until(what, LIMIT, || match browser.run(script, json!([])) {
        Ok(found) if found != Json::Null && found != false => Ok(found),
        Ok(found) => Err(found.to_string()),
        Err(error) => Err(error.to_string()),
    })
    .unwrap()
}

/// Pictures to look at, beside the binaries.
fn keep(browser: &Browser, name: &str) {
    let shot = browser.screenshot().unwrap();
    assert!(shot.starts_with(b"\x89PNG"));
    let folder = bins::workspace().join("target");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("pxe-status-{name}.png")), shot).unwrap();
}

#[test]
fn the_page_shows_every_client_and_what_one_of_them_did() {
    let service = Local::start();
    let browser = Browser::start(1400, 900).unwrap();
    browser.go(&service.url).unwrap();
    let empty = "return document.getElementById('empty').innerText";
    let said = until(&browser, "the empty page", empty);
    assert!(
        said.as_str().unwrap().contains("No machine has asked yet"),
        "{said}"
    );
    keep(&browser, "empty");

    let first = service.lease(1, 7, &[(12, b"lab-07")]);
    let refused = service.lease(2, 0, &[]);
    service.read(refused, b"pxelinux.0", 0);
    // Half of it, and then nothing for as long as the test looks.
    let _loading = service.read(first, b"a.efi", 16);
    let rows = "return document.querySelectorAll('#rows tr').length === 2";
    until(&browser, "two rows", rows);
    let text = "return document.getElementById('rows').innerText";
    let said = until(
        &browser,
        "a bar",
        &format!("{text}.includes('MB of 3.0 MB') && document.getElementById('rows').innerText"),
    );
    let said = said.as_str().unwrap();
    for what in [
        "lab-07",
        "52:54:00:12:00:01",
        "a.efi",
        "uefi-x64",
        "asked for pxelinux.0: file not found",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    let bar = until(
        &browser,
        "a bar",
        "return document.querySelector('#rows .bar i').style.width",
    );
    assert_eq!(bar, "50.1%");

    // By state, by text, and both; and back.
    let shown =
        "return [...document.querySelectorAll('#rows .client')].map((row) => row.textContent)";
    let click = |selector: &str| browser.click(&browser.find(selector).unwrap()).unwrap();
    click("#states button[data-state=stopped]");
    assert_eq!(
        browser.run(shown, json!([])).unwrap(),
        json!(["52:54:00:12:00:02"])
    );
    click("#states button[data-state=stopped]");
    browser.press("/").unwrap();
    let filter = browser.find("#filter").unwrap();
    browser.type_into(&filter, "lab-07 x64").unwrap();
    assert_eq!(
        browser.run(shown, json!([])).unwrap(),
        json!(["52:54:00:12:00:01"])
    );
    browser.press("\u{e00c}").unwrap();
    assert_eq!(
        browser
            .run(shown, json!([]))
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        2
    );

    // One client: its steps, its reason, and a link that leads back to it.
    let one = browser.find("#rows tr:nth-child(2) .client").unwrap();
    browser.click(&one).unwrap();
    let detail = "const detail = document.getElementById('detail'); return !detail.hidden && detail.innerText";
    let said = until(&browser, "the detail", detail);
    let said = said.as_str().unwrap();
    for what in [
        "52:54:00:12:00:02",
        "DISCOVER: OFFER with pxelinux.0",
        "TFTP: pxelinux.0: refused (1 file not found)",
        "put it below the root",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    keep(&browser, "light");
    let link = browser.run("return location.href", json!([])).unwrap();
    browser.prefer("dark").unwrap();
    browser.go(link.as_str().unwrap()).unwrap();
    until(&browser, "the linked detail", detail);
    keep(&browser, "dark");

    // It says so when nobody answers any more.
    drop(service);
    let lost =
        "return document.getElementById('contact').textContent.startsWith('no contact since')";
    until(&browser, "the loss", lost);
}

#[test]
fn five_hundred_clients_are_shown_and_filtered_in_a_moment() {
    let service = Local::start();
    let mut open = Vec::new();
    for number in 0..500_u16 {
        let address = service.lease(number, if number % 5 == 0 { 0 } else { 7 }, &[]);
        if number % 4 == 0 {
            open.push(service.read(address, b"a.efi", usize::from(number % 16)));
        }
    }
    let browser = Browser::start(1500, 900).unwrap();
    browser.go(&service.url).unwrap();
    let all = "return document.querySelectorAll('#rows tr').length === 500";
    until(&browser, "all rows", all);
    keep(&browser, "many");
    let spent = browser
        .run(
            "const filter = document.getElementById('filter'); const began = performance.now(); \
             filter.value = '00:12:00:2'; filter.dispatchEvent(new Event('input')); \
             return [performance.now() - began, document.querySelectorAll('#rows tr').length]",
            json!([]),
        )
        .unwrap();
    assert_eq!(spent[1], 16, "{spent}");
    assert!(spent[0].as_f64().unwrap() < 500.0, "{spent}");
    drop(open);
}

/// Names that are markup, script, an attribute's end: all text.
#[test]
fn what_a_client_calls_itself_runs_nowhere() {
    const MARKUP: &str = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";
    let service = Local::start();
    let markup = MARKUP.as_bytes();
    let class = [b"PXEClient:Arch:00007:", &markup[..60]].concat();
    let address = service.lease(1, 7, &[(12, markup), (60, &class)]);
    service.read(address, format!("{MARKUP}.efi").as_bytes(), 0);
    let attribute = b"x\" onmouseover=\"window.pwned=1\" y=\"'--></title>";
    service.lease(2, 7, &[(12, attribute)]);
    let browser = Browser::start(1400, 900).unwrap();
    browser.go(&service.url).unwrap();
    until(
        &browser,
        "two rows",
        "return document.querySelectorAll('#rows tr').length === 2",
    );
    for id in ["01", "02"] {
        browser
            .run(&format!("location.hash = ''; document.querySelectorAll('#rows .client').forEach((row) => {{ if (row.textContent.endsWith('{id}')) row.click(); }})"), json!([]))
            .unwrap();
        let seen =
            format!("return document.getElementById('detail').innerText.includes('00:12:00:{id}')");
        until(&browser, "the detail", &seen);
    }
    let shown = browser
        .run("return document.body.innerText", json!([]))
        .unwrap();
    assert!(
        shown.as_str().unwrap().contains("<img src=x onerror="),
        "{shown}"
    );
    let grown = "return [window.pwned === undefined, document.querySelectorAll('img, script:not([src]), [onerror], [onmouseover]').length]";
    assert_eq!(browser.run(grown, json!([])).unwrap(), json!([true, 0]));
    // And were it markup, the page's policy would not let it run.
    let injected = "const it = document.createElement('script'); it.textContent = 'window.pwned = 1'; \
                    document.body.append(it); return window.pwned === undefined";
    assert_eq!(browser.run(injected, json!([])).unwrap(), true);
    // Nothing of it reaches a terminal as anything but text either.
    let mut command = Command::new(bins::tool("pxe"));
    command
        .args(["watch", "--once", "-c"])
        .arg(service.folder.path().join("pxe.toml"));
    let output = command.output().unwrap();
    assert!(
        output.status.success() && !output.stdout.contains(&0x1b),
        "{output:?}"
    );
}
