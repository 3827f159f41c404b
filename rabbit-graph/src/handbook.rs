//! Writes the documentation of a topology: Markdown pages for a repository,
//! with names and an order that depend on the definitions alone, so that a
//! pull request shows only what has changed.

pub mod file_name;
pub mod markdown;
mod objects;
mod rights;

use std::fmt::Write as _;

use crate::topology::{Origin, Topology, VhostId};
use markdown::{Table, name, plain};

/// The page that leads to the others.
pub const INDEX: &str = "README.md";

/// A page of a virtual host and its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The page.
    pub page: String,
    /// The picture on it.
    pub picture: String,
}

/// A finding, as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The virtual host; none for what concerns the whole broker.
    pub vhost: Option<String>,
    /// The id of the rule.
    pub rule: String,
    /// How bad.
    pub severity: String,
    /// The object.
    pub object: String,
    /// What is wrong.
    pub message: String,
}

/// The names of the pages, in the order of the virtual hosts.
pub fn names(topology: &Topology) -> Vec<Names> {
    topology
        .vhosts
        .iter()
        .map(|vhost| {
            let stem = format!("vhost-{}", file_name::of(&vhost.name));
            Names {
                page: format!("{stem}.md"),
                picture: format!("{stem}.svg"),
            }
        })
        .collect()
}

/// The index: what there is, and where.
pub fn index(topology: &Topology, findings: &[Finding]) -> String {
    let mut out = String::from(GENERATED);
    match &topology.cluster_name {
        Some(cluster) => {
            let _ = writeln!(out, "# RabbitMQ topology of {}\n", plain(cluster));
        }
        None => out.push_str("# RabbitMQ topology\n\n"),
    }
    if let Some(version) = &topology.version {
        let _ = writeln!(out, "Exported from RabbitMQ {version}.\n");
    }
    let mut table = Table::new(&[
        "virtual host",
        "exchanges",
        "queues",
        "bindings",
        "policies",
        "findings",
    ]);
    for (index, (vhost, names)) in topology.vhosts.iter().zip(names(topology)).enumerate() {
        let id = VhostId(index as u32);
        let exchanges = (topology.exchanges_in(id))
            .filter(|id| topology.exchange(*id).origin == Origin::Defined);
        let queues =
            (topology.queues_in(id)).filter(|id| topology.queue(*id).origin == Origin::Defined);
        let policies = topology.policies.iter().chain(&topology.operator_policies);
        let own = findings
            .iter()
            .filter(|finding| finding.vhost.as_deref() == Some(&*vhost.name));
        table.row([
            format!("[{}]({})", name(&vhost.name), names.page),
            exchanges.count().to_string(),
            queues.count().to_string(),
            topology.bindings_in(id).len().to_string(),
            policies
                .filter(|policy| policy.vhost == id)
                .count()
                .to_string(),
            own.count().to_string(),
        ]);
    }
    table.write(&mut out, "Virtual hosts");
    rights::users(&mut out, topology);
    let global: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.vhost.is_none())
        .collect();
    write_findings(&mut out, &global);
    out
}

/// The page of a virtual host. `pictured` is the name of its picture, or why
/// there is none.
pub fn page(
    topology: &Topology,
    vhost: VhostId,
    pictured: Result<&str, &str>,
    findings: &[Finding],
) -> String {
    let mut out = String::from(GENERATED);
    let own = topology.vhost(vhost);
    let _ = writeln!(out, "# Virtual host {}\n", name(&own.name));
    let _ = writeln!(out, "[All virtual hosts]({INDEX})\n");
    if let Some(description) = &own.description {
        let _ = writeln!(out, "{}\n", plain(description));
    }
    match pictured {
        Ok(picture) => {
            let _ = writeln!(
                out,
                "[![Topology of {}]({picture})]({picture})\n",
                plain(&own.name)
            );
        }
        Err(why) => {
            let _ = writeln!(out, "No picture: {}.\n", plain(why));
        }
    }
    objects::exchanges(&mut out, topology, vhost);
    objects::queues(&mut out, topology, vhost);
    objects::bindings(&mut out, topology, vhost);
    objects::policies(&mut out, topology, vhost);
    objects::links(&mut out, topology, vhost);
    rights::of_vhost(&mut out, topology, vhost);
    let findings: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.vhost.as_deref() == Some(&*own.name))
        .collect();
    write_findings(&mut out, &findings);
    out
}

/// How every page begins: it tells whoever opens it where to make changes.
pub const GENERATED: &str =
    "<!-- Written by `rabbit-graph docs`; changes made by hand are lost. -->\n\n";

fn write_findings(out: &mut String, findings: &[&Finding]) {
    let mut table = Table::new(&["severity", "rule", "object", "finding"]);
    for finding in findings {
        table.row([
            plain(&finding.severity),
            plain(&finding.rule),
            name(&finding.object),
            plain(&finding.message),
        ]);
    }
    table.write(out, "Findings");
}

#[cfg(test)]
#[path = "handbook/tests.rs"]
mod tests;
