//! All clients: found, filled, forgotten.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::count::{Counts, name};
use super::event::{Exchange, Id, Millis, Outcome, Way};
use super::record::{Dhcp, Heard, Record, Transfer as Loading, What, kept};
use super::state::State;
use super::{MOST_CLIENTS, Transfer};
use crate::dhcp::client::Firmware;
use crate::wire::dhcp::MessageType;
use crate::wire::options;
use crate::wire::text::printable;

#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) records: HashMap<Id, Record>,
    pub(super) by_address: HashMap<Ipv4Addr, Id>,
    /// Counts everything that happens, so that "what is new" has a meaning.
    pub(super) number: u64,
    pub(super) counts: Counts,
}

impl Book {
    pub(super) fn exchanged(&mut self, exchange: &Exchange<'_>, now: Millis) {
        let client = exchange.client;
        let answer = match &exchange.answer {
            Ok(answered) => answered.message.message_type().map_or("other", name),
            Err(why) => why.code(),
        };
        *self
            .counts
            .messages
            .entry((name(exchange.asked), answer))
            .or_default() += 1;
        let id = Id::Mac(client.mac);
        // Machines that do not boot from the network are other people's; but
        // what a machine that did asks afterwards shows that it runs.
        if !client.boots() && !self.records.contains_key(&id) {
            return;
        }
        let number = self.next();
        let record = self.record(id, now);
        if exchange.asked == MessageType::Discover
            && client.boots()
            && (record.boots == 0 || record.begins_anew(client.firmware, now))
        {
            record.begin(now);
        }
        if exchange.asked == MessageType::Discover && client.boots() {
            // What was said before is not what this stage goes by.
            record.heard = Heard::default();
        }
        if client.boots() {
            record.architecture = client.architecture();
            record.firmware = Some(client.firmware);
            record.rule = exchange.rule.map(kept);
            if record.class.is_none() && !client.vendor_class.is_empty() {
                record.class = Some(kept(&printable(&client.vendor_class)));
            }
        }
        if let Some(host) = exchange.host.filter(|host| !host.is_empty()) {
            record.host = Some(kept(&printable(host)));
        }
        let answer = match &exchange.answer {
            Err(why) => Err(*why),
            Ok(answered) => {
                let kind = answered.message.message_type().unwrap_or(MessageType::Ack);
                let file = answered.message.options.get(options::BOOT_FILE_NAME);
                let file = file.map(|file| printable(file.strip_suffix(b"\0").unwrap_or(file)));
                let heard = Some((answered.from, answered.bytes.into()));
                match (exchange.boot_server, kind) {
                    _ if !client.boots() => {}
                    (true, _) => record.heard.boot_server = heard,
                    (false, MessageType::Offer) => record.heard.offer = heard,
                    (false, _) => record.heard.acknowledged = heard,
                }
                Ok((kind, file.map(|file| kept(&file))))
            }
        };
        let what = What::Dhcp(Dhcp {
            asked: exchange.asked,
            boot_server: exchange.boot_server,
            firmware: client.firmware,
            answer,
        });
        record.push(number, what, now);
        let address = exchange.address;
        if !address.is_unspecified() && !address.is_broadcast() {
            // One for each client: it may claim any number of them.
            if let Some(before) = record.address.replace(address)
                && self.by_address.get(&before) == Some(&id)
            {
                self.by_address.remove(&before);
            }
            self.by_address.insert(address, id);
        }
    }

    pub(super) fn began(
        &mut self,
        address: Ipv4Addr,
        way: Way,
        file: &str,
        size: Option<u64>,
        now: Millis,
    ) -> Transfer {
        let reached: Arc<AtomicU64> = Arc::default();
        let loading = Loading {
            way,
            file: kept(file),
            size,
            reached: Arc::clone(&reached),
            ended: None,
            resends: 0,
        };
        *self.counts.active.entry(way).or_default() += 1;
        let client = self.behind(address);
        let number = self.next();
        let record = self.record(client, now);
        record.address = Some(address);
        record.boots = record.boots.max(1);
        record.push(number, What::Transfer(loading), now);
        Transfer {
            client,
            number,
            way,
            reached,
        }
    }

