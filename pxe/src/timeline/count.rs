//! Numbers since the start. Nothing in them is chosen by a client: every
//! label is one of ours, so that nobody can make them grow.

use std::collections::BTreeMap;

use super::event::Way;
use super::state::State;
use crate::wire::dhcp::MessageType;

/// How often what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// DHCP messages, by what was asked and what was answered; an answer that
    /// was not given is the reason.
    pub messages: BTreeMap<(&'static str, &'static str), u64>,
    /// Transfers that ended, by way and outcome.
    pub transfers: BTreeMap<(Way, &'static str), u64>,
    /// Requests for files that were refused, by way.
    pub refused: BTreeMap<Way, u64>,
    /// Bytes that arrived, those of transfers under way too.
    pub bytes: BTreeMap<Way, u64>,
    /// Transfers under way.
    pub active: BTreeMap<Way, u64>,
    /// Boots that came to an end, by how.
    pub boots: BTreeMap<State, u64>,
    /// Clients by where they stand.
    pub clients: BTreeMap<State, u64>,
    /// Clients that were forgotten for want of room.
    pub forgotten: u64,
}

/// A message type in small letters.
pub(super) fn name(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Discover => "discover",
        MessageType::Offer => "offer",
        MessageType::Request => "request",
        MessageType::Decline => "decline",
        MessageType::Ack => "ack",
        MessageType::Nak => "nak",
        MessageType::Release => "release",
        MessageType::Inform => "inform",
        _ => "other",
    }
}
