//! Many accounts at once, auditing them, and taking it back.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{ADMINISTRATOR, DELEGATE, Domain, Ran, ad_pac, flags, server_dn};

const BIT: u32 = 0x0200_0000;

/// The accounts of the lab with an NFS service, and those of them that are
/// changed by setting all: not NFS09 (so already), not svc-nfs (a user), not
/// RODC1 (a domain controller).
const NFS_ACCOUNTS: usize = 20;
const CHANGED: usize = 17;

fn results(document: &Value, wanted: &str) -> usize {
    document["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|line| line["result"] == wanted)
        .count()
}

/// The last line of an audit in JSON Lines.
fn counts(ran: &Ran) -> Result<Value> {
    let line = ran.stdout.lines().last().context("no output")?;
    Ok(serde_json::from_str(line)?)
}

/// `set --spn`, `audit`, `undo`.
///
/// # Errors
/// Says what did not hold.
pub fn every_nfs_server_is_set_audited_and_undone(domain: &dyn Domain) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("journal.jsonl");
    let path = journal.to_string_lossy();

    let before = ad_pac(domain, DELEGATE, &["audit", "--json"])?.expect(1)?;
    ensure!(
        before.stdout.lines().count() == NFS_ACCOUNTS + 1,
        "{before:#?}"
    );
    let counted = counts(&before)?;
    ensure!(
        counted["accounts"] == NFS_ACCOUNTS && counted["set"] == 1,
        "{counted}"
    );
    ensure!(
        counted["differing"] == 18 && counted["not_judged"] == 1,
        "{counted}"
    );

    let args = ["set", "--spn", "nfs", "--yes", "--json", "--journal", &path];
    let document = ad_pac(domain, DELEGATE, &args)?.expect(3)?.json()?;
    ensure!(results(&document, "changed") == CHANGED, "{document}");
    ensure!(results(&document, "unchanged") == 1, "{document}");
    ensure!(results(&document, "left-out") == 2, "{document}");
    ensure!(flags(domain, &server_dn("NFS10"))? == 0x1002 | BIT);
    ensure!(std::fs::read_to_string(&journal)?.lines().count() == CHANGED);

    let after = ad_pac(domain, DELEGATE, &["audit", "--json"])?.expect(1)?;
    ensure!(counts(&after)?["differing"] == 1, "{after:#?}");
    let nagios = ad_pac(domain, DELEGATE, &["audit", "--nagios"])?.expect(2)?;
    ensure!(
        nagios
            .stdout
            .starts_with("CRITICAL: 1 of 20 accounts with nfs"),
        "{nagios:#?}"
    );
    ensure!(nagios.stdout.lines().count() == 1, "{nagios:#?}");
    // With the user account it is all.
    ad_pac(domain, ADMINISTRATOR, &["set", "svc-nfs", "--allow-user"])?.expect(0)?;
    let metrics = folder.path().join("ad_pac.prom");
    let file = metrics.to_string_lossy();
    ad_pac(domain, DELEGATE, &["audit", "--prometheus", &file])?.expect(0)?;
    let text = std::fs::read_to_string(&metrics)?;
    ensure!(
        text.contains("ad_pac_accounts_differing{service=\"nfs\",expected=\"set\"} 0\n"),
        "{text}"
    );

    let again = folder.path().join("undo.jsonl");
    let undo = again.to_string_lossy();
    let args = ["undo", &path, "--yes", "--json", "--journal", &undo];
    let document = ad_pac(domain, DELEGATE, &args)?.expect(0)?.json()?;
    ensure!(results(&document, "changed") == CHANGED, "{document}");
    ensure!(flags(domain, &server_dn("NFS10"))? == 0x1002);
    let document = ad_pac(domain, DELEGATE, &args)?.expect(0)?.json()?;
    ensure!(results(&document, "unchanged") == CHANGED, "{document}");
    Ok(())
}

