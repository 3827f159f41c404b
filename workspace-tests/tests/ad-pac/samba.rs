//! The domain controller that the tests of this folder use is what it claims
//! to be, judged by the clients of others.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::process::Output;

use workspace_tests::peers::samba::{
    Certificate, DNS_DOMAIN, HOST, Keytab, PASSWORD, Samba, Settings, StrongAuth,
};

fn search(samba: &Samba, url: &str, bind: &[&str]) -> Output {
    samba
        .command("ldapsearch")
        .args([
            "-LLL",
            "-H",
            url,
            "-s",
            "base",
            "-b",
            "DC=lab,DC=example,DC=test",
        ])
        .args(bind)
        .arg("objectClass")
        .output()
        .unwrap()
}

#[test]
fn a_domain_controller_serves_tickets_names_and_tls_and_forgets_on_reset() {
    let mut samba = Samba::start(Settings::default()).unwrap();
    let ldaps = format!("ldaps://{HOST}");
    let ldap = format!("ldap://{HOST}");
    let alice = format!("alice@{DNS_DOMAIN}");
    let simple = ["-x", "-D", &alice, "-w", PASSWORD];

    let cache = samba.kinit("bob").unwrap();
    let kvno = samba
        .command("kvno")
        .arg(format!("nfs/nfs01.{DNS_DOMAIN}"))
        .env("KRB5CCNAME", cache)
        .output()
        .unwrap();
    assert!(kvno.status.success(), "{kvno:?}");
    let kinit = samba
        .command("kinit")
        .args(["-k", "-t"])
        .arg(samba.keytab(Keytab::UacAdmin))
        .arg("uacadmin")
        .env("KRB5CCNAME", "MEMORY:")
        .output()
        .unwrap();
    assert!(kinit.status.success(), "{kinit:?}");

    assert!(search(&samba, &ldaps, &simple).status.success());
    assert_eq!(
        search(&samba, &ldap, &simple).status.code(),
        Some(8),
        "strongerAuthRequired"
    );

    for certificate in [
        Certificate::WrongName,
        Certificate::Expired,
        Certificate::UnknownAuthority,
    ] {
        samba
            .reconfigure(Settings {
                certificate,
                ..Settings::default()
            })
            .unwrap();
        let refused = search(&samba, &ldaps, &simple);
        assert!(!refused.status.success(), "{certificate:?}: {refused:?}");
    }

    let flags = || {
        samba
            .stored("(sAMAccountName=NFS01$)", "userAccountControl")
            .unwrap()
    };
    assert_eq!(flags(), "4096");
    samba
        .change(
            "dn: CN=NFS01,OU=Servers,OU=Lab,DC=lab,DC=example,DC=test\nchangetype: modify\n\
             replace: userAccountControl\nuserAccountControl: 33558528\n",
        )
        .unwrap();
    assert_eq!(flags(), "33558528");
    samba
        .reset(Settings {
            strong_auth: StrongAuth::No,
            ..Settings::default()
        })
        .unwrap();
    let flags = samba
        .stored("(sAMAccountName=NFS01$)", "userAccountControl")
        .unwrap();
    assert_eq!(flags, "4096", "a reset forgets");
    assert!(
        search(&samba, &ldap, &simple).status.success(),
        "no signing is demanded"
    );
}
