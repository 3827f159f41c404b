//! The speed of `certcheck check`, in ratios within one run: against
//! `curl -Z --parallel-max 256` and against a bare tokio-rustls loop, on a
//! thousand nginx ports, half P-256 and half RSA-2048; then ten thousand
//! targets of which a third hangs or refuses; then one peer from start to
//! verdict.
//!
//! ```sh
//! cargo build --release -p certcheck
//! TOOLS_BIN_DIR=target/release cargo run --release -p workspace-tests --example certcheck_bench
//! ```
//!
//! It needs nginx and curl.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use workspace_tests::{bins, process::Background};

const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 1_000;
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let result = match args.get(1).map(String::as_str) {
        Some("--bare") => bare(Path::new(&args[2])),
        _ => bench(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the numbers are the purpose")]
fn say(text: &str) {
    println!("{text}");
}

/// What a command cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
    memory: f64,
    code: i32,
}

fn bench() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    let _nginx = nginx(folder.path(), &ca)?;
    let ca = ca.to_string_lossy().into_owned();

    let list = folder.path().join("hosts.txt");
    let urls = folder.path().join("urls.txt");
    let (mut hosts, mut config) = (String::new(), String::new());
    for port in FIRST_PORT..FIRST_PORT + PORTS {
        writeln!(hosts, "localhost:{port}")?;
        writeln!(
            config,
            "url = \"https://localhost:{port}/\"\noutput = /dev/null"
        )?;
    }
    std::fs::write(&list, hosts)?;
    std::fs::write(&urls, config)?;
    let list = list.to_string_lossy().into_owned();
    let urls = urls.to_string_lossy().into_owned();

    let checked = bins::tool("certcheck");
    let itself = std::env::current_exe()?;
    let certcheck = || {
        let mut command = Command::new(&checked);
        command.args(["check", "-4", "--json", "--ca-file", &ca, "-f", &list]);
        command
    };
    let curl = || {
        let mut command = Command::new("curl");
        command.args(["-4", "-s", "-I", "-Z", "--parallel-max", "256"]);
        command.args(["--cacert", &ca, "-K", &urls]);
        command
    };
    let bare = || {
        let mut command = Command::new(&itself);
        command.args(["--bare", &ca]);
        command
    };
    say("what | wall s | hosts/s | CPU s | RSS MB");
    let mut ratios = Vec::new();
    for round in 0..=ROUNDS {
        let ours = cost(certcheck())?;
        let theirs = cost(curl())?;
        let least = cost(bare())?;
        ensure!(ours.code == 0, "certcheck ended with {}", ours.code);
        ensure!(theirs.code == 0, "curl ended with {}", theirs.code);
        ensure!(least.code == 0, "the bare loop ended with {}", least.code);
        // The first round fills nginx's caches.
        if round == 0 {
            continue;
        }
        for (name, cost) in [
            ("certcheck", ours),
            ("curl -Z 256", theirs),
            ("bare loop", least),
        ] {
            say(&format!(
                "{name} | {:.2} | {:.0} | {:.2} | {:.1}",
                cost.wall,
                f64::from(PORTS) / cost.wall,
                cost.cpu,
                cost.memory
            ));
        }
        ratios.push((
            theirs.wall / ours.wall,
            ours.cpu / theirs.cpu,
            ours.cpu / least.cpu,
        ));
    }
    for (speed, against_curl, against_bare) in ratios {
        say(&format!(
            "hosts/s {speed:.2}x curl, CPU {against_curl:.2}x curl, CPU {against_bare:.2}x bare loop"
        ));
    }
    many(folder.path(), &ca)?;
    one(&ca)
}

/// Ten thousand targets: two thirds answer, a sixth refuses, a sixth hangs.
/// Before them the same without those that hang: that is the work.
fn many(folder: &Path, ca: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (hanging, silent) = runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind("127.0.0.1:0".parse()?)?;
        // Connections are completed by the kernel and never accepted.
        let silent = socket.listen(4096)?;
        anyhow::Ok((silent.local_addr()?.port(), silent))
    })?;
    let list = folder.join("many.txt");
    let check = |hang: bool| {
        let mut hosts = String::new();
        for index in 0..10_000_u16 {
            let port = match index % 6 {
                0 => 1,
                1 if hang => hanging,
                1 => continue,
                _ => FIRST_PORT + index % PORTS,
            };
            writeln!(hosts, "localhost:{port}")?;
        }
        std::fs::write(&list, hosts)?;
        let mut command = Command::new(bins::tool("certcheck"));
        command.args(["check", "-4", "--json", "--timeout", "10s", "--ca-file", ca]);
        command.arg("-f").arg(&list);
        let cost = cost(command)?;
        ensure!(cost.code == 1, "certcheck ended with {}", cost.code);
        anyhow::Ok(cost)
    };
    let work = check(false)?;
    let all = check(true)?;
    drop(silent);
    say(&format!(
        "6,666 targets answer, 1,667 refuse: {:.1} s, {:.1} CPU s, {:.0} MB",
        work.wall, work.cpu, work.memory
    ));
    say(&format!(
        "and 1,667 hang for the whole timeout of 10 s: {:.1} s, {:.1} CPU s, {:.0} MB: {:.1} s over \
         timeout and work, {:.0} KB for each that hangs and what waits behind it",
        all.wall,
        all.cpu,
        all.memory,
        all.wall - work.wall - 10.0,
        (all.memory - work.memory) * 1024.0 / 1667.0
    ));
    Ok(())
}

