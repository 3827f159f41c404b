//! Who fails, and where.

use anyhow::{Context as _, Result, ensure};

use super::{DELEGATE, Domain, ad_pac};

/// bob is in 600 groups; the size is that which was measured.
///
/// # Errors
/// Says what did not hold.
pub fn a_user_in_many_groups_is_told_where_it_fails(domain: &dyn Domain) -> Result<()> {
    let args = ["forecast", "bob", "--for", "nfs01", "--json"];
    let document = ad_pac(domain, DELEGATE, &args)?.expect(1)?.json()?;
    let bob = &document["users"][0];
    ensure!(bob["groups"] == 602, "{bob}");
    // The token of a real domain controller had 6185 bytes, and 572 without.
    ensure!(bob["token_bytes_with_pac"] == 6185, "{bob}");
    ensure!(bob["token_bytes"] == 6185, "{bob}");
    // NFS09 takes tickets without one.
    let args = ["forecast", "bob", "--for", "nfs09", "--json"];
    let document = ad_pac(domain, DELEGATE, &args)?.expect(0)?.json()?;
    ensure!(document["users"][0]["token_bytes"] == 572, "{document}");
    ad_pac(domain, DELEGATE, &["forecast", "alice@lab.example.test"])?.expect(0)?;
    ad_pac(domain, DELEGATE, &["forecast", "nobody-at-all"])?
        .expect(2)?
        .says("ad-pac: nobody-at-all: no such account")?;
    Ok(())
}

/// The largest first.
///
/// # Errors
/// Says what did not hold.
pub fn the_whole_directory_is_sorted_by_size(domain: &dyn Domain) -> Result<()> {
    let all = ad_pac(domain, DELEGATE, &["forecast", "--all", "--csv"])?.expect(1)?;
    let first = all.stdout.lines().nth(1).context("a user")?;
    ensure!(first.starts_with("bob,602,"), "{first}");
    let sizes: Vec<u32> = all
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap_or_default().parse())
        .collect::<Result<_, _>>()?;
    ensure!(
        sizes.len() > 4 && sizes.is_sorted_by(|a, b| a >= b),
        "{sizes:?}"
    );
    let over = ["forecast", "--all", "--csv", "--over", "4032"];
    let over = ad_pac(domain, DELEGATE, &over)?.expect(1)?;
    ensure!(
        over.stdout.lines().all(|line| !line.starts_with("alice,")),
        "{over:#?}"
    );
    Ok(())
}
