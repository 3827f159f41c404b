//! The whole story with the tools of MIT Kerberos: a person in many groups, the
//! ticket before and after, opened with the server's key.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use workspace_tests::bins;
use workspace_tests::peers::samba::{
    BASE, DNS_DOMAIN, HOST, Keytab, PASSWORD, Samba, Settings, objects,
};

/// The largest token that an NFS server with rpc.svcgssd takes.
const LARGEST_ACCEPTED: i64 = 2045;
/// A token holds a random sequence number and the microsecond.
const WOBBLE: i64 = 3;

#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn of(mut command: Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "`{part}` is missing: {self:#?}");
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// `ad-pac verify --json` with somebody's tickets.
fn verify(samba: &Samba, cache: &Path, args: &[&str], keytab: Option<Keytab>) -> Ran {
    let mut command = samba.command(bins::tool("ad-pac"));
    command
        .arg("verify")
        .args(args)
        .arg("--json")
        .arg("--ca-file")
        .arg(samba.ca_file())
        .env("KRB5CCNAME", cache);
    if let Some(keytab) = keytab {
        command.arg("--keytab").arg(samba.keytab(keytab));
    }
    Ran::of(command)
}

/// `ad-pac` with the password of somebody who may write.
fn as_delegate(samba: &Samba, args: &[&str]) -> Ran {
    let mut command = samba.command(bins::tool("ad-pac"));
    command
        .args(args)
        .args([
            "--server",
            HOST,
            "--bind-user",
            &format!("uacadmin@{DNS_DOMAIN}"),
        ])
        .arg("--ca-file")
        .arg(samba.ca_file())
        .env("AD_PAC_PASSWORD", PASSWORD)
        .env("XDG_STATE_HOME", samba.folder());
    Ran::of(command)
}

fn klist(samba: &Samba, cache: &Path) -> String {
    let mut command = samba.command("klist");
    command.env("KRB5CCNAME", cache);
    Ran::of(command).expect(0).stdout
}

fn kvno(samba: &Samba, cache: &Path, service: &str) -> Ran {
    let mut command = samba.command("kvno");
    command.arg(service).env("KRB5CCNAME", cache);
    Ran::of(command)
}

#[test]
fn bobs_tickets_lose_their_pac_and_get_it_back() {
    let samba = Samba::start(Settings::default()).unwrap();
    samba.wait_until_it_answers().unwrap();
    let nfs01 = format!("nfs01.{DNS_DOMAIN}");
    let service = format!("nfs/{nfs01}");
    let bob = samba.kinit("bob").unwrap();
    kvno(&samba, &bob, &service).expect(0);
    let cached = std::fs::read(&bob).unwrap();

    // Before: a PAC, opened with the key, and a token no rpc.svcgssd takes.
    let before = verify(&samba, &bob, &[&nfs01], Some(Keytab::Nfs01))
        .expect(1)
        .json();
    assert_eq!(before["pac"], "present");
    assert_eq!(before["evidence"], "opened");
    assert!(
        before["token_bytes"].as_i64().unwrap() > LARGEST_ACCEPTED,
        "{before}"
    );
    assert_eq!(before["zone"], "refused");
    assert_eq!(before["authorization_data"][0]["name"], "AD-IF-RELEVANT");
    assert_eq!(before["authorization_data"][1]["name"], "AD-WIN2K-PAC");
    // Without the key, the same verdict, said to be a judgement.
    let judged = verify(&samba, &bob, &[&nfs01], None).expect(1);
    let document = judged.json();
    assert_eq!(document["evidence"], "size");
    assert_eq!(document["forecast"]["groups"], 602, "{document}");
    let forecast = document["forecast"]["token_bytes_with_pac"].as_i64();
    let measured = document["token_bytes"].as_i64();
    assert!(
        (forecast.unwrap() - measured.unwrap()).abs() <= WOBBLE,
        "{document}"
    );
    assert!(
        judged.stderr.contains("judged by the size alone"),
        "{judged:#?}"
    );
    verify(&samba, &bob, &[&nfs01, "--expect", "present"], None).expect(0);

    // The change.
    as_delegate(&samba, &["set", &nfs01]).expect(0);

    // After: the same TGT gets a ticket without a PAC.
    let after = verify(&samba, &bob, &[&nfs01], Some(Keytab::Nfs01))
        .expect(0)
        .json();
    assert_eq!(after["pac"], "absent");
    assert_eq!(after["evidence"], "opened");
    assert_eq!(
        after["authorization_data"],
        Value::Array(Vec::new()),
        "{after}"
    );
    assert!(
        after["token_bytes"].as_i64().unwrap() <= LARGEST_ACCEPTED,
        "{after}"
    );
    verify(&samba, &bob, &[&nfs01], None).expect(0);
    verify(&samba, &bob, &[&nfs01, "--expect", "present"], None).expect(1);
    // Under its other names too.
    verify(&samba, &bob, &["NFS01$"], Some(Keytab::Nfs01)).expect(0);
    // Other hosts keep theirs.
    verify(&samba, &bob, &[&format!("nfs02.{DNS_DOMAIN}")], None).expect(1);

    // The user's cache was neither used nor changed: the old ticket is in it.
    assert_eq!(std::fs::read(&bob).unwrap(), cached);
    assert!(klist(&samba, &bob).contains(&service));

    // And back.
    as_delegate(&samba, &["clear", &nfs01]).expect(0);
    let again = verify(&samba, &bob, &[&nfs01], Some(Keytab::Nfs01))
        .expect(1)
        .json();
    assert_eq!(again["pac_bytes"], before["pac_bytes"]);
}

