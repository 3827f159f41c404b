//! `ad-pac verify`

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::forecast::{self, Judgement};
use crate::kerberos::{self, Keytab, ServiceToken, keytab};
use crate::report::proof::{self, Evidence, Proof};
use crate::terminal::Output;
use crate::ticket;

use super::Common;
use super::show::unwritable;

/// What tickets are to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Expect {
    /// Without a PAC
    Absent,
    /// With a PAC
    Present,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac verify nfs01.example.com --keytab /etc/krb5.keytab\n  \
    ad-pac verify nfs/filer.example.com --expect present --json")]
/// Get a fresh ticket for a host and tell whether it carries a PAC
///
/// The KDC is asked for a new ticket with a private copy of your credentials,
/// so the tickets in your cache are neither used nor changed. With the host's
/// keytab the ticket is opened, which proves what is in it; without, its size
/// tells, which is a judgement and said to be one.
pub(super) struct Verify {
    /// A DNS name, a short name, an SPN (nfs/host) or NAME$
    #[arg(value_name = "HOST")]
    host: String,

    /// The host's keytab, to open the ticket with
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,

    /// What the ticket should be like: absent or present (the PAC)
    #[arg(
        long,
        value_name = "STATE",
        default_value = "absent",
        hide_possible_values = true
    )]
    expect: Expect,

    /// Print one JSON document
    #[arg(long, conflicts_with = "nagios")]
    json: bool,

    /// Print one line for a monitoring system
    #[arg(long)]
    nagios: bool,
}

/// The hidden command that does one step in a process of its own.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac kerberos-step token nfs/nfs01.example.com\n  \
    ad-pac kerberos-step copy /run/user/1000/ccache")]
pub(super) struct Step {
    /// copy or token
    name: String,
    /// A path or a service
    argument: String,
}

pub(super) fn step(step: &Step, out: &mut Output) -> Result<u8> {
    let answer = ticket::answer(&step.name, &step.argument);
    out.write_all(&answer).map_err(unwritable)?;
    Ok(0)
}

pub(super) fn run(verify: &Verify, common: &Common, out: &mut Output) -> Result<u8> {
    let service = service(&verify.host)?;
    let keytab = verify.keytab.as_deref().map(read_keytab).transpose()?;
    let fresh = ticket::fresh(&service)?;
    let token = ServiceToken::parse(&fresh.token).map_err(|error| {
        Error::new(Kind::Peer, &service, "the KDC's ticket cannot be read").because(error)
    })?;
    let evidence = match (&keytab, &verify.keytab) {
        (Some(keytab), Some(path)) => {
            let opened = kerberos::open(&token.ticket, keytab).map_err(|error| {
                Error::new(
                    Kind::Input,
                    path.display().to_string(),
                    "does not open the ticket",
                )
                .because(error)
                .hint(format!(
                    "is it the keytab of {service}, and of its present password?"
                ))
                .hint("klist -kte FILE lists the keys of a keytab")
            })?;
            Evidence::Opened(opened)
        }
        _ => {
            let realm = token.ticket.service.realm.to_lowercase();
            let name = fresh.client.split('@').next().unwrap_or_default();
            match forecast::judge(token.bytes, forecast::law::units(name), &service, &realm) {
                Judgement::Absent => Evidence::Size { pac: false },
                Judgement::Present => Evidence::Size { pac: true },
                Judgement::Unclear => {
                    return Err(Error::new(
                        Kind::Peer,
                        &service,
                        format!(
                            "a token of {} bytes may or may not carry a PAC",
                            token.bytes
                        ),
                    )
                    .hint("open the ticket with --keytab"));
                }
            }
        }
    };
    let proof = Proof {
        service,
        client: fresh.client,
        token,
        evidence,
    };
    let good = proof.has_pac() == (verify.expect == Expect::Present);
    if verify.nagios {
        let (line, code) = proof::nagios(&proof, good);
        writeln!(out, "{line}").map_err(unwritable)?;
        return Ok(code);
    }
    if verify.json {
        writeln!(out, "{}", proof::json(&proof, good)).map_err(unwritable)?;
    } else {
        proof::text(out, &proof, good, common.paint()).map_err(unwritable)?;
    }
    if matches!(proof.evidence, Evidence::Size { .. }) {
        common.note("note: judged by the size alone; --keytab with the host's keytab proves it");
    }
    Ok(u8::from(!good))
}

/// The service principal of a host.
fn service(host: &str) -> Result<String> {
    let wrong = |what: &str| {
        Error::new(Kind::Input, host.escape_debug().to_string(), what)
            .hint("name it by its DNS name, by an SPN (nfs/host) or by NAME$; `ad-pac show` lists its SPNs")
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.$/".contains(c);
    if host.is_empty() || host.len() > 256 {
        return Err(wrong("not a host name"));
    }
    if host.contains('=')
        || host
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("S-1-"))
    {
        return Err(wrong(
            "a ticket is asked for by a service's name, not by a DN or SID",
        ));
    }
    if !host.chars().all(plain) || host.starts_with('/') || host.ends_with('/') {
        return Err(wrong("not a host name"));
    }
    Ok(if host.contains('/') || host.ends_with('$') {
        host.to_owned()
    } else {
        format!("nfs/{}", host.trim_end_matches('.'))
    })
}

fn read_keytab(path: &Path) -> Result<Keytab> {
    let subject = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Error::new(Kind::Input, subject.clone(), "cannot be read")
            .because(error)
            .hint("--keytab names the keytab of the host; reading it usually takes root")
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(unreadable)?
        .take(keytab::LARGEST_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Keytab::parse(&bytes).map_err(|error| {
        Error::new(Kind::Input, subject.clone(), "not usable as a keytab")
            .because(error)
            .hint("klist -kte FILE shows a keytab")
    })
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn a_host_becomes_the_service_whose_ticket_is_asked_for() {
        for (host, expected) in [
            ("nfs01.example.test", "nfs/nfs01.example.test"),
            ("nfs01.example.test.", "nfs/nfs01.example.test"),
            ("nfs01", "nfs/nfs01"),
            ("NFS01$", "NFS01$"),
            ("cifs/nfs01.example.test", "cifs/nfs01.example.test"),
        ] {
            assert_eq!(service(host).unwrap(), expected);
        }
        for wrong in [
            "",
            "CN=NFS01,DC=example",
            "S-1-5-21-1",
            "a b",
            "/x",
            "nfs/",
            "x@Y",
            "a\n",
        ] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }
}
