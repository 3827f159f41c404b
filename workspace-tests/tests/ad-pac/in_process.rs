//! The scenarios of `ad-pac` against the directory in this process, and what
//! only a directory that can be told to misbehave can show.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use workspace_tests::directory::Certificate;
use workspace_tests::scenarios::ad_pac::in_process::InProcess;
use workspace_tests::scenarios::ad_pac::{
    ADMINISTRATOR, DELEGATE, Domain as _, ad_pac, flags, says, server_dn,
};

mod scenarios {
    use super::*;
    workspace_tests::ad_pac_scenarios!(fresh());
}

fn fresh() -> InProcess {
    InProcess::start(Certificate::Good).unwrap()
}

#[test]
fn broken_certificates_are_refused_each_with_its_reason() {
    for (certificate, reason) in [
        (Certificate::OtherName, "it is for another name"),
        (Certificate::Expired, "it has expired"),
        (Certificate::OtherCa, "its certificate is refused"),
    ] {
        let domain = InProcess::start(certificate).unwrap();
        let ran = ad_pac(&domain, DELEGATE, &["show", "nfs01"]).unwrap();
        says(&ran, 4, reason);
        assert!(ran.stderr.contains("\nhint: "), "{ran:#?}");
    }
}

#[test]
fn a_faster_writer_loses_nothing() {
    let domain = fresh();
    domain.directory().store().behaviour.faster_writer = 3;
    let ran = ad_pac(&domain, DELEGATE, &["set", "nfs01"]).unwrap();
    assert_eq!(ran.code, 0, "{ran:#?}");
    // The other one flipped ACCOUNTDISABLE three times.
    assert_eq!(flags(&domain, &server_dn("NFS01")).unwrap(), 0x0200_1002);
    assert_eq!(domain.directory().store().modifies, 4);
}

#[test]
fn it_gives_up_on_a_writer_that_is_always_faster() {
    let domain = fresh();
    domain.directory().store().behaviour.faster_writer = u32::MAX;
    let ran = ad_pac(&domain, DELEGATE, &["set", "nfs01"]).unwrap();
    says(&ran, 4, "somebody else changed it first, 8 times in a row");
}

#[test]
fn a_server_that_drops_the_bit_is_found_out() {
    let domain = fresh();
    domain.directory().store().behaviour.drop_bit = true;
    let ran = ad_pac(&domain, DELEGATE, &["set", "nfs01"]).unwrap();
    says(&ran, 4, "answered success and did not keep the change");
}

#[test]
fn another_ldap_server_is_not_taken_for_an_active_directory() {
    let domain = fresh();
    domain.directory().store().behaviour.other_product = true;
    let ran = ad_pac(&domain, DELEGATE, &["show", "nfs01"]).unwrap();
    says(&ran, 4, "this is not an Active Directory");
}

#[test]
fn bytes_that_are_not_ldap_are_an_error_and_not_a_panic() {
    let domain = fresh();
    domain.directory().store().behaviour.nonsense = true;
    let ran = ad_pac(&domain, DELEGATE, &["show", "nfs01", "--timeout", "5"]).unwrap();
    says(&ran, 4, "the server sent something that is not LDAP");
    assert!(!ran.stderr.contains("internal error"), "{ran:#?}");
}

#[test]
fn a_server_that_goes_away_in_the_middle_leaves_a_list_of_what_was_done() {
    let domain = fresh();
    domain.directory().store().behaviour.die_after_modifies = Some(1);
    let args = ["set", "nfs01", "nfs02", "nfs03", "--yes", "--json"];
    let ran = ad_pac(&domain, ADMINISTRATOR, &args).unwrap();
    assert_eq!(ran.code, 3, "{ran:#?}");
    let document = ran.json().unwrap();
    for line in document["results"].as_array().unwrap() {
        // The first was made; whether its answer came is a matter of luck.
        let made = ["changed", "unconfirmed"].contains(&line["result"].as_str().unwrap());
        assert!(made, "{line}");
    }
    // Running it again continues.
    domain.directory().store().behaviour.die_after_modifies = None;
    let ran = ad_pac(&domain, ADMINISTRATOR, &args).unwrap();
    assert_eq!(ran.code, 0, "{ran:#?}");
    let document = ran.json().unwrap();
    assert_eq!(document["results"][0]["result"], "unchanged");
    assert_eq!(document["results"][2]["result"], "changed");
}

