//! `rabbit-graph who`.

use std::io::Write;

use serde_json::json;

use super::Common;
use super::input::Source;
use crate::error::{Error, Kind, Result};
use crate::terminal::Output;
use crate::text::push_line;
use crate::topology::{ExchangeId, QueueId, Topology, VhostId};
use crate::{filter, who};

/// Tell who may publish, consume and configure what
///
/// Without --queue or --exchange every user (or the one named) with what its
/// patterns allow; with one of them everybody who may do something with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph who definitions.json --user billing\n  \
    rabbit-graph who definitions.json --vhost orders --queue payment.capture")]
pub(super) struct Who {
    #[command(flatten)]
    source: Source,

    /// What this user may do
    ///
    /// For a leaver, a stolen password, an audit: what this account can reach.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["queue", "exchange"])]
    user: Option<String>,

    /// Who may do something with this queue
    ///
    /// Answers who could have emptied it, or who will notice when it goes.
    #[arg(long, value_name = "NAME", conflicts_with = "exchange")]
    queue: Option<String>,

    /// Who may do something with this exchange; amq.default is the default one
    ///
    /// Answers who could have sent what arrived there.
    #[arg(long, value_name = "NAME")]
    exchange: Option<String>,

    /// Only in this virtual host
    ///
    /// Users may have rights in many; names of objects are of one.
    #[arg(long, value_name = "NAME")]
    vhost: Option<String>,

    /// Print JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,
}

/// Tells.
pub(super) fn run(command: &Who, _common: &Common, out: &mut Output) -> Result<u8> {
    let topology = command.source.topology()?;
    let vhost = match &command.vhost {
        Some(name) => Some(filter::vhost(&topology, name)?),
        None => None,
    };
    let text = match (&command.queue, &command.exchange) {
        (None, None) => users(&topology, command, vhost)?,
        (Some(name), _) => {
            let found: Vec<_> = (topology.queue_ids())
                .filter(|id| &*topology.queue(*id).name == name)
                .map(|id| (topology.queue(id).vhost, None))
                .collect();
            let names: Vec<&str> = topology.queues.iter().map(|queue| &*queue.name).collect();
            object(&topology, command, vhost, name, &found, &names)?
        }
        (None, Some(name)) => {
            let wanted = if name == "amq.default" {
                ""
            } else {
                name.as_str()
            };
            let found: Vec<_> = (topology.exchange_ids())
                .filter(|id| &*topology.exchange(*id).name == wanted)
                .map(|id| (topology.exchange(id).vhost, Some(id)))
                .collect();
            let names: Vec<&str> = topology.exchanges.iter().map(|it| &*it.name).collect();
            let name = if wanted.is_empty() {
                "amq.default"
            } else {
                wanted
            };
            object(&topology, command, vhost, name, &found, &names)?
        }
    };
    out.write_all(text.as_bytes()).map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(0)
}

fn users(topology: &Topology, command: &Who, vhost: Option<VhostId>) -> Result<String> {
    if let Some(user) = &command.user
        && !topology.users.iter().any(|known| &*known.name == user)
    {
        let names: Vec<&str> = topology.users.iter().map(|user| &*user.name).collect();
        return Err(filter::unknown("user", user, &names));
    }
    let exchanges = |ids: &[ExchangeId]| -> Vec<&str> {
        ids.iter()
            .map(|id| who::permission_name(topology, *id))
            .collect()
    };
    let queues = |ids: &[QueueId]| -> Vec<&str> {
        ids.iter().map(|id| &*topology.queue(*id).name).collect()
    };
    let found = who::access(topology, command.user.as_deref());
    let found = found
        .iter()
        .filter(|it| vhost.is_none_or(|vhost| it.permission.vhost == vhost));
    if command.json {
        let list: Vec<_> = found
            .map(|it| {
                let topics: Vec<_> = (it.topics.iter())
                    .map(|topic| json!({"exchange": topic.exchange, "write": topic.write, "read": topic.read}))
                    .collect();
                json!({
                    "user": it.permission.user,
                    "vhost": topology.vhost(it.permission.vhost).name,
                    "patterns": {"configure": it.permission.configure,
                                 "write": it.permission.write, "read": it.permission.read},
                    "publish": exchanges(&it.publish),
                    "consume": queues(&it.consume),
                    "configure": {"exchanges": exchanges(&it.configure_exchanges),
                                  "queues": queues(&it.configure_queues)},
                    "topics": topics,
                })
            })
            .collect();
        return Ok(format!("{}\n", json!({"access": list})));
    }
    let mut text = String::new();
    for it in found {
        let vhost = &topology.vhost(it.permission.vhost).name;
        push_line(
            &mut text,
            &format!("{} in virtual host {vhost}", it.permission.user),
        );
        let mut line = |what: &str, pattern: &str, names: &[&str]| {
            let names = if names.is_empty() {
                "nothing".to_owned()
            } else {
                names.join(", ")
            };
            push_line(&mut text, &format!("  {what:<10} {names}  (`{pattern}`)"));
        };
        line("publish", &it.permission.write, &exchanges(&it.publish));
        line("consume", &it.permission.read, &queues(&it.consume));
        let mut both = exchanges(&it.configure_exchanges);
        both.extend(queues(&it.configure_queues));
        line("configure", &it.permission.configure, &both);
        for topic in &it.topics {
            let (exchange, write, read) = (&topic.exchange, &topic.write, &topic.read);
            push_line(
                &mut text,
                &format!("  on {exchange} only with keys `{write}`, bind with `{read}`"),
            );
        }
    }
    if text.is_empty() {
        text.push_str("nobody may do anything\n");
    }
    Ok(text)
}

fn object(
    topology: &Topology,
    command: &Who,
    vhost: Option<VhostId>,
    name: &str,
    found: &[(VhostId, Option<ExchangeId>)],
    names: &[&str],
) -> Result<String> {
    let found: Vec<_> = found
        .iter()
        .filter(|(own, _)| vhost.is_none_or(|vhost| *own == vhost))
        .collect();
    if found.is_empty() {
        let what = if command.queue.is_some() {
            "queue"
        } else {
            "exchange"
        };
        return Err(filter::unknown(what, name, names));
    }
    let (write, read) = match command.queue {
        Some(_) => ("bind", "consume"),
        None => ("publish", "bind from"),
    };
    let mut list = Vec::new();
    let mut text = String::new();
    for (vhost, exchange) in found {
        let vhost_name = &topology.vhost(*vhost).name;
        let rights = who::rights_on(topology, *vhost, name, *exchange);
        push_line(&mut text, &format!("{name} in virtual host {vhost_name}"));
        for right in &rights {
            let can = [
                (right.write, write),
                (right.read, read),
                (right.configure, "configure"),
            ];
            let can: Vec<&str> = can
                .iter()
                .filter(|(may, _)| *may)
                .map(|(_, word)| *word)
                .collect();
            let keys = right
                .keys
                .map_or(String::new(), |keys| format!(" (keys `{keys}`)"));
            push_line(
                &mut text,
                &format!("  {:<20} {}{keys}", right.user, can.join(", ")),
            );
            list.push(
                json!({"vhost": vhost_name, "user": right.user, "configure": right.configure,
                             "write": right.write, "read": right.read, "keys": right.keys}),
            );
        }
        if rights.is_empty() {
            text.push_str("  nobody\n");
        }
    }
    if command.json {
        return Ok(format!("{}\n", json!({"object": name, "rights": list})));
    }
    Ok(text)
}