#[test]
fn tickets_are_opened_whatever_they_are_encrypted_with() {
    let samba = Samba::start(Settings::default()).unwrap();
    samba.wait_until_it_answers().unwrap();
    let nfs01 = format!("nfs01.{DNS_DOMAIN}");
    // msDS-SupportedEncryptionTypes (MS-KILE 2.2.7).
    for (bits, name) in [
        (16, "aes256-cts-hmac-sha1-96"),
        (8, "aes128-cts-hmac-sha1-96"),
        (4, "rc4-hmac"),
    ] {
        samba
            .change(&format!(
                "dn: CN=NFS01,OU=Servers,OU=Lab,{BASE}\nchangetype: modify\n\
                 replace: msDS-SupportedEncryptionTypes\nmsDS-SupportedEncryptionTypes: {bits}\n"
            ))
            .unwrap();
        let alice = samba.kinit("alice").unwrap();
        let proof = verify(&samba, &alice, &[&nfs01], Some(Keytab::Nfs01))
            .expect(1)
            .json();
        assert_eq!(proof["encryption_type"], name, "{proof}");
        assert_eq!(proof["evidence"], "opened");
    }
    // A service that runs as a user account.
    let alice = samba.kinit("alice").unwrap();
    let cluster = format!("nfs/nfs-cluster.{DNS_DOMAIN}");
    verify(&samba, &alice, &[&cluster], Some(Keytab::SvcNfs)).expect(1);
}

