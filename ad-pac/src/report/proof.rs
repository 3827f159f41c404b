//! What `verify` found in a ticket.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::forecast::Zone;
use crate::forecast::limit::{LARGEST_ACCEPTED, LARGEST_JAMMING};
use crate::kerberos::{Opened, ServiceToken};

use super::Paint;

/// How it is known.
#[derive(Debug)]
pub(crate) enum Evidence {
    /// The ticket was opened.
    Opened(Opened),
    /// Its size was judged.
    Size {
        /// Whether there is a PAC.
        pac: bool,
        /// What the directory let expect, where it could be asked.
        forecast: Option<Forecast>,
    },
}

/// What the directory lets expect of a client's tickets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forecast {
    /// How many groups the client is in.
    pub groups: u64,
    /// The size of a token with a PAC.
    pub token_with_pac: usize,
}

/// A ticket and what is known about it.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The service it is for.
    pub service: String,
    /// Whom it was given to.
    pub client: String,
    /// The token that carries it.
    pub token: ServiceToken,
    /// How it is known what is inside.
    pub evidence: Evidence,
}

impl Proof {
    /// Whether there is a PAC.
    pub(crate) fn has_pac(&self) -> bool {
        match &self.evidence {
            Evidence::Opened(opened) => opened.authorization.pac.is_some(),
            Evidence::Size { pac, .. } => *pac,
        }
    }
}

fn state(proof: &Proof) -> &'static str {
    if proof.has_pac() { "present" } else { "absent" }
}

/// The proof as JSON.
pub(crate) fn json(proof: &Proof, good: bool) -> Value {
    let encrypted = &proof.token.ticket.encrypted;
    let mut value = json!({
        "service": proof.service,
        "client": proof.client,
        "as_expected": good,
        "pac": state(proof),
        "evidence": match proof.evidence {
            Evidence::Opened(_) => "opened",
            Evidence::Size { .. } => "size",
        },
        "token_bytes": proof.token.bytes,
        "ticket_bytes": proof.token.ticket.bytes,
        "zone": Zone::of(proof.token.bytes).name(),
        "encryption_type": encrypted.encryption_type.to_string(),
        "key_version": encrypted.key_version,
    });
    if let Evidence::Size { forecast, .. } = proof.evidence {
        value["forecast"] = match forecast {
            Some(forecast) => json!({
                "groups": forecast.groups,
                "token_bytes_with_pac": forecast.token_with_pac,
            }),
            None => Value::Null,
        };
    }
    if let Evidence::Opened(opened) = &proof.evidence {
        let elements = opened.authorization.elements.iter().map(|element| {
            json!({
                "type": element.kind,
                "name": element.name(),
                "depth": element.depth,
                "bytes": element.bytes,
            })
        });
        value["authorization_data"] = elements.collect();
        value["pac_bytes"] = opened
            .authorization
            .pac
            .as_ref()
            .map(|pac| pac.bytes)
            .into();
        let buffers = opened.authorization.pac.iter().flat_map(|pac| &pac.buffers);
        value["pac_buffers"] = buffers
            .map(
                |buffer| json!({"type": buffer.kind, "name": buffer.name(), "bytes": buffer.bytes}),
            )
            .collect();
    }
    value
}

/// The proof as text.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn text(
    out: &mut impl Write,
    proof: &Proof,
    good: bool,
    paint: Paint,
) -> io::Result<()> {
    writeln!(out, "{}", proof.service)?;
    let how = match proof.evidence {
        Evidence::Opened(_) => "proved: the ticket was opened",
        Evidence::Size { .. } => "judged by the size of the ticket",
    };
    let verdict = format!("{} ({how})", state(proof));
    let verdict = if good {
        paint.good(&verdict)
    } else {
        paint.bad(&verdict)
    };
    let mut row = |name: &str, value: &str| writeln!(out, "  {name:<12} {value}");
    row("PAC", &verdict)?;
    row("client", &proof.client)?;
    let ticket = &proof.token.ticket;
    let version = ticket.encrypted.key_version;
    let version = version.map_or_else(String::new, |number| format!(", key version {number}"));
    row(
        "ticket",
        &format!(
            "{} bytes, {}{version}",
            ticket.bytes, ticket.encrypted.encryption_type
        ),
    )?;
    let zone = Zone::of(proof.token.bytes);
    row(
        "token",
        &format!(
            "{} bytes: with rpc.svcgssd {}",
            proof.token.bytes,
            zone.meaning()
        ),
    )?;
    let opened = match &proof.evidence {
        Evidence::Opened(opened) => opened,
        Evidence::Size { forecast, .. } => {
            if let Some(forecast) = forecast {
                let text = format!(
                    "{} bytes with a PAC, by the directory: {} groups",
                    forecast.token_with_pac, forecast.groups
                );
                row("forecast", &text)?;
            }
            return Ok(());
        }
    };
    if opened.authorization.elements.is_empty() {
        row("inside", "no authorization data at all")?;
    }
    for element in &opened.authorization.elements {
        let indent = "  ".repeat(usize::from(element.depth));
        let name = element
            .name()
            .map_or_else(String::new, |name| format!(" {name}"));
        row(
            "inside",
            &format!(
                "{indent}type {}{name}, {} bytes",
                element.kind, element.bytes
            ),
        )?;
    }
    for buffer in opened.authorization.pac.iter().flat_map(|pac| &pac.buffers) {
        let name = buffer.name().unwrap_or("unknown");
        row(
            "",
            &format!("    {name} ({}), {} bytes", buffer.kind, buffer.bytes),
        )?;
    }
    Ok(())
}

/// The proof as a plugin line, with its exit status.
pub(crate) fn nagios(proof: &Proof, good: bool) -> (String, u8) {
    let (word, code) = if good { ("OK", 0) } else { ("CRITICAL", 2) };
    let how = match proof.evidence {
        Evidence::Opened(_) => "opened",
        Evidence::Size { .. } => "by size",
    };
    let line = format!(
        "{word}: PAC {} in the ticket of {} ({how}) | 'token'={}B;{LARGEST_ACCEPTED};{LARGEST_JAMMING}",
        state(proof),
        proof.service,
        proof.token.bytes
    );
    (line, code)
}
