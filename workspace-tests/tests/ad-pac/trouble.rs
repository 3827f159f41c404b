//! `ad-pac` against a real Active Directory when things go wrong: somebody
//! else writes too, the domain controller goes away, clocks differ, servers
//! are named in other ways or are not what they should be.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use workspace_tests::peers::samba::domain::Real;
use workspace_tests::peers::samba::{ADDRESS, BASE, HOST, Samba, Settings, StrongAuth};
use workspace_tests::scenarios::ad_pac::{
    DELEGATE, Domain as _, Ran, ad_pac, finish, flags, says, server_dn,
};
use workspace_tests::{bins, wait};

const BIT: u32 = 0x0200_0000;
const WORKSTATION: u32 = 0x1000;
const DISABLED: u32 = 2;

fn fresh() -> Real {
    Real::start(Settings::default()).unwrap()
}

fn with_ticket(domain: &Real, cache: &Path, args: &[&str]) -> Ran {
    domain.with_ticket(cache, args).unwrap()
}

fn name(number: usize) -> String {
    format!("race{number:04}")
}

/// Puts that many hosts beside the others.
fn add_hosts(samba: &Samba, count: usize) {
    let mut ldif = String::new();
    for number in 0..count {
        let (name, dn) = (name(number), server_dn(&name(number)));
        write!(
            ldif,
            "dn: {dn}\nchangetype: add\nobjectClass: computer\nsAMAccountName: {name}$\n\
             userAccountControl: {WORKSTATION}\n\n"
        )
        .unwrap();
    }
    samba.change(&ldif).unwrap();
}

/// `userAccountControl` of all of them.
fn stored(samba: &Samba, count: usize) -> Vec<u32> {
    let output = Command::new("ldbsearch")
        .arg("-H")
        .arg(samba.folder().join("private/sam.ldb"))
        .args(["(cn=race*)", "userAccountControl"])
        .output()
        .unwrap();
    let values: Vec<u32> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("userAccountControl: "))
        .map(|value| value.parse().unwrap())
        .collect();
    assert_eq!(values.len(), count);
    values
}

/// The other writer: another bit, by the same rule, with the tool of others;
/// one try for each state it may find. How often it came too late.
fn disable_all(samba: &Samba, cache: &Path, count: usize) -> usize {
    let mut late = 0;
    for old in [WORKSTATION, WORKSTATION | BIT] {
        let mut ldif = String::new();
        // From the other end, so that the two meet.
        for number in (0..count).rev() {
            write!(
                ldif,
                "dn: {}\nchangetype: modify\ndelete: userAccountControl\nuserAccountControl: {old}\n-\n\
                 add: userAccountControl\nuserAccountControl: {}\n\n",
                server_dn(&name(number)),
                old | DISABLED
            )
            .unwrap();
        }
        let path = samba.folder().join("other.ldif");
        std::fs::write(&path, ldif).unwrap();
        let output = samba
            .command("ldapmodify")
            .args(["-c", "-Q", "-Y", "GSSAPI", "-O", "maxssf=0"])
            .args(["-H", &format!("ldaps://{HOST}"), "-f"])
            .arg(&path)
            .env("KRB5CCNAME", cache)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        if old == WORKSTATION {
            late = text.matches("No such attribute").count();
        }
        assert!(!text.contains("Can't contact"), "{text}");
    }
    late
}

