//! Full mode: addresses after RFC 2131 §4.3, with the boot fields in OFFER
//! and ACK alike (iPXE reads the ACK, EDK2 wants both).

use std::net::Ipv4Addr;

use super::leases::{Change, DECLINE_SECONDS, Lease, Leases, OFFER_SECONDS, State};
use super::responder::{Case, Destination, Outcome, Silence, finish};
use super::settings::Subnet;
use crate::wire::dhcp::{Message, MessageType};
use crate::wire::options;

type Answer = Result<(Message, Destination), Silence>;

/// Answers a message on port 67.
pub(super) fn answer(case: &Case<'_>, leases: &mut Leases, outcome: &mut Outcome) -> Answer {
    match case.kind {
        MessageType::Discover => discover(case, leases),
        MessageType::Request => request(case, leases, outcome),
        MessageType::Decline => {
            decline(case, leases, outcome);
            Err(Silence::Noted)
        }
        MessageType::Release => {
            release(case, leases, outcome);
            Err(Silence::Noted)
        }
        MessageType::Inform => inform(case),
        _ => Err(Silence::NotForServers),
    }
}

fn discover(case: &Case<'_>, leases: &mut Leases) -> Answer {
    let subnet = case.subnet.ok_or(Silence::NoSubnet)?;
    let wanted = case.request.options.address(options::REQUESTED_ADDRESS);
    let address = reservation(case, subnet)
        .filter(|address| !leases.taken(*address, &case.client.key, case.now))
        .or_else(|| {
            leases.choose(
                subnet,
                &case.client.key,
                wanted,
                |address| reserved_for_other(case, address),
                case.now,
            )
        })
        .ok_or(Silence::PoolExhausted)?;
    // A client that has a lease and asks anew keeps it: the offer changes
    // nothing about its end.
    let bound = leases.at(address).is_some_and(|lease| {
        lease.key == case.client.key && lease.state == State::Bound && lease.until > case.now
    });
    if !bound {
        leases.put(Lease {
            address,
            key: case.client.key.clone(),
            mac: case.client.mac,
            state: State::Offered,
            until: case.now + OFFER_SECONDS,
        });
    }
    let mut reply = case.request.reply(MessageType::Offer);
    reply.yiaddr = address;
    set_lease(&mut reply, subnet);
    set_network(&mut reply, subnet);
    finish(case, &mut reply, true);
    Ok((reply, destination(case)))
}

/// RFC 2131 §4.3.2: which kind of REQUEST it is follows from which fields
/// are filled in.
fn request(case: &Case<'_>, leases: &mut Leases, outcome: &mut Outcome) -> Answer {
    let server = case.request.options.address(options::SERVER_IDENTIFIER);
    let requested = case.request.options.address(options::REQUESTED_ADDRESS);
    let renewing = !case.request.ciaddr.is_unspecified();
    let (address, selecting) = match (server, requested, renewing) {
        (Some(server), Some(address), _) => {
            // iPXE that got no option 54 sends 0.0.0.0 and means everybody.
            if server != case.arrival.local && !server.is_unspecified() {
                return Err(Silence::OtherServer);
            }
            (address, true)
        }
        (None, Some(address), false) => (address, false),
        (_, _, true) => (case.request.ciaddr, false),
        (_, None, false) => return Err(Silence::NoRecord),
    };
    let Some(subnet) = case.subnet else {
        return Err(Silence::NoSubnet);
    };
    if !subnet.network.contains(address) {
        // The client moved to another network, which we do know: RFC 2131
        // §4.3.2 asks for a NAK, so that it starts anew.
        return nak(case, "the address is not of this network");
    }
    let reservation = reservation(case, subnet);
    let allowed = match reservation {
        Some(own) => own == address,
        None => subnet.in_range(address.into()) && !reserved_for_other(case, address),
    };
    let record = leases.of(&case.client.key).map(|lease| lease.address);
    let ours = record == Some(address);
    if !allowed || leases.taken(address, &case.client.key, case.now) {
        let known = ours || selecting || record.is_some() || case.settings.authoritative;
        if known || subnet.in_range(address.into()) {
            return nak(case, "the address belongs to another client");
        }
        return Err(Silence::NoRecord);
    }
    if !selecting && !ours {
        if record.is_some() {
            return nak(case, "the address is not the one that was lent");
        }
        // No word of this client. RFC 2131 §4.3.2: silent, since another
        // server may have lent it; who is alone (authoritative) may refuse.
        // While renewing it already uses an address of our own range that
        // nobody else has, and keeping it does no harm.
        if !renewing {
            return if case.settings.authoritative {
                nak(case, "nothing is known of this lease")
            } else {
                Err(Silence::NoRecord)
            };
        }
    }
    let lease = Lease {
        address,
        key: case.client.key.clone(),
        mac: case.client.mac,
        state: State::Bound,
        until: case.now + u64::from(subnet.lease),
    };
    leases.put(lease.clone());
    outcome.changes.push(Change::Lease(lease));
    let mut reply = case.request.reply(MessageType::Ack);
    reply.ciaddr = case.request.ciaddr;
    reply.yiaddr = address;
    set_lease(&mut reply, subnet);
    set_network(&mut reply, subnet);
    finish(case, &mut reply, true);
    Ok((reply, destination(case)))
}