/// Compared with the journal, value by value.
///
/// # Errors
/// Says what did not hold.
pub fn an_undo_leaves_alone_what_somebody_changed_since(domain: &dyn Domain) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("journal.jsonl");
    let path = journal.to_string_lossy();
    let args = [
        "set",
        "nfs01",
        "nfs02",
        "nfs03",
        "--yes",
        "--journal",
        &path,
    ];
    ad_pac(domain, DELEGATE, &args)?.expect(0)?;
    domain.write_flags(&server_dn("NFS02"), 0x1002 | BIT)?;
    let dry = ad_pac(domain, DELEGATE, &["undo", &path, "--dry-run"])?.expect(3)?;
    ensure!(dry.stdout.contains("somebody changed it since"), "{dry:#?}");
    ad_pac(domain, DELEGATE, &["undo", &path])?
        .expect(2)?
        .says("--yes: 2 accounts")?;
    ad_pac(domain, DELEGATE, &["undo", &path, "--yes"])?.expect(3)?;
    ensure!(flags(domain, &server_dn("NFS01"))? == 0x1000);
    ensure!(flags(domain, &server_dn("NFS02"))? == 0x1002 | BIT);
    ensure!(flags(domain, &server_dn("NFS03"))? == 0x1000);
    Ok(())
}

/// `-f` and `--filter`
///
/// # Errors
/// Says what did not hold.
pub fn hosts_come_from_a_file_and_accounts_from_a_filter(domain: &dyn Domain) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("hosts.txt");
    std::fs::write(
        &list,
        "# the servers\nnfs01\n\n  nfs02.lab.example.test  \nNFS01$\n",
    )?;
    let path = list.to_string_lossy();
    let document = ad_pac(domain, DELEGATE, &["set", "-f", &path, "--yes", "--json"])?
        .expect(0)?
        .json()?;
    ensure!(results(&document, "changed") == 2, "{document}");
    let filter = "(&(sAMAccountName=NFS0*)(!(sAMAccountName=NFS09$)))";
    let document = ad_pac(
        domain,
        DELEGATE,
        &["set", "--filter", filter, "--yes", "--json"],
    )?
    .expect(0)?
    .json()?;
    ensure!(results(&document, "changed") == 6, "{document}");
    ensure!(results(&document, "unchanged") == 2, "{document}");
    // Nothing to do is done.
    let none = ad_pac(
        domain,
        DELEGATE,
        &["set", "--filter", "(cn=nothing-is-called-so)"],
    )?;
    none.expect(0)?.says("no account matches")?;
    Ok(())
}

/// Exit 2, with the place, and nothing is asked.
///
/// # Errors
/// Says what did not hold.
pub fn malformed_lists_filters_and_journals_are_refused(domain: &dyn Domain) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| -> Result<String> {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let list = write("hosts.txt", "nfs01\nCN=,DC=x\n")?;
    ad_pac(domain, DELEGATE, &["set", "-f", &list])?
        .expect(2)?
        .says(&format!(
            "ad-pac: {list}:2:1: CN=,DC=x: malformed distinguished name"
        ))?;
    let empty = write("empty.txt", "# nobody\n")?;
    ad_pac(domain, DELEGATE, &["set", "-f", &empty])?
        .expect(2)?
        .says("holds no host")?;
    let missing = Path::new("/nonexistent/hosts").to_string_lossy();
    ad_pac(domain, DELEGATE, &["set", "-f", &missing])?
        .expect(2)?
        .says("ad-pac: /nonexistent/hosts: ")?;
    ad_pac(domain, DELEGATE, &["set", "--filter", "(cn=a"])?
        .expect(2)?
        .says("`)` is missing at character 6")?;
    ad_pac(domain, DELEGATE, &["set", "--spn", "n*"])?
        .expect(2)?
        .says("not a service class")?;
    let journal = write("journal.jsonl", "{\"time\":1}\n")?;
    ad_pac(domain, DELEGATE, &["undo", &journal])?
        .expect(2)?
        .says(&format!("ad-pac: {journal}:1:"))?;
    Ok(())
}
