//! `ad-pac` against a real Active Directory: the scenarios, tickets, keytabs,
//! DNS, the settings and certificates a domain controller can have, and the
//! story of a ticket that gets too large.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::Path;
use std::process::Command;

use workspace_tests::peers::samba::domain::Real;
use workspace_tests::peers::samba::{
    Certificate, HOST, Keytab, READ_ONLY_HOST, Settings, StrongAuth,
};
use workspace_tests::scenarios::ad_pac::{DELEGATE, Ran, ad_pac, flags, says, server_dn};

fn fresh() -> Real {
    Real::start(Settings::default()).unwrap()
}

mod scenarios {
    use super::fresh;
    workspace_tests::ad_pac_scenarios!(fresh());
}

fn run(domain: &Real, cache: &Path, args: &[&str]) -> Ran {
    domain.with_ticket(cache, args).unwrap()
}

#[test]
fn a_ticket_a_keytab_and_dns_are_enough_under_every_setting() {
    let mut domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();

    // Inside TLS, where the server takes it; found through DNS.
    let ran = run(&domain, &cache, &["show", "nfs01", "-v"]);
    says(&ran, 0, "over TLS");
    assert!(
        ran.stdout.contains("read from    dc1.lab.example.test:636"),
        "{ran:#?}"
    );
    let inside_tls = run(&domain, &cache, &["audit", "--json"]);
    let keytab = domain.samba().keytab(Keytab::UacAdmin);
    let by_keytab = run(
        &domain,
        Path::new("no-such-cache"),
        &["show", "nfs01", "--keytab", keytab.to_str().unwrap()],
    );
    assert_eq!(by_keytab.code, 0, "{by_keytab:#?}");

    // No ticket, no luck.
    let none = run(&domain, Path::new("/nonexistent/cache"), &["show", "nfs01"]);
    says(&none, 4, "hint: get one with kinit");

    // A server that takes no logon inside TLS gets a sealed one, and every
    // answer arrives.
    domain
        .samba_mut()
        .reconfigure(Settings {
            strong_auth: StrongAuth::Yes,
            ..Settings::default()
        })
        .unwrap();
    domain.samba().wait_until_it_answers().unwrap();
    let ran = run(&domain, &cache, &["set", "nfs01", "-v", "--server", HOST]);
    says(&ran, 0, "sealed by Kerberos");
    assert_eq!(flags(&domain, &server_dn("NFS01")).unwrap(), 0x0200_1000);
    let ran = run(&domain, &cache, &["clear", "nfs01", "--server", HOST]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    let sealed = run(&domain, &cache, &["audit", "--json", "--server", HOST]);
    assert_eq!(
        sealed.stdout.lines().count(),
        inside_tls.stdout.lines().count()
    );
    // A TLS option that was given is never dropped.
    for option in ["--ldaps", "--starttls"] {
        let ran = run(
            &domain,
            &cache,
            &["show", "nfs01", option, "--server", HOST],
        );
        says(&ran, 4, "strongerAuthRequired (8)");
    }

    domain
        .samba_mut()
        .reconfigure(Settings {
            strong_auth: StrongAuth::No,
            ..Settings::default()
        })
        .unwrap();
    domain.samba().wait_until_it_answers().unwrap();
    for option in ["--ldaps", "--starttls"] {
        let ran = run(
            &domain,
            &cache,
            &["show", "nfs01", option, "--server", HOST],
        );
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
}

#[test]
fn a_certificate_that_is_wrong_is_refused_and_a_ticket_goes_sealed() {
    let mut domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    for (certificate, reason) in [
        (Certificate::WrongName, "it is for another name"),
        (Certificate::Expired, "it has expired"),
        (Certificate::UnknownAuthority, "by a CA that is not trusted"),
    ] {
        domain
            .samba_mut()
            .reconfigure(Settings {
                certificate,
                ..Settings::default()
            })
            .unwrap();
        domain.samba().wait_until_it_answers().unwrap();
        says(
            &ad_pac(&domain, DELEGATE, &["show", "nfs01"]).unwrap(),
            4,
            reason,
        );
        let ran = run(
            &domain,
            &cache,
            &["show", "nfs01", "--ldaps", "--server", HOST],
        );
        says(&ran, 4, reason);
        let ran = run(&domain, &cache, &["show", "nfs01", "-v", "--server", HOST]);
        says(&ran, 0, "sealed by Kerberos");
    }
}

#[test]
fn a_read_only_domain_controller_is_left_for_a_writable_one_before_anything_is_changed() {
    let domain = fresh();
    let cache = domain.samba().kinit("uacadmin").unwrap();
    let _read_only = domain.samba().join_read_only().unwrap();
    let there = ["--server", READ_ONLY_HOST];
    // Looking needs no other server.
    let ran = run(&domain, &cache, &[&["show", "nfs01"][..], &there].concat());
    let place = format!("read from    {READ_ONLY_HOST}:389");
    assert!(ran.code == 0 && ran.stdout.contains(&place), "{ran:#?}");
    let ran = run(
        &domain,
        &cache,
        &[&["set", "nfs01", "-v"][..], &there].concat(),
    );
    says(&ran, 0, "changing at another server");
    says(
        &ran,
        0,
        &format!("written to and read back from {HOST}:636"),
    );
    assert_eq!(flags(&domain, &server_dn("NFS01")).unwrap(), 0x0200_1000);
}

/// The bytes of the service ticket for `nfs/nfs01` in a cache.
fn ticket_size(domain: &Real, cache: &Path) -> u64 {
    let service = "nfs/nfs01.lab.example.test";
    let only = cache.with_extension("service");
    // The first puts it into the cache, unless it is there; the second takes
    // it out by itself.
    for args in [
        &[service][..],
        &["--out-cache", only.to_str().unwrap(), service],
    ] {
        let ran = domain
            .samba()
            .command("kvno")
            .args(args)
            .env("KRB5CCNAME", cache)
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
    }
    std::fs::metadata(only).unwrap().len()
}

fn forget_services(domain: &Real, cache: &Path) {
    let status = domain
        .samba()
        .command("kinit")
        .arg("-R")
        .env("KRB5CCNAME", cache)
        .status()
        .unwrap();
    assert!(status.success(), "kinit -R");
}

#[test]
fn the_ticket_of_somebody_in_many_groups_is_small_after_set() {
    let domain = fresh();
    let cache = domain.samba().folder().join("bob");
    let password = domain.samba().folder().join("password-of-bob");
    std::fs::write(
        &password,
        format!("{}\n", workspace_tests::peers::samba::PASSWORD),
    )
    .unwrap();
    let mut kinit: Command = domain.samba().command("kinit");
    let status = kinit
        .args(["-r", "1d", "bob"])
        .env("KRB5CCNAME", &cache)
        .stdin(std::fs::File::open(&password).unwrap())
        .status()
        .unwrap();
    assert!(status.success(), "kinit");
    let before = ticket_size(&domain, &cache);
    // rpc.svcgssd takes tokens of 2045 bytes.
    assert!(before > 5000, "{before}");
    let ran = ad_pac(&domain, DELEGATE, &["set", "nfs01"]).unwrap();
    assert_eq!(ran.code, 0, "{ran:#?}");
    let cached = ticket_size(&domain, &cache);
    assert_eq!(cached, before, "the ticket in the cache keeps its PAC");
    forget_services(&domain, &cache);
    let after = ticket_size(&domain, &cache);
    assert!(after < 1200, "{after}");
    let ran = ad_pac(&domain, DELEGATE, &["clear", "nfs01"]).unwrap();
    assert_eq!(ran.code, 0, "{ran:#?}");
    forget_services(&domain, &cache);
    assert!(ticket_size(&domain, &cache) > 5000);
}

#[test]
fn a_domain_controller_that_is_down_is_an_error_that_names_it() {
    let mut domain = fresh();
    domain.samba_mut().halt().unwrap();
    let ran = ad_pac(&domain, DELEGATE, &["set", "nfs01"]).unwrap();
    says(&ran, 4, "ad-pac: dc1.lab.example.test");
}