#[test]
fn two_writers_race_a_thousand_times_and_no_update_is_lost() {
    const HOSTS: usize = 1000;
    let domain = fresh();
    let samba = domain.samba();
    add_hosts(samba, HOSTS);
    let caches = [samba.kinit("uacadmin"), samba.kinit("Administrator")].map(Result::unwrap);
    let journal = samba.folder().join("race.jsonl");
    let (ran, late) = std::thread::scope(|scope| {
        let other = scope.spawn(|| disable_all(samba, &caches[1], HOSTS));
        let args = [
            "set",
            "--filter",
            "(cn=race*)",
            "--yes",
            "--json",
            "--server",
            HOST,
            "--journal",
            journal.to_str().unwrap(),
        ];
        (
            with_ticket(&domain, &caches[0], &args),
            other.join().unwrap(),
        )
    });
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Both were late for some, or there was no race.
    let attempts = std::fs::read_to_string(&journal).unwrap().lines().count();
    assert!(attempts > HOSTS, "ad-pac was never late");
    assert!(late > 0, "the other was never late");
    let both = WORKSTATION | BIT | DISABLED;
    let lost = stored(samba, HOSTS)
        .iter()
        .filter(|flags| **flags != both)
        .count();
    assert_eq!(lost, 0, "updates were lost");
}

