//! `rabbit-graph route`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::Common;
use super::input::Source;
use crate::definitions::{Table, Value, secret};
use crate::error::{Error, Kind, Result};
use crate::route::cases::{self, Case, default_vhost};
use crate::route::{DeadLetters, Message, Outcome, Reason, Router, Step};
use crate::terminal::Output;
use crate::text::push_line;
use crate::topology::{Destination, ExchangeId, QueueId, Topology, VhostId};
use crate::{filter, output};

/// The largest file of cases that is read.
const LARGEST: u64 = 1 << 30;

/// Tell in which queues a message ends, and by which way
///
/// Exit status 1 when it would be lost or refused, so that a pipeline can
/// insist on a route. A header's value is a number, true, false or null if
/// it looks like one; quote it as JSON ("\"1\"") to make it a text.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rabbit-graph route definitions.json --exchange shop --key order.created.web\n  \
    rabbit-graph route definitions.json --cases cases.json -o answers.json")]
pub(super) struct Route {
    #[command(flatten)]
    source: Source,

    /// The exchange; an empty name is the default one
    ///
    /// The one the publisher names. The default exchange leads to the queue
    /// that is called as the key.
    #[arg(long, value_name = "NAME", required_unless_present = "cases")]
    exchange: Option<String>,

    /// The routing key
    ///
    /// As the publisher sends it, without wildcards: those belong to bindings.
    #[arg(
        long,
        value_name = "KEY",
        default_value = "",
        hide_default_value = true
    )]
    key: String,

    /// The virtual host; may be left out where there is only one, or for `/`
    ///
    /// The publisher's connection is in one virtual host, and no message leaves
    /// it but by shovels and federation.
    #[arg(long, value_name = "NAME")]
    vhost: Option<String>,

    /// A header; may be repeated
    ///
    /// Headers exchanges route by them. `n=1` is a number and `n='"1"'` a text,
    /// which do not match each other.
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, Value)>,

    /// A further key (CC header); may be repeated
    ///
    /// For publishers that set CC: the message is routed by each of its keys.
    #[arg(long, value_name = "KEY")]
    cc: Vec<String>,

    /// A further key that consumers do not see (BCC header); may be repeated
    ///
    /// For publishers that set BCC, to see who else gets a message.
    #[arg(long, value_name = "KEY")]
    bcc: Vec<String>,

    /// Also reject the message in every queue, and follow it
    ///
    /// Shows where dead letters end, or that they are dropped, before the first
    /// one is missed.
    #[arg(long)]
    reject: bool,

    /// Route all messages of this JSON file, and write the answers as JSON
    ///
    /// For a test of a topology: the messages that matter, and what must become
    /// of them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exchange", "header", "cc", "bcc", "reject"])]
    cases: Option<PathBuf>,

    /// Write to this file
    ///
    /// The file is replaced whole or not at all. Without it the result goes to
    /// standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,
}

fn header(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("not NAME=VALUE")?;
    let value = match serde_json::from_str::<Value>(value) {
        Ok(value) if !matches!(value, Value::List(_) | Value::Table(_)) => value,
        // Masked like the arguments it is compared with.
        _ => Value::String(secret::mask_uri(value).into()),
    };
    Ok((name.to_owned(), value))
}

/// Routes.
pub(super) fn run(command: &Route, _common: &Common, out: &mut Output) -> Result<u8> {
    let topology = command.source.topology()?;
    let (text, code) = match &command.cases {
        Some(path) => (answers(&topology, path)?, 0),
        None => single(command, &topology)?,
    };
    match &command.output {
        Some(path) => output::write_file(path, |file| file.write_all(text.as_bytes()))?,
        None => out.write_all(text.as_bytes()).map_err(|error| {
            Error::new(Kind::System, "standard output", "cannot write").because(error)
        })?,
    }
    Ok(code)
}

fn answers(topology: &Topology, path: &std::path::Path) -> Result<String> {
    use std::io::Read;
    let subject = path.display().to_string();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    (file.and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))).map_err(|error| {
        Error::new(Kind::Input, subject.clone(), "cannot be read")
            .because(error)
            .hint("--cases names a JSON file with a list of messages")
    })?;
    let cases: Vec<Case> =
        serde_json::from_slice(&bytes).map_err(|error| {
            let place = format!("{subject}:{}:{}", error.line(), error.column());
            Error::new(Kind::Input, place, "not a list of cases").because(error).hint(
            "[{\"id\", \"vhost\", \"exchange\", \"routing_key\", \"headers\": {}, \"cc\": [], \
             \"bcc\": [], \"dead_letter\": false}, …]",
        )
        })?;
    let mut router = Router::new(topology);
    let answers: Vec<_> = cases
        .into_iter()
        .map(|case| cases::answer(&mut router, case))
        .collect();
    let mut text = serde_json::to_string_pretty(&answers).map_err(|error| {
        Error::new(Kind::System, subject, "the answers cannot be written").because(error)
    })?;
    text.push('\n');
    Ok(text)
}

