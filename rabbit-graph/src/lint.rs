//! Findings: what is wrong, or will be, in a topology.
//!
//! Every rule is one file in `lint/rules/` with a [`Rule`] that explains
//! itself, and is listed once, in [`RULES`]. A rule is a pure function of the
//! topology; it names the object it is about, never a secret.

mod rules;
pub mod sarif;
pub mod waivers;

use crate::topology::{QueueId, Topology, Version, VhostId};

pub use rules::RULES;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Messages are lost, refused or loop, or the broker will not start so.
    Error,
    /// Likely to hurt some day.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something to look for.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// A stable name.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Where the broker's documentation tells more.
    pub link: &'static str,
    /// Looks for it.
    pub check: fn(&Context<'_>, &mut Findings<'_>),
}

/// What rules look at.
#[derive(Debug)]
pub struct Context<'t> {
    /// The topology.
    pub topology: &'t Topology,
    /// The version that is to be upgraded to.
    pub target: Option<Version>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Name of the virtual host, where the object lies in one.
    pub vhost: Option<String>,
    /// What the finding is about: `queue orders.new`.
    pub object: String,
    /// The rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter, in one line.
    pub message: String,
}

impl Finding {
    /// What a waiver names to accept it: rule, virtual host, object.
    fn subject(&self) -> (&str, Option<&str>, &str) {
        (self.rule, self.vhost.as_deref(), &self.object)
    }
}

/// Where rules put what they find.
#[derive(Debug)]
pub struct Findings<'t> {
    topology: &'t Topology,
    rule: &'static Rule,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds a finding about an object of a virtual host.
    pub fn add(&mut self, vhost: VhostId, object: String, message: impl Into<String>) {
        let vhost = self.topology.vhost(vhost).name.to_string();
        self.push(Some(vhost), object, message.into());
    }

    /// Adds a finding about an object of the cluster.
    pub fn add_global(&mut self, object: String, message: impl Into<String>) {
        self.push(None, object, message.into());
    }

    fn push(&mut self, vhost: Option<String>, object: String, message: String) {
        self.found.push(Finding {
            vhost,
            object,
            rule: self.rule.id,
            severity: self.rule.severity,
            message,
        });
    }
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Everything that all rules find: by severity, virtual host, object, rule.
pub fn check(topology: &Topology, target: Option<Version>) -> Vec<Finding> {
    let context = Context { topology, target };
    let mut all = Vec::new();
    for rule in RULES {
        let mut findings = Findings {
            topology,
            rule,
            found: Vec::new(),
        };
        (rule.check)(&context, &mut findings);
        all.append(&mut findings.found);
    }
    all.sort_by(|a, b| (a.severity, a).cmp(&(b.severity, b)));
    all.dedup();
    all
}

/// A queue as findings name it.
fn queue_object(topology: &Topology, id: QueueId) -> String {
    format!("queue {}", topology.queue(id).name)
}

/// An exchange as findings name it.
fn exchange_object(topology: &Topology, id: crate::topology::ExchangeId) -> String {
    match &*topology.exchange(id).name {
        "" => "default exchange".to_owned(),
        name => format!("exchange {name}"),
    }
}

#[cfg(test)]
#[path = "lint/tests.rs"]
mod tests;
