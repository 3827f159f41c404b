//! `certcheck client` with real clients: the holes that each is known to have
//! are found, no others, and the settings that the hints name close them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use workspace_tests::bins;

/// Statuses by case, as `--json` gives them.
type Verdicts = BTreeMap<String, String>;

fn certcheck(options: &[&str], command: &[&str]) -> Output {
    Command::new(bins::tool("certcheck"))
        .arg("client")
        .args(options)
        .arg("--")
        .args(command)
        .output()
        .unwrap()
}

fn needs(program: &str, package: &str) {
    let found = ["/usr/bin", "/bin", "/usr/local/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists());
    assert!(found, "{program} is missing: apt-get install {package}");
}

/// Runs all cases and gives the verdicts and the exit status.
fn verdicts(options: &[&str], command: &[&str]) -> (Verdicts, i32) {
    let options = [&["--json", "--timeout", "30s"], options].concat();
    let output = certcheck(&options, command);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut verdicts = Verdicts::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        assert!(
            ["accept", "refuse"].contains(&word("expected").as_str()),
            "{line}"
        );
        verdicts.insert(word("case"), word("status"));
    }
    assert!(
        !verdicts.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (verdicts, output.status.code().unwrap())
}

fn with_status(verdicts: &Verdicts, status: &str) -> Vec<String> {
    verdicts
        .iter()
        .filter(|(_, found)| *found == status)
        .map(|(case, _)| case.clone())
        .collect()
}

/// Insists on exactly these holes, and on a judgement of every case.
#[track_caller]
fn holes(options: &[&str], command: &[&str], expected: &[&str]) {
    let (verdicts, code) = verdicts(options, command);
    let mut expected: Vec<String> = expected.iter().map(|&case| case.to_owned()).collect();
    expected.sort();
    assert_eq!(with_status(&verdicts, "hole"), expected, "{command:?}");
    for status in ["broken", "unplayed", "skipped"] {
        assert_eq!(
            with_status(&verdicts, status),
            [""; 0],
            "{status}: {command:?}"
        );
    }
    assert_eq!(code, i32::from(!expected.is_empty()));
}

const NAMES: &[&str] = &[
    "wrong-host",
    "wrong-ip",
    "wrong-sni",
    "cn-only",
    "cn-beside-san",
    "ip-cn-only",
    "ip-in-dns-san",
    "partial-wildcard",
    "middle-wildcard",
    "deep-wildcard",
    "public-suffix-wildcard",
    "nul-in-name",
];
const CHAINS: &[&str] = &[
    "self-signed",
    "unknown-ca",
    "missing-intermediate",
    "ca-false-issuer",
    "path-length",
    "name-constraints-dns",
    "name-constraints-ip",
    "expired",
    "not-yet-valid",
    "expired-intermediate",
    "wrong-eku",
    "weak-rsa",
    "sha1-signature",
];
const REVOKED: &[&str] = &["revoked", "revoked-intermediate"];

const PYTHON: &str = "/usr/bin/python3";

#[test]
fn curl_falls_back_to_the_common_name_and_knows_no_revocation() {
    needs("curl", "curl");
    holes(
        &[],
        &["curl", "-sS", "--cacert", "{ca}", "{url}"],
        &["cn-only", "ip-cn-only", "revoked", "revoked-intermediate"],
    );
    // The hint of `revoked`.
    holes(
        &[],
        &[
            "curl",
            "-sS",
            "--cacert",
            "{ca}",
            "--crlfile",
            "{crl}",
            "{url}",
        ],
        &["cn-only", "ip-cn-only"],
    );
}

#[test]
fn curl_without_verification_accepts_every_certificate() {
    needs("curl", "curl");
    holes(
        &[],
        &["curl", "-sSk", "{url}"],
        &[NAMES, CHAINS, REVOKED].concat(),
    );
}

#[test]
fn curl_that_follows_redirects_verifies_the_next_host_too() {
    needs("curl", "curl");
    let options = ["--case", "redirect", "--case", "good-dns"];
    holes(
        &options,
        &["curl", "-sSL", "--cacert", "{ca}", "{url}"],
        &[],
    );
    holes(&options, &["curl", "-sSL", "-k", "{url}"], &["redirect"]);
}

#[test]
fn old_versions_are_played_to_the_request() {
    needs("curl", "curl");
    let old = ["--case", "tls10", "--case", "tls11"];
    // Both key exchanges of the hand-made server.
    for ciphers in ["DEFAULT@SECLEVEL=0", "AES128-SHA@SECLEVEL=0"] {
        holes(
            &old,
            &[
                "curl",
                "-sS",
                "--tlsv1.0",
                "--tls-max",
                "1.1",
                "--ciphers",
                ciphers,
                "--cacert",
                "{ca}",
                "{url}",
            ],
            &["tls10", "tls11"],
        );
    }
}

#[test]
fn a_client_that_comes_back_with_a_lower_version_is_caught() {
    needs("curl", "curl");
    let script = "curl -sS --cacert {ca} {url} || curl -sS --tls-max 1.2 --cacert {ca} {url}";
    let cases = ["--case", "good-dns", "--case", "downgrade"];
    holes(&cases, &["sh", "-c", script], &["downgrade"]);
    let script = "curl -sS --cacert {ca} {url} || curl -sS --cacert {ca} {url}";
    holes(&cases, &["sh", "-c", script], &[]);
}

#[test]
fn a_client_that_falls_back_to_plain_http_is_caught() {
    needs("curl", "curl");
    let script = "curl -sS --cacert {ca} {url} || curl -sS http://{host}:{port}/";
    holes(
        &["--case", "good-dns", "--case", "plain-http"],
        &["sh", "-c", script],
        &["plain-http"],
    );
}

#[test]
fn wget_looks_at_neither_purpose_nor_version() {
    needs("wget", "wget");
    let wget = ["wget", "-q", "-O-", "--tries=1", "--ca-certificate={ca}"];
    holes(
        &[],
        &[&wget[..], &["{url}"]].concat(),
        &[
            "cn-only",
            "wrong-eku",
            "weak-rsa",
            "revoked",
            "revoked-intermediate",
            "tls10",
            "tls11",
        ],
    );
    // The hints for all but two of them.
    holes(
        &[],
        &[
            &wget[..],
            &["--crl-file={crl}", "--secure-protocol=TLSv1_2", "{url}"],
        ]
        .concat(),
        &["cn-only", "wrong-eku", "weak-rsa"],
    );
    holes(
        &["--case", "good-dns", "--case", "weak-rsa"],
        &[&wget[..], &["--ciphers=NORMAL:%PROFILE_MEDIUM", "{url}"]].concat(),
        &[],
    );
}

const PYCURL: &str = "import pycurl, sys
c = pycurl.Curl()
c.setopt(c.URL, sys.argv[1]); c.setopt(c.CAINFO, sys.argv[2])
c.setopt(c.SSL_VERIFYPEER, int(sys.argv[3])); c.setopt(c.SSL_VERIFYHOST, int(sys.argv[4]))
c.perform()";

fn pycurl(peer: &'static str, host: &'static str) -> [&'static str; 7] {
    [PYTHON, "-c", PYCURL, "{url}", "{ca}", peer, host]
}

#[test]
fn pycurl_without_verifyhost_accepts_any_name() {
    needs("python3", "python3-pycurl");
    let others = [
        "wrong-eku",
        "weak-rsa",
        "revoked",
        "revoked-intermediate",
        "tls10",
        "tls11",
    ];
    holes(&[], &pycurl("1", "0"), &[NAMES, &others].concat());
    holes(
        &[],
        &pycurl("1", "2"),
        &[&["cn-only"][..], &others].concat(),
    );
    let output = certcheck(&["--case", "wrong-host"], &pycurl("1", "0"));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("pycurl.SSL_VERIFYHOST, 2"), "{text}");
}

