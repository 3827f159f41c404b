//! `ad-pac show`

use std::io::Write as _;

use crate::error::{Error, Kind, Result};
use crate::ldap::entry::ACCOUNT_ATTRIBUTES;
use crate::report;
use crate::terminal::Output;

use super::Common;
use super::connect::Login;
use super::resolve::Host;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac show nfs01.example.com --server dc1.example.com --bind-user admin@example.com\n  \
    ad-pac show nfs/filer.example.com 'CN=NFS02,OU=Servers,DC=example,DC=com' --json")]
pub(super) struct Show {
    /// A short name, DNS name, NAME$, SPN (nfs/host), DN or SID
    ///
    /// Whatever a mount line, a log or an administrator calls it. An ambiguous
    /// name is refused and never guessed.
    #[arg(required = true, value_name = "HOST")]
    hosts: Vec<String>,

    /// Print one JSON document
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    login: Login,
}

pub(super) fn run(show: &Show, common: &Common, out: &mut Output) -> Result<u8> {
    let hosts = show
        .hosts
        .iter()
        .map(|host| Host::parse(host))
        .collect::<Result<Vec<_>>>()?;
    super::runtime()?.block_on(async {
        let session = show.login.session().await?;
        let base = show.login.base(&session);
        let mut accounts = Vec::new();
        for host in &hosts {
            accounts.push(host.find(&session, base, ACCOUNT_ATTRIBUTES).await?);
        }
        if show.json {
            let document = serde_json::json!({
                "server": session.server(),
                "accounts": accounts.iter().map(report::account::json).collect::<Vec<_>>(),
            });
            writeln!(out, "{document}").map_err(unwritable)?;
        } else {
            for account in &accounts {
                report::account::text(out, account, session.server(), common.paint())
                    .map_err(unwritable)?;
            }
        }
        Ok(0)
    })
}

pub(super) fn unwritable(error: std::io::Error) -> Error {
    Error::new(Kind::System, "standard output", "cannot write").because(error)
}
