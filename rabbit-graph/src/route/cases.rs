//! Many messages from a file, and what becomes of them: the JSON of
//! `route --cases`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Message, Router};
use crate::definitions::Table;
use crate::topology::{QueueId, Topology};

/// A message to be routed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Given back in the answer; any JSON value.
    #[serde(default)]
    pub id: serde_json::Value,
    /// The virtual host; the only one if absent.
    pub vhost: Option<String>,
    /// The exchange.
    #[serde(default)]
    pub exchange: String,
    /// The routing key.
    #[serde(default)]
    pub routing_key: String,
    /// The headers, typed.
    #[serde(default)]
    pub headers: Table,
    /// Further keys.
    #[serde(default)]
    pub cc: Vec<String>,
    /// Further keys that consumers do not see.
    #[serde(default)]
    pub bcc: Vec<String>,
    /// Whether to reject it in every queue.
    #[serde(default)]
    pub dead_letter: bool,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// That of the case.
    pub id: serde_json::Value,
    /// `404 NOT_FOUND`, `403 ACCESS_REFUSED`, or nothing.
    pub error: Option<String>,
    /// Whether it is unroutable.
    pub returned: bool,
    /// The queues that get it, sorted.
    pub queues: Vec<String>,
    /// Groups of queues of which exactly one gets it.
    pub one_of: Vec<Vec<String>>,
    /// For each queue that rejects it the queues that get it then; left out
    /// where the broker chooses on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<BTreeMap<String, Vec<String>>>,
}

/// Answers a case.
pub fn answer(router: &mut Router<'_>, case: Case) -> Answer {
    let topology = router.topology();
    let mut answer = Answer {
        id: case.id,
        error: None,
        returned: false,
        queues: Vec::new(),
        one_of: Vec::new(),
        dead_letter: None,
    };
    let vhost = match &case.vhost {
        Some(name) => topology.find_vhost(name),
        None => default_vhost(topology),
    };
    let Some(vhost) = vhost else {
        answer.error = Some("530 NOT_ALLOWED".to_owned());
        return answer;
    };
    let message = Message {
        keys: (std::iter::once(case.routing_key))
            .chain(case.cc)
            .chain(case.bcc)
            .collect(),
        headers: case.headers,
    };
    let names = |queues: &mut dyn Iterator<Item = &QueueId>| -> Vec<String> {
        queues
            .map(|queue| topology.queue(*queue).name.to_string())
            .collect()
    };
    let landed = match router.publish(vhost, &case.exchange, &message) {
        Ok(landed) => landed,
        Err(refusal) => {
            answer.error = Some(refusal.to_string());
            return answer;
        }
    };
    answer.returned = landed.is_unroutable();
    answer.queues = names(&mut landed.queues.iter());
    answer.one_of = landed
        .one_of
        .iter()
        .map(|group| names(&mut group.iter()))
        .collect();
    if case.dead_letter {
        match router.reject(&landed, &message) {
            Ok(found) if !found.one_of => {
                let hops = found.hops.iter().map(|hop| {
                    let queue = topology.queue(hop.queue).name.to_string();
                    (queue, names(&mut hop.outcome.queues.iter()))
                });
                answer.dead_letter = Some(hops.collect());
            }
            Ok(_) => {}
            Err(refusal) => answer.error = Some(refusal.to_string()),
        }
    }
    answer
}

/// The virtual host that is meant when none is named: the only one, or the
/// one that brokers begin with.
pub fn default_vhost(topology: &Topology) -> Option<crate::topology::VhostId> {
    match topology.vhosts.as_slice() {
        [_] => Some(crate::topology::VhostId(0)),
        _ => topology.find_vhost("/"),
    }
}
