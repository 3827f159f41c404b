//! Making the domain: once for a recipe, kept in the target folder, copied for
//! every instance.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::namespace::Namespace;
use super::{
    ADDRESS, ADMINISTRATOR_PASSWORD, BASE, DNS_DOMAIN, DOMAIN, HOST, Keytab, REALM, objects,
};
use crate::bins;

const HINT: &str = "hint: apt-get install the packages of workspace-tests/packages.txt";

/// The control by which Samba itself makes trust accounts.
const TRUSTS_PERMITTED: &str = "--controls=local_oid:1.3.6.1.4.1.7165.4.3.23:0";

/// What belongs to the directory itself and is copied for every instance.
const STATE: [&str; 3] = ["private", "state", "etc"];

/// The folder of the pristine domain, made if it is not there yet. Test
/// processes that run at the same time wait for the first.
pub(super) fn pristine() -> Result<PathBuf> {
    let kept = kept_folder()?;
    let lock = kept.with_extension("lock");
    let lock = File::create(&lock).with_context(|| format!("{}", lock.display()))?;
    lock.lock().context("the lock on the kept domain")?;
    if !kept.exists() {
        // Short paths for Unix sockets, and nothing half done is ever kept.
        let namespace = Namespace::create(ADDRESS, "")?;
        make(&namespace).context("the domain cannot be made")?;
        let partial = kept.with_extension("partial");
        let _ = fs::remove_dir_all(&partial);
        fs::create_dir_all(&partial)?;
        copy(namespace.folder(), &partial, &STATE)?;
        copy(namespace.folder(), &partial, &["keytabs"])?;
        fs::write(
            partial.join("home"),
            namespace.folder().display().to_string(),
        )?;
        fs::rename(&partial, &kept)?;
    }
    Ok(kept)
}

/// Puts the pristine domain into an instance's folder.
pub(super) fn restore(kept: &Path, folder: &Path) -> Result<()> {
    for part in STATE {
        let _ = fs::remove_dir_all(folder.join(part));
    }
    copy(kept, folder, &STATE)?;
    copy(kept, folder, &["keytabs"])
}

/// The lines of smb.conf that the provisioning wrote, for this folder.
pub(super) fn smb_conf(kept: &Path, folder: &Path) -> Result<String> {
    let home = fs::read_to_string(kept.join("home"))?;
    let text = fs::read_to_string(kept.join("etc/smb.conf"))?;
    Ok(text.replace(&home, &folder.display().to_string()))
}

fn kept_folder() -> Result<PathBuf> {
    let version = Command::new("samba")
        .arg("--version")
        .output()
        .context("samba cannot be started")
        .context(HINT)?;
    let mut hasher = DefaultHasher::new();
    version.stdout.hash(&mut hasher);
    // The recipe: how it is made, and of what.
    include_str!("provision.rs").hash(&mut hasher);
    objects::ldif().hash(&mut hasher);
    objects::guarded_ldif().hash(&mut hasher);
    let folder = bins::workspace().join("target/peers");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("samba-{:016x}", hasher.finish())))
}

/// Copies folders as they are, with extended attributes (sysvol has some).
fn copy(from: &Path, to: &Path, parts: &[&str]) -> Result<()> {
    let mut command = Command::new("cp");
    command.args(["-a", "--reflink=auto"]);
    command
        .args(parts.iter().map(|part| from.join(part)))
        .arg(to);
    run(&mut command)
}