fn single(command: &Route, topology: &Topology) -> Result<(String, u8)> {
    let vhost = match &command.vhost {
        Some(name) => filter::vhost(topology, name)?,
        None => default_vhost(topology).ok_or_else(|| {
            let names: Vec<&str> = topology.vhosts.iter().map(|it| &*it.name).collect();
            Error::new(
                Kind::Usage,
                "--vhost",
                "required: there is more than one virtual host",
            )
            .hint(format!("one of {}", names.join(", ")))
        })?,
    };
    let exchange = command.exchange.as_deref().unwrap_or_default();
    let message = Message {
        keys: (std::iter::once(&command.key))
            .chain(&command.cc)
            .chain(&command.bcc)
            .cloned()
            .collect(),
        headers: (command.header.iter())
            .map(|(name, value)| (name.as_str().into(), value.clone()))
            .collect::<Table>(),
    };
    let mut router = Router::new(topology);
    let landed = router.publish(vhost, exchange, &message);
    let rejected = match (&landed, command.reject) {
        (Ok(landed), true) => router.reject(landed, &message).ok(),
        _ => None,
    };
    let lost = match &landed {
        Ok(landed) => landed.is_unroutable(),
        Err(_) => true,
    };
    let report = Report {
        topology,
        vhost,
        exchange,
        message: &message,
    };
    let text = match landed {
        Err(refusal) if command.json => {
            let error = refusal.to_string();
            format!(
                "{}\n",
                json!({"error": error, "returned": false, "queues": [], "one_of": [], "steps": []})
            )
        }
        Err(refusal) => {
            let mut text = String::new();
            push_line(&mut text, &report.heading());
            push_line(&mut text, &format!("refused: {refusal}"));
            text
        }
        Ok(landed) if command.json => report.json(&landed, rejected.as_ref()),
        Ok(landed) => report.text(&landed, rejected.as_ref()),
    };
    Ok((text, u8::from(lost)))
}

struct Report<'a> {
    topology: &'a Topology,
    vhost: VhostId,
    exchange: &'a str,
    message: &'a Message,
}