/// One peer, from the start of the process to its end.
fn one(ca: &str) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..20 {
        let begin = Instant::now();
        let status = Command::new(bins::tool("certcheck"))
            .args(["check", "--ca-file", ca, &format!("localhost:{FIRST_PORT}")])
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "certcheck ended with {status}");
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    say(&format!(
        "one peer, start to verdict: {:.1} ms at best, {:.1} ms median of {}",
        times[0],
        times[times.len() / 2],
        times.len()
    ));
    Ok(())
}

/// Runs a command to its end. CPU time comes from the kernel's account of
/// ended children, memory from the high-water mark while it runs.
fn cost(mut command: Command) -> Result<Cost> {
    let before = children_cpu()?;
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot be started")?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0.0_f64;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        let high = std::fs::read_to_string(&status)
            .unwrap_or_default()
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse()
                    .ok()
            });
        memory = memory.max(high.unwrap_or(0.0));
        #[expect(clippy::disallowed_methods, reason = "the pause between two looks")]
        std::thread::sleep(Duration::from_millis(5));
    };
    Ok(Cost {
        wall: begin.elapsed().as_secs_f64(),
        cpu: children_cpu()? - before,
        memory: memory / 1024.0,
        code: ended.code().unwrap_or(-1),
    })
}

/// User and system time of ended children, in seconds (proc(5): fields 16 and
/// 17 of stat, in hundredths).
fn children_cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').context("stat has no name")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: f64 = fields[13].parse::<f64>()? + fields[14].parse::<f64>()?;
    Ok(ticks / 100.0)
}

/// nginx on a thousand ports, the keys by turns.
fn nginx(folder: &Path, ca: &Path) -> Result<Background> {
    let mut params = CertificateParams::new(vec![])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Bench Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params.clone(), KeyPair::generate()?)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Bench Intermediate");
    let key = KeyPair::generate()?;
    let intermediate = CertifiedIssuer::signed_by(params, key, &root)?;
    std::fs::write(ca, root.pem())?;
    let keys = [
        ("p256", KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?),
        (
            "rsa",
            KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?,
        ),
    ];
    for (name, key) in &keys {
        let mut leaf = CertificateParams::new(vec!["localhost".into()])?;
        leaf.not_before = rcgen::date_time_ymd(2025, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2045, 1, 1);
        let leaf = leaf.signed_by(key, &intermediate)?;
        let chain = format!("{}{}", leaf.pem(), intermediate.pem());
        std::fs::write(folder.join(format!("{name}.pem")), chain)?;
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem())?;
    }
    let path: PathBuf = folder.to_owned();
    let path = path.display();
    let mut config = format!(
        "daemon off; pid {path}/nginx.pid; error_log {path}/nginx.log error; worker_processes 2;\n\
         worker_rlimit_nofile 20000; events {{ worker_connections 10000; }}\n\
         http {{ access_log off; ssl_session_cache off; ssl_session_tickets off;\n\
         ssl_protocols TLSv1.2 TLSv1.3;\n\
         client_body_temp_path {path}/t; proxy_temp_path {path}/t; fastcgi_temp_path {path}/t;\n\
         uwsgi_temp_path {path}/t; scgi_temp_path {path}/t;\n"
    );
    for (index, (name, _)) in keys.iter().enumerate() {
        writeln!(
            config,
            "server {{ ssl_certificate {path}/{name}.pem; ssl_certificate_key {path}/{name}.key;"
        )?;
        for port in (FIRST_PORT..FIRST_PORT + PORTS).filter(|port| usize::from(port % 2) == index) {
            writeln!(config, "listen 127.0.0.1:{port} ssl backlog=512;")?;
        }
        writeln!(config, "return 200 ok; }}")?;
    }
    config.push_str("}\n");
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config)?;
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&file);
    let mut nginx = Background::start("nginx", command, &folder.join("nginx.out"))?;
    nginx.wait_until("nginx listens", Duration::from_secs(20), |_| {
        let last = FIRST_PORT + PORTS - 1;
        std::net::TcpStream::connect(("127.0.0.1", last))
            .map(drop)
            .map_err(|error| error.to_string())
    })?;
    Ok(nginx)
}

/// The least there is to do: handshake, verify, HEAD, first bytes.
fn bare(ca: &Path) -> Result<()> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let connector = TlsConnector::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let places = Arc::new(Semaphore::new(256));
        let mut tasks = tokio::task::JoinSet::new();
        for port in FIRST_PORT..FIRST_PORT + PORTS {
            let place = Arc::clone(&places).acquire_owned().await?;
            let connector = connector.clone();
            tasks.spawn(async move {
                let _place = place;
                let stream = TcpStream::connect(("127.0.0.1", port)).await?;
                let name = ServerName::try_from("localhost")?;
                let mut stream = connector.connect(name, stream).await?;
                let request = format!("HEAD / HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
                stream.write_all(request.as_bytes()).await?;
                ensure!(stream.read(&mut [0; 1024]).await? > 0, "no answer");
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        anyhow::Ok(())
    })
}
