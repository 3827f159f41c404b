//! Looking, and being let in.

use anyhow::{Result, ensure};

use super::{ADMINISTRATOR, DELEGATE, Domain, Person, ad_pac, finish, server_dn};
use crate::directory::lab::{BASE, DNS_NAME, HARD_NAMES};

/// Flags, encryption types, SPNs and the PAC in words and in JSON.
///
/// # Errors
/// Says what did not hold.
pub fn an_account_is_shown_decoded(domain: &dyn Domain) -> Result<()> {
    let text = ad_pac(domain, DELEGATE, &["show", "nfs11"])?.expect(0)?;
    for part in [
        "WORKSTATION_TRUST_ACCOUNT | TRUSTED_FOR_DELEGATION",
        "aes256-cts-hmac-sha1-96, aes128-cts-hmac-sha1-96",
        "nfs/nfs11.lab.example.test",
        "in every ticket for it",
    ] {
        ensure!(text.stdout.contains(part), "{part}: {text:#?}");
    }
    let document = ad_pac(domain, DELEGATE, &["show", "nfs09", "--json"])?
        .expect(0)?
        .json()?;
    let account = &document["accounts"][0];
    ensure!(account["pac"] == "absent", "{document}");
    ensure!(account["sam_account_name"] == "NFS09$", "{document}");
    ensure!(account["dn"] == server_dn("NFS09"), "{document}");
    ensure!(account["user_account_control"] == 0x0200_1000, "{document}");
    ensure!(account["class"] == "computer", "{document}");
    Ok(())
}

/// Short name, DNS name, `NAME$`, SPN, DN, SID.
///
/// # Errors
/// Says what did not hold.
pub fn a_host_is_found_by_each_of_its_names(domain: &dyn Domain) -> Result<()> {
    let first = ad_pac(domain, DELEGATE, &["show", "nfs03", "--json"])?
        .expect(0)?
        .json()?;
    let sid = first["accounts"][0]["sid"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let dn = server_dn("NFS03");
    for name in [
        "nfs03.lab.example.test",
        "NFS03$",
        "nfs/nfs03.lab.example.test",
        "NFS/NFS03",
        &dn,
        &dn.to_lowercase(),
        &sid,
    ] {
        let found = ad_pac(domain, DELEGATE, &["show", name, "--json"])?
            .expect(0)?
            .json()?;
        ensure!(found["accounts"][0]["dn"] == dn, "{name}: {found}");
    }
    // The object of a storage head has another name than the head.
    let name = format!("nfs-cluster.{DNS_NAME}");
    let found = ad_pac(domain, DELEGATE, &["show", &name, "--json"])?
        .expect(0)?
        .json()?;
    ensure!(
        found["accounts"][0]["sam_account_name"] == "svc-nfs",
        "{found}"
    );
    Ok(())
}

/// Exit 2, named, with a hint.
///
/// # Errors
/// Says what did not hold.
pub fn an_unknown_host_is_an_input_error(domain: &dyn Domain) -> Result<()> {
    let elsewhere = format!("CN=NFS01,OU=Nowhere,{BASE}");
    for name in [
        "nfs99",
        "nfs99.lab.example.test",
        "nfs/nfs99",
        "S-1-5-21-1-2-3-4",
        "*",
        &elsewhere,
    ] {
        ad_pac(domain, DELEGATE, &["show", name])?
            .expect(2)?
            .says(&format!("ad-pac: {name}: no such account"))?
            .says("\nhint: ")?;
    }
    Ok(())
}

/// Two accounts with one DNS name: both are listed and nothing is done.
///
/// # Errors
/// Says what did not hold.
pub fn two_accounts_of_one_name_are_listed(domain: &dyn Domain) -> Result<()> {
    let ran = ad_pac(domain, ADMINISTRATOR, &["set", "twin.lab.example.test"])?;
    ran.expect(2)?
        .says("ad-pac: twin.lab.example.test: more than one account is called so")?
        .says(&format!("hint: CN=TWIN1,OU=Servers,OU=Lab,{BASE} (TWIN1$)"))?
        .says(&format!("hint: CN=TWIN2,OU=Servers,OU=Lab,{BASE} (TWIN2$)"))?;
    Ok(())
}

/// Exit 4, and the hint of the directory's own reason.
///
/// # Errors
/// Says what did not hold.
pub fn a_wrong_password_is_explained(domain: &dyn Domain) -> Result<()> {
    let wrong = Person {
        password: "not-the-passw0rd",
        ..DELEGATE
    };
    ad_pac(domain, wrong, &["show", "nfs01"])?
        .expect(4)?
        .says("the logon was refused: invalidCredentials (49)")?
        .says("hint: check the user name")?;
    let empty = Person {
        password: "",
        ..DELEGATE
    };
    ad_pac(domain, empty, &["show", "nfs01"])?
        .expect(2)?
        .says("ad-pac: AD_PAC_PASSWORD: the password is empty")?;
    Ok(())
}

/// Without its CA the server is not believed.
///
/// # Errors
/// Says what did not hold.
pub fn an_unknown_ca_is_refused(domain: &dyn Domain) -> Result<()> {
    let mut command = domain.tool();
    command
        .args(["show", "nfs01", "--server", &domain.server()])
        .args(["--bind-user", "uacadmin@lab.example.test"])
        .env("AD_PAC_PASSWORD", DELEGATE.password);
    finish(command)?
        .expect(4)?
        .says("its certificate is refused: it was issued by a CA that is not trusted")?
        .says("hint: --ca-file")?;
    Ok(())
}

/// `--starttls` on the plain port.
///
/// # Errors
/// Says what did not hold.
pub fn starttls_protects_as_well(domain: &dyn Domain) -> Result<()> {
    let mut command = domain.tool();
    command
        .args([
            "show",
            "nfs01",
            "--starttls",
            "--server",
            &domain.plain_server(),
            "--ca-file",
        ])
        .arg(domain.ca_file())
        .args(["--bind-user", "uacadmin@lab.example.test"])
        .env("AD_PAC_PASSWORD", DELEGATE.password);
    let ran = finish(command)?.expect(0)?;
    ensure!(ran.stdout.contains("nfs01.lab.example.test"), "{ran:#?}");
    Ok(())
}

/// Commas, quotes, `#`, parentheses, stars, backslashes and other alphabets,
/// in the object's name: found by host name and by distinguished name.
///
/// # Errors
/// Says what did not hold.
pub fn names_that_are_hard_to_quote_are_found(domain: &dyn Domain) -> Result<()> {
    for (number, (_, rdn)) in HARD_NAMES.iter().enumerate() {
        let host = format!("hard{number}.{DNS_NAME}");
        let found = ad_pac(domain, DELEGATE, &["show", &host, "--json"])?
            .expect(0)?
            .json()?;
        let dn = found["accounts"][0]["dn"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        for name in [dn, server_dn(rdn)] {
            let again = ad_pac(domain, DELEGATE, &["show", &name, "--json"])?
                .expect(0)?
                .json()?;
            ensure!(
                again["accounts"][0]["dns_host_name"] == host,
                "{name}: {again}"
            );
        }
        ad_pac(domain, DELEGATE, &["set", &server_dn(rdn)])?.expect(0)?;
        let found = ad_pac(domain, DELEGATE, &["show", &host, "--json"])?
            .expect(0)?
            .json()?;
        ensure!(found["accounts"][0]["pac"] == "absent", "{found}");
    }
    Ok(())
}