const URLLIB: &str = "import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
exec(sys.argv[4])
urllib.request.urlopen(sys.argv[1], context=context)";

fn urllib(settings: &'static str) -> [&'static str; 7] {
    [PYTHON, "-c", URLLIB, "{url}", "{ca}", "{crl}", settings]
}

#[test]
fn python_accepts_any_name_without_check_hostname_and_nothing_bad_with_the_hints() {
    needs("python3", "python3");
    holes(
        &[],
        &urllib(""),
        &["cn-only", "revoked", "revoked-intermediate"],
    );
    holes(
        &[],
        &urllib("context.check_hostname = False"),
        &[NAMES, REVOKED, &["redirect"]].concat(),
    );
    holes(
        &[],
        &urllib(
            "context.hostname_checks_common_name = False
context.load_verify_locations(sys.argv[3]); context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN",
        ),
        &[],
    );
}

#[test]
fn requests_accepts_everything_without_verify() {
    needs("python3", "python3-requests");
    let script = "import requests, sys; requests.get(sys.argv[1], verify=eval(sys.argv[3]))";
    let (with, code) = verdicts(&[], &[PYTHON, "-c", script, "{url}", "{ca}", "sys.argv[2]"]);
    assert_eq!(code, 1);
    // What its urllib3 thinks of common names and wildcards depends on its
    // version; chains, names and times do not.
    for case in [
        CHAINS,
        &["wrong-host", "wrong-ip", "cn-beside-san", "redirect"],
    ]
    .concat()
    {
        assert_eq!(with[case], "ok", "{case}");
    }
    for case in REVOKED {
        assert_eq!(with[*case], "hole", "{case}");
    }
    assert_eq!(with_status(&with, "broken"), [""; 0]);
    holes(
        &[],
        &[PYTHON, "-c", script, "{url}", "{ca}", "False"],
        &[NAMES, CHAINS, REVOKED, &["redirect"]].concat(),
    );
}

