//! `ad-pac forecast`

use std::io::Write as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::account::{Account, DistinguishedName, Sid};
use crate::error::{Error, Kind, Result};
use crate::forecast::outlook::{self, Outlook, Server, Servers};
use crate::forecast::person::{Identity, PERSON_ATTRIBUTES, TOKEN_GROUPS};
use crate::forecast::{LIMITS, Zone};
use crate::ldap::Entry;
use crate::ldap::filter::Filter;
use crate::ldap::lookup::Question;
use crate::report::forecast as report;
use crate::session::{Session, WINDOW};
use crate::terminal::Output;

use super::Common;
use super::connect::Login;
use super::resolve::Host;
use super::show::unwritable;

/// ACCOUNTDISABLE
const DISABLED: u32 = 0x2;
/// INTERDOMAIN_TRUST_ACCOUNT: a domain, not a person.
const TRUST: u32 = 0x800;

/// What is asked for of servers: what makes an account, and its services.
const SERVER_ATTRIBUTES: &[&str] = &[
    "objectClass",
    "objectGUID",
    "sAMAccountName",
    "userAccountControl",
    "dNSHostName",
    "servicePrincipalName",
];

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    ad-pac forecast bob --for nfs01.example.com --server dc1.example.com\n  \
    ad-pac forecast --all --over 2045 --csv")]
/// Tell how large tickets will be, who fails at an NFS server, and who is close
///
/// The size of a ticket follows from a person's groups and names. It is told
/// for the NFS servers as they are (or the one named with --for), and as it
/// would be with a PAC. An NFS server with rpc.svcgssd works with tokens up to
/// 2,045 bytes, is jammed for everybody by those up to about 4,032, and refuses
/// larger ones without a word; one with gssproxy takes all of them.
///
/// The exit status is 1 when somebody is refused as things are.
pub(super) struct Forecast {
    /// An account name, a principal name (bob@example.com), a DN or a SID
    ///
    /// Whoever complains, or whoever is about to be put into one more group.
    #[arg(value_name = "USER", required_unless_present = "all")]
    users: Vec<String>,

    /// Everybody whose account is not disabled
    ///
    /// Finds who else fails and has not called yet. It takes a while in a large
    /// domain.
    #[arg(long, conflicts_with = "users")]
    all: bool,

    /// At this host, instead of at every host with an nfs SPN
    ///
    /// Answers for one server, which may have the bit set when others do not.
    #[arg(long = "for", value_name = "HOST")]
    host: Option<String>,

    /// Only people whose token is larger than this
    ///
    /// 2045 lists those whom rpc.svcgssd fails, 1900 those who come close as
    /// well.
    #[arg(long, value_name = "BYTES")]
    over: Option<usize>,

    /// Print a table for a spreadsheet
    ///
    /// To sort and share it: who, how many groups, how many bytes, and where it
    /// fails.
    #[arg(long, conflicts_with = "json")]
    csv: bool,

    /// Print one JSON document
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    login: Login,
}

pub(super) fn run(forecast: &Forecast, common: &Common, out: &mut Output) -> Result<u8> {
    let host = forecast.host.as_deref().map(Host::parse).transpose()?;
    let users = forecast
        .users
        .iter()
        .map(|user| question(user).map(|question| (user.as_str(), question)))
        .collect::<Result<Vec<_>>>()?;
    super::runtime()?.block_on(async {
        let session = forecast.login.session().await?;
        let base = forecast.login.base(&session);
        let domain = session.root().domain();
        let servers = servers(&session, base, host.as_ref(), &domain).await?;
        let people = if forecast.all {
            everybody(&session, base).await?
        } else {
            let mut people = Vec::new();
            for (user, question) in &users {
                people.push(one(&session, base, user, question).await?);
            }
            people
        };
        let alike = Servers::new(&servers);
        let mut outlooks: Vec<Outlook> = people
            .into_iter()
            .map(|identity| Outlook::of(identity, &alike, &domain))
            .filter(|outlook| {
                forecast
                    .over
                    .is_none_or(|bytes| outlook.as_it_is.token > bytes)
            })
            .collect();
        outlooks
            .sort_by(|a, b| (b.as_it_is, &a.identity.name).cmp(&(a.as_it_is, &b.identity.name)));
        if forecast.json {
            let document = report::json(session.server(), &servers, &outlooks);
            writeln!(out, "{document}").map_err(unwritable)?;
        } else if forecast.csv {
            report::csv(out, &outlooks).map_err(unwritable)?;
        } else {
            report::text(out, &outlooks, servers.len(), common.paint()).map_err(unwritable)?;
            notes(common, &servers, &outlooks);
        }
        let refused = outlooks.iter().any(|outlook| outlook.zone() != Zone::Works);
        Ok(u8::from(refused))
    })
}

