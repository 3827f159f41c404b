//! `ad-pac verify`

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::forecast::{self, Judgement};
use crate::kerberos::{self, Keytab, ServiceToken, keytab};
use crate::ldap::lookup::{Lookup, NotHost};
use crate::report::proof::{self, Evidence, Forecast, Proof};
use crate::session::clock;
use crate::terminal::Output;
use crate::ticket::{self, Private};

use super::Common;
use super::connect::Connect;
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
/// tells beside the forecast for your groups, which is a judgement and said to
/// be one. The directory is asked for that forecast, and for the names of a
/// host that is given by DN or SID.
pub(super) struct Verify {
    /// A short name, DNS name, NAME$, SPN (nfs/host), DN or SID
    ///
    /// Whatever a mount line, a log or an administrator calls it. An ambiguous
    /// name is refused and never guessed.
    #[arg(value_name = "HOST")]
    host: String,

    /// The host's keytab, to open the ticket with
    ///
    /// Turns the judgement by size into proof. On the NFS server it is
    /// /etc/krb5.keytab, which root can read.
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,

    /// What the ticket should be like: absent or present (the PAC)
    ///
    /// `present` is for hosts that need the PAC, such as Samba servers; the
    /// exit status is 1 when it is otherwise.
    #[arg(
        long,
        value_name = "STATE",
        default_value = "absent",
        hide_possible_values = true
    )]
    expect: Expect,

    /// Print one JSON document
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,

    /// Print one line for a monitoring system
    ///
    /// With a keytab of its own it tells, day by day, what a person would get.
    #[arg(long)]
    nagios: bool,

    #[command(flatten)]
    connect: Connect,
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
    let name = Name::parse(&verify.host)?;
    let keytab = verify.keytab.as_deref().map(read_keytab).transpose()?;
    let private = Private::copy()?;
    let service = match name {
        Name::Service(service) => service,
        Name::Object(name) => service_of(&private, &name, &verify.connect)?,
    };
    let fresh = match private.fresh(&service) {
        Err(error) if ticket::is_of_clock(&error) => {
            let ahead = super::runtime()?.block_on(verify.connect.clock_ahead());
            return Err(clock::hinted(error, ahead));
        }
        other => other?,
    };
    let token = ServiceToken::parse(&fresh.token).map_err(|error| {
        Error::new(Kind::Peer, &service, "the KDC's ticket cannot be read").because(error)
    })?;
    let evidence = match (&keytab, &verify.keytab) {
        (Some(keytab), Some(path)) => opened(&token, keytab, path, &service)?,
        _ => {
            let expected = expected(&private, &fresh.client, &service, &verify.connect);
            if let Err(error) = &expected {
                common.note(&format!(
                    "note: the directory could not be asked for a forecast: {error}"
                ));
            }
            judged(&token, &fresh.client, &service, expected.ok())?
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

/// Opens the ticket.
fn opened(token: &ServiceToken, keytab: &Keytab, path: &Path, service: &str) -> Result<Evidence> {
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
    Ok(Evidence::Opened(opened))
}

/// Judges by the size.
fn judged(
    token: &ServiceToken,
    client: &str,
    service: &str,
    forecast: Option<Forecast>,
) -> Result<Evidence> {
    let realm = token.ticket.service.realm.to_lowercase();
    let name = client.split('@').next().unwrap_or_default();
    let letters = forecast::law::units(name);
    let with = forecast.map(|forecast| forecast.token_with_pac);
    let pac = match forecast::judge(token.bytes, letters, service, &realm, with) {
        Judgement::Absent => false,
        Judgement::Present => true,
        Judgement::Unclear => {
            return Err(Error::new(
                Kind::Peer,
                service,
                format!(
                    "a token of {} bytes may or may not carry a PAC",
                    token.bytes
                ),
            )
            .hint("open the ticket with --keytab"));
        }
    };
    Ok(Evidence::Size { pac, forecast })
}

/// What the directory lets expect of this client at this service.
fn expected(private: &Private, client: &str, service: &str, connect: &Connect) -> Result<Forecast> {
    let question = ["forecast", client, "--for", service, "--json"];
    let arguments = question.into_iter().map(OsString::from);
    let document = private.ask(arguments.chain(connect.arguments()))?;
    let user = &document["users"][0];
    let number = |field: &str| user[field].as_u64();
    number("groups")
        .zip(number("token_bytes_with_pac"))
        .map(|(groups, bytes)| Forecast {
            groups,
            token_with_pac: usize::try_from(bytes).unwrap_or(usize::MAX),
        })
        .ok_or_else(|| Error::new(Kind::System, client, "the forecast is incomplete"))
}

/// The service of an object: its longest nfs SPN, as in a forecast, else one
/// made of its DNS name.
fn service_of(private: &Private, name: &str, connect: &Connect) -> Result<String> {
    let question = ["show", name, "--json"].into_iter().map(OsString::from);
    let document = private.ask(question.chain(connect.arguments()))?;
    let account = &document["accounts"][0];
    let spns: Vec<String> = account["spns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|spn| spn.as_str().map(str::to_owned))
        .collect();
    forecast::outlook::nfs_service(
        &spns,
        account["dns_host_name"].as_str(),
        account["sam_account_name"].as_str().unwrap_or_default(),
    )
    .ok_or_else(|| {
        Error::new(
            Kind::Input,
            name,
            "the object has no name to ask a ticket for",
        )
        .hint("`ad-pac show` lists its SPNs")
    })
}

/// A host, as far as tickets are concerned.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    /// A service principal.
    Service(String),
    /// A DN or SID: the directory knows its services.
    Object(String),
}

impl Name {
    fn parse(host: &str) -> Result<Self> {
        let wrong = |error: NotHost| {
            Error::new(
                Kind::Input,
                host.escape_debug().to_string(),
                error.to_string(),
            )
            .hint("a host is a short name, a DNS name, NAME$, an SPN (nfs/host), a DN or a SID")
        };
        // What a principal cannot hold, or what would name another realm.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.$/".contains(c);
        match Lookup::parse(host).map_err(wrong)? {
            Lookup::Dn(_) | Lookup::Sid(_) => Ok(Name::Object(host.to_owned())),
            _ if !host.chars().all(plain) => Err(wrong(NotHost::Unusable)),
            Lookup::Spn(spn) => Ok(Name::Service(spn.to_string())),
            Lookup::SamAccountName(name) => Ok(Name::Service(name)),
            Lookup::DnsName(name) | Lookup::ShortName(name) => {
                Ok(Name::Service(format!("nfs/{name}")))
            }
        }
    }
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
    use super::Name;

    #[test]
    fn a_host_becomes_the_service_whose_ticket_is_asked_for() {
        for (host, expected) in [
            ("nfs01.example.test", "nfs/nfs01.example.test"),
            ("nfs01.example.test.", "nfs/nfs01.example.test"),
            ("nfs01", "nfs/nfs01"),
            ("NFS01$", "NFS01$"),
            ("cifs/nfs01.example.test", "cifs/nfs01.example.test"),
        ] {
            assert_eq!(
                Name::parse(host).unwrap(),
                Name::Service(expected.to_owned())
            );
        }
        for host in ["CN=NFS01,DC=example", "S-1-5-21-1-2-3-4"] {
            assert_eq!(Name::parse(host).unwrap(), Name::Object(host.to_owned()));
        }
        for wrong in ["", "CN=a;b", "S-1-x", "a b", "/x", "nfs/", "x@Y", "a\n"] {
            assert!(Name::parse(wrong).is_err(), "{wrong}");
        }
    }
}