fn make(namespace: &Namespace) -> Result<()> {
    let folder = namespace.folder();
    let conf = folder.join("etc/smb.conf");
    let (short, _) = HOST.split_once('.').context("the host has a domain")?;
    run(namespace
        .command("samba-tool")
        .args([
            "domain",
            "provision",
            "--server-role=dc",
            "--dns-backend=SAMBA_INTERNAL",
        ])
        .arg(format!("--realm={REALM}"))
        .arg(format!("--domain={DOMAIN}"))
        .arg(format!("--host-name={short}"))
        .arg(format!("--host-ip={ADDRESS}"))
        .arg(format!("--adminpass={ADMINISTRATOR_PASSWORD}"))
        .arg(format!("--targetdir={}", folder.display()))
        .arg(format!("--option=interfaces = lo {ADDRESS}/24"))
        .arg("--option=bind interfaces only = yes")
        .env("TDB_NO_FSYNC", "1"))?;
    let database = folder.join("private/sam.ldb");
    let ldb = |program: &str, name: &str, ldif: &str, relax: bool| -> Result<()> {
        let path = folder.join(name);
        fs::write(&path, ldif)?;
        let mut command = Command::new(program);
        command
            .arg("-H")
            .arg(&database)
            .arg(format!("--configfile={}", conf.display()));
        if relax {
            // What is written belongs to the system, not to a caller.
            command.args(["--relax", TRUSTS_PERMITTED]);
        }
        run(command.arg(&path).env("TDB_NO_FSYNC", "1"))
    };
    ldb("ldbadd", "objects.ldif", &objects::ldif(), false)?;
    ldb("ldbadd", "guarded.ldif", &objects::guarded_ldif(), true)?;
    // The service principal names that a running controller gives itself.
    let upper = short.to_ascii_uppercase();
    let spns: String = [
        format!("ldap/{HOST}"),
        format!("ldap/{upper}"),
        format!("ldap/{HOST}/{DNS_DOMAIN}"),
        format!("GC/{HOST}/{DNS_DOMAIN}"),
    ]
    .map(|spn| format!("servicePrincipalName: {spn}\n"))
    .concat();
    let ldif = format!(
        "dn: CN={upper},OU=Domain Controllers,{BASE}\nchangetype: modify\n\
         add: servicePrincipalName\n{spns}"
    );
    ldb("ldbmodify", "names.ldif", &ldif, false)?;
    delegate(&conf, &database)?;
    fs::create_dir_all(folder.join("keytabs"))?;
    for keytab in Keytab::ALL {
        for principal in keytab.principals() {
            run(Command::new("samba-tool")
                .args(["domain", "exportkeytab"])
                .arg(folder.join("keytabs").join(keytab.file()))
                .arg(format!("--principal={principal}"))
                .arg(format!("--configfile={}", conf.display())))?;
        }
    }
    Ok(())
}

/// `uac-writers` may read and write userAccountControl of the computers in
/// OU=Servers, and nothing else: what an administrator delegates for this tool.
fn delegate(conf: &Path, database: &Path) -> Result<()> {
    let output = Command::new("ldbsearch")
        .arg("-H")
        .arg(database)
        .args(["(sAMAccountName=uac-writers)", "objectSid"])
        .output()
        .context("ldbsearch cannot be started")
        .context(HINT)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let sid = text
        .lines()
        .find_map(|line| line.strip_prefix("objectSid: "))
        .with_context(|| format!("uac-writers has no SID in:\n{text}"))?;
    // userAccountControl, on objects of the class computer.
    let ace = format!(
        "(OA;CIIO;RPWP;bf967a68-0de6-11d0-a285-00aa003049e2;\
         bf967a86-0de6-11d0-a285-00aa003049e2;{sid})"
    );
    run(Command::new("samba-tool")
        .args(["dsacl", "set", "-H"])
        .arg(database)
        .arg(format!("--configfile={}", conf.display()))
        .arg(format!("--objectdn=OU=Servers,OU=Lab,{BASE}"))
        .arg(format!("--sddl={ace}")))
}

fn run(command: &mut Command) -> Result<()> {
    let line = format!("{command:?}");
    let output = command
        .output()
        .with_context(|| format!("{line}: cannot be started"))
        .context(HINT)?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        bail!(
            "{line}: {}\n{}",
            output.status,
            lines[lines.len().saturating_sub(20)..].join("\n")
        );
    }
    ensure!(output.status.success());
    Ok(())
}