#[test]
fn a_password_never_travels_in_the_clear() {
    let domain = fresh();
    let mut command = domain.tool();
    let port = domain.directory().ldaps_port();
    // The TLS port with StartTLS: no protected connection, and no password.
    command
        .args(["show", "nfs01", "--starttls", "--timeout", "3"])
        .args(["--server", &format!("localhost:{port}")])
        .args(["--bind-user", "uacadmin@lab.example.test"])
        .env("AD_PAC_PASSWORD", "x");
    let ran = workspace_tests::scenarios::ad_pac::finish(command).unwrap();
    assert_eq!(ran.code, 4, "{ran:#?}");
}

#[test]
fn a_read_only_server_is_left_for_the_writable_one_that_it_names() {
    let read_only = fresh();
    let writable = fresh();
    let authorities = tempfile::NamedTempFile::new().unwrap();
    let both = [&read_only, &writable].map(|domain| std::fs::read(domain.ca_file()).unwrap());
    std::fs::write(authorities.path(), both.concat()).unwrap();
    let run = |refer_to: String, args: &[&str]| {
        read_only.directory().store().behaviour.refer_writes_to = Some(refer_to);
        let mut command = read_only.tool();
        command
            .args(args)
            .args(["--server", &read_only.server(), "--ca-file"])
            .arg(authorities.path())
            .args(["--bind-user", "uacadmin@lab.example.test", "--timeout", "3"])
            .env("AD_PAC_PASSWORD", workspace_tests::directory::lab::PASSWORD);
        workspace_tests::scenarios::ad_pac::finish(command).unwrap()
    };
    let there = || format!("ldap://{}", writable.server());
    // Looking needs no other server.
    let ran = run(there(), &["show", "nfs01"]);
    assert!(
        ran.stdout
            .contains(&format!("read from    {}", read_only.server())),
        "{ran:#?}"
    );
    let ran = run(there(), &["set", "nfs01", "-v"]);
    says(&ran, 0, "changing at another server");
    says(
        &ran,
        0,
        &format!("written to and read back from {}", writable.server()),
    );
    let dn = server_dn("NFS01");
    assert_eq!(flags(&writable, &dn).unwrap(), 0x0200_1000);
    assert_eq!(flags(&read_only, &dn).unwrap(), 0x1000);
    // One that names only itself, or nobody that is there.
    let itself = format!("ldap://{}", read_only.server());
    let ran = run(itself, &["set", "nfs02"]);
    says(&ran, 4, "no writable one was found");
    says(&ran, 4, "is read-only too");
    let ran = run("ldap://localhost:1".to_owned(), &["set", "nfs02"]);
    says(&ran, 4, "hint: tried localhost: ");
    assert_eq!(read_only.directory().store().modifies, 3, "the questions");
}

#[test]
fn a_referral_to_another_domain_is_the_reason_for_stopping() {
    let domain = fresh();
    for args in [
        &["show", "CN=X,DC=other,DC=test"][..],
        &["audit", "--base", "DC=other,DC=test"],
    ] {
        let ran = ad_pac(&domain, DELEGATE, args).unwrap();
        says(&ran, 2, "does not hold this part of the directory");
        says(&ran, 2, "hint: it says that example.test does");
    }
}

#[test]
fn a_message_that_would_fill_the_memory_is_refused_when_it_is_announced() {
    let domain = fresh();
    domain.directory().store().behaviour.announce_gigabytes = true;
    let ran = ad_pac(&domain, DELEGATE, &["show", "nfs01"]).unwrap();
    says(
        &ran,
        4,
        "the server announced a message of 2147483647 bytes",
    );
}
