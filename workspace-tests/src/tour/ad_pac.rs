//! `ad-pac` takes the PAC out of the tickets for an NFS server.

use anyhow::{Result, ensure};

use super::{Stage, Step, expect_part};
use crate::directory::lab::PASSWORD;
use crate::directory::{Certificate, Directory};

pub(super) const STEP: Step = Step {
    tool: "ad-pac",
    title: "takes the PAC out of the tickets for an NFS server",
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    let directory = Directory::start(stage.folder(), Certificate::Good)?;
    stage.say(
        "A directory with the computer object of an NFS server is up; it speaks LDAP over TLS.",
    );
    let server = format!("localhost:{}", directory.ldaps_port());
    let ca = directory.ca_file().to_string_lossy().into_owned();
    let journal = stage.folder().join("journal.jsonl");
    let journal = journal.to_string_lossy().into_owned();
    let password = stage.write("password", PASSWORD)?;
    let password = password.to_string_lossy().into_owned();
    let connect = |words: &[&str]| -> Vec<String> {
        let options = ["--server", &server, "--ldaps", "--ca-file", &ca];
        let person = [
            "--bind-user",
            "uacadmin@lab.example.test",
            "--password-file",
            &password,
        ];
        words
            .iter()
            .chain(&options)
            .chain(&person)
            .map(|word| (*word).to_owned())
            .collect()
    };

    stage.say("Before: whoever gets a ticket for it gets one that lists all their groups.");
    let before = stage.run("ad-pac", &connect(&["show", "nfs01"]), &[], 0)?;
    expect_part(&before.stdout, "in every ticket for it")?;
    expect_part(&before.stdout, "0x00001000 WORKSTATION_TRUST_ACCOUNT\n")?;

    stage.say("Set the one bit, with a journal, and read it back.");
    let set = ["set", "nfs01", "--journal", &journal];
    let changed = stage.run("ad-pac", &connect(&set), &[], 0)?;
    expect_part(&changed.stdout, "after   0x02001000")?;
    expect_part(&std::fs::read_to_string(&journal)?, r#""new":"33558528""#)?;

    stage.say("After:");
    let after = stage.run("ad-pac", &connect(&["show", "nfs01"]), &[], 0)?;
    expect_part(&after.stdout, "not in tickets for it")?;

    stage.say("A second time changes nothing, and a domain controller is never touched.");
    let again = stage.run("ad-pac", &connect(&["set", "nfs01", "--quiet"]), &[], 0)?;
    expect_part(&again.stdout, "already so, nothing written")?;
    let refused = stage.run("ad-pac", &connect(&["set", "dc1"]), &[], 1)?;
    expect_part(&refused.stderr, "not touched: it is a domain controller")?;

    let stored = directory.store().value(
        "CN=NFS01,OU=Servers,OU=Lab,DC=lab,DC=example,DC=test",
        "userAccountControl",
    );
    ensure!(
        stored.as_deref() == Some("33558528"),
        "the directory holds {stored:?}"
    );
    stage.hold(directory);
    Ok(())
}