    pub(super) fn ended(
        &mut self,
        transfer: &Transfer,
        outcome: &Outcome,
        resends: u64,
        now: Millis,
    ) {
        if let Some(active) = self.counts.active.get_mut(&transfer.way) {
            *active = active.saturating_sub(1);
        }
        *self.counts.bytes.entry(transfer.way).or_default() +=
            transfer.reached.load(Ordering::Relaxed);
        *self
            .counts
            .transfers
            .entry((transfer.way, outcome.code()))
            .or_default() += 1;
        let number = self.next();
        let Some(record) = self.records.get_mut(&transfer.client) else {
            return;
        };
        record.changed = number;
        record.last = now;
        record.settled = None;
        let step = record
            .steps
            .iter_mut()
            .rev()
            .find(|step| step.number == transfer.number);
        if let Some(step) = step
            && let What::Transfer(loading) = &mut step.what
        {
            loading.ended = Some((now, outcome.clone()));
            loading.resends = resends;
            step.last = now;
            // Its end is news, as its beginning was.
            step.number = number;
        }
    }

    pub(super) fn refused(
        &mut self,
        address: Ipv4Addr,
        way: Way,
        file: &str,
        (code, why): (u16, &str),
        now: Millis,
    ) {
        *self.counts.refused.entry(way).or_default() += 1;
        let number = self.next();
        let client = self.behind(address);
        let record = self.record(client, now);
        record.address = Some(address);
        record.boots = record.boots.max(1);
        let what = What::Refused {
            way,
            file: kept(file),
            code,
            why: kept(why),
        };
        record.push(number, what, now);
    }

    pub(super) fn counts(&self, now: Millis) -> Counts {
        let mut counts = self.counts.clone();
        counts.clients = State::ALL.map(|state| (state, 0)).into();
        for record in self.records.values() {
            *counts.clients.entry(record.stands(now).0).or_default() += 1;
            for (step, transfer) in record.transfers() {
                if step.is_under_way() {
                    *counts.bytes.entry(transfer.way).or_default() += transfer.bytes();
                }
            }
        }
        counts
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn behind(&self, address: Ipv4Addr) -> Id {
        let known = self.by_address.get(&address).copied();
        known.unwrap_or(Id::Address(address))
    }

    fn record(&mut self, id: Id, now: Millis) -> &mut Record {
        if self.records.len() >= MOST_CLIENTS && !self.records.contains_key(&id) {
            self.forget();
        }
        self.records.entry(id).or_insert_with(|| Record {
            began: now,
            last: now,
            ..Record::default()
        })
    }

    /// Makes room: those that were silent longest go, and first of all those
    /// that only ever asked, as a flood of invented clients does. A quarter at
    /// once, so that the search for them is rare.
    fn forget(&mut self) {
        let mut order: Vec<(bool, Millis, Id)> = self
            .records
            .iter()
            .filter(|(_, record)| !record.is_loading())
            .map(|(id, record)| {
                let came_far =
                    record.past.len() > 1 || record.steps.iter().any(|step| step.what.is_file());
                (came_far, record.last, *id)
            })
            .collect();
        order.sort_unstable();
        order.truncate(MOST_CLIENTS / 4);
        for (_, _, id) in &order {
            self.records.remove(id);
        }
        self.counts.forgotten += order.len() as u64;
        let records = &self.records;
        self.by_address.retain(|_, id| records.contains_key(id));
    }
}

/// Firmware in words.
pub(super) fn firmware_name(firmware: Firmware) -> &'static str {
    match firmware {
        Firmware::Pxe => "PXE",
        Firmware::Http => "HTTP boot",
        Firmware::Ipxe => "iPXE",
        Firmware::Other => "-",
    }
}