impl Report<'_> {
    fn heading(&self) -> String {
        let exchange = match self.exchange {
            "" => "the default exchange".to_owned(),
            name => format!("exchange {name}"),
        };
        let vhost = &self.topology.vhost(self.vhost).name;
        let keys = self.message.keys.iter().map(|key| format!("`{key}`"));
        let keys = keys.collect::<Vec<_>>().join(", ");
        format!("key {keys} to {exchange} in virtual host {vhost}")
    }

    fn exchange_name(&self, id: ExchangeId) -> &str {
        match &*self.topology.exchange(id).name {
            "" => "(default exchange)",
            name => name,
        }
    }

    fn queue_name(&self, id: QueueId) -> &str {
        &self.topology.queue(id).name
    }

    fn reason(&self, step: &Step) -> String {
        match step.reason {
            Reason::DefaultExchange => "by its name".to_owned(),
            Reason::Alternate => "alternate exchange, nothing matches".to_owned(),
            Reason::Binding(id) => {
                let binding = self.topology.binding(id);
                let kind = &self.topology.exchange(step.from).kind;
                let mut reason = match kind {
                    crate::topology::ExchangeType::Headers => {
                        let arguments: Vec<String> = (binding.arguments.iter())
                            .map(|(name, value)| format!("{name}={value}"))
                            .collect();
                        format!("headers {}", arguments.join(", "))
                    }
                    crate::topology::ExchangeType::Fanout => "fanout".to_owned(),
                    _ => format!("`{}`", binding.key),
                };
                if step.one_of {
                    reason.push_str(", one of several");
                }
                reason
            }
        }
    }

    fn path(&self, outcome: &Outcome, queue: QueueId) -> String {
        let mut text = String::new();
        for step in outcome.path_to(queue) {
            text.push_str(self.exchange_name(step.from));
            text.push_str(" ─");
            text.push_str(&self.reason(&step));
            text.push_str("→ ");
        }
        text + self.queue_name(queue)
    }

    fn landed(&self, outcome: &Outcome, indent: &str, text: &mut String) {
        for queue in &outcome.queues {
            push_line(text, &format!("{indent}{}", self.path(outcome, *queue)));
        }
        for group in &outcome.one_of {
            text.push_str(&format!("{indent}exactly one of:\n"));
            for queue in group {
                push_line(text, &format!("{indent}  {}", self.path(outcome, *queue)));
            }
        }
    }

    fn text(&self, landed: &Outcome, rejected: Option<&DeadLetters>) -> String {
        let mut text = String::new();
        push_line(&mut text, &self.heading());
        if landed.is_unroutable() {
            text.push_str("lost: no queue gets it (returned, if it is mandatory)\n");
            for step in &landed.steps {
                let to = match step.to {
                    Destination::Exchange(id) => self.exchange_name(id),
                    Destination::Queue(id) => self.queue_name(id),
                };
                let from = self.exchange_name(step.from);
                push_line(&mut text, &format!("  {from} ─{}→ {to}", self.reason(step)));
            }
            return text;
        }
        let count = landed.queues.len() + landed.one_of.len();
        let queues = if count == 1 { "queue" } else { "queues" };
        text.push_str(&format!("lands in {count} {queues}:\n"));
        self.landed(landed, "  ", &mut text);
        if let Some(rejected) = rejected {
            text.push_str("rejected everywhere:\n");
            for hop in &rejected.hops {
                let indent = "  ".repeat(hop.depth);
                let queue = self.queue_name(hop.queue);
                match hop.exchange {
                    None => push_line(&mut text, &format!("{indent}{queue}: dropped")),
                    Some(exchange) => {
                        let keys = hop.keys.join(", ");
                        let exchange = self.exchange_name(exchange);
                        push_line(
                            &mut text,
                            &format!("{indent}{queue}: to {exchange} with `{keys}`"),
                        );
                        if hop.outcome.is_unroutable() {
                            text.push_str(&format!("{indent}  lost: no queue gets it\n"));
                        }
                        self.landed(&hop.outcome, &format!("{indent}  "), &mut text);
                    }
                }
            }
            if rejected.one_of {
                text.push_str("  the broker chooses on the way: not all hops can be told\n");
            }
        }
        text
    }

    fn json(&self, landed: &Outcome, rejected: Option<&DeadLetters>) -> String {
        let names = |queues: &BTreeSet<QueueId>| -> Vec<&str> {
            queues.iter().map(|queue| self.queue_name(*queue)).collect()
        };
        let steps = |outcome: &Outcome| -> Vec<serde_json::Value> {
            (outcome.steps.iter())
                .map(|step| {
                    let (kind, to) = match step.to {
                        Destination::Exchange(id) => {
                            ("exchange", &*self.topology.exchange(id).name)
                        }
                        Destination::Queue(id) => ("queue", self.queue_name(id)),
                    };
                    let via = match step.reason {
                        Reason::DefaultExchange => "default-exchange",
                        Reason::Alternate => "alternate-exchange",
                        Reason::Binding(_) => "binding",
                    };
                    json!({
                        "from": self.topology.exchange(step.from).name,
                        "to": to, "to_type": kind, "via": via,
                        "routing_key": match step.reason {
                            Reason::Binding(id) => json!(&*self.topology.binding(id).key),
                            _ => json!(null),
                        },
                        "arguments": match step.reason {
                            Reason::Binding(id) => self.topology.binding(id).arguments.to_json(),
                            _ => json!({}),
                        },
                        "one_of": step.one_of,
                    })
                })
                .collect()
        };
        let mut document = json!({
            "error": null,
            "returned": landed.is_unroutable(),
            "queues": names(&landed.queues),
            "one_of": landed.one_of.iter().map(names).collect::<Vec<_>>(),
            "steps": steps(landed),
        });
        if let Some(rejected) = rejected {
            let hops = rejected.hops.iter().map(|hop| {
                json!({
                    "hop": hop.depth,
                    "queue": self.queue_name(hop.queue),
                    "exchange": hop.exchange.map(|id| &self.topology.exchange(id).name),
                    "routing_keys": hop.keys,
                    "queues": names(&hop.outcome.queues),
                    "one_of": hop.outcome.one_of.iter().map(names).collect::<Vec<_>>(),
                })
            });
            document["rejected"] = hops.collect();
        }
        format!("{document}\n")
    }
}
