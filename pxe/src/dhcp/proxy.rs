//! Proxy mode: boot offers beside somebody else's DHCP server (PXE 2.1 §2),
//! and the boot server port 4011, which full mode answers too.

use super::boot;
use super::client::Firmware;
use super::responder::{Case, Destination, Silence, finish};
use super::settings::Manner;
use crate::wire::dhcp::{Message, MessageType};

type Answer = Result<(Message, Destination), Silence>;

/// Answers a DISCOVER on port 67 with an offer that gives no address.
pub(super) fn offer(case: &Case<'_>) -> Answer {
    if case.client.firmware == Firmware::Other {
        return Err(Silence::NoBootClient);
    }
    if case.kind != MessageType::Discover {
        // A REQUEST on 67 chooses an address, which is the other server's.
        return Err(Silence::NotOurs);
    }
    if case.boot.is_none() {
        return Err(Silence::NoBootFile);
    }
    // HTTP Boot never asks 4011, so its URL is in the offer in any manner.
    let direct =
        case.settings.manner == Manner::Direct || case.client.answer_class() == "HTTPClient";
    let mut reply = case.request.reply(MessageType::Offer);
    finish(case, &mut reply, direct);
    let to = match case.place.relay {
        Some(relay) => Destination::Relay(relay),
        None if case.arrival.unicast && !case.arrival.source.ip().is_unspecified() => {
            Destination::Exactly(case.arrival.source)
        }
        None => Destination::Broadcast,
    };
    Ok((reply, to))
}

/// Answers a REQUEST (or INFORM) on port 4011 at the port it came from: iPXE
/// asks from 68, EDK2 from 4011.
pub(super) fn boot_server(case: &Case<'_>) -> Answer {
    if !matches!(case.kind, MessageType::Request | MessageType::Inform) {
        return Err(Silence::NotOurs);
    }
    if case.client.firmware == Firmware::Other {
        return Err(Silence::NoBootClient);
    }
    let Some(found) = case.boot else {
        return Err(Silence::NoBootFile);
    };
    let mut reply = case.request.reply(MessageType::Ack);
    reply.ciaddr = case.request.ciaddr;
    finish(case, &mut reply, true);
    // wdsnbp asks for its own options here; the file is what counts.
    boot::set_file(&mut reply, found.file, case.fields());
    let source = case.arrival.source;
    if source.ip().is_unspecified() {
        return Ok((reply, Destination::Broadcast));
    }
    Ok((reply, Destination::Exactly(source)))
}
