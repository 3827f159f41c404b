//! What is not touched, whoever asks.

use anyhow::{Result, ensure};

use super::{ADMINISTRATOR, DELEGATE, Domain, ad_pac, flags};
use crate::directory::lab::BASE;

/// Domain controllers, krbtgt, trusts, critical objects.
///
/// # Errors
/// Says what did not hold.
pub fn what_the_domain_lives_on_is_refused(domain: &dyn Domain) -> Result<()> {
    for (name, dn, why) in [
        (
            "dc1",
            "CN=DC1,OU=Domain Controllers",
            "it is a domain controller",
        ),
        (
            "RODC1$",
            "CN=RODC1,OU=Domain Controllers",
            "it is a read-only domain controller",
        ),
        ("krbtgt", "CN=krbtgt,CN=Users", "it is the krbtgt account"),
        ("OTHER$", "CN=OTHER$,CN=Users", "it is a trust account"),
        (
            "administrator",
            "CN=Administrator,CN=Users",
            "it is a critical system object",
        ),
    ] {
        let dn = format!("{dn},{BASE}");
        let before = flags(domain, &dn)?;
        for args in [
            &["set", name, "--allow-user"][..],
            &["clear", name],
            &["set", &dn, "--yes"],
        ] {
            let ran = ad_pac(domain, ADMINISTRATOR, args)?.expect(1)?;
            ran.says(&format!("ad-pac: {dn}: not touched: {why}"))?
                .says("\nhint: ")?;
        }
        let json = ad_pac(domain, ADMINISTRATOR, &["set", name, "--json"])?
            .expect(1)?
            .json()?;
        ensure!(json["error"]["kind"] == "refused", "{json}");
        ensure!(flags(domain, &dn)? == before, "{name} was changed");
    }
    Ok(())
}

/// `--allow-user`
///
/// # Errors
/// Says what did not hold.
pub fn a_user_account_needs_leave(domain: &dyn Domain) -> Result<()> {
    let dn = format!("CN=svc-nfs,OU=Service,OU=Lab,{BASE}");
    let before = flags(domain, &dn)?;
    ad_pac(
        domain,
        ADMINISTRATOR,
        &["set", "nfs/nfs-cluster.lab.example.test"],
    )?
    .expect(1)?
    .says("not touched: it is a user account")?
    .says("hint: --allow-user")?;
    ensure!(flags(domain, &dn)? == before);
    ad_pac(domain, ADMINISTRATOR, &["set", "svc-nfs", "--allow-user"])?.expect(0)?;
    ensure!(flags(domain, &dn)? == before | 0x0200_0000);
    Ok(())
}

/// Exit 2, with the place.
///
/// # Errors
/// Says what did not hold.
pub fn a_malformed_name_is_refused_before_anything_is_asked(domain: &dyn Domain) -> Result<()> {
    for (name, message) in [
        (
            "CN=a;b,DC=x",
            "malformed distinguished name: a character that needs a backslash",
        ),
        ("S-1-5-x", "malformed SID"),
        ("nfs/", "malformed service principal name"),
        ("", "not a host name"),
    ] {
        ad_pac(domain, DELEGATE, &["set", "nfs01", name])?
            .expect(2)?
            .says(&format!("ad-pac: {name}: {message}"))?;
    }
    Ok(())
}
