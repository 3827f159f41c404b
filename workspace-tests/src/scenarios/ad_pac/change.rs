//! Changing the bit.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{ADMINISTRATOR, DELEGATE, Domain, POWERLESS, ad_pac, flags, server_dn};

const BIT: u32 = 0x0200_0000;

/// Other bits stay, whatever they are.
///
/// # Errors
/// Says what did not hold.
pub fn setting_and_clearing_changes_the_one_bit(domain: &dyn Domain) -> Result<()> {
    for (name, bits) in [("NFS01", 0x1000), ("NFS10", 0x1002), ("NFS11", 0x0008_1000)] {
        let dn = server_dn(name);
        ensure!(flags(domain, &dn)? == bits, "{name} is as loaded");
        let ran = ad_pac(domain, DELEGATE, &["set", name])?.expect(0)?;
        ensure!(ran.stdout.contains("changed"), "{ran:#?}");
        ensure!(flags(domain, &dn)? == bits | BIT, "{name} after set");
        ad_pac(domain, DELEGATE, &["clear", name])?.expect(0)?;
        ensure!(flags(domain, &dn)? == bits, "{name} after clear");
    }
    Ok(())
}

/// Exit 0, and no journal, because nothing was written.
///
/// # Errors
/// Says what did not hold.
pub fn what_is_so_already_is_not_written(domain: &dyn Domain) -> Result<()> {
    let dn = server_dn("NFS09");
    let changed = domain.stored(&dn, "whenChanged")?;
    let document = ad_pac(domain, DELEGATE, &["set", "nfs09", "--json"])?
        .expect(0)?
        .json()?;
    ensure!(
        document["results"][0]["result"] == "unchanged",
        "{document}"
    );
    ensure!(document["journal"] == Value::Null, "{document}");
    ensure!(domain.stored(&dn, "whenChanged")? == changed);
    Ok(())
}

/// Says what it would do.
///
/// # Errors
/// Says what did not hold.
pub fn a_dry_run_changes_nothing(domain: &dyn Domain) -> Result<()> {
    let ran = ad_pac(domain, DELEGATE, &["set", "nfs02", "nfs03", "--dry-run"])?.expect(0)?;
    ensure!(ran.stdout.matches("would change").count() == 2, "{ran:#?}");
    ensure!(flags(domain, &server_dn("NFS02"))? == 0x1000);
    Ok(())
}

/// The right to write the attribute is enough, and its lack is noticed first.
///
/// # Errors
/// Says what did not hold.
pub fn the_delegate_may_and_the_powerless_may_not(domain: &dyn Domain) -> Result<()> {
    let dn = server_dn("NFS04");
    ad_pac(domain, POWERLESS, &["set", "nfs04"])?
        .expect(4)?
        .says(&format!("ad-pac: {dn}: "))?
        .says("hint: ")?;
    ensure!(flags(domain, &dn)? == 0x1000);
    // The delegation ends at OU=Servers.
    ad_pac(domain, DELEGATE, &["set", "wks21"])?.expect(4)?;
    ad_pac(domain, DELEGATE, &["set", "nfs04"])?.expect(0)?;
    ensure!(flags(domain, &dn)? == 0x1000 | BIT);
    Ok(())
}

/// With the old and the new value, who and where.
///
/// # Errors
/// Says what did not hold.
pub fn every_change_is_in_the_journal(domain: &dyn Domain) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.jsonl");
    let journal = path.to_string_lossy();
    let document = ad_pac(
        domain,
        DELEGATE,
        &["set", "nfs05", "--json", "--journal", &journal],
    )?
    .expect(0)?
    .json()?;
    ensure!(document["journal"] == journal.as_ref(), "{document}");
    let text = std::fs::read_to_string(&path)?;
    let record: Value = serde_json::from_str(text.trim()).context("one line")?;
    ensure!(record["dn"] == server_dn("NFS05"), "{record}");
    ensure!(
        record["old"] == "4096" && record["new"] == "33558528",
        "{record}"
    );
    ensure!(record["guid"] == document["results"][0]["guid"], "{record}");
    ensure!(
        record["who"]
            .as_str()
            .is_some_and(|who| who.starts_with("uacadmin@")),
        "{record}"
    );
    // A journal that cannot be written stops the change.
    ad_pac(
        domain,
        DELEGATE,
        &["set", "nfs06", "--journal", "/dev/null/journal"],
    )?
    .expect(4)?
    .says("ad-pac: /dev/null/journal: the journal cannot be opened")?;
    ensure!(flags(domain, &server_dn("NFS06"))? == 0x1000);
    Ok(())
}

/// Without a terminal there is nobody to ask.
///
/// # Errors
/// Says what did not hold.
pub fn several_accounts_need_a_yes(domain: &dyn Domain) -> Result<()> {
    ad_pac(domain, DELEGATE, &["set", "nfs07", "nfs08"])?
        .expect(2)?
        .says("ad-pac: --yes: 2 accounts would change")?;
    ensure!(flags(domain, &server_dn("NFS07"))? == 0x1000);
    ad_pac(domain, DELEGATE, &["set", "nfs07", "nfs08", "--yes"])?.expect(0)?;
    ensure!(flags(domain, &server_dn("NFS07"))? == 0x1000 | BIT);
    ensure!(flags(domain, &server_dn("NFS08"))? == 0x1000 | BIT);
    Ok(())
}

/// Exit 3, and the output says which.
///
/// # Errors
/// Says what did not hold.
pub fn one_failure_does_not_stop_the_rest(domain: &dyn Domain) -> Result<()> {
    let args = [
        "set", "nfs99", "wks22", "dc1", "nfs02", "nfs09", "--yes", "--json",
    ];
    let document = ad_pac(domain, DELEGATE, &args)?.expect(3)?.json()?;
    let results: Vec<_> = document["results"]
        .as_array()
        .context("results")?
        .iter()
        .map(|line| line["result"].as_str().unwrap_or_default())
        .collect();
    ensure!(
        results == ["failed", "failed", "refused", "changed", "unchanged"],
        "{document}"
    );
    ensure!(flags(domain, &server_dn("NFS02"))? == 0x1000 | BIT);
    // Running it again continues.
    ad_pac(domain, ADMINISTRATOR, &["set", "wks22", "nfs02", "nfs09"])?.expect(0)?;
    Ok(())
}