#[test]
fn a_domain_controller_that_stops_in_the_middle_leaves_a_table_and_the_rest_for_later() {
    const HOSTS: usize = 400;
    let mut domain = fresh();
    add_hosts(domain.samba(), HOSTS);
    let journal = domain.samba().folder().join("batch.jsonl");
    let mut command = domain.tool();
    command
        .args(["set", "--filter", "(cn=race*)", "--yes", "--server", HOST])
        .args(["--bind-user", "uacadmin@lab.example.test"])
        .arg("--journal")
        .arg(&journal)
        .arg("--ca-file")
        .arg(domain.ca_file())
        .env("AD_PAC_PASSWORD", workspace_tests::peers::samba::PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let running = command.spawn().unwrap();
    wait::until("some changes", Duration::from_secs(30), || {
        let lines = std::fs::read_to_string(&journal).unwrap_or_default();
        match lines.lines().count() {
            0..=50 => Err("not yet".to_owned()),
            _ => Ok(()),
        }
    })
    .unwrap();
    domain.samba_mut().halt().unwrap();
    let output = running.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    // The table says which, one line each, and how many.
    let changed = text.matches(": changed  ").count();
    let failed = text.matches(": failed: ").count();
    let open = text.matches(": sent and not confirmed: ").count();
    assert!(
        changed > 0 && failed > 0,
        "{changed} {failed} {open}\n{text}"
    );
    assert_eq!(changed + failed + open, HOSTS);
    assert!(text.contains("400 accounts: "), "{text}");
    let made = stored(domain.samba(), HOSTS)
        .iter()
        .filter(|flags| *flags & BIT != 0)
        .count();
    assert!(
        (changed..=changed + open).contains(&made),
        "{made} made, {changed} told, {open} open"
    );

    // Running it again does the rest, and only that.
    domain.samba_mut().resume().unwrap();
    domain.samba().wait_until_it_answers().unwrap();
    let args = ["set", "--filter", "(cn=race*)", "--yes", "--json"];
    let ran = ad_pac(&domain, DELEGATE, &args).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document = ran.json().unwrap();
    let results = document["results"].as_array().unwrap();
    let count = |wanted: &str| {
        results
            .iter()
            .filter(|line| line["result"] == wanted)
            .count()
    };
    assert_eq!((count("unchanged"), count("changed")), (made, HOSTS - made));
}

#[test]
fn a_clock_that_is_off_is_told_with_its_seconds() {
    let domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    for (offset, part) in [
        ("+10m", "the clock of this machine is 600 s ahead of"),
        ("-10m", "the clock of this machine is 600 s behind"),
    ] {
        let mut command = domain.samba().command("faketime");
        command
            .args(["-f", offset])
            .arg(bins::tool("ad-pac"))
            .args(["set", "nfs01", "--server", HOST, "--ca-file"])
            .arg(domain.ca_file())
            .env("KRB5CCNAME", &cache);
        let ran = finish(command).unwrap();
        says(&ran, 4, part);
        says(&ran, 4, "hint: Kerberos allows 300 s");
    }
    assert_eq!(flags(&domain, &server_dn("NFS01")).unwrap(), WORKSTATION);
}

#[test]
fn an_address_will_do_where_the_certificate_names_it() {
    let mut domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    for server in [ADDRESS, "::1", "[::1]:636"] {
        let args = ["show", "nfs01", "-v", "--server", server];
        says(&with_ticket(&domain, &cache, &args), 0, "over TLS");
        let mut command = domain.tool();
        command
            .args(["show", "nfs01", "--server", server, "--ca-file"])
            .arg(domain.ca_file())
            .args(["--bind-user", "uacadmin@lab.example.test"])
            .env("AD_PAC_PASSWORD", workspace_tests::peers::samba::PASSWORD);
        assert_eq!(finish(command).unwrap().code, 0, "{server}");
    }
    // Without TLS nobody vouches for the name behind an address.
    domain
        .samba_mut()
        .reconfigure(Settings {
            strong_auth: StrongAuth::Yes,
            ..Settings::default()
        })
        .unwrap();
    domain.samba().wait_until_it_answers().unwrap();
    let args = ["show", "nfs01", "--server", ADDRESS];
    says(
        &with_ticket(&domain, &cache, &args),
        4,
        "a ticket is for a server's name, not for an address",
    );
}

#[test]
fn the_global_catalogue_shows_accounts_and_is_not_written_to() {
    let domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    let server = format!("{HOST}:3269");
    let show = with_ticket(&domain, &cache, &["show", "nfs01", "--server", &server]);
    assert_eq!(show.code, 0, "{show:#?}");
    assert!(
        show.stdout.contains("WORKSTATION_TRUST_ACCOUNT"),
        "{show:#?}"
    );
    let set = with_ticket(&domain, &cache, &["set", "nfs01", "--server", &server]);
    says(&set, 2, "the global catalogue is a copy");
    assert_eq!(flags(&domain, &server_dn("NFS01")).unwrap(), WORKSTATION);
}

#[test]
fn what_is_elsewhere_is_found_or_said_to_be_elsewhere() {
    let domain = fresh();
    let run = |args: &[&str]| ad_pac(&domain, DELEGATE, args).unwrap();
    // Another container of the same domain.
    assert_eq!(run(&["show", "wks21"]).code, 0);
    let below = format!("OU=Servers,OU=Lab,{BASE}");
    says(
        &run(&["show", "wks21", "--base", &below]),
        2,
        &format!("no such account below {below}"),
    );
    // Another domain, by its DN and by its DNS name.
    for (name, other) in [
        ("CN=X,DC=other,DC=test", "other.test"),
        ("nfs01.other.example.test", "other.example.test"),
    ] {
        let hint =
            format!("hint: its name is of another domain than the server's: try --domain {other}");
        says(&run(&["show", name]), 2, &hint);
    }
    // Nothing is fine below a place that is not there.
    for base in ["DC=other,DC=test", "OU=Typo,DC=lab,DC=example,DC=test"] {
        says(
            &run(&["audit", "--base", base]),
            2,
            &format!("ad-pac: {base}: there is no such place on {HOST}:636"),
        );
    }
}

#[test]
fn what_is_no_directory_is_said_so_and_nothing_hangs() {
    let domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    // Nobody listens; a name server; a KDC.
    for port in [9, 53, 88] {
        let server = format!("{HOST}:{port}");
        let args = ["show", "nfs01", "--server", &server, "--timeout", "3"];
        for args in [
            &args[..],
            &[&args[..], &["--ldaps"]].concat(),
            &[&args[..], &["--starttls"]].concat(),
        ] {
            let ran = with_ticket(&domain, &cache, args);
            says(&ran, 4, &format!("ad-pac: {server}: "));
            says(&ran, 4, "\nhint: ");
        }
    }
    // A name that is none.
    let args = ["show", "nfs01", "--server", "nosuch.lab.example.test"];
    says(&with_ticket(&domain, &cache, &args), 4, "cannot connect");
    let args = ["show", "nfs01", "--domain", "nosuch.example.test"];
    says(
        &with_ticket(&domain, &cache, &args),
        4,
        "no domain controllers found in DNS",
    );
}
