//! Tables of users and what they may do.

use super::markdown::{Table, name, plain};
use crate::topology::pattern::Pattern;
use crate::topology::{Origin, Topology, VhostId};

/// Names listed in a cell; of more only the number is told.
const MOST_NAMES: usize = 12;

pub(super) fn users(out: &mut String, topology: &Topology) {
    let mut table = Table::new(&["user", "tags", "virtual hosts"]);
    for user in &topology.users {
        let vhosts: Vec<String> = (topology.permissions_of(&user.name).iter())
            .map(|permission| name(&topology.vhost(permission.vhost).name))
            .collect();
        table.row([
            name(&user.name),
            plain(&user.tags.join(", ")),
            vhosts.join(", "),
        ]);
    }
    table.write(out, "Users");
}

pub(super) fn of_vhost(out: &mut String, topology: &Topology, vhost: VhostId) {
    let mut table = Table::new(&[
        "user",
        "may configure",
        "may publish to",
        "may consume from",
    ]);
    let own = || {
        topology
            .permissions
            .iter()
            .filter(|permission| permission.vhost == vhost)
    };
    // The default exchange goes by this name in permissions.
    let exchanges: Vec<&str> = (topology.exchanges_in(vhost))
        .map(|id| topology.exchange(id))
        .filter(|it| it.origin != Origin::Missing && !it.internal)
        .map(|it| {
            if it.name.is_empty() {
                "amq.default"
            } else {
                &*it.name
            }
        })
        .collect();
    let queues: Vec<&str> = (topology.queues_in(vhost))
        .map(|id| topology.queue(id))
        .filter(|it| it.origin != Origin::Missing)
        .map(|it| &*it.name)
        .collect();
    let both: Vec<&str> = exchanges.iter().chain(&queues).copied().collect();
    for permission in own() {
        table.row([
            name(&permission.user),
            granted(&permission.configure, &both),
            granted(&permission.write, &exchanges),
            granted(&permission.read, &queues),
        ]);
    }
    table.write(out, "Permissions");
    let mut table = Table::new(&["user", "exchange", "keys to publish", "keys to bind"]);
    for permission in topology
        .topic_permissions
        .iter()
        .filter(|it| it.vhost == vhost)
    {
        table.row([
            name(&permission.user),
            name(&permission.exchange),
            name(&permission.write),
            name(&permission.read),
        ]);
    }
    table.write(out, "Topic permissions");
}

/// The pattern, and what it comes to.
fn granted(pattern: &str, names: &[&str]) -> String {
    // The empty pattern allows the empty name alone: nothing.
    if pattern.is_empty() || pattern == "^$" {
        return "nothing".to_owned();
    }
    let Ok(compiled) = Pattern::new(pattern) else {
        return format!("{}: **no regular expression**, so nothing", name(pattern));
    };
    let matching: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| compiled.is_match(name))
        .collect();
    let what = match matching.len() {
        0 => "nothing".to_owned(),
        count if count == names.len() => "everything".to_owned(),
        count if count > MOST_NAMES => format!("{count} of {}", names.len()),
        _ => matching
            .iter()
            .map(|it| name(it))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{}: {what}", name(pattern))
}