const LWP: &str = "my ($url, $ca, $crl) = @ARGV;
my $agent = LWP::UserAgent->new(ssl_opts => { SSL_ca_file => $ca, eval(pop @ARGV) });
my $answer = $agent->get($url); die $answer->status_line unless $answer->is_success;";

fn lwp(settings: &'static str) -> [&'static str; 8] {
    [
        "perl",
        "-MLWP::UserAgent",
        "-e",
        LWP,
        "{url}",
        "{ca}",
        "{crl}",
        settings,
    ]
}

#[test]
fn lwp_takes_common_names_partial_wildcards_and_addresses_in_dns_names() {
    needs("lwp-request", "libwww-perl liblwp-protocol-https-perl");
    let names = ["cn-only", "ip-cn-only", "ip-in-dns-san", "partial-wildcard"];
    holes(&[], &lwp("()"), &[&names, REVOKED].concat());
    holes(
        &[],
        &lwp("SSL_check_crl => 1, SSL_crl_file => $ARGV[2]"),
        &names,
    );
    let (without, _) = verdicts(&[], &lwp("verify_hostname => 0, SSL_verify_mode => 1"));
    assert_eq!(without["wrong-host"], "hole");
    assert_eq!(without["unknown-ca"], "ok");
}

#[test]
fn s_client_refuses_nothing_by_itself() {
    needs("openssl", "openssl");
    let request = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -ign_eof -CAfile {ca} -connect {host}:{port}";
    let plain = ["sh", "-c", request];
    holes(&[], &plain, &[NAMES, CHAINS, REVOKED].concat());
    let chain = format!("{request} -verify_return_error");
    holes(&[], &["sh", "-c", &chain], &[NAMES, REVOKED].concat());
    // The host looks like a name or an address, and so do the options.
    let name = format!("{chain} -verify_hostname {{host}}");
    holes(
        &[
            "--case",
            "good-dns",
            "--case",
            "wrong-host",
            "--case",
            "deep-wildcard",
            "--case",
            "cn-only",
        ],
        &["sh", "-c", &name],
        &["cn-only"],
    );
}