/// RFC 2131 §4.3.3. Only the client that has the address may decline it.
fn decline(case: &Case<'_>, leases: &mut Leases, outcome: &mut Outcome) {
    let Some(address) = case.request.options.address(options::REQUESTED_ADDRESS) else {
        return;
    };
    if !addressed_to_us(case)
        || leases
            .at(address)
            .is_none_or(|own| own.key != case.client.key)
    {
        return;
    }
    let lease = Lease {
        address,
        // Nobody's: the client gets another address, and cannot come back to
        // this one before the time is over.
        key: super::client::ClientKey(Box::new([])),
        mac: case.client.mac,
        state: State::Declined,
        until: case.now + DECLINE_SECONDS,
    };
    leases.put(lease.clone());
    outcome.changes.push(Change::Lease(lease));
}

/// RFC 2131 §4.3.4: free, and remembered for the same client.
fn release(case: &Case<'_>, leases: &mut Leases, outcome: &mut Outcome) {
    let address = case.request.ciaddr;
    let Some(own) = leases.at(address) else {
        return;
    };
    if !addressed_to_us(case) || own.key != case.client.key || own.state != State::Bound {
        return;
    }
    let own = own.clone();
    let lease = leases.give_back(own, case.now);
    outcome.changes.push(Change::Lease(lease));
}

/// RFC 2131 §4.3.5: configuration without an address or lease times.
fn inform(case: &Case<'_>) -> Answer {
    let mut reply = case.request.reply(MessageType::Ack);
    reply.ciaddr = case.request.ciaddr;
    if let Some(subnet) = case.subnet {
        set_network(&mut reply, subnet);
    }
    finish(case, &mut reply, true);
    let to = if case.request.ciaddr.is_unspecified() {
        destination(case)
    } else {
        Destination::Client(case.request.ciaddr)
    };
    Ok((reply, to))
}

/// RFC 2131 §4.3.2 and table 3: nothing but the refusal; broadcast, since the
/// client's address is what is wrong.
fn nak(case: &Case<'_>, why: &str) -> Answer {
    let mut reply = case.request.reply(MessageType::Nak);
    reply
        .options
        .set(options::SERVER_IDENTIFIER, case.arrival.local.octets());
    reply.options.set(options::MESSAGE, why);
    if let Some(relay) = case.request.options.get(options::RELAY_AGENT_INFORMATION) {
        reply.options.set(options::RELAY_AGENT_INFORMATION, relay);
    }
    let to = match case.place.relay {
        Some(relay) => {
            reply.flags |= 0x8000;
            Destination::Relay(relay)
        }
        None => reachable_source(case).unwrap_or(Destination::Broadcast),
    };
    Ok((reply, to))
}

fn addressed_to_us(case: &Case<'_>) -> bool {
    case.request
        .options
        .address(options::SERVER_IDENTIFIER)
        .is_none_or(|server| server == case.arrival.local)
}

/// The address a rule reserves for this client, when it is of this network.
fn reservation(case: &Case<'_>, subnet: &Subnet) -> Option<Ipv4Addr> {
    case.treatment
        .and_then(|treatment| treatment.address)
        .filter(|address| subnet.network.contains(*address))
}

fn reserved_for_other(case: &Case<'_>, address: Ipv4Addr) -> bool {
    let own = case.treatment.and_then(|treatment| treatment.address);
    own != Some(address)
        && (address == case.arrival.local
            || case
                .settings
                .rules
                .iter()
                .any(|rule| rule.then.address == Some(address)))
}

fn set_lease(reply: &mut Message, subnet: &Subnet) {
    // RFC 2131 §4.4.5: T1 half of the lease, T2 seven eighths.
    let lease = subnet.lease;
    reply.options.set(options::LEASE_TIME, lease.to_be_bytes());
    reply
        .options
        .set(options::RENEWAL_TIME, (lease / 2).to_be_bytes());
    reply
        .options
        .set(options::REBINDING_TIME, (lease - lease / 8).to_be_bytes());
}

fn set_network(reply: &mut Message, subnet: &Subnet) {
    reply
        .options
        .set(options::SUBNET_MASK, subnet.network.mask().octets());
    reply.options.set(
        options::BROADCAST_ADDRESS,
        subnet.network.broadcast().octets(),
    );
    for (code, addresses) in [
        (options::ROUTERS, &subnet.routers),
        (options::DOMAIN_NAME_SERVERS, &subnet.dns),
    ] {
        if !addresses.is_empty() {
            reply.options.set(
                code,
                addresses
                    .iter()
                    .flat_map(Ipv4Addr::octets)
                    .collect::<Vec<u8>>(),
            );
        }
    }
    if let Some(domain) = &subnet.domain {
        reply.options.set(options::DOMAIN_NAME, domain.as_str());
    }
}

/// RFC 2131 §4.1. A client without an address cannot answer ARP, so what the
/// RFC would send to its hardware address goes out as broadcast, which it
/// allows and every client takes.
fn destination(case: &Case<'_>) -> Destination {
    if let Some(relay) = case.place.relay {
        return Destination::Relay(relay);
    }
    if !case.request.ciaddr.is_unspecified() {
        return reachable_source(case).unwrap_or(Destination::Client(case.request.ciaddr));
    }
    reachable_source(case).unwrap_or(Destination::Broadcast)
}

/// A client that wrote to us alone, from an address of its own, is answered
/// where it listens: at the source of its packet. Other ports than 68 are
/// probes and test clients.
fn reachable_source(case: &Case<'_>) -> Option<Destination> {
    let source = case.arrival.source;
    (case.arrival.unicast && !source.ip().is_unspecified()).then_some(Destination::Exactly(source))
}
