//! Numbers in the text format of Prometheus (exposition format 0.0.4). No
//! label is chosen by a client.

use std::fmt::{Display, Write as _};

use crate::timeline::Counts;

/// The content type of the format.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The numbers; `leases` are those lent now, where addresses are given.
pub fn metrics(counts: &Counts, leases: Option<usize>) -> String {
    let mut text = String::new();
    let mut family = Family(&mut text);
    family.begin(
        "pxe_build_info",
        "gauge",
        "The version of this service, as a label.",
    );
    family.sample(
        "pxe_build_info",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1,
    );
    family.begin(
        "pxe_dhcp_messages_total",
        "counter",
        "DHCP messages by what was asked and what was answered, or why not.",
    );
    for ((asked, answer), count) in &counts.messages {
        let labels = [("asked", *asked), ("answer", *answer)];
        family.sample("pxe_dhcp_messages_total", &labels, count);
    }
    family.begin(
        "pxe_transfers_total",
        "counter",
        "Transfers that ended, by way and outcome.",
    );
    for ((way, outcome), count) in &counts.transfers {
        let labels = [("way", way.name()), ("outcome", *outcome)];
        family.sample("pxe_transfers_total", &labels, count);
    }
    for (name, kind, help, numbers) in [
        (
            "pxe_transfers_active",
            "gauge",
            "Transfers under way.",
            &counts.active,
        ),
        (
            "pxe_transfer_bytes_total",
            "counter",
            "Bytes of files that arrived, those of transfers under way too.",
            &counts.bytes,
        ),
        (
            "pxe_files_refused_total",
            "counter",
            "Requests for files that were refused.",
            &counts.refused,
        ),
    ] {
        family.begin(name, kind, help);
        for (way, number) in numbers {
            family.sample(name, &[("way", way.name())], number);
        }
    }
    for (name, kind, help, numbers) in [
        (
            "pxe_boots_total",
            "counter",
            "Boots that came to an end, by how.",
            &counts.boots,
        ),
        (
            "pxe_clients",
            "gauge",
            "Clients that are remembered, by where their boot stands.",
            &counts.clients,
        ),
    ] {
        family.begin(name, kind, help);
        for (state, number) in numbers {
            family.sample(name, &[("state", state.name())], number);
        }
    }
    family.begin(
        "pxe_clients_forgotten_total",
        "counter",
        "Clients forgotten for want of room.",
    );
    family.sample("pxe_clients_forgotten_total", &[], counts.forgotten);
    if let Some(leases) = leases {
        family.begin("pxe_leases", "gauge", "Addresses that are lent.");
        family.sample("pxe_leases", &[], leases);
    }
    text
}

struct Family<'a>(&'a mut String);

impl Family<'_> {
    fn begin(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{text}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}