#[test]
fn a_forecast_is_what_the_kdc_then_gives() {
    let samba = Samba::start(Settings::default()).unwrap();
    samba.wait_until_it_answers().unwrap();
    let nfs01 = format!("nfs01.{DNS_DOMAIN}");
    let mut people: Vec<String> = objects::EDGES
        .iter()
        .map(|count| format!("edge{count}"))
        .collect();
    people.extend(["alice", "bob", "uacadmin", "a-user-with-a-longna"].map(str::to_owned));
    let mut args = vec!["forecast", "--json", "--for", &nfs01];
    args.extend(people.iter().map(String::as_str));
    let forecast = as_delegate(&samba, &args).expect(1).json();
    let users = forecast["users"].as_array().unwrap();
    assert_eq!(users.len(), people.len());
    for user in users {
        let name = user["user"].as_str().unwrap();
        let cache = samba.kinit(name).unwrap();
        let measured = verify(&samba, &cache, &[&nfs01], None).expect(1).json();
        let (expected, bytes) = (&user["token_bytes"], &measured["token_bytes"]);
        let difference = expected.as_i64().unwrap() - bytes.as_i64().unwrap();
        assert!(difference.abs() <= WOBBLE, "{user}: measured {bytes}");
    }
    // The edge that was measured on a server: 79 groups work, 80 do not.
    let zone = |name: &str| {
        let user = users.iter().find(|user| user["user"] == name).unwrap();
        user["zone"].as_str().unwrap()
    };
    assert_eq!(
        [zone("edge40"), zone("edge100"), zone("edge340")],
        ["works", "jams-server", "refused"]
    );
    assert_eq!(zone("bob"), "refused");
    let close = users.iter().find(|user| user["user"] == "edge79").unwrap();
    assert_eq!(close["close_to"], LARGEST_ACCEPTED);

    // Where the bit is set, nobody fails.
    let cured = as_delegate(&samba, &["forecast", "bob", "--json", "--for", "nfs09"])
        .expect(0)
        .json();
    let bob = &cured["users"][0];
    assert_eq!(bob["groups"], 602);
    assert!(bob["token_bytes"].as_i64().unwrap() <= LARGEST_ACCEPTED);
    assert!(bob["token_bytes_with_pac"].as_i64().unwrap() > LARGEST_ACCEPTED);

    // Everybody, sorted, and only those above a size.
    let all = as_delegate(&samba, &["forecast", "--all", "--csv"]).expect(1);
    let lines: Vec<&str> = all.stdout.lines().collect();
    assert!(lines[1].starts_with("bob,602,"), "{all:#?}");
    assert!(
        !all.stdout.contains("OTHER$"),
        "a trust is nobody's account: {all:#?}"
    );
    let over = as_delegate(&samba, &["forecast", "--all", "--over", "4032", "--json"])
        .expect(1)
        .json();
    let names: Vec<&str> = over["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["user"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["bob", "edge340"]);
    as_delegate(&samba, &["forecast", "nosuch"])
        .expect(2)
        .says("no such account");
    // What means something in a filter means nothing in a name.
    for name in ["*", "bob*", "bob)(cn", "\\2a"] {
        as_delegate(&samba, &["forecast", name])
            .expect(2)
            .says("no such account");
    }
}

#[test]
fn what_keeps_a_ticket_from_being_had_or_opened_is_named() {
    let mut samba = Samba::start(Settings::default()).unwrap();
    samba.wait_until_it_answers().unwrap();
    let nfs01 = format!("nfs01.{DNS_DOMAIN}");
    let nfs02 = format!("nfs02.{DNS_DOMAIN}");
    let alice = samba.kinit("alice").unwrap();

    let nobody = samba.folder().join("nobody");
    verify(&samba, &nobody, &[&nfs01], None)
        .expect(4)
        .says("no usable ticket")
        .says("kinit");
    verify(&samba, &alice, &["nosuch.lab.example.test"], None)
        .expect(2)
        .says("not found in Kerberos database");
    verify(&samba, &alice, &[&nfs02], Some(Keytab::Nfs01))
        .expect(2)
        .says("no key fits the ticket's aes256-cts-hmac-sha1-96");
    verify(&samba, &alice, &["CN=NFS01,DC=lab"], None)
        .expect(2)
        .says("CN=NFS01,DC=lab: ");
    // By DN and by SID: the directory knows the service.
    let dn = format!("CN=NFS01,OU=Servers,OU=Lab,{BASE}");
    let shown = as_delegate(&samba, &["show", "nfs01", "--json"])
        .expect(0)
        .json();
    let sid = shown["accounts"][0]["sid"].as_str().unwrap();
    for name in [dn.as_str(), sid] {
        let proof = verify(&samba, &alice, &[name], Some(Keytab::Nfs01))
            .expect(1)
            .json();
        assert_eq!(proof["service"], format!("nfs/{nfs01}"));
    }
    let mut command = samba.command(bins::tool("ad-pac"));
    command
        .args(["verify", &nfs01, "--keytab", "/etc/hostname"])
        .env("KRB5CCNAME", &alice);
    Ran::of(command).expect(2).says("not a keytab");

    // Keys instead of a ticket: nothing is written into the default cache.
    let default = samba.folder().join("default-ccache");
    let mut command = samba.command(bins::tool("ad-pac"));
    command
        .args(["verify", &nfs01, "--json"])
        .env("KRB5CCNAME", &default)
        .env("KRB5_CLIENT_KTNAME", samba.keytab(Keytab::UacAdmin));
    let ran = Ran::of(command).expect(1);
    assert_eq!(ran.json()["client"], "uacadmin@LAB.EXAMPLE.TEST");
    assert!(!default.exists());

    // Ten minutes off: the KDC refuses, and the hint says why.
    let mut command = samba.command("faketime");
    command
        .args(["-f", "+10m"])
        .arg(bins::tool("ad-pac"))
        .args(["verify", &nfs01])
        .env("KRB5CCNAME", &alice);
    Ran::of(command)
        .expect(4)
        .says("600 s ahead of that of the domain controller");

    // In the words of a monitoring system.
    let mut command = samba.command(bins::tool("ad-pac"));
    command
        .args(["verify", &nfs01, "--nagios"])
        .env("KRB5CCNAME", &alice);
    let ran = Ran::of(command).expect(2);
    assert!(ran.stdout.starts_with("CRITICAL: PAC present"), "{ran:#?}");
    assert_eq!(ran.stdout.lines().count(), 1);

    samba.halt().unwrap();
    verify(&samba, &alice, &[&nfs01], None)
        .expect(4)
        .says("is one up?");
}