fn notes(common: &Common, servers: &[Server], outlooks: &[Outlook]) {
    let carrying: Vec<&str> = servers
        .iter()
        .filter(|server| server.pac)
        .map(|server| server.service.as_str())
        .collect();
    let shown = carrying
        .iter()
        .take(10)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = carrying.len().saturating_sub(10);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    common.note(&if carrying.is_empty() {
        "note: no server's tickets carry a PAC".to_owned()
    } else {
        format!("note: tickets carry a PAC for {shown}{more}")
    });
    if outlooks.iter().any(|outlook| outlook.zone() == Zone::Jams) {
        common.note(&format!(
            "warning: whoever is between {} and {} bytes locks everybody out for two minutes at each try, where rpc.svcgssd runs",
            LIMITS[0].bytes, LIMITS[1].bytes
        ));
    }
    if outlooks.iter().any(|outlook| outlook.close_to().is_some()) {
        common.note("note: close to an edge a forecast does not decide; `ad-pac verify` measures");
    }
}

/// The server that was named, or all with an nfs SPN. Without any, one is
/// imagined, because the question is then what would be.
async fn servers(
    session: &Session,
    base: &str,
    host: Option<&Host>,
    domain: &str,
) -> Result<Vec<Server>> {
    let accounts = if let Some(host) = host {
        vec![host.find(session, base, SERVER_ATTRIBUTES).await?]
    } else {
        let filter = Filter::and([
            Filter::equals("objectClass", "user"),
            Filter::starts_with("servicePrincipalName", "nfs/"),
        ]);
        let found = session
            .ask(&Question::Search(filter), base, SERVER_ATTRIBUTES)
            .await?;
        // One that cannot be read is not a server anybody can be told about.
        found
            .entries
            .iter()
            .filter_map(|entry| entry.account().ok())
            .collect()
    };
    let mut servers: Vec<Server> = accounts.iter().filter_map(server).collect();
    servers.sort_by(|a, b| a.service.cmp(&b.service));
    if servers.is_empty() {
        servers.push(Server {
            service: format!("nfs/server.{domain}"),
            pac: true,
        });
    }
    Ok(servers)
}

fn server(account: &Account) -> Option<Server> {
    let host = account.dns_host_name.as_deref();
    let service = outlook::nfs_service(&account.spns, host, &account.sam_account_name)?;
    Some(Server {
        service,
        pac: !account.pac_free(),
    })
}

/// How to ask for somebody.
fn question(user: &str) -> Result<Question> {
    let wrong = |what: &str| {
        Error::new(
            Kind::Input,
            user.escape_debug().to_string(),
            what.to_owned(),
        )
        .hint("a user is an account name, a principal name (bob@example.com), a DN or a SID")
    };
    if user.is_empty() || user.len() > 8192 || user.contains(char::is_control) {
        return Err(wrong("not a user name"));
    }
    if user.contains('=') {
        let dn = DistinguishedName::parse(user)
            .map_err(|error| wrong("malformed distinguished name").because(error))?;
        return Ok(Question::Object(dn.as_str().to_owned()));
    }
    let names = if user
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("S-1-"))
    {
        let sid = Sid::parse(user).map_err(|_| wrong("malformed SID"))?;
        Filter::equals("objectSid", &sid.to_string())
    } else if let Some((name, _)) = user.split_once('@') {
        // The implicit principal name is the account name in the domain.
        Filter::or([
            Filter::equals("userPrincipalName", user),
            Filter::equals("sAMAccountName", name),
        ])
    } else {
        Filter::equals("sAMAccountName", user)
    };
    Ok(Question::Search(Filter::and([
        Filter::equals("objectClass", "user"),
        names,
    ])))
}

async fn one(session: &Session, base: &str, user: &str, question: &Question) -> Result<Identity> {
    let found = session.ask(question, base, PERSON_ATTRIBUTES).await?;
    match found.entries.as_slice() {
        [] => Err(Error::new(
            Kind::Input,
            user,
            format!("no such account below {base} on {}", session.server()),
        )
        .hint("a user is an account name, a principal name (bob@example.com), a DN or a SID")),
        [entry] => identity(session, entry).await?.ok_or_else(|| {
            Error::new(Kind::Peer, user, "its name or SID cannot be read")
                .hint("the account that asks may lack the right to read it")
        }),
        several => Err(several.iter().fold(
            Error::new(Kind::Input, user, "more than one account is called so"),
            |error, entry| error.hint(entry.dn.clone()),
        )),
    }
}

async fn everybody(session: &Session, base: &str) -> Result<Vec<Identity>> {
    let filter = Filter::and([
        Filter::equals("objectCategory", "person"),
        Filter::equals("objectClass", "user"),
        Filter::negated(&Filter::has_bits("userAccountControl", DISABLED)),
        Filter::negated(&Filter::has_bits("userAccountControl", TRUST)),
    ]);
    let found = session
        .ask(&Question::Search(filter), base, PERSON_ATTRIBUTES)
        .await?;
    let identities: Vec<Option<Identity>> = stream::iter(&found.entries)
        .map(|entry| identity(session, entry))
        .buffer_unordered(WINDOW)
        .try_collect()
        .await?;
    Ok(identities.into_iter().flatten().collect())
}

/// `tokenGroups` is computed for one object at a time.
async fn identity(session: &Session, entry: &Entry) -> Result<Option<Identity>> {
    let groups = session.read(&entry.dn, &[TOKEN_GROUPS]).await?;
    Ok(Identity::read(entry, groups.values(TOKEN_GROUPS)))
}