#[test]
fn without_a_namespace_what_localhost_can_pose_is_posed_and_the_rest_is_skipped() {
    needs("curl", "curl");
    let command = ["curl", "-sS", "--cacert", "{ca}", "{url}"];
    let (verdicts, code) = verdicts(&["--no-namespace"], &command);
    assert_eq!(code, 1);
    assert_eq!(verdicts["good-dns"], "ok");
    assert_eq!(verdicts["expired"], "ok");
    assert_eq!(verdicts["cn-only"], "hole");
    // Systems that resolve names below localhost skip nothing.
    for case in with_status(&verdicts, "skipped") {
        assert!(case.contains("wildcard"), "{case}");
    }
}

#[test]
fn an_ordinary_user_gets_a_namespace_where_the_system_permits_it() {
    needs("setpriv", "util-linux");
    let permitted = Command::new("setpriv")
        .args([
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "unshare",
            "-Um",
            "true",
        ])
        .status()
        .unwrap()
        .success();
    let folder = tempfile::Builder::new()
        .permissions(world())
        .tempdir()
        .unwrap();
    let binary = folder.path().join("certcheck");
    std::fs::copy(bins::tool("certcheck"), &binary).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&binary)
        .args([
            "client",
            "--json",
            "--case",
            "good-dns",
            "--case",
            "deep-wildcard",
            "--",
        ])
        .args(["curl", "-sS", "--cacert", "{ca}", "{url}"])
        .env("TMPDIR", "/tmp")
        .current_dir("/")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    if permitted {
        assert_eq!(
            output.status.code(),
            Some(0),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    } else {
        assert!(text.contains("\"skipped\""), "{text}");
        assert_eq!(output.status.code(), Some(1));
    }
}

fn world() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

#[test]
fn a_command_that_cannot_be_started_is_an_error_of_the_system() {
    let output = certcheck(&[], &["no-such-client", "{url}"]);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("certcheck: no-such-client: cannot be started"),
        "{text}"
    );
}

#[test]
fn a_command_without_a_placeholder_and_an_unknown_case_are_usage() {
    assert_eq!(
        certcheck(&[], &["curl", "https://example.org"])
            .status
            .code(),
        Some(2)
    );
    let output = certcheck(&["--case", "wrong_host"], &["curl", "{url}"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("did you mean `wrong-host`?"), "{text}");
}

#[test]
fn a_client_that_never_connects_or_hangs_passes_nothing() {
    let (verdicts, code) = verdicts(&["--case", "expired"], &["true", "{url}"]);
    assert_eq!((verdicts["expired"].as_str(), code), ("unplayed", 1));
    let output = certcheck(
        &["--json", "--timeout", "300ms", "--case", "good-dns"],
        &["sh", "-c", "sleep 1000; : {url}"],
    );
    let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row["status"], "unplayed");
    assert_eq!(row["timed_out"], true);
    assert!(row["accepted"].is_null());
}

#[test]
fn junit_and_the_plugin_line_tell_the_same() {
    needs("curl", "curl");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.xml");
    let path = file.to_string_lossy().into_owned();
    let output = certcheck(
        &[
            "--nagios", "--junit", &path, "--case", "good-dns", "--case", "cn-only",
        ],
        &["curl", "-sS", "--cacert", "{ca}", "{url}"],
    );
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("CRITICAL: 1 of 2 cases"), "{line}");
    assert!(line.contains("cn-only | 'holes'=1;"), "{line}");
    let xml = std::fs::read_to_string(file).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"1\""), "{xml}");
}
